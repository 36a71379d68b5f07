"""Reads passages, queries and labels: collections as folders of tsv files, MS MARCO's own files, or QnA groups."""
import gzip
import json
import pathlib


def open_text(path):
    path = pathlib.Path(path)
    return gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8")


def read_tsv(path):
    """`id<TAB>text` lines -> {id: text}."""
    with open_text(path) as lines:
        return dict(line.rstrip("\n").split("\t", 1) for line in lines)


def read_groups(path):
    """MS MARCO QnA groups: {"query_id","query","positives":[[id,text]],"negatives":[[id,text]]} a line."""
    with open_text(path) as lines:
        return [json.loads(line) for line in lines]


def read_qrels(path):
    """TREC judgements -> {query: {passage: grade}}."""
    qrels = {}
    with open_text(path) as lines:
        for line in lines:
            query, _, passage, grade = line.split()
            qrels.setdefault(query, {})[passage] = int(grade)
    return qrels


def read_run(path, depth=None):
    """TREC run -> {query: [(passage, score)]}, best first as the file has them."""
    run = {}
    with open_text(path) as lines:
        for line in lines:
            query, _, passage, _, score, _ = line.split()
            hits = run.setdefault(query, [])
            if depth is None or len(hits) < depth:
                hits.append((passage, float(score)))
    return run
