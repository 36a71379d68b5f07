import CKernels
import Testing

@Suite struct PostingsTests {
    @Test(arguments: 0...32)
    func blocksComeBack(bits: Int) {
        var random = SeededGenerator(UInt64(31 + bits))
        let largest = bits == 0 ? 0 : UInt32.max >> UInt32(32 - bits)
        var values = (0..<128).map { _ in UInt32.random(in: 0...largest, using: &random) }
        values[17] = largest
        var packed = [UInt8](repeating: 0xA5, count: 16 * bits + 1)
        pk_postings_pack(values, UInt32(bits), &packed)
        #expect(packed.last == 0xA5)
        for unpack in [pk_postings_unpack, pk_postings_unpack_portable] {
            var found = [UInt32](repeating: 7, count: 129)
            unpack(packed, UInt32(bits), &found)
            #expect(Array(found.prefix(128)) == values)
            #expect(found[128] == 7)
        }
        for before in [UInt32.max, 0, 41] {
            var sum = before
            let numbers = values.map { gap in
                sum = sum &+ gap &+ 1
                return sum
            }
            for unpack in [pk_postings_unpack_gaps, pk_postings_unpack_gaps_portable] {
                var found = [UInt32](repeating: 7, count: 129)
                unpack(packed, UInt32(bits), before, &found)
                #expect(Array(found.prefix(128)) == numbers)
                #expect(found[128] == 7)
            }
        }
    }

    @Test(arguments: [1, 2, 31, 127, 128, 129, 255, 256, 1000, 5000])
    func listsComeBack(count: Int) {
        var random = SeededGenerator(UInt64(count))
        for gap in [UInt32(1), 3, 500] {
            let list = PostingsList(count: count, gap: gap, random: &random)
            var numbers = [UInt32](repeating: 0, count: count)
            var tfs = numbers
            list.withList(weight: 1) { list in
                var list = list
                #expect(pk_postings_decode(&list, &numbers, &tfs) == PK_OK)
            }
            #expect(numbers == list.numbers)
            #expect(tfs == list.tfs)
            let asked = Array(0..<(list.numbers.last ?? 0) + 3)
            let byNumber = Dictionary(uniqueKeysWithValues: zip(list.numbers, list.tfs))
            var found = [UInt32](repeating: 9, count: asked.count)
            list.withList(weight: 1) { list in
                var list = list
                #expect(pk_postings_frequencies(&list, asked, asked.count, &found) == PK_OK)
            }
            #expect(found == asked.map { byNumber[$0] ?? 0 })
        }
    }

    @Test func damagedBytesAreAnErrorOrOtherPostingsNeverACrash() {
        var random = SeededGenerator(77)
        for count in [5, 127, 128, 700] {
            let list = PostingsList(count: count, gap: 9, random: &random)
            for _ in 0..<400 {
                var damaged = list
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    damaged.bytes[Int.random(in: 0..<list.size, using: &random)] = .random(in: 0...255, using: &random)
                }
                damaged.size = Bool.random(using: &random) ? list.size : Int.random(in: 0...list.size, using: &random)
                let status = PostingsSearch(lists: [damaged, list], weights: [1, 2], k1: 0.9, b: 0.4).run(limit: 10)
                    .status
                #expect([PK_OK, PK_DAMAGED].contains(status))
            }
        }
    }

    /// A list of two passages with gaps and frequencies in 32 bits, as `postings_list.c` lays it out.
    private func pair(first: UInt32, gap: UInt32, tfs: [UInt32]) -> [UInt8] {
        func bytes(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
        var list = bytes(first) + [UInt8(32), 32] + bytes(gap)
        for tf in tfs { list += bytes(tf) }
        return list + [UInt8](repeating: 0, count: 16)
    }

    private func decode(_ bytes: [UInt8]) -> (status: Int32, numbers: [UInt32], tfs: [UInt32]) {
        var (numbers, tfs) = ([UInt32](repeating: 0, count: 2), [UInt32](repeating: 0, count: 2))
        let status = bytes.withUnsafeBytes { bytes in
            var list = pk_postings(bytes: bytes.baseAddress, size: bytes.count - 16, count: 2, weight: 1)
            return pk_postings_decode(&list, &numbers, &tfs)
        }
        return (status, numbers, tfs)
    }

    @Test func frequenciesNeverBecomeNone() {
        let (status, numbers, tfs) = decode(pair(first: 3, gap: 0, tfs: [.max, 0]))
        #expect(status == PK_OK)
        #expect(numbers == [3, 4])
        // Stored is one less, so that the largest would be 2^32.
        #expect(tfs == [.max, 1])
    }

    @Test func aPassageThatComesAgainIsDamage() {
        for gap in [.max, .max - 1, .max - 5] as [UInt32] {
            #expect(decode(pair(first: 5, gap: gap, tfs: [0, 0])).status == PK_DAMAGED)
        }
        #expect(decode(pair(first: 5, gap: .max - 6, tfs: [0, 0])).numbers == [5, .max])
    }

    @Test func collectingAndClearingAgree() {
        var random = SeededGenerator(5)
        for groups in [32, 64, 256] {
            for share in [0.0, 0.05, 0.5, 1.0] {
                var touched = [UInt8](repeating: 0, count: groups)
                var scores = [UInt32](repeating: 0, count: groups * 16)
                for place in scores.indices where Double.random(in: 0..<1, using: &random) < share {
                    scores[place] =
                        UInt32.random(in: 1..<1 << 31, using: &random) >> UInt32.random(in: 0..<31, using: &random)
                    touched[place / 16] = 1
                }
                for least in [UInt32(1), 2, 1000, 1 << 30, .max >> 1] {
                    let expected = scores.indices.filter { scores[$0] >= least }.map { UInt16($0) }
                    for collect in [pk_postings_collect, pk_postings_collect_portable] {
                        var places = [UInt16](repeating: 0, count: scores.count + 8)
                        let count = collect(scores, touched, groups, least, &places)
                        #expect(Array(places.prefix(count)) == expected)
                    }
                }
                for clear in [pk_postings_clear, pk_postings_clear_portable] {
                    var (cleared, marks) = (scores, touched)
                    clear(&cleared, &marks, groups)
                    #expect(cleared.allSatisfy { $0 == 0 } && marks.allSatisfy { $0 == 0 })
                }
            }
        }
    }
}

/// A list with what it was made from.
struct PostingsList: Sendable {
    let numbers: [UInt32]
    let tfs: [UInt32]
    var bytes: [UInt8]
    var size: Int

    init(count: Int, gap: UInt32, lengths: [UInt32]? = nil, random: inout SeededGenerator) {
        var next: UInt32 = 0
        var numbers: [UInt32] = []
        var tfs: [UInt32] = []
        for _ in 0..<count {
            next += UInt32.random(in: 0..<gap, using: &random)
            numbers.append(next)
            next += 1
            let isRare = UInt32.random(in: 0..<50, using: &random) == 0
            tfs.append(UInt32.random(in: 1...(isRare ? 400 : 3), using: &random))
        }
        let lengths = lengths ?? [UInt32](repeating: 30, count: Int(next))
        (self.numbers, self.tfs) = (numbers, tfs)
        bytes = [UInt8](repeating: 0, count: pk_postings_capacity(count) + 16)
        size = pk_postings_encode(numbers, tfs, count, lengths, &bytes)
    }

    func withList<Result>(weight: Double, _ body: (pk_postings) -> Result) -> Result {
        bytes.withUnsafeBytes {
            body(pk_postings(bytes: $0.baseAddress, size: size, count: UInt32(numbers.count), weight: weight))
        }
    }
}
