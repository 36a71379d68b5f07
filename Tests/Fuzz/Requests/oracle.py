"""What must hold of every answer, whatever was asked."""
import gzip
import json
import re

# 507, which a full disk would be, is none of them: there is room.
STATUSES = {200, 201, 204, 304, 400, 401, 403, 404, 405, 408, 409, 413, 414, 415, 417, 421, 422, 429, 431, 501, 503, 504, 505}
PROMISED = ["x-content-type-options", "x-frame-options", "referrer-policy", "content-security-policy",
            "cross-origin-resource-policy", "cache-control", "x-request-id"]
#: Codes that 5xx may have, which are not the server's own failure.
UNAVAILABLE = {501, 503, 504, 505}


def _whole_request(pieces):
    """Whether what was sent has an end that the server can know of; simple and, where in doubt, no."""
    data = b"".join(pieces)
    head, separator, body = data.partition(b"\r\n\r\n")
    if not separator or b"\n" in head.replace(b"\r\n", b""):
        return False
    fields = [line.partition(b":") for line in head.split(b"\r\n")[1:]]
    lengths = [value.strip() for name, _, value in fields if name.strip().lower() == b"content-length"]
    if any(name.strip().lower() == b"transfer-encoding" for name, _, _ in fields):
        return not lengths and body.endswith(b"0\r\n\r\n")
    return not lengths or len(lengths) == 1 and lengths[0].isdigit() and int(lengths[0]) <= len(body)


def may_wait(pieces):
    """Whether the server may still be waiting for something."""
    return not _whole_request(pieces)


def may_be_silent(described, pieces, error):
    """Whether a connection may end without an answer: the client has left, or has sent what is no request."""
    if described["leaves"] or not _whole_request(pieces):
        return True
    # What follows a refused head is not read, and a kernel may then reset the connection before the answer is read.
    return "reset" in error.lower() and sum(map(len, pieces)) > 60_000


def essence(answer):
    """An answer without what is different each time."""
    body = answer.body
    if answer.field("content-encoding") == "gzip" and answer.size == len(body):
        body = gzip.decompress(body)
    kind = answer.field("content-type") or ""
    if "json" in kind:
        body = re.sub(rb'"milliseconds":\{[^}]*\}', b"", body)
        body = re.sub(rb'"id":"[0-9a-f]{8}-[0-9a-f-]{27}"', b"", body)
        body = re.sub(rb'"(uptime_seconds|uptime|postings|derived|catalogue|bytes|seconds)":[^,}]*', b"", body)
    if "text/plain" in kind:
        return answer.status, len(body) > 0
    if b'"indexes"' in body or b'"passages"' in body:
        # Lists and descriptions tell of what others change meanwhile.
        return answer.status, kind
    return answer.status, kind, body


def faults(answer, pieces, site):
    """Pairs of a kind and words for all that is wrong with an answer."""
    is_head = b"".join(pieces).startswith(b"HEAD ")
    if answer.status not in STATUSES:
        yield "status", f"{answer}"
    missing = [name for name in PROMISED if answer.field(name) is None]
    if missing:
        yield "headers", f"{answer.status} lacks {', '.join(missing)}: {answer.body[:150]!r}"
    names = [name for name, _ in answer.fields]
    twice = {name for name in names if names.count(name) > 1 and name not in ("vary", "set-cookie")}
    if twice:
        yield "headers", f"{answer.status} has {', '.join(sorted(twice))} twice"
    if "x-injected" in names:
        yield "injected", f"{answer.head!r}"
    body = answer.body
    if answer.size > len(body):
        return
    if answer.field("content-encoding") == "gzip" and body:
        try:
            body = gzip.decompress(body)
        except (OSError, EOFError) as error:
            yield "gzip", f"{answer.status}: {error}"
            return
    for place in (site.folder, site.binary.rpartition("/.build")[0] or site.binary, "/proc/", "/usr/", "/opt/"):
        where = body.find(place.encode())
        if where >= 0 and place.encode() not in b"".join(pieces):
            yield "path", f"{answer.status}: {body[max(0, where - 200):where + 100]!r}"
    if is_head or answer.status in (204, 304):
        return
    kind = answer.field("content-type") or ""
    parsed = None
    if kind.startswith("application/json"):
        try:
            parsed = json.loads(body.decode("utf-8"), parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            yield "not JSON", f"{answer.status}: {error}: {body[:200]!r}"
            return
    elif kind.startswith("application/x-ndjson"):
        try:
            lines = [json.loads(line.decode("utf-8"), parse_constant=_refuse) for line in body.splitlines()]
            parsed = lines[-1] if lines else None
        except ValueError as error:
            yield "not JSON", f"{answer.status}: {error}: {body[-200:]!r}"
            return
        if not isinstance(parsed, dict) or "complete" not in parsed:
            yield "summary", f"{answer.status}: {body[-200:]!r}"
            return
    if answer.status >= 400:
        yield from _error(answer, parsed, kind)


def _refuse(constant):
    raise ValueError(f"{constant} is no JSON")


def _error(answer, parsed, kind):
    if answer.status >= 500 and answer.status not in UNAVAILABLE:
        return
    if not isinstance(parsed, dict):
        yield "shape", f"{answer.status} is {kind or 'of no type'}: {answer}"
        return
    if "complete" in parsed or "phase" in parsed:
        # What became of passages, and what is not ready, have shapes of their own.
        return
    error = parsed.get("error")
    if not isinstance(error, dict) or not isinstance(error.get("code"), str) or not isinstance(error.get("message"), str) \
            or not error["code"] or not error["message"] or set(parsed) != {"error"}:
        yield "shape", f"{answer}"
