"""HTTP/1.1 over raw sockets, for clients that do what well-behaved ones do not: cut, stall, close and send anything.

Python's standard library only. What the memory test and the fuzzer of requests share.
"""
import socket
import struct
import time


class Broken(Exception):
    """The answer is not HTTP, or breaks off."""


class Answer:
    """A response: status, fields as they came (names in lower case), and of the body at most what was to be kept."""

    def __init__(self, status, fields):
        self.status, self.fields = status, fields
        self.body, self.size = b"", 0
        self.head = b""

    def field(self, name):
        return next((value for key, value in self.fields if key == name), None)

    def __repr__(self):
        return f"{self.status} {self.body[:300]!r}"


class Client:
    """One connection; closed with the block."""

    def __init__(self, port, timeout, host="127.0.0.1"):
        self.socket = socket.create_connection((host, port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, *pieces, pause=0):
        for piece in pieces:
            self.socket.sendall(piece)
            if pause:
                time.sleep(pause)

    def end_sending(self):
        self.socket.shutdown(socket.SHUT_WR)

    def abort(self):
        """Leaves with a reset instead of a farewell."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def _more(self):
        piece = self.socket.recv(1 << 18)
        if not piece:
            raise Broken("the connection ended within an answer" if self.received else "the connection ended")
        self.received += piece

    def _line(self, limit=1 << 16):
        while (end := self.received.find(b"\r\n")) < 0:
            if len(self.received) > limit:
                raise Broken("a line without an end")
            self._more()
        line, self.received = self.received[:end], self.received[end + 2:]
        return line

    def _take(self, answer, count, keep):
        """Moves so many bytes of the body out of what came."""
        while count > 0:
            if not self.received:
                self._more()
            piece, self.received = self.received[:count], self.received[count:]
            count -= len(piece)
            answer.size += len(piece)
            if len(answer.body) < keep:
                answer.body += piece[:keep - len(answer.body)]

    def _head(self):
        line = self._line()
        parts = line.split(b" ", 2)
        if len(parts) < 2 or not parts[0].startswith(b"HTTP/1.") or not (parts[1].isdigit() and len(parts[1]) == 3):
            raise Broken(f"no status line: {line[:80]!r}")
        answer, head = Answer(int(parts[1]), []), [line]
        while line := self._line():
            head.append(line)
            name, colon, value = line.partition(b":")
            if not colon or not name or name != name.strip():
                raise Broken(f"no header field: {line[:80]!r}")
            answer.fields.append((name.decode("latin-1").lower(), value.strip().decode("latin-1")))
        answer.head = b"\r\n".join(head)
        return answer

    def read(self, keep=1 << 16, is_head=False):
        """The next answer; those that only say that more is awaited (1xx) are passed over. Raises `Broken`, `OSError`."""
        while (answer := self._head()).status // 100 == 1:
            pass
        if is_head or answer.status in (204, 304):
            return answer
        if "chunked" in (answer.field("transfer-encoding") or ""):
            while True:
                size = self._line().split(b";")[0].strip()
                try:
                    size = int(size, 16)
                except ValueError:
                    raise Broken(f"no size of a chunk: {size[:40]!r}") from None
                if size == 0:
                    break
                self._take(answer, size, keep)
                if self._line() != b"":
                    raise Broken("a chunk is longer than it says")
            while self._line():
                pass
        elif (length := answer.field("content-length")) is not None:
            if not length.isdigit():
                raise Broken(f"no length: {length[:40]!r}")
            self._take(answer, int(length), keep)
        else:
            while True:
                try:
                    self._take(answer, 1 << 18, keep)
                except Broken:
                    return answer
        return answer


def request(method, target, body=None, *fields):
    """The bytes of a plain request; `fields` are pairs."""
    lines = [f"{method} {target} HTTP/1.1".encode(), b"Host: localhost"]
    lines += [f"{name}: {value}".encode() for name, value in fields]
    if body is not None:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + (body or b"")


def chunked(body, size):
    """A body cut into chunks of a size."""
    parts = [body[start:start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def ask(port, data, timeout=60, keep=1 << 20, is_head=False):
    """One request on a connection of its own."""
    with Client(port, timeout) as client:
        client.send(data)
        return client.read(keep, is_head)
