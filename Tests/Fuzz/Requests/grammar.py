"""Valid requests of every route, and what can be done to them on their way."""
import base64
import copy
import gzip
import json
import urllib.parse

import values

WORDS = "network diagrams files photos ports scans caf\u00e9 Netz \u7f51\u7edc\u56fe word1 word2 word3 explores draws".split()


class Request:
    """What is to be sent, still in parts; `sent` are the bytes in the pieces in which they go."""

    def __init__(self, route, method, path, query=None, body=None, kind="application/json", lines=None):
        self.route, self.method, self.path = route, method, path
        self.query, self.body, self.lines = query or [], body, lines
        self.fields = [("Host", "localhost")]
        self.kind = kind if body is not None or lines is not None else None
        self.version = "HTTP/1.1"
        self.raw = None
        self.framing = "length"
        self.coding = None
        self.prefix = self.suffix = b""
        self.target = None
        self.pieces = 1
        self.half_closes = False
        self.leaves = False
        self.key = None
        #: Whether the request changes anything, in which case it is not asked twice.
        self.changes = method in ("PUT", "DELETE") or path.endswith("/passages")

    def content(self, generator):
        if self.raw is not None:
            return self.raw
        if self.lines is not None:
            ending = generator.choice([b"\n", b"\n", b"\r\n"])
            return ending.join(values.write(line, generator) for line in self.lines) + generator.choice([b"", ending])
        return None if self.body is None else values.write(self.body, generator)

    def sent(self, generator):
        content = self.content(generator)
        target = self.target or self.path + ("?" + urllib.parse.urlencode(self.query, errors="surrogatepass") if self.query else "")
        head = [f"{self.method} {target} {self.version}".encode("utf-8", "surrogatepass")]
        fields = list(self.fields)
        if self.kind:
            fields.append(("Content-Type", self.kind))
        if self.key:
            fields.append(("Authorization", f"Bearer {self.key}"))
        if content is not None:
            # A few may be larger than what is taken.
            content = content[:generator.choice([1 << 20] * 30 + [10 << 20])]
            content = self.prefix + content + self.suffix
            if self.coding == "gzip":
                content = gzip.compress(content, 1)
                fields.append(("Content-Encoding", "gzip"))
            elif self.coding:
                fields.append(("Content-Encoding", self.coding))
            if self.framing == "chunked":
                fields.append(("Transfer-Encoding", "chunked"))
                content = chunks(content, generator)
            elif self.framing == "both":
                fields += [("Transfer-Encoding", "chunked"), ("Content-Length", str(len(content)))]
                content = chunks(content, generator)
            elif self.framing == "short":
                fields.append(("Content-Length", str(max(0, len(content) - generator.randint(1, 5)))))
            elif self.framing == "odd":
                fields.append(("Content-Length", generator.choice(
                    ["+5", "-1", "5,5", "5, 6", "0x5", "", "9223372036854775808", "99999999999999999999", " 5 ", "\u0665"])))
            elif self.framing == "twice":
                fields += [("Content-Length", str(len(content))), ("Content-Length", str(len(content) + generator.choice([0, 1])))]
            else:
                fields.append(("Content-Length", str(len(content))))
        for name, value in fields:
            head.append(name.encode("utf-8", "surrogatepass") + b": " + value.encode("utf-8", "surrogatepass"))
        data = b"\r\n".join(head) + b"\r\n\r\n" + (content or b"")
        if self.pieces == 1 or len(data) < 2:
            return [data]
        cuts = sorted(generator.randrange(1, len(data)) for _ in range(min(self.pieces, 12)))
        return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)]) if start < end]


def chunks(content, generator):
    parts, start = [], 0
    while start < len(content) and len(parts) < 500:
        size = generator.choice([1, 2, 7, 16, 100, 4096, len(content)])
        part = content[start:start + size] if len(parts) < 499 else content[start:]
        start += len(part)
        extension = generator.choice([b""] * 8 + [b";a=b", b'; x="y"'])
        parts.append(b"%x%b\r\n%b\r\n" % (len(part), extension, part))
    return b"".join(parts) + b"0\r\n" + generator.choice([b"", b"", b"", b"X-Trailer: 1\r\n"]) + b"\r\n"


class Grammar:
    """Makes requests. Indexes that never change answer searches; others are made, filled, emptied and dropped."""

    FIXED, LOOSE = ["fixed", "tokens"], ["loose", "spare"]

    def __init__(self, generator, keys=()):
        self.random, self.keys = generator, list(keys)

    def words(self, most=6):
        return " ".join(self.random.choices(WORDS, k=self.random.randint(1, most)))

    def filter(self, depth=3):
        r = self.random
        kind = r.randrange(8 if depth else 4)
        if kind == 0:
            return {r.choice(["section", "tags", "undeclared", "caf\u00e9"]): r.choice(["net", "graphics", "a", "x", None, True, "caf\u00e9"])}
        if kind == 1:
            return {"size": {r.choice(["gt", "gte"]): r.choice([0, 1, 2.5, -3, "a"]), "lt": r.choice([10, 1e9, "z"])}}
        if kind == 2:
            return {"tags": {"in": r.choices(["a", "b", "x", 1, 1.5, None, True], k=r.randint(0, 5))}}
        if kind == 3:
            return {"section": "net", "size": {"lt": 20}}
        if kind < 6:
            return {r.choice(["and", "or"]): [self.filter(depth - 1) for _ in range(r.randint(0, 3))]}
        return {"not": self.filter(depth - 1)}

    def pipeline(self):
        r = self.random
        if r.random() < 0.6:
            return r.choice([
                "bm25:10", "bm25:100,tildev2:20", "bm25:50,colbert:20", "bm25:50,tildev2:20:interpolate:0.5,colbert:10:rrf,feedback:5",
                "bm25:20,cross-encoder:5", "bm25:20,cross-encoder:5:interpolate:0.3,feedback:5:interpolate:0.5", "bm25"])
        stages = [{"stage": r.choice(["tildev2", "colbert", "feedback", "cross-encoder"]), "keep": r.randint(1, 50),
                   **r.choice([{}, {"combine": "rrf"}, {"combine": "interpolate", "weight": r.random()}])}
                  for _ in range(r.randint(0, 4))]
        return {"candidates": {"k": r.randint(1, 200), "k1": r.choice([0, 0.9, 100]), "b": r.choice([0, 0.4, 1])}, "stages": stages}

    def passage(self):
        r = self.random
        passage = {"id": r.choice(["a/b", "caf\u00e9", "cafe\u0301", "p1", "p2", "p3", str(r.randrange(40))]), "text": self.words(30)}
        if r.random() < 0.5:
            passage["metadata"] = r.choice([
                {"section": "net", "size": r.randrange(40)}, {"tags": ["a", 1, None, "b", "a"]}, {"caf\u00e9": 1, "cafe\u0301": 2},
                {"size": 9007199254740993}, {"nested": {"a": [1, {"b": None}]}}, {}])
        if r.random() < 0.1:
            passage["contents"] = passage.pop("text")
        return passage

    def name(self, loose=False):
        return self.random.choice(self.LOOSE if loose else self.FIXED)

    # Routes

    def search(self):
        r = self.random
        body = {"query": self.words()} if r.random() < 0.8 else {"queries": [self.words() for _ in range(r.randint(1, 5))]}
        for name, value in [("k", r.randint(1, 30)), ("offset", r.randint(0, 10)), ("pipeline", self.pipeline()),
                            ("filter", self.filter()), ("facets", r.choice([["section"], ["tags", {"field": "size", "size": 3}], []])),
                            ("highlight", True), ("explain", True), ("include_text", False)]:
            if r.random() < 0.35:
                body[name] = value
        return Request("search", "POST", f"/v1/indexes/{self.name()}/search", body=body)

    def get_search(self):
        r = self.random
        query = [("q", self.words())]
        for name, value in [("k", r.randint(1, 30)), ("offset", r.randint(0, 9)), ("filter", json.dumps(self.filter(2))),
                            ("facets", "section,tags"), ("highlight", "1"), ("explain", "true")]:
            if r.random() < 0.3:
                query.append((name, value))
        return Request("GET search", r.choice(["GET", "GET", "HEAD"]), f"/v1/indexes/{self.name()}/search", query)

    def anserini(self):
        r = self.random
        query = [("query", self.words()), ("hits", r.randint(1, 20)), ("parse", r.choice(["true", "false", "1"]))]
        return Request("Anserini", "GET", f"/v1/{self.name()}/search", query[:r.randint(1, 3)])

    def show(self):
        name = self.random.choice(["dia", "nmap", "a%2Fb", "caf%C3%A9", "cafe%CC%81", "p3", "none"])
        return Request("passage", "GET", f"/v1/indexes/{self.name()}/passages/{name}")

    def remove(self):
        name = self.random.choice(["a%2Fb", "caf%C3%A9", "p1", "p2", str(self.random.randrange(40))])
        return Request("delete passage", "DELETE", f"/v1/indexes/{self.name(True)}/passages/{name}")

    def add(self):
        r = self.random
        path = f"/v1/indexes/{self.name(True)}/passages"
        passages = [self.passage() for _ in range(r.choice([1, 1, 2, 5, 30]))]
        form = r.randrange(3)
        if form == 0:
            return Request("add lines", "POST", path, lines=passages, kind="application/x-ndjson")
        if form == 1:
            return Request("add array", "POST", path, body=passages)
        return Request("add one", "POST", path, body=passages[0])

    def make(self):
        r = self.random
        body = {}
        for name, value in [("lexical_only", r.random() < 0.7), ("analysis", r.choice(["english", "plain", "cjk"])),
                            ("codec", r.choice(["int8", "float16"])), ("dimension", r.choice([4, 8, 16, 32])),
                            ("splits_passages", False), ("fields", r.choice([["section"], ["section", "size", "tags"], ["caf\u00e9"]]))]:
            if r.random() < 0.5:
                body[name] = value
        return Request("make", "PUT", f"/v1/indexes/{self.name(True)}", body=body)

    def drop(self):
        return Request("drop", "DELETE", f"/v1/indexes/{self.name(True)}")

    def describe(self):
        return Request("describe", "GET", self.random.choice(["/v1/indexes", f"/v1/indexes/{self.name()}", "/v1/info"]))

    def rerank(self):
        r = self.random
        documents = [r.choice([self.words(20), {"text": self.words(20)}, {"text": self.words(9), "title": "x"}])
                     for _ in range(r.choice([1, 2, 5, 40]))]
        if r.random() < 0.3:
            body = {"query": self.words(), "texts": [self.words(9) for _ in documents], "return_text": r.random() < 0.5,
                    "raw_scores": r.random() < 0.5, "truncate": True}
            return Request("tei", "POST", "/rerank", body=body)
        body = {"query": self.words(), "documents": documents}
        for name, value in [("top_n", r.randint(1, 9)), ("return_documents", True), ("rank_fields", ["text"]),
                            ("model", r.choice(["colbert", "tildev2", "cross-encoder", "rerank-v3.5"]))]:
            if r.random() < 0.4:
                body[name] = value
        return Request("rerank", "POST", r.choice(["/v1/rerank", "/v2/rerank"]), body=body)

    def embed(self):
        r = self.random
        body = {"input": r.choice([self.words(20), [self.words(9) for _ in range(r.randint(1, 40))]]), "model": "any"}
        for name, value in [("encoding_format", r.choice(["float", "base64"])), ("token_vectors", True), ("dimensions", 16),
                            ("user", "x")]:
            if r.random() < 0.3:
                body[name] = value
        return Request("embed", "POST", "/v1/embeddings", body=body)

    def page(self):
        return Request("page", self.random.choice(["GET", "HEAD"]), self.random.choice(
            ["/", "/assets/page.js", "/assets/none", "/openapi.json", "/healthz", "/readyz", "/metrics", "/favicon.ico"]))

    def preflight(self):
        request = Request("preflight", "OPTIONS", self.random.choice(
            [f"/v1/indexes/{self.name()}/search", "/v1/rerank", "/v1/embeddings", "/", "*"]))
        request.fields += [("Origin", self.random.choice(["https://search.example.org", "https://evil.example"])),
                           ("Access-Control-Request-Method", self.random.choice(["POST", "GET", "PUT", "x"])),
                           ("Access-Control-Request-Headers", "authorization, content-type, x-client-name")]
        return request

    ROUTES = [(search, 8), (get_search, 3), (anserini, 2), (show, 2), (remove, 2), (add, 6), (make, 2), (drop, 1), (describe, 2),
              (rerank, 4), (embed, 3), (page, 2), (preflight, 1)]

    # On the way

    def next(self):
        r = self.random
        request = r.choices([route for route, _ in self.ROUTES], [weight for _, weight in self.ROUTES])[0](self)
        if self.keys:
            request.key = r.choice(self.keys)
        for _ in range(r.choice([0, 1, 1, 1, 2, 3])):
            r.choice(self.CHANGES)(self, request)
        return request

    def change_value(self, request):
        if request.body is not None:
            request.body = values.mutate(request.body, self.random)
        elif request.lines:
            place = self.random.randrange(len(request.lines))
            request.lines[place] = values.mutate(request.lines[place], self.random)
        elif request.query:
            place = self.random.randrange(len(request.query))
            name, value = request.query[place]
            text = values.extreme(self.random)
            text = text if isinstance(text, str) else values.write(text, self.random).decode("latin-1")
            request.query[place] = self.random.choice([(name, text[:6000]), (text[:50], value), (name, f"{value}{text[:50]}")])
            if self.random.random() < 0.2:
                request.query.append(request.query[place])

    def change_bytes(self, request):
        content = request.content(self.random)
        if not content:
            return
        content = bytearray(content)
        for _ in range(self.random.randint(1, 4)):
            kind, place = self.random.randrange(5), self.random.randrange(len(content) or 1)
            if kind == 0 and content:
                content[place % len(content)] = self.random.randrange(256)
            elif kind == 1:
                content[place:place] = self.random.choice([b"\0", b"\xff", b"\n", b'"', b"{", b"[", b",", b"\\", b"\xef\xbb\xbf", b"]", b"}"])
            elif kind == 2:
                del content[place:place + self.random.randint(1, 8)]
            elif kind == 3:
                del content[place:]
            else:
                content += content[place:place + 2000]
        request.raw = bytes(content)

    def change_edges(self, request):
        request.prefix = self.random.choice([b"\xef\xbb\xbf", b" \n", b"\xff\xfe", b"\0", b"\xef\xbb", b"\xef\xbb\xbf\xef\xbb\xbf"])
        request.suffix = self.random.choice([b"", b"", b"\0", b" ", b"]", b"}", b"\n\n", b"{}"])

    def change_framing(self, request):
        request.framing = self.random.choice(["chunked", "chunked", "chunked", "both", "short", "odd", "twice"])

    def change_coding(self, request):
        request.coding = self.random.choice(["gzip", "gzip", "identity", "deflate", "br", "gzip, gzip", "GZIP", ""])

    def change_delivery(self, request):
        request.pieces = self.random.choice([2, 3, 12])
        request.half_closes = self.random.random() < 0.3
        request.leaves = self.random.random() < 0.15

    def change_path(self, request):
        r = self.random
        path = request.path
        place = r.randrange(len(path))
        path = r.choice([
            path + "/", "/" + path, path.replace("/", "//", 2), path + "%00", path + "%2F..", path + "?", path + "#x", path.upper(),
            path[:place] + "%" + path[place:], path[:place] + r.choice(["%ff", "%c3%a9", "%2e%2e/", "..", "%25", "\u00e9", ";a=b"]) + path[place:],
            "http://localhost" + path, "*", path + "/" + "a" * r.choice([10, 9000]), path[:place],
            urllib.parse.quote(path, safe="/").replace("e", "%65")])
        if request.changes and not any(f"/{name}" in path for name in self.LOOSE):
            return
        request.target = path + ("?" + urllib.parse.urlencode(request.query) if request.query else "")

    def change_fields(self, request):
        r = self.random
        request.fields.append(r.choice([
            ("X-Request-ID", r.choice(["a" * 128, "a" * 129, "x y", "\u00e9", "", "ok-1"])), ("Accept-Encoding", "gzip"),
            ("Accept-Encoding", r.choice(["gzip;q=0", "*;q=1", "gzip;q=nan", ",,,", "identity;q=0", "gzip;q=0.001"])),
            ("X-Request-Timeout-Ms", r.choice(["1", "0", "-1", "50", "99999999999999999999", "1.5", "x"])),
            ("Origin", r.choice(["https://search.example.org", "https://evil.example", "null", "http://localhost", ""])),
            ("Sec-Fetch-Site", r.choice(["cross-site", "same-origin", "none", "same-site", "x"])),
            ("Host", r.choice(["evil.example", "localhost:1", "", "[::1]", "a b", "127.0.0.1"])),
            ("Expect", r.choice(["100-continue", "x"])), ("Connection", r.choice(["close", "keep-alive", "upgrade, close", "x"])),
            ("Upgrade", "h2c"), ("If-None-Match", "*"), ("Range", "bytes=0-1"), ("X-Forwarded-For", "1.2.3.4"),
            ("Authorization", r.choice(["Bearer", "Bearer ", "Basic eDp5", "Bearer psr_" + "0" * 43, "bearer x", "\u00e9"])),
            ("Content-Type", r.choice(["text/plain", "application/json; charset=utf-16", "", "application/x-ndjson", "text/csv"])),
            ("Transfer-Encoding", r.choice(["chunked", "identity", "gzip, chunked", "chunked, chunked", "x"])),
            ("X" * r.choice([1, 100, 17000]), "y"), ("X-Many", "z" * r.choice([1, 8000, 17000])), ("Bad Name", "x"), ("", "x"),
            ("X-Control", "a\x01b"), ("Trailer", "X-Trailer")]))
        if r.random() < 0.1:
            request.fields += [(f"X-{number}", "v") for number in range(r.choice([50, 99, 101, 150]))]
        if r.random() < 0.1:
            request.fields = [field for field in request.fields if field[0] != "Host"]

    def change_method(self, request):
        # What changes an index must not come to stand before one that does not change.
        if not request.changes:
            request.method = self.random.choice(["HEAD", "OPTIONS", "POST", "GET", "PATCH", "TRACE", "CONNECT", "get", "X" * 40])
        if self.random.random() < 0.3:
            request.version = self.random.choice(["HTTP/1.0", "HTTP/1.0", "HTTP/2.0", "HTTP/1.2", "http/1.1", "HTTP/1.1 ", ""])

    CHANGES = [change_value] * 9 + [change_bytes] * 2 + [change_edges, change_framing, change_coding, change_delivery, change_path,
                                                       change_fields, change_fields, change_method]


def described(request, pieces):
    """A finding's file: what was sent, in its pieces, for `fuzz.py --replay`."""
    return {"route": request.route, "half_closes": request.half_closes, "leaves": request.leaves,
            "pieces": [base64.b64encode(piece).decode() for piece in pieces]}


def twin(request):
    return copy.deepcopy(request)
