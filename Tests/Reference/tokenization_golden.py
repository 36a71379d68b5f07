"""Writes Tests/BERTTests/Fixtures/tokenization.json and tokenization_fuzz.json: what `tokenizers` makes of hard texts.

    python3 Tests/Reference/tokenization_golden.py [--fuzz COUNT OUTPUT [SEED]]

Each fixture holds its own vocabulary, the configurations, and for each text and configuration the ids without [CLS]
and [SEP] and the offsets, turned from code points into UTF-8 bytes and flattened. With `--fuzz` only a fuzz fixture of
COUNT texts is written, to OUTPUT.
"""

import json
import pathlib
import random
import sys
import tempfile

from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers

FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "BERTTests/Fixtures"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = """the of and to in is was for on that with he she it as his her at by from this network networks draw draws
drawing diagram diagrams search passage query un ##aff ##able ##s ##ing ##ed ##er play cafe café résumé resume naive
naïve über uber istanbul İstanbul straße strasse σοφος σοφός ##ος москва київ й и 東京 한국 hello world [q] token
Paris paris London NASA nasa""".split()

SWITCHES = ("clean_text", "handle_chinese_chars", "strip_accents", "lowercase")
CONFIGURATIONS = {
    "uncased": (True, True, None, True),
    "cased": (True, True, None, False),
    "cased, accents stripped": (True, True, True, False),
    "uncased, accents kept": (True, True, False, True),
    "uncleaned": (False, False, None, True),
    "bare": (False, False, False, False),
    "uncased, text only": (True, True, None, True),
    "marker in normalized text": (True, True, None, True),
}

GOLDEN = [
    "", " ", "   \t\n\r ", "hello world", "Hello, World!", "unaffable", "UNAFFABLE!", "the networks drawing diagrams.",
    "Café café CAFÉ cafe\u0301 cafe\u0301s", "résumé naïve Über", "ệ Ệ e\u0323\u0302 e\u0302\u0323",
    "東京タワー", "ab東京cd", "한국어 각 한\u1100\u1161\u11a8", "\uf900\ufa0e\U0002f800\U00020000 \u3400\u4dbf\u4dc0",
    "中\u0301文", "\u3007\u3005\u2e80\u2f00", "ひらがなカタカナ がぎ か\u3099",
    "😀 👩\u200d👩\u200d👧 🇩🇪 👍🏽 ❤\ufe0f", "a\u200bb\u200cc\u200dd\u2060e\ufefff", "a\u00adb soft\u00adhyphen",
    "nul\x00byte \x00", "\ufffd a\ufffdb", "bell\x07 esc\x1b[0m del\x7f", "a\x85b\x0bc\x0cd\x1ce\x1ff",
    "a\u00a0b\u1680c\u2000d\u200ae\u2028f\u2029g\u202fh\u205fi\u3000j\u180ek",
    "CafÃ© â€œquotesâ€\x9d naÃ¯ve Ð¼Ð¾Ñ\x81ÐºÐ²Ð°", "İstanbul ISTANBUL ıi İ", "Straße STRASSE ẞ ß", "ΣΟΦΟΣ σοφός Σοφος Σ",
    "Москва МОСКВА Київ Й й и\u0306", "ǅ ǄǆǱ Ǆ", "K\u212a Å\u212b Ω\u2126", "\u1fef\u037e\u0387 a\u1fefb", "ﬁ ﬀ ℌ ½ ²",
    "\u0301 a \u0301\u0302 \u0301", "a\u0301\u0323\u0327b\u0327\u0323\u0301", "\u0344 \u0340\u0341\u0343 \u0958\u0f43",
    "a\u302e\u302fb\u302f\u302e", "a\U0001d165\U0001d16d\U0001d166b \U0001d15e\U0001d160 x\U0001d16d\U0001d165",
    "क़ का कि क\u094d\u093c नमस्ते", "\u1b44\u1b35\u1b34 \u0f71\u0f72\u0f74 \u0f73\u0f75\u0f81",
    "สวัสดี น้ำ", "שָׁלוֹם \ufb2a\u05b0", "السَّلَامُ عَلَيْكُمْ \u0622\u0627\u0653", "\ue000 \U000f0000 \U00100000 \uf8ff",
    "\u0378 \U000e0080 \uffff \U0010ffff \ufdd0", "\U00016ff0a \u1dfa\u0301 \u08d3\u1abf \U00011f41a\U0001e08f",
    "\u1c89 \ua7cb \ua7dc \U00010d50 \U00010570", "Ꭰ ꭰ Ა ა Ⴀ ⴀ", "𐐀 𝐀 𝒜 𞤀", "a" * 99, "a" * 100, "a" * 101,
    "é" * 100, "é" * 101, "e\u0301" * 100, "e\u0301" * 101, "x " + "ab" * 200 + " y", "東" * 101, "한" * 34, "!" * 120,
    "it's don't U.S.A. e-mail@example.com http://a.b/c?d=e&f=g#h", "1,234.56 $5 €5 £5 50% a+b=c <x> ^_`{|}~ \\",
    "“quotes” ‘single’ – — … · • § ¶ ¡¿", "‰ № ™ © ® ° µ", "ª º ¹ a₂ x²", "[SEP]", "a[SEP]b", "a [SEP] b [MASK]",
    "[sep] [Sep] [SEP", "[CLS][PAD][UNK]", "[[SEP]]", "é[SEP]\u0301e", "[MASK]ed un[MASK]able", "[UNUSED]", "e\x01\u0301 \u0301\x00\u0323",
    "x\u0323\x01\u0301y", "a\U0001d165[SEP]b\u302e[MASK]\u302fc", "a\u302e\x01\u1b44\u200d\U0001d165",
    "\u0323[SEP]\u0301", "[Q] query", "a [q] b [Q]c [Q\u0301] d", "[Q]\u00a0x [q]  y", "[Q\x00] [Q ]",
    "##ing ## ##", "a##ing", "\ud7a3\uac00\uac01", "\u1e9b\u0323 \u1e9e", "\u0149 \u01f0 \u1e96", "𝕳𝖊𝖑𝖑𝖔",
    "tab\tnew\nline\r\ncr\rend", "trailing space ", " leading", "zalgo z\u0351\u036b\u0343\u0347a\u0321\u0334l\u0489go",
]


def tokenizer(name, vocabulary):
    switches = dict(zip(SWITCHES, CONFIGURATIONS[name]))
    ids = {piece: id for id, piece in enumerate(vocabulary)}
    made = Tokenizer(models.WordPiece(ids, unk_token="[UNK]", max_input_chars_per_word=100))
    made.normalizer = normalizers.BertNormalizer(**switches)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.add_special_tokens(SPECIAL)
    if name == "uncased, text only":
        made.encode_special_tokens = True
    if name == "marker in normalized text":
        made.add_tokens([AddedToken("[Q] ", normalized=True), AddedToken("TOKEN", normalized=True)])
    return made


def flattened(encoding, text):
    byte = [0]
    for c in text:
        byte.append(byte[-1] + len(c.encode()))
    return [byte[place] for offsets in encoding.offsets for place in offsets]


def vocabulary(texts, known):
    """Special pieces, words, ASCII, and `known` of all characters that the texts become under any configuration."""
    characters = set()
    for switches in CONFIGURATIONS.values():
        normalize = normalizers.BertNormalizer(**dict(zip(SWITCHES, switches))).normalize_str
        for text in texts:
            characters |= set(normalize(text))
    characters = sorted(c for c in characters if not c.isspace())
    ascii = [chr(c) for c in range(33, 127)]
    drawn = [c for c in characters if known()]
    pieces = SPECIAL + WORDS + ascii + ["##" + c for c in ascii if c.isalnum()] + drawn
    pieces += ["##" + c for c in characters if known()]
    return list(dict.fromkeys(pieces))


def fixture(texts, known, offsets):
    pieces = vocabulary(texts, known)
    cases = [{"text": text, "ids": {}, "offsets": {}} for text in texts]
    for name in CONFIGURATIONS:
        made = tokenizer(name, pieces)
        for case in cases:
            encoding = made.encode(case["text"], add_special_tokens=False)
            case["ids"][name] = encoding.ids
            if offsets(name):
                case["offsets"][name] = flattened(encoding, case["text"])
    configurations = {
        name: dict(zip(SWITCHES, switches)) for name, switches in CONFIGURATIONS.items()
    }
    return {"vocabulary": pieces, "configurations": configurations, "cases": cases}


def write(path, made):
    head = {key: made[key] for key in ("vocabulary", "configurations")}
    text = json.dumps(head)[:-1] + ', "cases": [\n'
    text += ",\n".join(json.dumps(case, separators=(",", ":")) for case in made["cases"]) + "\n]}\n"
    pathlib.Path(path).write_text(text)
    print(path, len(made["cases"]), "texts", len(text), "bytes")


def random_texts(count, seed):
    """Strings of code points from all planes, thick with combining marks, blanks and special pieces."""
    draw = random.Random(seed)
    planes = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    marks = [
        c for c in planes
        if normalizers.NFD().normalize_str("a" + chr(c) + "\u0334") != "a" + chr(c) + "\u0334"
    ] + [0x334, 0x1D165, 0x1D16D, 0x302E, 0x1B44, 0x34F]
    spacing = [0x302E, 0x302F, 0x1D165, 0x1D16D, 0x1B44, 0x1D15F, 0x61, 0x301]  # marks that are not stripped, mostly
    decomposed = [c for c in planes if normalizers.NFD().normalize_str(chr(c)) != chr(c) and not 0xAC00 <= c < 0xD7A4]
    blanks = [0x20, 0x09, 0x0A, 0x0D, 0xA0, 0x85, 0x2003, 0x2028, 0x3000, 0x00, 0xFFFD, 0x200D, 0x01, 0xAD]
    kinds = [
        lambda: draw.randrange(33, 127), lambda: draw.randrange(33, 127), lambda: draw.choice(blanks),
        lambda: draw.choice(marks), lambda: draw.choice(spacing), lambda: draw.choice(decomposed), lambda: draw.randrange(0xA1, 0x600),
        lambda: draw.randrange(0x600, 0x3000), lambda: draw.randrange(0x3000, 0xD7FF),
        lambda: draw.randrange(0xF900, 0x10000), lambda: draw.choice(planes), lambda: draw.randrange(0x10000, 0x20000),
    ]
    texts = []
    for _ in range(count):
        mix = draw.sample(kinds, draw.randrange(2, 6))
        parts = [chr(draw.choice(mix)()) for _ in range(draw.randrange(1, 24))]
        if draw.random() < 0.1:
            parts.insert(draw.randrange(len(parts) + 1), draw.choice(SPECIAL + ["[Q] ", "token", "the"]))
        texts.append("".join(parts))
    return texts


def main():
    def some(seed):
        draw = random.Random(seed)
        return lambda: draw.random() < 0.8

    if "--fuzz" in sys.argv:
        count, output, *seed = sys.argv[sys.argv.index("--fuzz") + 1 :]
        seed = int(seed[0]) if seed else 7
        write(output, fixture(random_texts(int(count), seed), some(seed), lambda name: True))
        return
    write(FIXTURES / "tokenization.json", fixture(GOLDEN, lambda: True, lambda name: True))
    brief = ("uncased", "cased, accents stripped", "marker in normalized text")
    write(FIXTURES / "tokenization_fuzz.json", fixture(random_texts(300, 12), some(12), lambda name: name in brief))


main()
