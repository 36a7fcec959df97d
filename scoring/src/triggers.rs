//! What calls for a human decision on market exit whatever the score: **proposals**, never a listing by themselves.
//!
//! | proposal | when | after |
//! |---|---|---|
//! | repeated | 3 penalties in 12 months among load not covered, unlisted truck, dumping off site, unapproved load | 济南市城市建筑垃圾管理条例 43 |
//! | penalties | 5 penalties by the general procedure in the year | 扬州 2019 |
//! | accidents | 2 serious accidents with main liability in the year | 扬州 2019 |
//! | at once | one penalty for a false plate, or for a forged or lent approval | 扬州 2019 |
//!
//! Only deductions that count are counted: not reversed, final by the day asked for, one of one incident. A cure gives
//! points back but does not undo a penalty. A penalty counts as one of the general procedure when it has a decision number
//! of its own and is not a minor one; which procedure was followed stands in no ledger entry.

use chrono::Months;
use domain::{LocalDate, Timestamp, Uscc};
use serde::{Deserialize, Serialize};

use crate::catalogue::Catalogue;
use crate::cycle::Cycle;
use crate::digest::EntryId;
use crate::fold::{Folded, Profile};
use crate::ledger::LedgerEntry;
use crate::rule::{HardTrigger, Severity};
use crate::words::words;

/// Penalties of the repeated kind within [`REPEATED_MONTHS`].
pub const REPEATED_FROM: usize = 3;
/// How far back they count.
pub const REPEATED_MONTHS: u32 = 12;
/// Penalties by the general procedure in a year.
pub const PENALTIES_FROM: usize = 5;
/// Serious accidents with main liability in a year.
pub const ACCIDENTS_FROM: usize = 2;

words!(
    /// What the proposal rests on.
    Trigger {
        /// The same grave kinds again and again.
        Repeated = "repeated",
        /// Many penalties.
        Penalties = "penalties",
        /// Serious accidents.
        Accidents = "accidents",
        /// One act is enough.
        AtOnce = "at_once",
    }
);

impl Trigger {
    /// The reason as people read it in Chinese.
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Repeated => "十二个月内密闭不严、使用未登记车辆、场外倾倒、未经核准运输累计处罚三次以上",
            Self::Penalties => "年度内一般程序处罚五次以上",
            Self::Accidents => "年度内负主要以上责任的较大事故两起以上",
            Self::AtOnce => "使用假牌套牌，或伪造、出借核准文件",
        }
    }
}

/// A proposal to a human.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// What it rests on.
    pub trigger: Trigger,
    /// The entries, the oldest act first.
    pub entries: Vec<EntryId>,
}

/// What the ledger of a company proposes at a moment.
pub fn proposals<'a>(
    entries: impl IntoIterator<Item = &'a LedgerEntry>,
    uscc: &Uscc,
    catalogue: &Catalogue,
    as_of: Timestamp,
) -> Vec<Proposal> {
    proposals_of(&Folded::of(entries, uscc, as_of, Profile::FleetFair), catalogue, as_of)
}

/// The same of a company whose entries are folded under the default profile already.
pub fn proposals_of(folded: &Folded<'_>, catalogue: &Catalogue, as_of: Timestamp) -> Vec<Proposal> {
    let (today, cycle) = (as_of.local_date(), Cycle::of(as_of));
    let is_final = |entry: &&LedgerEntry| entry.final_date.is_some_and(|date| date <= today);
    let final_in = |cycle| folded.counted(cycle).into_iter().filter(is_final).collect::<Vec<_>>();
    let this_year = final_in(cycle);
    let mut both = final_in(Cycle::of_year(cycle.year().saturating_sub(1)));
    both.extend(this_year.iter().copied());
    let at = |entry: &LedgerEntry| entry.occurred_at.unwrap_or(entry.posted_at);
    let kind = |entry: &LedgerEntry| {
        let rule = entry.rule.as_ref().and_then(|code| catalogue.rule_at(code, at(entry)));
        rule.map_or(HardTrigger::None, |rule| rule.hard_trigger)
    };
    let since = today.checked_sub_months(Months::new(REPEATED_MONTHS)).unwrap_or(LocalDate::MIN);
    let is_recent = |entry: &LedgerEntry| at(entry).local_date() > since && at(entry) <= as_of;
    let of = |entries: &[&LedgerEntry], wanted: &dyn Fn(&LedgerEntry) -> bool| -> Vec<EntryId> {
        entries.iter().filter(|entry| wanted(entry)).map(|entry| entry.id).collect()
    };
    let repeated = of(&both, &|entry| kind(entry) == HardTrigger::Repeated && is_recent(entry));
    let penalties =
        of(&this_year, &|entry| entry.decision_no.is_some() && entry.severity != Some(Severity::Minor));
    let accidents = of(&this_year, &|entry| kind(entry) == HardTrigger::TwoAccidents);
    let at_once = of(&this_year, &|entry| kind(entry) == HardTrigger::AtOnce);
    let found = [
        (Trigger::Repeated, repeated, REPEATED_FROM),
        (Trigger::Penalties, penalties, PENALTIES_FROM),
        (Trigger::Accidents, accidents, ACCIDENTS_FROM),
        (Trigger::AtOnce, at_once, 1),
    ];
    let enough = found.into_iter().filter(|(_, entries, from)| entries.len() >= *from);
    enough.map(|(trigger, entries, _)| Proposal { trigger, entries }).collect()
}
