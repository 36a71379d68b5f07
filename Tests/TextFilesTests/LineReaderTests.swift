import Foundation
import Testing
import TextFiles

@Suite struct LineReaderTests {
    private func lines(of content: [UInt8], limit: Int = 1 << 20) throws -> [String] {
        let path = NSTemporaryDirectory() + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(content).write(to: URL(fileURLWithPath: path))
        let reader = try LineReader(path: path, maximumLineBytes: limit)
        var result: [String] = []
        while let line = try reader.next() {
            #expect(line.number == result.count + 1)
            result.append(try line.text())
        }
        return result
    }

    @Test func endingsAndByteOrderMark() throws {
        #expect(try lines(of: Array("\u{FEFF}a\r\nb\n\nc".utf8)) == ["a", "b", "", "c"])
        #expect(try lines(of: []) == [])
        #expect(try lines(of: Array("\n".utf8)) == [""])
    }

    @Test func linesAcrossBufferBorders() throws {
        let long = String(repeating: "x", count: 300_000)
        let many = (0..<50_000).map { "line \($0)" }
        #expect(try lines(of: Array(([long] + many + [long]).joined(separator: "\n").utf8)) == [long] + many + [long])
    }

    @Test func overlongLineIsAnError() throws {
        let text = String(repeating: "x", count: 2_000_000)
        #expect(throws: TextFileError.self) { try lines(of: Array(text.utf8), limit: 1000) }
    }

    @Test func goesOnAfterAnOverlongLine() throws {
        let long = String(repeating: "x", count: 2_000_000)
        let path = NSTemporaryDirectory() + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        try "a\n\(long)\nb\n\(long)".write(toFile: path, atomically: true, encoding: .utf8)
        let reader = try LineReader(path: path, maximumLineBytes: 1000)
        #expect(try reader.next()?.number == 1)
        let error = #expect(throws: TextFileError.self) { try reader.next() }
        #expect(error?.line == 2)
        let next = try reader.next()
        #expect(try next?.text() == "b" && next?.number == 3)
        #expect(throws: TextFileError.self) { try reader.next() }
        #expect(try reader.next() == nil && !reader.isDamaged)
    }

    @Test func invalidUTF8NamesTheLine() throws {
        let error = #expect(throws: TextFileError.self) { try lines(of: Array("good\n".utf8) + [0xFF, 0x41, 0x0A]) }
        #expect(error?.line == 2)
    }

    @Test func gzipWholeAndCutShort() throws {
        let text = (0..<2000).map { "line \($0)" }.joined(separator: "\n")
        let path = NSTemporaryDirectory() + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/gzip")
        process.arguments = ["-c", path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let packed = [UInt8](pipe.fileHandleForReading.readDataToEndOfFile())
        process.waitUntilExit()
        #expect(try lines(of: packed).count == 2000)
        #expect(throws: TextFileError.self) { try lines(of: Array(packed.prefix(packed.count / 2))) }
        try Data(packed.prefix(packed.count / 2)).write(to: URL(fileURLWithPath: path))
        let reader = try LineReader(path: path)
        #expect(throws: TextFileError.self) { while try reader.next() != nil {} }
        #expect(try reader.next() == nil && reader.isDamaged)
    }

    @Test func missingFileAndFolder() {
        #expect(throws: TextFileError.self) { try LineReader(path: "/nonexistent/file") }
        #expect(throws: TextFileError.self) { try LineReader(path: "/tmp") }
    }
}
