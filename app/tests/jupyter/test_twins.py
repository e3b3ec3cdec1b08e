"""Práctica 3 in Python and, cell for cell, in Rust: both execute, say the same, and say what is stored in them."""

import pathlib

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = pathlib.Path(__file__).resolve().parents[3] / "notebooks"


def read(name):
    return nbformat.read(NOTEBOOKS / name, as_version=4)


def executed(name):
    notebook = read(name)
    NotebookClient(notebook, timeout=600, startup_timeout=300, coalesce_streams=True).execute()
    return notebook


@pytest.fixture(scope="module")
def python():
    return executed("practica3.ipynb")


@pytest.fixture(scope="module")
def rust():
    return executed("practica3_rust.ipynb")


def said(cell):
    """What a cell printed and what its last line is, as text."""
    printed = "".join(out.text for out in cell.outputs if out.output_type == "stream" and out.name == "stdout")
    shown = [out.data["text/plain"].rstrip("\n") for out in cell.outputs if out.output_type == "execute_result"]
    return printed, shown


def code(notebook):
    return {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}


def test_cell_for_cell_the_same(python, rust):
    assert [(cell.id, cell.cell_type) for cell in python.cells] == [(cell.id, cell.cell_type) for cell in rust.cells]
    texts = [(a.source, b.source) for a, b in zip(python.cells, rust.cells) if a.cell_type == "markdown"]
    assert all(a == b for a, b in texts)
    pairs = list(zip(code(python).values(), code(rust).values()))
    for a, b in pairs:
        assert said(a) == said(b), a.id
    outputs = sum(bool(text) + len(shown) for text, shown in map(said, code(python).values()))
    print(f"{len(pairs)} cells of code and {outputs} outputs are the same in Python and in Rust")
    assert outputs >= 8


@pytest.mark.parametrize("name", ["practica3.ipynb", "practica3_rust.ipynb"])
def test_what_is_stored_is_what_comes_out(name, request):
    now = request.getfixturevalue("rust" if "rust" in name else "python")
    for stored, cell in zip(code(read(name)).values(), code(now).values()):
        assert stored.outputs == cell.outputs, cell.id


def test_tensors_come_with_their_heatmap(rust):
    shown = [out.data for cell in code(rust).values() for out in cell.outputs if out.output_type == "execute_result"]
    assert len(shown) == 4
    for data in shown:
        html = data["text/html"]
        assert html.startswith(f"<pre>{data['text/plain']}</pre>"), html[:200]
        assert html.rstrip().endswith("</svg>")
