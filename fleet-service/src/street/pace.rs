//! How often one address may do something in a day, in bounded memory. Pure: `now` is given.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};

use domain::{LocalDate, Timestamp};

/// A day's counts by address.
#[derive(Debug)]
pub struct DayCount {
    each_max: u32,
    all_max: u32,
    day: Option<LocalDate>,
    all: u32,
    by_address: HashMap<IpAddr, u32>,
}

/// Why something is not done today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spent {
    /// This address has used up its day.
    Address,
    /// All addresses together have.
    All,
}

impl DayCount {
    /// At most `each_max` an address and day, and `all_max` of all together: as many addresses are remembered.
    pub fn new(each_max: u32, all_max: u32) -> Self {
        Self { each_max, all_max, day: None, all: 0, by_address: HashMap::new() }
    }

    /// Counts one, unless the day is spent; a refused one costs nothing.
    pub fn take(&mut self, address: IpAddr, now: Timestamp) -> Result<(), Spent> {
        let today = now.local_date();
        if self.day != Some(today) {
            *self = Self { day: Some(today), ..Self::new(self.each_max, self.all_max) };
        }
        if self.all >= self.all_max {
            return Err(Spent::All);
        }
        let count = self.by_address.entry(network(address)).or_default();
        if *count >= self.each_max {
            return Err(Spent::Address);
        }
        *count += 1;
        self.all += 1;
        Ok(())
    }
}

/// A household is given a whole /64: its addresses count as one.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => {
                let [a, b, c, d, ..] = v6.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        },
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_share_of_a_day_and_all_together_theirs() {
        let mut count = DayCount::new(2, 4);
        let day = |n: i64| Timestamp::from_seconds(n * 86_400);
        let at = |text: &str| text.parse::<IpAddr>().unwrap();
        for (address, n, expected) in [
            ("10.0.0.1", 0, Ok(())),
            ("10.0.0.1", 0, Ok(())),
            ("10.0.0.1", 0, Err(Spent::Address)),
            ("::ffff:10.0.0.1", 0, Err(Spent::Address)),
            ("2001:db8::1", 0, Ok(())),
            ("2001:db8::2", 0, Ok(())),
            ("2001:db8:0:1::1", 0, Err(Spent::All)),
            ("10.0.0.1", 1, Ok(())),
        ] {
            assert_eq!(count.take(at(address), day(n)), expected, "{address} on day {n}");
        }
        assert_eq!(count.by_address.len(), 1, "yesterday is forgotten");
    }
}
