#!/usr/bin/env python3
"""What narrow arithmetic in the encoder costs in nDCG@10, against floats, over the collections of a folder.

    precision.py PASSERINE DATA_DIR [COLLECTION...] --precisions int8 bf16 --codecs float16 int8 --work DIR

Every collection is indexed once for each precision and codec, and asked its queries through four pipelines. A difference
is that of one precision and of fp32 with the same codec: with vectors stored as float16 it is the encoder's own, with
int8 what rounds the stored vectors is drawn anew as well. Over all queries of all collections the mean difference has a
95 % interval by bootstrap. Indexes and answers that are there already are taken as they are. The last line is JSON.
"""
import argparse
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import machine  # noqa: E402

PIPELINES = {
    "bm25 → tildev2": "bm25:1000,tildev2:200",
    "bm25 → colbert": "bm25:1000,colbert:50",
    "bm25 → tildev2 → colbert": "bm25:1000,tildev2:200,colbert:50",
    # Whatever the program takes where none is named.
    "the default": None,
}
ALLOWED = 0.002


def run(command, precision):
    environment = {**os.environ, "PASSERINE_MODELS_PRECISION": precision}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


def measure(options, collection, precision, codec):
    """Each pipeline's nDCG@10 by query."""
    folder = options.work / codec / precision
    folder.mkdir(parents=True, exist_ok=True)
    data = options.data / collection
    common = ["--models", options.models, "--indexes", str(folder / "indexes"), "--index", collection]
    if not (folder / f"{collection}.indexed").exists():
        run([options.passerine, "index", *common, "--codec", codec, str(data / "collection.tsv.gz")], precision)
        (folder / f"{collection}.indexed").touch()
    results = {}
    for number, (name, pipeline) in enumerate(PIPELINES.items()):
        report = folder / f"{collection}.{number}.json"
        if not report.exists():
            found = run([options.passerine, "evaluate", *common, "--queries", str(data / "queries.tsv"),
                         "--qrels", str(data / "qrels.txt"), *(["--pipeline", pipeline] if pipeline else []), "--measures", "nDCG@10",
                         "--run", str(report.with_suffix(".run")), "--json", "--per-query"], precision)
            report.write_text(found)
        values = json.loads(report.read_text())["per_query"]
        results[name] = {query: measures["nDCG@10"] for query, measures in values.items()}
    return results


def interval(differences, samples=10_000):
    chance = random.Random(1)
    means = sorted(statistics.fmean(chance.choices(differences, k=len(differences))) for _ in range(samples))
    return [round(means[int(part * samples)], 5) for part in (0.025, 0.975)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("passerine")
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("collections", nargs="*",
                        default=["msmarco-dl19", "msmarco-mini", "nfcorpus", "cranfield", "cisi", "cacm"])
    parser.add_argument("--models", default="models/passerine-small/encoder")
    parser.add_argument("--precisions", nargs="+", default=["int8"])
    parser.add_argument("--codecs", nargs="+", default=["float16", "int8"])
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path(".build/precision"))
    options = parser.parse_args()
    figures, ratios, short = {}, {}, []
    for codec in options.codecs:
        for precision in options.precisions:
            label = f"{precision}, vectors in {codec}"
            pooled = {name: [] for name in PIPELINES}
            table = {}
            for collection in options.collections:
                exact = measure(options, collection, "fp32", codec)
                narrow = measure(options, collection, precision, codec)
                for name in PIPELINES:
                    differences = [narrow[name][query] - value for query, value in exact[name].items()]
                    pooled[name] += differences
                    mean = statistics.fmean(differences)
                    table.setdefault(collection, {})[name] = {
                        "fp32": round(statistics.fmean(exact[name].values()), 4), "difference": round(mean, 4)}
                    if name == "the default" and mean < -ALLOWED:
                        short.append(f"{label}: {collection} loses {-mean:.4f} where {ALLOWED} is asked")
                print(json.dumps({"form": label, "collection": collection, **table[collection]}, ensure_ascii=False),
                      file=sys.stderr)
            figures[label] = table
            ratios[label] = {
                name: {"queries": len(d), "mean": round(statistics.fmean(d), 5), "interval": interval(d)}
                for name, d in pooled.items()}
    print(json.dumps({"benchmark": "precision", "machine": machine.processor(), "ratios": ratios, "figures": figures,
                      "short": short}, ensure_ascii=False))


if __name__ == "__main__":
    main()
