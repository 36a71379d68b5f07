#!/usr/bin/env python3
"""Puts the figures that quality.sh measured into a Markdown file, between its `quality` markers.

    python3 Benchmarks/quality_table.py RESULTS_DIR docs/benchmarks.md
"""
import json
import pathlib
import platform
import re
import sys

BEGIN, END = "<!-- quality: begin -->", "<!-- quality: end -->"
PIPELINES = ["bm25", "bm25+tildev2", "bm25+colbert", "bm25+colbert+feedback", "bm25+tildev2+colbert", "mixed", "shares", "standard"]
RERANKINGS = ["bm25-top100", "tildev2", "colbert", "colbert+feedback", "tildev2+colbert", "tildev2+colbert+feedback", "mixed", "shares",
              "standard"]
STAGES = ["bm25", "tildev2", "colbert", "feedback"]
COLLECTIONS = {
    "msmarco-dl19": ("TREC DL 2019, small pool", "43 queries, 14,581 passages: the top 100 of six public runs. Retrieval "
                     "from so small a pool is not comparable with retrieval from all 8.8 million passages; re-ranking "
                     "a given top 100 (the table below) is."),
    "msmarco-mini": ("MS MARCO dev, small pool", "2,469 queries, 46,989 passages, few of them about the query's subject: "
                     "far easier than dev.small, so not comparable with published figures; lexical overlap is "
                     "favoured. Good for comparing two versions of passerine."),
    "nfcorpus": ("NFCorpus, filtered", "323 queries, 3,395 of 3,633 abstracts, in the authors' filtered form (lower "
                 "case, no stop words or punctuation), which puts neural models at a disadvantage. Not comparable with "
                 "BEIR, which has the raw texts."),
    "cranfield": ("Cranfield", "225 queries, 1,398 abstracts, judgements folded to relevant or not. Comparable only "
                  "with figures that do the same over all 225 queries."),
    "cisi": ("CISI", "76 judged queries (the longer ones are whole abstracts), 1,460 abstracts. Comparable with figures "
             "over the same 76."),
    "cacm": ("CACM", "52 judged queries, 3,204 records of title and abstract alone. Slightly different from figures "
             "that index authors, dates and key words too."),
}


def load(path):
    return json.loads(path.read_text()) if path.exists() else None


def measure(report, name):
    """A measure by its name without the relevance threshold; a dash where it was not measured."""
    for key, value in report.get("measures", {}).items():
        if re.sub(r"\(rel=\d+\)", "", key) == name:
            return f"{value:.4f}"
    return "–"


def milliseconds(report, stage):
    times = (report.get("milliseconds") or {}).get(stage)
    if times is None:
        return ""
    if not isinstance(times, dict):
        return f"{times:.1f}"
    return f"{times['mean']:.1f} ({times['p95']:.1f})" if "p95" in times else f"{times['mean']:.1f}"


def machine():
    names = re.findall(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    return f"{names[0] if names else platform.machine()}, {len(names) or '?'} logical cores"


def precision(results):
    """What the indexes were encoded in."""
    for path in results.glob("indexes/quality-*/index.json"):
        return (load(path).get("colbert") or {}).get("precision", "fp32")
    return "fp32"


def label(name, report):
    """The stages that a report's run names, each with its weight: `bm25 → 0.5 tildev2`."""
    stages = []
    for stage in report["run"].split(","):
        method, *rest = stage.split(":")
        stages.append(f"{rest[2]} {method}" if len(rest) > 2 else method)
    return ("the default: " if name == "standard" else "") + " → ".join(stages)


def retrieval_rows(results):
    for folder, (title, _) in COLLECTIONS.items():
        for pipeline in PIPELINES:
            report = load(results / f"{folder}.{pipeline}.json")
            if report:
                yield [title, label(pipeline, report), *(measure(report, m) for m in ("nDCG@10", "RR@10", "R@1000")),
                       *(milliseconds(report, stage) for stage in STAGES)]
                title = ""


def reranking_rows(results):
    for name in RERANKINGS:
        report = load(results / f"msmarco-dl19.rerank.{name}.json")
        if report:
            yield ["as given" if name == "bm25-top100" else label(name, report), measure(report, "nDCG@10"), measure(report, "RR@10")]


def table(head, rows):
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *("| " + " | ".join(row) + " |" for row in rows)]


def section(results):
    lines = [f"Measured by `make quality DATA=…` on {machine()}, in {precision(results)}. A number before a stage is the weight "
             "of its scores against those before it, both scaled to 0…1; elsewhere a stage's scores stand alone.",
             "", "### Retrieval", ""]
    lines += table(["collection", "pipeline", "nDCG@10", "RR@10", "R@1000", "BM25 ms", "TILDEv2 ms", "ColBERT ms",
                    "feedback ms"],
                   retrieval_rows(results))
    lines += ["", "Milliseconds a query and stage, one query at a time: mean, in brackets the 95th percentile. DL 2019's RR and R "
              "count grades of 2 and more as relevant.", ""]
    lines += [f"- **{title}.** {facts}" for folder, (title, facts) in COLLECTIONS.items()
              if (results / f"{folder}.bm25.json").exists()]
    rows = list(reranking_rows(results))
    if rows:
        lines += ["", "### Re-ranking the BM25 top 100 of TREC DL 2019", "",
                  "43 queries; comparable with published re-rankings of the same 100 candidates. TILDEv2 keeps 50 where another stage "
                  "follows.", ""]
        lines += table(["stages", "nDCG@10", "RR(rel=2)@10"], rows)
    return "\n".join(lines)


def main():
    results, page = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    text = page.read_text()
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        sys.exit(f"{page}: needs the lines {BEGIN} and {END} once each")
    before, rest = text.split(BEGIN)
    page.write_text(f"{before}{BEGIN}\n{section(results)}\n{END}{rest.split(END)[1]}")


if __name__ == "__main__":
    main()
