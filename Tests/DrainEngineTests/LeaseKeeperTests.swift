import DrainEngine
import Testing

@Suite("The keeper of the lease")
struct LeaseKeeperTests {
    private let mine = Lease.Holder(name: "a")
    private let theirs = Lease.Holder(name: "b")

    private func lease(_ holder: Lease.Holder?, epoch: Int64 = 1, beat: Int64 = 1) -> Lease {
        Lease(epoch: Epoch(number: epoch), holder: holder, beat: beat)
    }

    private func watching(_ lease: Lease?, at uptime: Duration = .zero) -> LeaseKeeper {
        var keeper = LeaseKeeper(name: "a")
        keeper.saw(lease, at: uptime)
        return keeper
    }

    private func holding(since uptime: Duration = .zero) -> LeaseKeeper {
        var keeper = watching(nil)
        keeper.claimed(lease(mine), sentAt: uptime, at: uptime)
        return keeper
    }

    @Test("looks before it claims anything")
    func looksFirst() {
        #expect(LeaseKeeper(name: "a").step(at: .zero) == .look)
    }

    @Test("claims at once what nobody ever held, and what was handed over")
    func claimsWhatIsFree() {
        #expect(watching(nil).step(at: .zero) == .claim(after: nil))
        #expect(watching(lease(nil)).step(at: .zero) == .claim(after: lease(nil)))
    }

    @Test("claims at once what it holds itself: the answer to its claim was lost")
    func claimsItsOwn() {
        #expect(watching(lease(mine)).step(at: .zero) == .claim(after: lease(mine)))
    }

    @Test("waits ten seconds of its own for a holder that is silent")
    func patience() {
        var keeper = watching(lease(theirs))
        for second in 1..<10 {
            #expect(keeper.step(at: .seconds(second)) == .look)
            keeper.saw(lease(theirs), at: .seconds(second))
        }
        #expect(keeper.step(at: .seconds(10)) == .claim(after: lease(theirs)))
    }

    @Test("begins to wait anew with each renewal of the holder")
    func renewedByTheOther() {
        var keeper = watching(lease(theirs))
        keeper.saw(lease(theirs, beat: 2), at: .seconds(9))
        #expect(keeper.step(at: .seconds(18)) == .look)
    }

    @Test("does not count the ledger's silence as the holder's")
    func silentLedger() {
        var keeper = watching(lease(theirs))
        keeper.failed(at: .seconds(9))
        keeper.saw(lease(theirs), at: .seconds(12))
        #expect(keeper.step(at: .seconds(21)) == .look)
    }

    @Test("goes on counting the holder's silence when the ledger answers again")
    func oneFailure() {
        var keeper = watching(lease(theirs))
        keeper.saw(lease(theirs), at: .seconds(8))
        keeper.failed(at: .seconds(9))
        #expect(keeper.step(at: .seconds(10)) == .look)
        keeper.saw(lease(theirs), at: .seconds(10))
        #expect(keeper.step(at: .seconds(11)) == .look)
        #expect(keeper.step(at: .seconds(12)) == .claim(after: lease(theirs)))
    }

    @Test("renews every three seconds, counted from when the last renewal was sent")
    func renews() {
        var keeper = holding()
        #expect(keeper.step(at: .milliseconds(2999)) == nil)
        #expect(keeper.step(at: .seconds(3)) == .renew(lease(mine)))
        keeper.renewed(lease(mine, beat: 2), sentAt: .seconds(3))
        #expect(keeper.wakeAt == .seconds(6))
    }

    @Test("decides for six seconds after it sent the last renewal that was answered")
    func validity() {
        var keeper = holding()
        keeper.failed(at: .seconds(4))
        #expect(keeper.mayDecide(at: .milliseconds(5999)))
        #expect(!keeper.mayDecide(at: .seconds(6)))
        #expect(keeper.step(at: .seconds(6)) == .renew(lease(mine)))
        keeper.renewed(lease(mine, beat: 2), sentAt: .seconds(6))
        #expect(keeper.mayDecide(at: .seconds(7)))
    }

    @Test("has stopped deciding before anybody else may begin, however long answers take")
    func neverTwo() {
        // The renewal is written just before another looks, and its answer is lost.
        let holder = holding()
        var other = LeaseKeeper(name: "b")
        other.saw(lease(mine), at: .zero)
        let claimsAt = (1...20).map { Duration.seconds($0) }.first { other.step(at: $0) == .claim(after: lease(mine)) }
        #expect(claimsAt.map { !holder.mayDecide(at: $0) } == true)
    }

    @Test("decides nothing when another was faster, or holds it now")
    func another() {
        var keeper = watching(nil)
        keeper.claimed(nil, sentAt: .zero, at: .seconds(1))
        #expect(!keeper.mayDecide(at: .seconds(1)))
        #expect(keeper.step(at: .seconds(1)) == .look)
        var former = holding()
        former.lost(at: .seconds(3))
        #expect(former.held == nil)
        #expect(!former.mayDecide(at: .seconds(3)))
    }

    // MARK: Where AWS does not answer

    /// Renewed all the time, and asked AWS at the first second, without an answer.
    private func secluded(renewedAt uptime: Duration = .seconds(12)) -> LeaseKeeper {
        var keeper = holding()
        keeper.asked(isAnswered: false, sentAt: .seconds(1), at: .seconds(4))
        keeper.asked(isAnswered: false, sentAt: .seconds(5), at: .seconds(6))
        keeper.renewed(lease(mine), sentAt: uptime - LeaseKeeper.renewalInterval)
        return keeper
    }

    @Test("hands the lease over when AWS has not answered twice, for ten seconds")
    func seclusion() {
        #expect(secluded().step(at: .seconds(12)) == .handOver(lease(mine)))
    }

    @Test("keeps it after one look whose reads hung for as long as they may")
    func oneHungRead() {
        var keeper = holding()
        for _ in 0..<2 { keeper.asked(isAnswered: false, sentAt: .seconds(1), at: .seconds(11)) }
        keeper.renewed(lease(mine), sentAt: .seconds(11))
        #expect(keeper.step(at: .seconds(14)) == .renew(lease(mine)))
    }

    @Test("keeps it when AWS has answered something meanwhile")
    func answeredMeanwhile() {
        var keeper = secluded()
        keeper.asked(isAnswered: true, sentAt: .seconds(7), at: .seconds(8))
        // It was sent before that, and failed later.
        keeper.asked(isAnswered: false, sentAt: .seconds(1), at: .seconds(11))
        #expect(keeper.step(at: .seconds(12)) == .renew(lease(mine)))
    }

    @Test("keeps it while the ledger does not answer either: nobody could take it")
    func bothAway() {
        #expect(secluded(renewedAt: .seconds(6)).step(at: .seconds(12)) == .renew(lease(mine)))
    }

    @Test("decides nothing once it hands over, and leaves the lease to others for five seconds")
    func deference() {
        var keeper = secluded()
        keeper.handsOver(at: .seconds(12))
        #expect(!keeper.mayDecide(at: .seconds(12)))
        keeper.saw(lease(nil), at: .seconds(12))
        #expect(keeper.step(at: .seconds(16)) == .look)
        keeper.saw(lease(nil), at: .seconds(16))
        #expect(keeper.step(at: .seconds(17)) == .claim(after: lease(nil)))
    }

    @Test("begins to listen for AWS anew with each lease")
    func listensAnew() {
        var keeper = secluded()
        keeper.handsOver(at: .seconds(12))
        keeper.saw(lease(nil), at: .seconds(17))
        keeper.claimed(lease(mine, epoch: 2), sentAt: .seconds(17), at: .seconds(17))
        #expect(keeper.step(at: .seconds(20)) == .renew(lease(mine, epoch: 2)))
    }
}
