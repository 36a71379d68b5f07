import Foundation
import JSON
import TextFiles

/// The patterns of a `.gitignore` file, or of several laid over one another.
///
///     let ignore = GitIgnore.above(folder: "notes").adding(fileIn: "notes", at: "")
///     ignore.ignores(path: "drafts/old.md", isFolder: false)
///
/// As in git, the last pattern that matches decides, and files in deeper folders come later. That nothing below an
/// ignored folder can be kept follows from not looking into such folders.
package struct GitIgnore: Sendable {
    private struct Layer: Sendable {
        /// Path of the patterns' folder from the root of the walk, with its closing `/`; empty at the root.
        let below: String
        /// Names between the patterns' folder and the root of the walk, where it lies above it; ends with `/`.
        let above: String
        let patterns: [GitIgnorePattern]
    }

    private var layers: [Layer] = []

    package init() {}

    /// Whether a file or folder, its path relative to the root of the walk, is to be left out.
    package func ignores(path: String, isFolder: Bool) -> Bool {
        for layer in layers.reversed() where path.begins(with: layer.below) {
            let relative = layer.above + Substring(path.utf8.dropFirst(layer.below.utf8.count))
            if let decisive = layer.patterns.last(where: { $0.matches(path: relative, isFolder: isFolder) }) {
                return !decisive.isNegated
            }
        }
        return false
    }

    /// The same with patterns that hold below `folder`, a path relative to the root of the walk.
    package func adding(patterns text: String, below folder: String = "") -> GitIgnore {
        let patterns = text.utf8.split(separator: 0x0A).compactMap { GitIgnorePattern(line: Array($0)[...]) }
        return adding(Layer(below: folder.isEmpty ? "" : folder + "/", above: "", patterns: patterns))
    }

    /// The same with the `.gitignore` file in `path`, where there is one that can be read.
    package func adding(fileIn path: String, below folder: String = "") -> GitIgnore {
        let patterns = Self.patterns(in: path + "/.gitignore")
        return adding(Layer(below: folder.isEmpty ? "" : folder + "/", above: "", patterns: patterns))
    }

    /// What a repository around a folder says about it: `.git/info/exclude` and the `.gitignore` files from the
    /// repository's root down to the folder's parent. Empty outside a repository.
    package static func above(folder: String) -> GitIgnore {
        var names: [Substring] = []
        var found: [Layer] = []
        var current = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path
        while true {
            let prefix = names.reversed().map { $0 + "/" }.joined()
            if !names.isEmpty {
                found.append(Layer(below: "", above: prefix, patterns: patterns(in: current + "/.gitignore")))
            }
            if FileManager.default.fileExists(atPath: current + "/.git") {
                found.append(Layer(below: "", above: prefix, patterns: patterns(in: current + "/.git/info/exclude")))
                return found.reversed().reduce(GitIgnore()) { $0.adding($1) }
            }
            guard current != "/", let slash = current.utf8.lastIndex(of: UInt8(ascii: "/")) else { return GitIgnore() }
            names.append(current[current.utf8.index(after: slash)...])
            current = slash == current.startIndex ? "/" : String(current[..<slash])
        }
    }

    private func adding(_ layer: Layer) -> GitIgnore {
        guard !layer.patterns.isEmpty else { return self }
        var result = self
        result.layers.append(layer)
        return result
    }

    /// As git does, takes a file that cannot be read for an empty one.
    private static func patterns(in path: String) -> [GitIgnorePattern] {
        guard let lines = try? LineReader(path: path, maximumLineBytes: 1 << 16) else { return [] }
        var patterns: [GitIgnorePattern] = []
        while patterns.count < 100_000, let line = try? lines.next() {
            if let pattern = GitIgnorePattern(line: line.bytes) { patterns.append(pattern) }
        }
        return patterns
    }
}
