import Dispatch
public import Logging
import NIOSSL
public import ServiceLifecycle
import Synchronization

/// A certificate and its key from two PEM files, renewed while it is served.
///
/// The files are read again at every interval. When what is in them has changed and is usable, every handshake
/// from then on is made with it; connections that are open stay as they are. When it is not usable (half
/// written, or the new certificate is there and its key is not yet), the old one is kept, and the log says so
/// once for each such state of the files.
public final class RenewableCertificate: Service, CustomStringConvertible {
    private let files: CertificatePair.Files
    private let interval: Duration
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let state: Mutex<State>
    // Reading a file blocks, so it is done on a thread that may be blocked.
    private let queue = DispatchQueue(label: "draind.certificate")

    private struct State {
        var context: NIOSSLContext
        /// What was last found in the files, usable or not.
        var seen: CertificatePair
        var failure: CertificateError?
    }

    /// What a look at the files came to.
    enum Look: Equatable {
        case unchanged
        case renewed
        case kept(CertificateError)
    }

    /// Reads the files for the first time; blocks.
    ///
    /// - Parameters:
    ///   - certificate: Path of a PEM file: the certificate first, then any intermediate ones.
    ///   - privateKey: Path of a PEM file with its unencrypted private key.
    ///   - interval: The time between two looks at the files.
    /// - Throws: ``CertificateError`` when there is nothing that could be served.
    public init(
        certificate: String, privateKey: String, every interval: Duration = .seconds(10),
        clock: any Clock<Duration> = ContinuousClock(), logger: Logger
    ) throws(CertificateError) {
        files = CertificatePair.Files(certificate: certificate, privateKey: privateKey)
        self.interval = interval
        self.clock = clock
        self.logger = logger
        let pair = try CertificatePair(reading: files)
        state = Mutex(State(context: try pair.makeContext(files), seen: pair))
    }

    public var description: String { "certificate \(files.certificate)" }

    /// What a handshake that begins now is made with.
    var context: NIOSSLContext { state.withLock { $0.context } }

    /// Looks for renewed files until a graceful shutdown or cancellation.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await self.clock.sleep(for: self.interval)) != nil {
                await withCheckedContinuation { looked in
                    self.queue.async {
                        self.look()
                        looked.resume()
                    }
                }
            }
        }
    }

    /// Reads the files and takes over what is new in them; blocks. Only ever called on one thread at a time.
    @discardableResult
    func look() -> Look {
        // Reading and parsing is done without the lock, which every new connection takes.
        let (seen, failure) = state.withLock { ($0.seen, $0.failure) }
        let pair: CertificatePair
        do {
            pair = try CertificatePair(reading: files)
        } catch {
            guard error != failure else { return .unchanged }
            return keepOld(because: error, seen: seen)
        }
        guard pair != seen else {
            // The files could not be read for a while: should it happen again, it is news again.
            if case .unreadableFile = failure { state.withLock { $0.failure = nil } }
            return .unchanged
        }
        do {
            let context = try pair.makeContext(files)
            state.withLock { $0 = State(context: context, seen: pair) }
            logger.notice("serving the renewed certificate", metadata: ["file": "\(files.certificate)"])
            return .renewed
        } catch {
            return keepOld(because: error, seen: pair)
        }
    }

    private func keepOld(because failure: CertificateError, seen: CertificatePair) -> Look {
        state.withLock { state in
            state.seen = seen
            state.failure = failure
        }
        logger.warning("keeping the old certificate: \(failure)")
        return .kept(failure)
    }
}
