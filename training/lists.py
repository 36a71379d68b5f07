#!/usr/bin/env python3
"""Gives each query its candidates in the pool, and how each teacher's scores spread there.

    lists.py --work WORK

Teachers: the base model's cosine, a SPLADE model, BM25. The candidates of a query are what a ranker will be handed in
use: BM25's best 10, and 6 of its next 90. `lists.npz` holds them by query, with each teacher's mean and deviation there,
so that the ensemble, the weighted sum of the teachers' z-scores, can score any other passage on the same scale.
"""
import argparse
import pathlib

import numpy as np
import scipy.sparse as sparse

TEACHERS = ("cosine", "splade", "bm25")
BEST, NEXT, DEEP = 10, 6, 100


class Teachers:
    """Scores of any queries for any passages of the pool."""

    def __init__(self, work):
        work = pathlib.Path(work)
        vectors = lambda side: np.load(work / side / "vectors.npy")
        splade = lambda side: sparse.load_npz(work / side / "splade.npz")
        bm25 = lambda side: sparse.load_npz(work / f"bm25.{side}.npz")
        self.pairs = [tuple(read(side) for side in ("queries", "passages")) for read in (vectors, splade, bm25)]

    def scores(self, queries, passages=None):
        """[teachers, Q, P] of rows of queries and of passages (all where None)."""
        take = lambda m: m if passages is None else m[passages]
        products = [q[queries] @ take(p).T for q, p in self.pairs]
        return np.stack([p.toarray() if sparse.issparse(p) else p for p in products]).astype(np.float32)


def top(scores, k):
    return np.argpartition(scores, -k, axis=1)[:, -k:] if k < scores.shape[1] else np.tile(np.arange(k), (len(scores), 1))


def mine(teachers, queries, seed=1, chunk=256):
    """Candidates [Q, BEST + NEXT], BM25's best first, and means and deviations [Q, teachers]."""
    random, found, means, spreads = np.random.default_rng(seed), [], [], []
    for start in range(0, len(queries), chunk):
        scores = teachers.scores(queries[start : start + chunk])
        bm25 = scores[TEACHERS.index("bm25")]
        best = top(bm25, min(DEEP, bm25.shape[1]))
        best = np.take_along_axis(best, np.argsort(-np.take_along_axis(bm25, best, 1), 1), 1)
        for row, order in enumerate(best):
            rest = order[BEST:]
            chosen = np.concatenate([order[:BEST], random.choice(rest, NEXT, replace=len(rest) < NEXT)]) if len(rest) else order
            own = scores[:, row, chosen]
            found.append(np.resize(chosen, BEST + NEXT))
            means.append(own.mean(1))
            spreads.append(own.std(1) + 1e-6)
        if start // chunk % 20 == 0:
            print(f"{start} of {len(queries)} queries", flush=True)
    return np.array(found, np.int32), np.array(means), np.array(spreads)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--weights", nargs=3, type=float, default=[1, 1, 0.3], metavar=tuple(w.upper() for w in TEACHERS))
    parser.add_argument("--queries", type=int, help="only so many, those with the most similar passages by cosine")
    parser.add_argument("--held-out", type=int, default=0, help="first queries, which are left out")
    o = parser.parse_args(arguments)
    teachers = Teachers(o.work)
    vectors, passages = teachers.pairs[0]
    queries = np.arange(o.held_out, len(vectors))
    if o.queries and o.queries < len(queries):
        best = np.concatenate([(v @ passages.T).max(1) for v in np.array_split(vectors[queries], len(queries) // 1024 + 1)])
        queries = np.sort(queries[np.argsort(-best)[: o.queries]])
    found, means, spreads = mine(teachers, queries)
    np.savez(o.work / "lists.npz", queries=queries, candidates=found, means=means, spreads=spreads, weights=np.array(o.weights, np.float32))


if __name__ == "__main__":
    main()
