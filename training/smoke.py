#!/usr/bin/env python3
"""Runs the scripts of this folder once, but for pool.py and teachers.py, and embed.py without its model: on a few texts, in
half a minute, that they work together and not how well.

    smoke.py [DATA]

DATA is a folder of collections with msmarco-mini and msmarco-train, whose first lines serve as MS MARCO's own files in
small; without it the texts are cut from this project's documentation. The base is the model that ships.
"""
import json
import pathlib
import sys
import tempfile
import types

import numpy as np
import torch
from safetensors.torch import load_file, save_file

import average
import corpus
import cross
import embed
import evaluate
import expand
import late
import lists
import msmarco
import prepare
import query_table
import query_weights
import rounding
import train
from model import Ranker

ROOT = pathlib.Path(__file__).resolve().parents[1]
BASE = ROOT / "models/passerine-small/encoder"
PASSAGES, QUERIES, WORDS = 60, 16, 30


def texts(data):
    """Passages and queries of {id: text}."""
    if data:
        first = lambda path, n: dict(list(corpus.read_tsv(path).items())[:n])
        return (first(data / "msmarco-mini/collection.tsv.gz", PASSAGES),
                first(data / "msmarco-train/queries-unlabelled.tsv.gz", QUERIES))
    words = " ".join(p.read_text() for p in sorted((ROOT / "docs").glob("*.md"))).split()
    assert len(words) >= PASSAGES * WORDS, "the documentation has too few words"
    cut = lambda i, n: " ".join(words[i * WORDS : i * WORDS + n])
    return {f"p{i}": cut(i, WORDS) for i in range(PASSAGES)}, {f"q{i}": cut(3 * i, 6) for i in range(QUERIES)}


def write_tsv(path, rows):
    path.write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))


def tiny_splade(folder):
    """A random masked-language model of one layer, with a SPLADE model's tensors."""
    torch.manual_seed(1)
    folder.mkdir()
    config = json.loads((BASE / "config.json").read_text()) | {
        "hidden_size": 32, "num_attention_heads": 2, "intermediate_size": 64, "num_hidden_layers": 1}
    (folder / "config.json").write_text(json.dumps(config))
    width, inner = config["hidden_size"], config["intermediate_size"]
    layer = "bert.encoder.layer.0."
    shapes = {"bert.embeddings.word_embeddings.weight": (config["vocab_size"], width),
              "bert.embeddings.position_embeddings.weight": (config["max_position_embeddings"], width),
              "bert.embeddings.token_type_embeddings.weight": (2, width),
              layer + "intermediate.dense.weight": (inner, width), layer + "intermediate.dense.bias": (inner,),
              layer + "output.dense.weight": (width, inner), layer + "output.dense.bias": (width,),
              "cls.predictions.transform.dense.weight": (width, width), "cls.predictions.transform.dense.bias": (width,),
              "cls.predictions.bias": (config["vocab_size"],)}
    for name in ("query", "key", "value"):
        shapes |= {f"{layer}attention.self.{name}.weight": (width, width), f"{layer}attention.self.{name}.bias": (width,)}
    shapes |= {layer + "attention.output.dense.weight": (width, width), layer + "attention.output.dense.bias": (width,)}
    norms = ["bert.embeddings.LayerNorm", layer + "attention.output.LayerNorm", layer + "output.LayerNorm",
             "cls.predictions.transform.LayerNorm"]
    tensors = {name: torch.randn(shape) / 4 for name, shape in shapes.items()}
    tensors |= {f"{n}.gamma": torch.ones(width) for n in norms} | {f"{n}.beta": torch.zeros(width) for n in norms}
    save_file(tensors, folder / "model.safetensors")


def check_model(folder, changed):
    """The folder has the files and tensors that passerine reads, and `changed` of the base's tensors are other ones."""
    heads, weights, base = (load_file(p) for p in (folder / "heads.safetensors", folder / "model.safetensors", BASE / "model.safetensors"))
    assert heads["colbert.linear.weight"].shape == (128, 384) and heads["tildev2.bias"].shape == ()
    for name in ("tildev2.query.offsets", "tildev2.query.pieces"):
        heads.pop(name, None)
    pieces = heads.pop("tildev2.expansion.pieces", torch.zeros(0, dtype=torch.int32))
    assert pieces.dtype == torch.int32 and len(pieces) == len(heads.get("tildev2.expansion.weight", []))
    assert all(t.dtype == torch.float16 and bool(t.isfinite().all()) for t in [*heads.values(), *weights.values()])
    assert {"config.json", "passerine.json", "tokenizer.json", "vocab.txt"} <= {p.name for p in folder.iterdir()}
    different = {n for n in weights if not torch.equal(weights[n], base[n])}
    assert different and all(n.startswith(changed) for n in different), sorted(different)[:3]


def check_rounded(folder):
    """Rounding what is rounded moves next to nothing."""
    tensors = {n: t.float().numpy() for n, t in load_file(folder / "model.safetensors").items()}
    for name, new in rounding.layer(tensors, 0).items():
        assert np.linalg.norm(new - tensors[name]) < 1e-3 * np.linalg.norm(new), name


class Session:
    """An ONNX model in place: the states of a piece are a vector of its own."""

    def get_inputs(self):
        return [types.SimpleNamespace(name=name) for name in ("input_ids", "attention_mask")]

    def run(self, _, inputs):
        return [np.sin(inputs["input_ids"][..., None] * np.arange(1, 9))]


def check_sentences(work):
    """Leaves vectors of both sides, which are the first piece's or the mean, whatever a text's batch."""
    for side in ("queries", "passages"):
        _, texts = json.loads((work / side / "texts.json").read_text())
        first, mean = (embed.encode(Session(), texts, BASE, 40, mean) for mean in (False, True))
        assert np.allclose(np.linalg.norm(mean, axis=1), 1, atol=1e-5) and np.ptp(first, 0).max() < 1e-6
        assert np.allclose(mean[3], embed.encode(Session(), texts[3:4], BASE, 40, True)[0], atol=1e-5)
        np.save(work / side / "sentences.npy", mean)


def check_late(work):
    """What the kept rows say of a query and two passages is what the rows of each pair say, one by one."""
    teachers = lists.Teachers(work, lists.TEACHERS)
    asked, rows = teachers.late
    scores = teachers.scores([3], [5, 2])[-1][0]
    for passage, score in zip((5, 2), scores):
        assert abs((asked.of([3])[0] @ rows.of([passage])[0].T).max(1).sum() - score) < 1e-3
    assert len(np.load(work / "lists.npz")["weights"]) == len(lists.TEACHERS)


def check_table(folder):
    """Every piece that carries weight has a row, with the piece itself, and some have others."""
    ranker = Ranker.load(folder)
    table, counts = ranker.heads.table, ranker.counts.numpy()
    entries = np.diff(table.indptr)
    assert table.shape == (len(counts),) * 2 and table.data.min() >= 0
    assert (entries[counts] >= 1).all() and (entries[~counts] == 0).all() and entries.max() > 1
    row = np.flatnonzero(counts)[7]
    assert row in table[row].indices and ranker.heads.asked([[row, row]], counts).sum() > 0


def check_query_weights(before, after):
    """Weights are new, above 0 and not all alike; the rest of the heads is as it was."""
    old, new = (load_file(folder / "heads.safetensors") for folder in (before, after))
    assert set(new) - set(old) == {"colbert.query.weight", "colbert.query.bias"}
    assert all(torch.equal(new[name], tensor) for name, tensor in old.items())
    weights = Ranker.load(after).heads.query_weights(torch.randn(64, 384))
    assert bool((weights > 0).all()) and float(weights.detach().std()) > 0


def check_mean(folder, *models):
    """Half of the first model and a quarter of the others; what its table and expansion hold is the first's."""
    for file, mixed in (("model.safetensors", "encoder.layer.5.output.dense.weight"), ("heads.safetensors", "colbert.linear.weight")):
        made, first, *others = (load_file(m / file) for m in (folder, *models))
        assert set(made) == set(first)
        right = (2 * first[mixed].float() + sum(o[mixed].float() for o in others)) / 4
        assert torch.allclose(made[mixed].float(), right, atol=1e-3) and not torch.equal(made[mixed], first[mixed])
        assert all(torch.equal(made[n], first[n]) for n in first if n.startswith(average.FIRST))


def check_cross(folder):
    """A sequence classifier of one label."""
    tensors = load_file(folder / "model.safetensors")
    assert tensors["classifier.weight"].shape == (1, 384) and tensors["bert.pooler.dense.weight"].shape == (384, 384)
    assert all(bool(t.isfinite().all()) for t in tensors.values())
    assert json.loads((folder / "config.json").read_text())["id2label"] == {"0": "LABEL_0"}


def main(data=None):
    torch.set_num_threads(2)
    passages, queries = texts(pathlib.Path(data) if data else None)
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        write_tsv(work / "collection.tsv", passages.items())
        write_tsv(work / "queries.train.tsv", queries.items())
        tiny_splade(work / "splade")
        files = {"--passages": work / "collection.tsv", "--queries": work / "queries.train.tsv"}
        common = ["--base", BASE, "--work", work / "own", "--workers", 1]
        prepare.main(strings([*common, "--splade", work / "splade", "--cut", 5, *[x for f in files.items() for x in f]]))
        lists.main(strings(["--work", work / "own"]))
        options = ["--base", BASE, "--settings", BASE / "passerine.json", "--group", 8, "--passages", 24, "--longest", 48]
        train.main(strings([*options, "--work", work / "own", "--out", work / "model", "--steps", 6, "--train-from", 5]))
        check_model(work / "model", "encoder.layer.5.")
        rounding.main(strings(["--model", work / "model", "--out", work / "rounded"]))
        check_model(work / "rounded", "encoder.layer.")
        check_rounded(work / "rounded")
        query_table.main(strings(["--work", work / "own", "--splade", work / "splade", "--model", work / "rounded",
                                  "--out", work / "asking", "--entries", 3]))
        expand.main(strings(["--work", work / "own", "--model", work / "asking", "--cut", 5, "--out", work / "expanded",
                             "--steps", 3, "--list-steps", 3, "--proposals", 64, "--units", 8, "--terms", 4]))
        check_model(work / "expanded", "encoder.layer.")
        check_table(work / "expanded")
        check_sentences(work / "own")
        late.main(strings(["--work", work / "own", "--model", work / "expanded", "--cut", 5, "--longest", 48]))
        lists.main(strings(["--work", work / "own", "--late"]))
        check_late(work / "own")
        query_weights.main(strings(["--work", work / "own", "--model", work / "expanded", "--out", work / "weighed",
                                    "--queries", 20, "--epochs", 2]))
        check_query_weights(work / "expanded", work / "weighed")
        train.main(strings([*options, "--work", work / "own", "--start", work / "weighed", "--out", work / "second",
                            "--steps", 2, "--train-from", 5, "--temperatures", 1, 2, "--bfloat16", "--save-every", 1, "--keep"]))
        check_model(work / "second", "encoder.layer.")
        average.main(strings(["--models", work / "weighed", work / "second.1", work / "second.2", "--shares", 2, 1, 1,
                              "--out", work / "mean"]))
        check_mean(work / "mean", work / "weighed", work / "second.1", work / "second.2")
        cross.main(strings(["--work", work / "own", "--base", BASE, "--out", work / "cross", "--steps", 2, "--queries", 2,
                            "--candidates", 4, "--longest", 24]))
        check_cross(work / "cross")

        ids, random = list(passages), np.random.default_rng(1)
        named = {q: random.choice(ids, 4, replace=False).tolist() for q in queries}
        write_tsv(work / "triples.tsv", ([9.5, -2.25, q, p[0], n] for q, p in named.items() for n in p[1:]))
        (work / "examples.json").write_text("".join(
            json.dumps([q, *([d, float(9 - i)] for i, d in enumerate(p))]) + "\n" for q, p in named.items()))
        for form in ("triples.tsv", "examples.json"):
            own = work / form.split(".")[0]
            msmarco.main(strings(["--collection", work / "collection.tsv", "--queries", work / "queries.train.tsv",
                                  "--base", BASE, "--work", own, "--workers", 1, f"--{own.name}", work / form]))
            train.main(strings([*options, "--work", own, "--out", own / "model", "--steps", 2, "--train-from", 0, "--margin", 0.05]))
            check_model(own / "model", ("encoder.", "embeddings."))

        write_tsv(work / "queries.tsv", queries.items())
        (work / "qrels.txt").write_text("".join(f"{q} 0 {p[0]} 1\n" for q, p in named.items()))
        evaluate.main(strings([work / "weighed", work, "--depth", 20]))
    print("training: passed, 9 models made and checked")


def strings(arguments):
    return [str(a) for a in arguments]


if __name__ == "__main__":
    main(*sys.argv[1:2])
