import GRDB
import JSON

/// A field of the metadata as SQL speaks of it.
///
/// The path of a declared field is a literal, since SQLite takes an index over an expression only where a statement
/// writes the very same expression; its name has been checked for that. All other names are bound values.
struct FilterField {
    /// Fields that an index can declare.
    static let mostDeclared = 16
    static let longestDeclared = 64

    private let path: SQL

    /// A field whose name was checked when the index was made.
    init(declared name: String) { path = SQL(sql: Self.literalPath(name)) }

    /// The path of a field whose name was checked when the index was made, in SQL's quotation marks.
    static func literalPath(_ name: String) -> String { "'$.\"\(name)\"'" }

    /// Any other field.
    init(bound name: String) {
        let text = "$.\"\(name)\""
        path = SQL("\(text)")
    }

    /// What kind of value there is: `text`, `integer`, `real`, `true`, `false`, `null`, `array`, `object`; NULL without one.
    var type: SQL { SQL("json_type(metadata, \(literal: path))") }
    /// The value, of whatever type.
    var value: SQL { SQL("json_extract(metadata, \(literal: path))") }
    /// The rows of the elements of an array, with columns `type` and `value`.
    var elements: SQL { SQL("json_each(metadata, \(literal: path))") }

    /// Whether a name can stand in a literal.
    static func canBeDeclared(_ name: String) -> Bool {
        (1...longestDeclared).contains(name.utf8.count)
            && name.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    /// Refuses fields that cannot be declared. Throws `IndexError`.
    static func check(_ names: [String], _ folder: IndexFolder) throws {
        guard names.count <= mostDeclared, Set(names.map { CodePoints($0) }).count == names.count else {
            throw IndexError(
                .invalid, folder.path, "can have up to \(mostDeclared) fields for filters, each named once")
        }
        if let name = names.first(where: { !canBeDeclared($0) }) {
            throw IndexError(
                .invalid, folder.path,
                "cannot have a field \(name.debugDescription) for filters: a name is 1 to \(longestDeclared) letters, "
                    + "digits, dots, hyphens and underscores of ASCII")
        }
    }
}
