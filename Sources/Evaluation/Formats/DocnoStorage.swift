import Foundation

/// Passage identifiers kept back to back in one array of bytes, numbered in the order they came.
///
/// Seven million identifiers as `String`s would cost more to make than all measures together; as bytes they are
/// compared the way trec_eval's `strcmp` and Python's strings compare them (UTF-8 keeps code point order).
struct DocnoStorage: Sendable {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []

    var count: Int { ends.count }

    mutating func append(_ docno: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: docno)
        ends.append(bytes.count)
    }

    func range(_ index: Int) -> Range<Int> {
        (index == 0 ? 0 : ends[index - 1])..<ends[index]
    }

    func string(_ index: Int) -> String {
        String(decoding: bytes[range(index)], as: UTF8.self)
    }

    /// Calls `body` with the bytes of one identifier.
    func withBytes<Result>(_ index: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[range(index)])) }
    }

    /// Whether the identifier `first` sorts before `second`, byte by byte.
    func precedes(_ first: Int, _ second: Int) -> Bool {
        bytes[range(first)].lexicographicallyPrecedes(bytes[range(second)])
    }

    /// The identifiers in another order; `order` names each new place's old index.
    func reordered(_ order: [Int]) -> DocnoStorage {
        var result = DocnoStorage()
        result.bytes.reserveCapacity(bytes.count)
        result.ends.reserveCapacity(ends.count)
        for index in order { withBytes(index) { result.append($0) } }
        return result
    }

    /// A hash of the bytes: eight at a time folded by a full multiplication (the mixing step of wyhash).
    static func hash(_ docno: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
        var value = seed ^ 0x9e37_79b9_7f4a_7c15 ^ UInt64(docno.count)
        var position = 0
        while position + 8 <= docno.count {
            value = mix(value ^ docno.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            position += 8
        }
        var tail: UInt64 = 0
        while position < docno.count {
            tail = tail << 8 | UInt64(docno[position])
            position += 1
        }
        return mix(mix(value ^ tail))
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0xa076_1d64_78bd_642f)
        return product.high ^ product.low
    }
}

extension UnsafeRawBufferPointer {
    /// Whether two stretches of memory hold the same bytes.
    func equals(_ other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count, let first = baseAddress, let second = other.baseAddress else {
            return count == other.count
        }
        return memcmp(first, second, count) == 0
    }
}
