"""Each rule of docs/security.md for the laboratory's server, asked over a socket."""

from __future__ import annotations

import http.client
import json
import socket

import pytest

PATHS = (
    "/static/../app.py",
    "/static/..%2fapp.py",
    "/static/%2e%2e/app.py",
    "/static//etc/passwd",
    "/static/main.js%00",
    "/static/..\\app.py",
    "//etc/passwd",
    "/static/",
    "/api/lab/",
    "/static/main.js/",
    "/docs",
    "/redoc",
)


def ask(laboratory, path="/api/lab", method="GET", body=None, drop=(), **headers):
    """Return status, headers and body of an answer; headers without those to drop."""
    port = laboratory.laboratory.access.port
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {k: v for k, v in laboratory.headers.items() if k not in drop} | given
    try:
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def status(*args, **kwargs):
    return ask(*args, **kwargs)[0]


def test_its_own_page_is_answered(laboratory):
    code, headers, body = ask(laboratory)
    assert code == 200
    assert json.loads(body)["start"] == laboratory.laboratory.access.start
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:{port}"],
)
def test_another_host_or_port_is_refused(laboratory, host):
    port = laboratory.laboratory.access.port
    assert status(laboratory, Host=host.format(port=port)) == 403


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_the_names_of_loopback_are_its_own(laboratory, host):
    assert status(laboratory, Host=f"{host}:{laboratory.laboratory.access.port}") == 200


def test_two_hosts_are_refused(laboratory):
    port = laboratory.laboratory.access.port
    lines = [
        "GET /api/lab HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Host: evil.example",
        *(f"{name}: {value}" for name, value in laboratory.headers.items()),
    ]
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        assert connection.recv(100).split()[1] in (b"400", b"403")


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:1"]
)
def test_a_foreign_origin_is_refused(laboratory, origin):
    assert status(laboratory, Origin=origin) == 403


def test_its_own_origin_is_answered(laboratory):
    assert status(laboratory, drop=["Sec-Fetch-Site"], Origin=laboratory.base) == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_another_sites_request_is_refused(laboratory, site):
    assert status(laboratory, Sec_Fetch_Site=site) == 403


def test_what_says_nothing_of_its_site_is_refused(laboratory):
    assert status(laboratory, drop=["Sec-Fetch-Site"]) == 403


def test_the_page_may_be_opened_by_its_address(laboratory):
    assert status(laboratory, "/", Sec_Fetch_Site="none") == 200
    assert status(laboratory, "/", Sec_Fetch_Site="cross-site") == 403


def test_a_token_is_exchanged_for_a_cookie(laboratory):
    access = laboratory.laboratory.access
    address = f"/?token={access.token}"
    code, headers, _ = ask(laboratory, address, drop=["Cookie"], Sec_Fetch_Site="none")
    assert (code, headers["location"]) == (303, "/")
    cookie = f"{access.cookie}; HttpOnly; SameSite=Strict; Path=/"
    assert headers["set-cookie"] == cookie
    assert f"{access.port}-{access.start}" in cookie and access.token not in cookie


def test_a_single_token_is_exchanged_once(laboratory):
    address = f"/?token={laboratory.laboratory.access.single_token()}"
    codes = [status(laboratory, address, drop=["Cookie"]) for _ in range(2)]
    assert codes == [303, 403]


@pytest.mark.parametrize("path", ["/", "/api/lab", "/static/main.js", "/none"])
def test_without_the_cookie_nothing_is_answered(laboratory, path):
    assert status(laboratory, path, drop=["Cookie"]) == 401


def test_an_old_token_and_an_old_cookie_are_refused(laboratory):
    access = laboratory.laboratory.access
    assert status(laboratory, "/?token=old", Sec_Fetch_Site="none") == 403
    old = f"byhand-{access.port}-{access.start - 1}={access.secret}"
    code, _, body = ask(laboratory, Cookie=old)
    assert (code, json.loads(body)["start"]) == (401, access.start)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "HEAD", "TRACE"])
def test_other_methods_are_refused(laboratory, method):
    assert status(laboratory, method=method) == 405


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", ""]
)
@pytest.mark.parametrize(
    "path",
    [
        *("/api/read?width=1&height=1", "/api/accuracy", "/api/run/start"),
        *("/api/run/do", "/api/drawings/add", "/api/teach", "/api/teach/use"),
    ],
)
def test_bodies_of_other_types_are_refused(laboratory, path, kind):
    assert status(laboratory, path, "POST", b"1", Content_Type=kind) == 415


def test_a_large_body_is_refused_before_it_comes(laboratory):
    headers = {"Content_Type": "application/json", "Content_Length": "999999999"}
    for path in (
        *("/api/accuracy", "/api/run/start", "/api/run/watch?page=1"),
        *("/api/drawings/add", "/api/drawings/remove", "/api/teach"),
    ):
        assert status(laboratory, path, "POST", **headers) == 413


def test_a_body_of_unknown_length_is_refused_once_it_is_too_long(laboratory):
    kind = "application/json"
    chunks = (b" " * 60_000 for _ in range(5))  # all of them fit into buffers
    assert status(laboratory, "/api/accuracy", "POST", chunks, Content_Type=kind) == 413


def test_a_compressed_body_is_refused(laboratory):
    headers = {"Content_Type": "application/json", "Content_Encoding": "gzip"}
    assert status(laboratory, "/api/accuracy", "POST", b"{}", **headers) == 415


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_out_of_the_table(laboratory, path):
    code, _, body = ask(laboratory, path)
    assert (code, json.loads(body)["start"] > 0) == (404, True)


def test_types_are_our_own(laboratory):
    for name, kind in [("main.js", "text/javascript"), ("style.css", "text/css")]:
        _, headers, _ = ask(laboratory, f"/static/{name}")
        assert headers["content-type"] == f"{kind}; charset=utf-8"


@pytest.mark.parametrize("path", ["/", "/api/lab", "/none", "/static/main.js"])
@pytest.mark.parametrize("drop", [[], ["Cookie"]])
def test_every_answer_has_the_headers_of_safety(laboratory, path, drop):
    _, headers, _ = ask(laboratory, path, drop=drop)
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/examples?count=0", None),
        ("/api/examples?kind=all", None),
        ("/api/images", None),
        ("/api/images?index=-1", None),
        ("/api/images?index=10000", None),
        ("/api/images?" + "&".join(["index=1"] * 201), None),
        ("/api/map?layer=0", None),
        ("/api/map?layer=3&method=umap", None),
        ("/api/units?layer=2", None),
        ("/api/units?layer=-1", None),
        ("/api/robustness?degrees=nan", None),
        ("/api/robustness?scale=0", None),
        ("/api/robustness?noise=1e999", None),
        ("/api/pruning?share=1.01", None),
        ("/api/share?of=__init__", None),
        ("/api/examples?seed=" + "9" * 5000, None),
        ("/api/read?width=2&height=2", b"12345"),
        ("/api/read?width=-1&height=1", b"1"),
        ("/api/accuracy", b"{"),
        ("/api/accuracy", b"[" * 100_000),
        ("/api/accuracy", b'{"job": 1, "path": "/etc/passwd"}'),
        ("/api/accuracy", b'{"job": 1, "changes": [{"name": "x", "index": 0,'
         b' "value": 1.0}]}'),
        ("/api/accuracy", b'{"job": 1, "changes": [{"filter": {"layer": 1,'
         b' "number": 99999}}]}'),
        ("/api/accuracy", b'{"job": 1, "changes": [{"name": "1.w", "index": 0,'
         b' "value": NaN}]}'),
        ("/api/run/start", b'{"recipe": "/etc/passwd"}'),
        ("/api/run/start", b'{"seed": -1}'),
        ("/api/run/start", b'{"settings": {"architecture": "pixels 1 | dense 9"}}'),
        ("/api/run/start", b'{"settings": {"lr": NaN}}'),
        ("/api/run/start", b'{"out": "/tmp/x"}'),
        ("/api/run/preview", b'{"count": 100000}'),
        ("/api/run/resume", b'{"run": 1}'),
        ("/api/run/do", b'{"run": "x", "action": "exec"}'),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_a_line_of_our_own(laboratory, path, body):
    kind = "octet-stream" if "read" in path else "json"
    method = "POST" if body else "GET"
    headers = {"Content_Type": f"application/{kind}"} if body else {}
    code, _, answer = ask(laboratory, path, method, body, **headers)
    found = json.loads(answer)
    assert code in (400, 422) and found.keys() == {"start", "error"}
    assert len(found["error"]) < 200 and "Error" not in found["error"]


def test_too_many_streams_are_refused(laboratory):
    from byhand.lab.events import MOST_STREAMS

    port = laboratory.laboratory.access.port
    opened = []
    try:
        for _ in range(MOST_STREAMS + 1):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            connection.request("GET", "/api/events", headers=laboratory.headers)
            opened.append((connection, connection.getresponse()))
        codes = [answer.status for _, answer in opened]
        assert codes == [200] * MOST_STREAMS + [429]
        assert status(laboratory) == 200
    finally:
        for connection, answer in opened:
            answer.close()
            connection.close()
