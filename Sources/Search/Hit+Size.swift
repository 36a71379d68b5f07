import JSON

extension Hit {
    /// About the bytes that the hit has as JSON.
    var writtenBytes: Int {
        var bytes = 96 + JSONValue.writtenBytes(of: id) + 40 * scores.count
        if let text { bytes += JSONValue.writtenBytes(of: text) }
        if let highlights { bytes += 16 * highlights.count }
        if let span { bytes += 48 + JSONValue.writtenBytes(of: span.text) }
        if let explanation { bytes += explanation.writtenBytes }
        return metadata.isEmpty ? bytes : bytes + JSONValue.object(metadata).writtenBytes
    }

    /// About the bytes that the metadata's values take in memory.
    var metadataBytes: Int { metadata.isEmpty ? 0 : JSONValue.object(metadata).memoryBytes }
}

extension Explanation {
    /// About the bytes that the explanation has as JSON.
    fileprivate var writtenBytes: Int {
        var bytes = bm25.reduce(64) { $0 + 72 + $1.term.utf8.count }
        bytes += tildev2.reduce(0) { $0 + 96 + $1.piece.utf8.count }
        bytes += colbert.reduce(0) { $0 + 128 + $1.queryPiece.utf8.count + $1.passagePiece.utf8.count }
        bytes += feedback.reduce(0) { $0 + 72 + $1.id.utf8.count }
        if let interaction {
            bytes += interaction.passagePieces.reduce(0) { $0 + 64 + $1.piece.utf8.count }
            bytes += interaction.queryPieces.count * (32 + 7 * interaction.passagePieces.count)
        }
        return (termWeights ?? []).reduce(bytes) { $0 + 56 + $1.piece.utf8.count }
    }
}
