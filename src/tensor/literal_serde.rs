//! Reading a [`Literal`] from JSON, or whatever else serde reads.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};

use super::{Literal, LiteralBuilder};

impl<'de> Deserialize<'de> for Literal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut builder = LiteralBuilder::new();
        Value(&mut builder).deserialize(deserializer)?;
        builder.finish().map_err(D::Error::custom)
    }
}

/// One value, which goes into the builder.
struct Value<'a>(&'a mut LiteralBuilder);

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, true, false, or nested lists of them")
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.0.number(value);
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.0.number(value);
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        let fits = i64::try_from(value);
        self.0.number(fits.map_err(|_| E::custom(format!("{value} does not fit in int64")))?);
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.0.number(value);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.0.open();
        while items.next_element_seed(Value(self.0))?.is_some() {}
        self.0.close().map_err(A::Error::custom)
    }
}
