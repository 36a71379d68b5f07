#!/usr/bin/env python3
"""Times the best 10, 100 and 1000 passages by BM25: passerine, tantivy, bm25s and FTS5's own ranking, one thread each.

    python bench.py BINARY [--passages 1000000] [--collections FILE...] [--queries FILE] [--make-corpus FILE] [--work DIR]
                           [--resume] [--without ENGINE...]

A corpus of that many passages is made from real collections, indexed once by each engine, and asked 1,000 fixed queries
of MS MARCO's dev set in rounds, the engines taking turns. A query's time is its median over the rounds, so that what else
the machine does weighs little; the percentiles are over the queries. Then passerine's answers are compared with scoring
every matching passage. The last line is one JSON object. With --resume what an interrupted run has made in its work folder
is used: the corpus, and the indexes of the engines that had come to their end.
"""
import argparse
import gzip
import importlib.metadata
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from machine import processor

LIMITS = (10, 100, 1000)
PEERS = ("tantivy", "bm25s", "fts5")
HERE = pathlib.Path(__file__).resolve().parent
SHARED = HERE.parent.parent.parent / "shared"


def arguments():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("binary", type=os.path.abspath)
    options.add_argument("--passages", type=int, default=1_000_000)
    options.add_argument("--collections", nargs="+", default=sorted(map(str, SHARED.glob("data/msmarco-*/collection.tsv.gz"))),
                         help="id<TAB>text, plain or .gz, that the corpus is made from")
    options.add_argument("--queries", default=SHARED / "data/msmarco-dev-queries.tsv.gz", help="id<TAB>text, plain or .gz")
    options.add_argument("--make-corpus", default=SHARED / "tools/make-corpus.py",
                         help="called with --passages N and the collections, writes id<TAB>text")
    options.add_argument("--work", type=pathlib.Path, default=HERE.parent.parent / ".build/bench-bm25")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--slow-queries", type=int, default=20, help="queries that FTS5's own ranking is asked")
    options.add_argument("--exact-queries", type=int, default=1000, help="queries compared with scoring everything")
    options.add_argument("--resume", action="store_true", help="go on with what an interrupted run has made")
    options.add_argument("--without", nargs="*", default=[], choices=PEERS)
    options = options.parse_args()
    for path in [*options.collections, options.queries, options.make_corpus]:
        if not os.path.exists(path):
            sys.exit(f"{path} is not there: name your own files with --collections, --queries and --make-corpus")
    if not options.collections:
        sys.exit("no collection is there: name files of id<TAB>text with --collections, and --queries")
    return options


def run(command, **keywords):
    """Runs a command; returns its output, seconds, and peak memory in MB."""
    start = time.perf_counter()
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True, **keywords)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command[0]} ended with status {process.returncode}")
    return output, time.perf_counter() - start, usage.ru_maxrss / 1024


def size(path):
    return sum(file.stat().st_size for file in pathlib.Path(path).rglob("*") if file.is_file())


class Peer:
    """A peer's process, which answers rounds of queries."""

    def __init__(self, engine, folder, queries):
        command = [sys.executable, HERE / "peers.py", "serve", engine, folder, queries]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})

    def times(self, k):
        self.process.stdin.write(f"{k}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self):
        """Ends it; returns its peak memory in MB."""
        self.process.stdin.close()
        usage = os.wait4(self.process.pid, 0)[2]
        self.process.returncode = 0
        return usage.ru_maxrss / 1024


def build_ours(options, corpus):
    indexes = options.work / "indexes"
    shutil.rmtree(indexes, ignore_errors=True)
    _, seconds, memory = run([options.binary, "index", "--lexical-only", "--indexes", indexes, "--index", "bench", corpus],
                             stderr=subprocess.DEVNULL)
    output, more, _ = run([options.binary, "bench", "postings", "--indexes", indexes, "--index", "bench"])
    postings = json.loads(output)
    folder = indexes / "bench"
    return {
        "build_s": seconds + more, "build_MB": memory, "bytes": size(folder), "index_s": seconds, "postings_s": more,
        "postings_bytes": postings["bytes"], "catalogue_bytes": (folder / "catalogue.sqlite").stat().st_size,
        "postings": postings["postings"], "terms": postings["terms"], "passages_per_s": options.passages / seconds,
    }


def build_peer(options, corpus, engine):
    shutil.rmtree(options.work / engine, ignore_errors=True)
    _, seconds, memory = run([sys.executable, HERE / "peers.py", "build", engine, corpus, options.work / engine])
    return {"build_s": seconds, "build_MB": memory, "bytes": size(options.work / engine)}


def build(options, corpus):
    """Indexes the corpus by each engine that has not done so yet; returns figures by engine."""
    done = options.work / "built.json"
    figures = json.loads(done.read_text()) if done.exists() else {}
    for engine in ("passerine", *PEERS):
        if engine in figures or engine in options.without:
            continue
        figures[engine] = build_ours(options, corpus) if engine == "passerine" else build_peer(options, corpus, engine)
        print(f"{engine} has indexed the corpus: {figures[engine]}", file=sys.stderr)
        done.write_text(json.dumps(figures))
    return {engine: values for engine, values in figures.items() if engine not in options.without}


def ours(options, queries, k, *more):
    """Milliseconds a query after a round to warm up, and peak memory in MB."""
    output, _, memory = run([options.binary, "bench", "bm25", "--indexes", options.work / "indexes", "--index", "bench",
                             "--queries", queries, "--k", k, *more])
    result = json.loads(output)
    if result["postings"] != "ready":
        sys.exit(f"the postings are {result['postings']}")
    return result["milliseconds"], memory


def percentiles(rounds):
    times = sorted(statistics.median(times) for times in zip(*rounds))
    return {f"p{p}": times[min(len(times) - 1, len(times) * p // 100)] for p in (50, 90, 99)}


def measure(options, queries, figures):
    peers = {engine: Peer(engine, options.work / engine, queries) for engine in ("tantivy", "bm25s") if engine in figures}
    for k in LIMITS:
        rounds = {engine: [] for engine in ["passerine", *peers]}
        for number in range(options.rounds + 1):
            for engine in rounds:
                if engine == "passerine":
                    # Each of its rounds is a process of its own, so each warms up by itself.
                    times, memory = ours(options, queries, k, "--rounds", 2)
                    times = times[len(times) // 2:]
                    figures[engine]["memory_MB"] = max(memory, figures[engine].get("memory_MB", 0))
                else:
                    times = peers[engine].times(k)
                if number:
                    rounds[engine].append(times)
        for engine in rounds:
            figures[engine][f"k={k}"] = percentiles(rounds[engine])
    for engine, peer in peers.items():
        figures[engine]["memory_MB"] = peer.end()
    if "fts5" in figures:
        few = options.work / "few-queries.tsv"
        few.write_text("".join(open(queries).readlines()[:options.slow_queries]))
        peer = Peer("fts5", options.work / "fts5", few)
        for k in LIMITS:
            figures["fts5"][f"k={k}"] = percentiles([peer.times(k)])
        figures["fts5"]["memory_MB"] = peer.end()


def differing(options, queries):
    """Queries whose best 1000 are not exactly those of scoring every passage."""
    some = options.work / "exact-queries.tsv"
    some.write_text("".join(open(queries).readlines()[:options.exact_queries]))
    found = {}
    for name, more in (("pruned", []), ("exhaustive", ["--exhaustive"])):
        path = options.work / f"{name}.txt"
        ours(options, some, 1000, "--output", path, *more)
        found[name] = path.read_text().splitlines()
    queries_of = {line.split("\t")[0] for line in set(found["pruned"]) ^ set(found["exhaustive"])}
    return len(queries_of) if found["pruned"] != found["exhaustive"] else 0


def show(figures):
    names = ["k=10 p50", "p90", "p99", "k=100 p50", "p90", "p99", "k=1000 p50", "p90", "p99", "build s", "MB disk", "MB peak"]
    print("| engine | " + " | ".join(names) + " |")
    print("|---|" + "---|" * len(names))
    for engine, values in figures.items():
        cells = [f"{values[f'k={k}'][p]:.2f}" for k in LIMITS for p in ("p50", "p90", "p99")]
        cells += [f"{values['build_s']:.0f}", f"{values['bytes'] / 1e6:.0f}", f"{values['memory_MB']:.0f}"]
        print(f"| {engine} | " + " | ".join(cells) + " |")


def main():
    options = arguments()
    if not options.resume:
        shutil.rmtree(options.work, ignore_errors=True)
    options.work.mkdir(parents=True, exist_ok=True)
    corpus, queries = options.work / f"corpus-{options.passages}.tsv", options.work / "queries.tsv"
    if not corpus.exists():
        unfinished = corpus.with_suffix(".new")
        with open(unfinished, "w") as out:
            command = [sys.executable, str(options.make_corpus), "--passages", str(options.passages), *options.collections]
            subprocess.run(command, stdout=out, check=True)
        unfinished.rename(corpus)
    opened = gzip.open if str(options.queries).endswith(".gz") else open
    with opened(options.queries, "rt", encoding="utf-8") as lines:
        all_queries = lines.read().splitlines()
    random.Random(13).shuffle(all_queries)
    queries.write_text("\n".join(all_queries[:1000]) + "\n")

    figures = build(options, corpus)
    measure(options, queries, figures)
    different = differing(options, queries)
    show(figures)
    print(f"{different} of {options.exact_queries} queries differ from scoring every passage")

    ratios = {}
    if "tantivy" in figures:
        for k in LIMITS:
            for p in ("p50", "p99"):
                ratios[f"k{k}_{p}_to_tantivy"] = figures["passerine"][f"k={k}"][p] / figures["tantivy"][f"k={k}"][p]
    if "bm25s" in figures:
        ratios["memory_to_bm25s"] = figures["passerine"]["memory_MB"] / figures["bm25s"]["memory_MB"]
    short = [name for name, ratio in ratios.items() if ratio > (0.25 if name == "memory_to_bm25s" else 1)]
    if different:
        short.append("exactness")
    versions = {name: importlib.metadata.version(name) for name in ("tantivy", "bm25s", "numba", "numpy")}
    print(json.dumps({
        "benchmark": "bm25", "machine": f"{processor()}, {os.cpu_count()} cores", "versions": versions,
        "passages": options.passages, "ratios": ratios, "figures": figures, "differing_queries": different, "short": short}))


main()
