"""Runs the program under a time of day that jumps by years, forwards and backwards, each time that it is looked at (clock.c).

Indexing, deletion, merging, reindexing, backup, restore and a server must come to what they come to under a clock that
does not, and no duration that is printed may be wrong for it.

    clock.py --binary .build/release/passerine
"""
import argparse
import json
import os
import subprocess
import tempfile
import time

from live import ask, serve
from program import MODEL, Corpus, Program, after, contents


class JumpingProgram(Program):
    """The binary under the clock."""

    def __init__(self, binary, folder, library):
        super().__init__(binary, folder, True)
        self.library = library

    def start(self, *arguments, environment=None):
        return super().start(*arguments, environment={"LD_PRELOAD": self.library, **(environment or {})})

    def run(self, *arguments, environment=None):
        return super().run(*arguments, environment={"LD_PRELOAD": self.library, **(environment or {})})


def build(folder):
    library = os.path.join(folder, "clock.so")
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clock.c")
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    # A test that cannot fail says nothing: the clock must be seen to jump.
    years = subprocess.run(
        ["python3", "-c", "import time; print(len({time.gmtime(time.time()).tm_year for _ in range(100)}))"],
        env={**os.environ, "LD_PRELOAD": library}, capture_output=True, text=True, check=True)
    assert int(years.stdout) > 5, "the clock does not jump"
    return library


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="passerine-clock-") as place:
        steady = Program(os.path.abspath(arguments.binary), os.path.join(place, "steady"), True)
        jumping = JumpingProgram(steady.binary, os.path.join(place, "jumping"), build(place))
        corpus = Corpus(5)
        parts = [corpus.passages(300, 500) for _ in range(3)]
        state, commands = {}, 0
        for part in parts:
            state = after(state, part)
        gone = sorted(state)[:40]
        state = {key: text for key, text in state.items() if key not in gone}
        words = [text.split()[0] for text in list(state.values())[:10]] + ["word1 word2 word3", "word7 word150"]
        answers = []
        for program in (steady, jumping):
            steps = []
            for number, part in enumerate(parts):
                path = os.path.join(place, f"{number}.tsv")
                Corpus.write(path, part)
                steps.append(program.adding("i", path, 40))
            steps += [
                ["delete", "--index", "i", *gone], ["compact", "--index", "i"],
                ["reindex", "--index", "i", "--models", MODEL, "--codec", "float16", "--commit-every", "50"],
                ["backup", "--index", "i", "--to", program.index("copy")],
                ["restore", "--index", "i", "--from", program.index("copy"), "--replace"],
            ]
            for step in steps:
                began = time.monotonic()
                done = program.run(*step)
                took = time.monotonic() - began
                assert done.returncode == 0, (step[0], done.stderr)
                for line in done.stderr.splitlines():
                    report = json.loads(line) if line.startswith("{") else {}
                    assert 0 <= report.get("seconds", 0) <= took + 1, line
                    assert 0 <= report.get("seconds_left", 0) <= 1000 * took, line
                commands += 1
            report = program.verify("i")
            assert report["problems"] == [] and report["notes"] == [], report
            assert contents(program.index("i")) == state
            server, port = serve(program)
            try:
                answers.append([ask(port, word) for word in words])
                # What another process commits is seen, and what the server writes itself.
                program.run(*program.adding("i", os.path.join(place, "0.tsv"), 40), "--again")
                assert [key for key, _ in ask(port, parts[0][0][1].split()[0], 1)] == [parts[0][0][0]]
            finally:
                server.terminate()
                assert server.wait(30) == 0
        assert answers[0] == answers[1], "answers differ"
    print(json.dumps({"test": "clock", "commands": commands // 2, "answers": len(words), "wrong": 0}))


if __name__ == "__main__":
    main()
