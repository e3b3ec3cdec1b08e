"""What Jupyter starts: evcxr, in a build folder that no other kernel is using. Arguments: evcxr, the connection file."""

import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from jupyter_kernel import folders  # noqa: E402


def main(kernel, connection_file):
    os.environ["EVCXR_TMPDIR"] = str(folders.take(ROOT))
    os.execv(kernel, [kernel, "--control_file", connection_file])


main(*sys.argv[1:])
