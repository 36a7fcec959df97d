//! What an officer may ask of a terminal, checked before it is kept. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use wire::message::TEXT_BYTES_MAX;
use wire::{Message, Version};

use super::areas::is_writable;
use super::parameters::{self, ParameterError};
use crate::store::Role;

/// Longest temporary tracking, s.
pub const TRACK_VALIDITY_MAX_S: u32 = 86_400;
/// Most ids of areas deleted by one command.
pub const DELETED_MAX: usize = wire::area::DELETED_IDS_MAX;

/// A command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Sets parameters (0x8103).
    SetParameters {
        /// By name, as `{"default_interval_s": 30, "max_speed_kmh": 60}`; unnamed ones as `{"0xF364": "ff01"}`.
        parameters: BTreeMap<String, Value>,
    },
    /// Asks for parameters (0x8106), or for all (0x8104).
    QueryParameters {
        /// Names, or ids as `0xF364`; all when empty.
        #[serde(default)]
        names: Vec<String>,
    },
    /// Shows or reads out a text (0x8300).
    Text {
        /// At most 1,024 bytes of GBK.
        text: String,
        /// Urgent.
        #[serde(default)]
        urgent: bool,
        /// Shown on the terminal's display; so it is when nothing is said.
        #[serde(default = "yes")]
        display: bool,
        /// Read aloud.
        #[serde(default)]
        read_aloud: bool,
    },
    /// Asks where the truck is (0x8201).
    QueryLocation {},
    /// Closer reporting for a while (0x8202).
    Track {
        /// Seconds between reports; 0 ends it.
        interval_s: u16,
        /// For how long, s, at most a day; not needed to end it.
        #[serde(default)]
        validity_s: u32,
    },
    /// Confirms alarms by hand (0x8203), so that the terminal stops reporting them.
    ConfirmAlarm {
        /// Serial of the alarm's report; 0 for all.
        #[serde(default)]
        serial: u16,
        /// Which alarms.
        alarms: Vec<Alarm>,
    },
    /// Clears every area and route of the terminal and sets those of its truck's permits in force and the zones
    /// (0x8600 to 0x8607). From then on they are kept as the registers say.
    DownloadAreas {},
    /// Sets and deletes what differs from what the terminal was given.
    UpdateAreas {},
    /// Deletes areas and routes (0x8601, 0x8603, 0x8605, 0x8607). When all kinds go, they stay away until the next download;
    /// single ones come back when the registers or the day change.
    DeleteAreas {
        /// Which kind; all kinds when absent.
        #[serde(default)]
        shape: Option<Shape>,
        /// Which of the kind, at most 125; all when empty.
        #[serde(default)]
        ids: Vec<u32>,
    },
}

fn yes() -> bool {
    true
}

/// An alarm that stays until it is confirmed by hand (JT/T 808-2013, table of 0x8203).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Alarm {
    /// Bit 0.
    Sos,
    /// Bit 3.
    Danger,
    /// Bit 20.
    AreaInOut,
    /// Bit 21.
    RouteInOut,
    /// Bit 22.
    SegmentTime,
    /// Bit 27.
    IllegalIgnition,
    /// Bit 28.
    IllegalMovement,
}

impl Alarm {
    fn bit(self) -> u32 {
        1 << match self {
            Self::Sos => 0,
            Self::Danger => 3,
            Self::AreaInOut => 20,
            Self::RouteInOut => 21,
            Self::SegmentTime => 22,
            Self::IllegalIgnition => 27,
            Self::IllegalMovement => 28,
        }
    }
}

/// A kind of area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// 0x8601
    Circle,
    /// 0x8603
    Rectangle,
    /// 0x8605
    Polygon,
    /// 0x8607
    Route,
}

/// Why a command is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// A parameter is unknown or its value impossible.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// Nothing to set.
    #[error("no parameter is given")]
    NoParameters,
    /// No text, or one the wire cannot carry.
    #[error(
        "the text is empty, longer than {TEXT_BYTES_MAX} bytes of GBK, or has characters GBK does not know"
    )]
    Text,
    /// A tracking that never ends.
    #[error("tracking needs a validity of 1 to {TRACK_VALIDITY_MAX_S} s, or an interval of 0 to end it")]
    Track,
    /// No alarm to confirm.
    #[error("no alarm is given")]
    NoAlarm,
    /// Too many ids, or ids without a shape.
    #[error("at most {DELETED_MAX} ids are deleted at once, and only with their shape")]
    Ids,
}

impl CommandError {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Parameter(error) => format!("终端参数有误：{error}"),
            Self::NoParameters => "未给出任何参数".to_owned(),
            Self::Text => format!("文本为空、超过 {TEXT_BYTES_MAX} 字节（GBK），或含有 GBK 以外的字符"),
            Self::Track => {
                format!("临时跟踪有效期应为 1 至 {TRACK_VALIDITY_MAX_S} 秒；间隔为 0 表示停止")
            }
            Self::NoAlarm => "未给出要确认的报警".to_owned(),
            Self::Ids => format!("一次最多删除 {DELETED_MAX} 个区域编号，且须指明区域类型"),
        }
    }
}

impl Command {
    /// Its kind, one word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::SetParameters { .. } => "set_parameters",
            Self::QueryParameters { .. } => "query_parameters",
            Self::Text { .. } => "text",
            Self::QueryLocation {} => "query_location",
            Self::Track { .. } => "track",
            Self::ConfirmAlarm { .. } => "confirm_alarm",
            Self::DownloadAreas {} => "download_areas",
            Self::UpdateAreas {} => UPDATE_AREAS,
            Self::DeleteAreas { .. } => "delete_areas",
        }
    }

    /// Whether a role may ask for it: who looks after terminals sets them up, who decides clues deals with trucks.
    pub fn is_for(&self, role: Role) -> bool {
        match self {
            Self::SetParameters { .. }
            | Self::QueryParameters { .. }
            | Self::DownloadAreas {}
            | Self::UpdateAreas {}
            | Self::DeleteAreas { .. } => role.looks_after_terminals(),
            Self::Text { .. } | Self::QueryLocation {} | Self::Track { .. } | Self::ConfirmAlarm { .. } => {
                role.decides()
            }
        }
    }

    /// How long it waits for the terminal when nothing is said, s: what is about now runs out soon, what sets a terminal
    /// up waits out a repair.
    pub fn lifetime_s(&self) -> u32 {
        match self {
            Self::QueryLocation {} | Self::Track { .. } => 10 * 60,
            Self::Text { .. } | Self::ConfirmAlarm { .. } => 24 * 3600,
            _ => 7 * 86_400,
        }
    }

    /// The messages it goes out as; `None` where that depends on what the terminal holds.
    ///
    /// # Errors
    /// [`CommandError`] when it asks for what cannot be.
    pub fn messages(&self, version: Version) -> Result<Option<Vec<Message>>, CommandError> {
        let message = match self {
            Self::SetParameters { parameters } if parameters.is_empty() => {
                return Err(CommandError::NoParameters);
            }
            Self::SetParameters { parameters } => Message::SetParameters(parameters::read(parameters)?),
            Self::QueryParameters { names } if names.is_empty() => Message::QueryParameters,
            Self::QueryParameters { names } => Message::QueryParameterList(parameters::ids(names)?),
            Self::Text { text, urgent, display, read_aloud } => {
                check_text(text)?;
                let flags = text_flags(version, *urgent, *display, *read_aloud);
                Message::Text { flags, kind: None, text: text.clone() }
            }
            Self::QueryLocation {} => Message::QueryLocation,
            Self::Track { interval_s, validity_s } => {
                if *interval_s > 0 && !(1..=TRACK_VALIDITY_MAX_S).contains(validity_s) {
                    return Err(CommandError::Track);
                }
                Message::Track { interval_s: *interval_s, validity_s: *validity_s }
            }
            Self::ConfirmAlarm { alarms, .. } if alarms.is_empty() => return Err(CommandError::NoAlarm),
            Self::ConfirmAlarm { serial, alarms } => Message::ConfirmAlarm {
                serial: *serial,
                alarms: alarms.iter().fold(0, |bits, alarm| bits | alarm.bit()),
            },
            Self::DeleteAreas { shape, ids } => {
                if ids.len() > DELETED_MAX || (shape.is_none() && !ids.is_empty()) {
                    return Err(CommandError::Ids);
                }
                return Ok(None);
            }
            Self::DownloadAreas {} | Self::UpdateAreas {} => return Ok(None),
        };
        Ok(Some(vec![message]))
    }
}

/// The kind of command a new version of the registers, or a new day, sets off.
pub const UPDATE_AREAS: &str = "update_areas";

fn check_text(text: &str) -> Result<(), CommandError> {
    // At most two bytes a character; the wire counts them itself.
    let fits = !text.trim().is_empty() && is_writable(text);
    if fits { Ok(()) } else { Err(CommandError::Text) }
}

/// 2013: bit 0 urgent. 2019: bits 0 and 1 together: 1 service, 2 urgent. Bits 2 and 3 alike.
fn text_flags(version: Version, urgent: bool, display: bool, read_aloud: bool) -> u8 {
    let first = match (version, urgent) {
        (Version::V2013, urgent) => u8::from(urgent),
        (Version::V2019, true) => 2,
        (Version::V2019, false) => 1,
    };
    first | u8::from(display) << 2 | u8::from(read_aloud) << 3
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(asked: Value, expected: Result<Message, &str>) {
        let command: Command = serde_json::from_value(asked).unwrap();
        match (command.messages(Version::V2019), expected) {
            (Ok(Some(messages)), Ok(expected)) => assert_eq!(messages, [expected]),
            (Err(error), Err(words)) => {
                assert!(error.to_string().contains(words), "{error}");
                assert!(!error.zh().is_empty());
            }
            (found, expected) => panic!("{found:?} instead of {expected:?}"),
        }
        let again: Command = serde_json::from_str(&serde_json::to_string(&command).unwrap()).unwrap();
        assert_eq!(again, command);
    }

    #[test]
    fn each_kind_becomes_its_message() {
        check(json!({ "kind": "query_parameters" }), Ok(Message::QueryParameters));
        check(
            json!({ "kind": "query_parameters", "names": ["max_speed_kmh", "0xF364"] }),
            Ok(Message::QueryParameterList(vec![0x55, 0xF364])),
        );
        check(
            json!({ "kind": "text", "text": "请减速", "urgent": true, "read_aloud": true }),
            Ok(Message::Text { flags: 0b1110, kind: None, text: "请减速".into() }),
        );
        check(json!({ "kind": "query_location" }), Ok(Message::QueryLocation));
        check(
            json!({ "kind": "track", "interval_s": 5, "validity_s": 600 }),
            Ok(Message::Track { interval_s: 5, validity_s: 600 }),
        );
        check(
            json!({ "kind": "track", "interval_s": 0 }),
            Ok(Message::Track { interval_s: 0, validity_s: 0 }),
        );
        check(
            json!({ "kind": "confirm_alarm", "alarms": ["sos", "route_in_out"] }),
            Ok(Message::ConfirmAlarm { serial: 0, alarms: 1 | 1 << 21 }),
        );
    }

    #[test]
    fn what_cannot_be_is_refused_in_both_languages() {
        check(json!({ "kind": "set_parameters", "parameters": {} }), Err("no parameter"));
        check(json!({ "kind": "set_parameters", "parameters": { "x": 1 } }), Err("not known"));
        check(json!({ "kind": "text", "text": " " }), Err("empty"));
        check(json!({ "kind": "text", "text": "慢".repeat(600) }), Err("longer than 1024"));
        check(json!({ "kind": "text", "text": "😀" }), Err("GBK does not know"));
        check(json!({ "kind": "track", "interval_s": 5 }), Err("validity"));
        check(json!({ "kind": "confirm_alarm", "alarms": [] }), Err("no alarm"));
        check(json!({ "kind": "delete_areas", "ids": [1] }), Err("with their shape"));
        for unknown in [json!({ "kind": "explode" }), json!({ "kind": "query_location", "now": true })] {
            assert!(serde_json::from_value::<Command>(unknown).is_err());
        }
    }

    #[test]
    fn who_looks_after_terminals_sets_them_up_and_who_decides_deals_with_trucks() {
        let by = |asked| {
            let command: Command = serde_json::from_value(asked).unwrap();
            Role::ALL.into_iter().filter(|role| command.is_for(*role)).map(Role::word).collect::<Vec<_>>()
        };
        assert_eq!(by(json!({ "kind": "download_areas" })), ["registrar", "admin"]);
        assert_eq!(by(json!({ "kind": "query_parameters" })), ["registrar", "admin"]);
        assert_eq!(by(json!({ "kind": "query_location" })), ["enforcer", "police"]);
    }
}
