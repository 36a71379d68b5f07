#!/usr/bin/env bash
# Neural search over the package descriptions that this machine knows, from nothing to answers in one command.
#
#     make demo                   installs, builds, indexes, serves on 127.0.0.1:8080 until Ctrl-C
#     make demo DETACH=1          the same, and ends after the answers
#     make demo PASSAGES=20000    more of the corpus (or PASSAGES=all), PORT=8081 another port
#
# What it leaves behind: .build/demo (corpus, server log) and the index indexes/demo-packages.
# BINARY=path takes a passerine that is already built.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly INDEX=demo-packages
# About a minute of indexing on two cores.
readonly PASSAGES=${PASSAGES:-3000}
readonly PORT=${PORT:-8080}
readonly DETACH=${DETACH:-0}
readonly STATE=.build/demo
readonly MODEL=models/passerine-small/encoder
# In the index's folder: the demo made it, and from what. An index without this file is never touched.
readonly MARK=indexes/$INDEX/made-by-demo
readonly URL=http://127.0.0.1:$PORT
readonly QUESTIONS=("draw diagrams of a network" "recover deleted photos from a memory card")

server=

say() { printf '%s\n' "$*"; }
fail() {
    printf 'demo: %s\n' "$*" >&2
    exit 1
}

check_arguments() {
    [[ $PASSAGES == all || $PASSAGES =~ ^[1-9][0-9]{0,8}$ ]] || fail "PASSAGES is $PASSAGES; it is a number or \"all\""
    [[ $PORT =~ ^[1-9][0-9]{0,4}$ && $PORT -le 65535 ]] || fail "PORT is $PORT; it is a number from 1 to 65535"
    if (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; then
        fail "port $PORT is taken by another program; choose one: make demo PORT=8081"
    fi
    if [[ -e indexes/$INDEX && ! -e $MARK ]]; then
        fail "indexes/$INDEX is there but was not made by the demo; rename it or move it away"
    fi
}

build() {
    if [[ -n ${BINARY:-} ]]; then
        binary=$BINARY
        return
    fi
    scripts/install-dependencies.sh
    say "Building passerine (the first time takes some minutes)."
    swift build -c release --product passerine
    binary=.build/release/passerine
}

# Names of apt's lists of long English descriptions.
translations() {
    # shellcheck disable=SC2016  # apt's own placeholder
    apt-get "${apt_options[@]}" indextargets --format '$(FILENAME)' 'Created-By: Translations' 'Language: en' 2>/dev/null
}

# Sets `apt_options` so that apt's lists have long descriptions: its own, else a copy that leaves the system's alone.
find_descriptions() {
    local folder
    apt_options=()
    if [[ -n $(translations) ]]; then return; fi
    folder=$PWD/$STATE/apt
    mkdir -p "$folder/lists/partial" "$folder/cache"
    apt_options=(
        -o Acquire::Languages=en -o "Dir::State::lists=$folder/lists" -o "Dir::Cache=$folder/cache"
        -o APT::Sandbox::User=root)
    if [[ -n $(translations) ]]; then return; fi
    say "This machine's package lists lack the long descriptions; fetching lists with them into $STATE/apt (16 MB)."
    if timeout 300 apt-get "${apt_options[@]}" -q update >"$STATE/apt.log" 2>&1 && [[ -n $(translations) ]]; then
        return
    fi
    say "That failed ($STATE/apt.log says why), so short descriptions have to do."
    rm -rf "$folder"
    apt_options=()
}

make_corpus() {
    mkdir -p "$STATE"
    if command -v apt-cache >/dev/null && command -v perl >/dev/null; then
        find_descriptions
        say "Collecting the package descriptions that apt knows."
        if scripts/apt-corpus.pl "$PASSAGES" "${apt_options[@]}" >"$STATE/packages.new"; then
            corpus=$STATE/packages.jsonl
            mv "$STATE/packages.new" "$corpus"
            return
        fi
        rm -f "$STATE/packages.new"
    fi
    say "No package descriptions here, so the demo takes the small corpus that ships with passerine."
    corpus=scripts/demo-corpus.jsonl
}

make_index() {
    local sum
    sum=$(cat "$corpus" "$MODEL"/*.safetensors "$MODEL"/passerine.json | sha256sum | cut -d ' ' -f 1)
    if [[ -e $MARK && $(<"$MARK") == "$sum" ]] && "$binary" verify --indexes indexes --index "$INDEX" >/dev/null 2>&1; then
        say "The index $INDEX of these passages is there already."
        return
    fi
    if [[ -e $MARK ]]; then rm -rf "indexes/${INDEX:?}"; fi
    mkdir -p "indexes/$INDEX"
    say unfinished >"$MARK"
    say "Indexing $(wc -l <"$corpus") passages: $binary index --index $INDEX $corpus"
    "$binary" index --indexes indexes --index "$INDEX" --models "$MODEL" "$corpus"
    say "$sum" >"$MARK"
}

# shellcheck disable=SC2317  # called by the trap
stop_server() {
    if [[ -n $server ]]; then
        kill -TERM "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
        server=
    fi
}

start_server() {
    local tries
    "$binary" serve --indexes indexes --host 127.0.0.1 --port "$PORT" >"$STATE/server.log" 2>&1 &
    server=$!
    for ((tries = 0; tries < 240; tries++)); do
        # It listens before its indexes are open. Another index of the folder may be broken without harm to this demo.
        if curl -s --max-time 5 "$URL/readyz" | grep -q '"phase":"serving"'; then return; fi
        if ! kill -0 "$server" 2>/dev/null; then
            server=
            tail -n 5 "$STATE/server.log" >&2
            fail "the server ended by itself; the lines above are the end of $STATE/server.log"
        fi
        sleep 0.25
    done
    fail "the server was not ready at $URL/readyz within a minute; see $STATE/server.log"
}

# Asks one question and shows the command that did it.
ask() {
    local address=$URL/v1/indexes/$INDEX/search
    local body="{\"query\": \"$1\", \"k\": 5}"
    say ""
    say "curl -s $address -H 'Content-Type: application/json' -d '$body'"
    curl -sS --max-time 60 -o "$STATE/answer.json" "$address" -H 'Content-Type: application/json' -d "$body" ||
        fail "the question was not answered; see $STATE/server.log"
    if command -v perl >/dev/null; then
        scripts/show-hits.pl <"$STATE/answer.json" || fail "the answer is no search response"
    else
        cat "$STATE/answer.json"
        say ""
    fi
}

trap stop_server EXIT

check_arguments
build
make_corpus
make_index
start_server
for question in "${QUESTIONS[@]}"; do ask "$question"; done
say ""
if [[ $DETACH != 0 ]]; then
    say "Done. $binary search --index $INDEX \"your own question\" asks more; make demo leaves the server running."
    exit 0
fi
say "The server runs at $URL and logs to $STATE/server.log. Ctrl-C ends it."
trap 'exit 0' INT TERM
wait "$server" || true
server=
tail -n 5 "$STATE/server.log" >&2
fail "the server ended by itself; the lines above are the end of $STATE/server.log"
