#!/usr/bin/env bash
# Compares the built binary with Hugging Face, pytrec_eval and ir_measures on real data, in a virtual environment of
# its own. Exit status 1 where anything differs.
#
#     Tests/Reference/compare.sh DATA_DIR
#
# DATA_DIR holds a folder a collection (collection.tsv.gz, queries.tsv, qrels.txt, *.run). Needs python3 with venv.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

data=${1:?usage: $0 DATA_DIR}
binary=${BINARY:-.build/release/passerine}
venv=.venv-reference
if [[ ! -x $venv/bin/python ]]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet -r Tests/Reference/requirements.txt
fi
status=0
compare() {
    printf '== %s\n' "$*"
    "$venv/bin/python" "$@" || status=1
}
compare Tests/Reference/unicode_tables.py --check
compare Tests/Reference/tokenization_parity.py "$binary" models/passerine-small/encoder "$data"/*/
# Byte-pair and unigram tokenizers trained on the same texts.
trained=$(mktemp -d)
compare Tests/Reference/subword_tokenizers.py "$trained" "$data"
for tokenizer in "$trained"/*/; do
    compare Tests/Reference/tokenization_parity.py "$binary" "$tokenizer" "$data"/*/
done
rm -rf "$trained"
compare Tests/Reference/encoder_parity.py "$binary"
for runs in "$data"/*/*.run; do
    compare Tests/Reference/evaluation_parity.py "$binary" "$(dirname "$runs")"
    break
done
# What passerine writes, read by the field's own tools.
for run in "$data"/*/bm25-top100.run; do
    written=$(mktemp --suffix=.run)
    "$binary" rerank --run "$run" --collection "$(dirname "$run")/collection.tsv.gz" \
        --queries "$(dirname "$run")/queries.tsv" --stages tildev2:100 --output "$written" 2>/dev/null
    compare Tests/Reference/evaluation_interchange.py "$written" "$(dirname "$run")/qrels.txt"
    rm -f "$written"
done
exit $status
