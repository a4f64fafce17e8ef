"""Recognising one character: a picture in, a class and its probability out.

Letters: H, W height and width of the prepared image; K classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, overload

from PIL import Image

from byhand import notebook
from byhand.ink.batch import separate
from byhand.ink.prepare import prepare_and_check
from byhand.model import Model, load
from byhand.nn.calibration import BASE_ERROR_RATE
from byhand.pictures.convert import Picture
from byhand.pictures.source import Source
from byhand.types import Floats, Grey, Images
from byhand.words import one_line

DIGITS = tuple("0123456789")
BLANK = "nothing drawn"
NO_DIGIT = "does not look like a digit"
CUT_OFF = "touches the picture's edge: it may be cut off"
# Of MNIST's test digits whose outer 5 to 40 % were cut off at one side, that many more
# are misread than the network's probabilities say, among those that pass as digits.
CUT_OFF_ERROR_RATE = 0.09


def kind_of(class_names: Sequence[str]) -> Literal["digit", "class"]:
    """Return what a model of these classes recognises."""
    return "digit" if tuple(class_names) == DIGITS else "class"


@dataclass(frozen=True, eq=False)
class Recognition:
    """What a model recognises in a picture of one character.

    Attributes:
        class_names: the model's K classes.
        probabilities: (K,), summing to 1, also where the picture is rejected.
        image: (H, W) uint8, the prepared image that the network saw.
        reason: why the picture is rejected; "" if it is not.
        cut_off: whether the picture's edge cuts the character off.
    """

    class_names: tuple[str, ...]
    probabilities: Floats
    image: Grey
    reason: str = ""
    cut_off: bool = False

    def __repr__(self) -> str:
        best = self.class_names[self._order[0]]
        likely = f"{one_line(best)}, {100 * self.confidence:.1f} %"
        if self.rejected:
            return f"Recognition(none: {self.reason}; perhaps {likely})"
        return f"Recognition({self.kind} {likely})"

    def _repr_html_(self) -> str:
        """Return the prepared image beside its probabilities, for notebooks."""
        shown = {
            self.class_names[k]: float(self.probabilities[k]) for k in self._order[:10]
        }
        image = notebook.picture(255 - self.image, 160, repr(self))
        return notebook.block(
            notebook.title(repr(self)),
            notebook.beside(image, notebook.bars(shown)),
        )

    @property
    def kind(self) -> Literal["digit", "class"]:
        """What the model recognises: the ten digits, or other classes."""
        return kind_of(self.class_names)

    @property
    def rejected(self) -> bool:
        """Whether the picture shows none of the classes."""
        return bool(self.reason)

    @property
    def class_name(self) -> str | None:
        """The likeliest class; None if the picture is rejected."""
        return None if self.rejected else self.class_names[self._order[0]]

    @property
    def digit(self) -> int | None:
        """The digit; None if the picture is rejected or the model has other classes."""
        name = self.class_name
        return None if name is None or self.kind == "class" else int(name)

    @property
    def confidence(self) -> float:
        """How likely the likeliest class is the right one, 0 to 1.

        Its probability; of digits less by those that are misread in other hands than
        MNIST's, however certain, as in `byhand.read`; and less where it is cut off.
        """
        p = float(self.probabilities[self._order[0]])
        hands = BASE_ERROR_RATE if self.kind == "digit" else 0.0
        cut = CUT_OFF_ERROR_RATE if self.cut_off else 0.0
        return p * (1 - hands) * (1 - cut)

    @property
    def warning(self) -> str:
        """What a user should know: that the character may be cut off; "" if nothing."""
        return CUT_OFF if self.cut_off else ""

    @property
    def alternatives(self) -> tuple[tuple[str, float], ...]:
        """All classes but the likeliest, with their probabilities, in their order."""
        return tuple(
            (self.class_names[k], float(self.probabilities[k])) for k in self._order[1:]
        )

    @cached_property
    def _order(self) -> list[int]:
        """The class numbers, the likeliest first; of equals, the lower one."""
        order: list[int] = (-self.probabilities).argsort(kind="stable").tolist()
        return order

    @property
    def likeliest(self) -> str | None:
        """The likeliest class, also if the picture is rejected; None if it is blank."""
        return None if self.reason == BLANK else self.class_names[self._order[0]]

    def as_dict(self) -> dict[str, Any]:
        """Return the answer as `predict --json` prints it."""
        number = int if self.kind == "digit" else str
        named: dict[str, str | None] = {self.kind: self.class_name}
        if self.rejected:
            named["likeliest"] = self.likeliest
        answer: dict[str, Any] = {
            key: None if name is None else number(name) for key, name in named.items()
        }
        if self.rejected:
            answer["reason"] = self.reason
        if self.warning:
            answer["warning"] = self.warning
        return answer | {
            "confidence": self.confidence,
            "probabilities": self.probabilities.tolist(),
        }


@overload
def recognise(
    picture: Source | Image.Image, model: Model | str | Path | None = None
) -> Recognition: ...


@overload
def recognise(picture: Any, model: Model | str | Path | None = None) -> Any: ...


def recognise(picture: Any, model: Model | str | Path | None = None) -> Any:
    """Recognise the digit, or another character, in a picture, or in each of many.

        found = byhand.recognise("seven.png")
        found.digit, found.confidence, found.alternatives, found.reason

    The confidence allows for hands that differ from those in MNIST; `probabilities` are
    the network's own, as those of `Model.predict_proba`.

    A blank picture is rejected. So is one that does not look like a digit, if the model
    knows the ten digits; its threshold has not been tested on other classes.

    Args:
        picture: a path, bytes or an open file of a picture, a Pillow image or an array,
            as `byhand.prepare` takes; or many: a list of these, or an array (N, H, W).
        model: a model or its file; the one in the package unless given.

    Returns:
        A Recognition; of many pictures, a list of them.

    Raises:
        PictureError: the picture cannot be opened, or has no pixels.
        ModelError: the model's file cannot be opened.
        ShapeError: the model is for images with colours.
    """
    if not isinstance(model, Model):
        model = load(model)
    pictures, single = separate(picture)
    if not single:
        return [_recognised(each, model) for each in pictures]
    return _recognised(pictures[0], model)


def _recognised(picture: Picture, model: Model) -> Recognition:
    """Return what the model recognises in a single picture."""
    image, cut_off = prepare_and_check(picture, model.grey_shape)
    return recognise_prepared(image[None], model, cut_off)[0]


def recognise_prepared(
    images: Images, model: Model, cut_off: bool = False
) -> list[Recognition]:
    """Return what the model recognises in prepared images (N, H, W), ink bright on 0.

    Args:
        images: of characters.
        model: of their classes.
        cut_off: whether the edge of their pictures cut the characters off.

    Raises:
        ShapeError: images of another shape than the model's.
    """
    probabilities, digits = model.assess(images)  # (N, K), (N,)
    only_digits = model.class_names == DIGITS
    found = []
    for image, p, is_digit in zip(images, probabilities, digits, strict=True):
        no_digit = NO_DIGIT if only_digits and not is_digit else ""
        reason = no_digit if image.any() else BLANK
        found.append(Recognition(model.class_names, p, image, reason, cut_off))
    return found
