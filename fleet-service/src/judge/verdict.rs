//! From a haul's draft and the permit it is judged by to the haul and its violations.

use std::sync::Arc;

use domain::violation::Violation;
use domain::{Haul, HaulState};
use serde_json::Value;

use super::draft::{HaulDraft, HaulEnd, Trial, Unloading};
use super::facts::Finding;
use super::outcome::Verdict;
use super::permit_choice::{Candidate, FailedTerm};
use super::rules::{dp01, dp02, uw01, uw02, uw05};
use super::view::SiteMark;

/// The permit a haul is judged by, and by which terms.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Choice {
    /// Place among the candidates; `None` when there is none.
    pub(super) candidate: Option<usize>,
    pub(super) failed: Vec<FailedTerm>,
    /// What was hauled by it before; `None` when that is not known any more.
    pub(super) hauled_kg: Option<u64>,
    /// Candidates of which no term of UW-02 fails.
    pub(super) clean: Vec<usize>,
}

impl Choice {
    /// Chooses: the fewest failed terms, on a tie the lowest number. `hauled_kg` tells what was hauled by a permit before.
    pub(super) fn of(candidates: &[Candidate], hauled_kg: impl Fn(&Candidate) -> Option<u64>) -> Self {
        let mut choice = Self::default();
        for (index, candidate) in candidates.iter().enumerate() {
            let hauled_kg = hauled_kg(candidate);
            let failed = candidate.failed_terms(hauled_kg);
            if failed.is_empty() {
                choice.clean.push(index);
            }
            // Candidates come by number, so on a tie the first stays.
            if choice.candidate.is_none() || failed.len() < choice.failed.len() {
                choice = Self { candidate: Some(index), failed, hauled_kg, clean: choice.clean };
            }
        }
        choice
    }
}

/// The haul and its violations, and those found of it elsewhere with the permit filled in.
pub(super) fn verdicts<'a>(
    draft: &HaulDraft,
    choice: &Choice,
    attached: impl Iterator<Item = &'a Violation>,
) -> Vec<Verdict> {
    let judged = Judged { draft, choice, chosen: choice.candidate.map(|at| &draft.begun.candidates[at]) };
    let (state, site) = judged.destination();
    let mut found = vec![Verdict::Haul(judged.haul(state, site))];
    judged.approval(&mut found);
    judged.way_and_hours(&mut found);
    if let HaulEnd::Unloaded(unloading) = &draft.end {
        judged.unloading(unloading, site, &mut found);
    }
    if let Some(missing) = &draft.missing {
        judged.push(missing.finding(&draft.begun), &mut found);
    }
    found.extend(attached.map(|violation| {
        Verdict::Violation(Violation { permit: judged.permit_number(), ..violation.clone() })
    }));
    found
}

struct Judged<'a> {
    draft: &'a HaulDraft,
    choice: &'a Choice,
    chosen: Option<&'a Candidate>,
}

impl<'a> Judged<'a> {
    fn permit_number(&self) -> Option<domain::PermitNumber> {
        self.chosen.map(|permit| permit.permit.clone())
    }

    fn push(&self, finding: Finding, found: &mut Vec<Verdict>) {
        let mut finding = Finding { permit: self.permit_number(), ..finding };
        finding.facts.insert("grade".to_owned(), self.draft.readings.grade().into());
        if let Some(permit) = self.chosen {
            let begun = &self.draft.begun;
            let since = begun.registers_since.map_or(Value::Null, |since| since.to_string().into());
            finding.facts.insert("permit_valid_from".to_owned(), permit.valid_from.to_string().into());
            finding.facts.insert("permit_valid_until".to_owned(), permit.valid_until.to_string().into());
            finding.facts.insert("registers_since".to_owned(), since);
        }
        found.extend(finding.into_violation(&self.draft.begun.plate).map(Verdict::Violation));
    }

    /// As [`Judged::push`]; an officer should know of other permits of the company, without a failed term, that the haul
    /// kept where it broke the one judged by.
    fn push_with_kept(
        &self,
        mut finding: Finding,
        keeps: impl Fn(&Candidate, &Trial) -> bool,
        found: &mut Vec<Verdict>,
    ) {
        let by: Vec<Value> = self
            .choice
            .clean
            .iter()
            .map(|at| (&self.draft.begun.candidates[*at], &self.draft.trials[*at]))
            .filter(|(candidate, trial)| keeps(candidate, trial))
            .map(|(candidate, _)| candidate.permit.as_str().into())
            .collect();
        if !by.is_empty() {
            finding.facts.insert("kept_by_permits".to_owned(), by.into());
        }
        self.push(finding, found);
    }

    /// UW-01, UW-02, UW-05.
    fn approval(&self, found: &mut Vec<Verdict>) {
        let begun = &self.draft.begun;
        let end = self.draft.end.at();
        let Some(source) = &begun.source else {
            return self.push(uw05::finding(begun, self.draft, end), found);
        };
        match self.chosen {
            None => self.push(uw01::finding(begun, &source.id, end), found),
            Some(permit) if !self.choice.failed.is_empty() => {
                let (failed, hauled_kg) = (&self.choice.failed, self.choice.hauled_kg);
                self.push(uw02::finding(begun, &source.id, permit, failed, hauled_kg, end), found);
            }
            Some(_) => {}
        }
    }

    /// RT-01 and RT-02.
    fn way_and_hours(&self, found: &mut Vec<Verdict>) {
        let (Some(at), true) = (self.choice.candidate, self.choice.failed.is_empty()) else {
            return;
        };
        let (permit, trial) = (&self.draft.begun.candidates[at], &self.draft.trials[at]);
        for excursion in &trial.excursions {
            let kept = |_: &Candidate, trial: &Trial| trial.excursions.is_empty();
            self.push_with_kept(excursion.finding(&self.draft.begun), kept, found);
        }
        if let (Some(outside), Some(windows)) = (trial.outside_hours, &permit.hours) {
            let kept = |_: &Candidate, trial: &Trial| trial.outside_hours.is_none();
            self.push_with_kept(outside.finding(&self.draft.begun, windows), kept, found);
        }
    }

    /// DP-01 and DP-02.
    fn unloading(&self, unloading: &Unloading, site: Option<&Arc<SiteMark>>, found: &mut Vec<Verdict>) {
        let begun = &self.draft.begun;
        match (site, self.chosen) {
            (None, _) => {
                let finding = dp01::finding(unloading, begun.carrier.as_ref(), Some(begun.haul));
                self.push(finding, found);
            }
            (Some(site), Some(permit))
                if site.kind.is_sink() && unloading.in_site && permit.leg_to(&site.id).is_none() =>
            {
                let kept = |other: &Candidate, _: &Trial| other.leg_to(&site.id).is_some();
                self.push_with_kept(dp02::finding(begun, unloading, &site.id, permit), kept, found);
            }
            _ => {}
        }
    }

    fn haul(&self, state: HaulState, site: Option<&Arc<SiteMark>>) -> Haul {
        let begun = &self.draft.begun;
        Haul {
            id: begun.haul,
            plate: begun.plate.clone(),
            source: begun.source.as_ref().map(|site| site.id.clone()),
            departed: begun.departed,
            sink: site.map(|site| site.id.clone()),
            unloaded: match &self.draft.end {
                HaulEnd::Unloaded(unloading) => Some(unloading.empty),
                HaulEnd::Open(_) | HaulEnd::Lost(_) => None,
            },
            permit: self.permit_number(),
            leg: self.chosen.zip(site).and_then(|(permit, site)| permit.leg_to(&site.id)),
            distance_km: self.draft.distance_m.round() / 1000.0,
            state,
        }
    }

    /// How the haul stands, and the site that counts among those it was unloaded in: a sink of the permit before any
    /// other sink.
    fn destination(&self) -> (HaulState, Option<&'a Arc<SiteMark>>) {
        let sites = match &self.draft.end {
            HaulEnd::Open(_) => return (HaulState::Open, None),
            HaulEnd::Lost(_) => return (HaulState::Lost, None),
            HaulEnd::Unloaded(unloading) => &unloading.sites,
        };
        let named = |site: &SiteMark| self.chosen.is_none_or(|permit| permit.leg_to(&site.id).is_some());
        if let Some(site) = sites.iter().find(|site| site.kind.is_sink() && named(site)) {
            return (HaulState::Delivered, Some(site));
        }
        match sites.iter().find(|site| site.kind.is_sink()).or_else(|| sites.first()) {
            Some(site) => (HaulState::Diverted, Some(site)),
            None => (HaulState::Dumped, None),
        }
    }
}
