import NIOCore
import Testing

@testable import HTTPEndpoint

@Suite("A connection always knows when it has to end")
struct ConnectionPhaseTests {
    private static let limits: ConnectionLimits = {
        var limits = ConnectionLimits()
        limits.idle = .seconds(30)
        limits.reading = .seconds(10)
        limits.exchange = .seconds(15)
        limits.linger = .seconds(2)
        limits.lingerBytes = 100
        return limits
    }()
    private var phase = ConnectionPhase(limits: limits, now: .at(0))

    @Test("a new one has the time for reading to send its first head")
    func new() { #expect(phase.deadline == .at(10)) }

    @Test("while a request comes in, the time for reading counts from its head")
    mutating func reading() {
        phase.headReceived(at: .at(5))
        #expect(phase.deadline == .at(15))
    }

    @Test("while it is answered, the time for the exchange counts from its head")
    mutating func answering() {
        phase.headReceived(at: .at(5))
        phase.endReceived()
        #expect(phase.deadline == .at(20))
    }

    @Test("when it is answered, the idle time counts from the last byte of the answer")
    mutating func idle() {
        phase.headReceived(at: .at(5))
        phase.endReceived()
        let mustClose = phase.answerBegins()
        let step = phase.answerLeft(at: .at(8))
        #expect(!mustClose && step == .carryOn)
        #expect(phase.deadline == .at(38))
    }

    @Test("a pipelined request has its full time from when it is its turn")
    mutating func pipelined() {
        phase.headReceived(at: .at(5))
        phase.endReceived()
        phase.headReceived(at: .at(6))
        #expect(phase.deadline == .at(20))
        _ = phase.answerLeft(at: .at(19))
        #expect(phase.deadline == .at(29))
    }

    @Test("an answer to a request ahead of one that still comes in does not end the connection")
    mutating func pipelinedAnswer() {
        phase.headReceived(at: .at(5))
        phase.endReceived()
        phase.headReceived(at: .at(6))
        let mustClose = phase.answerBegins()
        #expect(!mustClose)
    }

    @Test("an answer before the end of its request ends the connection, after the linger time")
    mutating func rejected() {
        phase.headReceived(at: .at(5))
        let mustClose = phase.answerBegins()
        let step = phase.answerLeft(at: .at(6))
        #expect(mustClose && step == .linger)
        #expect(phase.deadline == .at(8))
    }

    @Test("the end of the request coming in after the answer began changes nothing of that")
    mutating func rejectedLate() {
        phase.headReceived(at: .at(5))
        _ = phase.answerBegins()
        phase.endReceived()
        let step = phase.answerLeft(at: .at(6))
        #expect(step == .linger)
    }

    @Test("as much is thrown away as the limit says, and no more")
    mutating func discarding() {
        phase.headReceived(at: .at(5))
        _ = phase.answerBegins()
        _ = phase.answerLeft(at: .at(6))
        let steps = [phase.discarded(60), phase.discarded(40), phase.discarded(1)]
        #expect(steps == [.carryOn, .carryOn, .close])
    }

    @Test("an answer without a request, as to what is not HTTP, leaves the idle time")
    mutating func unasked() {
        _ = phase.answerBegins()
        _ = phase.answerLeft(at: .at(3))
        #expect(phase.deadline == .at(33))
    }
}

extension NIODeadline {
    fileprivate static func at(_ seconds: UInt64) -> Self { .uptimeNanoseconds(seconds * 1_000_000_000) }
}
