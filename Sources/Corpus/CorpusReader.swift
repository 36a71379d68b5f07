import TextFiles

/// Reads the passages of files, folders and standard input, one after the other.
///
///     let corpus = try CorpusReader(paths: ["collection.tsv.gz", "docs", "-"])
///     while let event = corpus.next() {
///         switch event {
///         case .passage(let passage, let source): …
///         case .broken(let error): print(error)     // names file and line, and says what to do
///         }
///     }
///
/// Files are plain or gzip-compressed and in one of the formats of `CorpusFormat`, which is told by their content.
/// Folders give their text, Markdown and HTML files, a passage a section. What cannot be read is an event as well: the
/// caller decides whether to go on. Not `Sendable`: to be used by one thread at a time.
public final class CorpusReader {
    /// The place after the last event. Given back as `startingAt`, reading goes on from there.
    public private(set) var position: CorpusPosition

    private let options: CorpusOptions
    private let inputs: [CorpusInput]
    /// Bytes of the inputs before each one; one more entry, the total, at the end.
    private let bytesBefore: [Int]
    private let isTotalKnown: Bool
    private var current: OpenFile?
    /// Bytes of the pipes that are done, which are in no total.
    private var pipeBytes = 0
    private var mostBytesRead = 0

    /// The file that is being read.
    private enum OpenFile {
        case lines(CorpusLines, CorpusFormat)
        case sections(SectionedFile)
    }

    /// Finds the files that the paths lead to; `-` is standard input. Throws for paths that lead nowhere and folders
    /// with too many files; whatever is wrong with a file itself is an event.
    public init(
        paths: [String], options: CorpusOptions = CorpusOptions(), startingAt position: CorpusPosition = .start
    ) throws(CorpusError) {
        self.options = options
        self.position = CorpusPosition(file: max(0, position.file), lines: max(0, position.lines))
        inputs = try CorpusInput.inputs(at: paths, options: options)
        bytesBefore = inputs.reduce(into: [0]) { $0.append(($0.last ?? 0) + ($1.size ?? 0)) }
        isTotalKnown = inputs.allSatisfy { $0.size != nil || $0.problem != nil }
    }

    /// The next passage, or what is in its place; `nil` at the end.
    public func next() -> CorpusEvent? {
        while position.file < inputs.count {
            let event: CorpusEvent?
            switch current {
            case .lines(let lines, let format): event = nextLine(of: lines, format: format)
            case .sections(let file): event = nextSection(of: file)
            case nil:
                if let error = open() {
                    finishFile()
                    return .broken(error)
                }
                continue
            }
            if let event { return event }
            finishFile()
        }
        return nil
    }

    /// How far reading has come, what was skipped at the start included.
    public var progress: CorpusProgress {
        let file = min(position.file, inputs.count)
        var bytes = bytesBefore[file] + pipeBytes
        if file < inputs.count, let size = inputs[file].size {
            switch current {
            case .lines(let lines, _): bytes += min(size, lines.bytesRead)
            case .sections: bytes += size
            case nil: break
            }
        } else if case .lines(let lines, _) = current {
            bytes += lines.bytesRead
        }
        mostBytesRead = max(mostBytesRead, bytes)
        return CorpusProgress(
            bytesRead: mostBytesRead, totalBytes: isTotalKnown ? bytesBefore[inputs.count] : nil, filesRead: file,
            files: inputs.count)
    }

    /// What tells this input from another, or from a changed one. Reads up to 128 KiB of every file.
    public func fingerprint() throws(CorpusError) -> InputFingerprint {
        try InputFingerprint(of: inputs)
    }

    private func finishFile() {
        if case .lines(let lines, _) = current, inputs[position.file].size == nil { pipeBytes += lines.bytesRead }
        current = nil
        position = CorpusPosition(file: position.file + 1, lines: 0)
    }

    /// Opens the file at `position`, and skips what is done of it; returns what prevents that.
    private func open() -> CorpusError? {
        let input = inputs[position.file]
        if let problem = input.problem { return problem }
        do {
            let known = options.format ?? CorpusFormat.detected(name: input.name, lines: [])
            let limit = known.map(\.isLineByLine) ?? true ? options.lineBytes : options.fileBytes
            let lines = try CorpusLines(path: input.path, maximumLineBytes: limit)
            let sample = options.format == nil ? lines.peek(CorpusFormat.sampleLines) : []
            let format = options.format ?? CorpusFormat.detected(name: input.name, lines: sample)
            guard let format else {
                // Without a single line there is nothing to be told, nor to be read.
                guard !sample.isEmpty || lines.isDamaged else {
                    current = .lines(lines, .tsv)
                    return nil
                }
                return CorpusError(
                    path: input.path,
                    message: "format not recognised; name it if it is one of "
                        + CorpusFormat.allCases.map(\.rawValue).joined(separator: ", "))
            }
            guard format.isLineByLine else {
                let file = SectionedFile(
                    lines: try texts(of: lines, input: input), name: input.name, format: format,
                    plainTextBytes: options.plainTextBytes)
                file.skip(position.lines)
                current = .sections(file)
                return nil
            }
            current = .lines(lines, format)
            let skipped = lines.skip(position.lines)
            guard skipped == position.lines else {
                return CorpusError(
                    path: input.path,
                    message: "has \(skipped) lines, fewer than the \(position.lines) that were read before; start anew")
            }
            return nil
        } catch let error as CorpusError {
            return error
        } catch {
            return CorpusError(error, path: input.path, scope: .file)
        }
    }

    /// All lines of a file that is read as a whole.
    private func texts(of lines: CorpusLines, input: CorpusInput) throws -> [String] {
        var texts: [String] = []
        var bytes = 0
        while let line = try lines.next() {
            bytes += line.bytes.count + 1
            guard bytes <= options.fileBytes else {
                throw CorpusError(
                    path: input.path, message: "is larger than \(options.fileBytes) bytes; split it or raise the limit")
            }
            guard !line.bytes.contains(0) else {
                throw CorpusError(
                    path: input.path, line: line.number, message: "binary, or not UTF-8; convert or ignore the file")
            }
            texts.append(try line.text())
        }
        return texts
    }

    private func nextSection(of file: SectionedFile) -> CorpusEvent? {
        guard let (passage, line) = file.next() else { return nil }
        position.lines += 1
        return checked(passage, line: line)
    }

    private func nextLine(of lines: CorpusLines, format: CorpusFormat) -> CorpusEvent? {
        let path = inputs[position.file].path
        do {
            while let line = try lines.next() {
                position.lines = line.number
                if line.bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
                do throws(PassageError) {
                    let passage =
                        format == .tsv
                        ? try TabSeparatedPassages.passage(of: line.bytes) : try JSONPassages.passage(of: line.bytes)
                    return checked(passage, line: line.number)
                } catch {
                    return .broken(CorpusError(path: path, line: line.number, message: error.message, scope: .passage))
                }
            }
            return nil
        } catch {
            position.lines += 1
            return .broken(CorpusError(error, path: path, scope: lines.isDamaged ? .file : .passage))
        }
    }

    private func checked(_ passage: Passage, line: Int) -> CorpusEvent {
        let path = inputs[position.file].path
        do throws(PassageError) {
            try passage.validate(limits: options.limits)
            return .passage(passage, CorpusSource(path: path, line: line))
        } catch {
            return .broken(CorpusError(path: path, line: line, message: error.message, scope: .passage))
        }
    }
}
