#!/usr/bin/env python3
"""Measures what could teach: sentence encoders by the cosine of mean states, a SPLADE model, and sums of them.

    teachers.py DATA [--run bm25-top100.run | --depth 100] [--splade FOLDER] [--models FOLDER...] [--onnx FOLDER...]

DATA holds collection.tsv[.gz], queries.tsv and qrels.txt. A FOLDER is Hugging Face's, of any architecture that
transformers has (`pip install transformers`; nothing else here needs it), or, with `--onnx`, what embed.py reads. Each
teacher's scores have mean 0 and deviation 1 over a query's candidates before they are added, as in training; `--bm25`
adds so much of BM25's to every sum. Prints nDCG@10, a line of JSON each.
"""
import argparse
import itertools
import json
import pathlib

import numpy as np
import torch
from ir_measures import nDCG

import corpus
import embed
import evaluate
import prepare
from encoder import by_length, pad
from splade import Splade

PASSAGE, QUERY = 180, 64


@torch.inference_mode()
def sentences(folder, texts, limit):
    """Unit vectors of texts: the mean of their last states."""
    from transformers import AutoModel, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    pieces = tokenizer(texts, truncation=True, max_length=limit)["input_ids"]
    vectors = [None] * len(texts)
    for batch in by_length([len(p) for p in pieces], 4096):
        inputs = tokenizer.pad({"input_ids": [pieces[i] for i in batch]}, return_tensors="pt")
        mask = inputs["attention_mask"][..., None]
        means = (model(**inputs).last_hidden_state * mask).sum(1) / mask.sum(1)
        for i, vector in zip(batch, torch.nn.functional.normalize(means, dim=1).numpy()):
            vectors[i] = vector
    return vectors


@torch.inference_mode()
def terms(folder, texts, limit):
    """Each text's terms and weights by a SPLADE model."""
    model = Splade(folder).eval()
    flat, offsets = prepare.tokenize(texts, folder, limit)
    pieces = [flat[a:b] for a, b in zip(offsets[:-1], offsets[1:])]
    found = [None] * len(texts)
    for batch in by_length([len(p) for p in pieces], 4096):
        for i, (ids, weights) in zip(batch, model.terms(*pad([pieces[i] for i in batch]))):
            found[i] = dict(zip(ids.tolist(), weights.tolist()))
    return found


def standard(x):
    return (x - x.mean()) / (x.std() or 1.0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--models", nargs="+", default=[])
    parser.add_argument("--onnx", nargs="+", default=[], type=pathlib.Path)
    parser.add_argument("--bm25", type=float, default=0.0)
    parser.add_argument("--run")
    parser.add_argument("--depth", type=int, default=100)
    parser.add_argument("--splade")
    options = parser.parse_args()
    collection, queries, found = evaluate.candidates(options.data, options.run, options.depth)
    qrels = corpus.read_qrels(options.data / "qrels.txt")
    found = {q: hits for q, hits in found.items() if q in qrels}
    names, asked = sorted({d for hits in found.values() for d, _ in hits}), list(found)
    scores = {}

    def score(teacher, encode, product):
        passages = dict(zip(names, encode([collection[d] for d in names], PASSAGE)))
        wanted = dict(zip(asked, encode([queries[q] for q in asked], QUERY)))
        scores[teacher] = {q: np.array([product(wanted[q], passages[d]) for d, _ in found[q]]) for q in asked}

    for folder in options.models:
        score(pathlib.Path(folder).name, lambda texts, limit: sentences(folder, texts, limit), np.dot)
    for folder in options.onnx:
        session, prefixes = embed.session(folder), {PASSAGE: "", QUERY: embed.PREFIX}
        score(folder.name, lambda texts, limit: embed.encode(session, [prefixes[limit] + t for t in texts], folder, PASSAGE, False),
              np.dot)
    if options.splade:
        score("splade", lambda texts, limit: terms(options.splade, texts, limit),
              lambda a, b: sum(weight * b.get(term, 0.0) for term, weight in a.items()))
    lexical = {q: options.bm25 * standard(np.array([s for _, s in found[q]])) for q in asked}
    for size in range(1, len(scores) + 1):
        for some in itertools.combinations(scores, size):
            total = {q: lexical[q] + sum(standard(scores[t][q]) for t in some) for q in asked}
            values = evaluate.measure(found, qrels, total, nDCG @ 10)
            print(json.dumps({"teachers": some, "nDCG@10": round(float(values.mean()), 4)}), flush=True)


if __name__ == "__main__":
    main()
