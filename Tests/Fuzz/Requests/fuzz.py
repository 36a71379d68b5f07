"""Fuzzes a running server with whole requests: valid ones of every route, changed in their values, bytes, framing and delivery.

The server is a binary built with the address sanitizer (`make fuzz-requests`), or any other. Rounds differ in keys, CORS, key
scopes and workers; indexes are small, with and without token data of a tiny model, and `loose` and `spare` are made, filled,
emptied and dropped meanwhile. What must hold of every answer is in `oracle.py`; besides: the server lives, says nothing of a
sanitizer, `/healthz` is answered within a second, SIGTERM ends it with 0, and the indexes are sound afterwards.

    fuzz.py --binary .build-fuzz/release/passerine [--seconds 60] [--seed 1] [--round 120] [--clients 4]
    fuzz.py --binary BINARY --replay .build-fuzz/requests/3.json

Findings lie in `.build-fuzz/requests`, a JSON file each, with the requests that were under way. The last line is JSON; exit
status 1 where anything was found.
"""
import argparse
import atexit
import base64
import collections
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "Memory"))
import grammar  # noqa: E402
import health  # noqa: E402
import oracle  # noqa: E402
import wire  # noqa: E402

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".."))
MODEL = "Tests/RankingTests/Fixtures/one-pass"
CROSS_ENCODER = "Tests/RankingTests/Fixtures/cross-1"
DEADLINE = 8.0
# Answers are timed, and a disk that others keep busy may take long to sync.
PLACE = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
FAULTS = re.compile(
    rb"AddressSanitizer|UndefinedBehavior|LeakSanitizer|runtime error:|Fatal error|Swift/[A-Za-z]+\.swift:\d+|Precondition failed")
PASSAGES = [
    {"id": "dia", "text": "Dia draws network diagrams.", "metadata": {"section": "graphics", "size": 3}},
    {"id": "nmap", "text": "Nmap explores a network, scans its ports.", "metadata": {"section": "net", "tags": ["a", "b"]}},
    {"id": "a/b", "text": "Ein Netz, \u7f51\u7edc\u56fe, caf\u00e9."},
    {"id": "caf\u00e9", "text": "Files, photos and caf\u00e9s.", "metadata": {"caf\u00e9": 1, "cafe\u0301": 2, "tags": ["x", 1, None]}},
    {"id": "cafe\u0301", "text": "Files and cafe\u0301s, decomposed.", "metadata": {"size": 9007199254740993}},
]


class Site:
    """A folder with indexes, and a server over them."""

    def __init__(self, binary, folder, generator):
        self.binary, self.folder = os.path.abspath(binary), folder
        self.indexes = os.path.join(folder, "indexes")
        self.log_path = os.path.join(folder, "log")
        self.has_keys, self.has_origins = generator.random() < 0.5, generator.random() < 0.5
        self.workers, self.loops = generator.choice([1, 2, 4]), generator.choice([1, 2])
        self.keys, self.process, self.port = [], None, None
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PASSERINE_")},
            "SWIFT_BACKTRACE": "enable=no", "PASSERINE_SERVER_DEADLINE_MS": str(int(DEADLINE * 1000)),
            "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=0:max_allocation_size_mb=4096:" + os.environ.get("ASAN_OPTIONS", "")}

    def run(self, *arguments):
        return subprocess.run(
            [self.binary, *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=120)

    def make(self):
        os.makedirs(self.indexes)
        lines = [*PASSAGES, *({"id": f"p{n}", "text": f"word{n % 7} word{n % 3} network number {n}",
                               "metadata": {"section": ["net", "web"][n % 2], "size": n, "tags": ["a", n]}} for n in range(40))]
        corpus = os.path.join(self.folder, "corpus.jsonl")
        with open(corpus, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)
        for name, flags in [("fixed", ["--lexical-only"]), ("tokens", ["--models", MODEL])]:
            done = self.run("index", "--index", name, "--indexes", self.indexes, "--fields", "section,size,tags", *flags, corpus)
            if done.returncode != 0:
                raise SystemExit(f"no index can be made: {done.stderr[-2000:]}")
        if self.has_keys:
            path = os.path.join(self.folder, "keys.json")
            for role, scope in [("search", []), ("write", []), ("admin", []), ("search", ["--index", "fixed"])]:
                done = self.run("keys", "create", "--keys", path, "--role", role, *scope)
                found = re.search(r"psr_\S+", done.stdout + done.stderr)
                if not found:
                    raise SystemExit(f"no key can be made: {done.stderr[-2000:]}")
                self.keys.append(found.group(0))
            # Mostly those that may do something.
            self.keys += [self.keys[2]] * 5

    def start(self):
        arguments = ["serve", "--indexes", self.indexes, "--port", "0", "--models", MODEL, "--cross-encoder", CROSS_ENCODER]
        if self.has_keys:
            arguments += ["--keys", os.path.join(self.folder, "keys.json")]
        environment = {**self.environment, "PASSERINE_SERVER_WORKERS": str(self.workers),
                       "PASSERINE_SERVER_EVENT_LOOPS": str(self.loops)}
        if self.has_origins:
            environment["PASSERINE_SERVER_CORS_ORIGINS"] = "https://search.example.org"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen([self.binary, *arguments], cwd=ROOT, env=environment, stdout=log, stderr=log)
        # However this program ends, the server does too.
        atexit.register(self.process.kill)
        until = time.monotonic() + 120
        while time.monotonic() < until and self.process.poll() is None:
            found = re.search(rb"listening on http://[^:]*:(\d+)", self.log())
            if found:
                self.port = int(found.group(1))
                try:
                    if wire.ask(self.port, wire.request("GET", "/readyz"), 10).status == 200:
                        return
                except (OSError, wire.Broken):
                    pass
            time.sleep(0.05)
        raise SystemExit(f"the server does not start: {self.log()[-3000:].decode('utf-8', 'replace')}")

    def log(self):
        with open(self.log_path, "rb") as file:
            return file.read()

    def stop(self):
        """What is wrong with how it ends."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                return "SIGTERM does not end it within a minute"
        return None if self.process.returncode in (0, 1) else f"ended with {self.process.returncode}"

    def verified(self):
        """What `passerine verify` finds."""
        found = []
        for name in sorted(os.listdir(self.indexes)):
            if name.startswith(".") or not os.path.exists(os.path.join(self.indexes, name, "index.json")):
                continue
            done = self.run("verify", "--index", name, "--indexes", self.indexes, "--json")
            problems = json.loads(done.stdout)["problems"] if done.returncode in (0, 1) and done.stdout else [done.stderr[-500:]]
            found += [f"{name}: {problem}" for problem in problems]
        return found


class Round:
    """One server under fire."""

    def __init__(self, site, seed, seconds, clients, findings):
        self.site, self.seed, self.clients, self.findings = site, seed, clients, findings
        self.end = time.monotonic() + seconds
        self.counts, self.lock = collections.Counter(), threading.Lock()
        # Of each client, what it has sent last.
        self.recent = [collections.deque(maxlen=6) for _ in range(clients)]
        self.worst_answer = 0.0
        self.probe = health.Probe(site.port)

    @property
    def over(self):
        return time.monotonic() > self.end or self.site.process.poll() is not None

    def watch(self):
        """Looks at what `/healthz` says while requests are under way."""
        seen = 0
        while not self.over:
            time.sleep(0.2)
            for _, took, status, late in self.probe.slow[seen:]:
                seen += 1
                # Where the machine is too busy even for who asks, the server is not to blame.
                if late < 0.3 and not self.over:
                    self.findings.add("health", f"/healthz: {status} after {took:.2f} s", self.everything())

    def everything(self):
        return [request for recent in self.recent for request in list(recent)]

    def exchange(self, request, pieces):
        """The answer, or None where none is due, and seconds from the last byte sent."""
        # Of what has no end the server waits for the rest, so nothing is waited for here.
        with wire.Client(self.site.port, 1 if oracle.may_wait(pieces) else DEADLINE + 30) as client:
            sent = time.monotonic()
            try:
                for piece in pieces:
                    client.send(piece, pause=0.002 if len(pieces) > 1 else 0)
                if request["half_closes"]:
                    client.end_sending()
            except OSError:
                # Refused before it was all sent: the answer is there all the same.
                pass
            sent = time.monotonic()
            if request["leaves"]:
                client.abort()
                return None, 0
            answer = client.read(4 << 20, is_head=b"".join(pieces).startswith(b"HEAD "))
            return answer, time.monotonic() - sent

    def client(self, number):
        try:
            self.attack(number)
        except Exception as error:  # noqa: BLE001
            # A fault of the fuzzer's own, which must not pass for silence.
            self.findings.add("fuzzer", repr(error), list(self.recent[number]))

    def attack(self, number):
        generator = random.Random(f"{self.seed} {number}")
        source = grammar.Grammar(generator, self.site.keys)
        while not self.over:
            request = source.next()
            pieces = request.sent(generator)
            described = grammar.described(request, pieces)
            self.recent[number].append(described)
            with self.lock:
                self.counts[request.route] += 1
            answer = self.one(request, pieces, described)
            if answer is None or request.changes or answer.status >= 429 or self.over:
                continue
            # The same again: the same answer.
            again = self.one(request, pieces, described)
            if again is not None and again.status < 429 and oracle.essence(answer) != oracle.essence(again):
                self.findings.add("not the same", f"{request.route}: {answer} and then {again}", [described])

    def one(self, request, pieces, described):
        try:
            answer, took = self.exchange(described, pieces)
        except TimeoutError:
            if not oracle.may_wait(pieces):
                self.findings.add("no answer", f"{request.route}: none within {DEADLINE + 30} s", [described])
            return None
        except wire.Broken as error:
            if not self.over and not oracle.may_be_silent(described, pieces, str(error)):
                self.findings.add("broken", f"{request.route}: {error}", [described])
            return None
        except OSError as error:
            if not self.over and not oracle.may_be_silent(described, pieces, str(error)):
                self.findings.add("connection", f"{request.route}: {error}", [described])
            return None
        if answer is None:
            return None
        with self.lock:
            self.counts[f"answers {answer.status}"] += 1
            self.worst_answer = max(self.worst_answer, took)
        if took > DEADLINE + 2 and not oracle.may_wait(pieces):
            self.findings.add("late", f"{request.route}: after {took:.1f} s: {answer}", [described])
        for kind, fault in oracle.faults(answer, pieces, self.site):
            self.findings.add(kind, f"{request.route}: {fault}", [described])
        return answer

    def run(self):
        threads = [threading.Thread(target=self.client, args=(n,), daemon=True) for n in range(self.clients)]
        threads.append(threading.Thread(target=self.watch, daemon=True))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.probe.end()


class Findings:
    """What was found, each kind of it kept a few times."""

    def __init__(self, folder, most=3):
        self.folder, self.most = folder, most
        self.kinds, self.lock, self.files = collections.Counter(), threading.Lock(), 0

    def add(self, kind, what, requests):
        # Numbers and names are not what makes two of them different.
        key = kind + ": " + re.sub(r"\d+|b'.*|b\".*|'[^']*'|\"[^\"]*\"", "*", what.partition(": ")[2] or what)[:120]
        with self.lock:
            self.kinds[key] += 1
            if self.kinds[key] > self.most:
                return
            self.files += 1
            os.makedirs(self.folder, exist_ok=True)
            path = os.path.join(self.folder, f"{self.files}.json")
            with open(path, "w") as file:
                json.dump({"kind": kind, "what": what, "requests": requests}, file)
        print(f"found {path}: {kind}: {what[:600]}", file=sys.stderr, flush=True)


def replay(binary, path):
    """Sends a finding's requests one after the other to a fresh server, and says what comes."""
    with open(path) as file:
        finding = json.load(file)
    with tempfile.TemporaryDirectory(prefix="passerine-requests-") as folder:
        site = Site(binary, folder, random.Random(1))
        site.has_keys = site.has_origins = False
        site.make()
        site.start()
        for request in finding["requests"]:
            pieces = [base64.b64decode(piece) for piece in request["pieces"]]
            try:
                with socket.create_connection(("127.0.0.1", site.port), DEADLINE + 30) as s:
                    for piece in pieces:
                        s.sendall(piece)
                        time.sleep(0.002)
                    if request["half_closes"]:
                        s.shutdown(socket.SHUT_WR)
                    s.settimeout(2)
                    received = b""
                    while piece := s.recv(1 << 16):
                        received += piece
            except OSError as error:
                received += repr(error).encode()
            print(request["route"], b"".join(pieces)[:2000], "->", received[:3000], sep="\n")
        ended = site.stop()
        print(ended or "the server lives", site.log()[-6000:].decode("utf-8", "replace") if ended else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--round", type=float, default=120, help="seconds after which a server is exchanged")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--most", type=int, default=3, help="findings of a kind that are kept")
    parser.add_argument("--findings", default=os.path.join(ROOT, ".build-fuzz", "requests"))
    parser.add_argument("--replay", metavar="FINDING")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to end"))
    if arguments.replay:
        replay(arguments.binary, arguments.replay)
        return
    shutil.rmtree(arguments.findings, ignore_errors=True)
    findings, counts = Findings(arguments.findings, arguments.most), collections.Counter()
    began, number, worst, slowest = time.monotonic(), 0, 0.0, 0.0
    while (left := arguments.seconds - (time.monotonic() - began)) > 0:
        number += 1
        seed = f"{arguments.seed} {number}"
        with tempfile.TemporaryDirectory(prefix="passerine-requests-", dir=PLACE) as folder:
            site = Site(arguments.binary, folder, random.Random(seed))
            site.make()
            site.start()
            fire = Round(site, seed, min(arguments.round, left), arguments.clients, findings)
            fire.run()
            died = site.process.poll() is not None
            ended = site.stop()
            if died or ended:
                log = site.log()[-20000:].decode("utf-8", "replace")
                found = re.search(r"(?m)^.*(AddressSanitizer|Fatal error|runtime error).*$", log)
                findings.add("ended", f"{ended or 'the server ended by itself'}: {found.group(0) if found else log[-300:]}",
                             fire.everything())
                os.makedirs(arguments.findings, exist_ok=True)
                with open(os.path.join(arguments.findings, f"{findings.files}.log"), "w") as file:
                    file.write(log)
            elif FAULTS.search(site.log()):
                line = next(line for line in site.log().splitlines() if FAULTS.search(line))
                findings.add("log", line.decode("utf-8", "replace"), fire.everything())
            for problem in site.verified():
                findings.add("verify", problem, fire.everything())
            counts.update(fire.counts)
            worst, slowest = max(worst, fire.probe.worst), max(slowest, fire.worst_answer)
        done = time.monotonic() - began
        print(f"round {number}, {done:.0f} s of {arguments.seconds:.0f}: "
              f"{sum(n for kind, n in counts.items() if not kind.startswith('answers'))} requests, {sum(findings.kinds.values())} findings, "
              f"/healthz at most {worst * 1000:.0f} ms", file=sys.stderr, flush=True)
    print(json.dumps({
        "test": "fuzz-requests", "seconds": round(time.monotonic() - began), "seed": arguments.seed, "rounds": number,
        "requests": dict(sorted(counts.items())), "health_ms": round(worst * 1000), "slowest_answer_s": round(slowest, 2),
        "found": dict(findings.kinds)}))
    sys.exit(1 if findings.kinds else 0)


if __name__ == "__main__":
    main()
