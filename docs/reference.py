"""Write docs/reference.md, the public names of byhand, from their docstrings.

Run ``python docs/reference.py`` where a docstring, a signature or a public name has
changed; a test compares the page with what this would write.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import GenericAlias
from typing import Any

import byhand

PAGE = Path(__file__).with_name("reference.md")
WIDTH = 98
LONGEST = 30  # characters of a default that is shown
INTRO = """# Reference

What can be imported from `byhand`, by module. Written from the docstrings by
`python docs/reference.py`; a test fails where it is not up to date.

The letters of shapes: N images, H × W pixels, C channels, K classes. Images are uint8,
ink bright on 0; labels are whole numbers from 0 to K - 1.
"""
HOMES = (
    "byhand.model",
    "byhand.recognition",
    "byhand.reading.reader",
    "byhand.reading.result",
    "byhand.ink.prepare",
    "byhand.data.datasets",
    "byhand.data.idx",
    "byhand.training.loop",
    "byhand.training.outcome",
    "byhand.training.recipe",
    "byhand.training.recipes",
    "byhand.augment.augmentation",
    "byhand.evaluation",
    "byhand.comparison",
)
SECTION = re.compile(r"^(Args|Attributes|Returns|Raises|Source|Gives):[ ]*\n?", re.M)


def page() -> str:
    """Return the whole page."""
    parts = [INTRO]
    homes = {home for home in byhand._HOMES.values() if home} - {"byhand.errors"}
    for home in (*HOMES, *sorted(homes - {*HOMES})):
        names = [name for name, where in byhand._HOMES.items() if where == home]
        parts += section(home, {f"byhand.{n}": getattr(byhand, n) for n in names})
    for name in ("nn", "plots"):
        module = getattr(byhand, name)
        names = sorted(module.__all__, key=str.lower)
        things = {f"{name}.{n}": getattr(module, n) for n in names}
        parts += section(f"byhand.{name}", things)
    estimator = import_module("byhand.sklearn").DigitClassifier
    parts += section("byhand.sklearn", {"sklearn.DigitClassifier": estimator})
    errors = vars(byhand.errors)
    found = {
        f"errors.{n}": e for n, e in errors.items() if n.endswith(("Error", "ped"))
    }
    parts += section("byhand.errors", found)
    return "\n".join(parts).rstrip() + "\n"


def section(module: str, things: dict[str, Any]) -> Iterator[str]:
    """Yield the paragraphs of a module and of its public names."""
    yield f"## {module}\n"
    yield from described(inspect.getdoc(import_module(module)) or "")
    for name, thing in things.items():
        yield f"### {name}\n"
        if inspect.isclass(thing):
            yield from class_described(name, thing)
        elif callable(thing) and not isinstance(thing, GenericAlias):
            yield from function_described(name, thing)
        else:
            yield from constant_described(thing)


def class_described(name: str, kind: type) -> Iterator[str]:
    """Yield the paragraphs of a class: its constructor, text and methods."""
    error = issubclass(kind, Exception)
    protocol = getattr(kind, "_is_protocol", False)
    if not (error or protocol):
        yield signature(name, kind)
    yield from described(inspect.getdoc(kind) or "")
    if error:
        return
    layer = byhand.nn.Layer
    for method, thing in inspect.getmembers(kind, documented):
        if kind is not layer and issubclass(kind, layer) and hasattr(layer, method):
            continue  # said once, of Layer
        if isinstance(thing, property):
            first = (inspect.getdoc(thing) or "").partition("\n\n")[0]
            yield paragraph(f"**`.{method}`** {first}")
            continue
        yield signature(f".{method}", thing)
        yield from described(inspect.getdoc(thing) or "")


def documented(member: object) -> bool:
    """Return whether a member of a class is public and has a text of its own."""
    function = getattr(member, "fget", member)
    named = getattr(function, "__name__", "_")
    ours = str(getattr(function, "__module__", "")).startswith("byhand")
    return ours and not named.startswith("_") and bool(inspect.getdoc(member))


def function_described(name: str, function: Callable[..., Any]) -> Iterator[str]:
    """Yield the paragraphs of a function."""
    yield signature(name, function)
    yield from described(inspect.getdoc(function) or "")


def constant_described(thing: object) -> Iterator[str]:
    """Yield what a constant is: a dict's keys, or its value."""
    if isinstance(thing, dict):
        keys = ", ".join(f"`{key}`" for key in thing)
        yield paragraph(f"A dict with the keys {keys}.")
    elif inspect.ismodule(thing):
        yield paragraph((inspect.getdoc(thing) or "").partition("\n\n")[0])
    else:
        yield paragraph(f"`{thing!r}`")


def signature(name: str, thing: Callable[..., Any]) -> str:
    """Return how something is called, one argument a line where it is long."""
    call = inspect.signature(thing)
    own = [p for n, p in call.parameters.items() if n != "self"]
    arguments, kinds = [parameter(p) for p in own], [p.kind for p in own]
    if inspect.Parameter.KEYWORD_ONLY in kinds:
        arguments.insert(kinds.index(inspect.Parameter.KEYWORD_ONLY), "*")
    returned = call.empty if inspect.isclass(thing) else call.return_annotation
    result = annotation(returned, " -> ")
    line = f"{name}({', '.join(arguments)}){result}"
    if len(line) > WIDTH:
        inside = "".join(f"    {each},\n" for each in arguments)
        line = f"{name}(\n{inside}){result}"
    return f"```text\n{line}\n```\n"


def parameter(p: inspect.Parameter) -> str:
    """Return a parameter with its type, and its default if that is short."""
    stars = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
    text = f"{stars}{p.name}{annotation(p.annotation, ': ')}"
    if p.default is p.empty:
        return text
    default = repr(p.default)
    short = len(default) <= LONGEST and "<" not in default
    return f"{text} = {default if short else '…'}"


def annotation(found: object, before: str) -> str:
    """Return a type as it was written; "" where there is none."""
    if found is inspect.Signature.empty:
        return ""
    text = found if isinstance(found, str) else getattr(found, "__name__", str(found))
    return before + text


def described(text: str) -> Iterator[str]:
    """Yield the paragraphs, examples and lists of a docstring as Markdown."""
    body, *sections = SECTION.split(text.replace("``", "`"))
    yield from paragraphs(body)
    for title, content in zip(sections[::2], sections[1::2], strict=True):
        rest = re.search(r"^\S", content, re.M)
        end = rest.start() if rest else len(content)
        if title in ("Args", "Attributes", "Raises"):
            yield f"{title}:\n"
            yield "".join(items(content[:end]))
            yield from paragraphs(content[end:])
        else:
            own, _, after = textwrap.dedent(content).strip().partition("\n\n")
            yield paragraph(f"{title}: {own}")
            yield from paragraphs(after)


def paragraphs(text: str) -> Iterator[str]:
    """Yield the paragraphs of a text; those that are indented are examples."""
    for part in re.split(r"\n\s*\n", text.strip("\n")):
        if not part.strip():
            continue
        if all(line.startswith(("    ", "│", "├", "└")) for line in part.splitlines()):
            yield f"```python\n{textwrap.dedent(part)}\n```\n"
        elif re.search(r"^[│├└]", part, re.M):
            yield f"```text\n{part}\n```\n"
        else:
            yield paragraph(part.replace("::", ":"))


def items(content: str) -> Iterator[str]:
    """Yield the entries of a list such as Args, "name: text", as list items."""
    entries = re.split(r"^(?=\S)", textwrap.dedent(content.strip("\n")), flags=re.M)
    for entry in filter(str.strip, entries):
        name, colon, text = " ".join(entry.split()).partition(": ")
        shown = f"`{name}`: {text}" if colon else name
        yield textwrap.fill(escaped(shown), WIDTH, initial_indent="- ",
                            subsequent_indent="  ", break_long_words=False,
                            break_on_hyphens=False) + "\n"  # fmt: skip


def paragraph(text: str) -> str:
    """Return a paragraph, filled."""
    return (
        textwrap.fill(
            escaped(" ".join(text.split())),
            WIDTH,
            break_long_words=False,
            break_on_hyphens=False,
        )
        + "\n"
    )


def escaped(text: str) -> str:
    """Return a text in which Markdown takes nothing but backticks for more."""
    parts = text.split("`")
    parts[::2] = [re.sub(r"([<\[]|(?<!\*)\*(?!\*))", r"\\\1", p) for p in parts[::2]]
    return "`".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
