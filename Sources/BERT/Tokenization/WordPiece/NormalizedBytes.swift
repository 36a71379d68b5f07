/// Keeps normalized text as UTF-8, with the source of each byte.
struct NormalizedBytes: NormalizedSink {
    private(set) var bytes: [UInt8] = []
    private(set) var sources: [Range<Int>] = []

    var wantsMore: Bool { true }

    mutating func append(ascii: UInt8, at offset: Int) {
        bytes.append(ascii)
        sources.append(offset..<offset + 1)
    }

    mutating func append(_ scalar: UInt32, source: Range<Int>) {
        UTF8Decoding.forEachByte(of: scalar) { byte in
            bytes.append(byte)
            sources.append(source)
        }
    }

    mutating func append(piece: Int32, source: Range<Int>) {}

    mutating func finish() {}

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        sources.removeAll(keepingCapacity: true)
    }

    /// The normalized form of a short text.
    static func utf8(of text: String, rules: NormalizationRules) -> [UInt8] {
        var text = text
        var normalized = NormalizedBytes()
        text.withUTF8 { Normalizer.run(over: $0, rules: rules, into: &normalized) }
        return normalized.bytes
    }
}
