//! What loops and comprehensions go through, and the pattern that takes each item.

use super::super::lines::ast::{Argument, Expr, ExprKind, Given};
use super::super::lines::observe::Shape;
use super::code::{Code, Form, Said, is_copy};
use super::coerce::cloned;
use super::twin::{Porter, Variable};

/// What is gone through: a Rust iterator, and what each item is.
pub(super) struct Over {
    pub text: String,
    pub item: Item,
}

/// An item of a loop, as Rust's pattern takes it apart.
#[derive(Debug, Clone)]
pub(super) enum Item {
    /// One value.
    One(Shape, Form),
    /// Several at once: of `zip`, `enumerate` and `items`.
    Several(Vec<Item>),
    /// Three of `zip`: `((a, b), c)`.
    Nested(Vec<Item>),
}

impl Porter<'_> {
    /// Declares a loop's variables one block deeper; the pattern and what is gone through.
    pub(super) fn each(&mut self, target: &Expr, iterable: &Expr) -> Said<(String, String)> {
        let over = self.over(iterable)?;
        let pattern = self.pattern(target, &over.item)?;
        Ok((pattern, over.text))
    }

    fn pattern(&mut self, target: &Expr, item: &Item) -> Said<String> {
        match (&target.kind, item) {
            (ExprKind::Name(name), Item::One(shape, form)) => {
                let rust = self.names.of(name);
                let depth = self.scope().depth + 1;
                let variable =
                    Variable { rust: rust.clone(), shape: shape.clone(), form: *form, depth };
                self.dropped.remove(&**name);
                let mutable = self.scope().changed.contains(&**name) && *form != Form::Reference;
                self.scope().variables.insert(name.to_string(), variable);
                Ok(if mutable && !is_copy(shape) { format!("mut {rust}") } else { rust })
            }
            (ExprKind::Tuple(targets) | ExprKind::List(targets), Item::Several(items))
                if targets.len() == items.len() =>
            {
                let pairs = targets.iter().zip(items);
                let patterns: Said<Vec<String>> =
                    pairs.map(|(target, item)| self.pattern(target, item)).collect();
                Ok(format!("({})", patterns?.join(", ")))
            }
            (ExprKind::Tuple(targets), Item::Nested(items)) if targets.len() == items.len() => {
                let mut pattern = String::new();
                for (at, (target, item)) in targets.iter().zip(items).enumerate() {
                    let one = self.pattern(target, item)?;
                    pattern = if at == 0 { one } else { format!("({pattern}, {one})") };
                }
                Ok(pattern)
            }
            (
                ExprKind::Tuple(targets) | ExprKind::List(targets),
                Item::One(Shape::Tuple(shapes), Form::Value(_) | Form::Place),
            ) if targets.len() == shapes.len() => {
                let items = shapes.iter().map(|shape| Item::One(shape.clone(), Form::Place));
                self.pattern(target, &Item::Several(items.collect()))
            }
            _ => Err("a loop over several names".to_owned()),
        }
    }

    /// What a loop goes through.
    pub(super) fn over(&mut self, iterable: &Expr) -> Said<Over> {
        if let ExprKind::Call(function, arguments) = &iterable.kind {
            if let ExprKind::Name(name) = &function.kind
                && !self.scope().variables.contains_key(&**name)
                && !self.functions.contains_key(&**name)
                && let Some(over) = self.over_builtin(name, arguments)?
            {
                return Ok(over);
            }
            if let ExprKind::Attribute(object, name) = &function.kind
                && arguments.is_empty()
                && &**name == "items"
                && self.any_order
                && let Ok(Shape::Map(key, value)) = self.shape(object)
                && super::code::is_clone(&value)
            {
                let of = self.expr(object)?;
                let items = [*key, *value].map(|shape| Item::One(shape, Form::Place));
                return Ok(Over {
                    text: format!(
                        "{}.iter().map(|(key, value)| (key.clone(), value.clone()))",
                        of.receiver()
                    ),
                    item: Item::Several(items.into()),
                });
            }
            if let ExprKind::Attribute(object, name) = &function.kind
                && arguments.is_empty()
                && let Ok(Shape::Object(_) | Shape::Modules(_)) = self.shape(object)
                && matches!(&**name, "named_parameters" | "parameters" | "children")
            {
                return self.over_parameters(object, name);
            }
        }
        let code = self.expr(iterable)?;
        let one = |text: String, shape: &Shape, form| {
            Ok(Over { text, item: Item::One(shape.clone(), form) })
        };
        match &code.shape {
            Shape::Tensor if !self.observed.is_array(iterable) || self.is_deep(iterable) => {
                one(format!("{}.unbind(0)", code.receiver()), &Shape::Tensor, Form::Place)
            }
            Shape::Size => one(code.owned(), &Shape::Int, Form::Place),
            Shape::Str => {
                let text = format!("{}.chars().map(String::from)", code.receiver());
                one(text, &Shape::Str, Form::Place)
            }
            Shape::List(Some(inner)) => match (&**inner, code.form) {
                (inner, Form::Value(_) | Form::Vec) if !matches!(inner, Shape::Str) => {
                    one(code.text.clone(), inner, Form::Place)
                }
                (Shape::Str, Form::Value(_)) => one(code.text.clone(), &Shape::Str, Form::Place),
                (Shape::Str, _) => {
                    let text = format!("{}.iter().map(String::as_str)", code.receiver());
                    one(text, &Shape::Str, Form::Reference)
                }
                (inner, _) if is_copy(inner) => {
                    one(format!("{}.iter().copied()", code.receiver()), inner, Form::Place)
                }
                (inner @ Shape::Tuple(_), _) => {
                    let copy = cloned("item", inner);
                    let text = format!("{}.iter().map(|item| {copy})", code.receiver());
                    one(text, inner, Form::Place)
                }
                (inner, _) => one(code.borrowed(), inner, Form::Reference),
            },
            Shape::Map(key, _) if self.any_order => {
                one(format!("{}.keys().cloned()", code.receiver()), key, Form::Place)
            }
            Shape::Modules(inner) => {
                one(format!("{}.iter()", code.receiver()), inner, Form::Reference)
            }
            Shape::Tuple(shapes) => match shapes.split_first() {
                Some((first, rest)) if rest.iter().all(|shape| shape == first) => {
                    let items: Vec<String> = (0..shapes.len())
                        .map(|at| super::code::copied(&format!("{}.{at}", code.text), first))
                        .collect();
                    let text = match code.text.strip_prefix('(') {
                        Some(inside) if code.form != Form::Vec => {
                            format!("[{}]", inside.strip_suffix(')').unwrap_or(inside))
                        }
                        _ if code.form == Form::Vec => code.text.clone(),
                        _ => format!("[{}]", items.join(", ")),
                    };
                    one(text, first, Form::Place)
                }
                _ => Err("a loop over a tuple of different things".to_owned()),
            },
            other => Err(format!("a loop over this: {}", super::code::spoken(other))),
        }
    }

    /// Whether a NumPy array has rows: a loop over a vector goes through numbers.
    fn is_deep(&self, expr: &Expr) -> bool {
        self.observed.dims(expr).is_some_and(|dims| dims > 1)
    }

    fn over_builtin(&mut self, name: &str, arguments: &[Argument]) -> Said<Option<Over>> {
        if arguments.iter().any(|argument| matches!(argument.how, Given::Star | Given::StarStar)) {
            return Ok(None);
        }
        let places: Vec<&Expr> = arguments
            .iter()
            .filter(|argument| argument.how == Given::Place)
            .map(|argument| &argument.value)
            .collect();
        Ok(Some(match (name, places.as_slice()) {
            ("range", _) => self.over_range(&places)?,
            // A bar of progress shows what it goes through.
            ("tqdm" | "trange" | "list" | "tuple" | "iter", [one]) if name != "trange" => {
                self.over(one)?
            }
            ("trange", _) => self.over_range(&places)?,
            ("reversed", [one]) => {
                let over = self.over(one)?;
                Over { text: format!("{}.into_iter().rev()", grouped(&over.text)), ..over }
            }
            ("enumerate", [one, rest @ ..]) => {
                let start = rest.first().copied().or_else(|| {
                    arguments
                        .iter()
                        .find(|argument| argument.how != Given::Place)
                        .map(|argument| &argument.value)
                });
                let start = match start {
                    Some(start) => self.expr(start)?,
                    None => Code::value("0", Shape::Int),
                };
                if start.shape != Shape::Int {
                    return Err("enumerate".to_owned());
                }
                let start = match start.text.parse::<i64>() {
                    Ok(start) => format!("{start}_i64"),
                    Err(_) => start.operand(2),
                };
                let over = self.over(one)?;
                Over {
                    text: format!("({start}..).zip({})", over.text),
                    item: Item::Several(vec![Item::One(Shape::Int, Form::Place), over.item]),
                }
            }
            ("zip", [first, rest @ ..]) if !rest.is_empty() => {
                let first = self.over(first)?;
                let mut text = format!("{}.into_iter()", grouped(&first.text));
                let mut items = vec![first.item];
                for one in rest {
                    let over = self.over(one)?;
                    text.push_str(&format!(".zip({})", over.text));
                    items.push(over.item);
                }
                Over { text, item: Item::Nested(items) }
            }
            _ => return Ok(None),
        }))
    }

    fn over_range(&mut self, places: &[&Expr]) -> Said<Over> {
        let numbers: Said<Vec<Code>> = places.iter().map(|place| self.expr(place)).collect();
        let numbers = numbers?;
        if numbers.iter().any(|number| number.shape != Shape::Int) {
            return Err("range of this".to_owned());
        }
        let text = match numbers.as_slice() {
            [stop] => format!("0..{}", stop.operand(2)),
            [start, stop] => format!("{}..{}", start.operand(2), stop.operand(2)),
            [start, stop, step] => match step.text.strip_prefix('-') {
                Some("1") => {
                    format!("({} + 1..{} + 1).rev()", stop.operand(2), start.operand(2))
                }
                Some(_) => return Err("range with this step".to_owned()),
                None => {
                    let step = match step.text.parse::<usize>() {
                        Ok(step) => step.to_string(),
                        Err(_) => format!("{} as usize", step.operand(4)),
                    };
                    format!("({}..{}).step_by({step})", start.operand(2), stop.operand(2))
                }
            },
            _ => return Err("range".to_owned()),
        };
        Ok(Over { text, item: Item::One(Shape::Int, Form::Place) })
    }

    fn over_parameters(&mut self, object: &Expr, name: &str) -> Said<Over> {
        let of = self.expr(object)?;
        let tensor = Item::One(Shape::Tensor, Form::Place);
        Ok(match name {
            "parameters" => Over { text: format!("{}.parameters()", of.receiver()), item: tensor },
            "named_parameters" => Over {
                text: format!("{}.named_parameters()", of.receiver()),
                item: Item::Several(vec![Item::One(Shape::Str, Form::Place), tensor]),
            },
            _ => return Err("a loop over children".to_owned()),
        })
    }
}

/// In brackets, where a method follows.
pub(super) fn grouped(text: &str) -> String {
    let is_range = text.split('(').next().is_some_and(|head| head.contains(".."));
    if is_range || text.starts_with('&') { format!("({text})") } else { text.to_owned() }
}
