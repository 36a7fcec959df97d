//! Files of listings and exits, carried out: proposal by hand, notice, service, decision, removal.

use domain::{LocalDate, Timestamp, Uscc};
use scoring::{Cycle, posting};

use super::act_error::{ActError, label, note, text};
use super::appeal::Target;
use super::case_acts::must_belong_to;
use super::company::{Aftermath, Company, is_below};
use super::listing_file::{FileDecision, FileState, ListingFile, Measure, Why};
use super::notice;
use super::{Cases, Followed, publicity};
use crate::feed::record::Record;
use crate::store::{Change, Officer};

/// A proposal that a person or a trigger makes, whatever the score.
#[derive(Debug, Clone)]
pub struct NewFile {
    /// The company.
    pub uscc: Uscc,
    /// List or exit.
    pub measure: Measure,
    /// Which trigger, in words.
    pub trigger: String,
}

/// A decision on a file.
#[derive(Debug, Clone)]
pub struct DecideFile {
    /// Whether the measure is taken.
    pub is_taken: bool,
    /// Number of the decision.
    pub number: String,
    /// Why.
    pub reason: String,
}

impl Cases {
    /// Opens a file by hand: a trigger that calls for a human decision.
    pub async fn propose(
        &self,
        new: NewFile,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<ListingFile, ActError> {
        must_belong_to(self.settings.listing.deciding_authority, officer)?;
        let what = text("trigger", "触发情形", &new.trigger)?;
        let registry = self.registry();
        if !registry.carriers.contains_key(&new.uscc) {
            return Err(ActError::NotFound { what: "company", what_zh: "企业" });
        }
        let mut change = self.store.change().await?;
        let mut company = self.company(&mut change, &new.uscc).await?;
        if new.measure == Measure::List && company.file.is_some() {
            return Err(ActError::state(
                "a file of this company's listing is open or in force",
                "该企业已有列入案卷",
            ));
        }
        let score = company.book.score(&new.uscc, Cycle::of(now));
        let why = Why::Trigger { what: what.clone(), trigger: None, entries: vec![] };
        let file = company.file_of(&score, why, new.measure, now, &self.ground(&registry));
        change.put_listing_file(&file).await?;
        self.audit(&mut change, officer, "propose", &file.number, &what, now).await?;
        change.commit().await?;
        Ok(file)
    }

    /// Writes the notice of a proposal.
    pub async fn write_notice(
        &self,
        number: &str,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<ListingFile, ActError> {
        let mut change = self.store.change().await?;
        let file = self.own_file(&mut change, number, officer).await?;
        let settings = &self.settings.listing;
        let place = file.number.rsplit('-').next().unwrap_or_default().trim_start_matches('0').to_owned();
        let notice_no = format!("{}〔{}〕{place}号", settings.number_prefix, Cycle::of(now));
        let body = notice::of_intention(&file, &notice_no, now.local_date(), &self.settings);
        let file = file.notice(notice_no.clone(), officer.name.clone(), now, body)?;
        let mut company = self.company(&mut change, &file.uscc).await?;
        let by = label("officer's name", "姓名", &officer.name)?;
        let score = company.book.score(&file.uscc, file.cycle);
        let notice_label = label("notice number", "告知书文号", &notice_no)?;
        company.book.push(scoring::posting::list_notice(&score, notice_label, now, by));
        for entry in company.book.added() {
            change.add_ledger_entry(entry).await?;
        }
        change.put_listing_file(&file).await?;
        self.audit(&mut change, officer, "notice", number, &notice_no, now).await?;
        change.commit().await?;
        Ok(file)
    }

    /// Notes when the notice was served.
    pub async fn serve_notice(
        &self,
        number: &str,
        served: LocalDate,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<ListingFile, ActError> {
        let mut change = self.store.change().await?;
        let file = self.own_file(&mut change, number, officer).await?;
        let days = notice::window_days(file.measure, &self.settings);
        let file = file.serve(served, days, &self.calendar, now)?;
        change.put_listing_file(&file).await?;
        let until = file.window().map(|day| day.to_string()).unwrap_or_default();
        let detail = format!("served {served}, objections until {until}");
        self.audit(&mut change, officer, "serve", number, &detail, now).await?;
        change.commit().await?;
        Ok(file)
    }

    /// Decides a file: takes the measure or not.
    pub async fn decide_file(
        &self,
        number: &str,
        decide: DecideFile,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<(ListingFile, Followed), ActError> {
        let registry = self.registry();
        let ground = self.ground(&registry);
        let decision = FileDecision {
            number: label("decision number", "决定文号", &decide.number)?.to_string(),
            at: now,
            by: officer.name.clone(),
            reason: text("reason", "理由", &decide.reason)?,
        };
        let mut change = self.store.change().await?;
        let file = self.own_file(&mut change, number, officer).await?;
        let detail = format!("{}: {}", decision.number, decision.reason);
        if !decide.is_taken {
            let file = file.refuse(decision)?;
            change.put_listing_file(&file).await?;
            self.audit(&mut change, officer, "refuse listing", number, &detail, now).await?;
            change.commit().await?;
            return Ok((file, Followed::default()));
        }
        let open = self.objections_to(&mut change, &file).await?;
        file.may_be_decided(open, &self.settings, now)?;
        let mut company = self.company(&mut change, &file.uscc).await?;
        let score = company.book.score(&file.uscc, file.cycle);
        if file.why == Why::Score && !is_below(&score) {
            return Err(ActError::state(
                format!("the score is {}: there is no ground to list", scoring::points_text(score.score_cp)),
                "记分已不低于60.00分，不具备列入条件",
            ));
        }
        if file.measure == Measure::List && company.listed.is_some() {
            return Err(ActError::state("the company is on the list already", "该企业已在黑榜"));
        }
        let by = label("officer's name", "姓名", &officer.name)?;
        let decision_no = label("decision number", "决定文号", &decision.number)?;
        let mut exit = None;
        let (file, listing) = match file.measure {
            Measure::List => {
                let listing = company.list(&file, Some(decision_no), &score, now, &by, &ground);
                (file.list(Some(decision), score.score_cp, now), Some(listing))
            }
            Measure::Exit => {
                let file = file.exit(decision, self.settings.listing.reentry_ban_years, &self.calendar);
                let rests_on = match &file.why {
                    Why::Trigger { entries, .. } => entries.as_slice(),
                    Why::Score => &[],
                };
                let until = file.ban_until.unwrap_or(LocalDate::MAX);
                let draft = posting::exit(&score, decision_no, rests_on, until, now, by.clone());
                let entry = company.book.push(draft);
                exit = publicity::exit(&file, &entry, &ground);
                (file, None)
            }
        };
        let aftermath = Aftermath { score, listing, file: Some(file.clone()), exits: vec![] };
        let followed = self.settle(&mut change, &mut company, &aftermath, &registry, now).await?;
        if let Some(exit) = exit {
            self.press.publish(&mut change, Record::Exit(Box::new(exit)), now).await?;
        }
        let act = if file.measure == Measure::List { "list" } else { "exit" };
        self.audit(&mut change, officer, act, number, &detail, now).await?;
        change.commit().await?;
        Ok((file, followed))
    }

    /// Takes a company off the list by decision: the term is over, or the ground of a trigger is gone.
    pub async fn delist(
        &self,
        number: &str,
        decision_no: &str,
        reason: &str,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<(ListingFile, Followed), ActError> {
        let registry = self.registry();
        let reason = text("reason", "理由", reason)?;
        let decision_no = label("decision number", "决定文号", decision_no)?;
        let by = label("officer's name", "姓名", &officer.name)?;
        let mut change = self.store.change().await?;
        let file = self.own_file(&mut change, number, officer).await?;
        if file.state != FileState::Listed {
            return Err(ActError::state(
                format!("file {number} is {}: only a listed company is taken off", file.state.word()),
                "仅在列企业可移出",
            ));
        }
        let mut company = self.company(&mut change, &file.uscc).await?;
        let score = company.book.score(&file.uscc, file.cycle);
        if file.why == Why::Score
            && is_below(&score)
            && file.term_end.is_some_and(|term_end| now.local_date() <= term_end)
        {
            return Err(ActError::state(
                "the score is still below 60.00 and the term runs: an objection or a repair takes the company off",
                "记分仍低于60.00分且期限未满，须经异议或修复移出",
            ));
        }
        let ground = self.ground(&registry);
        let listing = company.delist(Some(decision_no), note(&reason), &score, now, &by, &ground);
        let file = file.delist(&reason, now);
        let aftermath = Aftermath { score, listing: Some(listing), file: Some(file.clone()), exits: vec![] };
        let followed = self.settle(&mut change, &mut company, &aftermath, &registry, now).await?;
        self.audit(&mut change, officer, "delist", number, &reason, now).await?;
        change.commit().await?;
        Ok((file, followed))
    }

    /// Lifts an exit: the decision was set aside, or the authority takes it back. The company may come back at once.
    pub async fn readmit(
        &self,
        number: &str,
        decision_no: &str,
        reason: &str,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<ListingFile, ActError> {
        let registry = self.registry();
        let reason = text("reason", "理由", reason)?;
        let decision_no = label("decision number", "决定文号", decision_no)?;
        let by = label("officer's name", "姓名", &officer.name)?;
        let mut change = self.store.change().await?;
        let file = self.own_file(&mut change, number, officer).await?.readmit(&reason)?;
        let mut company = self.company(&mut change, &file.uscc).await?;
        let score = company.book.score(&file.uscc, file.cycle);
        let entry = company.book.push(posting::readmit(&score, decision_no, note(&reason), now, by));
        let aftermath = Aftermath { score, listing: None, file: Some(file.clone()), exits: vec![] };
        self.settle(&mut change, &mut company, &aftermath, &registry, now).await?;
        let record = publicity::readmit(&file, &entry, &reason);
        self.press.publish(&mut change, Record::Readmit(Box::new(record)), now).await?;
        self.audit(&mut change, officer, "readmit", number, &reason, now).await?;
        change.commit().await?;
        Ok(file)
    }

    /// Open objections that hold a decision back: to the file itself, and to deductions without which its score would not
    /// be below 60.00; of a trigger, to any deduction.
    async fn objections_to(&self, change: &mut Change, file: &ListingFile) -> Result<usize, ActError> {
        let now_open = change.open_objections(&file.uscc).await?;
        let company = self.company(change, &file.uscc).await?;
        let score = company.book.score(&file.uscc, file.cycle);
        let by_entries = blocking(&company, &score, file);
        Ok(now_open
            .iter()
            .filter(|appeal| match &appeal.target {
                Target::File { number } => *number == file.number,
                Target::Entry { .. } => by_entries,
            })
            .count())
    }

    async fn own_file(
        &self,
        change: &mut Change,
        number: &str,
        officer: &Officer,
    ) -> Result<ListingFile, ActError> {
        let missing = ActError::NotFound { what: "listing file", what_zh: "列入案卷" };
        let file = change.listing_file(number).await?.ok_or(missing)?;
        must_belong_to(file.authority, officer)?;
        Ok(file)
    }
}

fn blocking(company: &Company, score: &scoring::Score, file: &ListingFile) -> bool {
    file.why != Why::Score || company.is_blocked(score)
}
