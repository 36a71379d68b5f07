"""A server over small indexes of its own, with and without keys, and a front that can be told to fail."""

import http.server
import json
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
current = None

# What a page must show as it stands, whatever it looks like.
EVIL_TEXT = (
    "<script>window.broken=1</script> Evil <img src=x onerror=\"window.broken=2\"> wombat 🐦 & <b>bold</b> &lt; 'q'"
)
EVIL_ID = '"><svg onload=window.broken=3>'
EVIL_FIELD = "<i onmouseover=window.broken=4>field</i>"
EVIL = [
    {
        "id": EVIL_ID,
        "text": EVIL_TEXT,
        "metadata": {
            EVIL_FIELD: "<img src=x onerror=window.broken=5>",
            "link": "javascript:window.broken=6",
            "data": "data:text/html,<script>window.broken=7</script>",
            "__proto__": "wombat",
            "constructor": "wombat",
            "title": "<script>window.broken=8</script>",
        },
    },
    {
        "id": "constructor",
        "text": "A second evil wombat, with a name that objects have.",
        "metadata": {
            EVIL_FIELD: "<img src=x onerror=window.broken=5>",
            "link": "https://example.org/?<script>",
            "deep": {"a": ["<b>"]},
        },
    },
]

# Numbers that are one to whoever counts in doubles.
STEAM_IDS = [76561198275305774, 76561198275305775, 76561198275305776]
PLAYERS = [
    {"id": f"player {number}", "text": "A player's profile.", "metadata": {"steam_id": steam_id, "all": STEAM_IDS}}
    for number, steam_id in enumerate(STEAM_IDS)
]


def passages():
    """The demo's corpus, with more metadata so that there is something to filter."""
    for number, line in enumerate((ROOT / "scripts/demo-corpus.jsonl").read_text().splitlines()):
        passage = json.loads(line)
        passage["metadata"] |= {
            "year": 1990 + number % 30,
            "free": number % 2 == 0,
            "kinds": ["note", f"kind {number % 3}"],
        }
        yield passage


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Site:
    def __init__(self, binary):
        self.binary = str(pathlib.Path(binary).resolve())
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="passerine-web-"))
        self.processes = []

    def __enter__(self):
        try:
            self.make_index("demo", passages())
            self.make_index("evil", EVIL)
            self.make_index("players", PLAYERS)
            self.base = self.serve()
            keys = self.folder / "keys.json"
            made = subprocess.run(
                [self.binary, "keys", "create", "--keys", keys, "--role", "search"],
                check=True,
                capture_output=True,
                text=True,
                cwd=self.folder,
            )
            self.key = max(re.findall(r"\S{20,}", made.stdout), key=len)
            self.locked = self.serve("--keys", keys)
            self.front = Front(self.base)
            return self
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(timeout=30)
        if hasattr(self, "front"):
            self.front.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def make_index(self, name, lines):
        corpus = self.folder / f"{name}.jsonl"
        corpus.write_text("".join(json.dumps(line) + "\n" for line in lines))
        subprocess.run(
            [
                self.binary,
                "index",
                "--indexes",
                self.folder / "indexes",
                "--index",
                name,
                "--models",
                ROOT / "models/passerine-small/encoder",
                corpus,
            ],
            check=True,
            capture_output=True,
            cwd=self.folder,
        )

    def serve(self, *arguments):
        """Starts a server; gives its address once it answers."""
        port = free_port()
        with open(self.folder / f"log-{port}", "wb") as log:
            self.processes.append(
                subprocess.Popen(
                    [
                        self.binary,
                        "serve",
                        "--indexes",
                        self.folder / "indexes",
                        "--host",
                        "127.0.0.1",
                        "--port",
                        str(port),
                        *map(str, arguments),
                    ],
                    stdout=log,
                    stderr=log,
                    cwd=self.folder,
                )
            )
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5)
                return f"http://127.0.0.1:{port}"
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise RuntimeError((self.folder / f"log-{port}").read_text()[-2000:])


class Front:
    """Passes everything on, but answers searches from `plan` as long as that has entries (status, headers, body)."""

    def __init__(self, base):
        front = self
        self.plan = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                self.pass_on(None)

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if front.plan:
                    self.answer(*front.plan.pop(0))
                else:
                    self.pass_on(body)

            def pass_on(self, body):
                request = urllib.request.Request(base + self.path, body, {"Content-Type": "application/json"})
                try:
                    with urllib.request.urlopen(request) as answer:
                        self.answer(answer.status, dict(answer.headers), answer.read())
                except urllib.error.HTTPError as error:
                    self.answer(error.code, dict(error.headers), error.read())

            def answer(self, status, headers, body):
                self.send_response(status)
                for name, value in headers.items():
                    if name not in ("Content-Length", "Transfer-Encoding", "Connection", "Date"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None
