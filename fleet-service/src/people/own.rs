//! What people do with their own account: password, second factor, sessions.

use domain::Timestamp;

use super::identity::Identity;
use super::sign_in::take_code;
use super::{Caller, People, PeopleError, note, password, qr, totp};
use crate::store::StoredSession;

/// A second factor to be set up.
#[derive(Clone)]
pub struct FactorShown {
    /// The secret, for typing.
    pub secret: String,
    /// What the picture says.
    pub address: String,
    /// The picture, as SVG.
    pub svg: String,
}

impl People {
    /// Sets another password. Every other session ends.
    pub async fn change_password(
        &self,
        who: &Identity,
        present: &str,
        new: &str,
        from: &Caller,
        now: Timestamp,
    ) -> Result<(), PeopleError> {
        self.may_try(Some(who.name()), from, now)?;
        let kept = who.account.password.as_deref();
        if kept.is_some() && !self.hasher.matches(present, kept).await? {
            self.refuse(who.name(), "change of password", from, now).await?;
            return Err(PeopleError::Present);
        }
        password::check(new, who.name())?;
        let hash = self.hasher.hash(new).await?;
        let mut change = self.store.change().await?;
        change.set_password(who.account.id, Some(&hash), now).await?;
        let ended = change.end_sessions(who.account.id, who.session()).await?;
        let detail = format!("{ended} other sessions ended");
        change.add_audit(note(now, who.name(), "change password", who.name(), detail)).await?;
        change.commit().await?;
        self.attempts().passed(who.name());
        Ok(())
    }

    /// Makes a second factor's secret and shows it; it is not on before [`People::prove_factor`].
    pub async fn show_factor(&self, who: &Identity) -> Result<FactorShown, PeopleError> {
        let mut secret = [0; totp::SECRET_BYTES];
        getrandom::fill(&mut secret).map_err(PeopleError::Random)?;
        let address = totp::address(&secret, who.name());
        let svg = qr::svg(&address).map_err(|_too_long| PeopleError::Name)?;
        let mut change = self.store.change().await?;
        change.set_waiting_totp(who.account.id, &secret).await?;
        change.commit().await?;
        Ok(FactorShown { secret: totp::base32(&secret), address, svg })
    }

    /// Turns the second factor on, if the code is the shown secret's, and returns recovery codes, once.
    pub async fn prove_factor(
        &self,
        who: &Identity,
        code: &str,
        now: Timestamp,
    ) -> Result<Vec<String>, PeopleError> {
        let waiting = who.account.totp_waiting.as_deref().ok_or(PeopleError::NoFactor)?;
        let step = totp::step_of(waiting, code, now).ok_or(PeopleError::Code)?;
        let codes = totp::recovery_codes().map_err(PeopleError::Random)?;
        let hashes: Vec<[u8; 32]> = codes.iter().filter_map(|code| totp::recovery_hash(code)).collect();
        let mut change = self.store.change().await?;
        change.set_totp(who.account.id, true, step).await?;
        change.add_recovery_codes(who.account.id, &hashes).await?;
        change.add_audit(note(now, who.name(), "turn on second factor", who.name(), "")).await?;
        change.commit().await?;
        Ok(codes)
    }

    /// Turns the second factor off; its own code, or a recovery code, is needed.
    pub async fn drop_factor(
        &self,
        who: &Identity,
        code: &str,
        from: &Caller,
        now: Timestamp,
    ) -> Result<(), PeopleError> {
        if who.account.totp_secret.is_none() {
            return Err(PeopleError::NoFactor);
        }
        self.may_try(Some(who.name()), from, now)?;
        let mut change = self.store.change().await?;
        if !take_code(&mut change, &who.account, code, now).await? {
            drop(change);
            self.refuse(who.name(), "second factor", from, now).await?;
            return Err(PeopleError::Code);
        }
        change.set_totp(who.account.id, false, totp::step(now)).await?;
        change.add_audit(note(now, who.name(), "turn off second factor", who.name(), "")).await?;
        change.commit().await?;
        self.attempts().passed(who.name());
        Ok(())
    }

    /// Recovery codes someone has left.
    pub async fn recovery_left(&self, who: &Identity) -> Result<u64, PeopleError> {
        Ok(self.store.recovery_codes_left(who.account.id).await?)
    }

    /// A person's sessions, the last seen first.
    pub async fn sessions_of(&self, account: u64, now: Timestamp) -> Result<Vec<StoredSession>, PeopleError> {
        let idle_ms = i64::from(self.settings.session_idle_minutes) * 60_000;
        let mut sessions = self.store.sessions_of(account, now).await?;
        sessions.retain(|session| now.millis_since(session.seen) < idle_ms);
        Ok(sessions)
    }

    /// Ends one session of a person.
    pub async fn end_session(
        &self,
        account: u64,
        name: &str,
        session: u64,
        by: &str,
        now: Timestamp,
    ) -> Result<(), PeopleError> {
        let mut change = self.store.change().await?;
        if !change.end_session(account, session).await? {
            return Err(PeopleError::NotFound { what: "session", what_zh: "登录会话" });
        }
        change.add_audit(note(now, by, "end session", name, session.to_string())).await?;
        change.commit().await?;
        Ok(())
    }

    /// Ends every session of a person but one, and returns how many those were.
    pub async fn end_sessions(
        &self,
        account: u64,
        name: &str,
        but: Option<u64>,
        by: &str,
        now: Timestamp,
    ) -> Result<u64, PeopleError> {
        let mut change = self.store.change().await?;
        let ended = change.end_sessions(account, but).await?;
        change.add_audit(note(now, by, "end sessions", name, ended.to_string())).await?;
        change.commit().await?;
        Ok(ended)
    }
}
