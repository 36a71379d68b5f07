import Foundation
import PassageIndex

/// Indexes whose files hold what no build of this program has written, under checksums that are right.
final class FuzzedIndex: @unchecked Sendable {
    // Unchecked: one thread uses it.
    private let fixtures: IndexFixtures
    private let scratch: String

    init() throws {
        // Everything is synced, which memory is quickest at.
        let place = FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm/" : NSTemporaryDirectory()
        scratch = place + "passerine-fuzz-\(getpid())"
        try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        fixtures = try IndexFixtures(scratch: scratch + "/sound", tests: tests)
        try removeAtExit(scratch)
        // What is done to a sound index must not fail, or it would say nothing of the others.
        for sound in fixtures.all where sound.isCurrent {
            for use in IndexUse.all {
                try write(sound.files)
                do throws(IndexUse.Refusal) { try use.run(folder, sound.models) } catch {
                    fatalError("a sound index: \(use.name): \(error.error)")
                }
            }
        }
    }

    private var folder: IndexFolder { IndexFolder(path: scratch + "/fuzzed/demo") }

    private func removeAtExit(_ path: String) throws {
        // libFuzzer ends by `_exit`, so what an earlier run has left is removed by the next one.
        let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
        for name in try FileManager.default.contentsOfDirectory(atPath: parent) where name.hasPrefix("passerine-fuzz-")
        {
            guard let process = Int32(name.dropFirst(15)), kill(process, 0) != 0 else { continue }
            try? FileManager.default.removeItem(atPath: parent + "/" + name)
        }
    }

    private func write(_ files: [String: Data]) throws {
        let manager = FileManager.default
        try? manager.removeItem(atPath: scratch + "/fuzzed")
        for part in [folder.segments, folder.derived] {
            try manager.createDirectory(atPath: part, withIntermediateDirectories: true)
        }
        for (name, content) in files { try content.write(to: URL(fileURLWithPath: folder.path + "/" + name)) }
    }

    /// Changes an index as a script says, and uses it.
    func take(_ asked: Script) {
        var script = asked
        let sound = fixtures.all[script.choose(fixtures.all.count)]
        let uses = script.byte()
        do {
            try write(sound.files)
            try change(sound.files, &script)
        } catch {
            fatalError("the index cannot be written: \(error)")
        }
        for use in IndexUse.chosen(by: uses) {
            do throws(IndexUse.Refusal) { try use.run(folder, sound.models) } catch {
                error.check(use.name, in: folder)
            }
        }
    }

    private func change(_ sound: [String: Data], _ script: inout Script) throws {
        var files = sound
        var checksums: [Int: UInt32] = [:]
        var rows: [Script] = []
        for _ in 0..<6 where !script.isAtEnd {
            let names = files.keys.sorted()
            let segments = names.filter { $0.hasPrefix("segments/") }
            let postings = names.filter { $0.hasPrefix("derived/") }
            switch script.choose(16) {
            case 0..<4:
                guard let name = script.element(of: segments), let content = files[name],
                    var file = SealedFile(content, offsetField: 64)
                else { continue }
                file.change(&script)
                files[name] = file.sealed()
                if let number = Int(name.dropFirst(9).dropLast(7)) { checksums[number] = file.checksum }
            case 4..<8:
                guard let name = script.element(of: postings), let content = files[name],
                    var file = SealedFile(content, offsetField: 56)
                else { continue }
                file.change(&script)
                files[name] = file.sealed()
            case 8, 9: files["catalogue.sqlite"] = files["catalogue.sqlite"].map { LoggedPages.change($0, &script) }
            case 10:
                files["catalogue.sqlite-wal"] = files["catalogue.sqlite-wal"].map {
                    LoggedPages.change(log: $0, &script)
                }
            case 11: files["index.json"] = files["index.json"].map { Self.changed($0, &script) }
            case 12: files[script.element(of: names) ?? ""] = nil
            case 13:
                // One file under another's name.
                let (one, other) = (script.element(of: names) ?? "", script.element(of: names) ?? "")
                files[other] = files[one]
            default:
                rows.append(script)
                // As many choices as a change of rows takes.
                for _ in 0..<12 { _ = script.byte() }
            }
        }
        for name in sound.keys where files[name] == nil { unlink(folder.path + "/" + name) }
        for (name, content) in files where content != sound[name] {
            try content.write(to: URL(fileURLWithPath: folder.path + "/" + name))
        }
        guard !(rows.isEmpty && checksums.isEmpty), let catalogue = CatalogueChange(path: folder.catalogue) else {
            return
        }
        for (number, checksum) in checksums { catalogue.setChecksum(checksum, ofSegment: number) }
        for row in rows {
            var row = row
            catalogue.change(&row)
        }
    }

    private static func changed(_ content: Data, _ script: inout Script) -> Data {
        var bytes = [UInt8](content)
        let place = script.place(in: bytes.count)
        switch script.choose(4) {
        case 0: bytes.removeSubrange(place...)
        case 1: bytes.insert(contentsOf: bytes[place...].prefix(40), at: place)
        default: if !bytes.isEmpty { bytes[place] = script.byte() }
        }
        return Data(bytes)
    }
}
