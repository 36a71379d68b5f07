#!/usr/bin/env python3
"""Golden scores of the ranking methods, written to Tests/RankingTests/Fixtures.

    python ranking_golden.py [CHECKOUT]

Each method is written down again here from its authors' code, on transformers and NumPy, a text at a time. Needs
torch, transformers, tokenizers, safetensors and numpy.
"""
import json
import math
import pathlib
import re
import string
import sys

import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer
from transformers import AutoModel

import encoder_tiny as tiny

CHECKOUT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2])
FIXTURES = CHECKOUT / "Tests/RankingTests/Fixtures"
QUERIES = ["what is a router", "draw a graph of the network", "Paris, the capital of France?", "é 北京", "",
           "how deep is the late interaction score of a neural language model in a small and fast search index"]
PASSAGES = ["A router is a switch that routes packets in a network.", "Draw: a diagram (of the graph); to search!",
            "Paris is the capital of France, a city on the river.", "", "The late interaction model ranks 北京 é slow.",
            "the heart, the blood & the cell: energy from light - the sun and the moon, a star is not the music of a "
            "piano; a song, a book, a library and a language model that train to score deep neural rank"]
REAL_QUERIES = ["what is a network diagram", "how do plants make energy from light?"]
REAL_PASSAGES = ["A network diagram is a drawing of the nodes in a computer network and of the lines between them.",
                 "Photosynthesis is the process by which green plants turn sunlight, water and carbon dioxide into "
                 "sugar and oxygen; chlorophyll absorbs the light.",
                 "The naïve café owner in Zürich didn't know that e-mails cost nothing (or nearly nothing)."]
TILDE_STOPS = ("i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers "
               "herself it its itself they them their theirs themselves whom this that these those am is are was were "
               "be been being have has had having do does did doing a an the and but if or because as until while of "
               "at by for with about against between into through during before after above below to from up down in "
               "out on off over under again further then once here there all any both each few more most other some "
               "such no nor not only own same so than too very s t can will just don should now d ll m o re ve y ain "
               "aren couldn didn doesn hadn hasn haven isn ma mightn mustn needn shan shouldn wasn weren won wouldn"
               ).split()


@torch.inference_mode()
def hidden(model, ids, attended=None, segments=None):
    mask = (torch.arange(len(ids)) < (attended or len(ids))).long()
    return model(input_ids=torch.tensor([ids]), attention_mask=mask[None],
                 token_type_ids=torch.tensor([segments or [0] * len(ids)])).last_hidden_state[0].numpy()


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def colbert_ids(tokenizer, text, marker, length, padded):
    """colbert-ai's trick: ". " before the text makes room for the marker; padding becomes [MASK] in queries."""
    if marker is None:
        tokenizer.enable_truncation(length)
        ids = tokenizer.encode(text).ids
    else:
        tokenizer.enable_truncation(length)
        ids = tokenizer.encode(". " + text).ids
        ids[1] = marker
    attended = len(ids)
    mask = tokenizer.token_to_id("[MASK]")
    return ids + [mask] * (length - attended if padded else 0), attended


def colbert(model, tokenizer, linear, bias, markers, lengths, padded, attends, dimensions, queries, passages, skips=True,
            importance=None):
    """Vectors by dimension and MaxSim for every query and passage; `importance` weighs a query's rows by their states."""
    skip = {tokenizer.token_to_id(c) for c in string.punctuation} if skips else set()
    result = {"queries": [], "passages": [], "scores": {}}
    states = {"q": [], "p": []}
    for text in queries:
        ids, attended = colbert_ids(tokenizer, text, markers[0], lengths[0], padded)
        states["q"].append(hidden(model, ids, len(ids) if attends else attended))
        result["queries"].append({"text": text, "pieces": ids, "attended": len(ids) if attends else attended})
    for text in passages:
        ids, _ = colbert_ids(tokenizer, text, markers[1], lengths[1], False)
        kept = [i for i, piece in enumerate(ids) if piece not in skip]
        states["p"].append(hidden(model, ids)[kept])
        result["passages"].append({"text": text, "pieces": ids, "kept": kept})
    for dimension in dimensions:
        cut = lambda rows: unit(rows @ linear[:dimension].T + (0 if bias is None else bias[:dimension]))
        weigh = lambda s: 1 if importance is None else np.log1p(np.exp(s @ importance[0] + importance[1]))[:, None]
        q, p = [cut(s) * weigh(s) for s in states["q"]], [cut(s) for s in states["p"]]
        result["scores"][str(dimension)] = [
            tiny.rounded([float((a @ b.T).max(axis=1).sum()) for b in p]) for a in q]
    return result, q, p


def tilde_stop_ids(vocabulary, words, published_rule):
    """TILDEv2's get_stop_ids over a vocabulary {piece: id}; the special pieces never carry weight."""
    stops = {vocabulary[w] for w in words if w in vocabulary}
    stops |= {vocabulary[p] for p in ("[CLS]", "[SEP]", "[PAD]", "[MASK]", "[UNK]")}
    if published_rule:
        for token, number in vocabulary.items():
            if token[0] == "#" and len(token) > 1:
                continue
            if not re.match("^[A-Za-z0-9_-]*$", token):
                stops.add(number)
        stops.add(vocabulary["##s"])
    return stops


def tilde_weights(heads, states):
    """The weight of each state, by a row or by a hidden layer and a row."""
    if "tildev2.hidden.weight" in heads:
        states = np.maximum(states @ heads["tildev2.hidden.weight"].T + heads["tildev2.hidden.bias"], 0)
    return np.maximum(states @ heads["tildev2.weight"] + heads["tildev2.bias"], 0)


def tilde_expansion(heads, states, excluded, count):
    """The best pieces that a passage lacks."""
    if "tildev2.expansion.weight" not in heads:
        return {}
    rows = torch.from_numpy(states @ heads["tildev2.expansion.hidden.weight"].T + heads["tildev2.expansion.hidden.bias"])
    rows = torch.nn.functional.gelu(rows).numpy()
    values = (rows @ heads["tildev2.expansion.weight"].T + heads["tildev2.expansion.bias"]).max(0)
    found = [(float(v), int(p)) for v, p in zip(values, heads["tildev2.expansion.pieces"]) if v > 0 and p not in excluded]
    return {p: v for v, p in sorted(found, reverse=True)[:count]}


def tilde_query(heads, pieces):
    """What a query asks for: its pieces with how often they stand there, or the sum of their rows of the table."""
    asked = {}
    for piece in pieces:
        row, weights = [piece], [1.0]
        if "tildev2.query.offsets" in heads:
            first, last = heads["tildev2.query.offsets"][piece:piece + 2]
            row, weights = (heads[f"tildev2.query.{name}"][first:last].tolist() for name in ("pieces", "weights"))
        for p, w in zip(row, weights):
            asked[p] = asked.get(p, 0.0) + w
    return asked


def tilde(model, tokenizer, heads, stops, lengths, queries, passages, count=16):
    terms, result = [], {"queries": [], "passages": [], "scores": []}
    for text in passages:
        tokenizer.enable_truncation(lengths[1])
        ids = tokenizer.encode(text).ids
        states = hidden(model, ids)
        best = tilde_expansion(heads, states, stops | set(ids), count)
        for piece, value in zip(ids, tilde_weights(heads, states).tolist()):
            if piece not in stops and value > 0:
                best[piece] = max(best.get(piece, 0), value)
        terms.append(best)
        result["passages"].append({"text": text, "terms": [[p, round(best[p], 6)] for p in sorted(best)]})
    for text in queries:
        tokenizer.enable_truncation(lengths[0])
        pieces = [p for p in tokenizer.encode(text).ids if p not in stops]
        asked = tilde_query(heads, pieces)
        result["queries"].append({"text": text, "pieces": pieces, "asked": [[p, round(asked[p], 6)] for p in sorted(asked)]})
        result["scores"].append(tiny.rounded([sum(w * best.get(p, 0.0) for p, w in asked.items()) for best in terms]))
    return result


@torch.inference_mode()
def cross_encoder(model, tokenizer, length, queries, passages):
    """The query whole, the passage cut; a query that leaves no room is cut itself."""
    tokenizer.no_truncation()
    pairs = []
    for query in queries:
        for passage in passages:
            first = tokenizer.encode(query, add_special_tokens=False).ids[:length - 3]
            second = tokenizer.encode(passage, add_special_tokens=False).ids[:length - 3 - len(first)]
            ids = [tiny.CLS, *first, tiny.SEP, *second, tiny.SEP]
            segments = [0] * (len(first) + 2) + [1] * (len(second) + 1)
            logits = model(input_ids=torch.tensor([ids]), token_type_ids=torch.tensor([segments])).logits[0]
            score = logits[0] if len(logits) == 1 else torch.log_softmax(logits, -1)[1]
            pairs.append({"query": query, "passage": passage, "pieces": ids, "second": len(first) + 2,
                          "score": round(float(score), 6)})
    return pairs


def windows(tokenizer, capacity, text):
    """Pieces and UTF-8 byte spans of overlapping windows: each but the first repeats a quarter of the one before."""
    tokenizer.no_truncation()
    encoding = tokenizer.encode(text, add_special_tokens=False)
    byte = [len(text[:i].encode()) for i in range(len(text) + 1)]
    step, made, first = capacity - capacity // 4, [], 0
    while True:
        last = min(first + capacity, len(encoding.ids))
        start = 0 if first == 0 else byte[encoding.offsets[first][0]]
        end = byte[-1] if last == len(encoding.ids) else byte[encoding.offsets[last - 1][1]]
        made.append({"start": start, "end": end, "pieces": encoding.ids[first:last]})
        if last == len(encoding.ids):
            return made
        first += step


def bm25(k1, b):
    rows = []
    for passages, frequency in [(1, 1), (10, 1), (10, 10), (8841823, 1), (8841823, 123456), (8841823, 8841823), (7, 0)]:
        rows.append({"passages": passages, "frequency": frequency,
                     "idf": math.log(1 + (passages - frequency + 0.5) / (frequency + 0.5))})
    factors = [{"count": tf, "length": length, "average": average,
                "factor": tf / (tf + k1 * (1 - b + b * length / average))}
               for tf in (1, 2, 17) for length in (1, 56, 1000) for average in (1.0, 56.25)]
    return {"k1": k1, "b": b, "idf": rows, "factors": factors}


def random_rows(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def tiny_golden():
    tokenizer = tiny.tokenizer()
    model = tiny.encoder(7)
    linear, bias = random_rows(1, 64, 32), random_rows(2, 64)
    as_torch = lambda **arrays: {k.replace("__", "."): torch.from_numpy(v) for k, v in arrays.items()}
    markers = (tiny.IDS["[unused0]"], tiny.IDS["[unused1]"])
    for name, attends in [("colbert-ai", False), ("colbert-attends", True)]:
        given = bias if attends else None
        extra = as_torch(linear__weight=linear, **({"linear__bias": bias} if attends else {}))
        tiny.save(FIXTURES / name, model, prefix="bert.", extra=extra, beside={"artifact.metadata": {
            "query_maxlen": 14, "doc_maxlen": 24, "dim": 64, "mask_punctuation": not attends,
            "attend_to_mask_tokens": attends, "query_token_id": "[unused0]", "doc_token_id": "[unused1]",
            "similarity": "cosine"}})
        result, q, p = colbert(model, tokenizer, linear, given, markers, (14, 24), True, attends, [64], QUERIES,
                               PASSAGES, skips=not attends)
        for texts, rows in ((result["queries"], q), (result["passages"], p)):
            for entry, vectors in zip(texts, rows):
                entry["first"], entry["last"] = (tiny.rounded(vectors[i].tolist()) for i in (0, -1))
        tiny.write(FIXTURES / name / "expected.json", result)

    weight, scalar = random_rows(3, 1, 32) / 4, np.array([0.3], np.float32)
    tiny.save(FIXTURES / "tilde", tiny.encoder(8), prefix="bert.",
              extra=as_torch(tok_proj__weight=weight, tok_proj__bias=scalar))
    stops = tilde_stop_ids(tiny.IDS, TILDE_STOPS, True)
    row = {"tildev2.weight": weight[0], "tildev2.bias": scalar[0]}
    expected = tilde(tiny.encoder(8), tokenizer, row, stops, (32, 64), QUERIES, PASSAGES)
    tiny.write(FIXTURES / "tilde/expected.json", expected | {"stops": sorted(stops)})

    # Pieces of the passages and stop pieces are among the proposals.
    pieces = np.random.default_rng(4).permutation(len(tiny.IDS))[:150].astype(np.int32)
    heads = {"tildev2.hidden.weight": random_rows(5, 20, 32) / 3, "tildev2.hidden.bias": random_rows(6, 20) / 3,
             "tildev2.weight": random_rows(7, 20) / 2, "tildev2.bias": np.array(0.2, np.float32),
             "tildev2.expansion.pieces": pieces, "tildev2.expansion.hidden.weight": random_rows(8, 24, 32) / 4,
             "tildev2.expansion.hidden.bias": random_rows(9, 24) / 4,
             "tildev2.expansion.weight": random_rows(10, len(pieces), 24) / 4,
             "tildev2.expansion.bias": random_rows(11, len(pieces)) / 4 - 0.5}
    words = tilde_stop_ids(tiny.IDS, ["the", "of", "a", "is"], False)
    # A row has up to four entries, some none; now and then a stop piece, which no passage has.
    random = np.random.default_rng(12)
    rows = [random.permutation(len(tiny.IDS))[:random.integers(0, 4)].tolist() for _ in tiny.IDS]
    rows = [[piece] * (piece % 5 > 0) + [p for p in row if p != piece] for piece, row in enumerate(rows)]
    query = {"tildev2.query.offsets": np.cumsum([0] + [len(row) for row in rows]).astype(np.int32),
             "tildev2.query.pieces": np.concatenate(rows).astype(np.int32)}
    query["tildev2.query.weights"] = np.abs(random_rows(13, len(query["tildev2.query.pieces"]))).astype(np.float16)
    for name, more in (("tilde-expansion", {}), ("tilde-query", query)):
        folder = FIXTURES / name
        tiny.save(folder, tiny.encoder(9), beside={"passerine.json": {
            "version": 1, "query_length": 32, "passage_length": 64,
            "tildev2": {"stop_words": ["the", "of", "a", "is"], "expansion_terms": 4}}})
        save_file(heads | more, folder / "heads.safetensors")
        (folder / "heads.safetensors").chmod(0o644)
        tiny.write(folder / "expected.json",
                   tilde(tiny.encoder(9), tokenizer, heads | more, words, (32, 64), QUERIES, PASSAGES, count=4))

    folder = FIXTURES / "one-pass"
    tiny.save(folder, model, beside={"passerine.json": {
        "version": 1, "query_length": 20, "passage_length": 26,
        "colbert": {"dimension": 64, "usable_dimensions": [32, 48, 64], "query_marker": None, "passage_marker": None,
                    "pad_queries_with_mask": False, "skip_in_passages": "punctuation"},
        "tildev2": {"stop_words": ["the", "of", "a", "is"]}}})
    weight = -weight
    save_file({"colbert.linear.weight": linear, "tildev2.weight": weight[0], "tildev2.bias": scalar.reshape(())},
              folder / "heads.safetensors")
    (folder / "heads.safetensors").chmod(0o644)
    late, _, _ = colbert(model, tokenizer, linear, None, (None, None), (20, 26), False, False, [32, 48, 64], QUERIES,
                         PASSAGES)
    words = tilde_stop_ids(tiny.IDS, ["the", "of", "a", "is"], False)
    row = {"tildev2.weight": weight[0], "tildev2.bias": scalar[0]}
    exact = tilde(model, tokenizer, row, words, (20, 26), QUERIES, PASSAGES)
    long = " ".join(PASSAGES + ["Zürich 北京 é"] + PASSAGES[::-1])
    tiny.write(folder / "expected.json", {"colbert": late, "tilde": exact, "windows": [
        {"text": text, "windows": windows(tokenizer, 24, text)} for text in PASSAGES + [long, "  " + long + " \n"]]})

    folder = FIXTURES / "query-weights"
    tiny.save(folder, model, beside={"passerine.json": {
        "version": 1, "query_length": 20, "passage_length": 26,
        "colbert": {"dimension": 64, "usable_dimensions": [32, 64], "query_marker": None, "passage_marker": None,
                    "pad_queries_with_mask": False, "skip_in_passages": "punctuation"}}})
    importance = random_rows(14, 32) / 2, np.array(0.7, np.float32)
    save_file({"colbert.linear.weight": linear, "colbert.query.weight": importance[0],
               "colbert.query.bias": importance[1]}, folder / "heads.safetensors")
    (folder / "heads.safetensors").chmod(0o644)
    weighed, _, _ = colbert(model, tokenizer, linear, None, (None, None), (20, 26), False, False, [32, 64], QUERIES,
                            PASSAGES, importance=importance)
    tiny.write(folder / "expected.json", weighed)

    for labels in (1, 2):
        model = tiny.classifier(20 + labels, labels)
        name = f"cross-{labels}"
        tiny.save(FIXTURES / name, model, beside={"tokenizer_config.json": {
            "do_lower_case": True, "model_max_length": 18, "tokenizer_class": "BertTokenizer"}})
        tiny.write(FIXTURES / name / "expected.json", cross_encoder(model, tokenizer, 18, QUERIES, PASSAGES))
    tiny.write(FIXTURES / "bm25.json", [bm25(0.9, 0.4), bm25(1.2, 0.75), bm25(0.0, 0.0), bm25(2.0, 1.0)])


def passerine_small_golden():
    folder = CHECKOUT / "models/passerine-small/encoder"
    settings = json.loads((folder / "passerine.json").read_text())
    heads = {name: tensor if tensor.dtype == np.int32 else tensor.astype(np.float32)
             for name, tensor in load_file(folder / "heads.safetensors").items()}
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    model = AutoModel.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    lengths = settings["query_length"], settings["passage_length"]
    late, _, _ = colbert(model, tokenizer, heads["colbert.linear.weight"], None, (None, None), lengths, False, False,
                         settings["colbert"]["usable_dimensions"], REAL_QUERIES, REAL_PASSAGES,
                         importance=(heads["colbert.query.weight"], heads["colbert.query.bias"]))
    stops = tilde_stop_ids(tokenizer.get_vocab(), settings["tildev2"]["stop_words"], False)
    exact = tilde(model, tokenizer, heads, stops, lengths, REAL_QUERIES, REAL_PASSAGES,
                  settings["tildev2"].get("expansion_terms", 16))
    tiny.write(FIXTURES / "passerine-small.json", {"colbert": late, "tilde": exact})


tiny_golden()
passerine_small_golden()
