//! What if one line were otherwise: the ledger with one reversal more, or without one, folded again.

use crate::digest::EntryId;
use crate::fold::{self, Score};
use crate::label::Note;
use crate::ledger::{self, EntryKind, LedgerEntry};
use crate::posting;

/// The score had deduction `id` been reversed; the score as it stands when there is no such deduction.
pub(super) fn reversed(own: &[&LedgerEntry], id: EntryId, score: &Score) -> i64 {
    let Some(entry) = own.iter().find(|entry| entry.id == id) else { return score.score_cp };
    let by = entry.posted_by.clone();
    let Ok(draft) = posting::reversal(entry, Note::default(), None, entry.posted_at, by) else {
        return score.score_cp;
    };
    let reversal = ledger::append(own.last().copied(), draft);
    folded(own.iter().copied().chain([&reversal]), score)
}

/// The score had the reversals of deduction `id` never been posted; whatever else they undo stays undone.
pub(super) fn standing_again(own: &[&LedgerEntry], id: EntryId, score: &Score) -> i64 {
    let undoes = |entry: &LedgerEntry| entry.kind == EntryKind::Reverse && entry.refs.contains(&id);
    let others: Vec<LedgerEntry> = own
        .iter()
        .filter(|entry| undoes(entry))
        .map(|entry| {
            let mut entry = (*entry).clone();
            entry.body.refs.retain(|other| *other != id);
            entry
        })
        .collect();
    folded(own.iter().copied().filter(|entry| !undoes(entry)).chain(&others), score)
}

fn folded<'a>(entries: impl Iterator<Item = &'a LedgerEntry>, score: &Score) -> i64 {
    fold::score_as_of(entries, &score.uscc, score.as_of, score.profile).score_cp
}
