#!/usr/bin/env bash
# Builds a product for fuzzing, with the address and undefined behaviour sanitizers and what libFuzzer counts by:
# build.sh PRODUCT; it is then .build-fuzz/release/PRODUCT. All products have the same flags, so that they share what is built.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# libFuzzer without its `main`, which lies beside the compiler.
library=$(find "$(dirname "$(readlink -f "$(command -v swiftc)")")/.." -name "libclang_rt.fuzzer_no_main-$(uname -m).a" | head -1)
[ -n "$library" ] || { echo "libFuzzer (libclang_rt.fuzzer_no_main) lacks beside $(command -v swiftc)" >&2; exit 1; }
# Comparisons are traced in Swift alone: in kernels they take most of the time.
counts=edge,inline-8bit-counters,pc-table
# gold, the default, fails on what libFuzzer brings.
PASSERINE_FUZZ=$(realpath "$library") swift build -c release --scratch-path .build-fuzz --product "$1" --sanitize=address \
    -Xswiftc -sanitize-coverage=$counts,indirect-calls,trace-cmp -Xswiftc -use-ld=lld \
    -Xcc -fsanitize-coverage=$counts -Xcc -fsanitize=undefined -Xcc -fsanitize-trap=undefined \
    -Xcxx -fsanitize=undefined -Xcxx -fsanitize-trap=undefined
