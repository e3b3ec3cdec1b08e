//! What is not known is named and does not stop the rest; what would not end, or escape, is refused.

use std::time::Duration;

use atencion_cli::i18n::Lang;
use atencion_cli::notebook::lines::{Limits, Plain, Run, Why, run};

fn ran(text: &str) -> Run {
    run(
        &[text],
        Limits {
            steps: 300_000,
            time: Duration::from_secs(20),
            bytes: 64 << 20,
            ..Limits::default()
        },
    )
}

fn messages(run: &Run, lang: Lang) -> Vec<String> {
    run.problems.iter().map(|problem| problem.message(lang)).collect()
}

#[test]
fn what_is_not_known_is_named_and_the_rest_goes_on() {
    let run = ran(
        "import torch\nx = torch.ones(2)\ny = torch.fft.fft(x)\nz = x + 1\nw = y * 2\nprint(z)",
    );
    assert_eq!(messages(&run, Lang::En), ["cell 1:3:5: torch.fft is not known here"]);
    assert_eq!(messages(&run, Lang::Es), ["celda 1:3:5: torch.fft no se conoce aquí"]);
    assert!(matches!(run.variables["z"], Plain::Tensor { .. }));
    assert!(
        matches!(run.variables["y"], Plain::Unknown)
            && matches!(run.variables["w"], Plain::Unknown)
    );
    assert_eq!(run.cells[0].stdout, "tensor([2., 2.])\n");
}

#[test]
fn what_depends_on_the_unknown_is_unknown_through_branches_loops_and_functions() {
    let run = ran(
        "import foo\na = 1\nif foo.flag:\n    a = 2\nb = 3\nxs = []\nfor i in foo.items():\n    xs.append(i)\n    c = i\ndef f(q):\n    if foo.check(q):\n        return 1\n    return 2\nd = f(3)\ne = b + 1",
    );
    for name in ["a", "xs", "c", "d"] {
        assert!(matches!(run.variables[name], Plain::Unknown), "{name}: {:?}", run.variables[name]);
    }
    assert!(matches!(run.variables["e"], Plain::Int(4)));
    assert!(matches!(run.problems[0].why, Why::Module(_)));
}

#[test]
fn what_would_leave_the_notebook_is_never_run() {
    for text in [
        "exec('x = 1')",
        "y = eval('1')",
        "open('/etc/passwd')",
        "import os\nos.system('ls')",
        "__import__('os')",
        "().__class__.__bases__[0].__subclasses__()",
        "(lambda: 0).__globals__",
        "import subprocess\nsubprocess.run(['ls'])",
        "import sys\nsys.exit()",
        "from os import system\nsystem('ls')",
    ] {
        let run = ran(text);
        let refused = run.problems.iter().any(|problem| matches!(problem.why, Why::Refused(_)));
        assert!(refused, "{text}: {:?}", run.problems);
    }
}

#[test]
fn nothing_runs_without_end_or_takes_all_memory() {
    for text in [
        "while True:\n    pass",
        "def f():\n    return f()\nf()",
        "x = 10 ** 10 ** 10",
        "import torch\nx = torch.zeros(10 ** 6, 10 ** 6)",
        "import torch\nx = torch.ones(10 ** 6)[:, None] * torch.ones(10 ** 6)",
        "import torch\nxs = []\nwhile True:\n    xs.append(torch.ones(10 ** 6))",
        "x = [0] * 10 ** 12",
        "x = 'a' * 10 ** 12",
        "x = [1]\nwhile True:\n    x = x + x",
        "x = list(range(10 ** 15))",
        "while True:\n    print('x' * 1000)",
        "x = []\nx.append(x)\nprint(x)",
        "import torch\nx = torch.rand(4000, 4000)\nwhile True:\n    x = x @ x",
        "class A:\n    def __getattr__(self, n):\n        return self.b\nA().c",
        "def g():\n    while True:\n        yield 1\nnext(g())",
        "import torch.nn as nn\nm = nn.ModuleList()\nm.append(m)\nm.eval()\nprint(m)",
        "import torch.nn as nn\nm = nn.Linear(10 ** 6, 10 ** 6)",
    ] {
        let run = ran(text);
        assert!(!run.problems.is_empty(), "{text}");
    }
    let nested = format!("x = {}1{}", "(".repeat(5000), ")".repeat(5000));
    assert!(!ran(&nested).problems.is_empty());
    let chain = format!("x = 1{}", " + 1".repeat(50_000));
    assert!(!ran(&chain).problems.is_empty());
}

#[test]
fn a_failing_cell_is_an_exception_and_the_next_is_run() {
    let cells = ["import torch\nx = torch.ones(2, 3)\ny = x @ x\nz = 1", "a = 1 / 0", "b = 2"];
    let run = run(&cells, Limits::default());
    let classes: Vec<&Why> = run.problems.iter().map(|problem| &problem.why).collect();
    assert!(
        matches!(&classes[..], [Why::Raised { class, .. }, Why::Raised { class: second, message }]
            if class == "RuntimeError" && second == "ZeroDivisionError" && message == "division by zero"),
        "{classes:?}"
    );
    assert_eq!((run.problems[0].at.cell, run.problems[0].at.line), (0, 3));
    assert!(!run.cells[0].whole && run.cells[2].whole);
    assert!(!run.variables.contains_key("z") && run.variables.contains_key("b"));
}

#[test]
fn the_trace_tells_where_each_tensor_came_from() {
    let run = ran(
        "import torch\nq = torch.rand(3, 2)\nk = torch.ones(3, 2)\ns = q @ k.T\nw = torch.softmax(s / 2 ** 0.5, dim=-1)\nw[0] = 0",
    );
    let Plain::Tensor { node, .. } = run.variables["s"] else { panic!("s") };
    let s = run.trace.get(node).unwrap();
    assert_eq!((s.op.as_str(), s.shape.as_slice()), ("@", [3, 3].as_slice()));
    let parents = run.trace.parents(node);
    assert_eq!(run.trace.get(parents[0]).unwrap().op, "torch.rand");
    assert_eq!(run.trace.get(parents[1]).unwrap().op, "Tensor.T");
    assert!(!run.trace.is_reproducible(node), "rand without a seed");
    let Plain::Tensor { node, .. } = run.variables["w"] else { panic!("w") };
    assert_eq!(run.trace.get(node).unwrap().op, "[]=");
    assert!(run.trace.names.iter().any(|named| named.name == "w"));
}
