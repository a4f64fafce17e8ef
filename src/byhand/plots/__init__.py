"""Every picture that byhand makes: the only part that imports matplotlib.

Each function returns a matplotlib Figure of its own, made without pyplot: no display
is needed, no state is shared, no window opens. `save` writes one to a file. In a
notebook, a figure at the end of a cell shows itself.

    from byhand import plots

    scores = byhand.evaluate(model, mnist)
    plots.save(plots.confusion(scores), "confusion.png")
    plots.save(plots.mistakes(scores, mnist), "mistakes.png")

They take what the library returns, as here, or plain arrays.
"""

from byhand.errors import MissingExtraError

try:
    from matplotlib.figure import Figure as Figure
except ImportError as error:
    raise MissingExtraError(
        "plots: expected matplotlib, got no such library; try"
        " pip install 'byhand[plots]'"
    ) from error

from byhand.plots.charts import confusion, history
from byhand.plots.conditions import robustness
from byhand.plots.means import means
from byhand.plots.neurons import weights
from byhand.plots.pairs import differences
from byhand.plots.pictures import changes, digit, digits, mistakes, samples
from byhand.plots.style import save
from byhand.plots.synthetic import pages

__all__ = [
    "changes",
    "confusion",
    "differences",
    "digit",
    "digits",
    "history",
    "means",
    "mistakes",
    "pages",
    "robustness",
    "samples",
    "save",
    "weights",
]


def __dir__() -> list[str]:
    """Return the public names, and no others."""
    return sorted(__all__)
