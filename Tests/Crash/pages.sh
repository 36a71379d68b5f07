#!/usr/bin/env bash
# Runs pages.c, the checksums of SQLite's pages, under the address, undefined behaviour and thread sanitizers.
#
#     Tests/Crash/pages.sh [FLIPS] [ROUNDS]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
build() {
    cc -g -O1 -Wall "$@" -ISources/CCheckedPages/include -ISources/CKernels/include Tests/Crash/pages.c \
        Sources/CCheckedPages/*.c Sources/CKernels/{crc32c,dispatch}.c -lsqlite3 -lpthread
}
build -fsanitize=address,undefined -fno-sanitize-recover -o "$work/address"
build -fsanitize=thread -o "$work/thread"
mkdir "$work/flips" "$work/threads"
"$work/address" "$work/flips" "${1:-1000}" 1
"$work/thread" "$work/threads" threads "${2:-200}"
