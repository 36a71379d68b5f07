#!/usr/bin/env python3
"""Golden hidden states of the encoder, by transformers, written to Tests/BERTTests/Fixtures/encoder.

    python encoder_golden.py [CHECKOUT]

Needs torch, transformers, tokenizers and safetensors.
"""
import pathlib
import random
import sys

import torch
from transformers import AutoModel

import encoder_tiny as tiny

CHECKOUT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2])
FIXTURES = CHECKOUT / "Tests/BERTTests/Fixtures/encoder"
VARIANTS = {
    "gelu": dict(changes={}, save={}),
    "gelu-new": dict(changes=dict(hidden_act="gelu_new"), save=dict(prefix="bert.")),
    "relu": dict(changes=dict(hidden_act="relu", num_attention_heads=1, layer_norm_eps=1e-5, type_vocab_size=1,
                              intermediate_size=33, num_hidden_layers=3),
                 save=dict(norms=("gamma", "beta"))),
}
ROWS, COLUMNS = 8, 24


@torch.inference_mode()
def states(model, case):
    """Last hidden states [T, H] of one sequence."""
    length = len(case["pieces"])
    positions = torch.arange(length)[None]
    return model(
        input_ids=torch.tensor([case["pieces"]]),
        token_type_ids=(positions >= case["second_segment_start"]).long(),
        attention_mask=(positions < case["attended"]).long()).last_hidden_state[0]


def sequences(lengths, first, last, cls, sep, segments):
    """Random sequences of each length: whole, in two segments, and with a tail that receives no attention."""
    made = []
    for number, length in enumerate(lengths):
        pieces = [cls] + [random.randrange(first, last) for _ in range(length - 2)] + [sep] * (length > 1)
        cut = random.randrange(1, length) if segments and length > 2 and number % 3 == 1 else length
        attended = random.randrange(1, length) if length > 2 and number % 3 == 2 else length
        made.append({"pieces": pieces, "second_segment_start": cut, "attended": attended})
    return made


def tiny_golden():
    for number, (name, variant) in enumerate(VARIANTS.items()):
        model = tiny.encoder(100 + number, **variant["changes"])
        tiny.save(FIXTURES / name, model, **variant["save"])
        cases = sequences([1, 2, 3, 5, 8, 9, 17, 33, 48, 64], 7, len(tiny.VOCABULARY), tiny.CLS, tiny.SEP,
                          model.config.type_vocab_size > 1)
        for case in cases:
            case["states"] = tiny.rounded(states(model, case))
        tiny.write(FIXTURES / name / "states.json", cases)


def passerine_small_golden():
    """A sample of rows and columns, and the length of every row, so that the file stays small."""
    model = AutoModel.from_pretrained(
        CHECKOUT / "models/passerine-small/encoder", dtype=torch.float32, attn_implementation="eager").eval()
    cases = sequences([1, 2, 3, 7, 16, 33, 64, 101, 180, 257, 511, 512], 1000, 30000, 101, 102, True)
    for case in cases:
        result = states(model, case)
        length, hidden = result.shape
        rows = sorted({0, length - 1} | {random.randrange(length) for _ in range(ROWS)})
        columns = sorted(random.sample(range(hidden), COLUMNS))
        case |= {"rows": rows, "columns": columns, "values": tiny.rounded(result[rows][:, columns]),
                 "lengths": tiny.rounded(result.norm(dim=1), 4)}
    tiny.write(FIXTURES / "passerine-small.json", cases)


random.seed(14)
tiny_golden()
passerine_small_golden()
