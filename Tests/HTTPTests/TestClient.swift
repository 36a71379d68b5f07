import Glibc
import HTTP

/// A blocking client that sends exactly the bytes it is told to; every wait ends after some seconds.
final class TestClient {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    struct Response {
        let status: Int
        let headers: [(name: String, value: String)]
        let body: String

        subscript(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }
    }

    private let descriptor: Int32
    private var buffer: [UInt8] = []

    init(_ address: SocketAddress?, receiveBuffer: Int32? = nil) throws {
        switch address {
        case .ip(_, let port):
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            if var size = receiveBuffer {
                setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
            }
            var target = sockaddr_in()
            target.sin_family = sa_family_t(AF_INET)
            target.sin_port = in_port_t(port).bigEndian
            target.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            try TestClient.connect(descriptor, target)
        case .unix(let path):
            descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            var target = sockaddr_un()
            target.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &target.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
            try TestClient.connect(descriptor, target)
        case nil:
            throw Failure(description: "the server has no address")
        }
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit {
        close(descriptor)
    }

    private static func connect<Address>(_ descriptor: Int32, _ address: Address) throws {
        let status = withUnsafePointer(to: address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
        if status != 0 {
            close(descriptor)
            throw Failure(description: "connect: \(String(cString: strerror(errno)))")
        }
    }

    func send(_ text: String) throws {
        try send(Array(text.utf8))
    }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(description: "send: \(String(cString: strerror(errno)))") }
            sent += count
        }
    }

    func finishSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Closes with a reset, as a client that crashes does.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// A request and its response.
    func ask(_ request: String, isHead: Bool = false) throws -> Response {
        try send(request)
        return try response(isHead: isHead)
    }

    func get(_ target: String, _ fields: String = "") throws -> Response {
        try ask("GET \(target) HTTP/1.1\r\nHost: x\r\n\(fields)\r\n")
    }

    /// Reads one response.
    func response(isHead: Bool = false) throws -> Response {
        let head = String(decoding: try take(through: "\r\n\r\n"), as: UTF8.self)
        let lines = head.split(separator: "\r\n")
        guard let first = lines.first, first.hasPrefix("HTTP/1.1 "), let status = Int(first.dropFirst(9).prefix(3))
        else {
            throw Failure(description: "no status line: \(head)")
        }
        let headers = lines.dropFirst().map { line in
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            return (name: String(line[..<colon]), value: String(line[colon...].dropFirst(2)))
        }
        let plain = Response(status: status, headers: headers, body: "")
        var body: [UInt8] = []
        if isHead || status < 200 || status == 204 || status == 304 {
        } else if let length = plain["Content-Length"].flatMap({ Int($0) }) {
            body = try take(length)
        } else if plain["Transfer-Encoding"] == "chunked" {
            while true {
                let size = String(decoding: try take(through: "\r\n").dropLast(2), as: UTF8.self)
                guard let count = Int(size, radix: 16) else { throw Failure(description: "bad chunk size \(size)") }
                body += try take(count)
                _ = try take(through: "\r\n")
                if count == 0 { break }
            }
        } else {
            body = try rest()
        }
        return Response(status: status, headers: headers, body: String(decoding: body, as: UTF8.self))
    }

    /// Reads to the end of the connection.
    func rest() throws -> [UInt8] {
        while try receive() {}
        defer { buffer = [] }
        return buffer
    }

    /// Whether the server closes without sending more.
    func isClosed() throws -> Bool {
        try rest().isEmpty
    }

    private func take(_ count: Int) throws -> [UInt8] {
        while buffer.count < count {
            guard try receive() else { throw Failure(description: "closed after \(buffer.count) of \(count) bytes") }
        }
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    private func take(through mark: String) throws -> [UInt8] {
        while true {
            if let range = buffer.firstRange(of: Array(mark.utf8)) { return try take(range.upperBound) }
            guard try receive() else {
                throw Failure(description: "closed after: \(String(decoding: buffer, as: UTF8.self))")
            }
        }
    }

    /// Reads something; false at the end or after a reset.
    private func receive() throws -> Bool {
        var piece = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &piece, piece.count, 0)
        if count == 0 || (count < 0 && errno == ECONNRESET) { return false }
        guard count > 0 else { throw Failure(description: "recv: \(String(cString: strerror(errno)))") }
        buffer += piece[..<count]
        return true
    }
}
