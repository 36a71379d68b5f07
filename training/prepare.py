#!/usr/bin/env python3
"""Computes once what every training run reads: pieces, lower layers' states, and what the teachers need.

    prepare.py --base MODEL_FOLDER --splade MODEL_FOLDER --passages A.tsv.gz B.tsv --queries Q.tsv.gz --work WORK

WORK then holds, for passages and queries each: ids and texts, pieces, the base model's sentence vectors (mean of the
last states, unit length), and SPLADE vectors and BM25 impacts as sparse matrices; for passages also the states after
`--cut` layers and after the last, as float16. What is there already is not computed again.
"""
import argparse
import json
import os
import pathlib

import numpy as np
import scipy.sparse as sparse
import torch
import torch.multiprocessing as multiprocessing
from tokenizers import Tokenizer

import corpus
import lexical
from encoder import Encoder, by_length, pad
from model import sentences
from splade import Splade

PASSAGE_LENGTH, QUERY_LENGTH = 180, 64
# A passage's SPLADE weights matter where queries have some: the terms that these weigh most hold nearly all.
SPLADE_TERMS = 8192


def tokenize(texts, base, limit):
    """Pieces of each text with [CLS] and [SEP], flat, and where each begins."""
    tokenizer = Tokenizer.from_file(str(pathlib.Path(base) / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(limit)
    lists = [e.ids for start in range(0, len(texts), 4096) for e in tokenizer.encode_batch(texts[start : start + 4096])]
    offsets = np.concatenate([[0], np.cumsum([len(ids) for ids in lists])])
    return np.concatenate([np.array(ids, np.int32) for ids in lists]), offsets


def keep_pieces(folder, ids, texts, base, limit):
    """Writes ids, texts and pieces of one side."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "texts.json").write_text(json.dumps([ids, texts]))
    pieces, offsets = tokenize(texts, base, limit)
    np.save(folder / "pieces.npy", pieces)
    np.save(folder / "offsets.npy", offsets)


def load_pieces(folder):
    """List of arrays of piece ids."""
    flat, offsets = np.load(folder / "pieces.npy"), np.load(folder / "offsets.npy")
    return [flat[a:b] for a, b in zip(offsets[:-1], offsets[1:])]


@torch.inference_mode()
def part(worker, workers, folder, base, cosine, splade, terms, kept, device):
    """Encodes every `workers`-th batch; `kept` are the layers after which states are kept."""
    torch.set_num_threads(1 if workers > 1 else torch.get_num_threads())
    pieces, offsets = load_pieces(folder), np.load(folder / "offsets.npy")
    encoder = Encoder(base).eval().use(device)
    other = Encoder(cosine).eval().use(device) if cosine else None
    expander = Splade(splade, terms).eval().to(device) if splade else None
    if expander:
        expander.encoder.use(device)
    vectors = np.lib.format.open_memmap(folder / "vectors.npy", "r+")
    states = {k: np.lib.format.open_memmap(folder / f"states{k}.npy", "r+") for k in kept}
    expanded = {}
    for number, batch in enumerate(by_length([len(p) for p in pieces], 4096)):
        if number % workers != worker:
            continue
        ids, mask = (t.to(device) for t in pad([pieces[i] for i in batch]))
        x, done = encoder.embed(ids), 0
        for k in sorted({*kept, len(encoder.layers)}):
            x, done = encoder.run(x, mask, first=done, last=k), k
            if k in states:
                rows = x.half().cpu().numpy()
                for row, i in zip(rows, batch):
                    states[k][offsets[i] : offsets[i + 1]] = row[: len(pieces[i])]
        if other:
            x = other.run(other.embed(ids), mask)
        vectors[batch] = sentences(x.float(), mask).cpu().numpy()
        if expander:
            expanded.update(zip(batch, expander.terms(ids, mask)))
    if expander:
        rows = sorted(expanded)
        columns, weights = ([expanded[i][side] for i in rows] for side in (0, 1))
        np.savez(folder / f"splade.{worker}.npz", rows=np.repeat(np.array(rows, int), [len(c) for c in columns]),
                 columns=np.concatenate([np.zeros(0, int), *columns]),
                 weights=np.concatenate([np.zeros(0, np.float32), *weights]))


def encode(folder, base, cosine=None, splade=None, terms=None, kept=(), device="cpu", workers=1):
    """Sentence vectors of one side, by `cosine` or else the base; SPLADE vectors and states where asked for."""
    if (folder / "done").exists():
        return
    offsets = np.load(folder / "offsets.npy")
    config = json.loads((pathlib.Path(base) / "config.json").read_text())
    make = lambda name, kind, rows: np.lib.format.open_memmap(folder / name, "w+", kind, (rows, config["hidden_size"]))
    make("vectors.npy", np.float32, len(offsets) - 1).flush()
    for k in kept:
        make(f"states{k}.npy", np.float16, int(offsets[-1])).flush()
    work = workers, folder, base, cosine, splade, terms, kept, device
    if workers == 1:
        part(0, *work)
    else:
        multiprocessing.spawn(part, work, workers)
    if splade:
        parts = [np.load(folder / f"splade.{w}.npz") for w in range(workers)]
        rows, columns, weights = (np.concatenate([p[n] for p in parts]) for n in ("rows", "columns", "weights"))
        shape = (len(offsets) - 1, config["vocab_size"])
        sparse.save_npz(folder / "splade.npz", sparse.csr_matrix((weights.astype(np.float32), (rows, columns)), shape))
    (folder / "done").touch()


def texts_of(paths):
    """Ids and texts of several files; a text that came before, and an id, are left out."""
    found, seen = {}, set()
    for path in paths:
        for name, text in corpus.read_tsv(path).items():
            if text not in seen:
                seen.add(text)
                found.setdefault(name, text)
    return list(found), list(found.values())


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base", required=True)
    parser.add_argument("--cosine", help="model folder whose sentence vectors teach, instead of the base's")
    parser.add_argument("--splade", required=True)
    parser.add_argument("--passages", nargs="+", required=True)
    parser.add_argument("--queries", nargs="+", required=True)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--cut", type=int, nargs="+", default=[4], help="layers after which states are kept (default 4)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes of one thread each, on the CPU")
    o = parser.parse_args(arguments)
    workers = o.workers if o.device == "cpu" else 1
    passages, queries = texts_of(o.passages), texts_of(o.queries)
    for side, texts, limit in (("queries", queries, QUERY_LENGTH), ("passages", passages, PASSAGE_LENGTH)):
        if not (o.work / side / "offsets.npy").exists():
            keep_pieces(o.work / side, *texts, o.base, limit)
    # Of queries no states are kept, so that only the model whose vectors teach is run.
    encode(o.work / "queries", o.cosine or o.base, splade=o.splade, device=o.device, workers=workers)
    weighed = np.asarray(sparse.load_npz(o.work / "queries/splade.npz").sum(0)).ravel()
    terms = np.sort(np.argsort(-weighed)[:SPLADE_TERMS])
    layers = json.loads((pathlib.Path(o.base) / "config.json").read_text())["num_hidden_layers"]
    encode(o.work / "passages", o.base, o.cosine, o.splade, terms, tuple({*o.cut, layers}), o.device, workers)
    if not (o.work / "bm25.passages.npz").exists():
        impacts, counts = lexical.matrices(passages[1], queries[1])
        sparse.save_npz(o.work / "bm25.passages.npz", impacts)
        sparse.save_npz(o.work / "bm25.queries.npz", counts)


if __name__ == "__main__":
    main()
