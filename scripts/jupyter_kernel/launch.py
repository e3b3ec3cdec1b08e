"""What Jupyter starts: evcxr, in a build folder that no other kernel is using. Arguments: evcxr, the connection file."""

import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from jupyter_kernel import folders  # noqa: E402


# A cell is a library that evcxr loads: no run path of ours is in it.
RUN_PATH = "DYLD_LIBRARY_PATH" if sys.platform == "darwin" else "LD_LIBRARY_PATH"


def environment(root):
    """What the kernel needs to find, as it is now: scripts/setup may have chosen another libtorch meanwhile."""
    return {
        "EVCXR_CONFIG_DIR": str(folders.config(root)),
        "EVCXR_TMPDIR": str(folders.take(root)),
        RUN_PATH: os.path.realpath(root / "target" / "libtorch" / "lib"),
    }


def main(kernel, connection_file):
    os.execve(kernel, [kernel, "--control_file", connection_file], {**os.environ, **environment(ROOT)})


if __name__ == "__main__":
    main(*sys.argv[1:])
