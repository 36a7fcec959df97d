//! A profile's file: TOML to [`Profile`], every fault with its line and key.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::codes::{Codes, Meaning, fits};
use super::error::{ProfileError, ProfileProblem};
use super::place::{Endian, FIELD_BYTES_MAX, Field, Place};
use super::reading::State;
use super::standard;
use super::words::{SpeedUnit, Word};
use super::{
    CODES_MAX, Coordinates, FILE_BYTES_MAX, LoadBits, MADE_FOR_MAX, ModelPattern, NAME_CHARS_MAX, Profile,
    ProtocolVersion, READINGS_MAX, Rule,
};
use crate::header::BODY_BYTES_MAX;

/// Most bits of a place whose every code must be listed.
const EVERY_CODE_BITS_MAX: u32 = 3;
/// First byte of an extra's value that cannot be: a length byte says at most 255.
const EXTRA_BYTES_END: usize = 255;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: Spanned<String>,
    zh: Spanned<String>,
    en: Spanned<String>,
    protocol: Spanned<String>,
    coordinates: Spanned<String>,
    load_bits: Spanned<String>,
    facts: Spanned<Vec<String>>,
    #[serde(default)]
    assumed: Vec<String>,
    #[serde(default)]
    made_for: Vec<Spanned<MadeFor>>,
    #[serde(default)]
    load: Vec<Spanned<RuleText>>,
    #[serde(default)]
    lid: Vec<Spanned<RuleText>>,
    #[serde(default)]
    lift: Vec<Spanned<RuleText>>,
    #[serde(default)]
    antenna: Vec<Spanned<RuleText>>,
    #[serde(default)]
    power: Vec<Spanned<RuleText>>,
    #[serde(default)]
    ignition: Vec<Spanned<RuleText>>,
    #[serde(default)]
    locked: Vec<Spanned<RuleText>>,
    #[serde(default)]
    speed_limit: Vec<Spanned<RuleText>>,
    #[serde(default)]
    lift_limited: Vec<Spanned<RuleText>>,
    #[serde(default)]
    maintenance: Vec<Spanned<RuleText>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MadeFor {
    maker: String,
    model: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    status_bits: Option<Spanned<Vec<u8>>>,
    alarm_bits: Option<Spanned<Vec<u8>>>,
    extra: Option<u8>,
    message: Option<u16>,
    extra_length: Option<Spanned<u8>>,
    at: Option<Spanned<usize>>,
    bytes: Option<Spanned<usize>>,
    endian: Option<Spanned<String>>,
    bits: Option<Spanned<Vec<u8>>>,
    unit: Option<Spanned<String>>,
    codes: BTreeMap<String, Spanned<String>>,
}

/// A fault before its line is known.
type Fault = (Range<usize>, String, ProfileProblem);

/// Reads a profile; see [`Profile::parse`].
pub(super) fn parse(text: &str, file: &str) -> Result<Profile, ProfileError> {
    read(text).map_err(|(span, key, problem)| ProfileError {
        file: file.to_owned(),
        line: 1 + text.bytes().take(span.start).filter(|byte| *byte == b'\n').count(),
        key,
        problem,
    })
}

fn read(text: &str) -> Result<Profile, Fault> {
    if text.len() > FILE_BYTES_MAX {
        let problem = ProfileProblem::TooLong { bytes: text.len(), max: FILE_BYTES_MAX };
        return Err((0..0, "profile".into(), problem));
    }
    let file: File = toml::from_str(text).map_err(|error| {
        let span = error.span().unwrap_or_default();
        (span, "profile".to_owned(), ProfileProblem::Toml(error.message().to_owned()))
    })?;
    if file.facts.get_ref().is_empty() {
        return Err((file.facts.span(), "facts".into(), ProfileProblem::Empty));
    }
    let mut profile = Profile {
        name: name(&file.name)?,
        description_zh: filled("zh", file.zh)?,
        description_en: filled("en", file.en)?,
        protocol: word("protocol", &file.protocol, PROTOCOLS)?,
        coordinates: word("coordinates", &file.coordinates, COORDINATES)?,
        load_bits: word("load_bits", &file.load_bits, LOAD_BITS)?,
        facts: file.facts.into_inner(),
        assumed: file.assumed,
        made_for: patterns(file.made_for)?,
        load: rules("load", file.load)?,
        lid: rules("lid", file.lid)?,
        lift: rules("lift", file.lift)?,
        antenna: rules("antenna", file.antenna)?,
        power: rules("power", file.power)?,
        ignition: rules("ignition", file.ignition)?,
        locked: rules("locked", file.locked)?,
        speed_limit: rules("speed_limit", file.speed_limit)?,
        lift_limited: rules("lift_limited", file.lift_limited)?,
        maintenance: rules("maintenance", file.maintenance)?,
    };
    fall_back_to_the_standard(&mut profile);
    Ok(profile)
}

fn fall_back_to_the_standard(profile: &mut Profile) {
    if profile.load_bits == LoadBits::Believed {
        profile.load.push(standard::load_rule());
    }
    if profile.antenna.is_empty() {
        profile.antenna.push(standard::antenna_rule());
    }
    if profile.power.is_empty() {
        profile.power.push(standard::power_rule());
    }
    if profile.ignition.is_empty() {
        profile.ignition.push(standard::ignition_rule());
    }
}

const PROTOCOLS: &[(&str, ProtocolVersion)] = &[
    ("2011", ProtocolVersion::V2011),
    ("2013", ProtocolVersion::V2013),
    ("2019", ProtocolVersion::V2019),
    ("any", ProtocolVersion::Any),
];
const COORDINATES: &[(&str, Coordinates)] = &[
    ("status bit 5", Coordinates::StatusBit5),
    ("wgs84", Coordinates::Wgs84),
    ("gcj02", Coordinates::Gcj02),
];
const LOAD_BITS: &[(&str, LoadBits)] = &[("believed", LoadBits::Believed), ("ignored", LoadBits::Ignored)];
const ENDIANS: &[(&str, Endian)] = &[("big", Endian::Big), ("little", Endian::Little)];
const UNITS: &[(&str, SpeedUnit)] = &[("km/h", SpeedUnit::Kmh), ("0.1 km/h", SpeedUnit::TenthKmh)];

fn name(text: &Spanned<String>) -> Result<String, Fault> {
    let is_name = (1..=NAME_CHARS_MAX).contains(&text.get_ref().len())
        && text.get_ref().bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if is_name {
        return Ok(text.get_ref().clone());
    }
    Err((
        text.span(),
        "name".into(),
        ProfileProblem::Name { text: short(text.get_ref()), max: NAME_CHARS_MAX },
    ))
}

fn filled(key: &str, text: Spanned<String>) -> Result<String, Fault> {
    if text.get_ref().trim().is_empty() {
        return Err((text.span(), key.to_owned(), ProfileProblem::Empty));
    }
    Ok(text.into_inner())
}

fn word<T: Copy>(key: &str, text: &Spanned<String>, known: &[(&str, T)]) -> Result<T, Fault> {
    let found = known.iter().find(|(word, _)| word == text.get_ref()).map(|(_, value)| *value);
    found.ok_or_else(|| {
        let known = known.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        (text.span(), key.to_owned(), ProfileProblem::Word { text: short(text.get_ref()), known })
    })
}

fn patterns(made_for: Vec<Spanned<MadeFor>>) -> Result<Vec<ModelPattern>, Fault> {
    at_most("made_for", made_for.first(), made_for.len(), MADE_FOR_MAX)?;
    let pattern = |made_for: Spanned<MadeFor>| {
        let MadeFor { maker, model } = made_for.into_inner();
        ModelPattern { maker, model }
    };
    Ok(made_for.into_iter().map(pattern).collect())
}

fn at_most<T>(key: &str, first: Option<&Spanned<T>>, found: usize, max: usize) -> Result<(), Fault> {
    let span = first.map_or(0..0, Spanned::span);
    if found > max { Err((span, key.to_owned(), ProfileProblem::TooMany { found, max })) } else { Ok(()) }
}

fn rules<T: Word>(signal: &str, texts: Vec<Spanned<RuleText>>) -> Result<Vec<Rule<T>>, Fault> {
    at_most(signal, texts.first(), texts.len(), READINGS_MAX)?;
    let rule = |text: &Spanned<RuleText>| {
        let span = text.span();
        let place = place(signal, span.clone(), text.get_ref())?;
        let codes = codes(signal, span, text.get_ref(), place.width())?;
        Ok(Rule { place, codes })
    };
    texts.iter().map(rule).collect()
}

fn place(signal: &str, span: Range<usize>, text: &RuleText) -> Result<Place, Fault> {
    let named =
        [text.status_bits.is_some(), text.alarm_bits.is_some(), text.extra.is_some(), text.message.is_some()];
    let found = named.into_iter().filter(|is_named| *is_named).count();
    let in_value = [
        text.at.as_ref().map(|v| ("at", v.span())),
        text.bytes.as_ref().map(|v| ("bytes", v.span())),
        text.endian.as_ref().map(|v| ("endian", v.span())),
        text.bits.as_ref().map(|v| ("bits", v.span())),
    ];
    let misplaced = |belongs_to, key: &str, span: Range<usize>| {
        Err((span, format!("{signal}.{key}"), ProfileProblem::Misplaced { belongs_to }))
    };
    if let (None, Some(length)) = (text.extra, &text.extra_length) {
        return misplaced("extra", "extra_length", length.span());
    }
    match (&text.status_bits, &text.alarm_bits, text.extra, text.message) {
        (Some(bits), None, None, None) | (None, Some(bits), None, None) => {
            if let Some((key, span)) = in_value.into_iter().flatten().next() {
                return misplaced("extra and message", key, span);
            }
            let key = if text.status_bits.is_some() { "status_bits" } else { "alarm_bits" };
            let checked = checked_bits(&format!("{signal}.{key}"), bits, 32)?;
            Ok(if text.status_bits.is_some() { Place::Status(checked) } else { Place::Alarm(checked) })
        }
        (None, None, Some(id), None) => {
            let length = text.extra_length.as_ref().map(|length| *length.get_ref());
            let end = length.map_or(EXTRA_BYTES_END, usize::from);
            Ok(Place::Extra { id, length, field: field(signal, span, text, end)? })
        }
        (None, None, None, Some(id)) => {
            Ok(Place::Message { id, field: field(signal, span, text, BODY_BYTES_MAX)? })
        }
        _ => Err((span, signal.to_owned(), ProfileProblem::Places { found })),
    }
}

fn field(signal: &str, span: Range<usize>, text: &RuleText, max: usize) -> Result<Field, Fault> {
    let at = text.at.as_ref().map_or(0, |at| *at.get_ref());
    let bytes = text.bytes.as_ref().map_or(1, |bytes| *bytes.get_ref());
    let end = at.saturating_add(bytes);
    if !(1..=FIELD_BYTES_MAX).contains(&bytes) || end > max {
        let span = text.at.as_ref().or(text.bytes.as_ref()).map_or(span, Spanned::span);
        return Err((span, format!("{signal}.at"), ProfileProblem::Bytes { at, end, max }));
    }
    let endian = match &text.endian {
        Some(endian) => word(&format!("{signal}.endian"), endian, ENDIANS)?,
        None if bytes == 1 => Endian::Big,
        None => return Err((span, format!("{signal}.endian"), ProfileProblem::Endian)),
    };
    let bits = text.bits.as_ref().map(|bits| checked_bits(&format!("{signal}.bits"), bits, bytes * 8));
    Ok(Field { at, bytes, endian, bits: bits.transpose()? })
}

fn checked_bits(key: &str, bits: &Spanned<Vec<u8>>, below: usize) -> Result<Vec<u8>, Fault> {
    let list = bits.get_ref();
    let is_new = |at: usize, bit: &u8| !list.iter().take(at).any(|earlier| earlier == bit);
    let are_bits = list.iter().enumerate().all(|(at, bit)| usize::from(*bit) < below && is_new(at, bit));
    if are_bits && !list.is_empty() {
        return Ok(list.clone());
    }
    Err((bits.span(), key.to_owned(), ProfileProblem::Bits { below }))
}

fn codes<T: Word>(signal: &str, span: Range<usize>, text: &RuleText, width: u32) -> Result<Codes<T>, Fault> {
    let key = format!("{signal}.codes");
    let refuse = |problem| Err((span.clone(), key.clone(), problem));
    if text.codes.is_empty() {
        return refuse(ProfileProblem::Empty);
    }
    if text.codes.len() > CODES_MAX {
        return refuse(ProfileProblem::TooMany { found: text.codes.len(), max: CODES_MAX });
    }
    let unit = match &text.unit {
        Some(unit) if T::HAS_NUMBERS => word(&format!("{signal}.unit"), unit, UNITS)?,
        Some(unit) => {
            let problem = ProfileProblem::Misplaced { belongs_to: "speed_limit" };
            return Err((unit.span(), format!("{signal}.unit"), problem));
        }
        None => SpeedUnit::Kmh,
    };
    let mut codes = Codes { ranges: Vec::new(), other: None, unit };
    for (code, meant) in &text.codes {
        let key = format!("{key}.{code}");
        let meaning = meaning::<T>(&key, meant)?;
        if code == "other" {
            codes.other = Some(meaning);
            continue;
        }
        let refuse = |problem| Err((meant.span(), key.clone(), problem));
        let Some((first, last)) = range(code, width) else {
            return refuse(ProfileProblem::Code { text: short(code) });
        };
        if let Some(code) = [first, last].into_iter().find(|code| !fits(*code, width)) {
            return refuse(ProfileProblem::CodeTooLarge { code, width });
        }
        let meets =
            |(other_first, other_last, _): &&(u64, u64, _)| first <= *other_last && *other_first <= last;
        if let Some((other_first, ..)) = codes.ranges.iter().find(meets) {
            return refuse(ProfileProblem::CodeTwice { code: first.max(*other_first) });
        }
        codes.ranges.push((first, last, meaning));
    }
    codes.ranges.sort_by_key(|(first, ..)| *first);
    if width <= EVERY_CODE_BITS_MAX && codes.other.is_none() {
        let is_listed =
            |code: u64| codes.ranges.iter().any(|(first, last, _)| (*first..=*last).contains(&code));
        if let Some(code) = (0..1 << width).find(|code| !is_listed(*code)) {
            return refuse(ProfileProblem::CodeMissing { code });
        }
    }
    Ok(codes)
}

fn meaning<T: Word>(key: &str, text: &Spanned<String>) -> Result<Meaning<T>, Fault> {
    match text.get_ref().as_str() {
        "unknown" => Ok(Meaning::State(State::Unknown)),
        "fault" => Ok(Meaning::State(State::Fault)),
        "value" if T::HAS_NUMBERS => Ok(Meaning::Number),
        other => T::parse(other).map(|state| Meaning::State(State::Is(state))).ok_or_else(|| {
            let known = format!("{}, unknown, fault", T::KNOWN);
            (text.span(), key.to_owned(), ProfileProblem::Word { text: short(other), known })
        }),
    }
}

/// First and last code of `12`, `0x0C`, `10-19` or `20-`, which reaches to the largest code of `width` bits.
fn range(text: &str, width: u32) -> Option<(u64, u64)> {
    let number = |text: &str| match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    };
    let (first, last) = match text.split_once('-') {
        None => (number(text)?, number(text)?),
        Some((first, "")) if width >= u64::BITS => (number(first)?, u64::MAX),
        Some((first, "")) => (number(first)?, (1 << width) - 1),
        Some((first, last)) => (number(first)?, number(last)?),
    };
    (first <= last).then_some((first, last))
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}
