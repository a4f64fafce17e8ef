"""What results show of themselves in a notebook: tables, pictures and curves as HTML.

The only module that imports pandas, for `to_frame`, and only when that is called.

Text is escaped wherever it comes from: names of classes and files may be hostile. No
library but Pillow is needed, and no script runs.
"""

from __future__ import annotations

import base64
import html
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from byhand.errors import MissingExtraError
from byhand.types import Array
from byhand.words import one_line

if TYPE_CHECKING:
    from PIL import Image

BLUE, VERMILION, QUIET = "#0072B2", "#D55E00", "#6B7280"
COLOURS = (BLUE, VERMILION, "#009E73", "#E69F00")
DARKEST = 100  # of 255: the opacity behind a number
WIDTH, HEIGHT = 320, 160  # pixels of a chart
FRAME = 44, 124, 312, 24  # of its curves: left, bottom, right, top


def escaped(text: object, most: int = 80) -> str:
    """Return a text as HTML shows it, on one line and shortened."""
    return html.escape(one_line(text, most))


def block(*parts: str) -> str:
    """Return parts of HTML below each other."""
    return "<div>" + "".join(f"<div>{part}</div>" for part in parts if part) + "</div>"


def beside(*parts: str) -> str:
    """Return parts of HTML side by side."""
    style = "display:inline-block;vertical-align:top;margin-right:1em"
    return "".join(f'<div style="{style}">{part}</div>' for part in parts if part)


def title(text: object) -> str:
    """Return a line of bold text."""
    return f"<b>{escaped(text, 200)}</b>"


def table(heading: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; its cells are text, which is escaped."""
    head = "".join(f"<th>{escaped(cell)}</th>" for cell in heading)
    body = "".join(
        "<tr>" + "".join(f"<td>{escaped(cell)}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def confusion(names: Sequence[object], counts: Array) -> str:
    """Return a confusion matrix as a table: right answers blue, mistakes vermilion.

    A right answer is as dark as its share of its row, a mistake as its share of the
    most frequent one.

    Args:
        names: of K classes.
        counts: (K, K), a row for each true class.
    """
    head = "".join(f"<th>read as {escaped(name)}</th>" for name in names)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    worst = (shares - np.diag(np.diag(shares))).max(initial=0) or 1
    body = []
    for k, name in enumerate(names):
        cells = f"<th>is {escaped(name)}</th>"
        for j, count in enumerate(counts[k].tolist()):
            colour, of = (BLUE, 1.0) if j == k else (VERMILION, worst)
            alpha = round(DARKEST * shares[k, j] / of)
            ink = "" if count else f";color:{QUIET}"
            style = f"text-align:right;background:{colour}{alpha:02x}{ink}"
            cells += f'<td style="{style}">{count}</td>'
        body.append(f"<tr>{cells}</tr>")
    top = f"<thead><tr><th></th>{head}</tr></thead>"
    return f"<table>{top}<tbody>{''.join(body)}</tbody></table>"


def png(image: Array | Image.Image) -> bytes:
    """Return an image, (H, W) or (H, W, 3) uint8 or Pillow's, as a PNG file."""
    from PIL import Image

    picture = image if isinstance(image, Image.Image) else Image.fromarray(image)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def data_url(image: Array | Image.Image) -> str:
    """Return an image as a data URL, to stand in HTML."""
    return f"data:image/png;base64,{base64.b64encode(png(image)).decode('ascii')}"


def picture(image: Array | Image.Image, height: int, explained: object = "") -> str:
    """Return an image as HTML, in its own pixels enlarged to a height.

    Args:
        image: (H, W) or (H, W, 3) uint8, or Pillow's.
        height: in pixels of the screen.
        explained: a text for who cannot see it.
    """
    style = f"height:{height}px;image-rendering:pixelated"
    return f'<img src="{data_url(image)}" style="{style}" alt="{escaped(explained)}">'


def sheet(images: Sequence[Array], columns: int) -> Array:
    """Return images of one size beside and below each other, two pixels apart.

    Ink is dark on white, as on paper, where the images are grey.

    Args:
        images: each (H, W) or (H, W, 3) uint8, ink bright on 0; at least one.
        columns: how many are side by side.
    """
    if images[0].ndim == 3 and images[0].shape[2] != 3:
        images = [image.mean(axis=2) for image in images]
    height, width, *channels = images[0].shape
    rows = math.ceil(len(images) / columns)
    paper = np.full((rows * (height + 2), columns * (width + 2), *channels), 255)
    for number, image in enumerate(images):
        top, left = (number // columns) * (height + 2), number % columns * (width + 2)
        shown = image if channels else 255 - image
        paper[top + 1 : top + 1 + height, left + 1 : left + 1 + width] = shown
    return paper.astype(np.uint8)


def bars(values: Mapping[str, float]) -> str:
    """Return fractions as bars, each with its name."""
    rows = []
    for name, value in values.items():
        width = round(150 * min(max(value, 0), 1))
        bar = f'<div style="width:{width}px;height:.8em;background:{BLUE}"></div>'
        cells = f"<td>{escaped(name)}</td><td>{bar}</td><td>{100 * value:.1f} %</td>"
        rows.append(f"<tr>{cells}</tr>")
    return f"<table><tbody>{''.join(rows)}</tbody></table>"


def curves(heading: str, lines: Mapping[str, Sequence[float | None]], axis: str) -> str:
    """Return lines over 1, 2, … as a chart with their names and the axes' ends.

    Args:
        heading: what is drawn, with its unit.
        lines: values by name, of one length; what is None or not finite is left out.
        axis: what 1, 2, … count.
    """
    drawn = {
        name: [
            (k, v) for k, v in enumerate(line, 1) if v is not None and np.isfinite(v)
        ]
        for name, line in lines.items()
    }
    drawn = {name: points for name, points in drawn.items() if points}
    values = [v for points in drawn.values() for _, v in points]
    if not values:
        return ""
    last = max(len(points) for points in lines.values())
    low, high = min(values), max(values)
    x0, y0, x1, y1 = FRAME

    def place(k: int, value: float) -> str:
        x = x0 + (x1 - x0) * (k - 1) / max(last - 1, 1)
        y = y0 - (y0 - y1) * (value - low) / ((high - low) or 1)
        return f"{x:.1f},{y:.1f}"

    parts = [_label(x0, 14, heading, "start", "#22272E"), _axes(low, high, axis, last)]
    for number, (name, colour) in enumerate(zip(drawn, COLOURS, strict=False)):
        at = " ".join(place(k, value) for k, value in drawn[name])
        style = f'fill="none" stroke="{colour}" stroke-width="2" stroke-linecap="round"'
        parts.append(f'<polyline points="{at}" {style}/>')
        parts.append(_label(x0 + 90 * number, y0 + 30, name, "start", colour))
    return f'<svg width="{WIDTH}" height="{HEIGHT}">{"".join(parts)}</svg>'


def _axes(low: float, high: float, axis: str, last: int) -> str:
    """Return the axis of a chart, and what is at the ends of both."""
    x0, y0, x1, y1 = FRAME
    return "".join(
        (
            f'<line x1="{x0}" y1="{y0}" x2="{x1}" y2="{y0}" stroke="#B8C0CA"/>',
            _label(x0 - 4, y0, f"{low:.4g}", "end"),
            _label(x0 - 4, y1 + 8, f"{high:.4g}", "end"),
            _label(x0, y0 + 14, f"{axis} 1", "start"),
            _label(x1, y0 + 14, last, "end"),
        )
    )


def _label(x: float, y: float, text: object, anchor: str, colour: str = QUIET) -> str:
    """Return a text in a chart."""
    place = f'x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}" font-size="11"'
    return f"<text {place}>{escaped(text)}</text>"


def frame(columns: Mapping[str, Any]) -> Any:
    """Return columns of one length as a pandas DataFrame, its rows counted from 0.

    Raises:
        MissingExtraError: pandas is not installed.
    """
    try:
        import pandas
    except ImportError as error:
        raise MissingExtraError(
            "to_frame: expected pandas, found none; try pip install pandas"
        ) from error
    return pandas.DataFrame(dict(columns))


class Labelled(NamedTuple):
    """A box on a page, the text above it, and whether that is sure."""

    x: int
    y: int
    width: int
    height: int
    text: str
    sure: bool


def on_picture(
    image: Image.Image, size: tuple[int, int], boxes: Iterable[Labelled]
) -> str:
    """Return a page with boxes on it, and a text above each.

    Args:
        image: the page, of any size.
        size: width and height of the page in pixels that the boxes are in.
        boxes: what is drawn.
    """
    width, height = size
    line = max(size) / 400
    parts = [f'<image href="{data_url(image)}" width="{width}" height="{height}"/>']
    for x, y, w, h, text, sure in boxes:
        colour = BLUE if sure else VERMILION
        parts.append(
            f'<rect x="{x}" y="{y}" width="{w}" height="{h}" fill="none"'
            f' stroke="{colour}" stroke-width="{line:.1f}"/>'
            f'<text x="{x + w / 2}" y="{y - 2 * line:.1f}" text-anchor="middle"'
            f' fill="{colour}" font-size="{max(h / 2, 6 * line):.0f}">'
            f"{escaped(text)}</text>"
        )
    box = f'viewBox="0 0 {width} {height}" width="{min(width, 700)}"'
    return f"<svg {box}>{''.join(parts)}</svg>"
