import CEpoll
import Glibc

/// A socket that accepts connections.
struct ListeningSocket: Sendable {
    let socket: Socket
    /// Where it listens, with the port that the system chose.
    let address: SocketAddress

    /// What an attempt to accept came to.
    enum Accepted {
        case connection(Socket, SocketAddress)
        case none
        /// The process or system is out of descriptors or memory.
        case exhausted
    }

    /// Binds and listens: on one address, for `localhost` on both of its own.
    static func open(
        _ address: SocketAddress, backlog: Int, mode: UInt32
    ) throws(HTTPServer.StartError) -> [ListeningSocket] {
        switch address {
        case .ip("localhost", let port): try openLocalhost(port, backlog)
        case .ip(let host, let port): [try openIP(host, port, backlog)]
        case .unix(let path): [try openUnix(path, backlog, mode)]
        }
    }

    func accept() -> Accepted {
        var storage = sockaddr_storage()
        while true {
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let descriptor = withUnsafeMutablePointer(to: &storage) { storage in
                storage.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    accept4(
                        socket.descriptor, $0, &length,
                        Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue))
                }
            }
            if descriptor >= 0 { return .connection(Socket(descriptor: descriptor), SocketAddress(storage)) }
            switch errno {
            case EINTR, ECONNABORTED: continue
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted
            default: return .none
            }
        }
    }

    /// Stops listening; the file of a Unix socket goes too.
    func close() {
        socket.close()
        if case .unix(let path) = address { unlink(path) }
    }

    /// Some clients take `localhost` for `::1`, others for 127.0.0.1; where the system has no `::1`, all take the latter.
    private static func openLocalhost(
        _ port: Int, _ backlog: Int
    ) throws(HTTPServer.StartError) -> [ListeningSocket] {
        let four = try openIP("127.0.0.1", port, backlog)
        guard let probe = try? openIP("::1", 0, 1) else { return [four] }
        probe.close()
        do {
            return [four, try openIP("::1", four.address.port ?? port, backlog)]
        } catch {
            // Nobody asked for the port that the system chose.
            if port == 0 { return [four] }
            four.close()
            throw error
        }
    }

    private static func openIP(
        _ host: String, _ port: Int, _ backlog: Int
    ) throws(HTTPServer.StartError) -> ListeningSocket {
        let asked = SocketAddress.ip(host: host, port: port)
        guard 0...65535 ~= port else { throw HTTPServer.StartError(asked, "a port is a number from 0 to 65535") }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = Int32(AI_PASSIVE | AI_NUMERICSERV)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard status == 0, let info = list?.pointee else {
            throw HTTPServer.StartError(asked, String(cString: gai_strerror(status)))
        }
        let socket = try make(info.ai_family, asked)
        var on: Int32 = 1
        setsockopt(socket.descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        guard bind(socket.descriptor, info.ai_addr, info.ai_addrlen) == 0,
            listen(socket.descriptor, Int32(clamping: backlog)) == 0
        else { throw failure(asked, socket) }
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = getsockname(socket.descriptor, $0, &length)
            }
        }
        return ListeningSocket(socket: socket, address: SocketAddress(storage))
    }

    private static func openUnix(
        _ path: String, _ backlog: Int, _ mode: UInt32
    ) throws(HTTPServer.StartError) -> ListeningSocket {
        let asked = SocketAddress.unix(path: path)
        var address = sockaddr_un()
        let bytes = Array(path.utf8)
        guard !bytes.isEmpty, bytes.count < MemoryLayout.size(ofValue: address.sun_path), !bytes.contains(0) else {
            throw HTTPServer.StartError(asked, "a Unix socket's path has 1 to 107 bytes")
        }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let socket = try make(AF_UNIX, asked)
        func call(_ function: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32, _ descriptor: Int32) -> Int32 {
            withUnsafePointer(to: &address) { address in
                address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    function(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
        }
        var status = call({ bind($0, $1, $2) }, socket.descriptor)
        if status != 0, errno == EADDRINUSE, isSocketFile(path) {
            // A file left by a server that was killed refuses connections; a living one's is kept.
            let probe = try make(AF_UNIX, asked)
            let isDead = call({ connect($0, $1, $2) }, probe.descriptor) != 0 && errno == ECONNREFUSED
            probe.close()
            errno = EADDRINUSE
            if isDead, unlink(path) == 0 { status = call({ bind($0, $1, $2) }, socket.descriptor) }
        }
        guard status == 0, chmod(path, mode) == 0, listen(socket.descriptor, Int32(clamping: backlog)) == 0 else {
            throw failure(asked, socket)
        }
        return ListeningSocket(socket: socket, address: asked)
    }

    private static func isSocketFile(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
    }

    private static func make(_ family: Int32, _ address: SocketAddress) throws(HTTPServer.StartError) -> Socket {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = Glibc.socket(family, type, 0)
        guard descriptor >= 0 else { throw HTTPServer.StartError(address, String(cString: strerror(errno))) }
        return Socket(descriptor: descriptor)
    }

    private static func failure(_ address: SocketAddress, _ socket: Socket) -> HTTPServer.StartError {
        let code = errno
        socket.close()
        let advice = code == EADDRINUSE ? "; stop the other program or choose another address" : ""
        return HTTPServer.StartError(address, String(cString: strerror(code)) + advice)
    }
}
