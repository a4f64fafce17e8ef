"""Means with their intervals, one below the other."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.ticker import FuncFormatter

from byhand.plots import style
from byhand.plots.style import Axes, Figure


def means(
    names: Sequence[str],
    accuracies: Sequence[Sequence[float]],
    intervals: Sequence[tuple[float, float]],
    title: str = "Accuracy on the test images",
) -> Figure:
    """Return the mean accuracy of each combination of settings, with its interval.

    A small dot is a run, the large one the mean, the line its 95 % interval.

        plots.means(["lr=0.1"], [[0.981, 0.983]], [(0.979, 0.985)])

    Args:
        names: of the combinations, from above.
        accuracies: of the runs of each, 0 to 1.
        intervals: of the means.
        title: above the chart.
    """
    if not names:
        return style.note("No run has ended yet.")
    figure = style.new_figure(8, 1.2 + 0.32 * len(names), title)
    ax = figure.subplots()
    best = max(sum(own) / len(own) for own in accuracies)
    rows = zip(accuracies, intervals, strict=True)
    for place, (own, (low, high)) in enumerate(rows):
        mean = sum(own) / len(own)
        colour = style.BLUE if mean == best else style.QUIET
        ax.plot([low, high], [place, place], color=colour, linewidth=2)
        ax.plot(mean, place, "o", color=colour, markersize=9)
        ax.plot(own, [place] * len(own), "o", color="white", mec=colour, markersize=4)
    _label(ax, names)
    return figure


def _label(ax: Axes, names: Sequence[str]) -> None:
    """Name the rows, and give the axis of accuracies its lines."""
    ax.set_yticks(range(len(names)), names)
    ax.invert_yaxis()
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{100 * x:g} %"))
    ax.grid(axis="x", color=style.LINE)
    ax.set_axisbelow(True)
    style.bare(ax)
