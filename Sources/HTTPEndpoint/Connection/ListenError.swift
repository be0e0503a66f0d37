import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Why a listener could not begin to listen.
public enum ListenError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Another process, or another listener of this one, has the port.
    case addressInUse(ListenAddress)
    /// The port is below 1024 and the process may not take such.
    case notPermitted(ListenAddress)
    /// Anything else: no such host, no such address on this machine.
    case cannotListen(ListenAddress, reason: String)

    /// What the system told a server that was to listen on `address`, in an operator's words; nil for other errors.
    public init?(_ error: any Error, at address: ListenAddress) {
        guard let code = (error as? IOError)?.errnoCode else { return nil }
        switch code {
        case EADDRINUSE: self = .addressInUse(address)
        case EACCES: self = .notPermitted(address)
        default: self = .cannotListen(address, reason: String(cString: strerror(code)))
        }
    }

    public var description: String {
        switch self {
        case .addressInUse(let address):
            "cannot listen on \(address): the port is taken; stop what uses it, or choose another"
        case .notPermitted(let address):
            "cannot listen on \(address): not permitted; choose a port of 1024 or above"
        case .cannotListen(let address, let reason): "cannot listen on \(address): \(reason)"
        }
    }
}
