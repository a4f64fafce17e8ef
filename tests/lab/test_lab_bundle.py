"""ES modules and styles in one file: what is rewritten, and what is left."""

from __future__ import annotations

import json
import re
from urllib.parse import unquote

import pytest

from byhand.lab.bundle import as_address, bundled, digest, imported, needed

INDEX = """<!doctype html>
<html><head>
<meta charset="utf-8">
<link rel="stylesheet" href="static/one.css">
<link rel="stylesheet" href="static/two.css">
<script type="module" src="static/main.js"></script>
</head><body></body></html>
"""
FILES = {
    "index.html": INDEX,
    "one.css": "a { color: red }\n",
    "two.css": "b { color: blue }\n",
    "main.js": "// import './gone.js';\nimport { a } from \"./a.js\";\n",
    "a.js": "export const a = '<\\u0041> 50 % #1 \"é\"';\nexport * from './b.js';\n",
    "b.js": 'const later = import("./main.js");\n',
}


def modules(page: str) -> dict[str, str]:
    """Return the modules of a page by their names in its import map."""
    (text,) = re.findall(r'<script type="importmap">(.*?)</script>', page, re.S)
    imports = json.loads(text)["imports"]
    return {name: unquote(url.partition(",")[2]) for name, url in imports.items()}


def test_modules_are_named_by_an_import_map_and_import_by_these_names():
    found = modules(bundled(FILES, "", {}))
    assert found.keys() == {"byhand/main", "byhand/a", "byhand/b"}
    assert 'from "byhand/a"' in found["byhand/main"]
    assert "from 'byhand/b'" in found["byhand/a"]
    assert 'import("byhand/main")' in found["byhand/b"]


def test_a_modules_text_survives_the_address():
    assert unquote(as_address(FILES["a.js"])).endswith(
        FILES["a.js"].replace("./b.js", "byhand/b")
    )
    assert not set('<"#\\\n\té') & set(as_address(FILES["a.js"]))


def test_imports_in_comments_count_for_nothing():
    assert [*imported(FILES["main.js"])] == ["a"]
    assert needed(FILES, "main") == ["main", "a", "b"]


def test_comments_of_their_own_lines_are_left_out_and_code_behind_one_is_not():
    text = "/** A.\n * B. */\n// C\n/** D */ (e)\nf; // g\n/* h */\ni;\n"
    assert unquote(as_address(text)).partition(",")[2] == "/** D */ (e)\nf; // g\ni;\n"


def test_a_module_that_is_missing_is_named():
    with pytest.raises(KeyError, match=r"gone\.js"):
        needed({"main.js": 'import "./gone.js";'}, "main")


def test_styles_are_one_element_and_nothing_is_loaded():
    page = bundled(FILES, "", {})
    assert f"<style>{FILES['one.css']}{FILES['two.css']}</style>" in page
    assert "static/" not in page


def test_the_policy_allows_the_inline_elements_by_their_digests_alone():
    page = bundled(FILES, "", {})
    (policy,) = re.findall(
        r'http-equiv="Content-Security-Policy" content="(.*?)"', page
    )
    for text in re.findall(r"<(?:style|script type=\"(?:module|importmap)\")>(.*?)</",
                           page, re.S):  # fmt: skip
        assert digest(text) in policy
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; ")
    # whatever comes before a policy is not under it
    assert page.index("Content-Security-Policy") < page.index("<style>")


def test_data_cannot_end_its_element():
    page = bundled(FILES, "", {"facts": json.dumps({"name": "</script><b>"})})
    (text,) = re.findall(r'id="facts">(.*?)</script>', page, re.S)
    assert json.loads(text) == {"name": "</script><b>"}
