"""Promise: the lines that the README prints work, and an import that cannot work says why in one line."""

import pathlib
import pydoc
import re
import shutil
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


def test_a_second_copy_of_libtorch(tmp_path):
    """A library under libtorch's name from another place; what is in it does not matter here."""
    copy = tmp_path / "libtorch_cpu.so"
    shutil.copy(atencion._atencion.__file__, copy)
    line = last_line(python("import torch, ctypes", f"ctypes.CDLL({str(copy)!r})", "import atencion"))
    assert line.startswith("ImportError: two copies of libtorch are loaded") and str(copy) in line, line


def test_a_subinterpreter():
    name = "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
    done = python(f"import {name} as s", "print(s.run_string(s.create(), 'import atencion'))")
    said = done.stdout + done.stderr
    assert "atencion runs in Python's main interpreter only" in said, said


@pytest.mark.parametrize("call", ["module(x)", "atencion.scaled_dot_product_attention(q, q, q)"])
def test_python_ends_while_a_thread_computes(call):
    """The thread is told in one sentence, and nothing crashes.

    Without gradients: torch frees a graph in frames of its own that want the GIL, and a thread that is ended in one of them
    (`AccumulateGrad::release_resources`) takes the process with it, atencion or not.
    """
    done = python(
        "import threading, time, torch, atencion",
        "q, x = torch.randn(1, 8, 700, 64), torch.randn(200, 4, 64)",
        "module = torch.nn.TransformerEncoderLayer(64, 4, 128, activation=lambda x: x.relu())",
        "module = atencion.from_torch(module)",
        "def work():",
        "    torch.set_grad_enabled(False)",
        f"    while True: {call}",
        "for _ in range(3): threading.Thread(target=work, daemon=True).start()",
        "time.sleep(0.5)",
    )
    assert done.returncode == 0, done.stderr
    ends = {line for line in done.stderr.splitlines() if "Error" in line}
    assert ends <= {"RuntimeError: Python is ending: atencion computes no more"}, ends


@pytest.mark.parametrize("name", [name for name in atencion.__all__ if callable(getattr(atencion, name))])
def test_help_says_what_it_is_for(name):
    thing = getattr(atencion, name)
    assert thing.__doc__ and thing.__doc__.strip(), name
    assert thing.__doc__.splitlines()[0] in pydoc.render_doc(thing, renderer=pydoc.plaintext)


def test_versions():
    assert atencion.torch_version == torch.__version__.split("+")[0]
    assert re.fullmatch(r"\d+\.\d+\.\d+", atencion.__version__)
