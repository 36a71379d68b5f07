import BERT
import LinearAlgebra
import Synchronization

/// Turns passages into token data for late interaction and term matching, encoding each once where both heads stand on
/// one checkpoint.
public struct PassageEncoder: Sendable {
    /// Part of a passage that the encoder takes in one piece.
    public struct Window: Sendable {
        /// UTF-8 bytes of the passage's text that the window covers.
        public let span: Range<Int>
        /// Pieces of that text, without special ones.
        public let pieces: [Int32]
        /// The window's text where the second model has another vocabulary, else empty.
        let text: String
    }

    /// What is stored of one window.
    public struct TokenData: Sendable {
        /// ColBERT's unit vectors `[rows, dimension]`; none without a ColBERT model.
        public let vectors: Matrix
        /// TILDEv2's weights by ascending piece.
        public let terms: [TILDE.Term]
    }

    public let colbert: RankingModel?
    public let tilde: RankingModel?
    /// Columns of the stored vectors.
    public let dimension: Int
    /// Pieces of text in a window, and how many of them the next window repeats.
    public let capacity: Int
    public let overlap: Int
    private let samePieces: Bool

    /// - Parameters:
    ///   - models: at least one of `colbert` and `tilde`.
    ///   - dimension: columns to keep of ColBERT's vectors, one of the head's usable dimensions; all where `nil`.
    /// Throws `RankingError` where the dimension is not usable.
    public init(models: ModelSet, dimension: Int? = nil) throws {
        colbert = models.colbert
        tilde = models.tilde
        let usable = models.colbert?.colbert?.usableDimensions ?? []
        if let dimension, models.colbert != nil, !usable.contains(dimension) {
            throw RankingError(
                "dimension \(dimension) is not usable with \(models.colbert?.folder ?? "this model"); "
                    + "choose one of \(usable.map(String.init).joined(separator: ", "))")
        }
        self.dimension = dimension ?? models.colbert?.colbert?.dimension ?? 0
        capacity = min(colbert?.colbert?.passageCapacity ?? .max, tilde?.tilde?.passageCapacity ?? .max)
        overlap = capacity / 4
        samePieces = colbert === tilde || colbert == nil || tilde == nil
    }

    private var tokenizer: (any Tokenizer)? { (colbert ?? tilde)?.tokenizer }

    /// Cuts a passage into windows: one where it fits, else several that overlap by a quarter.
    ///
    /// - Parameters:
    ///   - splits: whether there is a second window at all; without, the rest is cut off.
    ///   - most: windows after which the rest is cut off too, and not read.
    /// - Returns: the windows, at least one, and whether text was cut off.
    public func windows(of text: String, splits: Bool = true, most: Int = .max) -> (windows: [Window], isCut: Bool) {
        guard let tokenizer else { return ([], false) }
        let size = text.utf8.count
        let pieces = tokenizer.encode(text, limit: capacity + 1)
        if pieces.count <= capacity {
            return ([Window(span: 0..<size, pieces: pieces, text: samePieces ? "" : text)], false)
        }
        let most = splits ? max(most, 1) : 1
        // One piece more than the windows have shows that there is a rest.
        let (further, overflow) = (most - 1).multipliedReportingOverflow(by: capacity - overlap)
        let limit = overflow || further > Int.max / 2 ? Int.max : further + capacity + 1
        let all = tokenizer.encodeWithOffsets(text, limit: limit)
        let utf8 = samePieces ? [] : Array(text.utf8)
        func window(_ range: Range<Int>) -> Window {
            let start = range.lowerBound == 0 ? 0 : all.ranges[range.lowerBound].lowerBound
            let end = range.upperBound == all.pieces.count ? size : all.ranges[range.upperBound - 1].upperBound
            return Window(
                span: start..<end, pieces: Array(all.pieces[range]),
                text: samePieces ? "" : String(decoding: utf8[start..<end], as: UTF8.self))
        }
        var windows: [Window] = []
        var first = 0
        while true {
            let last = min(first + capacity, all.pieces.count)
            windows.append(window(first..<last))
            if last == all.pieces.count { return (windows, false) }
            if windows.count == most { return (windows, true) }
            first = last - overlap
        }
    }

    /// Sequences that have been through an encoder: packed states, and the row where each sequence begins.
    private struct Pass: Sendable {
        let sequences: [TokenSequence]
        let states: Matrix
        let firsts: [Int]

        init(_ sequences: [TokenSequence], through encoder: BERTEncoder, _ cancellation: Cancellation) throws {
            self.sequences = sequences
            states = try encoder.encode(sequences, cancellation: cancellation)
            var row = 0
            firsts = sequences.map { sequence in
                defer { row += sequence.count }
                return row
            }
        }
    }

    /// Token data of each window. Throws `EncoderError`, and `Cancellation.Cancelled` where it is not wanted any more.
    public func encode(_ windows: [Window], cancellation: Cancellation = .never) throws -> [TokenData] {
        guard let first = colbert ?? tilde else { return [] }
        // Longest first, so that the team's threads end a batch together.
        let order = windows.indices.sorted { windows[$0].pieces.count > windows[$1].pieces.count }
        let pass = try Pass(
            order.map { number in
                let pieces = windows[number].pieces
                return colbert?.colbert?.passageSequence(pieces) ?? tilde?.tilde?.passageSequence(pieces)
                    ?? TokenSequence([])
            }, through: first.encoder, cancellation)
        var termPass = pass
        if let colbert, let tilde, colbert !== tilde, let head = tilde.tilde {
            // The windows are the first model's; where the second takes less, the rest of a window is lost to it.
            let sequences = order.map { number in
                head.passageSequence(tilde.tokenizer.encode(windows[number].text, limit: head.passageCapacity))
            }
            termPass = try Pass(sequences, through: tilde.encoder, cancellation)
        }
        return try heads(pass, termPass, order: order, team: first.encoder.team, cancellation)
    }

    /// Both heads' data of sequences that stand in the given order.
    private func heads(
        _ pass: Pass, _ termPass: Pass, order: [Int], team: WorkerTeam, _ cancellation: Cancellation
    ) throws -> [TokenData] {
        let results = Mutex([TokenData?](repeating: nil, count: order.count))
        let group = 16
        team.perform(tasks: (order.count + group - 1) / group) { task in
            if cancellation.isCancelled { return }
            let members = task * group..<min(order.count, (task + 1) * group)
            let terms = tilde?.tilde?.terms(
                Array(termPass.sequences[members]), states: termPass.states, firsts: Array(termPass.firsts[members]))
            for index in members {
                let data = TokenData(
                    vectors: colbert?.colbert.map {
                        $0.vectors(
                            states: pass.states, first: pass.firsts[index],
                            positions: $0.keptPositions(pass.sequences[index]), dimension: dimension)
                    } ?? Matrix(rows: 0, columns: 0),
                    terms: terms?[index - members.lowerBound] ?? [])
                results.withLock { $0[order[index]] = data }
            }
        }
        try cancellation.check()
        return results.withLock { $0.compactMap { $0 } }
    }
}
