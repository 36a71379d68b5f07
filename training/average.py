#!/usr/bin/env python3
"""Writes the weighted mean of several models' weights: of a start and what training made of it, or of checkpoints.

    average.py --models MODEL_FOLDER... --shares NUMBER... --out MODEL_FOLDER

All need the same tensors. What is not a float, the heads' tables of pieces, is the first model's, as are the weights of
the table of queries and of the expansion, which belong to those.
"""
import shutil

from safetensors.torch import load_file, save_file

import command

FIRST = ("tildev2.query.", "tildev2.expansion.")


def mean(name, tensors, shares):
    if name.startswith(FIRST) or not tensors[0].is_floating_point():
        return tensors[0]
    return sum(share * tensor.float() for share, tensor in zip(shares, tensors)).to(tensors[0].dtype)


def main(arguments=None):
    parser, path, _ = command.options(__doc__)
    path("--models", required=True, nargs="+", help="model folders")
    parser.add_argument("--shares", required=True, nargs="+", type=float, help="of each, as parts of their sum")
    path("--out", required=True, help="model folder to write")
    o = parser.parse_args(arguments)
    if len(o.shares) != len(o.models):
        parser.error(f"{len(o.models)} models, but {len(o.shares)} shares")
    shares = [share / sum(o.shares) for share in o.shares]
    shutil.copytree(o.models[0], o.out, dirs_exist_ok=True, ignore=shutil.ignore_patterns("packed.*"))
    for file in ("model.safetensors", "heads.safetensors"):
        stored = [load_file(folder / file) for folder in o.models]
        if any(set(s) != set(stored[0]) for s in stored):
            parser.error(f"{file}: not of the same tensors in all models")
        save_file({n: mean(n, [s[n] for s in stored], shares).contiguous() for n in stored[0]}, o.out / file,
                  metadata={"format": "pt"})


if __name__ == "__main__":
    main()
