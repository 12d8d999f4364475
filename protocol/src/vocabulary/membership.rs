//! Who belonged to which region, and when.

use std::sync::OnceLock;

use super::table::rows;

/// One row of `memberships.csv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Code of the region.
    pub region: String,
    /// The country, ISO 3166-1 alpha-3.
    pub country: String,
    /// `member`, `associate`, `observer`, `suspended`, `notice-given` or `left`.
    pub status: String,
    /// First day, month or year of the membership (of the notice, where that is the status); `None` when not recorded.
    pub from: Option<String>,
    /// The day, month or year in which it ended.
    pub to: Option<String>,
    /// How the row was checked.
    pub source_note: String,
}

/// All rows.
#[must_use]
pub fn memberships() -> &'static [Membership] {
    static ROWS: OnceLock<Vec<Membership>> = OnceLock::new();
    ROWS.get_or_init(|| {
        rows(include_str!("../../vocabulary/memberships.csv"), |row| {
            let some = |name| Some(row.get(name)).filter(|v: &String| !v.is_empty());
            Membership {
                region: row.get("region"),
                country: row.get("country"),
                status: row.get("status"),
                from: some("from"),
                to: some("to"),
                source_note: row.get("source_note"),
            }
        })
    })
}

impl Membership {
    /// Whether the country was a member on `date` (`YYYY`, `YYYY-MM` or `YYYY-MM-DD`), as far as the table knows.
    ///
    /// Dates are compared as far as both are given: in the year of an admission the country counts as a member.
    /// Associates and observers are not members; who gave notice still is.
    #[must_use]
    pub fn held_on(&self, date: &str) -> bool {
        let after = |bound: &str| prefix(date, bound.len()) >= prefix(bound, date.len());
        let until = |bound: &str| prefix(date, bound.len()) <= prefix(bound, date.len());
        match self.status.as_str() {
            "notice-given" => self.to.as_deref().is_none_or(until),
            "member" | "suspended" | "left" => {
                self.from.as_deref().is_none_or(after) && self.to.as_deref().is_none_or(until)
            }
            _ => false,
        }
    }
}

fn prefix(text: &str, len: usize) -> &[u8] {
    &text.as_bytes()[..len.min(text.len())]
}

/// The members of a region on a date, as alpha-3 codes in alphabetical order.
#[must_use]
pub fn members_on(region: &str, date: &str) -> Vec<&'static str> {
    let mut out: Vec<&str> = memberships()
        .iter()
        .filter(|m| m.region == region && m.held_on(date))
        .map(|m| m.country.as_str())
        .collect();
    out.sort_unstable();
    out.dedup();
    out
}

/// The regions of which a country was a member on a date, in the order of the table.
#[must_use]
pub fn regions_of(country: &str, date: &str) -> Vec<&'static str> {
    let mut out: Vec<&str> = Vec::new();
    for m in memberships()
        .iter()
        .filter(|m| m.country == country && m.held_on(date))
    {
        if !out.contains(&m.region.as_str()) {
            out.push(&m.region);
        }
    }
    out
}
