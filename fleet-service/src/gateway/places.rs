//! Room at the gate: connections in all and by address, registrations by address and minute.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::Timestamp;

use super::limits::ADDRESSES_COUNTED_MAX;

/// Why a connection is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoPlace {
    /// The most are open.
    InAll,
    /// The most of its address are open.
    OfAddress,
}

/// Counts who is in. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Places {
    counts: Arc<Mutex<Counts>>,
    max: usize,
    per_address_max: usize,
}

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// Holds one place until dropped.
#[derive(Debug)]
pub struct Place {
    counts: Arc<Mutex<Counts>>,
    address: IpAddr,
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Places {
    /// Room for so many.
    pub fn new(max: usize, per_address_max: usize) -> Self {
        Self { counts: Arc::default(), max, per_address_max }
    }

    /// A place for a peer.
    pub fn take(&self, address: IpAddr) -> Result<Place, NoPlace> {
        let mut counts = lock(&self.counts);
        if counts.all >= self.max {
            return Err(NoPlace::InAll);
        }
        let of_address = counts.by_address.entry(address).or_default();
        if *of_address >= self.per_address_max {
            return Err(NoPlace::OfAddress);
        }
        *of_address += 1;
        counts.all += 1;
        Ok(Place { counts: Arc::clone(&self.counts), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = lock(&self.counts);
        counts.all -= 1;
        if let Some(of_address) = counts.by_address.get_mut(&self.address) {
            *of_address -= 1;
            if *of_address == 0 {
                counts.by_address.remove(&self.address);
            }
        }
    }
}

/// Registrations a minute by address. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RegistrationRate {
    counted: Arc<Mutex<(i64, HashMap<IpAddr, u32>)>>,
    per_minute_max: u32,
}

impl RegistrationRate {
    /// So many a minute of each address.
    pub fn new(per_minute_max: u32) -> Self {
        Self { counted: Arc::default(), per_minute_max }
    }

    /// Whether one more is allowed now; it is counted.
    pub fn allows(&self, address: IpAddr, now: Timestamp) -> bool {
        let minute = now.millis().div_euclid(60_000);
        let mut counted = lock(&self.counted);
        if counted.0 != minute || counted.1.len() >= ADDRESSES_COUNTED_MAX {
            *counted = (minute, HashMap::new());
        }
        let of_address = counted.1.entry(address).or_default();
        *of_address = of_address.saturating_add(1);
        *of_address <= self.per_minute_max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    #[test]
    fn a_place_is_free_again_when_its_holder_goes() {
        let places = Places::new(3, 2);
        let first = places.take(address(1)).unwrap();
        let _second = places.take(address(1)).unwrap();
        assert_eq!(places.take(address(1)).unwrap_err(), NoPlace::OfAddress);
        let _third = places.take(address(2)).unwrap();
        assert_eq!(places.take(address(2)).unwrap_err(), NoPlace::InAll);
        drop(first);
        assert!(places.take(address(1)).is_ok());
        assert_eq!(lock(&places.counts).by_address.len(), 2);
    }

    #[test]
    fn registrations_are_counted_by_address_and_minute() {
        let rate = RegistrationRate::new(2);
        let at = Timestamp::from_seconds;
        let asked = [(1, 0), (1, 59), (1, 59), (2, 59), (1, 60)];
        assert_eq!(
            asked.map(|(who, second)| rate.allows(address(who), at(second))),
            [true, true, false, true, true]
        );
    }
}
