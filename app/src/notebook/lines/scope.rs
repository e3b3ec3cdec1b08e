//! Names and what they stand for.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::value::Value;

/// The names of a function, a class body or the notebook.
pub struct Scope {
    names: RefCell<HashMap<Rc<str>, Value>>,
    /// Where names that are not here are looked for.
    pub outer: Option<Rc<Scope>>,
    /// A class body, whose names its methods do not see.
    pub is_class: bool,
}

impl Scope {
    /// An empty scope.
    pub fn new(outer: Option<Rc<Scope>>, is_class: bool) -> Rc<Self> {
        Rc::new(Self { names: RefCell::default(), outer, is_class })
    }

    /// The value here, not further out.
    pub fn own(&self, name: &str) -> Option<Value> {
        self.names.borrow().get(name).cloned()
    }

    /// The value here or further out.
    pub fn find(&self, name: &str) -> Option<Value> {
        let mut scope = Some(self);
        while let Some(here) = scope {
            if let Some(value) = here.own(name) {
                return Some(value);
            }
            scope = here.outer.as_deref();
        }
        None
    }

    /// Binds a name here.
    pub fn set(&self, name: &Rc<str>, value: Value) {
        let before = self.names.borrow_mut().insert(name.clone(), value);
        // Dropped after the borrow: what a name stood for may hold this scope.
        drop(before);
    }

    /// Unbinds a name; whether it was bound.
    pub fn remove(&self, name: &str) -> bool {
        let before = self.names.borrow_mut().remove(name);
        before.is_some()
    }

    /// Binds a name where it is already bound, further out than here.
    pub fn set_outer(&self, name: &Rc<str>, value: Value) -> bool {
        let mut scope = self.outer.as_deref();
        while let Some(here) = scope {
            if here.own(name).is_some() {
                here.set(name, value);
                return true;
            }
            scope = here.outer.as_deref();
        }
        false
    }

    /// All names here, sorted.
    pub fn all(&self) -> Vec<(Rc<str>, Value)> {
        let mut all: Vec<_> =
            self.names.borrow().iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }

    /// Forgets everything: functions and the scope that they were made in hold one another.
    pub fn clear(&self) {
        let names = std::mem::take(&mut *self.names.borrow_mut());
        drop(names);
    }
}
