"""A trained network with all it takes to use it: input scaling, class names, a file.

Letters: N images, H × W pixels, K classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from byhand import notebook, tensors
from byhand.errors import ModelError, ShapeError
from byhand.ink.batch import as_batch
from byhand.nn.calibration import Calibration, digit_scores
from byhand.nn.inference import Predictor
from byhand.nn.losses import softmax
from byhand.nn.network import Network
from byhand.nn.stored import check_text, misfits_explained, network_of, plugins_of
from byhand.nn.summary import layer_rows, sides, summary
from byhand.types import Array, Arrays, Shape
from byhand.words import one_line, percent

SHIPPED = "digits.safetensors"
SHIPPED_NAME = "shipped"  # what it is called where a model's file is asked for


class Model:
    """A network that takes uint8 images and knows what its outputs are called.

    Attributes:
        network: scales the pixels itself, by its first layer; not to be changed once
            the model has been used.
        class_names: K names, in the order of the outputs.
        image_shape: (H, W) of the images it takes, or (H, W, C).
        info: how it came about: recipe, seed, versions, history, test figures.
        calibration: how its scores are read; kept in info as "calibration".
        threads: how many answer at once; all processors unless set before its use.
        compiled: whether to use kernels; loading them takes longer than a few images.

    The network has K outputs, or K + 1: then the last is the reject class, for images
    of none of the classes.
    """

    def __init__(
        self,
        network: Network,
        class_names: Sequence[str],
        image_shape: Shape,
        info: dict[str, Any] | None = None,
    ) -> None:
        self.network = network
        self.class_names = tuple(class_names)
        self.image_shape = tuple(image_shape)
        outputs, k = network.output_shape(self.image_shape), len(self.class_names)
        if outputs not in ((k,), (k + 1,)):
            raise ShapeError(
                f"model: expected a network with an output for each of {k} classes, "
                f"({k},), or one more to reject, ({k + 1},), got outputs {outputs}"
            )
        self.info = info or {}
        self.calibration = Calibration(**self.info.get("calibration", {}))
        self.threads: int | None = None
        self.compiled = True
        self._predictor: Predictor | None = None  # made when it is first needed

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy or a pickle holds: all but threads and their memory."""
        return {**vars(self), "_predictor": None}

    def __repr__(self) -> str:
        """Return what it is: "Model(conv 32-64-64, dense 320, 10 classes + reject)"."""
        *layers, last = self.network.layers
        words = summary(layers if last.kind == "dense" else [*layers, last])
        reject = " + reject" if self.has_reject_class else ""
        parts = [words, f"{len(self.class_names)} classes{reject}", self._tested()]
        return f"Model({', '.join(filter(None, parts))})"

    def _repr_html_(self) -> str:
        """Return the layers as a table, for notebooks."""
        names = ", ".join(self.class_names[:20])
        return notebook.block(
            notebook.title(repr(self)),
            notebook.escaped(f"images of {sides(self.image_shape)}; classes {names}"),
            notebook.table(*layer_rows(self.network.layers, self.image_shape)),
        )

    def _tested(self) -> str:
        """Return the data and the accuracy of its test, as "MNIST 99.56 %"; or ""."""
        test = self.info.get("test")
        figures = test if isinstance(test, dict) else {}
        name, accuracy = figures.get("dataset"), figures.get("accuracy")
        if not isinstance(name, str) or not isinstance(accuracy, float):
            return ""
        name = name.upper() if name == "mnist" else one_line(name, 40)
        return f"{name} {percent(accuracy)}"

    @property
    def has_reject_class(self) -> bool:
        """Whether the network has an output for what is none of its classes."""
        return self.network.output_shape(self.image_shape) != (len(self.class_names),)

    @property
    def grey_shape(self) -> tuple[int, int]:
        """(H, W), for what makes grey images for it; ShapeError if it takes colours."""
        if len(self.image_shape) != 2:
            raise ShapeError(
                f"model: expected one for grey images (H, W), got {self.image_shape}"
            )
        height, width = self.image_shape
        return height, width

    def logits(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the scores before softmax, (N, K), for uint8 images (N, H, W).

        They are the network's, divided by the temperature.

        Raises:
            ShapeError: images of another shape or type.
        """
        return self._logits(self.scores(images))

    def scores(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the network's outputs as they are, (N, K) or (N, K + 1).

        Raises:
            ShapeError: images of another shape or type.
        """
        if images.dtype != np.uint8 or images.shape[1:] != self.image_shape:
            sides = ", ".join(map(str, self.image_shape))
            raise ShapeError(
                f"model: expected uint8 images (N, {sides}), got {images.dtype} "
                f"{images.shape}; try model.predict, which takes any picture"
            )
        if not self._predictor:
            self._predictor = Predictor(self.network, self.threads, self.compiled)
        return self._predictor(images)

    def predict(self, pictures: Any) -> Any:
        """Return the likeliest class's number: (N,) int64, or one number for one image.

            model.predict("seven.png")                   # 7
            model.predict(byhand.prepare("seven.png"))   # 7
            model.predict(["seven.png", "two.jpg"])      # array([7, 2])
            model.predict(mnist.test.images)             # (10000,)

        Args:
            pictures: one or many, of any kind. Arrays of the model's own size, (H, W)
                or (N, H, W), with an axis of one channel or flat, are taken for
                prepared images, ink bright on 0, of any real type: 0 to 255, fractions
                from 0 to 1, bool or 16 bits. Everything else goes through
                `byhand.prepare`: a path, bytes or an open file of a picture, a Pillow
                image, an array of another size. A list may hold any of these.

        Raises:
            PictureError: a picture cannot be opened, or is none.
            ShapeError: an array of another shape or type, or with other values.
        """
        images, single = as_batch(pictures, self.image_shape)
        classes = np.asarray(self.logits(images).argmax(axis=1), np.int64)
        return classes[0] if single else classes

    def predict_proba(self, pictures: Any) -> Any:
        """Return the probability of each class, (N, K), or (K,) for one image.

        Args:
            pictures: see predict.
        """
        images, single = as_batch(pictures, self.image_shape)
        probabilities = self._probabilities(self.scores(images))
        return probabilities[0] if single else probabilities

    def is_digit(self, pictures: Any) -> Any:
        """Return for each image whether it shows a digit: (N,), or one bool for one.

        False for images of one grey all over, and where no class fits well enough, or
        two fit alike: the best class's score (`calibration.digit_scores`) is below a
        threshold that nearly all digits held out have passed. A model without a reject
        class goes by its classes alone.

        Args:
            pictures: see predict.
        """
        images, single = as_batch(pictures, self.image_shape)
        _, shown = self.assess(images)
        return shown[0] if single else shown

    def assess(
        self, images: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return `predict_proba` and `is_digit` of uint8 images (N, H, W), in one pass.

        Raises:
            ShapeError: images of another shape or type.
        """
        scores = self.scores(images)
        return self._probabilities(scores), self._is_digit(images, scores)

    def _probabilities(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return softmax of the scores of the classes, (N, K)."""
        return softmax(self._logits(scores)).astype(np.float32, copy=False)

    def _logits(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the scores of the classes, divided by the temperature."""
        classes = scores[:, : len(self.class_names)]
        return classes / np.float32(self.calibration.temperature)

    def _is_digit(
        self, images: NDArray[np.uint8], scores: NDArray[np.float32]
    ) -> NDArray[np.bool_]:
        """Return whether images with these scores show a digit, (N,)."""
        best = digit_scores(scores, len(self.class_names))
        blank = images[:, :1, :1]
        drawn = (images != blank).any(axis=tuple(range(1, images.ndim)))
        return np.asarray(drawn & (best >= self.calibration.threshold))

    def save(self, path: str | Path) -> None:
        """Write the model as safetensors, completely or not at all.

        An array that float16 holds without loss is stored so, at half the size.

        Raises:
            ModelError: the file cannot be written, or what is read from it would be
                another network.
        """
        check_text(self.network, self.image_shape)
        scaling, _, architecture = str(self.network).partition(" | ")
        header = {
            "input": {"shape": list(self.image_shape), "scaling": scaling},
            "architecture": architecture,
            "class_names": list(self.class_names),
            "reject_class": self.has_reject_class,
            "info": self.info,
            **plugins_of(self.network),
        }
        arrays = {name: _halved(a) for name, a in self.network.arrays.items()}
        tensors.write(Path(path), arrays, "model", header)


def load(path: str | Path | None = None) -> Model:
    """Return the model in a file, or the one shipped in the package.

    Args:
        path: the file; without it, or for the word "shipped", the model in the
            package. A Path, or "./shipped", is never taken for that word.

    Raises:
        ModelError: the file is missing, truncated, of another kind or a newer version,
            or its arrays do not fit the network it describes.
        PluginError: it has layers of a plug-in, which must be loaded before.
    """
    if path is None or path == SHIPPED_NAME:
        models = resources.files("byhand") / "models"
        with resources.as_file(models / SHIPPED) as file:
            return load(file)
    path = Path(path)

    def check(header: dict[str, Any], shapes: dict[str, Shape]) -> None:
        with misfits_explained(path):
            network_of(header).check(shapes)

    header, arrays = tensors.read(path, "model", check)
    with misfits_explained(path):
        return _assemble(header, arrays)


def _assemble(header: dict[str, Any], arrays: Arrays) -> Model:
    """Return the model, once everything the file says agrees with its arrays."""
    network = network_of(header)
    for name, array in arrays.items():
        if array.dtype not in (np.float16, np.float32) or not np.isfinite(array).all():
            raise ModelError(f"expected finite float16 or float32 in {name}")
    network.load({name: array.astype(np.float32) for name, array in arrays.items()})
    shape = tuple(header["input"]["shape"])
    return Model(network, header["class_names"], shape, header["info"])


def _halved(array: Array) -> Array:
    """Return the array as float16 if nothing is lost by it, else as it is."""
    with np.errstate(over="ignore"):
        half = array.astype(np.float16)
    return half if np.array_equal(half.astype(array.dtype), array) else array
