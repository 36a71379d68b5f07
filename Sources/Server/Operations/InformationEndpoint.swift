import Corpus
import HTTP
import JSON
import PassageIndex
import Search

/// `GET /v1/info`: what runs, on what, with which limits, models and indexes.
struct InformationEndpoint: Sendable {
    let information: ServerInformation
    let registry: IndexRegistry

    func addRoutes(to router: inout Router) {
        router.get("/v1/info") { _, context in .json(describe(context)) }
    }

    private func describe(_ context: RequestContext) -> JSONValue {
        let opened = registry.openedEngines.filter { context.mayAccess(index: $0.name) }
        var models: [CodePoints: JSONValue] = [:]
        for (name, engine) in opened {
            let settings = engine.reader.settings
            for (use, model) in [("colbert", settings.colbert), ("tildev2", settings.tildev2)] {
                guard let model else { continue }
                let fingerprint = CodePoints(model.fingerprint)
                let known = models[fingerprint]
                models[fingerprint] = [
                    "folder": .string(context.shown(folder: model.folder)), "fingerprint": .string(model.fingerprint),
                    "uses": .array(Self.union(known?["uses"], use)),
                    "indexes": .array(Self.union(known?["indexes"], name)),
                ]
            }
        }
        var answer = information.json
        answer["indexes"] = .array(registry.names.filter { context.mayAccess(index: $0) }.map { .string($0) })
        answer["models"] = .array(models.sorted { $0.key < $1.key }.map(\.value))
        return .object(answer)
    }

    private static func union(_ list: JSONValue?, _ word: String) -> [JSONValue] {
        let known = list?.arrayValue ?? []
        return known.contains(.string(word)) ? known : known + [.string(word)]
    }
}
