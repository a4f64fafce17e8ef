"""byhand.plots.style: percentages, and how a figure is saved."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PIL import Image

from byhand import plots
from byhand.errors import ByhandError
from byhand.plots import style


def epochs(count, validation=True):
    return [
        SimpleNamespace(
            number=n,
            loss=1 / n**2,
            training_accuracy=1 - 0.5 / n,
            validation_accuracy=1 - 0.6 / n if validation else None,
            validation_loss=2 / n if validation else None,
        )
        for n in range(1, count + 1)
    ]


@pytest.mark.parametrize(
    ("fraction", "words"),
    [(0, "0 %"), (0.004, "<1 %"), (0.006, "1 %"), (0.994, "99 %"), (0.9951, ">99 %"),
     (1, "100 %")],
)  # fmt: skip
def test_percentages_round_to_nothing_and_to_all_only_what_is(fraction, words):
    assert style.percent(fraction) == words


@pytest.mark.parametrize(
    ("name", "start"),
    [("a.png", b"\x89PNG"), ("b.PDF", b"%PDF"), ("new/folder/c.svg", b"<?xml")],
)
def test_a_figure_is_saved_in_the_format_of_its_suffix(tmp_path, name, start):
    path = plots.save(plots.history(epochs(2)), tmp_path / name)
    assert path == tmp_path / name
    assert path.read_bytes().startswith(start)
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_saved_picture_has_150_dots_an_inch(tmp_path):
    figure = plots.history(epochs(2))
    path = plots.save(figure, tmp_path / "a.png")
    with Image.open(path) as image:
        assert image.size == tuple(
            round(150 * side) for side in figure.get_size_inches()
        )


@pytest.mark.parametrize(
    ("name", "got"), [("a.jpeg", r"got \.jpeg"), ("a", "got no suffix")]
)
def test_a_suffix_that_cannot_be_written_is_refused(tmp_path, name, got):
    with pytest.raises(
        ByhandError, match=rf"ends in \.png, \.pdf, \.svg, {got}.*a\.png"
    ):
        plots.save(plots.history([]), tmp_path / name)


def test_a_failed_save_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.write_text("old")
    figure = plots.history([])

    def broken(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(figure, "savefig", broken)
    with pytest.raises(ByhandError, match=r"a\.png: .*No space left"):
        plots.save(figure, path)
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]
    assert path.read_text() == "old"


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ByhandError, match="expected a place to write"):
        plots.save(plots.history([]), tmp_path / "file" / "a.png")
