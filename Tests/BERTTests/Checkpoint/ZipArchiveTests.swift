import BERT
import Testing

@Suite struct ZipArchiveTests {
    private let folder: ScratchFolder
    private let sound = ZipBuilder(["a": [1, 2, 3], "b": [], "c": [4]])

    init() throws { folder = try ScratchFolder() }

    private func open(_ archive: ZipBuilder) throws -> [String: [UInt8]] { try open(archive.bytes) }

    private func open(_ bytes: [UInt8]) throws -> [String: [UInt8]] {
        let file = try MappedFile(path: folder.write("model.bin", bytes))
        let archive = try ZipArchive(file)
        let pairs = archive.names.map { ($0, archive.bytes(of: $0).map(Array.init) ?? []) }
        return Dictionary(uniqueKeysWithValues: withExtendedLifetime(file) { pairs })
    }

    private func refusal(_ change: (inout ZipBuilder) -> Void) -> String {
        var archive = sound
        change(&archive)
        return CheckpointFixtures.refusal { try open(archive) }
    }

    @Test func readsStoredEntries() throws {
        let expected: [String: [UInt8]] = ["archive/a": [1, 2, 3], "archive/b": [], "archive/c": [4]]
        #expect(try open(sound) == expected)
        var commented = sound
        commented.comment = Array("PK\u{5}\u{6} a comment".utf8)
        #expect(try open(commented) == expected)
    }

    @Test func readsZip64() throws {
        var archive = sound
        archive.hasZip64End = true
        archive.entries[0].zip64 = [3, 3, 0]
        #expect(try open(archive)["archive/a"] == [1, 2, 3])
    }

    @Test func refusesLyingSizes() {
        #expect(refusal { $0.entries[0].size = 4 }.contains("two of its entries overlap"))
        #expect(refusal { $0.entries[2].size = 2 }.contains("reaches into the directory"))
        #expect(refusal { $0.entries[0].size = 100 }.contains("\"archive/a\" reaches into the directory"))
        #expect(refusal { $0.entries[0].size = 4_000_000_000 }.contains("reaches over the file's end"))
        #expect(refusal { $0.entries[0].storedSize = 2 }.contains("states two sizes, 2 and 3"))
        #expect(refusal { $0.entries[0].offset = 1 }.contains("is not where the directory says"))
        #expect(refusal { $0.entries[0].offset = .max - 1 }.contains("a field lies outside the file"))
        #expect(refusal { $0.count = 2 }.contains("its directory does not end where it should"))
        #expect(refusal { $0.count = 4 }.contains("its directory has fewer entries than it says"))
        #expect(refusal { $0.directorySize = 1_000_000 }.contains("its directory lies outside the file"))
        #expect(refusal { $0.directoryOffset = 1_000_000 }.contains("its directory lies outside the file"))
    }

    @Test func refusesLyingZip64() {
        #expect(refusal { $0.entries[0].zip64 = [3, 3] }.contains("a ZIP64 field is too short"))
        #expect(refusal { $0.entries[0].zip64 = [.max, .max, 0] }.contains("larger than any file"))
        #expect(refusal { $0.entries[0].zip64 = [1 << 62, 1 << 62, 0] }.contains("reaches over the file's end"))
        #expect(refusal { $0.entries[0].zip64 = [3, 3, 1 << 62] }.contains("a field lies outside the file"))
        #expect(refusal { $0.entries[0].size = .max }.contains("a ZIP64 field is missing"))
        #expect(
            refusal {
                $0.hasZip64End = true
                $0.zip64Count = 1 << 40
            }.contains("more than the 100000 allowed"))
        #expect(
            refusal {
                $0.hasZip64End = true
                $0.zip64DirectoryOffset = 1 << 62
            }.contains("its directory lies outside the file"))
    }

    @Test func refusesOverlapAndDoubles() {
        #expect(
            refusal {
                $0.entries[2].name = $0.entries[0].name
                $0.entries[2].offset = 0
            }.contains("is there twice"))
        // The second entry's header lies within the first one's bytes.
        let inner = ZipBuilder([ZipBuilder.Entry(name: "b", bytes: [1])]).bytes[..<32]
        var outer = ZipBuilder([
            ZipBuilder.Entry(name: "a", bytes: Array(inner)), ZipBuilder.Entry(name: "b", bytes: [1]),
        ])
        outer.entries[1].offset = 31
        #expect(CheckpointFixtures.refusal { try open(outer) }.contains("two of its entries overlap"))
    }

    @Test func refusesWhatPyTorchNeverWrites() {
        #expect(refusal { $0.entries[0].method = 8 }.contains("\"archive/a\" is compressed"))
        #expect(refusal { $0.entries[0].flags = 1 }.contains("\"archive/a\" is encrypted"))
        #expect(refusal { $0.entries[0].localName = "archive/z" }.contains("has another name in its own header"))
        #expect(CheckpointFixtures.refusal { try open(Array("PK\u{3}\u{4}".utf8)) }.contains("it has no end record"))
        #expect(CheckpointFixtures.refusal { try open([0x80, 2]) }.contains("is no zip archive"))
    }

    @Test func refusesEveryTruncation() throws {
        var archive = sound
        archive.hasZip64End = true
        let bytes = archive.bytes
        _ = try open(bytes)
        for length in 0..<bytes.count {
            #expect(throws: CheckpointError.self) { try open(Array(bytes[..<length])) }
        }
    }
}
