//! Which terminal may report for which truck: what the registers say, and over it a registrar's word. Pure.
//!
//! A truck has one terminal. An admission holds until the registrar says otherwise, admits another terminal for the
//! truck, or the registers come to name another terminal for it than they did when it was given.

use std::collections::HashMap;

use domain::{Plate, Registry, TerminalId};
use wire::RegistrationRefusal;

use crate::store::StoredRight;

/// Who may report for which truck.
#[derive(Debug, Clone, Default)]
pub struct Rights {
    /// Every registered truck with the terminal the registers name for it.
    trucks: HashMap<Plate, Option<TerminalId>>,
    /// The same the other way round.
    named: HashMap<TerminalId, Plate>,
    decided: HashMap<TerminalId, StoredRight>,
    /// The terminal admitted last for each truck.
    admitted: HashMap<Plate, TerminalId>,
    newest: u64,
}

impl Rights {
    /// Takes over what the registers say now.
    pub fn set_registers(&mut self, registry: &Registry) {
        self.trucks = registry.trucks.values().map(|t| (t.plate.clone(), t.terminal.clone())).collect();
        self.named.clear();
        for truck in registry.trucks.values() {
            if let Some(terminal) = &truck.terminal {
                self.named.entry(terminal.clone()).or_insert_with(|| truck.plate.clone());
            }
        }
    }

    /// Takes over a registrar's word; to be given in the order of their numbers.
    pub fn decide(&mut self, right: StoredRight) {
        self.newest = self.newest.max(right.seq);
        if let Some(plate) = &right.plate {
            self.admitted.insert(plate.clone(), right.terminal.clone());
        }
        self.decided.insert(right.terminal.clone(), right);
    }

    /// Number of the newest word taken over.
    pub fn newest(&self) -> u64 {
        self.newest
    }

    /// Every word that stands.
    pub fn decided(&self) -> impl Iterator<Item = &StoredRight> {
        self.decided.values()
    }

    /// Every terminal the registers name, with its truck.
    pub fn named(&self) -> impl Iterator<Item = (&TerminalId, &Plate)> {
        self.named.iter()
    }

    /// The terminal the registers name for a truck; `None` when there is no such truck.
    pub fn register_terminal(&self, plate: &Plate) -> Option<Option<&TerminalId>> {
        self.trucks.get(plate).map(Option::as_ref)
    }

    /// Whether a registrar took the terminal's right.
    pub fn is_revoked(&self, terminal: &TerminalId) -> bool {
        self.decided.get(terminal).is_some_and(|right| right.plate.is_none())
    }

    /// The admission of a terminal, while it holds.
    pub fn admission(&self, terminal: &TerminalId) -> Option<&StoredRight> {
        let right = self.decided.get(terminal)?;
        let plate = right.plate.as_ref()?;
        let named = self.trucks.get(plate)?.as_ref();
        let holds = self.admitted.get(plate) == Some(terminal)
            && (named == right.register_terminal.as_ref() || named == Some(terminal));
        holds.then_some(right)
    }

    /// The truck a terminal may report for.
    pub fn truck_of(&self, terminal: &TerminalId) -> Option<&Plate> {
        if self.is_revoked(terminal) {
            return None;
        }
        if let Some(right) = self.admission(terminal) {
            return right.plate.as_ref();
        }
        let plate = self.named.get(terminal)?;
        let other = self.admitted.get(plate).filter(|other| *other != terminal);
        let gave_way = other.is_some_and(|other| self.admission(other).is_some());
        (!gave_way).then_some(plate)
    }

    /// The truck a registration is for, or why it is refused. A terminal that a registrar admitted need not know its
    /// truck's plate; one that only the registers name must.
    pub fn judge_registration(
        &self,
        terminal: &TerminalId,
        plate: Option<&Plate>,
    ) -> Result<Plate, RegistrationRefusal> {
        let truck = self.truck_of(terminal).ok_or(RegistrationRefusal::NoSuchTerminal)?;
        if plate == Some(truck) || self.admission(terminal).is_some() {
            return Ok(truck.clone());
        }
        match plate {
            Some(plate) if self.trucks.contains_key(plate) => Err(RegistrationRefusal::VehicleRegistered),
            _ => Err(RegistrationRefusal::NoSuchVehicle),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{PlateColour, Timestamp, Truck, TruckKind};

    const A: &str = "豫A12345";
    const B: &str = "豫A54321";

    fn registry(trucks: &[(&str, Option<&str>)]) -> Registry {
        let truck = |plate: &str, terminal: Option<&str>| Truck {
            plate: plate.parse().unwrap(),
            colour: PlateColour::Yellow,
            vin: None,
            carrier: "91350100M000100Y43".parse().unwrap(),
            terminal: terminal.map(|t| t.parse().unwrap()),
            epc: None,
            energy: None,
            rated_load_kg: None,
            kind: TruckKind::Muck,
        };
        let trucks = trucks.iter().map(|(plate, terminal)| truck(plate, *terminal));
        Registry { trucks: trucks.map(|t| (t.plate.clone(), t)).collect(), ..Registry::default() }
    }

    fn rights(trucks: &[(&str, Option<&str>)]) -> Rights {
        let mut rights = Rights::default();
        rights.set_registers(&registry(trucks));
        rights
    }

    fn decide(rights: &mut Rights, terminal: &str, plate: Option<&str>) {
        let plate: Option<Plate> = plate.map(|p| p.parse().unwrap());
        let named = plate.as_ref().and_then(|p| rights.register_terminal(p).flatten()).cloned();
        rights.decide(StoredRight {
            seq: rights.newest() + 1,
            terminal: terminal.parse().unwrap(),
            plate,
            profile: None,
            register_terminal: named,
            decided: Timestamp::from_seconds(0),
            decided_by: "registrar".into(),
        });
    }

    #[track_caller]
    fn check(rights: &Rights, terminal: &str, plate: &str, expected: Result<&str, RegistrationRefusal>) {
        let plate = plate.parse::<Plate>().ok();
        let found = rights.judge_registration(&terminal.parse().unwrap(), plate.as_ref());
        assert_eq!(found.as_ref().map(Plate::as_str).map_err(|r| *r), expected);
    }

    #[test]
    fn only_a_registered_terminal_on_its_own_truck_is_admitted() {
        let rights = rights(&[(A, Some("13800000001")), (B, Some("13800000002"))]);
        check(&rights, "13800000001", A, Ok(A));
        check(&rights, "00013800000001", "豫A·12345", Ok(A));
        check(&rights, "13800000009", A, Err(RegistrationRefusal::NoSuchTerminal));
        check(&rights, "13800000001", B, Err(RegistrationRefusal::VehicleRegistered));
        check(&rights, "13800000001", "豫A99999", Err(RegistrationRefusal::NoSuchVehicle));
        check(&rights, "13800000001", "none", Err(RegistrationRefusal::NoSuchVehicle));
    }

    #[test]
    fn a_registrars_word_binds_a_stranger_whatever_plate_it_states_and_ends_the_registers_one() {
        let mut rights = rights(&[(A, Some("1")), (B, None)]);
        decide(&mut rights, "9", Some(A));
        check(&rights, "9", "none", Ok(A));
        check(&rights, "1", A, Err(RegistrationRefusal::NoSuchTerminal));
        decide(&mut rights, "9", None);
        check(&rights, "9", A, Err(RegistrationRefusal::NoSuchTerminal));
        check(&rights, "1", A, Ok(A));
    }

    #[test]
    fn of_two_admitted_for_a_truck_the_later_counts() {
        let mut rights = rights(&[(B, None)]);
        decide(&mut rights, "8", Some(B));
        decide(&mut rights, "9", Some(B));
        check(&rights, "8", B, Err(RegistrationRefusal::NoSuchTerminal));
        check(&rights, "9", B, Ok(B));
    }

    #[test]
    fn a_revoked_terminal_is_shut_out_though_the_registers_name_it_and_may_be_admitted_again() {
        let mut rights = rights(&[(A, Some("1"))]);
        decide(&mut rights, "1", None);
        check(&rights, "1", A, Err(RegistrationRefusal::NoSuchTerminal));
        decide(&mut rights, "1", Some(A));
        check(&rights, "1", A, Ok(A));
    }

    #[test]
    fn a_new_terminal_in_the_registers_ends_the_old_right_admitted_or_named() {
        let mut rights = rights(&[(A, Some("1")), (B, Some("2"))]);
        decide(&mut rights, "9", Some(A));
        // Anything else may change in the registers without touching the admission.
        rights.set_registers(&registry(&[(A, Some("1")), (B, None)]));
        check(&rights, "9", A, Ok(A));
        rights.set_registers(&registry(&[(A, Some("5")), (B, Some("6"))]));
        check(&rights, "9", A, Err(RegistrationRefusal::NoSuchTerminal));
        check(&rights, "5", A, Ok(A));
        check(&rights, "2", B, Err(RegistrationRefusal::NoSuchTerminal));
        check(&rights, "6", B, Ok(B));
        // A truck that left the registers is nobody's.
        rights.set_registers(&registry(&[]));
        check(&rights, "5", A, Err(RegistrationRefusal::NoSuchTerminal));
    }
}
