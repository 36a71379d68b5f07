"""The heaviest requests that each route allows, and clients that do not take what they asked for.

A kind is a function of a client's generator that returns what to send and how; `KINDS` has them all with the statuses that
docs/rest.md allows for them. Bodies are made once and shared by the clients, which are forked.
"""
import functools
import gzip
import json
import random
import urllib.parse

from wire import chunked, request

MIB = 1 << 20
BODY = 8 * MIB
# Of requests that are right, heavy as they are: done, or refused because a limit or the moment does not allow it.
HEAVY = {200, 400, 413, 422, 429, 503, 504}
RIGHT = {200, 503, 504}
CHANGED = {200, 404, 409, 413, 503, 504, 507}
JSON = ("Content-Type", "application/json")
LINES = ("Content-Type", "application/x-ndjson")
WORDS = [f"word{number}" for number in range(4000)]


class Load:
    """One request: pieces of bytes, how they are sent, and how the answer is taken."""

    def __init__(self, *pieces, allowed=RIGHT, pause=0.0, reads="all", seconds=0.0, timeout=150.0, answers=1, is_head=False):
        self.pieces, self.allowed, self.pause, self.reads, self.seconds = pieces, allowed, pause, reads, seconds
        self.timeout, self.answers, self.is_head = timeout, answers, is_head


def text(seed, size):
    """So many bytes of words, as prose has them: few often, many seldom."""
    generator = random.Random(seed)
    words = [WORDS[min(generator.randrange(4000), generator.randrange(4000))] for _ in range(2000)]
    line = " ".join(words) + " "
    return (line * (size // len(line) + 1))[:size]


def post(path, body, *fields, **how):
    return Load(request("POST", path, body if isinstance(body, bytes) else json.dumps(body).encode(), *(fields or (JSON,))), **how)


@functools.cache
def passages(size):
    """Passages of the largest text, metadata and id, one a line."""
    lines = []
    for number in range(size):
        metadata = {f"field{n}": "v" * 15_000 for n in range(16)}
        lines.append(json.dumps({"id": f"large{number}-" + "i" * 480, "text": text(number, MIB), "metadata": metadata}).encode())
    return lines


@functools.cache
def escaped():
    """An element of nearly 16 MiB: every character of the largest text escaped."""
    letters = "".join(f"\\u{ord(letter):04x}" for letter in text("escaped", MIB))
    wide = "".join(f"\\u{ord(letter):04x}" for letter in "w" * 250_000)
    return b'{"id":"escaped","text":"%b","metadata":{"x":"%b"}}' % (letters.encode(), wide.encode())


# Searches

def batch(r):
    return post("/v1/indexes/texts/search", {"queries": [f"word{r.randrange(50)} word7" for _ in range(100)], "k": 100}, allowed=HEAVY)


def batch_of_few(r):
    return post("/v1/indexes/texts/search", {"queries": [f"word{n}" for n in range(10)], "k": 60}, allowed=HEAVY)


def largest_k(r):
    return post("/v1/indexes/many/search", {"query": text(r.random(), 300), "k": 10_000}, allowed=HEAVY)


def long_query(r):
    return post("/v1/indexes/many/search", {"query": text(r.random(), 64 << 10), "k": 10_000, "highlight": True,
                                            "pipeline": "bm25:10000"}, allowed=HEAVY)


def whole_texts(r):
    return post("/v1/indexes/texts/search", {"query": "word1 word2 word3", "k": 60, "highlight": True}, allowed=HEAVY)


def explained(r):
    return post("/v1/indexes/models/search", {"query": text(r.random(), 2000), "k": 1000, "explain": True, "highlight": True,
                                              "pipeline": "bm25:1000,tildev2:1000,colbert:1000,feedback:1000:interpolate:0.5"},
                allowed=HEAVY)


def eight_stages(r):
    return post("/v1/indexes/models/search", {
        "query": text(r.random(), 300), "k": 10_000,
        "pipeline": "bm25:10000" + ",tildev2:10000,colbert:10000,feedback:10000:interpolate:0.5" * 2 + ",colbert:10000:rrf"},
        allowed=HEAVY)


def facets(r):
    return post("/v1/indexes/many/search", {
        "query": "word1 word2 word3 word4", "k": 10, "pipeline": "bm25:10000",
        "facets": [{"field": f"field{n}", "size": 1000} for n in range(16)]}, allowed=HEAVY)


@functools.cache
def filters():
    nested = {"section": "net"}
    for level in range(14):
        nested = {"not": {"or": [nested]}} if level % 2 and level < 7 else {"and": [nested]}
    empty = {"section": "net"}
    for _ in range(4):
        empty = {"or": [empty] + [{"or": []} for _ in range(99)]}
    product = {"and": []}
    for _ in range(3):
        product = {"or": [product] * 20}
    return [
        nested, empty, product, {"section": {"in": [f"value{n}" for n in range(10_000)]}},
        {"or": [{"undeclared": {"in": [f"v{n}" + "x" * 60 for n in range(100)]}} for _ in range(99)]},
        {"and": [{f"field{n}": {"gte": "a" * 4000, "lt": "b" * 4000}} for n in range(100)]}]


def filtered(r):
    return post("/v1/indexes/many/search", {"query": "word1 word2", "k": 1000, "filter": r.choice(filters())}, allowed=HEAVY)


def nested_body(r):
    body = r.choice([b"[" * BODY, b'{"a":' * (BODY // 5), b'{"query":"x","filter":{"x":{"in":[' + b"0," * (BODY // 2 - 40) + b"0]}}}",
                     b'{"query":"x","facets":[' + b'"a",' * (BODY // 4 - 20) + b'"a"]}', b'{"query":"' + b"w" * (BODY - 20) + b'"}',
                     b"[" + b"{}," * (BODY // 3 - 4) + b"{}]"])
    return post("/v1/indexes/many/search", body, allowed=HEAVY)


def get_search(r):
    query = urllib.parse.urlencode({"q": text(r.random(), 3000), "k": 10_000, "highlight": "1", "explain": "1", "facets": "field1,field2",
                                    "filter": json.dumps({"section": {"in": ["net"] * 200}})})
    return Load(request("GET", f"/v1/indexes/many/search?{query[:8000]}"), allowed=HEAVY)


def anserini(r):
    return Load(request("GET", f"/v1/texts/search?query=word{r.randrange(9)}&hits=10000&parse={r.choice(['true', 'false'])}"), allowed=HEAVY)


def compressed_answer(r):
    return post("/v1/indexes/texts/search", {"query": "word1", "k": 60}, JSON, ("Accept-Encoding", "gzip"), allowed=HEAVY)


# Passages

def show(r):
    return Load(request("GET", f"/v1/indexes/texts/passages/t{r.randrange(60)}"), allowed=RIGHT)


def add_lines(r):
    lines = passages(24)
    return post("/v1/indexes/spare/passages", b"\n".join(r.sample(lines, 24)), LINES, allowed=CHANGED)


def add_array(r):
    body = b"[" + b",".join(r.sample(passages(24), 12) + [escaped()] * 2) + b"]"
    head = request("POST", "/v1/indexes/spare/passages", None, JSON, ("Transfer-Encoding", "chunked"))
    return Load(head + chunked(body, 60_000), allowed=CHANGED)


def add_table(r):
    lines = "".join(f"tsv{number}\t{text(number, 200_000)}\n" for number in range(20))
    return post("/v1/indexes/spare/passages", lines.encode(), ("Content-Type", "text/tab-separated-values"),
                allowed=CHANGED | {400, 415})


def add_escaped(r):
    return post("/v1/indexes/spare/passages", escaped(), JSON, allowed=CHANGED)


def add_too_long(r):
    return post("/v1/indexes/spare/passages", b'[{"id":"x","text":"' + b"y" * (17 * MIB) + b'"}]', JSON, allowed={413, 503})


def add_many(r):
    return post("/v1/indexes/spare/passages", b'{"id":"a","text":"b"}\n' * 100_000, LINES, allowed=CHANGED)


def add_broken(r):
    return post("/v1/indexes/spare/passages", b'{"id":1}\n' * 300_000, LINES, allowed={400, 413, 503})


def add_encoded(r):
    lines = [json.dumps({"id": f"m{r.randrange(40)}", "text": text(r.random(), 20_000)}).encode() for _ in range(8)]
    return post("/v1/indexes/models/passages", b"\n".join(lines), LINES, allowed=CHANGED)


def delete(r):
    return Load(request("DELETE", f"/v1/indexes/spare/passages/large{r.randrange(24)}-" + "i" * 480), allowed=CHANGED)


def make_and_drop(r):
    name = f"made{r.randrange(4)}"
    fields = [f"field{n}" for n in range(16)]
    return Load(
        request("PUT", f"/v1/indexes/{name}", json.dumps({"lexical_only": True, "fields": fields}).encode(), JSON)
        + request("POST", f"/v1/indexes/{name}/passages", b"\n".join(passages(24)[:2]), LINES)
        + request("DELETE", f"/v1/indexes/{name}"), answers=3, allowed=CHANGED | {201})


# Models

def rerank_many(r):
    path = r.choice(["/v1/rerank", "/v2/rerank"])
    return post(path, {"query": text(r.random(), 60_000), "documents": [text(n, 8000) for n in range(1000)],
                       "return_documents": True, "model": r.choice(["colbert", "tildev2"])}, allowed=HEAVY)


def rerank_long(r):
    return post("/v1/rerank", {"query": "word1 word2", "documents": [text("long", BODY - 1000)], "return_documents": True}, allowed=HEAVY)


def rerank_texts(r):
    return post("/rerank", {"query": "word1", "texts": [text(n, MIB) for n in range(7)], "return_text": True, "raw_scores": True},
                allowed=HEAVY)


def embed_many(r):
    return post("/v1/embeddings", {"input": [text(n, 3000) for n in range(2048)], "encoding_format": r.choice(["float", "base64"])},
                allowed=HEAVY)


def embed_long(r):
    return post("/v1/embeddings", {"input": text("long", BODY - 1000)}, allowed=HEAVY)


def embed_pieces(r):
    return post("/v1/embeddings", {"input": [text(n, 1500) for n in range(500)], "token_vectors": True}, allowed=HEAVY)


# The rest

def look(r):
    return Load(request("GET", r.choice(["/metrics", "/v1/info", "/v1/indexes", "/v1/indexes/many", "/", "/openapi.json", "/readyz"]),
                        None, ("Accept-Encoding", r.choice(["gzip", "identity"]))), allowed=RIGHT)


def preflight(r):
    return Load(request("OPTIONS", "/v1/indexes/many/search", None, ("Origin", "https://search.example.org"),
                        ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "x-" + "y" * 8000)),
                allowed={204, 200, 403, 405})


def large_head(r):
    fields = [(f"X-Field-{n}", "v" * 140) for n in range(95)]
    return Load(request("GET", "/healthz", None, *fields), allowed={200})


def zipped(r):
    body = gzip.compress(b'{"query":"' + b"w " * (64 * MIB) + b'"}', 1)
    return post("/v1/indexes/many/search", body, JSON, ("Content-Encoding", "gzip"), allowed=HEAVY | {415})


def zipped_lines(r):
    body = gzip.compress((b" " * MIB + b"\n") * 200, 1)
    return post("/v1/indexes/spare/passages", body, LINES, ("Content-Encoding", "gzip"), allowed=HEAVY | {415})


# Clients that do not do their part

def unread(r):
    """Asks for much and reads nothing."""
    kind = r.choice([whole_texts, largest_k, anserini, batch_of_few])(r)
    return Load(*kind.pieces, reads="nothing", seconds=15, allowed=set())


def pipelined(r):
    """Many requests on one connection, none of whose answers are read."""
    one = post("/v1/indexes/texts/search", {"query": "word1", "k": 60}).pieces[0]
    return Load(one * 100, reads="nothing", seconds=10, allowed=set())


def slow_reader(r):
    return Load(whole_texts(r).pieces[0], reads="slowly", seconds=20, allowed=HEAVY)


def slow_writer(r):
    data = r.choice([add_lines, whole_texts, rerank_long])(r).pieces[0]
    start = data.index(b"\r\n\r\n") + 4
    return Load(data[:start], *(data[start:][at:at + 3000] for at in range(0, 120_000, 3000)), pause=0.5, reads="nothing", allowed=set())


def aborted(r):
    data = r.choice([whole_texts, rerank_many, embed_many, add_lines, batch, eight_stages])(r).pieces[0]
    return Load(data[:r.choice([len(data), len(data), r.randrange(len(data))])], reads="nothing", seconds=r.random() * 2, allowed=set())


KINDS = [
    batch, batch_of_few, largest_k, long_query, whole_texts, explained, eight_stages, facets, filtered, nested_body, get_search, anserini,
    compressed_answer, show, add_lines, add_array, add_table, add_escaped, add_too_long, add_many, add_broken, add_encoded, delete,
    make_and_drop, rerank_many, rerank_long, rerank_texts, embed_many, embed_long, embed_pieces, look, preflight, large_head, zipped,
    zipped_lines, unread, pipelined, slow_reader, slow_writer, aborted]
