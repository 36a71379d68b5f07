#!/usr/bin/env bash
# Installs the system packages that passerine is built from, where they lack, and checks for Swift.
#
#     scripts/install-dependencies.sh           install what lacks (sudo where not root)
#     scripts/install-dependencies.sh --check   only say what lacks; exit status 1 where something does
set -euo pipefail

readonly SWIFT_NEEDED=6.2

# One line a package: name, and what it is for. Alternatives for one purpose are joined by "|".
readonly PACKAGES='
build-essential      C and C++ headers, libstdc++ and the linker
libsqlite3-dev       SQLite with FTS5: catalogue and full-text index
libopenblas-dev      matrix products of the encoder
libfaiss-dev         clustering of token vectors (static library)
libgomp1             OpenMP, which FAISS runs on
liblapack-dev        LAPACK, which FAISS links to
zlib1g-dev           reading .gz corpora
pkg-config|pkgconf   finds the libraries above
git                  fetches the Swift packages
ca-certificates      to fetch them over https
curl                 the demo asks the server with it
'

say() { printf '%s\n' "$*" >&2; }

# Fills `missing` with the packages that lack; of alternatives the first is taken.
find_missing() {
    local installed names purpose name found
    installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' | sed -n 's/ installed$//p')
    missing=()
    purposes=()
    while read -r names purpose; do
        [[ -n $names ]] || continue
        found=no
        for name in ${names//|/ }; do
            if grep -qxF "$name" <<<"$installed"; then found=yes; fi
        done
        if [[ $found == no ]]; then
            missing+=("${names%%|*}")
            purposes+=("$purpose")
        fi
    done <<<"$PACKAGES"
}

# Runs a command as root.
as_root() {
    if [[ $(id -u) -eq 0 ]]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        say "Neither root nor sudo: run this as root, then try again:"
        say "    apt-get update && apt-get install ${missing[*]}"
        exit 1
    fi
}

# Whether apt knows a version of every missing package that it could install.
archive_has_all() {
    local name policy
    for name in "${missing[@]}"; do
        policy=$(apt-cache policy "$name" 2>/dev/null)
        if [[ -z $policy || $policy == *"Candidate: (none)"* ]]; then return 1; fi
    done
}

install_packages() {
    local options=(-y -q --no-install-recommends)
    export DEBIAN_FRONTEND=noninteractive
    if ! archive_has_all; then
        say "The package lists are missing or old: apt-get update"
        as_root apt-get update -q >&2
    fi
    if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get install "${options[@]}" "${missing[@]}" >&2; then
        # Lists older than the archive name files that are no longer there.
        say "That failed; once more after apt-get update"
        as_root apt-get update -q >&2
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install "${options[@]}" "${missing[@]}" >&2
    fi
}

check_system() {
    local number
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        say "This is not Debian or Ubuntu. Install by hand: a C++ compiler, git, curl, pkg-config, and the development"
        say "files of SQLite (with FTS5), OpenBLAS, LAPACK, zlib, libcurl, libxml2 and FAISS (libfaiss.a, no GPU)."
        return
    fi
    find_missing
    if [[ ${#missing[@]} -eq 0 ]]; then return; fi
    say "Lacking on this machine:"
    for number in "${!missing[@]}"; do
        say "$(printf '    %-22s%s' "${missing[number]}" "${purposes[number]}")"
    done
    if [[ $mode == check ]]; then exit 1; fi
    say "Installing them with apt-get."
    install_packages
}

check_swift() {
    local found
    found=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1) || true
    if [[ -n $found ]] && [[ $(printf '%s\n' "$SWIFT_NEEDED" "$found" | sort -V | head -n 1) == "$SWIFT_NEEDED" ]]; then
        return
    fi
    say "Swift $SWIFT_NEEDED or later is needed in PATH (found: ${found:-none}): get it with swiftly from https://www.swift.org/install/linux/, open a new shell, and try again."
    exit 1
}

mode=install
case ${1-} in
    "") ;;
    --check) mode=check ;;
    *)
        say "usage: $0 [--check]"
        exit 2
        ;;
esac

missing=()
purposes=()
check_system
check_swift
