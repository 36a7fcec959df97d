//! The bands of a score. All limits are strict from below: 60.00 is not below 60.

use crate::profile::BandLimits;
use crate::words::words;

/// From here up a company is a candidate for the red list (绿牌 rule of Zhengzhou, 95).
pub const RED_CANDIDATE_FROM_CP: i64 = 9_500;
/// From here up nothing happens.
pub const NORMAL_FROM_CP: i64 = 8_000;
/// From here up a red-card warning is given (郑政办〔2018〕92号).
pub const WARNING_FROM_CP: i64 = 7_000;
/// From here up the company is called to an interview; below, it is put on the black list (郑政办〔2018〕92号).
pub const INTERVIEW_FROM_CP: i64 = 6_000;

words!(
    /// Where a score stands.
    Band {
        /// 红榜候选, 95.00 and above.
        RedCandidate = "red_candidate",
        /// 正常, 80.00 to below 95.00.
        Normal = "normal",
        /// 红牌警示, 70.00 to below 80.00.
        Warning = "warning",
        /// 约谈, 60.00 to below 70.00.
        Interview = "interview",
        /// 黑榜, below 60.00.
        Black = "black",
    }
);

impl Band {
    /// The band of a score in centi-points under the bands of 郑政办〔2018〕92号, which every carried profile has.
    pub fn of(score_cp: i64) -> Self {
        Self::under(
            score_cp,
            &BandLimits {
                red_candidate: RED_CANDIDATE_FROM_CP,
                normal: NORMAL_FROM_CP,
                warning: WARNING_FROM_CP,
                interview: INTERVIEW_FROM_CP,
            },
        )
    }

    /// The band of a score under the limits of a profile.
    pub fn under(score_cp: i64, limits: &BandLimits) -> Self {
        match score_cp {
            score if score >= limits.red_candidate => Self::RedCandidate,
            score if score >= limits.normal => Self::Normal,
            score if score >= limits.warning => Self::Warning,
            score if score >= limits.interview => Self::Interview,
            _ => Self::Black,
        }
    }

    /// The word people read in Chinese.
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::RedCandidate => "红榜候选",
            Self::Normal => "正常",
            Self::Warning => "红牌警示",
            Self::Interview => "约谈",
            Self::Black => "黑榜",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_belongs_to_the_band_above_it() {
        for (score_cp, band) in [
            (10_000, Band::RedCandidate),
            (9_500, Band::RedCandidate),
            (9_499, Band::Normal),
            (8_000, Band::Normal),
            (7_999, Band::Warning),
            (7_000, Band::Warning),
            (6_999, Band::Interview),
            (6_000, Band::Interview),
            (5_999, Band::Black),
            (-180, Band::Black),
            (i64::MIN, Band::Black),
        ] {
            assert_eq!(Band::of(score_cp), band, "{score_cp}");
        }
    }
}
