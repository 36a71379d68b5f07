"""Tiny random BERT checkpoints for tests: what encoder_golden.py and ranking_golden.py share.

Parameters are drawn wide (unlike a fresh model's, which are so small that every non-linearity looks like a line), so
that a wrong bias, activation or normalisation shows.
"""
import json
import pathlib
import string

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertForSequenceClassification, BertModel

WORDS = """the of and to in a is for what how who where when why which are was on that with as by it from be this an
not network router packet switch draw graph diagram engine search query passage index river water city capital france
paris heart blood cell energy light sun moon star music piano song book library language model train learn deep neural
score rank late inter action term weight fast slow small large ##s ##ing ##ed ##er ##ion ##ly ##al""".split()

VOCABULARY = (["[PAD]", "[unused0]", "[unused1]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
              + list(string.punctuation) + list(string.digits) + list(string.ascii_lowercase)
              + ["##" + c for c in string.ascii_lowercase] + ["##1", "##é", "é", "北", "京"]
              + [w for w in WORDS if len(w.lstrip("#")) > 1 or w.startswith("##") and w[2:] not in string.ascii_lowercase])
VOCABULARY = list(dict.fromkeys(VOCABULARY))
IDS = {piece: number for number, piece in enumerate(VOCABULARY)}
PAD, CLS, SEP, MASK = (IDS[p] for p in ("[PAD]", "[CLS]", "[SEP]", "[MASK]"))


def tokenizer():
    """Hugging Face's own uncased BERT tokenizer over VOCABULARY."""
    made = Tokenizer(models.WordPiece(IDS, unk_token="[UNK]", max_input_chars_per_word=100))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.BertProcessing(("[SEP]", SEP), ("[CLS]", CLS))
    made.decoder = decoders.WordPiece()
    return made


def config(**changes):
    return BertConfig(**{**dict(
        vocab_size=len(VOCABULARY), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=64, type_vocab_size=2, hidden_act="gelu", layer_norm_eps=1e-12), **changes})


def randomise(model, seed):
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in sorted(model.named_parameters()):
        noise = torch.randn(parameter.shape, generator=generator)
        if name.endswith("weight") and parameter.ndim == 1:
            parameter.data = 1 + 0.3 * noise
        elif name.endswith("bias"):
            parameter.data = 0.2 * noise
        else:
            parameter.data = (0.5 if "embeddings" in name else 1.5 / parameter.shape[-1] ** 0.5) * noise
    return model.eval()


def encoder(seed, **changes):
    return randomise(BertModel(config(**changes), add_pooling_layer=False), seed)


def classifier(seed, labels):
    return randomise(BertForSequenceClassification(config(num_labels=labels)), seed)


def save(folder, model, prefix="", norms=("weight", "bias"), extra=None, beside=None):
    """Writes config.json, vocab.txt, model.safetensors and the JSON files of `beside`."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {}
    for name, tensor in model.state_dict().items():
        if name.endswith("position_ids") or name.endswith("token_type_ids"):
            continue
        name = prefix + name
        if ".LayerNorm." in name:
            stem, last = name.rsplit(".", 1)
            name = f"{stem}.{norms[0] if last == 'weight' else norms[1]}"
        tensors[name] = tensor.contiguous()
    tensors.update(extra or {})
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)
    settings = model.config.to_dict()
    settings["architectures"] = [type(model).__name__]
    kept = ["architectures", "model_type", "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads",
            "intermediate_size", "max_position_embeddings", "type_vocab_size", "hidden_act", "layer_norm_eps"]
    settings = {k: settings[k] for k in kept} | {"id2label": {str(i): f"LABEL_{i}" for i in range(model.config.num_labels)}}
    write(folder / "config.json", settings)
    (folder / "vocab.txt").write_text("".join(piece + "\n" for piece in VOCABULARY), encoding="utf-8")
    for name, content in (beside or {}).items():
        write(folder / name, content)


def write(path, content):
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    pathlib.Path(path).write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")


def rounded(values, digits=6):
    """Nested lists of floats, short enough to read."""
    if isinstance(values, torch.Tensor):
        values = values.tolist()
    return [rounded(v, digits) for v in values] if isinstance(values, list) else round(values, digits)
