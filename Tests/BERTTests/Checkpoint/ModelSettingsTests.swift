import BERT
import Testing

@Suite struct ModelSettingsTests {
    private let folder: ScratchFolder

    /// A ColBERT model with a projection to four dimensions, of 512 positions.
    init() throws {
        folder = try ModelBuilder.folder(
            [ModelBuilder.tensor("linear.weight", [4, 2])], ["max_position_embeddings": "512"])
    }

    private func settings(_ file: String? = nil, _ json: String = "") throws -> ModelSettings {
        if let file { try folder.write(file, json) }
        return try Checkpoint(folder: folder.path).settings()
    }

    @Test func withoutAnyFileThePapersCount() throws {
        let settings = try settings()
        #expect(settings.queryLength == 32 && settings.passageLength == 180 && settings.crossEncoderLength == 512)
        #expect(settings.colbert.queryMarker == "[unused0]" && settings.colbert.passageMarker == "[unused1]")
        #expect(settings.colbert.padQueriesWithMask && !settings.colbert.attendsToMask)
        #expect(settings.colbert.skipInPassages == .punctuation)
        #expect(settings.colbert.dimension == 4 && settings.colbert.usableDimensions == [4])
        #expect(settings.tildev2.stopWords.contains("the") && !settings.tildev2.stopWords.contains("what"))
        #expect(settings.sources["query_length"] == .paper)
        #expect(settings.sources["colbert.dimension"] == .weights)
        #expect(settings.sources["cross_encoder_length"] == .configuration)
    }

    @Test func passerinesOwnFileCountsFirst() throws {
        try folder.write(
            "artifact.metadata", #"{"query_maxlen": 40, "doc_maxlen": 300, "attend_to_mask_tokens": true}"#)
        let settings = try settings(
            "passerine.json",
            """
            {"version": 1, "query_length": 64, "cross_encoder_length": 256,
             "colbert": {"dimension": 4, "usable_dimensions": [2], "query_marker": null, "passage_marker": "[D]",
                         "pad_queries_with_mask": false, "skip_in_passages": null},
             "tildev2": {"stop_words": ["of"], "expansion_terms": 3}}
            """)
        #expect(settings.queryLength == 64 && settings.passageLength == 300 && settings.crossEncoderLength == 256)
        #expect(settings.colbert.queryMarker == nil && settings.colbert.passageMarker == "[D]")
        #expect(!settings.colbert.padQueriesWithMask && settings.colbert.attendsToMask)
        #expect(settings.colbert.skipInPassages == .none)
        #expect(settings.colbert.usableDimensions == [2, 4])
        #expect(settings.tildev2 == TILDEv2Settings(stopWords: ["of"], skipsNonAlphanumeric: false, expansionTerms: 3))
        #expect(settings.sources["query_length"] == .passerine)
        #expect(settings.sources["passage_length"] == .colbertAI)
        #expect(settings.sources["colbert.query_marker"] == .passerine)
        #expect(settings.sources["colbert.attends_to_mask"] == .colbertAI)
    }

    @Test(arguments: [false, true]) func readsColbertAIsFile(nested: Bool) throws {
        let fields = """
            {"query_token_id": "[unused5]", "doc_token_id": "[unused6]", "query_token": "[Q]", "dim": 4, "doc_maxlen": 220,
             "query_maxlen": 48, "mask_punctuation": false, "attend_to_mask_tokens": false, "interaction": "colbert",
             "nbits": 2, "checkpoint": null, "meta": {"version": "colbert-v0.4"}}
            """
        let settings = try settings("artifact.metadata", nested ? "{\"config\": \(fields)}" : fields)
        #expect(settings.queryLength == 48 && settings.passageLength == 220)
        #expect(settings.colbert.queryMarker == "[unused5]" && settings.colbert.passageMarker == "[unused6]")
        #expect(settings.colbert.padQueriesWithMask && !settings.colbert.attendsToMask)
        #expect(settings.colbert.skipInPassages == .none)
        #expect(settings.sources["colbert.pad_queries_with_mask"] == .colbertAI)
    }

    @Test func readsPyLatesFile() throws {
        let settings = try settings(
            "config_sentence_transformers.json",
            """
            {"similarity_fn_name": "MaxSim", "prompts": {}, "query_prefix": "[Q] ", "query_length": 24,
             "document_length": 300, "attend_to_expansion_tokens": true, "do_query_expansion": false,
             "skiplist_words": [",", "."]}
            """)
        #expect(settings.queryLength == 24 && settings.passageLength == 300)
        #expect(settings.colbert.queryMarker == "[Q] " && settings.colbert.passageMarker == "[D] ")
        #expect(!settings.colbert.padQueriesWithMask && settings.colbert.attendsToMask)
        #expect(settings.colbert.skipInPassages == .pieces([",", "."]))
        #expect(settings.sources["colbert.query_marker"] == .pyLate)
        #expect(settings.sources["colbert.passage_marker"] == .pyLateDefault)
    }

    @Test func pyLatesEmptyPrefixIsNone() throws {
        let settings = try settings(
            "config_sentence_transformers.json", #"{"query_prefix": "", "document_prefix": "[unused1]"}"#)
        #expect(settings.colbert.queryMarker == nil && settings.colbert.passageMarker == "[unused1]")
        #expect(settings.sources["colbert.query_marker"] == .pyLate)
        let other = try self.settings(
            "config_sentence_transformers.json", #"{"query_prefix": null, "document_prefix": ""}"#)
        #expect(other.colbert.queryMarker == "[Q] " && other.colbert.passageMarker == nil)
    }

    /// Whatever file states lengths.
    @Test(arguments: [
        "passerine.json", "artifact.metadata", "config_sentence_transformers.json", "tokenizer_config.json",
    ])
    func theFewestPositionsHaveRoomForLengths(file: String) throws {
        let folder = try ModelBuilder.folder(
            [ModelBuilder.tensor("linear.weight", [4, 2])], ["max_position_embeddings": "4"])
        try folder.write(file, #"{"version": 1, "query_length": 4}"#)
        let settings = try Checkpoint(folder: folder.path).settings()
        #expect(settings.queryLength == 4 && settings.passageLength == 4 && settings.crossEncoderLength == 4)
        try folder.write("config.json", ModelBuilder.json(["max_position_embeddings": "3"]))
        #expect(CheckpointFixtures.refusal { try Checkpoint(folder: folder.path) }.contains("3 is outside 4 to"))
    }

    @Test(arguments: [
        ("artifact.metadata", #"{"similarity": "l2"}"#, "\"similarity\": \"l2\" is not supported"),
        ("artifact.metadata", #"{"query_token_id": ""}"#, "\"query_token_id\": a marker is one piece"),
        ("artifact.metadata", #"{"query_maxlen": 0}"#, "\"query_maxlen\": 0 is outside 4 to 512"),
        (
            "config_sentence_transformers.json", #"{"query_length": 8, "similarity_fn_name": "cosine"}"#,
            "\"similarity_fn_name\": \"cosine\" is not supported"
        ),
        (
            "config_sentence_transformers.json",
            #"{"query_length": 8, "prompts": {"q": "query: "}, "default_prompt_name": "q"}"#,
            "\"default_prompt_name\": the prompt \"query: \""
        ),
        (
            "config_sentence_transformers.json", #"{"document_length": 0}"#,
            "\"document_length\": 0 is outside 4 to 512"
        ),
    ])
    func whatWouldChangeNumbersIsRefusedByName(file: String, json: String, words: String) {
        let refusal = CheckpointFixtures.refusal { try settings(file, json) }
        #expect(refusal.contains(words), "\(refusal)")
    }

    @Test func aPlainSentenceModelSaysNothing() throws {
        let settings = try settings(
            "config_sentence_transformers.json", #"{"__version__": {"pytorch": "1.8.1"}, "prompts": {}}"#)
        #expect(settings.sources["query_length"] == .paper)
    }

    @Test func theTokenizersLimitIsThePairs() throws {
        #expect(try settings("tokenizer_config.json", #"{"model_max_length": 256}"#).crossEncoderLength == 256)
        let none = try settings("tokenizer_config.json", #"{"model_max_length": 1000000000000000019884624838656}"#)
        #expect(none.crossEncoderLength == 512 && none.sources["cross_encoder_length"] == .configuration)
    }

    @Test func tildesOwnLengthIsIts() throws {
        let folder = try ModelBuilder.folder(
            [ModelBuilder.tensor("tok_proj.weight", [1, 2]), ModelBuilder.tensor("tok_proj.bias", [1])],
            ["max_position_embeddings": "512"])
        #expect(try Checkpoint(folder: folder.path).settings().passageLength == 192)
    }

    @Test(arguments: [
        (#"{"version": 2}"#, "\"version\": 2 is newer than the 1 that this program reads"),
        (#"{}"#, "\"version\": is missing"),
        (#"{"version": 1, "query_lenght": 3}"#, "\"query_lenght\": is not known here; did you mean \"query_length\"?"),
        (#"{"version": 1, "colbert": {"dim": 4}}"#, "\"colbert.dim\": is not known here; known here: dimension"),
        (#"{"version": 1, "tildev2": {"stop_word": []}}"#, "did you mean \"stop_words\"?"),
        (#"{"version": 1, "query_length": 513}"#, "\"query_length\": 513 is outside 4 to 512"),
        (#"{"version": 1, "query_length": "64"}"#, "\"query_length\": an integer should stand here, not a string"),
        (#"{"version": 1, "colbert": 3}"#, "\"colbert\": an object should stand here"),
        (#"{"version": 1, "colbert": {"dimension": 5}}"#, "\"colbert.dimension\": says 5, but the projection's"),
        (#"{"version": 1, "colbert": {"usable_dimensions": [8]}}"#, "8 is more than the projection's dimension, 4"),
        (#"{"version": 1, "colbert": {"usable_dimensions": [0]}}"#, "0 is outside"),
        (#"{"version": 1, "colbert": {"query_marker": ""}}"#, "\"colbert.query_marker\": a marker is one piece"),
        (
            #"{"version": 1, "colbert": {"skip_in_passages": "all"}}"#,
            "should be \"punctuation\", a list of pieces, or null"
        ),
        (#"{"version": 1, "tildev2": {"stop_words": [1]}}"#, "\"tildev2.stop_words\": an array of strings"),
    ])
    func refusesInWords(json: String, words: String) {
        let refusal = CheckpointFixtures.refusal { try settings("passerine.json", json) }
        #expect(refusal.contains("/passerine.json: "))
        #expect(refusal.contains(words))
    }

    @Test func refusesOtherFilesThatDoNotFitTheModel() {
        #expect(
            CheckpointFixtures.refusal { try settings("artifact.metadata", #"{"dim": 128}"#) }
                .contains("artifact.metadata: \"dim\": says 128, but the projection's tensor has 4 rows"))
        #expect(
            CheckpointFixtures.refusal { try settings("artifact.metadata", #"{"interaction": "flipr"}"#) }
                .contains("\"interaction\": \"flipr\" is not supported"))
    }

    @Test func skippedPiecesAreThoseOfTheVocabulary() {
        #expect(PassageSkip.punctuation.pieces.count == 32)
        #expect(PassageSkip.punctuation.pieces.isSuperset(of: ["!", "#", "\\", "~", "\""]))
        #expect(PassageSkip.none.pieces.isEmpty)
        #expect(PassageSkip.pieces(["a"]).pieces == ["a"])
        #expect(PassageSkip.pieces(["\u{E9}", "e\u{301}"]).pieces.count == 2)
    }

    @Test func stopPiecesAreThoseOfTheVocabulary() {
        let vocabulary = ["the", "##s", "##é", "é", "a1", "-", "...", "#", "##the", "cat"]
        let own = TILDEv2Settings(stopWords: ["the", "##s"], skipsNonAlphanumeric: true)
        #expect(own.stopPieces(of: vocabulary) == [0, 1, 3, 6, 7])
        #expect(TILDEv2Settings(stopWords: ["the"], skipsNonAlphanumeric: false).stopPieces(of: vocabulary) == [0])
        // Marks that begin a word are no part of it.
        let marked = ["Ġthe", "▁the", "the", "Ġcat", "cat", "Ġ", "Ġ,", ",", "é"]
        #expect(own.stopPieces(of: marked) == [0, 1, 2, 5, 6, 7, 8])
        // Pieces are compared by their code points, and so is the mark.
        let accented = TILDEv2Settings(stopWords: ["\u{E9}t\u{E9}", "x"], skipsNonAlphanumeric: false)
        let forms = ["\u{E9}t\u{E9}", "e\u{301}te\u{301}", "\u{2581}\u{E9}t\u{E9}", "G\u{307}x", "\u{120}x"]
        #expect(accented.stopPieces(of: forms) == [0, 2, 4])
    }
}
