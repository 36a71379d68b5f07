#!/usr/bin/env python3
"""Keeps a sentence encoder's vectors of all queries and passages, so that its cosine is one of the teachers.

    embed.py --work WORK --model FOLDER

FOLDER holds an ONNX model of `input_ids`, `attention_mask` and `token_type_ids`, whose first output is the last states
[B, T, H], and its tokenizer.json. A vector is the first state, as of the BGE models (Xiao et al. 2023), or with `--mean`
the mean of all.
"""
import json
import time

import numpy as np

import command
import prepare
from encoder import by_length, pad

# What the BGE models were trained to have before a question.
PREFIX = "Represent this sentence for searching relevant passages: "


def session(folder):
    """The model of a folder's only .onnx file."""
    import onnxruntime

    (model,) = folder.glob("*.onnx")
    return onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])


def encode(model, texts, folder, limit, mean):
    """Unit vectors [texts, H]."""
    flat, offsets = prepare.tokenize(texts, folder, limit)
    pieces = [flat[a:b] for a, b in zip(offsets[:-1], offsets[1:])]
    inputs = {i.name for i in model.get_inputs()}
    vectors, done, told, began = None, 0, time.time(), time.time()
    for batch in by_length([len(p) for p in pieces], 4096):
        ids, mask = (t.numpy().astype(np.int64) for t in pad([pieces[i] for i in batch]))
        values = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states = model.run(None, {name: values[name] for name in inputs})[0]
        found = (states * mask[..., None]).sum(1) if mean else states[:, 0]
        if vectors is None:
            vectors = np.zeros((len(texts), found.shape[1]), np.float32)
        vectors[batch] = found / np.linalg.norm(found, axis=1, keepdims=True)
        done += len(batch)
        if time.time() - told > 30:
            told = time.time()
            print(f"{done} of {len(texts)} texts in {told - began:.0f} s", flush=True)
    return vectors


def main(arguments=None):
    parser, path, number = command.options(__doc__)
    path("--work", required=True, help="what prepare.py left")
    path("--model", required=True, help="folder with one .onnx file and tokenizer.json")
    parser.add_argument("--query-prefix", default=PREFIX, help=f"before each query (default {PREFIX!r})")
    parser.add_argument("--passage-prefix", default="", help="before each passage (default none)")
    parser.add_argument("--mean", action="store_true", help="the mean of a text's states instead of the first")
    o = parser.parse_args(arguments)
    model = session(o.model)
    for side, prefix in (("queries", o.query_prefix), ("passages", o.passage_prefix)):
        _, texts = json.loads((o.work / side / "texts.json").read_text())
        vectors = encode(model, [prefix + text for text in texts], o.model, prepare.PASSAGE_LENGTH, o.mean)
        np.save(o.work / side / "sentences.npy", vectors)


if __name__ == "__main__":
    main()
