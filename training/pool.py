#!/usr/bin/env python3
"""Writes the passages and queries of msmarco-train's groups as files: pool.py DATA WORK

WORK/groups.tsv has the passages, WORK/queries.groups.tsv the queries, which come first among the queries so that the
first of them can be held out. The pool that passerine-small learns from is these passages and msmarco-mini's.
"""
import pathlib
import sys

import corpus


def main(data, work):
    data, work = pathlib.Path(data), pathlib.Path(work)
    groups = [g for n in ("groups", "unanswered") for g in corpus.read_groups(data / f"msmarco-train/{n}.jsonl.gz")]
    own = {i: " ".join(t.split()) for g in groups for i, t in g["positives"] + g["negatives"]}
    write = lambda name, rows: (work / name).write_text("".join(f"{i}\t{t}\n" for i, t in rows))
    write("queries.groups.tsv", ((g["query_id"], g["query"]) for g in groups))
    write("groups.tsv", own.items())


if __name__ == "__main__":
    main(*sys.argv[1:])
