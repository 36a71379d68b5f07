#!/usr/bin/env python3
"""Gives each query its candidates in the pool, and how each teacher's scores spread there.

    lists.py --work WORK

Teachers: the base model's cosine, a SPLADE model, BM25, and with `--late` a ranker of an earlier round, whose rows
`late.py` left. The candidates of a query are what a ranker will be handed in use: BM25's best 10, and 6 of its next 90.
`lists.npz` holds them by query, with each teacher's mean and deviation there, so that the ensemble, the weighted sum of
the teachers' z-scores, can score any other passage on the same scale.
"""
import argparse
import pathlib

import numpy as np
import scipy.sparse as sparse

TEACHERS = ("cosine", "splade", "bm25", "sentences", "colbert")
BEST, NEXT, DEEP = 10, 6, 100


class Teachers:
    """Scores of any queries for any passages of the pool."""

    def __init__(self, work, names):
        """The teachers of some names, ColBERT last if it is among them."""
        work = pathlib.Path(work)
        read = {
            "cosine": lambda side: np.load(work / side / "vectors.npy"),
            "splade": lambda side: sparse.load_npz(work / side / "splade.npz"),
            "bm25": lambda side: sparse.load_npz(work / f"bm25.{side}.npz"),
            "sentences": lambda side: np.load(work / side / "sentences.npy"),
        }
        sides = ("queries", "passages")
        self.names = names
        self.pairs = {name: tuple(read[name](side) for side in sides) for name in names if name in read}
        self.late = [Rows(work / f"colbert.{side}.npz") for side in sides] if "colbert" in names else None

    @staticmethod
    def found(work):
        """Names of all but ColBERT; a sentence encoder is among them where `embed.py` has left its vectors."""
        return [n for n in TEACHERS[:-1] if n != "sentences" or (work / "passages/sentences.npy").exists()]

    def bm25(self, queries):
        """BM25 scores [Q, passages of the pool]."""
        asked, impacts = self.pairs["bm25"]
        return (asked[queries] @ impacts.T).toarray()

    def scores(self, queries, passages):
        """[teachers, Q, P] of rows of queries and of passages."""
        products = [q[queries] @ p[passages].T for q, p in self.pairs.values()]
        if self.late:
            best, starts = best_matches(*self.late, queries, passages)
            products.append(np.add.reduceat(best, starts, axis=1).T)
        return np.stack([p.toarray() if sparse.issparse(p) else p for p in products]).astype(np.float32)


class Rows:
    """Rows of several texts, end to end: ColBERT's, of one length."""

    def __init__(self, path):
        # An array of its own, so that it need not be read whole.
        self.offsets, self.rows = np.load(path)["offsets"], np.load(path.with_suffix(".npy"), mmap_mode="r")

    def of(self, texts):
        """Rows [R, D] of some texts, and where each text's begin."""
        spans = [(self.offsets[t], self.offsets[t + 1]) for t in texts]
        starts = np.cumsum([0] + [b - a for a, b in spans[:-1]])
        return np.concatenate([self.rows[a:b] for a, b in spans]).astype(np.float32), starts


def best_matches(asked, held, queries, passages):
    """Of each row of some queries its best product with each passage [P, R], and where each query's rows begin."""
    (asked, starts), (rows, begins) = asked.of(queries), held.of(passages)
    return np.maximum.reduceat(rows @ asked.T, begins, axis=0), starts


def top(scores, k):
    return np.argpartition(scores, -k, axis=1)[:, -k:] if k < scores.shape[1] else np.tile(np.arange(k), (len(scores), 1))


def mine(teachers, queries, seed=1, chunk=256):
    """Candidates [Q, BEST + NEXT], BM25's best first, and means and deviations [Q, teachers]."""
    random, found, means, spreads = np.random.default_rng(seed), [], [], []
    for start in range(0, len(queries), chunk):
        bm25 = teachers.bm25(queries[start : start + chunk])
        best = top(bm25, min(DEEP, bm25.shape[1]))
        best = np.take_along_axis(best, np.argsort(-np.take_along_axis(bm25, best, 1), 1), 1)
        for row, order in enumerate(best):
            rest = order[BEST:]
            chosen = np.concatenate([order[:BEST], random.choice(rest, NEXT, replace=len(rest) < NEXT)]) if len(rest) else order
            own = teachers.scores(queries[start + row : start + row + 1], chosen)[:, 0]
            found.append(np.resize(chosen, BEST + NEXT))
            means.append(own.mean(1))
            spreads.append(own.std(1) + 1e-6)
        if start // chunk % 20 == 0:
            print(f"{start} of {len(queries)} queries", flush=True)
    return np.array(found, np.int32), np.array(means), np.array(spreads)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--weights", nargs="+", type=float, default=[1, 1, 0.3, 1, 1], help="of " + ", ".join(TEACHERS))
    parser.add_argument("--late", action="store_true", help="with the ranker whose rows late.py left")
    parser.add_argument("--queries", type=int, help="only so many, those with the most similar passages by cosine")
    parser.add_argument("--held-out", type=int, default=0, help="first queries, which are left out")
    o = parser.parse_args(arguments)
    names = Teachers.found(o.work)
    teachers = Teachers(o.work, [*names, *(["colbert"] if o.late else [])])
    vectors, passages = teachers.pairs["cosine"]
    queries = np.arange(o.held_out, len(vectors))
    if o.queries and o.queries < len(queries):
        best = np.concatenate([(v @ passages.T).max(1) for v in np.array_split(vectors[queries], len(queries) // 1024 + 1)])
        queries = np.sort(queries[np.argsort(-best)[: o.queries]])
    found, means, spreads = mine(teachers, queries)
    weights = np.array([o.weights[TEACHERS.index(name)] for name in teachers.names], np.float32)
    np.savez(o.work / "lists.npz", queries=queries, candidates=found, means=means, spreads=spreads, weights=weights,
             teachers=teachers.names)


if __name__ == "__main__":
    main()
