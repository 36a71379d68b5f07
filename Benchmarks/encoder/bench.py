#!/usr/bin/env python3
"""Times Passerine's encoder against PyTorch, onnxruntime, OpenVINO and CTranslate2 with the same weights and passages.

    bench.py PASSERINE --passages TSV_OR_GZ --count 5000 --rounds 3

Every engine runs in a process of its own, on --threads threads, with the batch size that it is fastest at; engines take
turns, and what counts are the medians of the rounds and of the rounds' ratios. What the machine can do at most is measured
in every round (peak.c), and the products' share of it said. Where ../shared is absent, name another
collection of lines `id<TAB>text` by --passages. OPENBLAS_CORETYPE and the like are taken out of the environment: they
would slow peers down.
"""
import argparse
import gzip
import json
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
import machine  # noqa: E402

OURS = ["passerine-fp32", "passerine-int8", "passerine-bf16", "passerine-int4"]
PEERS = [
    "onnxruntime-fp32", "onnxruntime-int8-tensor", "onnxruntime-int8-plain", "pytorch-fp32", "pytorch-bf16",
    "openvino-fp32", "ctranslate2-fp32", "ctranslate2-int8",
]


def run(command):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("OPENBLAS_", "OMP_", "MKL_", "PASSERINE_"))}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        print(f"{command[0]}: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return None
    return json.loads(done.stdout.strip().splitlines()[-1])


def plain(path, work):
    """The passages as plain lines."""
    if path.suffix != ".gz":
        return path
    target = work / path.name.removesuffix(".gz")
    with gzip.open(path, "rb") as packed, open(target, "wb") as out:
        out.write(packed.read())
    return target


def measure(name, options, passages, batches):
    common = [str(passages), "--count", str(options.count)]
    if name in OURS:
        command = [options.passerine, "bench", "encoder", "--models", options.model, "--precision", name.split("-")[1],
                   "--passages", *common]
    else:
        command = [sys.executable, str(HERE / "peers.py"), name, options.model, str(options.work), *common]
        if name in batches:
            command += ["--batch", str(batches[name])]
    result = run(command + ["--threads", str(options.threads), "--queries", "200", "--batches", str(options.batches)])
    if result and "batch" in result:
        batches[name] = result["batch"]
    return result


def value(result, key):
    part, _, percentile = key.partition(".")
    found = result.get(part)
    return found[percentile] if percentile and found else found


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
    parser.add_argument("--batches", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--engines", default=",".join(OURS + PEERS))
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path(".build/bench-encoder"))
    options = parser.parse_args()
    if not options.passages.exists():
        sys.exit(f"{options.passages} is not there; name a file of lines id<TAB>text by --passages")
    options.work.mkdir(parents=True, exist_ok=True)
    passages = plain(options.passages, options.work)
    engines = options.engines.split(",")
    rounds, batches, peak = [], {}, []
    # The most that one core and all threads do: {"fp32": [one, all], …} in operations or bytes a second.
    program = options.work / "peak"
    subprocess.run(["cc", "-O2", "-pthread", str(HERE / "peak.c"), "-o", str(program)], check=True)
    for number in range(options.rounds):
        results = {}
        peak.append(run([str(program), str(options.threads)]))
        for name in engines:
            result = measure(name, options, passages, batches)
            if result:
                results[name] = result
                print(json.dumps({"round": number + 1, "engine": name, **{k: value(result, k) for k in KEYS}}), file=sys.stderr)
        rounds.append(results)
    figures = {
        name: {key: statistics.median(value(r[name], key) for r in rounds if name in r) for key in KEYS}
        for name in engines if any(name in r for r in rounds)
    }
    ratios, short = {}, []

    def state(label, quotient, wanted):
        ratios[label] = round(quotient, 3)
        if ratios[label] < wanted:
            short.append(f"{label} is {ratios[label]} where {wanted} is asked")

    peers = [name for name in engines if name in PEERS]

    def compare(label, ours, rivals, key, wanted):
        quotients = []
        for results in rounds:
            found = [value(results[p], key) for p in rivals if p in results]
            if ours in results and found:
                best = max(found) if key == "passages_per_second" else min(found)
                quotients.append(ratio(key, value(results[ours], key), best))
        if not quotients:
            return
        state(label, statistics.median(quotients), wanted)

    # The best round on both sides: what else runs on the machine takes from either.
    figures["peak"] = {key: [max(p[key][i] for p in peak) for i in (0, 1)] for key in peak[0]}
    for name, wanted in (("fp32", 0.75), ("int8", 0.5), ("bf16", 0)):
        found = [r[f"passerine-{name}"]["product_operations_per_second"] for r in rounds if f"passerine-{name}" in r]
        if found and name in figures["peak"]:
            state(f"{name} products to this core's peak", max(found) / figures["peak"][name][0], wanted)

    narrow = [name for name in peers if name.endswith("fp32")]
    for key, word in [("passages_per_second", "passages/s"), ("query_ms.p50", "query latency"), ("pairs_ms.p50", "100 pairs")]:
        wanted = (1.2, 1.5) if word != "100 pairs" else (0, 0)
        compare(f"fp32 {word} to the best fp32 peer", "passerine-fp32", narrow, key, wanted[0])
        compare(f"int8 {word} to the best peer of any precision", "passerine-int8", peers, key, wanted[1])
    print(json.dumps({
        "benchmark": "encoder", "machine": machine.processor(), "ratios": ratios, "figures": figures, "short": short}))


if __name__ == "__main__":
    main()
