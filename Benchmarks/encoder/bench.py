#!/usr/bin/env python3
"""Times Passerine's encoder against PyTorch, onnxruntime, OpenVINO and CTranslate2 with the same weights and passages.

    bench.py PASSERINE --passages TSV_OR_GZ --count 5000 --rounds 3

Every engine runs in a process of its own, on --threads threads, with the batch size that it is fastest at. They are all
started first and then take turns of a second or so, since what else runs on a shared machine changes its speed from
minute to minute: a round's ratios compare the same minutes. What counts are the medians of the rounds, and of their
ratios. What the machine can do at most is measured in every round (peak.c), and the products' share of it said. Where
../shared is absent, name another collection of lines `id<TAB>text` by --passages. OPENBLAS_CORETYPE and the like are
taken out of the environment: they would slow peers down.
"""
import argparse
import gzip
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
import machine  # noqa: E402

OURS = ["passerine-fp32", "passerine-int8", "passerine-bf16", "passerine-int4"]
PEERS = [
    "onnxruntime-fp32", "onnxruntime-int8-tensor", "onnxruntime-int8-plain", "pytorch-fp32", "pytorch-bf16",
    "openvino-fp32", "ctranslate2-fp32", "ctranslate2-int8",
]
# Passages, queries and batches of pairs of a turn.
TURN = {"passages": 125, "queries": 20, "pairs": 1}
# Threads of an engine that wait for more work in a loop have given up after so many seconds.
PAUSE = 0.25


def environment():
    return {k: v for k, v in os.environ.items() if not k.startswith(("OPENBLAS_", "OMP_", "MKL_", "PASSERINE_"))}


def plain(path, work):
    """The passages as plain lines."""
    if path.suffix != ".gz":
        return path
    target = work / path.name.removesuffix(".gz")
    with gzip.open(path, "rb") as packed, open(target, "wb") as out:
        out.write(packed.read())
    return target


class Engine:
    """A process that times what it is asked to."""

    def __init__(self, name, options, passages):
        self.name = name
        common = [str(passages), "--count", str(options.count), "--threads", str(options.threads)]
        if name in OURS:
            command = [options.passerine, "bench", "encoder", "--turns", "--models", options.model, "--precision",
                       name.split("-")[1], "--passages", *common]
        else:
            command = [sys.executable, str(HERE / "peers.py"), name, options.model, str(options.work), *common]
        self.errors = open(options.work / f"{name}.err", "w+")
        self.process = subprocess.Popen(
            command, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True)
        self.facts = self.answer()

    def answer(self):
        """The next line of JSON; what it says besides and is not JSON goes by. None once the process has ended."""
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        self.process.wait()
        self.errors.seek(0)
        print(f"{self.name}: {self.errors.read().strip().splitlines()[-1:]}", file=sys.stderr)
        return None

    def ask(self, kind, first, second):
        time.sleep(PAUSE)
        self.process.stdin.write(f"{kind} {first} {second}\n")
        self.process.stdin.flush()
        answer = self.answer()
        if answer is None:
            sys.exit(f"{self.name} ended while {kind} were timed; {self.errors.name} tells more")
        self.facts["peak_bytes"] = answer["peak_bytes"]
        return answer

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def percentile(times, part):
    return sorted(times)[min(len(times) - 1, int(part * len(times)))] if times else None


def measure(engines, options, number):
    """One round: every engine's figures."""
    done = {engine.name: {"passages": 0, "seconds": 0, "queries": [], "pairs": []} for engine in engines}
    turns = []
    parts = max(1, options.count // TURN["passages"])
    turns += [("passages", part, parts) for part in range(parts)]
    for kind, count in (("queries", options.queries), ("pairs", options.batches)):
        size = TURN[kind]
        turns += [(kind, first, min(size, count - first)) for first in range(0, count, size)]
    for turn, (kind, first, second) in enumerate(turns):
        # Nobody always follows the same engine.
        shift = (turn + number) % len(engines)
        for engine in engines[shift:] + engines[:shift]:
            answer = engine.ask(kind, first, second)
            if kind == "passages":
                done[engine.name]["passages"] += answer["passages"]
                done[engine.name]["seconds"] += answer["seconds"]
            else:
                done[engine.name][kind] += answer["milliseconds"]
    results = {}
    for engine in engines:
        mine = done[engine.name]
        results[engine.name] = {
            "passages_per_second": mine["passages"] / mine["seconds"],
            **{f"{key}.p{part}": percentile(mine[kind], part / 100)
               for kind, key in (("queries", "query_ms"), ("pairs", "pairs_ms")) for part in (50, 99)},
            "peak_bytes": engine.facts["peak_bytes"],
        }
        print(json.dumps({"round": number + 1, "engine": engine.name, **results[engine.name]}), file=sys.stderr)
    return results


KEYS = ["passages_per_second", "query_ms.p50", "query_ms.p99", "pairs_ms.p50", "pairs_ms.p99", "peak_bytes"]


def ratio(key, ours, peer):
    """How many times better ours is."""
    return ours / peer if key == "passages_per_second" else peer / ours


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("passerine")
    parser.add_argument("--model", default="models/passerine-small/encoder")
    parser.add_argument("--passages", type=pathlib.Path, default=pathlib.Path("../shared/data/msmarco-dl19/collection.tsv.gz"))
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--batches", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--engines", default=",".join(OURS + PEERS))
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path(".build/bench-encoder"))
    options = parser.parse_args()
    if not options.passages.exists():
        sys.exit(f"{options.passages} is not there; name a file of lines id<TAB>text by --passages")
    options.work.mkdir(parents=True, exist_ok=True)
    passages = plain(options.passages, options.work)
    # The most that one core and all threads do: {"fp32": [one, all], …} in operations or bytes a second.
    program = options.work / "peak"
    subprocess.run(["cc", "-O2", "-pthread", str(HERE / "peak.c"), "-o", str(program)], check=True)
    engines = []
    for name in options.engines.split(","):
        engine = Engine(name, options, passages)
        if engine.facts:
            print(json.dumps({"engine": name, **engine.facts}), file=sys.stderr)
            engines.append(engine)
    rounds, peak, products = [], [], {}
    for number in range(options.rounds):
        done = subprocess.run([str(program), str(options.threads)], check=True, stdout=subprocess.PIPE, text=True)
        peak.append(json.loads(done.stdout))
        for engine in engines:
            if engine.name in OURS:
                rate = engine.ask("products", 0, 1)["operations_per_second"]
                products[engine.name] = max(rate, products.get(engine.name, 0))
        rounds.append(measure(engines, options, number))
    for engine in engines:
        engine.close()
    figures = {
        engine.name: {key: statistics.median(r[engine.name][key] for r in rounds) for key in KEYS} for engine in engines
    }
    ratios, short = {}, []

    def state(label, quotient, wanted):
        ratios[label] = round(quotient, 3)
        if ratios[label] < wanted:
            short.append(f"{label} is {ratios[label]} where {wanted} is asked")

    peers = [engine.name for engine in engines if engine.name in PEERS]

    def compare(label, ours, rivals, key, wanted):
        quotients = []
        for results in rounds:
            found = [results[p][key] for p in rivals]
            if ours in results and found:
                best = max(found) if key == "passages_per_second" else min(found)
                quotients.append(ratio(key, results[ours][key], best))
        if not quotients:
            return
        state(label, statistics.median(quotients), wanted)

    # The best round on both sides: what else runs on the machine takes from either.
    figures["peak"] = {key: [max(p[key][i] for p in peak) for i in (0, 1)] for key in peak[0]}
    for name, wanted in (("fp32", 0.75), ("int8", 0.5), ("bf16", 0)):
        if f"passerine-{name}" in products and name in figures["peak"]:
            state(f"{name} products to this core's peak", products[f"passerine-{name}"] / figures["peak"][name][0], wanted)

    narrow = [name for name in peers if name.endswith("fp32")]
    for key, word in [("passages_per_second", "passages/s"), ("query_ms.p50", "query latency"), ("pairs_ms.p50", "100 pairs")]:
        wanted = (1.2, 1.5) if word != "100 pairs" else (0, 0)
        compare(f"fp32 {word} to the best fp32 peer", "passerine-fp32", narrow, key, wanted[0])
        compare(f"int8 {word} to the best peer of any precision", "passerine-int8", peers, key, wanted[1])
    print(json.dumps({
        "benchmark": "encoder", "machine": machine.processor(), "ratios": ratios, "figures": figures, "short": short}))


if __name__ == "__main__":
    main()
