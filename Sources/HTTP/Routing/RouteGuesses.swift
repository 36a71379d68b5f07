/// What was probably meant by a path that leads nowhere.
struct RouteGuesses: Sendable {
    /// What stands where a path leads to.
    enum End {
        case route
        /// A route that ends in a `{name}`, behind which there are no others.
        case parameter
    }

    /// Paths of more segments are not looked at: guessing is done on an event loop.
    private static let mostSegments = 32

    private let hints: [(path: String, meant: String)]
    private let prefixes: [String]
    private let end: @Sendable (String) -> End?

    /// - Parameter end: where a path leads to, nil where to no route.
    init(_ router: Router, end: @escaping @Sendable (String) -> End?) {
        hints = router.hints
        prefixes = router.prefixes
        self.end = end
    }

    /// A sentence that names the path meant, nil where none is like it.
    func meant(by path: Substring) -> String? {
        let segments = path.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
        guard segments.count <= Self.mostSegments else { return nil }
        let plain = "/" + segments.joined(separator: "/")
        if let hint = hints.first(where: { $0.path.utf8.elementsEqual(plain.utf8) }) {
            return "Is \(hint.meant) meant?"
        }
        var candidates = [plain]
        for prefix in prefixes {
            candidates.append(prefix + plain)
            if plain.hasPrefix(prefix + "/") { candidates.append(String(plain.dropFirst(prefix.count))) }
        }
        if let candidate = candidates.first(where: { end($0) != nil }) { return "Is \(candidate) meant?" }
        // A name with slashes in it has become several segments, of which the first leads somewhere.
        for count in stride(from: segments.count - 1, to: 0, by: -1) {
            let start = "/" + segments[..<count].joined(separator: "/")
            guard end(start) == .parameter else { continue }
            let escaped = start + "%2F" + segments[count...].joined(separator: "%2F")
            return "Is \(escaped) meant? A slash within a name is written %2F."
        }
        return nil
    }
}
