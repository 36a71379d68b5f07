import CKernels
import Foundation
import Ranking

/// Writes one segment: vectors go to a temporary file as they come, the rest when it is finished.
final class SegmentWriter {
    /// What the catalogue says of a finished segment.
    struct Finished {
        let number: Int
        /// The first and the last passage.
        let passageNumbers: ClosedRange<Int>
        let passages: Int
        let windows: Int
        let bytes: Int
        let checksum: UInt32
    }

    let number: Int
    private let folder: IndexFolder
    private let codec: TokenCodec
    private let dimension: Int
    private let file: ChecksummedFileWriter
    private var vectorCount = 0
    private var numbers: [UInt32] = []
    private var windowStarts: [UInt32] = []
    private var spans: [UInt32] = []
    private var vectorStarts: [UInt32] = []
    private var termStarts: [UInt32] = []
    private var pieces: [UInt32] = []
    private var weights: [UInt16] = []

    /// Begins segment `number`. Throws `IndexError`.
    init(number: Int, folder: IndexFolder, codec: TokenCodec, dimension: Int) throws {
        self.number = number
        self.folder = folder
        self.codec = codec
        self.dimension = dimension
        file = try ChecksummedFileWriter(
            temporary: folder.segment(number) + ".new", headerBytes: SegmentFormat.headerBytes)
    }

    /// Number of windows that the segment holds so far.
    var windowCount: Int { vectorStarts.count }

    /// Adds a passage; numbers ascend. Throws `IndexError`.
    func append(number: UInt32, windows: [(span: Range<Int>, data: PassageEncoder.TokenData)]) throws {
        begin(number)
        for (span, data) in windows {
            beginWindow(span, vectors: data.vectors.rows)
            file.append(codec.encode(data.vectors))
            let words = data.terms.map(\.weight)
            pieces += data.terms.map { UInt32(bitPattern: $0.piece) }
            let first = weights.count
            weights += repeatElement(0, count: words.count)
            weights.withUnsafeMutableBufferPointer { all in
                guard let base = all.baseAddress else { return }
                pk_float_to_half(words, base + first, words.count)
            }
        }
        try end()
    }

    /// Adds a passage by copying what another segment of the same codec and dimension stores of it; numbers ascend.
    /// Throws `IndexError`, also where the other segment is damaged.
    func append(number: UInt32, copying windows: Range<Int>, of segment: Segment) throws {
        guard segment.format.vectors == 0 || segment.format.dimension == dimension else {
            throw IndexError(.damaged, segment.path, "has vectors of another dimension than the index's settings say")
        }
        begin(number)
        for window in windows {
            let (bytes, count) = try segment.vectors(window, codec: codec)
            let terms = try segment.storedTerms(window)
            beginWindow(try segment.span(window), vectors: count)
            file.append(UnsafeRawBufferPointer(start: bytes, count: count * codec.bytesPerVector(dimension)))
            pieces += terms.pieces
            weights += terms.weights
        }
        try end()
    }

    private func begin(_ number: UInt32) {
        numbers.append(number)
        windowStarts.append(UInt32(clamping: windowCount))
    }

    private func beginWindow(_ span: Range<Int>, vectors: Int) {
        // What does not fit is refused when the passage ends.
        vectorStarts.append(UInt32(clamping: vectorCount))
        termStarts.append(UInt32(clamping: pieces.count))
        spans.append(UInt32(clamping: span.lowerBound))
        spans.append(UInt32(clamping: span.upperBound))
        vectorCount += vectors
    }

    private func end() throws {
        guard max(vectorCount, pieces.count, windowCount) <= Int(UInt32.max) else {
            throw IndexError(.invalid, file.temporary, "the segment is full; commit more often")
        }
        try file.flushIfFull()
    }

    /// Number of passages that the segment holds so far.
    var passageCount: Int { numbers.count }

    /// Writes what remains, makes the file durable and gives it its name. Throws `IndexError`.
    func finish() throws -> Finished {
        var format = SegmentFormat()
        format.passages = numbers.count
        format.windows = windowCount
        format.vectors = vectorCount
        format.terms = pieces.count
        format.dimension = dimension
        format.codec = vectorCount > 0 ? codec.identifier : 0
        windowStarts.append(UInt32(windowCount))
        vectorStarts.append(UInt32(vectorCount))
        termStarts.append(UInt32(pieces.count))
        format[.vectors] = SegmentFormat.headerBytes..<file.position
        format[.numbers] = try file.section(numbers)
        format[.windows] = try file.section(windowStarts)
        format[.spans] = try file.section(spans)
        format[.vectorStarts] = try file.section(vectorStarts)
        format[.termStarts] = try file.section(termStarts)
        format[.pieces] = try file.section(pieces)
        format[.weights] = try file.section(weights)
        format.checksumOffset = file.position
        // A segment of that number would be one that another catalogue names.
        let sum = try file.finish(header: format.header, as: folder.segment(number), replaces: false)
        let (first, last) = (Int(numbers.first ?? 0), Int(numbers.last ?? 0))
        return Finished(
            number: number, passageNumbers: first...max(first, last), passages: format.passages,
            windows: format.windows, bytes: ChecksummedFile.fileBytes(checksumsAt: format.checksumOffset), checksum: sum
        )
    }
}
