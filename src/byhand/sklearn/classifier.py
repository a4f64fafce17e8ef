"""A classifier with scikit-learn's interface, trained by our own mathematics.

Letters: N samples, D features, H × W pixels, C channels, K classes.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from byhand import nn
from byhand.constraints import Constraint, Integer, Real, check_settings
from byhand.nn.init import PLACEHOLDERS
from byhand.nn.losses import log_softmax
from byhand.sklearn.learning import built, epoch, logits, one_thread, value_errors
from byhand.sklearn.samples import as_rows, classes_of, columns, image_shape, numbers_of
from byhand.training.changes import changed, plain
from byhand.training.own import Own
from byhand.training.recipe import Recipe
from byhand.types import Array, Floats, Integers

NETWORK = "flatten | dense 200 | relu | dropout 0.5 | dense {classes}"
# settings of a recipe, by the names that they have there
SETTINGS = ("architecture", "optimizer", "lr", "schedule", "momentum", "weight_decay",
            "batch")  # fmt: skip
OURS: dict[str, Constraint] = {"max_iter": Integer(1), "tol": Real(0),
                               "n_iter_no_change": Integer(1)}  # fmt: skip
BASE = Recipe("DigitClassifier", "an estimator of scikit-learn", "", epochs=1)


class DigitClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A network as an estimator of scikit-learn, for digits or any other features.

    Features are standardised before the network: each by itself, or, of images, all
    pixels together. A network that begins with `pixels` scales for itself. Everything
    is computed in float64, so that a prediction does not depend on its batch.

        DigitClassifier().fit(X, y).score(X_test, y_test)
        DigitClassifier("conv 16 3x3 pad 1 | relu | maxpool 2 | flatten "
                        "| dense {classes}", image_shape=(8, 8))

    Args:
        architecture: the layers, as `byhand.nn.build` reads them; {classes} stands for
            the number of classes.
        image_shape: (H, W) or (H, W, C), if samples are images given as rows (N, D).
            Images given as (N, H, W) need none.
        optimizer: "adamw" or "sgd".
        lr: the learning rate.
        schedule: its course in `fit`: "constant", until the loss no longer falls, or
            "one-cycle", "cosine", "step", which end after `max_iter` epochs.
        momentum: of "sgd".
        weight_decay: of "adamw", decoupled from the gradient.
        batch: samples a step.
        max_iter: epochs of `fit`, at most.
        tol: the least by which the loss must fall, in nats a sample.
        n_iter_no_change: epochs without such a fall after which training ends.
        warm_start: whether `fit` goes on from the network that there is.
        random_state: an int, a RandomState or None: the weights at the start, the
            order of samples, what dropout drops. The same int on the same machine gives
            the same network, bit for bit.

    Attributes:
        classes_: (K,), the labels in their order.
        n_features_in_: D.
        feature_names_in_: (D,), if the features had names.
        n_iter_: epochs that the last `fit` took, or calls of `partial_fit`.
        loss_curve_: the mean loss of each of these epochs, in nats.
        network_: the `byhand.nn.Network`.
        scaler_: the StandardScaler; None if the network scales for itself.
        input_shape_: (D,), (H, W) or (H, W, C): a sample as the network gets it.
    """

    def __init__(
        self,
        architecture: str = NETWORK,
        *,
        image_shape: Sequence[int] | None = None,
        optimizer: str = "adamw",
        lr: float = 0.002,
        schedule: str = "constant",
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        batch: int = 32,
        max_iter: int = 200,
        tol: float = 1e-4,
        n_iter_no_change: int = 10,
        warm_start: bool = False,
        random_state: Any = None,
    ) -> None:
        self.architecture = architecture
        self.image_shape = image_shape
        self.optimizer = optimizer
        self.lr = lr
        self.schedule = schedule
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.batch = batch
        self.max_iter = max_iter
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.warm_start = warm_start
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:  # noqa: N803
        """Train on samples (N, D) or (N, H, W) and labels (N,), numbers or texts.

        Raises:
            ValueError: samples, labels or settings that cannot be trained with, or a
                loss that became infinite or not a number.
        """
        recipe = self._recipe()
        going_on = self.warm_start and hasattr(self, "network_")
        x, labels = self._validated(X, y, reset=not going_on)
        if not going_on:
            self._start(recipe, x, np.unique(labels), image_shape(X))
        self._reset(recipe)
        with one_thread():  # once for all epochs: to find BLAS takes time
            self._learn(recipe, self._scaled(x), numbers_of(labels, self.classes_))
        return self

    def partial_fit(
        self,
        X: ArrayLike,  # noqa: N803
        y: ArrayLike,
        classes: ArrayLike | None = None,
    ) -> Self:
        """Train for one epoch on these samples, at the constant learning rate.

        The first call decides the classes and, from its samples, the scaling.

        Args:
            X: samples (N, D) or (N, H, W).
            y: labels (N,).
            classes: all labels that will come; only the first call needs them.

        Raises:
            ValueError: as `fit`; also a label that is none of the classes, or no
                classes where they are needed.
        """
        recipe, known = self._recipe(), getattr(self, "classes_", None)
        x, labels = self._validated(X, y, reset=known is None)
        found = classes_of(classes, known)
        if known is None:
            self._start(recipe, x, found, image_shape(X))
            self._reset(recipe)
        numbers = numbers_of(labels, found)
        with one_thread():
            self._epoch(self._scaled(x), numbers, lambda step: recipe.lr)
        return self

    def predict(self, X: ArrayLike) -> Array:  # noqa: N803
        """Return the most probable label of each sample, (N,)."""
        numbers = self._logits(X).argmax(axis=1)  # not fitted: said here
        return np.asarray(self.classes_[numbers])

    def predict_proba(self, X: ArrayLike) -> Floats:  # noqa: N803
        """Return the probability of each class, (N, K), in the order of `classes_`."""
        return nn.softmax(self._logits(X))

    def predict_log_proba(self, X: ArrayLike) -> Floats:  # noqa: N803
        """Return the logarithms of the probabilities, (N, K), exact far below 0."""
        return log_softmax(self._logits(X))

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled: of the network its text and its arrays."""
        state = {**super().__getstate__()}
        if "network_" in state:
            state["network_"] = str(self.network_), self.network_.arrays
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Build the network again."""
        state = {**state}
        if "network_" in state:
            text, arrays = state["network_"]
            network = nn.build(text, state["input_shape_"], init=PLACEHOLDERS)
            # copied: a file that is mapped into memory cannot be trained on
            network.load({name: np.array(a) for name, a in arrays.items()})
            state["network_"] = network.astype(np.float64)
            remembered = state["_optimizer"].state
            remembered |= {name: np.array(a) for name, a in remembered.items()}
        super().__setstate__(state)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags

    def _recipe(self) -> Recipe:
        """Return the settings as a recipe; ValueError where one cannot be."""
        ours = {name: plain(getattr(self, name)) for name in OURS}
        changes = {name: getattr(self, name) for name in SETTINGS}
        with value_errors():
            check_settings("DigitClassifier", SimpleNamespace(**ours), OURS)
            recipe = changed(BASE, changes, "DigitClassifier")
            Own().check(recipe, "DigitClassifier")  # names alone
        return recipe

    def _validated(self, samples: Any, labels: Any, reset: bool) -> tuple[Array, Array]:
        """Return samples (N, D) and labels (N,) that can be trained with."""
        rows = as_rows(samples, self.image_shape if reset else self.input_shape_)
        x, y = validate_data(self, rows, labels, reset=reset, dtype=np.float64)
        check_classification_targets(y)
        return x, column_or_1d(y, warn=True)

    def _start(self, recipe: Recipe, x: Array, classes: Array, shape: Any) -> None:
        """Set classes and scaling, draw the weights."""
        shape = tuple(shape or self.image_shape or x.shape[1:])
        if math.prod(shape) != x.shape[1]:
            raise ValueError(
                f"image_shape: expected one of {x.shape[1]} features, got {shape}"
            )
        seed = check_random_state(self.random_state).randint(2**31)
        rng = np.random.default_rng(seed)
        with value_errors():
            network = built(recipe, len(classes), shape, rng)
        own = isinstance(network.layers[0], nn.Pixels)
        self.scaler_ = None if own else StandardScaler().fit(columns(x, shape))
        self.classes_, self.input_shape_, self._rng = classes, shape, rng
        self.network_ = network

    def _reset(self, recipe: Recipe) -> None:
        """Forget what the optimiser remembers and what was counted."""
        self._optimizer = recipe.make_optimizer()
        self.n_iter_ = 0
        self.loss_curve_: list[float] = []

    def _scaled(self, x: Array) -> Array:
        """Return samples (N, D) as the network gets them, (N, *input_shape_)."""
        shape = self.input_shape_
        if self.scaler_ is not None:
            x = self.scaler_.transform(columns(x, shape))
        return x.reshape(-1, *shape)

    def _learn(self, recipe: Recipe, x: Floats, labels: Integers) -> None:
        """Train until the loss no longer falls, or for `max_iter` epochs."""
        batches = math.ceil(len(x) / recipe.batch)
        steps, constant = batches * self.max_iter, recipe.schedule == "constant"
        best, idle = math.inf, 0

        def lr_at(step: int) -> float:
            return recipe.lr_at(self.n_iter_ * batches + step, steps)

        while self.n_iter_ < self.max_iter:
            loss = self._epoch(x, labels, lr_at)
            idle = idle + 1 if loss > best - self.tol else 0
            best = min(best, loss)
            if constant and idle >= self.n_iter_no_change:
                return
        if constant:  # any other schedule has an end of its own
            warnings.warn(
                f"DigitClassifier: the loss still fell after {self.max_iter} epochs;"
                " try a larger max_iter",
                ConvergenceWarning,
                stacklevel=3,
            )

    def _epoch(
        self, x: Floats, labels: Integers, lr_at: Callable[[int], float]
    ) -> float:
        """Learn from all samples once; return their mean loss, and note it."""
        rng, optimizer = self._rng, self._optimizer
        with value_errors():
            loss = epoch(self.network_, optimizer, x, labels, self.batch, lr_at, rng)
        self.loss_curve_.append(loss)
        self.n_iter_ += 1
        return loss

    def _logits(self, samples: Any) -> Floats:
        """Return the network's output (N, K)."""
        check_is_fitted(self, "network_")
        rows = as_rows(samples, self.input_shape_)
        x = validate_data(self, rows, reset=False, dtype=np.float64)
        return logits(self.network_, self._scaled(x))
