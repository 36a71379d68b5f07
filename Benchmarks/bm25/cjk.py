"""make bench-cjk: known-item search in Chinese, Japanese and Korean by how text becomes terms.

A package's description in Debian has a line that says what it is and a longer text. The line is the query, the texts are
the passages, and the one text that belongs to the line is relevant. `cjk` and `plain` are passerine's analyses; `trigram`
is FTS5's tokenizer of that name, scored by the formula (analysis.py). The last line is JSON.

    python cjk.py BINARY TRANSLATION...

TRANSLATION is a file such as Translation-ja of a Debian mirror's dists/STABLE/main/i18n, plain or packed in a way that
/usr/lib/apt/apt-helper unpacks.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

import ir_measures
from ir_measures import R, RR

from analysis import rankings

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import machine  # noqa: E402

EASTERN = re.compile(r"[぀-ヿ㐀-鿿가-힯]")
MEASURES = [RR @ 10, R @ 100]


def descriptions(path):
    """Line and text of each description in an Eastern script; of those that share a line or a text, one."""
    content = subprocess.run(["/usr/lib/apt/apt-helper", "cat-file", path], capture_output=True, check=True).stdout.decode()
    lines, texts = set(), set()
    for stanza in content.split("\n\n"):
        found = re.search(r"^Description-\w+: (.*)((?:\n .*)+)", stanza, re.M)
        if not found:
            continue
        line = found[1].strip()
        text = " ".join(part.strip() for part in found[2].split("\n") if part.strip() not in ("", "."))
        if EASTERN.search(line) and EASTERN.search(text) and line not in lines and text not in texts:
            lines.add(line)
            texts.add(text)
            yield line, text


def measured(run, qrels):
    found = ir_measures.calc_aggregate(MEASURES, qrels, run)
    return [round(found[measure], 4) for measure in MEASURES]


def by_passerine(binary, analysis, pairs, qrels):
    with tempfile.TemporaryDirectory() as place:
        paths = {name: os.path.join(place, name) for name in ("corpus.tsv", "queries.tsv", "qrels.txt", "found.run")}
        for name, column in (("corpus.tsv", 1), ("queries.tsv", 0)):
            with open(paths[name], "w", encoding="utf-8") as file:
                file.writelines(f"{number}\t{pair[column]}\n" for number, pair in enumerate(pairs))
        with open(paths["qrels.txt"], "w") as file:
            file.writelines(f"{number} 0 {number} 1\n" for number in range(len(pairs)))
        common = ["--indexes", os.path.join(place, "indexes"), "--index", "cjk"]
        subprocess.run([binary, "index", *common, "--lexical-only", "--analysis", analysis, paths["corpus.tsv"]],
                       check=True, capture_output=True)
        subprocess.run([binary, "evaluate", *common, "--pipeline", "bm25:100", "--k", "100", "--queries",
                        paths["queries.tsv"], "--qrels", paths["qrels.txt"], "--run", paths["found.run"]],
                       check=True, capture_output=True)
        return measured(list(ir_measures.read_trec_run(paths["found.run"])), qrels)


def by_trigrams(pairs, qrels):
    lines, texts = zip(*pairs)
    ranked = rankings(list(texts), list(lines), "trigram", False)
    run = [ir_measures.ScoredDoc(str(query), str(number), float(score))
           for query, hits in enumerate(ranked) for number, score in hits[:100]]
    return measured(run, qrels)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("translations", nargs="+")
    arguments = parser.parse_args()
    print("| language | descriptions | cjk RR@10 | R@100 | plain RR@10 | R@100 | trigram RR@10 | R@100 |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|", flush=True)
    figures = {}
    for path in arguments.translations:
        language = re.search(r"Translation-([A-Za-z]+)", os.path.basename(path))[1]
        pairs = list(descriptions(path))
        qrels = [ir_measures.Qrel(str(number), str(number), 1) for number in range(len(pairs))]
        values = [by_passerine(arguments.binary, "cjk", pairs, qrels), by_passerine(arguments.binary, "plain", pairs, qrels),
                  by_trigrams(pairs, qrels)]
        figures[os.path.basename(path)] = dict(zip(("cjk", "plain", "trigram"), values))
        cells = " | ".join(f"{value:.3f}" for pair in values for value in pair)
        print(f"| {language} | {len(pairs)} | {cells} |", flush=True)
    print(json.dumps({"benchmark": "cjk", "machine": machine.processor(), "figures": figures}))


if __name__ == "__main__":
    main()
