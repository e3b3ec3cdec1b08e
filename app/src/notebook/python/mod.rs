//! The notebook's Python: read by a real parser, evaluated only where it is literals and simple arithmetic.
//!
//! 1. [`source`]: magics out, very long lists of numbers lifted out.
//! 2. [`parse`]: tree-sitter's Python grammar.
//! 3. [`eval`]: literals, arithmetic, `torch.tensor(..)` and `np.array(..)`.
//! 4. [`code`]: what the cells assign, use and print, in order.

pub mod code;
pub mod eval;
pub mod parse;
pub mod source;
