"""Asks `/healthz` every 200 ms, in a process of its own, so that it is awake whatever those that attack do.

    health.py PORT

prints a line for each answer: the time, how many seconds it took, its status (0 for none), and how late this process itself
was awake in the 200 ms before, which tells a slow server from a machine that is too busy. It ends with its standard input.
"""
import select
import subprocess
import sys
import threading
import time

import wire

PAUSE = 0.2


class Probe:
    """Runs it beside a test, which asks for the worst."""

    def __init__(self, port):
        self.process = subprocess.Popen(
            [sys.executable, __file__, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.asked, self.unanswered, self.worst, self.latest, self.slow = 0, 0, 0.0, 0.0, []
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        for line in self.process.stdout:
            at, took, status, late = line.split()
            took, late = float(took), float(late)
            self.asked += 1
            self.unanswered += status != "200"
            self.worst, self.latest = max(self.worst, took), max(self.latest, late)
            if took > 1 or status != "200":
                self.slow.append((float(at), took, int(status), late))

    def end(self):
        """Stops it; then all figures are whole."""
        self.process.stdin.close()
        self.process.wait(30)
        self.thread.join()


def main():
    port = int(sys.argv[1])
    data = wire.request("GET", "/healthz", None, ("Connection", "close"))
    while True:
        began = time.monotonic()
        if select.select([sys.stdin], [], [], PAUSE)[0]:
            return
        late = time.monotonic() - began - PAUSE
        began = time.monotonic()
        try:
            status = wire.ask(port, data, 30).status
        except (OSError, wire.Broken):
            status = 0
        print(f"{time.time():.3f} {time.monotonic() - began:.4f} {status} {late:.4f}", flush=True)


if __name__ == "__main__":
    main()
