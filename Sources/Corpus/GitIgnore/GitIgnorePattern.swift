/// One line of a `.gitignore` file, in the pattern language of gitignore(5).
///
/// The pattern is matched as a nondeterministic automaton, all states side by side, so that no pattern takes longer
/// than its own length times the path's.
package struct GitIgnorePattern: Sendable {
    /// Starts with `!`: what matches is kept after all.
    package let isNegated: Bool
    /// Ends with `/`: matches folders only.
    package let matchesFoldersOnly: Bool
    /// Has a `/` before its end: matched against the path below the file's own folder, otherwise against the name alone.
    package let isAnchored: Bool

    enum Step: Sendable {
        case byte(UInt8)
        /// `?`: any byte but `/`.
        case any
        /// `[…]`: one of these bytes.
        case oneOf(ByteSet)
        /// `*`: any bytes but `/`, or none.
        case star
        /// `**` at the end of a path: any bytes, or none.
        case everything
        /// `**/`, first half: may be left out together with the second.
        case optionalFolders
        /// `**/`, second half: any bytes up to some `/`.
        case throughSlash
    }

    private let steps: [Step]

    /// Reads a line; `nil` where it is blank, a comment, or malformed, which git takes to match nothing.
    package init?(line: ArraySlice<UInt8>) {
        var rest = Self.withoutTrailingSpaces(line.last == 0x0D ? line.dropLast() : line)
        guard let first = rest.first, first != UInt8(ascii: "#") else { return nil }
        isNegated = first == UInt8(ascii: "!")
        if isNegated { rest = rest.dropFirst() }
        matchesFoldersOnly = rest.last == UInt8(ascii: "/")
        if matchesFoldersOnly { rest = rest.dropLast() }
        isAnchored = rest.contains(UInt8(ascii: "/"))
        if rest.first == UInt8(ascii: "/") { rest = rest.dropFirst() }
        guard !rest.isEmpty, let steps = Self.steps(of: Array(rest), isPath: isAnchored) else { return nil }
        self.steps = steps
    }

    /// Whether the pattern matches a path relative to the folder of the `.gitignore` file, `/` between its names.
    package func matches(path: String, isFolder: Bool) -> Bool {
        guard isFolder || !matchesFoldersOnly else { return false }
        var path = path.utf8[...]
        if !isAnchored, let slash = path.lastIndex(of: UInt8(ascii: "/")) { path = path[path.index(after: slash)...] }

        var states = [Bool](repeating: false, count: steps.count + 1)
        var next = states
        states[0] = true
        passEmpty(&states)
        for byte in path {
            guard advance(states, over: byte, into: &next) else { return false }
            swap(&states, &next)
            passEmpty(&states)
        }
        return states[steps.count]
    }

    /// Fills `next` with the states after one more byte; false where there are none.
    private func advance(_ states: [Bool], over byte: UInt8, into next: inout [Bool]) -> Bool {
        for index in next.indices { next[index] = false }
        var isAlive = false
        for (index, step) in steps.enumerated() where states[index] {
            let isSlash = byte == UInt8(ascii: "/")
            var stays = false
            var goesOn = false
            switch step {
            case .byte(let wanted): goesOn = byte == wanted
            case .any: goesOn = !isSlash
            case .oneOf(let set): goesOn = !isSlash && set.contains(byte)
            case .star: stays = !isSlash
            case .everything: stays = true
            case .optionalFolders: break
            case .throughSlash:
                stays = true
                goesOn = isSlash
            }
            next[index] = next[index] || stays
            next[index + 1] = next[index + 1] || goesOn
            isAlive = isAlive || stays || goesOn
        }
        return isAlive
    }

    /// Adds the states that can be reached without a byte.
    private func passEmpty(_ states: inout [Bool]) {
        for (index, step) in steps.enumerated() where states[index] {
            switch step {
            case .star, .everything: states[index + 1] = true
            case .optionalFolders:
                states[index + 1] = true
                states[index + 2] = true
            default: break
            }
        }
    }

    private static func withoutTrailingSpaces(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var end = line.startIndex
        var position = line.startIndex
        while position < line.endIndex {
            let isEscape = line[position] == UInt8(ascii: "\\") && position + 1 < line.endIndex
            if line[position] != UInt8(ascii: " ") { end = position + (isEscape ? 2 : 1) }
            position += isEscape ? 2 : 1
        }
        return line[..<end]
    }
}
