import Corpus
import Foundation
import GRDB
import JSON
import PassageIndex
import Ranking
import Testing

/// Which passages a filter lets through, with and without declared fields, against a reading of the filter's own.
@Suite struct MetadataFilterTests {
    private static let sections: [JSONValue] = [
        "net", "graphics", "it's", "\"quoted\"", "a\\b", "% _", "", "1", "true", "naïve 漢字", "[\"net\"]",
        "; DROP TABLE passages",
    ]
    private static let fields: [CodePoints] = [
        "section", "size", "tags", "flag", "a.b", "a[0]", "it's", "Größe", "$.x", "--", "?", "and_",
    ]

    /// Seeded metadata of every type, some of them missing.
    private static func metadata(_ count: Int, seed: UInt64) -> [[CodePoints: JSONValue]] {
        var state = seed
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        func scalar() -> JSONValue {
            switch next(6) {
            case 0: .integer(Int64(next(20)) - 5)
            case 1: .number(Double(next(40)) / 4 - 2.5)
            case 2: .bool(next(2) == 0)
            case 3: .null
            default: sections[next(sections.count)]
            }
        }
        return (0..<count).map { _ in
            var metadata: [CodePoints: JSONValue] = [:]
            for field in fields where next(3) > 0 {
                switch next(8) {
                case 0: metadata[field] = .array((0..<next(4)).map { _ in scalar() })
                case 1: metadata[field] = ["section": "net", "size": 3]
                default: metadata[field] = scalar()
                }
            }
            return metadata
        }
    }

    /// Filters as users write them; every one is tried on each of the index's kinds.
    private static let filters: [JSONValue] = [
        [:], ["and": []], ["or": []], ["not": ["or": []]],
        ["section": "net"], ["section": "it's"], ["section": "\"quoted\""], ["section": "a\\b"], ["section": "% _"],
        ["section": ""], ["section": "[\"net\"]"], ["section": "; DROP TABLE passages"], ["section": "1"],
        ["section": "true"], ["section": 1], ["section": true], ["flag": true], ["flag": false], ["flag": nil],
        ["size": 3], ["size": 3.0], ["size": 2.5], ["size": ["gte": 2]], ["size": ["gt": 2, "lte": 6.25]],
        ["size": ["lt": -1.5]], ["section": ["gt": "g", "lt": "o"]], ["section": ["gte": "漢"]],
        ["size": ["gte": "0"]], ["tags": ["gt": 0, "lt": 1]], ["tags": "net"], ["tags": nil],
        ["tags": ["in": ["net", 3, false, nil]]], ["section": ["in": []]],
        ["section": ["in": ["net", "1", "nowhere"]]],
        ["a.b": "net"], ["a[0]": 3], ["it's": "it's"], ["Größe": ["gte": 0]], ["$.x": "net"], ["--": "net"],
        ["?": "net"],
        ["absent field": nil], ["absent field": "x"], ["section": "net", "size": ["gt": 0]],
        ["not": ["section": "net"]], ["not": ["size": ["gte": 0]]], ["not": ["tags": nil]],
        ["or": [["section": "net"], ["a.b": "net"], ["size": 3]]],
        [
            "and": [
                ["not": ["section": "net"]], ["or": [["flag": true], ["tags": "net"], ["--": nil]]],
                ["size": ["gt": 0]],
            ]
        ],
        ["not": ["and": [["not": ["flag": nil]], ["not": ["?": "net"]], ["and_": 1]]]],
        // Empty lists say something only where they stand.
        ["or": [["and": []], ["section": "net"]]], ["and": [["or": []], ["section": "net"]]],
        ["or": [["or": []], ["section": "net"], ["or": [["and": [["size": 3]]], ["not": ["and": []]]]]]],
        ["and": [["and": []], ["not": ["not": ["section": "net"]]], ["or": [["or": [["size": 3], ["flag": true]]]]]]],
        ["not": ["or": [["section": ["in": []]], ["not": ["or": [["and": []]]]]]]],
        ["and": [["not": ["section": ["in": []]]], [:], ["a.b": "net"]]],
    ]

    /// The filter read once more, with no SQL in it.
    private static func fits(_ metadata: [CodePoints: JSONValue], _ filter: JSONValue) -> Bool {
        (filter.objectValue ?? [:]).allSatisfy { name, value in
            switch name {
            case "and": return (value.arrayValue ?? []).allSatisfy { fits(metadata, $0) }
            case "or": return (value.arrayValue ?? []).contains { fits(metadata, $0) }
            case "not": return !fits(metadata, value)
            default: break
            }
            let held = metadata[name] ?? .null
            let values = held.arrayValue ?? [held]
            func equals(_ other: JSONValue) -> Bool {
                if other == .null { return held == .null }
                return values.contains { value in
                    if let a = value.numberValue, let b = other.numberValue { return a == b }
                    return value != .null && value == other
                }
            }
            guard let comparison = value.objectValue else { return equals(value) }
            if let list = comparison["in"]?.arrayValue { return list.contains(where: equals) }
            return values.contains { value in
                comparison.allSatisfy { name, end in
                    let order: Int
                    if let a = value.numberValue, let b = end.numberValue {
                        order = a < b ? -1 : a > b ? 1 : 0
                    } else if let a = value.stringValue, let b = end.stringValue {
                        let (a, b) = (Array(a.utf8), Array(b.utf8))
                        order = a.lexicographicallyPrecedes(b) ? -1 : a == b ? 0 : 1
                    } else {
                        return false
                    }
                    switch name {
                    case "gt": return order > 0
                    case "gte": return order >= 0
                    case "lt": return order < 0
                    default: return order <= 0
                    }
                }
            }
        }
    }

    private static func passages(_ count: Int, seed: UInt64, prefix: String = "") -> [Passage] {
        zip(TestPassages.random(count, seed: seed), metadata(count, seed: seed &+ 99)).map {
            Passage(id: prefix + $0.id, text: $0.text, metadata: $1)
        }
    }

    /// What a filter keeps of the candidates is what scoring everything and filtering afterwards keeps.
    private func expectExact(_ reader: IndexReader, _ state: PostingsState) throws {
        try reader.withSnapshot { snapshot in
            for query in ["word3", "word1 word40", "word0 word1 word2 word59", "absent"] {
                let all = try snapshot.exhaustiveCandidates(query, limit: 100_000, bm25: BM25())
                let stored = try snapshot.passages(all.map(\.number))
                for json in Self.filters {
                    let filter = try MetadataFilter(json)
                    let allowed = try #require(try snapshot.passages(matching: filter))
                    let expected = all.filter { Self.fits(stored[$0.number]?.metadata ?? [:], json) }
                    for limit in [1, 10, 100_000] {
                        let found = try snapshot.candidates(query, limit: limit, bm25: BM25(), within: allowed)
                        let scored = try snapshot.exhaustiveCandidates(
                            query, limit: limit, bm25: BM25(), within: allowed)
                        #expect(found == Array(expected.prefix(limit)), "\(json)")
                        #expect(scored == found, "\(json)")
                    }
                }
            }
            let used = try snapshot.postingsState().state
            #expect(used == state)
        }
    }

    @Test(arguments: [[], ["section", "size", "tags", "flag", "a.b"]])
    func filteredCandidatesAreExactThroughAdditionsAndRemovals(declared: [String]) throws {
        let scratch = try Scratch()
        let settings = IndexSettings(models: TestModels.none, fields: declared)
        let writer = try IndexWriter(scratch.folder(), settings: settings, models: TestModels.none)
        try writer.add(Self.passages(1500, seed: 5))
        try writer.commit()
        let reader = try IndexReader(scratch.folder(), models: TestModels.none)
        #expect(reader.settings.fields == declared)
        try expectExact(reader, .missing)
        try PostingsBuilder(scratch.folder()).build()
        try expectExact(IndexReader(scratch.folder(), models: TestModels.none), .ready)
        // New passages, new metadata under known ids, and removals, all after the postings were made.
        try writer.add(Self.passages(200, seed: 6) + Self.passages(150, seed: 7, prefix: "new-"))
        try writer.delete(ids: (300..<600).map { "p\($0)" } + ["new-p3"])
        try expectExact(IndexReader(scratch.folder(), models: TestModels.none), .ready)
        #expect(try IndexVerifier(scratch.folder()).run().problems == [])
    }

    @Test func elementsThatGoAstrayAreNoticed() throws {
        let scratch = try Scratch()
        let settings = IndexSettings(models: TestModels.none, fields: ["section", "tags"])
        let writer = try IndexWriter(scratch.folder(), settings: settings, models: TestModels.none)
        try writer.add([
            Passage(
                id: "a", text: "word", metadata: ["tags": ["x", "x", 1, 1.5, 1e300, 0.1, nil, true, ["y"], "a\0b"]])
        ])
        try writer.commit()
        let folder = try scratch.folder()
        #expect(try IndexVerifier(folder).run().isSound)
        let queue = try DatabaseQueue(path: folder.catalogue)
        for change in ["DELETE FROM elements WHERE value = 1.5", "INSERT INTO elements VALUES(0, 'text', 'x', 0)"] {
            try queue.write { try $0.execute(sql: change) }
            let problems = try IndexVerifier(folder).run().problems
            #expect(problems.contains { $0.contains("elements of arrays") })
        }
    }

    @Test func setsAreKeptUntilTheIndexChanges() throws {
        let scratch = try Scratch()
        let writer = try IndexWriter(
            scratch.folder(), settings: IndexSettings(models: TestModels.none), models: TestModels.none)
        try writer.add(TestPassages.few)
        try writer.commit()
        let reader = try IndexReader(scratch.folder(), models: TestModels.none)
        let filter = try MetadataFilter(["section": "net"])
        func numbers(isCancelled: @escaping () -> Bool = { false }) throws -> [Int]? {
            try reader.withSnapshot { try $0.passages(matching: filter, isCancelled: isCancelled)?.numbers }
        }
        #expect(try numbers() == [2])
        // A set that is kept asks for no work that could be given up.
        #expect(try numbers(isCancelled: { true }) == [2])
        try writer.add([Passage(id: "dig", text: "Asks name servers.", metadata: ["section": ["net", "dns"]])])
        try writer.commit()
        #expect(try numbers() == [2, 4])
        for number in 0..<100 {
            let other = try MetadataFilter(["section": .string("other \(number)")])
            let count = try reader.withSnapshot { try $0.passages(matching: other)?.count }
            #expect(count == 0)
        }
        #expect(try numbers() == [2, 4])
    }

    /// One reader, so that every filter could be answered by the set that is kept of another.
    @Test("filters on canonically equivalent texts are different filters", arguments: [[], ["word"]])
    func codePoints(declared: [String]) throws {
        let words = [
            "caf\u{E9}", "cafe\u{301}", "\u{D55C}", "\u{1112}\u{1161}\u{11AB}", "a\u{323}\u{302}", "a\u{302}\u{323}",
            "\u{212B}", "\u{C5}", "A\u{30A}", "K", "\u{212A}",
        ]
        let scratch = try Scratch()
        let writer = try IndexWriter(
            scratch.folder(), settings: IndexSettings(models: TestModels.none, fields: declared),
            models: TestModels.none)
        try writer.add(words.map { Passage(id: $0, text: "word", metadata: ["word": .string($0), CodePoints($0): 1]) })
        try writer.commit()
        let reader = try IndexReader(scratch.folder(), models: TestModels.none)
        try reader.withSnapshot { snapshot in
            for (number, word) in words.enumerated() {
                let others = words.enumerated().filter { $0.offset != number }.map { JSONValue.string($0.element) }
                let filters: [JSONValue] = [
                    ["word": .string(word)], ["word": ["in": [.string(word), "nowhere"]]],
                    ["word": ["gte": .string(word), "lte": .string(word)]], ["not": ["word": ["in": .array(others)]]],
                    .object([CodePoints(word): 1]), ["and": [["word": .string(word)], [:]]],
                ]
                for filter in filters {
                    let found = try snapshot.passages(matching: MetadataFilter(filter))?.numbers
                    #expect(found == [number], "\(filter)")
                }
                let stored = try snapshot.passage(id: word)
                #expect(stored?.number == number)
            }
        }
    }

    @Test("whole numbers are compared to the last digit", arguments: [[], ["n"]])
    func wholeNumbers(declared: [String]) throws {
        let numbers: [JSONValue] = [
            .integer(.min), .integer(9_007_199_254_740_992), .integer(9_007_199_254_740_993),
            .integer(76_561_198_275_305_774), .integer(76_561_198_275_305_775), .integer(76_561_198_275_305_776),
            .integer(.max), .number(0x1p63), 1000, .number(1e3),
        ]
        let scratch = try Scratch()
        let writer = try IndexWriter(
            scratch.folder(), settings: IndexSettings(models: TestModels.none, fields: declared),
            models: TestModels.none)
        try writer.add(
            numbers.enumerated().map { place, number in
                Passage(id: "\(place)", text: "word", metadata: ["n": place % 2 == 0 ? number : [number]])
            })
        try writer.commit()
        let reader = try IndexReader(scratch.folder(), models: TestModels.none)
        let filters: [(String, [Int])] = [
            ("9007199254740993", [2]), ("9007199254740992.0", [1]), ("76561198275305775", [4]),
            (#"{"gt": 76561198275305774, "lt": 76561198275305776}"#, [4]),
            (#"{"in": [76561198275305774, 76561198275305776]}"#, [3, 5]), ("9223372036854775807", [6]),
            ("9223372036854775808", [7]), ("9.223372036854776e18", [7]), (#"{"gte": 9223372036854775807}"#, [6, 7]),
            (#"{"gt": 9223372036854775807}"#, [7]), (#"{"lt": 9223372036854775808, "gt": 76561198275305776}"#, [6]),
            ("-9223372036854775808", [0]), ("1e3", [8, 9]), ("1000", [8, 9]), (#"{"lt": 1000}"#, [0]),
        ]
        try reader.withSnapshot { snapshot in
            for (condition, expected) in filters {
                let filter = try MetadataFilter(JSONValue(parsing: "{\"n\": \(condition)}"))
                let found = try snapshot.passages(matching: filter)?.numbers
                #expect(found == expected, "\(condition)")
            }
        }
    }

    @Test func aScanThatIsGivenUpEnds() throws {
        let scratch = try Scratch()
        try IndexWriter.make(scratch.folder(), Self.passages(2000, seed: 8), models: TestModels.none)
        let reader = try IndexReader(scratch.folder(), models: TestModels.none)
        let filter = try MetadataFilter(["not": ["section": "net"]])
        try reader.withSnapshot { snapshot in
            let given = try snapshot.passages(matching: filter, isCancelled: { true })
            #expect(given == nil)
            // The connection works on.
            let found = try snapshot.passages(matching: filter)?.count ?? 0
            #expect(found > 1000)
        }
    }

    @Test(arguments: [
        ("[]", "filter must be an object"), ("\"x\"", "filter must be an object"), ("null", "filter must be"),
        (#"{"section": ["net"]}"#, "filter.section must be a value"),
        (#"{"section": {}}"#, "filter.section compares with nothing"),
        (#"{"size": {"gte": []}}"#, "filter.size.gte must be"),
        (#"{"size": {"gte": null}}"#, "filter.size.gte must be"),
        (#"{"size": {"lt": true}}"#, "filter.size.lt must be"), (#"{"size": {"like": "x"}}"#, "filter.size.like is no"),
        (#"{"size": {"gt": 1, "gte": 2}}"#, "filter.size.gte sets"),
        (#"{"size": {"gt": 1, "lt": "x"}}"#, "filter.size must have two"),
        (#"{"size": {"in": [1], "gt": 2}}"#, "filter.size cannot have"),
        (#"{"size": {"in": 5}}"#, "filter.size.in must"),
        (#"{"size": {"in": [1, {}]}}"#, "filter.size.in[1] must"),
        (#"{"section": {"not": "x"}}"#, "filter.section.not is no"),
        (#"{"and": {"section": "x"}}"#, "filter.and must be an array"),
        (#"{"and": [{"section": "x"}, {"or": [{"size": {"gt": []}}]}]}"#, "filter.and[1].or[0].size.gt must"),
        (#"{"not": [{"section": "x"}]}"#, "filter.not must be an object"), (#"{"": 1}"#, "filter[\"\"] is no name"),
        (#"{"a\"b": 1}"#, #"filter["a\"b"] is no name"#), (#"{"a\\b": 1}"#, #"filter["a\\b"] is no name"#),
        (#"{"a\u0000b": 1}"#, "is no name"),
        (#"{"section": "a\u0000b"}"#, "filter.section must have"),
        (#"{"' OR 1=1 --": {"$where": 1}}"#, #"filter["' OR 1=1 --"]["$where"] is no"#),
    ])
    func badFiltersAreRefusedByPath(json: String, message: String) throws {
        let value = try JSONValue(parsing: json)
        let error = #expect(throws: MetadataFilterError.self) { try MetadataFilter(value) }
        #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    }

    @Test func filtersAreBounded() throws {
        func nested(_ depth: Int) -> JSONValue {
            (0..<depth).reduce(["section": "net"]) { filter, _ in ["not": filter] }
        }
        #expect(throws: Never.self) { try MetadataFilter(nested(MetadataFilter.deepest)) }
        #expect(throws: MetadataFilterError.self) { try MetadataFilter(nested(MetadataFilter.deepest + 1)) }
        let many: [JSONValue] = (0..<MetadataFilter.mostConditions).map { ["section": .integer(Int64($0))] }
        let widest = try MetadataFilter(["or": .array(many)])
        #expect(throws: MetadataFilterError.self) { try MetadataFilter(["or": .array(many + [["size": 1]])]) }
        #expect(throws: MetadataFilterError.self) {
            try MetadataFilter(["and": [["or": .array(many)], ["section": "x"]]])
        }
        let values: [JSONValue] = (0..<MetadataFilter.mostValues).map {
            $0 % 2 == 0 ? .integer(Int64($0)) : .string("\($0)")
        }
        let longest = try MetadataFilter(["size": ["in": .array(values)]])
        #expect(throws: MetadataFilterError.self) { try MetadataFilter(["size": ["in": .array(values + [1])]]) }
        #expect(throws: MetadataFilterError.self) {
            let name = String(repeating: "x", count: MetadataFilter.longestField + 1)
            return try MetadataFilter([CodePoints(name): 1])
        }
        #expect(throws: MetadataFilterError.self) {
            try MetadataFilter(["section": .string(String(repeating: "x", count: MetadataFilter.longestString + 1))])
        }
        let empty: [JSONValue] = Array(repeating: ["and": []], count: 100)
        #expect(throws: MetadataFilterError.self) {
            try MetadataFilter(["and": .array(Array(repeating: ["and": .array(empty)], count: 100))])
        }
        // The largest that are allowed can be answered.
        for fields in [[], ["section", "size"]] {
            let scratch = try Scratch()
            let settings = IndexSettings(models: TestModels.none, fields: fields)
            let writer = try IndexWriter(scratch.folder(), settings: settings, models: TestModels.none)
            try writer.add([
                Passage(id: "a", text: "word", metadata: ["section": 7, "size": "9"]),
                Passage(id: "b", text: "word", metadata: ["section": "7", "size": [8]]),
                Passage(id: "c", text: "word", metadata: ["size": 9]),
            ])
            try writer.commit()
            try IndexReader(scratch.folder(), models: TestModels.none).withSnapshot { snapshot in
                let (wide, long) = (try snapshot.passages(matching: widest), try snapshot.passages(matching: longest))
                #expect(wide?.numbers == [0])
                #expect(long?.numbers == [0, 1])
            }
        }
    }

    /// Deep and long at once, within all limits: no shape of a filter is more than SQLite takes.
    @Test(arguments: [1, 5, 11, 16], [2, 100])
    func deepAndLongFiltersAreAnswered(levels: Int, parts: Int) throws {
        let scratch = try Scratch()
        for fields in [[], ["topic"]] {
            let folder = try scratch.folder("fields-\(fields.count)")
            let writer = try IndexWriter(
                folder, settings: IndexSettings(models: TestModels.none, fields: fields), models: TestModels.none)
            try writer.add((0..<4).map { Passage(id: "p\($0)", text: "word", metadata: ["topic": .string("x\($0)")]) })
            try writer.commit()
            try IndexReader(folder, models: TestModels.none).withSnapshot { snapshot in
                let shapes: [(join: String, fill: JSONValue, right: [Int])] = [
                    ("or", ["and": []], [0, 1, 2, 3]), ("and", ["and": []], [0]), ("or", ["or": []], [0]),
                    ("and", ["or": []], []),
                ]
                for (join, fill, right) in shapes {
                    let json = (0..<levels).reduce(["topic": "x0"] as JSONValue) { inner, _ in
                        let all = JSONValue.array([inner] + Array(repeating: fill, count: parts - 1))
                        return join == "or" ? ["or": all] : ["and": all]
                    }
                    let found = try snapshot.passages(matching: MetadataFilter(json))
                    #expect(found?.numbers == right, "\(levels) lists of \(parts), \(join) with \(fill)")
                }
            }
        }
    }

    @Test func filtersThatAreLargeCountToo() throws {
        let scratch = try Scratch()
        try IndexWriter.make(scratch.folder(), Self.passages(2000, seed: 8), models: TestModels.none)
        try IndexReader(scratch.folder(), models: TestModels.none).withSnapshot { snapshot in
            let filter = try MetadataFilter(["not": ["section": "net"]])
            let written = try MetadataFilter(["and": [["not": ["not": ["not": ["section": "net"]]]], ["and": []]]])
            let count = try #require(try snapshot.passages(matching: filter)).count
            // What is kept is there also for whoever has no time to look it up, however it is written.
            #expect(try snapshot.passages(matching: written, isCancelled: { true })?.count == count)
            // 10,000 strings of 4 KiB are over half of what all may take.
            for round in 0..<2 {
                let values: [JSONValue] = (0..<MetadataFilter.mostValues).map {
                    .string("\(round) \($0)" + String(repeating: "y", count: 4000))
                }
                let large = try snapshot.passages(matching: MetadataFilter(["section": ["in": .array(values)]]))
                #expect(large?.count == 0)
            }
            #expect(try snapshot.passages(matching: filter, isCancelled: { true }) == nil)
        }
    }

    @Test(arguments: [
        ["a b"], [""], ["it's"], ["a\"b"], ["x') ; DROP TABLE passages; --"], ["a", "a"], ["naïve"],
        [String(repeating: "x", count: 65)], (0..<17).map { "f\($0)" },
    ])
    func fieldsThatCannotBeDeclaredAreRefused(fields: [String]) throws {
        let scratch = try Scratch()
        let error = #expect(throws: IndexError.self) {
            try IndexWriter(
                scratch.folder(), settings: IndexSettings(models: TestModels.none, fields: fields),
                models: TestModels.none)
        }
        #expect(error?.kind == .invalid)
        #expect(try !scratch.folder().exists)
    }

    @Test func declaredFieldsStayThroughReindexingAndBackup() throws {
        let scratch = try Scratch()
        let models = try TestModels.tiny.get()
        let settings = IndexSettings(models: models, fields: ["section", "a.b"])
        let folder = try scratch.folder()
        do {
            let writer = try IndexWriter(folder, settings: settings, models: models)
            try writer.add(TestPassages.few)
            try writer.commit()
        }
        do {
            let reindexing = try Reindexing(folder, models: models, codec: .float16)
            try reindexing.switchOver()
        }
        #expect(try IndexSettings.read(folder).fields == ["section", "a.b"])
        let copy = scratch.path + "/copy"
        #expect(try IndexBackup.make(of: folder, at: copy).isSound)
        let reader = try IndexReader(IndexFolder(path: copy), models: models)
        #expect(reader.settings.fields == ["section", "a.b"])
        let filter = try MetadataFilter(["section": "net"])
        let numbers = try reader.withSnapshot { try $0.passages(matching: filter)?.numbers }
        #expect(numbers == [2])
    }
}
