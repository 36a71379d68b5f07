/// Some of an index's passages, a bit a passage number.
public struct PassageSet: Sendable, Equatable {
    /// Passage numbers below this one can be in the set.
    public let limit: Int
    /// 64 numbers a word; bits from `limit` on are 0.
    private(set) var words: [UInt64]

    /// The empty set, or all numbers below the limit, whether there are such passages or not.
    init(limit: Int, isFull: Bool = false) {
        self.limit = limit
        words = [UInt64](repeating: isFull ? .max : 0, count: (limit + 63) / 64)
        clearTail()
    }

    /// Number of passages.
    public var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    public func contains(_ number: Int) -> Bool {
        number >= 0 && number < limit && words[number / 64] >> UInt64(number % 64) & 1 == 1
    }

    /// The numbers in the set, ascending.
    public var numbers: [Int] {
        var found: [Int] = []
        for (index, word) in words.enumerated() {
            var word = word
            while word != 0 {
                found.append(index * 64 + word.trailingZeroBitCount)
                word &= word - 1
            }
        }
        return found
    }

    /// Puts a number in; one outside the limit is left out.
    mutating func insert(_ number: Int) {
        guard number >= 0, number < limit else { return }
        words[number / 64] |= 1 << UInt64(number % 64)
    }

    /// Both sets have the same limit.
    mutating func formIntersection(_ other: PassageSet) {
        for index in words.indices { words[index] &= other.words[index] }
    }

    /// Both sets have the same limit.
    mutating func formUnion(_ other: PassageSet) {
        for index in words.indices { words[index] |= other.words[index] }
    }

    /// All other numbers below the limit.
    mutating func formComplement() {
        for index in words.indices { words[index] = ~words[index] }
        clearTail()
    }

    /// Bytes that the set takes.
    var byteCount: Int { words.count * 8 }

    private mutating func clearTail() {
        guard limit % 64 != 0, let last = words.indices.last else { return }
        words[last] &= (1 << UInt64(limit % 64)) - 1
    }
}
