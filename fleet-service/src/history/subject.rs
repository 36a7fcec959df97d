//! Whose history a report belongs to.

use domain::report::Content;
use domain::{Epc, Plate, Report};

/// A truck, or a tag a fixed reader saw: only the registers of its time turn a tag into a truck.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// Everything that names a plate.
    Truck(Plate),
    /// What fixed readers saw of a tag.
    Tag(Epc),
}

impl Subject {
    /// The subject of a report.
    pub fn of(report: &Report) -> Self {
        match &report.content {
            Content::Fix(fix) => Self::Truck(fix.plate.clone()),
            Content::AtTruck(sighting) => Self::Truck(sighting.plate.clone()),
            Content::Weigh(ticket) => Self::Truck(ticket.plate.clone()),
            Content::AtReader(sighting) => Self::Tag(sighting.epc.clone()),
        }
    }

    /// Whether a report belongs here.
    pub fn owns(&self, report: &Report) -> bool {
        match (self, &report.content) {
            (Self::Truck(plate), _) => report.plate() == Some(plate),
            (Self::Tag(epc), Content::AtReader(sighting)) => sighting.epc == *epc,
            (Self::Tag(_), _) => false,
        }
    }

    /// The name it is stored by. No tag begins with a province, so the two never meet.
    pub fn name(&self) -> &str {
        match self {
            Self::Truck(plate) => plate.as_str(),
            Self::Tag(epc) => epc.as_str(),
        }
    }

    /// The subject of a stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        let truck = name.parse().ok().map(Self::Truck);
        truck.or_else(|| name.parse().ok().map(Self::Tag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_back_as_what_it_was() {
        let truck = Subject::Truck("豫A12345D".parse().unwrap());
        let tag = Subject::Tag("30751FEB705C5904E3D50D70".parse().unwrap());
        for subject in [truck, tag] {
            assert_eq!(Subject::from_name(subject.name()), Some(subject));
        }
        assert_eq!(Subject::from_name("?"), None);
    }
}
