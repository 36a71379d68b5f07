"""BERT in plain PyTorch, cut at a layer so that the lower layers' states can be computed once and kept.

Weights are Hugging Face's `BertModel` under its names, in float32. No dropout. Activations are float32, or bfloat16
after `use`: the faster on a GPU and on some CPUs (97 GFLOP/s a core instead of 45, Zen 4), the slower on others (77 instead
of 138, Emerald Rapids; both PyTorch's oneDNN).
"""
import json
import pathlib

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F


class Layer(nn.Module):
    """One post-norm transformer layer."""

    def __init__(self, width, heads, intermediate, eps):
        super().__init__()
        self.heads, self.eps = heads, eps
        self.query, self.key, self.value, self.output = (nn.Linear(width, width) for _ in range(4))
        self.grow, self.shrink = nn.Linear(width, intermediate), nn.Linear(intermediate, width)
        self.attention_norm, self.output_norm = nn.LayerNorm(width, eps), nn.LayerNorm(width, eps)

    def forward(self, x, mask):
        batch, length, width = x.shape
        split = lambda y: y.view(batch, length, self.heads, -1).transpose(1, 2)
        q, k, v = (split(cast_linear(x, f)) for f in (self.query, self.key, self.value))
        attended = F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2).reshape(batch, length, width)
        x = cast_norm(x + cast_linear(attended, self.output), self.attention_norm)
        return cast_norm(x + cast_linear(F.gelu(cast_linear(x, self.grow)), self.shrink), self.output_norm)


def cast_linear(x, layer):
    return F.linear(x, layer.weight.to(x.dtype), layer.bias.to(x.dtype))


def cast_norm(x, norm):
    return F.layer_norm(x, norm.normalized_shape, norm.weight.to(x.dtype), norm.bias.to(x.dtype), norm.eps)


# Ours -> Hugging Face's, within one layer.
LAYER_NAMES = {
    "query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value",
    "output": "attention.output.dense", "attention_norm": "attention.output.LayerNorm",
    "grow": "intermediate.dense", "shrink": "output.dense", "output_norm": "output.LayerNorm",
}
EMBEDDINGS = ("word_embeddings", "position_embeddings", "token_type_embeddings")


class Encoder(nn.Module):
    """`BertModel` without its pooler."""

    def __init__(self, folder):
        super().__init__()
        folder = pathlib.Path(folder)
        self.config = c = json.loads((folder / "config.json").read_text())
        width = c["hidden_size"]
        self.word_embeddings = nn.Embedding(c["vocab_size"], width)
        self.position_embeddings = nn.Embedding(c["max_position_embeddings"], width)
        self.token_type_embeddings = nn.Embedding(c["type_vocab_size"], width)
        self.norm = nn.LayerNorm(width, c["layer_norm_eps"])
        self.layers = nn.ModuleList(
            Layer(width, c["num_attention_heads"], c["intermediate_size"], c["layer_norm_eps"])
            for _ in range(c["num_hidden_layers"]))
        loaded = {n.removeprefix("bert."): t.float() for n, t in load_file(folder / "model.safetensors").items()}
        loaded = {n.replace(".gamma", ".weight").replace(".beta", ".bias"): t for n, t in loaded.items()}
        self.load_state_dict({ours: loaded[theirs] for ours, theirs in self.names().items()})
        self.activations = torch.float32

    def use(self, device, bfloat16=False):
        """Moves it; activations are bfloat16 where that is asked for, and on all but a CPU."""
        self.activations = torch.bfloat16 if bfloat16 or device != "cpu" else torch.float32
        return self.to(device)

    def names(self):
        """Our parameter names -> Hugging Face's."""
        names = {f"{e}.weight": f"embeddings.{e}.weight" for e in EMBEDDINGS}
        names |= {f"norm.{p}": f"embeddings.LayerNorm.{p}" for p in ("weight", "bias")}
        for i in range(len(self.layers)):
            for ours, theirs in LAYER_NAMES.items():
                names |= {f"layers.{i}.{ours}.{p}": f"encoder.layer.{i}.{theirs}.{p}" for p in ("weight", "bias")}
        return names

    def embed(self, ids, segments=None):
        """States before the first layer, [B, T, H]; segments [B, T] are 0 by default."""
        types = self.token_type_embeddings.weight[0] if segments is None else self.token_type_embeddings(segments)
        x = self.word_embeddings(ids) + self.position_embeddings.weight[: ids.shape[1]] + types
        return self.norm(x).to(self.activations)

    def run(self, x, mask, first=0, last=None):
        """States after layers `first` to `last`; mask [B, T] is true where there is a piece."""
        mask = None if mask is None or bool(mask.all()) else mask[:, None, None, :]
        x = x.to(self.activations)
        for layer in self.layers[first:last]:
            x = layer(x, mask)
        return x

    def save(self, folder):
        """Writes model.safetensors in float16."""
        state = self.state_dict()
        tensors = {theirs: state[ours].half().contiguous() for ours, theirs in self.names().items()}
        save_file(tensors, pathlib.Path(folder) / "model.safetensors", metadata={"format": "pt"})


def pad(sequences):
    """Lists of ids -> ids [B, T] and mask [B, T]."""
    longest = max(map(len, sequences))
    ids = torch.zeros(len(sequences), longest, dtype=torch.long)
    mask = torch.zeros(len(sequences), longest, dtype=torch.bool)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = torch.as_tensor(sequence)
        mask[row, : len(sequence)] = True
    return ids, mask


def by_length(lengths, tokens):
    """Batches of indices of about equal length and about `tokens` pieces each."""
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    batch = []
    for index in order:
        if batch and (len(batch) + 1) * lengths[index] > tokens:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
