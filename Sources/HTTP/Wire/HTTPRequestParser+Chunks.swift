extension HTTPRequestParser {
    /// `chunk-size [ chunk-ext ] CRLF` (RFC 9112 §7.1); extensions are checked and ignored.
    mutating func chunkSizeLine() throws(HTTPError) {
        let line = 0..<buffer.count - 2
        let size = buffer.withUnsafeBufferPointer { bytes -> Int? in
            var size = 0
            var index = line.lowerBound
            while index < line.upperBound, let digit = CharacterClass.hexValue(bytes[index]) {
                // 15 digits cannot overflow.
                guard index < 15 else { return nil }
                size = size << 4 | digit
                index += 1
            }
            guard index > 0 else { return nil }
            guard index == line.upperBound || bytes[index] == UInt8(ascii: ";") else { return nil }
            return CharacterClass.isFieldText(UnsafeBufferPointer(rebasing: bytes[index..<line.upperBound]))
                ? size : nil
        }
        guard let size else {
            throw .badRequest("bad_chunk", "A chunk does not begin with its size in hexadecimal digits and CR LF.")
        }
        buffer.removeAll(keepingCapacity: true)
        guard size > 0 else {
            state = .trailer
            return
        }
        guard size <= bodyLimit - bodyBytes else { throw bodyTooLarge }
        bodyBytes += size
        state = .chunk(remaining: size)
    }

    /// The CR LF behind a chunk's data; false where it is not all there yet.
    mutating func takeChunkEnd(_ input: UnsafeBufferPointer<UInt8>, _ offset: inout Int) throws(HTTPError) -> Bool {
        while offset < input.count {
            let expected: UInt8 = buffer.isEmpty ? 0x0d : 0x0a
            guard input[offset] == expected else {
                throw .badRequest("bad_chunk", "A chunk is longer than its size says.")
            }
            buffer.append(expected)
            offset += 1
            if buffer.count == 2 {
                buffer.removeAll(keepingCapacity: true)
                state = .chunkSize
                return true
            }
        }
        return false
    }

    /// Checks and drops a trailer field; true at the empty line that ends the body.
    mutating func trailerLine() throws(HTTPError) -> Bool {
        let line = 0..<buffer.count - 2
        if line.isEmpty { return true }
        if trailerCount >= limits.headerCount {
            throw HTTPError(
                .headerFieldsTooLarge, code: "too_many_headers",
                message: "The trailer has more than \(limits.headerCount) fields.")
        }
        _ = try HTTPRequestParser.field(in: buffer, line)
        trailerCount += 1
        trailerBytes += buffer.count
        buffer.removeAll(keepingCapacity: true)
        return false
    }
}
