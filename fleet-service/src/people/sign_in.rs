//! Signing in: what a name, a password and a code open, what a token is exchanged for; and signing out.

use domain::Timestamp;
use sha2::{Digest as _, Sha256};

use super::identity::Identity;
use super::{Caller, People, PeopleError, count, note, totp};
use crate::officers::new_token;
use crate::store::{Account, Change, NewSession};

/// Refusals a minute the audit trail takes one by one; those beyond are counted in `/metrics`.
const REFUSALS_WRITTEN_PER_MINUTE: u64 = 120;
/// Stands in the trail where no account has the name: what was typed could be a password.
const UNKNOWN: &str = "(unknown name)";

/// A session that was opened.
#[derive(Clone)]
pub struct Opened {
    /// What the cookie is to hold. Shown once.
    pub secret: String,
    /// Whose.
    pub account: Account,
}

/// What someone signs in with.
#[derive(Clone)]
pub struct Credentials {
    /// Their name.
    pub name: String,
    /// Their password.
    pub password: String,
    /// Their second factor's code, or a recovery code.
    pub code: Option<String>,
}

impl People {
    /// Signs in with a name and a password, and a code where the second factor is on.
    ///
    /// # Errors
    /// The same answer, after the same time, for a name nobody has, a wrong password and a disabled account.
    pub async fn sign_in(
        &self,
        with: &Credentials,
        from: &Caller,
        now: Timestamp,
    ) -> Result<Opened, PeopleError> {
        let name = with.name.trim();
        self.may_try(Some(name), from, now)?;
        let account = self.store.account_by_name(name).await?;
        let hash = account.as_ref().and_then(|account| account.password.as_deref());
        let right = self.hasher.matches(&with.password, hash).await?;
        let account = account.filter(|account| right && account.disabled.is_none());
        let Some(account) = account else {
            self.refuse(name, "name or password", from, now).await?;
            return Err(PeopleError::Wrong);
        };
        let mut change = self.store.change().await?;
        if account.totp_secret.is_some() {
            let Some(code) = with.code.as_deref().map(str::trim).filter(|code| !code.is_empty()) else {
                self.attempts().took_back(name, now);
                return Err(PeopleError::CodeNeeded);
            };
            if !take_code(&mut change, &account, code, now).await? {
                drop(change);
                self.refuse(name, "second factor", from, now).await?;
                return Err(PeopleError::Code);
            }
        }
        let opened = self.open(&mut change, account, "password", None, from, now).await?;
        change.commit().await?;
        self.attempts().passed(name);
        Ok(opened)
    }

    /// Opens a session for a token, with the token's scopes. It ends with the token.
    pub async fn exchange(&self, token: &str, from: &Caller, now: Timestamp) -> Result<Opened, PeopleError> {
        self.may_try(None, from, now)?;
        let Some((token, account)) = self.holding(token, now).await? else {
            self.refuse(UNKNOWN, "token", from, now).await?;
            return Err(PeopleError::Token);
        };
        if self.needs_second_factor(account.officer.role) {
            return Err(PeopleError::TokenAlone);
        }
        let mut change = self.store.change().await?;
        let opened = self.open(&mut change, account, "token", Some(token.id), from, now).await?;
        change.commit().await?;
        Ok(opened)
    }

    /// Ends the session someone asks by; a program's token has none.
    pub async fn sign_out(&self, who: &Identity, now: Timestamp) -> Result<(), PeopleError> {
        let Some(session) = who.session() else { return Ok(()) };
        let mut change = self.store.change().await?;
        change.end_session(who.account.id, session).await?;
        change.add_audit(note(now, who.name(), "sign out", who.name(), "")).await?;
        change.commit().await?;
        Ok(())
    }

    /// Whether an attempt may be made at all.
    pub(super) fn may_try(
        &self,
        name: Option<&str>,
        from: &Caller,
        now: Timestamp,
    ) -> Result<(), PeopleError> {
        let mut attempts = self.attempts();
        attempts.from_address(&from.address, now).map_err(|wait_s| {
            count(&self.counters.too_many);
            PeopleError::TooMany { wait_s }
        })?;
        let Some(name) = name else { return Ok(()) };
        attempts.begin(name, now).map_err(|wait_s| {
            count(&self.counters.locked);
            PeopleError::Locked { wait_s }
        })
    }

    /// Opens a session inside a change.
    pub(super) async fn open(
        &self,
        change: &mut Change,
        account: Account,
        how: &'static str,
        token: Option<u64>,
        from: &Caller,
        now: Timestamp,
    ) -> Result<Opened, PeopleError> {
        let secret = new_token().map_err(PeopleError::Random)?;
        let session = NewSession {
            account: account.id,
            secret_hash: Sha256::digest(secret.as_bytes()).into(),
            how,
            token,
            ends: now.plus_seconds(i64::from(self.settings.session_hours) * 3600),
            address: from.address.clone(),
            agent: from.agent.clone(),
        };
        change.add_session(&session, now).await?;
        let name = &account.officer.name;
        change.add_audit(note(now, name, "sign in", name, format!("by {how} from {}", from.address))).await?;
        self.attempts().address_passed(&from.address);
        count(&self.counters.passed);
        Ok(Opened { secret, account })
    }

    /// Writes a refusal down, and the lock it led to.
    pub(super) async fn refuse(
        &self,
        name: &str,
        why: &str,
        from: &Caller,
        now: Timestamp,
    ) -> Result<(), PeopleError> {
        count(&self.counters.refused);
        let locked_s = self.attempts().locked_s(name, now);
        if !self.attempts().may_write(REFUSALS_WRITTEN_PER_MINUTE, now) {
            count(&self.counters.unwritten);
            return Ok(());
        }
        let is_known = self.store.account_by_name(name).await?.is_some();
        let subject = if is_known { name } else { UNKNOWN };
        let mut change = self.store.change().await?;
        let detail = format!("{why}, from {}", from.address);
        change.add_audit(note(now, "nobody", "refuse sign-in", subject, detail)).await?;
        if locked_s > 0 {
            change.add_audit(note(now, "nobody", "lock out", subject, format!("for {locked_s} s"))).await?;
        }
        change.commit().await?;
        Ok(())
    }
}

/// Whether a code is the second factor's, or a recovery code; it is used up.
pub(super) async fn take_code(
    change: &mut Change,
    account: &Account,
    code: &str,
    now: Timestamp,
) -> Result<bool, PeopleError> {
    if let Some(hash) = totp::recovery_hash(code) {
        return Ok(change.take_recovery_code(account.id, &hash, now).await?);
    }
    let secret = account.totp_secret.as_deref().unwrap_or_default();
    match totp::step_of(secret, code, now) {
        Some(step) => Ok(change.take_totp_step(account.id, step).await?),
        None => Ok(false),
    }
}
