//! A company before and after its ledger moves: the score, and what the black list has to say of it. Pure: what was stored
//! comes in, what is to be stored goes out.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use domain::{Authority, LocalDate, Registry, Timestamp, Uscc};
use scoring::ConfirmedCase;
use scoring::fold::Folded;
use scoring::ledger::{EntryKind, LedgerEntry, append};
use scoring::posting::PostingError;
use scoring::triggers::proposals_of;
use scoring::{
    Band, Catalogue, Cycle, EntryDraft, EntryId, Label, Note, Profile, Score, fold, listing, posting,
};

use super::case_file::CaseFile;
use super::listing_file::{FileState, ListingFile, Measure, Why};
use super::settings::Settings;
use crate::feed::publish::Listing;
use crate::feed::record::{Action, Cause, Particulars};
use crate::store::StoredListing;
use crate::view::carrier::fleet_size;

/// A company's ledger, the newest entry of the whole ledger, and what this change appends.
#[derive(Debug, Clone, Default)]
pub struct Book {
    entries: Vec<LedgerEntry>,
    last: Option<LedgerEntry>,
    stored: usize,
}

impl Book {
    /// A book of stored entries.
    pub fn new(entries: Vec<LedgerEntry>, last: Option<LedgerEntry>) -> Self {
        Self { stored: entries.len(), entries, last }
    }

    /// Appends an entry.
    pub fn push(&mut self, draft: EntryDraft) -> LedgerEntry {
        let entry = append(self.last.as_ref(), draft);
        self.last = Some(entry.clone());
        self.entries.push(entry.clone());
        entry
    }

    /// Every entry of the company.
    pub fn entries(&self) -> &[LedgerEntry] {
        &self.entries
    }

    /// Every entry, to be kept.
    pub fn into_entries(self) -> Vec<LedgerEntry> {
        self.entries
    }

    /// What is to be stored.
    pub fn added(&self) -> &[LedgerEntry] {
        &self.entries[self.stored..]
    }

    /// The score of a year.
    pub fn score(&self, uscc: &Uscc, cycle: Cycle) -> Score {
        fold::score(&self.entries, uscc, cycle, Profile::FleetFair)
    }

    /// The score of a year as it would be had some deductions never been posted: without those under objection.
    pub fn score_without(&self, uscc: &Uscc, cycle: Cycle, contested: &BTreeSet<EntryId>) -> Score {
        let counts = |entry: &&LedgerEntry| entry.kind != EntryKind::Deduct || !contested.contains(&entry.id);
        fold::score(self.entries.iter().filter(counts), uscc, cycle, Profile::FleetFair)
    }
}

/// Which way a score may have gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// A deduction: it never takes a company off the list, not even the first of a new year, whose score is still high.
    Down,
    /// A reversal or a repair.
    Up,
    /// Nothing was posted, but an objection was decided.
    Unblocked,
}

/// What a company is judged by.
pub struct Ground<'a> {
    /// The rules.
    pub catalogue: &'a Catalogue,
    /// The registers in force.
    pub registry: &'a Registry,
    /// Notice periods and who decides.
    pub settings: &'a Settings,
}

/// A company as stored, before a change.
#[derive(Debug, Clone)]
pub struct Company {
    /// Who.
    pub uscc: Uscc,
    /// Its ledger.
    pub book: Book,
    /// Its row on the black list.
    pub listed: Option<StoredListing>,
    /// Its listing file that is open or listed.
    pub file: Option<ListingFile>,
    /// Deductions under an objection that is open.
    pub contested: BTreeSet<EntryId>,
    /// Its exit files, whatever became of them.
    pub exits: Vec<ListingFile>,
    /// The place a new file gets.
    pub next_file: u64,
}

/// What follows from a move.
#[derive(Debug, Clone)]
pub struct Aftermath {
    /// The score after it.
    pub score: Score,
    /// A change of the black list, to be published.
    pub listing: Option<Listing>,
    /// The listing file as it is to be stored.
    pub file: Option<ListingFile>,
    /// Exit files that a trigger opened or that fall away, to be stored.
    pub exits: Vec<ListingFile>,
}

impl Company {
    /// The registered name, or the code.
    pub fn name(&self, registry: &Registry) -> String {
        registry.carriers.get(&self.uscc).map_or_else(|| self.uscc.to_string(), |c| c.name.clone())
    }

    /// What follows for the black list after the ledger moved in a year. Entries that record it are pushed to the book.
    pub fn follow(
        &mut self,
        cycle: Cycle,
        moved: Moved,
        now: Timestamp,
        by: &Label,
        ground: &Ground<'_>,
    ) -> Aftermath {
        // Folded once for the score and for what the triggers call for.
        let (score, called_for) = {
            let (as_of, profile) = (cycle.last_moment(), Profile::FleetFair);
            let folded = Folded::of(self.book.entries(), &self.uscc, as_of, profile);
            let called_for =
                (moved != Moved::Unblocked).then(|| proposals_of(&folded, ground.catalogue, now));
            (folded.score(cycle, as_of), called_for)
        };
        let below = is_below(&score);
        let of_year = self.file.clone().filter(|file| file.cycle == cycle && file.measure == Measure::List);
        let (listing, file) = match (&self.listed, of_year) {
            (None, None) if below => self.open(&score, now, by, ground),
            (None, Some(file)) if !below && file.state.is_open() && file.why == Why::Score => {
                (None, Some(file.withdraw("记分已恢复至60.00分以上")))
            }
            (None, Some(file)) if below && moved == Moved::Unblocked => {
                self.unblock(file, &score, now, by, ground)
            }
            (Some(_), file) if moved == Moved::Up => self.relieve(file, &score, now, by, ground),
            _ => (None, None),
        };
        let exits =
            called_for.map_or_else(Vec::new, |called_for| self.triggered(called_for, &score, now, ground));
        Aftermath { score, listing, file, exits }
    }

    /// Posts the deduction of a case and tells what follows. The case learns its entry.
    pub fn count(
        &mut self,
        case: &mut CaseFile,
        now: Timestamp,
        by: &Label,
        ground: &Ground<'_>,
    ) -> Result<Aftermath, PostingError> {
        let decision_no = case.decision.as_ref().and_then(|decision| decision.number.parse().ok());
        let confirmed = ConfirmedCase {
            case_no: case.number.clone(),
            rule: case.rule.clone(),
            band: None,
            plate: case.plate.clone(),
            uscc: self.uscc.clone(),
            trip: case.trip,
            occurred_at: case.occurred_at,
            occurred_until: case.occurred_until,
            final_date: case.final_date.unwrap_or_else(|| now.local_date()),
            decision_no,
            circumstances: case.circumstances.clone(),
        };
        let fleet = NonZeroU32::new(fleet_size(ground.registry, &self.uscc)).unwrap_or(NonZeroU32::MIN);
        let draft =
            posting::deduction(&confirmed, self.book.entries(), ground.catalogue, fleet, now, by.clone())?;
        let entry = self.book.push(draft);
        case.ledger_seq = Some(entry.seq);
        case.points_centi = Some(entry.amount_cp);
        Ok(self.follow(entry.cycle, Moved::Down, now, by, ground))
    }

    /// A score below 60.00 of a company that is not listed and of which no file speaks.
    fn open(
        &mut self,
        score: &Score,
        now: Timestamp,
        by: &Label,
        ground: &Ground<'_>,
    ) -> (Option<Listing>, Option<ListingFile>) {
        let file = self.file_of(score, Why::Score, Measure::List, now, ground);
        if ground.settings.listing.notice_working_days > 0 || self.is_blocked(score) {
            return (None, Some(file));
        }
        let listing = self.list(&file, None, score, now, by, ground);
        (Some(listing), Some(file.list(None, score.score_cp, now)))
    }

    /// An objection that kept a company off the list was rejected; without a notice period the listing follows.
    fn unblock(
        &mut self,
        file: ListingFile,
        score: &Score,
        now: Timestamp,
        by: &Label,
        ground: &Ground<'_>,
    ) -> (Option<Listing>, Option<ListingFile>) {
        let at_once = ground.settings.listing.notice_working_days == 0 && file.why == Why::Score;
        if !at_once || file.state != FileState::Proposed || self.is_blocked(score) {
            return (None, None);
        }
        let listing = self.list(&file, None, score, now, by, ground);
        (Some(listing), Some(file.list(None, score.score_cp, now)))
    }

    /// A listed company got points back: off the list, or the list corrected.
    fn relieve(
        &mut self,
        file: Option<ListingFile>,
        score: &Score,
        now: Timestamp,
        by: &Label,
        ground: &Ground<'_>,
    ) -> (Option<Listing>, Option<ListingFile>) {
        // A listing by another ground or of another year does not rest on this score.
        if file.is_none() && self.file.is_some() || file.as_ref().is_some_and(|file| file.why != Why::Score) {
            return (None, None);
        }
        if is_below(score) {
            return (Some(self.publication(Action::Correct, score, ground)), None);
        }
        let reason = "记分已恢复至60.00分以上";
        self.book.push(posting::delist(score, None, super::act_error::note(reason), now, by.clone()));
        let listing = self.publication(Action::Delist, score, ground);
        (Some(listing), file.map(|file| file.delist(reason, now)))
    }

    /// Whether the score would not be below 60.00 without the deductions under objection.
    pub fn is_blocked(&self, score: &Score) -> bool {
        !self.contested.is_empty()
            && !is_below(&self.book.score_without(&self.uscc, score.cycle, &self.contested))
    }

    /// Puts the company on the list: the ledger entry and what is published.
    pub fn list(
        &mut self,
        file: &ListingFile,
        decision_no: Option<Label>,
        score: &Score,
        now: Timestamp,
        by: &Label,
        ground: &Ground<'_>,
    ) -> Listing {
        self.book.push(posting::list(score, decision_no, file.term_end, now, by.clone()));
        self.publication(Action::List, score, ground)
    }

    /// Takes the company off the list by decision.
    pub fn delist(
        &mut self,
        decision_no: Option<Label>,
        reason: Note,
        score: &Score,
        now: Timestamp,
        by: &Label,
        ground: &Ground<'_>,
    ) -> Listing {
        self.book.push(posting::delist(score, decision_no, reason, now, by.clone()));
        self.publication(Action::Delist, score, ground)
    }

    fn file_number(&mut self, now: Timestamp) -> String {
        let number = format!("L{}-{:06}", Cycle::of(now), self.next_file);
        self.next_file += 1;
        number
    }

    /// A new file of the company.
    pub fn file_of(
        &mut self,
        score: &Score,
        why: Why,
        measure: Measure,
        now: Timestamp,
        ground: &Ground<'_>,
    ) -> ListingFile {
        let settings = &ground.settings.listing;
        let causes = listing::causes(score);
        let mut legal_basis = settings.legal_basis.clone();
        for cause in &causes {
            let rule = cause.rule.as_ref().and_then(|code| ground.catalogue.rule_at(code, cause.occurred_at));
            for basis in rule.iter().flat_map(|rule| &rule.legal_basis) {
                if !legal_basis.contains(basis) {
                    legal_basis.push(basis.clone());
                }
            }
        }
        let term_end: Option<LocalDate> = score.counted().filter_map(|line| line.publicity_end).max();
        let authority: Authority = settings.deciding_authority;
        ListingFile {
            number: self.file_number(now),
            uscc: self.uscc.clone(),
            name: self.name(ground.registry),
            cycle: score.cycle,
            why,
            measure,
            state: FileState::Proposed,
            opened: now,
            score_centi: score.score_cp,
            causes: self.causes(score, ground.catalogue),
            legal_basis,
            measures: settings.measures.clone(),
            repair_conditions: settings.repair_conditions.clone(),
            authority,
            authority_name: settings.deciding_name.clone(),
            term_end,
            notice: None,
            decision: None,
            listed: None,
            delisted: None,
            end_reason: None,
            ban_until: None,
        }
    }

    /// The deductions that count, with their decisions, the largest first.
    fn causes(&self, score: &Score, catalogue: &Catalogue) -> Vec<Cause> {
        let decision_no = |cause: &listing::Cause| {
            let entry = self.book.entries().iter().find(|entry| entry.id == cause.id);
            entry.and_then(|entry| entry.decision_no.as_ref()).map(ToString::to_string)
        };
        listing::causes(score).iter().map(|cause| published(cause, decision_no(cause), catalogue)).collect()
    }

    fn publication(&self, action: Action, score: &Score, ground: &Ground<'_>) -> Listing {
        Listing {
            action,
            uscc: self.uscc.clone(),
            name: self.name(ground.registry),
            score_centi: score.score_cp,
            cause: self.causes(score, ground.catalogue),
            // Told from the file when it is published.
            particulars: Particulars::default(),
        }
    }
}

/// Whether a score puts a company on the black list, by the limits of its year.
pub fn is_below(score: &Score) -> bool {
    score.band() == Band::Black
}

/// A cause as the public reads it.
fn published(cause: &listing::Cause, decision_no: Option<String>, catalogue: &Catalogue) -> Cause {
    let rule = cause.rule.as_ref().and_then(|code| catalogue.rule_at(code, cause.occurred_at));
    Cause {
        rule: cause.rule.as_ref().map(ToString::to_string).unwrap_or_default(),
        rule_name_zh: rule.map(|r| r.name_zh.clone()).unwrap_or_default(),
        rule_name_en: rule.map(|r| r.name_en.clone()).unwrap_or_default(),
        case_no: cause.case_no.as_ref().map(ToString::to_string).unwrap_or_default(),
        decision_no,
        occurred_at: cause.occurred_at,
        amount_centi: cause.amount_cp,
    }
}
