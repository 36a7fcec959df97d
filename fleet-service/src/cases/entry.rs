//! Cases that no device saw: red lights, obscured plates, spillage. An officer enters them by hand, or they come decided
//! from another system. Pure: what was written down becomes a case, or is refused with the reason.

use domain::{HaulId, LocalDate, Plate, RuleCode, Timestamp, Uscc};
use scoring::due::{self, Step};
use scoring::{Calendar, Circumstance};

use super::act_error::{ActError, label, text};
use super::case_file::{CaseFile, CaseState, Decision, Source, counts_on, officers_needed};
use super::circumstances;
use super::company::Ground;
use crate::store::Officer;

/// Most officers named in a case.
pub const OFFICERS_MAX: usize = 8;

/// What was written down.
#[derive(Debug, Clone)]
pub struct NewCase {
    /// The rule, with or without its grade.
    pub rule: RuleCode,
    /// The grade, when the rule has grades and `rule` names none.
    pub band: Option<String>,
    /// The truck.
    pub plate: Plate,
    /// The company; the one the truck is registered with when absent.
    pub uscc: Option<Uscc>,
    /// The haul it happened on, when it is known: of one incident on one haul one deduction counts.
    pub trip: Option<HaulId>,
    /// When the act began.
    pub occurred_at: Timestamp,
    /// When it ended; the beginning when absent.
    pub occurred_until: Option<Timestamp>,
    /// What was found.
    pub fact: String,
    /// What makes the act cost other points than its rule says.
    pub circumstances: Vec<Circumstance>,
    /// The officers who found it; whoever enters it is among them.
    pub officers: Vec<String>,
    /// The decision, when it was taken already.
    pub decision: Option<Decision>,
    /// The day on which that became final, when it is known.
    pub final_date: Option<LocalDate>,
}

/// Makes a case of it under the number `number`. `source` says whether an officer or an import brought it.
pub fn enter(
    new: NewCase,
    number: &str,
    source: Source,
    officer: &Officer,
    now: Timestamp,
    calendar: &Calendar,
    ground: &Ground<'_>,
) -> Result<CaseFile, ActError> {
    let rule =
        ground.catalogue.resolve(&new.rule, new.band.as_deref(), new.occurred_at).map_err(|error| {
            ActError::unfit(error.to_string(), format!("规则{}在该日不适用或需注明档次：{error}", new.rule))
        })?;
    if !officer.role.decides() || !rule.is_answered_by(officer.authority) {
        return Err(ActError::not_yours(
            format!("cases under {} are entered by an officer of {}", rule.code, rule.authority),
            format!("{}类案件由{}录入", rule.code, authority_zh(rule.authority)),
        ));
    }
    let until = new.occurred_until.unwrap_or(new.occurred_at);
    if until < new.occurred_at || until > now {
        return Err(ActError::unfit(
            format!(
                "the act is said to last from {} to {until}: it ends after it begins and before now",
                new.occurred_at
            ),
            "行为起止时间有误",
        ));
    }
    let found = new.decision.as_ref().map_or(now.local_date(), |decision| decision.date);
    let bar = due::due(Step::TimeBar, until.local_date(), calendar).last_day;
    if found > bar {
        return Err(ActError::unfit(
            format!("the act of {} is past its time bar of two years since {bar}", until.local_date()),
            "已超过二年追责时效",
        ));
    }
    circumstances::fit(rule, &new.circumstances)
        .map_err(|error| ActError::unfit(error.to_string(), error.zh()))?;
    let officers = officers(new.officers, officer, source)?;
    let needed = officers_needed(rule, officer.authority);
    if officers.len() < needed {
        return Err(ActError::unfit(
            format!("{needed} officers have to be named, {} are (行政处罚法 Art. 42)", officers.len()),
            format!("须载明{needed}名执法人员（行政处罚法第四十二条）"),
        ));
    }
    let registered = ground.registry.trucks.get(&new.plate).map(|truck| truck.carrier.clone());
    let mut case = CaseFile {
        number: label("case number", "案号", number)?,
        source,
        clue: None,
        authority: officer.authority,
        rule: rule.code.clone(),
        plate: new.plate,
        uscc: new.uscc.or(registered),
        trip: new.trip,
        occurred_at: new.occurred_at,
        occurred_until: until,
        filed: now,
        officers,
        fact: text("finding", "违法事实", &new.fact)?,
        circumstances: new.circumstances,
        state: CaseState::Confirmed,
        counts_on: counts_on(rule, ground.settings),
        decision: None,
        final_date: None,
        ledger_seq: None,
        points_centi: None,
        hand_over: None,
        end_reason: None,
    };
    if case.uscc.is_none() {
        return Err(ActError::unfit(
            format!("{} belongs to no registered company: name the company's code", case.plate),
            format!("{}未登记在任何企业名下，请填写统一社会信用代码", case.plate),
        ));
    }
    if let Some(decision) = new.decision {
        label("decision number", "决定书文号", &decision.number)?;
        case = case.decide(decision, vec![], now)?;
    }
    match (new.final_date, &case.decision) {
        (None, _) => {}
        (Some(date), Some(decision)) if date >= decision.date && date <= now.local_date() => {
            case.final_date = Some(date);
            case.state = CaseState::Final;
        }
        (Some(date), _) => {
            return Err(ActError::unfit(
                format!(
                    "{date} cannot be the day the decision became final: it follows the decision and is not to come"
                ),
                "生效日期须在决定日期之后且不晚于今日",
            ));
        }
    }
    Ok(case)
}

/// The names, without blanks and doubles. Whoever enters a case by hand found it and is one of them.
fn officers(named: Vec<String>, officer: &Officer, source: Source) -> Result<Vec<String>, ActError> {
    let mut names: Vec<String> = Vec::new();
    let own = (source == Source::Officer).then(|| officer.name.clone());
    for name in own.into_iter().chain(named) {
        let name = name.trim().to_owned();
        if name.is_empty() || names.contains(&name) {
            continue;
        }
        label("officer's name", "执法人员姓名", &name)?;
        names.push(name);
    }
    if names.len() > OFFICERS_MAX {
        return Err(ActError::unfit(
            format!("{} officers are named, at most {OFFICERS_MAX} are taken", names.len()),
            format!("最多载明{OFFICERS_MAX}名执法人员"),
        ));
    }
    Ok(names)
}

/// An authority in Chinese.
pub fn authority_zh(authority: domain::Authority) -> &'static str {
    match authority {
        domain::Authority::CityManagement => "城市管理部门",
        domain::Authority::Police => "公安交警部门",
        domain::Authority::Transport => "交通运输部门",
    }
}
