#!/usr/bin/env python3
"""Distils a cross-encoder from the ensemble: a query and a passage are encoded together, and their score is one number.

    cross.py --work WORK --base MODEL_FOLDER --out MODEL_FOLDER

A step takes a few queries and some candidates of each, and moves the softmax of the scores towards that of the teachers'
(KL). The whole encoder but its embeddings is trained; `BertForSequenceClassification` with one label is written.
"""
import json
import shutil
import time

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F

import batches
import command
import prepare
from batches import Lists
from encoder import Encoder, by_length, pad

FILES = ("tokenizer.json", "vocab.txt")


class CrossEncoder(nn.Module):
    """An encoder with BERT's pooler and a classifier of one label."""

    def __init__(self, folder):
        super().__init__()
        self.encoder = Encoder(folder)
        width = self.encoder.config["hidden_size"]
        self.dense, self.classifier = nn.Linear(width, width), nn.Linear(width, 1)
        with torch.no_grad():
            # The first state as it is, so that what the pooler sees at first means something.
            self.dense.weight.copy_(torch.eye(width))
            self.dense.bias.zero_()

    def scores(self, pairs, tokens):
        """Scores [N] of pairs of pieces, each `[CLS] … [SEP]`; about so many pieces at a time."""
        joined = [np.concatenate([q, p[1:]]) for q, p in pairs]
        found, order = [], []
        for batch in by_length([len(j) for j in joined], tokens):
            ids, mask = pad([joined[i] for i in batch])
            first = torch.tensor([len(pairs[i][0]) for i in batch])
            segments = (torch.arange(ids.shape[1]) >= first[:, None]).long()
            with torch.no_grad():
                x = self.encoder.embed(ids, segments)
            x = self.encoder.run(x, mask)[:, 0].float()
            found.append(self.classifier(torch.tanh(self.dense(x))).squeeze(-1))
            order += batch
        return torch.cat(found)[torch.tensor(np.argsort(order))]

    def save(self, folder, beside):
        folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            shutil.copy(beside / name, folder / name)
        config = json.loads((beside / "config.json").read_text())
        config |= {"architectures": ["BertForSequenceClassification"], "id2label": {"0": "LABEL_0"}, "label2id": {"LABEL_0": 0}}
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
        self.encoder.save(folder)
        tensors = {f"bert.{name}": t for name, t in load_file(folder / "model.safetensors").items()}
        for name, layer in (("bert.pooler.dense", self.dense), ("classifier", self.classifier)):
            tensors |= {f"{name}.{part}": t.detach().half().contiguous() for part, t in layer.named_parameters()}
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def main(arguments=None):
    parser, path, number = command.options(__doc__)
    path("--work", required=True, help="what prepare.py and lists.py left")
    path("--base", required=True, help="model folder to begin with")
    path("--out", required=True, help="model folder to write")
    number("--steps", 1200, "steps")
    number("--queries", 6, "queries a step")
    number("--candidates", 10, "passages a query, the best by the teachers among them")
    number("--select", 20000, "queries to train on, those with the most similar passages")
    number("--longest", 96, "pieces of a passage")
    number("--tokens", 2048, "pieces of a padded batch")
    number("--rate", 1e-4, "learning rate of the encoder", float)
    number("--head-rate", 1e-3, "learning rate of pooler and classifier", float)
    number("--temperature", 1.0, "of the teachers' softmax", float)
    number("--save-every", 100, "steps between checkpoints")
    number("--seed", 1, "seed")
    o = parser.parse_args(arguments)
    random = np.random.default_rng(o.seed)
    torch.manual_seed(o.seed)
    lists, queries, passages = Lists(o.work), prepare.load_pieces(o.work / "queries"), prepare.load_pieces(o.work / "passages")
    vectors = [np.load(o.work / side / "vectors.npy", mmap_mode="r") for side in ("queries", "passages")]
    similar = np.array([(vectors[1][c] @ vectors[0][q]).max() for q, c in zip(lists.queries, lists.candidates)])
    members = np.argsort(-similar)[: o.select]
    model = CrossEncoder(o.base)
    head = [*model.dense.parameters(), *model.classifier.parameters()]
    layers = list(model.encoder.layers.parameters())
    optimizer = command.optimizer(layers, o.rate, head, o.head_rate)
    schedule = command.schedule(optimizer, o.steps, max(1, o.steps // 20))
    began, mean, waiting = time.time(), None, []
    for step in range(1, o.steps + 1):
        if len(waiting) < o.queries:
            waiting = random.permutation(members).tolist()
        chosen = [waiting.pop() for _ in range(min(o.queries, len(waiting)))]
        pairs, targets = [], []
        for member in chosen:
            candidates = np.unique(lists.candidates[member])
            target = lists.targets(np.array([member]), candidates)[0]
            best = int(target.argmax())
            others = random.permutation([i for i in range(len(candidates)) if i != best])[: o.candidates - 1]
            picked = [best, *others.tolist()]
            targets.append(F.pad(target[picked] / o.temperature, (0, o.candidates - len(picked)), value=-torch.inf))
            query = queries[lists.queries[member]]
            pairs += [(query, passages[p][: o.longest]) for p in candidates[picked]]
        counts = [int(t.isfinite().sum()) for t in targets]
        scores = [F.pad(s, (0, o.candidates - len(s))) for s in model.scores(pairs, o.tokens).split(counts)]
        loss = batches.divergence(torch.stack(targets), torch.stack(scores))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_([*layers, *head], 1.0)
        optimizer.step()
        schedule.step()
        mean = float(loss.detach()) if mean is None else 0.97 * mean + 0.03 * float(loss.detach())
        if step % 10 == 0:
            print(f"step {step} of {o.steps} {time.time() - began:.0f} s  KL {mean:.4f}", flush=True)
        if step % o.save_every == 0 or step == o.steps:
            model.save(o.out, o.base)


if __name__ == "__main__":
    main()
