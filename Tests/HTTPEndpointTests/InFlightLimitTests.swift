import Testing

@testable import HTTPEndpoint

@Suite("A limit of what is in flight")
struct InFlightLimitTests {
    @Test("counts by how much each takes")
    func amounts() {
        let limit = InFlightLimit(10)
        #expect(limit.enter(7) == .admitted)
        #expect(limit.enter(4) == .refused(isNews: true))
        #expect(limit.enter(3) == .admitted)
    }

    @Test("is no news at every refusal, though some leave between them, until half of it is free")
    func news() {
        let limit = InFlightLimit(10)
        #expect(limit.enter(10) == .admitted)
        #expect(limit.enter(5) == .refused(isNews: true))
        limit.leave(4)
        #expect(limit.enter(5) == .refused(isNews: false))
        limit.leave(1)
        #expect(limit.enter(6) == .refused(isNews: true))
    }
}
