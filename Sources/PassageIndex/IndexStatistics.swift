import Foundation
import GRDB

/// What an index holds and what it takes.
public struct IndexStatistics: Codable, Sendable, Equatable {
    public let passages: Int
    public let windows: Int
    public let segments: Int
    /// Mean length of a passage in terms of the lexical index.
    public let averageLength: Double
    /// Bytes on disk by part.
    public let bytes: [String: Int]
    /// All bytes on disk divided by the passages.
    public let bytesPerPassage: Double

    init(_ snapshot: IndexSnapshot) throws {
        let database = snapshot.database
        let collection = try LexicalIndex.Collection(database)
        passages = collection.passages
        averageLength = collection.averageLength
        segments = snapshot.segments.segments.count
        windows = snapshot.segments.segments.reduce(0) { $0 + $1.segment.format.windows }
        let tokens = snapshot.segments.segments.reduce(0) { $0 + $1.segment.byteCount }
        func size(_ path: String) -> Int {
            (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
        }
        let catalogue = size(snapshot.folder.catalogue) + size(snapshot.folder.catalogue + "-wal")
        bytes = ["catalogue": catalogue, "tokens": tokens]
        bytesPerPassage = passages > 0 ? Double(catalogue + tokens) / Double(passages) : 0
    }
}
