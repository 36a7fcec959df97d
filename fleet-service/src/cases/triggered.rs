//! Triggers that call for a human decision on market exit whatever the score: each opens an exit file once. One that no
//! longer holds takes its open file back; one that was refused comes again only with other entries.

use domain::Timestamp;
use scoring::Score;
use scoring::triggers::Proposal;

use super::company::{Company, Ground};
use super::listing_file::{FileState, ListingFile, Measure, Why};

impl Company {
    /// Exit files to be stored: `called_for` is what the ledger calls for now.
    pub(super) fn triggered(
        &mut self,
        called_for: Vec<Proposal>,
        score: &Score,
        now: Timestamp,
        ground: &Ground<'_>,
    ) -> Vec<ListingFile> {
        let mut changed: Vec<ListingFile> = self
            .exits
            .iter()
            .filter(|file| file.state.is_open() && is_automatic(file))
            .filter(|file| !called_for.iter().any(|proposal| is_of(file, proposal)))
            .map(|file| file.clone().withdraw("触发情形已不成立"))
            .collect();
        for proposal in called_for {
            let is_settled = |file: &ListingFile| {
                is_of(file, &proposal)
                    && (file.state.is_open() || file.state == FileState::Exited || rests_on(file, &proposal))
            };
            if self.exits.iter().any(is_settled) {
                continue;
            }
            let why = Why::Trigger {
                what: proposal.trigger.name_zh().to_owned(),
                trigger: Some(proposal.trigger),
                entries: proposal.entries.clone(),
            };
            changed.push(self.file_of(score, why, Measure::Exit, now, ground));
        }
        changed
    }
}

fn is_automatic(file: &ListingFile) -> bool {
    matches!(file.why, Why::Trigger { trigger: Some(_), .. })
}

fn is_of(file: &ListingFile, proposal: &Proposal) -> bool {
    matches!(file.why, Why::Trigger { trigger: Some(trigger), .. } if trigger == proposal.trigger)
}

/// Whether a file that ended rested on the same entries.
fn rests_on(file: &ListingFile, proposal: &Proposal) -> bool {
    matches!(&file.why, Why::Trigger { entries, .. } if *entries == proposal.entries)
}
