//! The lines of the steps, completed so that they run as they are printed, one after another: what they import, and
//! what they take from elsewhere.

use tch::{Kind, Tensor};

use atencion::Step;

/// More numbers than these are not written out in a line.
const MOST_NUMBERS: usize = 128;

/// A line of Python and the line of Rust that does the same.
pub(crate) type Lines = (String, String);

/// What Python has to import, where a line names it so.
const MODULES: [&str; 7] =
    ["json", "math", "numpy", "safetensors.torch", "sys", "torch", "transformers"];

/// Puts `d_k` and the mask before the lines that use them, and all imports before the first line.
pub(crate) fn complete(steps: &mut [&mut Step], mask: Option<Lines>) {
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
    let used: Vec<&str> = [("Device::", "Device"), ("Kind::", "Kind"), ("Tensor::", "Tensor")]
        .into_iter()
        .filter_map(|(word, name)| rust.contains(word).then_some(name))
        .collect();
    match used[..] {
        [] => {}
        [one] => names += &format!("use atencion::tch::{one};\n"),
        _ => names += &format!("use atencion::tch::{{{}}};\n", used.join(", ")),
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

/// The lines that make that tensor: its numbers, or, where they are many or of an unusual kind, others in their place.
pub(crate) fn literal(name: &str, tensor: &Tensor) -> Lines {
    let rows = written(tensor);
    if rows.is_empty() {
        return stand_in(name, tensor);
    }
    let rust = rows.join(",\n    ");
    let python = rust.replace("true", "True").replace("false", "False");
    (format!("{name} = torch.tensor([{python}])"), format!("let {name} = tensor![{rust}];"))
}

/// Its rows, if they are few, of a kind that both languages write alike, and finite.
fn written(tensor: &Tensor) -> Vec<String> {
    let size = tensor.size();
    if size.len() != 2 || tensor.numel() > MOST_NUMBERS {
        return vec![];
    }
    let row = |at: i64| {
        let row = tensor.get(at);
        let items: Vec<String> = match tensor.kind() {
            Kind::Bool => Vec::<bool>::try_from(row).ok()?.iter().map(bool::to_string).collect(),
            Kind::Float => {
                let numbers = Vec::<f32>::try_from(row).ok()?;
                let finite = numbers.iter().all(|number| number.is_finite());
                finite.then(|| numbers.iter().map(|number| format!("{number:?}")).collect())?
            }
            _ => return None,
        };
        Some(format!("[{}]", items.join(", ")))
    };
    (0..size[0]).map(row).collect::<Option<_>>().unwrap_or_default()
}

fn stand_in(name: &str, tensor: &Tensor) -> Lines {
    let shape = tensor.size().iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
    let (dtype, kind) = (atencion::tensor::dtype_name(tensor), tensor.kind());
    let make = if kind == Kind::Bool { "ones" } else { "rand" };
    (
        format!("{name} = torch.{make}({shape}, dtype=torch.{dtype})  # ..."),
        format!("let {name} = Tensor::{make}([{shape}], (Kind::{kind:?}, Device::Cpu)); // ..."),
    )
}
