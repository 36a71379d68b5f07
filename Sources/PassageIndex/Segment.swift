import CKernels
import Foundation
import Ranking
import Synchronization

/// A segment file, memory-mapped: token data of many passages, immutable.
///
/// Every 16 KiB block is checked against its checksum when it is first touched, so a damaged file is an error, never a
/// wrong score. `@unchecked`: the mapping is only read, the record of checked blocks is atomic.
public final class Segment: @unchecked Sendable {
    let path: String
    let number: Int
    let format: SegmentFormat
    private let bytes: UnsafeRawBufferPointer
    private let checked: UnsafeMutableBufferPointer<Atomic<UInt8>>

    /// Maps a segment and checks its header and its table of checksums. Throws `IndexError`.
    init(path: String, number: Int) throws {
        self.path = path
        self.number = number
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw IndexError(
                .damaged, path,
                "cannot be opened (\(String(cString: strerror(errno)))); restore the file from a backup")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_size >= SegmentFormat.headerBytes,
            let base = mmap(nil, Int(status.st_size), PROT_READ, MAP_SHARED, descriptor, 0), base != MAP_FAILED
        else { throw IndexError(.damaged, path, "is too short to be a segment; restore the file from a backup") }
        let bytes = UnsafeRawBufferPointer(start: base, count: Int(status.st_size))
        do {
            format = try SegmentFormat(bytes, path: path) { pk_crc32c(0, $0.baseAddress, $0.count) }
            let table = bytes[format.checksumOffset..<format.checksumOffset + 4 * format.blocks]
            let sum = bytes.loadUnaligned(fromByteOffset: table.endIndex, as: UInt32.self)
            guard pk_crc32c(0, UnsafeRawBufferPointer(rebasing: table).baseAddress, table.count) == sum else {
                throw IndexError(.damaged, path, "the table of checksums is damaged; restore the file from a backup")
            }
        } catch {
            munmap(base, bytes.count)
            throw error
        }
        self.bytes = bytes
        checked = .allocate(capacity: max(1, format.blocks))
        for block in 0..<max(1, format.blocks) { (checked.baseAddress! + block).initialize(to: Atomic(0)) }
    }

    deinit {
        munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
        checked.baseAddress?.deinitialize(count: checked.count)
        checked.deallocate()
    }

    /// Size of the file.
    var byteCount: Int { bytes.count }

    /// The checksum of its table of checksums, by which the catalogue knows it.
    var checksum: UInt32 { UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: bytes.count - 4, as: UInt32.self)) }

    /// Checks every block. Throws `IndexError` at the first damaged one.
    func verify() throws {
        for block in 0..<format.blocks { try check(block) }
    }

    private func check(_ block: Int) throws {
        let offset = block * SegmentFormat.blockBytes
        let count = min(SegmentFormat.blockBytes, format.checksumOffset - offset)
        let stored = bytes.loadUnaligned(fromByteOffset: format.checksumOffset + 4 * block, as: UInt32.self)
        guard pk_crc32c(0, bytes.baseAddress.map { $0 + offset }, count) == UInt32(littleEndian: stored) else {
            throw IndexError(
                .damaged, path,
                "the block at byte \(offset) fails its checksum; restore the file from a backup or index its passages again"
            )
        }
        checked[block].store(1, ordering: .relaxed)
    }

    /// The bytes of a section's part, checked. Throws `IndexError` where they are damaged or outside.
    private func read(_ section: SegmentFormat.Section, _ range: Range<Int>) throws -> UnsafeRawPointer {
        let whole = format[section]
        guard range.lowerBound >= 0, range.upperBound <= whole.count, let base = bytes.baseAddress else {
            throw IndexError(.damaged, path, "an offset points outside its section; restore the file from a backup")
        }
        let start = whole.lowerBound + range.lowerBound
        if !range.isEmpty {
            for block in start / SegmentFormat.blockBytes...(start + range.count - 1) / SegmentFormat.blockBytes
            where checked[block].load(ordering: .relaxed) == 0 {
                try check(block)
            }
        }
        return base + start
    }

    private func word(_ section: SegmentFormat.Section, _ index: Int) throws -> Int {
        let pointer = try read(section, 4 * index..<4 * index + 4)
        return Int(UInt32(littleEndian: pointer.load(as: UInt32.self)))
    }

    private func range(_ section: SegmentFormat.Section, _ index: Int) throws -> Range<Int> {
        let (first, last) = (try word(section, index), try word(section, index + 1))
        guard first <= last else {
            throw IndexError(.damaged, path, "offsets do not ascend; restore the file from a backup")
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
            throw IndexError(.damaged, path, "a passage has windows outside the file; restore it from a backup")
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

    /// `Σ over the query's pieces of weight(piece)` for a window (TILDEv2).
    func termScore(_ window: Int, query: [(piece: UInt32, count: Int)]) throws -> Float {
        let terms = try range(.termStarts, window)
        let pieces = try read(.pieces, 4 * terms.lowerBound..<4 * terms.upperBound).assumingMemoryBound(to: UInt32.self)
        let weights = try read(.weights, 2 * terms.lowerBound..<2 * terms.upperBound)
            .assumingMemoryBound(to: UInt16.self)
        var score: Float = 0
        for (piece, count) in query {
            var (low, high) = (0, terms.count)
            while low < high {
                let middle = (low + high) / 2
                if UInt32(littleEndian: pieces[middle]) < piece { low = middle + 1 } else { high = middle }
            }
            if low < terms.count, UInt32(littleEndian: pieces[low]) == piece {
                score += Float(count) * weight(weights[low])
            }
        }
        return score
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
