#!/usr/bin/env bash
# Fuzzes the files of an index, their checksums made right again, with libFuzzer: index.sh [SECONDS [MORE libFuzzer OPTIONS]]
# What it has learnt stays in .build-fuzz/index-corpus; an input that broke something is left as .build-fuzz/index-crash-…,
# and `.build-fuzz/release/fuzz-index FILE` tries it again. With -fork=1 -ignore_crashes=1 it goes on after what it finds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
Tests/Fuzz/build.sh fuzz-index
mkdir -p .build-fuzz/index-corpus
# A hostile size must be refused before so much memory is asked for. SIGBUS is the program's own to handle.
export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0:${ASAN_OPTIONS:-}
.build-fuzz/release/fuzz-index -max_total_time="${1:-60}" -max_len=96 -len_control=0 -timeout=20 \
    -rss_limit_mb=4096 -malloc_limit_mb=1024 -handle_bus=0 -print_final_stats=1 -artifact_prefix=.build-fuzz/index- "${@:2}" .build-fuzz/index-corpus
