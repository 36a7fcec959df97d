//! Uploads under way: kept in memory from the file until it is committed, bounded in number, size and time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{Datum, Timestamp};
use serde_json::{Value, json};

use super::act::{Noted, moment};
use super::{DeskError, Done, RegisterDesk, Terms};
use crate::officers;
use crate::registry::intake::{self, Candidate, FileForm, Plan, TextEncoding};
use crate::registry::{Register, RegistryError};

/// Largest upload, in bytes.
pub const UPLOAD_BYTES_MAX: usize = 16 << 20;
/// Most uploads kept; the oldest gives way.
pub const UPLOADS_MAX: usize = 16;
/// How long an upload is kept, in seconds.
pub const UPLOAD_KEPT_S: i64 = 3_600;

/// How an upload is read.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// How its text is written.
    pub encoding: TextEncoding,
    /// The datum of its coordinates; must be said where there are any.
    pub datum: Option<Datum>,
    /// For each member the heading it stands under, of a table.
    pub columns: BTreeMap<String, String>,
    /// From when it is in force; now when absent.
    pub from: Option<Timestamp>,
}

/// An upload.
#[derive(Debug, Clone)]
pub struct Upload {
    /// The register it is for.
    pub register: Register,
    /// The file's name, for the audit trail.
    pub name: String,
    bytes: Arc<[u8]>,
    by: String,
    at: Timestamp,
    checked: Option<Settings>,
}

/// Uploads under way. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Uploads(Arc<Mutex<BTreeMap<String, Upload>>>);

/// Why an upload cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UploadError {
    /// It is not there any more.
    #[error(
        "there is no such upload: it was dropped after an hour, or belongs to someone else; upload the file again"
    )]
    Gone,
    /// It was not checked.
    #[error("the upload was not checked yet: check it before it is committed")]
    Unchecked,
    /// Its text is not written so.
    #[error("the file is not written in this encoding: choose the other one, UTF-8 or GB18030")]
    Encoding,
    /// No datum.
    #[error(
        "the datum is missing: say which one the coordinates are in, WGS84, GCJ02 (AMap, Tencent), BD09 (Baidu) or CGCS2000 (Tianditu)"
    )]
    Datum,
    /// Some rows are refused.
    #[error("{refused} rows are refused: mend them and upload again, or leave them out with skip_refused")]
    Refused {
        /// How many.
        refused: usize,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers for a token")]
    Random(#[source] getrandom::Error),
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] RegistryError),
    /// The task that read it ended.
    #[error("reading the upload ended early")]
    Background(#[source] tokio::task::JoinError),
    /// The registers do not take it.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

/// What was committed.
#[derive(Debug, Clone, PartialEq)]
pub struct Committed {
    /// As JSON, the same however often it is asked for.
    pub answer: Value,
}

impl Uploads {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Upload>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a file and gives its token.
    ///
    /// # Errors
    /// No random numbers.
    pub fn keep(
        &self,
        register: Register,
        name: &str,
        bytes: &[u8],
        by: &str,
        now: Timestamp,
    ) -> Result<String, UploadError> {
        let token = officers::new_token().map_err(UploadError::Random)?;
        let mut kept = self.lock();
        kept.retain(|_, upload| upload.at.plus_seconds(UPLOAD_KEPT_S) > now);
        while kept.len() >= UPLOADS_MAX {
            let oldest = kept.iter().min_by_key(|(_, upload)| upload.at).map(|(token, _)| token.clone());
            match oldest {
                Some(oldest) => drop(kept.remove(&oldest)),
                None => break,
            }
        }
        let name = name.chars().take(200).collect();
        let upload =
            Upload { register, name, bytes: bytes.into(), by: by.to_owned(), at: now, checked: None };
        kept.insert(token.clone(), upload);
        Ok(token)
    }

    /// The upload of a token, for the one who made it.
    fn of(&self, token: &str, by: &str) -> Result<Upload, UploadError> {
        self.lock().get(token).filter(|upload| upload.by == by).cloned().ok_or(UploadError::Gone)
    }
}

fn read(upload: &Upload, settings: &Settings) -> Result<(Vec<Candidate>, Datum), UploadError> {
    let text = settings.encoding.decode(&upload.bytes).ok_or(UploadError::Encoding)?;
    let datum = match settings.datum {
        Some(datum) => datum,
        None if upload.register.has_geometry() => return Err(UploadError::Datum),
        None => Datum::Wgs84,
    };
    let form = FileForm::of(&text, upload.register);
    Ok((intake::candidates(upload.register, form, &text, &settings.columns)?, datum))
}

impl RegisterDesk {
    /// Tries an upload and remembers how it is to be read.
    ///
    /// # Errors
    /// See [`UploadError`].
    pub async fn check_upload(
        &self,
        token: &str,
        settings: Settings,
        terms: &Terms,
    ) -> Result<Plan, UploadError> {
        let upload = self.uploads.of(token, &terms.by)?;
        let plan = self.plan_upload(upload, settings.clone(), terms).await?;
        if let Some(kept) = self.uploads.lock().get_mut(token) {
            kept.checked = Some(settings);
        }
        Ok(plan)
    }

    async fn plan_upload(
        &self,
        upload: Upload,
        settings: Settings,
        terms: &Terms,
    ) -> Result<Plan, UploadError> {
        let from = moment(&Terms { from: settings.from, ..terms.clone() })?;
        let registers = self.book().await.map_err(DeskError::from)?.registers();
        let work = move || -> Result<Plan, UploadError> {
            let (candidates, datum) = read(&upload, &settings)?;
            Ok(intake::plan(registers.at(from), upload.register, candidates, datum))
        };
        tokio::task::spawn_blocking(work).await.map_err(UploadError::Background)?
    }

    /// Commits an upload as it was checked. Asked again, it answers the same and changes nothing.
    ///
    /// # Errors
    /// See [`UploadError`]; nothing is stored then.
    pub async fn commit_upload(
        &self,
        token: &str,
        skip_refused: bool,
        terms: &Terms,
    ) -> Result<Committed, UploadError> {
        if let Some(answer) = self.store.register_import(token).await.map_err(DeskError::from)? {
            let answer = serde_json::from_str(&answer).unwrap_or(Value::Null);
            return Ok(Committed { answer });
        }
        let upload = self.uploads.of(token, &terms.by)?;
        let settings = upload.checked.clone().ok_or(UploadError::Unchecked)?;
        let terms = Terms { from: settings.from, ..terms.clone() };
        let plan = self.plan_upload(upload.clone(), settings, &terms).await?;
        let refused = plan.count("refused");
        if refused > 0 && !skip_refused {
            return Err(UploadError::Refused { refused });
        }
        let from = moment(&terms)?;
        let answer = json!({
            "register": upload.register.word(),
            "file": upload.name,
            "in_force": from.to_string(),
            "new": plan.count("new"),
            "changed": plan.count("changed"),
            "same": plan.count("same"),
            "refused": refused,
        });
        let mut book = self.book.lock().await;
        book.refresh(&self.store).await.map_err(DeskError::from)?;
        // Two requests at once: the second finds what the first committed.
        if let Some(answer) = self.store.register_import(token).await.map_err(DeskError::from)? {
            return Ok(Committed { answer: serde_json::from_str(&answer).unwrap_or(Value::Null) });
        }
        let terms =
            if terms.reason.is_empty() { Terms { reason: upload.name.clone(), ..terms } } else { terms };
        let text = answer.to_string();
        let noted = Noted { what: "import records", upload: Some((token, &text)) };
        let _done: Done = self.store_changes(&mut book, from, &plan.changes, &terms, &noted).await?;
        Ok(Committed { answer })
    }
}
