"""The page's small modules: signals and elements, strokes, grey levels, addresses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.lab.page_modules import module_page

STROKES = (
    "[{ eraser: false, points: [[10, 20, 20], [300.5, 4, 18.5], [0, 359.5, 12]] },"
    " { eraser: true, points: [[479.5, 1, 30]] }]"
)


@pytest.fixture(scope="module")
def modules(chromium) -> Iterator[Any]:
    """A page that can import the modules."""
    yield from module_page(chromium)


def run(page: Any, body: str) -> Any:
    """Return what a program in the page returns; all four modules are at hand."""
    imports = "".join(
        f"const {name} = await import('/{name}.js');"
        for name in ("view", "strokes", "raster", "address")
    )
    return page.evaluate(f"async () => {{ {imports} {body} }}")


def test_an_effect_runs_once_for_all_changes_of_a_moment(modules):
    assert run(
        modules,
        """const a = view.signal(1), seen = [];
        const twice = view.computed(() => 2 * a.value);
        const end = view.effect(() => seen.push([a.value, twice.value]));
        a.value = 2; a.value = 3; await null; end(); a.value = 4; await null;
        return seen;""",
    ) == [[1, 2], [3, 6]]


def test_effects_inside_an_effect_end_with_its_run(modules):
    assert (
        run(
            modules,
            """const a = view.signal(0), b = view.signal(0); let runs = 0;
        view.effect(() => { a.value; view.effect(() => { b.value; runs++; }); });
        a.value = 1; view.flush(); runs = 0; b.value = 1; view.flush(); return runs;""",
        )
        == 1
    )


def test_a_computed_value_is_worked_out_when_it_is_read(modules):
    assert run(
        modules,
        """let runs = 0; const a = view.signal(1);
        const c = view.computed(() => (runs++, a.value)); const before = runs;
        c.value; c.value; a.value = 2; a.value = 3; c.value; return [before, runs];""",
    ) == [0, 2]


def test_what_is_read_untracked_or_by_peek_is_not_followed(modules):
    assert (
        run(
            modules,
            """let runs = 0; const a = view.signal(1);
        view.effect(() => { view.untracked(() => a.value); a.peek(); runs++; });
        a.value = 2; view.flush(); return runs;""",
        )
        == 1
    )


def test_a_failed_computed_value_is_tried_again_after_a_change(modules):
    assert (
        run(
            modules,
            """const a = view.signal(0);
        const c = view.computed(() => { if (!a.value) throw Error(); return a.value; });
        try { c.value } catch {} a.value = 5; return c.value;""",
        )
        == 5
    )


def test_elements_follow_signals(modules):
    assert run(
        modules,
        """const a = view.signal(1); let pressed = 0;
        const b = view.h("button", { type: "button", disabled: () => a.value > 1,
          hidden: false, style: { "--x": "3px" }, onclick: () => pressed++ },
          "n = ", () => a.value, null, () => a.value > 1 && [view.h("b", {}, "!")]);
        b.click(); const before = b.outerHTML; a.value = 2; view.flush();
        return [before.replaceAll("<!---->", ""), b.textContent, b.disabled,
          pressed];""",
    ) == ['<button type="button" style="--x: 3px;">n = 1</button>', "n = 2!", True, 1]


def test_packed_strokes_come_back_as_they_were(modules):
    kept, expected, size = run(
        modules,
        f"const all = {STROKES}; const bytes = strokes.pack(all);"
        "return [strokes.unpack(bytes), all, bytes.length]",
    )
    assert kept == expected
    assert size <= 24


@pytest.mark.parametrize("bytes_", [[3], [255] * 9, [0], [2, 1, 1], [254, 255, 127]])
def test_what_is_no_packed_strokes_is_none(modules, bytes_: list[int]):
    assert run(modules, f"return strokes.unpack(Uint8Array.from({bytes_}))") is None


def test_a_stroke_covers_what_it_covers(modules):
    """A horizontal stroke of width 4 is four rows of ink with round ends."""
    grey = run(
        modules,
        "const { data } = raster.rasterise([{ eraser: false,"
        " points: [[5, 5, 4], [15, 5, 4]] }], 20, 10); return [...data];",
    )
    column = grey[10::20]
    assert column == [255, 255, 255, 0, 0, 0, 0, 255, 255, 255]
    assert grey[5 * 20 + 1] == 255
    assert grey[5 * 20 + 18] == 255
    assert 0 < grey[3 * 20 + 3] < 255  # the round end


def test_an_eraser_takes_off_what_was_drawn_before_it(modules):
    assert run(
        modules,
        """const line = (eraser, width) => (
          { eraser, points: [[2, 5, width], [18, 5, width]] });
        const ink = (width) => line(false, width), off = (width) => line(true, width);
        const least = (all) => Math.min(...raster.rasterise(all, 20, 10).data);
        return [least([ink(3), off(9)]), least([off(9), ink(3)])];""",
    ) == [255, 0]


def test_a_picture_shrunk_is_its_averages_ink_bright(modules):
    assert (
        run(
            modules,
            """const data = new Uint8Array(8 * 4).fill(255);
        data.fill(0, 0, 2); data.fill(0, 8, 10);
        return [...raster.shrunk({ width: 8, height: 4, data }, [4, 4])];""",
        )
        == [0, 0, 0, 0, 255, 0, 0, 0] + [0] * 8
    )


def test_an_address_holds_drawing_view_layer_unit_and_class(modules):
    text, decoded = run(
        modules,
        f"""const state = {{ view: "forward", layer: 3, unit: 120, label: 0,
          prepared: false,
          drawing: {{ kind: "strokes", strokes: {STROKES} }} }};
        const text = address.encode(state);
        return [text, [state, address.decode("#" + text, 784)]];""",
    )
    assert decoded[0] == decoded[1]
    assert text.startswith("view=forward&layer=3&unit=120&label=0&prepared=no&strokes=")
    assert len(text) < 110


def test_a_square_in_an_address_fits_the_network(modules):
    assert run(
        modules,
        """const pixels = Uint8Array.from([0, 255, 62, 7]);
        const drawing = { kind: "square", pixels, index: 12, label: 3 };
        const text = address.encode({ prepared: true, drawing }, pixels);
        const found = address.decode(text, 4).drawing;
        const other = address.decode(text, 784).drawing ?? null;
        return [[...found.pixels], found.index, other];""",
    ) == [[0, 255, 62, 7], 12, None]


def test_nonsense_in_an_address_is_left_out(modules):
    state = run(
        modules,
        "return address.decode('#layer=-1&unit=x&label=1e3&strokes=%%%&square=@', 784)",
    )
    assert {key: value for key, value in state.items() if value is not None} == {
        "prepared": True
    }
