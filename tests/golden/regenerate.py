"""The golden set: drawn fields and pages, with what byhand reads in them.

`python tests/golden/regenerate.py` reads all of it again, writes `readings.json` anew
and prints what changed. Do so after a change that is meant to alter readings, and look
at the differences before they are committed.

An entry of the file says how a picture is drawn: its kind ("field" for
`augment.fields.draw_fields`, else a name in `synthesis.kinds.KINDS`) and the seed. With
it stand the ground truth and the text that was read, spaces left out. The print on a
page depends on the fonts of the machine, and with it sometimes all that follows.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

import byhand
from byhand.augment.fields import draw_fields
from byhand.synthesis.kinds import make_page

FILE = Path(__file__).with_name("readings.json")
Entry = dict[str, Any]
SIZE, HEIGHT = (420, 560), 32  # pixels: of a page, and of the digits on it


def entries() -> dict[str, list[Entry]]:
    """Return the set as it is pinned: its "fields" and its "pages"."""
    return json.loads(FILE.read_text("utf-8"))


def name(entry: Entry) -> str:
    """Return what a picture is called in messages."""
    return f"{entry['kind']} {entry['seed']}"


def draw(entry: Entry, digits: byhand.data.datasets.Split) -> tuple[np.ndarray, str]:
    """Return the picture of an entry, and its ground truth."""
    images, labels, seed = digits.images, digits.labels, entry["seed"]
    if entry["kind"] == "field":
        return draw_fields(images, labels, 1, seed)[0]
    rng = np.random.default_rng(seed)
    page = make_page(entry["kind"], (images, labels), rng, SIZE, HEIGHT)
    return page.picture, page.text.replace(" ", "")


def answer(entry: Entry, picture: np.ndarray, model: byhand.Model) -> str:
    """Return what is read in a picture; a field's digits as one line."""
    text = byhand.read(picture, model=model).text.replace(" ", "")
    return "".join(text.split()) if entry["kind"] == "field" else text


def main() -> None:
    """Read the set again and write the file."""
    digits, model, pinned = (
        byhand.load_dataset("mnist").test,
        byhand.load(),
        entries(),
    )
    for part, several in pinned.items():
        for entry in several:
            picture, truth = draw(entry, digits)
            text = answer(entry, picture, model)
            if (truth, text) != (entry.get("truth"), entry.get("text")):
                print(f"{name(entry)}: {truth!r}, {entry.get('text')!r} -> {text!r}")
            entry.update(truth=truth, text=text)
        exact = sum(entry["text"] == entry["truth"] for entry in several)
        print(f"{part}: {exact} of {len(several)} exact")
    lines = (
        f'"{part}": [\n' + ",\n".join(json.dumps(e) for e in several) + "\n]"
        for part, several in pinned.items()
    )
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


if __name__ == "__main__":
    main()
