"""Run the notebooks in this folder, and store what their cells show.

    python docs/notebooks/run_all.py

Needs nbclient, nbformat and ipykernel, and pandas for one of the cells.
"""

from pathlib import Path

import nbformat
from nbclient import NotebookClient

for path in sorted(Path(__file__).parent.glob("*.ipynb")):
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=600, record_timing=False).execute()
    nbformat.write(notebook, path)
    print(path.name)
