import Glibc
public import HTTPTransport
public import SimulatedWorld

/// A world that lives on real time: it answers AWS's protocols and delivers what its topics publish.
///
/// It wakes when the world's next event is due or something has changed, never to look whether anything is.
public actor SimulatedAccount {
    private var world: World
    private let clock: any SimulationClock
    private let speed: Double
    private let startedAt: Int64
    private let worldStartedAt: WorldTime
    private let http: any HTTPClient
    /// Signs what SNS delivers.
    nonisolated let authority: SigningAuthority
    /// `http://127.0.0.1:PORT`, once it is known.
    private var origin = ""
    /// Operations whose answers are held back, and who waits for that to end.
    private var held: Set<String> = []
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private let alarms: AsyncStream<Void>
    private let alarm: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - speed: seconds of world time in one second.
    ///   - http: posts the deliveries.
    public init(
        _ world: World, speed: Double = 1, clock: any SimulationClock = RealClock(), http: any HTTPClient
    ) throws {
        self.world = world
        self.clock = clock
        self.speed = speed
        self.http = http
        startedAt = clock.milliseconds()
        worldStartedAt = world.now
        authority = try SigningAuthority(name: "sns.amazonaws.com")
        (alarms, alarm) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// The world as it is now.
    public func state() -> World {
        catchUp()
        return world
    }

    /// Changes the world, as an operation of AWS would.
    @discardableResult
    public func change<T: Sendable, Failure: Error>(
        _ body: (inout World) throws(Failure) -> T
    ) throws(Failure) -> T {
        catchUp()
        defer { alarm.yield() }
        return try body(&world)
    }

    func setOrigin(_ origin: String) { self.origin = origin }

    /// Answers one request to AWS.
    func answer(_ request: WireRequest) -> WireAnswer {
        catchUp()
        defer { alarm.yield() }
        let requestID = world.newRequestID()
        world.recordCall(service: request.service, operation: request.operation)
        do throws(World.Failure) {
            switch request.service {
            case "autoscaling":
                return query(
                    try AutoScalingWire.perform(request, in: &world), request, AutoScalingWire.namespace, requestID)
            case "elasticloadbalancing":
                return query(
                    try LoadBalancingWire.perform(request, in: &world), request, LoadBalancingWire.namespace, requestID)
            case "sns": return query(try SNSWire.perform(request, in: &world), request, SNSWire.namespace, requestID)
            case "sts": return query(try STSWire.perform(request, in: world), request, STSWire.namespace, requestID)
            case "ec2":
                return WireAnswer(
                    ec2: try EC2Wire.perform(request, in: world), of: request.operation, requestID: requestID)
            case "ecs":
                return WireAnswer(
                    status: 200, contentType: "application/x-amz-json-1.1",
                    body: try ECSWire.perform(request, in: &world).written, requestID: requestID)
            default: throw World.Failure("InvalidAction", "The service \(request.service) is not simulated.")
            }
        } catch {
            return WireAnswer(error, to: request, requestID: requestID)
        }
    }

    // MARK: Held answers

    /// From now on calls of these operations have their effect, and their callers hear nothing until another set is
    /// held: the lost answer, at will.
    func hold(_ operations: Set<String>) {
        held = operations
        for each in waiting { each.resume() }
        waiting = []
    }

    func waitUntilReleased(_ operation: String) async {
        while held.contains(operation) { await withCheckedContinuation { waiting.append($0) } }
    }

    private func query(_ result: [XML], _ request: WireRequest, _ namespace: String, _ requestID: String) -> WireAnswer
    {
        WireAnswer(result, of: request.operation, namespace: namespace, requestID: requestID)
    }

    // MARK: Time

    /// Lets the world live until cancelled.
    public func run() async throws {
        alarm.yield()
        try await withThrowingDiscardingTaskGroup { group in
            var wakeAt: WorldTime?
            for await _ in alarms {
                catchUp()
                for delivery in world.dueDeliveries() {
                    group.addTask { await self.deliver(delivery) }
                }
                if let due = wakeAt, due <= world.now { wakeAt = nil }
                guard let next = world.nextEventAt, wakeAt.map({ next < $0 }) ?? true else { continue }
                wakeAt = next
                group.addTask { try await self.wake(at: next) }
            }
        }
    }

    private func catchUp() {
        let elapsed = Double(clock.milliseconds() - startedAt) * speed
        world.advance(to: WorldTime(milliseconds: worldStartedAt.milliseconds + Int64(elapsed)))
    }

    private func realTime(of moment: WorldTime) -> WorldTime {
        let elapsed = Double(moment.milliseconds - worldStartedAt.milliseconds) / speed
        return WorldTime(milliseconds: startedAt + Int64(elapsed))
    }

    private func wake(at moment: WorldTime) async throws {
        let left = Double((moment - world.now).wholeMilliseconds) / speed
        try await clock.sleep(milliseconds: max(1, Int64(left.rounded(.up))))
        alarm.yield()
    }

    private func deliver(_ delivery: World.Delivery) async {
        let envelope = SNSEnvelope(
            delivery: delivery, origin: origin, authority: authority, publishedAt: realTime(of: delivery.timestamp))
        let answer: World.DeliveryAnswer
        do throws(HTTPTransportError) {
            answer = .status(try await http.send(envelope.request).status)
        } catch {
            answer = .failure(error.detail)
        }
        catchUp()
        world.deliveryAnswered(delivery.id, answer)
        alarm.yield()
    }
}

/// Real time for a simulated account.
public protocol SimulationClock: Sendable {
    /// Since 1970.
    func milliseconds() -> Int64
    func sleep(milliseconds: Int64) async throws
}

public struct RealClock: SimulationClock {
    public init() {}

    public func milliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    public func sleep(milliseconds: Int64) async throws {
        try await ContinuousClock().sleep(for: .milliseconds(milliseconds), tolerance: .milliseconds(2))
    }
}
