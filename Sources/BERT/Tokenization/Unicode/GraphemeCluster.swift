/// Grapheme clusters (Unicode standard annex 29), as far as a `CharacterMap` can tell them from their parts: it looks
/// at those of less than six bytes, so what only makes longer ones (Hangul, flags, joined emoji) is left out.
enum GraphemeCluster {
    /// Where the cluster that begins at `start` ends.
    static func end(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        let traits = CharacterTraits.shared
        if bytes[start] == 0x0D { return start + 1 < bytes.count && bytes[start + 1] == 0x0A ? start + 2 : start + 1 }
        var (scalar, end) = next(bytes, start)
        while traits[scalar].contains(.prepends), end < bytes.count {
            let (following, after) = next(bytes, end)
            if traits[following].contains(.controls) || following < 0x20 { return end }
            (scalar, end) = (following, after)
        }
        // Nothing below U+0300 belongs to what stands before it.
        guard end < bytes.count, bytes[end] >= 0xCC, !traits[scalar].contains(.controls) else { return end }
        while end < bytes.count {
            let (following, after) = next(bytes, end)
            guard traits[following].contains(.extends) else { break }
            end = after
        }
        return end
    }

    private static func next(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> (scalar: UInt32, end: Int) {
        let (scalar, length) = UTF8Decoding.scalar(of: bytes, at: at)
        return (scalar, at + length)
    }
}
