"""The page's modules, loaded into a browser page without a server."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import byhand
from byhand.model import SHIPPED, Model

STATIC = Path(byhand.__file__).parent / "lab" / "static"
ORIGIN = "http://modules.test"
BLANK = "<!doctype html><title>modules</title>"
# What the tests call in the page; arrays come as base64, so that they come fast.
SETUP = """
const names = %s;
const loaded = await Promise.all(names.map((name) => import(`/${name}.js`)));
window.lab = Object.assign({}, ...loaded);
lab.bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
lab.model = (text) => {
  const file = lab.bytes(text).buffer, header = lab.readModelHeader(file);
  const { shape, scaling } = header.input;
  const tensors = lab.readTensors(file);
  return lab.buildNetwork(`${scaling} | ${header.architecture}`, shape, tensors);
};
"""
NAMES = ["tensors", "network", "loss", "explain", "prepare", "base64"]
NAMES += ["character", "filters", "resample", "threshold", "splitting", "numbers"]


def module_page(browser: Any) -> Iterator[Any]:
    """Yield a page in which `lab` has all that the modules export."""
    page = browser.new_page()
    page.route(f"{ORIGIN}/**", _answer)
    page.goto(f"{ORIGIN}/")
    page.add_script_tag(content=SETUP % NAMES, type="module")
    page.wait_for_function("!!(window.lab && lab.model)")
    yield page
    page.close()


def _answer(route: Any) -> None:
    """Give a module's text, or the empty page."""
    name = route.request.url.removeprefix(f"{ORIGIN}/")
    if not name:
        route.fulfill(body=BLANK, content_type="text/html")
    elif (STATIC / name).is_file():
        body = (STATIC / name).read_text("utf-8")
        route.fulfill(body=body, content_type="text/javascript")
    else:
        route.fulfill(status=204)


def text_of(array: Any) -> str:
    """Return the bytes of an array, or bytes, as base64."""
    content = array if isinstance(array, bytes) else np.ascontiguousarray(array)
    return base64.b64encode(content).decode()


def file_of(model: Model, folder: Path) -> str:
    """Return a model's file as base64."""
    model.save(folder / "model.safetensors")
    return text_of((folder / "model.safetensors").read_bytes())


def shipped_file() -> str:
    """Return the shipped model's file as base64."""
    folder = Path(byhand.__file__).parent / "models"
    return text_of((folder / SHIPPED).read_bytes())
