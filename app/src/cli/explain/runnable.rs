//! The lines of the steps, completed so that they run as they are printed, one after another: what they import, and
//! what they take from elsewhere.

use atencion::Step;

/// A line of Python and the line of Rust that does the same.
pub(super) type Lines = (String, String);

/// What Python has to import, where a line names it so.
const MODULES: [&str; 6] = ["json", "math", "numpy", "safetensors.torch", "sys", "torch"];

/// Puts `d_k` and the mask before the lines that use them, and all imports before the first line.
pub(super) fn complete(steps: &mut [&mut Step], mask: Option<Lines>) {
    let width = ("d_k = query.size(-1)", "let d_k = query.size()[query.dim() - 1] as f64;");
    before(steps, "scaled", "d_k", width);
    if let Some((python, rust)) = &mask {
        before(steps, "masked", "attn_mask", (python, rust));
    }
    let all = |line: fn(&Step) -> &str| {
        steps.iter().map(|step| line(step)).collect::<Vec<_>>().join("\n")
    };
    let (python, rust) = (all(|step| &step.python), all(|step| &step.rust));
    let imports = MODULES.iter().filter(|module| uses(&python, module));
    let imports: String = imports.map(|module| format!("import {module}\n")).collect();
    let mut names = String::new();
    if rust.contains("Kind::") {
        names += "use atencion::tch::Kind;\n";
    }
    if rust.contains("tensor!") {
        names += "use atencion::tensor;\n";
    }
    if let Some(first) = steps.first_mut() {
        first.python = imports + &first.python;
        first.rust = names + &first.rust;
    }
}

/// Whether a name of that module is used; `safetensors.torch.load_file` is none of torch's.
fn uses(python: &str, module: &str) -> bool {
    python.match_indices(&format!("{module}.")).any(|(at, _)| {
        let before = python[..at].chars().next_back();
        !before.is_some_and(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '.'))
    })
}

fn before(steps: &mut [&mut Step], name: &str, word: &str, (python, rust): (&str, &str)) {
    let step = steps.iter_mut().find(|step| step.name == name && step.python.contains(word));
    if let Some(step) = step {
        step.python = format!("{python}\n{}", step.python);
        step.rust = format!("{rust}\n{}", step.rust);
    }
}
