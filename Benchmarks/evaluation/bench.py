#!/usr/bin/env python3
"""Times `passerine evaluate` on a run of MS MARCO's size (6,980 queries x 1,000 hits) against ir_measures.

    python bench.py BINARY [--queries 6980] [--hits 1000] [--repeats 5]

The run is made up, seeded, 185 MB of text, in the form that trec_eval reads. Both sides read the same files from disk
and compute the same measures; each repeat runs both, one after the other, and the medians are compared. Needs
ir_measures and pytrec_eval-terrier. The last line is one JSON object.
"""
import argparse
import importlib.metadata
import json
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from machine import processor

MEASURES = "nDCG@10 RR@10 AP R@50 R@100 R@200 R@1000"
SECONDS_ALLOWED = 2.0
PEER = """
import sys, ir_measures
measures = [ir_measures.parse_measure(name) for name in sys.argv[3:]]
qrels = list(ir_measures.read_trec_qrels(sys.argv[2]))
values = ir_measures.calc_aggregate(measures, qrels, ir_measures.read_trec_run(sys.argv[1]))
print({str(measure): value for measure, value in values.items()})
"""


def make(folder, queries, hits):
    """Writes a run and qrels; every query has one or two relevant passages, three quarters of them found."""
    generator = random.Random(7)
    run, qrels = folder / "run.trec", folder / "qrels.txt"
    with open(run, "w") as out, open(qrels, "w") as judgements:
        for query in range(queries):
            passages = generator.sample(range(8_841_823), hits)
            score = 30.0
            lines = []
            for rank, passage in enumerate(passages, 1):
                score -= generator.random() * 0.02
                lines.append(f"{query} Q0 {passage} {rank} {score:.6f} made-up\n")
            out.write("".join(lines))
            relevant = set()
            for _ in range(generator.choice((1, 1, 1, 2))):
                found = generator.random() < 0.75
                relevant.add(passages[int(generator.expovariate(0.05)) % hits] if found else 9_000_000 + query)
            judgements.write("".join(f"{query} 0 {passage} 1\n" for passage in sorted(relevant)))
    return run, qrels


def timed(command):
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{command[0]} failed: {done.stderr}")
    return time.perf_counter() - start, done.stdout


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("binary")
    options.add_argument("--queries", type=int, default=6980)
    options.add_argument("--hits", type=int, default=1000)
    options.add_argument("--repeats", type=int, default=5)
    options = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        run, qrels = make(pathlib.Path(name), options.queries, options.hits)
        ours = [options.binary, "evaluate", "--run", str(run), "--qrels", str(qrels), "--measures", MEASURES, "--json"]
        peer = [sys.executable, "-c", PEER, str(run), str(qrels), *MEASURES.split()]
        times = {"passerine": [], "ir_measures": []}
        for repeat in range(options.repeats):
            seconds, output = timed(ours)
            times["passerine"].append(seconds)
            measures = json.loads(output)["measures"]
            if repeat < 2:  # it takes a minute, and its figure hardly moves
                seconds, output = timed(peer)
                times["ir_measures"].append(seconds)
                theirs = eval(output)
                wrong = {n: (v, theirs[n]) for n, v in measures.items() if abs(v - theirs[n]) > 1e-4}
                if wrong:
                    sys.exit(f"the measures differ: {wrong}")
            print(f"repeat {repeat + 1}: " + ", ".join(f"{n} {t[-1]:.2f} s" for n, t in times.items()), flush=True)
    medians = {name: statistics.median(values) for name, values in times.items()}
    short = []
    if medians["passerine"] > SECONDS_ALLOWED:
        short.append(f"{options.queries} x {options.hits} took {medians['passerine']:.2f} s, over {SECONDS_ALLOWED} s")
    print(json.dumps({
        "benchmark": "evaluation", "machine": processor(),
        "ratios": {"ir_measures/passerine": round(medians["ir_measures"] / medians["passerine"], 1)},
        "figures": {
            "passerine_s": round(medians["passerine"], 3), "ir_measures_s": round(medians["ir_measures"], 3),
            "passerine_fastest_s": round(min(times["passerine"]), 3), "queries": options.queries,
            "hits": options.hits, "ir_measures": importlib.metadata.version("ir_measures"),
        },
        "short": short,
    }))


main()
