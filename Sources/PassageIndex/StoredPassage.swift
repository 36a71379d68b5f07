import Corpus
import GRDB
import JSON

/// A passage as the catalogue holds it.
public struct StoredPassage: Sendable {
    /// Its number, given in order and never reused.
    public let number: Int
    /// The user's id.
    public let id: String
    public let text: String
    public let metadata: [CodePoints: JSONValue]

    init(_ row: Row, folder: IndexFolder) throws {
        number = try row.decode(forColumn: "number")
        id = try row.decode(forColumn: "id")
        text = try row.decode(forColumn: "text")
        metadata = try Self.metadata(row.decode(forColumn: "metadata"), number: number, folder: folder)
    }

    /// Reads what the catalogue has of a passage's metadata.
    static func metadata(_ json: String?, number: Int, folder: IndexFolder) throws -> [CodePoints: JSONValue] {
        guard let json else { return [:] }
        guard case .object(let fields)? = try? JSONValue(parsing: json) else {
            throw IndexError(.damaged, folder.catalogue, "passage \(number) has metadata that is not a JSON object")
        }
        return fields
    }
}
