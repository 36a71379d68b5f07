import Corpus
import Foundation
import JSON
import Testing

/// What `passerine index` leaves in an index, after whatever came before it.
@Suite struct IndexCommandTests {
    private struct Shelf {
        let work: Workspace

        func index(_ name: String, _ arguments: String..., folder: String? = nil) throws -> CommandLineRun {
            try CommandLineRun(
                ["index", "--index", name, "--lexical-only", "--indexes", work["indexes"]] + arguments, folder: folder)
        }

        func delete(_ name: String, _ ids: String...) throws {
            let run = try CommandLineRun(["delete", "--index", name, "--indexes", work["indexes"]] + ids)
            #expect(run.status == 0)
        }

        func ids(_ name: String, _ query: String) throws -> [String] {
            let run = try CommandLineRun(
                ["search", "--index", name, "--indexes", work["indexes"], "--json", "--", query])
            return try run.json["hits"]?.arrayValue?.compactMap { $0["id"]?.stringValue }.sorted() ?? []
        }
    }

    @Test func deletedPassagesComeBack() throws {
        let shelf = Shelf(work: try Workspace(["fruit.tsv": "a\tred apple\nb\tgreen pear\nc\tblue plum\n"]))
        let corpus = shelf.work["fruit.tsv"]
        #expect(try shelf.index("x", corpus).status == 0)
        #expect(try shelf.index("x", corpus).output.contains("nothing to do"))
        try shelf.delete("x", "b")
        let again = try shelf.index("x", corpus, "--json")
        #expect(again.status == 0 && again.errors.contains("deleted or replaced"))
        #expect(try again.json["added"] == 1)
        #expect(try again.json["already"] == 2)
        #expect(try shelf.ids("x", "pear") == ["b"])
        #expect(try shelf.index("x", corpus).output.contains("nothing to do: the 3 passages"))
        // A deletion of what is not there changes nothing.
        try shelf.delete("x", "absent")
        #expect(try shelf.index("x", corpus).output.contains("nothing to do"))
        try shelf.delete("x", "a", "b", "c")
        #expect(try shelf.index("x", corpus, "--again").status == 0)
        #expect(try shelf.ids("x", "apple pear plum") == ["a", "b", "c"])
    }

    @Test func theLastCommandCounts() throws {
        let shelf = Shelf(
            work: try Workspace([
                "old.tsv": "a\told words\nb\tsame\n", "new.tsv": "a\tnew words\n", "twice.tsv": "a\tfirst\na\tsecond\n",
            ]))
        for name in ["old.tsv", "new.tsv", "old.tsv"] { _ = try shelf.index("x", shelf.work[name]) }
        #expect(try shelf.ids("x", "old") == ["a"])
        #expect(try shelf.ids("x", "new") == [])
        // Of two rows with one id the last counts, also where the first is what the index has.
        _ = try shelf.index("x", shelf.work["twice.tsv"])
        _ = try shelf.index("x", shelf.work["old.tsv"])
        _ = try shelf.index("x", shelf.work["twice.tsv"])
        #expect(try shelf.ids("x", "second") == ["a"])
        #expect(try shelf.ids("x", "first old") == [])
    }

    @Test func anEditInTheMiddleOfALargeFileIsSeen() throws {
        var rows = (0..<3000).map { "\($0)\t" + String(repeating: "filler ", count: 12) + "word\($0)" }
        let shelf = Shelf(work: try Workspace(["c.tsv": rows.joined(separator: "\n")]))
        _ = try shelf.index("x", shelf.work["c.tsv"])
        rows[1500] = rows[1500].replacingOccurrences(of: "word1500", with: "sea1500q")
        try rows.joined(separator: "\n").write(toFile: shelf.work["c.tsv"], atomically: true, encoding: .utf8)
        _ = try shelf.index("x", shelf.work["c.tsv"])
        #expect(try shelf.ids("x", "sea1500q") == ["1500"])
    }

    @Test func foldersWithFilesOfOneNameAreTold() throws {
        let shelf = Shelf(work: try Workspace())
        for name in ["one", "two"] {
            let folder = shelf.work[name]
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try "# Setup\n\nrun \(name)\n".write(toFile: folder + "/a.md", atomically: true, encoding: .utf8)
        }
        #expect(try !shelf.index("x", shelf.work["one"]).errors.contains("other folders"))
        let second = try shelf.index("x", shelf.work["two"])
        #expect(second.errors.contains("other folders") && second.errors.contains("/one)"))
        // Named from within each, the two files have one name as well.
        #expect(try !shelf.index("y", "a.md", folder: shelf.work["one"]).errors.contains("other folders"))
        #expect(try shelf.index("y", "a.md", folder: shelf.work["two"]).errors.contains("/one)"))
        #expect(try !shelf.index("z", shelf.work["one"], shelf.work["two"]).errors.contains("other folders"))
        #expect(try shelf.ids("z", "one").count == 1 && shelf.ids("z", "two").count == 1)
        // A folder's own changes are none of another's.
        try "# Setup\n\nrun three\n".write(toFile: shelf.work["one"] + "/a.md", atomically: true, encoding: .utf8)
        _ = try shelf.index("w", shelf.work["two"])
        #expect(try !shelf.index("w", shelf.work["two"], "--again").errors.contains("other folders"))
    }

    @Test func whatCannotBeReadEndsWithOne() throws {
        let shelf = Shelf(work: try Workspace(["broken.tsv": "no tab\nnone here\n", "half.tsv": "1\tx\nno tab\n"]))
        let all = try shelf.index("x", shelf.work["broken.tsv"])
        #expect(all.status == 1 && all.errors.contains("broken.tsv:1") && all.errors.contains("all 2 passages"))
        #expect(try shelf.index("x", shelf.work["broken.tsv"]).status == 1)
        let half = try shelf.index("x", shelf.work["half.tsv"])
        #expect(half.status == 0 && half.errors.contains("half.tsv:2"))

        let rows = (0..<4000).map { "\($0)\tpassage \($0 &* 2_654_435_761 % 1_000_003)\n" }.joined()
        try rows.write(toFile: shelf.work["cut.tsv"], atomically: true, encoding: .utf8)
        _ = try CommandLineRun.output(["gzip", shelf.work["cut.tsv"]])
        let packed = URL(fileURLWithPath: shelf.work["cut.tsv.gz"])
        let content = try Data(contentsOf: packed)
        try content.dropLast(content.count / 3).write(to: packed)
        let cut = try shelf.index("y", shelf.work["half.tsv"], packed.path)
        #expect(cut.status == 1 && cut.errors.contains("cut.tsv.gz:") && cut.errors.contains("cut short"))
        #expect(try shelf.index("y", shelf.work["half.tsv"], packed.path).status == 1)
        // Mended, what is there already is passed over only where it is the same input; all is there in the end.
        try content.write(to: packed)
        #expect(try shelf.index("y", shelf.work["half.tsv"], packed.path).status == 0)
        #expect(try shelf.ids("y", "passage").count == 10)
        #expect(try CommandLineRun(["verify", "--index", "y", "--indexes", shelf.work["indexes"]]).status == 0)
    }
}
