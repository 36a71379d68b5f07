import BERT
import Foundation
import Testing

/// Byte-pair and unigram tokenizers that are refused, in words.
struct SubwordFolderTests {
    /// What reading a fixture's `tokenizer.json` says once `old` is replaced in it.
    func refusal(_ name: String, _ old: String, _ new: String) throws -> String {
        let file = SubwordReferenceTests.folder(name).appendingPathComponent("tokenizer.json")
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(text.contains(old), "\(old)")
        var message = "accepted"
        try withModelFolder(texts: ["tokenizer.json": text.replacingOccurrences(of: old, with: new)]) { folder in
            do {
                _ = try TokenizerFile.tokenizer(folder: folder)
            } catch let error as TokenizationError {
                message = error.message
            }
        }
        return message
    }

    @Test func byteLevelTokenizersOfOtherFormsAreRefused() throws {
        let wrong: [(old: String, new: String, message: String)] = [
            (
                #""type":"BPE""#, #""type":"WordLevel""#,
                "model.type \"WordLevel\" is not supported; supported is WordPiece"
            ),
            (#""normalizer":null"#, #""normalizer":{"type":"NFKD"}"#, "normalizer.type \"NFKD\" is not supported"),
            (#""type":"ByteLevel","add_prefix_space":false"#, #""type":"Whitespace""#, "pre_tokenizer.type"),
            (#""use_regex":true"#, #""use_regex":false"#, "pre_tokenizer.use_regex false is not supported"),
            (#""type":"RobertaProcessing""#, #""type":"Other""#, "post_processor.type \"Other\" is not supported"),
            (#""cls":["<s>",0]"#, #""cls":["<t>",0]"#, "sets other special pieces than <s> and </s>"),
            (#""dropout":null"#, #""dropout":0.1"#, "model.dropout is not supported"),
            (#""byte_fallback":false"#, #""byte_fallback":true"#, "model.byte_fallback is not supported"),
            (#""end_of_word_suffix":null"#, #""end_of_word_suffix":"</w>""#, "model.end_of_word_suffix"),
            (#""merges":[["#, #""merges":[["q"],["#, "merge 0 is not a pair"),
            (#""merges":[["#, #""merges":["q q q",["#, "merge 0 is not a pair"),
            (#""merges":[["#, #""merges":[["qq","qqq"],["#, "merge 0 has a piece that the vocabulary lacks"),
            (#""merges":["#, #""mergers":["#, "model.merges is not a list"),
            (#""single_word":false"#, #""single_word":true"#, "single_word"),
            (#""!":"#, #""!!!!":"#, "has no piece \"!\" for the byte 33"),
            (#""<mask>""#, #""<musk>""#, "lacks special pieces"),
        ]
        for (old, new, message) in wrong {
            let said = try refusal("roberta", old, new)
            #expect(said.contains(message), "\(said)")
        }
        #expect(try refusal("roberta", #""version""#, #""vision""#) == "accepted")
    }

    @Test func unigramTokenizersOfOtherFormsAreRefused() throws {
        let wrong: [(old: String, new: String, message: String)] = [
            (#""unk_id":3"#, #""unk_id":null"#, "model.unk_id is not the id of one"),
            (#""unk_id":3"#, #""unk_id":100000"#, "model.unk_id is not the id of one"),
            (#"["<s>",0.0]"#, #"["<s>",1e999]"#, "piece 0 of model.vocab is not a string with a number"),
            (#"["<s>",0.0]"#, #"["<s>"]"#, "piece 0 of model.vocab"),
            (#""type":"WhitespaceSplit""#, #""type":"Punctuation""#, "pre_tokenizer is not supported"),
            (#""replacement":"▁""#, #""replacement":"_""#, "pre_tokenizer.replacement"),
            (#""split":true"#, #""split":false"#, "pre_tokenizer.split false is not supported"),
            (#""prepend_scheme":"always""#, #""prepend_scheme":"often""#, "pre_tokenizer.prepend_scheme"),
            (#""precompiled_charsmap":""#, #""precompiled_charsmap":"!"#, "not a SentencePiece character table"),
            (#""precompiled_charsmap":""#, #""precompiled_charsmap":"////"#, "not a SentencePiece character table"),
            (#""Sequence":{"id":"B""#, #""Sequence":{"id":"A""#, "post_processor does not frame texts"),
            (#""byte_fallback":false"#, #""byte_fallback":true"#, "has no piece <0x00>"),
        ]
        for (old, new, message) in wrong {
            let said = try refusal("xlm-roberta", old, new)
            #expect(said.contains(message), "\(said)")
        }
        #expect(
            try refusal("xlm-bytes", #""Regex":" {2,}""#, #""Regex":"\\s+""#).contains("normalizer.pattern is neither"))
    }

    /// Whatever the character table holds, texts are taken: places outside it count as no entry.
    @Test func damagedCharacterTablesAreHarmless() throws {
        let file = SubwordReferenceTests.folder("xlm-roberta").appendingPathComponent("tokenizer.json")
        let text = try String(contentsOf: file, encoding: .utf8)
        let start = try #require(text.range(of: #""precompiled_charsmap":""#)).upperBound
        let end = try #require(text[start...].firstIndex(of: "\""))
        let table = try #require(Data(base64Encoded: String(text[start..<end])))
        var state: UInt32 = 14
        func random(_ bound: Int) -> Int {
            state = state &* 1_664_525 &+ 1_013_904_223
            return Int(state >> 8) % bound
        }
        for _ in 0..<60 {
            var damaged = table
            for _ in 0..<200 { damaged[4 + random(table.count / 2)] = UInt8(random(256)) }
            let changed = text.replacingCharacters(in: start..<end, with: damaged.base64EncodedString())
            try withModelFolder(texts: ["tokenizer.json": changed]) { folder in
                guard let tokenizer = try? TokenizerFile.tokenizer(folder: folder) else { return }
                let pieces = tokenizer.encode("ｆｕｌｌ ﬁ é e\u{301} \u{600}a ½ ① \r\n ｶﾞ plain")
                #expect(pieces.allSatisfy { $0 >= 0 && Int($0) < tokenizer.vocabulary.count })
            }
        }
    }
}
