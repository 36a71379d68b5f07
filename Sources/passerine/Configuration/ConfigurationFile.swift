import Foundation
import Yams

/// Reads a YAML file of settings without letting it decide how much work that is.
///
/// Yams finds the structure; names and values are made of it here, since its own constructors trap on names that are no
/// texts and on numbers that overflow, and multiply what aliases repeat.
enum ConfigurationFile {
    /// Settings are two dozen; these are limits for files that are none.
    static let byteLimit = 64 << 10
    /// `*name`s in a file. What they repeat can be repeated again, so that a few more would stand for billions of values.
    static let aliasLimit = 8
    /// Values in all, what aliases repeat counted each time, and how deep they may stand.
    fileprivate static let valueLimit = 10_000
    fileprivate static let depthLimit = 16

    /// The settings of a file in its order; empty for an empty file. Throws `ConfigurationError` that names the file, and the
    /// line where it can.
    static func read(_ path: String) throws -> [(name: String, value: SettingValue)] {
        let text = try text(path)
        guard aliases(in: text) <= aliasLimit else {
            throw ConfigurationError("\(path): has more than \(aliasLimit) aliases (*name); write the values out")
        }
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw ConfigurationError("\(path): \(place(error))is not YAML that can be read: \(words(error))")
        }
        guard let root else { return [] }
        var reader = NodeReader(path: path)
        switch try reader.value(root, key: "", depth: 0).content {
        case .mapping(let fields): return fields
        case .null: return []
        default: throw ConfigurationError("\(path): must hold settings by name, such as `indexes: indexes`")
        }
    }

    private static func text(_ path: String) throws -> String {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw ConfigurationError(
                "\(path): the configuration file cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { try? file.close() }
        var content = Data()
        do {
            while content.count <= byteLimit, let part = try file.read(upToCount: byteLimit + 1 - content.count),
                !part.isEmpty
            {
                content.append(part)
            }
        } catch {
            throw ConfigurationError("\(path): the configuration file cannot be read: \(error.localizedDescription)")
        }
        guard content.count <= byteLimit else {
            throw ConfigurationError("\(path): has more than \(byteLimit) bytes, which is no file of settings")
        }
        // What editors of Windows put before the first line.
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        guard let text = String(validating: content.starts(with: mark) ? content.dropFirst(3) : content, as: UTF8.self)
        else { throw ConfigurationError("\(path): is not UTF-8") }
        return text
    }

    /// At least as many as there are: `*` before what may begin a name, be it in a text, but not in a line of comment.
    private static func aliases(in text: String) -> Int {
        text.utf8.split(separator: UInt8(ascii: "\n")).reduce(0) { count, line in
            guard line.first(where: { $0 != 0x20 && $0 != 0x09 }) != UInt8(ascii: "#") else { return count }
            return count
                + zip(line, line.dropFirst()).count { star, next in
                    star == UInt8(ascii: "*") && next > 0x20 && !"*,]}\"'".utf8.contains(next)
                }
        }
    }

    private static func place(_ error: YamlError) -> String {
        switch error {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
            "line \(mark.line): "
        case .duplicatedKeysInMapping(_, let context): "line \(context.mark.line): "
        default: ""
        }
    }

    private static func words(_ error: YamlError) -> String {
        switch error {
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _),
            .reader(let problem, _, _, _):
            problem
        case .duplicatedKeysInMapping(let names, _):
            "the name \(ConfigurationError.shown(names.first ?? "")) stands twice"
        default: "\(error)"
        }
    }
}

/// Makes values of YAML's nodes, each with its file, line and key for messages.
private struct NodeReader {
    let path: String
    private var values = 0

    init(path: String) { self.path = path }

    private func source(_ node: Node, _ key: String) -> String {
        let line = node.mark.map { "line \($0.line): " } ?? ""
        return "\(path): \(line)\(key)"
    }

    mutating func value(_ node: Node, key: String, depth: Int) throws -> SettingValue {
        let source = source(node, key)
        values += 1
        guard values <= ConfigurationFile.valueLimit, depth <= ConfigurationFile.depthLimit else {
            throw ConfigurationError(
                "\(source): the file stands for more than \(ConfigurationFile.valueLimit) values or more than "
                    + "\(ConfigurationFile.depthLimit) levels of them, which are no settings")
        }
        switch node {
        case .scalar(let scalar): return SettingValue(try content(scalar, node.tag, source), source: source)
        case .sequence(let elements):
            guard Tag.Name(rawValue: node.tag.rawValue) == .seq else { throw unknownTag(node, source) }
            var list: [SettingValue] = []
            for (index, element) in elements.enumerated() {
                list.append(try value(element, key: "\(key)[\(index)]", depth: depth + 1))
            }
            return SettingValue(.list(list), source: source)
        case .mapping(let pairs):
            guard Tag.Name(rawValue: node.tag.rawValue) == .map else { throw unknownTag(node, source) }
            var fields: [(name: String, value: SettingValue)] = []
            for (name, node) in pairs {
                let name = try self.name(name, within: key)
                let path = key.isEmpty ? name : "\(key).\(name)"
                fields.append((name, try value(node, key: path, depth: depth + 1)))
            }
            return SettingValue(.mapping(fields), source: source)
        case .alias: throw ConfigurationError("\(source): the alias stands for nothing")
        }
    }

    private func name(_ node: Node, within key: String) throws -> String {
        let place = source(node, key.isEmpty ? "" : "\(key): ")
        switch node {
        case .scalar(let scalar):
            guard Tag.Name(rawValue: node.tag.rawValue) == .str else {
                throw ConfigurationError(
                    "\(place)\(ConfigurationError.shown(scalar.string)) is no name of a setting; names are texts")
            }
            return scalar.string
        case .sequence: throw ConfigurationError("\(place)a list is no name of a setting; names are texts")
        case .mapping:
            throw ConfigurationError(
                "\(place)a mapping is no name of a setting; names are texts (is this a template that nothing filled in?)"
            )
        case .alias: throw ConfigurationError("\(place)an alias is no name of a setting; names are texts")
        }
    }

    private func content(_ scalar: Node.Scalar, _ tag: Tag, _ source: String) throws -> SettingValue.Content {
        let text = scalar.string
        switch Tag.Name(rawValue: tag.rawValue) {
        case .str, .timestamp, .value, .merge: return .text(text)
        case .null: return .null
        case .bool:
            switch text.lowercased() {
            case "true", "yes", "on": return .boolean(true)
            case "false", "no", "off": return .boolean(false)
            default: break
            }
        case .int:
            // Programs differ in what they read 010 or 1:30 as.
            if text.wholeMatch(of: /[-+]?(0|[1-9][0-9]*)/) != nil {
                return Int(text).map(SettingValue.Content.integer) ?? .number(Double(text) ?? .infinity)
            }
        case .float:
            switch text.lowercased() {
            case ".inf", "+.inf": return .number(.infinity)
            case "-.inf": return .number(-.infinity)
            case ".nan": return .number(.nan)
            default: if let number = Double(text) { return .number(number) }
            }
        default:
            throw ConfigurationError("\(source): the tag \(ConfigurationError.shown(tag.rawValue)) is not read")
        }
        throw ConfigurationError(
            "\(source): \(ConfigurationError.shown(text)) is written in a way that programs read differently; write "
                + "numbers in decimal digits, and texts in quotes")
    }

    private func unknownTag(_ node: Node, _ source: String) -> ConfigurationError {
        ConfigurationError("\(source): the tag \(ConfigurationError.shown(node.tag.rawValue)) is not read")
    }
}
