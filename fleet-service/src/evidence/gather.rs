//! Everything a case rests on, from the stores.

use std::sync::Arc;

use domain::{Registers, Report, Timestamp};
use scoring::Catalogue;

use super::{AROUND_S, Evidence, STRETCH_S_MAX};
use crate::cases::case_file::CaseFile;
use crate::history::chunk::Wanted;
use crate::history::subject::Subject;
use crate::history::track::Track;
use crate::history::{History, HistoryError};
use crate::store::{Store, StoreError};

/// Most lines of the trail of one thing.
const TRAIL_MAX: u32 = 1_000;
/// Most raw messages looked at.
const RAW_MAX: u32 = 5_000;

/// Why it cannot be gathered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GatherError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// History cannot be read.
    #[error(transparent)]
    History(#[from] HistoryError),
}

/// Gathers what a case rests on.
pub async fn gather(
    case: CaseFile,
    store: &Store,
    history: &History,
    registers: &Registers,
    catalogue: &Catalogue,
) -> Result<Evidence, GatherError> {
    let number = case.number.to_string();
    let from = case.occurred_at.plus_seconds(-AROUND_S);
    let until = case.occurred_until.plus_seconds(AROUND_S).min(from.plus_seconds(STRETCH_S_MAX));
    let registry = Arc::clone(registers.at(case.occurred_at));
    let (reports, is_cut) = reports(&case, history, &registry, (from, until)).await?;
    let mut trail = store.audit_of(&number, TRAIL_MAX).await?;
    let (mut clue, mut clue_history) = (None, vec![]);
    if let Some(id) = case.clue {
        clue = store.clue(id).await?;
        clue_history = store.clue_history(id).await?;
        trail.extend(store.audit_of(&id.to_string(), TRAIL_MAX).await?);
    }
    trail.sort_by_key(|entry| entry.seq);
    let entry = match (&case.uscc, case.ledger_seq) {
        (Some(uscc), Some(seq)) => store.ledger_of(uscc).await?.into_iter().find(|entry| entry.seq == seq),
        _ => None,
    };
    let terminal = registry.trucks.get(&case.plate).and_then(|truck| truck.terminal.clone());
    let mut raw = match &terminal {
        Some(terminal) => store.raw_messages(terminal, RAW_MAX).await?,
        None => vec![],
    };
    raw.retain(|message| (from..=until).contains(&message.received));
    raw.reverse();
    let tip = store.tip_of_case(&number).await?;
    let mut photos = Vec::new();
    for id in tip.iter().flat_map(|tip| &tip.photos) {
        photos.extend(store.tip_photo(id).await?);
    }
    Ok(Evidence {
        rule: catalogue.rule_at(&case.rule, case.occurred_at).cloned(),
        registers: store.registers_in_force_at(case.occurred_at).await?,
        reads: store.case_reads(&number).await?,
        stretch: (from, until),
        case,
        clue,
        clue_history,
        entry,
        trail,
        reports,
        is_cut,
        raw,
        registry,
        tip,
        photos,
    })
}

/// The truck's reports and what fixed readers saw of its tag, by time.
async fn reports(
    case: &CaseFile,
    history: &History,
    registry: &domain::Registry,
    (from, until): (Timestamp, Timestamp),
) -> Result<(Vec<Report>, bool), GatherError> {
    let stretch = from..=until;
    let subject = Subject::Truck(case.plate.clone());
    let track = Track::of(history.read(&subject, &stretch, Wanted::ALL).await?, &stretch, None);
    let mut is_cut = track.is_truncated;
    let mut reports: Vec<Report> =
        track.rows().filter_map(|(fixes, row)| fixes.report(row, &case.plate)).collect();
    reports.extend(track.events);
    let tag = registry.trucks.get(&case.plate).and_then(|truck| truck.epc.clone());
    if let Some(tag) = tag {
        let of_tag =
            Track::of(history.read(&Subject::Tag(tag), &stretch, Wanted::ALL).await?, &stretch, None);
        is_cut |= of_tag.is_truncated;
        reports.extend(of_tag.events);
    }
    reports.sort();
    Ok((reports, is_cut))
}
