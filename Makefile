# What there is to do, each in one command. `make help` lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
SWIFT_FILES = Package.swift Sources Tests

# Folder with one collection a folder, for `make quality` (docs/benchmarks.md says what each must hold).
DATA ?=
# `make demo` takes these: how many passages, on which port, and whether to end after the answers.
PASSAGES ?= 3000
PORT ?= 8080
DETACH ?= 0
# `make test-crash` kills so many times each with and without models.
ROUNDS ?= 500
# The fuzzers go on for so many seconds each.
FUZZ ?= 60
# `make test-memory` goes on for so many minutes, with so many clients.
MINUTES ?= 30
CLIENTS ?= 16
export PASSAGES PORT DETACH

.PHONY: fuzz fuzz-requests fuzz-index test-memory help dependencies build test test-crash test-clients test-api test-web demo format lint sanitize quality reference bench-bm25 bench-analysis bench-cjk bench-encoder bench-precision bench-http bench-mixed bench-busy bench-compare test-slow bench-evaluation train-venv train-small train-msmarco train-smoke clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r name what; do \
	    printf '  make %-14s%s\n' "$$name" "$$what"; done

dependencies: ## install the system packages that lack
	@scripts/install-dependencies.sh

build: dependencies ## build in release mode: .build/release/passerine
	swift build -c release --product passerine

test: dependencies ## run every test
	@# No test needs @testable, and without it the release build serves as it is.
	swift test -c release --disable-testable-imports
	training/smoke.sh

test-crash: build ## kill, starve and cut the power of the real program, long (ROUNDS=n; docs/reliability.md)
	python3 Tests/Crash/kill.py --binary .build/release/passerine --rounds $(ROUNDS)
	python3 Tests/Crash/kill.py --binary .build/release/passerine --rounds $(ROUNDS) --lexical-only
	python3 Tests/Crash/full_disk.py --binary .build/release/passerine
	python3 Tests/Crash/read_only.py --binary .build/release/passerine
	python3 Tests/Crash/live.py --binary .build/release/passerine
	python3 Tests/Crash/clock.py --binary .build/release/passerine
	python3 Tests/Crash/damage.py --binary .build/release/passerine
	Tests/Crash/pages.sh
	PASSERINE_EVERY_BYTE=1 swift test -c release --disable-testable-imports --filter FlippedByteTests
	python3 Tests/Crash/replay.py --binary .build/release/passerine

test-clients: build ## run the real clients of Cohere, OpenAI, LangChain and LlamaIndex against a server
	Tests/Clients/run.sh clients

test-api: build ## test the server against its OpenAPI document with schemathesis (EXAMPLES=n)
	Tests/Clients/run.sh api

test-web: build ## test the search page in headless Chromium (installs Debian's chromium and chromium-driver)
	Tests/Web/run.sh .build/release/passerine

fuzz: dependencies ## fuzz parser, routes and request bodies with libFuzzer (FUZZ=seconds)
	Tests/Fuzz/routes.sh $(FUZZ)

fuzz-requests: dependencies ## fuzz a server, its sockets too, with requests of every route (FUZZ=seconds)
	Tests/Fuzz/requests.sh $(FUZZ)

fuzz-index: dependencies ## fuzz the files of an index, their checksums made right again, with libFuzzer (FUZZ=seconds)
	Tests/Fuzz/index.sh $(FUZZ)

demo: ## search this machine's package descriptions by meaning (DETACH=1, PASSAGES=n|all, PORT=n)
	@scripts/demo.sh

format: ## lay out all Swift files
	swift format format --in-place --parallel --recursive $(SWIFT_FILES)

lint: ## say where the layout differs, and fail
	swift format lint --strict --parallel --recursive $(SWIFT_FILES)

sanitize: dependencies ## run every test under the address, undefined behaviour and thread sanitizers
	@# XCTest itself leaks a few hundred bytes, so leaks are not looked for. Swift knows no undefined behaviour sanitizer on
	@# Linux; it is the C and C++ that can need it.
	ASAN_OPTIONS=detect_leaks=0 swift test --sanitize=address --scratch-path .build-asan \
	    -Xcc -fsanitize=undefined -Xcc -fsanitize-trap=undefined \
	    -Xcxx -fsanitize=undefined -Xcxx -fsanitize-trap=undefined
	TSAN_OPTIONS=suppressions=$(CURDIR)/Tests/thread-sanitizer.txt swift test --sanitize=thread --scratch-path .build-tsan

quality: build ## measure every collection of DATA=folder by every pipeline, into docs/benchmarks.md
	Benchmarks/quality.sh $(DATA)

reference: build ## compare with Hugging Face, pytrec_eval and ir_measures on every text and run of DATA=folder
	Tests/Reference/compare.sh $(DATA)

bench-bm25: build ## time BM25 candidates against tantivy, bm25s and FTS5 (PASSAGES=n, BENCH="more options")
	Benchmarks/venv.sh bm25
	.venv-bench-bm25/bin/python Benchmarks/bm25/bench.py .build/release/passerine \
	    --passages $(if $(filter file,$(origin PASSAGES)),1000000,$(PASSAGES)) $(BENCH)

bench-analysis: ## measure BM25 alone by how text becomes terms (DATA=folder of collections)
	@test -n "$(DATA)" || { echo "name a folder of collections: make bench-analysis DATA=folder" >&2; exit 2; }
	Benchmarks/venv.sh bm25
	.venv-bench-bm25/bin/python Benchmarks/bm25/analysis.py $(DATA)

bench-cjk: build ## measure BM25 in Chinese, Japanese and Korean (TRANSLATIONS="files of a Debian mirror's i18n folder")
	@test -n "$(TRANSLATIONS)" || { echo 'name files: make bench-cjk TRANSLATIONS="Translation-ja.xz"' >&2; exit 2; }
	Benchmarks/venv.sh bm25
	.venv-bench-bm25/bin/python Benchmarks/bm25/cjk.py .build/release/passerine $(TRANSLATIONS)

bench-encoder: build ## time the encoder against PyTorch, onnxruntime, OpenVINO and CTranslate2 (BENCH="options")
	Benchmarks/venv.sh encoder
	.venv-bench-encoder/bin/python Benchmarks/encoder/bench.py .build/release/passerine $(BENCH)

bench-precision: build ## measure what int8 costs in nDCG@10 against floats (DATA=folder of collections, BENCH="options")
	@test -n "$(DATA)" || { echo "name a folder of collections: make bench-precision DATA=folder" >&2; exit 2; }
	python3 Benchmarks/precision.py .build/release/passerine $(DATA) $(BENCH)

bench-http: build ## time the HTTP server against Hummingbird, and searches at fixed rates (BENCH="options")
	swift build -c release --package-path Benchmarks/http/peer
	python3 Benchmarks/http/bench.py .build/release/passerine Benchmarks/http/peer/.build/release/peer $(BENCH)

bench-mixed: build ## ten minutes of searches, additions, deletions, bad requests and aborted clients (BENCH="options")
	python3 Benchmarks/http/mixed.py .build/release/passerine $(BENCH)

bench-busy: build ## time searches beside programs that keep every processor busy (COLLECTION=folder, BENCH="options")
	@test -n "$(COLLECTION)" || { echo "name a collection's folder: make bench-busy COLLECTION=folder" >&2; exit 2; }
	python3 Benchmarks/busy.py .build/release/passerine $(COLLECTION) $(BENCH)

bench-compare: build ## time this build against an older binary, in turn (OLD=binary COLLECTION=folder, BENCH="options")
	@test -n "$(OLD)" -a -n "$(COLLECTION)" || { echo "name both: make bench-compare OLD=binary COLLECTION=folder" >&2; exit 2; }
	python3 Benchmarks/compare.py $(OLD) .build/release/passerine $(COLLECTION) $(BENCH)

test-slow: build ## attack the server with slow headers, bodies and readers (needs slowhttptest)
	Benchmarks/http/slow.sh .build/release/passerine

test-memory: build ## the heaviest requests of every route in 4 GiB of addresses (MINUTES=n, CLIENTS=n)
	python3 Tests/Memory/memory.py .build/release/passerine --minutes $(MINUTES) --clients $(CLIENTS)

bench-evaluation: build ## time evaluate on 6,980 queries x 1,000 hits against ir_measures
	Benchmarks/venv.sh evaluation
	.venv-bench-evaluation/bin/python Benchmarks/evaluation/bench.py .build/release/passerine

train-venv: ## make .venv-training, with PyTorch, for the targets below
	[[ -x .venv-training/bin/python ]] || python3 -m venv .venv-training
	.venv-training/bin/pip install --quiet --disable-pip-version-check -r training/requirements.txt

train-small: train-venv ## train passerine-small anew (DATA=folder SPLADE=model WORK=folder OUT=model; training/README.md)
	training/small.sh "$(DATA)" "$(SPLADE)" "$(WORK)" "$(OUT)"

train-msmarco: train-venv ## train on MS MARCO's own files (MSMARCO=folder WORK=folder OUT=model DEVICE=cuda)
	training/full.sh "$(MSMARCO)" "$(WORK)" "$(OUT)" "$(or $(DEVICE),cpu)"

train-smoke: train-venv ## run every training script once on a few texts (DATA=folder)
	training/smoke.sh $(DATA)

clean: ## remove what was built; indexes stay
	rm -rf .build .build-asan .build-tsan .build-fuzz
