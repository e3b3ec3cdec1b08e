"""scripts/run when the program cannot load its libtorch, and when all is well."""

import pathlib
import subprocess
import sys
import unittest

import fakes
from test_setup import SetupTest

PROGRAM = '#include <cstdio>\n#include <cstring>\nint main(int n, char **words) { for (int i = 1; i < n; i++) puts(words[i]); %s }\n'


class RunTest(SetupTest):
    def program(self, ending="return 0;", needs=None):
        """A stand-in for the built program: it prints its arguments; it may need a library."""
        binary = self.root / "target" / "debug" / "atencion"
        binary.parent.mkdir(parents=True)
        command = ["c++", "-x", "c++", "-", "-o", str(binary)]
        if needs:
            option = [] if sys.platform == "darwin" else ["-Wl,--no-as-needed"]
            command += ["-x", "none", *option, str(needs)]
        subprocess.run(command, input=PROGRAM % ending, text=True, check=True)

    def run_script(self, *arguments):
        environment = {**self.environment, "LIBTORCH": str(self.libtorch("own"))}
        command = ["bash", str(self.root / "scripts" / "run"), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    def test_passes_arguments_and_exit_code_on(self):
        self.program("return 1;")
        done = self.run_script("explain", "--q", "a file")
        self.assertEqual(done.stdout, "explain\n--q\na file\n", done.stderr)
        self.assertEqual(done.returncode, 1)

    def test_a_set_up_that_fails_is_no_difference(self):
        self.program("return 0;")
        (self.root / "target" / "libtorch.json").write_text("{}")
        command = ["bash", str(self.root / "scripts" / "run")]
        environment = {**self.environment, "LIBTORCH": str(self.folder / "absent")}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("mend: ", done.stderr)

    def test_a_libtorch_that_is_gone(self):
        library = pathlib.Path(self.folder) / f"libgone{fakes.SUFFIX}"
        library.write_bytes(self.library)
        self.program(needs=library)
        library.unlink()
        done = self.run_script()
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("mend: ", done.stderr)
        self.assertIn("LD_LIBRARY_PATH", done.stderr)


if __name__ == "__main__":
    unittest.main()
