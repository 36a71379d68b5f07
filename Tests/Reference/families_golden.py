#!/usr/bin/env python3
"""Tiny random cross-encoders of every family that passerine reads, with what transformers makes of texts and pairs by
them, written to Tests/RankingTests/Fixtures/families.

    python families_golden.py [CHECKOUT]

Needs torch, transformers, tokenizers, safetensors, sentencepiece and protobuf.
"""
import json
import pathlib
import sys

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from transformers import (
    DistilBertConfig, DistilBertForSequenceClassification, ElectraConfig, ElectraForSequenceClassification,
    ModernBertConfig, ModernBertForSequenceClassification, RobertaConfig, RobertaForSequenceClassification,
    XLMRobertaConfig, XLMRobertaForSequenceClassification)

import encoder_tiny as tiny
import subword_tokenizers as subwords

CHECKOUT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2])
FIXTURES = CHECKOUT / "Tests/RankingTests/Fixtures/families"
LONG = " ".join(subwords.TEXTS)
TEXTS = ["", "A router is a switch.", subwords.TEXTS[5], subwords.TEXTS[1] + " " + subwords.TEXTS[6], LONG]
PAIRS = [("what is a router", "A router is a switch that routes packets in a network."), ("", ""), ("Привет", "мир"),
         ("how deep is the river", LONG)]
SIZES = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48)
# Beyond what a piece of a local layer sees, and beyond the rows that are computed together.
MODERN = SIZES | dict(num_hidden_layers=4, global_attn_every_n_layers=3, local_attention=12, max_position_embeddings=160,
                      pad_token_id=0, bos_token_id=0, eos_token_id=0, cls_token_id=0, sep_token_id=0)


def families():
    """Name, model class, configuration and tokenizer."""
    word_pieces = tiny.tokenizer()
    word_pieces.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    byte_pairs = subwords.roberta(subwords.TEXTS * 4, 400)
    unigrams = subwords.xlm_roberta(*subwords.unigram_pieces(subwords.TEXTS * 4, 400, normalization_rule_name="identity"),
                                    form="plain")
    modern = subwords.modernbert(subwords.TEXTS * 4, 400)
    yield "distilbert", DistilBertForSequenceClassification, DistilBertConfig(
        dim=32, n_layers=2, n_heads=4, hidden_dim=48, max_position_embeddings=64, num_labels=1), word_pieces
    yield "electra", ElectraForSequenceClassification, ElectraConfig(
        **SIZES, embedding_size=24, max_position_embeddings=64, num_labels=2), word_pieces
    yield "roberta", RobertaForSequenceClassification, RobertaConfig(
        **SIZES, max_position_embeddings=66, type_vocab_size=1, pad_token_id=1, layer_norm_eps=1e-5, num_labels=1), byte_pairs
    yield "xlm-roberta", XLMRobertaForSequenceClassification, XLMRobertaConfig(
        **SIZES, max_position_embeddings=66, type_vocab_size=1, pad_token_id=1, layer_norm_eps=1e-5, num_labels=1), unigrams
    yield "modernbert", ModernBertForSequenceClassification, ModernBertConfig(**MODERN, num_labels=1), modern
    yield "modernbert-mean", ModernBertForSequenceClassification, ModernBertConfig(
        **MODERN, num_labels=2, classifier_pooling="mean", attention_bias=True, mlp_bias=True, norm_bias=True,
        classifier_bias=True, classifier_activation="relu", hidden_activation="gelu_pytorch_tanh"), modern


def longest(config):
    offset = config.pad_token_id + 1 if "roberta" in config.model_type else 0
    return config.max_position_embeddings - offset


def pair(tokenizer, query, passage, length):
    """The pieces of a pair, the passage cut first, and where the second segment starts."""
    encode = lambda text: tokenizer.encode(text, add_special_tokens=False).ids
    between = len(tokenizer.encode("", "").ids) - 2
    single = tokenizer.encode("").ids
    query = encode(query)[: length - 2 - between]
    passage = encode(passage)[: length - 2 - between - len(query)]
    head = [single[0]] + query + [single[1]] * between
    return head + passage + [single[1]], len(head)


@torch.inference_mode()
def golden(model, tokenizer, text, attended=None):
    config = model.config
    single = tokenizer.encode("").ids
    pieces = [single[0]] + tokenizer.encode(text, add_special_tokens=False).ids[: longest(config) - 2] + [single[1]]
    mask = torch.ones(1, len(pieces), dtype=torch.long)
    attended = min(attended or len(pieces), len(pieces))
    mask[:, attended:] = 0
    states = model.base_model(input_ids=torch.tensor([pieces]), attention_mask=mask).last_hidden_state[0]
    # Of a long sequence every seventh row.
    rows = list(range(len(pieces))) if len(pieces) < 30 else sorted({*range(0, len(pieces), 7), len(pieces) - 1})
    return {"text": text, "pieces": pieces, "attended": attended, "rows": rows, "states": tiny.rounded(states[rows])}


@torch.inference_mode()
def scored(model, tokenizer, query, passage):
    pieces, second = pair(tokenizer, query, passage, longest(model.config))
    extra = {}
    if model.config.model_type == "electra":
        extra["token_type_ids"] = torch.tensor([[0] * second + [1] * (len(pieces) - second)])
    logits = model(input_ids=torch.tensor([pieces]), attention_mask=torch.ones(1, len(pieces), dtype=torch.long), **extra).logits[0]
    score = logits[0] if len(logits) == 1 else logits.log_softmax(0)[1]
    return {"query": query, "passage": passage, "pieces": pieces, "second": second, "score": round(score.item(), 6)}


def save(folder, name, model, tokenizer):
    subwords.save(tokenizer, folder)
    model.config.architectures = [type(model).__name__]
    settings = json.loads(model.config.to_json_string(use_diff=False))
    if name == "modernbert":
        # As transformers wrote it before version 5.
        for key in ("rope_parameters", "layer_types"):
            settings.pop(key, None)
        settings |= {"global_rope_theta": 160000.0, "local_rope_theta": 10000.0, "global_attn_every_n_layers": 3}
    (folder / "config.json").write_text(json.dumps(settings, indent=1, sort_keys=True) + "\n")
    tensors = {key: value.half().contiguous() for key, value in model.state_dict().items() if value.is_floating_point()}
    if name == "roberta":
        torch.save(tensors, folder / "pytorch_model.bin")
    else:
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    for path in folder.iterdir():
        path.chmod(0o644)


def main():
    for seed, (name, kind, config, tokenizer) in enumerate(families()):
        config.vocab_size = tokenizer.get_vocab_size()
        config._attn_implementation = "eager"
        model = tiny.randomise(kind(config), 200 + seed)
        for parameter in model.parameters():
            parameter.data = parameter.data.half().float()
        save(FIXTURES / name, name, model, tokenizer)
        states = [golden(model, tokenizer, text) for text in TEXTS]
        states.append(golden(model, tokenizer, TEXTS[3], attended=len(states[3]["pieces"]) - 4))
        tiny.write(FIXTURES / name / "expected.json", {
            "states": states, "pairs": [scored(model, tokenizer, *texts) for texts in PAIRS]})
        print(name, sum(path.stat().st_size for path in (FIXTURES / name).iterdir()), "bytes",
              [len(case["pieces"]) for case in states])


main()
