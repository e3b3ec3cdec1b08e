//! The arguments of calls: of rows of the table, and of the notebook's own functions.

use super::super::lines::ast::{Argument, Expr, ExprKind, Given};
use super::super::lines::observe::Shape;
use super::super::lines::ops::{Op, Type};
use super::code::{Code, Form, Said};
use super::coerce::passed;
use super::template::filled;
use super::twin::{Porter, Ready};

impl Porter<'_> {
    /// A row of the table.
    pub(super) fn table(
        &mut self,
        op: &'static Op,
        function: &Expr,
        arguments: &[Argument],
        shape: Shape,
    ) -> Said<Code> {
        let mut places: Vec<Code> = Vec::new();
        let is_method = self.is_method(function);
        if let (true, ExprKind::Attribute(object, _)) = (is_method, &function.kind) {
            places.push(self.expr(object)?);
        }
        let mut keys: Vec<(String, Code)> = Vec::new();
        let mut wants_grad = false;
        for argument in arguments {
            match &argument.how {
                Given::Place => places.push(self.expr(&argument.value)?),
                Given::Star => {
                    let code = self.expr(&argument.value)?;
                    if code.shape != Shape::Size || arguments.len() != 1 || is_method {
                        return Err("* in a call".to_owned());
                    }
                    places.push(code);
                }
                Given::Key(name) if matches!(&**name, "device" | "requires_grad") => {
                    let on = matches!(argument.value.kind, ExprKind::Bool(true));
                    wants_grad |= &**name == "requires_grad" && on;
                }
                Given::Key(name) => keys.push((name.to_string(), self.expr(&argument.value)?)),
                _ => return Err("* in a call".to_owned()),
            }
        }
        let mut places = places.into_iter();
        let mut given: Vec<Option<Code>> = Vec::new();
        for param in op.params {
            let rest = places.as_slice();
            let gather = match (param.takes, rest) {
                (Type::Sizes, [first, ..]) => first.shape == Shape::Int,
                (Type::Tensors, [first, ..]) => first.shape == Shape::Tensor,
                _ => false,
            };
            if gather {
                let items: Vec<String> = places.by_ref().map(|code| code.owned()).collect();
                let shape = Shape::List(None);
                given.push(Some(Code::value(format!("[{}]", items.join(", ")), shape)));
                continue;
            }
            let code = places.next().or_else(|| {
                let at = keys.iter().position(|(key, _)| {
                    key == param.name
                        || (key == "axis" && param.name == "dim")
                        || (key == "keepdims" && param.name == "keepdim")
                })?;
                Some(keys.remove(at).1)
            });
            given.push(code.map(|code| as_sizes(code, param.takes)));
        }
        if !keys.is_empty() || places.next().is_some() {
            return Err(format!("{} with these arguments", op.name));
        }
        let mut text = filled(op, &given)?;
        if wants_grad {
            text.push_str(".set_requires_grad(true)");
        }
        if let (Shape::Tuple(_), true) = (&shape, is_vec(op)) {
            return Ok(Code { text, shape, form: Form::Vec });
        }
        Ok(Code::value(text, shape))
    }

    /// The arguments of a function of the notebook, its defaults filled in.
    pub(super) fn given_to(&mut self, ready: &Ready, arguments: &[Argument]) -> Said<String> {
        if arguments.iter().any(|argument| matches!(argument.how, Given::Star | Given::StarStar)) {
            return Err("* in a call".to_owned());
        }
        let mut places = arguments.iter().filter(|argument| argument.how == Given::Place);
        let mut out = Vec::new();
        for (name, shape, default) in &ready.parameters {
            let given = places.next().or_else(|| {
                arguments
                    .iter()
                    .find(|argument| matches!(&argument.how, Given::Key(key) if **key == **name))
            });
            let code = match given {
                Some(argument) => match (&argument.value.kind, shape) {
                    (ExprKind::List(_) | ExprKind::Dict(_), Shape::List(_) | Shape::Record(..)) => {
                        Code::value(self.expr_as(&argument.value, shape)?, shape.clone())
                    }
                    _ => self.expr(&argument.value)?,
                },
                None => default.clone().ok_or_else(|| format!("{name} is not given"))?,
            };
            out.push(self.argument(ready, name, shape, &code)?);
        }
        for (name, shape) in &ready.captured {
            let code = self.name(name)?;
            out.push(self.argument(ready, name, shape, &code)?);
        }
        Ok(out.join(", "))
    }

    pub(super) fn argument(
        &mut self,
        ready: &Ready,
        name: &str,
        shape: &Shape,
        code: &Code,
    ) -> Said<String> {
        let is_changed = ready.changed.contains(name)
            && matches!(shape, Shape::Object(_) | Shape::Modules(_))
            && !super::code::is_copy(shape);
        if !is_changed {
            return passed(code, shape);
        }
        let problem = || format!("{name} is changed by its function");
        if code.shape != *shape {
            return Err(problem());
        }
        if code.form == Form::Mutable {
            return Ok(code.text.clone());
        }
        let last = self.scopes.len() - 1;
        let scope = &self.scopes[last];
        let is_own = scope
            .variables
            .iter()
            .any(|(name, known)| known.rust == code.text && scope.changed.contains(name));
        if code.form == Form::Place && (is_own || super::statements::is_stateful(shape)) {
            return Ok(format!("&mut {}", code.text));
        }
        Err(problem())
    }
}

/// `[2, 3]` rather than `vec![2, 3]` or `(2, 3)`, where sizes are asked for.
fn as_sizes(code: Code, takes: Type) -> Code {
    let is_list =
        matches!(takes, Type::Ints | Type::OptInts | Type::Sizes | Type::Pair | Type::Tensors);
    if !is_list {
        return code;
    }
    if let Some(inside) = code.text.strip_prefix("vec![") {
        return Code { text: format!("[{inside}"), ..code };
    }
    if let (Shape::Tuple(_), Some(inside)) = (&code.shape, code.text.strip_prefix('('))
        && code.form != Form::Vec
    {
        return Code { text: format!("[{}]", inside.strip_suffix(')').unwrap_or(inside)), ..code };
    }
    code
}

/// What gives a `Vec` where Python has a tuple.
fn is_vec(op: &Op) -> bool {
    matches!(
        op.name,
        "split"
            | "chunk"
            | "unbind"
            | "tensor_split"
            | "hsplit"
            | "vsplit"
            | "dsplit"
            | "meshgrid"
            | "broadcast_tensors"
            | "split_with_sizes"
            | "unsafe_chunk"
    ) || (op.name == "where" && op.params.len() == 1)
}
