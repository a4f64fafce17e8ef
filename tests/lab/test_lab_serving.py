"""The command: it starts, says where, and ends at Ctrl-C within three seconds."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from byhand.cli import main
from byhand.errors import ByhandError
from byhand.lab.security import Access, is_loopback
from byhand.lab.serving import listen

START = 120  # seconds; a busy machine
END = 3


@pytest.fixture
def started():
    """The command `byhand lab` with its address, killed at the end."""
    group = subprocess.CREATE_NEW_PROCESS_GROUP if os.name == "nt" else 0
    command = [sys.executable, "-m", "byhand", "lab", "--no-browser", "--port", "0"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, creationflags=group
    )
    yield process, process.stdout.readline().strip()
    process.kill()
    process.wait()
    process.stdout.close()


def streams(address, count):
    """Open streams of events as a page of the server would."""
    port, token = re.fullmatch(
        r"http://127.0.0.1:(\d+)/\?token=(\S+)", address
    ).groups()
    first = http.client.HTTPConnection("127.0.0.1", int(port), timeout=30)
    first.request("GET", f"/?token={token}", headers={"Sec-Fetch-Site": "none"})
    cookie = first.getresponse().headers["set-cookie"].partition(";")[0]
    first.close()
    headers = {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}
    opened = []
    for _ in range(count):
        connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=30)
        connection.request("GET", "/api/events", headers=headers)
        opened.append((connection, connection.getresponse()))
    assert [answer.status for _, answer in opened] == [200] * count
    return headers, opened


def test_ctrl_c_ends_it_within_three_seconds_with_streams_open(started):
    process, address = started
    headers, opened = streams(address, 5)
    port = int(address.partition("/?")[0].rpartition(":")[2])
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    body = json.dumps({"job": 1, "changes": []})
    kind = {"Content-Type": "application/json"}
    asking.request("POST", "/api/accuracy", body, headers | kind)
    assert asking.getresponse().status == 202  # and the child process computes
    before = time.monotonic()
    process.send_signal(signal.CTRL_BREAK_EVENT if os.name == "nt" else signal.SIGINT)
    process.wait(START)
    assert time.monotonic() - before < END
    assert process.returncode == 130 or os.name == "nt"
    for connection, answer in opened:
        answer.close()
        connection.close()
    asking.close()


def test_a_taken_port_is_one_line(capsys):
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ByhandError, match="try another --port"):
            listen("127.0.0.1", port)
        assert main(["lab", "--no-browser", "--port", str(port)]) == 1
    assert "try another --port" in " ".join(capsys.readouterr().err.split())


def test_without_the_extra_the_error_has_the_install_line(monkeypatch, capsys):
    monkeypatch.setattr("byhand.cli.lab.find_spec", lambda name: None)
    assert main(["lab", "--no-browser"]) == 1
    assert "pip install 'byhand[lab]'" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False)],
)
def test_what_is_loopback(host, loopback):
    assert is_loopback(host) is loopback


def test_on_all_addresses_only_the_one_connected_to_is_a_name():
    access = Access("0.0.0.0", 8400)
    scope = {"headers": [(b"host", b"192.0.2.7:8400")], "server": ("192.0.2.7", 8400)}
    access.check_host(scope)
    with pytest.raises(Exception, match="Host"):
        access.check_host(scope | {"server": ("192.0.2.8", 8400)})
