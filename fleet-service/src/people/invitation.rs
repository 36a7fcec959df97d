//! Links that let someone set a password, once: the first administrator's, a new person's, and after a reset.

use domain::Timestamp;
use domain::rule::Authority;
use scoring::Label;
use sha2::{Digest as _, Sha256};

use super::sign_in::Opened;
use super::{Caller, People, PeopleError, note, password};
use crate::officers::{new_token, token_hash};
use crate::store::{Account, Change, Invitation, NewInvitation, Officer, Role, Store};

/// How long a person's link holds, hours.
pub const LINK_HOURS: i64 = 72;
/// How long the first administrator's link holds, hours. A restart prints another.
pub const FIRST_LINK_HOURS: i64 = 24;
/// Name written beside what the first link does before there is anyone.
const FIRST: &str = "first start";

/// What a link is for.
#[derive(Clone)]
pub struct Invited {
    /// Whose; `None`: the first administrator, who chooses a name.
    pub account: Option<Account>,
    /// From when it is refused.
    pub expires: Timestamp,
}

/// What someone with a link sets.
#[derive(Clone)]
pub struct Acceptance {
    /// The link's secret.
    pub token: String,
    /// The first administrator's name.
    pub name: Option<String>,
    /// The password to set.
    pub password: String,
}

/// Makes a link inside a change and returns its secret. Earlier ones of the same person end.
pub(crate) async fn invite(
    change: &mut Change,
    account: Option<u64>,
    by: &str,
    now: Timestamp,
) -> Result<String, PeopleError> {
    let token = new_token().map_err(PeopleError::Random)?;
    let hours = if account.is_some() { LINK_HOURS } else { FIRST_LINK_HOURS };
    let new = NewInvitation {
        account,
        token_hash: Sha256::digest(token.as_bytes()).into(),
        made_by: by.to_owned(),
        expires: now.plus_seconds(hours * 3600),
    };
    change.add_invitation(&new, now).await?;
    Ok(token)
}

/// The address a link is opened at.
pub fn address(base: &str, token: &str) -> String {
    // After the #: it stays in the browser and is in no log of a server or proxy.
    format!("{}/app/sign-in#invitation={token}", base.trim_end_matches('/'))
}

/// The first administrator's link, when nobody is known yet.
pub async fn first_link(store: &Store, now: Timestamp) -> Result<Option<String>, PeopleError> {
    if store.officer_count().await? > 0 {
        return Ok(None);
    }
    let mut change = store.change().await?;
    let token = invite(&mut change, None, FIRST, now).await?;
    change.add_audit(note(now, FIRST, "invite", "first administrator", "")).await?;
    change.commit().await?;
    Ok(Some(token))
}

impl People {
    /// What a link is for, while it holds.
    pub async fn invited(&self, token: &str, from: &Caller, now: Timestamp) -> Result<Invited, PeopleError> {
        self.may_try(None, from, now)?;
        let (invitation, account) = self.holding_link(token, now).await?;
        Ok(Invited { account, expires: invitation.expires })
    }

    /// Sets the password of a link's person. Their other sessions end. A session is opened, unless a second factor is on:
    /// then they sign in with it.
    pub async fn accept(
        &self,
        with: &Acceptance,
        from: &Caller,
        now: Timestamp,
    ) -> Result<Option<Opened>, PeopleError> {
        self.may_try(None, from, now)?;
        let (invitation, account) = self.holding_link(&with.token, now).await?;
        let name = account.as_ref().map_or(with.name.as_deref(), |account| Some(&account.officer.name));
        let name = name.unwrap_or_default().trim().to_owned();
        name.parse::<Label>().map_err(|_refused| PeopleError::Name)?;
        password::check(&with.password, &name)?;
        let hash = self.hasher.hash(&with.password).await?;
        let mut change = self.store.change().await?;
        if !change.use_invitation(invitation.id, now).await? {
            return Err(PeopleError::Invitation);
        }
        let account = match account {
            Some(account) => account,
            None => first_administrator(&mut change, name, now).await?,
        };
        change.set_password(account.id, Some(&hash), now).await?;
        change.end_sessions(account.id, None).await?;
        let name = &account.officer.name;
        change
            .add_audit(note(now, name, "accept invitation", name, format!("from {}", from.address)))
            .await?;
        let opened = if account.totp_secret.is_some() {
            None
        } else {
            Some(self.open(&mut change, account.clone(), "invitation", None, from, now).await?)
        };
        change.commit().await?;
        self.attempts().passed(name);
        Ok(opened)
    }

    async fn holding_link(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<(Invitation, Option<Account>), PeopleError> {
        let hash = token_hash(token.trim()).ok_or(PeopleError::Invitation)?;
        let invitation = self.store.invitation(&hash).await?.ok_or(PeopleError::Invitation)?;
        if invitation.used.is_some() || invitation.expires <= now {
            return Err(PeopleError::Invitation);
        }
        let account = match invitation.account {
            None => None,
            Some(id) => {
                let account = self.store.account(id).await?.filter(|account| account.disabled.is_none());
                Some(account.ok_or(PeopleError::Invitation)?)
            }
        };
        Ok((invitation, account))
    }
}

async fn first_administrator(
    change: &mut Change,
    name: String,
    now: Timestamp,
) -> Result<Account, PeopleError> {
    // The link was made for an empty system; by now someone may have come in at the command line.
    if change.acting_admins().await? > 0 {
        return Err(PeopleError::Invitation);
    }
    let officer = Officer { name, authority: Authority::CityManagement, role: Role::Admin, company: None };
    let id = change.add_account(&officer, now).await?;
    change.add_audit(note(now, FIRST, "add officer", &officer.name, "first administrator")).await?;
    change.account(id).await?.ok_or(PeopleError::NotFound { what: "person", what_zh: "人员" })
}
