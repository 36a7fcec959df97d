//! What the public is told beside scores: the penalty record of a decided case, an exit from the directory, persons who answer
//! for a company. Pure; who may be named how is [`crate::feed::mask`]'s.

use domain::{Registry, Uscc};
use scoring::{EntryKind, LedgerEntry};

use super::case_file::{CaseFile, CaseState};
use super::company::Ground;
use super::listing_file::{ListingFile, Why};
use crate::feed::mask;
use crate::feed::record::{
    ExitRecord, Particulars, PenaltyRecord, PenaltyStatus, ReadmitRecord, ResponsiblePerson,
};

/// A company's legal representative as the public reads the name.
pub fn representative(registry: &Registry, uscc: &Uscc) -> Option<String> {
    let persons = registry.persons.get(uscc)?;
    persons.legal_representative.as_deref().map(|name| mask::representative(name, uscc))
}

/// Adds the persons who answer for a company, and the code of the authority that decided.
pub fn complete(particulars: &mut Particulars, uscc: &Uscc, ground: &Ground<'_>) {
    let deciding = ground.settings.authorities.of(ground.settings.listing.deciding_authority);
    particulars.legal_representative = representative(ground.registry, uscc);
    let persons = ground.registry.persons.get(uscc);
    particulars.responsible_persons = persons
        .iter()
        .flat_map(|persons| &persons.responsible)
        .map(|one| ResponsiblePerson { name: mask::person(&one.name), post: one.post.clone() })
        .collect();
    if particulars.authority.is_some() {
        particulars.authority_uscc = deciding.uscc.as_ref().map(ToString::to_string);
    }
}

/// The deductions whose penalty has to be published after entries were posted, each with its standing now: those posted on a
/// numbered decision, and those reversed.
pub fn moved_penalties<'a>(
    added: &'a [LedgerEntry],
    all: &'a [LedgerEntry],
) -> impl Iterator<Item = (&'a LedgerEntry, bool)> {
    added.iter().filter_map(|entry| match entry.kind {
        EntryKind::Deduct => Some((entry, true)),
        EntryKind::Reverse => {
            let named = |other: &&LedgerEntry| {
                other.kind == EntryKind::Deduct && entry.refs.first() == Some(&other.id)
            };
            all.iter().find(named).map(|deduction| (deduction, false))
        }
        _ => None,
    })
}

/// The penalty record of a deduction with its case; `None` when neither has a numbered decision. `stands` is false once the
/// deduction is reversed.
pub fn penalty(
    entry: &LedgerEntry,
    case: Option<&CaseFile>,
    stands: bool,
    ground: &Ground<'_>,
) -> Option<PenaltyRecord> {
    let decision = case.and_then(|case| case.decision.as_ref());
    let decision_no = decision
        .map(|decision| decision.number.clone())
        .or_else(|| entry.decision_no.as_ref().map(ToString::to_string))?;
    let rule =
        entry.rule.as_ref().zip(entry.occurred_at).and_then(|(code, at)| ground.catalogue.rule_at(code, at));
    let authority = case.map(|case| case.authority).or(rule.map(|rule| rule.authority));
    let named = authority.map(|authority| ground.settings.authorities.of(authority));
    let publication = &ground.settings.publication;
    let status = match (stands, case.map(|case| case.state)) {
        (true, _) => PenaltyStatus::Effective,
        (false, Some(CaseState::Revoked)) => PenaltyStatus::Revoked,
        (false, _) => PenaltyStatus::Withdrawn,
    };
    let carrier = ground.registry.carriers.get(&entry.uscc);
    Some(PenaltyRecord {
        uscc: entry.uscc.clone(),
        name: carrier.map_or_else(|| entry.uscc.to_string(), |carrier| carrier.name.clone()),
        legal_representative: representative(ground.registry, &entry.uscc),
        decision_no,
        decided_on: decision.map(|decision| decision.date),
        case_no: entry.case_no.as_ref().map(ToString::to_string),
        rule: entry.rule.as_ref().map(ToString::to_string),
        facts: rule.map(|rule| rule.name_zh.clone()),
        plate: entry.plate.clone(),
        occurred_at: entry.occurred_at,
        basis: rule.map(|rule| rule.legal_basis.clone()).unwrap_or_default(),
        content: decision.map(|decision| mask::text(&decision.content)).filter(|content| !content.is_empty()),
        fine_fen: decision.and_then(|decision| decision.fine_fen),
        authority: authority.map(|authority| authority.word().to_owned()),
        authority_name: named.and_then(|named| named.name.clone()),
        authority_uscc: named.and_then(|named| named.uscc.clone()),
        source_unit: publication.source_unit.clone(),
        source_unit_uscc: publication.source_unit_uscc.clone(),
        region_code: publication.region_code.clone(),
        status: Some(status),
        final_on: case.and_then(|case| case.final_date).or(entry.final_date.filter(|_| case.is_none())),
        publicity_class: entry.severity.map(|severity| severity.word().to_owned()),
        publicity_end: entry.publicity_end,
        amount_centi: entry.amount_cp,
    })
}

/// The record of an exit that was decided, with the ledger entry that holds it.
pub fn exit(file: &ListingFile, entry: &LedgerEntry, ground: &Ground<'_>) -> Option<ExitRecord> {
    let (decision, ban_until) = (file.decision.as_ref()?, file.ban_until?);
    let notice = file.notice.as_ref();
    let trigger = match &file.why {
        Why::Score => None,
        Why::Trigger { what, .. } => Some(what.clone()),
    };
    Some(ExitRecord {
        uscc: file.uscc.clone(),
        name: file.name.clone(),
        legal_representative: representative(ground.registry, &file.uscc),
        trigger,
        cause: file.causes.clone(),
        basis: file.legal_basis.clone(),
        authority: file.authority_name.clone(),
        authority_uscc: ground.settings.authorities.of(file.authority).uscc.clone(),
        notice_no: notice.map(|notice| notice.number.clone()),
        notice_served_on: notice.and_then(|notice| notice.served),
        decision_no: decision.number.clone(),
        decided_on: decision.at.local_date(),
        ban_until,
        ledger_seq: entry.seq,
        ledger_hash: entry.hash.to_string(),
    })
}

/// The record of an exit that was lifted.
pub fn readmit(file: &ListingFile, entry: &LedgerEntry, reason: &str) -> ReadmitRecord {
    ReadmitRecord {
        uscc: file.uscc.clone(),
        name: file.name.clone(),
        exit_decision_no: file.decision.as_ref().map(|decision| decision.number.clone()),
        decision_no: entry.decision_no.as_ref().map(ToString::to_string).unwrap_or_default(),
        decided_on: entry.posted_at.local_date(),
        reason: mask::text(reason),
        authority: file.authority_name.clone(),
        ledger_seq: entry.seq,
        ledger_hash: entry.hash.to_string(),
    }
}
