"""What a training step reads: groups of similar queries, the passages that they want, and teachers' scores for both."""
import numpy as np
import torch
from torch.nn import functional as F

import prepare
from encoder import by_length, pad
from lists import Teachers


class Pool:
    """Pieces of queries and passages, and the passages' states after `cut` layers where these are kept."""

    def __init__(self, work, cut, longest):
        self.queries = prepare.load_pieces(work / "queries")
        self.flat, self.offsets = np.load(work / "passages/pieces.npy"), np.load(work / "passages/offsets.npy")
        self.longest, self.cut = longest, cut
        self.states = np.load(work / f"passages/states{cut}.npy", mmap_mode="r") if cut else None

    def passages(self, rows, tokens):
        """Batches of about equal length: positions in `rows`, ids [B, T], mask [B, T], states [B, T, H] or None."""
        spans = [(self.offsets[r], min(self.offsets[r + 1], self.offsets[r] + self.longest)) for r in rows]
        for batch in by_length([b - a for a, b in spans], tokens):
            ids, mask = pad([self.flat[slice(*spans[i])] for i in batch])
            states = None
            if self.states is not None:
                states = torch.zeros(*ids.shape, self.states.shape[1])
                for row, i in enumerate(batch):
                    a, b = spans[i]
                    states[row, : b - a] = torch.from_numpy(np.array(self.states[a:b]))
            yield batch, ids, mask, states


class Lists:
    """The queries that have lists, their candidates, and what the teachers say of any query and passage."""

    def __init__(self, work):
        stored = np.load(work / "lists.npz")
        self.queries, self.candidates = stored["queries"], stored["candidates"]
        self.given = stored["scores"] if "scores" in stored.files else None
        if self.given is None:
            self.weights, self.means, self.spreads = (stored[n] for n in ("weights", "means", "spreads"))
            self.teachers = Teachers(work, stored["teachers"].tolist())

    def targets(self, members, rows):
        """Teachers' scores [Q, P] of lists for passages; -inf where none is known. Given ones, else the ensemble's."""
        if self.given is not None:
            place = {passage: i for i, passage in enumerate(rows.tolist())}
            scores = torch.full((len(members), len(rows)), -torch.inf)
            for row, q in enumerate(members):
                for passage, score in zip(self.candidates[q].tolist(), self.given[q].tolist()):
                    if passage in place:
                        scores[row, place[passage]] = score
            return scores
        z = self.teachers.scores(self.queries[members], rows)
        z = (z - self.means[members].T[:, :, None]) / self.spreads[members].T[:, :, None]
        return torch.from_numpy(np.tensordot(self.weights, z, 1).astype(np.float32))


def groups(vectors, members, size, random):
    """Halves `members` along the line between two of them until a group has at most `size`."""
    if len(members) <= size:
        return [members]
    sample = random.choice(members, min(32, len(members)), replace=False)
    a, b = sample[0], sample[np.argmin(vectors[sample] @ vectors[sample[0]])]
    order = np.argsort(vectors[members] @ (vectors[a] - vectors[b]), kind="stable")
    half = len(members) // 2
    return [g for part in (members[order[:half]], members[order[half:]]) for g in groups(vectors, part, size, random)]


def wanted(candidates, count):
    """The `count` passages that the queries' candidates ask for most, each query's best first; -1 is no passage."""
    value = {}
    for rank in range(candidates.shape[1]):
        for passage in candidates[:, rank].tolist():
            if passage >= 0:
                value[passage] = value.get(passage, 0.0) + (8.0 if rank == 0 else 0.0) + 1 / (4 + rank)
    return np.array(sorted(value, key=value.get, reverse=True)[:count])


def listed(lists, members, rows, far):
    """Of the queries' lists, places in `rows` [Q, C] and teachers' scores, -inf where a candidate is not there.

    A list is the query's own candidates and `far` of the others' passages."""
    chosen, own = places(lists.candidates[members], rows)
    chosen = torch.cat([chosen, torch.randint(len(rows), (len(members), far))], 1)
    target = lists.targets(members, rows).gather(1, chosen)
    target[:, : own.shape[1]].masked_fill_(~own, -torch.inf)
    return chosen, target


def divergence(target, score):
    """KL of the softmax of scores [..., Q, C] from that of targets [Q, C], -inf where there is nothing: its mean over Q."""
    known = target.isfinite()
    target, score = target.masked_fill(~known, -1e4), score.masked_fill(~known, -1e4)
    p, log_p = F.softmax(target, -1), F.log_softmax(target, -1)
    return (p * (log_p - F.log_softmax(score, -1))).sum(-1).mean(-1)


def places(candidates, rows):
    """Where in `rows` each candidate is [Q, C], and whether it is there."""
    order = np.argsort(rows)
    found = np.minimum(np.searchsorted(rows, candidates, sorter=order), len(rows) - 1)
    place = order[found]
    return torch.from_numpy(place), torch.from_numpy(rows[place] == candidates)
