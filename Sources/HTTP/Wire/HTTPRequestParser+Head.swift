extension HTTPRequestParser {
    /// What the lines of a head have said so far.
    struct HeadDraft: Sendable {
        var method = HTTPMethod.get
        var target = ""
        /// Where the host stands in a target of absolute form.
        var authority: Range<Int>?
        var version = HTTPVersion.http11
        var skippedBlankLine = false
        var hasHost = false
        var contentLength: Int?
        var isChunked = false
        var closes = false
        var keepsAlive = false
        var expectsContinue = false
    }

    /// Reads the line at the end of `buffer`; returns the head after its last line.
    mutating func headLine() throws(HTTPError) -> HTTPRequestHead? {
        let line = lineStart..<buffer.count - 2
        if case .requestLine = state {
            if line.isEmpty {
                // RFC 9112 §2.2: one empty line before a request is forgiven.
                guard !draft.skippedBlankLine else {
                    throw .badRequest("bad_request_line", "There are empty lines before the request line.")
                }
                draft.skippedBlankLine = true
                buffer.removeAll(keepingCapacity: true)
                return nil
            }
            try requestLine(line)
            fields.reserveCapacity(16)
            state = .fields
        } else if line.isEmpty {
            return try finishHead()
        } else {
            if fields.count >= limits.headerCount {
                throw HTTPError(
                    .headerFieldsTooLarge, code: "too_many_headers",
                    message: "The request has more than \(limits.headerCount) header fields.")
            }
            let field = try HTTPRequestParser.field(in: buffer, line)
            fields.append(field)
            try interpret(field)
        }
        lineStart = buffer.count
        return nil
    }

    /// `method SP request-target SP HTTP-version` (RFC 9112 §3), with exactly those two spaces.
    private mutating func requestLine(_ line: Range<Int>) throws(HTTPError) {
        let parts = buffer.withUnsafeBufferPointer { bytes -> (method: Range<Int>, target: Range<Int>)? in
            guard let first = bytes[line].firstIndex(of: 0x20), first > line.lowerBound,
                CharacterClass.token.containsAll(UnsafeBufferPointer(rebasing: bytes[line.lowerBound..<first])),
                let second = bytes[first + 1..<line.upperBound].firstIndex(of: 0x20), second > first + 1
            else { return nil }
            return (line.lowerBound..<first, first + 1..<second)
        }
        guard let parts else {
            throw .badRequest("bad_request_line", "The request line is not METHOD TARGET HTTP/1.1.")
        }
        draft.version = try version(parts.target.upperBound + 1..<line.upperBound)
        draft.method = method(parts.method)
        draft.target = try target(parts.target)
    }

    private func method(_ range: Range<Int>) -> HTTPMethod {
        buffer.withUnsafeBufferPointer { bytes in
            let name = UnsafeBufferPointer(rebasing: bytes[range])
            // The usual ones are string literals, which need no UTF-8 validation.
            if CharacterClass.equal(name, "GET") { return .get }
            if CharacterClass.equal(name, "POST") { return .post }
            return HTTPMethod(rawValue: String(decoding: name, as: UTF8.self))
        }
    }

    private func version(_ range: Range<Int>) throws(HTTPError) -> HTTPVersion {
        let digit = UInt8(ascii: "0")...UInt8(ascii: "9")
        let isWellFormed = buffer.withUnsafeBufferPointer { bytes in
            let text = UnsafeBufferPointer(rebasing: bytes[range])
            return text.count == 8 && CharacterClass.equal(UnsafeBufferPointer(rebasing: text[..<5]), "HTTP/")
                && digit ~= text[5] && text[6] == UInt8(ascii: ".") && digit ~= text[7]
        }
        guard isWellFormed else {
            throw .badRequest("bad_version", "The request line does not end in an HTTP version such as HTTP/1.1.")
        }
        guard buffer[range.lowerBound + 5] == UInt8(ascii: "1") else {
            throw HTTPError(
                .versionNotSupported, code: "version_not_supported", message: "This server speaks HTTP/1.1.")
        }
        return buffer[range.lowerBound + 7] == UInt8(ascii: "0") ? .http10 : .http11
    }

    /// Ends the head: what RFC 9112 §6 says of its fields together.
    private mutating func finishHead() throws(HTTPError) -> HTTPRequestHead {
        if !draft.hasHost && draft.version == .http11 {
            throw .badRequest("missing_host", "An HTTP/1.1 request has exactly one Host field; this one has none.")
        }
        if let authority = draft.authority, let place = fields.firstIndex(where: { isNamed($0, "host") }) {
            // What the target says counts, whatever Host says (RFC 9112 §3.2.2).
            fields[place].valueStart = Int32(truncatingIfNeeded: authority.lowerBound)
            fields[place].valueEnd = Int32(truncatingIfNeeded: authority.upperBound)
        }
        let framing: HTTPRequestHead.Framing
        switch (draft.isChunked, draft.contentLength) {
        case (true, .some):
            throw .badRequest("ambiguous_length", "The request has both Content-Length and Transfer-Encoding.")
        case (true, nil):
            guard draft.version == .http11 else {
                throw .badRequest("bad_transfer_encoding", "HTTP/1.0 has no Transfer-Encoding.")
            }
            framing = .chunked
            state = .chunkSize
        case (false, let length?) where length > 0:
            framing = .length(length)
            state = .body(remaining: length)
        default:
            framing = .none
            state = .body(remaining: 0)
        }
        let head = HTTPRequestHead(
            method: draft.method, target: draft.target, version: draft.version,
            headers: HTTPHeaders(parsed: buffer, fields: fields), framing: framing,
            keepsAlive: draft.version == .http11 ? !draft.closes : draft.keepsAlive && !draft.closes,
            expectsContinue: draft.expectsContinue && framing != .none && draft.version == .http11)
        // The bytes and fields went with the head, which shares them; a new request gets new ones.
        buffer = []
        fields = []
        lineStart = 0
        draft = HeadDraft()
        bodyBytes = 0
        return head
    }

    /// Checks a body's announced length against ``bodyLimit``; to be called once the limit is known for this head.
    public func checkBodyLimit(_ framing: HTTPRequestHead.Framing) throws(HTTPError) {
        if case .length(let length) = framing, length > bodyLimit { throw bodyTooLarge }
    }

    var bodyTooLarge: HTTPError {
        HTTPError(
            .contentTooLarge, code: "body_too_large",
            message: "The request body is larger than the \(bodyLimit) bytes allowed here.")
    }
}
