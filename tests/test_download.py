import gzip
import hashlib
import http.server
import io
import logging
import threading
import zipfile

import numpy as np
import pooch
import pytest

from byhand.data import download, sources
from byhand.data.datasets import load_dataset
from byhand.data.idx import save_idx
from byhand.errors import DataError, DownloadError

NAMES = [
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
]
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (50, 5, 6), np.uint8)
LABELS = np.arange(50, dtype=np.uint8) % 10


class Server(http.server.ThreadingHTTPServer):
    """Serves files from memory, and misbehaves as it is asked to.

    Attributes:
        files: path -> content.
        cut: path -> bytes after which the connection is cut, once each.
        ranges: whether a range is given when asked for.
        asked: the path and the range of every request.
    """

    daemon_threads = False

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.cut, self.ranges, self.asked = {}, {}, True, []

    def mirror(self, folder):
        return f"http://127.0.0.1:{self.server_port}/{folder}/"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        asked = self.headers["Range"]
        self.server.asked.append((self.path, asked))
        if self.path not in self.server.files:
            self.send_error(404)
            return
        content = self.server.files[self.path]
        start = int(asked[6:-1]) if asked and self.server.ranges else 0
        if start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.send_header("Content-Encoding", "gzip")  # as some servers say of .gz
        self.end_headers()
        stops = self.server.cut.get(self.path, [])
        stop = stops.pop(0) if stops else len(content)
        self.wfile.write(content[start:stop])
        self.close_connection = stop < len(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BYHAND_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "*")
    return tmp_path / "cache"


@pytest.fixture
def contents(tmp_path):
    """The bytes of a data set's four files, by name."""
    for name in NAMES:
        save_idx(tmp_path / name, IMAGES if "images" in name else LABELS)
    return {name: (tmp_path / name).read_bytes() for name in NAMES}


@pytest.fixture
def toy(server, cache, contents, monkeypatch):
    """A known set named toy, on the server's mirrors /bad/ and /good/."""
    server.files = {f"/good/{name}": contents[name] for name in NAMES}
    source = sources.Source(
        summary="a stand-in",
        licence="none",
        homepage="",
        train=50,
        test=50,
        class_names=tuple("abcdefghij"),
        mirrors=(server.mirror("bad"), server.mirror("good")),
        files={name: sha256(contents[name]) for name in NAMES},
    )
    monkeypatch.setitem(sources.SOURCES, "toy", source)
    return source


def sha256(content):
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def replace_toy(monkeypatch, source, **changes):
    changed = sources.Source(**{**vars(source), **changes})
    monkeypatch.setitem(sources.SOURCES, "toy", changed)


def test_a_set_is_fetched_from_the_first_mirror_that_has_it(toy, server, contents):
    folder = download.fetch("toy")
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == contents
    paths = [path for path, _ in server.asked]
    assert paths == [f"/{m}/{name}" for name in NAMES for m in ("bad", "good")]


def test_a_set_is_loaded_by_name_with_its_class_names(toy):
    dataset = load_dataset("toy")
    np.testing.assert_array_equal(dataset.train.images, IMAGES)
    assert dataset.class_names == tuple("abcdefghij")
    assert dataset.name == "toy"


def test_a_set_with_more_classes_than_names_is_refused(toy, monkeypatch):
    replace_toy(monkeypatch, toy, class_names=("a", "b"))
    with pytest.raises(DataError, match=r"train-labels.*expected labels 0 to 1, got 9"):
        load_dataset("toy")


def test_what_is_in_the_cache_is_not_asked_for_again(toy, server):
    assert not download.is_cached("toy")
    download.fetch("toy")
    assert download.is_cached("toy")
    server.asked.clear()
    download.fetch("toy")
    assert server.asked == []


def test_a_spoilt_file_in_the_cache_is_fetched_again(toy, server, contents):
    folder = download.fetch("toy")
    (folder / NAMES[1]).write_bytes(contents[NAMES[1]][:-1])
    assert not download.is_cached("toy")
    server.asked.clear()
    download.fetch("toy")
    assert (folder / NAMES[1]).read_bytes() == contents[NAMES[1]]
    assert [path for path, _ in server.asked] == [
        f"/bad/{NAMES[1]}",
        f"/good/{NAMES[1]}",
    ]


def test_a_cut_connection_is_taken_up_where_it_ended(toy, server, contents):
    server.cut = {f"/good/{NAMES[0]}": [700]}
    folder = download.fetch("toy")
    assert (folder / NAMES[0]).read_bytes() == contents[NAMES[0]]
    assert server.asked[1:3] == [
        (f"/good/{NAMES[0]}", None),
        (f"/good/{NAMES[0]}", "bytes=700-"),
    ]


def test_a_connection_that_is_cut_again_leaves_what_has_come(toy, server, cache):
    server.cut = {f"/good/{NAMES[0]}": [700, 900]}
    with pytest.raises(DownloadError, match=r"got .*, a cut connection from http"):
        download.fetch("toy")
    assert (cache / "toy" / f"{NAMES[0]}.part").stat().st_size == 900
    assert not (cache / "toy" / NAMES[0]).exists()


def test_another_mirror_goes_on_where_the_first_was_cut(toy, server, contents):
    server.files |= {f"/bad/{NAMES[0]}": contents[NAMES[0]]}
    server.cut = {f"/bad/{NAMES[0]}": [700]}
    folder = download.fetch("toy")
    assert (folder / NAMES[0]).read_bytes() == contents[NAMES[0]]
    assert server.asked[:2] == [
        (f"/bad/{NAMES[0]}", None),
        (f"/good/{NAMES[0]}", "bytes=700-"),
    ]


def test_a_later_run_goes_on_where_an_earlier_one_ended(toy, server, contents, cache):
    part = cache / "toy" / f"{NAMES[0]}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(contents[NAMES[0]][:500])
    folder = download.fetch("toy")
    assert (f"/good/{NAMES[0]}", "bytes=500-") in server.asked
    assert sorted(p.name for p in folder.iterdir()) == sorted(NAMES)


def test_a_server_without_ranges_starts_from_the_beginning(toy, server, contents):
    server.ranges = False
    server.cut = {f"/good/{NAMES[0]}": [700]}
    folder = download.fetch("toy")
    assert (folder / NAMES[0]).read_bytes() == contents[NAMES[0]]


def test_a_spoilt_part_is_given_up_and_the_file_fetched_whole(toy, server, cache):
    part = cache / "toy" / f"{NAMES[0]}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * 500)
    download.fetch("toy")
    asked = [bytes_ for path, bytes_ in server.asked if path == f"/good/{NAMES[0]}"]
    assert asked == ["bytes=500-", None]


def test_a_part_longer_than_the_file_is_given_up(toy, server, cache):
    part = cache / "toy" / f"{NAMES[0]}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * 9999)
    download.fetch("toy")
    assert download.is_cached("toy")


def test_a_file_with_another_checksum_is_never_kept(toy, server, monkeypatch, cache):
    server.files |= {f"/bad/{name}": gzip.compress(b"evil") for name in NAMES}
    replace_toy(monkeypatch, toy, mirrors=toy.mirrors[:1])
    with pytest.raises(DownloadError, match=r"got a file with another checksum from"):
        download.fetch("toy")
    assert list((cache / "toy").iterdir()) == []
    replace_toy(monkeypatch, toy)
    assert load_dataset("toy").class_names == toy.class_names


def test_offline_is_said_in_one_line_with_what_to_do(toy, server, monkeypatch, cache):
    server.server_close()  # its port refuses from now on
    with pytest.raises(DownloadError) as caught:
        load_dataset("toy")
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"toy: expected {NAMES[0]}, got no answer from http://")
    assert all(mirror in message for mirror in toy.mirrors)
    assert "try `byhand data fetch toy` when online" in message
    assert message.endswith(f"put {', '.join(NAMES)} into {cache / 'toy'}")


def test_a_missing_file_is_told_from_a_missing_server(toy, server):
    server.files.clear()
    with pytest.raises(DownloadError, match=r"got status 404 from .*status 404 from"):
        download.fetch("toy")
    assert len(server.asked) == 2  # neither is asked twice


def test_a_cache_that_cannot_be_written_is_named(toy, cache):
    cache.write_bytes(b"a file where the folder should be")
    with pytest.raises(DownloadError, match=r"cannot write into .*BYHAND_CACHE"):
        download.fetch("toy")


def test_progress_is_told_for_each_file(toy, server, contents):
    server.cut = {f"/good/{NAMES[0]}": [700]}
    reports = []
    download.fetch("toy", lambda *report: reports.append(report))
    size = {name: len(contents[name]) for name in NAMES}
    assert [name for name, here, total in reports if here == total] == NAMES
    assert all(total == size[name] for name, _, total in reports)


def test_an_archive_is_unpacked_for_all_its_sets_and_dropped(
    toy, server, contents, cache, monkeypatch
):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as zipped:
        zipped.writestr("gzip/unwanted.gz", b"x")
        for name in NAMES:
            zipped.writestr(f"gzip/{name}", contents[name])
    server.files = {"/good/gzip.zip": packed.getvalue()}
    archive = sources.Archive("gzip.zip", sha256(packed.getvalue()))
    md5 = {n: f"md5:{hashlib.md5(contents[n]).hexdigest()}" for n in NAMES}
    replace_toy(monkeypatch, toy, files=md5, archive=archive)
    twin = sources.SOURCES["toy"]
    monkeypatch.setitem(sources.SOURCES, "twin", twin)
    np.testing.assert_array_equal(load_dataset("toy").train.images, IMAGES)
    assert download.is_cached("twin")
    left = sorted(p.name for p in cache.rglob("*") if p.is_file())
    assert left == sorted(NAMES * 2)
    server.asked.clear()
    download.fetch("twin")
    assert server.asked == []


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(DataError, match=r"minst: expected one of mnist, fashion-mnist"):
        download.fetch("minst")


def test_mnist_needs_no_fetching():
    assert download.is_cached("mnist")


def test_the_cache_is_in_the_users_cache_folder_unless_told_otherwise(monkeypatch):
    monkeypatch.setenv("BYHAND_CACHE", "~/here")
    assert download.cache_folder("kmnist").parts[-2:] == ("here", "kmnist")
    assert "~" not in str(download.cache_folder("kmnist"))
    monkeypatch.delenv("BYHAND_CACHE")
    assert "byhand" in str(download.cache_folder("kmnist"))


def test_fetching_prints_nothing(toy, capsys, monkeypatch):
    log = io.StringIO()
    monkeypatch.setattr(pooch.get_logger(), "handlers", [logging.StreamHandler(log)])
    pooch.get_logger().setLevel("DEBUG")
    download.fetch("toy")
    assert capsys.readouterr() == ("", "")
    assert log.getvalue() == ""
