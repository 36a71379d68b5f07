extension HTTPRequestParser {
    /// The request target (RFC 9112 §3.2) brought to origin form.
    ///
    /// Bytes of 0x80 and above are let through where they are UTF-8, since people type `curl 'host/?q=café'`; they are
    /// outside the grammar but cannot change how the message is split.
    mutating func target(_ range: Range<Int>) throws(HTTPError) -> String {
        if range.count > limits.targetBytes {
            throw HTTPError(
                .uriTooLong, code: "uri_too_long",
                message: "The request target is longer than \(limits.targetBytes) bytes.")
        }
        if draft.method.rawValue == "CONNECT" {
            throw HTTPError(.notImplemented, code: "not_implemented", message: "This server is no proxy.")
        }
        let parts = buffer.withUnsafeBufferPointer { bytes -> (target: String, authority: Range<Int>?)? in
            let raw = UnsafeBufferPointer(rebasing: bytes[range])
            guard HTTPRequestParser.isTargetText(raw) else { return nil }
            if raw[0] == UInt8(ascii: "/") { return String(validating: raw, as: UTF8.self).map { ($0, nil) } }
            if raw.count == 1, raw[0] == UInt8(ascii: "*") {
                return draft.method == .options ? ("*", nil) : nil
            }
            return HTTPRequestParser.originForm(ofAbsolute: raw)
        }
        guard let (target, authority) = parts else {
            throw .badRequest(
                "bad_target", "The request target is no path, or holds bytes that must be percent-encoded.")
        }
        draft.authority = authority.map { range.lowerBound + $0.lowerBound..<range.lowerBound + $0.upperBound }
        return target
    }

    /// No control byte, no space, no fragment, and two hexadecimal digits after every `%`.
    private static func isTargetText(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte <= 0x20 || byte == 0x7f || byte == UInt8(ascii: "#") { return false }
            if byte == UInt8(ascii: "%") {
                guard index + 2 < bytes.count, CharacterClass.hexValue(bytes[index + 1]) != nil,
                    CharacterClass.hexValue(bytes[index + 2]) != nil
                else { return false }
            }
            index += 1
        }
        return true
    }

    /// `http://authority/path?query` without the authority, and where that lies.
    private static func originForm(
        ofAbsolute bytes: UnsafeBufferPointer<UInt8>
    ) -> (target: String, authority: Range<Int>?)? {
        for scheme in ["http://", "https://"] {
            let length = scheme.utf8.count
            guard bytes.count > length,
                zip(bytes, scheme.utf8).allSatisfy({ CharacterClass.lowercased($0) == $1 })
            else { continue }
            let afterScheme = bytes[length...]
            let end = afterScheme.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? bytes.count
            guard isHost(UnsafeBufferPointer(rebasing: bytes[length..<end])), end > length,
                let rest = String(validating: bytes[end...], as: UTF8.self)
            else { return nil }
            return (rest.utf8.first == UInt8(ascii: "/") ? rest : "/" + rest, length..<end)
        }
        return nil
    }

    /// `uri-host [ ":" port ]` (RFC 9110 §7.2), which may be empty.
    static func isHost(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        CharacterClass.host.containsAll(bytes)
    }
}
