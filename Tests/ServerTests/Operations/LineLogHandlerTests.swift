import Corpus
import Foundation
import JSON
import Logging
import Server
import Testing

@Suite struct LineLogHandlerTests {
    /// What a logger writes, read from a pipe of its own.
    private func written(forPeople: Bool, level: Logger.Level = .info, _ body: (Logger) -> Void) throws -> [String] {
        let pipe = Pipe()
        let destination = LogDestination(
            level: level, descriptor: pipe.fileHandleForWriting.fileDescriptor, isForPeople: forPeople)
        body(Logger(label: "test") { LineLogHandler(label: $0, destination: destination) })
        destination.flush(within: 60)
        try pipe.fileHandleForWriting.close()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    private static let hostile = "a\r\nb\" \\ {\"level\":\"info\"} \u{0}\u{7}\u{1B}[31m\u{7F}\u{85}\u{2028}\u{202E}é漢"

    @Test func hostileTextStaysInItsField() throws {
        let lines = try written(forPeople: false) { logger in
            logger.info(
                "\(Self.hostile)",
                metadata: ["index": "\(Self.hostile)", "bad\nname": "x", "status": .stringConvertible(200)])
        }
        #expect(lines.count == 1)
        let json = try JSONValue(parsing: lines.first ?? "")
        #expect(json["message"]?.stringValue == Self.hostile && json["index"]?.stringValue == Self.hostile)
        #expect(json["level"] == "info" && json["status"] == 200 && json["bad\nname"] == "x")
        for scalar in (lines.first ?? "").unicodeScalars { #expect(scalar.properties.generalCategory != .control) }
        #expect(json["time"]?.stringValue?.hasSuffix("Z") == true)
    }

    @Test func linesForPeopleAreOneLineToo() throws {
        let lines = try written(forPeople: true) {
            $0.warning("\(Self.hostile)", metadata: ["index": "\(Self.hostile)"])
        }
        #expect(lines.count == 1 && lines.first?.contains("warning") == true)
        for scalar in (lines.first ?? "").unicodeScalars { #expect(scalar.properties.generalCategory != .control) }
    }

    @Test func levelsAreKept() throws {
        let lines = try written(forPeople: false, level: .warning) { logger in
            logger.info("quiet")
            logger.error("loud")
        }
        #expect(lines.count == 1 && lines.first?.contains("loud") == true)
    }

    @Test func aLogThatNobodyReadsHoldsNobodyUp() throws {
        let pipe = Pipe()
        let destination = LogDestination(
            level: .info, descriptor: pipe.fileHandleForWriting.fileDescriptor, isForPeople: false)
        let logger = Logger(label: "test") { LineLogHandler(label: $0, destination: destination) }
        // The destination goes on writing to this descriptor, which must not become another test's.
        _ = Unmanaged.passRetained(pipe)
        // More than the pipe and the buffer hold together; without dropping, this would never end.
        let text = String(repeating: "x", count: 1000)
        for _ in 0..<4000 { logger.info("\(text)") }
        let reading = pipe.fileHandleForReading
        var read = 0
        var seen = ""
        while !seen.contains("dropped"), read < 8 << 20 {
            let piece = reading.availableData
            read += piece.count
            seen = String(decoding: piece, as: UTF8.self)
            logger.info("more")
        }
        #expect(seen.contains("dropped"))
        // The log's thread must be done with the descriptor before that is another's.
        let thread = Thread { while !reading.availableData.isEmpty {} }
        thread.start()
        destination.flush(within: 60)
        try pipe.fileHandleForWriting.close()
        while !thread.isFinished { usleep(1000) }
    }
}
