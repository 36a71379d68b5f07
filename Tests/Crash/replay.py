"""Fails every change to the disk in turn, and plays every moment of a run again with what was not synced dropped.

The program runs under faults.c, which sees each write, sync, truncation, rename and creation below the index.

1. Each change in turn fails with EIO, then with ENOSPC. The program must say so in words or have done without it; the
   index must verify and hold what was acknowledged, and the same command must then succeed.
2. One run is recorded. For each moment of it the disk is made as a power cut would leave it: what was synced is there;
   of what was not, nothing, everything, or a random part, file by file and write by write. The index must open, verify
   and hold what was acknowledged by then. This is the manner of ALICE (Pillai et al., OSDI 2014) and CrashMonkey
   (Mohan et al., OSDI 2018).

    replay.py --binary .build/release/passerine [--moments 400] [--lexical-only]
"""
import argparse
import collections
import json
import os
import random
import shutil
import sqlite3
import struct
import subprocess
import tempfile

from program import MODEL, OLDER_FORMATS, Corpus, Program, acknowledged, after, contents, fresh

EVERY = 5
ERRORS = {"EIO": 5, "ENOSPC": 28}


def build(folder):
    library = os.path.join(folder, "faults.so")
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "faults.c")
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", library, source, "-ldl", "-lpthread"], check=True)
    return library


class Disk:
    """Files as memory and disk have them: every change first reaches the one, with a sync the other."""

    def __init__(self, generator):
        self.random = generator
        self.names, self.durable_names = {}, {}
        # The changes of a file in order, and how many of them are synced.
        self.changes, self.synced = {}, {}
        self.next = 0

    def load(self, root):
        for folder, _, files in os.walk(root):
            for name in files:
                if name.endswith("-shm") or name == "writer.lock":
                    continue
                path = os.path.join(folder, name)
                number = self.create(path)
                with open(path, "rb") as file:
                    self.changes[number].append(("W", 0, file.read()))
                self.synced[number] = 1
        self.durable_names = dict(self.names)

    def create(self, path):
        number, self.next = self.next, self.next + 1
        self.names[path] = number
        self.changes[number], self.synced[number] = [], 0
        return number

    def apply(self, kind, path, offset, data):
        if kind == "C":
            self.create(path)
        elif kind in "WT":
            number = self.names.get(path)
            if number is None:
                number = self.create(path)
            self.changes[number].append((kind, offset, data))
        elif kind == "S":
            if path in self.names:
                number = self.names[path]
                self.synced[number] = len(self.changes[number])
            else:
                # A folder: the names in it are durable from here on.
                inside = path + "/"
                for name in [name for name in self.durable_names if os.path.dirname(name) == path]:
                    if name not in self.names:
                        del self.durable_names[name]
                for name, number in self.names.items():
                    if name.startswith(inside) and os.path.dirname(name) == path:
                        self.durable_names[name] = number
        elif kind == "R":
            if path in self.names:
                self.names[data.decode()] = self.names.pop(path)
        elif kind == "U":
            self.names.pop(path, None)

    def write(self, root, target, mode):
        """Makes the files that are there after a power cut; `mode` is what becomes of changes that were not synced."""
        names = self.names if mode == "everything" else self.durable_names
        for path, number in names.items():
            changes = self.changes[number]
            synced = self.synced[number]
            if mode == "everything":
                kept = changes
            elif mode == "nothing":
                kept = changes[:synced]
            else:
                kept = changes[:synced] + [change for change in changes[synced:] if self.random.random() < 0.5]
            content = bytearray()
            for kind, offset, data in kept:
                if kind == "T":
                    del content[offset:]
                    content.extend(bytes(offset - len(content)))
                else:
                    content.extend(bytes(max(0, offset - len(content))))
                    content[offset:offset + len(data)] = data
            place = target + path[len(root):]
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place, "wb") as file:
                file.write(content)


def records(path):
    with open(path, "rb") as file:
        content = file.read()
    position = 0
    while position < len(content):
        kind, length, offset, size = struct.unpack_from("<cIqI", content, position)
        position += 17
        name = content[position:position + length].decode()
        position += length
        yield kind.decode(), name, offset, content[position:position + size]
        position += size


class Replay:
    def __init__(self, program, work, library, seed, only):
        self.program, self.work, self.library, self.only = program, work, library, only
        self.random = random.Random(seed)
        corpus = Corpus(seed)
        self.first, self.second = corpus.passages(15, 40), corpus.passages(20, 40)
        self.input = os.path.join(work, "input.tsv")
        Corpus.write(self.input, self.second)
        self.ids = os.path.join(work, "ids.txt")
        self.deleted = [key for key, _ in self.first[:10]]
        with open(self.ids, "w") as file:
            file.writelines(key + "\n" for key in self.deleted)
        self.counts = collections.Counter()
        self.older = {f"upgrade from format {number}": path for number, path in enumerate(OLDER_FORMATS, 1)}
        self.forgets_syncs = False

    def commands(self):
        return (command for command in self.all_commands() if command[0].startswith(self.only))

    def all_commands(self):
        """Name, arguments, and the states that the command passes through, by acknowledged count."""
        base = dict(self.first)
        yield "indexing", self.program.adding("i", self.input, EVERY), [
            after(base, self.second[:count]) for count in range(0, len(self.second) + 1, EVERY)]
        yield "deletion", ["delete", "--index", "i", "--file", self.ids, "--commit-every", str(EVERY), "--acknowledge"], [
            {key: text for key, text in base.items() if key not in self.deleted[:count]}
            for count in range(0, len(self.deleted) + 1, EVERY)]
        yield "compaction", ["compact", "--index", "i"], [base]
        if self.program.models:
            yield "reindexing", [
                "reindex", "--index", "i", "--models", MODEL, "--codec", "float16", "--commit-every", str(EVERY)], [base]
        for name in self.older:
            self.prepare(name)
            yield name, ["upgrade", "--index", "i"], [contents(self.program.index("i"))]

    def prepare(self, command):
        """What a command begins with: an index of three commits, or one of an older format."""
        fresh(self.program.folder)
        if command in self.older:
            shutil.copytree(self.older[command], self.program.index("i"))
            return
        source = os.path.join(self.work, "first.tsv")
        Corpus.write(source, self.first)
        done = self.program.run(*self.program.adding("i", source, EVERY))
        assert done.returncode == 0, done.stderr

    def environment(self, **more):
        return {"LD_PRELOAD": self.library, "FAULT_ROOT": self.program.index("i"), **more}

    def sound(self, command, states, durable, what):
        """The index holds a state that is no older than the acknowledged one, and verifies."""
        if command in self.older:
            # Until it is done an index of an older format can only be upgraded.
            done = self.program.run("upgrade", "--index", "i")
            if done.returncode != 0:
                raise AssertionError(f"{what}: cannot be upgraded: {done.stderr}")
        found = contents(self.program.index("i"))
        matching = [number for number, state in enumerate(states) if state == found]
        if not matching or matching[-1] * EVERY < durable and len(states) > 1:
            raise AssertionError(f"{what}: {len(found)} passages, {durable} acknowledged, states {matching}")
        report = self.program.verify("i")
        if report["problems"]:
            raise AssertionError(f"{what}: {report['problems']}")

    def fail_each(self):
        for name, arguments, states in self.commands():
            for word, code in ERRORS.items():
                at = 0
                while True:
                    self.prepare(name)
                    count_path = os.path.join(self.work, "count")
                    done = self.program.start(*arguments, environment=self.environment(
                        FAULT_AT=str(at), FAULT_ERRNO=str(code), FAULT_COUNT=count_path))
                    output, errors = done.communicate()
                    if done.returncode not in (0, 1) or done.returncode == 1 and b"passerine: " not in errors:
                        raise AssertionError(f"{name}, change {at}, {word}: ended with {done.returncode}: {errors.decode()}")
                    self.sound(name, states, acknowledged(output), f"{name}, change {at}, {word}")
                    again = self.program.run(*arguments)
                    if again.returncode != 0:
                        raise AssertionError(f"{name} after change {at}, {word}: {again.stderr}")
                    if contents(self.program.index("i")) != states[-1]:
                        raise AssertionError(f"{name} after change {at}: comes to another end")
                    self.counts[f"{name}, {word}, {'refused' if done.returncode else 'done without'}"] += 1
                    with open(count_path) as file:
                        if int(file.read()) <= at:
                            break
                    at += 1

    def replay_each(self, moments):
        for name, arguments, states in self.commands():
            self.prepare(name)
            root = self.program.index("i")
            before = Disk(self.random)
            before.load(root)
            log = os.path.join(self.work, "log")
            if os.path.exists(log):
                os.unlink(log)
            done = self.program.run(*arguments, environment=self.environment(FAULT_LOG=log))
            assert done.returncode == 0, done.stderr
            changes = [change for change in records(log) if change[0] != "S" or not self.forgets_syncs]
            chosen = range(len(changes) + 1)
            if len(chosen) > moments:
                chosen = sorted(self.random.sample(chosen, moments))
            output, disk, position = b"", before, 0
            for moment in chosen:
                for kind, path, offset, data in changes[position:moment]:
                    if kind == "A":
                        output += data
                    else:
                        disk.apply(kind, path, offset, data)
                position = moment
                for mode in ("nothing", "everything", "part"):
                    shutil.rmtree(root)
                    disk.write(root, root, mode)
                    what = f"{name}, moment {moment} of {len(changes)}, {mode} unsynced"
                    self.sound(name, states, acknowledged(output), what)
                    self.counts[f"{name}, {mode} of what was not synced"] += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--moments", type=int, default=400, help="most moments to play again of each command")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lexical-only", action="store_true")
    parser.add_argument("--skip-faults", action="store_true")
    parser.add_argument("--only", help="only the commands whose name begins so")
    arguments = parser.parse_args()
    work = tempfile.mkdtemp(prefix="passerine-replay-")
    folder = fresh(os.path.join(work, "indexes"))
    program = Program(os.path.abspath(arguments.binary), folder, not arguments.lexical_only)
    replay = Replay(program, work, build(work), arguments.seed, arguments.only or "")
    if not arguments.skip_faults:
        replay.fail_each()
    replay.replay_each(arguments.moments)
    # A test that cannot fail says nothing: without its syncs the same run must lose something.
    replay.forgets_syncs = True
    try:
        replay.replay_each(5)
    except (AssertionError, sqlite3.DatabaseError):
        replay.counts["losses noticed in a run without syncs"] += 1
    else:
        raise AssertionError("a run without syncs loses nothing, so this test would not notice")
    print(json.dumps({
        "test": "replay", "models": program.models, "seed": arguments.seed, "lost": 0,
        "counts": dict(sorted(replay.counts.items()))}))
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
