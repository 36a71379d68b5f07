"""Writes Sources/PassageIndex/Analysis/FoldingTable+Data.swift: what becomes of every code point on the way to a term.

    python3 Tests/Reference/folding_table.py [--check]

From the Unicode character database in the version of `unicodedata2`, and not from what Swift or SQLite were built with:
the terms that it makes lie on disk, so the table may change only with the index's format. Numbers are coded as in
`unicode_tables.py`. `--check` writes nothing and fails when the committed file differs.
"""

import pathlib
import sys

import unicodedata2 as ucd

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
FILE = pathlib.Path(__file__).resolve().parents[2] / "Sources/PassageIndex/Analysis/FoldingTable+Data.swift"
SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]

SEPARATOR, LETTER, MARK, DROPPED_MARK, IGNORABLE, DROPPED_LETTER = range(6)


def members(text):
    """Code points of ranges such as "300-36F 483"."""
    found = set()
    for part in text.split():
        first, _, last = part.partition("-")
        found.update(range(int(first, 16), int(last or first, 16) + 1))
    return found


# Default_Ignorable_Code_Point (DerivedCoreProperties.txt), without U+200B, which separates words (standard annex 29).
DEFAULT_IGNORABLE = members(
    "AD 34F 61C 115F-1160 17B4-17B5 180B-180F 200C-200F 202A-202E 2060-206F 3164 FE00-FE0F FEFF FFA0 FFF0-FFF8 "
    "1BCA0-1BCA3 1D173-1D17A E0000-E0FFF")
# Of these, what belongs to the character before it (Grapheme_Extend and the joiner).
EXTENDING = members("200C-200D E0020-E007F")
# Marks that a word loses: accents of all kinds, vowel points of Hebrew, Arabic and Syriac, marks of recitation and tone.
DROPPED_MARKS = members(
    "300-36F 483-489 591-5C7 610-61A 64B-652 656-65F 670 6D6-6ED 711 730-74A 897-89F 8CA-8FF 951-954 1AB0-1AFF "
    "1CD0-1CFF 1DC0-1DFF 20D0-20FF 2CEF-2CF1 2DE0-2DFF 302A-302F A66F-A67D A69E-A69F A8E0-A8F1 FB1E FE20-FE2F "
    "10EFA-10EFF")
# Stretches a word, and is no letter of it.
TATWEEL = 0x640
# Cyrillic letters that are written with a mark but read without.
UNMARKED_CYRILLIC = members("450 451 45D")
# Decomposed, these would not meet the other way to type them, since a tone mark stands between.
SARA_AM = members("E33 EB3")
# Symbols that stand for letters: radicals, and words in a square.
RADICALS, SQUARES = range(0x2E80, 0x2FD6), range(0x3300, 0x3400)
IDEOGRAPHIC_PLANES = members("20000-2FFFD 30000-3FFFD")


def category(scalar):
    known = ucd.category(chr(scalar))
    return "Lo" if known == "Cn" and scalar in IDEOGRAPHIC_PLANES else known


def is_word(scalar):
    return category(scalar)[0] in "LNM" or category(scalar) == "Co"


def compatible(scalar):
    """The compatibility decomposition, as far as it is one word of letters and digits."""
    tag = ucd.decomposition(chr(scalar)).partition(" ")[0]
    whole = ucd.normalize("NFKD", chr(scalar))
    if scalar in SARA_AM or tag == "<fraction>":
        return None
    if whole[0] == " " and all(ord(c) in DROPPED_MARKS for c in whole[1:]) and len(whole) > 1:
        return ""
    return whole if all(is_word(ord(c)) for c in whole) else None


def kind(scalar):
    group = category(scalar)
    if scalar in DEFAULT_IGNORABLE:
        if group == "Lo":
            return DROPPED_LETTER
        return DROPPED_MARK if group == "Mn" or scalar in EXTENDING else IGNORABLE
    if group in ("Mn", "Mc", "Me"):
        return DROPPED_MARK if scalar in DROPPED_MARKS or group == "Me" else MARK
    if scalar == TATWEEL or (group[0] == "L" and compatible(scalar) == ""):
        return DROPPED_LETTER
    if group[0] in "LN" or group == "Co":
        return LETTER
    if group == "So" and (scalar in RADICALS or scalar in SQUARES):
        whole = compatible(scalar)
        if whole and whole != chr(scalar) and (scalar in SQUARES or len(whole) == 1):
            return LETTER
    return SEPARATOR


def lower(char):
    """Simple case folding."""
    for form in (char.casefold(), char.lower()):
        if len(form) == 1:
            return form
    return char


KINDS = {c: kind(c) for c in SCALARS}


def composites():
    """What two scalars of a term become one of, by the two; without Hangul, which is computed."""
    found = {}
    for scalar in SCALARS:
        parts = ucd.decomposition(chr(scalar)).split()
        if len(parts) != 2 or parts[0][0] == "<":
            continue
        first, second = (int(p, 16) for p in parts)
        if ucd.normalize("NFC", chr(first) + chr(second)) != chr(scalar) or lower(chr(scalar)) != chr(scalar):
            continue
        is_cyrillic = 0x400 <= first < 0x530 and scalar not in UNMARKED_CYRILLIC
        if KINDS[second] in (MARK, LETTER) or (KINDS[second] == DROPPED_MARK and is_cyrillic):
            found[first, second] = scalar
    return found


COMPOSITES = composites()


def folded(scalar):
    whole = compatible(scalar)
    if whole is None:
        whole = ucd.normalize("NFD", chr(scalar))
    if 0xAC00 <= scalar < 0xD7A4:
        return chr(scalar)
    kept = []
    # The iota below would be a letter in lower case.
    for part in (ord(c if KINDS[ord(c)] == DROPPED_MARK else lower(c)) for c in whole):
        if kept and (kept[-1], part) in COMPOSITES:
            kept[-1] = COMPOSITES[kept[-1], part]
        elif KINDS[part] in (LETTER, MARK):
            kept.append(part)
    return "".join(map(chr, kept))


# Letters of nothing but what is dropped, such as a tatweel with its points.
KINDS |= {c: DROPPED_LETTER for c in SCALARS if KINDS[c] == LETTER and not folded(c)}


def unsigned(n):
    digits = ""
    while True:
        n, low = n >> 5, n & 31
        digits += ALPHABET[low | (32 if n else 0)]
        if not n:
            return digits


def signed(n):
    return unsigned(n << 1 if n >= 0 else (-n << 1) - 1)


def runs(values):
    """The runs of equal values other than 0: gap, length, value."""
    text, end, at = "", 0, 0
    while at < 0x110000:
        value, stop = values.get(at, 0), at + 1
        while stop < 0x110000 and values.get(stop, 0) == value:
            stop += 1
        if value:
            text += unsigned(at - end) + unsigned(stop - at) + unsigned(value)
            end = stop
        at = stop
    return text


def foldings():
    """What differs from its folding: gap, length, then each scalar less that of the last entry; the first place rises
    as the scalars do."""
    text, last, previous = "", 0, [0] * 32
    for scalar in SCALARS:
        if KINDS[scalar] not in (LETTER, MARK):
            continue
        form = folded(scalar)
        if form == chr(scalar):
            continue
        assert form, hex(scalar)
        text += unsigned(scalar - last) + unsigned(len(form))
        previous[0] += scalar - last
        for place, char in enumerate(form):
            text += signed(ord(char) - previous[place])
            previous[place] = ord(char)
        last = scalar
    return text


def pairs():
    text, last = "", [0, 0, 0]
    for (first, second), scalar in sorted(COMPOSITES.items(), key=lambda entry: entry[1]):
        for place, value in enumerate((first, second, scalar)):
            text += signed(value - last[place])
            last[place] = value
    return text


def lines(text):
    return "\n".join("        " + text[at : at + 112] for at in range(0, len(text), 112))


def source():
    kept = [c for c in SCALARS if KINDS[c] in (LETTER, MARK)]
    classes = {c: ucd.combining(chr(c)) for c in kept}
    tables = [
        ("kinds", "Runs of one kind: gap, length, `Kind`.", runs(KINDS)),
        ("combining", "Runs of one combining class among the marks that are kept.", runs(classes)),
        ("foldings", "Gap, length, and the scalars of what folds.", foldings()),
        ("composites", "First, second, and what they compose to.", pairs()),
    ]
    text = f"// Made by Tests/Reference/folding_table.py from Unicode {ucd.unidata_version}; do not edit.\n\n"
    text += "/// Coded as the script says and read by `FoldingTable`.\nextension FoldingTable {\n"
    body = [f'    /// {said}\n    static let {name}Code: StaticString = """\n{lines(code)}\n        """\n'
            for name, said, code in tables]
    return text + "\n".join(body) + "}\n"


if __name__ == "__main__":
    made = source()
    if "--check" in sys.argv:
        sys.exit(0 if FILE.read_text() == made else f"{FILE} is not what this script makes")
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(made)
