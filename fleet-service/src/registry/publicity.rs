//! The columns and members that publicity alone asks for: persons of a company in `carriers.csv`, the decision on a permit in
//! `permits.json`. All may be missing.

use domain::publicity::{CompanyPersons, NAME_CHARS_MAX, NamedPerson, PermitPapers, RESPONSIBLE_PERSONS_MAX};
use serde_json::Value;

use super::error::{At, RegistryError};

/// A name as it may be published: not longer than [`NAME_CHARS_MAX`].
fn name(at: &At, member: &str, text: &str) -> Result<String, RegistryError> {
    let text = text.trim();
    if text.chars().count() > NAME_CHARS_MAX || text.chars().any(char::is_control) {
        let reason =
            format!("{text:?} is no name: 1 to {NAME_CHARS_MAX} characters without line breaks are taken");
        return Err(at.member(member, reason));
    }
    Ok(text.to_owned())
}

/// Persons from the cells of a row: `legal_representative`, and `responsible_persons` as `姓名:职务;姓名:职务`.
pub(super) fn persons(
    at: &At,
    representative: Option<&str>,
    responsible: Option<&str>,
) -> Result<CompanyPersons, RegistryError> {
    const COLUMN: &str = "responsible_persons";
    let named =
        responsible.unwrap_or_default().split([';', '；']).map(str::trim).filter(|one| !one.is_empty());
    let responsible = named
        .map(|one| {
            let (who, post) = one.split_once([':', '：']).unwrap_or((one, ""));
            if who.trim().is_empty() {
                return Err(at.member(COLUMN, format!("{one:?} has no name before its post")));
            }
            let post = Some(post).filter(|post| !post.trim().is_empty());
            Ok(NamedPerson {
                name: name(at, COLUMN, who)?,
                post: post.map(|post| name(at, COLUMN, post)).transpose()?,
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    if responsible.len() > RESPONSIBLE_PERSONS_MAX {
        let reason =
            format!("{} persons are named, at most {RESPONSIBLE_PERSONS_MAX} are taken", responsible.len());
        return Err(at.member(COLUMN, reason));
    }
    let representative = representative.map(|text| name(at, "legal_representative", text)).transpose()?;
    Ok(CompanyPersons { legal_representative: representative, responsible })
}

/// The papers of a permit: `decided_on`, `document_name`, `document_no`, `authority`, `authority_uscc`; none when the entry has
/// none of them.
pub(super) fn papers(at: &At, entry: &Value) -> Result<Option<PermitPapers>, RegistryError> {
    let cell = |member: &str| match entry.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
        Some(value) => Err(at.member(member, format!("{value} is not text"))),
    };
    let text = |member: &'static str| cell(member)?.map(|text| name(at, member, text)).transpose();
    let papers = PermitPapers {
        decided_on: cell("decided_on")?.map(|text| at.parse("decided_on", text)).transpose()?,
        document_name: text("document_name")?,
        document_no: text("document_no")?,
        authority: text("authority")?,
        authority_uscc: cell("authority_uscc")?.map(|text| at.parse("authority_uscc", text)).transpose()?,
    };
    Ok(Some(papers).filter(|papers| *papers != PermitPapers::default()))
}
