import Corpus
import Foundation
import JSON

/// One JSON object on standard output.
enum JSONOutput {
    static func write(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// One JSON object on a line of its own, at once also where a program reads it.
    static func writeLine(_ fields: [CodePoints: JSONValue]) {
        print(JSONValue.object(fields).serialised())
        fflush(nil)
    }
}
