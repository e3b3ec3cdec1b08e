"""deny.toml allows what the workspaces are built from: held here, where cargo-deny need not be installed."""

import json
import pathlib
import re
import subprocess
import unittest

try:
    import tomllib
except ImportError:  # before Python 3.11
    tomllib = None

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TOKEN = re.compile(r"\(|\)|\bOR\b|\bAND\b|[\w.+-]+(?: WITH [\w.+-]+)?")
WORDS = {"(": "(", ")": ")", "OR": "or", "AND": "and"}


def packages(manifest):
    command = ["cargo", "metadata", "--format-version", "1", "--all-features", "--manifest-path", str(manifest)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["packages"]


def permits(expression, allowed):
    """Whether an SPDX expression can be met: `MIT OR Apache-2.0`, `(MIT OR ISC) AND Zlib`."""
    tokens = TOKEN.findall(expression.replace("/", " OR "))
    # Names become True or False, so nothing of the expression is left that could be run.
    return eval(" ".join(WORDS.get(token) or str(token in allowed) for token in tokens))


@unittest.skipUnless(tomllib, "needs Python 3.11's tomllib")
class Licences(unittest.TestCase):
    def test_every_package_may_be_built_from(self):
        rules = tomllib.loads((ROOT / "deny.toml").read_text(encoding="utf-8"))["licenses"]
        exceptions = {one["crate"]: one["allow"] for one in rules["exceptions"]}
        for manifest in (ROOT / "Cargo.toml", ROOT / "python" / "Cargo.toml"):
            foreign = [package for package in packages(manifest) if package["source"]]
            self.assertGreater(len(foreign), 100)
            for package in foreign:
                with self.subTest(package["id"]):
                    allowed = {*rules["allow"], *exceptions.get(package["name"], [])}
                    self.assertTrue(permits(package["license"] or "none", allowed), package["license"])
                    self.assertTrue(package["source"].startswith("registry+"), package["source"])

    def test_expressions(self):
        allowed = {"MIT", "Apache-2.0 WITH LLVM-exception"}
        for good in ("MIT", "GPL-3.0 OR MIT", "Apache-2.0/MIT", "(MIT OR ISC) AND Apache-2.0 WITH LLVM-exception"):
            self.assertTrue(permits(good, allowed), good)
        for bad in ("GPL-3.0", "MIT AND ISC", "Apache-2.0", "(ISC OR Zlib) AND MIT", "none"):
            self.assertFalse(permits(bad, allowed), bad)


if __name__ == "__main__":
    unittest.main()
