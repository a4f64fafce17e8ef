"""docs/mathematics.md: its example is worked out right, and byhand agrees with it."""

from __future__ import annotations

import ast
import math
import re
from pathlib import Path

import numpy as np
import pytest

import byhand
from byhand import nn
from byhand.comparison import LEVEL, mcnemar
from byhand.evaluation import expected_calibration_error, wilson
from byhand.nn import ctc
from byhand.nn.gradcheck import STEP
from byhand.nn.segments import segment_scores

TEXT = (Path(__file__).parents[1] / "docs" / "mathematics.md").read_text("utf-8")
BLOCKS = "\n".join(re.findall(r"^```text\n(.*?)^```", TEXT, flags=re.M | re.S))
LINE = re.compile(r"^(\w+)((?:\[[\d,]+\])?) = (.+) = (\S+)$", flags=re.M)
LINES = LINE.findall(BLOCKS)
CLOSE = 2e-5  # five digits are written, and computed with
GIVEN = {
    name: np.array(ast.literal_eval(value), int if name == "labels" else float)
    for name, value in re.findall(r"^(\w+) +?= (\[.*\])$", BLOCKS, flags=re.M)
}


@pytest.fixture
def network() -> nn.Network:
    network = nn.Network([nn.Dense(2, 2), nn.ReLU(), nn.Dense(2, 2)])
    for number in (0, 2):
        params = {name: GIVEN[f"{name}{number}"] for name in ("w", "b")}
        network.layers[number].params = {k: p.copy() for k, p in params.items()}
    return network


@pytest.fixture
def computed(network: nn.Network) -> dict[str, np.ndarray]:
    """Everything that the example names, layer by layer, as byhand computes it."""
    dense, relu, last = network.layers
    run = nn.Run()
    z, first_cache = dense.forward(GIVEN["x"], run)
    h, relu_cache = relu.forward(z, run)
    logits, last_cache = last.forward(h, run)
    loss, dlogits = nn.softmax_cross_entropy(logits, GIVEN["labels"])
    dh, grads2 = last.backward(dlogits, last_cache)
    dz, _ = relu.backward(dh, relu_cache)
    _, grads0 = dense.backward(dz, first_cache)
    found = {"z": z, "h": h, "logits": logits, "p": nn.softmax(logits), "loss": loss}
    found |= {"dlogits": dlogits, "dh": dh, "dz": dz}
    found |= {"dw2": grads2["w"], "db2": grads2["b"]}
    found |= {"dw0": grads0["w"], "db0": grads0["b"]}
    return found | convolution() | temporal_classification()


def convolution(names: str = "y m dw db") -> dict[str, np.ndarray]:
    """What the example of a convolution names, as byhand computes it."""
    conv, pool, run = nn.Conv2d(1, 1, (2, 2)), nn.MaxPool2d(), nn.Run()
    conv.params = {"w": GIVEN["w"][:, :, np.newaxis, np.newaxis], "b": GIVEN["b"]}
    y, cache = conv.forward(GIVEN["image"][np.newaxis], run)
    m, pool_cache = pool.forward(y, run)
    dy, _ = pool.backward(GIVEN["dm"][np.newaxis, :, :, np.newaxis], pool_cache)
    dimage, grads = conv.backward(dy, cache)
    found = {"y": y[0, :, :, 0], "m": m[0, :, :, 0], "dw": grads["w"][:, :, 0, 0]}
    found |= {"db": grads["b"], "dy": dy[0, :, :, 0], "dimage": dimage[0]}
    return {name: found[name] for name in names.split()}


def temporal_classification() -> dict[str, np.ndarray]:
    """What the example of CTC names, as byhand computes it."""
    log_y, blank = np.log(GIVEN["probabilities"]), 2
    (symbol,) = map(int, GIVEN["text"])
    labels = np.array([blank, symbol, blank])
    alpha, beta = map(np.exp, ctc._tables(log_y[:, labels], labels, blank))
    loss, _ = nn.ctc_loss(log_y, [symbol])
    return {"alpha": alpha, "beta": beta, "ctc": loss, "P": math.exp(-loss)}


@pytest.mark.parametrize(("name", "index", "sum_", "value"), LINES)
def test_each_line_of_the_example_is_right(computed, name, index, sum_, value):
    names = {"exp": math.exp, "log": math.log, "max": max, "__builtins__": {}}
    assert eval(sum_, names) == pytest.approx(float(value), abs=CLOSE)
    found = computed[name][ast.literal_eval(index[1:-1])] if index else computed[name]
    assert found == pytest.approx(float(value), abs=CLOSE)


def test_the_example_has_a_line_for_every_number(computed):
    written = {f"{name}{index}" for name, index, _, _ in LINES}
    assert len(written) == len(LINES)
    assert len(written) == sum(np.size(found) for found in computed.values())


def test_the_arrays_of_the_convolutions_example_are_right():
    for name, found in convolution("dy dimage").items():
        np.testing.assert_array_equal(found, GIVEN[name])


def test_the_arrays_of_the_example_of_ctc_are_right():
    y = GIVEN["probabilities"]
    _, dlogits = nn.ctc_loss(np.log(y), [1])
    np.testing.assert_allclose(dlogits, GIVEN["dscores"], atol=CLOSE)
    np.testing.assert_allclose(y - dlogits, GIVEN["gamma"], atol=CLOSE)


def test_the_segment_of_the_example_of_ctc_is_right():
    ends = np.array([0]), np.array([3])
    (weights,) = np.exp(segment_scores(np.log(GIVEN["probabilities"]), *ends))
    written = [f"{weight:.3f}" for weight in weights]
    text = "have the weights {} of a 0, {} of a 1 and {} of nothing".format(*written)
    assert text in TEXT


def test_the_matrices_of_winograd_give_the_convolution(rng):
    bt, g, at = (GIVEN[name] for name in ("Bt", "G", "At"))
    conv = nn.Conv2d(1, 1, (3, 3), rng=rng)
    conv.astype(np.float64)
    w, d = conv.params["w"][:, :, 0, 0], rng.standard_normal((4, 4))
    y = at @ ((g @ w @ g.T) * (bt @ d @ bt.T)) @ at.T
    direct, _ = conv.forward(d[np.newaxis], nn.Run())
    np.testing.assert_allclose(y, direct[0, :, :, 0], rtol=1e-12, atol=1e-14)


def test_the_matrices_of_winograd_turned_round_give_the_gradients(rng):
    bt, g, at = (GIVEN[name] for name in ("Bt", "G", "At"))
    conv = nn.Conv2d(1, 1, (3, 3), rng=rng)
    conv.astype(np.float64)
    w, d, dy = conv.params["w"][:, :, 0, 0], *rng.standard_normal((2, 4, 4))
    dy = dy[:2, :2]
    _, cache = conv.forward(d[np.newaxis], nn.Run())
    dx, grads = conv.backward(dy[np.newaxis, :, :, np.newaxis], cache)
    dm = at.T @ dy @ at
    dd = bt.T @ (dm * (g @ w @ g.T)) @ bt
    dg = g.T @ ((bt @ d @ bt.T) * dm) @ g
    np.testing.assert_allclose(dd, dx[0], rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(dg, grads["w"][:, :, 0, 0], rtol=1e-12, atol=1e-14)


def test_the_kernel_has_the_matrix_of_the_page():
    pytest.importorskip("numba")
    from byhand.kernels import taps

    np.testing.assert_array_equal(taps.G, GIVEN["G"])


def test_the_figures_in_the_examples_text_are_byhands(network, capsys):
    (block,) = re.findall(r"^```python\n(.*?)^```", TEXT, flags=re.M | re.S)
    exec(block, {})
    first, *_, last = capsys.readouterr().out.split()
    assert f"takes the loss from {first} to {last}." in TEXT
    w = network.layers[2].params["w"]

    def loss() -> float:
        return nn.softmax_cross_entropy(
            network.forward(GIVEN["x"])[0], GIVEN["labels"]
        )[0]

    w[0, 0] += 0.01
    above = loss()
    w[0, 0] -= 0.02
    below = loss()
    assert f"gives a loss of {above:.7f} above" in TEXT
    assert f"of {below:.7f} below" in TEXT
    assert f"is ${(above - below) / 0.02:.5f}$" in TEXT


def test_the_best_step_of_a_difference_is_as_derived():
    for power, digits in ((-52, "7 \\cdot 10^{-6}"), (-23, "6 \\cdot 10^{-3}")):
        best = (3 * 2.0 ** (power - 1)) ** (1 / 3)  # rounding errs by half of a digit
        assert f"{best:.0e}" == digits.replace(" \\cdot 10^{-", "e-0").rstrip("}")
        assert f"${digits}$" in TEXT
    assert STEP == 1e-5
    assert "takes $h = 10^{-5}$" in TEXT


def test_the_figures_of_the_articles_start_are_right():
    mnist = byhand.load_dataset("mnist")
    square = int(np.square(mnist.train.images, dtype=np.uint16).sum(dtype=np.int64))
    mean_square = square / mnist.train.images.size
    assert f"is {mean_square:.0f}, so" in TEXT
    variance = 784 * 0.01**2 * mean_square
    assert f"= {variance:.0f}$" in TEXT
    assert f"deviation of {math.sqrt(variance):.0f}, and" in TEXT
    assert f"= {30 * 0.01**2 / 2:.4f}$" in TEXT


def test_the_example_of_an_interval_is_right():
    low, high = wilson(9640, 10_000)
    assert f"{100 * low:.2f} % to {100 * high:.2f} %" in TEXT


def test_the_example_of_a_comparison_is_right():
    counts = [math.comb(20, k) for k in range(6)]
    assert f"${' + '.join(map(str, counts))} = {sum(counts)}$ of $2^{{20}}$" in TEXT
    assert mcnemar(15, 5) == 2 * sum(counts) / 2**20
    assert f"$p = {mcnemar(15, 5):.3f}$" in TEXT
    assert f"If it is 95 to 85, then $p = {mcnemar(95, 85):.2f}$" in TEXT
    assert f"where $p$ is below {LEVEL}" in TEXT


def test_the_example_of_calibration_is_right():
    confidences = np.array([0.95, 0.95, 0.55, 0.57])
    probabilities = np.stack([confidences, 1 - confidences], axis=1)
    error = expected_calibration_error(probabilities, np.array([0, 1, 0, 1]))
    assert f"= {error:.3f}$" in TEXT


def test_the_formulas_survive_markdown():
    text = re.sub(r"^```.*?^```|`[^`\n]*`", "", TEXT, flags=re.M | re.S)
    for line in text.splitlines():
        assert line.count("$") % 2 == 0, line
        assert not line.startswith("$$") or line.endswith("$$"), line
        for formula in re.findall(r"\$+([^$]+)\$+", line):
            # GitHub takes a backslash away from what is no letter
            assert not re.search(r"\\[^A-Za-z]", formula), formula
            assert formula.count("{") == formula.count("}"), formula
