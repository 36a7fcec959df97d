//! One record of a register as JSON, in and out: companies and trucks as the columns of their tables, sites, zones and
//! routes as GeoJSON features, permits as in `permits.json`. What is read goes through the same checks as a whole folder.

use domain::{Carrier, Datum, Permit, Registry, Route, Site, SiteTerms, Truck, Zone};
use serde_json::{Map, Value, json};

use super::error::{At, Place, RegistryError, RegistryWarning};
use super::{Register, areas, forms, limits_of, permits, tables};

/// A record taken out of the registers.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// A company.
    Carrier(Carrier),
    /// A truck.
    Truck(Truck),
    /// A site with its terms.
    Site(Box<Site>, Option<SiteTerms>),
    /// A zone.
    Zone(Zone),
    /// A route.
    Route(Route),
    /// A permit.
    Permit(Box<Permit>),
    /// A threshold.
    Limit(String, Value),
}

impl Record {
    /// A copy of a record; `None` when the register has none of that key.
    pub fn of(registry: &Registry, register: Register, key: &str) -> Option<Self> {
        Some(match register {
            Register::Carriers => Self::Carrier(registry.carriers.get(&key.parse().ok()?)?.clone()),
            Register::Trucks => Self::Truck(registry.trucks.get(&key.parse().ok()?)?.clone()),
            Register::Sites => {
                let id = key.parse().ok()?;
                Self::Site(Box::new(registry.sites.get(&id)?.clone()), registry.site_terms.get(&id).cloned())
            }
            Register::Zones => Self::Zone(registry.zones.get(&key.parse().ok()?)?.clone()),
            Register::Routes => Self::Route(registry.routes.get(&key.parse().ok()?)?.clone()),
            Register::Permits => Self::Permit(Box::new(registry.permits.get(&key.parse().ok()?)?.clone())),
            Register::Limits => Self::Limit(key.to_owned(), registry.limits.get(key)?.clone()),
        })
    }

    /// Takes a record out.
    pub fn take(registry: &mut Registry, register: Register, key: &str) -> Option<Self> {
        let record = Self::of(registry, register, key)?;
        match &record {
            Self::Carrier(carrier) => drop(registry.carriers.remove(&carrier.uscc)),
            Self::Truck(truck) => drop(registry.trucks.remove(&truck.plate)),
            Self::Site(site, _) => {
                registry.sites.remove(&site.id);
                registry.site_terms.remove(&site.id);
            }
            Self::Zone(zone) => drop(registry.zones.remove(&zone.id)),
            Self::Route(route) => drop(registry.routes.remove(&route.id)),
            Self::Permit(permit) => drop(registry.permits.remove(&permit.number)),
            Self::Limit(name, _) => drop(registry.limits.remove(name)),
        }
        Some(record)
    }

    /// Puts a record back as it was.
    pub fn put_back(self, registry: &mut Registry) {
        match self {
            Self::Carrier(carrier) => drop(registry.carriers.insert(carrier.uscc.clone(), carrier)),
            Self::Truck(truck) => drop(registry.trucks.insert(truck.plate.clone(), truck)),
            Self::Site(site, terms) => {
                if let Some(terms) = terms {
                    registry.site_terms.insert(site.id.clone(), terms);
                }
                registry.sites.insert(site.id.clone(), *site);
            }
            Self::Zone(zone) => drop(registry.zones.insert(zone.id.clone(), zone)),
            Self::Route(route) => drop(registry.routes.insert(route.id.clone(), route)),
            Self::Permit(permit) => drop(registry.permits.insert(permit.number.clone(), *permit)),
            Self::Limit(name, value) => drop(registry.limits.insert(name, value)),
        }
    }

    /// Its key.
    pub fn key(&self) -> &str {
        match self {
            Self::Carrier(carrier) => carrier.uscc.as_str(),
            Self::Truck(truck) => truck.plate.as_str(),
            Self::Site(site, _) => site.id.as_str(),
            Self::Zone(zone) => zone.id.as_str(),
            Self::Route(route) => route.id.as_str(),
            Self::Permit(permit) => permit.number.as_str(),
            Self::Limit(name, _) => name,
        }
    }

    /// What people call it; the key where it has no name.
    pub fn name(&self) -> &str {
        match self {
            Self::Carrier(carrier) => &carrier.name,
            Self::Site(site, _) => &site.name,
            Self::Zone(zone) => &zone.name,
            Self::Route(route) => &route.name,
            Self::Truck(_) | Self::Permit(_) | Self::Limit(..) => self.key(),
        }
    }

    /// The company it belongs to, if any.
    pub fn carrier(&self) -> Option<&domain::Uscc> {
        match self {
            Self::Carrier(carrier) => Some(&carrier.uscc),
            Self::Truck(truck) => Some(&truck.carrier),
            Self::Site(site, _) => site.carrier.as_ref(),
            Self::Permit(permit) => Some(&permit.carrier),
            Self::Zone(_) | Self::Route(_) | Self::Limit(..) => None,
        }
    }

    /// Its form in JSON: geometries in WGS-84. Equal records have equal forms.
    pub fn body(&self) -> Value {
        match self {
            Self::Carrier(carrier) => forms::carrier(carrier),
            Self::Truck(truck) => forms::truck(truck),
            Self::Site(site, terms) => forms::site(site, terms.as_ref()),
            Self::Zone(zone) => forms::zone(zone),
            Self::Route(route) => forms::route(route),
            Self::Permit(permit) => forms::permit(permit),
            Self::Limit(name, value) => json!({ "name": name, "value": value }),
        }
    }
}

/// Reads a record and puts it in the place of the one of its key. On an error the registers are as before.
///
/// # Errors
/// The member and what is wrong with it, or another record that needs this one to be as it was.
pub fn put(
    registry: &mut Registry,
    register: Register,
    body: &Value,
    datum: Datum,
) -> Result<(Record, Vec<RegistryWarning>), RegistryError> {
    let at = place(register);
    let key = key_of(register, body, &at)?;
    let before = Record::take(registry, register, &key);
    let mut warnings = Vec::new();
    let read = read(registry, register, body, datum, &mut warnings)
        .and_then(|()| {
            Record::of(registry, register, &key)
                .ok_or_else(|| at.member(register.key_member(), "it is not read back: use another key"))
        })
        .and_then(|record| agrees(registry, &record, &at).map(|()| record));
    match read {
        Ok(record) => Ok((record, warnings)),
        Err(error) => {
            Record::take(registry, register, &key);
            if let Some(before) = before {
                before.put_back(registry);
            }
            Err(error)
        }
    }
}

/// Takes a record out if nothing in the registers needs it.
///
/// # Errors
/// There is none of that key, or others refer to it; the registers are as before.
pub fn withdraw(registry: &mut Registry, register: Register, key: &str) -> Result<Record, RegistryError> {
    let at = place(register);
    let Some(record) = Record::take(registry, register, key) else {
        return Err(at.member(register.key_member(), format!("there is no {key:?}: check the key")));
    };
    match needed_by(registry, &record) {
        None => Ok(record),
        Some(by) => {
            let reason = format!("{key:?} is needed by {by}: change that first");
            record.put_back(registry);
            Err(at.member(register.key_member(), reason))
        }
    }
}

/// The key a record states, in its normal form.
///
/// # Errors
/// It states none, or one that is no such key.
pub fn key(register: Register, body: &Value) -> Result<String, RegistryError> {
    key_of(register, body, &place(register))
}

fn place(register: Register) -> At {
    let file = match register {
        Register::Carriers => "carriers.csv",
        Register::Trucks => "trucks.csv",
        Register::Sites => "sites.geojson",
        Register::Zones => "zones.geojson",
        Register::Routes => "routes.geojson",
        Register::Permits => "permits.json",
        Register::Limits => "limits.json",
    };
    At { file, place: Place::Whole }
}

/// The key as the register has it: plates and codes in their normal form.
fn key_of(register: Register, body: &Value, at: &At) -> Result<String, RegistryError> {
    let member = register.key_member();
    let holder = if register.has_geometry() { body.get("properties") } else { Some(body) };
    let text = holder.and_then(|holder| holder.get(member)).and_then(Value::as_str);
    let text = text.filter(|text| !text.trim().is_empty());
    let text = text.ok_or_else(|| at.member(member, "it is missing: fill it in"))?;
    Ok(match register {
        Register::Carriers => at.parse::<domain::Uscc>(member, text)?.to_string(),
        Register::Trucks => at.parse::<domain::Plate>(member, text)?.to_string(),
        Register::Sites => at.parse::<domain::SiteId>(member, text)?.to_string(),
        Register::Zones => at.parse::<domain::ZoneId>(member, text)?.to_string(),
        Register::Routes => at.parse::<domain::RouteId>(member, text)?.to_string(),
        Register::Permits => at.parse::<domain::PermitNumber>(member, text)?.to_string(),
        Register::Limits => text.trim().to_owned(),
    })
}

fn read(
    registry: &mut Registry,
    register: Register,
    body: &Value,
    datum: Datum,
    warnings: &mut Vec<RegistryWarning>,
) -> Result<(), RegistryError> {
    let at = place(register);
    match register {
        Register::Carriers => tables::carriers(&row(body, &CARRIER_COLUMNS, &at)?, registry, warnings),
        Register::Trucks => tables::trucks(&row(body, &TRUCK_COLUMNS, &at)?, registry, warnings),
        Register::Sites => areas::sites(&collection(body, datum), registry),
        Register::Zones => areas::zones(&collection(body, datum), registry),
        Register::Routes => areas::routes(&collection(body, datum), registry),
        Register::Permits => permits::permits(&json!([body]).to_string(), registry, warnings),
        Register::Limits => {
            let name = key_of(register, body, &at)?;
            let value = body.get("value").filter(|value| !value.is_null());
            let value = value.ok_or_else(|| at.member("value", "it is missing: give a number"))?;
            let mut limits = registry.limits.clone();
            limits.insert(name, value.clone());
            limits_of(&limits)?;
            registry.limits = limits;
            Ok(())
        }
    }
}

/// Columns of a company.
pub const CARRIER_COLUMNS: [&str; 3] = ["uscc", "name", "status"];
/// Columns of a truck.
pub const TRUCK_COLUMNS: [&str; 9] =
    ["plate", "plate_colour", "vin", "carrier_uscc", "terminal_id", "epc", "energy", "rated_load_t", "kind"];

/// A table of one row.
fn row(body: &Value, columns: &[&str], at: &At) -> Result<String, RegistryError> {
    let nothing = Map::new();
    let members = body.as_object().unwrap_or(&nothing);
    let mut cells = Vec::with_capacity(columns.len());
    for column in columns {
        cells.push(match members.get(*column) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            Some(other) => return Err(at.member(column, format!("{other} is neither text nor a number"))),
        });
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written = writer.write_record(columns).and_then(|()| writer.write_record(&cells));
    written.map_err(|error| at.form(error))?;
    let bytes = writer.into_inner().map_err(|error| at.form(error))?;
    String::from_utf8(bytes).map_err(|error| at.form(error))
}

fn collection(feature: &Value, datum: Datum) -> String {
    json!({ "type": "FeatureCollection", "datum": datum.word(), "features": [feature] }).to_string()
}

/// What one reading cannot see: keys that only one record of a register may have.
fn agrees(registry: &Registry, record: &Record, at: &At) -> Result<(), RegistryError> {
    let Record::Truck(truck) = record else { return Ok(()) };
    let others = || registry.trucks.values().filter(|other| other.plate != truck.plate);
    if let Some(terminal) = &truck.terminal
        && let Some(other) = others().find(|other| other.terminal.as_ref() == Some(terminal))
    {
        let reason = format!("{terminal} is already fitted to {}: a terminal is in one truck", other.plate);
        return Err(at.member("terminal_id", reason));
    }
    if let Some(epc) = &truck.epc
        && let Some(other) = others().find(|other| other.epc.as_ref() == Some(epc))
    {
        return Err(at.member("epc", format!("{epc} is already on {}: a tag is on one truck", other.plate)));
    }
    Ok(())
}

/// What refers to a record that is not there any more. A truck may go: permits keep its plate, as they may name any.
fn needed_by(registry: &Registry, record: &Record) -> Option<String> {
    let permit = |uses: &dyn Fn(&Permit) -> bool| {
        let permit = registry.permits.values().find(|permit| uses(permit));
        permit.map(|permit| format!("permit {}", permit.number))
    };
    match record {
        Record::Carrier(carrier) => {
            let truck = registry.trucks.values().find(|truck| truck.carrier == carrier.uscc);
            let site = || {
                let mut sites = registry.sites.values();
                sites.find(|site| site.carrier.as_ref() == Some(&carrier.uscc))
            };
            truck
                .map(|truck| format!("truck {}", truck.plate))
                .or_else(|| site().map(|site| format!("site {}", site.id)))
                .or_else(|| permit(&|permit| permit.carrier == carrier.uscc))
        }
        Record::Site(site, _) => {
            let reader = registry.readers.values().find(|reader| reader.site == site.id);
            reader
                .map(|reader| format!("reader {}", reader.id))
                .or_else(|| {
                    let beacon = registry.beacons.values().find(|beacon| beacon.site == site.id);
                    beacon.map(|beacon| format!("beacon {}", beacon.epc))
                })
                .or_else(|| {
                    permit(&|permit| {
                        permit.legs.iter().any(|leg| leg.source == site.id || leg.sink == site.id)
                    })
                })
        }
        Record::Zone(zone) => permit(&|permit| permit.zone_passes.contains(&zone.id)),
        Record::Route(route) => {
            permit(&|permit| permit.legs.iter().any(|leg| leg.route.as_ref() == Some(&route.id)))
        }
        Record::Truck(_) | Record::Permit(_) | Record::Limit(..) => None,
    }
}
