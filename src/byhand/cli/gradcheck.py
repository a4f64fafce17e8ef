"""``byhand gradcheck``: the gradients worked out by hand against differences."""

from __future__ import annotations

from typing import Annotated

import typer

from byhand.cli import options, output

EXAMPLES = ("byhand gradcheck", "byhand gradcheck --seed 1 --json")


def gradcheck(
    seed: Annotated[int, typer.Option(min=0, help="Draws inputs and parameters.")] = 0,
    plugins: options.Plugins = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Check every layer, every fused stage and a whole network.

    Each gradient that was worked out by hand is compared, in float64, with
    (loss(p + h) - loss(p - h)) / 2h for every single element. The worst relative
    error of each is printed; above 1e-6 the check fails.
    """
    from byhand.nn.gradcheck import TOLERANCE, check_all

    options.load_plugins(plugins)
    errors = check_all(seed=seed)
    # "not <=" and not ">": a gradient that is nan fails too.
    failed = [name for name, error in errors.items() if not error <= TOLERANCE]
    if json:
        passed = {"tolerance": TOLERANCE, "passed": not failed}
        output.print_json({"errors": errors, **passed})
    else:
        _print_table(errors, failed)
    if failed:
        limit = f"errors of at most {TOLERANCE:g}"
        more = f"got more in {', '.join(failed)}"
        output.print_error(f"gradcheck: expected {limit}, {more}")
        raise typer.Exit(1)
    if not quiet:
        output.notes().print(f"All {len(errors)} are within {TOLERANCE:g}.")


def _print_table(errors: dict[str, float], failed: list[str]) -> None:
    """Print the worst relative error of each check."""
    rows = output.table("checked", "worst relative error", "", text=["checked", ""])
    for name, error in errors.items():
        rows.add_row(name, f"{error:.1e}", "FAILED" if name in failed else "ok")
    output.answers().print(rows)
