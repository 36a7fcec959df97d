//! The clocks of due process: what must be done within how many days, by which law.
//!
//! | counted in | meaning |
//! |---|---|
//! | working days | days worked by the [`Calendar`]. 行政处罚法 Art. 85 and 道路交通安全违法行为处理程序规定 Art. 81 say so of their “two, three, five, seven days” |
//! | calendar days | every day counts; a period whose last day is off ends on the next working day (民事诉讼法 Art. 85, which 行政复议法 Art. 88 refers to) |
//! | years | to the same day of a later year |
//!
//! The day on which something happens is not counted; a period ends with its last local day.

use chrono::Months;
use domain::time::date_plus_days;
use domain::{LocalDate, Timestamp};

use crate::calendar::Calendar;
use crate::words::words;

words!(
    /// A step that has a limit.
    Step {
        /// The platform handles an objection by itself.
        HandleObjection = "handle_objection",
        /// The platform handles an objection for which it asks the source of the record.
        HandleObjectionWithSource = "handle_objection_with_source",
        /// The source answers the platform.
        SourceAnswers = "source_answers",
        /// The record of a revoked act is withdrawn.
        WithdrawRevoked = "withdraw_revoked",
        /// A repair that meets the rules is carried out.
        Repair = "repair",
        /// The publicity of a revoked penalty is withdrawn.
        WithdrawPublicity = "withdraw_publicity",
        /// The party applies for reconsideration.
        ApplyReconsideration = "apply_reconsideration",
        /// Traffic police review what a device captured.
        ReviewTraffic = "review_traffic",
        /// Traffic police decide an objection.
        HandleTrafficObjection = "handle_traffic_objection",
        /// Traffic police erase a record found wrong.
        EraseTraffic = "erase_traffic",
        /// A case that belongs to another authority is handed over.
        HandOver = "hand_over",
        /// The receiving authority answers after the decision is carried out.
        AnswerHandOver = "answer_hand_over",
        /// A case is decided after it was filed.
        Decide = "decide",
        /// An act not found out within the time bar is no longer punished.
        TimeBar = "time_bar",
        /// The party objects to a notice of listing; its length is a setting.
        ObjectToNotice = "object_to_notice",
    }
);

words!(
    /// What a limit is counted in.
    Unit {
        /// Days worked.
        WorkingDays = "working_days",
        /// Days of the calendar, rolled on to a working day.
        CalendarDays = "calendar_days",
        /// Years.
        Years = "years",
    }
);

/// One limit with its law.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// The step.
    pub step: Step,
    /// How many; 0 where a setting says it.
    pub amount: u32,
    /// Of what.
    pub unit: Unit,
    /// Law and article.
    pub basis: &'static str,
    /// The step in Chinese.
    pub zh: &'static str,
    /// The step in English.
    pub en: &'static str,
}

const fn clock_row(
    step: Step,
    amount: u32,
    unit: Unit,
    basis: &'static str,
    zh: &'static str,
    en: &'static str,
) -> Clock {
    Clock { step, amount, unit, basis, zh, en }
}

/// Every clock, in the order of [`Step::ALL`].
#[rustfmt::skip]
pub const CLOCKS: &[Clock] = {
    use Unit::{CalendarDays, WorkingDays, Years};
    &[
        clock_row(Step::HandleObjection, 3, WorkingDays, "河南省社会信用条例 第41条", "平台自行处理异议", "objection handled by the platform itself"),
        clock_row(Step::HandleObjectionWithSource, 7, WorkingDays, "河南省社会信用条例 第41条", "向信息来源核查后处理异议", "objection handled after asking the source"),
        clock_row(Step::SourceAnswers, 3, WorkingDays, "河南省社会信用条例 第41条", "信息来源单位答复核查", "source answers the platform"),
        clock_row(Step::WithdrawRevoked, 1, WorkingDays, "河南省社会信用条例 第42条", "行政行为撤销后撤下记录", "record of a revoked act withdrawn"),
        clock_row(Step::Repair, 1, WorkingDays, "河南省社会信用条例 第43条", "符合条件的信用修复", "repair that meets the rules carried out"),
        clock_row(Step::WithdrawPublicity, 3, WorkingDays, "行政处罚法 第48条、第85条", "撤回处罚公示", "publicity of a revoked penalty withdrawn"),
        clock_row(Step::ApplyReconsideration, 60, CalendarDays, "行政复议法 第20条、第88条", "申请行政复议", "application for reconsideration"),
        clock_row(Step::ReviewTraffic, 5, WorkingDays, "道路交通安全违法行为处理程序规定 第5条、第81条", "审核监控记录的交通违法", "traffic record reviewed"),
        clock_row(Step::HandleTrafficObjection, 5, WorkingDays, "道路交通安全违法行为处理程序规定 第22条、第81条", "处理交通违法异议", "traffic objection decided"),
        clock_row(Step::EraseTraffic, 3, WorkingDays, "道路交通安全违法行为处理程序规定 第22条、第81条", "消除错误的交通违法记录", "wrong traffic record erased"),
        clock_row(Step::HandOver, 3, WorkingDays, "济南市城市建筑垃圾管理条例 第42条（参照）", "移送有管辖权的部门", "case handed over to the competent authority"),
        clock_row(Step::AnswerHandOver, 7, WorkingDays, "济南市城市建筑垃圾管理条例 第42条（参照）", "执行完毕后反馈移送部门", "answer to the authority that handed over, after execution"),
        clock_row(Step::Decide, 90, CalendarDays, "行政处罚法 第60条", "自立案作出处罚决定", "decision after filing"),
        clock_row(Step::TimeBar, 2, Years, "行政处罚法 第36条", "违法行为追责时效", "time bar of an act"),
        clock_row(Step::ObjectToNotice, 0, WorkingDays, "河南省社会信用条例 第28条", "对拟列入告知提出异议", "objection to a notice of listing"),
    ]
};

/// The clock of a step.
pub fn clock(step: Step) -> &'static Clock {
    // The table has a row for every step: a test holds it.
    CLOCKS.iter().find(|clock| clock.step == step).unwrap_or(&CLOCKS[0])
}

/// Until when something must be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The last local day, whole.
    pub last_day: LocalDate,
    /// Whether it rests on a year whose holidays are not announced yet.
    pub provisional: bool,
}

impl Due {
    /// Whether the last day has passed.
    pub fn is_over(self, now: Timestamp) -> bool {
        now.local_date() > self.last_day
    }

    /// The first moment after it.
    pub fn ends_at(self) -> Timestamp {
        Timestamp::start_of_local_day(date_plus_days(self.last_day, 1))
    }
}

/// Until when a step must be done that began on a local day.
pub fn due(step: Step, began: LocalDate, calendar: &Calendar) -> Due {
    let clock = clock(step);
    due_in(clock.amount, clock.unit, began, calendar)
}

/// As [`due`], for a length that a setting gives.
pub fn due_in(amount: u32, unit: Unit, began: LocalDate, calendar: &Calendar) -> Due {
    let last_day = match unit {
        Unit::WorkingDays => calendar.working_days_after(began, amount),
        Unit::CalendarDays => calendar.working_day_from(date_plus_days(began, i64::from(amount))),
        Unit::Years => {
            began.checked_add_months(Months::new(amount.saturating_mul(12))).unwrap_or(LocalDate::MAX)
        }
    };
    let provisional = match unit {
        Unit::Years => false,
        Unit::WorkingDays | Unit::CalendarDays => calendar.is_provisional(last_day),
    };
    Due { last_day, provisional }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_has_its_row_in_order() {
        assert_eq!(CLOCKS.iter().map(|clock| clock.step).collect::<Vec<_>>(), Step::ALL);
        for clock in CLOCKS {
            let has_number = clock.basis.chars().any(|c| c.is_ascii_digit());
            assert!(has_number && !clock.zh.is_empty() && !clock.en.is_empty(), "{clock:?}");
        }
    }
}
