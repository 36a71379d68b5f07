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

    /// Two members, one of them ending in the midst of a line: "a\nb" and "c\n".
    private static let members: [[UInt8]] = [
        [
            0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0x4B, 0xE4, 0x4A, 2, 0, 0xFB, 0x90, 0x07, 0xEF, 3, 0, 0, 0,
        ],
        [
            0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0x4B, 0xE6, 2, 0, 0x85, 0xC3, 0xDC, 0xEF, 2, 0, 0, 0,
        ],
    ]

    @Test func gzipOfSeveralMembers() throws {
        let (first, second) = (Self.members[0], Self.members[1])
        #expect(try lines(of: first) == ["a", "b"])
        #expect(try lines(of: first + second) == ["a", "bc"])
        #expect(try lines(of: first + second + [UInt8](repeating: 0, count: 600_000)) == ["a", "bc"])
        let many = (0..<5_000).flatMap { _ in second }
        #expect(try lines(of: many) == [String](repeating: "c", count: 5_000))
    }

    /// zlib's reader takes these for whole.
    @Test func whatFollowsTheCompressedPart() throws {
        let (first, second) = (Self.members[0], Self.members[1])
        let tails: [[UInt8]] = [
            Array("plain\n".utf8), [0x1F], [0x1F, 0x8B], [0, 0, 7], [UInt8](repeating: 0, count: 500_000) + [1],
            [0x1F, 0x8C], Array(second.prefix(10)), Array(second.prefix(11)),
        ]
        for tail in tails {
            let error = #expect(throws: TextFileError.self, "\(tail.prefix(8))") { try lines(of: first + tail) }
            #expect(error?.line == 2)
        }
        // What came out before the damage counts: here the line that the second member ends.
        let error = #expect(throws: TextFileError.self) { try lines(of: first + Array(second.dropLast())) }
        #expect(error?.line == 3)
        // Every place where a member may break off, and every byte that may be another.
        for count in 2..<first.count {
            #expect(throws: TextFileError.self, "\(count)") { try lines(of: Array(first.prefix(count))) }
        }
        for index in 10..<first.count {
            var changed = first
            changed[index] ^= 0x55
            #expect(throws: TextFileError.self, "\(index)") { try lines(of: changed) }
        }
        // A single byte is no gzip, and a text that begins like it is one.
        #expect(try lines(of: [0x41]) == ["A"])
        #expect(try lines(of: Array("\u{1F}x\n".utf8)) == ["\u{1F}x"])
    }

    @Test func missingFileAndFolder() {
        #expect(throws: TextFileError.self) { try LineReader(path: "/nonexistent/file") }
        #expect(throws: TextFileError.self) { try LineReader(path: "/tmp") }
    }
}
