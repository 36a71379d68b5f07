#!/usr/bin/env python3
"""Trains the head that expands passages on frozen states.

    expand.py --work WORK --model MODEL_FOLDER --cut 4 --out MODEL_FOLDER

The head proposes pieces that a passage lacks: `relu(max over positions of U·gelu(W·h + b) + c)`. It first learns the
SPLADE teacher's weights of each passage (squared errors of the pieces that have one and of some that have none); then,
beside TILDEv2's own weights, which stay, to rank each query's list as the ensemble does (KL), for what the model's table
makes of the query. The first loss goes on beside it.
"""
import time

import numpy as np
import scipy.sparse as sparse
import torch

import batches
import command
from batches import Lists, Pool, groups, listed, wanted
from model import Ranker


class Data:
    """Pieces and last states of the pool, kept in the work folder, and the teachers' weights."""

    def __init__(self, o, ranker):
        self.pool, self.lists = Pool(o.work, o.cut, o.longest), Lists(o.work)
        self.ends = np.minimum(self.pool.offsets[1:], self.pool.offsets[:-1] + o.longest)
        path = o.work / "passages/last.npy"
        if not path.exists():
            self.encode(ranker, path)
        self.last = np.load(path, mmap_mode="r")
        taught = sparse.load_npz(o.work / "passages/splade.npz").tocsc()
        counted = np.diff(taught.indptr) * ranker.counts.numpy()[: taught.shape[1]]
        self.proposals = np.sort(np.argsort(-counted, kind="stable")[: min(o.proposals, int((counted > 0).sum()))])
        self.taught = taught[:, self.proposals].tocsr()

    @torch.inference_mode()
    def encode(self, ranker, path):
        pool, cut = self.pool, self.pool.cut
        kept = np.lib.format.open_memmap(path.with_suffix(".new.npy"), "w+", np.float16, pool.states.shape)
        began, rows = time.time(), np.arange(len(self.ends))
        for number, chunk in enumerate(np.array_split(rows[np.argsort(self.ends - pool.offsets[:-1])], len(rows) // 512 + 1)):
            for batch, ids, mask, states in pool.passages(chunk, 4096):
                x = ranker.encoder.run(states, mask, first=cut).half().numpy()
                for i, row in enumerate(chunk[batch]):
                    kept[pool.offsets[row] : self.ends[row]] = x[i, : self.ends[row] - pool.offsets[row]]
            if number % 10 == 0:
                print(f"{number * 512} of {len(rows)} passages encoded in {time.time() - began:.0f} s", flush=True)
        kept.flush()
        path.with_suffix(".new.npy").rename(path)

    def rows(self, passages):
        """Pieces [T], states [T, H] and lengths of passages, end to end."""
        spans = [(self.pool.offsets[p], self.ends[p]) for p in passages]
        ids = torch.from_numpy(np.concatenate([self.pool.flat[a:b] for a, b in spans]).astype(np.int64))
        states = torch.from_numpy(np.concatenate([self.last[a:b] for a, b in spans])).float()
        return ids, states, [int(b - a) for a, b in spans]


class Trainer:
    def __init__(self, o):
        self.o, self.random = o, np.random.default_rng(o.seed)
        torch.manual_seed(o.seed)
        self.ranker = Ranker.load(o.model)
        self.ranker.encoder.use("cpu", o.bfloat16)
        self.data = Data(o, self.ranker)
        self.heads = self.ranker.heads
        self.heads.start_expansion(torch.from_numpy(self.data.proposals), o.units)
        self.place = np.full(len(self.ranker.counts), -1)
        self.place[self.data.proposals] = np.arange(len(self.data.proposals))

    def regression(self, passages):
        """Squared error of the SPLADE teacher's weights, a passage."""
        taught, o = self.data.taught[passages], self.o
        present = np.unique(taught.indices)
        absent = np.setdiff1d(self.random.choice(taught.shape[1], min(512, taught.shape[1]), replace=False), present)
        columns = np.concatenate([present, absent])
        _, states, lengths = self.data.rows(passages)
        y = self.heads.proposals(states, torch.from_numpy(columns))
        y = torch.stack([part.amax(0) for part in y.split(lengths)])
        target = o.scale * torch.from_numpy(taught[:, columns].toarray())
        # What should be nothing may be anything below 0.
        error = torch.where(target > 0, y - target, y.relu()).square()
        missed = (taught.shape[1] - len(present)) / max(1, len(absent))
        weight = torch.cat([torch.ones(len(present)), torch.full((len(absent),), missed)])
        return (torch.where(target > 0, 4.0, 1.0) * weight * error).sum(1).mean()

    def scores(self, queries, passages):
        """TILDEv2 scores [Q, P] of all pairs, with every piece that a passage is proposed above 0."""
        asked = self.heads.asked(queries, self.ranker.counts.numpy()).tocsc()
        columns = np.flatnonzero(np.diff(asked.indptr))
        ids, states, lengths = self.data.rows(passages)
        with torch.no_grad():
            own = self.heads.weights(states)
        # The last column takes what nobody asks for.
        place = np.full(asked.shape[1], len(columns))
        place[columns] = np.arange(len(columns))
        shape = len(passages), len(columns) + 1
        cell = torch.repeat_interleave(torch.arange(shape[0]), torch.tensor(lengths)) * shape[1] + torch.from_numpy(place)[ids]
        present = torch.zeros(shape, dtype=torch.bool)
        present.view(-1)[cell] = True
        terms = torch.zeros(shape).view(-1).scatter_reduce(0, cell, own, "amax").view(shape)
        can = np.flatnonzero(self.place[columns] >= 0)
        proposed = self.heads.proposals(states, torch.from_numpy(self.place[columns[can]]))
        proposed = torch.stack([part.amax(0) for part in proposed.split(lengths)]).relu()
        added = torch.zeros(shape).index_copy(1, torch.from_numpy(can), proposed)
        terms = torch.where(present, terms, added)[:, :-1]
        return torch.from_numpy(asked[:, columns].toarray()) @ terms.T

    def divergence(self, members):
        """KL of the softmax over each query's list from the teachers'."""
        lists, o = self.data.lists, self.o
        rows = wanted(lists.candidates[members], o.passages)
        chosen, target = listed(lists, members, rows, o.far)
        score = self.scores([self.data.pool.queries[q] for q in lists.queries[members]], rows).gather(1, chosen)
        return batches.divergence(target / o.temperature, score)

    def phase(self, name, steps, rate, parameters, loss):
        optimizer = torch.optim.AdamW(parameters, lr=rate, weight_decay=0)
        schedule = command.schedule(optimizer, steps, 50)
        began, mean = time.time(), None
        for step in range(1, steps + 1):
            values = loss()
            optimizer.zero_grad(set_to_none=True)
            sum(w * v for w, v in values).backward()
            optimizer.step()
            schedule.step()
            now = np.array([float(v.detach()) for _, v in values])
            mean = now if mean is None else 0.98 * mean + 0.02 * now
            if step % 50 == 0 or step == steps:
                print(f"{name} step {step} of {steps} {time.time() - began:.0f} s  {' '.join(f'{x:.4f}' for x in mean)}", flush=True)

    def run(self):
        o, lists = self.o, self.data.lists
        vectors, waiting = np.load(o.work / "queries/vectors.npy")[lists.queries], []

        def group():
            if not waiting:
                waiting.extend(groups(vectors, np.arange(len(lists.queries)), o.group, self.random))
                self.random.shuffle(waiting)
            return waiting.pop()

        some = lambda count: self.random.choice(len(self.data.ends), min(count, len(self.data.ends)), replace=False)
        added = list(self.heads.expansion.parameters())
        self.phase("squared error", o.steps, o.rate, added, lambda: [(1, self.regression(some(32)))])
        self.phase("KL", o.list_steps, o.list_rate, added,
                   lambda: [(1, self.divergence(group())), (o.keep, self.regression(some(8)))])
        self.ranker.settings["tildev2"]["expansion_terms"] = o.terms
        self.ranker.save(o.out, o.model)


def main(arguments=None):
    parser, path, number = command.options(__doc__)
    path("--work", required=True, help="what prepare.py and lists.py left")
    path("--model", required=True, help="model folder whose layers below --cut are the base's")
    path("--out", required=True, help="model folder to write")
    number("--cut", 4, "layer whose input states were kept")
    number("--proposals", 8192, "pieces that can be proposed, at most")
    number("--units", 128, "columns of the head")
    number("--terms", 16, "pieces that a passage gets, written into passerine.json")
    number("--longest", 128, "pieces of a passage")
    number("--steps", 3000, "steps of 32 passages")
    number("--rate", 3e-3, "learning rate", float)
    number("--list-steps", 300, "steps of a group of queries")
    number("--list-rate", 3e-4, "learning rate", float)
    number("--group", 24, "queries a step, at most")
    number("--passages", 160, "passages a step")
    number("--far", 8, "passages of other queries in a list")
    number("--scale", 0.6, "of the teacher's weights", float)
    number("--keep", 2e-4, "weight of the squared error beside KL", float)
    number("--temperature", 1.0, "of the teachers' softmax", float)
    number("--seed", 1, "seed")
    command.bfloat16(parser)
    Trainer(parser.parse_args(arguments)).run()


if __name__ == "__main__":
    main()
