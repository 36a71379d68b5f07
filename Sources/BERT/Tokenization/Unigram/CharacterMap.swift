import Foundation

/// SentencePiece's table of rewritten characters (`precompiled_charsmap`), used as Hugging Face's `Precompiled` does.
///
/// The table is a double-array trie (Aoe 1989, in the layout of darts-clone) over UTF-8, whose values are places in a
/// text of replacements that each end with a zero byte.
struct CharacterMap: Sendable {
    private let units: [UInt32]
    private let replacements: [UInt8]
    /// By first byte: whether any entry begins with it.
    private let begins: [Bool]
    /// By byte: whether more is to be looked at than the byte, which is not so for ASCII that stays as it is.
    private let needsLook: [Bool]

    /// Reads the Base64 form of `tokenizer.json`; nil where it is none: not Base64, a trie that is not there whole, a
    /// replacement that is not ended or not UTF-8.
    init?(base64: String) {
        guard let data = Data(base64Encoded: base64), data.count >= 4 else { return nil }
        func word(_ offset: Int) -> UInt32 {
            (0..<4).reduce(0) { $0 | UInt32(data[offset + $1]) << UInt32(8 * $1) }
        }
        let size = Int(word(0))
        guard size > 0, size % 4 == 0, size <= data.count - 4 else { return nil }
        units = (0..<size / 4).map { word(4 + 4 * $0) }
        replacements = [UInt8](data[(4 + size)...])
        guard replacements.last ?? 0 == 0, String(validating: replacements, as: UTF8.self) != nil else { return nil }
        let nodes = (0..<256).map { [units] byte in
            let node = Self.offset(units[0]) ^ byte
            return byte > 0 && node < units.count && Self.label(units[node]) == byte ? units[node] : nil
        }
        begins = nodes.map { $0 != nil }
        needsLook = nodes.enumerated().map { byte, node in
            byte >= 0x80 || byte == 0x0D || node.map { $0 >> 8 & 1 == 1 } ?? false
        }
    }

    private static func offset(_ unit: UInt32) -> Int { Int(unit >> 10) << Int((unit & 1 << 9) >> 6) }
    private static func label(_ unit: UInt32) -> Int { Int(unit & (1 << 31 | 0xFF)) }

    func mayChange(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        text.contains { needsLook[Int($0)] }
    }

    /// What a character or cluster becomes; nil where it stays. As in `tokenizers` this is the replacement of the
    /// shortest entry that `bytes` begin with, and what follows that entry is lost.
    private func replacement(of bytes: Slice<UnsafeBufferPointer<UInt8>>) -> ArraySlice<UInt8>? {
        var node = Self.offset(units[0])
        for byte in bytes {
            guard byte != 0 else { return nil }
            node ^= Int(byte)
            guard node < units.count, Self.label(units[node]) == Int(byte) else { return nil }
            let unit = units[node]
            node ^= Self.offset(unit)
            guard unit >> 8 & 1 == 1, node < units.count else { continue }
            return replacements[min(Int(units[node] & 0x7FFF_FFFF), replacements.count)...].prefix { $0 != 0 }
        }
        return nil
    }

    /// Rewrites grapheme clusters of less than six bytes as wholes where the table has them, and all else scalar by
    /// scalar. (So does SentencePiece's own code; longer entries of the table are never used.)
    func apply(to text: AlignedText) -> AlignedText {
        var result = AlignedText(recordsSources: text.recordsSources)
        result.reserve(text.bytes.count)
        text.bytes.withUnsafeBufferPointer { bytes in
            var kept = 0
            func rewrite(_ range: Range<Int>) -> Bool {
                guard begins[Int(bytes[range.lowerBound])], let new = replacement(of: bytes[range]) else {
                    return false
                }
                result.append(text, kept..<range.lowerBound)
                result.append(new, source: text.source(of: range))
                kept = range.upperBound
                return true
            }
            var at = 0
            while at < bytes.count {
                // What joins a character before it stands at or above U+0300.
                if !needsLook[Int(bytes[at])], at + 1 == bytes.count || bytes[at + 1] < 0xCC {
                    at += 1
                    continue
                }
                let end = GraphemeCluster.end(in: bytes, from: at)
                if end - at < 6, rewrite(at..<end) {
                    at = end
                    continue
                }
                while at < end {
                    let (start, length) = (at, UTF8Decoding.scalar(of: bytes, at: at).length)
                    at += length
                    _ = rewrite(start..<at)
                }
            }
            result.append(text, kept..<at)
        }
        return result
    }
}
