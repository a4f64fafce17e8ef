"""Every change that augmentation can make, each shown on a few digits."""

from __future__ import annotations

import numpy as np

from byhand.augment.augmentation import Augmentation
from byhand.augment.damage import DAMAGES
from byhand.augment.european import european
from byhand.augment.nondigits import KINDS
from byhand.types import Images, Labels

REJECT = 10  # the reject class of ten; none of these changes gives it

CHANGES = {
    "shift": Augmentation(shift=4),
    "rotate": Augmentation(rotate=25),
    "scale": Augmentation(scale=0.4),
    "aspect": Augmentation(aspect=0.6),
    "shear": Augmentation(shear=0.5),
    "elastic": Augmentation(elastic=1.2),
    "stretch": Augmentation(stretch=1),
    "roam": Augmentation(roam=1),
    "touching": Augmentation(touching=1),
}


def augmented(images: Images, labels: Labels, seed: int = 0) -> dict[str, Images]:
    """Return images by what was done to them, "as they are" first.

    Args:
        images: (N, H, W); of several channels, (N, H, W, C), the means are used.
        labels: (N,).
        seed: of all that is drawn.

    Returns:
        (N, H, W) by name: the bending, the damage from weak to strong, European forms
        (of the images that are 0, 1, 4, 7 or 9; left out if none is), then non-digits.
    """
    rng = np.random.default_rng(seed)
    if images.ndim == 4:
        images = images.mean(axis=3).astype(np.uint8)
    rows = {"as they are": images}
    for name, change in CHANGES.items():
        rows[name] = np.empty_like(images)
        change(images, labels, np.arange(len(images)), rng, rows[name], REJECT)
    strengths = np.linspace(0, 1, len(images), dtype=np.float32)
    for name, damage in DAMAGES.items():
        rows[name] = damage(images, strengths, rng)
    formed = images.copy()
    european(formed, labels, rng)
    changed = (formed != images).any(axis=(1, 2))
    if changed.any():
        rows["European"] = formed[changed]
    for make in KINDS:
        name = f"no digit: {make.__name__.replace('_', ' ')}"
        rows[name] = make(images, labels, images[::-1], rng)
    return rows
