import TextFiles

/// The lines of a file that is read as a whole, as text.
enum WholeFile {
    /// Reads to the end. Throws `TextFileError`, or `CorpusError` for a file that is over `limit` bytes, is no text, or
    /// is an HTML page in an encoding that is not read.
    static func texts(of lines: CorpusLines, format: CorpusFormat, path: String, limit: Int) throws -> [String] {
        var read: [LineReader.Line] = []
        var head: [UInt8] = []
        var bytes = 0
        while let line = try next(of: lines, path: path) {
            bytes += line.bytes.count + 1
            guard bytes <= limit else {
                throw CorpusError(path: path, message: "is larger than \(limit) bytes; split it or raise the limit")
            }
            guard !line.bytes.contains(0) else {
                throw CorpusError(
                    path: path, line: line.number, message: "binary, or not UTF-8; convert or ignore the file")
            }
            if head.count < HTMLCharset.headBytes { head += line.bytes + [0x0A] }
            read.append(line)
        }
        guard format == .html, !lines.hasByteOrderMark else { return try read.map { try $0.text() } }
        switch HTMLCharset(declaredIn: head) {
        case .utf8: return try read.map { try $0.text() }
        case .windows1252: return read.map { HTMLCharset.windows1252(Array($0.bytes)) }
        case .other(let label):
            guard !read.allSatisfy({ $0.bytes.allSatisfy { $0 < 0x80 && $0 != 0x1B } }) else {
                return try read.map { try $0.text() }
            }
            throw CorpusError(
                path: path, message: "its charset is \(label), which is not read; convert the page to UTF-8")
        }
    }

    private static func next(of lines: CorpusLines, path: String) throws -> LineReader.Line? {
        do {
            return try lines.next()
        } catch {
            var broken = CorpusError(error, path: path, scope: .file)
            broken.isLoss = lines.isDamaged
            throw broken
        }
    }
}
