import Foundation

/// Sixteen terms of a postings file's dictionary.
///
/// The offset of the first term's list (UInt64), then for each term, numbers in LEB128: how many bytes it shares with the
/// term before, how many follow, how many passages it has, how many bytes their list takes; then the bytes that follow.
struct DictionaryBlock {
    let bytes: UnsafeRawBufferPointer
    /// Of the file, for errors.
    let path: String

    private struct Entry {
        var shared = 0
        var suffix = 0..<0
        var count = 0
        var size = 0
    }

    /// Whether the first term comes after `term`.
    func isAfter(_ term: [UInt8]) throws -> Bool {
        var position = 8
        let first = try entry(at: &position)
        return term.lexicographicallyPrecedes(bytes[first.suffix])
    }

    /// How many passages a term has and where their list lies among all lists; `nil` where the term is not here.
    func find(_ term: [UInt8]) throws -> (count: Int, list: Range<Int>)? {
        var position = 8
        var offset = Int(truncatingIfNeeded: UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)))
        guard offset >= 0 else { throw damaged }
        // Bytes that `term` shares with the term before, which is all that is needed to go on.
        var matched = 0
        while position < bytes.count {
            let entry = try entry(at: &position)
            guard entry.size <= Int.max - offset else { throw damaged }
            if entry.shared < matched { return nil }
            if entry.shared == matched {
                let rest = term[matched...]
                let common = zip(rest, bytes[entry.suffix]).prefix { $0 == $1 }.count
                matched += common
                if common == entry.suffix.count, matched == term.count {
                    return (entry.count, offset..<offset + entry.size)
                }
            }
            offset += entry.size
        }
        return nil
    }

    private func entry(at position: inout Int) throws -> Entry {
        var entry = Entry()
        entry.shared = try varint(at: &position)
        let rest = try varint(at: &position)
        entry.count = try varint(at: &position)
        entry.size = try varint(at: &position)
        guard rest <= bytes.count - position else { throw damaged }
        entry.suffix = position..<position + rest
        position += rest
        return entry
    }

    private func varint(at position: inout Int) throws -> Int {
        var value = 0
        for shift in stride(from: 0, to: 42, by: 7) {
            guard position < bytes.count else { break }
            let byte = bytes[position]
            position += 1
            value |= Int(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw damaged
    }

    private var damaged: IndexError { IndexError(.damaged, path, "the dictionary is damaged") }
}
