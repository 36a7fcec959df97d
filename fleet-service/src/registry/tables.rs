//! The CSV files: carriers, trucks, readers, beacons. Columns are found by their heading; unknown ones are ignored.

use std::collections::BTreeMap;

use csv::StringRecord;
use domain::{
    Beacon, Carrier, CarrierStatus, Plate, PlateColour, Position, Reader, ReaderRole, Registry, SiteId,
    Truck, TruckKind, Uscc, UsccCheck, VinCheck,
};

use super::error::{At, Place, RegistryError, RegistryWarning};

/// Longest company name, in characters.
const NAME_CHARS_MAX: usize = 200;
/// Heaviest rated load believed, in tonnes.
const RATED_LOAD_T_MAX: f64 = 200.0;

struct Row<'a> {
    at: At,
    columns: &'a BTreeMap<String, usize>,
    record: &'a StringRecord,
}

impl Row<'_> {
    /// A cell that may be empty.
    fn optional(&self, column: &str) -> Option<&str> {
        let cell = self.record.get(*self.columns.get(column)?)?.trim();
        (!cell.is_empty()).then_some(cell)
    }

    fn required(&self, column: &str) -> Result<&str, RegistryError> {
        self.optional(column).ok_or_else(|| self.at.member(column, "it is missing: fill the cell in"))
    }

    fn parse<T: std::str::FromStr>(&self, column: &str) -> Result<T, RegistryError>
    where
        T::Err: std::fmt::Display,
    {
        self.at.parse(column, self.required(column)?)
    }

    fn parse_optional<T: std::str::FromStr>(&self, column: &str) -> Result<Option<T>, RegistryError>
    where
        T::Err: std::fmt::Display,
    {
        self.optional(column).map(|text| self.at.parse(column, text)).transpose()
    }
}

fn rows(
    file: &'static str,
    text: &str,
    needed: &[&str],
    mut take: impl FnMut(&Row<'_>) -> Result<(), RegistryError>,
) -> Result<(), RegistryError> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let whole = At { file, place: Place::Line(1) };
    let heading = reader.headers().map_err(|error| whole.form(error))?;
    let columns: BTreeMap<String, usize> =
        heading.iter().enumerate().map(|(i, name)| (name.trim().to_owned(), i)).collect();
    for name in needed {
        if !columns.contains_key(*name) {
            return Err(
                whole.member(name, format!("the heading lacks this column; needed: {}", needed.join(",")))
            );
        }
    }
    let mut record = StringRecord::new();
    loop {
        let more = reader.read_record(&mut record).map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            At { file, place: Place::Line(line) }.form(error)
        })?;
        if !more {
            return Ok(());
        }
        let line = record.position().map_or(0, csv::Position::line);
        take(&Row { at: At { file, place: Place::Line(line) }, columns: &columns, record: &record })?;
    }
}

pub(super) fn carriers(
    text: &str,
    registry: &mut Registry,
    warnings: &mut Vec<RegistryWarning>,
) -> Result<(), RegistryError> {
    rows("carriers.csv", text, &["uscc", "name", "status"], |row| {
        let uscc: Uscc = row.parse("uscc")?;
        warn_of_uscc(&row.at, "uscc", &uscc, warnings);
        let name = row.required("name")?.to_owned();
        if name.chars().count() > NAME_CHARS_MAX {
            return Err(row
                .at
                .member("name", format!("longer than {NAME_CHARS_MAX} characters: shorten it")));
        }
        let carrier = Carrier { uscc: uscc.clone(), name, status: row.parse::<CarrierStatus>("status")? };
        let named = super::publicity::persons(
            &row.at,
            row.optional("legal_representative"),
            row.optional("responsible_persons"),
        )?;
        if !named.is_empty() {
            registry.persons.insert(uscc.clone(), named);
        }
        match registry.carriers.insert(uscc, carrier) {
            Some(twice) => {
                Err(row.at.member("uscc", format!("{} stands here twice: keep one row", twice.uscc)))
            }
            None => Ok(()),
        }
    })
}

pub(super) fn trucks(
    text: &str,
    registry: &mut Registry,
    warnings: &mut Vec<RegistryWarning>,
) -> Result<(), RegistryError> {
    const COLUMNS: [&str; 8] =
        ["plate", "plate_colour", "vin", "carrier_uscc", "terminal_id", "epc", "energy", "rated_load_t"];
    let mut by_terminal = BTreeMap::new();
    let mut by_tag = BTreeMap::new();
    rows("trucks.csv", text, &COLUMNS, |row| {
        let truck = truck(row, registry, warnings)?;
        let plate = truck.plate.clone();
        if let Some(terminal) = &truck.terminal
            && let Some(other) = by_terminal.insert(terminal.clone(), plate.clone())
        {
            let reason = format!("{terminal} is already fitted to {other}: a terminal is in one truck");
            return Err(row.at.member("terminal_id", reason));
        }
        if let Some(epc) = &truck.epc
            && let Some(other) = by_tag.insert(epc.clone(), plate.clone())
        {
            return Err(row.at.member("epc", format!("{epc} is already on {other}: a tag is on one truck")));
        }
        match registry.trucks.insert(plate, truck) {
            Some(twice) => {
                Err(row.at.member("plate", format!("{} stands here twice: keep one row", twice.plate)))
            }
            None => Ok(()),
        }
    })
}

fn truck(
    row: &Row<'_>,
    registry: &Registry,
    warnings: &mut Vec<RegistryWarning>,
) -> Result<Truck, RegistryError> {
    let plate: Plate = row.parse("plate")?;
    let carrier: Uscc = row.parse("carrier_uscc")?;
    if !registry.carriers.contains_key(&carrier) {
        let reason = format!("{carrier} is not in carriers.csv: add the carrier or correct the code");
        return Err(row.at.member("carrier_uscc", reason));
    }
    let vin: Option<domain::Vin> = row.parse_optional("vin")?;
    if vin.as_ref().is_some_and(|vin| vin.check() == VinCheck::Differs) {
        warnings.push(row.at.warning("vin", "its check digit does not fit: compare with the licence"));
    }
    let colour: Option<PlateColour> = row.parse_optional("plate_colour")?;
    let rated_load_kg = match row.parse_optional::<f64>("rated_load_t")? {
        Some(tonnes) if tonnes > 0.0 && tonnes <= RATED_LOAD_T_MAX => Some((tonnes * 1000.0).round() as u32),
        Some(tonnes) => {
            let reason = format!("{tonnes} is no load of a truck in tonnes, above 0 to {RATED_LOAD_T_MAX}");
            return Err(row.at.member("rated_load_t", reason));
        }
        None => None,
    };
    Ok(Truck {
        plate,
        colour: colour.unwrap_or_default(),
        vin,
        carrier,
        terminal: row.parse_optional("terminal_id")?,
        epc: row.parse_optional("epc")?,
        energy: row.parse_optional("energy")?,
        rated_load_kg,
        kind: row.parse_optional("kind")?.unwrap_or(TruckKind::Muck),
    })
}

pub(super) fn readers(text: &str, registry: &mut Registry) -> Result<(), RegistryError> {
    rows("readers.csv", text, &["id", "site_id", "role", "lat", "lon"], |row| {
        let (site, role, position) = stand(row, registry)?;
        let reader = Reader { id: row.parse("id")?, site, role, position };
        match registry.readers.insert(reader.id.clone(), reader) {
            Some(twice) => Err(row.at.member("id", format!("{} stands here twice: keep one row", twice.id))),
            None => Ok(()),
        }
    })
}

pub(super) fn beacons(text: &str, registry: &mut Registry) -> Result<(), RegistryError> {
    rows("beacons.csv", text, &["epc", "site_id", "role", "lat", "lon"], |row| {
        let (site, role, position) = stand(row, registry)?;
        let beacon = Beacon { epc: row.parse("epc")?, site, role, position };
        match registry.beacons.insert(beacon.epc.clone(), beacon) {
            Some(twice) => {
                Err(row.at.member("epc", format!("{} stands here twice: keep one row", twice.epc)))
            }
            None => Ok(()),
        }
    })
}

/// Where a reader or beacon stands, and what it watches.
fn stand(row: &Row<'_>, registry: &Registry) -> Result<(SiteId, ReaderRole, Position), RegistryError> {
    let site: SiteId = row.parse("site_id")?;
    if !registry.sites.contains_key(&site) {
        let reason =
            format!("{site:?} is not in sites.geojson: add the site or correct the id", site = site.as_str());
        return Err(row.at.member("site_id", reason));
    }
    let position = Position::from_degrees(row.parse("lat")?, row.parse("lon")?)
        .map_err(|error| row.at.member("lat", error))?;
    Ok((site, row.parse("role")?, position))
}

pub(super) fn warn_of_uscc(at: &At, member: &'static str, uscc: &Uscc, warnings: &mut Vec<RegistryWarning>) {
    if let UsccCheck::Differs { expected } = uscc.check() {
        let reason = format!(
            "the check digit of {uscc} does not fit, {expected} is expected: compare with the licence"
        );
        warnings.push(at.warning(member, reason));
    }
}
