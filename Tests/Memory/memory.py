"""make test-memory: the heaviest requests of every route, from many clients, in little memory.

Sixteen clients ask for the most that each route allows (heaviest.py) of a server that may have 4 GiB of address space: mapped
model weights, mapped index files and the stacks of its threads count. It must live, answer `/healthz` within a second all
along (asked every 200 ms by a process of its own), answer each request as docs/rest.md says, and come back to within 10 % of
its memory at rest.

At rest is after every kind of request has been made twice and a pause; the same pause follows the storm, and then up to
`--settle` seconds in which memory may still fall. Memory is what the system counts for the process (Rss of smaps_rollup), of
its own and of mapped files; what malloc holds although it is free counts as memory, nobody trims it from outside, and no
MALLOC_ variable is set. Mapped files grow with an index, so passages are replaced by ones of the same names.

    memory.py BINARY [--minutes 30] [--clients 16] [--only kind,kind]

The last line is JSON; exit status 1 where a mark is missed.
"""
import argparse
import atexit
import collections
import json
import multiprocessing
import os
import queue
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "Benchmarks"))
import health  # noqa: E402
import heaviest  # noqa: E402
import machine  # noqa: E402
import wire  # noqa: E402

GIB = 1 << 30
MODEL = "models/passerine-small/encoder"


class Site:
    """Indexes of large texts, of many passages and of token data, and the server over them."""

    def __init__(self, binary, folder, address_space):
        self.binary, self.folder, self.address_space = os.path.abspath(binary), folder, address_space
        self.indexes = os.path.join(folder, "indexes")
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PASSERINE_", "MALLOC_"))},
            "SWIFT_BACKTRACE": "enable=no", "PASSERINE_SERVER_LOG_LEVEL": "warning",
            "PASSERINE_SERVER_CORS_ORIGINS": "https://search.example.org"}

    def run(self, *arguments):
        return subprocess.run([self.binary, *arguments, "--indexes", self.indexes], env=self.environment,
                              capture_output=True, text=True)

    def make(self):
        generator = random.Random(1)
        many = [{"id": f"n{n}", "text": heaviest.text(n, 200), "metadata": {
            "section": ["net", "web"][n % 2], "size": n, "tags": [f"t{n % 90}", "all"],
            **{f"field{f}": f"value{generator.randrange(2000)}" for f in range(16)}}} for n in range(12_000)]
        texts = [{"id": f"t{n}", "text": heaviest.text(n, heaviest.MIB)} for n in range(60)]
        models = [{"id": f"m{n}", "text": heaviest.text(n, 600 if n % 50 else 20_000)} for n in range(1000)]
        for name, passages, flags in [
            ("many", many, ["--lexical-only", "--fields", "section,size,tags"]), ("texts", texts, ["--lexical-only"]),
            ("models", models, ["--models", MODEL]), ("spare", texts[:1], ["--lexical-only"]),
        ]:
            path = os.path.join(self.folder, f"{name}.jsonl")
            with open(path, "w") as file:
                file.writelines(json.dumps(passage) + "\n" for passage in passages)
            done = self.run("index", "--index", name, *flags, path)
            os.unlink(path)
            if done.returncode != 0:
                raise SystemExit(f"the index {name} cannot be made: {done.stderr[-2000:]}")
            print(f"index {name}: {len(passages)} passages", file=sys.stderr, flush=True)

    def start(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_AS, (self.address_space, self.address_space))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        log = os.path.join(self.folder, "log")
        with open(log, "wb") as file:
            self.process = subprocess.Popen(
                [self.binary, "serve", "--indexes", self.indexes, "--port", "0", "--models", MODEL],
                env={**self.environment, "PASSERINE_SERVER_LOG_LEVEL": "info"}, stdout=file, stderr=file, preexec_fn=limit)
        # However this program ends, the server does too.
        atexit.register(self.process.kill)
        until = time.monotonic() + 120
        while time.monotonic() < until and self.process.poll() is None:
            found = re.search(r"listening on http://[^:]*:(\d+)", self.log())
            if found:
                self.port = int(found.group(1))
                try:
                    if wire.ask(self.port, wire.request("GET", "/readyz"), 10).status == 200:
                        return
                except (OSError, wire.Broken):
                    pass
            time.sleep(0.1)
        raise SystemExit(f"the server does not start: {self.log()[-2000:]}")

    def log(self):
        with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as file:
            file.seek(max(0, os.path.getsize(file.name) - 200_000))
            return file.read()

    def memory(self):
        """MiB: all that is in memory, of it what is the process' own, its share of what others map too, and address space."""
        figures = {}
        for name in ("smaps_rollup", "status"):
            with open(f"/proc/{self.process.pid}/{name}") as file:
                for line in file:
                    found = re.match(r"(\w+):\s+(\d+) kB", line)
                    if found:
                        figures.setdefault(found.group(1), int(found.group(2)) / 1024)
        return {"rss": figures["Rss"], "own": figures["Anonymous"], "pss": figures["Pss"], "space": figures["VmSize"],
                "most_rss": figures["VmHWM"], "most_space": figures["VmPeak"]}


def take(client, load):
    """Takes what is answered as the load says; statuses and bytes."""
    statuses, size = [], 0
    if load.reads == "nothing":
        time.sleep(load.seconds)
        client.abort()
        return statuses, size, None
    if load.reads == "slowly":
        until = time.monotonic() + load.seconds
        while time.monotonic() < until:
            piece = client.socket.recv(16 << 10)
            if not piece:
                break
            size += len(piece)
            time.sleep(0.1)
        client.abort()
        return statuses, size, None
    for _ in range(load.answers):
        answer = client.read(1 << 16, is_head=load.is_head)
        statuses.append(answer.status)
        size += answer.size
        if answer.status not in load.allowed:
            return statuses, size, f"{answer.status} {answer.body[:300]!r}"
        if answer.status >= 400:
            fault = said(answer)
            if fault:
                return statuses, size, fault
        if answer.field("connection") == "close":
            break
    return statuses, size, None


def said(answer):
    """What is wrong with the words of an error."""
    try:
        lines = answer.body.splitlines()
        body = json.loads(lines[-1]) if (answer.field("content-type") or "").startswith("application/x-ndjson") else json.loads(answer.body)
    except (ValueError, IndexError):
        return None if answer.size > len(answer.body) else f"{answer.status} is no JSON: {answer.body[:200]!r}"
    if "complete" in body or "phase" in body:
        return None
    error = body.get("error")
    if not isinstance(error, dict) or not error.get("code") or not error.get("message"):
        return f"{answer.status} says nothing: {answer.body[:200]!r}"
    return None


def attack(number, port, kinds, asked, results, end):
    """A client: makes requests until the time is up, or as many as are asked for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    generator = random.Random(f"client {number} {end.value}")
    while time.time() < end.value:
        if asked is None:
            name = generator.choice(kinds)
        else:
            try:
                name = asked.get_nowait()
            except queue.Empty:
                return
        load = getattr(heaviest, name)(generator)
        began, statuses, size, fault = time.monotonic(), [], 0, None
        try:
            with wire.Client(port, load.timeout) as client:
                try:
                    client.send(*load.pieces, pause=load.pause)
                except (BrokenPipeError, ConnectionResetError):
                    # Refused before all of it was sent: the answer is there.
                    pass
                statuses, size, fault = take(client, load)
        except TimeoutError:
            fault = f"no answer within {load.timeout:.0f} s"
        except wire.Broken as error:
            fault = str(error)
        except ConnectionResetError as error:
            # A refused body that is still on its way may take the answer with it; where nothing large was sent, it may not.
            if sum(map(len, load.pieces)) < 1 << 20 and load.reads == "all":
                fault = repr(error)
        except OSError as error:
            fault = repr(error)
        results.put((name, statuses, size, time.monotonic() - began, fault))


class Storm:
    """What clients have seen so far."""

    def __init__(self):
        self.counts = collections.defaultdict(collections.Counter)
        self.slowest, self.bytes, self.total = collections.Counter(), 0, 0
        self.faults = collections.Counter()

    def run(self, site, clients, kinds, end, asked=None, name=""):
        results = multiprocessing.Queue()
        shared = multiprocessing.Value("d", end)
        processes = [multiprocessing.Process(target=attack, args=(n, site.port, kinds, asked, results, shared), daemon=True)
                     for n in range(clients)]
        began = told = time.time()
        for process in processes:
            process.start()
        space = rss = 0
        while any(process.is_alive() for process in processes) or not results.empty():
            try:
                self.take(*results.get(timeout=0.5))
            except queue.Empty:
                pass
            if site.process.poll() is not None:
                shared.value = 0
                for process in processes:
                    process.terminate()
                break
            if time.time() - told > 10:
                told = time.time()
                memory = site.memory()
                space, rss = max(space, memory["space"]), max(rss, memory["rss"])
                left = f"{max(0, end - told):.0f} s left" if asked is None else f"{asked.qsize()} left"
                print(f"{name} {told - began:5.0f} s, {left}, {self.total} requests ({self.total / (told - began):.1f}/s), "
                      f"{self.bytes >> 20} MiB answered, {sum(self.faults.values())} faults, {memory['rss']:.0f} MiB in memory "
                      f"({memory['own']:.0f} own), {memory['space']:.0f} MiB of addresses", file=sys.stderr, flush=True)
        for process in processes:
            process.join(5)

    def take(self, name, statuses, size, seconds, fault):
        self.total += 1
        self.bytes += size
        self.counts[name].update([str(status) for status in statuses] or ["left"])
        self.slowest[name] = max(self.slowest[name], round(seconds, 1))
        if fault:
            what = f"{name}: {fault}"
            key = re.sub(r"\d+", "N", what)[:120]
            self.faults[key] += 1
            if self.faults[key] <= 3:
                print(f"fault: {what}", file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--gib", type=float, default=4, help="of address space")
    parser.add_argument("--pause", type=float, default=30, help="seconds before memory is measured")
    parser.add_argument("--settle", type=float, default=90, help="further seconds in which it may fall")
    parser.add_argument("--only", help="kinds of requests, with commas")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to end"))
    kinds = arguments.only.split(",") if arguments.only else [kind.__name__ for kind in heaviest.KINDS]
    # Made before the clients are forked, which share them.
    heaviest.passages(24), heaviest.escaped(), heaviest.filters()
    with tempfile.TemporaryDirectory(prefix="passerine-memory-") as folder:
        site = Site(arguments.binary, folder, int(arguments.gib * GIB))
        site.make()
        site.start()
        started = site.memory()
        print(f"started: {started['rss']:.0f} MiB in memory, {started['space']:.0f} MiB of addresses", file=sys.stderr)
        probe = health.Probe(site.port)
        warm, storm, rest, after, settled = Storm(), Storm(), None, None, None
        asked = multiprocessing.Queue()
        for kind in [*kinds, *kinds]:
            asked.put(kind)
        warm.run(site, arguments.clients, kinds, time.time() + 3600, asked, "warm")
        if site.process.poll() is None:
            time.sleep(arguments.pause)
            rest = site.memory()
            print(f"at rest: {rest['rss']:.0f} MiB in memory, {rest['own']:.0f} own", file=sys.stderr, flush=True)
            storm.run(site, arguments.clients, kinds, time.time() + 60 * arguments.minutes, None, "storm")
        if site.process.poll() is None:
            time.sleep(arguments.pause)
            waited = time.monotonic()
            while site.process.poll() is None:
                after = site.memory()
                settled = time.monotonic() - waited
                if after["rss"] <= 1.1 * rest["rss"] or settled > arguments.settle:
                    break
                time.sleep(1)
        died = site.process.poll() is not None
        probe.end()
        code = site.process.returncode
        if not died:
            site.process.terminate()
            try:
                code = site.process.wait(60)
            except subprocess.TimeoutExpired:
                site.process.kill()
                code = site.process.wait()
        log = site.log()
        problems = [] if died else [
            f"{name}: {done.stdout[-300:]}{done.stderr[-300:]}" for name in ("many", "texts", "models", "spare")
            if (done := site.run("verify", "--index", name)).returncode != 0]
    short = []
    if died:
        short.append(f"the server ended with {code}: {log[-500:]}")
    elif code != 0:
        short.append(f"SIGTERM ended the server with {code}")
    if probe.unanswered and not died:
        short.append(f"/healthz went unanswered {probe.unanswered} times")
    if probe.worst > 1:
        short.append(f"/healthz took {probe.worst:.2f} s (the probe itself was up to {probe.latest:.2f} s late)")
    if after and after["rss"] > 1.1 * rest["rss"]:
        short.append(f"memory at rest was {rest['rss']:.0f} MiB and is {after['rss']:.0f}")
    short += [f"{fault} ({count} times)" for fault, count in (warm.faults + storm.faults).most_common()]
    short += [f"verify: {problem}" for problem in problems]

    def rounded(memory):
        return memory and {name: round(value) for name, value in memory.items()}

    print(json.dumps({
        "benchmark": "memory", "machine": machine.processor(),
        "ratios": {"memory, after to at rest": round(after["rss"] / rest["rss"], 3) if after else None,
                   "own memory, after to at rest": round(after["own"] / rest["own"], 3) if after else None},
        "figures": {
            "minutes": arguments.minutes, "clients": arguments.clients, "address_space_mib": int(arguments.gib * 1024),
            "health": {"asked": probe.asked, "unanswered": probe.unanswered, "worst_ms": round(probe.worst * 1000),
                       "probe_late_ms": round(probe.latest * 1000)},
            "started_mib": rounded(started), "at_rest_mib": rounded(rest), "after_mib": rounded(after),
            "settled_s": settled and round(settled + arguments.pause),
            "requests": storm.total, "answered_mib": storm.bytes >> 20,
            "kinds": {name: {**dict(sorted(storm.counts[name].items())), "slowest_s": storm.slowest[name]} for name in sorted(storm.counts)}},
        "short": short}))
    sys.exit(1 if short else 0)


if __name__ == "__main__":
    main()
