import JSON

/// The rows of a qrels or run file, grouped by query: identifiers and a value each (a grade, a score).
///
/// Queries stand in the order of their first row, rows within a query in the order of the file.
struct QueryRows<Value: Sendable>: Sendable {
    /// Query identifiers.
    private(set) var queries: [String] = []
    /// Number of each query in `queries`.
    private(set) var numbers: [CodePoints: Int] = [:]
    /// Rows of each query.
    private(set) var ranges: [Range<Int>] = []
    /// Line of each query's first row, 0 where the rows come from no file.
    private(set) var firstLines: [Int] = []
    private(set) var docnos = DocnoStorage()
    private(set) var values: [Value] = []

    var count: Int { values.count }

    /// The number of a query in `queries`; `nil` where it is none of them.
    func number(of query: String) -> Int? { numbers[CodePoints(query)] }

    /// Two rows of one query that name the same passage, by their lines and values.
    struct Duplicate {
        let query: String
        let docno: String
        let first: (line: Int, value: Value)
        let second: (line: Int, value: Value)
    }

    /// Collects rows in the order of a file, whose queries may be scattered over it.
    struct Builder {
        private var rows = QueryRows()
        /// Stretches of rows of one query, in file order.
        private var segments: [(query: Int, start: Int)] = []
        private var current: [UInt8] = []
        /// Where line number minus row number changes; there is one entry for each gap such as a blank line.
        private var lineOffsets: [(row: Int, offset: Int)] = []
        /// Whether a query's identifier was no UTF-8, so that it could be taken for another one.
        private(set) var hasInvalidQuery = false

        var count: Int { rows.count }

        mutating func append(
            query: UnsafeRawBufferPointer, docno: UnsafeRawBufferPointer, value: Value, line: Int
        ) {
            if segments.isEmpty || !current.withUnsafeBytes({ $0.equals(query) }) {
                current = Array(query)
                hasInvalidQuery = hasInvalidQuery || String(validating: query, as: UTF8.self) == nil
                let name = CodePoints(String(decoding: query, as: UTF8.self))
                let number = rows.numbers[name] ?? rows.queries.count
                if number == rows.queries.count {
                    rows.numbers[name] = number
                    rows.queries.append(name.text)
                    rows.firstLines.append(line)
                }
                segments.append((number, rows.count))
            }
            let offset = line - rows.count
            if lineOffsets.last?.offset != offset { lineOffsets.append((rows.count, offset)) }
            rows.docnos.append(docno)
            rows.values.append(value)
        }

        /// The grouped rows, each passage of a query once, as its first row has it; `judge` is told of each further row
        /// and throws what it finds wrong with it.
        mutating func finish(_ judge: (Duplicate) throws -> Void) rethrows -> QueryRows {
            var order: [Int]?
            if segments.count == rows.queries.count {
                rows.ranges = segments.indices.map { index in
                    segments[index].start..<(index + 1 < segments.count ? segments[index + 1].start : rows.count)
                }
            } else {
                order = gather()
            }
            let surplus = try duplicates(order: order, judge)
            if !surplus.isEmpty { remove(surplus) }
            return rows
        }

        /// Brings the rows of each query together; returns the old number of each row.
        private mutating func gather() -> [Int] {
            var members: [[Range<Int>]] = Array(repeating: [], count: rows.queries.count)
            for (index, segment) in segments.enumerated() {
                let end = index + 1 < segments.count ? segments[index + 1].start : rows.count
                members[segment.query].append(segment.start..<end)
            }
            var order: [Int] = []
            order.reserveCapacity(rows.count)
            for pieces in members {
                let start = order.count
                for piece in pieces { order.append(contentsOf: piece) }
                rows.ranges.append(start..<order.count)
            }
            rows.docnos = rows.docnos.reordered(order)
            rows.values = order.map { rows.values[$0] }
            return order
        }

        /// The rows that name a passage which their query has already, in rising order.
        private func duplicates(order: [Int]?, _ judge: (Duplicate) throws -> Void) rethrows -> [Int] {
            let docnos = rows.docnos
            var surplus: [Int] = []
            var table = DocnoTable(capacity: rows.ranges.map(\.count).max() ?? 0)
            for (query, range) in rows.ranges.enumerated() {
                table.removeAll()
                for row in range {
                    let earlier = docnos.withBytes(row) { bytes in
                        table.insert(row, hash: DocnoStorage.hash(bytes)) { other in
                            docnos.withBytes(other) { $0.equals(bytes) }
                        }
                    }
                    guard let earlier else { continue }
                    try judge(
                        Duplicate(
                            query: rows.queries[query], docno: docnos.string(row),
                            first: (line(ofRow: order?[earlier] ?? earlier), rows.values[earlier]),
                            second: (line(ofRow: order?[row] ?? row), rows.values[row])))
                    surplus.append(row)
                }
            }
            return surplus
        }

        /// Takes rows out, which are given in rising order.
        private mutating func remove(_ surplus: [Int]) {
            var isKept = [Bool](repeating: true, count: rows.count)
            for row in surplus { isKept[row] = false }
            let kept = isKept.indices.filter { isKept[$0] }
            var start = 0
            rows.ranges = rows.ranges.map { range in
                let end = start + range.count { isKept[$0] }
                defer { start = end }
                return start..<end
            }
            rows.docnos = rows.docnos.reordered(kept)
            rows.values = kept.map { rows.values[$0] }
        }

        private func line(ofRow row: Int) -> Int {
            row + (lineOffsets.last { $0.row <= row }?.offset ?? 0)
        }
    }
}

extension QueryRows {
    /// Sorts each query's rows by `precedes`, equal rows keeping their order; a query in order already costs nothing.
    mutating func sortWithinQueries(by precedes: (Value, Value) -> Bool) {
        var order = Array(0..<count)
        var changed = false
        for range in ranges where !zip(range, range.dropFirst()).allSatisfy({ !precedes(values[$1], values[$0]) }) {
            changed = true
            order[range] = ArraySlice(
                range.sorted {
                    precedes(values[$0], values[$1]) || (!precedes(values[$1], values[$0]) && $0 < $1)
                })
        }
        guard changed else { return }
        docnos = docnos.reordered(order)
        values = order.map { values[$0] }
    }
}
