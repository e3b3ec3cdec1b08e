//! A class: grades, pages of feedback, JUnit, rubrics, a teacher's own solution, and files that mean no good.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::command::{atencion, refused};
use crate::notebooks::{Builder, museum, of_case};

struct Class {
    folder: tempfile::TempDir,
}

impl Class {
    /// Each student's notebook in a folder of their own, as a case of the museum or unsolved.
    fn of(students: &[(&str, &str)]) -> Self {
        let class = Self { folder: tempfile::tempdir().unwrap() };
        for (student, case) in students {
            class.hand_in(student, case);
        }
        class
    }

    fn hand_in(&self, student: &str, case: &str) {
        let museum = museum();
        let notebook = match case {
            "unsolved" => Builder::unsolved(),
            case => of_case(&museum["cases"][case]),
        };
        notebook.write(&self.folder_of(student), "practica3.ipynb");
    }

    fn folder_of(&self, student: &str) -> PathBuf {
        let folder = self.folder.path().join("class").join(student);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn verify(&self, more: &[&str]) -> (i32, String) {
        let class = self.path("class");
        let output = atencion(&[&["verify", class.as_str()], more].concat()).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    }

    fn rows(&self, more: &[&str]) -> Vec<Vec<String>> {
        let csv = self.path("grades.csv");
        self.verify(&[&["--csv", csv.as_str()], more].concat());
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(csv).unwrap();
        let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect());
        rows.collect()
    }
}

fn column<'a>(rows: &'a [Vec<String>], name: &str) -> Vec<&'a str> {
    let at = rows[0].iter().position(|head| head == name).unwrap();
    rows[1..].iter().map(|row| row[at].as_str()).collect()
}

#[test]
fn a_row_a_student_and_a_summary_by_mistake() {
    let class = Class::of(&[
        ("ana", "right"),
        ("blas", "no-scaling"),
        ("carla", "scaled-by-d"),
        ("dora", "scaled-by-d"),
        ("eva", "unsolved"),
    ]);
    let (code, text) = class.verify(&["--csv", &class.path("grades.csv")]);
    assert_eq!(code, 1);
    let (often, once) =
        ("2 of 5: The scores are divided by d_k", "1 of 5: The scores are not divided");
    assert!(text.find(often).unwrap() < text.find(once).unwrap(), "{text}");
    assert!(text.contains("The same code was handed in by carla, dora."), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let rows = class.rows(&[]);
    assert_eq!(column(&rows, "student"), ["ana", "blas", "carla", "dora", "eva"]);
    assert_eq!(column(&rows, "status"), ["agrees", "differs", "differs", "differs", "pending"]);
    assert_eq!(column(&rows, "mistake"), ["", "no-scaling", "scaled-by-d", "scaled-by-d", ""]);
    assert_eq!(column(&rows, "points"), ["10", "0", "0", "0", "0"]);
    assert_eq!(column(&rows, "cell"), ["", "3", "3", "3", ""]);
    assert_eq!(column(&rows, "same_as"), ["", "", "dora", "carla", ""]);
}

#[test]
fn a_rubric_gives_partial_credit() {
    let class = Class::of(&[("ana", "right"), ("blas", "no-scaling"), ("carla", "scaled-by-d")]);
    let rubric = class.path("rubric.toml");
    let text = "[[exercise]]\nname = \"self_attention\"\npoints = 6\npartial = { no-scaling = 2.5 }\n\
        [[exercise]]\nname = \"causal\"\npoints = 4\n";
    fs::write(&rubric, text).unwrap();
    let rows = class.rows(&["--rubric", &rubric]);
    assert_eq!(column(&rows, "self_attention"), ["6", "2.5", "0"]);
    assert_eq!(column(&rows, "causal"), ["0", "0", "0"]);
    assert_eq!(column(&rows, "of"), ["10", "10", "10"]);
    fs::write(&rubric, text.replace("causal", "casual")).unwrap();
    let (what, how) = refused(&["verify", &class.path("class"), "--rubric", &rubric]);
    assert!(what.contains("no exercise casual") && how.contains("causal"), "{what} {how}");
    let (what, how) =
        refused(&["verify", &class.path("class"), "--rubric", &rubric, "--lang", "es"]);
    assert!(
        what.contains("no existe el ejercicio casual") && how.contains("causal"),
        "{what} {how}"
    );
}

#[test]
fn pages_are_in_the_students_language_with_the_right_line() {
    let class = Class::of(&[("ana", "right"), ("blas", "no-scaling")]);
    class.verify(&["--html", &class.path("report")]);
    // Its text is Spanish, whatever the teacher speaks.
    let page = fs::read_to_string(class.path("report/blas.html")).unwrap();
    for part in [
        "<html lang=\"es\">",
        "Error: Las puntuaciones no se dividen entre √d_k.",
        "celda 3, línea 2",
        "<pre class=\"wrong\">scaled = scores</pre>",
        "<pre class=\"right\">",
        "0 de 10 puntos",
    ] {
        assert!(page.contains(part), "{part:?} in\n{page}");
    }
    let index = fs::read_to_string(class.path("report/index.html")).unwrap();
    assert!(index.contains("<a href=\"ana.html\">ana</a>") && index.contains("lang=\"en\""));
    assert!(fs::read_to_string(class.path("report/ana.html")).unwrap().contains("10 de 10 puntos"));
}

#[test]
fn junit_is_xml_with_a_case_a_student() {
    let class = Class::of(&[("ana", "right"), ("blas", "no-scaling"), ("eva", "unsolved")]);
    class.verify(&["--junit", &class.path("junit.xml")]);
    let text = fs::read_to_string(class.path("junit.xml")).unwrap();
    let document = roxmltree::Document::parse(&text).unwrap();
    let suite = document.descendants().find(|node| node.has_tag_name("testsuite")).unwrap();
    let number = |name| suite.attribute(name).unwrap();
    assert_eq!((number("tests"), number("failures"), number("errors")), ("3", "1", "0"));
    let failure = document.descendants().find(|node| node.has_tag_name("failure")).unwrap();
    assert_eq!(failure.attribute("message"), Some("The scores are not divided by √d_k."));
    assert_eq!(failure.parent().unwrap().attribute("name"), Some("blas"));
}

/// The teacher's own exercise, with the teacher's own names: by name, by numbers, or wrong.
#[test]
fn a_teachers_solution_grades_any_exercise() {
    let class = Class::of(&[]);
    let inputs = "import torch\nx = torch.tensor([1., 2., 3., 4.])";
    let code = |result: &str| Builder::new().code(inputs, &[]).code(result, &[]);
    code("c = x - x.mean()\nspread = (c ** 2).mean()\nz = c / spread.sqrt()")
        .write(class.folder.path(), "solution.ipynb");
    code("z = (x - x.mean()) / x.std(unbiased=False)").write(&class.folder_of("ana"), "p.ipynb");
    code("mine = (x - x.mean()) / x.std(unbiased=False)")
        .write(&class.folder_of("blas"), "p.ipynb");
    code("z = (x - x.mean()) / x.std()").write(&class.folder_of("carla"), "p.ipynb");
    code("").write(&class.folder_of("dora"), "p.ipynb");
    code("z = x[9]").write(&class.folder_of("eva"), "p.ipynb");
    code("z = x[:2]").write(&class.folder_of("fran"), "p.ipynb");
    let solution = class.path("solution.ipynb");
    let rows = class.rows(&["--against", &solution]);
    assert_eq!(rows[0][6..8], ["z", "points"]);
    assert_eq!(column(&rows, "points"), ["10", "10", "0", "0", "0", "0"]);
    assert_eq!(
        column(&rows, "status"),
        ["agrees", "agrees", "differs", "pending", "error", "differs"]
    );
    let rubric = class.path("rubric.toml");
    fs::write(&rubric, "[[exercise]]\nname = \"z\"\npoints = 3\ntolerance = 0.5\n").unwrap();
    let rows = class.rows(&["--against", &solution, "--rubric", &rubric]);
    assert_eq!(column(&rows, "points"), ["3", "3", "3", "0", "0", "0"]);
    let empty = class.path("empty.ipynb");
    Builder::new().code("x = 1", &[]).write(class.folder.path(), "empty.ipynb");
    let (what, _) = refused(&["verify", &class.path("class"), "--against", &empty]);
    assert!(what.contains("no variable of the solution"), "{what}");
}

#[test]
fn names_come_from_a_pattern_and_may_stand_twice() {
    let class = Class::of(&[]);
    let museum = museum();
    let folder = class.folder_of("group");
    for name in ["p3_ana.ipynb", "p3_Ana.ipynb", "ana.ipynb"] {
        of_case(&museum["cases"]["right"]).write(&folder, name);
    }
    let (_, text) = class.verify(&["--student", "p3_{student}.ipynb", "--html", &class.path("r")]);
    assert!(text.contains("2 notebooks are of ana"), "{text}");
    let mut pages: Vec<String> = fs::read_dir(class.path("r"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_str().unwrap().to_lowercase())
        .collect();
    pages.sort();
    assert_eq!(pages, ["ana-2.html", "ana-3.html", "ana.html", "index.html"]);
    let (what, _) = refused(&["verify", &class.path("class"), "--student", "p3"]);
    assert!(what.contains("{student}"), "{what}");
}

/// Formulas for spreadsheets, line breaks, escapes and marks that turn text around, in names and in code.
#[cfg(unix)]
#[test]
fn names_that_mean_no_good_are_escaped() {
    let class = Class::of(&[]);
    let museum = museum();
    let evil = [
        "=cmd|'x'!A0",
        "line\nbreak",
        "\u{1b}[31mred",
        "\u{202e}txt",
        "<script>",
        "..",
        "a&b\u{7}",
    ];
    for name in evil.iter().filter(|name| **name != "..") {
        of_case(&museum["cases"]["no-scaling"]).write(&class.folder_of(name), "p.ipynb");
    }
    let (html, junit) = (class.path("html"), class.path("junit.xml"));
    let (_, text) = class.verify(&["--html", &html, "--junit", &junit]);
    assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{text}");
    let rows = class.rows(&[]);
    assert!(rows.iter().flatten().all(|cell| !cell.starts_with(['=', '+', '-', '@'])), "{rows:?}");
    assert!(rows.iter().flatten().all(|cell| !cell.contains(['\n', '\u{1b}', '\u{202e}'])));
    roxmltree::Document::parse(&fs::read_to_string(junit).unwrap()).unwrap();
    for entry in fs::read_dir(&html).unwrap().map(|entry| entry.unwrap().path()) {
        let page = fs::read_to_string(&entry).unwrap();
        assert!(
            !page.contains(['\u{1b}', '\u{202e}', '\u{7}']) && !page.contains("<script>"),
            "{page}"
        );
    }
    // Nothing was written beside the folder.
    assert!(Path::new(&html).join("index.html").exists());
}

#[cfg(unix)]
#[test]
fn links_in_circles_and_places_that_cannot_be_written() {
    let class = Class::of(&[("ana", "right")]);
    let folder = class.folder_of("loop");
    std::os::unix::fs::symlink(class.folder.path().join("class"), folder.join("up")).unwrap();
    std::os::unix::fs::symlink("me.ipynb", folder.join("me.ipynb")).unwrap();
    let rows = class.rows(&[]);
    assert_eq!(column(&rows, "student"), ["ana", "loop"]);
    assert_eq!(column(&rows, "status"), ["agrees", "unreadable"]);
    let at = class.path("class");
    let (what, how) = refused(&["verify", &at, "--csv", &class.path("no/such/grades.csv")]);
    assert!(
        what.contains("grades.csv") && how.contains("a folder that you may write to"),
        "{what} {how}"
    );
    let (what, _) = refused(&["verify", &at, "--csv", &at]);
    assert!(what.contains("it is a folder"), "{what}");
    let (what, _) = refused(&["verify", &at, "--html", &class.path("class/ana/practica3.ipynb")]);
    assert!(what.contains("practica3.ipynb"), "{what}");
}

/// `skip` and `raises-exception`, as nbclient and nbval take them.
#[test]
fn tags_of_cells_are_heeded() {
    let class = Class::of(&[]);
    let with_tag = |tag: &str| {
        let mut notebook = of_case(&museum()["cases"]["right"]).json();
        let traceback =
            json!({ "output_type": "error", "ename": "E", "evalue": "v", "traceback": [] });
        let wrong = museum()["cases"]["no-scaling"]["shown"].clone();
        let shown = json!({ "output_type": "execute_result", "execution_count": 1, "metadata": {},
                            "data": { "text/plain": wrong } });
        let outputs =
            if tag == "raises-exception" { json!([traceback]) } else { json!([shown, traceback]) };
        notebook["cells"]
            .as_array_mut()
            .unwrap()
            .push(json!({ "cell_type": "code", "execution_count": 1,
            "metadata": { "tags": [tag] }, "source": "1 / 0", "outputs": outputs }));
        notebook
    };
    let write = |student: &str, notebook: Value| {
        fs::write(class.folder_of(student).join("p.ipynb"), notebook.to_string()).unwrap();
    };
    write("ana", with_tag("skip"));
    write("blas", with_tag("raises-exception"));
    write("carla", with_tag("other"));
    let mut odd = with_tag("skip");
    odd["cells"][0]["metadata"] = json!("none");
    odd["cells"][1]["metadata"] = json!({ "tags": 7 });
    write("dora", odd);
    assert_eq!(column(&class.rows(&[]), "status"), ["agrees", "agrees", "differs", "agrees"]);
}
