import CKernels
import Ranking

/// A segment file, memory-mapped: token data of many passages, immutable.
///
/// A damaged block is an error when it is first touched, never a wrong score.
public final class Segment: Sendable {
    let number: Int
    let format: SegmentFormat
    private let file: ChecksummedFile

    /// Maps a segment and checks its header and its table of checksums. Throws `IndexError`.
    ///
    /// - Parameter settings: those of the index, which the segment must fit; `nil` where that is not known.
    init(path: String, number: Int, settings: IndexSettings? = nil) throws {
        self.number = number
        file = try ChecksummedFile(
            path: path, remedy: "restore the file from a backup or index its passages again", unopened: .damaged)
        format = try SegmentFormat(file.bytes, path: path)
        try file.startChecking(checksumsAt: format.checksumOffset)
        if let settings { try format.check(settings, path: path) }
    }

    var path: String { file.path }

    /// Size of the file.
    var byteCount: Int { file.bytes.count }

    /// The checksum of its table of checksums, by which the catalogue knows it.
    var checksum: UInt32 { file.checksum }

    /// Checks every block. Throws `IndexError` at the first damaged one.
    func verify() throws { try file.verify() }

    /// Throws `IndexError` where the file has been cut short; to be asked after reading.
    func checkWhole() throws { try file.checkWhole() }

    /// The bytes of a section's part, checked. Throws `IndexError` where they are damaged or outside.
    private func read(_ section: SegmentFormat.Section, _ range: Range<Int>) throws -> UnsafeRawPointer {
        let whole = format[section]
        guard range.lowerBound >= 0, range.upperBound <= whole.count, let base = file.bytes.baseAddress else {
            throw file.damaged("an offset points outside its section")
        }
        let start = whole.lowerBound + range.lowerBound
        _ = try file.read(start..<start + range.count)
        return base + start
    }

    private func word(_ section: SegmentFormat.Section, _ index: Int) throws -> Int {
        let pointer = try read(section, 4 * index..<4 * index + 4)
        return Int(UInt32(littleEndian: pointer.load(as: UInt32.self)))
    }

    private func range(_ section: SegmentFormat.Section, _ index: Int) throws -> Range<Int> {
        let (first, last) = (try word(section, index), try word(section, index + 1))
        guard first <= last else {
            throw file.damaged("offsets do not ascend")
        }
        return first..<last
    }

    /// The first and last passage number, `nil` for a segment without passages.
    var numbers: ClosedRange<Int>? {
        get throws {
            guard format.passages > 0 else { return nil }
            let (first, last) = (try word(.numbers, 0), try word(.numbers, format.passages - 1))
            return first <= last ? first...last : nil
        }
    }

    /// The windows of a passage, `nil` where the passage is not in this segment.
    func windows(ofPassage number: Int) throws -> Range<Int>? {
        guard let all = try numbers, all.contains(number) else { return nil }
        var position = number - all.lowerBound
        if all.count != format.passages {
            // Passages have been dropped when segments were merged, so the place is searched for.
            var (low, high) = (0, format.passages)
            while low < high {
                let middle = (low + high) / 2
                if try word(.numbers, middle) < number { low = middle + 1 } else { high = middle }
            }
            position = low
        }
        guard position < format.passages, try word(.numbers, position) == number else { return nil }
        let windows = try range(.windows, position)
        guard windows.upperBound <= format.windows else {
            throw file.damaged("a passage has windows outside the file")
        }
        return windows
    }

    /// UTF-8 bytes of the passage's text that a window covers.
    func span(_ window: Int) throws -> Range<Int> {
        let (first, last) = (try word(.spans, 2 * window), try word(.spans, 2 * window + 1))
        return first..<max(first, last)
    }

    /// A window's stored vectors and how many they are.
    func vectors(_ window: Int, codec: TokenCodec) throws -> (bytes: UnsafeRawPointer, count: Int) {
        guard format.codec == codec.identifier || format.vectors == 0 else {
            throw IndexError(.damaged, path, "is written with another codec than the index's settings say")
        }
        let rows = try range(.vectorStarts, window)
        let size = codec.bytesPerVector(format.dimension)
        return (try read(.vectors, rows.lowerBound * size..<rows.upperBound * size), rows.count)
    }

    /// A window's pieces and the binary16 weights of them, as they are in the file.
    func storedTerms(
        _ window: Int
    ) throws -> (pieces: UnsafeBufferPointer<UInt32>, weights: UnsafeBufferPointer<UInt16>) {
        let terms = try range(.termStarts, window)
        let pieces = try read(.pieces, 4 * terms.lowerBound..<4 * terms.upperBound)
        let weights = try read(.weights, 2 * terms.lowerBound..<2 * terms.upperBound)
        return (
            UnsafeBufferPointer(start: pieces.assumingMemoryBound(to: UInt32.self), count: terms.count),
            UnsafeBufferPointer(start: weights.assumingMemoryBound(to: UInt16.self), count: terms.count)
        )
    }

    /// `Σ weight_q(piece)·weight(piece)` for a window (TILDEv2).
    func termScore(_ window: Int, query: AskedTerms) throws -> Float {
        let terms = try range(.termStarts, window)
        let pieces = try read(.pieces, 4 * terms.lowerBound..<4 * terms.upperBound).assumingMemoryBound(to: UInt32.self)
        let weights = try read(.weights, 2 * terms.lowerBound..<2 * terms.upperBound)
            .assumingMemoryBound(to: UInt16.self)
        return query.weights.withUnsafeBufferPointer { asked in
            var score: Float = 0
            for index in 0..<terms.count {
                let piece = Int(UInt32(littleEndian: pieces[index]))
                guard piece < asked.count else { break }
                if asked[piece] != 0 { score += asked[piece] * weight(weights[index]) }
            }
            return score
        }
    }

    /// What a query asks for, by piece up to the last one asked for: a window's terms are looked up here one after the
    /// other, which takes less than a search among them for each piece asked for.
    struct AskedTerms: Sendable {
        let weights: [Float]

        init(_ terms: [TILDE.Term]) {
            var weights = [Float](repeating: 0, count: Int(terms.map(\.piece).max() ?? -1) + 1)
            for term in terms where term.piece >= 0 { weights[Int(term.piece)] += term.weight }
            self.weights = weights
        }
    }

    /// All terms of a window.
    func terms(_ window: Int) throws -> [TILDE.Term] {
        let terms = try range(.termStarts, window)
        let pieces = try read(.pieces, 4 * terms.lowerBound..<4 * terms.upperBound).assumingMemoryBound(to: UInt32.self)
        let weights = try read(.weights, 2 * terms.lowerBound..<2 * terms.upperBound)
            .assumingMemoryBound(to: UInt16.self)
        return (0..<terms.count).map {
            TILDE.Term(piece: Int32(truncatingIfNeeded: UInt32(littleEndian: pieces[$0])), weight: weight(weights[$0]))
        }
    }

    private func weight(_ half: UInt16) -> Float {
        var value: Float = 0
        withUnsafePointer(to: UInt16(littleEndian: half)) { pk_half_to_float($0, &value, 1) }
        return value
    }
}
