#!/usr/bin/env bash
# Measures every collection of a folder by every pipeline, and writes the tables of docs/benchmarks.md.
#
#     Benchmarks/quality.sh DATA_DIR [COLLECTION...]
#
# DATA_DIR holds a folder a collection with collection.tsv.gz, queries.tsv and qrels.txt; where bm25-top100.run lies
# beside them, that is re-ranked too. BINARY=path takes another passerine than .build/release/passerine, and
# RESULTS=folder another place than .build/quality for indexes, runs and reports. What is there already is measured anew,
# except indexes, which are kept. Needs python3.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage="usage: $0 DATA_DIR [COLLECTION...]"
data=${1:?$usage}
shift
binary=${BINARY:-.build/release/passerine}
results=${RESULTS:-.build/quality}
indexes=$results/indexes
collections=("$@")
if [[ ${#collections[@]} -eq 0 ]]; then
    collections=(msmarco-dl19 msmarco-mini nfcorpus cranfield cisi cacm)
fi

# Name of the row, and pipeline; none for what the program takes by itself.
readonly PIPELINES=(
    "bm25=bm25:1000"
    "bm25+tildev2=bm25:1000,tildev2:200"
    "bm25+colbert=bm25:1000,colbert:50"
    "bm25+colbert+feedback=bm25:1000,colbert:50,feedback:50:interpolate:0.5"
    "bm25+tildev2+colbert=bm25:1000,tildev2:200,colbert:50"
    "mixed=bm25:1000,tildev2:200:interpolate:0.5"
    "shares=bm25:1000,tildev2:200:interpolate:0.5,colbert:50:interpolate:0.85"
    "standard="
)
readonly RERANKINGS=(
    "bm25-top100="
    "tildev2=tildev2:100"
    "colbert=colbert:100"
    "colbert+feedback=colbert:100,feedback:100:interpolate:0.5"
    "tildev2+colbert=tildev2:50,colbert:50"
    "tildev2+colbert+feedback=tildev2:50,colbert:50,feedback:50:interpolate:0.5"
    "mixed=tildev2:100:interpolate:0.5"
    "shares=tildev2:50:interpolate:0.5,colbert:50:interpolate:0.85"
    "standard=tildev2:50:interpolate:0.5,colbert:50:interpolate:0.85,feedback:50:interpolate:0.5"
)

# TREC's grade 1 ("related") does not count as relevant in binary measures.
threshold() {
    case $1 in
        msmarco-dl*) echo 2 ;;
        *) echo 1 ;;
    esac
}

measures() {
    local relevance
    relevance=$(threshold "$1")
    if [[ $relevance -eq 1 ]]; then
        echo "nDCG@10,RR@10,R@1000"
    else
        echo "nDCG@10,RR(rel=$relevance)@10,R(rel=$relevance)@1000"
    fi
}

say() { printf '%s\n' "$*" >&2; }

index() {
    local name=$1
    if "$binary" verify --indexes "$indexes" --index "quality-$name" >/dev/null 2>&1; then return; fi
    rm -rf "${indexes:?}/quality-$name"
    "$binary" index --indexes "$indexes" --index "quality-$name" --on-error fatal --json \
        "$data/$name/collection.tsv.gz" >"$results/$name.index.json"
}

evaluate() {
    local name=$1 entry pipeline
    for entry in "${PIPELINES[@]}"; do
        say "$name: ${entry%%=*}"
        pipeline=()
        if [[ -n ${entry#*=} ]]; then pipeline=(--pipeline "${entry#*=}"); fi
        "$binary" evaluate --indexes "$indexes" --index "quality-$name" "${pipeline[@]}" \
            --queries "$data/$name/queries.tsv" --qrels "$data/$name/qrels.txt" --measures "$(measures "$name")" \
            --run "$results/$name.${entry%%=*}.run" --json >"$results/$name.${entry%%=*}.json"
    done
}

rerank() {
    local name=$1 entry run
    for entry in "${RERANKINGS[@]}"; do
        run=$data/$name/bm25-top100.run
        if [[ -n ${entry#*=} ]]; then
            say "$name: re-ranking bm25-top100.run by ${entry#*=}"
            run=$results/$name.rerank.${entry%%=*}.run
            "$binary" rerank --run "$data/$name/bm25-top100.run" --collection "$data/$name/collection.tsv.gz" \
                --queries "$data/$name/queries.tsv" --stages "${entry#*=}" --output "$run"
        fi
        "$binary" evaluate --run "$run" --qrels "$data/$name/qrels.txt" --measures "$(measures "$name")" --json \
            >"$results/$name.rerank.${entry%%=*}.json"
    done
}

mkdir -p "$indexes"
for name in "${collections[@]}"; do
    if [[ ! -e $data/$name/collection.tsv.gz ]]; then
        say "$data/$name/collection.tsv.gz is not there: left out"
        continue
    fi
    index "$name"
    evaluate "$name"
    if [[ -e $data/$name/bm25-top100.run ]]; then rerank "$name"; fi
done
python3 Benchmarks/quality_table.py "$results" docs/benchmarks.md
