//! The tree of a cell: the part of Python's grammar that is read here, each node with its place.

use std::rc::Rc;

/// A place in a cell: line and column, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct At {
    /// The cell, from 0.
    pub cell: usize,
    /// The line in it, from 1.
    pub line: usize,
    /// The column, in bytes, from 1.
    pub column: usize,
}

/// An expression, where it stands, and its bytes in the cell's text.
#[derive(Debug, Clone)]
pub struct Expr {
    /// Where it begins.
    pub at: At,
    /// Its bytes in the cell's prepared text.
    pub bytes: (usize, usize),
    /// What it is.
    pub kind: ExprKind,
}

/// What an expression is.
#[derive(Debug, Clone)]
pub enum ExprKind {
    /// `None`
    None,
    /// `True`
    Bool(bool),
    /// `3`
    Int(i64),
    /// `0.5`
    Float(f64),
    /// `"text"`
    Str(Rc<str>),
    /// `f"{x:.2f}"`
    Format(Vec<Piece>),
    /// `...`
    Ellipsis,
    /// `x`
    Name(Rc<str>),
    /// `a, b`
    Tuple(Vec<Expr>),
    /// `[a, b]`
    List(Vec<Expr>),
    /// `{a, b}`
    Set(Vec<Expr>),
    /// `{a: b, **c}`
    Dict(Vec<(Option<Expr>, Expr)>),
    /// `-x`, `+x`, `~x`
    Unary(char, Box<Expr>),
    /// `a + b`; the operator as it is written.
    Binary(Rc<str>, Box<Expr>, Box<Expr>),
    /// `a and b`
    And(Box<Expr>, Box<Expr>),
    /// `a or b`
    Or(Box<Expr>, Box<Expr>),
    /// `not a`
    Not(Box<Expr>),
    /// `a < b <= c`
    Compare(Box<Expr>, Vec<(Rc<str>, Expr)>),
    /// `a if test else b`: test, a, b.
    IfElse(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `x.name`
    Attribute(Box<Expr>, Rc<str>),
    /// `x[index]`
    Subscript(Box<Expr>, Box<Expr>),
    /// `a:b:c`
    Slice(Option<Box<Expr>>, Option<Box<Expr>>, Option<Box<Expr>>),
    /// `f(x, key=y)`
    Call(Box<Expr>, Vec<Argument>),
    /// `lambda x: y`
    Lambda(Rc<Function>),
    /// `[x for x in y if z]`
    Comprehension(Box<Comprehension>),
    /// `*x`
    Starred(Box<Expr>),
    /// `name := x`
    Walrus(Rc<str>, Box<Expr>),
    /// `yield x`
    Yield(Option<Box<Expr>>),
    /// What is not read here.
    Unknown(Rc<str>),
}

/// A piece of an f-string.
#[derive(Debug, Clone)]
pub enum Piece {
    /// The text between.
    Text(Rc<str>),
    /// `{value=!r:spec}`
    Value {
        /// What is said.
        value: Expr,
        /// `x=` of `{x=}`.
        label: Option<Rc<str>>,
        /// `r`, `s` or `a` after `!`.
        conversion: Option<char>,
        /// What stands after `:`.
        spec: Vec<Piece>,
    },
}

/// `x`, `key=x`, `*x` or `**x` in a call.
#[derive(Debug, Clone)]
pub struct Argument {
    /// How it is given.
    pub how: Given,
    /// The value.
    pub value: Expr,
}

/// How an argument is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// `x`
    Place,
    /// `key=x`
    Key(Rc<str>),
    /// `*x`
    Star,
    /// `**x`
    StarStar,
}

/// A list, set, dict or generator made by `for`.
#[derive(Debug, Clone)]
pub struct Comprehension {
    /// What it makes.
    pub makes: Makes,
    /// The element, or the key.
    pub element: Expr,
    /// The value, in a dict.
    pub value: Option<Expr>,
    /// `for target in iterable if condition ..`
    pub clauses: Vec<Clause>,
}

/// What a comprehension makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Makes {
    /// `[..]`
    List,
    /// `{..}`
    Set,
    /// `{k: v ..}`
    Dict,
    /// `(..)`
    Generator,
}

/// `for target in iterable if a if b`
#[derive(Debug, Clone)]
pub struct Clause {
    /// What is bound.
    pub target: Expr,
    /// What is gone through.
    pub iterable: Expr,
    /// The conditions.
    pub conditions: Vec<Expr>,
}

/// A function or lambda.
#[derive(Debug)]
pub struct Function {
    /// Its name; `<lambda>` for a lambda.
    pub name: Rc<str>,
    /// What it takes.
    pub parameters: Vec<Parameter>,
    /// What it does; a lambda returns.
    pub body: Vec<Stmt>,
    /// The names that it assigns, which are its own.
    pub locals: Vec<Rc<str>>,
    /// Whether it yields.
    pub generator: bool,
    /// Where it begins.
    pub at: At,
}

/// A parameter of a function.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name.
    pub name: Rc<str>,
    /// How it may be given.
    pub takes: Takes,
    /// Its default.
    pub default: Option<Expr>,
    /// What is written after the colon, as text.
    pub annotation: Option<Rc<str>>,
}

/// How a parameter may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// By place or by key.
    Either,
    /// By key alone.
    Key,
    /// `*args`
    Rest,
    /// `**kwargs`
    Keys,
}

/// A statement and where it stands.
#[derive(Debug, Clone)]
pub struct Stmt {
    /// Where it begins.
    pub at: At,
    /// Its bytes in the cell's prepared text.
    pub bytes: (usize, usize),
    /// What it is.
    pub kind: StmtKind,
}

/// What a statement is.
#[derive(Debug, Clone)]
pub enum StmtKind {
    /// An expression.
    Expr(Expr),
    /// `a = b = value`
    Assign(Vec<Expr>, Expr),
    /// `a += value`; the operator without `=`.
    Augment(Expr, Rc<str>, Expr),
    /// `x: int = 3`; the value may be missing.
    Annotated(Expr, Rc<str>, Option<Expr>),
    /// `if`, each test with its block, and `else`.
    If(Vec<(Expr, Vec<Stmt>)>, Vec<Stmt>),
    /// `for target in iterable: body else: other`
    For(Expr, Expr, Vec<Stmt>, Vec<Stmt>),
    /// `while test: body else: other`
    While(Expr, Vec<Stmt>, Vec<Stmt>),
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// `pass`
    Pass,
    /// `return x`
    Return(Option<Expr>),
    /// `def`, with its decorators.
    Def(Rc<Function>, Vec<Expr>),
    /// `class`, with its decorators.
    Class(Rc<ClassDef>, Vec<Expr>),
    /// `import a.b as c`: the path, the name bound, whether an `as` was written.
    Import(Vec<(Rc<str>, Rc<str>, bool)>),
    /// `from a import b as c`: the module, and each name with the name bound.
    From(Rc<str>, Vec<(Rc<str>, Rc<str>)>),
    /// `with a as b, c:`
    With(Vec<(Expr, Option<Expr>)>, Vec<Stmt>),
    /// `try`
    Try(Box<Try>),
    /// `raise x`
    Raise(Option<Expr>),
    /// `assert test, message`
    Assert(Expr, Option<Expr>),
    /// `del a, b`
    Delete(Vec<Expr>),
    /// `global a`
    Global(Vec<Rc<str>>),
    /// `nonlocal a`
    Nonlocal(Vec<Rc<str>>),
    /// What is not read here.
    Unknown(Rc<str>),
}

/// `class name(bases): body`
#[derive(Debug)]
pub struct ClassDef {
    /// Its name.
    pub name: Rc<str>,
    /// What it derives from.
    pub bases: Vec<Expr>,
    /// Its body.
    pub body: Vec<Stmt>,
}

/// `except CLASS as NAME:` and its block.
pub type Handler = (Option<Expr>, Option<Rc<str>>, Vec<Stmt>);

/// `try: .. except A as e: .. else: .. finally: ..`
#[derive(Debug, Clone)]
pub struct Try {
    /// What is tried.
    pub body: Vec<Stmt>,
    /// Each handler: the classes, the name bound, the block.
    pub handlers: Vec<Handler>,
    /// Without an exception.
    pub other: Vec<Stmt>,
    /// In any case.
    pub last: Vec<Stmt>,
}
