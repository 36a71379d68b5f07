#!/usr/bin/env python3
"""Chooses the passages that passerine-small learns from: pool.py DATA WORK -> WORK/pool.tsv, WORK/queries.groups.tsv

All passages of msmarco-train's groups, the BM25 top 100 of msmarco-dl19 (their texts alone: kept states of them make
evaluation cheap), and 5,000 of fewer than 90 words drawn from the 26,000 of msmarco-mini that the unlabelled train
queries' BM25 top 16 ask for most. The groups' queries come first among the queries, to be held out.
"""
import pathlib
import random
import sys

import numpy as np

import corpus
import lexical
import prepare

DEMANDED, DRAWN, LONGEST, TOP = 26_000, 5_000, 90, 16


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
    dl19, run = data / "msmarco-dl19/collection.tsv.gz", corpus.read_run(data / "msmarco-dl19/bm25-top100.run")
    ids, texts = prepare.texts_of([data / "msmarco-mini/collection.tsv.gz", work / "groups.tsv", dl19])
    judged = corpus.read_tsv(dl19)
    fixed = {judged[d] for hits in run.values() for d, _ in hits} | set(own.values())
    value = demand(texts, list(corpus.read_tsv(data / "msmarco-train/queries-unlabelled.tsv.gz").values()))
    asked = set(np.argsort(-value)[:DEMANDED].tolist())
    rest = [i for i, text in enumerate(texts) if i in asked and text not in fixed and len(text.split()) < LONGEST]
    drawn = set(random.Random(1).sample(rest, min(DRAWN, len(rest))))
    write("pool.tsv", ((ids[i], t) for i, t in enumerate(texts) if t in fixed or i in drawn))


if __name__ == "__main__":
    main(*sys.argv[1:])
