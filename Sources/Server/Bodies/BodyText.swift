import HTTP

/// What a body's first bytes say of its text before anything is parsed: bodies are UTF-8, whatever their `Content-Type`
/// says of a charset (RFC 8259 §8.1 and §11).
enum BodyText {
    /// As many first bytes as are looked at.
    static let headBytes = 4

    /// Bytes of the byte order mark that a body begins with: 3, or 0 without one.
    ///
    /// Throws `HTTPError` 415 where the body is in UTF-16 or UTF-32, or is packed and nothing says so.
    static func markLength(_ head: some Collection<UInt8>) throws(HTTPError) -> Int {
        var bytes = head.makeIterator()
        if let first = bytes.next(), let second = bytes.next(), second != 0 {
            // How nearly all JSON begins.
            if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") || JSONElementScanner.isSpace(first) {
                return 0
            }
        }
        let first = Array(head.prefix(headBytes))
        if first.starts(with: [0xEF, 0xBB, 0xBF]) { return 3 }
        if first.starts(with: [0xFF, 0xFE]) || first.starts(with: [0xFE, 0xFF]) || first.prefix(2).contains(0) {
            throw HTTPError(
                .unsupportedMediaType, code: "unsupported_charset",
                message: "the body is in UTF-16 or UTF-32, as its first bytes say; send it in UTF-8")
        }
        let packings: [(name: String, mark: [UInt8])] = [
            ("gzip", [0x1F, 0x8B]), ("zstd", [0x28, 0xB5, 0x2F, 0xFD]), ("zip", [0x50, 0x4B, 0x03, 0x04]),
        ]
        if let packing = packings.first(where: { first.starts(with: $0.mark) }) {
            throw HTTPError(
                .unsupportedMediaType, code: "unsupported_content_coding",
                message: "the body is compressed (\(packing.name)), and no Content-Encoding says so; send it as it is, "
                    + "or in gzip with `Content-Encoding: gzip`", headers: ["Accept-Encoding": "gzip"])
        }
        return 0
    }
}
