"""Kills the program at random moments (kill -9) while it indexes, deletes, merges, reindexes and upgrades.

After each kill the index must open, verify, hold exactly what was acknowledged (or that and the whole of the one commit
that was under way), and find it. Then the same command goes on, or the next one begins.

    kill.py --binary .build/release/passerine --rounds 500 [--lexical-only] [--seed 1]
"""
import argparse
import collections
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from program import MODEL, OLDER_FORMATS, Corpus, Program, acknowledged, after, contents, fresh

EVERY = 20
POOL = 400


class Rounds:
    def __init__(self, program, seed):
        self.program = program
        self.corpus = Corpus(seed)
        self.random = self.corpus.random
        self.state = {}
        self.codec = "int8"
        self.counts = collections.Counter()
        self.kills = 0
        self.duration = collections.defaultdict(lambda: 0.3)
        self.input = os.path.join(program.folder, "input.txt")

    def killed(self, kind, arguments):
        """Runs a command and kills it somewhere; what it acknowledged, and whether it had ended."""
        process = self.program.start(*arguments)
        began = time.monotonic()
        try:
            output, errors = process.communicate(timeout=self.random.uniform(0, self.duration[kind] * 1.1))
            ended = True
        except subprocess.TimeoutExpired:
            # Between the two the command may have come to its end: then nothing is left to kill.
            ended = process.poll() is not None
            process.kill()
            output, errors = process.communicate()
        if ended and process.returncode != 0:
            raise AssertionError(f"{kind} ended with {process.returncode}: {errors.decode()}")
        if ended:
            self.duration[kind] = 0.7 * self.duration[kind] + 0.3 * (time.monotonic() - began)
        else:
            self.duration[kind] = max(self.duration[kind], 0.02) * 1.05
        self.counts[f"{kind}, {'ended before' if ended else 'killed'}"] += 1
        self.kills += not ended
        return acknowledged(output), ended

    def check(self, allowed, name="crash"):
        """The index holds one of the allowed states, verifies and finds; returns which."""
        found = contents(self.program.index(name))
        matching = [number for number, state in enumerate(allowed) if state == found]
        if not matching:
            sizes = [len(state) for state in allowed]
            raise AssertionError(f"{len(found)} passages are none of the {len(allowed)} allowed states {sizes}")
        if os.path.exists(os.path.join(self.program.index(name), "index.json")):
            report = self.program.verify(name)
            if report["problems"]:
                raise AssertionError(f"verify: {report['problems']}")
            if report["passages"] != len(found):
                raise AssertionError(f"verify counts {report['passages']} passages of {len(found)}")
            for key in self.random.sample(sorted(found), min(2, len(found))):
                hits = self.program.found(name, found[key].split()[0])
                if hits != [(key, found[key])]:
                    raise AssertionError(f"search for {found[key].split()[0]} finds {hits}")
        return matching[-1]

    def finish(self, arguments):
        done = self.program.run(*arguments)
        if done.returncode != 0:
            raise AssertionError(f"{arguments[0]} ended with {done.returncode}: {done.stderr}")

    def indexing(self):
        passages = self.corpus.passages(self.random.randint(30, 200), POOL)
        Corpus.write(self.input, passages)
        arguments = self.program.adding("crash", self.input, EVERY)
        durable, ended = self.killed("indexing", arguments)
        starts = [min(count, len(passages)) for count in range(durable, durable + EVERY + 1, EVERY)]
        allowed = [after(self.state, passages[:count]) for count in ([len(passages)] if ended else starts)]
        allowed = allowed if ended or durable < len(passages) else allowed[:1]
        self.state = allowed[self.check(allowed)]
        # The same command goes on to the end, and comes to what it would have without the kill.
        if self.random.random() < 0.5:
            self.finish(arguments)
            self.state = after(self.state, passages)
            self.check([self.state])
            self.counts["indexing, gone on"] += 1

    def deletion(self):
        ids = self.random.sample(sorted(self.state), min(len(self.state), self.random.randint(1, 60)))
        Corpus.write(self.input, [])
        with open(self.input, "w") as file:
            file.writelines(key + "\n" for key in ids)
        durable, ended = self.killed(
            "deletion", ["delete", "--index", "crash", "--file", self.input, "--commit-every", "5", "--acknowledge"])
        counts = [len(ids)] if ended else [durable, min(durable + 5, len(ids))]
        allowed = [{key: text for key, text in self.state.items() if key not in set(ids[:count])} for count in counts]
        self.state = allowed[self.check(allowed)]

    def compaction(self):
        self.killed("compaction", ["compact", "--index", "crash"])
        self.check([self.state])

    def reindexing(self):
        codec = "float16" if self.codec == "int8" else "int8"
        arguments = [
            "reindex", "--index", "crash", "--models", MODEL, "--codec", codec, "--commit-every", str(EVERY)]
        self.killed("reindexing", arguments)
        self.check([self.state])
        with open(os.path.join(self.program.index("crash"), "index.json")) as file:
            json.load(file)
        if self.random.random() < 0.5:
            self.finish(arguments)
            self.codec = codec
            self.check([self.state])
            self.counts["reindexing, gone on"] += 1

    def upgrade(self):
        index = self.program.index("old")
        shutil.rmtree(index, ignore_errors=True)
        shutil.copytree(self.random.choice(OLDER_FORMATS), index)
        before = contents(index)
        self.killed("upgrade", ["upgrade", "--index", "old"])
        self.finish(["upgrade", "--index", "old"])
        if contents(index) != before or self.program.verify("old")["problems"]:
            raise AssertionError("the upgraded index is not what it was")

    def run(self, rounds):
        kinds = ["indexing"] * 4 + ["deletion"] * 2 + ["compaction"] * 2
        kinds += ["reindexing"] * 2 if self.program.models else []
        number = 0
        while self.kills < rounds:
            kind = self.random.choice(kinds if self.state else ["indexing"])
            if number % 20 == 19:
                kind = "upgrade"
            number += 1
            try:
                getattr(self, kind)()
            except Exception:
                print(f"round {number} ({kind}) of {self.program.folder}", file=sys.stderr)
                raise
        return {"kills": self.kills, "ended before": number - self.kills, "passages": len(self.state), "lost": 0, "moments": dict(sorted(self.counts.items()))}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--rounds", type=int, default=500, help="how many kills; those that come too late do not count")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lexical-only", action="store_true")
    parser.add_argument("--work", help="folder to work in; a failed run leaves it as it is")
    arguments = parser.parse_args()
    folder = fresh(arguments.work or tempfile.mkdtemp(prefix="passerine-kill-"))
    program = Program(os.path.abspath(arguments.binary), folder, not arguments.lexical_only)
    report = Rounds(program, arguments.seed).run(arguments.rounds)
    print(json.dumps({"test": "kill", "models": program.models, "seed": arguments.seed, **report}))
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
