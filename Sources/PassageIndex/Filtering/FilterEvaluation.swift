import GRDB
import GRDBSQLite
import JSON

/// Finds the passages that a filter lets through, in the state that a transaction sees.
///
/// Conditions on declared fields are looked up in their indexes, one set each; those on others are joined into as few
/// scans over the passages as the filter's shape allows.
struct FilterEvaluation {
    let database: Database
    /// Positions of the declared fields by name.
    let declared: [CodePoints: Int]
    /// The first number that no passage has yet.
    let limit: Int

    init(_ database: Database, declared: [String]) throws {
        self.database = database
        // What comes from a file is not put into a literal on trust.
        self.declared = Dictionary(
            declared.enumerated().filter { FilterField.canBeDeclared($1) }.map { (CodePoints($1), $0) },
            uniquingKeysWith: { first, _ in first })
        limit = try database.state("next_passage")
    }

    /// The set; of numbers that no live passage has it may hold any. Throws `DatabaseError`.
    ///
    /// - Parameter filter: simplified, so that it is no deeper and no longer than its conditions make it.
    func passages(_ filter: MetadataFilter) throws -> PassageSet {
        switch filter {
        case .and(let parts) where parts.isEmpty: return PassageSet(limit: limit, isFull: true)
        case .or(let parts) where parts.isEmpty: return PassageSet(limit: limit)
        default: break
        }
        if needsScan(filter) { return try scan(filter) }
        switch filter {
        case .and(let parts):
            var found = PassageSet(limit: limit, isFull: true)
            for part in joined(parts, as: MetadataFilter.and) { found.formIntersection(try passages(part)) }
            return found
        case .or(let parts):
            var found = PassageSet(limit: limit)
            for part in joined(parts, as: MetadataFilter.or) { found.formUnion(try passages(part)) }
            return found
        case .not(let part):
            var found = try passages(part)
            found.formComplement()
            return found
        case .isIn(let field, _), .range(let field, _, _):
            var found = PassageSet(limit: limit)
            let statement = FilterStatement(filter, on: FilterField(declared: field.text))
            for lookup in statement.lookups(position: declared[field] ?? 0) { try collect(lookup, into: &found) }
            return found
        }
    }

    /// Whether no condition in a filter can be looked up.
    private func needsScan(_ filter: MetadataFilter) -> Bool { filter.fields.allSatisfy { declared[$0] == nil } }

    /// The parts, with those that need a scan made one.
    private func joined(
        _ parts: [MetadataFilter], as join: ([MetadataFilter]) -> MetadataFilter
    ) -> [MetadataFilter] {
        let scanned = parts.filter(needsScan)
        let looked = parts.filter { !needsScan($0) }
        return scanned.isEmpty ? looked : looked + [join(scanned)]
    }

    private func scan(_ filter: MetadataFilter) throws -> PassageSet {
        var found = PassageSet(limit: limit)
        try collect(SQL("SELECT number FROM passages WHERE \(literal: condition(filter))"), into: &found)
        return found
    }

    /// The whole filter as one condition, which is true or false for every passage and never NULL.
    private func condition(_ filter: MetadataFilter) -> SQL {
        func join(_ parts: [SQL], _ word: String, empty: String) -> SQL {
            parts.isEmpty ? SQL(sql: empty) : parts.map { SQL("(\(literal: $0))") }.joined(separator: " \(word) ")
        }
        switch filter {
        case .and(let parts): return join(parts.map(condition), "AND", empty: "TRUE")
        case .or(let parts): return join(parts.map(condition), "OR", empty: "FALSE")
        case .not(let part): return SQL("NOT (\(literal: condition(part)))")
        case .isIn(let field, _), .range(let field, _, _):
            return FilterStatement(filter, on: FilterField(bound: field.text)).condition
        }
    }

    /// Puts in the numbers that a query finds.
    private func collect(_ query: SQL, into found: inout PassageSet) throws {
        // Not cached: there are as many such statements as users think of.
        let statement = try database.makeStatement(literal: query)
        try database.forEachRow(of: statement) { row in found.insert(Int(sqlite3_column_int64(row, 0))) }
    }
}
