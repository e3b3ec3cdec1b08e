"""scripts/setup --for: a crate of the user's own. That such a crate builds and runs is .ci/stages/35-outside."""

import pathlib

from test_setup import SetupTest


class Outside(SetupTest):
    def setUp(self):
        super().setUp()
        self.crate = self.folder / "a crate"
        self.crate.mkdir()
        (self.crate / "Cargo.toml").write_text("[package]\n")
        self.own = {"LIBTORCH": str(self.libtorch("own"))}

    def text(self, name):
        return (self.crate / name).read_text(encoding="utf-8")

    def test_is_told_where_libtorch_is(self):
        self.works("--for", str(self.crate), **self.own)
        link = pathlib.Path(self.root).resolve() / "target" / "libtorch"
        self.assertIn(f'LIBTORCH = {{ value = "{link}", force = true }}', self.text(".cargo/config.toml"))
        self.assertIn("DEP_ATENCION_LINK_ARG", self.text("build.rs"))
        self.assertFalse((self.crate / "Cargo.lock").exists())

    def test_a_second_call_writes_nothing(self):
        self.works("--for", str(self.crate), **self.own)
        said = self.works("--for", str(self.crate), "--quiet", **self.own)
        self.assertEqual(said, "")

    def test_an_older_libtorch_gets_its_release_of_tch(self):
        older = {"LIBTORCH": str(self.libtorch("older", "2.11.0"))}
        (self.crate / "Cargo.lock").write_text('name = "tch"\nversion = "0.26.0"\n')
        self.works("--for", str(self.crate), **older)
        self.assertIn("0.24.0", self.text("Cargo.lock"))

    def test_files_of_ones_own_stay(self):
        for name, line in [("build.rs", "println!"), (".cargo/config.toml", "LIBTORCH =")]:
            path = self.crate / name
            path.parent.mkdir(exist_ok=True)
            path.write_text("// mine\n")
            code, said = self.setup("--for", str(self.crate), **self.own)
            self.assertEqual(code, 1, said)
            self.assertIn(f"{name} is there already", said)
            self.assertIn(line, said)
            self.assertEqual(path.read_text(), "// mine\n")
            path.unlink()

    def test_a_build_script_that_has_the_line_and_more(self):
        mine = 'fn main() { own(); println!("{}", std::env::var("DEP_ATENCION_LINK_ARG").unwrap()); }\n'
        (self.crate / "build.rs").write_text(mine)
        self.works("--for", str(self.crate), **self.own)
        self.assertEqual(self.text("build.rs"), mine)

    def test_a_folder_that_is_no_crate(self):
        code, said = self.setup("--for", str(self.folder / "nothing"), **self.own)
        self.assertEqual(code, 1, said)
        self.assertIn("has no Cargo.toml", said)
        self.assertIn("mend: ", said)
