"""Examples of the data set, and pictures that are opened, pasted and dropped."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image
from tests.lab.drawing import answer


def test_an_example_is_a_click_away_and_a_hard_one_too(open_page):
    page = open_page()
    page.locator(".examples select").select_option("4")
    page.wait_for_selector(".example-grid button[aria-label$='a 4']")
    page.locator(".example-grid button").first.click()
    assert page.locator(".answer").inner_text().count("labelled 4") == 1
    page.get_by_role("button", name="Draw me a hard one").click()
    page.wait_for_selector("text=it is labelled")
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").click()
    assert answer(page) == "–"


def picture_of_seven() -> bytes:
    """A PNG of a seven, light on dark."""
    grey = np.zeros((300, 200), np.uint8)
    grey[60:80, 50:150] = 230
    for y in range(80, 240):
        grey[y, 135 - (y - 80) // 3 : 155 - (y - 80) // 3] = 230
    buffer = io.BytesIO()
    Image.fromarray(grey).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_picture_is_opened(open_page):
    page = open_page()
    file = {"name": "7.png", "mimeType": "image/png", "buffer": picture_of_seven()}
    page.get_by_label("Open a picture").set_input_files(files=[file])
    page.wait_for_selector(".verdict-class:text-is('7')")
    broken = {"name": "x.png", "mimeType": "image/png", "buffer": b"no picture"}
    page.get_by_label("Open a picture").set_input_files(files=[broken])
    page.wait_for_selector("text=no picture which this browser can open")
    assert answer(page) == "7"


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_a_picture_is_pasted_and_dropped(open_page, kind: str):
    page = open_page()
    page.evaluate(
        """([kind, text]) => {
          const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
          const transfer = new DataTransfer();
          transfer.items.add(new File([bytes], '7.png', { type: 'image/png' }));
          const event = kind === 'paste'
            ? new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true })
            : new DragEvent('drop', { dataTransfer: transfer, bubbles: true });
          document.getElementById('pad').dispatchEvent(event);
        }""",
        [kind, base64.b64encode(picture_of_seven()).decode()],
    )
    page.wait_for_selector(".verdict-class:text-is('7')")
