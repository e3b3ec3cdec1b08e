"""maturin, told which torch to compile against.

pip builds in an environment of its own that hides the user's torch. This backend looks for torch in the Python that
pip runs in, and hands that Python to torch-sys. Everything else is maturin.
"""

import importlib.util
import os
import pathlib
import subprocess
import sys
import sysconfig

import maturin
from maturin import (  # noqa: F401  (the hooks of PEP 517 and PEP 660 that need nothing of ours)
    build_sdist,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
)

import label

HERE = pathlib.Path(__file__).resolve().parent.parent
TCH_OF_TORCH = {"2.11": "0.24.0", "2.13": "0.26.0"}


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    version = prepare()
    name = maturin.build_wheel(wheel_directory, config_settings)
    return label.wheel(pathlib.Path(wheel_directory) / name, label.of(version))


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    name = maturin.prepare_metadata_for_build_wheel(metadata_directory, config_settings)
    return label.metadata(pathlib.Path(metadata_directory) / name, label.of(torch_version(site_packages())))


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    prepare()
    return maturin.build_editable(wheel_directory, config_settings, metadata_directory)


def prepare():
    """Sets the environment for torch-sys, and writes down which torch is compiled against. Returns its version."""
    version = torch_version(site_packages())
    minor = ".".join(version.split(".")[:2])
    if minor not in TCH_OF_TORCH:
        fitting = " or ".join(TCH_OF_TORCH)
        sys.exit(f"atencion: this Python has torch {version}, but atencion fits torch {fitting}\n"
                 f"mend it: pip install 'torch=={list(TCH_OF_TORCH)[-1]}.*'")
    lock(TCH_OF_TORCH[minor])
    use_this_python()
    (HERE / "atencion" / "_built_with.py").write_text(f'TORCH_VERSION = "{version}"\n')
    return version


def site_packages():
    """Where the Python that pip runs in keeps its packages, whatever the build environment hides."""
    return [pathlib.Path(sysconfig.get_path(name)) for name in ("purelib", "platlib")]


def torch_version(folders):
    for folder in folders:
        found = folder / "torch" / "version.py"
        if found.is_file():
            spec = importlib.util.spec_from_file_location("torch_version", found)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return str(module.__version__).split("+")[0]
    sys.exit(f"atencion: no torch in {folders[0]}\n"
             f"mend it: {sys.executable} -m pip install 'torch=={list(TCH_OF_TORCH)[-1]}.*'")


def lock(tch):
    """The committed lock file fits the newest torch; another one needs its own release of tch."""
    lines = (HERE / "Cargo.lock").read_text().splitlines()
    locked = {name: lines[lines.index(f'name = "{name}"') + 1] for name in ("tch", "torch-sys", "pyo3-tch")}
    for name in ("pyo3-tch", "tch", "torch-sys"):
        if locked[name] != f'version = "{tch}"':
            subprocess.run(["cargo", "update", "-p", name, "--precise", tch], cwd=HERE, check=False)


def use_this_python():
    """torch-sys asks `python` (inside a VIRTUAL_ENV) for torch: let that be this Python, with its own packages."""
    os.environ["LIBTORCH_USE_PYTORCH"] = "1"
    os.environ["VIRTUAL_ENV"] = sys.prefix
    os.environ["PATH"] = os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ["PATH"]])
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(map(str, site_packages())))
