//! Which names a place in a model can give, and has given.

use std::collections::BTreeSet;

use crate::{Error, Result};

/// The full names of the parameters and buffers so far.
#[derive(Default)]
pub(super) struct Taken {
    names: BTreeSet<String>,
}

impl Taken {
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    pub(super) fn take(&mut self, name: &str, place: &str) -> Result<()> {
        if self.names.contains(name) {
            return Err(already(name, place));
        }
        let above = name.match_indices('.').map(|(at, _)| &name[..at]);
        if let Some(above) = above.into_iter().find(|above| self.names.contains(*above)) {
            return Err(both(above));
        }
        let below = format!("{name}.");
        let next = self.names.range(below.clone()..).next();
        if next.is_some_and(|next| next.starts_with(&below)) {
            return Err(both(name));
        }
        self.names.insert(name.to_owned());
        Ok(())
    }
}

pub(super) fn already(name: &str, place: &str) -> Error {
    Error::value(format!("{name} is already in {place}"))
        .mend("give each module a path of its own: &p / \"name\"")
}

fn both(name: &str) -> Error {
    Error::value(format!("{name} cannot be both a parameter and a child module"))
        .mend("give one of the two another name")
}

/// torch's rules for the names of parameters and modules.
pub(super) fn wrong_name(name: &str) -> Option<String> {
    match name {
        "" => Some("the name of a parameter or module can't be empty string \"\"".into()),
        name if name.contains('.') => {
            Some(format!("the name of a parameter or module can't contain \".\", got: {name}"))
        }
        _ => None,
    }
}
