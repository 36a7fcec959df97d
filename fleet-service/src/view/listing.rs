//! The black list as anyone sees it.

use domain::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::store::StoredListing;

/// A listed company.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ListingView {
    /// Unified social credit code.
    pub uscc: String,
    /// Name when listed.
    pub name: String,
    /// Score when listed, in hundredths.
    pub score_centi: i64,
    /// Since when.
    pub since: String,
    /// The deductions that led to it, the largest first.
    pub cause: Vec<CauseView>,
    /// The feed event that announced it.
    pub feed_seq: u64,
}

/// One deduction that led to a listing.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CauseView {
    /// Rule code.
    pub rule: String,
    /// Its Chinese name.
    pub rule_name_zh: String,
    /// Its English name.
    pub rule_name_en: String,
    /// The case.
    pub case_no: String,
    /// When the act began.
    pub occurred_at: String,
    /// Points, in hundredths.
    pub amount_centi: i64,
}

/// The whole list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BlackList {
    /// Longest listed first.
    pub listed: Vec<ListingView>,
    /// As of when.
    pub as_of: String,
}

/// A change of the list, as live events carry it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ListingNotice {
    /// `list` or `delist`.
    pub action: String,
    /// The company.
    pub row: ListingView,
}

impl From<&StoredListing> for ListingView {
    fn from(listing: &StoredListing) -> Self {
        let cause = |c: &crate::feed::record::Cause| CauseView {
            rule: c.rule.clone(),
            rule_name_zh: c.rule_name_zh.clone(),
            rule_name_en: c.rule_name_en.clone(),
            case_no: c.case_no.clone(),
            occurred_at: c.occurred_at.to_string(),
            amount_centi: c.amount_centi,
        };
        Self {
            uscc: listing.uscc.to_string(),
            name: listing.name.clone(),
            score_centi: listing.score_centi,
            since: listing.since.to_string(),
            cause: listing.cause.iter().map(cause).collect(),
            feed_seq: listing.feed_seq,
        }
    }
}

impl BlackList {
    /// The list at a moment.
    pub fn of(listings: &[StoredListing], now: Timestamp) -> Self {
        Self { listed: listings.iter().map(ListingView::from).collect(), as_of: now.to_string() }
    }
}
