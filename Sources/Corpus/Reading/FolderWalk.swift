import Foundation
import JSON

/// Finds the files of a folder and those below it that can be read, in the order of their names' bytes.
///
/// Hidden files and what `.gitignore` leaves out are passed over. Links to files are followed and links to folders are
/// not, as in git, so no loop can arise.
struct FolderWalk {
    private let root: String
    private let format: CorpusFormat?
    private let respectsGitIgnore: Bool
    /// The root as an absolute path without links.
    private let base: String
    private var inputs: [CorpusInput] = []
    private var maximum = 0

    private static let maximumDepth = 128

    init(root: String, options: CorpusOptions) {
        self.root = root.utf8.count > 1 && root.ends(with: "/") ? String(root.unicodeScalars.dropLast()) : root
        base = URL(fileURLWithPath: root).resolvingSymlinksInPath().path
        format = options.format
        respectsGitIgnore = options.respectsGitIgnore
    }

    /// The files; a folder that cannot be read is among them as a problem. Throws where there are too many.
    mutating func inputs(atMost maximum: Int) throws(CorpusError) -> [CorpusInput] {
        self.maximum = maximum
        try visit("", ignore: respectsGitIgnore ? GitIgnore.above(folder: root) : GitIgnore(), depth: 0)
        if inputs.isEmpty {
            let wanted = format.map { "files of the format \($0.rawValue)" } ?? "text, Markdown or HTML files"
            let advice = format == nil ? "; for its TSV or JSONL files, name the format" : ""
            add("", problem: "has no \(wanted)\(advice)", origin: .named)
        }
        return inputs
    }

    private mutating func visit(_ folder: String, ignore: GitIgnore, depth: Int) throws(CorpusError) {
        let path = fullPath(folder)
        guard depth <= Self.maximumDepth else { return add(folder, problem: "is nested too deeply; move it up") }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            return add(
                folder, problem: "folder cannot be read; check its permissions",
                origin: folder.isEmpty ? .named : .folder)
        }
        let ignore = respectsGitIgnore ? ignore.adding(fileIn: path, below: folder) : ignore
        for name in names.sorted(by: { CodePoints($0) < CodePoints($1) }) where !name.begins(with: ".") {
            let relative = folder.isEmpty ? name : "\(folder)/\(name)"
            var status = stat()
            let isWanted = CorpusFormat.isWanted(fileNamed: name, format: format)
            guard lstat(fullPath(relative), &status) == 0 else {
                if isWanted { add(relative, problem: "cannot be opened: \(String(cString: strerror(errno)))") }
                continue
            }
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            guard isFolder || isWanted, !ignore.ignores(path: relative, isFolder: isFolder) else { continue }
            if isFolder {
                try visit(relative, ignore: ignore, depth: depth + 1)
            } else if stat(fullPath(relative), &status) != 0 {
                add(relative, problem: "is a link to nothing; remove it")
            } else if status.st_mode & S_IFMT == S_IFREG {
                guard inputs.count < maximum else {
                    throw CorpusError(path: root, message: "has too many files; give its subfolders one by one")
                }
                inputs.append(
                    CorpusInput(
                        path: fullPath(relative), name: relative, size: Int(status.st_size), origin: .folder, base: base
                    ))
            }
        }
    }

    private func fullPath(_ relative: String) -> String {
        relative.isEmpty ? root : root == "/" ? "/" + relative : "\(root)/\(relative)"
    }

    private mutating func add(_ relative: String, problem: String, origin: CorpusInput.Origin = .folder) {
        let path = fullPath(relative)
        inputs.append(
            CorpusInput(
                path: path, name: relative, problem: CorpusError(path: path, message: problem), origin: origin))
    }
}
