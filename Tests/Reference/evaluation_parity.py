#!/usr/bin/env python3
"""Compares `passerine evaluate` with ir_measures and pytrec_eval, per query and mean.

    python3 Tests/Reference/evaluation_parity.py .build/release/passerine DATA...

Every *.run under the DATA folders that has a qrels.txt beside it is measured, and so are made-up runs full of ties,
near ties, unjudged passages, negative grades and missing queries. Exit status 1 where a value differs by more than
1e-4. Needs ir_measures (which brings pytrec_eval); RBP is compared with cwl-eval where that is installed, else with
its formula.
"""
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import ir_measures
import pytrec_eval

MEASURES = [
    "nDCG", "nDCG@1", "nDCG@3", "nDCG@5", "nDCG@10", "nDCG@20", "nDCG@100", "nDCG@1000",
    "AP", "AP@5", "AP@10", "AP@100", "AP@1000", "AP(rel=2)", "AP(rel=2)@10", "AP(rel=3)",
    "RR", "RR@1", "RR@5", "RR@10", "RR@100", "RR(rel=2)", "RR(rel=2)@10", "RR(rel=3)@10",
    "P@1", "P@3", "P@5", "P@10", "P@20", "P@100", "P(rel=2)@5", "P(rel=2)@10",
    "R@1", "R@5", "R@10", "R@50", "R@100", "R@200", "R@1000", "R(rel=2)@100", "R(rel=2)@1000",
    "Success@1", "Success@5", "Success@10", "Success(rel=2)@5", "Success(rel=3)@10",
    "Rprec", "Rprec(rel=2)", "Bpref", "Bpref(rel=2)", "Bpref(rel=3)",
    "Judged", "Judged@5", "Judged@10", "Judged@100",
    "P(judged_only=True)@10", "AP(judged_only=True)", "RR(judged_only=True)", "nDCG(judged_only=True)@10",
    "RBP(rel=1)", "RBP(rel=2)", "RBP(rel=1,p=0.5)", "RBP(rel=2,p=0.95)",
]
# trec_eval's own names, for a comparison that does not pass through ir_measures.
TREC_NAMES = {
    "nDCG": "ndcg", "nDCG@5": "ndcg_cut_5", "nDCG@10": "ndcg_cut_10", "nDCG@100": "ndcg_cut_100",
    "nDCG@1000": "ndcg_cut_1000", "AP": "map", "AP@10": "map_cut_10", "AP@100": "map_cut_100", "RR": "recip_rank",
    "P@5": "P_5", "P@10": "P_10", "P@20": "P_20", "P@100": "P_100", "R@5": "recall_5", "R@10": "recall_10",
    "R@100": "recall_100", "R@200": "recall_200", "R@1000": "recall_1000", "Success@1": "success_1",
    "Success@5": "success_5", "Success@10": "success_10", "Rprec": "Rprec", "Bpref": "bpref",
}
TREC_NAMES_REL2 = {
    "AP(rel=2)": "map", "RR(rel=2)": "recip_rank", "P(rel=2)@5": "P_5", "R(rel=2)@100": "recall_100",
    "R(rel=2)@1000": "recall_1000", "Rprec(rel=2)": "Rprec", "Bpref(rel=2)": "bpref", "Success(rel=2)@5": "success_5",
}
TOLERANCE = 1e-4


def rank_biased_precision(measure, qrels, run):
    """RBP as cwl_eval computes it: scores descending, ties in the order of the file."""
    values = {}
    for query, judged in qrels.items():
        ranking = sorted(run.get(query, {}).items(), key=lambda hit: hit[1], reverse=True)[:1000]
        weight = 1 - measure["p"]
        values[query] = 0.0
        for docno, _ in ranking:
            if judged.get(docno, 0) >= measure["rel"]:
                values[query] += weight
            weight *= measure["p"]
    return values


def reference(qrels, run):
    """Values by measure name and query."""
    try:
        import cwl  # noqa: F401
        cwl_present = True
    except ImportError:
        cwl_present = False
    measures = [ir_measures.parse_measure(name) for name in MEASURES]
    formula = [m for m in measures if m.NAME == "RBP" and not cwl_present]
    values = {str(m): rank_biased_precision(m, qrels, run) for m in formula}
    for metric in ir_measures.iter_calc([m for m in measures if m not in formula], qrels, run):
        values.setdefault(str(metric.measure), {})[metric.query_id] = metric.value
    return values


def passerine(binary, qrels_path, run_path):
    command = [binary, "evaluate", "--run", run_path, "--qrels", qrels_path, "--json", "--per-query",
               "--measures", " ".join(MEASURES)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    return json.loads(output)


def compare(binary, qrels_path, run_path, label):
    qrels = ir_measures.util.QrelsConverter(ir_measures.read_trec_qrels(str(qrels_path))).as_dict_of_dict()
    run = ir_measures.util.RunConverter(ir_measures.read_trec_run(str(run_path))).as_dict_of_dict()
    ours = passerine(binary, str(qrels_path), str(run_path))
    differences, compared = [], 0

    def check(name, query, expected):
        nonlocal compared
        compared += 1
        actual = ours["measures"].get(name) if query is None else ours["per_query"].get(query, {}).get(name)
        if actual is None or abs(actual - expected) > TOLERANCE:
            differences.append(f"  {name} {query or 'mean'}: expected {expected:.6f}, got {actual}")

    for name, by_query in reference(qrels, run).items():
        for query, value in by_query.items():
            check(name, query, value)
        check(name, None, sum(by_query.values()) / len(by_query))
    for level, names in ((1, TREC_NAMES), (2, TREC_NAMES_REL2)):
        # pytrec_eval reads parameters after a dot: "P.5,10".
        wanted = {n if not n.rsplit("_", 1)[-1].isdigit() else ".".join(n.rsplit("_", 1)) for n in names.values()}
        evaluator = pytrec_eval.RelevanceEvaluator(qrels, wanted, relevance_level=level)
        for query, by_name in evaluator.evaluate(run).items():
            for name, trec_name in names.items():
                check(name, query, by_name[trec_name])
    print(f"{label}: {compared} values, {len(differences)} differ")
    for line in differences[:20]:
        print(line)
    return not differences


def made_up(folder, seed):
    """A run and qrels with everything in them that tools disagree about."""
    chance = random.Random(seed)
    qrels_path, run_path = folder / f"made-up-{seed}.qrels", folder / f"made-up-{seed}.run"
    with open(qrels_path, "w") as qrels, open(run_path, "w") as run:
        for number in range(30):
            query = f"q{number}"
            docnos = [f"{chance.choice(['d', 'D', 'é', ''])}{n}" for n in chance.sample(range(1000, 9999), 80)]
            if number % 10 != 7:  # q7, q17, q27 have no judgements
                grades = [0] if number % 10 == 5 else [-1, 0, 0, 1, 2, 3]  # q5 ...: nothing relevant
                for docno in chance.sample(docnos, chance.randrange(1, 60)):
                    qrels.write(f"{query} 0 {docno} {chance.choice(grades)}\n")
            if number % 10 == 3:  # q3, q13, q23 have no results
                continue
            for docno in chance.sample(docnos, chance.randrange(1, 70)):
                # Few distinct scores, some apart by less than a 32-bit float can tell.
                score = chance.randrange(12) + chance.choice([0, 0, 1e-9, 1e-6])
                run.write(f"{query} Q0 {docno} 1 {score!r} made-up\n")
    return qrels_path, run_path


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    binary = sys.argv[1]
    agree = True
    for folder in sys.argv[2:]:
        for run_path in sorted(pathlib.Path(folder).rglob("*.run")):
            qrels_path = run_path.parent / "qrels.txt"
            if qrels_path.exists():
                agree &= compare(binary, qrels_path, run_path, f"{run_path.parent.name}/{run_path.name}")
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(5):
            qrels_path, run_path = made_up(pathlib.Path(folder), seed)
            agree &= compare(binary, qrels_path, run_path, f"made up, seed {seed}")
    print("all agree" if agree else "there are differences")
    sys.exit(0 if agree else 1)


if __name__ == "__main__":
    main()
