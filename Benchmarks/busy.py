#!/usr/bin/env python3
"""What a search takes beside other programs that keep every processor busy, against the same search alone.

    busy.py PASSERINE COLLECTION [--work DIR] [--rounds 5]

COLLECTION is a folder with collection.tsv[.gz], queries.tsv and qrels.txt. Rounds alone and beside take turns; one query
at a time, through the default pipeline. The last line is JSON: medians over the rounds of the mean, milliseconds.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import machine  # noqa: E402


def search(options, busy):
    """Mean and 95th percentile of a query's time, beside so many programs that never wait."""
    data, beside = options.collection, []
    try:
        for _ in range(busy):
            beside.append(subprocess.Popen([sys.executable, "-c", "while True: pass"]))
        report = subprocess.run(
            [options.passerine, "evaluate", "--indexes", options.work, "--index", "busy", "--queries", data / "queries.tsv",
             "--qrels", data / "qrels.txt", "--measures", "nDCG@10", "--json"], check=True, capture_output=True, text=True)
    finally:
        for process in beside:
            process.kill()
            process.wait()
    total = json.loads(report.stdout)["milliseconds"]["total"]
    return total["mean"], total["p95"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("passerine", type=pathlib.Path)
    parser.add_argument("collection", type=pathlib.Path)
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path(".build/busy"))
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if not (options.work / "busy").exists():
        subprocess.run([options.passerine, "index", "--indexes", options.work, "--index", "busy",
                        *options.collection.glob("collection.tsv*")], check=True, stdout=sys.stderr)
    processors, found = len(os.sched_getaffinity(0)), {"alone": [], "beside": []}
    for _ in range(options.rounds):
        for name, busy in (("alone", 0), ("beside", processors)):
            found[name].append(search(options, busy))
            print(f"{name}: mean {found[name][-1][0]:.2f} ms, p95 {found[name][-1][1]:.2f} ms", flush=True)
    median = {name: [statistics.median(values) for values in zip(*rounds)] for name, rounds in found.items()}
    print(json.dumps({
        "benchmark": "busy", "machine": machine.processor(),
        "ratios": {"mean beside / alone": round(median["beside"][0] / median["alone"][0], 2)},
        "figures": {f"{name} {kind} ms": round(value, 2) for name, both in median.items() for kind, value in zip(("mean", "p95"), both)},
        "processors": processors, "rounds": options.rounds, "short": []}))


if __name__ == "__main__":
    main()
