//! Which members of a fix are asked for.

use super::chunk::Wanted;

/// One member of a fix beside its time and place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Ground speed.
    Speed,
    /// Course.
    Course,
    /// What the position rests on.
    Fix,
    /// Dilution of precision.
    Hdop,
    /// Satellites.
    Satellites,
    /// Ignition.
    Ignition,
    /// Load.
    Load,
    /// Cover.
    Lid,
    /// Tipping body.
    Lift,
    /// Positioning antenna.
    Antenna,
    /// Main power.
    Power,
    /// The device that reported.
    Source,
    /// When the platform got it.
    Received,
}

impl Field {
    /// Every field with its name, in the order written.
    pub const ALL: [(Self, &'static str); 13] = [
        (Self::Speed, "speed_kmh"),
        (Self::Course, "course_deg"),
        (Self::Fix, "fix"),
        (Self::Hdop, "hdop"),
        (Self::Satellites, "satellites"),
        (Self::Ignition, "ignition"),
        (Self::Load, "load"),
        (Self::Lid, "lid"),
        (Self::Lift, "lift"),
        (Self::Antenna, "antenna"),
        (Self::Power, "power"),
        (Self::Source, "source"),
        (Self::Received, "received"),
    ];

    /// As written in requests and answers.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(field, _)| *field == self).map_or("", |(_, name)| name)
    }
}

/// The fields asked for, in their fixed order, and whether tags and tickets are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    fields: Vec<Field>,
    /// Tags and weighbridge tickets too.
    pub events: bool,
}

/// The word for tags and tickets.
const EVENTS: &str = "events";

/// A list names a field that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{name:?} is no field; known: speed_kmh, course_deg, fix, hdop, satellites, ignition, load, lid, lift, antenna, power, source, received, events, all"
)]
pub struct FieldError {
    name: String,
}

impl Default for Fields {
    fn default() -> Self {
        Self { fields: vec![Field::Speed, Field::Course, Field::Fix, Field::Load], events: false }
    }
}

impl Fields {
    /// Reads a list with commas; `all` is every field with tags and tickets.
    pub fn parse(list: &str) -> Result<Self, FieldError> {
        let mut names: Vec<&str> = list.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        if names.contains(&"all") {
            names.retain(|name| *name != "all");
            names.push(EVENTS);
            names.extend(Field::ALL.iter().map(|(_, name)| *name));
        }
        let is_known = |name: &&str| *name == EVENTS || Field::ALL.iter().any(|(_, known)| known == name);
        if let Some(name) = names.iter().find(|name| !is_known(name)) {
            return Err(FieldError { name: name.chars().take(40).collect() });
        }
        let fields = Field::ALL.iter().filter(|(_, name)| names.contains(name)).map(|(field, _)| *field);
        Ok(Self { fields: fields.collect(), events: names.contains(&EVENTS) })
    }

    /// In the order written.
    pub fn as_slice(&self) -> &[Field] {
        &self.fields
    }

    /// The columns they need.
    pub fn wanted(&self) -> Wanted {
        let has = |field| self.fields.contains(&field);
        Wanted {
            speed: has(Field::Speed),
            course: has(Field::Course),
            quality: has(Field::Hdop) || has(Field::Satellites),
            source: has(Field::Source),
            received: has(Field::Received),
            events: self.events,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_in_any_order_and_written_in_one() {
        let fields = Fields::parse("load, speed_kmh,,events").unwrap();
        assert_eq!(fields.as_slice(), [Field::Speed, Field::Load]);
        assert!(fields.events && fields.wanted().speed && !fields.wanted().quality);
        let all = Fields::parse("all").unwrap();
        assert_eq!((all.as_slice().len(), all.wanted()), (Field::ALL.len(), Wanted::ALL));
        assert!(Fields::parse("colour").unwrap_err().to_string().starts_with("\"colour\" is no field"));
    }

    #[test]
    fn the_error_names_every_field() {
        let text = Fields::parse("?").unwrap_err().to_string();
        assert!(Field::ALL.iter().all(|(field, name)| text.contains(name) && field.name() == *name));
    }
}
