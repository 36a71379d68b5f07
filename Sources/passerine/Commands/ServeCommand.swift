import ArgumentParser
import Foundation
import HTTP
import Logging
import PassageIndex
import Ranking
import Search
import Server

/// `passerine serve`: answers over HTTP until it is told to stop.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve every index of the folder over HTTP.")

    @OptionGroup var shared: SharedOptions
    @OptionGroup var models: ModelOptions
    @Option(help: "Address to listen on.") var host: String?
    @Option(help: "Port to listen on; 0 takes any free one.") var port: Int?

    func run() throws {
        // From the start, so that a stop during a slow start is not lost.
        Interruption.watch()
        var configuration = try shared.configuration()
        configuration.server.host = host ?? configuration.server.host
        configuration.server.port = port ?? configuration.server.port
        guard (0...65_535).contains(configuration.server.port) else {
            throw ValidationError("--port must be 0 to 65535, not \(configuration.server.port)")
        }
        let logger = Logger(label: "passerine")
        let loader = ModelLoader()
        let registry = IndexRegistry(source(configuration, loader))
        let folders = models.folders(configuration)
        let servedModels = ServedModels { try ModelLocation.models(folders, loader: loader) }
        open(registry, configuration, logger)
        let interface = RESTInterface(
            registry: registry, models: servedModels, version: Passerine.version,
            bodyBytes: configuration.server.bodyBytes)
        let server = HTTPServer(configuration: settings(configuration.server, logger), router: interface.router())
        try server.start()
        let port = server.boundAddress?.port ?? configuration.server.port
        logger.info("listening on http://\(configuration.server.host):\(port)")
        while !Interruption.isRequested { usleep(50_000) }
        logger.info("stopping: running requests are finished first")
        let isFinished = server.stop(within: .seconds(10))
        registry.close()
        guard isFinished else {
            throw ConfigurationError("some requests did not end within 10 s and were cut off")
        }
    }

    private func source(_ configuration: Configuration, _ loader: ModelLoader) -> IndexSource {
        let models = models
        return IndexSource(folder: configuration.indexes) { folder in
            try OpenedIndex(
                name: folder.name, configuration: configuration, models: models, loader: loader,
                maintainsPostings: true
            ).engine
        } models: {
            try ModelLocation.models(models.folders(configuration), crossEncoder: false, loader: loader)
        }
    }

    /// Opens every index and says what there is.
    private func open(_ registry: IndexRegistry, _ configuration: Configuration, _ logger: Logger) {
        let opened = registry.openAll()
        for (name, result) in opened {
            do {
                let engine = try result.get()
                let (passages, postings) = try engine.reader.withSnapshot { try ($0.passageCount, $0.postingsState()) }
                logger.info("serving index \(name): \(passages) passages, pipeline \(engine.standardPipeline)")
                if postings.state != .ready {
                    let reason = postings.problem.map { ": \($0)" } ?? ""
                    logger.warning(
                        "index \(name): postings are \(postings.state.rawValue), BM25 is slower until they are there\(reason)"
                    )
                }
            } catch {
                logger.error("index \(name) cannot be served: \(error)")
            }
        }
        if opened.isEmpty {
            logger.warning("there is no index in \(configuration.indexes) yet; PUT /v1/indexes/NAME makes one")
        }
    }

    private func settings(_ server: Configuration.ServerSettings, _ logger: Logger) -> HTTPServer.Configuration {
        var settings = HTTPServer.Configuration()
        settings.addresses = [.ip(host: server.host, port: server.port)]
        settings.workers = server.workers
        settings.queueCapacity = server.queue
        settings.maxConnections = server.connections
        settings.headLimits.headerBytes = server.headerBytes
        settings.maxBodyBytes = server.bodyBytes
        settings.requestDeadline = .milliseconds(server.deadlineMilliseconds)
        settings.idleTimeout = .seconds(server.idleSeconds)
        settings.errorResponse = { error in
            if !(error is HTTPError) { logger.error("a request failed: \(error)") }
            return HTTPServer.Configuration.defaultErrorResponse(error)
        }
        return settings
    }
}
