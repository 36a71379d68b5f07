"""A SPLADE model as teacher: `w = log(1 + relu(max over positions of the masked-language-model logits))`."""
import pathlib

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F

from encoder import Encoder


class Splade(nn.Module):
    """`BertForMaskedLM` whose decoder is tied to the word embeddings."""

    def __init__(self, folder, terms=None, most=256):
        """`terms`: the only ones that are scored, by default all. Of a text the `most` heaviest are kept."""
        super().__init__()
        self.encoder, self.most = Encoder(folder), most
        loaded = load_file(pathlib.Path(folder) / "model.safetensors")
        pick = lambda *names: next(loaded[n].float() for n in names if n in loaded)
        head = "cls.predictions."
        scored = torch.arange(self.encoder.config["vocab_size"]) if terms is None else torch.as_tensor(terms)
        for name, tensor in {
            "scored": scored,
            "dense": pick(head + "transform.dense.weight"),
            "dense_bias": pick(head + "transform.dense.bias"),
            "scale": pick(head + "transform.LayerNorm.weight", head + "transform.LayerNorm.gamma"),
            "shift": pick(head + "transform.LayerNorm.bias", head + "transform.LayerNorm.beta"),
            "decoder": self.encoder.word_embeddings.weight.detach()[scored].T,
            "bias": pick(head + "bias", head + "decoder.bias")[scored],
        }.items():
            self.register_buffer(name, tensor)

    def terms(self, ids, mask):
        """For each text its terms' ids and weights."""
        x = self.encoder.run(self.encoder.embed(ids), mask)
        width = x.shape[-1]
        x = F.gelu(F.linear(x, self.dense.to(x.dtype), self.dense_bias.to(x.dtype)))
        x = F.layer_norm(x, (width,), self.scale.to(x.dtype), self.shift.to(x.dtype), self.encoder.config["layer_norm_eps"])
        found = []
        # A few texts at a time: the logits of one piece are as many as the vocabulary.
        for rows, present in zip(x.split(step := max(1, 768 // x.shape[1])), mask.split(step)):
            logits = (rows @ self.decoder.to(x.dtype)).masked_fill_(~present[..., None], -torch.inf).amax(1).float() + self.bias
            for weights, terms in zip(*torch.log1p(logits.relu()).topk(min(self.most, len(self.scored)))):
                kept = weights > 0
                found.append((self.scored[terms[kept]].cpu().numpy(), weights[kept].cpu().numpy()))
        return found
