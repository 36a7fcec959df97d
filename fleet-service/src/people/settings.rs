//! How people sign in, as far as a city may choose: the section `[people]` of the file given with `--settings`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::store::Role;

/// Longest session that can be set, hours.
const SESSION_HOURS_MAX: u32 = 7 * 24;

/// What can be set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PeopleSettings {
    /// Where people open the service, as `https://muck.example.gov`: how links are written.
    pub address: Option<String>,
    /// Whether a proxy with TLS stands before the service: cookies are then sent over TLS alone, and the last address of
    /// `X-Forwarded-For` is the asker's.
    pub behind_tls: bool,
    /// A session ends after so long without a request, minutes.
    pub session_idle_minutes: u32,
    /// A session ends after so long, however busy it is, hours.
    pub session_hours: u32,
    /// Who cannot go on without a second factor.
    pub second_factor_roles: Vec<Role>,
    /// The city's single sign-on.
    pub single_sign_on: Option<SingleSignOnSettings>,
}

/// An OpenID Connect provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SingleSignOnSettings {
    /// What the button says.
    pub name: String,
    /// The provider's issuer address, as `https://sso.example.gov`; plain http on this machine alone.
    pub issuer: String,
    /// What the provider knows this service by.
    pub client_id: String,
    /// File whose first line is the client's secret; without it, a public client.
    pub client_secret_file: Option<PathBuf>,
    /// PEM file of the authorities the provider's certificate comes from; without it, those the system trusts.
    pub ca_file: Option<PathBuf>,
    /// Claim of the identity that tells the account.
    #[serde(default = "subject_claim")]
    pub claim: String,
    /// Which roles may come this way.
    pub roles: Vec<Role>,
}

fn subject_claim() -> String {
    "sub".to_owned()
}

impl Default for PeopleSettings {
    fn default() -> Self {
        Self {
            address: None,
            behind_tls: false,
            session_idle_minutes: 4 * 60,
            session_hours: 12,
            second_factor_roles: Vec::new(),
            single_sign_on: None,
        }
    }
}

impl PeopleSettings {
    /// What is wrong with it.
    pub fn problem(&self) -> Option<String> {
        if !(5..=24 * 60).contains(&self.session_idle_minutes) {
            return Some("people.session_idle_minutes: 5 to 1440 are taken".to_owned());
        }
        if !(1..=SESSION_HOURS_MAX).contains(&self.session_hours) {
            return Some(format!("people.session_hours: 1 to {SESSION_HOURS_MAX} are taken"));
        }
        if let Some(address) = &self.address {
            let host = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
            if !host.is_some_and(|host| !host.is_empty() && !host.contains(['/', ' ', '?', '#'])) {
                return Some("people.address: https://HOST is expected, without a path".to_owned());
            }
        }
        let sign_on = self.single_sign_on.as_ref()?;
        if self.address.is_none() {
            return Some(
                "people.address is missing: the single sign-on must know where to send people back"
                    .to_owned(),
            );
        }
        sign_on.problem()
    }
}

impl SingleSignOnSettings {
    fn problem(&self) -> Option<String> {
        let Some((scheme, rest)) = self.issuer.split_once("://") else {
            return Some("people.single_sign_on.issuer: https://… is expected".to_owned());
        };
        let host = rest.split('/').next().unwrap_or_default();
        let host = host.rsplit_once(':').map_or(host, |(host, _port)| host);
        let is_this_machine = matches!(host, "127.0.0.1" | "localhost" | "[::1]");
        if scheme != "https" && !(scheme == "http" && is_this_machine) {
            return Some(
                "people.single_sign_on.issuer: https is needed, but on this machine itself".to_owned(),
            );
        }
        for (member, text) in [("name", &self.name), ("client_id", &self.client_id), ("claim", &self.claim)] {
            if text.trim().is_empty() {
                return Some(format!("people.single_sign_on.{member} is empty"));
            }
        }
        if self.roles.is_empty() {
            return Some("people.single_sign_on.roles: name at least one role".to_owned());
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let settings: PeopleSettings = toml::from_str(text).unwrap();
        match (settings.problem(), expected) {
            (None, None) => {}
            (Some(problem), Some(wanted)) => assert!(problem.contains(wanted), "{text}: {problem}"),
            (problem, expected) => panic!("{text}: {problem:?}, not {expected:?}"),
        }
    }

    #[test]
    fn what_cannot_be_is_told() {
        check("", None);
        check("session_idle_minutes = 0", Some("5 to 1440"));
        check("session_hours = 1000", Some("session_hours"));
        check("address = \"muck.example\"", Some("people.address"));
        let sign_on = |issuer: &str| {
            format!(
                "address = \"https://muck.example\"\nsecond_factor_roles = [\"admin\"]\n[single_sign_on]\nname = \"n\"\n\
                 issuer = \"{issuer}\"\nclient_id = \"c\"\nroles = [\"enforcer\"]\n"
            )
        };
        check(&sign_on("https://sso.example"), None);
        check(&sign_on("http://127.0.0.1:4000"), None);
        check(&sign_on("http://sso.example"), Some("https is needed"));
        check(&sign_on("http://127.0.0.1.evil.example"), Some("https is needed"));
        check(&sign_on("https://sso.example").replace("address", "#"), Some("people.address is missing"));
        check(&sign_on("https://sso.example").replace("[\"enforcer\"]", "[]"), Some("at least one role"));
    }
}
