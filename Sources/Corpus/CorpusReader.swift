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
/// Folders give their text, Markdown and HTML files, told by their names, a passage a section. What cannot be read is an event as well: the
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
        case tabSeparated(CorpusLines, TabSeparatedPassages)
        case json(CorpusLines)
        case sections(SectionedFile)

        var lines: CorpusLines? {
            switch self {
            case .tabSeparated(let lines, _), .json(let lines): lines
            case .sections: nil
            }
        }
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
            case .tabSeparated(let lines, let rows):
                event = nextLine(of: lines) { line throws(PassageError) in
                    try rows.passage(of: line.bytes, number: line.number)
                }
            case .json(let lines):
                event = nextLine(of: lines) { line throws(PassageError) in try JSONPassages.passage(of: line.bytes) }
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
            if let current { bytes += min(size, current.lines?.bytesRead ?? size) }
        } else if let lines = current?.lines {
            bytes += lines.bytesRead
        }
        mostBytesRead = max(mostBytesRead, bytes)
        return CorpusProgress(
            bytesRead: mostBytesRead, totalBytes: isTotalKnown ? bytesBefore[inputs.count] : nil, filesRead: file,
            files: inputs.count)
    }

    /// The absolute path of the folder that the last passage's path is relative to; `nil` for passages whose ids are not
    /// made of a path, or of a whole one.
    public var base: String? {
        guard case .sections = current, position.file < inputs.count else { return nil }
        return inputs[position.file].base
    }

    /// What tells this input from another, or from a changed one. Reads every file.
    public func fingerprint() throws(CorpusError) -> InputFingerprint {
        try InputFingerprint(of: inputs)
    }

    private func finishFile() {
        if let lines = current?.lines, inputs[position.file].size == nil { pipeBytes += lines.bytesRead }
        current = nil
        position = CorpusPosition(file: position.file + 1, lines: 0)
    }

    /// Opens the file at `position`, and skips what is done of it; returns what prevents that.
    private func open() -> CorpusError? {
        let input = inputs[position.file]
        if let problem = input.problem { return lost(problem) }
        do {
            let named = options.format ?? (input.origin == .folder ? CorpusFormat.ofFolderFile(named: input.name) : nil)
            let known = named ?? CorpusFormat.detected(name: input.name, lines: [])
            let limit = known.map(\.isLineByLine) ?? true ? options.lineBytes : options.fileBytes
            let lines = try CorpusLines(path: input.path, maximumLineBytes: limit)
            let sample = named == nil ? lines.peek(CorpusFormat.sampleLines) : []
            guard let format = named ?? CorpusFormat.detected(name: input.name, lines: sample) else {
                // Without a single line there is nothing to be told, nor to be read.
                guard !sample.isEmpty || lines.isDamaged else {
                    current = .json(lines)
                    return nil
                }
                return lost(
                    CorpusError(
                        path: input.path,
                        message: "format not recognised; name it if it is one of "
                            + CorpusFormat.allCases.map(\.rawValue).joined(separator: ", ")))
            }
            guard format.isLineByLine else {
                let file = SectionedFile(
                    lines: try WholeFile.texts(of: lines, format: format, path: input.path, limit: options.fileBytes),
                    name: input.name, format: format, plainTextBytes: options.plainTextBytes)
                file.skip(position.lines)
                current = .sections(file)
                return nil
            }
            current =
                format == .tsv
                ? .tabSeparated(lines, TabSeparatedPassages(firstLine: lines.peekFirst())) : .json(lines)
            let skipped = lines.skip(position.lines)
            guard skipped == position.lines else {
                return lost(
                    CorpusError(
                        path: input.path,
                        message:
                            "has \(skipped) lines, fewer than the \(position.lines) that were read before; start anew"))
            }
            return nil
        } catch let error as CorpusError {
            return lost(error)
        } catch {
            return lost(CorpusError(error, path: input.path, scope: .file))
        }
    }

    /// An error that costs a file, and more than the file where its own path was given.
    private func lost(_ error: CorpusError) -> CorpusError {
        var error = error
        if inputs[position.file].origin == .named { error.isLoss = true }
        return error
    }

    private func nextSection(of file: SectionedFile) -> CorpusEvent? {
        guard let (passage, line) = file.next() else { return nil }
        position.lines += 1
        return checked(passage, line: line)
    }

    private func nextLine(
        of lines: CorpusLines, _ passage: (LineReader.Line) throws(PassageError) -> Passage?
    ) -> CorpusEvent? {
        let path = inputs[position.file].path
        do {
            while let line = try lines.next() {
                position.lines = line.number
                if line.bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
                do throws(PassageError) {
                    guard let passage = try passage(line) else { continue }
                    return checked(passage, line: line.number)
                } catch {
                    return .broken(CorpusError(path: path, line: line.number, message: error.message, scope: .passage))
                }
            }
            return nil
        } catch {
            position.lines += 1
            var broken = CorpusError(error, path: path, scope: lines.isDamaged ? .file : .passage)
            // Whatever names the file: what it breaks off in the midst of was meant to be read.
            broken.isLoss = lines.isDamaged
            return .broken(broken)
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
