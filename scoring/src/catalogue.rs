//! The dated rule catalogue: which rule with which points applied to an act of a given day.
//!
//! Tables are TOML data. A published table is never edited: a change is a further table, and a rule written without an
//! end applies until the day before a later table's rule of the same code begins. Reading checks the whole: no unknown
//! or missing member, no rule twice, no gap and no overlap between the periods of one code. Detectors are code elsewhere,
//! under the same rule codes.

mod read;

use std::collections::BTreeMap;

use domain::{LocalDate, RuleCode, Timestamp};

use crate::rule::Rule;
use read::{MEMBERS, read_table};

/// Most points a rule may cost before escalation: 100.00, the whole score.
pub const BASE_CP_MAX: i64 = 10_000;
/// Longest text of a table, bytes.
pub const TABLE_BYTES_MAX: usize = 1 << 20;

/// The tables this program carries, oldest first: name and text.
pub const EMBEDDED: &[(&str, &str)] = &[("2026-01.toml", include_str!("../catalogue/2026-01.toml"))];

/// All rules of all tables, by code and then by period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    rules: BTreeMap<RuleCode, Vec<Rule>>,
}

/// Why a table is refused. Every message names the table, and the rule and member where there is one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogueError {
    /// No TOML at all.
    #[error("{table}: not TOML")]
    Syntax {
        /// The table.
        table: String,
        /// Where the text breaks off.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// More text than [`TABLE_BYTES_MAX`].
    #[error("{table}: {bytes} bytes, at most {TABLE_BYTES_MAX} are read")]
    TooLong {
        /// The table.
        table: String,
        /// Its length.
        bytes: usize,
    },
    /// A top-level member other than `version` and `rule`, or one of those missing or of the wrong kind.
    #[error("{table}: member `{member}`: {problem}")]
    Head {
        /// The table.
        table: String,
        /// The member.
        member: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A member no rule has.
    #[error("{table}: rule {code}: unknown member `{member}`; known are {}", MEMBERS.join(", "))]
    UnknownMember {
        /// The table.
        table: String,
        /// The rule.
        code: String,
        /// The member.
        member: String,
    },
    /// A member is missing or of the wrong kind.
    #[error("{table}: rule {code}")]
    Member {
        /// The table.
        table: String,
        /// The rule, or its position in the table when the code itself is unreadable.
        code: String,
        /// Which member, and why.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A member is read but its value is refused.
    #[error("{table}: rule {code}: member `{member}`: {problem}")]
    Value {
        /// The table.
        table: String,
        /// The rule.
        code: RuleCode,
        /// The member.
        member: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// Two rules of one code apply to the same days.
    #[error(
        "{table}: rule {code}: member `valid_from`: begins on {begins}, but the rule before it still applies then"
    )]
    Overlap {
        /// The later table.
        table: String,
        /// The rule.
        code: RuleCode,
        /// First day of the later period.
        begins: LocalDate,
    },
    /// Days between two periods of one code.
    #[error(
        "{table}: rule {code}: member `valid_from`: begins on {begins}, but the rule before it ended on {ended}: no rule between"
    )]
    Gap {
        /// The later table.
        table: String,
        /// The rule.
        code: RuleCode,
        /// Last day of the earlier period.
        ended: LocalDate,
        /// First day of the later period.
        begins: LocalDate,
    },
    /// A rule names another that no table has.
    #[error("{table}: rule {code}: member `{member}`: no table has a rule {named}")]
    UnknownRule {
        /// The table.
        table: String,
        /// The rule.
        code: RuleCode,
        /// The member.
        member: &'static str,
        /// The rule named.
        named: RuleCode,
    },
    /// The same code with and without grades.
    #[error("rule {code}: member `code`: {graded} is a grade of it, so {code} itself can have no points")]
    GradedAndPlain {
        /// The plain code.
        code: RuleCode,
        /// One of its grades.
        graded: RuleCode,
    },
}

/// Why no rule answers for an act.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LookupError {
    /// No table has such a code.
    #[error("no table has a rule {code}")]
    Unknown {
        /// The code asked for.
        code: RuleCode,
    },
    /// The code is graded and no known band was given.
    #[error("rule {code} is graded: a band is needed, one of {known}")]
    Band {
        /// The code asked for.
        code: RuleCode,
        /// The grades there are, separated by commas.
        known: String,
    },
    /// The code exists but not on that day.
    #[error("rule {code} was not in force on {date}")]
    NotInForce {
        /// The code, with its grade.
        code: RuleCode,
        /// The local day of the act.
        date: LocalDate,
    },
}

impl Catalogue {
    /// The catalogue this program carries.
    pub fn embedded() -> Result<Self, CatalogueError> {
        Self::from_tables(EMBEDDED.iter().copied())
    }

    /// Reads tables given as (name, text); the name appears in errors. The order does not matter.
    pub fn from_tables<'a>(
        tables: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, CatalogueError> {
        let mut rules: BTreeMap<RuleCode, Vec<(String, Rule)>> = BTreeMap::new();
        for (table, text) in tables {
            for rule in read_table(table, text)? {
                rules.entry(rule.code.clone()).or_default().push((table.to_owned(), rule));
            }
        }
        for (code, periods) in &mut rules {
            periods.sort_by_key(|(_, rule)| rule.valid_from);
            end_replaced(periods);
            check_periods(code, periods)?;
        }
        for (table, rule) in rules.values().flatten() {
            check_named(&rules, table, rule)?;
        }
        for code in rules.keys() {
            let grade = |other: &&RuleCode| *other != code && crate::rule::family(other) == code.as_str();
            if let Some(graded) = rules.keys().find(grade) {
                return Err(CatalogueError::GradedAndPlain { code: code.clone(), graded: graded.clone() });
            }
        }
        let strip = |(code, periods): (RuleCode, Vec<(String, Rule)>)| {
            (code, periods.into_iter().map(|(_, rule)| rule).collect())
        };
        Ok(Self { rules: rules.into_iter().map(strip).collect() })
    }

    /// Every rule in every period, by code and then by date.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values().flatten()
    }

    /// The rule of exactly this code (grade included) at the time of the act, 行政处罚法 37.
    pub fn rule_at(&self, code: &RuleCode, occurred_at: Timestamp) -> Option<&Rule> {
        let date = occurred_at.local_date();
        self.rules.get(code)?.iter().find(|rule| rule.applies_on(date))
    }

    /// The rule of a code as a detector names it: `TR-02` with band `b` is `TR-02b`. A code without grades ignores the
    /// band, and a code that already ends in its grade needs none.
    pub fn resolve(
        &self,
        code: &RuleCode,
        band: Option<&str>,
        occurred_at: Timestamp,
    ) -> Result<&Rule, LookupError> {
        let code = self.graded(code, band)?;
        self.rule_at(code, occurred_at)
            .ok_or_else(|| LookupError::NotInForce { code: code.clone(), date: occurred_at.local_date() })
    }

    fn graded(&self, code: &RuleCode, band: Option<&str>) -> Result<&RuleCode, LookupError> {
        if let Some((known, _)) = self.rules.get_key_value(code) {
            return Ok(known);
        }
        let grades: Vec<&RuleCode> =
            self.rules.keys().filter(|graded| crate::rule::family(graded) == code.as_str()).collect();
        let letters: Vec<&str> =
            grades.iter().filter_map(|graded| graded.as_str().strip_prefix(code.as_str())).collect();
        match letters.iter().position(|letter| band == Some(*letter)).and_then(|at| grades.get(at)) {
            Some(graded) => Ok(graded),
            None if grades.is_empty() => Err(LookupError::Unknown { code: code.clone() }),
            None => Err(LookupError::Band { code: code.clone(), known: letters.join(", ") }),
        }
    }
}

/// Ends each open period on the day before another table's rule of the same code begins.
fn end_replaced(periods: &mut [(String, Rule)]) {
    for at in 1..periods.len() {
        let (earlier, later) = periods.split_at_mut(at);
        let (Some((old_table, old)), Some((new_table, new))) = (earlier.last_mut(), later.first()) else {
            continue;
        };
        if old.valid_to.is_none() && old_table != new_table && old.valid_from < new.valid_from {
            old.valid_to = new.valid_from.pred_opt();
        }
    }
}

fn check_periods(code: &RuleCode, periods: &[(String, Rule)]) -> Result<(), CatalogueError> {
    for (earlier, later) in periods.iter().zip(periods.iter().skip(1)) {
        let (table, begins) = (later.0.clone(), later.1.valid_from);
        match earlier.1.valid_to {
            Some(ended) if ended.succ_opt() == Some(begins) => {}
            Some(ended) if ended < begins => {
                return Err(CatalogueError::Gap { table, code: code.clone(), ended, begins });
            }
            _ => return Err(CatalogueError::Overlap { table, code: code.clone(), begins }),
        }
    }
    Ok(())
}

/// Rules are named without their grades; each has to be there.
fn check_named(
    rules: &BTreeMap<RuleCode, Vec<(String, Rule)>>,
    table: &str,
    rule: &Rule,
) -> Result<(), CatalogueError> {
    for (member, named) in [("added_to", &rule.added_to), ("highest_of", &rule.highest_of)] {
        let unknown =
            |named: &&RuleCode| !rules.keys().any(|code| crate::rule::family(code) == named.as_str());
        if let Some(named) = named.iter().find(unknown) {
            return Err(CatalogueError::UnknownRule {
                table: table.to_owned(),
                code: rule.code.clone(),
                member,
                named: named.clone(),
            });
        }
    }
    Ok(())
}
