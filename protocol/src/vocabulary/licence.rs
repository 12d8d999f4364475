//! Licences by their SPDX identifiers.

/// Licences that texts are given under, by their identifiers in the SPDX licence list (3.27), those for texts first. Others are good as
/// well: this list is for noticing a slip, not for refusing.
const LICENCES: &[&str] = &[
    "CC-BY-4.0",
    "CC-BY-SA-4.0",
    "CC-BY-NC-4.0",
    "CC-BY-ND-4.0",
    "CC-BY-NC-SA-4.0",
    "CC-BY-NC-ND-4.0",
    "CC-BY-3.0",
    "CC-BY-SA-3.0",
    "CC-BY-NC-3.0",
    "CC-BY-ND-3.0",
    "CC-BY-NC-SA-3.0",
    "CC-BY-NC-ND-3.0",
    // Of intergovernmental organisations.
    "CC-BY-3.0-IGO",
    "CC-BY-SA-3.0-IGO",
    "CC-BY-NC-ND-3.0-IGO",
    "CC-BY-NC-SA-3.0-IGO",
    "CC0-1.0",
    "CC-PDDC",
    "OGL-UK-3.0",
    "ODbL-1.0",
    "ODC-By-1.0",
    "PDDL-1.0",
    "etalab-2.0",
    "GFDL-1.3-or-later",
    "GFDL-1.3-only",
    "LAL-1.3",
    "Apache-2.0",
    "MIT",
];

/// The identifiers of the licences known here.
pub fn licences() -> impl Iterator<Item = &'static str> {
    LICENCES.iter().copied()
}

/// Whether a licence is one of [`licences`], or somebody's own: `LicenseRef-` and a name (SPDX 3.0, annex B).
#[must_use]
pub fn is_licence(identifier: &str) -> bool {
    identifier.starts_with("LicenseRef-") || LICENCES.contains(&identifier)
}
