"""The peers of `bench.py`, one process each: builds an index, or answers rounds of queries on standard input.

    python peers.py build ENGINE CORPUS FOLDER
    python peers.py serve ENGINE FOLDER QUERIES

Served: a line `K` on standard input is answered by one line of JSON, the milliseconds of every query for the best K.
Every engine stems by Porter, leaves the same stop words out of queries, and is used as its documentation says is fastest
for one thread.
"""
import json
import os
import re
import sqlite3
import sys
import time

STOP = set(
    "a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to "
    "was will with".split()
)
WORD = re.compile(r"[^\W_]+")


def corpus(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            number, text = line.rstrip("\n").split("\t", 1)
            yield int(number), text


def query_words(text):
    words = WORD.findall(text.lower())
    return [word for word in words if word not in STOP] or words


class Tantivy:
    def __init__(self, folder):
        import tantivy

        schema = tantivy.SchemaBuilder()
        schema.add_unsigned_field("number", stored=False, fast=True)
        schema.add_text_field("text", stored=False, tokenizer_name="en_stem", index_option="freq")
        os.makedirs(folder, exist_ok=True)
        self.library = tantivy
        self.index = tantivy.Index(schema.build(), path=folder)
        self.searcher = self.index.searcher()

    def build(self, path):
        writer = self.index.writer(heap_size=1_000_000_000, num_threads=1)
        for number, text in corpus(path):
            document = self.library.Document()
            document.add_unsigned("number", number)
            document.add_text("text", text)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()

    def search(self, text, k):
        query = self.index.parse_query(" ".join(query_words(text)), ["text"])
        return self.searcher.search(query, limit=k, count=False)


class BM25S:
    def __init__(self, folder):
        import bm25s
        import Stemmer

        self.library, self.folder = bm25s, folder
        self.stem = Stemmer.Stemmer("porter").stemWords
        if os.path.isdir(folder):
            self.index = bm25s.BM25.load(folder)
            # Compiled while the first round warms up; without it, it takes tens of milliseconds a query.
            self.index.backend = "numba"
            self.index.activate_numba_scorer()

    def build(self, path):
        stem = self.library.tokenize(
            [text for _, text in corpus(path)], stopwords=[], stemmer=self.stem, token_pattern=WORD.pattern,
            show_progress=False)
        index = self.library.BM25(method="lucene", k1=0.9, b=0.4)
        index.index(stem, show_progress=False)
        index.save(self.folder)

    def search(self, text, k):
        words = [word for word in self.stem(query_words(text)) if word in self.index.vocab_dict]
        return self.index.retrieve([words], k=k, n_threads=1, show_progress=False) if words else None


class FTS5:
    """FTS5's own ranking."""

    def __init__(self, folder):
        os.makedirs(folder, exist_ok=True)
        self.database = sqlite3.connect(f"{folder}/fts5.sqlite")

    def build(self, path):
        self.database.executescript(
            """CREATE VIRTUAL TABLE lexical USING fts5(
                text, content='', detail=full, tokenize='porter unicode61 remove_diacritics 2')""")
        self.database.executemany("INSERT INTO lexical(rowid, text) VALUES(?, ?)", corpus(path))
        self.database.commit()

    def search(self, text, k):
        query = " OR ".join(f'"{word}"' for word in query_words(text))
        rows = "SELECT rowid FROM lexical WHERE lexical MATCH ? ORDER BY rank LIMIT ?"
        return self.database.execute(rows, (query, k)).fetchall() if query else []


ENGINES = {"tantivy": Tantivy, "bm25s": BM25S, "fts5": FTS5}


def main():
    task, engine, *rest = sys.argv[1:]
    if task == "build":
        path, folder = rest
        ENGINES[engine](folder).build(path)
        return
    folder, path = rest
    with open(path, encoding="utf-8") as lines:
        queries = [line.rstrip("\n").split("\t", 1)[1] for line in lines]
    index = ENGINES[engine](folder)
    for line in sys.stdin:
        times = []
        for query in queries:
            start = time.perf_counter()
            index.search(query, int(line))
            times.append((time.perf_counter() - start) * 1e3)
        print(json.dumps(times), flush=True)


main()
