"""Training a model further: on new images, and on some that it knew.

What it learnt stays by three means: its weights are where the training begins, part of
every batch are images of before (`rehearsal`), and at the end the weights go a part of
the distance back to where they began (`interpolation`).

Source: for the last, Wortsman et al. 2022, "Robust fine-tuning of zero-shot models",
arXiv:2109.01903.

Letters: K classes, those of before and new ones behind them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from byhand.augment.augmentation import Augmentation
from byhand.data.datasets import Dataset, Split
from byhand.data.names import listed
from byhand.data.relabel import DIGITS, with_classes
from byhand.errors import DataError, RecipeError
from byhand.model import Model
from byhand.nn.init import PLACEHOLDERS
from byhand.nn.network import Network, build
from byhand.training.batches import VALIDATION_SEED
from byhand.training.checkpoint import described
from byhand.training.fitting import fitted_augmentation
from byhand.training.parts import Part, job_of_parts
from byhand.training.recipe import Recipe
from byhand.training.rehearsal import (
    FINE_TUNED,
    TRAINED_ON,
    old_data,
    rehearsed,
    trained_on,
)
from byhand.training.state import Job, Start
from byhand.types import Array, Integers, Labels, Shape
from byhand.words import shortened

NAME = "fine-tune"  # of the recipe
STEPS_AN_EPOCH = 20  # at least: after fewer there is nothing new to measure
HELD_OUT = 6  # of each class, one in six of the new training images is held out
NONDIGITS = 0.15  # of old images, for a model that rejects
BENT = Augmentation(
    shift=2, rotate=12, scale=0.15, aspect=0.15, shear=0.2, elastic=0.7
)  # at least: few drawings are to stand for many
READING = "reading"  # the weights of reading in a model's info, fitted to ten digits


def tuning_recipe(model: Model, name: str = NAME) -> Recipe:
    """Return the recipe by which a model is trained further.

    Its layers are the model's. Images are bent as in the model's own recipe, or more.

    Raises:
        RecipeError: the model's last layer has not an output for each class.
    """
    recorded = model.info.get("recipe")
    own: Mapping[str, Any] = recorded if isinstance(recorded, dict) else {}
    return Recipe(
        name=name,
        summary="a model trained further, without forgetting what it knew",
        architecture=_architecture(model, "{classes}"),
        epochs=10,
        batch=160,
        shard=40,
        augmentation=_augmentation(model, own.get("augmentation")),
        optimizer="adamw",
        lr=1e-3,
        schedule="cosine",
        clip=1.0,
        rehearsal=0.75,
        interpolation=0.25,
        half=own.get("half") is True,
    )


def _augmentation(model: Model, own: object) -> Augmentation:
    """Return the stronger of a model's own augmentation and BENT, in each setting."""
    change = asdict(fitted_augmentation(BENT, model.image_shape))
    if isinstance(own, dict):
        numbers = {n: value for n, value in change.items() if n != "own"}
        change = {n: max(own.get(n, 0), value) for n, value in numbers.items()}
    change["nondigits"] = (
        max(change["nondigits"], NONDIGITS) if model.has_reject_class else 0.0
    )
    return Augmentation(**change)


def _last_layer(model: Model) -> int:
    """Return the number of the layer that has weights for each output."""
    layers, outputs = model.network.layers, _outputs(model, model.class_names)
    weighted = [n for n, layer in enumerate(layers) if layer.params]
    last = weighted[-1] if weighted else 0
    w = layers[last].params.get("w")
    if w is None or w.shape[-1] != outputs:
        raise RecipeError(
            f"train: expected a model that ends with a layer of {outputs} outputs, as"
            f" dense {outputs}, got {shortened(str(model.network), 150)}"
        )
    return last


def _outputs(model: Model, class_names: tuple[str, ...]) -> int:
    return len(class_names) + model.has_reject_class


def _architecture(model: Model, outputs: str) -> str:
    """Return the text of a model's layers, with another number of outputs."""
    layers, last = [str(layer) for layer in model.network.layers], _last_layer(model)
    kind, _, *settings = layers[last].split()
    layers[last] = " ".join([kind, outputs, *settings])
    return " | ".join(layers)


def tuning_job(recipe: Recipe, dataset: Dataset, seed: int, model: Model) -> Job:
    """Return the job of training a model further.

    Args:
        recipe: as `tuning_recipe` returns it, or with other settings.
        dataset: the new images; classes that the model has keep their numbers.
        seed: of all chance.
        model: stays as it is.

    Raises:
        RecipeError: the recipe has other layers than the model.
        DataError: images of another size, or a class of which there are too few.
    """
    if recipe.architecture != _architecture(model, "{classes}"):
        raise RecipeError(
            f"recipe {recipe.name}: expected the layers of the model that is trained"
            " further; leave the recipe out and give single settings, as lr=1e-4"
        )
    start = start_of(model, dataset)
    mine = start.mine
    kept, held = held_out_of_each(mine.train.labels, recipe.validation)
    # what needs digits, or gives them forms that their writer does not use
    change = replace(recipe.augmentation, european=0.0, touching=0.0, nondigits=0.0)
    share = recipe.rehearsal if start.olds else 0.0
    old, apart = rehearsed(start, recipe, change) if share else ([], [])
    parts = [Part(mine.train[kept], 1 - share, change), *old]
    apart.insert(0, mine.train[held])
    batch = max(round(recipe.batch * (1 - share)), 1)
    each = max(-(-len(kept) // batch), STEPS_AN_EPOCH)
    job = job_of_parts(recipe, mine, parts, _joined(apart), seed, each)
    return replace(
        job,
        held_out=job.held_out[: len(held)],
        calibrated_on=job.held_out,
        start=start,
    )


def start_of(model: Model, dataset: Dataset) -> Start:
    """Return what a model is trained further from: new data, and what it knew.

    Raises:
        DataError: images of another size, or a class of which there are too few.
    """
    mine = as_model_has_it(dataset, model)
    olds, warnings = old_data(model, mine.class_names)
    mine = replace(mine, warnings=(*mine.warnings, *warnings))
    return Start(model, mine, olds, described(dataset))


def started_line(start: Start) -> str:
    """Return a line on the classes of a training further, and on old images."""
    had, names = len(start.model.class_names), start.mine.class_names
    new = f"new ones {listed(names[had:])}" if names[had:] else "no new ones"
    old = listed([old.name for old in start.olds]) if start.olds else "none"
    return f"{had} classes of before, {new}; old images mixed in: {old}"


def _joined(splits: list[Split]) -> Split:
    images, labels = zip(*splits, strict=True)
    return Split(np.concatenate(images), np.concatenate(labels))


def as_model_has_it(dataset: Dataset, model: Model) -> Dataset:
    """Return new data with the model's classes and its own behind them."""
    shape = model.image_shape
    if dataset.image_shape[:2] != shape[:2] or dataset.image_shape < shape:
        raise DataError(
            f"{dataset.name}: expected images of {_sides(shape)}, as the model takes "
            f"them, got {_sides(dataset.image_shape)}; try --prepare"
        )
    names = classes_of(model, dataset)
    mine = with_classes(dataset, names, colours=len(shape) == 3)
    few = np.bincount(mine.train.labels, minlength=len(names))
    there = few + np.bincount(mine.test.labels, minlength=len(names))
    for k in np.flatnonzero((few < 2) & (there > 0)):
        raise DataError(
            f"{dataset.name}: expected 2 training images or more of class"
            f" {names[k]:.60}, got {few[k]}, and {there[k] - few[k]} for testing; try"
            " again with more of that class"
        )
    own = tuple(w for w in mine.warnings if w in dataset.warnings or "grey" in w)
    return replace(mine, class_names=names, warnings=own)


def _sides(shape: Shape) -> str:
    return "×".join(map(str, (shape[1], shape[0], *shape[2:])))


def classes_of(model: Model, dataset: Dataset) -> tuple[str, ...]:
    """Return the model's classes, and behind them those that only the data has.

    Plain numbers, as many as the model has classes, stand for the model's.
    """
    had, names = model.class_names, dataset.class_names
    if len(names) == len(had) and names == tuple(map(str, range(len(had)))):
        return had
    return (*had, *(name for name in names if name not in had))


def held_out_of_each(labels: Labels, most: int) -> tuple[Integers, Integers]:
    """Return the indices to train on and those held out, each in ascending order.

    Of each class one in HELD_OUT is held out, and one at least; `most` in all.
    """
    order = np.random.default_rng(VALIDATION_SEED).permutation(len(labels))
    sorted_ = order[np.argsort(labels[order], kind="stable")]
    first = np.searchsorted(labels[sorted_], labels[sorted_])
    rank = np.arange(len(labels)) - first  # of each image in its class
    count = np.bincount(labels)[labels[sorted_]]
    drawn = rank < np.maximum(count // HELD_OUT, 1)
    by_rank = sorted_[drawn][np.argsort(rank[drawn], kind="stable")]
    held = np.sort(by_rank[:most])
    return np.setdiff1d(np.arange(len(labels)), held), held


def tuned_network(job: Job) -> Network:
    """Return the network of a job's model, with an output for each of its classes.

    The weights of new classes start at 0; those of the reject class stay the last.
    """
    assert job.start
    model, names = job.start.model, job.dataset.class_names
    outputs = _outputs(model, names)
    text, last = _architecture(model, str(outputs)), _last_layer(model)
    network = build(text, model.image_shape, init=PLACEHOLDERS)
    arrays = {name: a.copy() for name, a in model.network.arrays.items()}
    for name in model.network.layers[last].params:
        key, k = f"{last}.{name}", len(model.class_names)
        arrays[key] = _widened(arrays[key], k, len(names) - k)
    network.load(arrays)
    return network


def _widened(array: Array, k: int, more: int) -> Array:
    """Return (..., K) or (..., K + 1) with `more` columns of 0 behind the K."""
    zeros = np.zeros((*array.shape[:-1], more), array.dtype)
    return np.concatenate([array[..., :k], zeros, array[..., k:]], axis=-1)


def interpolated(job: Job, network: Network) -> Network:
    """Return a trained network with a share of the weights that it began from.

    The weights of new classes, which had none, stay as they are.
    """
    assert job.start
    share, began = np.float32(job.recipe.interpolation), tuned_network(job).arrays
    arrays = {
        name: (1 - share) * array + share * began[name]
        for name, array in network.arrays.items()
    }
    new = slice(len(job.start.model.class_names), len(job.dataset.class_names))
    last = _last_layer(job.start.model)
    for name in network.layers[last].params:
        key = f"{last}.{name}"
        arrays[key][..., new] = network.arrays[key][..., new]
    return network.with_arrays(arrays)


def tuned_info(start: Start) -> dict[str, Any]:
    """Return what a model's file says of its training further, and of before.

    The weights of reading stay while the classes are the ten digits.
    """
    before = start.model.info
    kept = {k: before[k] for k in ("recipe", "seed", "versions", "test") if k in before}
    info: dict[str, Any] = {
        "dataset": start.described,
        FINE_TUNED: {TRAINED_ON: trained_on(start.model), "before": kept},
    }
    if READING in before and start.mine.class_names == DIGITS:
        info[READING] = before[READING]
    return info
