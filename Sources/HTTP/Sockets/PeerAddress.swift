import Glibc

/// A client's address as the kernel gave it: made into text only where someone asks.
enum PeerAddress: Sendable {
    case ipv4(address: UInt32, port: UInt16)
    case ipv6(high: UInt64, low: UInt64, port: UInt16)
    case unix

    /// Reads the address which `accept` or `getsockname` filled in.
    init(_ storage: sockaddr_storage) {
        self = withUnsafeBytes(of: storage) { bytes in
            switch Int32(storage.ss_family) {
            case AF_INET:
                let address = bytes.load(as: sockaddr_in.self)
                return .ipv4(address: address.sin_addr.s_addr, port: UInt16(bigEndian: address.sin_port))
            case AF_INET6:
                let address = bytes.load(as: sockaddr_in6.self)
                return withUnsafeBytes(of: address.sin6_addr) { words in
                    .ipv6(
                        high: words.loadUnaligned(as: UInt64.self),
                        low: words.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
                        port: UInt16(bigEndian: address.sin6_port))
                }
            default:
                return .unix
            }
        }
    }

    var socketAddress: SocketAddress {
        switch self {
        case .ipv4(let address, let port):
            .ip(host: PeerAddress.text(AF_INET, address), port: Int(port))
        case .ipv6(let high, let low, let port):
            .ip(host: PeerAddress.text(AF_INET6, (high, low)), port: Int(port))
        case .unix:
            .unix(path: "")
        }
    }

    private static func text<Address>(_ family: Int32, _ address: Address) -> String {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        return withUnsafePointer(to: address) { address in
            guard inet_ntop(family, address, &buffer, socklen_t(buffer.count)) != nil else { return "?" }
            return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }
}
