"""Prints the lowest versions that pyproject.toml allows, as constraints for pip."""

import re
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
extras = project["optional-dependencies"]
wanted = project["dependencies"] + [
    requirement for extra in extras if extra != "bench" for requirement in extras[extra]
]
for requirement in wanted:
    if match := re.fullmatch(r"([\w-]+)>=([\d.]+)", requirement):
        print("==".join(match.groups()))
