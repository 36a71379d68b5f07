import ArgumentParser
import Foundation
import Logging
import Ranking
import Server

/// `passerine serve`: answers over HTTP until it is told to stop.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve every index of the folder over HTTP.",
        discussion: "SIGTERM lets running requests finish; SIGHUP loads configuration, keys and indexes again.")

    @OptionGroup var shared: SharedOptions
    @OptionGroup var models: ModelOptions
    @Option(help: "Address to listen on; none with --socket.") var host: String?
    @Option(help: "Port to listen on; 0 takes any free one.") var port: Int?
    @Option(help: ArgumentHelp("Unix socket to listen on too.", valueName: "path")) var socket: String?
    @Option(help: ArgumentHelp("File of the keys that clients need.", valueName: "file")) var keys: String?
    @Flag(help: "Listen on any address without keys, for anybody.") var insecure = false

    func validate() throws {
        if let port, !(0...65_535).contains(port) {
            throw ValidationError("--port must be 0 to 65535, not \(port)")
        }
    }

    func run() throws {
        // From the start, so that a signal during a slow start is not lost.
        Interruption.watch()
        Interruption.watchReloads()
        // A log that nobody reads any more is no reason to end.
        signal(SIGPIPE, SIG_IGN)
        let initial = try settings()
        let log = LogDestination(level: initial.server.logLevel)
        defer { log.flush() }
        LoggingSystem.bootstrap { LineLogHandler(label: $0, destination: log) }
        let site = try ServingSite(initial, models: models, log: log)
        try site.start()
        let wasOnTerminal = Terminal.errorIsTerminal
        var samples = 0
        while !Interruption.isRequested {
            usleep(50_000)
            samples += 1
            if Interruption.takeReload() {
                // The hang-up of a terminal that has gone is no wish to go on.
                if wasOnTerminal, !Terminal.errorIsTerminal { break }
                site.reload(settings)
            }
            site.lookAtMemory()
            if samples % 20 == 0 { site.lookAtFolder() }
            if samples % 300 == 0 { site.lookAtIndexes() }
        }
        try site.stop()
    }

    /// File and environment with the flags on top, as they are now.
    private func settings() throws -> Configuration {
        var settings = try shared.configuration()
        settings.server.host = host ?? settings.server.host
        settings.server.port = port ?? settings.server.port
        settings.server.socket = socket ?? settings.server.socket
        settings.server.keys = keys ?? settings.server.keys
        settings.server.isInsecure = insecure || settings.server.isInsecure
        return settings
    }
}
