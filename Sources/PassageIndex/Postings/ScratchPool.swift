import Synchronization

/// Memory that searches use and hand back, so that none is allocated for each; at most 16 pieces of up to 4 MiB are kept.
final class ScratchPool: Sendable {
    private static let alignment = 64
    private static let mostPieces = 16
    private static let largestKept = 4 << 20

    /// `@unchecked`: a piece belongs to one search at a time, or to the pool.
    private struct Piece: @unchecked Sendable {
        let memory: UnsafeMutableRawBufferPointer
    }

    private let pieces = Mutex<[Piece]>([])

    deinit {
        for piece in pieces.withLock({ $0 }) { piece.memory.deallocate() }
    }

    /// Lends `bytes` bytes, not initialised, for as long as `body` runs.
    func withMemory<Result>(bytes: Int, _ body: (UnsafeMutableRawPointer?) throws -> Result) rethrows -> Result {
        let kept = pieces.withLock { $0.popLast() }
        let memory: UnsafeMutableRawBufferPointer
        if let kept, kept.memory.count >= bytes {
            memory = kept.memory
        } else {
            kept?.memory.deallocate()
            memory = .allocate(byteCount: bytes, alignment: Self.alignment)
        }
        defer {
            let piece = Piece(memory: memory)
            let isKept = pieces.withLock { pieces in
                guard memory.count <= Self.largestKept, pieces.count < Self.mostPieces else { return false }
                pieces.append(piece)
                return true
            }
            if !isKept { memory.deallocate() }
        }
        return try body(memory.baseAddress)
    }
}
