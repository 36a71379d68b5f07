#!/usr/bin/env python3
"""Loads a run and qrels that passerine wrote into ir_measures and, where it is installed, PyTerrier, as they are.

    python3 Tests/Reference/evaluation_interchange.py RUN QRELS

Exit status 1 where a row is lost, a score is no number, or the ranks disagree with the order of the scores.
"""
import math
import sys

import ir_measures


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    run_path, qrels_path = sys.argv[1:]
    with open(run_path, encoding="utf-8") as file:
        lines = [line.split() for line in file]
    run = list(ir_measures.read_trec_run(run_path))
    qrels = list(ir_measures.read_trec_qrels(qrels_path))
    assert lines and len(run) == len(lines), f"{len(lines)} lines, {len(run)} read"
    assert all(math.isfinite(hit.score) for hit in run)
    previous = {}
    for query, _, _, rank, score, _ in lines:
        last_rank, last_score = previous.get(query, (0, math.inf))
        assert int(rank) == last_rank + 1, f"query {query}: rank {rank} follows {last_rank}"
        assert float(score) <= last_score, f"query {query}: the score rises at rank {rank}"
        previous[query] = (int(rank), float(score))
    value = ir_measures.calc_aggregate([ir_measures.nDCG @ 10], qrels, run)
    print(f"ir_measures: {len(run)} hits, {len(qrels)} judgements, {value}")
    try:
        import pyterrier
    except ImportError:
        print("PyTerrier is not installed: not tried")
        return
    results = pyterrier.io.read_results(run_path)
    judgements = pyterrier.io.read_qrels(qrels_path)
    assert len(results) == len(run) and {"qid", "docno", "rank", "score"} <= set(results.columns)
    assert len(judgements) == len(qrels) and {"qid", "docno", "label"} <= set(judgements.columns)
    print(f"PyTerrier {pyterrier.__version__}: {len(results)} hits, {len(judgements)} judgements")


if __name__ == "__main__":
    main()
