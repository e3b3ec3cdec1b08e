"""Promise: the lines that the README prints work, and an import that cannot work says why in one line."""

import pathlib
import re
import subprocess
import sys

import pytest
import torch

import atencion

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"


def python(*lines):
    # Not from this folder, whose `atencion` is the source of the package, not the package.
    command = [sys.executable, "-c", "\n".join(lines)]
    return subprocess.run(command, cwd=README.parent, capture_output=True, text=True, check=False)


def blocks(word):
    """The README's blocks of Python that have that word in them."""
    text = README.read_text(encoding="utf-8")
    return [block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if word in block]


def test_the_readmes_lines():
    (block,) = blocks("import torch, atencion")
    done = python(block, "assert Z.shape == (4, 3)")
    assert done.returncode == 0, done.stderr


def test_the_notebooks_cell_and_rust_are_equal():
    (cell,) = blocks("Q = torch.tensor")
    done = python(cell, "import atencion", "assert torch.equal(atencion.scaled_dot_product_attention(Q, K, V), Z)")
    assert done.returncode == 0, done.stderr


def last_line(done):
    assert done.returncode == 1, done.stdout
    return done.stderr.strip().splitlines()[-1]


def test_without_torch():
    line = last_line(python("import sys", "sys.modules['torch'] = None", "import atencion"))
    assert line.startswith("ImportError: atencion needs torch"), line
    assert line.endswith(f"mend it: pip install torch=={atencion.torch_version}"), line


@pytest.mark.parametrize("version", ["2.12.1", "3.0.0+cpu"])
def test_a_torch_of_another_version(version):
    line = last_line(python("import torch", f"torch.__version__ = {version!r}", "import atencion"))
    plain = version.split("+")[0]
    was = f"compiled against torch {atencion.torch_version}, but this is torch {plain}"
    assert was in line and "mend it: pip install" in line, line


def test_versions():
    assert atencion.torch_version == torch.__version__.split("+")[0]
    assert re.fullmatch(r"\d+\.\d+\.\d+", atencion.__version__)
