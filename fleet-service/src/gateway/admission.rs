//! Who may connect: terminals the registers know, for the truck they are fitted to, with the code they were given.
//!
//! The judgement itself is pure; reading and storing registrations is around it.

use std::sync::Arc;

use domain::{Plate, Registers, Registry, TerminalId, Timestamp};
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use wire::{Phone, Registration, RegistrationRefusal};

use crate::store::{Store, StoreError, StoredDevice};

/// Random bytes of an authentication code; twice as many characters.
const CODE_BYTES: usize = 16;

/// Why a registration could not be decided at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdmissionError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers for an authentication code")]
    Random(#[source] getrandom::Error),
}

/// Decides who is admitted. Cheap to clone.
#[derive(Clone)]
pub struct Admission {
    store: Store,
    registers: watch::Receiver<Arc<Registers>>,
}

/// The truck a registration is for, or why it is refused.
pub fn judge_registration(
    registry: &Registry,
    terminal: Option<&TerminalId>,
    plate: Option<&Plate>,
) -> Result<Plate, RegistrationRefusal> {
    let truck = terminal
        .and_then(|terminal| registry.truck_of_terminal(terminal))
        .ok_or(RegistrationRefusal::NoSuchTerminal)?;
    match plate {
        Some(plate) if *plate == truck.plate => Ok(truck.plate.clone()),
        Some(plate) if registry.trucks.contains_key(plate) => Err(RegistrationRefusal::VehicleRegistered),
        _ => Err(RegistrationRefusal::NoSuchVehicle),
    }
}

impl Admission {
    /// Admission by registers and stored registrations.
    pub fn new(store: Store, registers: watch::Receiver<Arc<Registers>>) -> Self {
        Self { store, registers }
    }

    /// Registers a terminal and returns its new authentication code, or why not.
    pub async fn register(
        &self,
        phone: &Phone,
        registration: &Registration,
        now: Timestamp,
    ) -> Result<Result<String, RegistrationRefusal>, AdmissionError> {
        let registry = Arc::clone(self.registers.borrow().newest());
        let terminal = phone.to_terminal_id().ok();
        let plate = registration.parsed_plate().ok();
        let plate = match judge_registration(&registry, terminal.as_ref(), plate.as_ref()) {
            Ok(plate) => plate,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let Some(terminal) = terminal else { return Ok(Err(RegistrationRefusal::NoSuchTerminal)) };
        let mut bytes = [0; CODE_BYTES];
        getrandom::fill(&mut bytes).map_err(AdmissionError::Random)?;
        let code = hex::encode(bytes);
        let device = StoredDevice { plate, code_hash: hash(&code) };
        let mut change = self.store.change().await?;
        change.put_device(&terminal, &device, now).await?;
        change.commit().await?;
        Ok(Ok(code))
    }

    /// The truck of a terminal that shows its code; `None` when it is not admitted.
    pub async fn authenticate(&self, terminal: &TerminalId, code: &str) -> Result<Option<Plate>, StoreError> {
        let Some(device) = self.store.device(terminal).await? else { return Ok(None) };
        let registry = Arc::clone(self.registers.borrow().newest());
        let truck = registry.truck_of_terminal(terminal).filter(|truck| truck.plate == device.plate);
        Ok(truck.filter(|_| device.code_hash == hash(code)).map(|truck| truck.plate.clone()))
    }
}

fn hash(code: &str) -> Vec<u8> {
    Sha256::digest(code.as_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{PlateColour, Truck, TruckKind};

    fn registry() -> Registry {
        let truck = |plate: &str, terminal: &str| Truck {
            plate: plate.parse().unwrap(),
            colour: PlateColour::Yellow,
            vin: None,
            carrier: "91350100M000100Y43".parse().unwrap(),
            terminal: Some(terminal.parse().unwrap()),
            epc: None,
            energy: None,
            rated_load_kg: None,
            kind: TruckKind::Muck,
        };
        let trucks = [truck("豫A12345", "13800000001"), truck("豫A54321", "13800000002")];
        Registry { trucks: trucks.into_iter().map(|t| (t.plate.clone(), t)).collect(), ..Registry::default() }
    }

    #[track_caller]
    fn check(terminal: &str, plate: &str, expected: Result<&str, RegistrationRefusal>) {
        let terminal = terminal.parse().ok();
        let plate = plate.parse::<Plate>().ok();
        let found = judge_registration(&registry(), terminal.as_ref(), plate.as_ref());
        assert_eq!(found.as_ref().map(Plate::as_str).map_err(|r| *r), expected);
    }

    #[test]
    fn only_a_registered_terminal_on_its_own_truck_is_admitted() {
        check("13800000001", "豫A12345", Ok("豫A12345"));
        check("00013800000001", "豫A·12345", Ok("豫A12345"));
        check("13800000009", "豫A12345", Err(RegistrationRefusal::NoSuchTerminal));
        check("13800000001", "豫A54321", Err(RegistrationRefusal::VehicleRegistered));
        check("13800000001", "豫A99999", Err(RegistrationRefusal::NoSuchVehicle));
        check("13800000001", "none", Err(RegistrationRefusal::NoSuchVehicle));
    }
}
