import AWSClient
import DrainEngine
import DrainModel

extension Settings {
    /// The settings by which is decided, by name and as text: all draind that share a ledger must agree on them.
    func deciding(in region: String) -> [String: String] {
        [
            "AWS_REGION": region,
            "--api-share": "\(apiShare)%",
            "--auto-scaling-group": Self.list(autoScalingGroups.map(\.rawValue)),
            "--cluster": Self.list(clusters.map(\.rawValue)),
            "--detach": detach.rawValue,
            "--drain-timeout": drainTimeout.brief,
            "--max-concurrent": "\(maximumConcurrent)",
            "--on-timeout": onTimeout.rawValue.lowercased(),
            "--poll-interval": pollInterval.brief,
            "--queue-url": Self.list(queues.map(\.url)),
            "--reconcile-interval": reconcileInterval.brief,
            "--standalone-tasks": standaloneTasks.brief,
            "--topic": Self.list(topics),
        ]
    }

    private static func list(_ values: [String]) -> String {
        values.isEmpty ? "none" : values.sorted().joined(separator: ",")
    }

    /// Refuses to share a ledger with a draind that decides otherwise. One that has died in the meantime is not heard.
    ///
    /// - Throws: ``SettingsError`` with a line for each setting that differs, and ``LedgerError``.
    func checkAgreement(
        with ledger: any SharedLedger, named table: String, in region: String, clock: any WallClock
    ) async throws {
        guard let seen = try await ledger.lease(), !differences(from: seen, in: region).isEmpty else { return }
        let patience = clock.uptime() + LeaseKeeper.patience
        while clock.uptime() < patience {
            try await clock.sleep(until: clock.now() + LeaseKeeper.watchInterval)
            guard let lease = try await ledger.lease(), lease != seen else { continue }
            if let error = disagreement(with: lease, on: table, in: region) { throw error }
            return
        }
    }

    /// A line for each setting by which the holder of the lease decides otherwise; nil where there is none.
    func disagreement(with lease: Lease, on table: String, in region: String) -> SettingsError? {
        let differences = differences(from: lease, in: region)
        if differences.isEmpty { return nil }
        var mistakes = SettingsError.Collector()
        for (name, here, there) in differences {
            mistakes.add(
                SettingsError(
                    "\(name): \(here) here, and \(there) in the draind that decides on table \(table) "
                        + "(\(lease.holder?.name ?? "")): give all of them the same, or stop the others first"))
        }
        return mistakes.error
    }

    private func differences(from lease: Lease, in region: String) -> [(name: String, here: String, there: String)] {
        guard let holder = lease.holder else { return [] }
        return deciding(in: region).sorted { $0.key < $1.key }.compactMap { name, here in
            // What an older draind did not know of cannot differ.
            guard let there = holder.settings[name], there != here else { return nil }
            return (name, here, there)
        }
    }
}

extension DrainPolicy.StandaloneTasks {
    fileprivate var brief: String {
        switch self {
        case .wait: "wait"
        case .stop: "stop"
        case .stopAfter(let delay): "stop-after:\(delay.brief)"
        case .ignore: "ignore"
        }
    }
}
