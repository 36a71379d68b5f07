import Foundation
import Testing

/// Holds the wall that `CodePoints` is: a dictionary or a set of strings stands only where this list says why none of them
/// comes from outside.
@Suite struct CodePointsWallTests {
    /// Files and folders below `Sources/`, each with the reason.
    private static let allowed = [
        "BERT/Checkpoint/": "a model's tensors and settings, asked for by names of our own, which are plain ASCII",
        "BERT/Encoder/PackedLayers.swift": "checksums by names of our own",
        "Corpus/Formats/TabSeparatedHeader.swift": "names of columns, all of ours",
        "Corpus/Sections/HTMLCharset.swift": "names of encodings, all of ours",
        "Corpus/Sections/HTMLEntities.swift": "names of letters and digits of ASCII",
        "Corpus/Sections/HTMLSections.swift": "names of elements, all of ours",
        "Corpus/Sections/MarkdownHTMLBlock.swift": "names of elements, all of ours",
        "Evaluation/Comparison/Comparison.swift": "measures",
        "Evaluation/Comparison/ComparisonReport.swift": "measures",
        "Evaluation/Comparison/Provenance.swift": "models by their heads",
        "Evaluation/Formats/Queries.swift": "names of columns, all of ours",
        "Evaluation/Measures/Measure+Notation.swift": "the parameters of measures, of which there are three",
        "Evaluation/Report/EvaluationReport.swift": "measures",
        "PassageIndex/Filtering/FilterStatement.swift": "true and false",
        "PassageIndex/IndexStatistics.swift": "parts of an index",
        "PassageIndex/Writing/Faults.swift": "folders of tests",
        "Search/SearchResponse.swift": "stages",
        "Server/Access/AccessControl.swift": "hashes in hexadecimal digits",
        "Server/Access/AddressRates.swift": "network addresses",
        "Server/Access/RouteAccess.swift": "routes of our own",
        "Server/Indexes/IndexRegistry.swift": "names of indexes, which are checked to be letters and digits of ASCII",
        "Server/Operations/": "metrics, settings and indexes by their names",
        "Server/WebPage/WebPage.swift": "files of the page",
        "passerine/Commands/ServingSite.swift": "names of indexes",
        "passerine/Configuration/": "settings by their names",
        "passerine/Terminal/Progress.swift": "fields of our own",
    ]

    @Test func textFromOutsideIsNoStringKey() throws {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources")
        let files = try #require(FileManager.default.enumerator(atPath: sources.path))
        var count = 0
        for case let name as String in files where name.hasSuffix(".swift") {
            count += 1
            let text = try String(contentsOf: sources.appendingPathComponent(name), encoding: .utf8)
            let code = text.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("//") }
            guard let line = code.first(where: { $0.contains("[String: ") || $0.contains("Set<String>") }) else {
                continue
            }
            if !Self.allowed.keys.contains(where: name.hasPrefix) {
                Issue.record("\(name) has a key that is a String, where CodePoints belongs: \(line)")
            }
        }
        #expect(count > 300)
    }
}
