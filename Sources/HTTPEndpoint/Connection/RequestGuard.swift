import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Keeps one connection within its ``ConnectionLimits``. The HTTP framework sets no limit of its own: a client
/// that sends a byte a second would be listened to for ever, and a body that was refused read to its end.
///
/// It stands between the HTTP codec and the framework and lets every part through, except that
/// - a connection past its deadline is closed, whatever it is doing,
/// - an answer to a request that was not wholly read says `Connection: close`, and the rest of the request is
///   thrown away for a bounded time instead of being read on,
/// - a close waits for an answer that is still on its way out.
final class RequestGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limits: ConnectionLimits
    private var phase: ConnectionPhase
    private var timer: (deadline: NIODeadline, task: Scheduled<Void>)?
    private var answersOnTheirWay = 0
    private var postponedCloses: [EventLoopPromise<Void>?] = []

    init(limits: ConnectionLimits) {
        self.limits = limits
        phase = ConnectionPhase(limits: limits, now: .now())
    }

    func handlerAdded(context: ChannelHandlerContext) { setTimer(context) }

    func handlerRemoved(context: ChannelHandlerContext) { stop() }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        guard !phase.isLingering else { return discard(part, context) }
        switch part {
        case .head: phase.headReceived(at: .now())
        case .body: break
        case .end: phase.endReceived()
        }
        setTimer(context)
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        // The framework, which no longer takes anything in, no longer asks for more either.
        if phase.isLingering { context.read() }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head) where head.status.kind != .informational:
            if phase.answerBegins() { head.headerFields[.connection] = "close" }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end:
            let left = promise ?? context.eventLoop.makePromise(of: Void.self)
            answersOnTheirWay += 1
            left.futureResult.assumeIsolated().whenComplete { _ in self.answerLeft(context) }
            context.write(data, promise: left)
        default:
            context.write(data, promise: promise)
        }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all, answersOnTheirWay > 0 || phase.isLingering else {
            return context.close(mode: mode, promise: promise)
        }
        postponedCloses.append(promise)
    }

    private func answerLeft(_ context: ChannelHandlerContext) {
        answersOnTheirWay -= 1
        guard context.channel.isActive else { return }
        switch phase.answerLeft(at: .now()) {
        case .linger:
            context.close(mode: .output, promise: nil)
            context.read()
        case .close: return close(context)
        case .carryOn:
            if answersOnTheirWay == 0, !postponedCloses.isEmpty { return close(context) }
        }
        setTimer(context)
    }

    private func discard(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .body(let bytes):
            if phase.discarded(bytes.readableBytes) == .close { close(context) }
        case .head, .end:
            close(context)  // the refused request is over: there is nothing left that a reset could hurt
        }
    }

    private func setTimer(_ context: ChannelHandlerContext) {
        guard let deadline = phase.deadline else { return stop() }
        // One that comes too early looks again and sets the next, which is cheaper than one for every part.
        if let timer, timer.deadline <= deadline { return }
        timer?.task.cancel()
        let task = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.timerFired(context) }
        timer = (deadline, task)
    }

    private func timerFired(_ context: ChannelHandlerContext) {
        timer = nil
        if let deadline = phase.deadline, deadline <= .now() { close(context) } else { setTimer(context) }
    }

    private func close(_ context: ChannelHandlerContext) {
        let promises = postponedCloses
        postponedCloses = []
        let closed = context.eventLoop.makePromise(of: Void.self)
        for promise in promises { closed.futureResult.cascade(to: promise) }
        context.close(mode: .all, promise: closed)
    }

    private func stop() {
        timer?.task.cancel()
        timer = nil
        for promise in postponedCloses { promise?.succeed() }
        postponedCloses = []
    }
}
