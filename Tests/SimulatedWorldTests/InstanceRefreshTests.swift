import Testing

@testable import SimulatedWorld

@Suite("Instance refreshes")
struct InstanceRefreshTests {
    private func refresh(_ world: World) throws -> World.InstanceRefresh {
        try #require(try world.autoScalingGroup(named: World.group).refresh)
    }

    @Test("all instances are new in the end, and the group is as large as before")
    func allNew() throws {
        var world = try World.scene()
        let before = Set(world.members().map(\.id))
        try world.startInstanceRefresh(ofGroup: World.group, batchSize: 2)
        world.advance(by: .seconds(120))
        #expect(try refresh(world).status == .successful)
        #expect(world.members().count == 4)
        #expect(before.isDisjoint(with: world.members().map(\.id)))
    }

    @Test("a batch is launched first, and old ones terminate only when the new ones have registered")
    func launchesFirst() throws {
        var world = try World.scene()
        let before = world.members()
        try world.startInstanceRefresh(ofGroup: World.group, batchSize: 2)
        #expect(world.members().count == 6)
        _ = world.advance { world in before.contains { world[$0.id].lifecycleState.isTerminating } }
        #expect(world.members().suffix(2).allSatisfy { $0.containerInstance != nil })
        #expect(before.count { world[$0.id].lifecycleState.isTerminating } == 2)
    }

    @Test("it waits for the hooks of the old ones")
    func waits() throws {
        var world = try World.scene()
        try world.putLifecycleHook(.init(name: World.hook, group: World.group))
        try world.startInstanceRefresh(ofGroup: World.group, batchSize: 3)
        world.advance(by: .seconds(600))
        #expect(world.members().count { $0.lifecycleState == .terminatingWait } == 3)
        for action in world.lifecycleActions { try world.complete(action) }
        world.advance(by: .seconds(60))
        #expect(world.members().count { $0.lifecycleState == .terminatingWait } == 1)
        for action in world.lifecycleActions where world.completion(of: action) == nil { try world.complete(action) }
        world.advance(by: .seconds(60))
        #expect(try refresh(world).status == .successful)
    }

    @Test("a second one while the first runs is refused")
    func onlyOne() throws {
        var world = try World.scene()
        try world.startInstanceRefresh(ofGroup: World.group)
        #expect(throws: World.Failure.self) { try world.startInstanceRefresh(ofGroup: World.group) }
    }
}
