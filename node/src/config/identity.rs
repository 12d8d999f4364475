//! Which network and which institution a data folder belongs to.

use std::path::Path;

use indaba_protocol::{Id, NetworkName};

use super::fault::ConfigFault;

/// Written once, when a node is set up; not configuration, because changing it would make the folder's records foreign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The network.
    pub network: NetworkName,
    /// The institution this node signs for.
    pub institution: Id,
}

impl Identity {
    /// The text of the file.
    pub fn to_text(&self) -> String {
        format!(
            "# Which network and institution this folder belongs to. Never edit: its records would become foreign.\n\
             network = \"{}\"\ninstitution = \"{}\"\n",
            self.network, self.institution
        )
    }

    /// Reads the file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(path: &Path) -> Result<Self, ConfigFault> {
        let wrong = |problem: String| {
            ConfigFault::new(path.display(), problem).remedy_is("put the file back from a backup")
        };
        let text =
            std::fs::read_to_string(path).map_err(|e| wrong(format!("cannot be read: {e}")))?;
        let table: toml::Table = text
            .parse()
            .map_err(|e: toml::de::Error| wrong(format!("not TOML: {}", e.message())))?;
        let field = |name: &str| {
            table
                .get(name)
                .and_then(toml::Value::as_str)
                .ok_or_else(|| wrong(format!("\"{name}\" is missing")))
        };
        let network = NetworkName::parse(field("network")?).map_err(|e| wrong(e.to_string()))?;
        let institution = field("institution")?
            .parse()
            .map_err(|e| wrong(format!("institution: {e}")))?;
        Ok(Self {
            network,
            institution,
        })
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_back() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("identity.toml");
        let identity = Identity {
            network: NetworkName::parse("demo.example").unwrap(),
            institution: Id::of(b"x"),
        };
        std::fs::write(&path, identity.to_text()).unwrap();
        assert_eq!(Identity::read(&path).unwrap(), identity);
        std::fs::write(&path, "network = \"Demo\"").unwrap();
        assert!(Identity::read(&path).unwrap_err().remedy().is_some());
    }
}
