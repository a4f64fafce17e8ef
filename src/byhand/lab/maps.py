"""Test images as points in a plane: near are those of which a layer makes the same.

Letters: N images, D numbers of an image.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np

from byhand.data.datasets import Split
from byhand.errors import MissingExtraError
from byhand.lab.images import sample, text
from byhand.model import Model
from byhand.nn.network import Network
from byhand.nn.run import Run
from byhand.nn.skips import output_shapes
from byhand.types import Floats, Integers, Shape

Parts = Iterator[float | dict[str, Any]]

AT_ONCE = 250  # images
MOST = 1500  # images: a matrix of N × N is decomposed
MOST_NUMBERS = 50_000_000  # of all images together
NEAREST = 5  # neighbours of each image
COMPONENTS = 50  # that t-SNE gets
PERPLEXITY = 30.0
EARLY, LATE, STEP = 250, 500, 10  # iterations of t-SNE: exaggerated, then not; at once
PASSED_ON = ("flatten", "dropout", "as", "crop")  # the same numbers as before
SEED = 0


class Maps:
    """A model and test images, of which a sample is shown."""

    def __init__(self, model: Model, test: Split) -> None:
        self.model, self.test = model, test
        self._last: tuple[int, Any] = (-2, None)

    def places(self, layer: int, method: str) -> Parts:
        """Yield shares, at last the images' places and each one's neighbours.

        Args:
            layer: whose outputs are compared; -1 for the images themselves.
            method: "pca" or "tsne".
        """
        if method == "tsne":
            check_extra()
        if self._last[0] != layer:
            activations = yield from self._activations(layer)
            yield 0.3
            self._last = layer, (*compared(activations),)
        components, explained, nearest = self._last[1]
        if method == "tsne":
            yield 0.4
            places = yield from embedded(components)
        else:
            places = components[:, :2]
        yield {
            "images": self._indices(len(places)).tolist(),
            "places": text(places, "<f4"),
            "nearest": text(nearest, "<u2"),
            "explained": explained[:2].tolist(),
        }

    def _indices(self, count: int) -> Integers:
        return sample(len(self.test), count)

    def _activations(self, layer: int) -> Any:
        """Yield shares; return the outputs of a layer, (N, D)."""
        layers = self.model.network.layers[: layer + 1]
        shapes = [
            self.model.image_shape,
            *output_shapes(layers, self.model.image_shape),
        ]
        numbers = int(np.prod(shapes[-1]))
        chosen = self._indices(max(2, min(MOST, MOST_NUMBERS // numbers)))
        found = []
        for first in range(0, len(chosen), AT_ONCE):
            part = self.test.images[chosen[first : first + AT_ONCE]]
            y, _ = Network(layers).forward(part, Run(gradients=False))
            found.append(np.array(y, np.float32).reshape(len(part), -1))
            yield 0.3 * first / len(chosen)
        return np.concatenate(found)


def layers_shown(layers: Any, image_shape: Shape) -> list[dict[str, Any]]:
    """Return the layers worth a map: the image, what weighted layers get, the last.

    Of each: its number (-1 for the image), its text, how many numbers an image has.
    """
    shapes = [image_shape, *output_shapes(layers, image_shape)]
    shown = [-1]
    for number in range(1, len(layers) + 1):
        if number < len(layers) and "w" not in layers[number].params:
            continue
        at = number - 1
        while at > 0 and layers[at].kind in PASSED_ON:
            at -= 1
        if layers[at].kind != "pixels":
            shown.append(at)
    return [
        {
            "layer": at,
            "text": str(layers[at]) if at >= 0 else "",
            "numbers": int(np.prod(shapes[at + 1])),
        }
        for at in sorted(set(shown))
    ]


def compared(x: Floats) -> tuple[Floats, Floats, Integers]:
    """Return principal components, their shares of the variance, nearest neighbours.

    With x centred, x = u s vt is its singular value decomposition, and u s are the
    components. u and s² are those of x x', (N, N), which is smaller where images have
    many numbers, and which has the distances too:
    |a - b|² = a a' - 2 a b' + b b'.

    Args:
        x: (N, D).

    Returns:
        Components (N, up to 50), each with its largest value above 0; their shares of
        the variance; and of each image the numbers of the 5 nearest, (N, 5).

    Source: Jolliffe 2002, "Principal Component Analysis", 2nd ed., section 3.5.
    """
    x = x.astype(np.float64) - x.mean(axis=0, dtype=np.float64)
    products = x @ x.T  # (N, N)
    u, variances, _ = np.linalg.svd(products, hermitian=True)
    components = u[:, :COMPONENTS] * np.sqrt(variances[:COMPONENTS])
    largest = np.abs(components).argmax(axis=0)
    components *= np.where(components[largest, np.arange(len(largest))] < 0, -1, 1)
    if components.shape[1] < 2:
        components = np.pad(components, ((0, 0), (0, 2 - components.shape[1])))
    shares = variances[:COMPONENTS] / max(variances.sum(), 1e-300)
    squares = np.diag(products)
    distances = squares[:, None] - 2 * products + squares
    np.fill_diagonal(distances, np.inf)
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :NEAREST]
    return components, shares, nearest


def embedded(x: Floats) -> Any:
    """Yield shares from 0.4; return places (N, 2) by t-SNE of x (N, D).

    Source: Policar, Strazar and Zupan 2024, "openTSNE: A Modular Python Library for
    t-SNE Dimensionality Reduction and Embedding", J. Stat. Softw. 109; the method is
    van der Maaten and Hinton's, 2008.
    """
    import openTSNE

    near = openTSNE.affinity.PerplexityBasedNN(
        x,
        perplexity=max(1.0, min(PERPLEXITY, (len(x) - 1) / 3)),
        method="exact",
        n_jobs=1,
        random_state=SEED,
    )
    begin = openTSNE.initialization.rescale(x[:, :2])
    places = openTSNE.TSNEEmbedding(begin, near, n_jobs=1, random_state=SEED)
    for done in range(0, EARLY + LATE, STEP):
        early = done < EARLY
        places.optimize(
            STEP,
            inplace=True,
            exaggeration=12 if early else 1,
            momentum=0.5 if early else 0.8,
        )
        yield 0.4 + 0.6 * done / (EARLY + LATE)
    return np.asarray(places)


def check_extra() -> None:
    """Raise MissingExtraError, with the command that cures it, without the extra."""
    if not find_spec("openTSNE"):
        raise MissingExtraError(
            "t-SNE: expected openTSNE, found none; try pip install 'byhand[map]'"
        )
