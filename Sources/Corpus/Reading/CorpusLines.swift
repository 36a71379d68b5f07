import TextFiles

/// The lines of one file, some of which can be looked at before they are read.
///
/// Not thread-safe, as `LineReader` is not.
final class CorpusLines {
    private let reader: LineReader
    private var peeked: ArraySlice<Result<LineReader.Line, TextFileError>> = []

    init(path: String, maximumLineBytes: Int) throws {
        reader = try LineReader(path: path, maximumLineBytes: maximumLineBytes)
    }

    /// Bytes on disk that were read.
    var bytesRead: Int { reader.bytesRead }

    /// Whether the file cannot be read to its end.
    var isDamaged: Bool { reader.isDamaged && peeked.isEmpty }

    /// Whether a byte order mark says how the file is encoded; its lines come in UTF-8.
    var hasByteOrderMark: Bool { reader.hasByteOrderMark }

    /// The next line, `nil` at the end. Throws `TextFileError`, after which it can go on.
    func next() throws -> LineReader.Line? {
        guard let first = peeked.popFirst() else { return try reader.next() }
        return try first.get()
    }

    /// Up to `count` lines ahead that could be read.
    func peek(_ count: Int) -> [ArraySlice<UInt8>] {
        while peeked.count < count {
            do {
                guard let line = try reader.next() else { break }
                peeked.append(.success(line))
            } catch let error as TextFileError {
                peeked.append(.failure(error))
            } catch {
                break
            }
        }
        return peeked.compactMap { try? $0.get().bytes }
    }

    /// The file's first line, where nothing has been read and it can be.
    func peekFirst() -> ArraySlice<UInt8>? {
        if peeked.isEmpty { _ = peek(1) }
        return (try? peeked.first?.get()).flatMap { $0.number == 1 ? $0.bytes : nil }
    }

    /// Passes over lines; the number that there were.
    func skip(_ count: Int) -> Int {
        for skipped in 0..<max(0, count) {
            do {
                guard try next() != nil else { return skipped }
            } catch {
                if isDamaged { return skipped }
            }
        }
        return max(0, count)
    }
}
