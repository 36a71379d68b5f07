#!/usr/bin/env python3
"""Rounds a BERT's layers to what passerine's int8 holds, so that int8 differs from floats by rounded activations alone.

    rounding.py --model MODEL_FOLDER --out MODEL_FOLDER

In int8 a weight has a scale for every 32 inputs, after a division by factors that follow from the normalisation before
it, and the inner columns of a feed-forward block are in the order of their expected sizes (`DenseLayer`,
`ChannelStatistics`). Weights that are multiples of those scales already are quantised without an error. Rounding moves
the order a little, so it is done until nothing moves.
"""
import math
import shutil

import numpy as np
import torch
from safetensors.numpy import load_file, save_file

import command

GROUP, LARGEST = 32, 127


def factors(means, deviations):
    """By which inputs are multiplied, from their sizes: at most the root of ten times the median's."""
    sizes = np.abs(means) + 3 * deviations
    return 1 / np.sqrt(np.maximum(0.1, sizes / np.sort(sizes)[len(sizes) // 2]))


def rounded(weight, factors):
    """The nearest weight that int8 holds."""
    scaled = (weight / factors).reshape(len(weight), -1, GROUP)
    scale = np.abs(scaled).max(-1, keepdims=True) / LARGEST
    codes = np.rint(scaled / np.where(scale > 0, scale, 1))
    return ((codes * scale).reshape(weight.shape) * factors).astype(np.float32)


def through(weight, bias, means, deviations):
    """Means and deviations of a dense layer's outputs, for independent inputs."""
    return bias + weight @ means, np.sqrt(np.square(weight * deviations).sum(1))


def through_gelu(means, deviations):
    variance = np.square(deviations.astype(np.float64))
    root = np.sqrt(1 + variance)
    density = np.exp(-np.square(means / root) / 2) / math.sqrt(2 * math.pi)
    below = 0.5 * (1 + torch.erf(torch.from_numpy(means / root / math.sqrt(2))).numpy())
    after = means * below + variance / root * density
    return after, np.maximum(0, np.maximum(0.2, means + 3 * deviations) - np.abs(after)) / 3


def layer(tensors, number):
    """One layer's rounded weights."""
    prefix = f"encoder.layer.{number}."
    norm = lambda name: (tensors[name + ".LayerNorm.bias"], np.abs(tensors[name + ".LayerNorm.weight"]))
    dense = lambda name: (tensors[prefix + name + ".weight"], tensors[prefix + name + ".bias"])
    before = norm("embeddings" if number == 0 else f"encoder.layer.{number - 1}.output")
    attended = norm(prefix + "attention.output")
    new = {f"attention.self.{n}": rounded(dense(f"attention.self.{n}")[0], factors(*before)) for n in ("query", "key", "value")}
    context = through(*dense("attention.self.value"), *before)
    new["attention.output.dense"] = rounded(dense("attention.output.dense")[0], factors(*context))
    new["intermediate.dense"] = rounded(dense("intermediate.dense")[0], factors(*attended))
    means, deviations = through_gelu(*through(*dense("intermediate.dense"), *attended))
    order = np.argsort(np.abs(means) + 3 * deviations, kind="stable")
    shrink = dense("output.dense")[0].copy()
    shrink[:, order] = rounded(shrink[:, order], factors(means[order], deviations[order]))
    new["output.dense"] = shrink
    return {f"{prefix}{name}.weight": weight for name, weight in new.items()}


def main(arguments=None):
    parser, path, number = command.options(__doc__)
    path("--model", required=True, help="model folder, a BERT")
    path("--out", required=True, help="model folder to write")
    number("--passes", 8, "passes at most")
    o = parser.parse_args(arguments)
    tensors = {name: t.astype(np.float32) for name, t in load_file(o.model / "model.safetensors").items()}
    layers = 1 + max(int(n.split(".")[2]) for n in tensors if n.startswith("encoder.layer."))
    for step in range(o.passes):
        new = {name: t for i in range(layers) for name, t in layer(tensors, i).items()}
        moved = max(float(np.linalg.norm(t - tensors[n]) / np.linalg.norm(t)) for n, t in new.items())
        # As the file keeps them.
        tensors |= {n: t.astype(np.float16).astype(np.float32) for n, t in new.items()}
        print(f"pass {step + 1}: a layer's weights moved by {moved:.5f} at most", flush=True)
        if moved < 5e-4:
            break
    if o.out.resolve() != o.model.resolve():
        shutil.copytree(o.model, o.out, dirs_exist_ok=True)
    save_file({n: np.ascontiguousarray(t.astype(np.float16)) for n, t in tensors.items()}, o.out / "model.safetensors", metadata={"format": "pt"})


if __name__ == "__main__":
    main()
