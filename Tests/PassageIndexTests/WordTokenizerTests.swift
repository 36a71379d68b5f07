import Foundation
import GRDB
import PassageIndex
import Testing

/// What the tokenizer under all analyses makes of texts, term by term, with the bytes of the text that each came from.
@Suite struct WordTokenizerTests {
    private struct Term: Equatable {
        let text: String
        let place: String
    }

    private func terms(
        _ text: String, _ tokenizer: FTS5TokenizerDescriptor, for purpose: FTS5Tokenization = .document
    ) throws -> [Term] {
        let queue = try DatabaseQueue()
        return try queue.read { database in
            database.add(tokenizer: WordTokenizer.self)
            var terms: [Term] = []
            try TermReader.forEachTerm(text, database.makeTokenizer(tokenizer), for: purpose) { term, place in
                terms.append(
                    Term(
                        text: String(decoding: term, as: UTF8.self),
                        place: String(decoding: Array(text.utf8)[place], as: UTF8.self)))
            }
            return terms
        }
    }

    private func words(_ text: String) throws -> [String] {
        try terms(text, Analysis.plain.tokenizer).map(\.text)
    }

    private func codePoints(_ terms: [String]) -> [[UInt32]] { terms.map { $0.unicodeScalars.map(\.value) } }

    /// SQLite's own tokenizer was under the analyses before; measures of English collections rest on its terms.
    @Test func englishTermsAreThoseOfUnicode61() throws {
        var state: UInt64 = 7
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let pieces =
            (0..<128).map { String(UnicodeScalar(UInt8($0))) } + [
                "\u{2019}", "\u{2014}", "\u{A0}", "\u{2026}", "😀", "é",
            ]
        for _ in 0..<50 {
            let text = (0..<2_000).map { _ in
                next(3) == 0 ? pieces[next(pieces.count)] : ["e", "T", "ing", "ness ", "7"][next(5)]
            }.joined()
            for stemmed in [[], ["porter"]] {
                let old = FTS5TokenizerDescriptor(components: stemmed + ["unicode61", "remove_diacritics", "2"])
                let new = FTS5TokenizerDescriptor(components: stemmed + [WordTokenizer.name])
                #expect(try terms(text, new) == terms(text, old))
            }
        }
        let long = String(repeating: "Ab", count: 30_000)
        #expect(try words(long + " c") == [String(repeating: "ab", count: 16_384), "c"])
    }

    /// A text, how it may be typed as well, and its terms.
    @Test(arguments: [
        ("cooperate", "co\u{AD}op\u{200D}er\u{2060}a\u{FEFF}t\u{200E}e", ["cooperate"]),
        ("heart", "he\u{34F}ar\u{FE0F}t\u{E0041}", ["heart"]),
        ("impôt", "impo\u{302}t", ["impot"]), ("Ångström", "A\u{30A}ngstro\u{308}m", ["angstrom"]),
        ("tiếng", "tie\u{302}\u{301}ng", ["tieng"]), ("ệ", "e\u{302}\u{323}", ["e"]),
        ("ΆΈ ᾳς", "Α\u{301}Ε\u{301} α\u{345}σ", ["αε", "ασ"]),
        ("Йод ўвесь їжак ёлка", "И\u{306}од у\u{306}весь і\u{308}жак е\u{308}лка", ["йод", "ўвесь", "їжак", "елка"]),
        ("ｆｉｎｅ１２", "ﬁne１２", ["fine12"]), ("Ⅳ x² ½", "IV x2 ½", ["iv", "x2", "½"]),
        ("ｶﾞｯｺｳ", "ガッコウ", ["ガッコウ"]), ("がっこう", "か\u{3099}っこう", ["がっこう"]),
        ("한국어", "\u{1112}\u{1161}\u{11AB}\u{1100}\u{116E}\u{11A8}\u{110B}\u{1165}", ["한국어"]),
        ("⽂字", "文字", ["文字"]), ("㎏ ㍿", "kg 株式会社", ["kg", "株式会社"]),
        ("כתב שָׁלוֹם", "כתב שלום", ["כתב", "שלום"]),
        ("كِتَابٌ محـــمد", "كتاب محمد", ["كتاب", "محمد"]), ("أكل", "ا\u{654}كل", ["أكل"]),
        ("ﷲ ﻻ", "الله لا", ["الله", "لا"]),
        ("ক\u{9CB}", "ক\u{9C7}\u{9BE}", ["ক\u{9CB}"]), ("क़लम", "क\u{93C}लम", ["क\u{93C}लम"]),
        ("ஹி\u{BCA}", "ஹி\u{BC6}\u{BBE}", ["ஹி\u{BCA}"]),
    ])
    func formsOfAWordAreOneTerm(text: String, other: String, expected: [String]) throws {
        #expect(codePoints(try words(text)) == codePoints(expected))
        #expect(codePoints(try words(other)) == codePoints(expected))
    }

    @Test(arguments: [
        "हिन्दी", "தமிழ்", "বাংলা", "मराठी", "ਪੰਜਾਬੀ", "తెలుగు", "ಕನ್ನಡ", "മലയാളം", "සිංහල", "ภาษาไทย", "น้ำ", "ພາສາລາວ", "ភាសាខ្មែរ",
        "မြန်မာ", "ދިވެހި", "བོད",
    ])
    func marksStayInTheirWord(word: String) throws {
        for analysis in Analysis.allCases {
            let found = try terms("\u{300}\(word) (\(word))", analysis.tokenizer)
            #expect(found.map(\.place) == [word, word], "\(analysis)")
            #expect(Set(found.map(\.text)).count == 1)
        }
    }

    @Test func whatIsNoWordIsNone() throws {
        #expect(try words("") == [])
        #expect(try words("\u{301}\u{AD} \u{93F} — \u{200D}🦜\u{FE0F} \u{640}\u{64E} \u{FF9E}\u{115F}") == [])
        #expect(try words("a\u{200B}b\u{2028}c\u{0}d") == ["a", "b", "c", "d"])
        #expect(try words("m\u{301}\u{AD}") == ["m"])
    }

    /// Places are those of the text as it is stored: whole characters with their marks, and nothing of what comes after.
    @Test(arguments: [
        ("x co\u{AD}op\u{AD} y", ["x", "co\u{AD}op", "y"]), ("e\u{301}te\u{301}\u{323}!", ["e\u{301}te\u{301}\u{323}"]),
        ("1\u{FE0F}\u{20E3} İİ tail", ["1\u{FE0F}\u{20E3}", "İİ", "tail"]), ("ﬁn Stra\u{DF}e", ["ﬁn", "Stra\u{DF}e"]),
        ("محـ، ا", ["محـ", "ا"]),
    ])
    func placesAreWholeCharacters(text: String, expected: [String]) throws {
        #expect(codePoints(try terms(text, Analysis.plain.tokenizer).map(\.place)) == codePoints(expected))
    }

    @Test func pairsAreOfCharactersWithTheirMarks() throws {
        let cjk = Analysis.cjk.tokenizer
        let query = try terms("É東\u{301}京\u{FE00}か\u{309A}tower", cjk, for: .query)
        #expect(query.map(\.text) == ["e", "東京", "京か\u{309A}", "tower"])
        #expect(
            codePoints(query.map(\.place))
                == codePoints(["É", "東\u{301}京\u{FE00}", "京\u{FE00}か\u{309A}", "tower"]))
        let document = try terms("か\u{3099}く", cjk)
        #expect(codePoints(document.map(\.text)) == codePoints(["が", "がく", "く"]))
        #expect(codePoints(document.map(\.place)) == codePoints(["か\u{3099}", "か\u{3099}く", "く"]))
        // Old Korean has syllables that no scalar is.
        let old = "\u{1112}\u{119E}\u{11AB}\u{1100}\u{1173}\u{11AF}"
        #expect(codePoints(try terms(old, cjk, for: .query).map(\.place)) == codePoints([old]))
    }

    /// Canonically equivalent texts have equal terms, of every scalar that Swift decomposes.
    @Test func everyDecompositionIsTheSameTerm() throws {
        var count = 0
        var text = ""
        for value in (0x80..<0x30000 as Range<UInt32>) where !(0xAC00..<0xD700).contains(value) || value % 97 == 0 {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let whole = String(scalar)
            let parts = whole.decomposedStringWithCanonicalMapping
            guard !parts.unicodeScalars.elementsEqual(whole.unicodeScalars) else { continue }
            text += "x\(whole)y \(whole) x\(parts)y \(parts)\n"
            count += 1
        }
        #expect(count > 2000)
        for line in text.split(separator: "\n") {
            let found = try words(String(line))
            #expect(found.count % 2 == 0 && found.prefix(found.count / 2) == found.suffix(found.count / 2), "\(line)")
        }
    }

    /// A word may be as long as a passage: neither order nor composition may take time by its square.
    @Test func longWordsAreTaken() throws {
        for unit in ["\u{5B0}", "\u{93C}\u{94D}", "\u{94D}\u{93C}", "か\u{3099}", "\u{1112}\u{1161}", "é"] {
            let text = "ה" + String(repeating: unit, count: 100_000)
            for analysis in Analysis.allCases {
                var count = 0
                let queue = try DatabaseQueue()
                try queue.read { database in
                    database.add(tokenizer: WordTokenizer.self)
                    try TermReader.forEachTerm(text, database.makeTokenizer(analysis.tokenizer), for: .query) {
                        term, _ in
                        count += 1
                        #expect(String(validating: term, as: UTF8.self) != nil)
                    }
                }
                #expect(count >= 1)
            }
        }
    }
}
