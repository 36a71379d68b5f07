/// Passages of a postings file that are no longer there.
struct RemovedPassages: Sendable {
    /// Ascending.
    let numbers: [UInt32]
    /// A bit a number, 64 to a word; empty where nothing is removed.
    let bits: [UInt64]

    static let none = RemovedPassages(numbers: [], of: 0)

    /// - Parameter count: how many numbers the file has.
    init(numbers: [UInt32], of count: Int) {
        self.numbers = numbers
        var bits = [UInt64](repeating: 0, count: numbers.isEmpty ? 0 : (count + 63) / 64)
        for number in numbers { bits[Int(number / 64)] |= 1 << UInt64(number % 64) }
        self.bits = bits
    }

    /// The bits with those of every passage that a filter keeps out.
    ///
    /// - Parameter count: how many numbers the file has.
    func bits(outside allowed: PassageSet, of count: Int) -> [UInt64] {
        (0..<(count + 63) / 64).map { index in
            let kept = index < allowed.words.count ? allowed.words[index] : 0
            return ~kept | (bits.isEmpty ? 0 : bits[index])
        }
    }
}
