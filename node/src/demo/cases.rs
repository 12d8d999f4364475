//! The records of the demonstration: real cases, told by three invented institutions.

/// A file of a record.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Its name.
    pub file: &'static str,
    /// Its text.
    pub text: &'static str,
}

macro_rules! cases {
    ($folder:literal: $($file:literal),+ $(,)?) => {
        &[$(Case { file: concat!($folder, "/", $file), text: include_str!(concat!("../../demo/cases/", $folder, "/", $file)) }),+]
    };
}

/// What the peace council publishes.
pub const PEACE_COUNCIL: &[Case] = cases!("peace-council":
    "01-national-peace-council-ghana.md",
    "02-national-action-plan-dealing-with-the-past.md",
    "03-impartial-interlocutors.md",
    "04-temporary-tools-electoral-violence.md",
    "05-framework-of-analysis-pre-deployment.md",
    "06-inter-agency-task-forces.md",
    "07-rights-mechanisms-as-early-warning.md",
    "08-national-institutions-over-years.md",
    "09-how-to-do-pillars-one-and-two.md",
    "10-primacy-of-politics.md",
);

/// What the civil-society network publishes.
pub const CSO_NETWORK: &[Case] = cases!("cso-network":
    "01-argentina-truth-trials-memory.md",
    "02-advice-from-rwanda-and-south-africa.md",
    "03-africa-latin-america-forensics.md",
    "04-hybrid-justice.md",
    "05-consult-troop-contributors.md",
    "06-envoys-dilemma.md",
    "07-apartheid-at-the-united-nations.md",
    "08-cross-regional-cso-peer-network.md",
    "09-limits-state-as-perpetrator.md",
);

/// What the regional secretariat publishes.
pub const REGIONAL_SECRETARIAT: &[Case] = cases!("regional-secretariat":
    "01-johannesburg-workshop-2015.md",
    "02-burkina-faso-september-2015.md",
    "03-cote-divoire-two-mediators.md",
    "04-lake-chad-late-mandate.md",
    "05-envoy-shared-history-language.md",
    "06-responsibility-while-protecting.md",
    "07-article-4h-never-used.md",
    "08-no-stand-by-forces-mali-car.md",
    "09-elected-council-members.md",
    "10-expertise-for-nhris-and-courts.md",
    "11-region-to-region-dialogue.md",
);

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_case_in_the_folder_is_embedded_and_can_be_published() {
        let mut embedded = BTreeSet::new();
        for case in [PEACE_COUNCIL, CSO_NETWORK, REGIONAL_SECRETARIAT]
            .into_iter()
            .flatten()
        {
            let source = crate::authoring::parse(case.text)
                .unwrap_or_else(|f| panic!("{}: {f:?}", case.file));
            assert!(!source.feeds.is_empty(), "{}", case.file);
            embedded.insert(case.file.to_owned());
        }
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/cases");
        let mut there = BTreeSet::new();
        for part in std::fs::read_dir(&folder).unwrap() {
            let part = part.unwrap().path();
            for file in std::fs::read_dir(&part).unwrap() {
                let file = file.unwrap().path();
                there.insert(file.strip_prefix(&folder).unwrap().display().to_string());
            }
        }
        assert_eq!(embedded, there);
        assert_eq!(embedded.len(), 30);
    }
}
