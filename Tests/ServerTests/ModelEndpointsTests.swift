import Corpus
import Foundation
import PassageIndex
import Ranking
import Server
import Testing

@Suite struct ModelEndpointsTests {
    private static let models = Result {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = root.appendingPathComponent("models/passerine-small/encoder").path
        return try ModelSet(colbertFolder: folder, tildeFolder: folder)
    }

    private static let documents = """
        ["A cake needs flour and eggs.", {"text": "Routers forward packets in a network.", "id": 7}, "Dogs bark."]
        """

    @Test(arguments: ["/v1/rerank", "/v2/rerank"])
    func ranksInTheShapeOfCohere(path: String) throws {
        let server = try RunningServer(models: Self.models.get())
        let body = """
            {"model": "rerank-v3.5", "query": "how do computer networks send data", "documents": \(Self.documents),
             "top_n": 2, "return_documents": true, "max_tokens_per_doc": 4096}
            """
        let (status, json) = try server.ask(path, body: body)
        #expect(status == 200)
        let results = try #require(json["results"]?.arrayValue)
        #expect(results.count == 2)
        #expect(results.first?["index"] == 1)
        #expect(results.first?["document"]?["id"] == 7)
        #expect(results.last?["document"]?["text"]?.stringValue?.isEmpty == false)
        let scores = results.compactMap { $0["relevance_score"]?.numberValue }
        #expect(scores.count == 2 && scores == scores.sorted(by: >))
        #expect(scores.allSatisfy { (0...1).contains($0) })
        #expect(json["model"] == "colbert")
    }

    /// The fields named are what is ranked, in their order; what is no object is ranked whole.
    @Test(arguments: ["/v1/rerank", "/v2/rerank", "//v2//rerank/"])
    func ranksTheFieldsNamed(path: String) throws {
        let server = try RunningServer(models: Self.models.get())
        func scores(_ documents: String, _ more: String) throws -> [Double] {
            let body = "{\"query\": \"network packets\", \"documents\": \(documents)\(more)}"
            let (status, json) = try server.ask(path, body: body)
            #expect(status == 200)
            #expect(json["meta"]?["api_version"]?["version"]?.stringValue == (path.contains("v2") ? "2" : "1"))
            let results = try #require(json["results"]?.arrayValue)
            return results.sorted { ($0["index"]?.integerValue ?? 0) < ($1["index"]?.integerValue ?? 0) }
                .compactMap { $0["relevance_score"]?.numberValue }
        }
        let documents = #"[{"text": "boiled eggs", "title": "network packets", "year": 1998, "x": null}, "dogs bark"]"#
        let plain = try scores(#"["network packets\n1998", "dogs bark"]"#, "")
        #expect(try scores(documents, #", "rank_fields": ["title", "x", "missing", "year"]"#) == plain)
        #expect(try scores(documents, #", "rank_fields": ["year", "title"]"#) != plain)
        #expect(try scores(documents, "") == scores(#"["boiled eggs", "dogs bark"]"#, ""))
        #expect(try scores(documents, #", "rank_fields": null"#) == scores(#"["boiled eggs", "dogs bark"]"#, ""))
    }

    @Test(arguments: [
        (#""documents": [{"a": "x"}], "rank_fields": ["b"]"#, "documents[0] has none"),
        (#""documents": [{"a": ["x"]}], "rank_fields": ["a"]"#, "documents[0].a"),
        (#""documents": ["x"], "rank_fields": "a""#, "rank_fields"),
        (#""documents": ["x"], "rank_fields": []"#, "rank_fields"),
        (#""documents": ["x"], "rank_fields": [1]"#, "rank_fields[0]"), (#""documents": ["x"], "topn": 1"#, "topn"),
        (#""documents": ["x"], "instruct": "y""#, "instruct"), (#""texts": ["x"]"#, "texts"),
    ])
    func whatCannotBeRankedIsNamed(fields: String, named: String) throws {
        let server = try RunningServer(models: Self.models.get())
        let answer = try server.ask("/v1/rerank", body: "{\"query\": \"x\", \(fields)}")
        #expect(answer.status == 400)
        let message = answer.json["error"]?["message"]?.stringValue ?? ""
        #expect(message.contains(named), "\(message)")
    }

    /// What the clients of the services send besides.
    @Test(arguments: [
        ("/v1/rerank", #""query": "x", "documents": ["a"], "model": null, "top_n": null, "max_chunks_per_doc": 10"#),
        ("/v2/rerank", #""query": "x", "documents": ["a"], "model": "m", "priority": 0, "max_tokens_per_doc": 4096"#),
        ("/v1/rerank", #""query": "x", "documents": ["a"], "truncation": true, "user": "me", "raw_scores": false"#),
        ("/rerank", #""query": "x", "texts": ["a"], "truncate": true, "truncation_direction": "right""#),
        ("/v1/embeddings", #""input": "a", "model": "m", "encoding_format": null, "dimensions": null, "user": "me""#),
        ("/v1/embeddings", #""input": ["a"], "input_type": "query", "truncate": "NONE", "unheard_of": null"#),
    ])
    func fieldsOfOtherServicesArePassedOver(path: String, fields: String) throws {
        let server = try RunningServer(models: Self.models.get())
        #expect(try server.ask(path, body: "{\(fields)}").status == 200)
    }

    @Test(arguments: ["output_dtype", "late_chunking", "dimension"])
    func fieldsThatWouldChangeVectorsAreRefusedByName(field: String) throws {
        let server = try RunningServer(models: Self.models.get())
        let answer = try server.ask("/v1/embeddings", body: "{\"input\": \"a\", \"\(field)\": true}")
        #expect(answer.status == 400)
        #expect(answer.json["error"]?["message"]?.stringValue?.contains("\"\(field)\"") == true)
    }

    @Test func listsModelsInTheShapeOfOpenAI() throws {
        let (status, json) = try RunningServer(models: Self.models.get()).ask("/v1/models")
        #expect(status == 200 && json["object"] == "list")
        let models = try #require(json["data"]?.arrayValue)
        #expect(models.compactMap { $0["id"]?.stringValue } == ["colbert", "tildev2", "encoder"])
        #expect(models.allSatisfy { $0["object"] == "model" && $0["created"]?.integerValue != nil })
        #expect(try RunningServer().ask("/v1/models").json["data"] == .array([]))
    }

    @Test func colbertsScoresAreMeanCosines() throws {
        let server = try RunningServer(models: Self.models.get())
        let query = "how do computer networks send data"
        let texts = "[\"\(query)\", \"how do networks send data\", \"computers send data over a network\"]"
        let answer = try server.ask("/rerank", body: "{\"query\": \"\(query)\", \"texts\": \(texts)}")
        let scores = try #require(answer.json.arrayValue).compactMap { $0["score"]?.numberValue }
        // The query's own text has every piece at a cosine of 1, whatever the pieces weigh; no other has.
        #expect(abs((scores.first ?? 0) - 1) < 1e-3)
        #expect(scores.count == 3 && scores[1] < 0.99 && scores[2] < scores[1] && scores[2] > 0.3)
    }

    @Test func ranksByTheNamedMethodAndInTheShapeOfTextEmbeddingsInference() throws {
        let server = try RunningServer(models: Self.models.get())
        let texts = #"["no such word", "network packets", "a network"]"#
        let (status, json) = try server.ask(
            "/rerank",
            body: #"{"query": "packets in a network", "texts": \#(texts), "return_text": true, "model": "tildev2"}"#)
        #expect(status == 200)
        let results = try #require(json.arrayValue)
        #expect(results.compactMap { $0["index"]?.integerValue } == [1, 2, 0])
        #expect(results.first?["text"] == "network packets")
        #expect(results.last?["score"]?.numberValue == 0)
        let raw = try server.ask(
            "/rerank", body: #"{"query": "packets", "texts": ["packets"], "raw_scores": true, "model": "tildev2"}"#)
        #expect((raw.json.arrayValue?.first?["score"]?.numberValue ?? 0) > 0)
    }

    @Test func embedsInTheShapeOfOpenAI() throws {
        let server = try RunningServer(models: Self.models.get())
        let (status, json) = try server.ask(
            "/v1/embeddings",
            body: #"{"model": "x", "input": ["a computer network", "networks of computers", "boiled eggs"]}"#)
        #expect(status == 200)
        let vectors = try #require(json["data"]?.arrayValue).map { datum in
            datum["embedding"]?.arrayValue?.compactMap(\.numberValue) ?? []
        }
        #expect(vectors.map(\.count) == [384, 384, 384])
        func cosine(_ a: Int, _ b: Int) -> Double { zip(vectors[a], vectors[b]).reduce(0) { $0 + $1.0 * $1.1 } }
        #expect(abs(cosine(0, 0) - 1) < 1e-4)
        #expect(cosine(0, 1) > cosine(0, 2) + 0.3)
        #expect(json["usage"]?["prompt_tokens"] == 14)
        // The same, as the client asks for it unless told otherwise.
        let packed = try server.ask(
            "/v1/embeddings",
            body: #"{"input": "a computer network", "encoding_format": "base64", "token_vectors": true}"#)
        let datum = try #require(packed.json["data"]?.arrayValue?.first)
        let bytes = try #require(datum["embedding"]?.stringValue.flatMap { Data(base64Encoded: $0) })
        #expect(bytes.count == 384 * 4)
        let first = bytes.prefix(4).enumerated().reduce(UInt32(0)) {
            $0 | UInt32($1.element) << (8 * UInt32($1.offset))
        }
        #expect(abs(Double(Float(bitPattern: first)) - vectors[0][0]) < 1e-5)
        #expect(datum["token_vectors"]?.arrayValue?.compactMap { $0["piece"]?.stringValue }.contains("network") == true)
    }

    @Test(arguments: [
        ("/v1/rerank", "[]", 400), ("/v1/rerank", #"{"query": "x"}"#, 400),
        ("/v1/rerank", #"{"query": "x", "documents": []}"#, 400),
        ("/v1/rerank", #"{"query": "x", "documents": [1]}"#, 400),
        ("/v1/rerank", #"{"query": "x", "documents": ["a"], "top_n": 0}"#, 400),
        ("/v1/rerank", #"{"query": "x", "documents": ["a"], "model": "cross-encoder"}"#, 400),
        ("/v1/rerank", #"{"query": "x", "documents": ["a"], "model": "feedback"}"#, 400),
        ("/rerank", #"{"query": "x", "documents": ["a"]}"#, 400),
        ("/rerank", #"{"query": "x", "texts": ["a"], "raw_scores": 1}"#, 400),
        ("/v1/embeddings", #"{"input": [[1, 2]]}"#, 400), ("/v1/embeddings", #"{"input": [5]}"#, 400),
        ("/v1/embeddings", #"{"input": []}"#, 400), ("/v1/embeddings", #"{}"#, 400),
        ("/v1/embeddings", #"{"input": "a", "encoding_format": "hex"}"#, 400),
        ("/v1/embeddings", #"{"input": "a", "dimensions": 12}"#, 400),
    ])
    func refusesInWords(path: String, body: String, status: Int) throws {
        let server = try RunningServer(models: Self.models.get())
        let answer = try server.ask(path, body: body)
        #expect(answer.status == status)
        #expect(answer.json["error"]?["message"]?.stringValue?.isEmpty == false)
    }

    @Test func aDimensionThatTheModelLacksLeavesNoIndexBehind() throws {
        let server = try RunningServer(models: Self.models.get())
        let answer = try server.ask("/v1/indexes/new", method: "PUT", body: #"{"dimension": 4}"#)
        #expect(answer.status == 400)
        #expect(answer.json["error"]?["message"]?.stringValue?.contains("32, 64, 96, 128") == true)
        #expect(server.registry.names == ["broken", "demo"])
        let made = try server.ask("/v1/indexes/new", method: "PUT", body: #"{"dimension": 32}"#)
        #expect(made.status == 201)
        let body = #"{"id": "1", "text": "a router forwards packets"}"#
        #expect(try server.ask("/v1/indexes/new/passages", body: body).status == 200)
        let found = try server.ask("/v1/indexes/new/search", body: #"{"query": "packets"}"#)
        #expect(found.json["hits"]?.arrayValue?.first?["scores"]?["colbert"] != nil)
    }

    /// Where models lie on the server's disk is for admins.
    @Test(arguments: [AccessRole.search, .write, .admin]) func foldersOfModelsAreShownByRole(role: AccessRole) throws {
        let (key, secret) = try AccessKey.made("one", role)
        let models = try Self.models.get()
        let server = try RunningServer(models: models, keys: [key])
        try server.registry.create("new", isLexicalOnly: false) { IndexSettings(models: $0) }
        let arguments = ["-H", "Authorization: Bearer \(secret)"]
        let path = try #require(models.colbert?.folder)
        for target in ["/v1/indexes/new", "/v1/indexes", "/v1/info"] {
            let answer = try server.fetch(target, arguments: arguments)
            #expect(answer.status == 200 && answer.body.contains(#""folder":"encoder""#) == (role != .admin))
            #expect(answer.body.contains(path) == (role == .admin))
        }
    }

    @Test func emptyTextsAreTexts() throws {
        let server = try RunningServer(models: Self.models.get())
        #expect(try server.ask("/v1/embeddings", body: #"{"input": ["", "\u0000", "😀"]}"#).status == 200)
        #expect(try server.ask("/v1/rerank", body: #"{"query": "", "documents": ["", "x"]}"#).status == 200)
    }

    @Test func withoutModelsItSaysSo() throws {
        let server = try RunningServer()
        #expect(try server.ask("/v1/embeddings", body: #"{"input": "a"}"#).status == 503)
        #expect(try server.ask("/v1/rerank", body: #"{"query": "x", "documents": ["a"]}"#).status == 400)
    }
}
