import JSON
import LinearAlgebra
import Logging
import Search
import Server

/// A value as a file or a variable gave it, with where it came from for messages.
struct SettingValue {
    /// What can be written in YAML's terms, apart from its tags for other things.
    enum Content {
        case null
        case boolean(Bool)
        case integer(Int)
        case number(Double)
        case text(String)
        case list([SettingValue])
        /// Names and their values in the order of the file, no name twice.
        case mapping([(name: String, value: SettingValue)])
    }

    let content: Content
    private let source: String

    init(_ content: Content, source: String) {
        self.content = content
        self.source = source
    }

    /// What is wrong with the setting, behind where it stands.
    func error(_ message: String) -> ConfigurationError { ConfigurationError("\(source) \(message)") }

    func refuse(_ wanted: String) -> ConfigurationError {
        ConfigurationError("\(source) is \(shown), but must be \(wanted)")
    }

    /// The value for a message, cut where it is long.
    private var shown: String {
        switch content {
        case .null: "empty"
        case .boolean(let flag): "\(flag)"
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .text(let text): text.isEmpty ? "an empty text" : ConfigurationError.shown(text)
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }

    private var string: String? {
        if case .text(let text) = content { return text }
        return nil
    }

    func text() throws -> String {
        // A path ends at its first zero byte, whatever follows.
        guard let text = string, !text.isEmpty, !text.utf8.contains(0) else { throw refuse("a text") }
        return text
    }

    func integer(_ range: ClosedRange<Int>) throws -> Int {
        let number: Int? =
            switch content {
            case .integer(let number): number
            case .text(let text): Int(text)
            default: nil
            }
        guard let number, range.contains(number) else {
            throw refuse("a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func number(_ range: ClosedRange<Double>) throws -> Double {
        guard let number = plainNumber ?? string.flatMap({ Double($0) }), range.contains(number) else {
            throw refuse("a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private var plainNumber: Double? {
        switch content {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }

    func boolean() throws -> Bool {
        if case .boolean(let flag) = content { return flag }
        let words = ["true": true, "false": false]
        guard let flag = string.flatMap({ words[$0.lowercased()] }) else { throw refuse("true or false") }
        return flag
    }

    /// `nil` for "auto".
    func precision() throws -> Precision? {
        if string == "auto" { return nil }
        guard let precision = string.flatMap({ Precision(rawValue: $0) }) else {
            throw refuse("auto, fp32, bf16, int8 or int4")
        }
        return precision
    }

    func logLevel() throws -> Logger.Level {
        guard let level = string.flatMap({ Logger.Level(rawValue: $0) }) else {
            throw refuse("one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return level
    }

    /// A list, or a text with commas.
    func origins() throws -> [String] {
        var list = string?.parts(between: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        if case .list(let values) = content {
            let texts = values.compactMap(\.string)
            list = texts.count == values.count ? texts : nil
        }
        guard let list, list.allSatisfy(CrossOriginPolicy.isOrigin) else {
            throw refuse("a list of origins such as https://search.example.org, or *")
        }
        return list
    }

    func pipeline() throws -> Pipeline {
        guard let text = string else { throw refuse("a pipeline such as bm25:1000,tildev2:200,colbert:50") }
        do {
            return try Pipeline(parsing: text)
        } catch {
            throw ConfigurationError("\(source): \(error)")
        }
    }

    /// Stages written out in the file, or as text (`tildev2:200,colbert:50`).
    func stages() throws -> [Pipeline.Stage] {
        if string != nil { return try pipeline().stages }
        guard case .list(let list) = content else { throw refuse("a list of {stage, keep, combine}") }
        return try list.map { try $0.stage() }
    }

    private func stage() throws -> Pipeline.Stage {
        guard case .mapping(let fields) = content else { throw refuse("{stage, keep, combine}") }
        let wanted = "{stage: tildev2 | colbert | feedback | cross-encoder, keep: NUMBER}"
        var stated: [String: SettingValue] = [:]
        for (name, value) in fields {
            guard ["stage", "keep", "combine", "weight"].contains(name) else {
                throw ConfigurationError("\(value.source) is no part of a stage, which is \(wanted)")
            }
            stated[name] = value
        }
        guard let method = stated["stage"]?.string.flatMap({ Pipeline.Method(rawValue: $0) }),
            case .integer(let keep)? = stated["keep"]?.content
        else { throw ConfigurationError("\(source) must be \(wanted)") }
        let combine = stated["combine"]?.string ?? (stated["combine"] == nil ? "replace" : "")
        guard stated["weight"] == nil || stated["weight"]?.plainNumber != nil,
            let combination = Combination(name: combine, weight: stated["weight"]?.plainNumber)
        else {
            throw ConfigurationError(
                "\(source): combine must be replace, rrf, or interpolate with a weight from 0 to 1")
        }
        return Pipeline.Stage(method, keep: keep, combination: combination)
    }
}
