/// Writes responses as they go over the wire (RFC 9112 §4, §6, §7).
package enum HTTPResponseEncoder {
    /// What the encoder must know of the request and the connection.
    package struct Terms: Sendable {
        package var version: HTTPVersion
        package var isHead: Bool
        /// Whether the connection is to stay open; the encoder may turn it off, never on.
        package var keepsAlive: Bool

        package init(version: HTTPVersion, isHead: Bool, keepsAlive: Bool) {
            self.version = version
            self.isHead = isHead
            self.keepsAlive = keepsAlive
        }
    }

    /// How the body follows the head.
    package enum Framing: Sendable, Hashable {
        /// None follows.
        case none
        /// That many bytes follow.
        case length(Int)
        /// Chunks follow, the last of size 0.
        case chunked
        /// Bytes follow until the connection closes, for HTTP/1.0.
        case untilClose
    }

    /// Writes status line and fields; what is left of `terms.keepsAlive` decides whether the connection stays open.
    package static func writeHead(
        of response: HTTPResponse, _ terms: inout Terms, date: HTTPDate, serverName: String? = nil,
        to output: OutputBuffer
    ) -> Framing {
        writeStatusLine(response.status, to: output)
        let headers = response.headers
        var hasDate = false
        var isPlain = headers.isWireForm
        headers.bytes.withUnsafeBufferPointer { bytes in
            for field in headers.fields {
                switch reserved(UnsafeBufferPointer(rebasing: bytes[field.name])) {
                case .no: break
                case .date: hasDate = true
                case .framing: isPlain = false
                case .connection:
                    isPlain = false
                    let value = UnsafeBufferPointer(rebasing: bytes[field.value])
                    if CharacterClass.equalIgnoringCase(value, "close") { terms.keepsAlive = false }
                }
            }
            if isPlain {
                output.append(bytes)
                return
            }
            for field in headers.fields {
                let name = UnsafeBufferPointer(rebasing: bytes[field.name])
                let kind = reserved(name)
                guard kind == .no || kind == .date else { continue }
                output.append(name)
                output.append(": ")
                output.append(UnsafeBufferPointer(rebasing: bytes[field.value]))
                output.append("\r\n")
            }
        }
        if !hasDate {
            output.append("Date: ")
            output.append(date.bytes)
            output.append("\r\n")
        }
        if var serverName {
            output.append("Server: ")
            serverName.withUTF8 { output.append($0) }
            output.append("\r\n")
        }
        let framing = writeFraming(of: response, &terms, to: output)
        if !terms.keepsAlive {
            output.append("Connection: close\r\n")
        } else if terms.version == .http10 {
            output.append("Connection: keep-alive\r\n")
        }
        output.append("\r\n")
        return terms.isHead ? .none : framing
    }

    /// Writes one piece of a chunked body; an empty piece writes nothing, since it would end the body.
    package static func writeChunk(_ piece: [UInt8], to output: OutputBuffer) {
        guard !piece.isEmpty else { return }
        output.append(number: piece.count, radix: 16)
        output.append("\r\n")
        output.append(piece)
        output.append("\r\n")
    }

    /// Ends a chunked body.
    package static func writeLastChunk(to output: OutputBuffer) {
        output.append("0\r\n\r\n")
    }

    private static func writeStatusLine(_ status: HTTPStatus, to output: OutputBuffer) {
        if status.code == 200 {
            output.append("HTTP/1.1 200 OK\r\n")
            return
        }
        output.append("HTTP/1.1 ")
        output.append(number: status.code)
        output.append(" ")
        output.append(status.reason)
        output.append("\r\n")
    }

    private static func writeFraming(
        of response: HTTPResponse, _ terms: inout Terms, to output: OutputBuffer
    ) -> Framing {
        if response.status.forbidsBody { return .none }
        let length: Int?
        switch response.body {
        case .none: length = 0
        case .bytes(let bytes): length = bytes.count
        case .stream(let stream): length = stream.length
        }
        if let length {
            output.append("Content-Length: ")
            output.append(number: length)
            output.append("\r\n")
            return length == 0 ? .none : .length(length)
        }
        if terms.version == .http10 {
            terms.keepsAlive = false
            return .untilClose
        }
        output.append("Transfer-Encoding: chunked\r\n")
        return .chunked
    }

    private enum Reserved {
        case no
        case date
        case framing
        case connection
    }

    private static func reserved(_ name: UnsafeBufferPointer<UInt8>) -> Reserved {
        switch name.count {
        case 4: CharacterClass.equalIgnoringCase(name, "date") ? .date : .no
        case 10:
            CharacterClass.equalIgnoringCase(name, "connection") || CharacterClass.equalIgnoringCase(name, "keep-alive")
                ? .connection : .no
        case 14: CharacterClass.equalIgnoringCase(name, "content-length") ? .framing : .no
        case 17: CharacterClass.equalIgnoringCase(name, "transfer-encoding") ? .framing : .no
        default: .no
        }
    }
}
