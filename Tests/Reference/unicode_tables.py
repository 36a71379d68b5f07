"""Writes Sources/BERT/Tokenization/Unicode/UnicodeTables*.swift: what Hugging Face's `tokenizers` does to every code point.

    python3 Tests/Reference/unicode_tables.py [--check]

The library's tables come from crates of several Unicode versions, so they are read off its behaviour, not from a
Unicode release. Numbers are written as base-64 variable-length quantities: digits of `ALPHABET`, five bits each, low
bits first, bit 5 set on all but the last; a signed number is zigzag-coded first. `--check` writes nothing and fails
when the committed files differ.
"""

import pathlib
import struct
import sys
import unicodedata

import tokenizers
from tokenizers import normalizers
from tokenizers.pre_tokenizers import BertPreTokenizer, ByteLevel

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Sources/BERT/Tokenization/Unicode"
SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
HANGUL = range(0xAC00, 0xAC00 + 11172)


def bert(**switches):
    off = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return normalizers.BertNormalizer(**(off | switches)).normalize_str


clean, ideographs, strip = bert(clean_text=True), bert(handle_chinese_chars=True), bert(strip_accents=True)
nfd, lower = normalizers.NFD().normalize_str, normalizers.Lowercase().normalize_str
nfc = normalizers.NFC().normalize_str
split = BertPreTokenizer().pre_tokenize_str
byte_level = ByteLevel(add_prefix_space=False).pre_tokenize_str


def unsigned(n):
    digits = ""
    while True:
        n, low = n >> 5, n & 31
        digits += ALPHABET[low | (32 if n else 0)]
        if not n:
            return digits


def signed(n):
    return unsigned(n << 1 if n >= 0 else (-n << 1) - 1)


def ranges(members):
    """Alternately the gap from the end of the last range and the length of the next."""
    text, end, members = "", 0, sorted(members)
    at = 0
    while at < len(members):
        stop = at
        while stop + 1 < len(members) and members[stop + 1] == members[stop] + 1:
            stop += 1
        text += unsigned(members[at] - end) + unsigned(stop - at + 1)
        end, at = members[stop] + 1, stop + 1
    return text


def classes():
    removed, spaces, blanks, punctuation, han, nonspacing = [], [], [], [], [], []
    for c in SCALARS:
        s = chr(c)
        cleaned = clean(s)
        if cleaned == "":
            removed.append(c)
        elif cleaned != s:
            assert cleaned == " "
            spaces.append(c)
        words = len(split("a" + s + "b"))
        if words == 2:
            blanks.append(c)
        elif words == 3:
            punctuation.append(c)
        spaced = ideographs(s)
        if spaced != s:
            assert spaced == f" {s} "
            han.append(c)
        if nfd(s) == s and strip(s) != s:
            assert strip(s) == ""
            nonspacing.append(c)
    marks = set(map(chr, nonspacing))
    for c in SCALARS:
        assert strip(chr(c)) == "".join(m for m in nfd(chr(c)) if m not in marks), hex(c)
    # Cleaning makes a space of exactly the kept characters at which a word is split.
    assert set(spaces) | {ord(" ")} == set(blanks) - set(removed)
    return dict(removed=removed, whitespace=blanks, punctuation=punctuation, ideographs=han, nonspacing=nonspacing)


def charsmap(key):
    """A SentencePiece character table with one entry: `key` becomes "Z"."""
    units, node, base = [0] * (256 * (len(key) + 2)), 0, 256
    units[0] = base << 10
    for place, byte in enumerate(key):
        node, base = base ^ byte, base + 256
        units[node] = byte | (node ^ base) << 10 | (place == len(key) - 1) << 8
    return normalizers.Precompiled(struct.pack(f"<{len(units) + 1}I", 4 * len(units), *units) + b"Z\0").normalize_str


def segmentation():
    """Classes of GPT-2's regular expression and of short grapheme clusters, and what composition leaves out."""
    letters = [c for c in SCALARS if len(byte_level("a" + chr(c))) == 1]
    numbers = [c for c in SCALARS if len(byte_level("1" + chr(c))) == 1]
    others = [c for c in SCALARS if len(byte_level("!" + chr(c))) == 1]
    blanks = set(SCALARS) - set(letters) - set(numbers) - set(others)
    assert len(letters) + len(numbers) + len(others) + len(blanks) == len(SCALARS)
    assert blanks == {c for c in SCALARS if len(split("a" + chr(c) + "b")) == 2}
    # An entry swallows what shares a cluster of less than six bytes with its key.
    after_a = charsmap(b"a")
    extending = [c for c in SCALARS if after_a("a" + chr(c)) == "Z"]
    prepending, controls = [], []
    for c in SCALARS:
        if c >= 0x10000 and unicodedata.category(chr(c)) in ("Cn", "Co"):
            continue
        rewrite = charsmap(chr(c).encode())
        if rewrite(chr(c) + "a") == "Z":
            prepending.append(c)
        elif len(chr(c).encode()) < 4 and rewrite(chr(c) + "\u0301") != "Z":
            controls.append(c)
    uncomposed = [c for c in SCALARS if nfd(chr(c)) != chr(c) and nfc(chr(c)) != chr(c)]
    return dict(letters=letters, numbers=numbers, extending=extending, prepending=prepending, controls=controls,
                uncomposed=uncomposed)


def combining_classes():
    """Canonical combining classes, found by which of two marks NFD puts first."""
    lowest, highest = "\u0334", "\u0345"  # classes 1 and 240

    def swaps(first, second):
        return nfd("a" + first + second) != "a" + first + second

    known = {1: lowest}
    for c in SCALARS:
        value = unicodedata.combining(chr(c))
        # A mark newer than the library's tables is a base character to it.
        if value and value not in known and nfd(chr(c)) == chr(c) and swaps(chr(c), lowest):
            known[value] = chr(c)
    order = sorted(known)
    for low, high in zip(order, order[1:]):
        assert swaps(known[high], known[low]) and not swaps(known[low], known[high])
    found = {}
    for c in SCALARS:
        s = chr(c)
        if nfd(s) != s or not (swaps(s, lowest) or swaps(highest, s)):
            continue
        # The class is the largest known one that does not have to make room for this mark.
        smaller = [v for v in order if not swaps(known[v], s)]
        assert smaller and smaller == order[: len(smaller)], hex(c)
        found[c] = smaller[-1]
        assert not swaps(s, known[smaller[-1]]), hex(c)
    return found


def lowercase_runs():
    """(start, count, step, offset) runs of one-to-one mappings; the single expansion, U+0130, is checked by name."""
    pairs = []
    for c in SCALARS:
        small = lower(chr(c))
        if small != chr(c):
            if c == 0x130:
                assert small == "i\u0307"
                continue
            assert len(small) == 1, hex(c)
            pairs.append((c, ord(small)))
    text, end, at = "", 0, 0
    while at < len(pairs):
        start, target = pairs[at]
        step = pairs[at + 1][0] - start if at + 1 < len(pairs) else 1
        if step not in (1, 2) or pairs[at + 1][1] - pairs[at + 1][0] != target - start:
            step = 1
        count = 1
        while at + count < len(pairs) and pairs[at + count] == (start + count * step, target + count * step):
            count += 1
        text += unsigned(start - end) + unsigned(count) + unsigned(step) + signed(target - start)
        end, at = start + (count - 1) * step + 1, at + count
    return text


def decompositions():
    """Gap from the last code point, number of scalars, then each scalar as the difference from the one at its place."""
    text, last, previous = "", 0, [0, 0, 0, 0]
    for c in SCALARS:
        parts = [ord(p) for p in nfd(chr(c))]
        if parts == [c]:
            continue
        if c in HANGUL:
            index = c - 0xAC00
            jamo = [0x1100 + index // 588, 0x1161 + index % 588 // 28, 0x11A7 + index % 28]
            assert parts == (jamo if index % 28 else jamo[:2]), hex(c)
            continue
        assert len(parts) <= 4, hex(c)
        text += unsigned(c - last) + unsigned(len(parts))
        text += "".join(signed(part - previous[i]) for i, part in enumerate(parts))
        previous[: len(parts)] = parts
        last = c
    return text


def literal(name, comment, text, indent="    "):
    width = 116 - len(indent)
    lines = [text[i : i + width] for i in range(0, len(text), width)]
    return "\n".join(
        [f"{indent}/// {comment}", f'{indent}static let {name}: StaticString = """']
        + [indent + "    " + line for line in lines]
        + [f'{indent}    """']
    )


def main():
    head = (
        "// Made by Tests/Reference/unicode_tables.py from the behaviour of Hugging Face's tokenizers"
        f" {tokenizers.__version__}; do not edit.\n"
    )
    table = classes()
    marks = combining_classes()
    grouped = {}
    for c, value in marks.items():
        grouped.setdefault(value, []).append(c)
    combining = "".join(
        unsigned(value) + unsigned(len(text := ranges(grouped[value]))) + text for value in sorted(grouped)
    )
    about = dict(
        removed="Removed by cleaning: NUL, U+FFFD, controls, formats, private use.",
        whitespace="Separates words.",
        punctuation="A word of its own.",
        ideographs="Set apart by spaces: the blocks that BERT calls Chinese.",
        nonspacing="Removed with accents, after decomposition.",
    )
    about_segments = dict(
        letters="`\\p{L}` of GPT-2's regular expression.",
        numbers="`\\p{N}`.",
        extending="Belongs to the grapheme cluster before it.",
        prepending="Joins what follows to a grapheme cluster.",
        controls="Below U+10000: ends a cluster on both sides.",
        uncomposed="Decomposes, and is not composed again.",
    )
    parts = [literal(name, comment, ranges(table[name])) for name, comment in about.items()]
    parts.append(literal("combining", "For each combining class: its value, the length of its ranges, the ranges.", combining))
    parts.append(literal("lowercase", "Runs of start, count, step and signed offset; U+0130 is not among them.", lowercase_runs()))
    files = {
        "UnicodeTables.swift": head
        + "\n/// Tables over code points, coded as the script says and read by `CharacterTable`.\nenum UnicodeTables {\n"
        + "\n\n".join(parts)
        + "\n}\n",
        "UnicodeTables+Decompositions.swift": head
        + "\nextension UnicodeTables {\n"
        + literal("decompositions", "Canonical decompositions in full, Hangul left out.", decompositions())
        + "\n}\n",
        "UnicodeTables+Segmentation.swift": head
        + "\nextension UnicodeTables {\n"
        + "\n\n".join(literal(name, about_segments[name], ranges(found)) for name, found in segmentation().items())
        + "\n}\n",
    }
    for name, text in files.items():
        path = FOLDER / name
        if "--check" in sys.argv:
            if not path.exists() or path.read_text() != text:
                sys.exit(f"{path} is not what this version of tokenizers gives")
        else:
            path.write_text(text)
        print(name, text.count("\n"), "lines", len(text), "bytes")


main()
