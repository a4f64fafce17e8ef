"""Fetch the data sets that have names, into a cache that is checked each time.

A set's folder in the cache holds its files and nothing else that is read: whatever
does not match its checksum is fetched again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from byhand.data.sources import SOURCES, Archive, Source
from byhand.errors import DataError, DownloadError
from byhand.files import replacing

if TYPE_CHECKING:
    import requests

# Called with the file's name, the bytes that are here, and of how many (None: unsaid).
OnBytes = Callable[[str, int, int | None], None]

TIMEOUT = (10, 60)  # seconds to connect, and between two blocks
BLOCK = 1 << 18  # bytes written at a time


def cache_folder(name: str) -> Path:
    """Return the folder where a set's files are kept: under $BYHAND_CACHE if set."""
    root = os.environ.get("BYHAND_CACHE")
    if not root:
        import platformdirs

        root = platformdirs.user_cache_dir("byhand", appauthor=False)
    return Path(root).expanduser() / name


def is_cached(name: str) -> bool:
    """Return whether a set can be used offline: in the package or the cache.

    Raises:
        DataError: no set of that name.
    """
    return not _missing(_source(name), cache_folder(name))


def fetch(name: str, on_bytes: OnBytes | None = None) -> Path:
    """Return the folder of a set's files, once all of them are there and match.

    Args:
        name: one of the known sets that are not in the package.
        on_bytes: called with how far each file has come.

    Raises:
        DataError: no set of that name.
        DownloadError: no mirror gave a file that matches its checksum.
    """
    source, folder = _source(name), cache_folder(name)
    missing = _missing(source, folder)
    try:
        if missing and source.archive:
            _unpack(source.mirrors, source.archive, folder.parent, on_bytes)
        else:
            for file in missing:
                _retrieve(source.mirrors, file, source.files[file], folder, on_bytes)
    except DownloadError as error:
        raise DownloadError(
            f"{name}: {error}; try `byhand data fetch {name}` when online, or put "
            f"{', '.join(source.files)} into {folder}"
        ) from error
    except OSError as error:
        raise DownloadError(
            f"{name}: cannot write into {folder}: {error.strerror or error}; "
            "try another folder with BYHAND_CACHE"
        ) from error
    return folder


def _source(name: str) -> Source:
    if name not in SOURCES:
        raise DataError(f"{name}: expected one of {', '.join(SOURCES)}")
    return SOURCES[name]


def _missing(source: Source, folder: Path) -> list[str]:
    """Return the files that are missing from the folder or do not match."""
    return [
        name
        for name, checksum in source.files.items()
        if not _matches(folder / name, checksum)
    ]


def _matches(path: Path, checksum: str) -> bool:
    algorithm, _, digest = checksum.partition(":")
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, algorithm).hexdigest() == digest
    except OSError:
        return False


def _retrieve(
    mirrors: tuple[str, ...],
    name: str,
    checksum: str,
    folder: Path,
    on_bytes: OnBytes | None,
) -> Path:
    """Fetch one file from the first mirror that gives it with the right checksum.

    Each mirror is tried twice: a download that was cut off goes on where it ended, and
    a file that was wrong is fetched from scratch.
    """
    import pooch
    import requests

    pooch.get_logger().setLevel("ERROR")  # the library returns; it does not print
    download = partial(_resume, folder / f"{name}.part", on_bytes)
    failures: dict[str, Exception] = {}
    for mirror in mirrors * 2:
        before = failures.get(mirror)
        if isinstance(before, requests.ConnectionError | requests.HTTPError):
            continue  # nobody there, or no such file: no use in asking again
        try:
            how = {"fname": name, "path": folder, "downloader": download}
            return Path(pooch.retrieve(mirror + name, checksum, **how))
        except (requests.RequestException, ValueError) as error:
            failures[mirror] = error
    got = ", ".join(f"{_short(error)} from {at}" for at, error in failures.items())
    raise DownloadError(f"expected {name}, got {got}")


def _resume(
    part: Path, on_bytes: OnBytes | None, url: str, output: str, _pooch: Any
) -> None:
    """Fetch url into output, by way of a .part file that outlives a cut connection."""
    import requests

    have = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
        if response.status_code == requests.codes.requested_range_not_satisfiable:
            part.unlink()  # longer than the file: another's, or an older one
            return _resume(part, on_bytes, url, output, _pooch)
        response.raise_for_status()
        if response.status_code != requests.codes.partial_content:
            have = 0  # the server sends all of it, asked or not
        length = response.headers.get("Content-Length")
        total = have + int(length) if length else None
        with part.open("ab" if have else "wb") as file:
            for block in _blocks(response):
                file.write(block)
                if on_bytes:
                    on_bytes(part.stem, file.tell(), total)
    os.replace(part, output)


def _blocks(response: requests.Response) -> Iterator[bytes]:
    """Yield the body as it was sent; requests would unpack what is called gzip."""
    import requests
    import urllib3

    try:
        yield from response.raw.stream(BLOCK, decode_content=False)
    except urllib3.exceptions.HTTPError as error:
        raise requests.exceptions.ChunkedEncodingError(error) from error


def _unpack(
    mirrors: tuple[str, ...], archive: Archive, cache: Path, on_bytes: OnBytes | None
) -> None:
    """Fetch an archive, take out the files of every known set, and drop it again."""
    path = _retrieve(mirrors, *archive, cache / "archives", on_bytes)
    with zipfile.ZipFile(path) as zipped:
        members = {Path(member).name: member for member in zipped.namelist()}
        for name, source in SOURCES.items():
            if source.archive == archive:
                for file in source.files:
                    _extract(zipped, members[file], cache / name / file)
    path.unlink()


def _extract(zipped: zipfile.ZipFile, member: str, path: Path) -> None:
    with (
        zipped.open(member) as packed,
        replacing(path) as temporary,
        temporary.open("wb") as unpacked,
    ):
        shutil.copyfileobj(packed, unpacked, BLOCK)


def _short(error: Exception) -> str:
    """Return a failure in a few words: what requests says fills several lines."""
    import requests

    if isinstance(error, requests.HTTPError):
        return f"status {getattr(error.response, 'status_code', 'unknown')}"
    if isinstance(error, requests.ConnectionError):
        return "no answer"
    if isinstance(error, requests.RequestException):
        return "a cut connection"
    return "a file with another checksum"
