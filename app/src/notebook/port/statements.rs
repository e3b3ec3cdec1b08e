//! Statements in Rust.

use super::super::lines::ast::{Expr, ExprKind, Stmt, StmtKind};
use super::super::lines::observe::Shape;
use super::changed::{count, is_picture, is_shown, touched};
use super::code::{Code, Form, Said};
use super::coerce::coerced;
use super::twin::{Porter, Variable, indented};

impl Porter<'_> {
    /// Statements, each under its Python.
    pub fn block(&mut self, body: &[Stmt]) -> String {
        let mut out = String::new();
        for stmt in body {
            let after = (stmt.bytes.1, self.text.len());
            match self.tried(stmt, after) {
                Ok(text) => out.push_str(&text),
                Err(why) => out.push_str(&self.left(stmt, why)),
            }
        }
        out
    }

    /// A statement; one that fails leaves nothing behind.
    fn tried(&mut self, stmt: &Stmt, after: (usize, usize)) -> Said<String> {
        let said = self.said;
        let items = self.items.len();
        // A line that binds names loses them when it fails; only what has lines inside may leave more.
        let has_more = count(stmt) > 1;
        let before = has_more.then(|| (self.scope().variables.clone(), self.functions.clone()));
        let (depth, scopes) = (self.scope().depth, self.scopes.len());
        let declared = self.declared_before(stmt, after);
        let text = self.statement(stmt).and_then(|text| self.unless_copied(text));
        text.map(|text| declared + &text).inspect_err(|_| {
            self.said = said;
            self.items.truncate(items);
            self.scopes.truncate(scopes);
            self.scope().depth = depth;
            if let Some((variables, functions)) = before {
                self.scope().variables = variables;
                self.functions = functions;
            }
        })
    }

    /// A statement that is not ported, as a comment; what it would have changed is not known from here on.
    fn left(&mut self, stmt: &Stmt, why: String) -> String {
        let comment = self.comment(stmt.bytes.0, stmt.bytes.1);
        let mut names: Vec<String> = super::super::lines::bound_names(stmt);
        names.extend(touched(stmt));
        for name in names {
            self.scope().variables.remove(&name);
            self.functions.remove(&name);
            self.dropped.insert(name);
        }
        if is_picture(stmt) {
            self.passed += 1;
            return format!("{comment}// not ported: a picture\n");
        }
        self.unsaid += count(stmt);
        self.not_said.push(why.clone());
        let why = why.replace(['\n', '\r'], " ");
        format!("{comment}// not ported: {why}\n")
    }

    /// What is first bound inside of a block and used after it, declared before it: Python's blocks have no scopes.
    fn declared_before(&mut self, stmt: &Stmt, after: (usize, usize)) -> String {
        if !matches!(stmt.kind, StmtKind::If(..) | StmtKind::For(..) | StmtKind::While(..)) {
            return String::new();
        }
        let mut out = String::new();
        let mut names = super::super::lines::bound_names(stmt);
        names.sort();
        for name in names {
            let is_top = self.scopes.len() == 1 && self.scope().depth == 0;
            let later = self.text.get(after.0..after.1).unwrap_or_default();
            let used = is_word(later, &name) || (is_top && is_word(self.rest(), &name));
            if !used || self.scope().variables.contains_key(&name) {
                continue;
            }
            let cell = stmt.at.cell;
            let shape =
                self.observed.name(cell, &name).or_else(|| self.observed.names(&name).next());
            let Some(shape) = shape.map(|shape| self.named(shape)) else { continue };
            let empty = match &shape {
                Shape::Tensor => "Tensor::new()",
                Shape::Int => "0_i64",
                Shape::Float => "0.0",
                Shape::Bool => "false",
                Shape::Str => "String::new()",
                _ => continue,
            };
            let rust = self.names.of(&name);
            let depth = self.scope().depth;
            out.push_str(&format!("let mut {rust} = {empty};\n"));
            let variable = Variable { rust, shape, form: Form::Place, depth };
            self.scope().variables.insert(name, variable);
        }
        out
    }

    pub(super) fn statement(&mut self, stmt: &Stmt) -> Said<String> {
        let head = match &stmt.kind {
            StmtKind::If(_, _) | StmtKind::For(..) | StmtKind::While(..) | StmtKind::With(..) => {
                String::new()
            }
            StmtKind::Def(..) | StmtKind::Class(..) => String::new(),
            _ => self.comment(stmt.bytes.0, stmt.bytes.1),
        };
        let text = self.said_statement(stmt)?;
        if !head.is_empty() {
            self.said += 1;
        }
        Ok(head + &text)
    }

    pub(super) fn said_statement(&mut self, stmt: &Stmt) -> Said<String> {
        match &stmt.kind {
            StmtKind::Expr(expr) => self.expression_statement(expr),
            StmtKind::Assign(targets, value) => match targets.as_slice() {
                [target] => self.assign(target, value),
                many => {
                    let mut out = String::new();
                    for target in many {
                        out.push_str(&self.assign(target, value)?);
                    }
                    Ok(out)
                }
            },
            StmtKind::Annotated(target, _, Some(value)) => self.assign(target, value),
            StmtKind::Annotated(_, _, None)
            | StmtKind::Pass
            | StmtKind::Import(_)
            | StmtKind::From(..) => Ok(String::new()),
            StmtKind::Augment(target, operator, value) => self.augment(target, operator, value),
            StmtKind::If(branches, other) => self.if_statement(stmt, branches, other),
            StmtKind::For(target, iterable, body, other) if other.is_empty() => {
                self.for_statement(stmt, target, iterable, body)
            }
            StmtKind::While(test, body, other) if other.is_empty() => {
                let head = self.comment(stmt.bytes.0, test.bytes.1 + 1);
                let test = self.condition(test)?;
                let body = self.inner(body)?;
                Ok(format!("{head}while {test} {{\n{}}}\n", indented(&body)))
            }
            StmtKind::With(items, body) => {
                let [(context, None)] = items.as_slice() else { return Err("with".to_owned()) };
                let head = self.comment(stmt.bytes.0, context.bytes.1 + 1);
                if !is_no_grad(context) {
                    return Err("with".to_owned());
                }
                // Python's `with` has no scope of its own.
                let body = self.block_of(body)?;
                Ok(format!("{head}let no_grad = tch::no_grad_guard();\n{body}drop(no_grad);\n"))
            }
            StmtKind::Break => Ok("break;\n".to_owned()),
            StmtKind::Continue => Ok("continue;\n".to_owned()),
            StmtKind::Return(value) => self.return_statement(value.as_ref()),
            StmtKind::Def(function, decorators) if decorators.iter().all(is_no_grad) => {
                self.function(stmt, function, !decorators.is_empty())
            }
            StmtKind::Class(class, decorators) if decorators.is_empty() => self.class(stmt, class),
            StmtKind::Assert(test, _) => Ok(format!("assert!({});\n", self.condition(test)?)),
            StmtKind::Delete(_) => Ok(String::new()),
            StmtKind::Try(tried) if tried.body.iter().all(is_import) => Ok(String::new()),
            StmtKind::Raise(_) => {
                let text = self.text.get(stmt.bytes.0..stmt.bytes.1).unwrap_or_default();
                Ok(format!("return Err(atencion::Error::value({text:?}));\n"))
            }
            _ => Err("this form of Python".to_owned()),
        }
    }

    /// Statements that must all be said: half a loop would compute something else.
    pub fn block_of(&mut self, body: &[Stmt]) -> Said<String> {
        let mut out = String::new();
        let end = body.last().map_or(0, |stmt| stmt.bytes.1);
        let end = end.max(self.scope().end);
        for stmt in body {
            let outer = std::mem::replace(&mut self.scope().end, end);
            let text = self.tried(stmt, (stmt.bytes.1, end));
            self.scope().end = outer;
            match text {
                Ok(text) => out.push_str(&text),
                Err(why) if is_shown(stmt) || is_picture(stmt) => {
                    out.push_str(&self.left(stmt, why));
                }
                // A field that is not ported: whoever uses it is not, either.
                Err(why) if self.scope().in_init && is_field(stmt) => {
                    out.push_str(&self.left(stmt, why));
                }
                Err(why) => return Err(why),
            }
        }
        Ok(out)
    }

    /// The same, one block deeper.
    pub(super) fn inner(&mut self, body: &[Stmt]) -> Said<String> {
        self.scope().depth += 1;
        let result = self.block_of(body);
        let scope = self.scope();
        let depth = scope.depth;
        scope.variables.retain(|_, variable| variable.depth < depth);
        scope.depth -= 1;
        result
    }

    /// Declares a variable, or gives one from further out another value.
    pub fn bind(&mut self, python: &str, code: &Code) -> Said<String> {
        let shape = self.bound_shape(python, code)?;
        let changes = self.scope().changed.contains(python);
        let starts = shape == Shape::Tensor && code.shape != Shape::Tensor;
        match starts {
            true => self.scope().numbers.insert(python.to_owned()),
            false => self.scope().numbers.remove(python),
        };
        self.dropped.remove(python);
        self.functions.remove(python);
        let rust = self.names.of(python);
        self.not_a_field(&rust)?;
        let scope = self.scope();
        if let Some(outer) = scope.variables.get(python).cloned()
            && outer.depth < scope.depth
        {
            if outer.form == Form::Reference {
                return Err("a parameter that is given another value in a block".to_owned());
            }
            let value = coerced(code, &outer.shape)
                .map_err(|_| "a variable that changes its type".to_owned())?;
            return Ok(format!("{rust} = {value};\n"));
        }
        let mutable = if changes || is_stateful(&shape) { "mut " } else { "" };
        let depth = scope.depth;
        let is_named = matches!(code.form, Form::Place | Form::Reference | Form::Mutable);
        let (form, value, mutable) = match &shape {
            Shape::List(_) if is_named && changes => {
                return Err("a list under two names".to_owned());
            }
            Shape::Object(_) | Shape::Modules(_) | Shape::Record(..) | Shape::Map(..)
                if is_named && !super::code::is_copy(&shape) =>
            {
                (Form::Reference, code.borrowed(), "")
            }
            Shape::Str if code.form == Form::Reference && !changes => {
                (Form::Reference, code.text.clone(), "")
            }
            _ if code.form == Form::Vec => (Form::Vec, code.owned(), mutable),
            _ => (Form::Place, coerced(code, &shape)?, mutable),
        };
        // A number on its own may be of any type to Rust.
        let is_number = value.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit());
        let annotation = match &shape {
            Shape::Int if is_number => ": i64".to_owned(),
            Shape::List(Some(inner))
                if value.starts_with("vec![") || (!is_named && is_deep_int(inner)) =>
            {
                format!(": {}", super::code::type_of(&shape)?)
            }
            _ => String::new(),
        };
        let variable = Variable { rust: rust.clone(), shape, form, depth };
        self.scope().variables.insert(python.to_owned(), variable);
        Ok(format!("let {mutable}{rust}{annotation} = {value};\n"))
    }

    /// In a constructor the fields are variables until it ends.
    fn not_a_field(&mut self, rust: &str) -> Said<()> {
        let class = self.class.clone().filter(|_| self.scope().in_init);
        let fields = class.and_then(|class| self.fields.get(&class));
        match fields.is_some_and(|fields| fields.iter().any(|field| field.local == rust)) {
            true => Err("a variable under the name of a field".to_owned()),
            false => Ok(()),
        }
    }

    /// The kind of value that a variable holds: what is put into a list later counts, and what a number becomes.
    fn bound_shape(&mut self, python: &str, code: &Code) -> Said<Shape> {
        let known = self.observed.name(self.number, python).cloned();
        let known = known.map(|shape| self.named(&shape));
        let changes = self.scope().changed.contains(python);
        let shape = match (&code.shape, &known) {
            // `total = 0`, to which tensors are added.
            (Shape::Int | Shape::Float, Some(Shape::Tensor)) if changes => Shape::Tensor,
            (Shape::List(None), Some(Shape::List(Some(_)))) => known.unwrap_or(Shape::Other),
            (Shape::List(None), _) => {
                let later =
                    self.observed.names(python).find(|shape| matches!(shape, Shape::List(Some(_))));
                match later.cloned() {
                    Some(later) => self.named(&later),
                    None => return Err("a list that stays empty".to_owned()),
                }
            }
            (Shape::Int, Some(Shape::Float)) if changes => Shape::Float,
            (shape, _) => shape.clone(),
        };
        // What cannot be written down as a type is not kept.
        if code.form != Form::Vec {
            super::code::type_of(&shape)?;
        }
        if shape == Shape::None {
            return Err("a variable that is None".to_owned());
        }
        Ok(shape)
    }

    pub(super) fn assign(&mut self, target: &Expr, value: &Expr) -> Said<String> {
        match &target.kind {
            ExprKind::Name(name) => {
                if let ExprKind::Lambda(function) = &value.kind {
                    return self.lambda(name, function);
                }
                self.records.borrow_mut().hint = name.to_string();
                let code = self.value(value);
                self.records.borrow_mut().hint.clear();
                self.bind(name, &code?)
            }
            ExprKind::Tuple(targets) | ExprKind::List(targets) => self.unpack(targets, value),
            ExprKind::Subscript(object, index) => self.assign_item(object, index, value),
            ExprKind::Attribute(object, name) => self.assign_field(object, name, value),
            _ => Err("an assignment of this form".to_owned()),
        }
    }

    /// A value of the kind that it had when it was run, written out where Python writes it out.
    pub(super) fn value(&mut self, value: &Expr) -> Said<Code> {
        match &value.kind {
            ExprKind::Tuple(_) | ExprKind::Dict(_) => {
                let shape = self.shape(value)?;
                super::code::type_of(&shape)?;
                Ok(Code::value(self.expr_as(value, &shape)?, shape))
            }
            _ => self.expr(value),
        }
    }

    /// `a, b = value`
    pub(super) fn unpack(&mut self, targets: &[Expr], value: &Expr) -> Said<String> {
        let mut names = Vec::new();
        for target in targets {
            match &target.kind {
                ExprKind::Name(name) => names.push(name.to_string()),
                _ => return Err("unpacking of this form".to_owned()),
            }
        }
        if let ExprKind::Tuple(values) = &value.kind
            && values.len() == names.len()
        {
            let codes: Said<Vec<Code>> = values.iter().map(|value| self.value(value)).collect();
            let mut values = Vec::new();
            let mut shapes = Vec::new();
            for (name, code) in names.iter().zip(codes?) {
                let shape = self.bound_shape(name, &code)?;
                values.push(coerced(&code, &shape)?);
                shapes.push(shape);
            }
            return self.bind_all(&names, shapes, &super::coerce::tuple(&values));
        }
        let code = self.expr(value)?;
        let count = names.len();
        match &code.shape {
            Shape::Size if (2..=5).contains(&count) => {
                let Some(size) = code.text.strip_suffix(".size()") else {
                    return Err("these sizes".to_owned());
                };
                self.bind_all(&names, vec![Shape::Int; count], &format!("{size}.size{count}()?"))
            }
            Shape::List(Some(inner)) if **inner == Shape::Tensor => {
                let text = format!("{}.try_into().expect(\"{count} tensors\")", code.receiver());
                let pattern: Vec<String> = names.iter().map(|name| self.names.of(name)).collect();
                self.declare(&names, &vec![Shape::Tensor; count])?;
                Ok(format!("let [{}]: [Tensor; {count}] = {text};\n", pattern.join(", ")))
            }
            Shape::Tensor => {
                let pattern: Vec<String> = names.iter().map(|name| self.names.of(name)).collect();
                let text =
                    format!("{}.unbind(0).try_into().expect(\"{count} tensors\")", code.receiver());
                self.declare(&names, &vec![Shape::Tensor; count])?;
                Ok(format!("let [{}]: [Tensor; {count}] = {text};\n", pattern.join(", ")))
            }
            Shape::Tuple(shapes) if code.form == Form::Vec && shapes.len() == count => {
                let text = format!("{}.try_into().expect(\"{count} tensors\")", code.receiver());
                let pattern: Vec<String> = names.iter().map(|name| self.names.of(name)).collect();
                let shapes = shapes.clone();
                self.declare(&names, &shapes)?;
                Ok(format!("let [{}]: [Tensor; {count}] = {text};\n", pattern.join(", ")))
            }
            Shape::Tuple(shapes) if shapes.len() == count => {
                let shapes = shapes.clone();
                self.bind_all(&names, shapes, &code.owned())
            }
            _ => Err("unpacking of this kind of value".to_owned()),
        }
    }

    pub(super) fn bind_all(
        &mut self,
        names: &[String],
        shapes: Vec<Shape>,
        value: &str,
    ) -> Said<String> {
        for name in names {
            self.functions.remove(name);
            self.dropped.remove(name);
        }
        let scope = &self.scopes[self.scopes.len() - 1];
        let outer = names.iter().all(|name| {
            scope.variables.get(name).is_some_and(|variable| variable.depth < scope.depth)
        });
        let differs = names.iter().zip(&shapes).any(|(name, shape)| {
            let known = scope.variables.get(name);
            known.is_some_and(|known| known.shape != *shape || known.form != Form::Place)
        });
        if outer && differs {
            return Err("a variable that changes its type".to_owned());
        }
        let pattern: Vec<String> = names
            .iter()
            .map(|name| {
                let rust = self.names.of(name);
                if !outer && self.scope().changed.contains(name) {
                    format!("mut {rust}")
                } else {
                    rust
                }
            })
            .collect();
        if outer {
            return Ok(format!("{} = {value};\n", super::coerce::tuple(&pattern)));
        }
        self.declare(names, &shapes)?;
        let is_written = value.starts_with('(')
            && shapes
                .iter()
                .any(|shape| matches!(shape, Shape::Int | Shape::Float | Shape::List(_)));
        let annotation = match is_written {
            true => {
                let types: Said<Vec<String>> = shapes.iter().map(super::code::type_of).collect();
                format!(": {}", super::coerce::tuple(&types?))
            }
            false => String::new(),
        };
        let pattern = super::coerce::tuple(&pattern);
        Ok(format!("let {pattern}{annotation} = {value};\n"))
    }

    pub(super) fn declare(&mut self, names: &[String], shapes: &[Shape]) -> Said<()> {
        for (name, shape) in names.iter().zip(shapes) {
            let rust = self.names.of(name);
            let depth = self.scope().depth;
            let known = self.scope().variables.get(name);
            if known.is_some_and(|known| known.depth < depth) {
                return Err("unpacking into variables from further out".to_owned());
            }
            super::code::type_of(shape)?;
            self.not_a_field(&rust)?;
            self.dropped.remove(name);
            self.functions.remove(name);
            let variable = Variable { rust, shape: shape.clone(), form: Form::Place, depth };
            self.scope().variables.insert(name.clone(), variable);
        }
        Ok(())
    }

    pub(super) fn augment(&mut self, target: &Expr, operator: &str, value: &Expr) -> Said<String> {
        let of = match &target.kind {
            ExprKind::Name(name) => {
                let variable = self.scope().variables.get(&**name).cloned();
                let Some(variable) = variable else {
                    return Err(format!("{name} is not ported"));
                };
                Code { text: variable.rust, shape: variable.shape, form: variable.form }
            }
            ExprKind::Subscript(object, index) => {
                return self.augment_item(target, object, index, operator, value);
            }
            ExprKind::Attribute(..) => self.expr(target)?,
            _ => return Err("an assignment of this form".to_owned()),
        };
        let code = self.expr(value)?;
        let rust = of.text;
        match (&of.shape, &code.shape) {
            _ if of.form == Form::Reference => {
                Err("a parameter that is changed in place".to_owned())
            }
            // What began as a number is not changed in place.
            (Shape::Tensor, Shape::Tensor)
                if matches!(operator, "+" | "-" | "*" | "/") && self.began_as_number(target) =>
            {
                Ok(format!("{rust} = &{rust} {operator} {};\n", code.operand(3)))
            }
            (Shape::Tensor, Shape::Tensor) if matches!(operator, "+" | "-" | "*" | "/") => {
                Ok(format!("{rust} {operator}= {};\n", code.borrowed()))
            }
            (Shape::Tensor, Shape::Int | Shape::Float)
                if matches!(operator, "+" | "-" | "*" | "/") =>
            {
                Ok(format!("{rust} {operator}= {};\n", code.text))
            }
            (Shape::Tensor, Shape::Tensor) if matches!(operator, "@") => {
                Ok(format!("{rust} = {rust}.matmul({});\n", code.borrowed()))
            }
            (Shape::Int, Shape::Int) if matches!(operator, "+" | "-" | "*") => {
                Ok(format!("{rust} {operator}= {};\n", code.text))
            }
            (Shape::Int, Shape::Int) if operator == "//" => {
                Ok(format!("{rust} = {rust}.div_euclid({});\n", code.text))
            }
            (Shape::Float, Shape::Int | Shape::Float)
                if matches!(operator, "+" | "-" | "*" | "/") =>
            {
                Ok(format!("{rust} {operator}= {};\n", code.float()?))
            }
            (Shape::Str, Shape::Str) if operator == "+" => {
                Ok(format!("{rust}.push_str({});\n", code.borrowed()))
            }
            (Shape::List(Some(_)), Shape::List(Some(_))) if operator == "+" => {
                let items = coerced(&code, &of.shape)?;
                Ok(format!("{rust}.extend({items});\n"))
            }
            _ => Err(format!("{operator}= on these")),
        }
    }

    fn began_as_number(&mut self, target: &Expr) -> bool {
        match &target.kind {
            ExprKind::Name(name) => self.scope().numbers.contains(&**name),
            _ => false,
        }
    }

    pub(super) fn return_statement(&mut self, value: Option<&Expr>) -> Said<String> {
        let returns = self.scope().returns.clone();
        let Some(value) = value else {
            return match returns {
                Some(Shape::None) => Ok("return Ok(());\n".to_owned()),
                _ => Err("a function that returns nothing, too".to_owned()),
            };
        };
        let Some(returns) = returns else { return Err("return outside of a function".to_owned()) };
        if returns == Shape::None {
            return Err("a function that returns None".to_owned());
        }
        Ok(format!("return Ok({});\n", self.expr_as(value, &returns)?))
    }
}

/// Lists of lists of whole numbers: to Rust they may be of any type.
fn is_deep_int(shape: &Shape) -> bool {
    match shape {
        Shape::Int => true,
        Shape::List(Some(inner)) => is_deep_int(inner),
        _ => false,
    }
}

fn is_import(stmt: &Stmt) -> bool {
    matches!(stmt.kind, StmtKind::Import(_) | StmtKind::From(..) | StmtKind::Pass)
}

/// Whether a name stands in a text, as a word.
pub(super) fn is_word(text: &str, name: &str) -> bool {
    let in_name = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        !text[..at].ends_with(in_name) && !text[at + name.len()..].starts_with(in_name)
    })
}

/// `self.name = value`, on a condition perhaps.
fn is_field(stmt: &Stmt) -> bool {
    match &stmt.kind {
        StmtKind::Assign(targets, _) => {
            matches!(targets.as_slice(), [Expr { kind: ExprKind::Attribute(of, _), .. }]
                if matches!(&of.kind, ExprKind::Name(name) if &**name == "self"))
        }
        StmtKind::If(branches, other) => {
            branches.iter().all(|(_, body)| body.iter().all(is_field)) && other.iter().all(is_field)
        }
        _ => false,
    }
}

/// Modules and optimisers are changed by their methods.
pub(super) fn is_stateful(shape: &Shape) -> bool {
    matches!(shape, Shape::Object(path)
        if !path.starts_with("torch.nn.") && !path.starts_with('?'))
        || matches!(shape, Shape::Modules(_))
}

/// `torch.no_grad()`, `torch.inference_mode()`
pub(super) fn is_no_grad(context: &Expr) -> bool {
    let ExprKind::Call(function, arguments) = &context.kind else { return false };
    let ExprKind::Attribute(_, name) = &function.kind else { return false };
    arguments.is_empty() && matches!(&**name, "no_grad" | "inference_mode")
}
