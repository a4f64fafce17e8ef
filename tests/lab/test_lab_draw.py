"""Digits are drawn in the page as people draw them, and read."""

from __future__ import annotations

import numpy as np
from tests.lab.drawing import (
    HEIGHT,
    ONE,
    SEVEN,
    WIDTH,
    answer,
    draw,
    on_screen,
    strokes_of,
    touch,
)
from tests.lab.hands import Stroke, centre_lines

HANDS = 3  # people for each digit
RIGHT = 27  # of 30
STEP = 4  # pixels of an image between two moves of the mouse
ANSWER = """() => {
  const read = document.querySelector('.verdict-class').textContent;
  document.querySelector('button[title=Clear]').click();
  return read;
}"""


def hands(mnist, digit: int) -> list[list[Stroke]]:
    images = mnist.test.images[mnist.test.labels == digit][:HANDS]
    return [centre_lines(image, STEP) for image in images]


def placed(strokes: list[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Return strokes of an image at a chance size and place on the pad."""
    scale = rng.uniform(5, 11)  # units of the pad for a pixel of the image
    points = np.concatenate([np.array(stroke) for stroke in strokes])
    low, high = points.min(axis=0) * scale, points.max(axis=0) * scale
    room = np.array([WIDTH, HEIGHT]) - 30 - (high - low)
    dx, dy = 15 + rng.uniform(0, 1, 2) * room - low
    return [[(x * scale + dx, y * scale + dy) for x, y in s] for s in strokes]


def test_digits_of_three_hands_are_read_wherever_they_are_drawn(open_page, mnist):
    page, rng = open_page(), np.random.default_rng(0)
    read = []
    for digit in range(10):
        for hand in hands(mnist, digit):
            draw(page, placed(hand, rng))
            read.append((str(digit), page.evaluate(ANSWER)))
    wrong = [pair for pair in read if pair[0] != pair[1]]
    right = len(read) - len(wrong)
    print(f"{right} of {len(read)} right")
    assert len(read) == 10 * HANDS
    assert right >= RIGHT, wrong


def test_a_finger_draws_and_the_page_does_not_scroll(open_page):
    page = open_page(has_touch=True, viewport={"width": 360, "height": 500})
    touch(page, SEVEN)
    assert answer(page) == "7"
    touch(page, ONE)
    assert page.evaluate("scrollY") == 0
    assert len(strokes_of(page, 2)) == 2


def test_strokes_are_where_the_pointer_is_at_200_per_cent_and_scrolled(open_page):
    page = open_page(viewport={"width": 640, "height": 400}, device_scale_factor=2)
    page.evaluate("document.documentElement.style.setProperty('zoom', '2')")
    page.evaluate("document.getElementById('pad').scrollIntoView()")
    page.mouse.wheel(0, 60)
    page.wait_for_function("() => scrollY > 0")
    page.wait_for_timeout(300)
    draw(page, ONE)
    points = np.array(strokes_of(page, 1)[0]["points"])
    assert np.abs(points[0, :2] - ONE[0][0]).max() < 1.5
    assert np.abs(points[-1, :2] - ONE[0][-1]).max() < 1.5


def test_a_pen_draws_wider_the_more_it_presses(open_page):
    page = open_page()
    (x0, y0), (x1, y1) = on_screen(page, ONE)[0]
    session = page.context.new_cdp_session(page)
    for kind, x, y, force in (
        ("mousePressed", x0, y0, 0.1),
        ("mouseMoved", x1, y1, 0.9),
        ("mouseReleased", x1, y1, 0),
    ):
        event = {"type": kind, "x": x, "y": y, "force": force, "pointerType": "pen"}
        buttons = {"button": "left", "buttons": 1, "clickCount": 1}
        session.send("Input.dispatchMouseEvent", {**event, **buttons})
    points = strokes_of(page, 1)[0]["points"]
    assert points[0][2] < 14 < 20 < points[-1][2]


def test_a_gesture_of_the_browser_takes_the_stroke_back(open_page):
    page = open_page()
    draw(page, ONE)
    first, second = on_screen(page, SEVEN)[0][:2]
    page.mouse.move(*first)
    page.mouse.down()
    page.mouse.move(*second)
    strokes_of(page, 2)
    page.evaluate(
        "() => document.getElementById('pad').dispatchEvent("
        "new PointerEvent('pointercancel', { pointerId: 1 }))"
    )
    page.mouse.up()
    assert len(strokes_of(page, 1)) == 1


def test_undo_redo_clear_and_their_keys(open_page):
    page = open_page()
    draw(page, ONE)
    draw(page, SEVEN)
    strokes_of(page, 2)
    page.get_by_role("button", name="Undo").click()
    assert answer(page) == "1"
    page.get_by_role("button", name="Redo").click()
    strokes_of(page, 2)
    page.get_by_role("button", name="Clear").click()
    assert answer(page) == "–"
    page.keyboard.press("Control+z")
    strokes_of(page, 2)
    page.keyboard.press("Control+z")
    assert answer(page) == "1"
    page.keyboard.press("Control+Shift+z")
    assert len(strokes_of(page, 2)) == 2


def test_the_eraser_takes_ink_off_and_can_be_undone(open_page):
    page = open_page()
    draw(page, ONE)
    page.get_by_role("button", name="Eraser").click()
    page.get_by_role("button", name="Broad brush").click()
    page.get_by_role("button", name="Eraser").click()
    draw(page, ONE)
    assert strokes_of(page, 2)[1]["eraser"]
    assert answer(page) == "?"  # nothing is left
    page.get_by_role("button", name="Undo").click()
    assert answer(page) == "1"


def test_a_reload_keeps_the_drawing_without_its_address(open_page, laboratory):
    page = open_page()
    draw(page, SEVEN)
    strokes_of(page, 1)
    page.goto("about:blank")
    page.goto(f"{laboratory.base}/")
    page.wait_for_selector("#pad")
    assert answer(page) == "7"


def test_an_address_shows_the_same_drawing_to_another_person(open_page, laboratory):
    page = open_page()
    draw(page, SEVEN)
    page.get_by_label("Without preparation").check()
    strokes_of(page, 1)
    page.wait_for_url("**prepared=no**")
    fields = page.evaluate("location.hash")
    other = open_page()
    other.goto(f"{laboratory.base}/{fields}")
    other.reload()
    other.wait_for_selector("#pad")
    assert other.get_by_label("Without preparation").is_checked()
    assert strokes_of(other, 1) == strokes_of(page, 1)


def test_the_page_works_where_nothing_can_be_stored(new_page, laboratory):
    page = new_page()
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {"
        " get() { throw new DOMException('no', 'SecurityError') } })"
    )
    page.goto(laboratory.url)
    page.wait_for_selector("#pad")
    draw(page, SEVEN)
    assert answer(page) == "7"


def test_without_preparation_a_digit_in_the_corner_is_misread(open_page):
    page = open_page()
    draw(page, [[(x * 0.3 + 10, y * 0.3 + 10) for x, y in SEVEN[0]]])
    assert answer(page) == "7"
    page.wait_for_selector(".step >> nth=4")
    page.get_by_label("Without preparation").check()
    assert answer(page) != "7"
    page.wait_for_selector(".step", state="detached")


def test_a_scribble_is_not_a_digit(open_page):
    page = open_page()
    rng = np.random.default_rng(3)
    draw(page, [[tuple(p) for p in rng.uniform(60, 300, (30, 2)).tolist()]])
    page.wait_for_selector("text=Not a digit")


def test_the_keyboard_draws(open_page):
    page = open_page()
    page.locator("#pad").focus()
    page.keyboard.press("Space")
    for _ in range(16):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    assert answer(page) == "1"
    assert len(strokes_of(page, 1)[0]["points"]) == 17
