"""What the server takes and answers of the test images' results."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from byhand.lab.answers import Answer, Example

MOST_IMAGES = 200

Layer = Annotated[int, Field(ge=-1, le=10_000)]
ResultKind = Literal["scores", "map", "units", "robustness", "pruning"]
Interval = tuple[float, float]


class Bin(BaseModel):
    """Images of about the same confidence: their mean confidence, and the accuracy."""

    count: int
    confidence: float
    accuracy: float


class ShownLayer(BaseModel):
    """A layer that has a map: -1 is the image itself; how many numbers an image has."""

    layer: int
    text: str
    numbers: int


class ScoresAnswer(Answer):
    """The scores of all N test images of K classes, as `byhand.evaluate` has them.

    `labels`, `predictions` (uint16), `confidences` (float32): base64 of N numbers.
    """

    count: int
    right: int
    interval: Interval
    confusion: list[list[int]]
    precision: list[float | None]
    recall: list[float | None]
    calibration_error: float
    reliability: list[Bin]
    mistakes: list[int]
    labels: str
    predictions: str
    confidences: str
    layers: list[ShownLayer]


class ImagesAnswer(Answer):
    """Test images, in the order in which they were asked for."""

    images: list[Example]


class MapAnswer(Answer):
    """Places of images: base64 of (N, 2) float32, of (N, 5) uint16 neighbours.

    `images` are their numbers among the test images; neighbours count in this list.
    `explained` are the two components' shares of the variance.
    """

    images: list[int]
    places: str
    nearest: str
    explained: list[float]


class Unit(BaseModel):
    """How many are right without a unit, which class loses most, what excites it."""

    right: int
    worst: int | None
    lost: int
    images: list[int]


class UnitsAnswer(Answer):
    """The units of a layer; of `count` images `right` are right with all of them."""

    count: int
    right: int
    units: list[Unit]


class Seen(BaseModel):
    """An image as the network sees it, base64; its class, and what it is read as."""

    pixels: str
    label: int
    read: int


class RobustnessAnswer(Answer):
    """How many of a sample of changed images are right."""

    count: int
    right: int
    interval: Interval
    examples: list[Seen]


class LeftWeights(BaseModel):
    """How many weights a layer has, and how many are not 0."""

    layer: int
    text: str
    left: int
    total: int


class PruningAnswer(Answer):
    """How many of a sample are right without the smallest weights."""

    count: int
    right: int
    interval: Interval
    layers: list[LeftWeights]


class ShareAnswer(Answer):
    """How much of what was asked is done, from 0 to 1; null if nothing waits."""

    share: float | None
