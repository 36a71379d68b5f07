import Foundation
import JSON

/// One file of a corpus, found but not yet opened.
struct CorpusInput: Sendable {
    /// How a file came to be among the inputs.
    enum Origin: Sendable {
        /// Its own path was given.
        case named
        /// It was found in a folder.
        case folder
    }

    /// Path to open; `-` is standard input.
    let path: String
    /// Path as ids and metadata have it: relative to the folder that was given, or as the file was given.
    var name: String
    /// Bytes on disk; `nil` where they are not known.
    var size: Int?
    /// Why there is nothing to open.
    var problem: CorpusError?
    var origin = Origin.named
    /// Absolute path of the folder that `name` is relative to; `nil` where the name says all.
    var base: String?

    /// The files that some paths lead to, folders opened up. Throws for a path that leads nowhere.
    static func inputs(at paths: [String], options: CorpusOptions) throws(CorpusError) -> [CorpusInput] {
        var inputs: [CorpusInput] = []
        // Two folders may have a file of the same name, whose passages must not replace one another.
        var names: Set<CodePoints> = []
        func add(_ input: CorpusInput) {
            var input = input
            if !names.insert(CodePoints(input.name)).inserted {
                (input.name, input.base) = (input.path, workingFolder(of: input.path))
            }
            inputs.append(input)
        }
        for path in paths {
            var status = stat()
            guard path == "-" || stat(path, &status) == 0 else {
                throw CorpusError(path: path, message: "cannot be opened: \(String(cString: strerror(errno)))")
            }
            let kind = status.st_mode & S_IFMT
            if path != "-", kind == S_IFDIR {
                var walk = FolderWalk(root: path, options: options)
                try walk.inputs(atMost: options.files - inputs.count).forEach(add)
            } else {
                let name =
                    path == "-" ? "stdin" : path.begins(with: "./") ? String(path.unicodeScalars.dropFirst(2)) : path
                let size = path != "-" && kind == S_IFREG ? Int(status.st_size) : nil
                add(CorpusInput(path: path, name: name, size: size, base: workingFolder(of: path)))
            }
        }
        return inputs
    }

    /// What a path as it was given is relative to; `nil` for one that is absolute, and for standard input.
    private static func workingFolder(of path: String) -> String? {
        path == "-" || path.begins(with: "/") ? nil : FileManager.default.currentDirectoryPath
    }
}
