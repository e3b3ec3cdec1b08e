"""scripts/jupyter: its build folders, and what it says when something is missing."""

import json
import pathlib
import subprocess
import sys
import tempfile
import types
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from jupyter_kernel import folders, launch, spec, warm  # noqa: E402
from libtorch import say  # noqa: E402

TAKE = "import sys; from jupyter_kernel import folders; print(folders.take(sys.argv[1]), flush=True); sys.stdin.read()"


class FoldersTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "Cargo.lock").write_text("locked")

    def kernel(self):
        """Another process that takes a folder and holds it; its standard input ends it."""
        command = [sys.executable, "-c", TAKE, str(self.root)]
        process = subprocess.Popen(
            command, cwd=ROOT / "scripts", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.addCleanup(process.communicate)
        return process, pathlib.Path(process.stdout.readline().strip())

    def test_each_running_kernel_has_its_own_and_a_free_one_is_taken_again(self):
        base = folders.base(self.root)
        first, one = self.kernel()
        _, two = self.kernel()
        self.assertEqual((one, two), (base / "1", base / "2"))
        first.communicate()
        self.assertEqual(self.kernel()[1], base / "1")
        self.assertEqual((two / "Cargo.lock").read_text(), "locked")

    def test_a_new_one_has_what_the_first_has_built_but_not_its_cells(self):
        _, one = self.kernel()
        for name in ("deps/libtch-1.rlib", "deps/libctx.so", "incremental/ctx-2/part", "build/torch-sys-3/out/lib.a"):
            path = one / "target" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name)
        _, two = self.kernel()
        copied = {str(path.relative_to(two / "target")) for path in (two / "target").rglob("*") if path.is_file()}
        self.assertIn("deps/libtch-1.rlib", copied)
        self.assertIn("build/torch-sys-3/out/lib.a", copied)
        self.assertFalse([name for name in copied if "ctx" in name], copied)

    def test_the_crate_is_linked_by_its_path(self):
        folders.configure(self.root)
        text = (folders.config(self.root) / "evcxr.toml").read_text()
        self.assertIn(f"atencion = {{ path = {json.dumps(str(self.root))} }}", text)


class SpecTest(unittest.TestCase):
    def test_a_python_without_jupyter_is_told_how_to_get_it(self):
        code = (
            "import sys; sys.modules['jupyter_client'] = None\n"
            "from jupyter_kernel import spec\nfrom libtorch.say import Trouble\n"
            "try: spec.manager()\nexcept Trouble as trouble: print(trouble)"
        )
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT / "scripts", capture_output=True, text=True, check=True)
        self.assertIn("has no Jupyter\n", done.stdout)
        self.assertIn("-m pip install jupyterlab", done.stdout)

    def test_jupyter_starts_the_launcher(self):
        _, launcher, *rest = spec.description(ROOT, "/bin/evcxr_jupyter")["argv"]
        self.assertTrue(pathlib.Path(launcher).is_file(), launcher)
        self.assertEqual(rest, ["/bin/evcxr_jupyter", "{connection_file}"])


class LaunchTest(unittest.TestCase):
    setUp = FoldersTest.setUp

    def test_the_kernel_is_given_its_folder_and_libtorchs_run_path_as_they_are_now(self):
        for version in ("one", "two"):
            library = self.root / version / "lib"
            library.mkdir(parents=True)
            link = self.root / "target" / "libtorch"
            link.parent.mkdir(exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(self.root / version)
            environment = launch.environment(self.root)
            self.assertEqual(environment[launch.RUN_PATH], str(library.resolve()))
            self.assertTrue(pathlib.Path(environment["EVCXR_TMPDIR"]).is_dir())


class WarmTest(unittest.TestCase):
    def test_a_kernel_that_does_not_start_in_time_is_a_sentence(self):
        """jupyter_client says it with a RuntimeError, whose traceback helps nobody."""

        def too_late(**_):
            raise RuntimeError("Kernel didn't respond in 300 seconds\nmore")

        stand_in = types.SimpleNamespace(start_new_kernel=too_late)
        with mock.patch.dict(sys.modules, {"jupyter_client": types.SimpleNamespace(), "jupyter_client.manager": stand_in}):
            with self.assertRaises(say.Trouble) as caught:
                warm.build(ROOT)
        text = str(caught.exception)
        self.assertIn("did not start within 5 minutes: Kernel didn't respond in 300 seconds", text)
        self.assertNotIn("more", text)


if __name__ == "__main__":
    unittest.main()
