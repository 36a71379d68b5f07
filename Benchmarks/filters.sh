#!/usr/bin/env bash
# Times filters by declared and undeclared metadata fields on a made-up corpus, and prints a table.
#
#     Benchmarks/filters.sh [PASSAGES]
#
# BINARY=path takes another passerine than .build/release/passerine, and RESULTS=folder another place than
# .build/filters for the corpus and its two indexes, which are kept. Needs python3.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

passages=${1:-200000}
binary=${BINARY:-.build/release/passerine}
results=${RESULTS:-.build/filters}
mkdir -p "$results"

corpus=$results/corpus-$passages.jsonl
queries=$results/queries.tsv
if [[ ! -e $corpus ]]; then
    python3 - "$passages" "$corpus" "$queries" <<'PYTHON'
import json, random, sys

passages, corpus, queries = int(sys.argv[1]), sys.argv[2], sys.argv[3]
random.seed(1)
# Zipf's law over 50,000 words; 55 words a passage, as in MS MARCO.
words = [f"w{i}" for i in range(50_000)]
weights = [1 / (i + 10) for i in range(len(words))]
totals = []
for weight in weights:
    totals.append(weight + (totals[-1] if totals else 0))
with open(corpus + ".new", "w") as file:
    for number in range(passages):
        metadata = {
            "section": f"s{min(random.randrange(100), random.randrange(100))}",
            "year": random.randrange(1950, 2025),
            "rare": f"r{random.randrange(20_000)}",
            "tags": [f"t{random.randrange(50)}" for _ in range(random.randrange(4))],
        }
        text = " ".join(random.choices(words, cum_weights=totals, k=55))
        file.write(json.dumps({"id": f"p{number}", "text": text, **metadata}) + "\n")
with open(queries, "w") as file:
    for number in range(100):
        file.write(f"q{number}\t{' '.join(random.choices(words, cum_weights=totals, k=6))}\n")
import os
os.rename(corpus + ".new", corpus)
PYTHON
fi
index() {
    "$binary" verify --indexes "$results" --index "$1" >/dev/null 2>&1 && return
    rm -rf "${results:?}/$1"
    "$binary" index --indexes "$results" --index "$1" --lexical-only --on-error fatal "${@:2}" "$corpus" >&2
}
index "declared-$passages" --fields section,year,rare,tags
index "undeclared-$passages"

for name in declared undeclared; do
    "$binary" bench filters --indexes "$results" --index "$name-$passages" --queries "$queries" \
        --filter '{"rare": "r7"}' --filter '{"section": "s90"}' --filter '{"section": "s0"}' \
        --filter '{"year": {"gte": 1990, "lt": 2000}}' --filter '{"tags": "t7"}' \
        --filter '{"not": {"section": {"in": ["s0", "s1", "s2"]}}, "year": {"gte": 2000}}' |
        python3 -c '
import json, sys
for line in sys.stdin:
    row = json.loads(line)
    if row["filter"] == "none" and sys.argv[1] != "declared":
        continue
    print("| {} | `{filter}` | {passages:,} | {first_ms:.2f} | {again_ms:.3f} | {bm25_ms:.2f} |".format(sys.argv[1], **row))
' "$name"
done
