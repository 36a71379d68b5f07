#!/usr/bin/env python3
"""Computes what a query's pieces ask TILDEv2 for: a table of pieces and weights, so that queries need no network.

    query_table.py --work WORK --splade MODEL_FOLDER --model MODEL_FOLDER --out MODEL_FOLDER

The row of a piece is what it adds to the SPLADE teacher's vectors of the training queries that have it, by ridge
regression of these vectors on bags of pieces. Where few have it, the row is drawn to what the teacher says of the piece
alone. An entry for the piece itself is its weight; of the others the largest are kept, at a share of their weights.
"""
import numpy as np
import scipy.sparse as sparse
import torch

import command
import prepare
from batches import Lists
from model import Ranker, bags
from splade import Splade


@torch.inference_mode()
def alone(folder, vocabulary, cls, sep, most=64):
    """SPLADE vectors [V, V] of queries of one piece."""
    model, rows = Splade(folder, None, most).eval(), []
    for pieces in torch.arange(vocabulary).split(512):
        ids = torch.stack([torch.full_like(pieces, cls), pieces, torch.full_like(pieces, sep)], 1)
        rows += model.terms(ids, torch.ones_like(ids, dtype=torch.bool))
    return stacked(rows)


def stacked(rows):
    """A square sparse matrix from each row's columns and values."""
    starts = np.cumsum([0] + [len(columns) for columns, _ in rows])
    columns, values = (np.concatenate([np.asarray(row[side], kind) for row in rows]) for side, kind in ((0, np.int32), (1, np.float32)))
    return sparse.csr_matrix((values, columns, starts), shape=(len(rows), len(rows)))


def regression(bag, vectors, prior, ridge, targets):
    """Rows [seen, targets] that least squares adds to the prior; `seen` pieces are in some bag."""
    seen = np.flatnonzero(np.asarray(bag.sum(0)).ravel())
    rest = (vectors - bag @ prior).tocsc()[:, targets]
    bag = bag[:, seen]
    gram = torch.from_numpy((bag.T @ bag).toarray().astype(np.float32))
    gram.diagonal().add_(ridge)
    factor = torch.linalg.cholesky(gram)
    products = (bag.T @ rest).tocsc()
    solve = lambda columns: torch.cholesky_solve(torch.from_numpy(products[:, columns].toarray().astype(np.float32)), factor)
    parts = np.array_split(np.arange(len(targets)), len(targets) // 1500 + 1)
    return seen, np.concatenate([solve(part).numpy() for part in parts], 1)


def main(arguments=None):
    parser, path, number = command.options(__doc__)
    path("--work", required=True, help="what prepare.py and lists.py left")
    path("--splade", required=True, help="model folder of the SPLADE teacher")
    path("--model", required=True, help="model folder")
    path("--out", required=True, help="model folder to write")
    number("--entries", 8, "pieces besides itself that a piece asks for, at most")
    number("--share", 0.5, "of their weights", float)
    number("--least", 0.03, "least weight that is kept, before the share", float)
    number("--ridge", 3.0, "of the regression", float)
    number("--prior", 0.5, "of the teacher's weights for a piece alone", float)
    number("--targets", 9000, "pieces that others can ask for, those that queries ask for most often")
    o = parser.parse_args(arguments)
    ranker = Ranker.load(o.model)
    counts = ranker.counts.numpy()
    vocabulary = len(counts)
    chosen = Lists(o.work).queries
    pieces = prepare.load_pieces(o.work / "queries")
    bag = bags([pieces[q] for q in chosen], counts).sign()
    vectors = sparse.load_npz(o.work / "queries/splade.npz").tocsr()[chosen]
    prior = (alone(o.splade, vocabulary, int(pieces[0][0]), int(pieces[0][-1])) * o.prior).tocsr()
    often = np.asarray((vectors > 0).sum(0)).ravel()
    targets = np.argsort(-often, kind="stable")[: min(o.targets, int((often > 0).sum()))]
    seen, added = regression(bag, vectors, prior, o.ridge, targets)
    row_of = {int(piece): row for row, piece in enumerate(seen)}
    frequency, own = (np.asarray(m.sum(0)).ravel() for m in (bag, bag.multiply(vectors)))
    reached = np.isin(np.arange(vocabulary), targets)
    rows = []
    for piece in range(vocabulary):
        row = prior[piece].toarray().ravel()
        if piece in row_of:
            row[targets] += added[row_of[piece]]
        if not reached[piece]:
            # No column of the regression: the mean, drawn to the prior alike.
            row[piece] = (own[piece] + o.ridge * row[piece]) / (frequency[piece] + o.ridge)
        itself, row[piece] = max(row[piece], 0.0), 0
        best = np.argsort(-np.where(counts, row, 0), kind="stable")[: o.entries]
        best = best[row[best] > o.least]
        rows.append(([piece, *best], [itself, *(o.share * row[best])]) if counts[piece] else ([], []))
    ranker.heads.table = stacked(rows)
    ranker.save(o.out, o.model)
    print(f"{len(seen)} pieces of {len(chosen)} queries, {ranker.heads.table.nnz} entries", flush=True)


if __name__ == "__main__":
    main()
