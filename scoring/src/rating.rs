//! A score, or that there is too little to rate; and how good the data are that it rests on.
//!
//! A company that is new or hardly drove has 100.00 because nothing was seen of it. It is shown as not rated. Hard triggers
//! hold all the same, and so does a listing: what was proved was proved.

use serde::{Deserialize, Serialize};

use crate::fold::Score;
use crate::profile::Terms;

/// How much was seen of a company in a year: what the caller counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataBasis {
    /// Days since it was registered.
    pub registered_days: u32,
    /// Its hauls in the year so far.
    pub trips: u32,
    /// How good the data are.
    pub quality: DataQuality,
}

/// How good the data are, in thousandths; `None` when nothing was there to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DataQuality {
    /// Share of the working time in which the trucks' terminals were online.
    pub online_permille: Option<u32>,
    /// Share of the hauls whose ticket is paired with a gate or weighbridge at both ends.
    pub paired_tickets_permille: Option<u32>,
}

/// Why a company is not rated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TooThin {
    /// Registered for fewer days than the profile asks for.
    RegisteredDays,
    /// Fewer hauls than the profile asks for.
    Trips,
}

impl TooThin {
    /// In Chinese.
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::RegisteredDays => "登记时间不足",
            Self::Trips => "清运趟次不足",
        }
    }

    /// In English.
    pub fn name_en(self) -> &'static str {
        match self {
            Self::RegisteredDays => "registered too short a time",
            Self::Trips => "too few hauls",
        }
    }
}

/// A score as it may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rating {
    /// The score stands.
    Rated {
        /// Centi-points.
        score_cp: i64,
    },
    /// 暂不评价
    NotRated {
        /// Why.
        because: TooThin,
    },
}

impl Rating {
    /// Whether a score may be shown as a rating: registered for 30 days and 20 hauls in the year, by the profile's numbers.
    pub fn of(score: &Score, basis: &DataBasis) -> Self {
        Self::under(score.score_cp, score.terms(), basis)
    }

    /// The same from the number alone.
    pub fn under(score_cp: i64, terms: &Terms, basis: &DataBasis) -> Self {
        let limits = terms.not_rated;
        if basis.registered_days < limits.below_registered_days {
            Self::NotRated { because: TooThin::RegisteredDays }
        } else if basis.trips < limits.below_trips {
            Self::NotRated { because: TooThin::Trips }
        } else {
            Self::Rated { score_cp }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_days_and_twenty_hauls_make_a_rating() {
        let terms = crate::Profile::FleetFair.versions().newest();
        let not = |because| Rating::NotRated { because };
        for (registered_days, trips, expected) in [
            (30, 20, Rating::Rated { score_cp: 9_000 }),
            (29, 20, not(TooThin::RegisteredDays)),
            (30, 19, not(TooThin::Trips)),
            (0, 0, not(TooThin::RegisteredDays)),
        ] {
            let basis = DataBasis { registered_days, trips, quality: DataQuality::default() };
            assert_eq!(Rating::under(9_000, terms, &basis), expected, "{basis:?}");
        }
    }
}
