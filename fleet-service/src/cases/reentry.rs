//! The ban on coming back: a company that was put out of the directory stands in no further version of the registers but as
//! `exited`, and no truck or permit of it is added, until its ban is over or lifted. Pure; whoever puts registers in force
//! publishes their permits, and that is where it is asked ([`crate::feed::publish::Press::publish_permits`]).

use domain::{CarrierStatus, LocalDate, Registry, Uscc};

/// A ban that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ban {
    /// The company.
    pub uscc: Uscc,
    /// Its name when it had to leave.
    pub name: String,
    /// The file of its exit.
    pub file: String,
    /// The decision.
    pub decision_no: String,
    /// The last day of the ban.
    pub until: LocalDate,
}

/// What of a banned company registers would hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// The company itself, with another status than `exited`.
    Company,
    /// A truck that was not its own before.
    Truck(String),
    /// A permit that it did not have before.
    Permit(String),
}

/// Registers would let a banned company back in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.en())]
pub struct ReentryError {
    /// The ban.
    pub ban: Box<Ban>,
    /// What breaks it.
    pub held: Held,
}

impl ReentryError {
    fn en(&self) -> String {
        let Ban { uscc, name, file, decision_no, until } = &*self.ban;
        let (what, to_do) = match &self.held {
            Held::Company => ("the company".to_owned(), "give it the status `exited` or leave it out"),
            Held::Truck(plate) => (format!("its truck {plate}"), "leave the truck out"),
            Held::Permit(number) => (format!("its permit {number}"), "leave the permit out"),
        };
        format!(
            "{name} ({uscc}) was put out of the directory by decision {decision_no} (file {file}) and may not come back until \
             {until} is over: {what} cannot be registered; {to_do}, or have the exit lifted"
        )
    }

    /// The same in Chinese.
    pub fn zh(&self) -> String {
        let Ban { uscc, name, file, decision_no, until } = &*self.ban;
        let what = match &self.held {
            Held::Company => "企业状态须为 exited（已移出）或不予登记".to_owned(),
            Held::Truck(plate) => format!("不得登记其车辆{plate}"),
            Held::Permit(number) => format!("不得登记其许可{number}"),
        };
        format!("{name}（{uscc}）已由{decision_no}号决定移出名录（案卷{file}），禁入期至{until}：{what}")
    }
}

/// Whether registers keep every ban; `before` is the version they follow. The first breach, by company.
pub fn check(bans: &[Ban], before: Option<&Registry>, after: &Registry) -> Result<(), ReentryError> {
    for ban in bans {
        let breach = |held| Err(ReentryError { ban: Box::new(ban.clone()), held });
        let carrier = after.carriers.get(&ban.uscc);
        if carrier.is_some_and(|carrier| carrier.status != CarrierStatus::Exited) {
            return breach(Held::Company);
        }
        let had_truck = |plate| {
            let truck = before.and_then(|before| before.trucks.get(plate));
            truck.is_some_and(|truck| truck.carrier == ban.uscc)
        };
        let own_trucks = after.trucks.values().filter(|truck| truck.carrier == ban.uscc);
        if let Some(truck) = own_trucks.into_iter().find(|truck| !had_truck(&truck.plate)) {
            return breach(Held::Truck(truck.plate.to_string()));
        }
        let had_permit = |number| before.is_some_and(|before| before.permits.contains_key(number));
        let own_permits = after.permits.values().filter(|permit| permit.carrier == ban.uscc);
        if let Some(permit) = own_permits.into_iter().find(|permit| !had_permit(&permit.number)) {
            return breach(Held::Permit(permit.number.to_string()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use domain::{Carrier, Truck, TruckKind};

    use super::*;

    const USCC: &str = "91350100M000100Y43";

    fn registry(status: CarrierStatus, plates: &[&str]) -> Registry {
        let uscc: Uscc = USCC.parse().unwrap();
        let carrier = Carrier { uscc: uscc.clone(), name: "甲".into(), status };
        let truck = |plate: &&str| Truck {
            plate: plate.parse().unwrap(),
            colour: Default::default(),
            vin: None,
            carrier: uscc.clone(),
            terminal: None,
            epc: None,
            energy: None,
            rated_load_kg: None,
            kind: TruckKind::Muck,
        };
        Registry {
            carriers: [(uscc.clone(), carrier)].into(),
            trucks: plates.iter().map(truck).map(|truck| (truck.plate.clone(), truck)).collect(),
            ..Registry::default()
        }
    }

    #[track_caller]
    fn check_held(before: Option<&Registry>, after: &Registry, expected: Option<Held>) {
        let ban = Ban {
            uscc: USCC.parse().unwrap(),
            name: "甲".into(),
            file: "L2026-000001".into(),
            decision_no: "移出〔2026〕1号".into(),
            until: "2029-11-23".parse().unwrap(),
        };
        let found = check(std::slice::from_ref(&ban), before, after).err();
        assert_eq!(found.as_ref().map(|error| &error.held), expected.as_ref());
        if let Some(error) = found {
            for said in [error.to_string(), error.zh()] {
                assert!(
                    said.contains("2029-11-23") && said.contains("L2026-000001") && said.contains(USCC),
                    "{said}"
                );
            }
        }
        assert_eq!(check(&[], before, after), Ok(()));
    }

    #[test]
    fn a_banned_company_stands_as_exited_and_gets_no_further_truck() {
        let before = registry(CarrierStatus::Active, &["豫A10001"]);
        check_held(Some(&before), &before, Some(Held::Company));
        check_held(Some(&before), &registry(CarrierStatus::Suspended, &[]), Some(Held::Company));
        let left = registry(CarrierStatus::Exited, &["豫A10001"]);
        check_held(Some(&before), &left, None);
        check_held(None, &left, Some(Held::Truck("豫A10001".into())));
        let more = registry(CarrierStatus::Exited, &["豫A10001", "豫A10002"]);
        check_held(Some(&before), &more, Some(Held::Truck("豫A10002".into())));
        check_held(Some(&before), &Registry::default(), None);
    }
}
