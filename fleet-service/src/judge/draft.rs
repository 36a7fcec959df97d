//! What a truck's own reports say of a haul, before the permit it is judged by is known.
//!
//! Volume is hauled by many trucks, so which permit counts is decided over all of them ([`super::settle`]). The draft
//! holds for every permit that may be the one what the haul did by it.

use std::sync::Arc;

use domain::{HaulId, Lift, Load, PermitNumber, Plate, Position, SiteId, Timestamp, Uscc};

use super::facts::Grade;
use super::permit_choice::Candidate;
use super::rules::rt01::Excursion;
use super::rules::rt02::OutsideHours;
use super::rules::wb01::LoadMissing;
use super::view::SiteMark;

/// A haul that begins, told to the rules that judge a departure: its last fix inside the source, or where the load was
/// taken on outside every site. It stays as it is for the whole haul.
#[derive(Debug, PartialEq)]
pub(super) struct Begun {
    pub(super) haul: HaulId,
    pub(super) plate: Plate,
    pub(super) source: Option<Arc<SiteMark>>,
    pub(super) departed: Timestamp,
    pub(super) position: Position,
    pub(super) carrier: Option<Uscc>,
    /// Whether a load reading says the truck was loaded; otherwise its stay does.
    pub(super) load_read: bool,
    /// The truck's rated load; 0 when none is registered.
    pub(super) load_kg: u64,
    /// Since when the registers are in force that it is judged by; `None` when there was no other version before.
    pub(super) registers_since: Option<Timestamp>,
    /// For a haul without a source: the nearest site, with its distance in metres.
    pub(super) nearest_site: Option<(SiteId, f64)>,
    /// By number.
    pub(super) candidates: Vec<Candidate>,
    /// Permits that name the source, each with why it is not in force.
    pub(super) not_in_force: Vec<(PermitNumber, &'static str)>,
}

/// What a haul did by one candidate.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Trial {
    pub(super) excursions: Vec<Excursion>,
    pub(super) outside_hours: Option<OutsideHours>,
}

/// How a haul ends.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum HaulEnd {
    /// Not yet, as of the truck's newest report.
    Open(Timestamp),
    /// No unloading was seen.
    Lost(Timestamp),
    Unloaded(Unloading),
}

/// An unloading and where it was.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Unloading {
    /// Start of the lift or of the stop.
    pub(super) began: Timestamp,
    pub(super) position: Position,
    /// When it is known to be empty.
    pub(super) empty: Timestamp,
    /// Empty and the body down.
    pub(super) end: Timestamp,
    /// When the body was first raised, if it was.
    pub(super) raised: Option<Timestamp>,
    /// Whether the load was read empty.
    pub(super) read_empty: bool,
    /// The sites it was in; when in none, the nearest one if it is not farther than a dumping has to be.
    pub(super) sites: Vec<Arc<SiteMark>>,
    /// Whether it was in these sites, as far as the position tells; else only beside one.
    pub(super) in_site: bool,
    /// The nearest site there is, with its distance in metres.
    pub(super) nearest_site: Option<(SiteId, f64)>,
}

/// Which body sensors said anything in the course of a haul.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Readings {
    pub(super) load: bool,
    pub(super) lift: bool,
}

/// A haul as far as its own truck tells.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct HaulDraft {
    pub(super) begun: Arc<Begun>,
    /// One for each of [`Begun::candidates`], in their order.
    pub(super) trials: Vec<Trial>,
    pub(super) end: HaulEnd,
    pub(super) distance_m: f64,
    pub(super) readings: Readings,
    /// Set when WB-01 holds.
    pub(super) missing: Option<LoadMissing>,
}

impl Begun {
    /// What says that the truck was loaded, as facts name it.
    pub(super) fn loaded_by(&self) -> &'static str {
        if self.load_read { "load_reading" } else { "stay_at_source" }
    }
}

impl Readings {
    /// Notes what a report says.
    pub(super) fn note(&mut self, load: Load, lift: Lift) {
        self.load |= load != Load::Unknown;
        self.lift |= lift != Lift::Unknown;
    }

    pub(super) fn grade(self) -> Grade {
        Grade::of(self.load, self.lift)
    }
}

impl HaulEnd {
    /// The last moment of the haul.
    pub(super) fn at(&self) -> Timestamp {
        match self {
            Self::Open(at) | Self::Lost(at) => *at,
            Self::Unloaded(unloading) => unloading.empty,
        }
    }
}

impl Unloading {
    /// Outside every site and farther from it than its edge may be drawn wrong.
    pub(super) fn is_dumping(&self) -> bool {
        self.sites.is_empty()
    }
}
