//! A tip: what anyone, or an officer on the street, says to have seen. A clue that never becomes a case by itself: an officer
//! takes it, and files a case on evidence or dismisses it with a reason. Pure.
//!
//! ```text
//! received ─▶ taken ─▶ filed (a case was entered)
//!     └─────────┴────▶ dismissed
//! ```

use domain::{Plate, Position, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::receipt::Receipt;

/// Longest place and text, characters.
pub const PLACE_CHARS_MAX: usize = 200;
/// Longest description, characters.
pub const TEXT_CHARS_MAX: usize = 1_000;
/// Longest contact, characters.
pub const CONTACT_CHARS_MAX: usize = 100;
/// Longest plate as it was written: people write what they could read of it.
pub const PLATE_CHARS_MAX: usize = 20;
/// Oldest sighting taken, days.
pub const AGE_DAYS_MAX: i64 = 90;
/// How far a sender's clock may run ahead.
const CLOCK_AHEAD_S: i64 = 10 * 60;

/// Who told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Anyone.
    Public,
    /// An officer at the roadside.
    Officer,
}

impl Origin {
    /// The word stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Officer => "officer",
        }
    }
}

/// What was seen, in the words a passer-by has for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Load not covered.
    Uncovered,
    /// Spilt on the road.
    Spillage,
    /// Dumped where it should not be.
    Dumping,
    /// Mud on wheels and road.
    Mud,
    /// No plate, or one nobody can read.
    Plate,
    /// Too fast, red light, wrong lane.
    Driving,
    /// Where or when trucks may not drive.
    Forbidden,
    /// Hauling without approval.
    NoPermit,
    /// Anything else.
    Other,
}

impl What {
    /// Every kind, in the order of the form.
    pub const ALL: [Self; 9] = [
        Self::Uncovered,
        Self::Spillage,
        Self::Dumping,
        Self::Mud,
        Self::Plate,
        Self::Driving,
        Self::Forbidden,
        Self::NoPermit,
        Self::Other,
    ];

    /// The word stored and sent.
    pub fn word(self) -> &'static str {
        match self {
            Self::Uncovered => "uncovered",
            Self::Spillage => "spillage",
            Self::Dumping => "dumping",
            Self::Mud => "mud",
            Self::Plate => "plate",
            Self::Driving => "driving",
            Self::Forbidden => "forbidden",
            Self::NoPermit => "no_permit",
            Self::Other => "other",
        }
    }

    /// In Chinese and English, for people.
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Uncovered => ("未密闭覆盖", "load not covered"),
            Self::Spillage => ("沿途遗撒", "spilling on the road"),
            Self::Dumping => ("乱倒渣土", "dumping"),
            Self::Mud => ("带泥上路", "mud on the road"),
            Self::Plate => ("无牌、遮挡或污损号牌", "no plate, or one nobody can read"),
            Self::Driving => ("超速、闯红灯、野蛮驾驶", "speeding, red light, reckless driving"),
            Self::Forbidden => ("在禁行区域或时段行驶", "where or when trucks may not drive"),
            Self::NoPermit => ("疑似无证运输", "hauling, it seems, without approval"),
            Self::Other => ("其他", "something else"),
        }
    }

    /// The rule an officer is offered first; `None` when what was seen names none.
    pub fn rule(self) -> Option<&'static str> {
        match self {
            Self::Uncovered => Some("SE-01"),
            Self::Spillage => Some("DP-03"),
            Self::Dumping => Some("DP-01"),
            Self::Mud => Some("SE-02"),
            Self::Plate => Some("TR-03"),
            Self::Driving => Some("TR-06"),
            Self::Forbidden => Some("RT-03"),
            Self::NoPermit => Some("UW-01"),
            Self::Other => None,
        }
    }

    /// The kind of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.word() == word)
    }
}

/// Where a tip stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TipState {
    /// Nobody looked at it yet.
    Received,
    /// An officer works on it.
    Taken,
    /// A case was entered.
    Filed,
    /// Closed without a case.
    Dismissed,
}

impl TipState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Received, Self::Taken, Self::Filed, Self::Dismissed];

    /// The word stored and shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Taken => "taken",
            Self::Filed => "filed",
            Self::Dismissed => "dismissed",
        }
    }

    /// Whether something is still to be done.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Received | Self::Taken)
    }

    /// What the sender is told, in Chinese and English. How it ended is between the officers and the company.
    pub fn told(self) -> (&'static str, &'static str) {
        match self {
            Self::Received => ("已收到，待核查", "received, waits to be looked at"),
            Self::Taken => ("核查中", "being looked at"),
            Self::Filed | Self::Dismissed => ("已办结", "closed"),
        }
    }
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TipEnd {
    /// When.
    #[schema(value_type = String)]
    pub at: Timestamp,
    /// The officer.
    pub by: String,
    /// Why.
    pub reason: String,
    /// The case entered.
    pub case_no: Option<String>,
}

/// A tip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tip {
    /// What its sender looks it up by.
    pub receipt: Receipt,
    /// Who told.
    pub origin: Origin,
    /// The officer, when one did.
    pub told_by: Option<String>,
    /// What was seen.
    pub what: What,
    /// The plate as it was written.
    pub plate_text: String,
    /// The plate, when that is one.
    pub plate: Option<Plate>,
    /// The place in words.
    pub place: String,
    /// The place, when it was given.
    pub position: Option<Position>,
    /// When it was seen.
    pub occurred: Timestamp,
    /// Anything else.
    pub text: String,
    /// How to reach the sender, when given. For officers alone.
    pub contact: Option<String>,
    /// Pictures, by id.
    pub photos: Vec<String>,
    /// When it came.
    pub received: Timestamp,
    /// Where it stands.
    pub state: TipState,
    /// The officer who works on it.
    pub taken_by: Option<String>,
    /// How it ended.
    pub end: Option<TipEnd>,
}

/// What was sent, unread.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct SentTip {
    /// The plate as far as it could be read.
    pub plate: String,
    /// The place in words.
    pub place: String,
    /// WGS-84 degrees, with `lon`.
    pub lat: Option<f64>,
    /// WGS-84 degrees.
    pub lon: Option<f64>,
    /// When, RFC 3339.
    pub occurred_at: String,
    /// `uncovered`, `spillage`, `dumping`, `mud`, `plate`, `driving`, `forbidden`, `no_permit` or `other`.
    pub what: String,
    /// In own words.
    pub text: String,
    /// Phone or e-mail; may be left out.
    pub contact: String,
}

/// One member that cannot be taken, in English and Chinese.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// The member.
    pub member: &'static str,
    /// Why, and what to do.
    pub en: String,
    /// The same in Chinese.
    pub zh: String,
}

/// What was sent, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    what: What,
    plate_text: String,
    plate: Option<Plate>,
    place: String,
    position: Option<Position>,
    occurred: Timestamp,
    text: String,
    contact: Option<String>,
}

impl SentTip {
    /// Reads it, or tells everything that is wrong with it at once.
    pub fn read(&self, now: Timestamp) -> Result<Seen, Vec<Unfit>> {
        let mut wrong = Vec::new();
        let plate_text = fitting(&self.plate, "plate", "车牌号", PLATE_CHARS_MAX, &mut wrong);
        let place = fitting(&self.place, "place", "地点", PLACE_CHARS_MAX, &mut wrong);
        let text = fitting(&self.text, "text", "情况说明", TEXT_CHARS_MAX, &mut wrong);
        let contact = fitting(&self.contact, "contact", "联系方式", CONTACT_CHARS_MAX, &mut wrong);
        let mut refuse =
            |member, en: &str, zh: &str| wrong.push(Unfit { member, en: en.to_owned(), zh: zh.to_owned() });
        let what = What::from_word(self.what.trim());
        if what.is_none() {
            refuse("what", "choose what you saw", "请选择所见情形");
        }
        let position = match (self.lat, self.lon) {
            (None, None) => None,
            (Some(lat), Some(lon)) => Position::from_degrees(lat, lon).ok(),
            _ => None,
        };
        if position.is_none() && (self.lat.is_some() || self.lon.is_some()) {
            refuse(
                "lat",
                "a place is latitude and longitude in degrees",
                "坐标须同时填写纬度和经度，单位为度",
            );
        }
        if position.is_none() && place.is_empty() {
            refuse(
                "place",
                "say where it was: a road, a crossing, or coordinates",
                "请填写地点（道路、路口）或坐标",
            );
        }
        if plate_text.is_empty() && text.is_empty() {
            refuse(
                "plate",
                "give the plate as far as you could read it, or describe the truck",
                "请填写车牌号（看清几位写几位），或描述车辆",
            );
        }
        let occurred = self.occurred_at.trim().replace(' ', "+").parse::<Timestamp>().ok();
        let oldest = now.plus_seconds(-AGE_DAYS_MAX * 86_400);
        let occurred = occurred.filter(|at| (oldest..=now.plus_seconds(CLOCK_AHEAD_S)).contains(at));
        if occurred.is_none() {
            refuse(
                "occurred_at",
                "say when it was: within the last 90 days, not to come",
                "请填写发现时间（90天以内，不晚于现在）",
            );
        }
        match (what, occurred) {
            (Some(what), Some(occurred)) if wrong.is_empty() => Ok(Seen {
                what,
                plate: plate_text.parse().ok(),
                plate_text,
                place,
                position,
                occurred: occurred.min(now),
                text,
                contact: (!contact.is_empty()).then_some(contact),
            }),
            _ => Err(wrong),
        }
    }
}

/// A trimmed text without control characters but line breaks, not longer than it may be.
fn fitting(text: &str, member: &'static str, zh: &str, chars_max: usize, wrong: &mut Vec<Unfit>) -> String {
    let clean: String = text.trim().chars().filter(|c| !c.is_control() || *c == '\n').collect();
    if clean.chars().count() > chars_max {
        let en = format!("{member} is longer than {chars_max} characters: shorten it");
        wrong.push(Unfit { member, en, zh: format!("{zh}最多{chars_max}字，请缩短") });
    }
    clean
}

impl Seen {
    /// The tip it makes.
    pub fn into_tip(
        self,
        receipt: Receipt,
        told_by: Option<String>,
        photos: Vec<String>,
        now: Timestamp,
    ) -> Tip {
        let Self { what, plate_text, plate, place, position, occurred, text, contact } = self;
        Tip {
            receipt,
            origin: if told_by.is_some() { Origin::Officer } else { Origin::Public },
            told_by,
            what,
            plate_text,
            plate,
            place,
            position,
            occurred,
            text,
            contact,
            photos,
            received: now,
            state: TipState::Received,
            taken_by: None,
            end: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-23T15:00:00+08:00".parse().unwrap()
    }

    fn sent() -> SentTip {
        SentTip {
            plate: " 豫a·12345 ".into(),
            place: "密州大道与长乐路口".into(),
            occurred_at: "2026-11-23T14:03:00+08:00".into(),
            what: "uncovered".into(),
            ..SentTip::default()
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut SentTip), expected: &[&str]) {
        let mut tip = sent();
        change(&mut tip);
        let wrong: Vec<&str> =
            tip.read(now()).err().into_iter().flatten().map(|unfit| unfit.member).collect();
        assert_eq!(wrong, expected, "{tip:?}");
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        check(|_| {}, &[]);
        check(|tip| tip.place.clear(), &["place"]);
        check(|tip| (tip.lat, tip.lon) = (Some(34.5), Some(113.4)), &[]);
        check(|tip| tip.lat = Some(34.5), &["lat"]);
        check(|tip| (tip.lat, tip.lon) = (Some(134.5), Some(f64::NAN)), &["lat"]);
        check(|tip| tip.plate.clear(), &["plate"]);
        check(|tip| (tip.plate, tip.text) = (String::new(), "蓝色车厢".into()), &[]);
        check(|tip| tip.plate = "看不清".into(), &[]);
        check(|tip| tip.what = "noise".into(), &["what"]);
        check(|tip| tip.occurred_at = "2026-11-23T16:00:00+08:00".into(), &["occurred_at"]);
        check(|tip| tip.occurred_at = "2026-05-23T16:00:00+08:00".into(), &["occurred_at"]);
        check(|tip| tip.text = "字".repeat(TEXT_CHARS_MAX + 1), &["text"]);
        check(|tip| *tip = SentTip::default(), &["what", "place", "plate", "occurred_at"]);
    }

    #[test]
    fn a_plate_is_normalised_and_an_unreadable_one_kept_as_written() {
        let read = |plate: &str| SentTip { plate: plate.into(), ..sent() }.read(now()).unwrap();
        assert_eq!(read(" 豫a·12345 ").plate.unwrap().as_str(), "豫A12345");
        let unread = read("豫A12??5");
        assert_eq!((unread.plate, unread.plate_text.as_str()), (None, "豫A12??5"));
    }

    #[test]
    fn every_kind_names_a_rule_of_the_catalogue_or_none() {
        let catalogue = scoring::Catalogue::embedded().unwrap();
        for what in What::ALL {
            assert_eq!(What::from_word(what.word()), Some(what));
            if let Some(code) = what.rule() {
                assert!(catalogue.rules().any(|rule| rule.code.as_str() == code), "{code}");
            }
        }
    }
}
