"""What the server takes and answers: one declaration for bounds and description.

Every answer has `start`, the number of the server's start, so that a page can notice
that it talks to another server than before.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

MOST_EXAMPLES = 200
MOST_CHANGES = 1000
LONGEST_SIDE = 4096  # of a picture, in pixels
MOST_PIXELS = 4_000_000
SAFE = 2**53 - 1  # the largest integer that JavaScript's numbers hold

Count = Annotated[int, Field(ge=0, le=SAFE)]


class Answer(BaseModel):
    """What every answer has.

    Attributes:
        start: the number of the server's start.
    """

    start: int


class Refusal(Answer):
    """The answer to what cannot be done: one line of text."""

    error: str


class ModelFacts(BaseModel):
    """What a page must know of a model to compute with its weights.

    Attributes:
        name: the file's name.
        architecture: the layers, as `nn.network.build` reads them.
        shape: height and width of an image.
        classes: their names, in the order of the outputs.
        reject: whether there is one more output, for none of the classes.
        temperature: what the scores are divided by.
        threshold: the least score of what is one of the classes.
    """

    name: str
    architecture: str
    shape: tuple[int, int]
    classes: list[str]
    reject: bool
    temperature: float
    threshold: float


class DataFacts(BaseModel):
    """What a page must know of a data set: count is of its test images."""

    name: str
    classes: list[str]
    count: int


class LabAnswer(Answer):
    """The model and the data set of this laboratory."""

    version: str
    model: ModelFacts
    data: DataFacts | None


class Example(BaseModel):
    """An image: its place in the test images, its class, base64 of its H × W bytes."""

    index: int
    label: int
    pixels: str


class ExamplesAnswer(Answer):
    """Some of the test images."""

    images: list[Example]


class ReadAnswer(Answer):
    """What `byhand.read` has read, as `byhand read --json` has it."""

    reading: dict[str, Any]


class ReaderAnswer(Answer):
    """Whether rows are read at once, or what reads them is still being compiled."""

    ready: bool


class Accepted(Answer):
    """A job was taken; its result comes as an event."""

    job: int


class Strict(BaseModel):
    """What comes from a page has no fields but those declared."""

    model_config = ConfigDict(extra="forbid", strict=True)


class WeightChange(Strict):
    """One number of an array, set by hand: index counts in row-major order."""

    name: Annotated[str, Field(max_length=100)]
    index: Count
    value: Annotated[float, Field(ge=-1e30, le=1e30, allow_inf_nan=False)]


class Filter(Strict):
    """One filter of a layer."""

    layer: Annotated[int, Field(ge=0, le=10_000)]
    number: Count


class FilterChange(Strict):
    """A filter whose weights and bias are zero."""

    filter: Filter


class AccuracyJob(Strict):
    """A question: how many test images does the network, changed so, get right?

    Attributes:
        page: the page that asks; a newer job of a page replaces its older one.
        job: the page's number for it, which the result has.
        changes: in the order in which they were made.
        count: how many test images, spread over all; all of them unless given.
    """

    page: Count = 0
    job: Count
    changes: Annotated[
        list[WeightChange | FilterChange], Field(max_length=MOST_CHANGES)
    ] = []
    count: Annotated[int | None, Field(ge=1, le=SAFE)] = None


class AccuracyEvent(Answer):
    """The result of a job: how many test images of how many were right."""

    job: int
    right: int
    count: int


class FailedEvent(Answer):
    """A job that has no result, with the reason."""

    job: int
    error: str


Kind = Literal["any", "hard"]
