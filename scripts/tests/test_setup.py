"""scripts/setup as a user runs it, against small wheels and an index that can misbehave."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import fakes

SCRIPTS = pathlib.Path(__file__).resolve().parent.parent
LOCK = 'name = "tch"\nversion = "0.26.0"\n'
# Stands in for cargo: changes the lock file as `cargo update -p tch --precise` does, and notes what it was asked.
CARGO = """#!/bin/sh
echo "$*" >> cargo.log
[ "$1" = update ] && printf 'name = "tch"\\nversion = "%s"\\n' "$5" > Cargo.lock
exit 0
"""


class SetupTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            cls.library = fakes.library(folder)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.wheels = self.folder / "wheels"
        self.wheels.mkdir()
        self.index = fakes.Index(self.wheels)
        self.addCleanup(self.index.close)
        self.cache = self.folder / "cache"
        self.root = self.checkout("checkout")
        cargo = self.folder / "bin" / "cargo"
        cargo.parent.mkdir()
        cargo.write_text(CARGO)
        cargo.chmod(0o755)
        self.environment = {
            "HOME": str(self.folder),
            "PATH": f"{cargo.parent}:{os.environ['PATH']}",
            "ATENCION_CACHE": str(self.cache),
            # Nobody listens there: setup has to go on to the user's own index.
            "ATENCION_CPU_INDEX": "http://127.0.0.1:9/simple",
            "PIP_INDEX_URL": self.index.url,
            "PIP_NO_CACHE_DIR": "1",
            "PIP_RETRIES": "0",
        }

    def checkout(self, name):
        root = self.folder / name
        shutil.copytree(SCRIPTS, root / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
        (root / "Cargo.lock").write_text(LOCK)
        return root

    def publish_torch(self, files=None, requires=()):
        return fakes.wheel(self.wheels, "torch", "2.13.0", files or fakes.torch_files(self.library), requires)

    def start(self, *arguments, root=None, **environment):
        # -S: the tests' own Python may have torch. pip, which setup starts, sees site-packages all the same.
        command = [sys.executable, "-S", str((root or self.root) / "scripts" / "setup"), *arguments]
        environment = {**self.environment, **environment}
        return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True)

    def setup(self, *arguments, **environment):
        """Runs it to its end: exit code and what it said."""
        process = self.start(*arguments, **environment)
        said = process.communicate(timeout=300)[1]
        return process.returncode, said

    def works(self, *arguments, **environment):
        code, said = self.setup(*arguments, **environment)
        self.assertEqual(code, 0, said)
        return said

    def refuses(self, *words, again=False, **environment):
        """It ends badly, names each of the words, says how to mend it, and shows no Python frames."""
        code, said = self.setup(*(["--again"] if again else []), **environment)
        self.assertNotEqual(code, 0, said)
        self.assertNotIn("Traceback", said)
        self.assertIn("\nmend: ", said)
        for word in words:
            self.assertIn(word, said)

    def linked(self, root=None):
        return pathlib.Path(os.path.realpath((root or self.root) / "target" / "libtorch"))

    def record(self):
        return json.loads((self.root / "target" / "libtorch.json").read_text())

    def cached(self):
        return sorted(path.name for path in self.cache.iterdir()) if self.cache.exists() else []

    def libtorch(self, name, version="2.13.0"):
        """A libtorch folder outside the cache; it lies in a `torch` package that Python can find."""
        fakes.lay_out(self.folder / name, fakes.torch_files(self.library, version))
        return self.folder / name / "torch"


class Download(SetupTest):
    def test_unpacks_only_what_a_rust_program_loads(self):
        self.publish_torch()
        self.works()
        names = sorted(path.name for path in (self.linked() / "lib").iterdir())
        self.assertEqual(names, sorted(f"lib{name}{fakes.SUFFIX}" for name in ("torch_cpu", "torch", "c10")))
        self.assertTrue((self.linked().parent / fakes.TORCH_H).exists())
        self.assertFalse((self.linked() / "__init__.py").exists())
        self.assertEqual((self.linked() / "build-version").read_text(), "2.13.0\n")
        self.assertEqual(self.record()["how"], "download")

    def test_brings_the_cuda_runtime_that_the_cpu_half_is_linked_to(self):
        self.publish_torch(requires=["cuda-toolkit[cublas,cudart,cupti]==13.0.3"])
        fakes.cuda_runtime(self.wheels, self.library)
        self.works()
        libraries = self.linked().parent / "nvidia" / "cu13" / "lib"
        self.assertEqual(sorted(path.name for path in libraries.iterdir()), ["libcudart.so.13", "libcupti.so.13"])

    def test_an_umbrella_that_asks_for_cuda_is_made_anew(self):
        if sys.platform == "darwin":
            self.skipTest("no CUDA on macOS")
        files = fakes.torch_files(self.library)
        files["torch/lib/libtorch.so"] = self.library + b"libtorch_cuda.so"
        self.publish_torch(files)
        self.works()
        umbrella = (self.linked() / "lib" / "libtorch.so").read_bytes()
        self.assertNotIn(b"libtorch_cuda.so", umbrella)
        self.assertIn(b"libtorch_cpu.so", umbrella)

    def test_a_second_call_and_a_second_checkout_download_nothing(self):
        self.publish_torch()
        self.works()
        self.works()
        other = self.checkout("other")
        process = self.start(root=other)
        self.assertEqual((process.communicate(timeout=300), process.returncode)[1], 0)
        self.assertEqual(self.linked(other), self.linked())
        self.assertEqual(len(self.index.fetched), 1)

    def test_the_cpu_index_comes_first(self):
        self.publish_torch()
        self.works(ATENCION_CPU_INDEX=self.index.url, PIP_INDEX_URL="http://127.0.0.1:9/simple")

    def test_two_at_once_download_once(self):
        self.publish_torch()
        both = [self.start(), self.start(root=self.checkout("other"))]
        for process in both:
            self.assertEqual((process.communicate(timeout=300)[1], process.returncode)[1], 0)
        self.assertEqual(len(self.index.fetched), 1)

    def test_a_library_cut_short_later_is_downloaded_again(self):
        self.publish_torch()
        self.works()
        library = self.linked() / "lib" / f"libtorch_cpu{fakes.SUFFIX}"
        library.write_bytes(self.library[:100])
        self.works("--again")
        self.assertEqual(library.read_bytes(), self.library)

    def test_the_whole_cuda_set_stays_chosen(self):
        if sys.platform == "darwin":
            self.skipTest("no CUDA on macOS")
        self.publish_torch(requires=["cuda-toolkit[cudart,cupti]==13.0.3"])
        fakes.cuda_runtime(self.wheels, self.library)
        self.works("--cuda")
        self.assertTrue((self.linked() / "lib" / "libtorch_cuda.so").exists())
        self.assertTrue((self.linked().parent / "nvidia" / "cu13" / "lib" / "libcudart.so.13").exists())
        whole = self.linked()
        self.works()
        self.assertEqual(self.linked(), whole)
        self.works("--cpu")
        self.assertFalse((self.linked() / "lib" / "libtorch_cuda.so").exists())


class BrokenDownload(SetupTest):
    def nothing_kept(self):
        self.assertEqual([name for name in self.cached() if name.startswith("libtorch-")], [])
        self.assertFalse((self.root / "target" / "libtorch").exists())

    def nothing_kept_then_mended(self):
        self.nothing_kept()
        self.index.damage = lambda content: content
        self.index.stall.clear()
        self.publish_torch()
        self.works()
        self.assertEqual(self.cached(), ["libtorch-2.13.0-cpu", "lock"])

    def test_cut_short(self):
        self.publish_torch()
        self.index.damage = lambda content: content[: len(content) // 2]
        self.refuses("damaged")
        self.nothing_kept_then_mended()

    def test_changed_on_the_way(self):
        self.publish_torch()
        self.index.damage = lambda content: content[:-1] + bytes([content[-1] ^ 1])
        self.refuses("damaged")
        self.nothing_kept()

    def test_a_wheel_that_lacks_a_library(self):
        files = fakes.torch_files(self.library)
        del files[f"torch/lib/libc10{fakes.SUFFIX}"]
        self.publish_torch(files)
        self.refuses("libc10")
        self.nothing_kept()

    def test_a_library_that_does_not_load(self):
        self.publish_torch({**fakes.torch_files(self.library), f"torch/lib/libtorch_cpu{fakes.SUFFIX}": b"not a library"})
        self.refuses("does not load")
        self.nothing_kept()

    def test_a_wheel_whose_checksums_do_not_hold(self):
        path = self.publish_torch()
        content = path.read_bytes()
        # A byte in the middle of the first member's compressed data; the index's hash is of the damaged file.
        path.write_bytes(content[:200] + bytes([content[200] ^ 0xFF]) + content[201:])
        self.refuses("damaged")
        self.nothing_kept()

    def interrupt(self, how):
        self.publish_torch()
        self.index.stall.set()
        process = self.start()
        self.assertTrue(self.index.stalled.wait(120), "the download never began")
        os.killpg(process.pid, how)
        process.communicate(timeout=60)
        self.assertNotEqual(process.returncode, 0)

    def test_interrupted_by_the_user(self):
        self.interrupt(signal.SIGINT)
        self.assertEqual(self.cached(), ["lock"])
        self.nothing_kept()

    def test_terminated(self):
        self.interrupt(signal.SIGTERM)
        self.assertEqual(self.cached(), ["lock"])
        self.nothing_kept_then_mended()

    def test_killed(self):
        self.interrupt(signal.SIGKILL)
        self.nothing_kept_then_mended()

    def test_no_network(self):
        self.refuses("no network", PIP_INDEX_URL="http://127.0.0.1:9/simple")

    def test_a_cache_that_cannot_be_written(self):
        file = self.folder / "file"
        file.write_text("")
        self.refuses("Not a directory", "ATENCION_CACHE", ATENCION_CACHE=str(file / "cache"))


class Found(SetupTest):
    def test_libtorch_named(self):
        folder = self.libtorch("own")
        self.works(LIBTORCH=str(folder))
        self.assertEqual(self.linked(), folder)
        self.works()
        self.assertEqual(self.linked(), folder, "a later call stays with it")

    def test_libtorch_named_but_unfit(self):
        self.refuses("not a folder", LIBTORCH=str(self.folder / "absent"))
        self.refuses("2.12.1", "2.13.0", LIBTORCH=str(self.libtorch("old", "2.12.1")))
        broken = self.libtorch("broken")
        (broken / "lib" / f"libc10{fakes.SUFFIX}").unlink()
        self.refuses("libc10", LIBTORCH=str(broken))

    def test_the_active_pythons_torch(self):
        folder = self.libtorch("site")
        self.works(PYTHONPATH=str(folder.parent))
        self.assertEqual(self.record()["how"], "python")
        self.assertEqual(self.index.fetched, [])

    def test_of_a_cuda_build_only_the_cpu_half_without_a_driver(self):
        if os.path.exists("/proc/driver/nvidia/version") or sys.platform == "darwin":
            self.skipTest("this machine has an NVIDIA driver, or could have none")
        folder = self.libtorch("site")
        fakes.lay_out(folder.parent, {"nvidia/cu13/lib/libcudart.so.13": self.library})
        self.works(PYTHONPATH=str(folder.parent))
        names = sorted(path.name for path in (self.linked() / "lib").iterdir())
        self.assertEqual(names, ["libc10.so", "libtorch.so", "libtorch_cpu.so"])
        self.assertTrue((self.linked().parent / "nvidia" / "cu13" / "lib" / "libcudart.so.13").exists())
        self.works("--cuda", PYTHONPATH=str(folder.parent))
        self.assertEqual(self.linked(), folder)

    def test_torch_2_11_changes_the_lock_file_and_2_13_changes_it_back(self):
        said = self.works(LIBTORCH=str(self.libtorch("eleven", "2.11.0")))
        self.assertIn("tch 0.24.0", said)
        self.assertIn("0.24.0", (self.root / "Cargo.lock").read_text())
        self.works(LIBTORCH=str(self.libtorch("thirteen")))
        self.assertIn("0.26.0", (self.root / "Cargo.lock").read_text())

    def test_a_torch_that_no_tch_fits_is_passed_over(self):
        self.publish_torch()
        said = self.works(PYTHONPATH=str(self.libtorch("site", "2.12.0").parent))
        self.assertIn("2.12.0", said)
        self.assertEqual(self.record()["how"], "download")

    def test_another_python_later_does_not_cause_a_rebuild(self):
        self.publish_torch()
        self.works()
        before = self.linked()
        self.works(PYTHONPATH=str(self.libtorch("site").parent))
        self.assertEqual(self.linked(), before)

    def test_a_changed_libtorch_drops_the_glue_built_for_the_other(self):
        (self.root / "target" / "debug").mkdir(parents=True)
        self.works(LIBTORCH=str(self.libtorch("own")))
        self.assertIn("clean -p torch-sys", (self.root / "cargo.log").read_text())


class Damaged(SetupTest):
    """What is there already and is not what it seems."""

    def cut_short(self, folder):
        library = folder / "lib" / f"libtorch_cpu{fakes.SUFFIX}"
        os.truncate(library, library.stat().st_size - 1000)
        return library

    def test_a_library_cut_short_is_noticed_at_the_next_set_up(self):
        self.publish_torch()
        self.works()
        library = self.cut_short(self.linked())
        self.works()
        self.assertEqual(library.read_bytes(), self.library)

    def test_a_named_libtorch_that_was_cut_short(self):
        folder = self.libtorch("own")
        self.works(LIBTORCH=str(folder))
        self.cut_short(folder)
        if sys.platform != "darwin":
            self.refuses("cut short", "libtorch_cpu", LIBTORCH=str(folder))
        self.publish_torch()
        self.works()
        self.assertNotEqual(self.linked(), folder, "what was chosen before is not whole any more")

    def test_a_pythons_torch_that_was_cut_short_is_passed_over(self):
        folder = self.libtorch("site")
        record = f"torch/lib/libtorch_cpu{fakes.SUFFIX},sha256=AAAA,{len(self.library)}\n"
        fakes.lay_out(folder.parent, {"torch-2.13.0.dist-info/RECORD": record.encode()})
        library = folder / "lib" / f"libtorch_cpu{fakes.SUFFIX}"
        library.write_bytes(self.library + b"more")
        self.publish_torch()
        said = self.works(PYTHONPATH=str(folder.parent))
        self.assertIn("damaged", said)
        self.assertEqual(self.record()["how"], "download")

    def test_foreign_records_are_no_record(self):
        self.publish_torch()
        self.works()
        complete = self.linked().parent / "complete.json"
        for text in ("[]", "7", '{"libraries": []}', '{"libraries": {"x": 7}}', '{"libraries": {"x": {"size": []}}}', "[" * 100_000):
            complete.write_text(text)
            self.works("--again")
            self.assertIn("sha256", complete.read_text(), text)
        for text in ("[]", '{"folder": 7}', '{"folder": 7, "version": 7, "how": 7, "cuda": 7, "cuda_wished": 7}', "[" * 100_000):
            (self.root / "target" / "libtorch.json").write_text(text)
            self.works()
            self.assertEqual(self.record()["version"], "2.13.0", text)

    def test_target_is_a_file(self):
        self.publish_torch()
        (self.root / "target").write_text("")
        self.refuses("is a file", "rm ")

    @unittest.skipUnless(sys.platform.startswith("linux"), "needs a folder where even root may not write")
    def test_target_cannot_be_written(self):
        self.publish_torch()
        (self.root / "target").symlink_to("/sys/kernel")
        self.refuses("Operation not permitted" if os.getuid() == 0 else "ermi", "writable")

    def test_a_moved_and_a_copied_checkout_go_on(self):
        folder = self.libtorch("site")
        self.works(PYTHONPATH=str(folder.parent), LIBTORCH="")
        shutil.copytree(self.root, self.folder / "copied", symlinks=True)
        self.root = self.root.rename(self.folder / "moved")
        for name in ("moved", "copied"):
            self.root = self.folder / name
            said = self.works()
            self.assertEqual(said.splitlines()[-1:], [f"setup: libtorch 2.13.0 for the CPU (the active Python's torch): {self.linked_plainly()}"])
            self.assertTrue((self.linked() / "lib" / f"libtorch_cpu{fakes.SUFFIX}").exists())

    def linked_plainly(self):
        target = self.root / "target"
        return target / "libtorch-cpu-half" / "torch" if (target / "libtorch-cpu-half").exists() else self.linked()


class Hostile(SetupTest):
    """What another user could have put there."""

    def test_a_lock_that_is_a_link_is_not_followed(self):
        self.publish_torch()
        precious = self.folder / "precious"
        precious.write_text("precious")
        self.cache.mkdir()
        (self.cache / "lock").symlink_to(precious)
        self.refuses("is a link", "lock")
        self.assertEqual(precious.read_text(), "precious")

    def test_a_cache_that_every_user_may_write(self):
        self.publish_torch()
        self.works()
        self.cache.chmod(0o777)
        self.refuses("every user", "ATENCION_CACHE", again=True)

    @unittest.skipUnless(os.getuid() == 0, "only root can give a folder away")
    def test_a_cache_of_another_user(self):
        self.publish_torch()
        self.works()
        os.chown(self.cache, 12345, 12345)
        self.refuses("another user", "ATENCION_CACHE", again=True)

    def test_a_known_wheel_with_another_content(self):
        sys.path.insert(0, str(SCRIPTS))
        from libtorch.pins import PINNED

        tag = "cp{0}{1}-cp{0}{1}-".format(*sys.version_info)
        machine = os.uname().machine if sys.platform.startswith("linux") else "macosx"
        name = next((name for name in PINNED if f"torch-2.13.0-{tag}" in name and machine in name), None)
        if name is None:
            self.skipTest("no wheel is pinned for this Python and machine")
        self.publish_torch().rename(self.wheels / name)
        for options in ([], ["--cuda"]) if sys.platform != "darwin" else ([],):
            code, said = self.setup(*options)
            self.assertNotEqual(code, 0, said)
            self.assertIn("not the file that PyPI published", said)
            self.assertNotIn("Traceback", said)
            self.assertEqual([name for name in self.cached() if name.startswith("libtorch-")], [])


class Tools(SetupTest):
    def path_with(self, *names):
        folder = self.folder / "-".join(("only", *names))
        folder.mkdir()
        for name in names:
            (folder / name).symlink_to(shutil.which(name, path=self.environment["PATH"]))
        return str(folder)

    def test_no_compiler(self):
        self.refuses("C++ compiler", PATH=self.path_with("cargo"))

    def test_no_cargo(self):
        self.refuses("cargo", "rustup", PATH=self.path_with("c++"), CARGO_HOME=str(self.folder / "none"))


if __name__ == "__main__":
    unittest.main()
