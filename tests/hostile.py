"""Files that nobody honest made: intact ones, mutated in many ways, always the same."""

from __future__ import annotations

import io
import json
import random
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from safetensors.numpy import load, save

from byhand import nn
from byhand.data.datasets import Dataset, Split
from byhand.errors import TrainingStopped
from byhand.model import Model
from byhand.training.loop import train

SIDE, COUNT, CLASSES = 8, 24, 3
RNG = np.random.default_rng(1)
LABELS = np.arange(COUNT) % CLASSES
IMAGES = np.zeros((COUNT, SIDE, SIDE), np.uint8)
IMAGES[np.arange(COUNT), LABELS + 2] = 255  # a stroke at the height of its class
IMAGES[:, 0] = RNG.integers(0, 40, (COUNT, SIDE))

Files = Iterator[tuple[str, bytes]]  # what was done to it, and what became of it


def mutated(intact: bytes, count: int, header: int = 64) -> Files:
    """Yield a file cut, flipped, overwritten and joined; mostly in its header."""
    draw = random.Random(len(intact) * 1000 + count)
    yield "empty", b""
    yield "zeros", bytes(len(intact))
    yield "ones", b"\xff" * len(intact)
    yield "twice", intact + intact
    yield "longer", intact + b"\0"
    yield "html", b"<!DOCTYPE html><html>404</html>"
    for number in range(count - 6):
        at = draw.randrange(min(header, len(intact)) if number % 3 else len(intact))
        if number % 4 == 0:
            yield f"cut at {at}", intact[:at]
        elif number % 4 == 1:
            flipped = intact[at] ^ (1 << draw.randrange(8))
            yield f"flipped at {at}", intact[:at] + bytes([flipped]) + intact[at + 1 :]
        elif number % 4 == 2:
            run = bytes([draw.choice([0, 0x20, 0x7F, 0xFF])]) * draw.randrange(1, 9)
            yield f"overwritten at {at}", intact[:at] + run + intact[at + len(run) :]
        else:
            junk = draw.randbytes(draw.randrange(1, 30))
            yield f"put in at {at}", intact[:at] + junk + intact[at:]


def idx(array: np.ndarray, *sizes: int, code: int = 8) -> bytes:
    """Return an IDX file, with other sizes in its header if they are given."""
    shape = sizes or array.shape
    head = bytes([0, 0, code, len(shape)])
    return head + struct.pack(f">{len(shape)}I", *shape) + array.tobytes()


def idx_files(count: int) -> Files:
    """Yield files of images that are to lie among three good IDX files."""
    yield from mutated(idx(IMAGES), count - 8, header=16)
    for sizes in ((2**32 - 1,) * 3, (0, 8, 8), (24, 0, 8), (2**31, 2, 1), (24, 64)):
        yield f"of {sizes}", idx(IMAGES, *sizes)
    yield "255 axes", bytes([0, 0, 8, 255]) + bytes(255 * 4)
    yield "nan", idx(np.full((24, 8, 8), np.nan, ">f4"), code=13)
    yield "infinite", idx(np.full((24, 8, 8), np.inf, ">f8"), code=14)


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_npy", ".npy"), content)
    return file.getvalue()


def npy(header: str, body: bytes = b"") -> bytes:
    """Return an .npy file with any text as its header."""
    text = header.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + body


def npz_files(count: int) -> Files:
    """Yield .npz files."""
    file = io.BytesIO()
    np.savez(file, x=IMAGES, y=LABELS)
    yield from mutated(file.getvalue(), count - 12, header=200)
    for text in (
        "{'descr': '|u1', 'fortran_order': False, 'shape': (10**9, 28, 28)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (1000000000, 28, 28)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (-1, 28, 28)}",
        "{'descr': '|O', 'fortran_order': False, 'shape': (24,)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': "
        + "(" * 60
        + ")" * 60
        + "}",
        "__import__('os').system('true')",
    ):
        yield text[:60], zipped(x_npy=npy(text, bytes(99)), y_npy=npy(text))
    for x in (
        np.full((24, 8, 8), np.nan),
        np.full((24, 8, 8), 1e300),
        np.array(["text"] * 24),
        np.zeros((24, 8, 8), complex),
        IMAGES[:0],
    ):
        file = io.BytesIO()
        np.savez(file, x=x, y=LABELS)
        yield f"x of {x.dtype} {x.shape}", file.getvalue()
    yield "no array", zipped(x=b"no array at all", y=b"neither")


def csv_files(count: int) -> Files:
    """Yield tables."""
    rows = np.column_stack([LABELS, IMAGES.reshape(COUNT, -1)])
    intact = "\n".join(",".join(map(str, row)) for row in rows.tolist()).encode()
    yield from mutated(intact, count - 10, header=300)
    line = intact.split(b"\n")[0]
    yield "nan", intact.replace(b"255", b"nan")
    yield "infinite", intact.replace(b"255", b"1e999")
    yield "negative", intact.replace(b"255", b"-255")
    yield "long number", intact.replace(b"255", b"9" * 5000, 1)
    yield "long name", b"x" * 100_000 + b"\n" + intact
    yield "one line", intact.replace(b"\n", b",")
    yield "wide", b",".join([b"0"] * 100_000)
    yield "quotes", intact.replace(b"\n", b'\n"', 3)
    yield "label 65535", line.replace(b"0", b"65535", 1) + b"\n" + intact
    yield "zero bytes", intact.replace(b",", b"\0")


def picture_files(count: int) -> Files:
    """Yield pictures of six formats, and of others under their names."""
    image = Image.fromarray(np.kron(255 - IMAGES[0], np.ones((4, 4), np.uint8)))
    kinds = "PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF"
    for kind in kinds:
        file = io.BytesIO()
        image.save(file, kind)
        for what, content in mutated(file.getvalue(), count // len(kinds)):
            yield f"{kind} {what}", content
    yield "EPS", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EOF\n"
    for kind in ("PPM", "TGA", "ICO", "PCX", "SGI", "DDS"):
        file = io.BytesIO()
        image.save(file, kind)
        yield kind, file.getvalue()
    file = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(file, "PNG")
    yield "900 megapixels", file.getvalue()


def small_model() -> bytes:
    """Return a model file for images of 28 × 28 pixels."""
    network = nn.build(
        "pixels 1/255 | flatten | dense 3", (28, 28), rng=np.random.default_rng(3)
    )
    return _saved(Model(network, ["a", "b", "c"], (28, 28), {"seed": 1}))


def _saved(model: Model) -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder, "m.safetensors"))
        return Path(folder, "m.safetensors").read_bytes()


def header_of(intact: bytes) -> dict[str, Any]:
    """Return the JSON of byhand in a file of tensors."""
    size = int.from_bytes(intact[:8], "little")
    found: dict[str, Any] = json.loads(
        json.loads(intact[8 : 8 + size])["__metadata__"]["byhand"]
    )
    return found


def with_text(intact: bytes, text: str) -> bytes:
    """Return a file of tensors with any text as byhand's header."""
    return save(load(intact), metadata={"byhand": text})


HOSTILE: list[Any] = [
    *(None, True, -1, 0, 10**39, 1e300, "", "x" * 9000, "\x1b[31m", [], {}),
    *([[[[1]]]], {"a": {"b": 1}}, [1e300] * 9, ["x" * 2000] * 9, "../../../etc"),
]


def tensor_files(intact: bytes, count: int) -> Files:
    """Yield models or checkpoints whose bytes, or whose header's values, are others."""
    yield from mutated(intact, count // 2, header=400)
    draw = random.Random(count)
    header = header_of(intact)
    text = json.dumps(header)
    yield "10**400", with_text(intact, text.replace("1", "1" + "0" * 400, 1))
    yield "1e999", with_text(intact, text.replace("1", "1e999"))
    yield (
        "nested",
        with_text(intact, text[:-1] + ', "z": ' + "[" * 5000 + "]" * 5000 + "}"),
    )
    yield "twice", with_text(intact, text[:-1] + ', "kind": "model"}')
    yield (
        "1 MB",
        with_text(intact, json.dumps({**header, "class_names": ["x" * 10**6]})),
    )
    lying = (10**6).to_bytes(8, "little")
    yield "huge header", lying + intact[8:]
    yield "huger header", (2**62).to_bytes(8, "little") + intact[8:]
    for _ in range(count - count // 2 - 7):
        other = json.loads(text)
        place, value = other, draw.choice(HOSTILE)
        keys = []
        while isinstance(place, dict) and place:
            keys.append(draw.choice(sorted(place)))
            if not isinstance(place[keys[-1]], dict) or draw.random() < 0.3:
                place[keys[-1]] = value
                break
            place = place[keys[-1]]
        yield f"{'.'.join(keys)} = {value!r:.40}", with_text(intact, json.dumps(other))


def dataset() -> Dataset:
    """Return the images above as a data set."""
    half = Split(IMAGES[:12], LABELS[:12])
    return Dataset("toy", Split(IMAGES, LABELS), half, ("a", "b", "c"))


def checkpoint(path: Path) -> bytes:
    """Return the checkpoint of a run that is stopped after step 3 of 5."""
    try:
        train("classic", dataset(), steps=5, checkpoint=path, threads=1,
              should_stop=iter([False, False, True]).__next__)  # fmt: skip
    except TrainingStopped:
        return path.read_bytes()
    raise AssertionError("it was not stopped")
