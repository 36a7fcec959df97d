//! Tokens of programs: given out for a while and for a purpose, shown once, taken back at any time.

use domain::Timestamp;
use scoring::Label;
use sha2::{Digest as _, Sha256};

use super::scope::{Scope, Scopes};
use super::{People, PeopleError, note};
use crate::officers::new_token;
use crate::store::{Account, ApiToken, NewApiToken};

/// Longest time a token holds, days.
pub const DAYS_MAX: u32 = 366;
/// Most tokens of one account that hold at once.
pub const TOKENS_MAX: usize = 20;

const DAY_S: i64 = 24 * 3600;

/// A token asked for.
#[derive(Debug, Clone)]
pub struct TokenOrder {
    /// What for.
    pub name: String,
    /// What it may be used for.
    pub scopes: Scopes,
    /// How long it holds.
    pub days: u32,
}

impl People {
    /// Gives out a token of an account and returns it, once, with its number.
    pub async fn give_token(
        &self,
        owner: &Account,
        order: &TokenOrder,
        by: &str,
        now: Timestamp,
    ) -> Result<(String, u64), PeopleError> {
        let name = order.name.trim();
        name.parse::<Label>().map_err(|_refused| PeopleError::Name)?;
        if order.scopes.is_empty() || order.scopes.has(Scope::Account) {
            return Err(PeopleError::Scopes);
        }
        if !(1..=DAYS_MAX).contains(&order.days) {
            return Err(PeopleError::Days);
        }
        if owner.disabled.is_some() {
            return Err(PeopleError::Disabled);
        }
        if self.tokens_of(owner.id).await?.iter().filter(|token| token.holds(now)).count() >= TOKENS_MAX {
            return Err(PeopleError::Tokens);
        }
        let token = new_token().map_err(PeopleError::Random)?;
        let new = NewApiToken {
            account: owner.id,
            name: name.to_owned(),
            scopes: order.scopes,
            token_hash: Sha256::digest(token.as_bytes()).into(),
            made_by: by.to_owned(),
            expires: Some(now.plus_seconds(i64::from(order.days) * DAY_S)),
        };
        let mut change = self.store.change().await?;
        let id = change.add_api_token(&new, now).await?;
        let detail = format!("{id} {name:?}: {} for {} days", order.scopes, order.days);
        change.add_audit(note(now, by, "give token", &owner.officer.name, detail)).await?;
        change.commit().await?;
        Ok((token, id))
    }

    /// Takes a token of an account back; sessions it was exchanged for end.
    pub async fn take_token_back(
        &self,
        owner: &Account,
        id: u64,
        by: &str,
        now: Timestamp,
    ) -> Result<(), PeopleError> {
        let mut change = self.store.change().await?;
        if !change.revoke_api_token(owner.id, id, now).await? {
            return Err(PeopleError::NotFound { what: "token", what_zh: "令牌" });
        }
        change.add_audit(note(now, by, "take token back", &owner.officer.name, id.to_string())).await?;
        change.commit().await?;
        Ok(())
    }

    /// Every token of an account, the newest first.
    pub async fn tokens_of(&self, account: u64) -> Result<Vec<ApiToken>, PeopleError> {
        Ok(self.store.api_tokens_of(account).await?)
    }
}
