#!/usr/bin/env python3
"""Writes Tests/BERTTests/Fixtures/subwords: small byte-pair and unigram tokenizers, and what `tokenizers` makes of hard
texts by them.

    python subword_golden.py [--fuzz COUNT OUTPUT TOKENIZERS [SEED]]

Ids are without special pieces around the text; ranges are bytes of the text, without white space at their ends, -1
for pieces of nothing else. "plain" is with special pieces left alone. With `--fuzz` only expected.json of COUNT random texts is
written, to OUTPUT/NAME, for the tokenizers of the folder TOKENIZERS (see subword_tokenizers.py).
"""
import json
import pathlib
import random
import sys
import tempfile
import unicodedata

from tokenizers import Tokenizer, models, normalizers

import subword_tokenizers as subwords

FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "BERTTests/Fixtures/subwords"
HARD = subwords.TEXTS + [
    "", " ", "  ", "\n", " \n\t ", "a", " a", "a ", "  a  b   c    d         e", "it's we'll I'd they've I'm you're don't",
    "IT'S 'S 's ''s x's'll 'x", "tab\tnew\nline\r\ncr\rend", "a\u00a0b\u2003c\u3000d\u2028e\u0085f\x0bg\x1ch",
    "12 1234 12.5 ½ ² Ⅷ ٣", "e\u0301 e\u0323\u0301 e\u0301\u0323 e\u0301\u0323x \u1100\u1161\u11a8 \u0958 \u212b \u2126",
    "\u0301a \u0344 \ud7a3\u11a8 \u0b47\u0b57 \u1b05\u1b35", "ﬁ\u0301 ①② ㍿ ｶﾞ ﾊﾟ １２ ﹩", "\u200b\u200d\ufeff\u00ad\x00\x01\x7f",
    "\u0600e\u0301\u0323x \u06dda", "▁a ▁ ▁▁b a▁b", "<s>a</s> <mask> b <mask><pad>c<unk>d", "x  <mask>  y", "<mask>",
    "[CLS]a[SEP] b  [MASK]  c[PAD][UNK]", "[MASK]", "|||IP_ADDRESS||| x|||IP_ADDRESS|||", "``quoted`` `` x", "<0x41><0x0A>",
    "ab" * 60, "a" * 200, " ".join("abcdefgh"), "!?!?!? ... --- ###", "https://example.com/a?b=c&d=e#f", "\U0010ffff\ue000\ufdd0",
    "\U0001f468\u200d\U0001f469\u200d\U0001f466 \u2764\ufe0f", "क्षि नि", "ก็ น้ำ", "zalgo z\u0351\u036b\u0343a\u0321\u0334go",
]


def rules():
    """A small character table in SentencePiece's form: some of NFKC, blanks, controls."""
    ranges = [range(0xA0, 0x180), range(0x1E00, 0x1F00), range(0x2000, 0x2030), range(0x2460, 0x2474),
              range(0x3000, 0x3001), range(0xFB00, 0xFB07), range(0xFF01, 0xFFA0), range(0x212A, 0x212C)]
    table = {}
    for code in [c for r in ranges for c in r]:
        text, form = chr(code), unicodedata.normalize("NFKC", chr(code))
        if form != text:
            table[text] = form
        parts = unicodedata.normalize("NFD", text)
        if parts != text:
            table[parts] = form
    table |= {c + "\uff9e": unicodedata.normalize("NFKC", c + "\uff9e") for c in "ｶｷｸｹｺﾊﾋﾌﾍﾎ"}
    table |= {chr(c): "" for c in [*range(1, 9), 0x7F, 0xAD, 0x200B, 0xFEFF]} | {c: " " for c in "\t\n\r\x0b\x0c\u0085\u2028"}
    def code(text): return " ".join(f"{ord(c):X}" for c in text)
    return "".join(f"{code(old)}\t{code(new)}\n" for old, new in sorted(table.items()) if old != new)


def small_tokenizers():
    texts = subwords.TEXTS * 4
    yield "roberta", subwords.roberta(texts, 700)
    yield "roberta-prefix", subwords.roberta(texts, 400, prefix=True)
    yield "modernbert", subwords.modernbert(texts, 700)
    with tempfile.NamedTemporaryFile("w", suffix=".tsv", encoding="utf-8") as tsv:
        tsv.write(rules())
        tsv.flush()
        pieces, table = subwords.unigram_pieces(texts, 600, normalization_rule_tsv=tsv.name)
    for form in ("roberta", "old", "bytes"):
        yield f"xlm-{form}", subwords.xlm_roberta(pieces, table, form)


def ranges(encoding, text):
    """Byte ranges, flattened, without white space at their ends; -1 for pieces of nothing but white space."""
    byte = [0]
    for c in text:
        byte.append(byte[-1] + len(c.encode()))
    flat = []
    for (start, end), piece in zip(encoding.offsets, encoding.tokens):
        while start < end and text[start].isspace():
            start += 1
        while start < end and text[end - 1].isspace():
            end -= 1
        flat += [-1, -1] if start == end or piece in ("Ġ", "▁") else [byte[start], byte[end]]
    return flat


def cases(made, texts, with_ranges):
    made.no_truncation()
    result = []
    for text in texts:
        made.encode_special_tokens = False
        encoding = made.encode(text, add_special_tokens=False)
        case = {"text": text, "ids": encoding.ids}
        if with_ranges(text):
            case["ranges"] = ranges(encoding, text)
        made.encode_special_tokens = True
        plain = made.encode(text, add_special_tokens=False).ids
        # A unigram model has its special pieces as pieces, so that `tokenizers` finds them all the same; passerine does
        # not.
        if plain != encoding.ids and isinstance(made.model, models.BPE):
            case["plain"] = plain
        result.append(case)
    return result


def random_texts(count, seed):
    draw = random.Random(seed)
    planes = [c for c in range(1, 0x110000) if not 0xD800 <= c < 0xE000]
    decomposed = [c for c in planes if normalizers.NFD().normalize_str(chr(c)) != chr(c)]
    marks = [0x301, 0x323, 0x302, 0x308, 0x30a, 0x327, 0x338, 0x3099, 0x309a, 0x5b0, 0x64b, 0x653, 0x93c, 0x94d, 0x9be,
             0x1161, 0x11a8, 0x302e, 0x1d165, 0x200d, 0xfe0f, 0x345, 0x334, 0x600, 0x6dd, 0x110bd, 0xad, 0x200b]
    blanks = [0x20] * 6 + [0x09, 0x0A, 0x0D, 0xA0, 0x85, 0x2003, 0x2028, 0x3000, 0x01, 0x2581, 0x0b, 0x1c]
    kinds = [lambda: draw.randrange(33, 127), lambda: draw.randrange(97, 123), lambda: draw.choice(blanks),
             lambda: draw.choice(blanks), lambda: draw.choice(marks), lambda: draw.choice(decomposed),
             lambda: draw.randrange(0xA1, 0x600), lambda: draw.randrange(0x600, 0x3000),
             lambda: draw.randrange(0x1100, 0x1200), lambda: draw.randrange(0x3000, 0xD7FF),
             lambda: draw.randrange(0xF900, 0x10000), lambda: draw.choice(planes), lambda: draw.randrange(0x10000, 0x20000)]
    words = ["'s", "'ll", "don't", " 're", "  ", " <mask> ", "<s>", "</s>", "[MASK]", "[SEP]", "  \n ", "hello world",
             "e\u0323\u0301x", "|||IP_ADDRESS|||", "``", "ﬁ\u0301", "\r\n", "▁", "①②", "ｶﾞ", "12,345", "the", "<unk>", "<0x41>"]
    texts = []
    for _ in range(count):
        mix = draw.sample(kinds, draw.randrange(2, 7))
        parts = [chr(draw.choice(mix)()) for _ in range(draw.randrange(1, 30))]
        for _ in range(draw.randrange(0, 4)):
            parts.insert(draw.randrange(len(parts) + 1), draw.choice(words))
        texts.append("".join(parts))
    return texts


def write(path, made):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in made) + "\n]\n")
    print(path, len(made), "texts", path.stat().st_size, "bytes")


def main():
    if "--fuzz" in sys.argv:
        count, output, folder, *seed = sys.argv[sys.argv.index("--fuzz") + 1 :]
        texts = random_texts(int(count), int(seed[0]) if seed else 7)
        for path in sorted(pathlib.Path(folder).glob("*/tokenizer.json")):
            made = Tokenizer.from_file(str(path))
            write(pathlib.Path(output) / path.parent.name / "expected.json", cases(made, texts, lambda text: False))
        return
    for name, made in small_tokenizers():
        subwords.save(made, FIXTURES / name)
        # Where the library removes characters or composes them, its own offsets go astray.
        # So they do for the single bytes of unknown characters.
        plain = lambda text: name.startswith("roberta") or (
            name != "xlm-bytes" and text.isascii() and text.isprintable())
        write(FIXTURES / name / "expected.json", cases(made, HARD + random_texts(60, 14), plain))


main()
