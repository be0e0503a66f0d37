import DrainEngine
import DrainModel
import Testing

@Suite("The API budget")
struct APIBudgetTests {
    private let start = Timestamp(millisecondsSinceEpoch: 1_700_000_000_000)

    /// How many calls it lets through when asked every ten milliseconds.
    private func calls(_ budget: inout APIBudget, _ bucket: APIBucket, from: Duration, for duration: Duration) -> Int {
        stride(from: 0, to: duration.milliseconds, by: 10).count { offset in
            budget.take(bucket, at: start + from + .milliseconds(offset))
        }
    }

    @Test("lets through its share of what AWS takes at once, and then its share of what AWS takes each second")
    func share() {
        var budget = APIBudget(share: 25)
        #expect(calls(&budget, .clusterResourceRead, from: .zero, for: .seconds(1)) == 25 + 4)
        #expect(calls(&budget, .clusterResourceRead, from: .seconds(1), for: .seconds(10)) == 50)
    }

    @Test("lets a call through now and then however small the share")
    func smallShare() {
        var budget = APIBudget(share: 1)
        #expect(calls(&budget, .loadBalancing, from: .zero, for: .seconds(31)) == 4)
    }

    @Test("never holds back what Auto Scaling's clock waits for, and makes up for it afterwards, within bounds")
    func urgent() {
        var budget = APIBudget(share: 25)
        let areTaken = (0..<100).map { _ in budget.take(.lifecycleAction, urgent: true, at: start) }
        #expect(areTaken.allSatisfy { $0 })
        let isTakenEarly = budget.take(.lifecycleAction, at: start + .seconds(4))
        let isTakenLater = budget.take(.lifecycleAction, at: start + .seconds(5))
        #expect([isTakenEarly, isTakenLater] == [false, true])
    }

    @Test("keeps room for Auto Scaling's reads, however many heartbeats there are")
    func readsBesideHeartbeats() {
        var budget = APIBudget(share: 25)
        for _ in 0..<1000 { _ = budget.take(.lifecycleAction, urgent: true, at: start) }
        let isTaken = budget.take(.autoScalingRead, at: start)
        #expect(isTaken)
    }

    @Test("asks less when AWS throttles, and comes back step by step")
    func throttled() {
        var budget = APIBudget(share: 100)
        budget.throttled(.serviceRead, at: start)
        #expect(calls(&budget, .serviceRead, from: .zero, for: .seconds(10)) == 99)
        #expect(calls(&budget, .serviceRead, from: .seconds(300), for: .seconds(10)) > 190)
    }

    @Test("says when the next call may go")
    func nextCall() {
        var budget = APIBudget(share: 25)
        while budget.take(.loadBalancing, at: start) {}
        let next = budget.nextCall(.loadBalancing, at: start)
        #expect(next == start + .milliseconds(400))
        let isTaken = budget.take(.loadBalancing, at: next)
        #expect(isTaken)
    }
}
