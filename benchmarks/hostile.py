"""`hostile`: what a laboratory answers to 20,000 hostile requests a round."""

from __future__ import annotations

import http.client
import json
import random
import re
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.report import Report

REQUESTS = 20_000  # a round
GENERATED = 1_000  # of them made by schemathesis
STREAMS = 100  # opened at the start, and left open
WARM_UP = 500
SECONDS = 20
TIMER = (
    "A laboratory in a process of its own is sent requests one after another, and a\n"
    "hundred streams of events are opened before. Memory is that of the server's\n"
    f"process, after the first {WARM_UP} requests and after all. Closed: no answer,\n"
    "as where a request is cut short."
)


@dataclass(frozen=True)
class Target:
    """A laboratory that answers: its process, port and the headers of its page."""

    process: int
    port: int
    headers: dict[str, str]


def run(runs: int, say: Callable[[str], None]) -> Report:
    """Send `runs` times 20,000 requests."""
    answers: Counter[tuple[str, str]] = Counter()
    rng = random.Random(20240229)
    with laboratory() as target:
        streams = open_streams(target)
        answers.update(("streams", str(s.status)) for _, s in streams)
        shoot(target, rng, WARM_UP, lambda done: None)
        before = memory(target.process)
        for number in range(1, runs + 1):
            cases = generated(target, rng.randrange(2**32))
            answers.update(("schemathesis", code) for code in cases)
            rest = REQUESTS - len(cases)
            answers.update(
                shoot(target, rng, rest, lambda n, r=number: say(f"round {r}: {n:,}"))
            )
        after = memory(target.process)
        code = str(plain(target))
        for connection, answer in streams:
            answer.close()
            connection.close()
    rows = [(kind, code, f"{n:,}") for (kind, code), n in sorted(answers.items())]
    rows.append(("then its own page", code, ""))
    rows.append(("memory before and after, MB", f"{before:.0f}", f"{after:.0f}"))
    total = sum(answers.values())
    return Report(
        title=f"hostile: {total:,} hostile requests to a laboratory",
        columns=("request", "answer", "count"),
        rows=rows,
        timer=TIMER,
        figures={
            "requests": total,
            "answers": {f"{kind}: {code}": n for (kind, code), n in answers.items()},
            "own_page_afterwards": code,
            "megabytes": [before, after],
        },
    )


@contextmanager
def started() -> Iterator[tuple[int, str]]:
    """Serve the model in the package; give its process's number and its address."""
    command = [sys.executable, "-m", "byhand", "lab", "--no-browser", "--port", "0"]
    with (
        tempfile.TemporaryDirectory() as folder,  # of the runs that it is asked for
        subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, cwd=folder
        ) as process,
    ):
        try:
            assert process.stdout
            yield process.pid, process.stdout.readline().strip()
        finally:
            process.terminate()
            process.wait()


@contextmanager
def laboratory() -> Iterator[Target]:
    """Serve the model in the package, and come in as its page does."""
    with started() as (process, address):
        found = re.search(r":(\d+)/\?token=(\S+)", address)
        assert found
        port = int(found[1])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
        site = {"Sec-Fetch-Site": "none"}
        connection.request("GET", f"/?token={found[2]}", headers=site)
        answer = connection.getresponse()
        cookie = answer.headers["set-cookie"].partition(";")[0]
        connection.close()
        headers = {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}
        yield Target(process, port, headers)


def open_streams(target: Target) -> list[tuple[Any, http.client.HTTPResponse]]:
    """Open streams, and return them with their answers."""
    opened = []
    for _ in range(STREAMS):
        one = http.client.HTTPConnection("127.0.0.1", target.port, timeout=SECONDS)
        one.request("GET", "/api/events", headers=target.headers)
        opened.append((one, one.getresponse()))
    return opened


def shoot(
    target: Target, rng: random.Random, count: int, on_sent: Callable[[int], None]
) -> Counter[tuple[str, str]]:
    """Send requests of all kinds, drawn at random; count what was answered."""
    answers: Counter[tuple[str, str]] = Counter()
    for number in range(count):
        kind = rng.choice(list(KINDS))
        answers[kind, answered(target.port, KINDS[kind](target, rng))] += 1
        if number % 500 == 0:
            on_sent(number)
    return answers


def answered(port: int, request: bytes) -> str:
    """Send bytes, and return the status of the answer, or "closed"."""
    try:
        with socket.create_connection(("127.0.0.1", port), SECONDS) as connection:
            with suppress(OSError):  # it has answered already, and closed
                connection.sendall(request)
                connection.shutdown(socket.SHUT_WR)
            parts = connection.recv(4096).split(b" ", 2)
    except OSError:
        return "closed"
    return parts[1].decode() if len(parts) > 1 else "closed"


def generated(target: Target, seed: int) -> list[str]:
    """Return the answers to requests that schemathesis makes of the description."""
    import requests
    import schemathesis
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded
    from schemathesis import GenerationMode

    base = f"http://127.0.0.1:{target.port}"
    description = requests.get(f"{base}/api/openapi.json", headers=target.headers)
    schema = schemathesis.openapi.from_dict(description.json())
    operations = [found.ok() for found in schema.get_all_operations()]
    operations = [op for op in operations if op.path != "/api/events"]
    codes: list[str] = []

    def send(case: Any) -> None:
        sent = case.as_transport_kwargs(base_url=base)
        sent["headers"] = {**dict(sent["headers"] or {}), **target.headers}
        try:
            codes.append(str(requests.request(**sent, timeout=SECONDS).status_code))
        except (requests.RequestException, ValueError):
            codes.append("closed")  # or not to be sent at all

    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    each = GENERATED // (len(modes) * len(operations))
    for operation in operations:
        for mode in modes:
            bounds = settings(
                max_examples=each, deadline=None, database=None,
                phases=[Phase.generate], suppress_health_check=list(HealthCheck),
            )  # fmt: skip
            try:
                case = operation.as_strategy(generation_mode=mode)
                seeded(seed)(bounds(given(case)(send)))()
            except Exception:  # nothing can be wrong where nothing is taken
                continue
    return codes


def memory(process: int) -> float:
    """Return the resident memory of a process in MB; nan where /proc has none."""
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        return float("nan")
    found = re.search(r"VmRSS:\s+(\d+) kB", status.read_text())
    return int(found[1]) / 1000 if found else float("nan")


def plain(target: Target) -> int:
    """Return the status of what the page asks first."""
    one = http.client.HTTPConnection("127.0.0.1", target.port, timeout=SECONDS)
    one.request("GET", "/api/lab", headers=target.headers)
    code = one.getresponse().status
    one.close()
    return code


def _request(
    target: Target, path: str, method: str = "GET", body: bytes = b"", **headers: str
) -> bytes:
    """Return the bytes of a request; headers replace those of the page."""
    own = {"Host": f"127.0.0.1:{target.port}", **target.headers}
    if body or method == "POST":
        own |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    own |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in own.items() if value]
    return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode() + body


def _noise(rng: random.Random, most: int) -> bytes:
    return rng.randbytes(rng.randrange(1, most))


def _path(rng: random.Random) -> str:
    """Return a path that tries to lead elsewhere."""
    parts = [
        "..",
        "%2e%2e",
        "..%2f",
        "etc",
        "passwd",
        "static",
        "%00",
        "//",
        "\\..",
        "~",
    ]
    return "/static/" + "/".join(rng.choices(parts, k=rng.randrange(1, 9)))


def _numbers(rng: random.Random) -> str:
    values = ["-1", "0", "1e9", "NaN", "9" * 400, "%00", "", "true", "2147483648"]
    names = ["count", "label", "seed", "kind"]
    return "&".join(f"{name}={rng.choice(values)}" for name in names)


def _json(rng: random.Random) -> bytes:
    change = {"name": rng.choice(["1.w", "x" * 500, "../1.w"]), "index": 2**53 - 1}
    depth = rng.randrange(1, 60_000)
    return rng.choice(
        [
            b"[" * depth,
            _noise(rng, 2000),
            json.dumps({"job": 1, "changes": [{**change, "value": 1e300}]}).encode(),
            json.dumps({"job": -1, "changes": [change] * 3000}).encode(),
            b'{"job": ' + b"9" * depth + b"}",
        ]
    )


_READ = "/api/read?width=4000&height=4000"
KINDS: dict[str, Callable[[Target, random.Random], bytes]] = {
    "wrong Host": lambda t, r: _request(t, "/api/lab", Host="evil.example"),
    "wrong port": lambda t, r: _request(t, "/", Host=f"127.0.0.1:{t.port - 1}"),
    "foreign Origin": lambda t, r: _request(
        t, "/api/lab", Origin="http://evil.example"
    ),
    "cross-site": lambda t, r: _request(t, "/api/lab", Sec_Fetch_Site="cross-site"),
    "no site": lambda t, r: _request(t, "/api/lab", Sec_Fetch_Site=""),
    "no cookie": lambda t, r: _request(t, "/api/weights", Cookie=""),
    "wrong token": lambda t, r: _request(t, f"/?token={r.random()}"),
    "path": lambda t, r: _request(t, _path(r)),
    "method": lambda t, r: _request(t, "/", r.choice(["PUT", "DELETE", "OPTIONS"])),
    "text/plain": lambda t, r: _request(
        t, "/api/accuracy", "POST", b"{}", Content_Type="text/plain"
    ),
    "huge": lambda t, r: _request(t, _READ, "POST", Content_Length="9" * 12),
    "huge, sent": lambda t, r: _request(t, "/api/accuracy", "POST", b" " * 300_000),
    "huge header": lambda t, r: _request(t, "/", Accept="x" * 100_000),
    "cut short": lambda t, r: _request(
        t, "/api/accuracy", "POST", b"{", Content_Length="50"
    ),
    "numbers": lambda t, r: _request(t, f"/api/examples?{_numbers(r)}"),
    "JSON": lambda t, r: _request(t, "/api/accuracy", "POST", _json(r)),
    "picture": lambda t, r: _request(
        t, _READ, "POST", _noise(r, 3000), Content_Type="application/octet-stream"
    ),
    "no HTTP": lambda t, r: _noise(r, 500) + b"\r\n\r\n",
}
