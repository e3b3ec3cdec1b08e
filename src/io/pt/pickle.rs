//! A pickle interpreter that cannot do anything.
//!
//! A pickle is a program for a small stack machine, and `GLOBAL` + `REDUCE` let it call any function of Python's.
//! This one knows the opcodes that build numbers, strings, tuples, lists and dicts, and the handful of names that
//! `torch.save` writes for a tensor (see [`Global`]); everything else is refused by name. Nothing is ever
//! called: a tensor is only *described* here, and made by the parent module once all of it has been checked.
//!
//! Values live in one table and refer to each other by number, so that a hostile nest of 100 000 tuples needs no
//! recursion to take apart. Each opcode takes a bounded time beside what it removes from the stack, so that the whole
//! is linear in the pickle; and every value is paid for from an allowance that grows with it.
//!
//! Source: CPython's `Lib/pickletools.py`; the same idea as `torch/_weights_only_unpickler.py`.

mod rebuild;

use tch::Kind;

use super::global::Global;
use super::refusal::Refusal;

/// Index of a [`Node`].
pub(super) type Id = u32;
type Result<T> = std::result::Result<T, Refusal>;

/// More open `MARK`s than this never come out of `torch.save`.
const MAX_MARKS: usize = 256;

/// A value of the pickle.
#[derive(Debug, Clone)]
pub(super) enum Node {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// Where the string lies in the pickle.
    Str(u32, u32),
    Tuple(Box<[Id]>),
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    /// `collections.OrderedDict`, which alone may carry attributes.
    OrderedDict(Vec<(Id, Id)>),
    Global(Global),
    Storage(Box<Storage>),
    Tensor(Box<TensorPlan>),
}

impl Node {
    /// The keys and values of a dict of either kind.
    pub fn items(&self) -> Option<&[(Id, Id)]> {
        match self {
            Node::Dict(items) | Node::OrderedDict(items) => Some(items),
            _ => None,
        }
    }

    /// Whether Python lets it be a key. A tuple of what cannot be one is let pass: nothing asks for it by its key.
    fn may_be_a_key(&self) -> bool {
        !matches!(self, Node::List(_) | Node::Dict(_) | Node::OrderedDict(_))
    }
}

/// Numbers in a file of their own, `data/KEY` of the archive.
#[derive(Debug, Clone, Copy)]
pub(super) struct Storage {
    /// Where the key lies in the pickle.
    pub key: (u32, u32),
    pub kind: Kind,
    pub elements: u64,
}

/// A tensor as a view of a storage: sizes and strides count elements.
#[derive(Debug, Clone)]
pub(super) struct TensorPlan {
    pub storage: Storage,
    pub offset: u64,
    pub size: Box<[u64]>,
    pub stride: Box<[u64]>,
    pub requires_grad: bool,
    /// The numbers are to be read conjugated: torch's lazy `conj()`.
    pub conj: bool,
    /// The numbers are to be read negated: the imaginary part of what is conjugated.
    pub neg: bool,
}

/// What the pickle made.
pub(super) struct Graph<'a> {
    bytes: &'a [u8],
    nodes: Vec<Node>,
    pub root: Id,
}

impl Graph<'_> {
    pub fn node(&self, id: Id) -> &Node {
        &self.nodes[id as usize]
    }

    /// The text of a [`Node::Str`].
    pub fn text(&self, id: Id) -> Option<&str> {
        match *self.node(id) {
            Node::Str(start, length) => text_at(self.bytes, start, length),
            _ => None,
        }
    }
}

impl Graph<'_> {
    /// The name of the storage's file.
    pub fn key(&self, storage: &Storage) -> &str {
        text_at(self.bytes, storage.key.0, storage.key.1).unwrap_or_default()
    }
}

fn text_at(bytes: &[u8], start: u32, length: u32) -> Option<&str> {
    let start = start as usize;
    std::str::from_utf8(bytes.get(start..start + length as usize)?).ok()
}

/// Runs the pickle. What it builds may take up to `allowance` bytes.
pub(super) fn run(bytes: &[u8], allowance: u64) -> Result<Graph<'_>> {
    if u32::try_from(bytes.len()).is_err() {
        return Err("the pickle has more than 4 GB".into());
    }
    let mut machine = Machine {
        bytes,
        at: 0,
        // The values that come up most are shared.
        nodes: [Node::None, Node::Bool(false), Node::Bool(true), Node::Tuple(Box::new([]))]
            .into_iter()
            .chain((0..=255).map(Node::Int))
            .collect(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: Vec::new(),
        memoized: 0,
        allowance,
    };
    loop {
        let opcode = machine.byte()?;
        if opcode == b'.' {
            let root = machine.pop()?;
            // torch builds what is left there as well, and may fail at it; here it would go unseen.
            if !machine.stack.is_empty() || !machine.marks.is_empty() {
                return Err("it ends before all of its values are put together".into());
            }
            return Ok(Graph { bytes, nodes: machine.nodes, root });
        }
        machine.obey(opcode)?;
    }
}

const NONE: Id = 0;
const FALSE: Id = 1;
const TRUE: Id = 2;
const EMPTY_TUPLE: Id = 3;
const ZERO: Id = 4;
/// What is not in the memo.
const NOTHING: Id = Id::MAX;

struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    nodes: Vec<Node>,
    stack: Vec<Id>,
    /// Heights of the stack at each open `MARK`.
    marks: Vec<usize>,
    memo: Vec<Id>,
    memoized: u32,
    allowance: u64,
}

impl<'a> Machine<'a> {
    fn obey(&mut self, opcode: u8) -> Result<()> {
        match opcode {
            0x80 => self.protocol(),
            0x95 => self.take(8).map(drop),
            b'(' => self.mark(),
            b'0' => self.pop().map(drop),
            b'1' => self.pop_mark().map(drop),
            b'N' => self.shared(NONE),
            0x88 => self.shared(TRUE),
            0x89 => self.shared(FALSE),
            b'J' => self.array().and_then(|b| self.int(i32::from_le_bytes(b).into())),
            b'K' => self.byte().map(|b| self.push(ZERO + Id::from(b))),
            b'M' => self.array().and_then(|b| self.int(u16::from_le_bytes(b).into())),
            0x8a => self.long(),
            b'G' => self.array().and_then(|b| self.add(Node::Float(f64::from_be_bytes(b)))),
            b'X' => self.array().and_then(|b| self.string(u32::from_le_bytes(b).into())),
            0x8c => self.byte().and_then(|b| self.string(b.into())),
            0x8d => self.array().and_then(|b| self.string(u64::from_le_bytes(b))),
            b')' => self.shared(EMPTY_TUPLE),
            0x85 => self.tuple_of(1),
            0x86 => self.tuple_of(2),
            0x87 => self.tuple_of(3),
            b't' => self.pop_mark().and_then(|items| self.tuple(items)),
            b']' => self.add(Node::List(Vec::new())),
            b'l' => self.pop_mark().and_then(|items| self.paid(items.len() * 4, Node::List(items))),
            b'a' => self.pop().and_then(|item| self.append(vec![item])),
            b'e' => self.pop_mark().and_then(|items| self.append(items)),
            b'}' => self.add(Node::Dict(Vec::new())),
            b's' => self.pop_many(2).and_then(|pair| self.set_items(&pair)),
            b'u' => self.pop_mark().and_then(|pairs| self.set_items(&pairs)),
            b'q' => self.byte().and_then(|b| self.put(b.into())),
            b'r' => self.array().and_then(|b| self.put(u32::from_le_bytes(b))),
            0x94 => self.put(self.memoized),
            b'h' => self.byte().and_then(|b| self.get(b.into())),
            b'j' => self.array().and_then(|b| self.get(u32::from_le_bytes(b))),
            b'c' => self.global(),
            0x93 => self.stack_global(),
            b'Q' => self.persistent(),
            b'R' => self.reduce(),
            b'b' => self.build(),
            other => {
                Err(format!("it uses the pickle opcode 0x{other:02x}, which no state_dict needs")
                    .into())
            }
        }
    }

    fn protocol(&mut self) -> Result<()> {
        match self.byte()? {
            2..=5 => Ok(()),
            other => Err(format!("it has pickle protocol {other}").into()),
        }
    }

    // Reading.

    fn take(&mut self, length: u64) -> Result<&'a [u8]> {
        let end = usize::try_from(length).ok().and_then(|length| self.at.checked_add(length));
        let taken =
            end.and_then(|end| self.bytes.get(self.at..end)).ok_or("the pickle is cut short")?;
        self.at += taken.len();
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let bytes = self.take(N as u64)?;
        bytes.try_into().map_err(|_| "the pickle is cut short".into())
    }

    fn line(&mut self) -> Result<&'a str> {
        let rest = &self.bytes[self.at..];
        let length =
            rest.iter().position(|&byte| byte == b'\n').ok_or("the pickle is cut short")?;
        let line = self.take(length as u64 + 1)?;
        std::str::from_utf8(&line[..length]).map_err(|_| "a name in it is not text".into())
    }

    // Values.

    /// Every byte of memory is paid for before it is used.
    fn pay(&mut self, bytes: usize) -> Result<()> {
        let left = self.allowance.checked_sub(bytes as u64);
        self.allowance = left.ok_or("it builds far more values than its size explains")?;
        Ok(())
    }

    /// The stack is not paid for: no byte of the pickle pushes more than once.
    fn push(&mut self, id: Id) {
        self.stack.push(id);
    }

    fn shared(&mut self, id: Id) -> Result<()> {
        self.push(id);
        Ok(())
    }

    fn add(&mut self, node: Node) -> Result<()> {
        self.paid(0, node)
    }

    fn paid(&mut self, heap: usize, node: Node) -> Result<()> {
        self.pay(size_of::<Node>() + heap)?;
        self.nodes.push(node);
        self.push(self.nodes.len() as Id - 1);
        Ok(())
    }

    fn int(&mut self, value: i64) -> Result<()> {
        self.add(Node::Int(value))
    }

    fn long(&mut self) -> Result<()> {
        let length = self.byte()?;
        let digits = self.take(length.into())?;
        if digits.len() > 8 {
            return Err("an integer in it does not fit in int64".into());
        }
        let sign = if digits.last().is_some_and(|&last| last & 0x80 != 0) { 0xff } else { 0 };
        let mut bytes = [sign; 8];
        bytes[..digits.len()].copy_from_slice(digits);
        self.int(i64::from_le_bytes(bytes))
    }

    fn string(&mut self, length: u64) -> Result<()> {
        let start = self.at as u32;
        let text = self.take(length)?;
        std::str::from_utf8(text).map_err(|_| "a string in it is not UTF-8")?;
        self.add(Node::Str(start, text.len() as u32))
    }

    fn tuple_of(&mut self, length: usize) -> Result<()> {
        let items = self.pop_many(length)?;
        self.tuple(items)
    }

    fn tuple(&mut self, items: Vec<Id>) -> Result<()> {
        self.paid(size_of_val(&items[..]), Node::Tuple(items.into()))
    }

    fn append(&mut self, items: Vec<Id>) -> Result<()> {
        self.pay(2 * size_of_val(&items[..]))?;
        match self.top_mut()? {
            Node::List(list) => list.extend(items),
            _ => return Err("it appends to what is not a list".into()),
        }
        Ok(())
    }

    fn set_items(&mut self, items: &[Id]) -> Result<()> {
        self.pay(2 * size_of_val(items))?;
        let (pairs, rest) = items.as_chunks::<2>();
        if !pairs.iter().all(|&[key, _]| self.nodes[key as usize].may_be_a_key()) {
            return Err("a key in it is a list or a dict".into());
        }
        match self.top_mut()? {
            Node::Dict(dict) | Node::OrderedDict(dict) if rest.is_empty() => {
                dict.extend(pairs.iter().map(|&[k, v]| (k, v)));
            }
            _ => return Err("it sets items of what is not a dict".into()),
        }
        Ok(())
    }

    // Stack and memo.

    fn mark(&mut self) -> Result<()> {
        if self.marks.len() >= MAX_MARKS {
            return Err(format!("more than {MAX_MARKS} values in one another").into());
        }
        self.marks.push(self.stack.len());
        Ok(())
    }

    /// Nothing below the last `MARK` may be taken.
    fn pop_many(&mut self, count: usize) -> Result<Vec<Id>> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let start = self.stack.len().checked_sub(count).filter(|&start| start >= floor);
        Ok(self.stack.split_off(start.ok_or("it takes from an empty stack")?))
    }

    fn pop(&mut self) -> Result<Id> {
        self.pop_many(1).map(|popped| popped[0])
    }

    fn pop_mark(&mut self) -> Result<Vec<Id>> {
        let height = self.marks.pop().ok_or("it closes what was never opened")?;
        Ok(self.stack.split_off(height))
    }

    fn top(&self) -> Result<Id> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let top = self.stack.get(floor..).and_then(|open| open.last());
        top.copied().ok_or_else(|| "it takes from an empty stack".into())
    }

    fn top_mut(&mut self) -> Result<&mut Node> {
        let top = self.top()?;
        Ok(&mut self.nodes[top as usize])
    }

    fn put(&mut self, index: u32) -> Result<()> {
        let (top, index) = (self.top()?, index as usize);
        if index >= self.bytes.len() {
            return Err("it stores a value under a number that torch.save would not reach".into());
        }
        if index >= self.memo.len() {
            self.pay((index + 1 - self.memo.len()) * size_of::<Id>())?;
            self.memo.resize(index + 1, NOTHING);
        }
        self.memoized += u32::from(self.memo[index] == NOTHING);
        self.memo[index] = top;
        Ok(())
    }

    fn get(&mut self, index: u32) -> Result<()> {
        let known = self.memo.get(index as usize).filter(|&&id| id != NOTHING);
        let id = *known.ok_or("it recalls what was never stored")?;
        self.shared(id)
    }
}
