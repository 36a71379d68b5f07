import Corpus
import GRDB

/// How far an input has been indexed, kept in the catalogue and committed with the passages themselves.
public struct InputProgress: Sendable, Equatable {
    /// Which input, and which state of it.
    public let fingerprint: InputFingerprint
    /// The format it is read in where one was named.
    public let format: CorpusFormat?
    /// Where reading goes on.
    public var position: CorpusPosition
    /// Passages read so far.
    public var passages: Int
    /// Whether the input was read to its end.
    public var isDone: Bool

    public init(
        fingerprint: InputFingerprint, format: CorpusFormat? = nil, position: CorpusPosition = .start,
        passages: Int = 0, isDone: Bool = false
    ) {
        self.fingerprint = fingerprint
        self.format = format
        self.position = position
        self.passages = passages
        self.isDone = isDone
    }

    /// Whether the input was read before and not all that it gave is there any more, or not all of it could be read:
    /// reading begins anew, and what is there as the input has it need not be added again.
    public var isVoid: Bool { position.lines < 0 }

    /// Makes it void.
    public mutating func void() {
        (position, passages, isDone) = (CorpusPosition(file: 0, lines: -1), 0, false)
    }

    /// Makes all inputs void but this one, or all of them: passages went away that may have been theirs.
    static func void(but current: InputProgress?, in database: Database) throws {
        try database.cachedStatement(
            sql: "UPDATE inputs SET file = 0, lines = -1, passages = 0, done = 0 WHERE lines >= 0 AND digest <> ?"
        ).execute(arguments: [current?.key ?? ""])
    }

    /// Under which the catalogue knows it: the same files in another format are another input.
    private var key: String { fingerprint.digest + (format.map { "." + $0.rawValue } ?? "") }

    /// How far a catalogue says that this input has come, `nil` where it has not seen this state of it.
    func stored(in database: Database) throws -> InputProgress? {
        let row = try Row.fetchOne(
            database,
            sql: "SELECT file, lines, passages, done FROM inputs WHERE digest = ? AND files = ? AND bytes = ?",
            arguments: [key, fingerprint.files, fingerprint.bytes])
        guard let row else { return nil }
        var progress = self
        progress.position = CorpusPosition(file: try row.decode(atIndex: 0), lines: try row.decode(atIndex: 1))
        (progress.passages, progress.isDone) = (try row.decode(atIndex: 2), try row.decode(atIndex: 3))
        // Whatever a damaged catalogue says, counting goes on from it.
        progress.passages = min(max(0, progress.passages), 1 << 48)
        return progress
    }

    func store(in database: Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO inputs(digest, files, bytes, file, lines, passages, done)
                VALUES(?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            key, fingerprint.files, fingerprint.bytes, position.file, position.lines, passages, isDone,
        ])
    }
}
