"""What the crash tests share: the real program, an index's contents read without it, and the truth to compare with."""
import json
import os
import random
import shutil
import sqlite3
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MODEL = os.path.join(ROOT, "Tests/RankingTests/Fixtures/one-pass")
OLDER_FORMATS = [os.path.join(ROOT, f"Tests/Formats/{number}/demo") for number in (1, 2, 3)]
WORDS = [f"word{number}" for number in range(200)]


class Program:
    """The binary, over one folder of indexes."""

    def __init__(self, binary, folder, models):
        self.binary, self.folder, self.models = binary, folder, models

    def command(self, *arguments):
        return [self.binary, *arguments, "--indexes", self.folder]

    def start(self, *arguments, environment=None):
        return subprocess.Popen(
            self.command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
            env={**os.environ, **(environment or {})})

    def run(self, *arguments, environment=None):
        return subprocess.run(
            self.command(*arguments), capture_output=True, text=True, cwd=ROOT,
            env={**os.environ, **(environment or {})})

    def index(self, name):
        return os.path.join(self.folder, name)

    def adding(self, name, corpus, every):
        arguments = ["index", "--index", name, corpus, "--acknowledge", "--commit-every", str(every)]
        return arguments + (["--models", MODEL] if self.models else ["--lexical-only"])

    def verify(self, name):
        """The program's own report; its problems must be none."""
        done = self.run("verify", "--index", name, "--json")
        if done.returncode not in (0, 1) or not done.stdout:
            raise AssertionError(f"verify ended with {done.returncode}: {done.stderr}")
        return json.loads(done.stdout)

    def found(self, name, query):
        pipeline = "bm25:10,tildev2:10,colbert:10" if self.models else "bm25:10"
        done = self.run("search", "--index", name, query, "--json", "--k", "10", "--pipeline", pipeline)
        if done.returncode != 0:
            raise AssertionError(f"search ended with {done.returncode}: {done.stderr}")
        return [(hit["id"], hit["text"]) for hit in json.loads(done.stdout)["hits"]]


def contents(index):
    """id → text as SQLite itself reads them; nothing where there is no catalogue yet.

    Only reads: this SQLite knows nothing of the checksums in the pages, and would write them without."""
    path = os.path.join(index, "catalogue.sqlite")
    if not os.path.exists(path):
        return {}
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)
    try:
        return dict(connection.execute("SELECT id, text FROM passages"))
    except sqlite3.OperationalError as error:
        # Killed while it was made: there are no tables, or SQLite has the first page yet to take back.
        if "no such table" in str(error) or not os.path.exists(os.path.join(index, "index.json")):
            return {}
        raise
    finally:
        connection.close()


class Corpus:
    """Random passages, each with a word of its own, so that a search can tell whether exactly it is there."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.version = 0

    def passages(self, count, pool):
        chosen = self.random.sample(range(pool), count)
        made = []
        for number in chosen:
            self.version += 1
            words = self.random.choices(WORDS, k=self.random.randint(3, 25))
            made.append((f"p{number}", " ".join([f"mark{self.version}x", *words])))
        return made

    @staticmethod
    def write(path, passages):
        with open(path, "w") as file:
            file.writelines(f"{key}\t{text}\n" for key, text in passages)


def after(state, passages):
    """A state with passages added."""
    state = dict(state)
    state.update(passages)
    return state


def acknowledged(output):
    """The last count that was acknowledged on standard output; an incomplete line was not."""
    last = 0
    for line in output.split(b"\n")[:-1]:
        if line.startswith(b'{"durable"'):
            last = json.loads(line)["durable"]
    return last


def fresh(path):
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    return path
