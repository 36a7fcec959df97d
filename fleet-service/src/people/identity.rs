//! Who a request comes from: the session of a cookie, or a program's token.

use domain::Timestamp;

use super::scope::Scopes;
use super::{People, PeopleError};
use crate::officers::token_hash;
use crate::store::{Account, ApiToken, Role, StoreError, StoredSession};

/// Uses are noted so often at most, ms: a write each would be one too many.
const SEEN_EVERY_MS: i64 = 60_000;

/// Who asks.
#[derive(Clone)]
pub struct Identity {
    /// The account.
    pub account: Account,
    /// By what.
    pub by: By,
    /// What it may be used for, below what the role may do.
    pub scopes: Scopes,
    /// Whether a second factor has to be set up before anything else.
    pub must_enrol: bool,
}

/// By what someone is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A session, by number.
    Session(u64),
    /// A token, by number.
    Token(u64),
}

impl Identity {
    /// The number of the session, when it is one.
    pub fn session(&self) -> Option<u64> {
        match self.by {
            By::Session(id) => Some(id),
            By::Token(_) => None,
        }
    }

    /// The name shown with what they do.
    pub fn name(&self) -> &str {
        &self.account.officer.name
    }
}

impl People {
    /// Whom the cookie of a session belongs to.
    pub async fn of_cookie(&self, secret: &str, now: Timestamp) -> Result<Option<Identity>, PeopleError> {
        let Some(hash) = token_hash(secret) else { return Ok(None) };
        let Some(session) = self.store.session(&hash).await? else { return Ok(None) };
        let idle_ms = i64::from(self.settings.session_idle_minutes) * 60_000;
        if session.ends <= now || now.millis_since(session.seen) >= idle_ms {
            return Ok(None);
        }
        let Some(account) = self.acting(session.account).await? else { return Ok(None) };
        let scopes = match session.token {
            None => Scopes::all(),
            Some(token) => match self.store.api_token_numbered(token).await? {
                Some(token) if token.holds(now) => token.scopes,
                _ => return Ok(None),
            },
        };
        if now.millis_since(session.seen) >= SEEN_EVERY_MS {
            self.store.see_session(session.id, now).await?;
        }
        let must_enrol = self.must_enrol(&account, &session);
        Ok(Some(Identity { account, by: By::Session(session.id), scopes, must_enrol }))
    }

    /// Whom a program's token belongs to.
    pub async fn of_token(&self, token: &str, now: Timestamp) -> Result<Option<Identity>, PeopleError> {
        let Some((token, account)) = self.holding(token, now).await? else { return Ok(None) };
        if token.used.is_none_or(|used| now.millis_since(used) >= SEEN_EVERY_MS) {
            self.store.see_api_token(token.id, now).await?;
        }
        let (by, scopes) = (By::Token(token.id), token.scopes);
        Ok(Some(Identity { account, by, scopes, must_enrol: false }))
    }

    /// A token that holds, with the account it belongs to.
    pub(super) async fn holding(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<(ApiToken, Account)>, StoreError> {
        let Some(hash) = token_hash(token) else { return Ok(None) };
        let Some(token) = self.store.api_token(&hash).await?.filter(|token| token.holds(now)) else {
            return Ok(None);
        };
        Ok(self.acting(token.account).await?.map(|account| (token, account)))
    }

    /// Whether a role cannot go on without a second factor.
    pub fn needs_second_factor(&self, role: Role) -> bool {
        self.settings.second_factor_roles.contains(&role)
    }

    async fn acting(&self, account: u64) -> Result<Option<Account>, StoreError> {
        Ok(self.store.account(account).await?.filter(|account| account.disabled.is_none()))
    }

    /// The single sign-on has factors of its own.
    fn must_enrol(&self, account: &Account, session: &StoredSession) -> bool {
        self.needs_second_factor(account.officer.role)
            && account.totp_secret.is_none()
            && session.how != "single_sign_on"
    }
}
