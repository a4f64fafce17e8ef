"""What the server takes and answers about runs: bounds and description in one."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from byhand.lab.answers import SAFE, Answer, Count, Strict
from byhand.training.recipes import RECIPES

MOST_SETTINGS = 60
MOST_PREVIEWED = 24

Name = Annotated[str, Field(min_length=1, max_length=80)]
RunId = Annotated[str, Field(min_length=1, max_length=300)]
Number = Annotated[float, Field(ge=-1e30, le=1e30, allow_inf_nan=False)]
Int = Annotated[int, Field(ge=-SAFE, le=SAFE)]
Text = Annotated[str, Field(max_length=4000)]
Settings = Annotated[
    dict[Annotated[str, Field(max_length=60)], bool | Int | Number | Text | None],
    Field(max_length=MOST_SETTINGS),
]
RecipeName = Annotated[str, Field(pattern="^(" + "|".join(RECIPES) + ")$")]
Until = Literal["go", "step", "epoch"]


class Composition(Strict):
    """A recipe by its name, with settings instead of its own."""

    recipe: RecipeName = "standard"
    settings: Settings = Field(default_factory=dict)


class NewRun(Composition):
    """A run to start: paused after its first step or epoch, if that is wished."""

    seed: Count = 0
    name: Name | None = None
    until: Until = "go"
    images: Annotated[int | None, Field(ge=10, le=SAFE)] = None  # the first ones alone


class Preview(Composition):
    """Training images as the augmentation changes them."""

    seed: Count = 0
    count: Annotated[int, Field(ge=1, le=MOST_PREVIEWED)] = 8


class Action(Strict):
    """What a run is to do."""

    run: RunId
    action: Literal["pause", "go", "step", "epoch", "stop"]


class Adjustment(Strict):
    """Settings of a run that change from its next step on."""

    run: RunId
    settings: Settings


class Resumption(Adjustment):
    """A run that ended goes on, from its last checkpoint or one before trouble."""

    settings: Settings = Field(default_factory=dict)
    back: bool = False
    until: Until = "go"


class Naming(Strict):
    """Another name for a run."""

    run: RunId
    name: Name


class ChoicesAnswer(Answer):
    """The recipes with their settings, and what settings may be."""

    recipes: list[dict[str, Any]]
    inits: list[str]
    schedules: list[str]
    optimizers: list[str]
    adjustable: list[str]


class NetworkAnswer(Answer):
    """The layers of a network that was composed; or why it is none, in one line."""

    layers: list[dict[str, Any]] = Field(default_factory=list)
    error: str = ""


class PreviewAnswer(Answer):
    """Images as they are and as they are changed, base64 of H × W bytes."""

    images: list[dict[str, Any]]


class RunsAnswer(Answer):
    """All runs of the folder, the newest first; `current` is under way."""

    runs: list[dict[str, Any]]
    current: str | None


class RunAnswer(Answer):
    """A run with its curve; points are [step, loss, accuracy, learning rate]."""

    run: dict[str, Any]
    points: list[list[float | None]]
    stride: int
    epochs: list[dict[str, Any]]
    inside: dict[str, Any] | None
    resumable: bool
    python: str
    command: str
    toml: str


class RunEvent(Answer):
    """What is new of a run; the points begin with number `first` of its curve."""

    run: dict[str, Any]
    points: list[list[float | None]]
    first: int
    stride: int
    epochs: list[dict[str, Any]]
    inside: dict[str, Any] | None
    probabilities: list[float] | None


class Done(Answer):
    """It was taken."""

    run: str
