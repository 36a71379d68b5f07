import Foundation
import LinearAlgebra
import Logging
import Ranking
import Search
import Server

/// What a deployment sets, from `config/passerine.yaml`, environment variables and flags, in rising precedence.
///
/// `Setting.all` is the one table of what there is; `docs/configuration.md` shows it.
struct Configuration: Sendable {
    static let defaultFile = "config/passerine.yaml"

    var indexes = "indexes"
    var models = ModelFolders()
    var pipeline = Pipeline.standard
    var server = ServerSettings()

    /// Folders of the checkpoints by the stage they serve; `nil` leaves the choice to the index.
    struct ModelFolders: Sendable, Equatable {
        var colbert: String?
        var tildev2: String?
        var crossEncoder: String?
        /// How new indexes and the cross-encoder are computed; what measures best here where `nil`. An index keeps
        /// the precision that it was made with.
        var precision: Precision?
    }

    struct ServerSettings: Sendable {
        var host = "127.0.0.1"
        var port = 8080
        var headerBytes = 16 << 10
        var bodyBytes = 8 << 20
        var responseBytes = 32 << 20
        /// Bytes that requests and responses which wait for slow clients may hold, all together.
        var heldBytes = 256 << 20
        var workers = 4
        /// Threads that read, parse and write; more than four gain nothing.
        var eventLoops = min(ProcessInfo.processInfo.activeProcessorCount, 4)
        var queue = 256
        var connections = 16_384
        var deadlineMilliseconds = 30_000
        var idleSeconds = 75
        var stopSeconds = 30
        /// Path of a Unix socket to listen on too.
        var socket: String?
        /// `nil` takes `defaultKeys` where there is such a file.
        var keys: String?
        var isInsecure = false
        var logLevel = Logger.Level.info
        var corsOrigins: [String] = []
        /// MiB of query vectors that are remembered.
        var queryCacheMegabytes = 32
        /// Requests a second that an address may make without a valid key; 0 for any number.
        var anonymousRate = 20.0

        static let defaultKeys = "config/keys.json"
        /// The host that stands for listening on the socket only.
        static let noHost = "none"

        /// Where the keys lie, or would lie.
        var keyFile: AccessKeyFile { AccessKeyFile(path: keys ?? Self.defaultKeys) }
    }

    /// Reads the file and the environment.
    ///
    /// - Parameter file: `nil` reads `config/passerine.yaml` where there is one. Throws `ConfigurationError`.
    init(file: String?, environment: [String: String] = ProcessInfo.processInfo.environment) throws {
        if let path = file ?? (FileManager.default.fileExists(atPath: Self.defaultFile) ? Self.defaultFile : nil) {
            try read(path)
        }
        // In order, so that a whole pipeline comes before its parts.
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix("PASSERINE_") {
            guard let setting = Setting.all.first(where: { $0.variable == name }) else {
                let names = Setting.all.map(\.variable)
                throw ConfigurationError(
                    "environment variable \(name) is no setting" + ConfigurationError.suggestion(name, among: names))
            }
            try setting.apply(&self, SettingValue(.text(value), source: "environment variable \(name)"))
        }
        try pipeline.validate()
    }

    private mutating func read(_ path: String) throws {
        var stated: Set<String> = []
        try apply(ConfigurationFile.read(path), prefix: "", stated: &stated)
    }

    /// - Parameter stated: keys of the settings so far, of which none may come again (as `server.port` and as `port` within
    ///   `server`).
    private mutating func apply(
        _ fields: [(name: String, value: SettingValue)], prefix: String, stated: inout Set<String>
    ) throws {
        for (name, value) in fields.sorted(by: { $0.name < $1.name }) {
            let key = prefix + name
            let isGroup = Setting.all.contains { $0.key.hasPrefix(key + ".") }
            if case .mapping(let nested) = value.content, isGroup {
                try apply(nested, prefix: key + ".", stated: &stated)
            } else if let setting = Setting.all.first(where: { $0.key == key }) {
                guard stated.insert(key).inserted else { throw value.error("is stated twice") }
                try setting.apply(&self, value)
            } else if case .null = value.content, isGroup {
                continue
            } else {
                throw value.error(
                    "is no setting" + ConfigurationError.suggestion(key, among: Setting.all.map(\.key)))
            }
        }
    }
}

/// A setting that cannot be used: which, where it was given, and what it should be.
struct ConfigurationError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// Text from a file for a message: in quotes where it is not plain, cut where it is long.
    static func shown(_ text: String) -> String {
        let part = String(text.prefix(80))
        let isPlain = part.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F } && !part.isEmpty
        return (isPlain ? part : part.debugDescription) + (text.count > 80 ? "…" : "")
    }

    /// Names the known word that shares most with an unknown one.
    static func suggestion(_ word: String, among known: [String]) -> String {
        func pairs(_ text: String) -> Set<String> {
            let letters = Array(text.lowercased())
            return Set(zip(letters, letters.dropFirst()).map { "\($0)\($1)" })
        }
        let wanted = pairs(word)
        let best = known.max { pairs($0).intersection(wanted).count < pairs($1).intersection(wanted).count }
        return best.map { "; did you mean \($0)? docs/configuration.md lists all" } ?? ""
    }
}
