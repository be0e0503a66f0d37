import DrainEngine
import DrainModel
import HTTPEndpoint
import Logging

/// The operators' door: what is asked for through the admin API is recorded, and logged.
struct ControllerOperator: DrainOperator {
    let controller: DrainController
    /// The clusters that are served; empty: all.
    let served: [ClusterName]
    let logger: Logger

    func drain(_ request: DrainRequest) async -> OperatorAnswer {
        if let cluster = request.cluster, !served.isEmpty, !served.contains(cluster) {
            let names = served.map(\.rawValue).joined(separator: ", ")
            return .refused(
                reason: "cluster \(cluster) is not served by this draind", hint: "Served are \(names) (--cluster).")
        }
        do throws(LedgerError) {
            let drain = try await controller.drain(
                request.instance, in: request.cluster, completesAction: request.completesAction)
            logger.notice("an operator asks for a drain", metadata: ["drain": "\(drain.id)"])
            return .done(drain)
        } catch {
            return unavailable(error)
        }
    }

    func cancel(_ id: DrainID) async -> OperatorAnswer {
        await answer("calls off", id) { () throws(OperatorRefusal) in try await controller.cancel(id) }
    }

    func complete(_ id: DrainID, with result: LifecycleActionResult) async -> OperatorAnswer {
        await answer("completes (\(result.rawValue))", id) { () throws(OperatorRefusal) in
            try await controller.complete(id, with: result)
        }
    }

    private func answer(
        _ verb: String, _ id: DrainID, _ act: () async throws(OperatorRefusal) -> Drain
    ) async -> OperatorAnswer {
        do throws(OperatorRefusal) {
            let drain = try await act()
            logger.notice("an operator \(verb) a drain", metadata: ["drain": "\(id)"])
            return .done(drain)
        } catch {
            switch error {
            case .unknown: return .unknown
            case .decided(let drain): return .decided(drain)
            case .ledger(let error): return unavailable(error)
            }
        }
    }

    private func unavailable(_ error: LedgerError) -> OperatorAnswer {
        logger.error("an operator's word is not recorded: \(error)")
        return .unavailable
    }
}
