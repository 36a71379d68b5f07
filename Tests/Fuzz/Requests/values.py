"""JSON values that are hard to take, and texts of them that are hard to read."""
import json
import struct

#: An object in which a name may stand twice.
class Members(list):
    pass


#: A text that is put into the body as it is, JSON or not.
class Literal(bytes):
    pass


NUMBERS = [
    b"0", b"-0", b"-1", b"1", b"0.5", b"1e400", b"-1e400", b"1e-400", b"5e-324", b"1.7976931348623157e308",
    b"9007199254740991", b"9007199254740992", b"9007199254740993", b"-9007199254740993", b"2147483647", b"2147483648",
    b"4294967295", b"4294967296", b"9223372036854775807", b"9223372036854775808", b"-9223372036854775808",
    b"-9223372036854775809", b"18446744073709551615", b"18446744073709551616", b"1" + b"0" * 400, b"0." + b"0" * 400 + b"1",
    b"1E+2", b"10.0", b"100000000000000000000", b"10000", b"10001", b"1000", b"1001", b"01", b"+1", b".5", b"1.", b"1e",
    b"NaN", b"Infinity", b"-", b"0x10",
]

STRINGS = [
    "", " ", "\0", "\u0000network", "\ufeff", "\ufeffnetwork", "\u200b", "\u00ad", "net\u00adwork", "net\u200dwork", "caf\u00e9",
    "cafe\u0301", "x\u00e9 network", "xe\u0301 network", "\u1112\u1161\u11ab", "\ud55c", "\u304b\u3099", "\u304c",
    "\uff2e\uff45\uff54\uff57\uff4f\uff52\uff4b", "\ufb01les", "\u0301", "\u0301\u0301network", "a" + "\u0301" * 300,
    "\u0928\u0947\u091f\u0935\u0930\u094d\u0915", "\u0e40\u0e04\u0e23\u0e37\u0e2d\u0e02\u0e48\u0e32\u0e22",
    "\u7f51\u7edc\u56fe", "\u7f51\u0301\u7edc", "\U0001f469\u200d\U0001f4bb", "\U0010ffff", "\uffff", "\ue000",
    "\u2028", "[SEP]", "[CLS] network [MASK]", "</s>", "[unused1]", "##ing", "'; DROP TABLE passages; --", '"', "\\",
    "network AND diagrams", 'NEAR("a" "b")', "id:1", "*", "-network", "../../etc/passwd", "..%2f..", "/", "//", ".", "..",
    "\r\nX-Injected: 1", "<script>alert(1)</script>", "%00", "%s%n", "null", "true", "0", "1.0", "1e3", "and", "or", "not",
    "in", "gte", "net", "section", "size", "tags", "x" * 255, "x" * 256, "x" * 257, "x" * 512, "x" * 513, "x" * 4096,
    "x" * 4097, "network " * 200, "w" * 20000, " ".join(f"word{n}" for n in range(3000)), "\u7f51" * 3000,
    "a.b", "a[0]", "$", '$."x"', "\x7f", "\x1b[31m", "I\u0307stanbul", "\u0130", "\u00df", "\u03a3\u03c3\u03c2",
    "bm25:10", "bm25:10,colbert:5", "bm25:1000,tildev2:200:interpolate:0.5,colbert:50:rrf", "bm25:99999999999999999999",
    "bm25:-1", "bm25", "colbert:5", "bm25:10,colbert:5:interpolate:nan", "bm25:10,colbert:5:interpolate:1e400", "bm25:10,,",
    "bm25:10," + ",".join(["feedback:5"] * 9), "colbert", "tildev2", "cross-encoder", "float", "base64", "english", "plain",
    "cjk", "int8", "float16",
]

#: What JSON does not have: half surrogates, bytes that are no UTF-8, escapes that are none.
BAD_STRINGS = [
    b'"\\ud800"', b'"\\udc00\\ud800"', b'"\\ud83d\\u0041"', b'"\xff"', b'"\xc0\x80"', b'"\xed\xa0\x80"', b'"\xf4\x90\x80\x80"',
    b'"\\x"', b'"\\u12"', b'"\n"', b'"\x00"', b'"\\u0000"', b'"', b"'a'", b'"\xe2\x82"',
]

PLAIN = [None, True, False, [], {}, [[]], [{}], {"": None}, {"text": None}, [None], [[[[]]]]]


def deep(generator):
    """Something nested, up to far beyond what is taken."""
    depth = generator.choice([2, 15, 16, 17, 100, 127, 128, 129, 511, 512, 513, 1000, 5000, 100_000])
    opening, closing = generator.choice(
        [(b"[", b"]"), (b'{"a":', b"}"), (b'{"not":', b"}"), (b'{"and":[', b"]}"), (b'{"or":[{},', b"]}"), (b'[{"x":', b"}]")])
    inner = generator.choice([b"1", b"{}", b"[]", b'{"section":"net"}', b""])
    return Literal(opening * depth + inner + (closing * depth if generator.random() < 0.8 else b""))


def extreme(generator):
    """A value of any kind."""
    kind = generator.randrange(12)
    if kind < 3:
        return Literal(generator.choice(NUMBERS))
    if kind < 7:
        return generator.choice(STRINGS)
    if kind == 7:
        return Literal(generator.choice(BAD_STRINGS))
    if kind == 8:
        return deep(generator)
    if kind == 9:
        # Lists within lists must not become gigabytes here already.
        one = Literal(write(extreme(generator), generator)[:1 << 20])
        return [one] * min(generator.choice([1, 2, 16, 17, 100, 101, 1000, 1001, 2048, 2049]), (1 << 21) // (len(one) + 1) + 1)
    if kind == 10:
        return generator.choice([Literal(b"1"), "net", [], None]) if generator.random() < 0.3 else struct_text(generator)
    return generator.choice(PLAIN)


def struct_text(generator):
    """A text of random code points, among them those that combine."""
    ranges = [(0x20, 0x7e), (0xa0, 0x24f), (0x300, 0x36f), (0x590, 0x6ff), (0x900, 0x97f), (0xe00, 0xe7f), (0x1100, 0x11ff),
              (0x2000, 0x206f), (0x3040, 0x30ff), (0x4e00, 0x4eff), (0xac00, 0xacff), (0xfe00, 0xfe0f), (0xff00, 0xffef),
              (0x1f300, 0x1f6ff), (0xe0000, 0xe007f)]
    letters = []
    for _ in range(generator.choice([1, 2, 5, 20, 100, 500])):
        low, high = generator.choice(ranges)
        letters.append(chr(generator.randint(low, high)))
        if generator.random() < 0.15:
            letters.append(" ")
    return "".join(letters)


def _text(value, generator):
    """A JSON string, its characters escaped or not."""
    if generator.random() < 0.85:
        return json.dumps(value, ensure_ascii=generator.random() < 0.5).encode("utf-8", "surrogatepass")
    units = struct.unpack(f"<{len(value.encode('utf-16-le', 'surrogatepass')) // 2}H", value.encode("utf-16-le", "surrogatepass"))
    return b'"' + b"".join(b"\\u%04x" % unit for unit in units) + b'"'


def write(value, generator):
    """The bytes of a value; white space and the order of members are free."""
    space = generator.choice([b"", b"", b"", b" ", b"\n", b"\t\r\n "])
    if isinstance(value, Literal):
        return bytes(value)
    if isinstance(value, str):
        return _text(value, generator)
    if isinstance(value, (dict, Members)):
        members = list(value.items()) if isinstance(value, dict) else list(value)
        return b"{" + b",".join(
            space + _text(name, generator) + b":" + space + write(inner, generator) for name, inner in members) + space + b"}"
    if isinstance(value, (list, tuple)):
        if len(value) > 64:
            # Long lists are of one value, which need not be written anew each time.
            return b"[" + b",".join([write(value[0], generator)] * len(value)) + b"]" if all(
                inner is value[0] for inner in value) else b"[" + b",".join(write(v, generator) for v in value) + b"]"
        return b"[" + (space + b",").join(write(inner, generator) for inner in value) + space + b"]"
    return json.dumps(value).encode()


def places(value, path=()):
    """Paths to all values within, the value itself first."""
    yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*path, name))
    elif isinstance(value, (list, tuple)) and not isinstance(value, Members):
        for place, inner in enumerate(value[:40]):
            yield from places(inner, (*path, place))


def changed(value, path, change):
    """The value with what stands at a path changed."""
    if not path:
        return change(value)
    if isinstance(value, dict):
        return {name: changed(inner, path[1:], change) if name == path[0] else inner for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [changed(inner, path[1:], change) if place == path[0] else inner for place, inner in enumerate(value)]
    return value


def mutate(value, generator):
    """A neighbour of a value: one place of it is another value, is missing, is there twice or is wrapped."""
    path = generator.choice(list(places(value)))

    def change(old):
        kind = generator.randrange(10)
        if kind < 6:
            return extreme(generator)
        if kind == 6 and isinstance(old, dict) and old:
            members = list(old.items())
            name, inner = generator.choice(members)
            return Members([*members, (name, generator.choice([inner, extreme(generator)]))])
        if kind == 7:
            return generator.choice([[old], {"text": old}, {"not": old}, {"in": [old]}, [old, old], {"a": old}])
        if kind == 8 and isinstance(old, dict):
            return {**old, generator.choice([name for name in STRINGS if name]): extreme(generator)}
        if kind == 9 and isinstance(old, dict) and old:
            gone = generator.choice(list(old))
            return {name: inner for name, inner in old.items() if name != gone}
        if isinstance(old, str):
            return generator.choice([old + generator.choice(STRINGS), old.upper(), old[:2000] * 50, old[:len(old) // 2]])
        return extreme(generator)

    return changed(value, path, change)
