import Foundation
import Search

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
