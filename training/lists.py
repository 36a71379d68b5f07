#!/usr/bin/env python3
"""Finds each query's candidates in the pool by an ensemble of teachers, and how each teacher's scores spread there.

    lists.py --work WORK

Teachers: the base model's cosine, a SPLADE model, BM25. The candidates of a query are the best 64 of the union of
each teacher's best 50, by the weighted sum of the teachers' z-scores over that union. `lists.npz` holds them by query, with each
teacher's mean and deviation there, so that the ensemble can score any other passage for the query on the same scale.
"""
import argparse
import pathlib

import numpy as np
import scipy.sparse as sparse

TEACHERS = ("cosine", "splade", "bm25")
DEEP, KEPT = 50, 64


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


def mine(teachers, weights, queries, chunk=256):
    """Candidates [Q, KEPT] best first, means and deviations [Q, teachers]."""
    found, means, spreads = [], [], []
    for start in range(0, len(queries), chunk):
        scores = teachers.scores(queries[start : start + chunk])
        best = [top(s, min(DEEP, s.shape[1])) for s in scores]
        for row in range(scores.shape[1]):
            union = np.unique(np.concatenate([b[row] for b in best]))
            own = scores[:, row, union]
            mean, spread = own.mean(1), own.std(1) + 1e-6
            total = weights @ ((own - mean[:, None]) / spread[:, None])
            order = union[np.argsort(-total)[:KEPT]]
            found.append(np.resize(order, KEPT))
            means.append(mean)
            spreads.append(spread)
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
    found, means, spreads = mine(teachers, np.array(o.weights, np.float32), queries)
    np.savez(o.work / "lists.npz", queries=queries, candidates=found, means=means, spreads=spreads, weights=np.array(o.weights, np.float32))


if __name__ == "__main__":
    main()
