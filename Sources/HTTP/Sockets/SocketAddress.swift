/// Where a server listens or a client comes from.
public enum SocketAddress: Sendable, Hashable, CustomStringConvertible {
    /// An IPv4 or IPv6 address, or `localhost`; port 0 lets the system choose one.
    case ip(host: String, port: Int)
    /// A Unix-domain socket; clients have no path of their own.
    case unix(path: String)

    /// `127.0.0.1:8080`, `[::1]:8080` or `unix:/run/passerine.sock`.
    public var description: String {
        switch self {
        case .ip(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }

    /// The port, nil for a Unix socket.
    public var port: Int? { if case .ip(_, let port) = self { port } else { nil } }
}
