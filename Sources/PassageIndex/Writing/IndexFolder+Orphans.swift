import Foundation
import GRDB

extension IndexFolder {
    /// Removes files that a crash left between a segment's rename and its transaction, or before either, or that a merge
    /// no longer needs; their numbers are given again. For who holds the writer's lock. Throws `IndexError`.
    func removeOrphans(_ pool: DatabasePool) throws {
        let live = try Catalogue.inWords(self) {
            Set(try pool.read { try Int.fetchAll($0, sql: "SELECT number FROM segments") })
        }
        for name in (try? FileManager.default.contentsOfDirectory(atPath: segments)) ?? [] {
            let number = name.hasSuffix(".tokens") ? Int(name.dropLast(7)) : nil
            guard name.hasSuffix(".new") || number.map({ !live.contains($0) }) ?? false else { continue }
            unlink(segments + "/" + name)
        }
    }
}
