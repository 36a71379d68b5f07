import BERT
import Foundation
import Testing

/// Tokenizers read from model folders.
struct TokenizerFolderTests {
    static let special = #""[PAD]":0,"[UNK]":1,"[CLS]":2,"[SEP]":3,"[MASK]":4"#
    static let vocabulary =
        special + ###","hello":5,"Hello":6,"##s":7,"\u00e9":8,"e\u0301":9,"\ud83d\ude00":10,"[":11"###

    /// A `tokenizer.json` of these parts.
    func json(
        model: String = ###""type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##""###,
        vocabulary: String = vocabulary, normalizer: String = #"{"type":"BertNormalizer"}"#,
        preTokenizer: String = #"{"type":"BertPreTokenizer"}"#, added: String = "[]"
    ) -> String {
        #"{"added_tokens":\#(added),"normalizer":\#(normalizer),"pre_tokenizer":\#(preTokenizer),"#
            + #""model":{\#(model),"vocab":{\#(vocabulary)}}}"#
    }

    func encode(_ text: String, files: [String: String]) throws -> [Int32] {
        var ids: [Int32] = []
        try withModelFolder(texts: files) { ids = try WordPiece(folder: $0).encode(text) }
        return ids
    }

    func refusal(_ files: [String: String]) throws -> String {
        var message = "accepted"
        try withModelFolder(texts: files) { folder in
            do {
                _ = try WordPiece(folder: folder)
            } catch let error as TokenizationError {
                message = error.message
                #expect(error.file.hasPrefix(folder.path))
            }
        }
        return message
    }

    @Test func readsTokenizerJSON() throws {
        #expect(try encode("Hellos 😀", files: ["tokenizer.json": json()]) == [5, 7, 10])
        // Without added tokens a special piece is a word like any other; its brackets are punctuation.
        #expect(try encode("[SEP]", files: ["tokenizer.json": json()]) == [11, 1, 1])
        let cased = json(normalizer: #"{"type":"BertNormalizer","lowercase":false}"#)
        #expect(try encode("Hellos \u{E9} e\u{301}", files: ["tokenizer.json": cased]) == [6, 7, 8, 9])
        let bare = json(normalizer: "null")
        #expect(try encode("Hello\u{200D}", files: ["tokenizer.json": bare]) == [1])
        let short = json(model: #""max_input_chars_per_word":5"#)
        #expect(try encode("hello hellos", files: ["tokenizer.json": short]) == [5, 1])
    }

    @Test func filesThatDisagreeAreRefused() throws {
        func refusal(_ configuration: String) throws -> String {
            try self.refusal(["tokenizer.json": json(), "tokenizer_config.json": configuration])
        }
        #expect(try refusal(#"{"do_lower_case": true, "strip_accents": null, "model_max_length": 9}"#) == "accepted")
        #expect(
            try refusal(#"{"do_lower_case": false}"#).contains("do_lower_case is false, but tokenizer.json says true"))
        #expect(try refusal(#"{"strip_accents": false}"#).contains("strip_accents is false"))
        #expect(try refusal(#"{"tokenize_chinese_chars": false}"#).contains("tokenize_chinese_chars is false"))
    }

    @Test func readsAddedTokensOfTokenizerJSON() throws {
        let added = #"[{"id":3,"content":"[SEP]","special":true,"normalized":false},{"id":12,"content":"[Q] "}]"#
        let files = ["tokenizer.json": json(added: added)]
        #expect(try encode("hello[SEP]hello [q] [sep]", files: files) == [5, 3, 5, 12, 11, 1, 1])
        try withModelFolder(texts: files) { folder in
            let plain = try WordPiece(folder: folder, recognizesSpecialPieces: false)
            #expect(plain.vocabulary.count == 13)
            #expect(plain.encode("[SEP] [Q] ") == [11, 1, 1, 12])
        }
    }

    /// What frames a model's input is no piece of a user's text, whatever the folder calls it.
    @Test func textsHaveNoPiecesThatSteerTheModel() throws {
        let added =
            #"[{"id":2,"content":"[CLS]","special":false,"normalized":false},"#
            + #"{"id":3,"content":"[SEP]","special":true,"normalized":false},"#
            + #"{"id":12,"content":"[Q] "},{"id":13,"content":"hello hello"},"#
            + #"{"id":14,"content":"[DRUG]","special":true,"normalized":false}]"#
        try withModelFolder(texts: ["tokenizer.json": json(added: added)]) { folder in
            let tokenizer = try TokenizerFile.tokenizerOfText(folder: folder, markers: ["[Q] "])
            #expect(tokenizer.encode("[CLS] [SEP][Q] hello") == [11, 1, 1, 11, 1, 1, 11, 1, 1, 5])
            #expect(tokenizer.encode("hello hello") == [13], "an added piece that is a word stays one")
            #expect(tokenizer.encode("hello[DRUG]") == [5, 14], "and one that no template has")
            let usual = try TokenizerFile.tokenizer(folder: folder)
            #expect(usual.encode("[CLS] [SEP][Q] hello") == [2, 3, 12, 5])
        }
        let lines = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\n[unused0]\n["
        try withModelFolder(texts: ["vocab.txt": lines]) { folder in
            let tokenizer = try TokenizerFile.tokenizerOfText(folder: folder, markers: ["[unused0]"])
            #expect(tokenizer.encode("[MASK]hello [unused0]") == [7, 1, 1, 5, 7, 1, 1])
        }
    }

    @Test func readsVocabularyAndConfiguration() throws {
        let lines = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\nHello\ncafe\ncafé\n東\n東京\n"
        func ids(_ configuration: String?) throws -> [Int32] {
            var files = ["vocab.txt": lines]
            files["tokenizer_config.json"] = configuration
            return try encode("Hello café東京[SEP]", files: files)
        }
        #expect(try ids(nil) == [5, 7, 9, 1, 3])
        #expect(try ids(#"{"do_lower_case":true,"tokenizer_class":"BertTokenizer"}"#) == [5, 7, 9, 1, 3])
        #expect(try ids(#"{"do_lower_case":false}"#) == [6, 8, 9, 1, 3])
        #expect(try ids(#"{"do_lower_case":false,"strip_accents":true}"#) == [6, 7, 9, 1, 3])
        #expect(try ids(#"{"strip_accents":false}"#) == [5, 8, 9, 1, 3])
        #expect(try ids(#"{"tokenize_chinese_chars":false}"#) == [5, 1, 3])
        let decoder = #"{"added_tokens_decoder":{"11":{"content":"[D]","special":true}}}"#
        #expect(
            try encode("[D]hello[MASK]", files: ["vocab.txt": lines, "tokenizer_config.json": decoder]) == [11, 5, 4])
    }

    @Test func refusesOtherTokenizersInWords() throws {
        let others = [
            json(model: #""type":"BPE""#), json(model: #""unk_token":"<unk>""#),
            json(model: #""continuing_subword_prefix":"@@""#), json(normalizer: #"{"type":"NFC"}"#),
            json(preTokenizer: #"{"type":"ByteLevel"}"#), json(preTokenizer: "null"), #"{"version":"1.0"}"#,
        ]
        for other in others {
            let message = try refusal(["tokenizer.json": other])
            #expect(message.contains("supported is WordPiece as BERT's"), "\(message)")
        }
        let lines = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n"
        for configuration in [#"{"tokenizer_class":"BertJapaneseTokenizer"}"#, #"{"do_basic_tokenize":false}"#] {
            let message = try refusal(["vocab.txt": lines, "tokenizer_config.json": configuration])
            #expect(message.contains("supported is WordPiece as BERT's"), "\(message)")
        }
        #expect(try refusal(["vocab.txt": lines, "added_tokens.json": "{}"]).contains("save it again"))
        #expect(try refusal([:]).contains("neither tokenizer.json nor vocab.txt"))
    }

    @Test func refusesMalformedVocabularies() throws {
        let special = Self.special
        let wrong: [(json: String, message: String)] = [
            (json(vocabulary: special + #","a":6"#), "has id 6, but there are only 6 pieces"),
            (json(vocabulary: special + #","a":6"#, added: #"[{"id":3,"content":"[SEP]"}]"#), "no piece has id 5"),
            (json(vocabulary: special + #","a":70"#), "has id 70, but there are only 6 pieces"),
            (json(vocabulary: special + #","a":4"#), "id 4 is given to both \"[MASK]\" and \"a\""),
            (json(vocabulary: special + #","a":-1"#), "not a whole number"),
            (json(vocabulary: special + #","a":5.5"#), "not a whole number"),
            (json(vocabulary: special + #","a":"5""#), "not a whole number"),
            (json(vocabulary: special + #","a":5,"a":6"#), "already piece 5"),
            (json(vocabulary: #""a":0"#), "[PAD] is missing"),
            (json(vocabulary: ""), "[PAD] is missing (0 pieces read)"),
            (json(added: #"[{"id":5,"content":"[X]"}]"#), "id 5 is given to both"),
            (json(added: #"[{"id":13,"content":"[X]"}]"#), "has id 13, but there are only 13"),
            (json(added: #"[{"id":12}]"#), "lacks a content or an id"),
            (json(added: #"[{"id":99999999999,"content":"[X]"}]"#), "lacks a content or an id"),
            (json(added: #"[{"id":12,"content":"x","single_word":true}]"#), "single_word"),
            (json(added: "7"), "added_tokens is not a list"),
            (json(model: #""max_input_chars_per_word":0"#), "max_input_chars_per_word"),
            (json(model: #""max_input_chars_per_word":1e99"#), "max_input_chars_per_word"),
            (json(normalizer: #"{"type":"BertNormalizer","lowercase":1}"#), "normalizer.lowercase"),
            (#"{"model":{"vocab":[]},"pre_tokenizer":{"type":"BertPreTokenizer"}}"#, "model.vocab is not an object"),
        ]
        for (json, message) in wrong {
            let said = try refusal(["tokenizer.json": json])
            #expect(said.contains(message), "\(said)")
        }
    }

    @Test func refusesWhatIsNotJSON() throws {
        let whole = json()
        #expect(try refusal(["tokenizer.json": whole]) == "accepted")
        for length in 0..<whole.utf8.count {
            let cut = String(decoding: whole.utf8.prefix(length), as: UTF8.self)
            #expect(try refusal(["tokenizer.json": cut]).contains("not valid JSON"), "\(length)")
        }
        let wrong = [
            whole + "x", whole + "{}", "{\"a\":tru}", "[1,]", "{\"a\" 1}", "[0x10]", "[nan]", "\"\\x\"", "\"\\ud800\"",
            "\"\\udc00\\ud800\"", "\"\\u12g4\"", "\"\\u+123\"", "\"a\nb\"", String(repeating: "[", count: 100_000),
        ]
        for text in wrong {
            #expect(try refusal(["tokenizer.json": text]).contains("not valid JSON"), "\(text.prefix(40))")
        }
        try withModelFolder(["tokenizer.json": Array("{\"a\":\n\n\"".utf8) + [0xFF, 0x22, 0x7D]]) { folder in
            let error = #expect(throws: TokenizationError.self) { try WordPiece(folder: folder) }
            #expect(error?.line == 3)
        }
    }
}
