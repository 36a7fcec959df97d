//! `permits.json`.

use std::collections::BTreeSet;
use std::str::FromStr;

use domain::time::date_plus_days;
use domain::{
    HaulWindow, HaulWindows, Leg, LocalDate, Permit, PermitNumber, PermitStatus, Plate, Registry, RouteId,
    SiteId, Timestamp, Uscc, ZoneId,
};
use serde_json::Value;

use super::error::{At, Place, RegistryError, RegistryWarning};
use super::tables::warn_of_uscc;

const FILE: &str = "permits.json";
/// Greatest volume taken, in m³.
const VOLUME_MAX_M3: f64 = 1e9;
/// Longest class of waste, in characters.
const WASTE_CLASS_CHARS_MAX: usize = 200;

pub(super) fn permits(
    text: &str,
    registry: &mut Registry,
    warnings: &mut Vec<RegistryWarning>,
) -> Result<(), RegistryError> {
    let whole = At { file: FILE, place: Place::Whole };
    let entries: Vec<Value> =
        serde_json::from_str(text).map_err(|error| whole.form(format!("not a JSON array: {error}")))?;
    for (index, entry) in entries.iter().enumerate() {
        let entry = Entry { at: At { file: FILE, place: Place::Entry(index) }, value: entry };
        let permit = entry.permit(registry)?;
        warn_of_uscc(&entry.at, "carrier_uscc", &permit.carrier, warnings);
        if let Some(plate) = permit.trucks.iter().find(|plate| !registry.trucks.contains_key(plate)) {
            let reason = format!("{plate} is not in trucks.csv: it can never be on a haul of this permit");
            warnings.push(entry.at.warning("trucks", reason));
        }
        if let Some(papers) = super::publicity::papers(&entry.at, entry.value)? {
            registry.permit_papers.insert(permit.number.clone(), papers);
        }
        if let Some(twice) = registry.permits.insert(permit.number.clone(), permit) {
            let reason = format!("{:?} stands here twice: numbers are keys", twice.number.as_str());
            return Err(entry.at.member("number", reason));
        }
    }
    Ok(())
}

struct Entry<'a> {
    at: At,
    value: &'a Value,
}

impl Entry<'_> {
    fn permit(&self, registry: &Registry) -> Result<Permit, RegistryError> {
        let carrier: Uscc = self.parse(self.value, "carrier_uscc")?;
        if !registry.carriers.contains_key(&carrier) {
            let reason = format!("{carrier} is not in carriers.csv: add the carrier or correct the code");
            return Err(self.at.member("carrier_uscc", reason));
        }
        let trucks = self.set::<Plate>("trucks", |_| true, "")?;
        let known = |zone: &ZoneId| registry.zones.contains_key(zone);
        let zone_passes = self.set("zone_passes", known, "zones.geojson")?;
        let valid_from = self.moment("valid_from", 0)?;
        let valid_until = self.moment("valid_to", 1)?;
        if valid_until <= valid_from {
            return Err(self
                .at
                .member("valid_to", "the permit ends before it starts: correct one of the two dates"));
        }
        let waste_class = self.text(self.value, "waste_class")?.to_owned();
        if waste_class.chars().count() > WASTE_CLASS_CHARS_MAX {
            return Err(self
                .at
                .member("waste_class", format!("longer than {WASTE_CLASS_CHARS_MAX} characters")));
        }
        let hours = self.value.get("windows").map_or(Ok(HaulWindows::default()), |w| windows(&self.at, w))?;
        Ok(Permit {
            number: self.parse::<PermitNumber>(self.value, "number")?,
            carrier,
            trucks,
            legs: self.legs(registry)?,
            waste_class,
            volume_l: self.litres("volume_m3", None)?,
            used_l: self.litres("used_m3", Some(0))?,
            valid_from,
            valid_until,
            windows: hours,
            status: self.status()?,
            zone_passes,
        })
    }

    fn legs(&self, registry: &Registry) -> Result<Vec<Leg>, RegistryError> {
        let legs = self.list("legs")?.ok_or_else(|| self.at.member("legs", "it is missing"))?;
        if legs.is_empty() {
            return Err(self.at.member("legs", "it is empty: a permit names at least one source and sink"));
        }
        let site = |leg: &Value, member: &str| {
            let id: SiteId = self.parse(leg, member).map_err(|error| self.inside("legs", error))?;
            match registry.sites.get(&id) {
                Some(site) => Ok(site),
                None => {
                    let reason =
                        format!("{:?} is not in sites.geojson: add the site or correct the id", id.as_str());
                    Err(self.at.member(&format!("legs.{member}"), reason))
                }
            }
        };
        let leg = |leg: &Value| {
            let route: Option<RouteId> = match leg.get("route") {
                None | Some(Value::Null) => None,
                Some(_) => Some(self.parse(leg, "route").map_err(|error| self.inside("legs", error))?),
            };
            if let Some(unknown) = route.as_ref().filter(|id| !registry.routes.contains_key(id)) {
                let reason = format!(
                    "{:?} is not in routes.geojson: add the route or correct the id",
                    unknown.as_str()
                );
                return Err(self.at.member("legs.route", reason));
            }
            Ok(Leg { source: site(leg, "source")?.id.clone(), sink: site(leg, "sink")?.id.clone(), route })
        };
        legs.iter().map(leg).collect()
    }

    fn status(&self) -> Result<Vec<(Timestamp, PermitStatus)>, RegistryError> {
        let read = |entry: &Value| {
            let from = self.parse(entry, "from").map_err(|error| self.inside("status", error))?;
            let value = self.parse(entry, "value").map_err(|error| self.inside("status", error))?;
            Ok((from, value))
        };
        let mut status: Vec<(Timestamp, PermitStatus)> =
            self.list("status")?.unwrap_or(&[]).iter().map(read).collect::<Result<_, RegistryError>>()?;
        status.sort_by_key(|(from, _)| *from);
        Ok(status)
    }

    /// A local date, or an exact RFC 3339 time. A date stands for the start of the day `days` after it.
    fn moment(&self, member: &str, days: i64) -> Result<Timestamp, RegistryError> {
        let text = self.text(self.value, member)?;
        if let Ok(date) = text.trim().parse::<LocalDate>() {
            return Ok(Timestamp::start_of_local_day(date_plus_days(date, days)));
        }
        let reason = format!("{text:?} is neither a date YYYY-MM-DD nor an RFC 3339 time");
        text.parse().map_err(|_error: domain::time::TimestampError| self.at.member(member, reason))
    }

    fn litres(&self, member: &str, absent: Option<u64>) -> Result<u64, RegistryError> {
        match (self.value.get(member), absent) {
            (None | Some(Value::Null), Some(absent)) => Ok(absent),
            (value, _) => {
                let volume = value.and_then(Value::as_f64).filter(|m3| (0.0..=VOLUME_MAX_M3).contains(m3));
                let reason = format!("a volume of 0 to {VOLUME_MAX_M3} m³ is expected");
                volume.map(|m3| (m3 * 1000.0).round() as u64).ok_or_else(|| self.at.member(member, reason))
            }
        }
    }

    fn set<T: FromStr + Ord + AsRef<str>>(
        &self,
        member: &str,
        known: impl Fn(&T) -> bool,
        file: &str,
    ) -> Result<BTreeSet<T>, RegistryError>
    where
        T::Err: std::fmt::Display,
    {
        let read = |value: &Value| {
            let text =
                value.as_str().ok_or_else(|| self.at.member(member, format!("{value} is not text")))?;
            let item: T = self.at.parse(member, text)?;
            if !known(&item) {
                let reason = format!("{:?} is not in {file}: add it there or correct it here", item.as_ref());
                return Err(self.at.member(member, reason));
            }
            Ok(item)
        };
        self.list(member)?.unwrap_or(&[]).iter().map(read).collect()
    }

    fn list(&self, member: &str) -> Result<Option<&[Value]>, RegistryError> {
        match self.value.get(member) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Array(list)) => Ok(Some(list)),
            Some(_) => Err(self.at.member(member, "a list is expected")),
        }
    }

    fn text<'v>(&self, object: &'v Value, member: &str) -> Result<&'v str, RegistryError> {
        let value = object.get(member).filter(|value| !value.is_null());
        let value = value.ok_or_else(|| self.at.member(member, "it is missing"))?;
        value.as_str().ok_or_else(|| self.at.member(member, format!("{value} is not text")))
    }

    fn parse<T: FromStr>(&self, object: &Value, member: &str) -> Result<T, RegistryError>
    where
        T::Err: std::fmt::Display,
    {
        self.at.parse(member, self.text(object, member)?)
    }

    /// Names the list in front of the member an error is about.
    fn inside(&self, list: &str, error: RegistryError) -> RegistryError {
        match error {
            RegistryError::Member { member, reason, .. } => {
                self.at.member(&format!("{list}.{member}"), reason)
            }
            other => other,
        }
    }
}

/// Hours of hauling or of a zone: `[{"days":["mon"],"from":"22:00","to":"05:00"}]`.
pub(super) fn windows(at: &At, value: &Value) -> Result<HaulWindows, RegistryError> {
    let bad = |reason: &dyn std::fmt::Display| at.member("windows", reason);
    if value.is_null() {
        return Ok(HaulWindows::default());
    }
    let list = value.as_array().ok_or_else(|| bad(&"a list is expected"))?;
    let window = |value: &Value| {
        let days = value.get("days").and_then(Value::as_array);
        let days: Option<Vec<&str>> = days.and_then(|days| days.iter().map(Value::as_str).collect());
        let text = |member| value.get(member).and_then(Value::as_str);
        let (Some(days), Some(from), Some(to)) = (days, text("from"), text("to")) else {
            return Err(bad(&format!("{value} is no window: days, from and to are expected")));
        };
        HaulWindow::parse(&days, from, to).map_err(|error| bad(&error))
    };
    list.iter().map(window).collect::<Result<_, _>>().map(HaulWindows)
}
