import Corpus
import Foundation

/// A folder that a test fills and that goes away with it.
final class TemporaryFolder {
    let path: String

    init(_ files: [String: String] = [:]) throws {
        path = NSTemporaryDirectory() + "passerine-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for (name, text) in files { try write(name, text) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        try write(name, Array(text.utf8))
    }

    @discardableResult
    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let file = path + "/" + name
        // By bytes: a name that begins with a combining mark has its slash all the same.
        let folder = String(
            decoding: file.utf8.prefix(upTo: file.utf8.lastIndex(of: 0x2F) ?? file.endIndex), as: UTF8.self)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return file
    }

    /// Runs a program in the folder and gives what it writes; `nil` where it cannot be started.
    func run(_ program: String, _ arguments: [String], input: String = "") throws -> String? {
        guard FileManager.default.isExecutableFile(atPath: program) else { return nil }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: path)
        let (standardInput, output) = (Pipe(), Pipe())
        process.standardInput = standardInput
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try standardInput.fileHandleForWriting.close()
        let written = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: written, as: UTF8.self)
    }
}

/// All that a corpus gives.
struct CorpusContent {
    var passages: [Passage] = []
    var sources: [CorpusSource] = []
    var errors: [CorpusError] = []

    init(_ paths: [String], options: CorpusOptions = CorpusOptions(), from start: CorpusPosition = .start) throws {
        let reader = try CorpusReader(paths: paths, options: options, startingAt: start)
        while let event = reader.next() {
            switch event {
            case .passage(let passage, let source):
                passages.append(passage)
                sources.append(source)
            case .broken(let error): errors.append(error)
            }
        }
    }
}
