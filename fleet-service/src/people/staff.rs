//! What administrators do with people: add, change, disable, reset, link. No act leaves the system without an
//! administrator.

use domain::Timestamp;
use scoring::Label;

use super::invitation::invite;
use super::{People, PeopleError, note};
use crate::store::{Account, Change, Officer, Role};

/// A person with a link that still waits to be used.
#[derive(Clone)]
pub struct Listed {
    /// The person.
    pub account: Account,
    /// When their link ends, while one waits.
    pub invited_until: Option<Timestamp>,
}

const NO_PERSON: PeopleError = PeopleError::NotFound { what: "person", what_zh: "人员" };

impl People {
    /// Everyone, in order of name.
    pub async fn everyone(&self, now: Timestamp) -> Result<Vec<Listed>, PeopleError> {
        let waiting = self.store.waiting_invitations(now).await?;
        let until = |id| waiting.iter().find(|(account, _)| *account == id).map(|(_, until)| *until);
        let accounts = self.store.accounts().await?;
        let listed = |account: Account| Listed { invited_until: until(account.id), account };
        Ok(accounts.into_iter().map(listed).collect())
    }

    /// One person.
    pub async fn person(&self, id: u64) -> Result<Account, PeopleError> {
        self.store.account(id).await?.ok_or(NO_PERSON)
    }

    /// Adds a person and returns the secret of the link that lets them set a password.
    pub async fn add(
        &self,
        officer: &Officer,
        by: &str,
        now: Timestamp,
    ) -> Result<(Account, String), PeopleError> {
        fits(officer)?;
        let mut change = self.store.change().await?;
        let id = change.add_account(officer, now).await?;
        let link = invite(&mut change, Some(id), by, now).await?;
        let detail = format!("{} of {}", officer.role.word(), officer.authority.word());
        change.add_audit(note(now, by, "add officer", &officer.name, detail)).await?;
        let account = change.account(id).await?.ok_or(NO_PERSON)?;
        change.commit().await?;
        Ok((account, link))
    }

    /// Changes what a person may do; the name stays, it stands in the ledger.
    pub async fn change_role(
        &self,
        id: u64,
        to: Officer,
        by: &str,
        now: Timestamp,
    ) -> Result<(), PeopleError> {
        let mut change = self.store.change().await?;
        let account = change.account(id).await?.ok_or(NO_PERSON)?;
        let to = Officer { name: account.officer.name.clone(), ..to };
        fits(&to)?;
        if to.role != Role::Admin {
            keep_an_admin(&mut change, &account).await?;
        }
        change.set_role(id, &to).await?;
        let detail = format!(
            "{} of {}, was {} of {}",
            to.role.word(),
            to.authority.word(),
            account.officer.role.word(),
            account.officer.authority.word()
        );
        change.add_audit(note(now, by, "change role", &to.name, detail)).await?;
        change.commit().await?;
        Ok(())
    }

    /// Disables a person: sessions, tokens and links end.
    pub async fn disable(&self, id: u64, by: &str, now: Timestamp) -> Result<(), PeopleError> {
        let mut change = self.store.change().await?;
        let account = change.account(id).await?.ok_or(NO_PERSON)?;
        keep_an_admin(&mut change, &account).await?;
        change.set_disabled(id, Some(now)).await?;
        let sessions = change.end_sessions(id, None).await?;
        let tokens = change.revoke_api_tokens(id, now).await?;
        change.take_back_invitations(id, now).await?;
        let detail = format!("{sessions} sessions and {tokens} tokens ended");
        change.add_audit(note(now, by, "disable", &account.officer.name, detail)).await?;
        change.commit().await?;
        Ok(())
    }

    /// Enables a person again. Their password holds; tokens taken back stay so.
    pub async fn enable(&self, id: u64, by: &str, now: Timestamp) -> Result<(), PeopleError> {
        let mut change = self.store.change().await?;
        let account = change.account(id).await?.ok_or(NO_PERSON)?;
        change.set_disabled(id, None).await?;
        change.add_audit(note(now, by, "enable", &account.officer.name, "")).await?;
        change.commit().await?;
        Ok(())
    }

    /// Takes a person's password away, and the second factor where asked, ends their sessions and returns the secret of a
    /// link that lets them set another.
    pub async fn reset(
        &self,
        id: u64,
        second_factor_too: bool,
        by: &str,
        now: Timestamp,
    ) -> Result<String, PeopleError> {
        let mut change = self.store.change().await?;
        let account = change.account(id).await?.ok_or(NO_PERSON)?;
        if account.disabled.is_some() {
            return Err(PeopleError::Disabled);
        }
        change.set_password(id, None, now).await?;
        if second_factor_too {
            change.set_totp(id, false, account.totp_step).await?;
        }
        change.end_sessions(id, None).await?;
        let link = invite(&mut change, Some(id), by, now).await?;
        let detail = if second_factor_too { "password and second factor" } else { "password" };
        change.add_audit(note(now, by, "reset", &account.officer.name, detail)).await?;
        change.commit().await?;
        self.attempts().passed(&account.officer.name);
        Ok(link)
    }

    /// Links a person to someone at the single sign-on, or unlinks them.
    pub async fn link(
        &self,
        id: u64,
        subject: Option<&str>,
        by: &str,
        now: Timestamp,
    ) -> Result<(), PeopleError> {
        let subject = subject.map(str::trim).filter(|subject| !subject.is_empty());
        let mut change = self.store.change().await?;
        let account = change.account(id).await?.ok_or(NO_PERSON)?;
        change.set_sso_subject(id, subject).await?;
        let detail = subject.unwrap_or("unlinked");
        change.add_audit(note(now, by, "link single sign-on", &account.officer.name, detail)).await?;
        change.commit().await?;
        Ok(())
    }
}

fn fits(officer: &Officer) -> Result<(), PeopleError> {
    officer.name.parse::<Label>().map_err(|_refused| PeopleError::Name)?;
    if officer.company.is_some() == (officer.role == Role::Carrier) {
        Ok(())
    } else {
        Err(PeopleError::Company)
    }
}

/// Refuses an act that takes the last administrator away.
async fn keep_an_admin(change: &mut Change, account: &Account) -> Result<(), PeopleError> {
    let acts = account.officer.role == Role::Admin && account.disabled.is_none();
    if acts && change.acting_admins().await? <= 1 { Err(PeopleError::LastAdmin) } else { Ok(()) }
}
