import Foundation
import JSON

/// One file of a corpus, found but not yet opened.
struct CorpusInput: Sendable {
    /// Path to open; `-` is standard input.
    let path: String
    /// Path as ids and metadata have it: relative to the folder that was given, or as the file was given.
    var name: String
    /// Bytes on disk; `nil` where they are not known.
    var size: Int?
    /// Why there is nothing to open.
    var problem: CorpusError?

    /// The files that some paths lead to, folders opened up. Throws for a path that leads nowhere.
    static func inputs(at paths: [String], options: CorpusOptions) throws(CorpusError) -> [CorpusInput] {
        var inputs: [CorpusInput] = []
        var names: Set<CodePoints> = []
        for path in paths {
            var status = stat()
            guard path == "-" || stat(path, &status) == 0 else {
                throw CorpusError(path: path, message: "cannot be opened: \(String(cString: strerror(errno)))")
            }
            let kind = status.st_mode & S_IFMT
            if path != "-", kind == S_IFDIR {
                var walk = FolderWalk(root: path, options: options)
                let found = try walk.inputs(atMost: options.files - inputs.count)
                // Two folders may have a file of the same name, whose passages must not replace one another.
                inputs += found.map { input in
                    var input = input
                    if !names.insert(CodePoints(input.name)).inserted { input.name = input.path }
                    return input
                }
            } else {
                let name =
                    path == "-" ? "stdin" : path.begins(with: "./") ? String(path.unicodeScalars.dropFirst(2)) : path
                let size = path != "-" && kind == S_IFREG ? Int(status.st_size) : nil
                names.insert(CodePoints(name))
                inputs.append(CorpusInput(path: path, name: name, size: size))
            }
        }
        return inputs
    }
}
