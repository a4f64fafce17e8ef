import re
from pathlib import Path

import pytest

from byhand.data.sources import SOURCES, known

FETCHED = [name for name, source in SOURCES.items() if source.mirrors]
DIGEST = re.compile(r"sha256:[0-9a-f]{64}|md5:[0-9a-f]{32}")
GUIDE = Path(__file__).parents[1] / "docs" / "data.md"


def checksums(source):
    archive = [source.archive.checksum] if source.archive else []
    return [*source.files.values(), *archive]


def test_the_known_sets_are_those_of_the_guide():
    headings = re.findall(r"^\| `([a-z-]+)` \|", GUIDE.read_text("utf-8"), re.MULTILINE)
    assert headings == list(known())


@pytest.mark.parametrize("name", FETCHED)
def test_every_file_to_fetch_has_a_whole_checksum(name):
    source = SOURCES[name]
    assert len(source.files) == len({*source.files.values()}) == 4
    assert all(DIGEST.fullmatch(checksum) for checksum in checksums(source))
    assert source.download > 0
    assert all(mirror.endswith("/") for mirror in source.mirrors)


@pytest.mark.parametrize("name", FETCHED)
def test_what_is_fetched_is_checked_by_sha256(name):
    source = SOURCES[name]
    fetched = [source.archive.checksum] if source.archive else source.files.values()
    assert all(checksum.startswith("sha256:") for checksum in fetched)


@pytest.mark.parametrize("name", FETCHED)
def test_every_checksum_is_in_the_guide_beside_its_publications(name):
    guide = GUIDE.read_text("utf-8")
    for checksum in checksums(SOURCES[name]):
        assert checksum.partition(":")[2] in guide


def test_known_is_a_copy():
    known().clear()
    assert known()
