//! `atencion verify` on what stands in a notebook: inputs, tables and stored outputs, of many kinds of notebook.

use crate::notebooks::{Builder, INPUTS, TABLE, museum, of_case};
use serde_json::Value;

use atencion_cli::notebook::inputs::Given;
use atencion_cli::notebook::ipynb::Notebook;
use atencion_cli::notebook::report::{Note, Origin, Report, Warning};
use atencion_cli::notebook::{check, json};

fn report(notebook: &Builder) -> Report {
    given(notebook, &Given::default())
}

fn given(notebook: &Builder, given: &Given) -> Report {
    check(&Notebook::parse(&notebook.bytes()).unwrap(), given).unwrap().report
}

/// What the values were taken for, with `!` where they differ.
fn taken(report: &Report) -> Vec<String> {
    let values = json::report(report);
    let name = |finding: &Value| {
        let mark = if finding["agrees"] == true { "" } else { "!" };
        format!("{mark}{}", finding["taken_for"].as_str().unwrap())
    };
    values["findings"].as_array().unwrap().iter().map(name).collect()
}

fn mistakes(report: &Report) -> Vec<&'static str> {
    report
        .findings
        .iter()
        .filter_map(|finding| match &finding.note {
            Note::Mistake(diagnosis) => Some(diagnosis.mistakes.clone()),
            _ => None,
        })
        .flatten()
        .collect()
}

#[test]
fn unsolved_passes_on_its_inputs_and_its_table() {
    let report = report(&Builder::unsolved());
    assert_eq!(taken(&report), ["q", "k", "v", "output"]);
    assert!(report.agrees() && !report.computed());
    assert!(report.findings[..3].iter().all(|finding| finding.note == Note::Course(true)));
}

#[test]
fn solved_in_many_ways_agrees() {
    let museum = museum();
    for name in ["right", "right-causal", "right-norm", "fused", "float64", "numpy"] {
        let report = report(&of_case(&museum["cases"][name]));
        assert!(report.agrees() && report.computed(), "{name}: {:?}", taken(&report));
        assert_eq!(taken(&report).len(), 5, "{name}: {:?}", taken(&report));
    }
}

#[test]
fn our_own_notebook_agrees_in_every_value() {
    let path = support::repository("notebooks/practica3.ipynb");
    let notebook = Notebook::read(&path).unwrap();
    let report = check(&notebook, &Given::default()).unwrap().report;
    assert!(report.agrees() && report.computed() && report.warnings.is_empty());
    let parts = taken(&report);
    for part in ["scores", "scaled", "weights", "output", "weights_causal", "output_causal"] {
        assert!(parts.iter().any(|taken| taken == part), "{part} in {parts:?}");
    }
    assert_eq!(parts.iter().filter(|part| *part == "layer_norm X").count(), 2);
}

#[test]
fn each_mistake_is_named_with_the_line_to_change() {
    let museum = museum();
    let known = atencion_cli::notebook::diagnose::museum();
    assert!(known.len() >= 20);
    for mistake in known {
        let case = &museum["cases"][mistake.name];
        let report = report(&of_case(case));
        assert!(!report.agrees(), "{}", mistake.name);
        let named = mistakes(&report);
        assert!(named.contains(&mistake.name), "{} was taken for {named:?}", mistake.name);
        // Whatever else fits is known to make the same numbers.
        let others = named.iter().filter(|name| **name != mistake.name);
        let unnoticed: Vec<_> =
            others.filter(|name| !mistake.same_numbers_as.contains(name)).collect();
        assert!(unnoticed.is_empty(), "{} also fits {unnoticed:?}", mistake.name);
        let line = report.findings.iter().find_map(|finding| match &finding.note {
            Note::Mistake(diagnosis) => diagnosis.line.clone(),
            _ => None,
        });
        assert!(line.is_some(), "{}: no line", mistake.name);
    }
}

#[test]
fn the_line_to_change_is_the_one_that_is_wrong() {
    let museum = museum();
    let wrong = [
        ("scaled-by-d", "scaled = scores / d_k"),
        ("softmax-wrong-dim", "weights = torch.softmax(scaled, dim=0)"),
        ("mask-multiplied", "masked = scaled * mask"),
        ("mask-upside-down", "mask = torch.triu(torch.ones_like(scaled))"),
        ("mask-after-softmax", "weights = torch.softmax(scaled, dim=-1) * mask"),
        ("no-scaling", "scaled = scores"),
        ("no-softmax", "weights = scaled"),
        ("norm-no-eps", "y = (output - mean) / torch.sqrt(var)"),
        ("bfloat16", "Q, K, V = Q.bfloat16(), K.bfloat16(), V.bfloat16()"),
        ("weights-times-k", "output = weights @ K"),
        ("view-for-transpose", "scores = Q @ K.view(3, 4)"),
        ("norm-unbiased", "var = output.var(-1, keepdim=True)"),
    ];
    for (name, line) in wrong {
        let report = report(&of_case(&museum["cases"][name]));
        let named = report.findings.iter().find_map(|finding| match &finding.note {
            Note::Mistake(diagnosis) => diagnosis.line.clone(),
            _ => None,
        });
        let (place, text) = named.unwrap();
        assert_eq!(text, line, "{name}");
        assert_eq!(place.cell, 3, "{name}");
    }
}

#[test]
fn right_results_match_no_mistake() {
    let museum = museum();
    for name in ["right", "right-causal", "right-norm", "fused", "float64"] {
        assert_eq!(mistakes(&report(&of_case(&museum["cases"][name]))), [""; 0]);
    }
}

#[test]
fn a_slip_in_the_inputs_is_found() {
    let inputs =
        INPUTS.replace("K = torch.tensor([[0.1, 0.1, 0.1]", "K = torch.tensor([[0.7, 0.1, 0.1]");
    let report = report(&Builder::new().code(&inputs, &[]).markdown(TABLE));
    assert_eq!(taken(&report), ["q", "k", "v", "!output"]);
    let role = atencion_cli::notebook::inputs::Role::K;
    assert_eq!(report.findings[3].note, Note::OtherInputs(role));
}

#[test]
fn names_in_any_case_and_names_given() {
    let museum = museum();
    let shown = museum["cases"]["right"]["shown"].as_str().unwrap();
    for names in [["query", "key", "value"], ["q", "k", "v"], ["Consulta", "Clave", "Valor"]] {
        let inputs = renamed(names);
        let report = report(&Builder::new().code(&inputs, &[]).code("resultado", &[shown]));
        assert_eq!(taken(&report), ["q", "k", "v", "output"], "{names:?}");
    }
    let inputs = renamed(["preguntas", "etiquetas", "contenidos"]);
    let notebook = Builder::new().code(&inputs, &[]).code("x", &[shown]);
    assert!(matches!(report(&notebook).warnings[..], [Warning::NoInputs(_)]));
    let names = Given {
        q: Some("preguntas".into()),
        k: Some("etiquetas".into()),
        v: Some("contenidos".into()),
    };
    assert_eq!(taken(&given(&notebook, &names)), ["q", "k", "v", "output"]);
}

fn renamed(names: [&str; 3]) -> String {
    let inputs = INPUTS.replace("\nQ = ", &format!("\n{} = ", names[0]));
    let inputs = inputs.replace("\nK = ", &format!("\n{} = ", names[1]));
    inputs.replace("\nV = ", &format!("\n{} = ", names[2])).replace("\nd_k = K.shape[-1]", "")
}

#[test]
fn numpy_in_place_of_torch() {
    let inputs =
        INPUTS.replace("import torch", "import numpy as np").replace("torch.tensor", "np.array");
    let museum = museum();
    let text = museum["cases"]["numpy64"]["shown"].as_str().unwrap();
    let report = report(&Builder::new().code(&inputs, &[]).code("Z", &[text]));
    assert_eq!(taken(&report), ["q", "k", "v", "output"]);
    assert_eq!(report.findings[3].digits, Some(8));
}

#[test]
fn tables_with_decimal_commas_pipes_and_frames() {
    let commas = TABLE.replace("0.", "0,");
    let pipes = "| | 1 | 2 | 3 |\n|---|---|---|---|\n| **1** | 0,25 | 0,5 | 0,5 |\n| **2** | 0,19 | 0,54 | 0,59 |\n\
        | **3** | 0,24 | 0,51 | 0,52 |\n| **4** | 0,23 | 0,51 | 0,53 |";
    let notebook = Builder::new().code(INPUTS, &[]).markdown(&commas).markdown(pipes);
    assert_eq!(taken(&report(&notebook)), ["q", "k", "v", "output", "output"]);
    let wrong = TABLE.replace("0.5857", "0.5858");
    let report = report(&Builder::new().code(INPUTS, &[]).markdown(&wrong));
    assert_eq!(taken(&report), ["q", "k", "v", "!output"]);
    assert_eq!(report.findings[3].comparison.entries[0].index, [1, 2]);
}

#[test]
fn html_in_an_output() {
    let html = TABLE.split_once("<table>").map(|(_, table)| format!("<table>{table}")).unwrap();
    let output = serde_json::json!({ "output_type": "display_data", "metadata": {},
        "data": { "text/html": html, "image/png": "!!", "text/plain": "<Table>" } });
    let report = report(&Builder::new().code(INPUTS, &[]).raw_code("show()", vec![output]));
    assert_eq!(taken(&report), ["q", "k", "v", "output"]);
    assert!(report.computed() && report.findings[3].origin == Origin::Output);
}

#[test]
fn stripped_outputs_leave_inputs_and_table() {
    let museum = museum();
    let code = museum["cases"]["right"]["code"].as_str().unwrap();
    let report = report(&Builder::unsolved().code(code, &[]));
    assert!(report.agrees() && !report.computed());
}

#[test]
fn several_attempts_in_one_notebook() {
    let museum = museum();
    let text = |name: &str, what: &str| museum["cases"][name][what].as_str().unwrap().to_owned();
    let mut notebook = Builder::unsolved();
    for name in ["no-scaling", "softmax-wrong-dim", "right"] {
        notebook = notebook.code(&text(name, "code"), &[&text(name, "shown")]);
    }
    let report = report(&notebook);
    assert_eq!(taken(&report), ["q", "k", "v", "output", "!output", "!output", "output"]);
    assert_eq!(mistakes(&report), ["no-scaling", "softmax-wrong-dim"]);
}

#[test]
fn inputs_assigned_twice_count_as_they_were_used() {
    let museum = museum();
    let shown = museum["cases"]["right"]["shown"].as_str().unwrap();
    let other = INPUTS.replace("0.1, 0.1, 0.1", "9.0, 9.0, 9.0");
    // Overwritten before use, and again after it.
    let source = format!("{other}\n{INPUTS}\noutput = attention(Q, K, V)\nK = K * 2\noutput");
    let report = report(&Builder::new().code(&source, &[shown]));
    assert_eq!(taken(&report), ["q", "k", "v", "output"]);
}

#[test]
fn two_sets_of_inputs() {
    let museum = museum();
    let shown = museum["cases"]["right"]["shown"].as_str().unwrap();
    let inputs = renamed(["Q1", "K1", "V1"]);
    let more =
        "Q2 = torch.tensor([[1., 2.]])\nK2 = torch.tensor([[3., 4.], [5., 6.]])\nV2 = torch.eye(2)";
    let source = format!("{inputs}\n{more}");
    let notebook = Builder::new()
        .code(&source, &[])
        .code("a", &[shown])
        .code("weights2", &["tensor([[0.0142, 0.9858]])"]);
    let report = report(&notebook);
    assert_eq!(taken(&report)[6..], ["output", "weights"].map(String::from));
}

#[test]
fn every_step_printed_together() {
    let museum = museum();
    let weights = museum["cases"]["right"]["weights"].as_str().unwrap();
    let shown = museum["cases"]["right"]["shown"].as_str().unwrap();
    let text = format!("Entradas: {{}} [1]\nPesos:\n{weights}\nSalida:\n{shown}\n");
    let report = report(&Builder::unsolved().printing("print(weights)\nprint(output)", &text));
    assert_eq!(taken(&report)[4..], ["weights", "output"].map(String::from));
    assert_eq!(report.findings[4].place.line, 3);
}

#[test]
fn half_precision_inputs_are_no_mistake() {
    let museum = museum();
    let shown = museum["cases"]["float16"]["shown"].as_str().unwrap();
    let half = INPUTS.replace("]])\n", "]], dtype=torch.float16)\n");
    let report = report(&Builder::new().code(&half, &[]).code("out", &[shown]));
    assert_eq!(taken(&report), ["q", "k", "v", "output"]);
}

#[test]
fn summaries_are_said_to_be_summaries() {
    let text = "tensor([[0., 1., ..., 3.],\n        ...,\n        [0., 1., ..., 2.]])";
    let report = report(&Builder::unsolved().code("big", &[text]));
    assert!(matches!(report.warnings[..], [Warning::Summarised(_)]));
}

#[test]
fn a_broken_cell_and_magics_leave_the_rest() {
    let museum = museum();
    let shown = museum["cases"]["right"]["shown"].as_str().unwrap();
    let magics = format!("%matplotlib inline\n!pip install torch\n{INPUTS}\ntorch.softmax?");
    let notebook = Builder::new().code(&magics, &[]).code("def (:", &[]).code("out", &[shown]);
    let report = report(&notebook);
    assert_eq!(taken(&report), ["q", "k", "v", "output"]);
    assert!(matches!(report.warnings[..], [Warning::Unreadable(2, _)]));
}

#[test]
fn shapes_that_do_not_fit_are_said() {
    let source =
        "Q = torch.tensor([[1., 2.]])\nK = torch.tensor([[1., 2., 3.]])\nV = torch.tensor([[1.]])";
    let report = report(&Builder::new().code(source, &[]).code("x", &["tensor([[1.]])"]));
    assert!(matches!(&report.warnings[..], [Warning::Misfit(shapes)] if shapes.contains("[1, 3]")));
    assert!(!report.agrees());
}

#[test]
fn values_on_the_way_are_no_differences() {
    let museum = museum();
    let text = museum["cases"]["exponential"]["shown"].as_str().unwrap();
    let report = report(&Builder::unsolved().code("torch.exp(scaled)", &[text]));
    assert_eq!(taken(&report)[4], "intermediate exp(scaled)");
}
