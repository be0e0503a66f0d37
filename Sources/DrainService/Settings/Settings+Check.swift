import AWSClient
import DrainModel
import FoundationEssentials
import Glibc
import HTTPEndpoint
import SNSIntake

/// What each setting may be by itself, and not beside the others or on this machine.
extension Settings {
    func checkTogether(_ mistakes: inout SettingsError.Collector) {
        func refuse(_ line: String) { mistakes.add(SettingsError(line)) }
        checkDoors(refuse)
        checkTopics(refuse)
        if (tlsCertificate == nil) != (tlsPrivateKey == nil) {
            refuse("--tls-certificate and --tls-private-key go together: give both or neither")
        }
        if case .sqlite = store, createsTable {
            refuse("--create-table makes the table of --store dynamodb:TABLE: give that, or leave --create-table out")
        }
        if case .dynamoDB = store, isDryRun {
            refuse("--dry-run records nothing that others are to believe: give it --store sqlite:PATH")
        }
        if listen == adminListen, listen.port != 0 {
            refuse("--listen and --admin-listen are both \(listen): give each an address of its own")
        }
        if !adminListen.isLoopback, adminTokenFile == nil {
            refuse("--admin-listen \(adminListen) is not on loopback: give --admin-token-file, or listen on 127.0.0.1")
        }
        if case .stopAfter(let delay) = standaloneTasks, delay > drainTimeout {
            refuse(
                "--standalone-tasks stop-after:\(delay.brief) is longer than --drain-timeout \(drainTimeout.brief), so no "
                    + "task would ever be stopped: give a shorter one, or a longer --drain-timeout")
        }
    }

    private func checkDoors(_ refuse: (String) -> Void) {
        if topics.isEmpty, queues.isEmpty {
            refuse(
                "neither --topic (DRAIND_TOPICS) nor --queue-url (DRAIND_QUEUE_URLS) is set: give the ARN of the SNS topic, "
                    + "or the URL of the SQS queue, that hooks publish to")
        }
        if Set(queues).count < queues.count { refuse("--queue-url: a queue is named twice: name each once") }
    }

    private func checkTopics(_ refuse: (String) -> Void) {
        let known = topics.compactMap { SNSTopic(arn: $0) }
        for partition in Set(known.filter { !$0.isVerifiable }.map(\.partition)).sorted() {
            refuse(
                "--topic: it is not known who signs SNS messages in the partition \(partition), so none could be "
                    + "believed: give topics of aws, aws-cn or aws-us-gov")
        }
        let regions = Set(known.map(\.region)).sorted()
        if regions.count > 1 {
            refuse("--topic: all topics must be of one region, these are of \(regions.joined(separator: ", "))")
        }
    }

    /// - Parameter region: the one that AWS is called in. Auto Scaling publishes to topics of its own region only.
    func checkRegion(_ region: String) throws(SettingsError) {
        for arn in topics where SNSTopic(arn: arn)?.region != region {
            throw SettingsError("--topic: \(arn) is not in \(region): set AWS_REGION to the region of the topics")
        }
    }

    /// - Parameters:
    ///   - region: the one that AWS is called in. Auto Scaling publishes to queues of its own region only.
    ///   - environment: may say where SQS is.
    func checkQueues(region: String, environment: [String: String], _ mistakes: inout SettingsError.Collector) {
        for queue in queues {
            let advice: String
            switch queue.place(forRegion: region, environment: environment) {
            case .here: continue
            case .otherRegion: advice = "is not in \(region): set AWS_REGION to the region of the queues"
            case .legacyHost: advice = "is at a legacy host of SQS: give \(queue.canonicalURL(in: region))"
            case .unknown:
                advice =
                    "is at no host of SQS in \(region): give \(queue.canonicalURL(in: region)), or set "
                    + "AWS_ENDPOINT_URL_SQS to the endpoint that has it"
            }
            mistakes.add(SettingsError("--queue-url: \(queue.url) \(advice)"))
        }
    }

    /// Whether drains could be recorded at `store`, as far as that shows without touching it.
    func checkStore() throws(SettingsError) {
        guard case .sqlite(let store) = store else { return }
        if let attributes = try? FileManager.default.attributesOfItem(atPath: store) {
            // What a link leads to is seen when it is opened.
            let type = attributes[.type] as? FileAttributeType
            guard type == .typeRegular || type == .typeSymbolicLink else {
                throw SettingsError("--store: \(store) is no file: give sqlite:PATH with the path of a file")
            }
            guard access(store, R_OK | W_OK) == 0 else {
                throw SettingsError("--store: \(store) cannot be read and written: \(String(cString: strerror(errno)))")
            }
        }
        // SQLite keeps its journal beside the file.
        let folder = store.lastIndex(of: "/").map { String(store[...$0]) } ?? "."
        guard access(folder, W_OK | X_OK) == 0 else {
            throw SettingsError(
                "--store: in \(folder) no file can be made: \(String(cString: strerror(errno))): give sqlite:PATH in a "
                    + "folder that draind may write to")
        }
    }
}
