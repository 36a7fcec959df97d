//! What was seen of trucks over days: hauls, distance, tickets paired at both ends, days on which a truck reported. Rankings and
//! statements rest on it.
//!
//! It is gathered truck by truck, by indexes that begin with the plate: a truck's ticket depends on nothing of another's, what is
//! held at once is one truck's days, and nothing is cut off, however large the city is.

use std::collections::{BTreeMap, BTreeSet};

use domain::time::date_plus_days;
use domain::{Haul, LocalDate, Plate, Registers, Timestamp, Uscc};
use scoring::ranking::Exposure;
use scoring::{DataBasis, DataQuality};

use crate::history::hour::Day;
use crate::history::subject::Subject;
use crate::store::{HistoryStore, Store, StoreError};
use crate::view::ranking::{Seen, registered_days};
use crate::waybill::{self, Record, SiteReading, Ticket};

/// A day's hauls are paired with what is seen from a day before to a day after it.
const AROUND_DAYS: i64 = 1;
/// Over how many days, up to the day a statement is drawn up, data quality is measured.
pub const QUALITY_DAYS: u32 = 30;

/// Whose days.
pub type Only<'a> = Option<&'a Uscc>;

/// Gathers what was seen on days, of all trucks or of one company's.
pub async fn seen(
    store: &Store,
    history: &HistoryStore,
    registers: &Registers,
    days: &[LocalDate],
    only: Only<'_>,
    now: Timestamp,
) -> Result<Seen, StoreError> {
    let mut seen = Seen::default();
    let online = online(history, days).await?;
    let at_end = |date: LocalDate| registers.at(midnight(date, 1));
    for date in days {
        seen.add_registered(at_end(*date), &online[date], only);
    }
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return Ok(seen) };
    let (from, before) = (midnight(*first, -AROUND_DAYS), midnight(*last, 1 + AROUND_DAYS));
    let plates = match only {
        None => store.trucks_that_hauled(from, before).await?,
        Some(uscc) => {
            let own = days.iter().flat_map(|date| at_end(*date).trucks.values());
            own.filter(|truck| truck.carrier == *uscc).map(|truck| truck.plate.clone()).collect()
        }
    };
    for plate in plates {
        let of_truck = TruckDays {
            hauls: store.hauls_of_truck(&plate, from, before).await?,
            readings: store.site_readings_of_truck(&plate, from, before).await?,
            records: store.waybill_records_of_truck(&plate, from, before).await?,
        };
        for date in days {
            let registry = at_end(*date);
            let tickets = of_truck.tickets(*date, registry, now);
            seen.add_tickets(&tickets, &online[date], registry, only);
        }
    }
    Ok(seen)
}

/// How much was seen of a company in a year so far, and how good the data of the last [`QUALITY_DAYS`] days are.
pub async fn basis(
    store: &Store,
    history: &HistoryStore,
    registers: &Registers,
    uscc: &Uscc,
    (year_start, as_of): (Timestamp, Timestamp),
) -> Result<DataBasis, StoreError> {
    let newest = registers.at(as_of);
    let mut trips: u64 = 0;
    for truck in newest.trucks.values().filter(|truck| truck.carrier == *uscc) {
        trips += store.count_hauls_of_truck(&truck.plate, year_start, as_of).await?;
    }
    let today = as_of.local_date();
    let days: Vec<LocalDate> =
        (0..QUALITY_DAYS).rev().map(|before| date_plus_days(today, -i64::from(before))).collect();
    let seen = seen(store, history, registers, &days, Some(uscc), as_of).await?;
    Ok(DataBasis {
        registered_days: registered_days(registers, uscc, as_of),
        trips: u32::try_from(trips).unwrap_or(u32::MAX),
        quality: quality(&seen.of_company(uscc)),
    })
}

fn quality(exposure: &Exposure) -> DataQuality {
    let share = |part: u64, whole: u64| {
        let permille = (part * 1_000 + whole / 2).checked_div(whole)?;
        u32::try_from(permille).ok()
    };
    DataQuality {
        online_permille: share(exposure.online_truck_days, exposure.truck_days),
        paired_tickets_permille: share(exposure.paired_tickets, exposure.tickets),
    }
}

fn midnight(date: LocalDate, days: i64) -> Timestamp {
    Timestamp::start_of_local_day(date_plus_days(date, days))
}

/// The trucks that reported on each day.
async fn online(
    history: &HistoryStore,
    days: &[LocalDate],
) -> Result<BTreeMap<LocalDate, BTreeSet<Plate>>, StoreError> {
    let names = history.subjects().await?;
    let mut online = BTreeMap::new();
    for date in days {
        let day = Day::of_date(*date);
        let mut numbers = history.subjects_of(day).await?;
        numbers.extend(history.hours_of(day).await?.into_iter().map(|(number, _)| number));
        let plate = |subject: &Subject| match subject {
            Subject::Truck(plate) => Some(plate.clone()),
            Subject::Tag(_) => None,
        };
        online.insert(*date, numbers.iter().filter_map(|number| names.get(number).and_then(plate)).collect());
    }
    Ok(online)
}

/// Everything of one truck, in order of time.
struct TruckDays {
    hauls: Vec<Haul>,
    readings: Vec<SiteReading>,
    records: Vec<Record>,
}

impl TruckDays {
    /// The tickets of one day, paired with what was seen around it.
    fn tickets(&self, date: LocalDate, registry: &domain::Registry, now: Timestamp) -> Vec<Ticket> {
        let (from, before) = (midnight(date, -AROUND_DAYS), midnight(date, 1 + AROUND_DAYS));
        let hauls = within(&self.hauls, from, before, |haul| haul.departed);
        if !hauls.iter().any(|haul| haul.departed.local_date() == date) {
            return Vec::new();
        }
        let readings = within(&self.readings, from, before, |reading| reading.first).to_vec();
        let is_near = |record: &&Record| {
            let begun = record.acts.first().is_some_and(|act| (from..before).contains(&act.at));
            begun || hauls.iter().any(|haul| haul.id.to_string() == record.number)
        };
        let records = self.records.iter().filter(is_near).cloned().collect();
        waybill::of_day(date, hauls, readings, records, registry, now).tickets
    }
}

/// The part of a list in order of time that lies in a stretch.
fn within<T>(all: &[T], from: Timestamp, before: Timestamp, time: impl Fn(&T) -> Timestamp) -> &[T] {
    let begin = all.partition_point(|one| time(one) < from);
    let end = all.partition_point(|one| time(one) < before);
    &all[begin..end]
}
