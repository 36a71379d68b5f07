#!/usr/bin/env python3
"""Chooses the passages that passerine-small learns from: pool.py DATA WORK -> WORK/pool.tsv, WORK/queries.groups.tsv

All passages of msmarco-train's groups, and the 24,000 of msmarco-mini that the unlabelled train queries' BM25 top 16
ask for most. The groups' queries come first among the queries, to be held out.
"""
import pathlib
import sys

import numpy as np

import corpus
import lexical
import prepare

DEMANDED, TOP = 24_000, 16


def demand(passages, queries):
    """How much the queries ask for each passage: 1 / (3 + rank) for each time among a query's best."""
    impacts, counts = lexical.matrices(passages, queries)
    value = np.zeros(len(passages))
    for start in range(0, len(queries), 512):
        scores = (counts[start : start + 512] @ impacts.T).toarray()
        best = np.argpartition(scores, -TOP, axis=1)[:, -TOP:]
        order = np.argsort(-np.take_along_axis(scores, best, 1), 1)
        np.add.at(value, np.take_along_axis(best, order, 1).ravel(), np.tile(1 / (3 + np.arange(TOP)), len(best)))
    return value


def main(data, work):
    data, work = pathlib.Path(data), pathlib.Path(work)
    groups = [g for n in ("groups", "unanswered") for g in corpus.read_groups(data / f"msmarco-train/{n}.jsonl.gz")]
    own = {i: " ".join(t.split()) for g in groups for i, t in g["positives"] + g["negatives"]}
    write = lambda name, rows: (work / name).write_text("".join(f"{i}\t{t}\n" for i, t in rows))
    write("queries.groups.tsv", ((g["query_id"], g["query"]) for g in groups))
    write("groups.tsv", own.items())
    ids, texts = prepare.texts_of([work / "groups.tsv", data / "msmarco-mini/collection.tsv.gz"])
    value = demand(texts, list(corpus.read_tsv(data / "msmarco-train/queries-unlabelled.tsv.gz").values()))
    kept = np.array([name in own for name in ids])
    value[kept] = np.inf
    write("pool.tsv", ((ids[i], texts[i]) for i in np.sort(np.argsort(-value)[: kept.sum() + DEMANDED])))


if __name__ == "__main__":
    main(*sys.argv[1:])
