//! NumPy in Rust: its arrays are tensors of float64, its functions those of torch. The numbers agree to the last bits,
//! not always to the very last one: NumPy sums and exponentiates in another order than libtorch.

use tch::Kind;

use super::super::lines::ast::{Argument, Expr, ExprKind, Given};
use super::super::lines::observe::Shape;
use super::calls::spoken;
use super::code::{Code, Form, Said};
use super::twin::Porter;

/// What a call was given.
struct Taken {
    places: Vec<Code>,
    keys: Vec<(String, Code)>,
}

impl Taken {
    fn get(&self, at: usize, name: &str) -> Option<&Code> {
        let key = || self.keys.iter().find(|(key, _)| key == name).map(|(_, code)| code);
        self.places.get(at).or_else(key)
    }

    fn first(&self) -> Said<&Code> {
        self.places.first().ok_or_else(|| "an argument is missing".to_owned())
    }

    fn axis(&self) -> Option<String> {
        self.get(1, "axis").filter(|code| code.shape == Shape::Int).map(|code| code.text.clone())
    }

    fn keeps(&self) -> String {
        self.get(usize::MAX, "keepdims").map_or("false".to_owned(), |code| code.text.clone())
    }
}

impl Porter<'_> {
    /// `np.name(..)` and `np.random.name(..)`; none where it is something else.
    pub(super) fn numpy_call(
        &mut self,
        expr: &Expr,
        function: &Expr,
        arguments: &[Argument],
    ) -> Said<Option<Code>> {
        let path = spoken(function);
        let Some(name) = path.strip_prefix("np.").or_else(|| path.strip_prefix("numpy.")) else {
            return Ok(None);
        };
        if let Some(name) = name.strip_prefix("random.") {
            if self.numpy_seeded {
                return self.numpy_written(expr).map(Some);
            }
            return self.numpy_drawn(name, arguments).map(Some);
        }
        if matches!(name, "array" | "asarray") {
            return self.numpy_literal(expr, arguments).map(Some);
        }
        let mut taken = self.taken(arguments, None)?;
        if matches!(name, "matmul" | "dot") {
            for (place, argument) in taken.places.iter_mut().zip(arguments) {
                *place = self.of_kind(expr, &argument.value, place);
            }
        }
        self.numpy(expr, name, &taken).map(Some)
    }

    /// `array.name(..)`
    pub(super) fn numpy_method(
        &mut self,
        expr: &Expr,
        object: &Expr,
        name: &str,
        arguments: &[Argument],
    ) -> Said<Code> {
        let of = self.expr(object)?;
        let taken = self.taken(arguments, Some(of))?;
        self.numpy(expr, name, &taken)
    }

    fn taken(&mut self, arguments: &[Argument], first: Option<Code>) -> Said<Taken> {
        let mut taken = Taken { places: first.into_iter().collect(), keys: Vec::new() };
        for argument in arguments {
            // What was run says of which kind the result is.
            if matches!(&argument.how, Given::Key(key) if &**key == "dtype") {
                continue;
            }
            let code = self.expr(&argument.value)?;
            match &argument.how {
                Given::Place => taken.places.push(code),
                Given::Key(name) => taken.keys.push((name.to_string(), code)),
                _ => return Err("* in a call".to_owned()),
            }
        }
        Ok(taken)
    }

    fn numpy(&mut self, expr: &Expr, name: &str, taken: &Taken) -> Said<Code> {
        let shape = self.shape(expr)?;
        let kind = self.observed.kind(expr).unwrap_or(Kind::Double);
        let options = format!("(Kind::{kind:?}, Device::Cpu)");
        let a = taken.first()?;
        let of = a.receiver();
        let second = || taken.places.get(1).ok_or_else(|| "an argument is missing".to_owned());
        let text = match name {
            "zeros" | "ones" => format!("Tensor::{name}({}, {options})", sizes(a)?),
            "empty" => format!("Tensor::zeros({}, {options})", sizes(a)?),
            "eye" | "identity" => format!("Tensor::eye({}, {options})", a.text),
            "arange" => match taken.places.as_slice() {
                [stop] => format!("Tensor::arange({}, {options})", stop.text),
                [start, stop] => {
                    format!("Tensor::arange_start({}, {}, {options})", start.text, stop.text)
                }
                all @ [_, _, _] => {
                    let is_float = all.iter().any(|code| code.shape == Shape::Float);
                    let numbers: Said<Vec<String>> = all
                        .iter()
                        .map(|code| if is_float { code.float() } else { number(code) })
                        .collect();
                    format!("Tensor::arange_start_step({}, {options})", numbers?.join(", "))
                }
                _ => return Err("np.arange of this".to_owned()),
            },
            "full" => format!("Tensor::full({}, {}, {options})", sizes(a)?, number(second()?)?),
            "linspace" => {
                let count = taken.get(2, "num").map_or("50", |code| &code.text);
                format!(
                    "Tensor::linspace({}, {}, {count}, {options})",
                    number(a)?,
                    number(second()?)?
                )
            }
            "power" if a.shape != Shape::Tensor && second()?.shape != Shape::Tensor => {
                let base = a.float()?;
                let base = match base.parse::<f64>() {
                    Ok(_) => format!("{base}_f64"),
                    Err(_) => format!("({base})"),
                };
                return Ok(Code::value(
                    format!("{base}.powf({})", second()?.float()?),
                    Shape::Float,
                ));
            }
            "zeros_like" | "ones_like" => format!("{of}.{name}()"),
            "empty_like" => format!("{of}.zeros_like()"),
            "exp" | "log" | "sqrt" | "sin" | "cos" | "tanh" if a.shape == Shape::Tensor => {
                format!("{of}.to_kind(Kind::{kind:?}).{name}()")
            }
            "abs" if a.shape == Shape::Tensor => format!("{of}.abs()"),
            "matmul" | "dot" => format!("{of}.matmul({})", second()?.borrowed()),
            "sum" | "mean" | "max" | "min" | "var" | "std" | "prod" | "argmax" => {
                return reduced(name, taken, shape);
            }
            "transpose" => match taken.places.get(1) {
                None => format!("{of}.numpy_t()"),
                Some(axes) => format!("{of}.permute({})", sizes(axes)?),
            },
            "swapaxes" => {
                let b = taken.places.get(2).ok_or("an argument is missing")?;
                format!("{of}.transpose({}, {})", second()?.text, b.text)
            }
            "reshape" => match &taken.places[1..] {
                [one] => format!("{of}.reshape({})", sizes(one)?),
                many => {
                    let sizes: Vec<&str> = many.iter().map(|code| code.text.as_str()).collect();
                    format!("{of}.reshape([{}])", sizes.join(", "))
                }
            },
            "squeeze" => match taken.axis() {
                Some(axis) => format!("{of}.squeeze_dim({axis})"),
                None => format!("{of}.squeeze()"),
            },
            "expand_dims" => {
                format!("{of}.unsqueeze({})", taken.axis().ok_or("expand_dims without an axis")?)
            }
            "concatenate" | "stack" | "vstack" | "hstack" => {
                let items = a.text.strip_prefix("vec!").unwrap_or(&a.text);
                let items = match (&a.shape, items.strip_prefix('(')) {
                    (Shape::Tuple(_), Some(inside)) => {
                        format!("[{}]", inside.strip_suffix(')').unwrap_or(inside))
                    }
                    _ => items.to_owned(),
                };
                let axis = taken.axis().unwrap_or_else(|| "0".to_owned());
                match name {
                    "concatenate" => format!("Tensor::cat(&{items}, {axis})"),
                    "stack" => format!("Tensor::stack(&{items}, {axis})"),
                    _ => format!("Tensor::{name}(&{items})"),
                }
            }
            "split" => {
                let axis = taken.get(2, "axis").map_or("0".to_owned(), |code| code.text.clone());
                return Ok(Code::value(format!("{of}.chunk({}, {axis})", second()?.text), shape));
            }
            "triu" | "tril" => {
                let k = taken.get(1, "k").map_or("0".to_owned(), |code| code.text.clone());
                format!("{of}.{name}({k})")
            }
            "copy" => format!("{of}.copy()"),
            "flatten" | "ravel" => format!("{of}.flatten(0, -1)"),
            "astype" => format!("{of}.to_kind(Kind::{kind:?})"),
            "allclose" => {
                let text = format!("{of}.allclose({}, 1e-5, 1e-8, false)", second()?.borrowed());
                return Ok(Code::value(text, Shape::Bool));
            }
            _ => return Err(format!("np.{name}")),
        };
        Ok(match shape {
            // NumPy's scalars are numbers.
            Shape::Float => Code::value(format!("{text}.double_value(&[])"), Shape::Float),
            Shape::Int => Code::value(format!("{text}.int64_value(&[])"), Shape::Int),
            shape => Code::value(text, shape),
        })
    }

    /// What NumPy's seeded generator gave, written out: its draws are not libtorch's.
    fn numpy_written(&mut self, expr: &Expr) -> Said<Code> {
        let drawn = self.observed.drawn(expr).ok_or("NumPy's own generator")?;
        let is_whole = drawn.kind() == Kind::Int64;
        let flat = drawn.flatten(0, -1);
        let numbers: Vec<String> = match is_whole {
            true => Vec::<i64>::try_from(&flat)
                .map(|numbers| numbers.iter().map(|number| format!("{number}_i64")).collect()),
            false => Vec::<f64>::try_from(&flat).map(|numbers| {
                numbers.iter().map(|number| super::expressions::float(*number)).collect()
            }),
        }
        .map_err(|_| "NumPy's own generator")?;
        let shape = self.shape(expr)?;
        if let (Shape::Float | Shape::Int, [number]) = (&shape, numbers.as_slice()) {
            return Ok(Code::value(number.trim_end_matches("_i64"), shape));
        }
        if shape != Shape::Tensor {
            return Err("NumPy's own generator".to_owned());
        }
        let text = format!("Tensor::from_slice(&[{}])", numbers.join(", "));
        let text = match drawn.dim() {
            1 => text,
            _ => format!("{text}.reshape({:?})", drawn.size()),
        };
        Ok(Code::value(text, Shape::Tensor))
    }

    /// Numbers that are drawn without a seed are others each time, in Python as here.
    fn numpy_drawn(&mut self, name: &str, arguments: &[Argument]) -> Said<Code> {
        let taken = self.taken(arguments, None)?;
        let sizes = match (name, taken.places.as_slice()) {
            ("rand" | "randn", many) if many.iter().all(|code| code.shape == Shape::Int) => {
                let sizes: Vec<&str> = many.iter().map(|code| code.text.as_str()).collect();
                format!("[{}]", sizes.join(", "))
            }
            ("random" | "standard_normal", [size]) => sizes(size)?,
            ("normal" | "random" | "standard_normal", []) => {
                let size = taken.get(usize::MAX, "size");
                sizes(size.ok_or("a number drawn alone")?)?
            }
            ("randint", [low, high]) => {
                let size = sizes(taken.get(usize::MAX, "size").ok_or("a number drawn alone")?)?;
                let options = "(Kind::Int64, Device::Cpu)";
                let text =
                    format!("Tensor::randint_low({}, {}, {size}, {options})", low.text, high.text);
                return Ok(Code::value(text, Shape::Tensor));
            }
            _ => return Err(format!("np.random.{name} with these arguments")),
        };
        let function = if matches!(name, "rand" | "random") { "rand" } else { "randn" };
        let text = format!("Tensor::{function}({sizes}, (Kind::Double, Device::Cpu))");
        Ok(Code::value(text, Shape::Tensor))
    }

    /// `np.array([[1., 2.], [3., 4.]])`: tensor! would round to float32 first.
    fn numpy_literal(&mut self, expr: &Expr, arguments: &[Argument]) -> Said<Code> {
        let [data, ..] = arguments else { return Err("np.array".to_owned()) };
        if let Ok(Shape::Tensor) = self.shape(&data.value) {
            let code = self.expr(&data.value)?;
            return Ok(Code::value(format!("{}.copy()", code.receiver()), Shape::Tensor));
        }
        let kind = self.observed.kind(expr).ok_or("np.array of this")?;
        let ExprKind::List(rows) = &data.value.kind else {
            return Err("np.array of this".to_owned());
        };
        let text = match self.observed.dims(expr) {
            Some(1) => format!("Tensor::from_slice(&[{}])", self.numbers(rows, kind)?),
            Some(2) => {
                let mut texts = Vec::new();
                for row in rows {
                    let ExprKind::List(row) = &row.kind else {
                        return Err("np.array of this".to_owned());
                    };
                    texts.push(format!("[{}]", self.numbers(row, kind)?));
                }
                format!("Tensor::from_slice2(&[{}])", texts.join(", "))
            }
            _ => return Err("np.array of more than two dimensions".to_owned()),
        };
        Ok(Code::value(text, Shape::Tensor))
    }

    fn numbers(&mut self, items: &[Expr], kind: Kind) -> Said<String> {
        let mut texts = Vec::new();
        for item in items {
            let code = self.expr(item)?;
            texts.push(match (kind, &code.shape) {
                (Kind::Double, _) => code.float()?,
                (Kind::Int64, Shape::Int) => format!("{}_i64", code.text),
                _ => return Err("np.array of this dtype".to_owned()),
            });
        }
        Ok(texts.join(", "))
    }
}

/// A number as an argument.
fn number(code: &Code) -> Said<String> {
    match code.shape {
        Shape::Int | Shape::Float => Ok(code.text.clone()),
        _ => Err("a number of this kind".to_owned()),
    }
}

/// A size or sizes as Rust takes them.
fn sizes(code: &Code) -> Said<String> {
    match &code.shape {
        Shape::Int => Ok(format!("[{}]", code.text)),
        Shape::Tuple(_) | Shape::List(_) if code.form != Form::Place => {
            let text = code.text.strip_prefix("vec!").unwrap_or(&code.text);
            let inside = text.trim_start_matches(['(', '[']).trim_end_matches([')', ']', ',']);
            Ok(format!("[{inside}]"))
        }
        Shape::Size => Ok(code.borrowed()),
        Shape::List(Some(inner)) if **inner == Shape::Int => Ok(code.borrowed()),
        _ => Err("sizes of this form".to_owned()),
    }
}

fn reduced(name: &str, taken: &Taken, shape: Shape) -> Said<Code> {
    let of = taken.first()?.receiver();
    let (axis, keep) = (taken.axis(), taken.keeps());
    let text = match (name, axis) {
        ("sum", Some(axis)) => format!("{of}.sum_dim_intlist({axis}, {keep}, None::<Kind>)"),
        ("sum", None) => format!("{of}.sum(None::<Kind>)"),
        ("mean", Some(axis)) => format!("{of}.mean_dim({axis}, {keep}, None::<Kind>)"),
        ("mean", None) => format!("{of}.mean(None::<Kind>)"),
        ("max" | "min", Some(axis)) => format!("{of}.a{name}({axis}, {keep})"),
        ("max" | "min", None) => format!("{of}.{name}()"),
        ("var" | "std", axis) => {
            let axis = axis.unwrap_or_else(|| "None::<i64>".to_owned());
            let root = if name == "std" { ".sqrt()" } else { "" };
            format!("{of}.var_correction({axis}, 0, {keep}){root}")
        }
        ("argmax", Some(axis)) => format!("{of}.argmax({axis}, {keep})"),
        _ => return Err(format!("np.{name} with these arguments")),
    };
    Ok(match shape {
        Shape::Float => Code::value(format!("{text}.double_value(&[])"), Shape::Float),
        Shape::Int => Code::value(format!("{text}.int64_value(&[])"), Shape::Int),
        shape => Code::value(text, shape),
    })
}
