import GRDB

/// What SQL says of a condition on one field; every value of the user's is bound.
struct FilterStatement {
    private let field: FilterField
    /// Conditions on a row of `passages`, of which one must hold where the field is no array.
    private let scalar: [SQL]
    /// Conditions on the columns `type` and `value` of an element of an array.
    private let element: [SQL]

    /// - Parameter condition: what the field must be; for combinations nothing holds.
    init(_ condition: MetadataFilter, on field: FilterField) {
        self.field = field
        let (elementType, elementValue) = (SQL(sql: "type"), SQL(sql: "value"))
        switch condition {
        case .isIn(_, let values):
            let absent = [SQL("\(literal: field.type) IS NULL"), SQL("\(literal: field.type) = 'null'")]
            scalar =
                Self.equalities(values, type: field.type, value: field.value)
                + (values.contains(.absent) ? absent : [])
            element = Self.equalities(values, type: elementType, value: elementValue)
        case .range(_, let lower, let upper):
            scalar = [Self.bounds(lower, upper, type: field.type, value: field.value)]
            element = [Self.bounds(lower, upper, type: elementType, value: elementValue)]
        case .and, .or, .not: (scalar, element) = ([], [])
        }
    }

    /// Queries for the numbers of passages, each answered by an index; together they find all.
    ///
    /// - Parameter position: of the field among those that the index declares.
    func lookups(position: Int) -> [SQL] {
        scalar.map { SQL("SELECT number FROM passages WHERE \(literal: $0)") }
            + element.map { SQL("SELECT number FROM elements WHERE field = \(position) AND \(literal: $0)") }
    }

    /// The whole as one condition on a row of `passages`, true or false and never NULL.
    var condition: SQL {
        func any(_ parts: [SQL]) -> SQL { parts.map { SQL("(\(literal: $0))") }.joined(separator: " OR ") }
        var parts = scalar
        if !element.isEmpty {
            parts.append(
                SQL(
                    """
                    \(literal: field.type) = 'array'
                    AND EXISTS (SELECT 1 FROM \(literal: field.elements) WHERE \(literal: any(element)))
                    """))
        }
        return parts.isEmpty ? SQL(sql: "FALSE") : SQL("(\(literal: any(parts))) IS TRUE")
    }

    private static func equalities(_ values: [MetadataFilter.Value], type: SQL, value: SQL) -> [SQL] {
        var (texts, numbers, words): ([DatabaseValue], [DatabaseValue], Set<String>) = ([], [], [])
        for value in values {
            switch value {
            case .string(let text): texts.append(text.text.databaseValue)
            case .integer(let number): numbers.append(number.databaseValue)
            case .number(let number): numbers.append(number.databaseValue)
            case .bool(let isTrue): words.insert(isTrue ? "true" : "false")
            case .absent: break
            }
        }
        var alternatives = words.sorted().map { SQL("\(literal: type) = \($0)") }
        if !texts.isEmpty { alternatives.append(SQL("\(literal: type) = 'text' AND \(literal: value) IN \(texts)")) }
        if !numbers.isEmpty {
            alternatives.append(
                SQL("\(literal: type) IN ('integer', 'real') AND \(literal: value) IN \(numbers)"))
        }
        return alternatives
    }

    private static func bounds(
        _ lower: MetadataFilter.Bound?, _ upper: MetadataFilter.Bound?, type: SQL, value: SQL
    ) -> SQL {
        let isString = (lower ?? upper)?.value.isString ?? false
        var parts = [SQL("\(literal: type) IN \(isString ? ["text"] : ["integer", "real"])")]
        for (bound, comparison) in [(lower, ">"), (upper, "<")] {
            guard let bound else { continue }
            let end: DatabaseValue =
                switch bound.value {
                case .string(let text): text.text.databaseValue
                case .integer(let number): number.databaseValue
                case .number(let number): number.databaseValue
                case .bool, .absent: .null
                }
            parts.append(SQL("\(literal: value) \(sql: comparison + (bound.isInclusive ? "=" : "")) \(end)"))
        }
        return parts.joined(separator: " AND ")
    }
}
