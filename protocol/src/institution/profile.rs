//! What an institution says about itself.

use crate::bytes::fields::Fields;
use crate::bytes::{Value, cbor};
use crate::fault::Fault;
use crate::limits;

/// The profile in a state, whole; only what section 4 requires is checked. The rest is content (section 9), and nothing
/// in it is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile(Value);

impl Profile {
    /// Takes a map with `name`, `kind`, `lang` and `listed`.
    ///
    /// # Errors
    /// [`Fault::Field`] naming what is missing, or `profile` if it is no map or encodes to more than 8,192 bytes.
    pub fn new(value: Value) -> Result<Profile, Fault> {
        let f = Fields::new(&value, "profile")?;
        for name in ["name", "kind", "lang"] {
            f.text(name)?;
        }
        f.bool("listed")?;
        if cbor::encode(&value).len() > limits::PROFILE {
            return Err(Fault::Field("profile"));
        }
        Ok(Profile(value))
    }

    /// The whole map, unknown fields included.
    pub fn value(&self) -> &Value {
        &self.0
    }

    /// A text field; empty if it is absent or no text.
    pub fn text(&self, name: &str) -> &str {
        match &self.0 {
            Value::Map(map) => match map.get(name) {
                Some(Value::String(text)) => text,
                _ => "",
            },
            _ => "",
        }
    }

    /// The institution's name for itself.
    pub fn name(&self) -> &str {
        self.text("name")
    }

    /// What kind of institution it says it is.
    pub fn kind(&self) -> &str {
        self.text("kind")
    }

    /// The language of the profile.
    pub fn lang(&self) -> &str {
        self.text("lang")
    }

    /// Whether it wishes to be listed in directories.
    pub fn listed(&self) -> bool {
        matches!(&self.0, Value::Map(map) if map.get("listed") == Some(&Value::Bool(true)))
    }
}
