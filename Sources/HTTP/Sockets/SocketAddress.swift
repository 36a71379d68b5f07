import Glibc

/// Where a server listens or a client comes from.
public enum SocketAddress: Sendable, Hashable, CustomStringConvertible {
    /// An IPv4 or IPv6 address, or `localhost`, which stands for 127.0.0.1 and `::1` where there is one; port 0 lets the
    /// system choose one.
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

    /// Whether only this machine is at the other end: 127.0.0.0/8, `::1` (IPv4 in IPv6 included), `localhost` or a Unix
    /// socket.
    public var isLocal: Bool {
        guard case .ip(let host, _) = self else { return true }
        if host == "localhost" { return true }
        var four = in_addr()
        let mapped = host.lowercased().hasPrefix("::ffff:") ? String(host.dropFirst(7)) : host
        if inet_pton(AF_INET, mapped, &four) == 1 { return UInt32(bigEndian: four.s_addr) >> 24 == 127 }
        var six = in6_addr()
        guard inet_pton(AF_INET6, host, &six) == 1 else { return false }
        return withUnsafeBytes(of: six) { $0.last == 1 && $0.dropLast().allSatisfy { $0 == 0 } }
    }

    /// The port, nil for a Unix socket.
    public var port: Int? { if case .ip(_, let port) = self { port } else { nil } }
}
