//! What a webhook is told: a clue opened under a chosen rule, a company on or off the list. One JSON object each.

use serde::Serialize;

use super::target::Target;
use crate::feed::event::{Action, action_of_line};
use crate::store::ClueNews;

/// What the history of clues says of one just found.
const OPENED: &str = "opened";

#[derive(Serialize)]
struct ClueAlert<'a> {
    /// Unique: a receiver that sees it twice has the same alert twice.
    id: String,
    kind: &'static str,
    at: String,
    clue: String,
    rule: &'a str,
    plate: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    uscc: Option<&'a str>,
    start: String,
    end: String,
}

/// The alert of one row of the history of clues; `None` when the target is not told of it.
pub fn of_clue(target: &Target, news: &ClueNews) -> Option<String> {
    let violation = &news.violation;
    if news.what != OPENED || !target.hears_of(violation.rule.as_str()) {
        return None;
    }
    let alert = ClueAlert {
        id: format!("clue-{}", news.seq),
        kind: "clue",
        at: news.at.to_string(),
        clue: violation.id.to_string(),
        rule: violation.rule.as_str(),
        plate: violation.plate.as_str(),
        uscc: violation.carrier_uscc.as_ref().map(domain::Uscc::as_str),
        start: violation.start.to_string(),
        end: violation.end.to_string(),
    };
    serde_json::to_string(&alert).ok()
}

/// The alert of one feed event: the signed line, wrapped. `None` when the target is not told of it.
pub fn of_line(target: &Target, seq: u64, line: &str) -> Option<String> {
    let told = matches!(action_of_line(line), Some(Action::List | Action::Delist | Action::Correct));
    (target.options.listings && told)
        .then(|| format!("{{\"id\":\"feed-{seq}\",\"kind\":\"listing\",\"event\":{line}}}"))
}
