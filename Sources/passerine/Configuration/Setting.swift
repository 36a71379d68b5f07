import Foundation
import LinearAlgebra
import Logging
import Search
import Server

/// One thing that can be set: its name in the YAML file, from which the environment variable's name follows.
struct Setting: Sendable {
    /// Dotted path in the file.
    let key: String
    /// Puts a value in its place, or throws `ConfigurationError`.
    let apply: @Sendable (inout Configuration, SettingValue) throws -> Void

    /// `PASSERINE_` and the key in capitals with `_` for `.`.
    var variable: String { "PASSERINE_" + key.uppercased().replacing(".", with: "_") }

    private init(_ key: String, _ apply: @escaping @Sendable (inout Configuration, SettingValue) throws -> Void) {
        self.key = key
        self.apply = apply
    }

    /// Every setting there is.
    static let all: [Setting] = [
        Setting("indexes") { $0.indexes = try $1.text() },
        Setting("models.colbert") { $0.models.colbert = try $1.text() },
        Setting("models.tildev2") { $0.models.tildev2 = try $1.text() },
        Setting("models.cross_encoder") { $0.models.crossEncoder = try $1.text() },
        Setting("models.precision") { $0.models.precision = try $1.precision() },
        Setting("pipeline") { $0.pipeline = try $1.pipeline() },
        Setting("pipeline.candidates.k") { $0.pipeline.candidates = try $1.integer(1...Pipeline.largestKeep) },
        Setting("pipeline.candidates.k1") { $0.pipeline.bm25.k1 = try $1.number(0...100) },
        Setting("pipeline.candidates.b") { $0.pipeline.bm25.b = try $1.number(0...1) },
        Setting("pipeline.stages") { $0.pipeline.stages = try $1.stages() },
        Setting("server.host") { $0.server.host = try $1.text() },
        Setting("server.port") { $0.server.port = try $1.integer(0...65_535) },
        Setting("server.header_bytes") { $0.server.headerBytes = try $1.integer(1024...1 << 20) },
        Setting("server.body_bytes") { $0.server.bodyBytes = try $1.integer(1024...1 << 30) },
        Setting("server.response_bytes") { $0.server.responseBytes = try $1.integer(1024...1 << 30) },
        Setting("server.held_bytes") { $0.server.heldBytes = try $1.integer(1 << 20...1 << 40) },
        Setting("server.workers") { $0.server.workers = try $1.integer(1...256) },
        Setting("server.event_loops") { $0.server.eventLoops = try $1.integer(1...64) },
        Setting("server.queue") { $0.server.queue = try $1.integer(1...65_536) },
        Setting("server.connections") { $0.server.connections = try $1.integer(1...1 << 20) },
        Setting("server.deadline_ms") { $0.server.deadlineMilliseconds = try $1.integer(1...3_600_000) },
        Setting("server.idle_seconds") { $0.server.idleSeconds = try $1.integer(1...86_400) },
        Setting("server.stop_seconds") { $0.server.stopSeconds = try $1.integer(1...3600) },
        Setting("server.socket") { $0.server.socket = try $1.text() },
        Setting("server.keys") { $0.server.keys = try $1.text() },
        Setting("server.insecure") { $0.server.isInsecure = try $1.boolean() },
        Setting("server.log_level") { $0.server.logLevel = try $1.logLevel() },
        Setting("server.query_cache_mb") { $0.server.queryCacheMegabytes = try $1.integer(0...1 << 16) },
        Setting("server.anonymous_rate") { $0.server.anonymousRate = try $1.number(0...1_000_000) },
        Setting("server.cors.origins") { $0.server.corsOrigins = try $1.origins() },
    ]
}

/// A value as a file or a variable gave it, with where it came from for messages.
struct SettingValue {
    private let value: Any
    private let source: String

    init(_ value: Any, source: String) {
        self.value = value
        self.source = source
    }

    private func refuse(_ wanted: String) -> ConfigurationError {
        ConfigurationError("\(source) is \(value), but must be \(wanted)")
    }

    func text() throws -> String {
        guard let text = value as? String, !text.isEmpty else { throw refuse("a text") }
        return text
    }

    func integer(_ range: ClosedRange<Int>) throws -> Int {
        guard let number = value as? Int ?? (value as? String).flatMap({ Int($0) }), range.contains(number) else {
            throw refuse("a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func number(_ range: ClosedRange<Double>) throws -> Double {
        let number = value as? Double ?? (value as? Int).map(Double.init) ?? (value as? String).flatMap { Double($0) }
        guard let number, range.contains(number) else {
            throw refuse("a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func boolean() throws -> Bool {
        let words = ["true": true, "false": false]
        guard let flag = value as? Bool ?? (value as? String).flatMap({ words[$0.lowercased()] }) else {
            throw refuse("true or false")
        }
        return flag
    }

    /// `nil` for "auto".
    func precision() throws -> Precision? {
        guard let text = value as? String else { throw refuse("auto, fp32, bf16, int8 or int4") }
        if text == "auto" { return nil }
        guard let precision = Precision(rawValue: text) else { throw refuse("auto, fp32, bf16, int8 or int4") }
        return precision
    }

    func logLevel() throws -> Logger.Level {
        guard let level = (value as? String).flatMap({ Logger.Level(rawValue: $0) }) else {
            throw refuse("one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return level
    }

    /// A list, or a text with commas.
    func origins() throws -> [String] {
        let separated = (value as? String)?.parts(between: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        guard let list = value as? [String] ?? separated, list.allSatisfy(CrossOriginPolicy.isOrigin) else {
            throw refuse("a list of origins such as https://search.example.org, or *")
        }
        return list
    }

    func pipeline() throws -> Pipeline {
        guard let text = value as? String else { throw refuse("a pipeline such as bm25:1000,tildev2:200,colbert:50") }
        do {
            return try Pipeline(parsing: text)
        } catch {
            throw ConfigurationError("\(source): \(error)")
        }
    }

    /// Stages written out in the file, or as text (`tildev2:200,colbert:50`).
    func stages() throws -> [Pipeline.Stage] {
        if value is String { return try pipeline().stages }
        guard let list = value as? [[String: Any]] else { throw refuse("a list of {stage, keep, combine}") }
        return try list.map { fields in
            let allowed: Set = ["stage", "keep", "combine", "weight"]
            guard let name = fields["stage"] as? String, let method = Pipeline.Method(rawValue: name),
                let keep = fields["keep"] as? Int, fields.keys.allSatisfy(allowed.contains)
            else { throw refuse("a list of {stage: tildev2 | colbert | feedback | cross-encoder, keep: NUMBER}") }
            let weight = fields["weight"] as? Double ?? (fields["weight"] as? Int).map(Double.init)
            guard let combination = Combination(name: fields["combine"] as? String ?? "replace", weight: weight) else {
                throw refuse("combine: replace, rrf, or interpolate with a weight from 0 to 1")
            }
            return Pipeline.Stage(method, keep: keep, combination: combination)
        }
    }
}
