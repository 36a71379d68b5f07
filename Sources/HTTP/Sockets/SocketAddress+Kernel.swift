import Glibc

extension SocketAddress {
    /// The address which `accept` or `getsockname` filled in.
    init(_ storage: sockaddr_storage) {
        self = withUnsafeBytes(of: storage) { bytes in
            switch Int32(storage.ss_family) {
            case AF_INET:
                let address = bytes.load(as: sockaddr_in.self)
                return .ip(
                    host: SocketAddress.text(AF_INET, address.sin_addr), port: Int(UInt16(bigEndian: address.sin_port)))
            case AF_INET6:
                let address = bytes.load(as: sockaddr_in6.self)
                return .ip(
                    host: SocketAddress.text(AF_INET6, address.sin6_addr),
                    port: Int(UInt16(bigEndian: address.sin6_port)))
            default:
                return .unix(path: "")
            }
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
