import Foundation

extension Vocabulary {
    /// The largest vocabulary or tokenizer file that is read, in bytes.
    public static let maximumFileSize = 64 << 20

    /// Reads `vocab.txt` (one piece a line, the first line is id 0) or, where the name ends in `.json`, a
    /// `tokenizer.json` of WordPiece. Throws `TokenizationError` with file and line.
    public init(file: URL) throws {
        if file.pathExtension == "json" {
            let json = try JSONTextReader.read(Self.contents(of: file), file: file.path)
            self = try WordPieceDescription(json, file: file.path).vocabulary
        } else {
            try self.init(lines: Self.contents(of: file), source: file.path)
        }
    }

    /// One piece a line, line ends as in Unix or Windows.
    init(lines: [UInt8], source: String) throws {
        var pieces: [String] = []
        var lines = lines.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)[...]
        if lines.last?.isEmpty ?? false { lines = lines.dropLast() }
        pieces.reserveCapacity(lines.count)
        for line in lines {
            let text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            guard let piece = String(validating: text, as: UTF8.self) else {
                throw TokenizationError(file: source, line: pieces.count + 1, message: "the line is not valid UTF-8")
            }
            pieces.append(piece)
        }
        try self.init(pieces: pieces, source: source, firstLine: 1)
    }

    /// The bytes of a file, which may not be larger than `maximumFileSize`, without a byte order mark.
    static func contents(of file: URL) throws -> [UInt8] {
        do {
            let size = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int ?? 0
            guard size <= maximumFileSize else {
                throw TokenizationError(
                    file: file.path, message: "\(size) bytes are more than the \(maximumFileSize) that are read")
            }
            let content = try Data(contentsOf: file)
            return [UInt8](content.starts(with: [0xEF, 0xBB, 0xBF]) ? content.dropFirst(3) : content)
        } catch let error as TokenizationError {
            throw error
        } catch {
            throw TokenizationError(file: file.path, message: "cannot be read: \(error.localizedDescription)")
        }
    }
}
