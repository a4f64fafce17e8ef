"""What the row network says of candidates: frames, nodes, and the shipped network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

import byhand
from byhand.errors import ModelError
from byhand.ink.page_ink import PageInk
from byhand.nn.network import build
from byhand.nn.network_file import read_network, write_network
from byhand.reading import heard, row_network
from byhand.reading.candidates import find_candidates
from byhand.reading.fragments import extent, find_fragments
from byhand.reading.heard import LEAST, heard_scores
from byhand.reading.page import Page
from byhand.reading.rows import find_rows
from byhand.reading.strips import strip_of
from byhand.reading.symbols import REJECT, SYMBOLS


def row_of(digits: str, gap: int = 6):
    """Return a row of MNIST's test digits."""
    test = byhand.load_dataset("mnist").test
    found = [test.images[np.flatnonzero(test.labels == int(d))[3]] for d in digits]
    cut = [image[:, image.any(axis=0)] for image in found]
    row = np.concatenate([np.pad(image, ((0, 0), (0, gap))) for image in cut], axis=1)
    ink = np.pad(np.kron(row, np.ones((2, 2), np.uint8)), 30)
    (only,) = find_rows(Page.of(PageInk.of(ink, 1.0)))
    return only


class Silent:
    """A network that says blank in every frame, and one symbol in one."""

    def __init__(self, symbol: int, share: float) -> None:
        self.symbol, self.share = symbol, share

    def __call__(self, strip):
        y = np.full((strip.shape[1] // 2 - 6, REJECT + 1), 1e-30)
        y[:, REJECT] = 1.0
        middle = int(self.share * len(y))
        y[middle] = 1e-30
        y[middle, self.symbol] = 1.0
        return np.log(y)


def test_a_symbol_is_heard_in_the_candidates_that_cover_its_frame():
    row = row_of("123")
    candidates = find_candidates(row.fragments, row.height)
    scores, _ = heard_scores(row, row.fragments, candidates, Silent(7, 0.5))
    for candidate, own in zip(candidates, scores, strict=True):
        covers = candidate.start <= 1 < candidate.end  # the middle digit is number 1
        assert (own[7] == pytest.approx(0, abs=1e-6)) == covers
        assert (own[REJECT] == pytest.approx(0, abs=1e-6)) != covers
        assert own.min() == LEAST


def test_a_deslanted_row_is_heard_as_it_was_found():
    row = row_of("147")
    other = replace(row, page=row.page.sheared(0.4), slanting=row)
    other = replace(other, fragments=find_fragments(other.page.ink))
    box = extent(other.fragments)
    halfway = np.array([0.0, box.width / 3, box.width])  # columns of the sheared page
    pad = (other.page.ink.grey.shape[1] - row.page.ink.grey.shape[1]) / 2
    high = row.page.ink.grey.shape[0]
    lower = box.y + box.height / 2 - high / 2
    found = heard._columns(halfway, other, row)
    assert_allclose(found, halfway - 0.4 * lower - pad)
    assert heard._columns(halfway, row, row) is halfway
    seen = []
    network = Silent(7, 0.5)

    def watched(strip):
        seen.append(strip)
        return network(strip)

    heard_scores(other, other.fragments, find_candidates(other.fragments, 40), watched)
    np.testing.assert_array_equal(seen[0], strip_of(row).image)


def test_the_nodes_part_the_frames():
    row = row_of("4711")
    strip = strip_of(row)
    count = strip.image.shape[1] // 2 - 6
    nodes = heard._nodes(strip.frames(heard._between(row.fragments)), count)
    assert nodes[0] == 0 and nodes[-1] == count
    assert (np.diff(nodes) > 0).all()
    assert len(nodes) == len(row.fragments) + 1
    assert heard._nodes(np.array([5.0, 3.0, 99.0]), 20).tolist() == [0, 5, 5, 20, 20]


def test_the_network_in_the_package_reads_a_row():
    row = row_of("305")
    candidates = find_candidates(row.fragments, row.height)
    scores, _ = heard_scores(row, row.fragments, candidates, row_network.shipped())
    single = [n for n, c in enumerate(candidates) if c.end - c.start == 1]
    assert [SYMBOLS[scores[n].argmax()] for n in single] == ["3", "0", "5"]


def test_a_network_of_other_classes_or_another_output_is_refused(tmp_path):
    path = tmp_path / "x.safetensors"
    text = "pixels 1/255 | conv 3 3x3 | relu | conv 2 1x1"
    network = build(text, (8, 8, 1), rng=np.random.default_rng(0))
    write_network(network, path, "test network", ("a", "b"), {})
    again = read_network(path, "test network", ("a", "b"), (8, 8, 1), (6, 6, 2))
    for name, array in network.arrays.items():
        assert_allclose(again.arrays[name], array, rtol=1e-3)
    for kind, classes, output in (
        ("other network", ("a", "b"), (6, 6, 2)),
        ("test network", ("a", "c"), (6, 6, 2)),
        ("test network", ("a", "b"), (1, 1, 2)),
    ):
        with pytest.raises(ModelError):
            read_network(path, kind, classes, (8, 8, 1), output)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ModelError):
        read_network(path, "test network", ("a", "b"), (8, 8, 1), (6, 6, 2))
