import Foundation
import LinearAlgebra
import Logging
import Ranking
import Search
import Server
import Yams

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
        for (name, value) in environment where name.hasPrefix("PASSERINE_") {
            guard let setting = Setting.all.first(where: { $0.variable == name }) else {
                let names = Setting.all.map(\.variable)
                throw ConfigurationError(
                    "environment variable \(name) is no setting" + ConfigurationError.suggestion(name, among: names))
            }
            try setting.apply(&self, SettingValue(value, source: "environment variable \(name)"))
        }
        try pipeline.validate()
    }

    private mutating func read(_ path: String) throws {
        guard let content = FileManager.default.contents(atPath: path) else {
            throw ConfigurationError("\(path): the configuration file cannot be read")
        }
        let tree: Any?
        do {
            let text = content.starts(with: [0xEF, 0xBB, 0xBF]) ? content.dropFirst(3) : content
            tree = try Yams.load(yaml: String(decoding: text, as: UTF8.self))
        } catch {
            throw ConfigurationError("\(path): is not YAML: \(error)")
        }
        guard let tree else { return }
        guard let fields = tree as? [String: Any] else {
            throw ConfigurationError("\(path): must hold settings by name, such as `indexes: indexes`")
        }
        try apply(fields, prefix: "", path: path)
    }

    private mutating func apply(_ fields: [String: Any], prefix: String, path: String) throws {
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            let key = prefix + name
            if let setting = Setting.all.first(where: { $0.key == key }), !(value is [String: Any]) {
                try setting.apply(&self, SettingValue(value, source: "\(path): \(key)"))
            } else if let nested = value as? [String: Any], Setting.all.contains(where: { $0.key.hasPrefix(key + ".") })
            {
                try apply(nested, prefix: key + ".", path: path)
            } else if !(value is NSNull) {
                throw ConfigurationError(
                    "\(path): \(key) is no setting"
                        + ConfigurationError.suggestion(key, among: Setting.all.map(\.key)))
            }
        }
    }
}

/// A setting that cannot be used: which, where it was given, and what it should be.
struct ConfigurationError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

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
