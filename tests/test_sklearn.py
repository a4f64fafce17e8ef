"""DigitClassifier is an estimator of scikit-learn, by scikit-learn's own checks."""

from __future__ import annotations

import pickle
import subprocess
import sys
import warnings
from pathlib import Path

import joblib
import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks

from byhand.sklearn import DigitClassifier

CONV = "conv 4 3x3 | relu | maxpool 2 | flatten | dense {classes}"
pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning"  # of a handful of samples
)


@pytest.fixture(autouse=True)
def plain_layers(monkeypatch: pytest.MonkeyPatch):
    """Dozens of tiny networks: no kernel is compiled for them."""
    monkeypatch.setattr("byhand.nn.fusion.compiled_wanted", lambda: False)


@pytest.fixture(scope="module")
def digits():
    """Images of 8 × 8 in rows of 64, and their labels as words."""
    rows, labels = load_digits(return_X_y=True)
    names = np.array("zero one two three four five six seven eight nine".split())
    return train_test_split(rows, names[labels], stratify=labels, random_state=0)


@parametrize_with_checks([DigitClassifier()])
def test_scikit_learns_checks(estimator, check):
    check(estimator)


def test_digits_are_learnt_and_named_by_their_words(digits):
    x, x_test, y, y_test = digits
    model = DigitClassifier(image_shape=(8, 8), random_state=0).fit(x, y)
    assert model.score(x_test, y_test) > 0.97
    assert model.classes_.tolist() == sorted({*y})
    assert model.n_features_in_ == 64 and model.input_shape_ == (8, 8)
    probabilities = model.predict_proba(x_test)
    assert np.allclose(np.log(probabilities), model.predict_log_proba(x_test))
    assert (model.classes_[probabilities.argmax(axis=1)] == model.predict(x_test)).all()


def short(**settings) -> DigitClassifier:
    return DigitClassifier(**{"max_iter": 2, "random_state": 0, **settings})


def test_images_are_taken_as_they_are(digits):
    x, x_test, y, _ = digits
    rows = short(architecture=CONV, image_shape=(8, 8)).fit(x, y)
    images = short(architecture=CONV).fit(x.reshape(-1, 8, 8), y)
    assert images.input_shape_ == (8, 8)
    found = images.predict_proba(x_test.reshape(-1, 8, 8))
    assert (found == rows.predict_proba(x_test)).all()
    assert (found == images.predict_proba(x_test)).all()
    with pytest.raises(ValueError, match=r"expected samples of shape \(8, 8\), got"):
        images.predict(x_test.reshape(-1, 4, 16))
    with pytest.raises(ValueError, match="dim 4"):
        images.predict(x_test.reshape(-1, 8, 8, 1))


def test_the_same_state_gives_the_same_bits_and_another_does_not(digits):
    x, x_test, y, _ = digits
    seen = np.random.get_state()[1].copy()  # noqa: NPY002
    first, again, other = (
        short(random_state=n).fit(x, y).predict_proba(x_test) for n in (1, 1, 2)
    )
    assert (first == again).all() and (first != other).any()
    assert (np.random.get_state()[1] == seen).all()  # noqa: NPY002


def test_all_pixels_of_images_are_scaled_together_other_features_each_by_itself():
    x = np.array([[0.0, 100, 3, 5], [1, 300, 3, 9], [2, 200, 3, 1]])
    y = [0, 1, 0]
    flat = short().fit(x, y)
    assert np.allclose(flat.scaler_.mean_, x.mean(axis=0))
    assert np.allclose(flat._scaled(x)[:, 2], 0)
    images = short(image_shape=(2, 2)).fit(x, y)
    assert np.allclose(images._scaled(x), ((x - x.mean()) / x.std()).reshape(3, 2, 2))


def test_a_network_of_pixels_scales_for_itself(digits):
    x, _, y, _ = digits
    own = short(architecture=f"pixels 1/16 | {CONV}", image_shape=(8, 8)).fit(x, y)
    assert own.scaler_ is None
    assert (own._scaled(x[:5]).reshape(5, -1) == x[:5]).all()


def test_partial_fit_goes_on_and_knows_classes_that_come_later(digits):
    x, x_test, y, y_test = digits
    model, batches = short(image_shape=(8, 8)), np.array_split(np.arange(len(x)), 3)
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        model.partial_fit(x, y)
    model.partial_fit(x[:20], y[:20], classes=np.unique(y))
    early = model.score(x_test, y_test)
    for _ in range(4):
        for batch in batches:
            model.partial_fit(x[batch], y[batch])
    assert model.n_iter_ == len(model.loss_curve_) == 13
    assert model.score(x_test, y_test) > max(0.95, early)
    with pytest.raises(ValueError, match=r"among the classes .*, got 'ten'"):
        model.partial_fit(x[:1], ["ten"])
    with pytest.raises(ValueError, match="expected those of the first call"):
        model.partial_fit(x, y, classes=["a", "b"])


def test_a_warm_start_goes_on_where_fit_ended(digits):
    x, _, y, _ = digits
    warm, cold = short(warm_start=True).fit(x, y), short().fit(x, y)
    ended = warm.loss_curve_[-1]
    assert warm.fit(x, y).loss_curve_[0] < ended
    assert cold.fit(x, y).loss_curve_[0] > ended
    assert warm.n_iter_ == cold.n_iter_ == 2


def test_training_ends_when_the_loss_no_longer_falls_or_says_that_it_still_did(digits):
    x, _, y, _ = digits
    x, y = x[:100], y[:100]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = short(tol=0.5, n_iter_no_change=3, max_iter=50).fit(x, y)
    assert model.n_iter_ < 50
    losses = np.array(model.loss_curve_)
    falls = np.minimum.accumulate(losses)[:-1] - losses[1:]
    assert (falls[-3:] <= 0.5).all() and falls[-4] > 0.5
    with pytest.warns(ConvergenceWarning, match="still fell after 2 epochs; try a"):
        short().fit(x, y)
    with warnings.catch_warnings():  # a schedule has its own end
        warnings.simplefilter("error")
        assert short(schedule="one-cycle", tol=9.0).fit(x, y).n_iter_ == 2


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"lr": 0}, "DigitClassifier, lr: expected a finite number above 0, got 0"),
        ({"max_iter": 0}, "max_iter: expected an integer of 1 or more, got 0"),
        ({"schedule": "own"}, "schedule of your own"),
        ({"momentum": 0.9}, "momentum only with optimizer 'sgd'"),
        ({"architecture": "dense 3"}, r"expected 2 outputs, one a class, got \(3,\)"),
        ({"architecture": "flatten | dens 2"}, "dens"),
        ({"image_shape": (3, 3)}, "expected one of 4 features, got"),
    ],
)
def test_what_cannot_be_trained_is_a_value_error(settings, message):
    x = np.arange(12.0).reshape(3, 4)
    with pytest.raises(ValueError, match=message):
        short(**settings).fit(x, [0, 1, 0])


def test_a_loss_that_is_not_finite_is_said(digits):
    x, _, y, _ = digits
    with pytest.raises(ValueError, match=r"a finite loss, got .*; try a smaller lr"):
        short(lr=1e30, optimizer="sgd").fit(x, y)


@pytest.mark.parametrize("trip", ["pickle", "joblib", "mapped"])
def test_a_pickled_one_predicts_and_learns_the_same(digits, tmp_path: Path, trip):
    x, x_test, y, _ = digits
    architecture = CONV.replace("| relu", "| batchnorm | relu")
    model = short(architecture=architecture, image_shape=(8, 8))
    model.partial_fit(x, y, classes=np.unique(y))
    if trip == "pickle":
        other = pickle.loads(pickle.dumps(model))
    else:
        joblib.dump(model, tmp_path / "model")
        other = joblib.load(tmp_path / "model", "r" if trip == "mapped" else None)
    assert (other.predict_proba(x_test) == model.predict_proba(x_test)).all()
    for each in (model, other):
        each.partial_fit(x, y)
    assert (other.predict_proba(x_test) == model.predict_proba(x_test)).all()


def test_settings_of_a_grid_may_be_numbers_of_numpy(digits):
    x, _, y, _ = digits
    model = short(batch=np.int64(64), lr=np.float32(0.01), max_iter=np.int64(1))
    assert clone(model).fit(x, y).n_iter_ == 1


def searched(x, y, n_jobs: int) -> list[float]:
    steps = make_pipeline(FunctionTransformer(), short(image_shape=(8, 8)))
    grid = {"digitclassifier__lr": [0.0005, 0.002]}
    search = GridSearchCV(steps, grid, cv=2, n_jobs=n_jobs).fit(x[:200], y[:200])
    assert search.best_params_ == {"digitclassifier__lr": 0.002}
    return search.cv_results_["mean_test_score"].tolist()


def test_a_grid_search_finds_the_same_here_in_processes_and_on_dask(
    digits, monkeypatch: pytest.MonkeyPatch
):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setenv("BYHAND_KERNELS", "reference")  # in the processes
    x, _, y, _ = digits
    here = searched(x, y, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert searched(x, y, 2) == here
        with (
            distributed.LocalCluster(
                n_workers=1,
                threads_per_worker=1,
                processes=False,
                dashboard_address=None,
            ) as cluster,
            distributed.Client(cluster),
            joblib.parallel_config("dask"),
        ):
            assert searched(x, y, 2) == here


def test_byhand_alone_does_not_import_scikit_learn():
    code = "import sys, byhand, byhand.cli; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_without_scikit_learn_the_message_says_what_to_install():
    code = "import sys; sys.modules['sklearn'] = None\nimport byhand.sklearn"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "try pip install 'byhand[sklearn]'" in done.stderr
