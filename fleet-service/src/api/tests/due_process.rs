//! Due process from end to end: acts through the library with the day passed in, and through the whole router.

use super::*;
use crate::cases::appeal::AppealKind;
use crate::cases::case_file::CaseState;
use crate::cases::entry::NewCase;
use crate::cases::listing_file::{FileState, Measure};
use crate::cases::open_clocks::{Standing, open_clocks};
use crate::cases::settings::Settings;
use crate::cases::{ActError, AnswerAppeal, DecideFile, Followed, NewAppeal, NewFile};
use crate::feed::record::Action;
use scoring::{EntryKind, LedgerEntry};

pub(super) fn day(text: &str) -> Timestamp {
    format!("{text}T10:00:00+08:00").parse().unwrap()
}

pub(super) fn local(text: &str) -> domain::LocalDate {
    text.parse().unwrap()
}

pub(super) fn city_officer() -> Officer {
    Officer {
        name: "城管甲".into(),
        authority: Authority::CityManagement,
        role: Role::Enforcer,
        company: None,
    }
}

pub(super) fn police_officer() -> Officer {
    Officer { name: "交警乙".into(), authority: Authority::Police, role: Role::Police, company: None }
}

pub(super) fn company_person() -> Officer {
    Officer {
        name: "企业丁".into(),
        authority: Authority::CityManagement,
        role: Role::Carrier,
        company: Some(uscc()),
    }
}

pub(super) fn uscc() -> domain::Uscc {
    USCC.parse().unwrap()
}

pub(super) fn settings(notice_working_days: u32) -> Settings {
    let mut settings = Settings::default();
    settings.listing.notice_working_days = notice_working_days;
    settings
}

pub(super) async fn house(settings: Settings) -> House {
    House::build_under(registry(), settings).await
}

pub(super) fn act(rule: &str, at: &str) -> NewCase {
    NewCase {
        rule: rule.parse().unwrap(),
        band: None,
        plate: "豫A12345".parse().unwrap(),
        uscc: None,
        trip: None,
        occurred_at: day(at),
        occurred_until: None,
        fact: "现场查获".into(),
        circumstances: vec![],
        officers: vec!["城管己".into()],
        decision: None,
        final_date: None,
    }
}

impl House {
    pub(super) async fn enter(
        &self,
        rule: &str,
        at: &str,
        now: &str,
    ) -> (crate::cases::case_file::CaseFile, Followed) {
        self.api.cases.enter_case(act(rule, at), &city_officer(), day(now)).await.unwrap()
    }

    pub(super) async fn score_cp(&self) -> i64 {
        let entries = self.ledger().await;
        scoring::fold::score(&entries, &uscc(), scoring::Cycle::of_year(2026), scoring::Profile::FleetFair)
            .score_cp
    }

    pub(super) async fn ledger(&self) -> Vec<LedgerEntry> {
        let entries = self.api.store.ledger().await.unwrap();
        scoring::ledger::verify(&entries).unwrap();
        entries
    }

    pub(super) async fn kinds(&self) -> Vec<&'static str> {
        self.ledger().await.iter().map(|entry| entry.kind.word()).collect()
    }

    async fn actions(&self) -> Vec<(String, i64)> {
        let events = self.feed().await;
        let read = |line: &String| {
            let event: Value = serde_json::from_str(line).unwrap();
            (event["action"].as_str().unwrap().to_owned(), event["score_centi"].as_i64().unwrap_or_default())
        };
        let is_of_list =
            |(action, _): &(String, i64)| ["list", "delist", "correct"].contains(&action.as_str());
        events.iter().map(read).filter(is_of_list).collect()
    }

    pub(super) async fn object(&self, entry: u64, now: &str) -> crate::cases::appeal::Appeal {
        let new = NewAppeal {
            kind: AppealKind::Objection,
            entry_seq: Some(entry),
            file: None,
            grounds: "车辆当日停运".into(),
        };
        self.api.cases.lodge_appeal(&uscc(), new, &company_person(), day(now)).await.unwrap()
    }

    pub(super) async fn clocks(&self, now: &str) -> Vec<(String, String, bool)> {
        let standing = Standing {
            cases: self.api.store.cases_with_clocks(100).await.unwrap(),
            appeals: self.api.store.appeals(None, None, None, 100).await.unwrap(),
            files: self.api.store.listing_files(None, None, 100).await.unwrap(),
            clues: vec![],
        };
        open_clocks(&standing, day(now), &self.api.cases.calendar)
            .into_iter()
            .map(|clock| (clock.step.to_owned(), clock.due.to_string(), clock.overdue))
            .collect()
    }
}

pub(super) fn answer(reason: &str) -> AnswerAppeal {
    AnswerAppeal { number: Some("复核〔2026〕1号".into()), reason: reason.into() }
}

pub(super) fn is_state(error: &ActError) -> bool {
    matches!(error, ActError::State { .. })
}

#[tokio::test]
async fn an_upheld_objection_restores_the_score_exactly_and_delists_in_the_same_act() {
    let house = house(settings(0)).await;
    let (first, _) = house.enter("UW-01", "2026-03-02", "2026-03-02").await;
    house.enter("WB-02", "2026-03-03", "2026-03-03").await;
    assert_eq!((house.score_cp().await, house.actions().await.len()), (6_000, 0), "60.00 is not below 60.00");
    house.enter("UW-03", "2026-03-04", "2026-03-04").await;
    let before = house.score_cp().await;
    assert_eq!(before, 6_000, "the first of UW-03 is a reminder");
    let (last, followed) = house.enter("UW-03", "2026-03-05", "2026-03-05").await;
    assert!(matches!(followed.listing, Some((Action::List, _))));
    let file = &house.api.store.listing_files(None, None, 9).await.unwrap()[0];
    assert_eq!((file.state, file.causes.len()), (FileState::Listed, 4), "{file:?}");
    assert!(file.legal_basis.iter().any(|basis| basis.contains("139号")), "{:?}", file.legal_basis);

    let appeal = house.object(last.ledger_seq.unwrap(), "2026-03-09").await;
    assert_eq!(appeal.due, local("2026-03-12"));
    let (appeal, followed) = house
        .api
        .cases
        .uphold_appeal(&appeal.number, answer("核查属实"), &city_officer(), day("2026-03-11"))
        .await
        .unwrap();
    assert_eq!(house.score_cp().await, before, "restored exactly");
    assert!(matches!(followed.listing, Some((Action::Delist, _))));
    assert_eq!(house.kinds().await, ["deduct", "deduct", "deduct", "deduct", "list", "reverse", "delist"]);
    assert_eq!(appeal.decision.unwrap().ledger_seq, Some(6));
    assert!(house.api.store.listings().await.unwrap().is_empty());
    assert_eq!(house.actions().await, [("list".into(), 5_850), ("delist".into(), 6_000)]);
    let file = house.api.store.listing_file(&file.number).await.unwrap().unwrap();
    assert_eq!(file.state, FileState::Delisted);
    assert!(crate::cases::notice::of_removal(&file).unwrap().contains("移出黑榜告知书"));
    let cases = &house.api.cases;
    let again = cases.uphold_appeal(&appeal.number, answer("r"), &city_officer(), day("2026-03-12")).await;
    assert!(is_state(&again.unwrap_err()), "an appeal is answered once");
    let new = NewAppeal {
        kind: AppealKind::Objection,
        entry_seq: last.ledger_seq,
        file: None,
        grounds: "再次".into(),
    };
    let twice = house.api.cases.lodge_appeal(&uscc(), new, &company_person(), day("2026-03-12")).await;
    assert!(is_state(&twice.unwrap_err()), "what is reversed is not objected to again");
    assert_eq!(first.state, CaseState::Confirmed);
}

#[tokio::test]
async fn a_listed_company_that_stays_below_is_corrected_in_public() {
    let house = house(settings(0)).await;
    for at in ["2026-03-02", "2026-04-02", "2026-05-02"] {
        house.enter("UW-01", at, at).await;
    }
    assert_eq!(house.score_cp().await, 1_000, "20 + 30 + 40 of 100");
    let last = house.ledger().await.iter().rfind(|entry| entry.kind == EntryKind::Deduct).unwrap().seq;
    let objection = house.object(last, "2026-05-06").await;
    let (_, followed) = house
        .api
        .cases
        .uphold_appeal(&objection.number, answer("误录"), &city_officer(), day("2026-05-07"))
        .await
        .unwrap();
    assert!(matches!(followed.listing, Some((Action::Correct, _))));
    assert_eq!(house.actions().await, [("list".into(), 5_000), ("correct".into(), 5_000)]);
    assert_eq!(house.api.store.listings().await.unwrap()[0].cause.len(), 2);
}

#[tokio::test]
async fn ten_working_days_of_notice_over_national_day_hold_a_listing_back() {
    let house = house(settings(10)).await;
    house.enter("UW-01", "2026-09-01", "2026-09-02").await;
    let (_, followed) = house.enter("UW-01", "2026-09-03", "2026-09-04").await;
    assert!(followed.listing.is_none() && house.actions().await.is_empty(), "nothing is public yet");
    let number = house.api.store.listing_files(None, None, 9).await.unwrap()[0].number.clone();
    let (cases, city) = (&house.api.cases, city_officer());
    let decide = async |now: &str| {
        let decide =
            DecideFile {
                is_taken: true, number: "黑榜〔2026〕1号".into(), reason: "低于60分".into()
            };
        cases.decide_file(&number, decide, &city_officer(), day(now)).await
    };
    assert!(is_state(&decide("2026-09-05").await.unwrap_err()), "no notice, no listing");
    let file = cases.write_notice(&number, &city, day("2026-09-18")).await.unwrap();
    let text = &file.notice.as_ref().unwrap().text;
    for part in ["城管信告〔2026〕1号", "50.00", "10 个工作日", "河南省社会信用条例", "UW-01", "异议"]
    {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    assert!(matches!(
        cases.serve_notice(&number, local("2026-09-30"), &city, day("2026-09-21")).await.unwrap_err(),
        ActError::Unfit { .. }
    ));
    let file = cases.serve_notice(&number, local("2026-09-21"), &city, day("2026-09-21")).await.unwrap();
    assert_eq!(file.window(), Some(local("2026-10-12")), "1 to 7 October off, Saturday 10 worked");
    let objecting = ("object_to_notice".to_owned(), "2026-10-12".to_owned(), false);
    assert!(house.clocks("2026-10-12").await.contains(&objecting));
    assert!(is_state(&decide("2026-10-12").await.unwrap_err()), "the last day belongs to the company");
    let (file, followed) = decide("2026-10-13").await.unwrap();
    assert_eq!(file.state, FileState::Listed);
    assert!(matches!(followed.listing, Some((Action::List, _))));
    assert_eq!(house.kinds().await, ["deduct", "deduct", "list_notice", "list"]);
    let entry = house.ledger().await.pop().unwrap();
    assert_eq!(entry.decision_no.as_ref().unwrap().as_str(), "黑榜〔2026〕1号");
    assert_eq!(house.actions().await, [("list".into(), 5_000)]);
}

#[tokio::test]
async fn an_objection_to_the_notice_blocks_the_decision_and_a_recovered_score_withdraws_it() {
    let house = house(settings(2)).await;
    let (cases, city) = (&house.api.cases, city_officer());
    house.enter("UW-01", "2026-11-02", "2026-11-02").await;
    let (second, _) = house.enter("UW-01", "2026-11-03", "2026-11-03").await;
    let number = house.api.store.listing_files(None, None, 9).await.unwrap()[0].number.clone();
    cases.write_notice(&number, &city, day("2026-11-04")).await.unwrap();
    cases.serve_notice(&number, local("2026-11-04"), &city, day("2026-11-04")).await.unwrap();
    let new = NewAppeal {
        kind: AppealKind::Objection,
        entry_seq: None,
        file: Some(number.clone()),
        grounds: "事实不清".into(),
    };
    let objection =
        cases.lodge_appeal(&uscc(), new.clone(), &company_person(), day("2026-11-06")).await.unwrap();
    let decide =
        || DecideFile { is_taken: true, number: "黑榜〔2026〕2号".into(), reason: "低于60分".into() };
    let blocked = cases.decide_file(&number, decide(), &city, day("2026-11-10")).await.unwrap_err();
    assert!(is_state(&blocked) && blocked.to_string().contains("objections are open"), "{blocked}");
    cases.reject_appeal(&objection.number, answer("事实清楚"), &city, day("2026-11-10")).await.unwrap();
    let late = cases.lodge_appeal(&uscc(), new, &company_person(), day("2026-11-10")).await.unwrap_err();
    assert!(is_state(&late), "the window is over");
    // The deduction itself is contested: it blocks too, because without it there is no ground.
    let entry = house.object(second.ledger_seq.unwrap(), "2026-11-10").await;
    assert!(is_state(&cases.decide_file(&number, decide(), &city, day("2026-11-10")).await.unwrap_err()));
    cases.uphold_appeal(&entry.number, answer("误录"), &city, day("2026-11-11")).await.unwrap();
    let file = house.api.store.listing_file(&number).await.unwrap().unwrap();
    assert_eq!(file.state, FileState::Withdrawn, "the score recovered");
    assert_eq!(house.kinds().await, ["deduct", "deduct", "list_notice", "reverse"]);
    assert!(house.actions().await.is_empty());
}

#[tokio::test]
async fn without_notice_a_contested_deduction_holds_the_listing_until_it_is_rejected() {
    let house = house(settings(0)).await;
    let (first, _) = house.enter("UW-01", "2026-11-02", "2026-11-02").await;
    let objection = house.object(first.ledger_seq.unwrap(), "2026-11-03").await;
    let (_, followed) = house.enter("UW-01", "2026-11-04", "2026-11-04").await;
    assert!(followed.listing.is_none(), "without the contested entry the score is 70.00");
    assert_eq!(house.score_cp().await, 5_000);
    let (status, contested) =
        house.json("GET", &format!("/api/v1/carriers/{USCC}/contested"), Some(&house.city), None).await;
    assert_eq!(
        (
            status,
            &contested["score_centi"],
            &contested["score_without_contested_centi"],
            &contested["blocked"]
        ),
        (200, &json!(5_000), &json!(7_000), &json!(true))
    );
    let (_, followed) = house
        .api
        .cases
        .reject_appeal(&objection.number, answer("证据充分"), &city_officer(), day("2026-11-05"))
        .await
        .unwrap();
    assert!(matches!(followed.listing, Some((Action::List, _))), "the ground stands, nothing blocks it");
    let files = house.api.store.listing_files(None, None, 9).await.unwrap();
    assert_eq!((files.len(), files[0].state), (1, FileState::Listed));
}

#[tokio::test]
async fn clocks_run_over_the_spring_festival_and_show_when_they_are_over() {
    let house = house(settings(0)).await;
    let (case, _) = house.enter("UW-01", "2026-02-12", "2026-02-13").await;
    let objection = house.object(case.ledger_seq.unwrap(), "2026-02-13").await;
    let due = |step: &str, day: &str, over: bool| (step.to_owned(), day.to_owned(), over);
    assert!(house.clocks("2026-02-25").await.contains(&due("handle_objection", "2026-02-25", false)));
    assert!(house.clocks("2026-02-26").await.contains(&due("handle_objection", "2026-02-25", true)));
    let cases = &house.api.cases;
    cases.ask_source(&objection.number, "交通运输局", &city_officer(), day("2026-02-25")).await.unwrap();
    let clocks = house.clocks("2026-02-26").await;
    assert!(clocks.contains(&due("handle_objection_with_source", "2026-03-02", false)), "{clocks:?}");
    assert!(clocks.contains(&due("source_answers", "2026-02-28", false)), "{clocks:?}");
    assert!(clocks.contains(&due("decide", "2026-05-14", false)), "{clocks:?}");
    let (late, _) = cases
        .reject_appeal(&objection.number, answer("r"), &city_officer(), day("2026-03-03"))
        .await
        .unwrap();
    assert!(late.decision.unwrap().late);
}

#[tokio::test]
async fn a_repair_gives_back_what_its_severity_and_clean_time_allow() {
    let house = house(settings(0)).await;
    let cases = &house.api.cases;
    let (case, _) = house.enter("UW-02", "2026-01-05", "2026-01-05").await;
    let repair = || NewAppeal {
        kind: AppealKind::Repair,
        entry_seq: case.ledger_seq,
        file: None,
        grounds: "已整改，罚款已缴".into(),
    };
    let early = cases.lodge_appeal(&uscc(), repair(), &company_person(), day("2026-02-27")).await.unwrap();
    assert_eq!(early.due, local("2026-02-28"), "one working day: the Saturday is worked");
    let refused = cases.uphold_appeal(&early.number, answer("r"), &city_officer(), day("2026-02-28")).await;
    assert!(matches!(refused.unwrap_err(), ActError::Posting(_)), "general: three months have to stand");
    cases
        .reject_appeal(&early.number, answer("未满三个月"), &city_officer(), day("2026-02-28"))
        .await
        .unwrap();
    let due = cases.lodge_appeal(&uscc(), repair(), &company_person(), day("2026-04-07")).await.unwrap();
    cases.uphold_appeal(&due.number, answer("已整改"), &city_officer(), day("2026-04-07")).await.unwrap();
    assert_eq!(house.score_cp().await, 9_500, "half of 10.00 comes back");
    let entries = house.ledger().await;
    assert_eq!(entries.last().map(|entry| entry.kind), Some(EntryKind::Repair));
}

#[tokio::test]
async fn a_trigger_proposes_an_exit_that_bans_for_years() {
    let house = house(settings(0)).await;
    let (cases, city) = (&house.api.cases, city_officer());
    let new = NewFile {
        uscc: uscc(), measure: Measure::Exit, trigger: "12个月内3次以上未密闭处罚".into()
    };
    assert!(matches!(
        cases.propose(new.clone(), &police_officer(), day("2026-11-02")).await.unwrap_err(),
        ActError::NotYours { .. }
    ));
    let file = cases.propose(new, &city, day("2026-11-02")).await.unwrap();
    let decide =
        || DecideFile {
            is_taken: true, number: "清退〔2026〕1号".into(), reason: "多次违法".into()
        };
    assert!(is_state(
        &cases.decide_file(&file.number, decide(), &city, day("2026-11-02")).await.unwrap_err()
    ));
    let file = cases.write_notice(&file.number, &city, day("2026-11-02")).await.unwrap();
    assert!(file.notice.as_ref().unwrap().text.contains("3年内不得重新进入"));
    cases.serve_notice(&file.number, local("2026-11-02"), &city, day("2026-11-02")).await.unwrap();
    let (file, _) = cases.decide_file(&file.number, decide(), &city, day("2026-11-17")).await.unwrap();
    assert_eq!((file.state, file.ban_until), (FileState::Exited, Some(local("2029-11-17"))));
    assert_eq!(house.kinds().await, ["list_notice", "exit"]);
}

#[tokio::test]
async fn a_hard_trigger_opens_one_exit_proposal_and_takes_it_back_with_the_entry() {
    let house = house(settings(0)).await;
    let cases = &house.api.cases;
    let (case, followed) = house.enter("UW-04", "2026-11-02", "2026-11-02").await;
    assert!(followed.listing.is_none(), "a proposal to a person, no listing");
    house.enter("UW-03", "2026-11-03", "2026-11-03").await;
    let files = house.api.store.listing_files(None, None, 9).await.unwrap();
    assert_eq!((files.len(), files[0].measure, files[0].state), (1, Measure::Exit, FileState::Proposed));
    let objection = house.object(case.ledger_seq.unwrap(), "2026-11-04").await;
    cases.uphold_appeal(&objection.number, answer("误认"), &city_officer(), day("2026-11-05")).await.unwrap();
    let files = house.api.store.listing_files(None, None, 9).await.unwrap();
    assert_eq!((files.len(), files[0].state), (1, FileState::Withdrawn));
}
