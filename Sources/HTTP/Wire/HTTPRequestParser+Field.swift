extension HTTPRequestParser {
    /// A field line `name ":" OWS value OWS` (RFC 9112 §5) within a buffer.
    static func field(in buffer: [UInt8], _ line: Range<Int>) throws(HTTPError) -> HTTPHeaders.Field {
        enum Fault { case folded, name, value }
        var fault = Fault.name
        let field = buffer.withUnsafeBufferPointer { bytes -> HTTPHeaders.Field? in
            let first = bytes[line.lowerBound]
            if first == 0x20 || first == 0x09 {
                fault = .folded
                return nil
            }
            var nameEnd = line.lowerBound
            while nameEnd < line.upperBound, CharacterClass.token.contains(bytes[nameEnd]) { nameEnd += 1 }
            guard nameEnd > line.lowerBound, nameEnd < line.upperBound, bytes[nameEnd] == UInt8(ascii: ":") else {
                return nil
            }
            var start = nameEnd + 1
            var end = line.upperBound
            while start < end, bytes[start] == 0x20 || bytes[start] == 0x09 { start += 1 }
            while end > start, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
            guard CharacterClass.isFieldText(UnsafeBufferPointer(rebasing: bytes[start..<end])) else {
                fault = .value
                return nil
            }
            return HTTPHeaders.Field(
                nameStart: Int32(truncatingIfNeeded: line.lowerBound), nameEnd: Int32(truncatingIfNeeded: nameEnd),
                valueStart: Int32(truncatingIfNeeded: start), valueEnd: Int32(truncatingIfNeeded: end))
        }
        if let field { return field }
        switch fault {
        case .folded: throw .badRequest("folded_header", "A header line starts with a space; folded lines are refused.")
        case .name: throw .badRequest("bad_header_name", "A header line does not start with a field name and a colon.")
        case .value: throw .badRequest("bad_header_value", "A header value holds a control byte.")
        }
    }

    /// Notes what the fields that frame the message say.
    mutating func interpret(_ field: HTTPHeaders.Field) throws(HTTPError) {
        // Lengths first: most fields are none of these.
        switch field.name.count {
        case 4 where isNamed(field, "host"):
            guard !draft.hasHost else {
                throw .badRequest("repeated_host", "The request has more than one Host field.")
            }
            draft.hasHost = true
            guard value(field, { HTTPRequestParser.isHost($0) }) else {
                throw .badRequest("bad_host", "The Host field is no host and port.")
            }
        case 6 where isNamed(field, "expect"):
            guard value(field, { CharacterClass.equalIgnoringCase($0, "100-continue") }) else {
                throw HTTPError(
                    .expectationFailed, code: "expectation_failed", message: "The only expectation met is 100-continue."
                )
            }
            draft.expectsContinue = true
        case 10 where isNamed(field, "connection"):
            for option in buffer[field.value].split(separator: UInt8(ascii: ",")) {
                let word = option.filter { $0 != 0x20 && $0 != 0x09 }
                word.withUnsafeBufferPointer { word in
                    if CharacterClass.equalIgnoringCase(word, "close") { draft.closes = true }
                    if CharacterClass.equalIgnoringCase(word, "keep-alive") { draft.keepsAlive = true }
                }
            }
        case 14 where isNamed(field, "content-length"):
            try contentLength(field)
        case 17 where isNamed(field, "transfer-encoding"):
            try transferEncoding(field)
        default:
            break
        }
    }

    /// 1 to 18 digits and nothing else, once.
    private mutating func contentLength(_ field: HTTPHeaders.Field) throws(HTTPError) {
        guard draft.contentLength == nil else {
            throw .badRequest("repeated_length", "The request has more than one Content-Length field.")
        }
        let length = value(field) { digits -> Int? in
            guard 1...18 ~= digits.count else { return nil }
            var length = 0
            for digit in digits {
                guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= digit else { return nil }
                length = length * 10 + Int(digit - UInt8(ascii: "0"))
            }
            return length
        }
        guard let length else {
            throw .badRequest("bad_length", "Content-Length is no decimal number of at most 18 digits.")
        }
        draft.contentLength = length
    }

    /// `chunked`, once, and nothing else: with any other last coding the body has no end (RFC 9112 §6.3).
    private mutating func transferEncoding(_ field: HTTPHeaders.Field) throws(HTTPError) {
        let isChunked = value(field) { CharacterClass.equalIgnoringCase($0, "chunked") }
        guard isChunked, !draft.isChunked else {
            let codings = buffer[field.value].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self).lowercased().filter { $0 != " " && $0 != "\t" } }
            if !draft.isChunked, codings.last == "chunked", codings.filter({ $0 == "chunked" }).count == 1,
                codings.allSatisfy({ $0.utf8.allSatisfy(CharacterClass.token.contains) && !$0.isEmpty })
            {
                throw HTTPError(
                    .notImplemented, code: "unknown_transfer_encoding",
                    message: "The only transfer coding understood is chunked.")
            }
            throw .badRequest("bad_transfer_encoding", "Transfer-Encoding must be chunked, once and last.")
        }
        draft.isChunked = true
    }

    func isNamed(_ field: HTTPHeaders.Field, _ name: StaticString) -> Bool {
        buffer.withUnsafeBufferPointer {
            CharacterClass.equalIgnoringCase(UnsafeBufferPointer(rebasing: $0[field.name]), name)
        }
    }

    private func value<Result>(
        _ field: HTTPHeaders.Field, _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        buffer.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[field.value])) }
    }
}
