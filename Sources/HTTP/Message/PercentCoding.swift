/// Percent-decoding (RFC 3986 §2.1).
public enum PercentCoding {
    /// The text that percent-encoded bytes stand for; nil where an escape is broken or the result is not UTF-8.
    /// - Parameter plusIsSpace: as in query strings made by forms.
    public static func decode(_ bytes: some Collection<UInt8>, plusIsSpace: Bool = false) -> String? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            bytes.formIndex(after: &index)
            if byte == UInt8(ascii: "%") {
                guard index < bytes.endIndex, let high = CharacterClass.hexValue(bytes[index]) else { return nil }
                bytes.formIndex(after: &index)
                guard index < bytes.endIndex, let low = CharacterClass.hexValue(bytes[index]) else { return nil }
                bytes.formIndex(after: &index)
                decoded.append(UInt8(high << 4 | low))
            } else {
                decoded.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(validating: decoded, as: UTF8.self)
    }
}
