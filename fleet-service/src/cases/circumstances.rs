//! Circumstances an officer gives with a case: words of the catalogue, and whether a rule has points for them. Pure.

use scoring::{Circumstance, Rule};

/// Circumstances that cannot be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CircumstanceError {
    /// A word the catalogue does not know.
    #[error("{word:?} is no circumstance; known: {}", known())]
    Unknown {
        /// The word.
        word: String,
    },
    /// The rule has no points for them.
    #[error("rule {rule} has no points for {given}; {}", listed(.takes))]
    Unfit {
        /// The rule.
        rule: String,
        /// What was given.
        given: String,
        /// What it has points for.
        takes: Vec<&'static str>,
    },
}

fn known() -> String {
    Circumstance::ALL.iter().map(|one| one.word()).collect::<Vec<_>>().join(", ")
}

fn listed(words: &[&'static str]) -> String {
    if words.is_empty() {
        return "it takes no circumstances: leave them out".to_owned();
    }
    format!("it takes one of: {}", words.join(", "))
}

impl CircumstanceError {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Unknown { word } => format!("未知的情节“{word}”，可用：{}", known()),
            Self::Unfit { rule, given, takes } if takes.is_empty() => {
                format!("规则{rule}不区分情节，不能填写{given}")
            }
            Self::Unfit { rule, given, takes } => {
                format!("规则{rule}不适用情节{given}，可用其一：{}", takes.join("、"))
            }
        }
    }
}

/// Reads words; doubles and blanks fall away.
pub fn read<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Vec<Circumstance>, CircumstanceError> {
    let mut circumstances = Vec::new();
    for word in words.into_iter().map(str::trim).filter(|word| !word.is_empty()) {
        let unknown = || CircumstanceError::Unknown { word: word.to_owned() };
        let circumstance = Circumstance::from_word(word).ok_or_else(unknown)?;
        if !circumstances.contains(&circumstance) {
            circumstances.push(circumstance);
        }
    }
    Ok(circumstances)
}

/// Whether a rule has points for them.
pub fn fit(rule: &Rule, circumstances: &[Circumstance]) -> Result<(), CircumstanceError> {
    if rule.base_under(circumstances).is_some() {
        return Ok(());
    }
    Err(CircumstanceError::Unfit {
        rule: rule.code.to_string(),
        given: circumstances.iter().map(|one| one.word()).collect::<Vec<_>>().join(", "),
        takes: rule.circumstances.iter().map(|(one, _)| one.word()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use scoring::Catalogue;

    use super::*;

    #[track_caller]
    fn check(rule: &str, words: &[&str], expected: Result<usize, &str>) {
        let catalogue = Catalogue::embedded().unwrap();
        let at = "2026-06-15T12:00:00+08:00".parse().unwrap();
        let rule = catalogue.rule_at(&rule.parse().unwrap(), at).unwrap();
        let read = read(words.iter().copied()).and_then(|read| fit(rule, &read).map(|()| read.len()));
        match (read, expected) {
            (Ok(count), Ok(wanted)) => assert_eq!(count, wanted),
            (Err(error), Err(part)) => {
                assert!(error.to_string().contains(part) && !error.zh().is_empty(), "{error}")
            }
            (read, expected) => panic!("{read:?}, not {expected:?}"),
        }
    }

    #[test]
    fn only_what_the_rule_has_points_for_is_taken() {
        check("DP-03", &["cleaned_at_once", " cleaned_at_once "], Ok(1));
        check("DP-03", &[], Ok(0));
        check("TR-02b", &["expressway"], Ok(1));
        check("DP-03", &["expressway"], Err("it takes one of: cleaned_at_once"));
        check("UW-01", &["expressway"], Err("takes no circumstances"));
        check("DP-03", &["by_night"], Err("known: cleaned_at_once, expressway"));
        check("DP-03", &["cleaned_at_once", "expressway"], Err("cleaned_at_once, expressway"));
    }
}
