//! Settling: a fold per carrier over its hauls in order of departure. What was hauled by a permit so far decides which
//! terms fail, which permit a haul is judged by, and so by which permit its own volume counts.
//!
//! Settling is kept up with the drafts: a haul that comes, goes or turns out otherwise takes its carrier back to that
//! departure, and the hauls from there on are settled again. Most changes of a draft (a haul under way grows with every
//! report) touch no volume and settle that haul alone.
//!
//! What a truck's history has forgotten stays in the sums per permit, not as a haul. A haul that departed before the
//! newest of these, or before the stretch judged, cannot be put in its place among the sums any more: its volume counts,
//! but it is not said to have found the permit used up.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{HaulId, PermitNumber, Timestamp, Uscc, Violation, ViolationId};

use super::change::{Change, difference};
use super::draft::HaulDraft;
use super::outcome::{Move, Outcome, OutcomeKey, Verdict};
use super::verdict::{Choice, verdicts};

/// What was hauled before the stretch judged, and when that begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HauledBefore {
    /// Hauls that departed earlier are in `kg` already; none is settled again.
    pub from: Option<Timestamp>,
    /// By permit, kilograms of rated load.
    pub kg: HashMap<PermitNumber, u64>,
}

/// Every carrier's hauls.
#[derive(Debug, Default)]
pub(super) struct Settlement {
    ledgers: HashMap<Option<Uscc>, Ledger>,
    whose: HashMap<HaulId, (Option<Uscc>, Timestamp)>,
    /// Violations that name a haul that is not there, or not yet: a haul is put out when it ends, and a stretch of it before.
    /// They stand without a permit.
    waiting: HashMap<HaulId, BTreeMap<ViolationId, Violation>>,
    unsettled: BTreeMap<Option<Uscc>, Unsettled>,
    hauled_before: HauledBefore,
    /// What stood before and stands now of everything that may have changed since the last drain.
    before: BTreeMap<OutcomeKey, Verdict>,
    now: BTreeMap<OutcomeKey, Verdict>,
}

/// One carrier's hauls.
#[derive(Debug, Default)]
struct Ledger {
    /// By departure: hauls that depart in the same moment do not count against each other.
    entries: BTreeMap<Timestamp, Vec<Entry>>,
    /// Kilograms hauled by each permit, forgotten hauls among them.
    hauled_kg: HashMap<PermitNumber, u64>,
    /// The newest departure forgotten.
    floor: Option<Timestamp>,
}

#[derive(Debug)]
struct Entry {
    draft: HaulDraft,
    /// Violations found elsewhere that name this haul.
    attached: BTreeMap<ViolationId, Violation>,
    choice: Option<Choice>,
    /// Whether its volume is in the sums.
    is_counted: bool,
    published: Vec<Verdict>,
    is_forgotten: bool,
}

/// What is to be settled of a carrier.
#[derive(Debug, Default)]
struct Unsettled {
    /// Volumes changed from this departure on.
    volumes_from: Option<Timestamp>,
    /// Hauls that stand otherwise, whatever the volumes.
    hauls: BTreeSet<(Timestamp, HaulId)>,
}

impl Settlement {
    /// Begins with volumes hauled before.
    pub(super) fn with_hauled_before(hauled_before: HauledBefore) -> Self {
        Self { hauled_before, ..Self::default() }
    }

    /// Takes in an outcome that was not there.
    pub(super) fn put(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Haul(draft) => self.put_haul(*draft),
            Outcome::Violation(violation) => self.put_violation(violation),
        }
    }

    /// Takes in what changed in a truck's outcomes.
    pub(super) fn take(&mut self, moves: impl IntoIterator<Item = Move>) {
        for Move { before, now } in moves {
            match (before, now) {
                (_, Some(Outcome::Haul(draft))) => self.put_haul(*draft),
                (Some(Outcome::Haul(draft)), None) => self.remove_haul(draft.begun.haul),
                (before, now) => {
                    if let Some(Outcome::Violation(violation)) = before {
                        self.remove_violation(&violation);
                    }
                    if let Some(Outcome::Violation(violation)) = now {
                        self.put_violation(violation);
                    }
                }
            }
        }
    }

    fn put_haul(&mut self, draft: HaulDraft) {
        let (id, departed, carrier) = (draft.begun.haul, draft.begun.departed, draft.begun.carrier.clone());
        let attached = match self.whose.get(&id) {
            Some((known, _)) if *known != carrier => self.take_entry(id).map(|entry| entry.attached),
            Some(_) => None,
            None => self.take_waiting(id),
        };
        self.whose.insert(id, (carrier.clone(), departed));
        let Ledger { entries, hauled_kg, .. } = self.ledgers.entry(carrier.clone()).or_default();
        let group = entries.entry(departed).or_default();
        let same_volume = match group.iter_mut().find(|entry| entry.draft.begun.haul == id) {
            Some(entry) => {
                let same = entry.draft.begun == draft.begun;
                if !same {
                    uncount(hauled_kg, entry);
                    entry.choice = None;
                }
                entry.draft = draft;
                entry.is_forgotten = false;
                same
            }
            None => {
                group.push(Entry {
                    draft,
                    attached: attached.unwrap_or_default(),
                    choice: None,
                    is_counted: false,
                    published: Vec::new(),
                    is_forgotten: false,
                });
                false
            }
        };
        let unsettled = self.unsettled.entry(carrier).or_default();
        unsettled.hauls.insert((departed, id));
        if !same_volume {
            unsettled.volumes_changed(departed);
        }
    }

    fn remove_haul(&mut self, id: HaulId) {
        let left = self.take_entry(id).map(|entry| entry.attached).unwrap_or_default();
        for violation in left.into_values() {
            self.put_violation(violation);
        }
    }

    /// Takes a haul out of its ledger; what was said of it is gone unless it is said again.
    fn take_entry(&mut self, id: HaulId) -> Option<Entry> {
        let (carrier, departed) = self.whose.remove(&id)?;
        let ledger = self.ledgers.get_mut(&carrier)?;
        let group = ledger.entries.get_mut(&departed)?;
        let at = group.iter().position(|entry| entry.draft.begun.haul == id)?;
        let mut entry = group.swap_remove(at);
        if group.is_empty() {
            ledger.entries.remove(&departed);
        }
        uncount(&mut ledger.hauled_kg, &mut entry);
        self.before.extend(entry.published.drain(..).map(|verdict| (verdict.key(), verdict)));
        let unsettled = self.unsettled.entry(carrier).or_default();
        unsettled.hauls.remove(&(departed, id));
        unsettled.volumes_changed(departed);
        Some(entry)
    }

    fn put_violation(&mut self, violation: Violation) {
        match violation.trip.and_then(|trip| self.entry_to_settle(trip)) {
            Some(entry) => {
                entry.attached.insert(violation.id, violation);
            }
            None => {
                if let Some(trip) = violation.trip {
                    self.waiting.entry(trip).or_default().insert(violation.id, violation.clone());
                }
                self.now.insert(OutcomeKey::Violation(violation.id), Verdict::Violation(violation));
            }
        }
    }

    fn remove_violation(&mut self, violation: &Violation) {
        let attached = violation.trip.and_then(|trip| self.entry_to_settle(trip));
        if attached.and_then(|entry| entry.attached.remove(&violation.id)).is_none() {
            self.wait_no_more(violation);
            self.unsay(violation);
        }
    }

    /// A violation no longer stands by itself. When it was put in since the last drain nobody was told of it.
    fn unsay(&mut self, violation: &Violation) {
        let key = OutcomeKey::Violation(violation.id);
        if self.now.remove(&key).is_none() {
            self.before.entry(key).or_insert_with(|| Verdict::Violation(violation.clone()));
        }
    }

    /// Violations that waited for a haul that comes now: they stand with it.
    fn take_waiting(&mut self, id: HaulId) -> Option<BTreeMap<ViolationId, Violation>> {
        let waiting = self.waiting.remove(&id)?;
        waiting.values().for_each(|violation| self.unsay(violation));
        Some(waiting)
    }

    fn wait_no_more(&mut self, violation: &Violation) {
        if let Some(trip) = violation.trip
            && let Some(waiting) = self.waiting.get_mut(&trip)
        {
            waiting.remove(&violation.id);
            if waiting.is_empty() {
                self.waiting.remove(&trip);
            }
        }
    }

    fn entry_to_settle(&mut self, id: HaulId) -> Option<&mut Entry> {
        let (carrier, departed) = self.whose.get(&id)?;
        let group = self.ledgers.get_mut(carrier)?.entries.get_mut(departed)?;
        let entry = group.iter_mut().find(|entry| entry.draft.begun.haul == id)?;
        self.unsettled.entry(carrier.clone()).or_default().hauls.insert((*departed, id));
        Some(entry)
    }

    /// Notes that a truck's history has forgotten an outcome: it cannot change any more.
    pub(super) fn forget(&mut self, outcome: &Outcome) {
        let (trip, violation) = match outcome {
            Outcome::Haul(draft) => (Some(draft.begun.haul), None),
            Outcome::Violation(violation) => (violation.trip, Some(violation.id)),
        };
        let Some(entry) = trip.and_then(|trip| self.entry_to_settle(trip)) else {
            if let Outcome::Violation(violation) = outcome {
                self.wait_no_more(violation);
            }
            return;
        };
        match violation {
            None => entry.is_forgotten = true,
            Some(id) => {
                entry.attached.remove(&id);
                entry.published.retain(|verdict| verdict.key() != OutcomeKey::Violation(id));
            }
        }
    }

    /// Settles what changed and puts the net changes since the last drain into `out`. Forgotten hauls that departed
    /// `horizon_s` before their carrier's newest become sums.
    pub(super) fn settle(&mut self, horizon_s: i64, out: &mut impl Extend<Change>) {
        for (carrier, unsettled) in std::mem::take(&mut self.unsettled) {
            let Some(ledger) = self.ledgers.get_mut(&carrier) else { continue };
            let mut again = unsettled.hauls;
            if let Some(from) = unsettled.volumes_from {
                ledger.choose_from(from, &self.hauled_before, &mut again);
            }
            for (departed, id) in again {
                let group = ledger.entries.get_mut(&departed).into_iter().flatten();
                for entry in group.filter(|entry| entry.draft.begun.haul == id) {
                    let verdicts = entry.verdicts();
                    if entry.published != verdicts {
                        self.now.extend(verdicts.iter().map(|verdict| (verdict.key(), verdict.clone())));
                        let before = std::mem::replace(&mut entry.published, verdicts);
                        self.before.extend(before.into_iter().map(|verdict| (verdict.key(), verdict)));
                    }
                }
            }
            for id in ledger.sum_up(horizon_s) {
                self.whose.remove(&id);
            }
        }
        difference(std::mem::take(&mut self.before), std::mem::take(&mut self.now), out);
    }

    /// Hauls held one by one.
    pub(super) fn hauls_held(&self) -> usize {
        self.whose.len()
    }

    /// Everything that stands of hauls and what was put in, for a settlement that was never drained.
    pub(super) fn into_verdicts(mut self) -> Vec<Verdict> {
        let mut found: Vec<Verdict> = std::mem::take(&mut self.now).into_values().collect();
        for ledger in self.ledgers.values_mut() {
            ledger.choose_from(Timestamp::from_millis(i64::MIN), &self.hauled_before, &mut BTreeSet::new());
            found.extend(ledger.entries.values().flatten().flat_map(Entry::verdicts));
        }
        found
    }
}

impl Unsettled {
    fn volumes_changed(&mut self, from: Timestamp) {
        self.volumes_from = Some(self.volumes_from.map_or(from, |known| known.min(from)));
    }
}

impl Ledger {
    /// Chooses the permits of every haul from a departure on; those that stand otherwise by it go into `again`.
    fn choose_from(
        &mut self,
        from: Timestamp,
        hauled_before: &HauledBefore,
        again: &mut BTreeSet<(Timestamp, HaulId)>,
    ) {
        let Self { entries, hauled_kg, floor } = self;
        for entry in entries.range_mut(from..).flat_map(|(_, group)| group) {
            uncount(hauled_kg, entry);
        }
        for (departed, group) in entries.range_mut(from..) {
            let before_all = hauled_before.from.is_some_and(|from| *departed < from);
            let in_place = !before_all && floor.is_none_or(|floor| floor < *departed);
            for entry in group.iter_mut() {
                if !in_place && entry.choice.is_some() {
                    continue;
                }
                let choice = Choice::of(&entry.draft.begun.candidates, |candidate| {
                    let permit = &candidate.permit;
                    let sum = |kg: &HashMap<PermitNumber, u64>| kg.get(permit).copied().unwrap_or(0);
                    in_place.then(|| sum(hauled_kg).saturating_add(sum(&hauled_before.kg)))
                });
                if entry.choice.as_ref() != Some(&choice) {
                    again.insert((*departed, entry.draft.begun.haul));
                    entry.choice = Some(choice);
                }
            }
            if !before_all {
                group.iter_mut().for_each(|entry| count(hauled_kg, entry));
            }
        }
    }

    /// Drops hauls that cannot change any more and departed long ago; their volumes stay in the sums.
    fn sum_up(&mut self, horizon_s: i64) -> Vec<HaulId> {
        let Some(newest) = self.entries.keys().next_back() else {
            return Vec::new();
        };
        let oldest = newest.plus_seconds(-horizon_s);
        let goes = |entry: &Entry| entry.is_forgotten && entry.attached.is_empty();
        let old = self.entries.range(..oldest).filter(|(_, group)| group.iter().all(goes));
        let old: Vec<Timestamp> = old.map(|(departed, _)| *departed).collect();
        self.floor = self.floor.max(old.last().copied());
        let gone = old.iter().filter_map(|departed| self.entries.remove(departed)).flatten();
        gone.map(|entry| entry.draft.begun.haul).collect()
    }
}

impl Entry {
    fn verdicts(&self) -> Vec<Verdict> {
        let unchosen = Choice::default();
        verdicts(&self.draft, self.choice.as_ref().unwrap_or(&unchosen), self.attached.values())
    }
}

fn counted_by(entry: &Entry) -> Option<&PermitNumber> {
    let at = entry.choice.as_ref()?.candidate?;
    entry.draft.begun.candidates.get(at).map(|candidate| &candidate.permit)
}

fn count(hauled_kg: &mut HashMap<PermitNumber, u64>, entry: &mut Entry) {
    let Some(permit) = counted_by(entry).cloned() else { return };
    let sum = hauled_kg.entry(permit).or_default();
    *sum = sum.saturating_add(entry.draft.begun.load_kg);
    entry.is_counted = true;
}

fn uncount(hauled_kg: &mut HashMap<PermitNumber, u64>, entry: &mut Entry) {
    if !std::mem::take(&mut entry.is_counted) {
        return;
    }
    if let Some(sum) = counted_by(entry).and_then(|permit| hauled_kg.get_mut(permit)) {
        *sum = sum.saturating_sub(entry.draft.begun.load_kg);
    }
}
