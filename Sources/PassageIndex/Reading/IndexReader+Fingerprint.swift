import Crypto
import Foundation
import GRDB

extension IndexReader {
    /// SHA-256, in hexadecimal, over what decides an index's answers: settings, models, and the segments and counts of
    /// its current state. Names a run's index in reports; indexes made alike from one corpus have the same.
    public func fingerprint() throws -> String {
        try withSnapshot { snapshot in
            let database = snapshot.database
            let collection = try LexicalIndex.Collection(database)
            let segments = try Row.fetchAll(
                database, sql: "SELECT checksum, live FROM segments WHERE edition = ? ORDER BY first_passage",
                arguments: [try database.state("edition")])
            let settings = snapshot.settings
            var parts = [
                settings.analysis.rawValue, settings.codec.rawValue, "\(settings.dimension)",
                "\(settings.splitsPassages)",
                settings.colbert?.fingerprint ?? "", settings.tildev2?.fingerprint ?? "", "\(collection.passages)",
                "\(collection.averageLength)",
            ]
            parts += try segments.map { row in
                let (checksum, live): (Int64, Int) = (try row.decode(atIndex: 0), try row.decode(atIndex: 1))
                return "\(checksum):\(live)"
            }
            let digest = SHA256.hash(data: Data(parts.joined(separator: "\n").utf8))
            return digest.map { String(format: "%02x", $0) }.joined()
        }
    }
}
