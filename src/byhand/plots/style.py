"""What all pictures have in common: colours, titles, and how they are saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib.axes import Axes as Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure as Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from byhand.errors import ByhandError
from byhand.files import replacing

# Everybody can tell blue and vermilion apart (Okabe and Ito 2008); signs say the same
# again.
BLUE, VERMILION = "#0072B2", "#D55E00"
ORANGE, SKY = "#E69F00", "#56B4E9"  # theirs too, where two colours are not enough
INK, QUIET, PALE, LINE = "#22272E", "#6B7280", "#B8C0CA", "#E3E6EA"
RIGHT, WRONG = "✓", "✗"
SIGNED = LinearSegmentedColormap.from_list("signed", [BLUE, "white", VERMILION])
BLAME = LinearSegmentedColormap.from_list("blame", ["#FFF3EA", "#F2A56B", "#A63D00"])

SUFFIXES = (".png", ".pdf", ".svg")


def new_figure(
    width: float, height: float, title: str, arranged: bool = True
) -> Figure:
    """Return an empty figure, its size in inches, with a title at its upper left.

    Axes are moved to where they fit, unless it is not to be arranged.
    """
    layout = ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.08) if arranged else None
    figure = Figure((width, height), dpi=150, facecolor="white", layout=layout)
    longest = max(map(len, title.split("\n")))
    figure.suptitle(
        title,
        x=0.08 / width,
        y=None if arranged else 1 - 0.08 / height,  # None: found by the layout
        ha="left",
        fontsize=min(12, 100 * width / longest),  # a bold letter is 0.7 em wide
        weight="bold",
        color=INK,
    )
    return figure


def note(text: str) -> Figure:
    """Return a figure that says in words why there is nothing to draw."""
    figure = Figure((6, 0.8), dpi=150, facecolor="white")
    figure.text(0.5, 0.5, text, ha="center", va="center", fontsize=12, color=INK)
    return figure


def bare(ax: Axes) -> None:
    """Take the frame and the ticks off axes, and leave their labels."""
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0, labelsize=9, labelcolor=INK)


def write(
    ax: Axes, x: float, y: float, text: str, colour: str, size: float, **how: Any
) -> None:
    """Write at a place of axes, from there to the right and centred in height."""
    ax.text(x, y, text, color=colour, size=size, **{"va": "center", **how})


def rgb(colour: str) -> tuple[int, int, int]:
    """Return a colour such as "#0072B2" as red, green and blue, 0 to 255."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def percent(fraction: float) -> str:
    """Return a fraction as "98 %"; ">99 %" and "<1 %" for not quite all or none."""
    if 0.995 <= fraction < 1:
        return ">99 %"
    if 0 < fraction < 0.005:
        return "<1 %"
    return f"{fraction:.0%}".replace("%", " %")


def check_suffix(path: Path) -> str:
    """Return the suffix of a picture; ByhandError where it is that of none."""
    if path.suffix.lower() not in SUFFIXES:
        raise ByhandError(
            f"{path}: expected a name that ends in {', '.join(SUFFIXES)}, got"
            f" {path.suffix or 'no suffix'}; try {path.stem}.png"
        )
    return path.suffix.lower()


def save(figure: Figure, path: str | Path) -> Path:
    """Write a figure as .png, .pdf or .svg, by the path's suffix; return the path.

        plots.save(plots.samples(mnist), "samples.png")

    Raises:
        ByhandError: another suffix, or the file cannot be written.
    """
    path = Path(path)
    kind = check_suffix(path)
    try:
        with replacing(path) as temporary:
            figure.savefig(temporary, format=kind[1:])
    except OSError as error:
        raise ByhandError(
            f"{path}: expected a place to write a picture to, got {error.strerror};"
            " try another folder"
        ) from error
    return path
