//! Whom events are pushed to: a platform by HTTPS, a folder, or a webhook for alerts.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use http::Uri;
use serde::{Deserialize, Serialize};

use crate::peer::{PeerName, PeerTextError};

/// Most targets at once, those of `--push` included.
pub const TARGETS_MAX: usize = 64;
/// Most events in one request or file.
pub const BATCH_MAX: u32 = 1_000;

/// The address of a platform: `https://…`, or `http://…` where plain HTTP may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushUrl(Uri);

/// Why a target cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// No address.
    #[error("{text:?} is not pushed to: {reason}")]
    Url {
        /// What was given.
        text: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// Plain HTTP to another machine.
    #[error(
        "{url} is not pushed to: plain HTTP goes to this machine only, a listing could be read and forged on the way; use https://, or allow it for an intranet you trust with {option}"
    )]
    Plain {
        /// The address.
        url: String,
        /// The option that allows it.
        option: &'static str,
    },
    /// No name.
    #[error(transparent)]
    Name(#[from] PeerTextError),
    /// No folder.
    #[error("{} is no folder events can be dropped in: name an existing one by its whole path", path.display())]
    Folder {
        /// The path.
        path: PathBuf,
    },
    /// Batches too large or empty.
    #[error("a batch of {given} events is not sent: choose 1 to {BATCH_MAX}")]
    Batch {
        /// What was asked for.
        given: u32,
    },
    /// A webhook without a secret: its receiver could not tell our alerts from anyone's.
    #[error("a webhook needs a secret its receiver checks: name a file that holds one with --secret-file")]
    NoSecret,
}

impl FromStr for PushUrl {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let error = |reason| TargetError::Url { text: text.chars().take(200).collect(), reason };
        let uri: Uri =
            text.parse().map_err(|_source| error("it is no address, as https://credit.example/blacklist"))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(error("only https:// and http:// are spoken"));
        }
        match uri.host() {
            None | Some("") => Err(error("it names no host")),
            Some(_) => Ok(Self(uri)),
        }
    }
}

impl PushUrl {
    /// The address.
    pub fn uri(&self) -> &Uri {
        &self.0
    }

    /// Whether plain HTTP would leave this machine.
    pub fn is_plain_and_far(&self) -> bool {
        let host = self.0.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let is_here = host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
        self.0.scheme_str() == Some("http") && !is_here
    }
}

impl std::fmt::Display for PushUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What kind of target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum TargetKind {
    /// A platform that takes every feed event over HTTP.
    Https,
    /// A folder that files of every feed event are dropped in.
    Folder,
    /// An address that is told of chosen clues and of listings, each message authenticated by a secret.
    Webhook,
}

impl TargetKind {
    /// The word stored and shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Folder => "folder",
            Self::Webhook => "webhook",
        }
    }
}

impl FromStr for TargetKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Https, Self::Folder, Self::Webhook]
            .into_iter()
            .find(|kind| kind.word() == text)
            .ok_or_else(|| format!("{text:?} is no kind of target"))
    }
}

/// How a target is served. Secrets are named by file: the database and its backups hold none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TargetOptions {
    /// Most events in one request or file; 1 sends each alone, as one JSON object.
    pub batch: u32,
    /// PEM file of the authorities its certificate may come from; without it, those the system trusts.
    pub ca_file: Option<PathBuf>,
    /// File with a token sent as `Authorization: Bearer …`.
    pub token_file: Option<PathBuf>,
    /// File with the secret requests are authenticated by.
    pub secret_file: Option<PathBuf>,
    /// Whether plain HTTP may leave this machine.
    pub plain_http: bool,
    /// Of a webhook: codes of the rules whose clues it is told of, as `UW-01`; `*` is all of them.
    pub rules: Vec<String>,
    /// Of a webhook: whether it is told of companies that come on or off the list.
    pub listings: bool,
    /// Given with `--push`: it goes when the service is started without.
    pub from_command_line: bool,
}

impl Default for TargetOptions {
    fn default() -> Self {
        Self {
            batch: 1,
            ca_file: None,
            token_file: None,
            secret_file: None,
            plain_http: false,
            rules: Vec::new(),
            listings: false,
            from_command_line: false,
        }
    }
}

/// A target, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// What people call it.
    pub name: String,
    /// What kind.
    pub kind: TargetKind,
    /// URL or path.
    pub address: String,
    /// How it is served.
    pub options: TargetOptions,
}

impl Target {
    /// Checks a target that a person adds.
    pub fn checked(
        name: &str,
        kind: TargetKind,
        address: &str,
        options: TargetOptions,
    ) -> Result<Self, TargetError> {
        let name: PeerName = name.parse()?;
        if !(1..=BATCH_MAX).contains(&options.batch) {
            return Err(TargetError::Batch { given: options.batch });
        }
        match kind {
            TargetKind::Https | TargetKind::Webhook => {
                allowed(address, options.plain_http, "--plain-http")?;
            }
            TargetKind::Folder => {
                let path = Path::new(address);
                if !path.is_absolute() || !path.is_dir() {
                    return Err(TargetError::Folder { path: path.to_owned() });
                }
            }
        }
        if kind == TargetKind::Webhook && options.secret_file.is_none() {
            return Err(TargetError::NoSecret);
        }
        Ok(Self { name: name.to_string(), kind, address: address.to_owned(), options })
    }

    /// The target of one `--push`.
    pub fn of_command_line(
        url: &PushUrl,
        ca_file: Option<&Path>,
        plain_http: bool,
    ) -> Result<Self, TargetError> {
        let address = url.to_string();
        allowed(&address, plain_http, "--push-plain-http")?;
        let options = TargetOptions {
            ca_file: ca_file.map(Path::to_owned),
            plain_http,
            from_command_line: true,
            ..TargetOptions::default()
        };
        Ok(Self { name: address.clone(), kind: TargetKind::Https, address, options })
    }

    /// Whether it is told of clues under a rule.
    pub fn hears_of(&self, rule: &str) -> bool {
        self.options.rules.iter().any(|chosen| chosen == "*" || chosen == rule)
    }
}

fn allowed(address: &str, plain_http: bool, option: &'static str) -> Result<(), TargetError> {
    let url: PushUrl = address.parse()?;
    if url.is_plain_and_far() && !plain_http {
        return Err(TargetError::Plain { url: address.to_owned(), option });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(address: &str, plain_http: bool, expected: bool) {
        let options = TargetOptions { plain_http, ..TargetOptions::default() };
        let target = Target::checked("征信平台", TargetKind::Https, address, options);
        assert_eq!(target.is_ok(), expected, "{address}: {target:?}");
    }

    #[test]
    fn plain_http_stays_on_this_machine_unless_it_is_allowed() {
        for here in
            ["http://127.0.0.1:9/x", "http://localhost/", "http://[::1]:8/", "https://credit.example/x"]
        {
            check(here, false, true);
        }
        for far in ["http://10.1.2.3/", "http://credit.example/", "http://127.0.0.1.example/"] {
            check(far, false, false);
            check(far, true, true);
        }
        for none in ["ftp://10.0.0.1/", "", "http://", "credit"] {
            check(none, true, false);
        }
    }

    #[test]
    fn what_cannot_be_served_is_refused_when_it_is_added() {
        let with = |kind, address: &str, options| Target::checked("a", kind, address, options);
        assert!(matches!(
            with(TargetKind::Folder, "relative", TargetOptions::default()),
            Err(TargetError::Folder { .. })
        ));
        assert!(matches!(
            with(TargetKind::Webhook, "https://a/", TargetOptions::default()),
            Err(TargetError::NoSecret)
        ));
        let batch = TargetOptions { batch: 0, ..TargetOptions::default() };
        assert!(matches!(with(TargetKind::Https, "https://a/", batch), Err(TargetError::Batch { given: 0 })));
    }
}
