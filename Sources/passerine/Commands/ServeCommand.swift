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
        let (engines, failures) = open(configuration, logger)
        let service = SearchService(
            engines: engines, failures: failures, version: Passerine.version, bodyBytes: configuration.server.bodyBytes)
        let server = HTTPServer(configuration: settings(configuration.server, logger), router: service.router())
        try server.start()
        let port = server.boundAddress?.port ?? configuration.server.port
        logger.info("listening on http://\(configuration.server.host):\(port)")
        while !Interruption.isRequested { usleep(50_000) }
        logger.info("stopping: running requests are finished first")
        guard server.stop(within: .seconds(10)) else {
            throw ConfigurationError("some requests did not end within 10 s and were cut off")
        }
    }

    /// Opens every index; one that cannot be opened is reported and does not keep the others from being served.
    private func open(
        _ configuration: Configuration, _ logger: Logger
    ) -> (engines: [String: SearchEngine], failures: [String: String]) {
        var engines: [String: SearchEngine] = [:]
        var failures: [String: String] = [:]
        let loader = ModelLoader()
        for name in IndexFolder.names(in: configuration.indexes) {
            do {
                let opened = try OpenedIndex(
                    name: name, configuration: configuration, models: models, loader: loader,
                    maintainsPostings: true)
                engines[name] = opened.engine
                let passages = try opened.engine.reader.statistics().passages
                logger.info("serving index \(name): \(passages) passages, pipeline \(opened.engine.standardPipeline)")
                let (state, problem) = try opened.engine.reader.withSnapshot { try $0.postingsState() }
                if state != .ready {
                    let reason = problem.map { ": \($0)" } ?? ""
                    logger.warning(
                        "index \(name): postings are \(state.rawValue), BM25 is slower until they are there\(reason)")
                }
            } catch {
                failures[name] = "\(error)"
                logger.error("index \(name) cannot be served: \(error)")
            }
        }
        if engines.isEmpty { logger.warning("there is no index in \(configuration.indexes) that can be served") }
        return (engines, failures)
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
