import Foundation
import HTTP
import LinearAlgebra
import Logging
import PassageIndex
import Ranking
import Search
import Server

/// A server with its indexes, from start to stop; for one thread.
final class ServingSite {
    private let logger = Logger(label: "passerine")
    private let log: LogDestination
    private let models: ModelOptions
    private let operations: ServerOperations
    private let registry: IndexRegistry
    private let servedModels: ServedModels
    private let queries: QueryEncoder
    private let server: HTTPServer
    /// Of the models in force, which indexes share.
    private var loader = ModelLoader()
    /// What the server was started with, and what is in force.
    private let started: Configuration
    private var current: Configuration
    private var problems: [String: String] = [:]
    private var folderProblem: String?
    private var memory = IdleMemory()

    /// Throws `AccessError` and `ConfigurationError`.
    init(_ settings: Configuration, models: ModelOptions, log: LogDestination) throws {
        (self.models, self.log, started, current) = (models, log, settings, settings)
        let origins = CrossOriginPolicy(origins: settings.server.corsOrigins)
        let access = AccessControl(
            keys: try settings.server.accessKeys(), origins: origins, trustsNetwork: settings.server.isInsecure,
            anonymousRate: settings.server.anonymousAccess)
        let information = ServerInformation(version: Passerine.version, limits: settings.server.limits)
        let queries = QueryEncoder(cacheBytes: settings.server.queryCacheMegabytes << 20)
        self.queries = queries
        let operations = ServerOperations(
            access: access, origins: origins, information: information, log: log, queries: queries)
        self.operations = operations
        registry = IndexRegistry(Self.source(settings, models, loader, queries))
        servedModels = ServedModels(load: Self.loading(settings, models, loader))
        let interface = RESTInterface(
            registry: registry, models: servedModels, operations: operations, bodyBytes: settings.server.bodyBytes,
            responseBytes: settings.server.responseBytes)
        var http = settings.server.http(logger)
        http.onCompletion = { [operations] in operations.completed($0) }
        server = HTTPServer(configuration: http, router: interface.router())
        operations.watch(server)
    }

    /// Listens, and then opens the indexes, so that `/healthz` answers early and `/readyz` can say what it waits for.
    ///
    /// Throws `HTTPServer.StartError`, and what loading the cross-encoder throws: no index could be served without it.
    func start() throws {
        operations.metrics.bootstrap()
        try server.start()
        for address in server.boundAddresses {
            logger.info("listening on \(address.port == nil ? "" : "http://")\(address)")
        }
        if !operations.access.hasKeys, let exposed = server.boundAddresses.first(where: { !$0.isLocal }) {
            logger.warning("anybody who reaches \(exposed) can do everything: there are no keys")
        }
        if let warning = ServerInformation.blasWarning() { logger.warning("\(warning)") }
        // From here on a folder that is not there is one that has gone.
        do {
            try IndexFolder.make(indexes: current.indexes)
        } catch {
            logger.error("\(error)")
        }
        try Self.loadCrossEncoder(started, models, loader)
        let statistics = lookAtIndexes()
        for (name, engine) in registry.openedEngines {
            let passages = statistics[name]?.passages ?? 0
            logger.info("serving index \(name): \(passages) passages, pipeline \(engine.standardPipeline)")
            describePostings(name, engine)
            engine.warmUp()
        }
        if registry.openedEngines.isEmpty {
            logger.warning(
                "there is no index in \(current.indexes) that can be served; PUT /v1/indexes/NAME makes one")
        }
        operations.readiness.phase = .serving
    }

    /// Opens indexes that have come, says which cannot be served, and takes their figures.
    ///
    /// - Returns: the figures of those that are served.
    @discardableResult
    func lookAtIndexes() -> [String: IndexStatistics] {
        var statistics: [String: IndexStatistics] = [:]
        var found: [String: String] = [:]
        lookAtFolder()
        for (name, result) in (try? registry.openAll()) ?? [] {
            do {
                statistics[name] = try result.get().reader.statistics()
            } catch {
                found[name] = "\(error)"
                if problems[name] != found[name] { logger.error("index \(name) cannot be served: \(error)") }
            }
        }
        for name in problems.keys where found[name] == nil { logger.info("index \(name) is served again, or gone") }
        problems = found
        operations.readiness.update(problems: found)
        operations.metrics.record(indexes: statistics)
        return statistics
    }

    /// Gives memory back where requests have come to rest; cheap enough for every look.
    func lookAtMemory() {
        let statistics = server.statistics
        memory.look(isBusy: statistics.running + statistics.waiting > 0)
    }

    /// Looks whether the folder of all indexes is there and can be used; cheap enough for every second.
    func lookAtFolder() {
        let problem = Result { try registry.checkFolder() }.failureWords
        if problem != folderProblem {
            if let problem {
                logger.error("\(problem)")
            } else {
                logger.info("the folder of all indexes is there again")
            }
        }
        folderProblem = problem
        operations.readiness.update(hasFolder: problem == nil)
    }

    /// Takes the configuration as it is now. Keys come first and on their own: a key that was revoked is refused whatever
    /// else is faulty. A faulty configuration changes nothing else; an index that cannot be opened stays as it was.
    func reload(_ read: () throws -> Configuration) {
        let read = Result { try read() }
        let settings = (try? read.get()) ?? current
        let keys: String
        do {
            keys = try reloadKeys(settings)
        } catch {
            keys = "keys as they were"
            logger.error("the keys stay as they were: \(error)")
        }
        let loader = ModelLoader()
        do {
            try Self.loadCrossEncoder(read.get(), models, loader)
        } catch {
            logger.error("nothing but the keys was loaded again, everything else stays as it was: \(error)")
            return
        }
        for (name, error) in registry.reload(Self.source(settings, models, loader, queries)) {
            logger.error("index \(name) was not opened again, it stays as it was: \(error)")
        }
        servedModels.reload(Self.loading(settings, models, loader))
        log.level = settings.server.logLevel
        (current, self.loader) = (settings, loader)
        lookAtIndexes()
        logger.notice("loaded again: \(keys), indexes \(((try? registry.names) ?? []).joined(separator: ", "))")
        let waiting = settings.server.changesForRestart(since: started.server)
        if !waiting.isEmpty { logger.warning("only a restart changes \(waiting.joined(separator: ", "))") }
    }

    /// Takes the keys as they are now, and the origins of web pages; returns how many keys there are, in words.
    ///
    /// Throws `ConfigurationError` and `AccessError`; then they are what they were.
    private func reloadKeys(_ settings: Configuration) throws -> String {
        let keys = try settings.server.accessKeys()
        if keys == nil, operations.access.hasKeys {
            throw ConfigurationError("the keys file has gone; start the server anew to serve without keys")
        }
        operations.update(keys: keys, origins: CrossOriginPolicy(origins: settings.server.corsOrigins))
        return keys.map { "\($0.keys.count) keys" } ?? "no keys"
    }

    /// Finishes what runs. Throws `ConfigurationError` where some of it had to be cut off.
    func stop() throws {
        operations.readiness.phase = .stopping
        logger.info("stopping: running requests are finished first")
        let seconds = started.server.stopSeconds
        let isFinished = server.stop(within: .seconds(seconds))
        registry.close()
        guard isFinished else {
            throw ConfigurationError("some requests did not end within \(seconds) s and were cut off")
        }
        logger.info("stopped")
    }

    private func describePostings(_ name: String, _ engine: SearchEngine) {
        guard let (state, problem) = try? engine.reader.withSnapshot({ try $0.postingsState() }), state != .ready
        else { return }
        let reason = problem.map { ": \($0)" } ?? ""
        logger.warning("index \(name): postings are \(state.rawValue), BM25 is slower until they are there\(reason)")
    }

    private static func source(
        _ configuration: Configuration, _ models: ModelOptions, _ loader: ModelLoader, _ queries: QueryEncoder
    ) -> IndexSource {
        IndexSource(folder: configuration.indexes) { folder in
            try OpenedIndex(
                name: folder.name, configuration: configuration, models: models, loader: loader,
                queries: queries, maintainsPostings: true
            ).engine
        } models: {
            try ModelLocation.models(models.folders(configuration), crossEncoder: false, loader: loader)
        }
    }

    /// Loads the cross-encoder that is named for all indexes, so that one which cannot be used is said at once.
    private static func loadCrossEncoder(
        _ configuration: Configuration, _ models: ModelOptions, _ loader: ModelLoader
    ) throws {
        guard let folder = models.folders(configuration).crossEncoder else { return }
        _ = try ModelSet(
            crossEncoderFolder: ModelLocation.find(folder),
            crossEncoderPrecision: configuration.models.precision ?? .automatic, loader: loader)
    }

    private static func loading(
        _ configuration: Configuration, _ models: ModelOptions, _ loader: ModelLoader
    ) -> @Sendable () throws -> ModelSet {
        let folders = models.folders(configuration)
        return { try ModelLocation.models(folders, loader: loader) }
    }
}

extension Result where Success == Void {
    /// Why something failed, in words.
    fileprivate var failureWords: String? {
        guard case .failure(let error) = self else { return nil }
        return "\(error)"
    }
}
