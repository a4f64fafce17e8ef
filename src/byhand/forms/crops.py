"""Pictures of single fields, upright as on the blank form, for a person to read."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from byhand.forms.filled import FieldReading, FormReading
from byhand.pictures.convert import grey_levels
from byhand.pictures.sheets import Sheet

AROUND = 0.35  # of the field's height: what is seen beside it
MOST = 14  # pixels of it
WIDEST, HIGHEST = 900, 160  # pixels of a picture
QUALITY = 80  # of JPEG


def cropped_field(sheet: Sheet, form: FormReading, reading: FieldReading) -> bytes:
    """Return a JPEG file, grey, of a field and a little around it.

    Args:
        sheet: the page.
        form: the form on it, which is registered.
        reading: the field.
    """
    assert form.registration is not None
    box = reading.field.box
    around = min(AROUND * box.height, MOST)
    wide, high = box.width + 2 * around, box.height + 2 * around
    scale = min(WIDEST / wide, HIGHEST / high, 2.0)
    # from pixels of the crop to those of the blank form, then of the scan, then of the
    # picture as it was opened, which may be smaller; in all middles of pixels are whole
    shrunk = sheet.image.width / sheet.size[0]
    place = np.array([[1 / scale, 0, box.x - around], [0, 1 / scale, box.y - around],
                      [0, 0, 1]])  # fmt: skip
    there = np.diag([shrunk, shrunk, 1]) @ form.registration.matrix @ place
    size = max(round(wide * scale), 1), max(round(high * scale), 1)
    grey = Image.fromarray(grey_levels(sheet.image, max(sheet.image.size)))
    matrix = (there / there[2, 2]).ravel()[:8].tolist()
    how = Image.Transform.PERSPECTIVE, matrix, Image.Resampling.BILINEAR
    file = io.BytesIO()
    grey.transform(size, *how, fillcolor=255).save(file, "JPEG", quality=QUALITY)
    return file.getvalue()
