import ArgumentParser
import Corpus
import Foundation
import JSON
import PassageIndex
import Search

/// `passerine search`: one query, answered on the terminal.
struct SearchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Search an index: a table on a terminal, JSON elsewhere.")

    @OptionGroup var shared: SharedOptions
    @OptionGroup var models: ModelOptions
    @Option(help: "Name of the index.") var index: String
    @Argument(help: "What to search for.") var query: String
    @Option(help: "Number of hits.") var k = 10
    @Option(help: "Stages, such as bm25:1000,tildev2:200,colbert:50.") var pipeline: Pipeline?
    @Option(help: "Hits to leave out at the front.") var offset = 0
    @Option(
        help: ArgumentHelp("Only passages whose metadata fit, such as '{\"section\": \"net\"}'.", valueName: "json"))
    var filter: String?
    @Option(help: "Metadata fields whose values are counted, such as section,year.") var facets: String?
    @Flag(help: "Say in JSON where the query's terms stand; on a terminal they are bold.") var highlight = false
    @Flag(help: "Say why each hit has its scores.") var explain = false
    @Flag(help: "Print JSON on a terminal too.") var json = false

    func run() throws {
        let engine = try OpenedIndex(name: index, configuration: shared.configuration(), models: models).engine
        var request = SearchRequest(query, k: k, pipeline: pipeline, explains: explain)
        request.offset = offset
        request.filter = try filter.map { text in
            do {
                return try MetadataFilter(JSONValue(parsing: text), path: "--filter")
            } catch let error as JSONError {
                throw ValidationError("--filter: \(error)")
            }
        }
        request.facets = facets?.parts(between: ",").map { FacetRequest(String($0)) } ?? []
        let printsJSON = json || !Terminal.outputIsTerminal
        request.highlights = highlight || !printsJSON
        let response = try engine.search(request)
        if printsJSON {
            print(response.json(request: request, index: index).serialised())
        } else {
            HitTable(response: response, width: Terminal.width).show()
        }
    }
}

extension Pipeline: ExpressibleByArgument {
    public init?(argument: String) {
        guard let pipeline = try? Pipeline(parsing: argument) else { return nil }
        self = pipeline
    }
}
