#!/usr/bin/env python3
"""Keeps a model's ColBERT rows of all queries and passages, so that it is one of the next round's teachers.

    late.py --work WORK --model MODEL_FOLDER --cut 4
"""
import numpy as np
import torch
from torch.nn import functional as F

import command
from batches import Pool
from encoder import by_length, pad
from model import Ranker


@torch.inference_mode()
def keep(path, texts, batches, rows_of):
    """Writes the rows of each text, `rows_of(ids, mask, states)` of a batch, and where each text's begin."""
    found = [None] * texts
    for batch, ids, mask, states in batches:
        rows, kept = rows_of(ids, mask, states)
        for i, row, present in zip(batch, rows.half().numpy(), kept.numpy()):
            found[i] = row[present]
    np.save(path.with_suffix(".npy"), np.concatenate(found))
    np.savez(path, offsets=np.cumsum([0] + [len(rows) for rows in found]))


def main(arguments=None):
    parser, path, number = command.options(__doc__)
    path("--work", required=True, help="what prepare.py left")
    path("--model", required=True, help="model folder whose layers below --cut are the base's")
    number("--cut", 4, "layer whose input states were kept")
    number("--longest", 128, "pieces of a passage")
    command.bfloat16(parser)
    o = parser.parse_args(arguments)
    pool, ranker = Pool(o.work, o.cut, o.longest), Ranker.load(o.model)
    encoder, heads = ranker.encoder.use("cpu", o.bfloat16), ranker.heads
    unit = lambda states: F.normalize(heads.colbert(states), dim=-1)

    def questions():
        for batch in by_length([len(q) for q in pool.queries], 4096):
            yield batch, *pad([pool.queries[i] for i in batch]), None

    def asked(ids, mask, _):
        states = encoder.run(encoder.embed(ids), mask).float()
        return unit(states) * heads.query_weights(states)[..., None], mask

    def held(ids, mask, states):
        return unit(encoder.run(states, mask, first=o.cut).float()), mask & ranker.kept[ids]

    keep(o.work / "colbert.queries.npz", len(pool.queries), questions(), asked)
    count = len(pool.offsets) - 1
    keep(o.work / "colbert.passages.npz", count, pool.passages(np.arange(count), 4096), held)


if __name__ == "__main__":
    main()
