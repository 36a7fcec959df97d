//! A permit as people get it: how it stands, its terms in words, its days.

use domain::time::date_plus_days;
use domain::{HaulWindows, LocalDate, Permit, PermitStatus, Plate, Registry, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

/// A permit that ends within so many days is called so.
pub const ENDS_SOON_DAYS: i64 = 14;
const MINUTES_A_DAY: i64 = 1_440;
const DAYS_ZH: [&str; 7] = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];
const DAY_NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// How a permit stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// In force; ends in so many days, today being the last at 0.
    InForce(i64),
    /// Begins later.
    Upcoming,
    /// Its last day has passed.
    Expired,
    /// Not in force for now.
    Suspended,
    /// Taken back.
    Revoked,
}

impl Standing {
    /// Of a permit at a moment.
    pub fn of(permit: &Permit, now: Timestamp) -> Self {
        match permit.status_at(now) {
            PermitStatus::Revoked => Self::Revoked,
            _ if now >= permit.valid_until => Self::Expired,
            _ if now < permit.valid_from => Self::Upcoming,
            PermitStatus::Suspended => Self::Suspended,
            PermitStatus::Valid => {
                let last = permit.valid_until.plus_millis(-1).local_date();
                Self::InForce(last.signed_duration_since(now.local_date()).num_days())
            }
        }
    }

    /// The word used in answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::InForce(days) if days <= ENDS_SOON_DAYS => "ends_soon",
            Self::InForce(_) => "in_force",
            Self::Upcoming => "upcoming",
            Self::Expired => "expired",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
        }
    }

    /// In Chinese.
    pub fn zh(self) -> String {
        match self {
            Self::InForce(0) => "有效，今日到期".to_owned(),
            Self::InForce(days) if days <= ENDS_SOON_DAYS => format!("有效，还有{days}天到期"),
            Self::InForce(_) => "有效".to_owned(),
            Self::Upcoming => "尚未生效".to_owned(),
            Self::Expired => "已过期".to_owned(),
            Self::Suspended => "已暂停".to_owned(),
            Self::Revoked => "已吊销".to_owned(),
        }
    }

    /// In English.
    pub fn en(self) -> String {
        match self {
            Self::InForce(0) => "in force, ends today".to_owned(),
            Self::InForce(1) => "in force, ends tomorrow".to_owned(),
            Self::InForce(days) if days <= ENDS_SOON_DAYS => format!("in force, ends in {days} days"),
            Self::InForce(_) => "in force".to_owned(),
            Self::Upcoming => "not in force yet".to_owned(),
            Self::Expired => "expired".to_owned(),
            Self::Suspended => "suspended".to_owned(),
            Self::Revoked => "revoked".to_owned(),
        }
    }
}

/// A leg by the names of its places.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LegView {
    /// Id of the source.
    pub source: String,
    /// Its name.
    pub source_name: String,
    /// Id of the sink.
    pub sink: String,
    /// Its name.
    pub sink_name: String,
    /// Id of the route; none is any way.
    pub route: Option<String>,
    /// Its name.
    pub route_name: Option<String>,
}

/// A permit in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PermitRow {
    /// Its number.
    pub number: String,
    /// The company.
    pub carrier_uscc: String,
    /// Its name.
    pub carrier_name: String,
    /// `in_force`, `ends_soon`, `upcoming`, `expired`, `suspended` or `revoked`.
    pub state: &'static str,
    /// The same in Chinese, with days.
    pub state_zh: String,
    /// The same in English.
    pub state_en: String,
    /// Days until its last day; none when it is not in force.
    pub days_left: Option<i64>,
    /// First day, or moment.
    pub valid_from: String,
    /// Last day, or moment.
    pub valid_to: String,
    /// Plates.
    pub trucks: Vec<String>,
    /// Hauls approved.
    pub legs: Vec<LegView>,
    /// Class of waste.
    pub waste_class: String,
    /// Volume approved, m³.
    pub volume_m3: f64,
    /// Hauled before, m³.
    pub used_m3: f64,
    /// Hours in Chinese.
    pub hours_zh: String,
    /// Hours in English.
    pub hours_en: String,
}

impl PermitRow {
    /// Of a permit at a moment.
    pub fn of(permit: &Permit, registry: &Registry, now: Timestamp) -> Self {
        let standing = Standing::of(permit, now);
        let carrier = registry.carriers.get(&permit.carrier);
        let site = |id: &domain::SiteId| {
            registry.sites.get(id).map_or_else(|| id.to_string(), |site| site.name.clone())
        };
        let legs = permit.legs.iter().map(|leg| LegView {
            source: leg.source.to_string(),
            source_name: site(&leg.source),
            sink: leg.sink.to_string(),
            sink_name: site(&leg.sink),
            route: leg.route.as_ref().map(ToString::to_string),
            route_name: leg.route.as_ref().and_then(|id| Some(registry.routes.get(id)?.name.clone())),
        });
        Self {
            number: permit.number.to_string(),
            carrier_uscc: permit.carrier.to_string(),
            carrier_name: carrier.map_or_else(String::new, |carrier| carrier.name.clone()),
            state: standing.word(),
            state_zh: standing.zh(),
            state_en: standing.en(),
            days_left: if let Standing::InForce(days) = standing { Some(days) } else { None },
            valid_from: permit.valid_from.local_date().to_string(),
            valid_to: permit.valid_until.plus_millis(-1).local_date().to_string(),
            trucks: permit.trucks.iter().map(Plate::to_string).collect(),
            legs: legs.collect(),
            waste_class: permit.waste_class.clone(),
            volume_m3: permit.volume_l as f64 / 1000.0,
            used_m3: permit.used_l as f64 / 1000.0,
            hours_zh: hours_zh(&permit.windows),
            hours_en: hours_en(&permit.windows),
        }
    }

    /// The terms in Chinese.
    pub fn terms_zh(&self) -> String {
        let ways: Vec<String> = self
            .legs
            .iter()
            .map(|leg| {
                let way = leg
                    .route_name
                    .as_ref()
                    .map_or_else(|| "（线路不限）".to_owned(), |name| format!("经{name}"));
                format!("由{}{way}运往{}", leg.source_name, leg.sink_name)
            })
            .collect();
        format!(
            "准予{}所属{}辆车，自{}至{}，{}，{}，运输{}，合计{}立方米（此前已用{}立方米）。",
            self.carrier_name,
            self.trucks.len(),
            self.valid_from,
            self.valid_to,
            self.hours_zh,
            ways.join("；"),
            self.waste_class,
            self.volume_m3,
            self.used_m3,
        )
    }

    /// The terms in English.
    pub fn terms_en(&self) -> String {
        let ways: Vec<String> = self
            .legs
            .iter()
            .map(|leg| {
                let way =
                    leg.route_name.as_ref().map_or_else(|| "any way".to_owned(), |name| format!("by {name}"));
                format!("from {} to {} ({way})", leg.source_name, leg.sink_name)
            })
            .collect();
        format!(
            "{} may haul with {} trucks from {} to {}, {}, {}, {}, {} m³ in all ({} m³ hauled before).",
            self.carrier_name,
            self.trucks.len(),
            self.valid_from,
            self.valid_to,
            self.hours_en,
            ways.join("; "),
            self.waste_class,
            self.volume_m3,
            self.used_m3,
        )
    }
}

/// Hours in Chinese.
pub fn hours_zh(windows: &HaulWindows) -> String {
    if windows.0.is_empty() {
        return "全天".to_owned();
    }
    let one = |window: &domain::HaulWindow| {
        let days = window.day_names();
        let named = DAY_NAMES.iter().zip(DAYS_ZH).filter(|(name, _)| days.contains(name));
        let days = if days.len() == 7 {
            "每天".to_owned()
        } else {
            named.map(|(_, zh)| zh).collect::<Vec<_>>().join("、")
        };
        let (from, to) = window.hours();
        let next = if to <= from && from != to { "次日" } else { "" };
        format!("{days}{from}至{next}{to}")
    };
    windows.0.iter().map(one).collect::<Vec<_>>().join("；")
}

/// Hours in English.
pub fn hours_en(windows: &HaulWindows) -> String {
    if windows.0.is_empty() {
        return "at any hour".to_owned();
    }
    let one = |window: &domain::HaulWindow| {
        let days = window.day_names();
        let days = if days.len() == 7 { "daily".to_owned() } else { days.join(", ") };
        let (from, to) = window.hours();
        format!("{days} {from} to {to}")
    };
    windows.0.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// A day of a permit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PermitDay {
    /// The date.
    pub date: String,
    /// When hauling is allowed, as `22:00` to `24:00`; empty when it is not.
    pub allowed: Vec<(String, String)>,
    /// `open`, `closed` (within its validity, but no hour allows it or it is suspended), `outside`.
    pub state: &'static str,
}

/// The days of a stretch, both ends included.
pub fn days(permit: &Permit, first: LocalDate, last: LocalDate) -> Vec<PermitDay> {
    let mut days = Vec::new();
    let mut date = first;
    while date <= last {
        days.push(day(permit, date));
        date = date_plus_days(date, 1);
    }
    days
}

fn day(permit: &Permit, date: LocalDate) -> PermitDay {
    let start = Timestamp::start_of_local_day(date);
    let mut spans: Vec<(i64, i64)> = Vec::new();
    for (from, to) in permit.windows.minutes_on(date) {
        for minute in i64::from(from)..i64::from(to) {
            if !permit.is_in_force_at(start.plus_seconds(minute * 60)) {
                continue;
            }
            match spans.last_mut() {
                Some((_, end)) if *end == minute => *end = minute + 1,
                _ => spans.push((minute, minute + 1)),
            }
        }
    }
    let end = start.plus_seconds(MINUTES_A_DAY * 60);
    let state = match spans.is_empty() {
        false => "open",
        true if permit.valid_from < end && start < permit.valid_until => "closed",
        true => "outside",
    };
    let clock = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
    let allowed = spans.into_iter().map(|(from, to)| (clock(from), clock(to))).collect();
    PermitDay { date: date.to_string(), allowed, state }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permit() -> Permit {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        Permit {
            number: "XM-1".parse().unwrap(),
            carrier: "91350100M000100Y43".parse().unwrap(),
            trucks: Default::default(),
            legs: vec![],
            waste_class: "工程渣土".into(),
            volume_l: 1,
            used_l: 0,
            valid_from: at("2026-11-01T00:00:00+08:00"),
            valid_until: at("2026-12-01T00:00:00+08:00"),
            windows: HaulWindows(vec![
                domain::HaulWindow::parse(
                    &["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
                    "22:00",
                    "05:00",
                )
                .unwrap(),
            ]),
            status: vec![(at("2026-11-23T23:00:00+08:00"), PermitStatus::Suspended)],
            zone_passes: Default::default(),
        }
    }

    #[test]
    fn a_day_shows_the_hours_until_the_suspension() {
        let date = |day| LocalDate::from_ymd_opt(2026, 11, day).unwrap();
        let days = days(&permit(), date(22), date(24));
        let span = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        assert_eq!(days[0].allowed, [span("00:00", "05:00"), span("22:00", "24:00")]);
        assert_eq!(days[1].allowed, [span("00:00", "05:00"), span("22:00", "23:00")]);
        assert_eq!((days[2].state, days[2].allowed.len()), ("closed", 0));
        assert_eq!(
            super::days(&permit(), date_plus_days(date(30), 1), date_plus_days(date(30), 1))[0].state,
            "outside"
        );
    }

    #[test]
    fn a_permit_stands_as_its_dates_and_status_say() {
        for (time, word) in [
            ("2026-10-31T23:59:59+08:00", "upcoming"),
            ("2026-11-01T00:00:00+08:00", "in_force"),
            ("2026-11-20T00:00:00+08:00", "ends_soon"),
            ("2026-11-24T00:00:00+08:00", "suspended"),
            ("2026-12-01T00:00:00+08:00", "expired"),
        ] {
            assert_eq!(Standing::of(&permit(), time.parse().unwrap()).word(), word, "{time}");
        }
        assert_eq!(
            Standing::of(&permit(), "2026-11-20T08:00:00+08:00".parse().unwrap()).zh(),
            "有效，还有10天到期"
        );
        assert_eq!(hours_zh(&permit().windows), "每天22:00至次日05:00");
    }
}
