/// The values which a path gave for its pattern's `{name}`s: few, so a list rather than a dictionary.
public struct PathParameters: Sendable, ExpressibleByDictionaryLiteral {
    var names: [String]
    var values: [String]

    public init() {
        names = []
        values = []
    }

    init(names: [String], values: [String]) {
        self.names = names
        self.values = values
    }

    public init(dictionaryLiteral elements: (String, String)...) {
        names = elements.map(\.0)
        values = elements.map(\.1)
    }

    /// The percent-decoded value. It is what the client wrote: any text but the empty one, `/`, `..` and NUL included.
    public subscript(_ name: String) -> String? {
        names.firstIndex(of: name).flatMap { $0 < values.count ? values[$0] : nil }
    }
}
