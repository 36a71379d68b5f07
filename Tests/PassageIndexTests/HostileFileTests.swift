import Corpus
import Foundation
import GRDB
import JSON
import PassageIndex
import Ranking
import Testing

/// Files that hold what no writer makes, under checksums that are right: as a copied index may have them.
@Suite struct HostileFileTests {
    /// A file of token data or postings whose bytes are changed and whose checksums are made right again.
    private struct SealedFile {
        private static let table: [UInt32] = (0..<256).map { byte in
            (0..<8).reduce(UInt32(byte)) { sum, _ in sum & 1 == 1 ? 0x82F6_3B78 ^ sum >> 1 : sum >> 1 }
        }
        let path: String
        var bytes: [UInt8]

        init(_ path: String) throws {
            self.path = path
            bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        }

        private static func sum(_ bytes: some Sequence<UInt8>) -> UInt32 {
            ~bytes.reduce(~UInt32(0)) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
        }

        mutating func put<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
            withUnsafeBytes(of: value.littleEndian) { bytes.replaceSubrange(offset..<offset + $0.count, with: $0) }
        }

        func get<Value: FixedWidthInteger>(_ type: Value.Type, at offset: Int) -> Value {
            bytes.withUnsafeBytes { Value(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: type)) }
        }

        /// Writes the file with checksums over the first `end` bytes.
        func write(checksumsAt end: Int) throws {
            var all = Array(bytes[..<end])
            func append(_ value: UInt32, to bytes: inout [UInt8]) {
                withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
            }
            var header: [UInt8] = []
            append(Self.sum(all[..<252]), to: &header)
            all.replaceSubrange(252..<256, with: header)
            var sums: [UInt8] = []
            for start in stride(from: 0, to: end, by: 16 << 10) {
                append(Self.sum(all[start..<min(end, start + 16 << 10)]), to: &sums)
            }
            append(Self.sum(sums), to: &sums)
            try Data(all + sums).write(to: URL(fileURLWithPath: path))
        }
    }

    @Test(
        arguments: [
            (24, 4), (24, 1024), (24, 0), (24, 3), (24, 1 << 31), (20, 0), (20, 2), (20, 77),
        ] as [(Int, UInt32)]) func vectorsThatAreNotTheIndexsAreRefused(offset: Int, value: UInt32) throws
    {
        let models = try TestModels.tiny.get()
        let scratch = try Scratch()
        let folder = try scratch.folder()
        try IndexWriter.make(folder, TestPassages.random(50), models: models)
        var file = try SealedFile(folder.segment(0))
        #expect(file.get(UInt32.self, at: offset) != value)
        file.put(value, at: offset)
        try file.write(checksumsAt: Int(file.get(UInt64.self, at: 64)))
        let error = #expect(throws: IndexError.self) { try IndexReader(folder, models: models) }
        #expect(error?.kind == .damaged)
        #expect(try !IndexVerifier(folder).run().isSound)
    }

    /// Counts and offsets of both kinds of headers, at and near the ends of what 64 bits hold.
    /// A file in the place of the next segment is never replaced, and no fault of the disk's.
    @Test func aSegmentWhoseNumberIsNotGivenYetIsDamage() throws {
        let models = try TestModels.tiny.get()
        let scratch = try Scratch()
        let folder = try scratch.folder()
        try IndexWriter.make(folder, TestPassages.random(3), models: models)
        let settings = IndexSettings(models: models)
        let error = #expect(throws: IndexError.self) {
            let writer = try IndexWriter(folder, settings: settings, models: models)
            try Data([1]).write(to: URL(fileURLWithPath: folder.segment(1)))
            try writer.add([Passage(id: "new", text: "a lamp")])
            try writer.commit()
        }
        #expect(error?.kind == .damaged && error?.message.contains("verify") == true, "\(String(describing: error))")
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.segment(1))) == Data([1]))
    }

    @Test(arguments: [0, 1, 1 << 31, 1 << 32, UInt64.max >> 1, UInt64.max >> 1 - 7, 1 << 63, UInt64.max])
    func everyNumberOfAHeaderIsChecked(value: UInt64) throws {
        let models = try TestModels.tiny.get()
        let scratch = try Scratch()
        let folder = try scratch.folder()
        try IndexWriter.make(folder, TestPassages.random(50), models: models)
        try PostingsBuilder(folder).build()
        let derived = folder.derived + "/" + (try FileManager.default.contentsOfDirectory(atPath: folder.derived)[0])
        for (path, first, checksums) in [(folder.segment(0), 32, 64), (derived, 16, 56)] {
            let sound = try SealedFile(path)
            let end = Int(sound.get(UInt64.self, at: checksums))
            for offset in stride(from: first, to: 200, by: 8) where offset != checksums {
                var file = sound
                file.put(value, at: offset)
                try file.write(checksumsAt: end)
                // Whatever comes of it is an error or an answer.
                _ = try? IndexReader(folder, models: models).withSnapshot { snapshot in
                    _ = try? snapshot.candidates("word1 word2", limit: 10, bm25: BM25())
                    _ = try? (0..<50).map { try snapshot.spans($0) }
                    _ = try? (0..<50).map { try snapshot.vectors($0, window: 0) }
                }
                try sound.write(checksumsAt: end)
            }
        }
    }

    /// The bytes of lists, dictionary and tables, each changed in turn to those that reach furthest.
    @Test func whateverStandsInPostingsIsReadWithinThem() throws {
        let scratch = try Scratch()
        let folder = try scratch.folder()
        try IndexWriter.make(folder, TestPassages.random(600), models: .none)
        try PostingsBuilder(folder).build()
        let name = try FileManager.default.contentsOfDirectory(atPath: folder.derived)[0]
        let sound = try SealedFile(folder.derived + "/" + name)
        let end = Int(sound.get(UInt64.self, at: 56))
        for section in 0..<5 {
            let start = Int(sound.get(UInt64.self, at: 64 + 16 * section))
            let count = Int(sound.get(UInt64.self, at: 72 + 16 * section))
            for place in stride(from: start, to: start + count, by: max(1, count / 60)) {
                for value in [UInt8(0xFF), 0x20, 0x80] {
                    var file = sound
                    for next in place..<min(place + 4, start + count) { file.bytes[next] = value }
                    try file.write(checksumsAt: end)
                    _ = try? IndexReader(folder, models: .none).withSnapshot { snapshot in
                        for query in ["word1", "word0 word1 word2 word3", "word59 word58"] {
                            _ = try? snapshot.candidates(query, limit: 10, bm25: BM25())
                            _ = try? snapshot.explainTerms(query, passage: 3, bm25: BM25())
                        }
                    }
                }
            }
        }
    }

    /// Changes the catalogue as another program could, with every page's checksum right.
    private func change(_ folder: IndexFolder, _ sql: String) throws {
        let queue = try DatabaseQueue(path: folder.path + "/catalogue.sqlite")
        try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA writable_schema = ON; \(sql)") }
        try queue.close()
    }

    @Test(arguments: [
        "UPDATE state SET value = 9223372036854775807", "UPDATE state SET value = -1", "UPDATE state SET value = 'x'",
        "UPDATE state SET value = 9223372036854775807 WHERE key = 'next_passage'",
        "UPDATE segments SET bytes = 9223372036854775807, live_windows = 9223372036854775807",
        "UPDATE segments SET windows = -5, number = 'one' WHERE number = -1",
        "UPDATE passages SET text = x'FF00FE'", "UPDATE passages SET metadata = x'00'",
        "UPDATE passages SET id = zeroblob(number)",
        "UPDATE passages SET number = -number - 1", "UPDATE passages SET number = number + 9000000000000000000",
        "UPDATE lexical_docsize SET sz = x''", "UPDATE lexical_docsize SET sz = x'FFFFFFFFFFFFFFFFFF'",
        "UPDATE lexical_docsize SET id = -id - 1", "UPDATE lexical_docsize SET id = id + 4294967290",
        "UPDATE lexical_docsize SET id = id + 9000000000000000000", "UPDATE lexical_docsize SET sz = 'text'",
        "UPDATE lexical_data SET block = x'FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF' WHERE id = 1",
        "UPDATE lexical_data SET block = zeroblob(40) WHERE id > 10", "DELETE FROM lexical_data WHERE id = 1",
        "UPDATE placements SET segment = -1, first_window = 9223372036854775807, windows = -1",
        "UPDATE settings SET value = '{}'", "UPDATE settings SET value = x'FF'", "DELETE FROM settings",
        "UPDATE settings SET value = replace(value, '\"fields\" : []', '\"fields\" : [\"a'' OR 1\"]')",
        "UPDATE settings SET value = replace(value, '\"dimension\" : ', '\"dimension\" : 99999999')",
    ]) func absurdRowsAreAnErrorOrAnAnswer(sql: String) throws {
        let models = try TestModels.tiny.get()
        let scratch = try Scratch()
        let folder = try scratch.folder()
        try IndexWriter.make(folder, TestPassages.random(60) + TestPassages.few, models: models)
        try PostingsBuilder(folder).build()
        try change(folder, sql)
        let reader = try? IndexReader(folder, models: models)
        for removesPostings in [false, true] {
            if removesPostings { try? FileManager.default.removeItem(atPath: folder.derived) }
            _ = try? reader?.withSnapshot { snapshot in
                let found = try? snapshot.candidates("word1 network", limit: 10, bm25: BM25())
                _ = try? snapshot.exhaustiveCandidates("word1 network", limit: 10, bm25: BM25())
                _ = try? snapshot.explainTerms("word1", passage: 3, bm25: BM25())
                _ = try? snapshot.passages((found ?? []).map(\.number) + [0, 1, -1])
                _ = try? snapshot.passages(matching: MetadataFilter(["section": "net"]))
                _ = try? snapshot.spans(1)
                _ = try? snapshot.passage(id: "nmap")
            }
            _ = try? reader?.statistics()
            _ = try? reader?.fingerprint()
            _ = try? PostingsBuilder(folder).build()
        }
        _ = try? IndexVerifier(folder).run()
        do {
            let writer = try IndexWriter(folder, settings: IndexSettings(models: models), models: models)
            try writer.add([Passage(id: "p1", text: "another word1")])
            try writer.commit()
            try writer.delete(ids: ["p2", "nmap"])
            try writer.compact()
        } catch {
            // In words, as all errors are.
            #expect(!"\(error)".isEmpty)
        }
    }
}
