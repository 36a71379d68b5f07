import Foundation

extension Measure: CustomStringConvertible, LosslessStringConvertible {
    /// ir_measures' canonical name: parameters only where they differ from the default.
    public var description: String {
        var parameters: [String] = []
        if let relevanceThreshold, relevanceThreshold != kind.defaultRelevance {
            parameters.append("rel=\(relevanceThreshold)")
        }
        if persistence != 0.8 { parameters.append("p=\(persistence)") }
        if judgedOnly { parameters.append("judged_only=True") }
        return kind.rawValue + (parameters.isEmpty ? "" : "(\(parameters.joined(separator: ",")))")
            + (cutoff.map { "@\($0)" } ?? "")
    }

    public init?(_ description: String) {
        guard let measure = try? Measure(parsing: description) else { return nil }
        self = measure
    }

    /// Reads ir_measures' notation; `MAP`, `MRR`, `Recall`, `Precision`, `NDCG`, `BPref` and `RPrec` are understood.
    /// Throws `MeasureError`.
    public init(parsing text: String) throws {
        let trimmed = text.trimmingCharacters(in: .whitespaces)
        let parts = trimmed.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count <= 2 else { throw MeasureError("\(text): more than one @") }
        var cutoff: Int?
        if parts.count == 2 {
            guard let number = Int(parts[1].trimmingCharacters(in: .whitespaces)) else {
                throw MeasureError("\(text): the cutoff after @ must be a whole number")
            }
            cutoff = number
        }
        var name = parts[0]
        var parameters: [String: String] = [:]
        if let open = name.firstIndex(of: "(") {
            guard name.hasSuffix(")") else { throw MeasureError("\(text): a closing parenthesis is missing") }
            parameters = try Self.parameters(name[name.index(after: open)...].dropLast(), of: text)
            name = name[..<open]
        }
        let relevance = try Self.number(parameters.removeValue(forKey: "rel"), "rel", of: text, Int.init)
        let persistence = try Self.number(parameters.removeValue(forKey: "p"), "p", of: text, Double.init)
        let judgedOnly = parameters.removeValue(forKey: "judged_only")
        if let judgedOnly, !["True", "False"].contains(judgedOnly) {
            throw MeasureError("\(text): judged_only must be True or False")
        }
        if let unknown = parameters.keys.min() {
            throw MeasureError("\(text): unknown parameter \(unknown); there are rel, p and judged_only")
        }
        try self.init(
            try Self.kind(named: name.trimmingCharacters(in: .whitespaces)), cutoff: cutoff,
            relevanceThreshold: relevance, persistence: persistence, judgedOnly: judgedOnly == "True")
    }

    /// Reads several measures, separated by commas or spaces. Throws `MeasureError`; a measure named twice counts once.
    public static func list(_ text: String) throws -> [Measure] {
        var names: [String] = [""]
        var depth = 0
        for character in text {
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            if depth == 0, character == "," || character.isWhitespace {
                names.append("")
            } else {
                names[names.count - 1].append(character)
            }
        }
        var measures: [Measure] = []
        for name in names where !name.isEmpty {
            let measure = try Measure(parsing: name)
            if !measures.contains(measure) { measures.append(measure) }
        }
        guard !measures.isEmpty else { throw MeasureError("no measure named; for instance nDCG@10") }
        return measures
    }

    private static let aliases: [String: Kind] = [
        "map": .ap, "mrr": .rr, "precision": .precision, "recall": .recall,
    ]

    private static func kind(named name: String) throws -> Kind {
        let lowered = name.lowercased()
        if let kind = aliases[lowered] ?? Kind.allCases.first(where: { $0.rawValue.lowercased() == lowered }) {
            return kind
        }
        let known = Kind.allCases.map(\.rawValue).joined(separator: ", ")
        throw MeasureError("unknown measure \(name); there are \(known)")
    }

    private static func parameters(_ text: Substring, of measure: String) throws -> [String: String] {
        var parameters: [String: String] = [:]
        for parameter in text.split(separator: ",") {
            let sides = parameter.split(separator: "=").map { $0.trimmingCharacters(in: .whitespaces) }
            guard sides.count == 2, parameters.updateValue(sides[1], forKey: sides[0]) == nil else {
                throw MeasureError("\(measure): parameters are written name=value, each once")
            }
        }
        return parameters
    }

    private static func number<Number>(
        _ text: String?, _ name: String, of measure: String, _ parse: (String) -> Number?
    ) throws -> Number? {
        guard let text else { return nil }
        guard let number = parse(text) else { throw MeasureError("\(measure): \(name)=\(text) is not a number") }
        return number
    }
}

extension Measure: Codable {
    public init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
