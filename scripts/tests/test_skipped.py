"""scripts/skipped.py on what libtest writes."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from skipped import shown  # noqa: E402


def seen(text):
    return "".join(shown(text.splitlines(keepends=True)))


class Skipped(unittest.TestCase):
    def test_is_not_ok(self):
        text = seen(
            "test bits::live ... skipped: no Python with torch\ntest bits::committed ... ok\ntest bits::live ... ok\n\n"
            "test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s\n"
        )
        self.assertEqual(
            text,
            "test bits::live ... skipped: no Python with torch\ntest bits::committed ... ok\n\n"
            "test result: ok. 1 passed; 1 skipped; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s\n"
            "skipped: 1\n",
        )

    def test_counts_a_test_once_and_each_program_for_itself(self):
        program = (
            "test a ... skipped: one thing\ntest a ... skipped: and another\ntest a ... ok\n"
            "test result: ok. 1 passed; 0 failed;\n"
        )
        text = seen(program * 2)
        self.assertEqual(text.count("test a"), 2)
        self.assertEqual(text.count("0 passed; 1 skipped; 0 failed"), 2)
        self.assertTrue(text.endswith("skipped: 2\n"), text)

    def test_with_one_thread_the_name_stands_before_it(self):
        text = seen("test a ... test a ... skipped: why\nok\ntest result: ok. 1 passed; 0 failed;\n")
        self.assertIn("test a ... skipped: why\n", text)
        self.assertNotIn("test a ... test a", text)

    def test_a_failure_stays_one(self):
        text = seen("test a ... skipped: why\ntest a ... FAILED\ntest result: FAILED. 0 passed; 1 failed;\n")
        self.assertIn("test a ... FAILED", text)
        self.assertTrue(text.endswith("0 passed; 1 failed;\nskipped: 0\n"), text)

    def test_nothing_skipped_is_said(self):
        self.assertEqual(seen("test a ... ok\n"), "test a ... ok\nskipped: 0\n")


if __name__ == "__main__":
    unittest.main()
