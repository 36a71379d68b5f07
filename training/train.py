#!/usr/bin/env python3
"""Trains both heads, and the encoder's layers from `--train-from` on, towards an ensemble of teachers.

    train.py --work WORK --base MODEL_FOLDER --settings passerine.json --out MODEL_FOLDER --train-from 4 --steps 500

A step takes a group of similar queries and the passages that they ask for most, encodes each passage once, scores all
pairs by both heads, and moves the softmax over each query's list towards that of the teachers' scores (KL, times the
square of the temperature, Hinton et al. 2015), and the
margins to its best passage towards theirs (Margin-MSE, Hofstätter et al. 2020). The ColBERT head is trained at 128, 64
and 32 columns at once. The cosine of mean states is trained along, so that sentence vectors stay of use. Only layers
above the kept states are run.
"""
import time

import numpy as np
import torch

import batches
import command
import prepare
from batches import Lists, Pool, groups, listed, wanted
from encoder import by_length, pad
from model import Ranker, exact_match, late_interaction, query_pieces, sentences

COLUMNS = (128, 64, 32)


class Trainer:
    def __init__(self, o):
        self.o = o
        self.random = np.random.default_rng(o.seed)
        torch.manual_seed(o.seed)
        self.pool, self.lists = Pool(o.work, o.train_from, o.longest), Lists(o.work)
        fresh = o.new_heads or not o.start
        self.ranker = Ranker.load(o.start or o.base, o.hidden if fresh else None, o.settings)
        if fresh:
            self.start_heads()
        self.ranker.to(o.device).encoder.use(o.device, o.bfloat16)
        # Of ColBERT at each number of columns, and of the cosine; TILDEv2's weights have their own.
        self.scale = torch.nn.Parameter(torch.tensor([0.0] * len(COLUMNS) + [3.0], device=o.device))
        encoder = self.ranker.encoder.requires_grad_(False)
        layers = encoder if o.train_from == 0 else encoder.layers[o.train_from :]
        trained = list(layers.requires_grad_(True).parameters())
        self.optimizer = command.optimizer(trained, o.rate, [*self.ranker.heads.parameters(), self.scale], o.head_rate)
        ramp = max(1, o.steps // 20)
        self.schedule = command.schedule(self.optimizer, o.steps, ramp)

    @torch.no_grad()
    def start_heads(self):
        """Heads fit to the last states of some passages."""
        encoder, pieces = self.ranker.encoder, prepare.load_pieces(self.o.work / "passages")
        sample = self.random.choice(len(pieces), min(512, len(pieces)), replace=False)
        states = []
        for batch in by_length([len(pieces[i]) for i in sample], self.o.tokens):
            ids, mask = pad([pieces[sample[i]] for i in batch])
            states.append(encoder.run(encoder.embed(ids), mask)[mask].float())
        self.ranker.heads.start_at(torch.cat(states))

    def encode_queries(self, pieces):
        """ColBERT rows [R, 128], their weights, whose each is, and sentence vectors [Q, H]."""
        ids, mask = (t.to(self.o.device) for t in pad(pieces))
        encoder, cut = self.ranker.encoder, self.o.train_from
        with torch.set_grad_enabled(cut == 0):
            x = encoder.run(encoder.embed(ids), mask, last=cut)
        states = encoder.run(x, mask, first=cut).float()
        owner = torch.arange(len(pieces), device=self.o.device)[:, None].expand(mask.shape)[mask]
        heads, rows = self.ranker.heads, states[mask]
        return heads.colbert(rows), heads.query_weights(rows), owner, sentences(states, mask)

    def scores(self, pieces, rows):
        """Scores [heads, Q, P] of all pairs: ColBERT at each number of columns, the cosine, TILDEv2."""
        ranker, device = self.ranker, self.o.device
        *rows_of, asked = self.encode_queries(pieces)
        counts, columns = query_pieces(pieces, ranker.counts)
        parts, order = [], []
        for batch, ids, mask, states in self.pool.passages(rows, self.o.tokens):
            ids, mask = ids.to(device), mask.to(device)
            x = ranker.encoder.embed(ids) if states is None else states.to(device)
            x = ranker.encoder.run(x, mask, first=self.o.train_from).float()
            kept, vectors = mask & ranker.kept[ids], ranker.heads.colbert(x)
            late = [late_interaction(*rows_of, len(pieces), vectors, kept, c) for c in COLUMNS]
            late.append(asked @ sentences(x, mask).T)
            parts.append(torch.stack([*late, exact_match(counts, columns, ids, ranker.heads.weights(x) * mask)]))
            order += batch
        return torch.cat(parts, 2)[:, :, torch.tensor(np.argsort(order), device=device)]

    def losses(self, members):
        """KL of each head [heads], and squared errors of margins."""
        o = self.o
        rows = wanted(self.lists.candidates[members], o.passages)
        score = self.scores([self.pool.queries[q] for q in self.lists.queries[members]], rows)
        chosen, target = listed(self.lists, members, rows, o.far)
        # The best first, whose margins to the others Margin-MSE looks at.
        target, order = target.sort(1, descending=True)
        target, chosen = target.to(o.device), chosen.gather(1, order).to(o.device)
        score = score.gather(2, chosen.expand(len(score), -1, -1))
        score = torch.cat([score[:-1] * self.scale.exp()[:, None, None], score[-1:]])
        error = ((score[..., :1] - score) - (target[:, :1] - target)).masked_fill(~target.isfinite(), 0)
        divergence = sum(t * t * batches.divergence(target / t, score / t) for t in o.temperatures)
        return divergence, error.square().mean((-1, -2))

    def run(self):
        o = self.o
        members = np.arange(len(self.lists.queries))
        vectors = np.load(o.work / "queries/vectors.npy")[self.lists.queries]
        weights = torch.tensor([1.0, 0.5, 0.5, o.sentence_weight, o.tilde_weight], device=o.device)
        waiting, began, mean = [], time.time(), None
        for step in range(1, o.steps + 1):
            if not waiting:
                waiting = groups(vectors, members, o.group, self.random)
                self.random.shuffle(waiting)
            divergence, error = self.losses(waiting.pop())
            self.optimizer.zero_grad(set_to_none=True)
            ((divergence + o.margin * error) * weights).sum().backward()
            torch.nn.utils.clip_grad_norm_([p for g in self.optimizer.param_groups for p in g["params"]], 5.0)
            self.optimizer.step()
            self.schedule.step()
            now = divergence.detach()
            mean = now if mean is None else 0.97 * mean + 0.03 * now
            if step % 10 == 0:
                kl = " ".join(f"{x:.4f}" for x in mean.tolist())
                print(f"step {step} {time.time() - began:.0f} s  KL of colbert {COLUMNS}, cosine, tildev2: {kl}", flush=True)
            if step % o.save_every == 0 or step == o.steps:
                self.ranker.save(o.out, o.settings.parent)
                if o.keep:
                    self.ranker.save(o.out.with_name(f"{o.out.name}.{step}"), o.settings.parent)


def main(arguments=None):
    parser, path, number = command.options(__doc__)
    path("--work", required=True, help="what prepare.py and lists.py left")
    path("--base", required=True, help="model folder of the base, whose states were kept")
    path("--settings", required=True, help="passerine.json of the model to be, with config.json and vocabulary beside it")
    path("--out", required=True, help="model folder to write")
    path("--start", help="model folder to go on from, instead of the base with new heads")
    parser.add_argument("--new-heads", action="store_true", help="new heads even with --start")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    command.bfloat16(parser)
    number("--train-from", 6, "first layer that is trained, whose input states were kept; 0 for the whole encoder")
    number("--hidden", 0, "hidden units of a new TILDEv2 head, 0 for a linear one")
    number("--steps", 500, "steps")
    number("--save-every", 50, "steps between checkpoints")
    parser.add_argument("--keep", action="store_true", help="keep each checkpoint, as OUT.STEP, for average.py")
    number("--group", 32, "queries a step, at most")
    number("--passages", 256, "passages a step")
    number("--far", 4, "passages of other queries in a list")
    number("--longest", 128, "pieces of a passage")
    number("--tokens", 4096, "pieces of a padded batch")
    number("--rate", 5e-5, "learning rate of layers", float)
    number("--head-rate", 1e-3, "learning rate of heads", float)
    parser.add_argument("--temperatures", nargs="+", type=float, default=[1.0],
                        help="of both softmaxes; 1 looks at the best few of a list, higher ones at all of it (default 1)")
    number("--margin", 0.0, "weight of Margin-MSE", float)
    number("--sentence-weight", 0.3, "weight of the cosine's loss", float)
    number("--tilde-weight", 1.0, "weight of TILDEv2's loss", float)
    number("--seed", 1, "seed")
    Trainer(parser.parse_args(arguments)).run()


if __name__ == "__main__":
    main()
