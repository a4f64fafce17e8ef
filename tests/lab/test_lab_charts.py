"""Charts: round scales, the same curve from fewer points, values by keys and text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.lab.page_modules import module_page

SHOWN = """const { lineChart } = await import('/charts.js');
    const { signal, flush } = await import('/view.js');
    const n = 3600, x = Float64Array.from({ length: n }, (_, i) => i + 1);
    const data = signal([{ name: "training", x, y: x.map((v) => 2 / v) },
      { name: "validation", x: [1200, 2400], y: [0.5, 0.25] }]);
    const chart = lineChart({ x: "step", y: "loss", lines: () => data.value });
    document.body.replaceChildren(chart);
    const plot = chart.querySelector(".plot");
    const frame = () => new Promise((done) => requestAnimationFrame(() =>
      requestAnimationFrame(done)));
    const press = async (...keys) => {
      for (const key of keys) {
        plot.dispatchEvent(new KeyboardEvent("keydown", { key }));
        await frame();
      }
      return plot.getAttribute("aria-valuetext");
    };
"""


@pytest.fixture(scope="module")
def modules(chromium) -> Iterator[Any]:
    """A page that can import the modules."""
    yield from module_page(chromium)


def run(page: Any, body: str) -> Any:
    scales = "const scales = await import('/chart_scales.js');"
    return page.evaluate(f"async () => {{ {scales} {body} }}")


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("ticks(0, 1)", [0, 0.25, 0.5, 0.75, 1]),
        ("ticks(0, 825)", [0, 250, 500, 750]),
        ("ticks(0, 3600)", [0, 1000, 2000, 3000]),
        ("ticks(-0.31, 0.42)", [-0.2, 0, 0.2, 0.4]),
        ("logTicks(0.05, 2.4)", [0.05, 0.1, 0.2, 0.5, 1, 2]),
        ("logTicks(2.29, 2.32)", [2.29, 2.3, 2.31, 2.32]),
        ("logTicks(1e-3, 2e5)", [1e-3, 1e-1, 1e1, 1e3, 1e5]),
        ("placeBefore([1, 3, 5], 4)", 1),
        ("placeBefore([1, 3, 5], 5)", 2),
    ],
)
def test_scales(modules, call: str, expected: Any):
    assert run(modules, f"return scales.{call}") == pytest.approx(expected)


def test_a_column_of_pixels_keeps_its_first_lowest_highest_and_last(modules):
    found = run(
        modules,
        """const py = [5, 9, 1, 7, 6, 4, 3];
        const points = py.map((py, i) => ({ px: i < 5 ? 0.1 * i : 1 + 0.1 * i, py }));
        return scales.thinned(points).map((point) => point.py);""",
    )
    assert found == [5, 9, 1, 6, 4, 3]


def test_keys_read_the_values_and_a_table_has_them(modules):
    said, far, rows = run(
        modules,
        SHOWN
        + """const said = [await press("Home"), await press("ArrowRight"),
          await press("End"), await press("ArrowLeft"), await press("Escape")];
        const far = plot.getAttribute("aria-valuemax");
        chart.querySelector("details").open = true;
        await frame();
        const rows = [...chart.querySelectorAll("tr")].map((row) =>
          [...row.children].map((cell) => cell.textContent));
        return [said, far, rows];""",
    )
    assert said == [
        "step 1: training 2, validation ",
        "step 2: training 1, validation ",
        "step 3,600: training 5.6·10⁻⁴, validation 0.25",
        "step 3,599: training 5.6·10⁻⁴, validation 0.25",
        "step 3,600: training 5.6·10⁻⁴, validation 0.25",
    ]
    assert far == "3599"
    assert rows[0] == ["step", "training", "validation"] and len(rows) == 41
    assert rows[-1] == ["3,600", "5.6·10⁻⁴", "0.25"]


def test_it_is_drawn_and_drawn_again_after_a_change(modules):
    before, after = run(
        modules,
        SHOWN
        + """const canvas = chart.querySelector("canvas");
        const picture = () => canvas.toDataURL();
        await frame(); const before = picture();
        data.value = [{ name: "training", x, y: x.map((v) => v) }];
        await frame(); return [before, picture()];""",
    )
    assert len(before) > 1000 and before != after
