import Corpus
import Foundation
import JSON
import Synchronization
import Testing

/// `passerine serve` in the background, on a port of its own; killed with the value.
final class BackgroundServer {
    private let process = Process()
    private let read = Collected()

    private final class Collected: Sendable {
        let bytes = Mutex(Data())
    }

    init(_ arguments: [String], environment: [String: String] = [:]) throws {
        process.executableURL = URL(fileURLWithPath: CommandLineRun.binary)
        process.arguments = ["serve", "--port", "0"] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: CommandLineRun.root)
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let errors = Pipe()
        process.standardError = errors
        process.standardOutput = FileHandle.nullDevice
        errors.fileHandleForReading.readabilityHandler = { [read] handle in
            let piece = handle.availableData
            if piece.isEmpty { handle.readabilityHandler = nil } else { read.bytes.withLock { $0 += piece } }
        }
        try process.run()
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    /// The log so far, a line an object.
    var log: [JSONValue] {
        let text = String(decoding: read.bytes.withLock { $0 }, as: UTF8.self)
        return text.split(separator: "\n").compactMap { try? JSONValue(parsing: String($0)) }
    }

    /// Waits until a line of the log says that; nil after a minute.
    func line(saying text: String) -> JSONValue? {
        for _ in 0..<6000 {
            if let line = log.first(where: { $0["message"]?.stringValue?.contains(text) == true }) { return line }
            usleep(10_000)
        }
        return nil
    }

    /// Where it listens.
    func address() throws -> String {
        let listening = try #require(self.line(saying: "listening on http://"))
        return String(listening["message"]?.stringValue?.split(separator: " ").last ?? "")
    }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Waits for the end; the exit status, or 128 and the signal that ended it. -1 where it does not end in a minute.
    func status() -> Int32 {
        for _ in 0..<6000 where process.isRunning { usleep(10_000) }
        guard !process.isRunning else { return -1 }
        return process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    }

    /// The status of a request made with curl.
    static func ask(_ arguments: [String]) throws -> Int {
        let output = try CommandLineRun.output(
            ["curl", "-s", "-m", "60", "-o", "/dev/null", "-w", "%{http_code}"] + arguments)
        return Int(output) ?? 0
    }

    /// Asks until the answer has that status; false after a minute.
    static func eventually(_ status: Int, _ arguments: [String]) throws -> Bool {
        for _ in 0..<600 {
            if try ask(arguments) == status { return true }
            usleep(100_000)
        }
        return false
    }
}
