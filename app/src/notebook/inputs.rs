//! Which of the notebook's names are Q, K and V.

use std::rc::Rc;

use super::array::Array;
use super::python::code::{Assignment, Code, Snapshot};
use atencion::{Error, Result};

/// The names given by the user; the rest are found.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// `--q`
    pub q: Option<String>,
    /// `--k`
    pub k: Option<String>,
    /// `--v`
    pub v: Option<String>,
}

/// One of the three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Query
    Q,
    /// Key
    K,
    /// Value
    V,
}

impl Role {
    /// The three, in order.
    pub const ALL: [Role; 3] = [Role::Q, Role::K, Role::V];

    /// `Q`, `K` or `V`.
    pub fn letter(self) -> &'static str {
        match self {
            Role::Q => "Q",
            Role::K => "K",
            Role::V => "V",
        }
    }

    /// What people call it, in lower case, the likeliest first.
    fn names(self) -> &'static [&'static str] {
        match self {
            Role::Q => &["q", "query", "queries", "consulta", "consultas"],
            Role::K => &["k", "key", "keys", "clave", "claves", "llave", "llaves"],
            Role::V => &["v", "value", "values", "valor", "valores"],
        }
    }

    /// What a name of a variable says it is: `q`, `Q_1`, `self.keys`, `valores_h`.
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.rsplit('.').next().unwrap_or(name).to_lowercase();
        let mut words =
            name.split('_').map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit()));
        let first = words.next()?;
        // `key_padding_mask` and `value_head` are something else.
        let rest_is_short = words.all(|word| word.len() <= 2 || word == "heads" || word == "head");
        let role = Self::ALL.into_iter().find(|role| role.names().contains(&first));
        role.filter(|_| rest_is_short)
    }

    fn given(self, given: &Given) -> Option<&str> {
        match self {
            Role::Q => given.q.as_deref(),
            Role::K => given.k.as_deref(),
            Role::V => given.v.as_deref(),
        }
    }

    /// How well a name fits: smaller is better.
    fn rank(self, name: &str) -> Option<usize> {
        let lower = name.to_lowercase();
        self.names().iter().position(|known| *known == lower)
    }
}

/// Whether a name may stand for one of the three.
pub fn may_be_input(name: &str, given: &Given) -> bool {
    let (base, _) = split(name);
    Role::ALL.iter().any(|role| role.given(given) == Some(name) || role.rank(base).is_some())
}

/// The names that stand for the three: of one set, or of several (`Q1 K1 V1`, `Q2 K2 V2`).
#[derive(Debug, Clone, PartialEq)]
pub struct Names {
    /// The part after the name: `1`; mostly empty.
    pub suffix: String,
    /// The names, in the order of [`Role::ALL`]; `None` where there is none.
    pub of: [Option<String>; 3],
}

/// Finds the names among those that are given tensors, in order of the text.
///
/// # Errors
/// When a name that the user gave is not there.
pub fn find<'a>(
    assigned: impl Iterator<Item = &'a str> + Clone,
    given: &Given,
) -> Result<Vec<Names>> {
    for role in Role::ALL {
        if let Some(name) = role.given(given)
            && !assigned.clone().any(|known| known == name)
        {
            return Err(Error::value(format!(
                "no tensor named {name:?} is written in the notebook"
            ))
            .mend(known_names(assigned)));
        }
    }
    let mut suffixes: Vec<String> = Vec::new();
    for name in assigned.clone() {
        let (base, suffix) = split(name);
        if Role::ALL.iter().any(|role| role.rank(base).is_some())
            && !suffixes.iter().any(|known| known == suffix)
        {
            suffixes.push(suffix.to_owned());
        }
    }
    if suffixes.is_empty() {
        suffixes.push(String::new());
    }
    let set = |suffix: String| Names {
        of: Role::ALL.map(|role| match role.given(given) {
            Some(name) => Some(name.to_owned()),
            None => best(role, assigned.clone(), &suffix),
        }),
        suffix,
    };
    let mut sets: Vec<Names> = suffixes.into_iter().map(set).collect();
    // A lone `v2` beside a full Q, K, V is no second set.
    let whole = |names: &Names| names.of.iter().all(Option::is_some);
    if sets.iter().any(whole) {
        sets.retain(whole);
    } else {
        sets.truncate(1);
    }
    sets.dedup_by(|a, b| a.of == b.of);
    Ok(sets)
}

fn known_names<'a>(assigned: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<&str> = assigned.take(20).collect();
    names.dedup();
    format!("the tensors written there are: {}", names.join(", "))
}

/// A name without its trailing number of one or two digits: `Q_1` is `Q` and `1`.
fn split(name: &str) -> (&str, &str) {
    let base = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let suffix = &name[base.len()..];
    if suffix.len() > 2 { (name, "") } else { (base.trim_end_matches('_'), suffix) }
}

fn best<'a>(role: Role, assigned: impl Iterator<Item = &'a str>, suffix: &str) -> Option<String> {
    assigned
        .filter(|name| split(name).1 == suffix)
        .filter_map(|name| Some((role.rank(split(name).0)?, name)))
        .min_by_key(|(rank, _)| *rank)
        .map(|(_, name)| name.to_owned())
}

/// The three arrays, where each was assigned.
#[derive(Debug, Clone)]
pub struct Set {
    /// In the order of [`Role::ALL`].
    pub of: [Assignment; 3],
}

impl Set {
    /// The three of a snapshot, if it has them all.
    pub fn of(names: &Names, seen: &Snapshot) -> Option<Self> {
        let [q, k, v] = &names.of;
        let get = |name: &Option<String>| seen.get(name.as_deref()?).cloned();
        Some(Self { of: [get(q)?, get(k)?, get(v)?] })
    }

    /// The three arrays.
    pub fn arrays(&self) -> [&Rc<Array>; 3] {
        [&self.of[0].array, &self.of[1].array, &self.of[2].array]
    }
}

/// The sets in force for the outputs of a cell: as that cell or the one before it saw them, else as the next does.
pub fn in_force(code: &Code, names: &[Names], cell: usize) -> Vec<Set> {
    let before = code.seen.range(..=cell).rev();
    let order = before.chain(code.seen.range(cell + 1..));
    let first = |names: &Names| order.clone().find_map(|(_, seen)| Set::of(names, seen));
    names.iter().filter_map(first).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(assigned: &[&str]) -> Vec<Names> {
        find(assigned.iter().copied(), &Given::default()).unwrap()
    }

    fn of(names: &Names) -> [&str; 3] {
        names.of.each_ref().map(|name| name.as_deref().unwrap_or("-"))
    }

    #[test]
    fn found_by_name_in_any_case() {
        assert_eq!(of(&names(&["Q", "K", "V", "v2"])[0]), ["Q", "K", "V"]);
        assert_eq!(of(&names(&["query", "KEY", "Value"])[0]), ["query", "KEY", "Value"]);
        assert_eq!(of(&names(&["consulta", "clave"])[0]), ["consulta", "clave", "-"]);
        let two = names(&["Q1", "K1", "V1", "Q_2", "K_2", "V_2"]);
        assert_eq!((of(&two[0]), of(&two[1])), (["Q1", "K1", "V1"], ["Q_2", "K_2", "V_2"]));
    }

    #[test]
    fn given_names_must_be_there() {
        let given = Given { q: Some("a".into()), ..Given::default() };
        assert_eq!(of(&find(["a", "K", "V"].into_iter(), &given).unwrap()[0]), ["a", "K", "V"]);
        assert!(find(["b"].into_iter(), &given).unwrap_err().how_to_mend().unwrap().ends_with("b"));
    }
}
