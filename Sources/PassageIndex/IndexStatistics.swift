import Foundation
import GRDB

/// What an index holds and what it takes.
public struct IndexStatistics: Codable, Sendable, Equatable {
    public let passages: Int
    /// Windows of live passages, and those of replaced and deleted ones, which wait for their segments to be merged.
    public let windows: Int
    public let deadWindows: Int
    public let segments: Int
    /// Mean length of a passage in terms of the lexical index.
    public let averageLength: Double
    /// Bytes on disk by part.
    public let bytes: [String: Int]
    /// All bytes on disk divided by the passages.
    public let bytesPerPassage: Double

    public init(_ snapshot: IndexSnapshot) throws {
        let database = snapshot.database
        let collection = try LexicalIndex.Collection(database)
        passages = collection.passages
        averageLength = collection.averageLength
        segments = snapshot.segments.segments.count
        let all = snapshot.segments.segments.reduce(0) { $0 + $1.segment.format.windows }
        windows =
            try Int.fetchOne(
                database,
                sql: """
                    SELECT coalesce(sum(live_windows), 0) FROM segments
                    WHERE edition = (SELECT value FROM state WHERE key = 'edition')
                    """) ?? 0
        deadWindows = all - min(max(0, windows), all)
        let tokens = snapshot.segments.segments.reduce(0) { $0 + $1.segment.byteCount }
        func size(_ path: String) -> Int {
            (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
        }
        let catalogue = size(snapshot.folder.catalogue) + size(snapshot.folder.catalogue + "-wal")
        let derived = ((try? FileManager.default.contentsOfDirectory(atPath: snapshot.folder.derived)) ?? [])
            .reduce(0) { $0 + size(snapshot.folder.derived + "/" + $1) }
        bytes = ["catalogue": catalogue, "tokens": tokens, "derived": derived]
        let total = catalogue + tokens + derived
        bytesPerPassage = passages > 0 ? Double(total) / Double(passages) : 0
    }
}
