import Foundation

/// A data set of the field: which files it consists of, by which measures and at which grade it is judged.
///
///     let preset = try DatasetPreset(named: "dl19")
///     let files = try preset.files(in: "data/msmarco")
///     let qrels = try Qrels(path: files.qrels)
public struct DatasetPreset: Sendable, Equatable {
    /// The files of a data set that were found.
    public struct Files: Sendable, Equatable {
        public let queries: String
        public let qrels: String
        /// `nil` where the folder holds no collection; runs can be measured without.
        public let collection: String?
    }

    /// Name for the command line.
    public let name: String
    public let title: String
    /// Lowest grade that is relevant to binary measures.
    public let relevanceThreshold: Int
    public let measures: [Measure]
    /// Number of judged queries in the official files, to warn by; `nil` where it varies.
    public let judgedQueries: Int?
    /// Names under which each file is known, the official ones first; any may also end in `.gz`.
    let queryNames: [String]
    let qrelsNames: [String]
    let collectionNames: [String]

    /// Names that are understood.
    public static let names = ["msmarco-dev", "dl19", "dl20", "beir"]

    /// Finds a preset by its name. Throws `ComparisonError` for others.
    public init(named name: String) throws {
        // Names that any of the data sets may have in a folder of its own.
        let (plainQueries, plainQrels) = (["queries.tsv"], ["qrels.txt", "qrels.tsv"])
        let passages = ["collection.tsv"]
        func deepLearning(_ year: Int, judged: Int) throws -> DatasetPreset {
            DatasetPreset(
                name: "dl\(year - 2000)", title: "TREC Deep Learning \(year), passages", relevanceThreshold: 2,
                measures: try Measure.list("nDCG@10 AP(rel=2) RR(rel=2)@10 R(rel=2)@100 R(rel=2)@1000"),
                judgedQueries: judged, queryNames: ["msmarco-test\(year)-queries.tsv"] + plainQueries,
                qrelsNames: ["\(year)qrels-pass.txt", "qrels.dl\(year - 2000)-passage.txt"] + plainQrels,
                collectionNames: passages)
        }
        switch name {
        case "msmarco-dev":
            self.init(
                name: name, title: "MS MARCO passages, dev (small)", relevanceThreshold: 1,
                measures: try Measure.list("RR@10 MSMARCO_MRR@10 nDCG@10 R@50 R@200 R@1000"), judgedQueries: 6980,
                queryNames: ["queries.dev.small.tsv", "topics.msmarco-passage.dev-subset.tsv"] + plainQueries,
                qrelsNames: ["qrels.dev.small.tsv", "qrels.dev.tsv", "qrels.msmarco-passage.dev-subset.txt"]
                    + plainQrels, collectionNames: passages)
        case "dl19": self = try deepLearning(2019, judged: 43)
        case "dl20": self = try deepLearning(2020, judged: 54)
        case "beir":
            self.init(
                name: name, title: "BEIR", relevanceThreshold: 1,
                measures: try Measure.list("nDCG@10 R@100 RR@10 AP"), judgedQueries: nil, queryNames: ["queries.jsonl"],
                qrelsNames: ["qrels/test.tsv", "qrels/dev.tsv"], collectionNames: ["corpus.jsonl"])
        default:
            throw ComparisonError(
                "unknown data set \(name); there are \(Self.names.joined(separator: ", ")), or a folder in BEIR's form")
        }
    }

    /// Finds a preset by its name or, where `text` is a folder, takes it for a BEIR data set.
    public static func resolve(_ text: String) throws -> (preset: DatasetPreset, folder: String?) {
        var isFolder: ObjCBool = false
        guard !names.contains(text), FileManager.default.fileExists(atPath: text, isDirectory: &isFolder),
            isFolder.boolValue
        else { return (try DatasetPreset(named: text), nil) }
        let folderName = URL(fileURLWithPath: text).lastPathComponent
        return (try DatasetPreset(named: "beir").titled("BEIR, \(folderName)"), text)
    }

    /// The data set's files in a folder. Throws `ComparisonError` that lists the names looked for.
    public func files(in folder: String) throws -> Files {
        guard let queries = Self.find(queryNames, in: folder) else { throw missing("queries", queryNames, folder) }
        guard let qrels = Self.find(qrelsNames, in: folder) else { throw missing("qrels", qrelsNames, folder) }
        return Files(queries: queries, qrels: qrels, collection: Self.find(collectionNames, in: folder))
    }

    private static func find(_ names: [String], in folder: String) -> String? {
        names.flatMap { ["\(folder)/\($0)", "\(folder)/\($0).gz"] }
            .first { FileManager.default.fileExists(atPath: $0) }
    }

    private func missing(_ what: String, _ names: [String], _ folder: String) -> ComparisonError {
        ComparisonError(
            "\(folder) lacks the \(what) of \(title): one of \(names.joined(separator: ", ")), plain or .gz")
    }

    private func titled(_ title: String) -> DatasetPreset {
        DatasetPreset(
            name: name, title: title, relevanceThreshold: relevanceThreshold, measures: measures,
            judgedQueries: judgedQueries, queryNames: queryNames, qrelsNames: qrelsNames,
            collectionNames: collectionNames)
    }

    private init(
        name: String, title: String, relevanceThreshold: Int, measures: [Measure], judgedQueries: Int?,
        queryNames: [String], qrelsNames: [String], collectionNames: [String]
    ) {
        self.name = name
        self.title = title
        self.relevanceThreshold = relevanceThreshold
        self.measures = measures
        self.judgedQueries = judgedQueries
        self.queryNames = queryNames
        self.qrelsNames = qrelsNames
        self.collectionNames = collectionNames
    }
}
