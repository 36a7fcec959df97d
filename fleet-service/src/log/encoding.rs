//! How a batch of reports lies in the log: one byte for the form, then the reports as postcard.

use domain::Report;

use crate::store::LoggedBatch;

/// The form written; forms are never reused for another layout.
const FORM_POSTCARD_1: u8 = 1;

/// A batch cannot be read back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// Written in a form this program does not know.
    #[error(
        "report log position {position} is in form {form}, only form 1 is known: start the newer program that wrote it"
    )]
    Form {
        /// Where.
        position: u64,
        /// The form found; 0 when the batch is empty.
        form: u8,
    },
    /// The bytes are not what was written.
    #[error("report log position {position} is damaged: restore the database from a backup")]
    Damaged {
        /// Where.
        position: u64,
        /// What the decoder met.
        #[source]
        source: postcard::Error,
    },
    /// The reports cannot be encoded.
    #[error("reports cannot be encoded")]
    Encode {
        /// What the encoder met.
        #[source]
        source: postcard::Error,
    },
}

/// Encodes reports.
pub fn encode(reports: &[&Report]) -> Result<Vec<u8>, BatchError> {
    let bytes = postcard::to_stdvec(reports).map_err(|source| BatchError::Encode { source })?;
    let mut whole = Vec::with_capacity(bytes.len() + 1);
    whole.push(FORM_POSTCARD_1);
    whole.extend_from_slice(&bytes);
    Ok(whole)
}

/// Decodes a stored batch.
pub fn decode(batch: &LoggedBatch) -> Result<Vec<Report>, BatchError> {
    let position = batch.position;
    match batch.bytes.split_first() {
        Some((&FORM_POSTCARD_1, bytes)) => {
            postcard::from_bytes(bytes).map_err(|source| BatchError::Damaged { position, source })
        }
        Some((&form, _)) => Err(BatchError::Form { position, form }),
        None => Err(BatchError::Form { position, form: 0 }),
    }
}
