#!/usr/bin/env python3
"""Makes a WORK folder of MS MARCO's own files and teachers' scores that others have published.

    msmarco.py --collection collection.tsv --queries queries.train.tsv --base MODEL_FOLDER --work WORK \\
        (--triples bertbase_cat_msmarco_scores.tsv | --examples examples.json)

Triples are Hofstätter et al.'s (2020), a line each: score of the positive, score of the negative, query, positive,
negative, split by tabs. Examples are ColBERTv2's, a JSON array a line: query, then pairs of passage and score, best
first. Passages that no list names are left out. Then: train.py --train-from 0.
"""
import argparse
import json
import os
import pathlib

import numpy as np

import corpus
import prepare


def triples(path):
    """(query, passage, score) of scored triples."""
    with corpus.open_text(path) as lines:
        for number, line in enumerate(lines, 1):
            fields = line.rstrip("\n").split("\t")
            if len(fields) != 5:
                raise SystemExit(f"{path}:{number}: {len(fields)} fields; a scored triple has 5")
            positive, negative, query, better, worse = fields
            yield query, better, float(positive)
            yield query, worse, float(negative)


def examples(path):
    """(query, passage, score) of n-way examples."""
    with corpus.open_text(path) as lines:
        for number, line in enumerate(lines, 1):
            query, *pairs = json.loads(line)
            for pair in pairs:
                if not isinstance(pair, list) or len(pair) != 2:
                    raise SystemExit(f"{path}:{number}: no pair of passage and score: {pair!r}")
                yield str(query), str(pair[0]), float(pair[1])


def lists(scored, most):
    """{query: [(passage, score)]}, best first, at most `most` of each."""
    found = {}
    for query, passage, score in scored:
        found.setdefault(query, {})[passage] = score
    return {q: sorted(hits.items(), key=lambda h: -h[1])[:most] for q, hits in found.items()}


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("collection", "queries", "base", "work"):
        parser.add_argument("--" + name, required=True, type=pathlib.Path)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--triples", type=pathlib.Path)
    source.add_argument("--examples", type=pathlib.Path)
    parser.add_argument("--most", type=int, default=64, help="passages of a list (default 64)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda, for the queries' vectors")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes of one thread each, on the CPU")
    o = parser.parse_args(arguments)
    found = lists(triples(o.triples) if o.triples else examples(o.examples), o.most)
    texts = corpus.read_tsv(o.queries)
    lacking = [q for q in found if q not in texts]
    if lacking:
        raise SystemExit(f"{o.queries} lacks {len(lacking)} queries that lists name, {lacking[0]} first")
    named = {p for hits in found.values() for p, _ in hits}
    with corpus.open_text(o.collection) as lines:
        passages = dict(line.rstrip("\n").split("\t", 1) for line in lines if line.split("\t", 1)[0] in named)
    if len(passages) < len(named):
        raise SystemExit(f"{o.collection} lacks {len(named) - len(passages)} passages that lists name")
    queries = list(found)
    place = {p: i for i, p in enumerate(passages)}
    longest = max(map(len, found.values()))
    candidates, scores = np.full((len(queries), longest), -1, np.int32), np.full((len(queries), longest), -np.inf, np.float32)
    for row, query in enumerate(queries):
        for column, (passage, score) in enumerate(found[query]):
            candidates[row, column], scores[row, column] = place[passage], score
    prepare.keep_pieces(o.work / "queries", queries, [texts[q] for q in queries], o.base, prepare.QUERY_LENGTH)
    prepare.keep_pieces(o.work / "passages", list(passages), list(passages.values()), o.base, prepare.PASSAGE_LENGTH)
    prepare.encode(o.work / "queries", o.base, device=o.device, workers=o.workers if o.device == "cpu" else 1)
    np.savez(o.work / "lists.npz", queries=np.arange(len(queries)), candidates=candidates, scores=scores)
    print(f"{len(queries)} queries, {len(passages)} passages")


if __name__ == "__main__":
    main()
