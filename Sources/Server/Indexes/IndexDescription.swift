import Corpus
import HTTP
import JSON
import PassageIndex
import Search

/// What the REST interface tells of an index, from one state of it.
struct IndexDescription {
    let json: JSONValue

    /// Throws `IndexError`.
    ///
    /// - Parameter context: whose the answer is.
    init(_ engine: SearchEngine, for context: RequestContext) throws {
        json = try engine.reader.withSnapshot { snapshot in
            let (settings, statistics) = (snapshot.settings, try IndexStatistics(snapshot))
            let postings = try snapshot.postingsState()
            func model(_ model: IndexSettings.Model?) -> JSONValue {
                model.map {
                    ["folder": .string(context.shown(folder: $0.folder)), "fingerprint": .string($0.fingerprint)]
                } ?? .null
            }
            return [
                "name": .string(snapshot.folder.name),
                "passages": .integer(Int64(statistics.passages)),
                "windows": .integer(Int64(statistics.windows)),
                "segments": .integer(Int64(statistics.segments)),
                "bytes": JSONValue(members: statistics.bytes.map { ($0, .integer(Int64($1))) }),
                "created": .string(settings.created),
                // What BM25 searches by; unless "ready", searches answer all the same, slower.
                "postings": .string(postings.state.rawValue),
                "postings_problem": postings.problem.map { .string(Self.words($0, of: snapshot.folder)) } ?? .null,
                "analysis": .string(settings.analysis.rawValue),
                "fields": .array(settings.fields.map { .string($0) }),
                "codec": .string(settings.codec.rawValue),
                "dimension": .integer(Int64(settings.dimension)),
                "models": ["colbert": model(settings.colbert), "tildev2": model(settings.tildev2)],
                "pipeline": .string(engine.standardPipeline.description),
            ]
        }
    }

    /// What is wrong with postings, without the place on the server's disk, however that was named.
    private static func words(_ problem: String, of folder: IndexFolder) -> String {
        HTTPError.withoutPaths(problem.replacing(folder.path, with: "/"))
    }
}
