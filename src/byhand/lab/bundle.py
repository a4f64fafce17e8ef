"""ES modules, styles and data in one HTML file that opens without a server.

Browsers load no module from a file that is beside another. So each becomes a data: URL,
and an import map says which name is which.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

CHARSET = '<meta charset="utf-8">\n'
PREFIX = "byhand/"  # of the names in the import map
IMPORT = re.compile(r"""(\bfrom\s*|\bimport\s*\(?\s*)(["'])\./([a-z0-9_]+)\.js\2""")
COMMENT = re.compile(r"^[ \t]*(?:/\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*\n", re.M | re.S)
STYLE = re.compile(r'<link rel="stylesheet" href="static/([a-z0-9_]+\.css)">\n?')
SCRIPT = re.compile(r'<script type="module" src="static/([a-z0-9_]+)\.js"></script>\n?')
# What a data: URL or a text in quotes within a script element may not hold.
PLAIN = " !$&'()*+,-./:;=?@[]^_`{|}~>"
POLICY = (
    "default-src 'none'; script-src data: {scripts}; style-src {styles}; "
    "img-src data: blob:; base-uri 'none'; form-action 'none'"
)


def bundled(files: Mapping[str, str], head: str, data: Mapping[str, str]) -> str:
    """Return the page with all that it loads inside it.

    Args:
        files: the texts of index.html and of the styles and modules, by name.
        head: more elements for its head.
        data: texts for elements that run nothing, by their id.
    """
    page = files["index.html"]
    styles = "".join(files[name] for name in STYLE.findall(page))
    (entry,) = SCRIPT.findall(page)
    modules = {name: files[f"{name}.js"] for name in needed(files, entry)}
    addresses = {PREFIX + name: as_address(text) for name, text in modules.items()}
    imports = json.dumps({"imports": addresses}, separators=(",", ":"))
    begin = f'import "{PREFIX}{entry}";'
    policy = POLICY.format(
        scripts=" ".join(map(digest, (imports, begin))), styles=digest(styles)
    )
    first = f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
    elements = [
        f"<style>{styles}</style>\n",
        *(element(name, text) for name, text in data.items()),
        f'<script type="importmap">{imports}</script>\n',
        f'<script type="module">{begin}</script>\n',
    ]
    page = SCRIPT.sub("", STYLE.sub("", page))
    # the policy first: it holds for what comes behind it
    page = page.replace(CHARSET, CHARSET + first)
    return page.replace("</head>", head + "".join(elements) + "</head>")


def needed(files: Mapping[str, str], entry: str) -> list[str]:
    """Return the names of the modules that one imports, and those that they import.

    Raises:
        KeyError: one of them is missing.
    """
    found, waiting = [entry], [entry]
    while waiting:
        for name in imported(files[f"{waiting.pop()}.js"]):
            if name not in found:
                found.append(name)
                waiting.append(name)
    return found


def imported(text: str) -> Iterable[str]:
    """Yield the names of the modules that a module imports."""
    for match in IMPORT.finditer(COMMENT.sub("", text)):
        yield match[3]


def as_address(text: str) -> str:
    """Return a module as a data: URL, without its comments."""
    named = IMPORT.sub(rf"\1\2{PREFIX}\3\2", COMMENT.sub("", text))
    return "data:text/javascript;charset=utf-8," + quote(named, safe=PLAIN)


def digest(text: str) -> str:
    """Return the source expression that allows an inline element of this text."""
    value = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{value}'"


def element(name: str, text: str) -> str:
    """Return an element that holds data: browsers do not run scripts of this type."""
    safe = text.replace("<", "\\u003c")  # in JSON the same; base64 has none
    return f'<script type="application/json" id="{name}">{safe}</script>\n'
