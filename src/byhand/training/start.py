"""How a run begins: from a recipe and a data set to a job and its first state."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from byhand.constraints import Integer
from byhand.data.datasets import Dataset, Split, load_dataset
from byhand.errors import DataError, RecipeError
from byhand.model import Model
from byhand.nn import INITS, build
from byhand.nn.init import PLACEHOLDERS
from byhand.training.batches import Batches, Stream, generator, split
from byhand.training.fine_tuning import (
    as_model_has_it,
    held_out_of_each,
    tuned_network,
    tuning_job,
)
from byhand.training.objective import make_loss
from byhand.training.own import CheckedLoss, Own
from byhand.training.recipe import Recipe
from byhand.training.state import Job, State
from byhand.types import Integers

OF_TUNING = ("rehearsal", "interpolation")  # settings that need a model of before


def make_job(
    recipe: Recipe,
    dataset: Dataset,
    seed: int,
    own: Own | None = None,
    model: Model | None = None,
) -> Job:
    """Return the job; a small data set holds out a tenth at most.

    With a model, that is trained further (`fine_tuning`).

    Raises:
        RecipeError: a seed below 0, a teacher of other images, or OF_TUNING alone.
        DataError: no training images.
    """
    if not Integer(0).allows(seed):
        raise RecipeError(f"train: expected a seed of 0 or more, got {seed!r:.60}")
    if not (count := len(dataset.train)):
        raise DataError(f"{dataset.name}: expected training images, got none")
    own = own or Own()
    loss = CheckedLoss(own.loss) if own.loss else make_loss(recipe, dataset)
    given: dict[str, Any] = {"own": own, "own_augmentation": own.change(recipe)}
    if model is not None:
        return replace(tuning_job(recipe, dataset, seed, model), loss=loss, **given)
    _check_alone(recipe)
    indices, held_out = _split(recipe, count)
    batches = Batches(indices, recipe.batch, seed, recipe.replacement)
    steps = recipe.steps or (recipe.epochs or 0) * batches.steps_an_epoch
    return Job(recipe, dataset, seed, batches, held_out, steps, loss, **given)


def _split(recipe: Recipe, count: int) -> tuple[Integers, Integers]:
    """Return the indices to train on and those held out, of `count` images."""
    return split(count, min(recipe.validation, count // 10))


def held_out_images(
    recipe: Recipe, dataset: Dataset, model: Model | None = None
) -> Split:
    """Return the training images that runs hold out, whatever their seed.

    Of a model that is trained further these are new images; labels are numbers of its
    classes and of the new ones behind them.

    Raises:
        DataError: none are held out, or as `make_job` raises it.
    """
    if model is None:
        train = dataset.train
        chosen = _split(recipe, len(train))[1]
    else:
        train = as_model_has_it(dataset, model).train
        chosen = held_out_of_each(train.labels, recipe.validation)[1]
    if not len(chosen):
        raise DataError(
            f"{dataset.name}: expected images held out from training, got none of"
            f" {len(train)}; at most a tenth is held out"
        )
    return train[chosen]


def _check_alone(recipe: Recipe) -> None:
    """Raise RecipeError where a setting needs a model that is trained further."""
    for name in OF_TUNING:
        if share := getattr(recipe, name):
            raise RecipeError(
                f"recipe {recipe.name}, {name}: expected 0, since no model is trained"
                f" further, got {share:g}; try --from MODEL (byhand.train(model, data))"
            )


def first_state(job: Job, drawn: bool) -> State:
    """Return the state before the first step; weights not drawn are to be loaded."""
    recipe, dataset = job.recipe, job.dataset
    if job.start:
        network = tuned_network(job)
    else:
        network = build(
            recipe.architecture_for(len(dataset.class_names)),
            dataset.image_shape,
            rng=generator(job.seed, Stream.INIT) if drawn else None,
            init=INITS[recipe.init] if drawn else PLACEHOLDERS,
        )
    state = State(network, job.own.new_optimizer(recipe))
    if recipe.ema_decay:
        arrays = network.arrays  # placeholders take no memory until they are copied
        state.ema = {name: a.copy() if drawn else a for name, a in arrays.items()}
    return state


def dataset_of(header: dict[str, Any], model: Model | None) -> Dataset:
    """Return the data that a checkpoint names, of the size that its model takes."""
    loading = header["loading"]
    if model is not None:
        loading = {**loading, "size": model.image_shape[:2], "one_class": True}
    return load_dataset(header["dataset"]["name"], **loading)


def as_dataset(given: Any, one_class: bool = False) -> Dataset:
    """Return the data set that a caller names or brings; of one class where it may."""
    if isinstance(given, Dataset):
        return given
    if isinstance(given, Split):
        given = given.images, given.labels
    if isinstance(given, tuple | list) and len(given) == 2:
        return Dataset.from_arrays(*given)
    if given is None or isinstance(given, str | Path):
        return load_dataset("mnist" if given is None else given, one_class=one_class)
    raise DataError(
        "train: expected a data set's name, a folder, a Dataset or images and labels"
        f" (X, y), got {type(given).__name__}; try byhand.train('mlp', (X, y))"
    )
