"""The model that is trained: an encoder and its ColBERT and TILDEv2 heads, and how it is kept as a folder."""
import json
import math
import pathlib
import re
import shutil
import string

import numpy as np
import scipy.sparse as sparse
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional as F

from encoder import Encoder

DIMENSION = 128
FILES = ("config.json", "tokenizer.json", "vocab.txt")


class Heads(nn.Module):
    """ColBERT's projection and its weights of query rows, TILDEv2's weight as a linear map or a small network, its expansion
    of passages and of queries."""

    def __init__(self, width, hidden=0):
        super().__init__()
        self.colbert = nn.Linear(width, DIMENSION, bias=False)
        # Of models that were made before it there is none: all rows of a query count alike.
        self.importance = None
        self.hidden = nn.Linear(width, hidden) if hidden else None
        self.tilde = nn.Linear(hidden or width, 1)
        nn.init.constant_(self.tilde.bias, 1.0)
        self.expansion = None
        # What each piece of a query asks for [vocabulary, vocabulary], sparse; not trained here.
        self.table = None

    def start_at(self, states):
        """The projection onto the states' principal directions, so that the first columns hold the most."""
        _, vectors = torch.linalg.eigh(states.T @ states)
        with torch.no_grad():
            self.colbert.weight.copy_(vectors.flip(1)[:, :DIMENSION].T)

    def start_importance(self):
        """All rows of a query count 1 at first."""
        self.importance = nn.Linear(self.colbert.in_features, 1)
        nn.init.zeros_(self.importance.weight)
        nn.init.constant_(self.importance.bias, math.log(math.e - 1))

    def query_weights(self, states):
        """How much each row of a query counts in ColBERT's sum, above 0: `softplus(w·h + b)`."""
        if self.importance is None:
            return torch.ones(states.shape[:-1], device=states.device)
        return F.softplus(self.importance(states)).squeeze(-1)

    def weights(self, states):
        """TILDEv2 weight of each position, 0 or more."""
        if self.hidden is not None:
            states = F.relu(self.hidden(states))
        return F.relu(self.tilde(states)).squeeze(-1)

    def start_expansion(self, pieces, units):
        """A new head that can propose these pieces."""
        self.expansion = nn.Sequential(nn.Linear(self.colbert.in_features, units), nn.GELU(), nn.Linear(units, len(pieces)))
        nn.init.normal_(self.expansion[2].weight, std=0.05)
        nn.init.constant_(self.expansion[2].bias, -0.5)
        self.pieces = torch.as_tensor(pieces)

    def expansion_hidden(self, states):
        return self.expansion[:2](states)

    def proposals_of(self, hidden, columns):
        """What each position [T, units] proposes, of the pieces at some places, [T, columns]."""
        return F.linear(hidden, self.expansion[2].weight[columns], self.expansion[2].bias[columns])

    def proposals(self, states, columns):
        return self.proposals_of(self.expansion_hidden(states), columns)

    def expand(self, states, excluded, count):
        """The best pieces above 0 for a passage's states [T, H], `{piece: weight}`, but those that are excluded [vocabulary]."""
        if self.expansion is None:
            return {}
        y = self.expansion(states).amax(0).masked_fill(excluded[self.pieces], 0.0)
        best = y.topk(min(count, len(y)))
        return {int(self.pieces[i]): float(w) for w, i in zip(*best) if w > 0}

    NAMES = {"colbert.weight": "colbert.linear.weight", "importance.weight": "colbert.query.weight",
             "importance.bias": "colbert.query.bias", "hidden.weight": "tildev2.hidden.weight",
             "hidden.bias": "tildev2.hidden.bias", "tilde.weight": "tildev2.weight", "tilde.bias": "tildev2.bias",
             "expansion.0.weight": "tildev2.expansion.hidden.weight", "expansion.0.bias": "tildev2.expansion.hidden.bias",
             "expansion.2.weight": "tildev2.expansion.weight", "expansion.2.bias": "tildev2.expansion.bias"}
    # Linear maps to one number, kept as a vector and a number.
    ROWS = ("tildev2", "colbert.query")
    PIECES = "tildev2.expansion.pieces"
    TABLE = {"tildev2.query.offsets": "indptr", "tildev2.query.pieces": "indices", "tildev2.query.weights": "data"}

    def asked(self, queries, counts):
        """What queries, given by their pieces, ask for [Q, vocabulary]; `counts` says which pieces carry weight."""
        bag = bags(queries, counts)
        return bag if self.table is None else (bag @ self.table).tocsr()

    def save(self, folder):
        tensors = {self.NAMES[name]: t.half() for name, t in self.state_dict().items()}
        for row in Heads.ROWS:
            if f"{row}.weight" in tensors:
                tensors[f"{row}.weight"] = tensors[f"{row}.weight"].reshape(-1)
                tensors[f"{row}.bias"] = tensors[f"{row}.bias"].reshape(())
        if self.expansion is not None:
            tensors[self.PIECES] = self.pieces.to(torch.int32)
        if self.table is not None:
            parts = {name: torch.from_numpy(getattr(self.table, part)) for name, part in self.TABLE.items()}
            tensors |= {n: t.half() if t.is_floating_point() else t.to(torch.int32) for n, t in parts.items()}
        save_file({n: t.contiguous() for n, t in tensors.items()}, pathlib.Path(folder) / "heads.safetensors")

    @staticmethod
    def load(folder):
        stored = load_file(pathlib.Path(folder) / "heads.safetensors")
        pieces, table = stored.pop(Heads.PIECES, None), [stored.pop(name, None) for name in Heads.TABLE]
        stored = {n: t.float() for n, t in stored.items()}
        hidden = stored.get("tildev2.hidden.bias")
        heads = Heads(stored["colbert.linear.weight"].shape[1], 0 if hidden is None else len(hidden))
        if pieces is not None:
            heads.start_expansion(pieces.long(), len(stored["tildev2.expansion.hidden.bias"]))
        if table[0] is not None:
            offsets, columns, weights = (t.numpy() for t in table)
            size = len(offsets) - 1
            heads.table = sparse.csr_matrix((weights.astype(np.float32), columns, offsets), shape=(size, size))
        if "colbert.query.weight" in stored:
            heads.start_importance()
        for row in Heads.ROWS:
            if f"{row}.weight" in stored:
                stored[f"{row}.weight"] = stored[f"{row}.weight"].reshape(1, -1)
                stored[f"{row}.bias"] = stored[f"{row}.bias"].reshape(1)
        state = {ours: stored[theirs] for ours, theirs in Heads.NAMES.items() if theirs in stored}
        heads.load_state_dict(state)
        return heads


class Ranker(nn.Module):
    """Encoder, heads, and which pieces count."""

    def __init__(self, encoder, heads, settings, vocabulary):
        super().__init__()
        self.encoder, self.heads, self.settings = encoder, heads, settings
        stop = set(settings["tildev2"]["stop_words"]) | {"[CLS]", "[SEP]", "[MASK]", "[PAD]", "[UNK]"}
        skips = settings["tildev2"].get("skip_non_alphanumeric", False)
        word = lambda piece: not skips or re.fullmatch(r"##.+|[A-Za-z0-9_-]*", piece) is not None
        punctuation = set(string.punctuation)
        # By piece: whether TILDEv2 counts it, and whether ColBERT keeps its row of a passage.
        self.register_buffer("counts", torch.tensor([p not in stop and word(p) for p in vocabulary]), persistent=False)
        self.register_buffer("kept", torch.tensor([p not in punctuation for p in vocabulary]), persistent=False)

    @staticmethod
    def load(folder, hidden=None, settings=None):
        """A model folder; new heads with so many hidden units where `hidden` is given."""
        folder = pathlib.Path(folder)
        settings = json.loads(pathlib.Path(settings or folder / "passerine.json").read_text())
        encoder = Encoder(folder)
        heads = Heads.load(folder) if hidden is None else Heads(encoder.config["hidden_size"], hidden)
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        vocabulary = [tokenizer.id_to_token(i) for i in range(tokenizer.get_vocab_size())]
        return Ranker(encoder, heads, settings, vocabulary)

    def save(self, folder, beside):
        """Writes the whole folder; configuration and vocabulary come from the folder `beside`."""
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            if (beside / name).resolve() != (folder / name).resolve():
                shutil.copy(beside / name, folder / name)
        (folder / "passerine.json").write_text(json.dumps(self.settings, indent=2, ensure_ascii=False) + "\n")
        self.encoder.save(folder)
        self.heads.save(folder)


def sentences(states, mask):
    """Sentence vectors [B, H] of states [B, T, H]: their mean, of unit length."""
    return F.normalize((states * mask[..., None]).sum(1), dim=-1)


def late_interaction(rows, weights, owner, count, passages, mask, columns):
    """ColBERT scores `Σ_i w_i max_j q_i·p_j` of all queries with all passages, [Q, B], from the first `columns`.

    `rows` [R, 128] are all queries' rows, `weights` [R] theirs, `owner` [R] says whose; `passages` [B, T, 128] with
    `mask` [B, T].
    """
    q = F.normalize(rows[:, :columns], dim=-1)
    p = F.normalize(passages[..., :columns], dim=-1)
    similarity = (q @ p.reshape(-1, columns).T).view(len(q), *mask.shape)
    best = similarity.masked_fill(~mask, -2.0).amax(-1)
    return torch.zeros(count, len(p), device=best.device).index_add(0, owner, best * weights[:, None])


def exact_match(query_counts, columns, ids, weights):
    """TILDEv2 scores of all queries with all passages, [Q, B].

    `query_counts` [Q, V] counts each query's pieces among V; `columns` [vocabulary] maps a piece to 0..V-1 or V.
    """
    table = torch.zeros(len(ids), query_counts.shape[1] + 1, device=ids.device).scatter_reduce(1, columns[ids], weights, "amax")
    return query_counts @ table[:, :-1].T


def bags(lists, counts):
    """How often each piece that carries weight stands in each list of pieces, sparse [lists, vocabulary]."""
    kept = [p[counts[p]] for p in map(np.asarray, lists)]
    columns = np.concatenate([np.zeros(0, int), *kept])
    starts = np.cumsum([0] + [len(p) for p in kept])
    bag = sparse.csr_matrix((np.ones(len(columns), np.float32), columns, starts), shape=(len(kept), len(counts)))
    bag.sum_duplicates()
    return bag


def query_pieces(pieces, counts):
    """Count matrix [Q, V] of the queries' pieces that carry weight, and the map from a piece to its column."""
    own = counts.cpu().numpy()
    kept = [p[own[p]] for p in map(np.asarray, pieces)]
    distinct = np.unique(np.concatenate(kept))
    columns = np.full(len(own), len(distinct))
    columns[distinct] = np.arange(len(distinct))
    table = np.zeros((len(pieces), len(distinct)), np.float32)
    for row, p in enumerate(kept):
        np.add.at(table[row], columns[p], 1)
    return torch.from_numpy(table).to(counts.device), torch.from_numpy(columns).to(counts.device)
