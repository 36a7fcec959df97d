//! Reports into messages: a vehicle is registered before its first position, fresh positions go one by one, older ones in
//! bundles of a vehicle's own; per vehicle the log's order is kept.

use std::collections::{BTreeMap, HashSet};

use domain::{Plate, Registry, Report, Truck};
use wire::Location;
use wire::jt809::vehicle::BACKLOG_MAX;
use wire::jt809::{Edition, Payload, Position, Register, VehicleMessage};
use wire::text::Padded;

/// Vehicles remembered as registered on a link; beyond it all are registered anew.
pub const REGISTERED_MAX: usize = 100_000;

/// What is told of this platform and its terminals.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Which text of the standard is followed.
    pub edition: Edition,
    /// This platform's number.
    pub platform: Padded,
    /// Maker told of every terminal.
    pub maker: String,
    /// Model told of every terminal.
    pub model: String,
    /// Division told as every truck's nationality.
    pub adcode: String,
}

/// Messages, and what went into them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// In the order to send.
    pub messages: Vec<VehicleMessage>,
    /// Positions sent one by one.
    pub live: u64,
    /// Positions sent in bundles.
    pub backlog: u64,
    /// Vehicles registered.
    pub registered: u64,
    /// Positions of plates no register knows: without a colour they cannot be named.
    pub unregistered: u64,
    /// Reports that are no positions: the protocol has no message for them.
    pub not_positions: u64,
}

/// Plans the messages for some reports. `registered` holds the vehicles registered on this link.
pub fn plan(
    reports: &[Report],
    registry: &Registry,
    registered: &mut HashSet<Plate>,
    profile: &Profile,
    is_live: impl Fn(&Report) -> bool,
) -> Plan {
    let mut plan = Plan::default();
    let mut bundles: BTreeMap<&Plate, (u8, Vec<Position>)> = BTreeMap::new();
    for report in reports {
        let Some(fix) = report.fix() else {
            plan.not_positions += 1;
            continue;
        };
        let Some(truck) = registry.trucks.get(&fix.plate) else {
            plan.unregistered += 1;
            continue;
        };
        if registered.len() >= REGISTERED_MAX {
            registered.clear();
        }
        if registered.insert(truck.plate.clone()) {
            plan.registered += 1;
            plan.say(&truck.plate, truck.colour.code(), Payload::Register(register(truck, profile)));
        }
        let location = Location::from_fix(report.time, fix, None, &[]);
        let position = Position::from_location(profile.edition, &location, &profile.platform);
        let (colour, bundle) =
            bundles.entry(&truck.plate).or_insert_with(|| (truck.colour.code(), Vec::new()));
        if is_live(report) {
            plan.live += 1;
            plan.say_bundle(&truck.plate, *colour, bundle);
            plan.say(&truck.plate, *colour, Payload::Live(position));
        } else {
            plan.backlog += 1;
            bundle.push(position);
            if bundle.len() >= BACKLOG_MAX {
                plan.say_bundle(&truck.plate, *colour, bundle);
            }
        }
    }
    for (plate, (colour, mut bundle)) in bundles {
        plan.say_bundle(plate, colour, &mut bundle);
    }
    plan
}

impl Plan {
    fn say(&mut self, plate: &Plate, colour: u8, payload: Payload) {
        self.messages.push(VehicleMessage { plate: plate.to_string(), colour, payload });
    }

    fn say_bundle(&mut self, plate: &Plate, colour: u8, bundle: &mut Vec<Position>) {
        if !bundle.is_empty() {
            self.say(plate, colour, Payload::Backlog(std::mem::take(bundle)));
        }
    }
}

fn register(truck: &Truck, profile: &Profile) -> Register {
    let terminal = truck.terminal.as_ref().map(ToString::to_string).unwrap_or_default();
    Register {
        platform: profile.platform.text(),
        maker: profile.maker.clone(),
        model: profile.model.clone(),
        imei: String::new(),
        // The identity of a JT/T 808 terminal is the number of its SIM card.
        sim: terminal.clone(),
        terminal,
    }
}

/// What is registered about a truck, as `KEY:=value;…`. The protocol's key VIN holds the plate.
pub fn static_info(truck: &Truck, registry: &Registry, profile: &Profile) -> String {
    let owner = registry.carriers.get(&truck.carrier).map_or("", |carrier| carrier.name.as_str());
    // What could end a value early is taken out of the only free text.
    let owner: String = owner.chars().filter(|c| !matches!(c, ';' | ':' | '=')).collect();
    let fields = [
        ("VIN", truck.plate.to_string()),
        ("VEHICLE_COLOR", truck.colour.code().to_string()),
        ("VEHICLE_NATIONALITY", profile.adcode.clone()),
        ("OWERS_ID", truck.carrier.to_string()),
        ("OWERS_NAME", owner),
    ];
    fields.iter().map(|(key, value)| format!("{key}:={value}")).collect::<Vec<_>>().join(";")
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
