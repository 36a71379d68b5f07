"""make bench-analysis: nDCG@10 of BM25 alone by how text becomes terms, next to bm25s, on every collection of a folder.

Terms are those of FTS5's tokenizers; scoring is the formula itself over all passages (Lucene's variant, k1 0.9, b 0.4,
exact lengths); stop words are left out of queries only. Each folder with collection.tsv[.gz], queries.tsv and qrels.txt is
a collection. The last line is JSON.
"""

import argparse
import gzip
import json
import math
import os
import sqlite3
import sys

import bm25s
import ir_measures
import numpy as np
import Stemmer
from ir_measures import nDCG

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import machine  # noqa: E402

K1, B, DEPTH = 0.9, 0.4, 1000
# Lucene's, as Sources/PassageIndex/Analysis.swift has them.
STOP = ("a an and are as at be but by for if in into is it no not of on or such that the their then there these they this "
        "to was will with").split()
ANALYSES = [
    ("porter, stop words", "porter unicode61 remove_diacritics 2", True),
    ("porter", "porter unicode61 remove_diacritics 2", False),
    ("stop words", "unicode61 remove_diacritics 2", True),
    ("neither", "unicode61 remove_diacritics 2", False),
    ("diacritics 1", "porter unicode61 remove_diacritics 1", True),
    ("diacritics 0", "porter unicode61 remove_diacritics 0", True),
]


def table(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8") as lines:
        return [line.rstrip("\n").split("\t", 1) for line in lines]


def first(folder, *names):
    for name in names:
        if os.path.exists(os.path.join(folder, name)):
            return os.path.join(folder, name)


def terms(texts, tokenizer):
    """The terms of each text, with repetition."""
    database = sqlite3.connect(":memory:")
    database.execute(f"CREATE VIRTUAL TABLE t USING fts5(x, content='', tokenize='{tokenizer}')")
    database.executemany("INSERT INTO t(rowid, x) VALUES (?, ?)", enumerate(texts, 1))
    database.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, instance)")
    found = [[] for _ in texts]
    for term, number in database.execute("SELECT term, doc FROM v"):
        found[number - 1].append(term)
    return found


def rankings(passages, queries, tokenizer, stops):
    analysed = terms(passages, tokenizer)
    asked = terms(queries + [" ".join(STOP)], tokenizer)
    stop = set(asked.pop()) if stops else set()
    # A query of stop words only keeps them.
    asked = [[t for t in query if t not in stop] or query for query in asked]
    needed = {t for query in asked for t in query}
    counts = {}
    lengths = np.array([len(a) for a in analysed], float)
    for number, passage in enumerate(analysed):
        for term in passage:
            if term in needed:
                postings = counts.setdefault(term, {})
                postings[number] = postings.get(number, 0) + 1
    norm = K1 * (1 - B + B * lengths / lengths.mean())
    impacts = {}
    for term, postings in counts.items():
        numbers = np.fromiter(postings, int)
        tf = np.fromiter(postings.values(), float)
        idf = math.log(1 + (len(passages) - len(numbers) + 0.5) / (len(numbers) + 0.5))
        impacts[term] = numbers, idf * tf / (tf + norm[numbers])
    for query in asked:
        scores = np.zeros(len(passages))
        for term in query:
            if term in impacts:
                scores[impacts[term][0]] += impacts[term][1]
        best = np.lexsort((np.arange(len(scores)), -scores))[:DEPTH]
        yield [(number, scores[number]) for number in best if scores[number] > 0]


def bm25s_rankings(passages, queries):
    stemmer = Stemmer.Stemmer("porter")
    corpus = bm25s.tokenize(passages, stopwords=STOP, stemmer=stemmer, show_progress=False)
    index = bm25s.BM25(method="lucene", k1=K1, b=B)
    index.index(corpus, show_progress=False)
    tokens = bm25s.tokenize(queries, stopwords=STOP, stemmer=stemmer, show_progress=False)
    numbers, scores = index.retrieve(tokens, k=min(DEPTH, len(passages)), show_progress=False)
    for row, values in zip(numbers, scores):
        yield [(number, score) for number, score in zip(row, values) if score > 0]


def measure(ranked, ids, query_ids, qrels):
    run = [ir_measures.ScoredDoc(query, ids[number], float(score))
           for query, hits in zip(query_ids, ranked) for number, score in hits]
    return round(ir_measures.calc_aggregate([nDCG @ 10], qrels, run)[nDCG @ 10], 4)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help="folder with one folder a collection")
    data = parser.parse_args().data
    columns = [name for name, _, _ in ANALYSES] + ["bm25s"]
    print(f"| collection | {' | '.join(columns)} |\n|---|{'--:|' * len(columns)}", flush=True)
    figures, short = {}, []
    for name in sorted(os.listdir(data)):
        folder = os.path.join(data, name)
        collection = first(folder, "collection.tsv.gz", "collection.tsv")
        queries, qrels = first(folder, "queries.tsv", "queries.tsv.gz"), first(folder, "qrels.txt")
        if not (collection and queries and qrels):
            continue
        ids, passages = zip(*(row for row in table(collection) if len(row) == 2))
        query_ids, texts = zip(*table(queries))
        judged = list(ir_measures.read_trec_qrels(qrels))
        values = [measure(rankings(list(passages), list(texts), tokenizer, stops), ids, query_ids, judged)
                  for _, tokenizer, stops in ANALYSES]
        values.append(measure(bm25s_rankings(list(passages), list(texts)), ids, query_ids, judged))
        figures[name] = dict(zip(columns, values))
        print(f"| {name} | {' | '.join(f'{value:.4f}' for value in values)} |", flush=True)
        if values[0] < values[-1] - 0.001:
            short.append(f"{name}: {values[0]} against bm25s's {values[-1]}")
    if not figures:
        raise SystemExit(f"{data}: has no folder with collection.tsv[.gz], queries.tsv and qrels.txt")
    print(json.dumps({"benchmark": "analysis", "machine": machine.processor(), "ratios": {}, "figures": figures,
                      "short": short}))


if __name__ == "__main__":
    main()
