//! What a truck said of its own reports.

use serde::Serialize;
use utoipa::ToSchema;

use crate::store::TruckNotice;

/// Records a truck made and lost, or a tag that may be a copy. A hint, no proof.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct NoticeView {
    /// `gap` or `tag_conflict`.
    pub kind: String,
    /// Of a gap `full`, `old`, `damaged` or `unwritten`; of a tag `other_than_pinned`, `other_tid_seen` or
    /// `other_epc_seen`.
    pub cause: String,
    /// First lost record, where known; when the tag was read.
    pub from: Option<String>,
    /// Last lost record, where known; when the tag was read.
    pub to: Option<String>,
    /// Time of the record that carried it: what is lost belongs before it.
    pub before: String,
    /// Records lost; 1 of a tag.
    pub count: u32,
    /// TID of the tag.
    pub tid: Option<String>,
    /// EPC of the tag.
    pub epc: Option<String>,
    /// Terminal that told it.
    pub terminal: String,
    /// When it came.
    pub received: String,
}

impl From<TruckNotice> for NoticeView {
    fn from(notice: TruckNotice) -> Self {
        let (tid, epc) = notice.tag.map(|tag| (tag.tid.to_string(), tag.epc.to_string())).unzip();
        Self {
            kind: notice.cause.kind().into(),
            cause: notice.cause.word().into(),
            from: notice.first.map(|time| time.to_string()),
            to: notice.last.map(|time| time.to_string()),
            before: notice.before.to_string(),
            count: notice.count,
            tid,
            epc,
            terminal: notice.terminal.to_string(),
            received: notice.received.to_string(),
        }
    }
}
