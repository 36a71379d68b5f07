"""What the training commands share: their options, and how their learning rates go."""
import argparse
import pathlib

import torch


def options(text):
    """A parser that says the first line of `text`, and two functions that add options: a path, and a number."""
    parser = argparse.ArgumentParser(description=text.splitlines()[0])

    def path(name, **more):
        parser.add_argument(name, type=pathlib.Path, **more)

    def number(name, standard, text, kind=int):
        parser.add_argument(name, type=kind, default=standard, help=f"{text} (default {standard})")

    return parser, path, number


def bfloat16(parser):
    parser.add_argument("--bfloat16", action="store_true", help="layers' activations in bfloat16, as always on a GPU")


def optimizer(layers, rate, heads, head_rate):
    """AdamW over parameters of layers, whose matrices decay, and of heads."""
    return torch.optim.AdamW(
        [{"params": [p for p in layers if p.ndim > 1], "lr": rate, "weight_decay": 0.01},
         {"params": [p for p in layers if p.ndim == 1], "lr": rate}, {"params": heads, "lr": head_rate}],
        betas=(0.9, 0.98), weight_decay=0, fused=True)


def schedule(optimizer, steps, ramp):
    """Learning rates that rise over `ramp` steps and fall in a line to a fiftieth."""
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: min((s + 1) / ramp, max(0.02, 1 - s / steps)))
