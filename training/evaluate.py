#!/usr/bin/env python3
"""Re-ranks candidates by a model's heads and prints measures, with what interpolation with BM25 adds.

    evaluate.py MODEL_FOLDER DATA [--run bm25-top100.run | --depth 100] [--work WORK --cut 4]

DATA holds collection.tsv[.gz], queries.tsv and qrels.txt. Candidates are those of the run file, or BM25's. `--work`
takes kept states of passages that training's pool holds too, where layers below `--cut` are the base model's.
Intervals are 95 % by bootstrap over queries; interpolation's weight is chosen by five-fold cross-validation.
"""
import argparse
import json
import pathlib

import ir_measures
import numpy as np
import torch
from ir_measures import RR, nDCG
from torch.nn import functional as F

import corpus
import lexical
import prepare
from encoder import by_length, pad
from lists import top
from model import Ranker

WEIGHTS = (0.3, 0.5, 0.7, 0.8, 0.9, 1.0)


def candidates(data, run, depth):
    """Texts of the collection, queries, and {query: [(passage, BM25 score)]}."""
    first = lambda name: next(p for p in (data / name, data / (name + ".gz")) if p.exists())
    collection, queries = corpus.read_tsv(first("collection.tsv")), corpus.read_tsv(first("queries.tsv"))
    if run:
        return collection, queries, corpus.read_run(data / run, depth)
    ids, names = list(collection), list(queries)
    impacts, counts = lexical.matrices(list(collection.values()), list(queries.values()))
    found = {}
    for name, row in zip(names, (counts @ impacts.T).tocsr()):
        scores = row.toarray()[0]
        best = top(scores[None], min(depth, len(scores)))[0]
        found[name] = [(ids[i], float(scores[i])) for i in best[np.argsort(-scores[best], kind="stable")] if scores[i] > 0]
    return collection, queries, found


class Kept:
    """Kept states by text."""

    def __init__(self, work, cut):
        self.rows = {text: row for row, text in enumerate(json.loads((work / "passages/texts.json").read_text())[1])}
        self.offsets = np.load(work / "passages/offsets.npy")
        self.states, self.cut = np.load(work / f"passages/states{cut}.npy", mmap_mode="r"), cut

    def __call__(self, text):
        row = self.rows.get(text)
        return None if row is None else torch.from_numpy(np.array(self.states[self.offsets[row] : self.offsets[row + 1]]))


@torch.inference_mode()
def encode(ranker, base, texts, limit, kept=None):
    """For each text its pieces, ColBERT rows before normalisation and what each counts in a query, TILDEv2 weights, and what
    expands it."""
    flat, offsets = prepare.tokenize(texts, base, limit)
    pieces = [flat[a:b] for a, b in zip(offsets[:-1], offsets[1:])]
    known = [kept(t) if kept else None for t in texts]
    results = [None] * len(texts)
    for have in (True, False):
        chosen = [i for i in range(len(texts)) if (known[i] is not None) == have]
        for batch in by_length([len(pieces[i]) for i in chosen], 8192):
            batch = [chosen[i] for i in batch]
            ids, mask = pad([pieces[i] for i in batch])
            if have:
                x = torch.nn.utils.rnn.pad_sequence([known[i] for i in batch], batch_first=True).float()
                x = ranker.encoder.run(x, mask, first=kept.cut)
            else:
                x = ranker.encoder.run(ranker.encoder.embed(ids), mask)
            heads, x = ranker.heads, x.float()
            rows, importance, weights = heads.colbert(x), heads.query_weights(x), heads.weights(x)
            for row, i in enumerate(batch):
                n = len(pieces[i])
                excluded = ~ranker.counts
                excluded[torch.from_numpy(pieces[i]).long()] = True
                added = heads.expand(x[row, :n], excluded, ranker.settings["tildev2"].get("expansion_terms", 16))
                results[i] = pieces[i], rows[row, :n].half(), importance[row, :n], weights[row, :n].numpy(), added
    return results


def score(ranker, base, collection, queries, found, kept, columns):
    """{method: {query: scores in the order of its candidates}}."""
    names = sorted({d for hits in found.values() for d, _ in hits})
    encoded = dict(zip(names, encode(ranker, base, [collection[d] for d in names], ranker.settings["passage_length"], kept)))
    asked = list(found)
    encoded_queries = dict(zip(asked, encode(ranker, base, [queries[q] for q in asked], ranker.settings["query_length"])))
    counts, keeps = ranker.counts.numpy(), ranker.kept.numpy()
    terms = {}
    for d, (pieces, _, _, weights, added) in encoded.items():
        terms[d] = added
        for p, w in zip(pieces.tolist(), weights.tolist()):
            if counts[p]:
                terms[d][p] = max(w, terms[d].get(p, 0.0))
    scores = {m: {} for m in ["bm25", "tildev2", *(f"colbert@{c}" for c in columns)]}
    for q, hits in found.items():
        pieces, rows, importance = encoded_queries[q][:3]
        scores["bm25"][q] = np.array([s for _, s in hits])
        asked = ranker.heads.asked([pieces], counts)
        asked = list(zip(asked.indices.tolist(), asked.data.tolist()))
        scores["tildev2"][q] = np.array([sum(w * terms[d].get(p, 0.0) for p, w in asked) for d, _ in hits])
        for c in columns:
            unit = F.normalize(rows[:, :c].float(), dim=1) * importance[:, None]
            scores[f"colbert@{c}"][q] = np.array([
                float((unit @ F.normalize(encoded[d][1][torch.from_numpy(keeps[encoded[d][0]])][:, :c].float(), dim=1).T).amax(1).sum())
                for d, _ in hits])
    return scores


def span(x):
    return (x - x.min()) / (np.ptp(x) or 1.0) if len(x) else x


def combine(a, b, weight):
    return {q: weight * span(a[q]) + (1 - weight) * span(b[q]) for q in a}


def cascade(first, second, keep):
    """The best `keep` of `first` in the order of `second`, then the rest."""
    joined = {}
    for q in first:
        best = np.argsort(-first[q], kind="stable")[: round(keep * len(first[q]))]
        joined[q] = span(first[q]) - 10
        joined[q][best] = span(second[q])[best]
    return joined


def measure(found, qrels, scores, what):
    """Per-query values, in the order of `found`; unjudged queries are left out."""
    run = [ir_measures.ScoredDoc(q, d, float(s)) for q, hits in found.items() if q in scores for (d, _), s in zip(hits, scores[q])]
    values = {m.query_id: m.value for m in ir_measures.iter_calc([what], qrels, run)}
    return np.array([values.get(q, 0.0) for q in found if q in qrels])


def cross_validated(a, b, value):
    """Values with the weight chosen on the other four folds, and the weights chosen."""
    table = np.array([value(combine(a, b, w)) for w in WEIGHTS])
    fold = np.arange(table.shape[1]) % 5
    chosen = [int(np.argmax(table[:, fold != k].mean(1))) for k in range(5)]
    return np.array([table[chosen[fold[i]], i] for i in range(table.shape[1])]), [WEIGHTS[c] for c in chosen]


def interval(values, draws=2000):
    random = np.random.default_rng(1)
    means = values[random.integers(0, len(values), (draws, len(values)))].mean(1)
    return np.quantile(means, [0.025, 0.975])


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("data", type=pathlib.Path, nargs="+")
    parser.add_argument("--run")
    parser.add_argument("--depth", type=int, default=100)
    parser.add_argument("--queries", type=int, help="only the first so many judged queries")
    parser.add_argument("--work", type=pathlib.Path)
    parser.add_argument("--cut", type=int, default=4)
    parser.add_argument("--columns", type=int, nargs="+", default=[128, 96, 64, 32])
    parser.add_argument("--relevant", type=int, default=1, help="lowest grade that is relevant to RR")
    o = parser.parse_args(arguments)
    ranker, kept = Ranker.load(o.model), Kept(o.work, o.cut) if o.work else None
    for data in o.data:
        collection, queries, found = candidates(data, o.run if o.run and (data / o.run).exists() else None, o.depth)
        qrels = corpus.read_qrels(data / "qrels.txt")
        found = dict([(q, h) for q, h in found.items() if q in qrels][: o.queries])
        scores = score(ranker, o.model, collection, queries, found, kept, o.columns)
        late, tilde, bm25 = scores[f"colbert@{o.columns[0]}"], scores["tildev2"], scores["bm25"]
        scores["tildev2>>colbert"] = cascade(tilde, late, 0.5)
        ndcg = lambda s: measure(found, qrels, s, nDCG @ 10)
        print(f"{data.name}: {len(found)} queries")
        for name, s in scores.items():
            values = ndcg(s)
            low, high = interval(values)
            rr = measure(found, qrels, s, RR(rel=o.relevant) @ 10).mean()
            print(f"  {name:18s} nDCG@10 {values.mean():.4f} [{low:.3f}, {high:.3f}]  RR@10 {rr:.4f}", flush=True)
        for name, s in (("tildev2", tilde), ("colbert", late)):
            values, weights = cross_validated(s, bm25, ndcg)
            print(f"  {name} + bm25      nDCG@10 {values.mean():.4f}  weights {weights}", flush=True)


if __name__ == "__main__":
    main()
