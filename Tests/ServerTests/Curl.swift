import Foundation

/// A client that is not ours.
enum Curl {
    /// What a request prints.
    static func output(_ arguments: [String], input: String? = nil) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["curl", "-s", "-m", "60"] + arguments
        let (given, printed) = (Pipe(), Pipe())
        (process.standardInput, process.standardOutput) = (given, printed)
        try process.run()
        if let input { try given.fileHandleForWriting.write(contentsOf: Data(input.utf8)) }
        try given.fileHandleForWriting.close()
        let output = String(decoding: printed.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return output
    }
}
