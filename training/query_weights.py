#!/usr/bin/env python3
"""Fits how much each piece of a query counts in ColBERT's sum: `softplus(w·h + b)` of its state, all else as it is.

    query_weights.py --work WORK --model MODEL_FOLDER --out MODEL_FOLDER

Of some training queries each row's best match in each candidate is computed once, from the rows that `late.py` left of
this model; then the softmax of the weighted sums is moved towards that of the teachers' scores (KL).
"""
import numpy as np
import torch

import batches
import command
import prepare
from batches import Lists
from encoder import by_length, pad
from lists import Rows, best_matches
from model import Ranker


class Queries:
    """Padded to a number of rows each: states [Q, R, H], best matches [Q, R, candidates], and teachers' scores."""

    @torch.inference_mode()
    def __init__(self, o, ranker, members, lists):
        pieces = prepare.load_pieces(o.work / "queries")
        rows = [Rows(o.work / f"colbert.{side}.npz") for side in ("queries", "passages")]
        queries, candidates = lists.queries[members], lists.candidates[members]
        asked = [pieces[q][: o.longest] for q in queries]
        self.states = torch.zeros(len(members), o.longest, ranker.heads.colbert.in_features, dtype=torch.half)
        self.best = torch.zeros(len(members), o.longest, candidates.shape[1])
        self.targets = torch.stack([lists.targets(members[i : i + 1], candidates[i])[0] for i in range(len(members))])
        for batch in by_length([len(p) for p in asked], 4096):
            ids, mask = pad([asked[i] for i in batch])
            states = ranker.encoder.run(ranker.encoder.embed(ids), mask)
            self.states[batch, : ids.shape[1]] = states.half()
        for i, query in enumerate(queries):
            best, _ = best_matches(*rows, [query], candidates[i])
            best = best.T[: o.longest]
            self.best[i, : len(best)] = torch.from_numpy(best)

    def divergence(self, heads, scale, chosen):
        """KL over the lists of some; rows of padding match nothing, so that their weights do not matter."""
        weights = heads.query_weights(self.states[chosen].float())
        return batches.divergence(self.targets[chosen], (weights[..., None] * self.best[chosen]).sum(1) * scale.exp())


def main(arguments=None):
    parser, path, number = command.options(__doc__)
    path("--work", required=True, help="what prepare.py, late.py of this model, and lists.py left")
    path("--model", required=True, help="model folder without weights of queries' pieces")
    path("--out", required=True, help="model folder to write")
    number("--queries", 10000, "queries, of which three in twenty are kept aside")
    number("--epochs", 12, "times that each is seen")
    number("--longest", 40, "pieces of a query")
    number("--rate", 2e-3, "learning rate", float)
    number("--seed", 1, "seed")
    o = parser.parse_args(arguments)
    torch.manual_seed(o.seed)
    ranker, lists = Ranker.load(o.model), Lists(o.work)
    if ranker.heads.importance is not None:
        raise SystemExit(f"{o.model}: its queries are weighed already; name the model that late.py kept the rows of")
    count = min(o.queries, len(lists.queries))
    members = np.random.default_rng(o.seed).choice(len(lists.queries), count, replace=False)
    data = Queries(o, ranker, members, lists)
    aside, taught = torch.arange(count).split([count * 3 // 20, count - count * 3 // 20])
    heads, scale = ranker.heads, torch.nn.Parameter(torch.tensor(0.0))
    heads.start_importance()
    optimizer = torch.optim.Adam([{"params": heads.importance.parameters(), "lr": o.rate}, {"params": [scale], "lr": 10 * o.rate}])
    for epoch in range(o.epochs):
        for chosen in taught[torch.randperm(len(taught))].split(250):
            optimizer.zero_grad()
            data.divergence(heads, scale, chosen).backward()
            optimizer.step()
        with torch.no_grad():
            kl = [float(data.divergence(heads, scale, part)) for part in (taught, aside)]
        print(f"epoch {epoch + 1} of {o.epochs}  KL {kl[0]:.4f}, of those kept aside {kl[1]:.4f}", flush=True)
    ranker.save(o.out, o.model)


if __name__ == "__main__":
    main()
