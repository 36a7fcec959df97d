//! Who may do what: one line a route. Requests are let in by this table, a test walks every route of the OpenAPI document as
//! every role by it, and the answers must be what it says. A route without a line fails that test.
//!
//! What the table cannot say is decided by the act itself: whose authority a rule is, which company a case belongs to.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::identity::Identity;
use super::scope::Scope;
use crate::store::Role;

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Anyone, without signing in.
    Anyone,
    /// Devices and platforms, by tokens of their own.
    Device,
    /// People of these roles.
    Only(&'static [Role]),
    /// People of these roles, and companies' people for what is their own.
    OrOwn(&'static [Role]),
}

/// What the table says to one role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Goes on.
    Allowed,
    /// Goes on, and sees the own company alone.
    OwnCompany,
    /// Is refused.
    Refused,
}

/// One route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Method.
    pub method: &'static str,
    /// Path as in the OpenAPI document.
    pub path: &'static str,
    /// What a token needs; `None`: any token does.
    pub scope: Option<Scope>,
    /// Who.
    pub who: Who,
}

/// Why someone is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Another role does that.
    Role(&'static Line),
    /// The token was not given out for it.
    Scope(Scope),
    /// The second factor has to be set up first.
    Enrol,
}

impl Line {
    /// What it says to a role.
    pub fn verdict(&self, role: Role) -> Verdict {
        match self.who {
            Who::Anyone | Who::Device => Verdict::Allowed,
            Who::Only(roles) | Who::OrOwn(roles) if roles.contains(&role) => Verdict::Allowed,
            Who::OrOwn(_) if role == Role::Carrier => Verdict::OwnCompany,
            Who::Only(_) | Who::OrOwn(_) => Verdict::Refused,
        }
    }

    /// The roles it names.
    pub fn roles(&self) -> &'static [Role] {
        match self.who {
            Who::Anyone | Who::Device => &Role::ALL,
            Who::Only(roles) | Who::OrOwn(roles) => roles,
        }
    }

    /// Whether it is about the own account: what someone may do who has yet to set up the second factor.
    fn is_own_account(&self) -> bool {
        matches!(self.scope, None | Some(Scope::Account))
    }
}

/// The line of a route.
pub fn line(method: &str, path: &str) -> Option<&'static Line> {
    static BY_ROUTE: LazyLock<HashMap<(&str, &str), &Line>> =
        LazyLock::new(|| LINES.iter().map(|line| ((line.method, line.path), line)).collect());
    let method = if method == "HEAD" { "GET" } else { method };
    BY_ROUTE.get(&(method, path)).copied()
}

/// Whether someone may use a route. One without a line is left to its handler.
pub fn gate(line: Option<&'static Line>, who: &Identity) -> Result<(), Refusal> {
    if who.must_enrol && !line.is_some_and(Line::is_own_account) {
        return Err(Refusal::Enrol);
    }
    let Some(line) = line else { return Ok(()) };
    if line.verdict(who.account.officer.role) == Verdict::Refused {
        return Err(Refusal::Role(line));
    }
    match line.scope {
        Some(scope) if !who.scopes.has(scope) => Err(Refusal::Scope(scope)),
        _ => Ok(()),
    }
}

use Role::{Admin as Adm, Auditor as Aud, Carrier, Enforcer as Enf, Police as Pol, Registrar as Reg};
use Scope::{Account, Admin, Decide, Read, Registers};
use Who::{Anyone, Device, Only, OrOwn};

const OFFICERS: &[Role] = &[Enf, Pol, Reg, Aud, Adm];
const DECIDERS: &[Role] = &[Enf, Pol];
const REGISTRARS: &[Role] = &[Reg, Adm];
const ADMINS: &[Role] = &[Adm];
const SUPERVISORS: &[Role] = &[Aud, Adm];
/// Who brings appeals and files: officers who decide, and companies for themselves.
const BRINGERS: &[Role] = &[Enf, Pol, Carrier];
const EVERYONE: &[Role] = &[Enf, Pol, Reg, Aud, Adm, Carrier];

const fn get(path: &'static str, who: Who) -> Line {
    Line { method: "GET", path, scope: Some(Read), who }
}

const fn act(method: &'static str, path: &'static str, scope: Scope, who: Who) -> Line {
    Line { method, path, scope: Some(scope), who }
}

const fn open(method: &'static str, path: &'static str, who: Who) -> Line {
    Line { method, path, scope: None, who }
}

/// The table, in order of path.
pub const LINES: &[Line] = &[
    open("GET", "/api", Anyone),
    act("GET", "/api/v1/account", Account, Only(EVERYONE)),
    act("POST", "/api/v1/account/password", Account, Only(EVERYONE)),
    act("POST", "/api/v1/account/second-factor", Account, Only(EVERYONE)),
    act("POST", "/api/v1/account/second-factor/drop", Account, Only(EVERYONE)),
    act("POST", "/api/v1/account/second-factor/prove", Account, Only(EVERYONE)),
    act("GET", "/api/v1/account/sessions", Account, Only(EVERYONE)),
    act("DELETE", "/api/v1/account/sessions", Account, Only(EVERYONE)),
    act("DELETE", "/api/v1/account/sessions/{session}", Account, Only(EVERYONE)),
    act("GET", "/api/v1/account/tokens", Account, Only(EVERYONE)),
    act("POST", "/api/v1/account/tokens", Account, Only(EVERYONE)),
    act("DELETE", "/api/v1/account/tokens/{token}", Account, Only(EVERYONE)),
    get("/api/v1/appeal-draft", Only(EVERYONE)),
    act("PUT", "/api/v1/appeal-draft", Decide, Only(BRINGERS)),
    act("DELETE", "/api/v1/appeal-draft", Decide, Only(BRINGERS)),
    get("/api/v1/appeals", OrOwn(OFFICERS)),
    act("POST", "/api/v1/appeals", Decide, OrOwn(DECIDERS)),
    get("/api/v1/appeals/{number}", OrOwn(OFFICERS)),
    act("POST", "/api/v1/appeals/{number}/ask-source", Decide, Only(DECIDERS)),
    act("POST", "/api/v1/appeals/{number}/reject", Decide, Only(DECIDERS)),
    act("POST", "/api/v1/appeals/{number}/uphold", Decide, Only(DECIDERS)),
    act("POST", "/api/v1/appeals/{number}/withdraw", Decide, OrOwn(DECIDERS)),
    get("/api/v1/areas/balance", Only(OFFICERS)),
    get("/api/v1/attachments", Only(EVERYONE)),
    act("POST", "/api/v1/attachments", Decide, Only(BRINGERS)),
    get("/api/v1/attachments/{id}", Only(EVERYONE)),
    get("/api/v1/attachments/{id}/facts", Only(EVERYONE)),
    get("/api/v1/audit", Only(SUPERVISORS)),
    get("/api/v1/audit.csv", Only(SUPERVISORS)),
    get("/api/v1/audit/check", Only(SUPERVISORS)),
    get("/api/v1/basemaps", Only(OFFICERS)),
    open("GET", "/api/v1/blacklist", Anyone),
    get("/api/v1/carriers", Only(OFFICERS)),
    get("/api/v1/carriers/{uscc}", OrOwn(OFFICERS)),
    get("/api/v1/carriers/{uscc}/contested", OrOwn(OFFICERS)),
    get("/api/v1/carriers/{uscc}/standing", OrOwn(OFFICERS)),
    get("/api/v1/carriers/{uscc}/statement", OrOwn(OFFICERS)),
    get("/api/v1/cases", OrOwn(OFFICERS)),
    act("POST", "/api/v1/cases", Decide, Only(DECIDERS)),
    act("POST", "/api/v1/cases/import", Decide, Only(DECIDERS)),
    get("/api/v1/cases/{number}", OrOwn(OFFICERS)),
    act("POST", "/api/v1/cases/{number}/answer", Decide, Only(DECIDERS)),
    act("POST", "/api/v1/cases/{number}/decision", Decide, Only(DECIDERS)),
    get("/api/v1/cases/{number}/evidence.zip", Only(OFFICERS)),
    act("POST", "/api/v1/cases/{number}/final", Decide, Only(DECIDERS)),
    act("POST", "/api/v1/cases/{number}/hand-over", Decide, Only(DECIDERS)),
    act("POST", "/api/v1/cases/{number}/receive", Decide, Only(DECIDERS)),
    act("POST", "/api/v1/cases/{number}/reconsideration", Decide, Only(DECIDERS)),
    act("POST", "/api/v1/cases/{number}/review", Decide, Only(DECIDERS)),
    get("/api/v1/checks", Only(OFFICERS)),
    get("/api/v1/checks/nearby", Only(OFFICERS)),
    act("POST", "/api/v1/checks/notes", Decide, Only(&[Enf, Pol, Reg, Adm])),
    get("/api/v1/checks/snapshot", Only(OFFICERS)),
    get("/api/v1/claims", Only(OFFICERS)),
    get("/api/v1/clocks", Only(OFFICERS)),
    get("/api/v1/clues", Only(OFFICERS)),
    get("/api/v1/clues/{id}", Only(OFFICERS)),
    act("POST", "/api/v1/clues/{id}/claim", Decide, Only(DECIDERS)),
    act("DELETE", "/api/v1/clues/{id}/claim", Decide, Only(DECIDERS)),
    act("POST", "/api/v1/clues/{id}/confirm", Decide, Only(DECIDERS)),
    act("POST", "/api/v1/clues/{id}/hand-over", Decide, Only(DECIDERS)),
    act("POST", "/api/v1/clues/{id}/reject", Decide, Only(DECIDERS)),
    get("/api/v1/clues/{id}/review", Only(OFFICERS)),
    act("POST", "/api/v1/clues/{id}/withdraw-decision", Decide, Only(DECIDERS)),
    get("/api/v1/colleagues", Only(OFFICERS)),
    get("/api/v1/events", Only(OFFICERS)),
    open("GET", "/api/v1/feed", Anyone),
    open("GET", "/api/v1/feed/manifest", Anyone),
    get("/api/v1/feed/push", Only(OFFICERS)),
    get("/api/v1/feed/push/dead", Only(OFFICERS)),
    act("POST", "/api/v1/feed/push/dead/{id}/resend", Admin, Only(ADMINS)),
    act("POST", "/api/v1/feed/push/dead/{id}/write-off", Admin, Only(ADMINS)),
    open("GET", "/api/v1/feed/schema", Anyone),
    open("GET", "/api/v1/feed/snapshot", Anyone),
    act("POST", "/api/v1/imports", Registers, Only(REGISTRARS)),
    get("/api/v1/imports/templates/{file}", Only(OFFICERS)),
    act("POST", "/api/v1/imports/{token}/check", Registers, Only(REGISTRARS)),
    act("POST", "/api/v1/imports/{token}/commit", Registers, Only(REGISTRARS)),
    open("POST", "/api/v1/invitations/accept", Anyone),
    open("POST", "/api/v1/invitations/look", Anyone),
    get("/api/v1/listings", OrOwn(OFFICERS)),
    act("POST", "/api/v1/listings", Decide, Only(DECIDERS)),
    get("/api/v1/listings/{number}", OrOwn(OFFICERS)),
    act("POST", "/api/v1/listings/{number}/decision", Decide, Only(DECIDERS)),
    act("POST", "/api/v1/listings/{number}/delist", Decide, Only(DECIDERS)),
    get("/api/v1/listings/{number}/notice", OrOwn(OFFICERS)),
    act("POST", "/api/v1/listings/{number}/notice", Decide, Only(DECIDERS)),
    act("POST", "/api/v1/listings/{number}/readmit", Decide, Only(DECIDERS)),
    get("/api/v1/listings/{number}/removal-notice", OrOwn(OFFICERS)),
    act("POST", "/api/v1/listings/{number}/served", Decide, Only(DECIDERS)),
    get("/api/v1/map", Only(OFFICERS)),
    get("/api/v1/map/trucks", Only(OFFICERS)),
    open("GET", "/api/v1/openapi.json", Anyone),
    act("GET", "/api/v1/people", Admin, Only(ADMINS)),
    act("POST", "/api/v1/people", Admin, Only(ADMINS)),
    act("POST", "/api/v1/people/{id}/disable", Admin, Only(ADMINS)),
    act("POST", "/api/v1/people/{id}/enable", Admin, Only(ADMINS)),
    act("POST", "/api/v1/people/{id}/reset", Admin, Only(ADMINS)),
    act("POST", "/api/v1/people/{id}/role", Admin, Only(ADMINS)),
    act("GET", "/api/v1/people/{id}/sessions", Admin, Only(ADMINS)),
    act("DELETE", "/api/v1/people/{id}/sessions", Admin, Only(ADMINS)),
    act("POST", "/api/v1/people/{id}/single-sign-on", Admin, Only(ADMINS)),
    act("GET", "/api/v1/people/{id}/tokens", Admin, Only(ADMINS)),
    act("POST", "/api/v1/people/{id}/tokens", Admin, Only(ADMINS)),
    act("DELETE", "/api/v1/people/{id}/tokens/{token}", Admin, Only(ADMINS)),
    get("/api/v1/permits", OrOwn(OFFICERS)),
    get("/api/v1/permits/{number}", OrOwn(OFFICERS)),
    get("/api/v1/permits/{number}/qr.svg", OrOwn(OFFICERS)),
    act("POST", "/api/v1/permits/{number}/{act}", Registers, Only(REGISTRARS)),
    get("/api/v1/public-reports", Only(OFFICERS)),
    open("POST", "/api/v1/public-reports", Anyone),
    get("/api/v1/public-reports/{receipt}", Only(OFFICERS)),
    act("POST", "/api/v1/public-reports/{receipt}/dismiss", Decide, Only(DECIDERS)),
    act("POST", "/api/v1/public-reports/{receipt}/file", Decide, Only(DECIDERS)),
    get("/api/v1/public-reports/{receipt}/photos/{number}", Only(OFFICERS)),
    act("POST", "/api/v1/public-reports/{receipt}/take", Decide, Only(DECIDERS)),
    get("/api/v1/rankings", Only(OFFICERS)),
    get("/api/v1/readers", Only(OFFICERS)),
    get("/api/v1/reconciliation", Only(OFFICERS)),
    get("/api/v1/registers", Only(OFFICERS)),
    get("/api/v1/registers/{register}", Only(OFFICERS)),
    act("POST", "/api/v1/registers/{register}", Registers, Only(REGISTRARS)),
    get("/api/v1/registers/{register}/{id}", Only(OFFICERS)),
    act("PUT", "/api/v1/registers/{register}/{id}", Registers, Only(REGISTRARS)),
    act("DELETE", "/api/v1/registers/{register}/{id}", Registers, Only(REGISTRARS)),
    open("POST", "/api/v1/reports", Device),
    open("GET", "/api/v1/rules", Anyone),
    open("GET", "/api/v1/session", Only(EVERYONE)),
    open("POST", "/api/v1/session", Anyone),
    open("DELETE", "/api/v1/session", Anyone),
    open("GET", "/api/v1/session/options", Anyone),
    open("GET", "/api/v1/session/single-sign-on", Anyone),
    open("GET", "/api/v1/session/single-sign-on/return", Anyone),
    get("/api/v1/settings", Only(SUPERVISORS)),
    get("/api/v1/sinks", Only(OFFICERS)),
    open("POST", "/api/v1/site-reports", Device),
    get("/api/v1/statistics", Only(OFFICERS)),
    get("/api/v1/terminals", Only(OFFICERS)),
    get("/api/v1/terminals/pending", Only(REGISTRARS)),
    act("POST", "/api/v1/terminals/{terminal}/admit", Registers, Only(REGISTRARS)),
    get("/api/v1/terminals/{terminal}/areas", Only(OFFICERS)),
    get("/api/v1/terminals/{terminal}/commands", Only(OFFICERS)),
    act("POST", "/api/v1/terminals/{terminal}/commands", Registers, Only(&[Enf, Pol, Reg, Adm])),
    get("/api/v1/terminals/{terminal}/raw", Only(OFFICERS)),
    act("POST", "/api/v1/terminals/{terminal}/revoke", Registers, Only(REGISTRARS)),
    act("POST", "/api/v1/trials", Registers, Only(REGISTRARS)),
    get("/api/v1/trials/{id}", Only(OFFICERS)),
    act("DELETE", "/api/v1/trials/{id}", Registers, Only(REGISTRARS)),
    get("/api/v1/trucks", Only(OFFICERS)),
    get("/api/v1/trucks/{plate}/history", Only(OFFICERS)),
    get("/api/v1/trucks/{plate}/notices", Only(OFFICERS)),
    get("/api/v1/trucks/{plate}/permits", Only(OFFICERS)),
    get("/api/v1/trucks/{plate}/track", Only(OFFICERS)),
    get("/api/v1/wall", Only(OFFICERS)),
    get("/api/v1/waybills", Only(OFFICERS)),
    act("POST", "/api/v1/waybills", Decide, Only(&[Enf, Reg, Adm])),
    get("/api/v1/waybills/{number}", Only(OFFICERS)),
    act("POST", "/api/v1/waybills/{number}/accept", Decide, Only(&[Enf, Reg, Adm])),
    act("POST", "/api/v1/waybills/{number}/reject", Decide, Only(&[Enf, Reg, Adm])),
    act("POST", "/api/v1/waybills/{number}/void", Decide, Only(&[Enf, Reg, Adm])),
    get("/basemaps/{id}/archive", Only(OFFICERS)),
    open("GET", "/blacklist", Anyone),
    open("GET", "/blacklist.csv", Anyone),
    open("GET", "/blacklist/{seq}", Anyone),
    get("/evidence/{number}", Only(OFFICERS)),
    open("GET", "/feed/blacklist.csv", Anyone),
    open("GET", "/feed/blacklist.jsonl", Anyone),
    open("GET", "/feed/key", Anyone),
    open("GET", "/handbook", Anyone),
    open("GET", "/healthz", Anyone),
    open("GET", "/metrics", Anyone),
    open("GET", "/p/{number}", Anyone),
    open("GET", "/problems", Anyone),
    open("GET", "/problems/{kind}", Anyone),
    open("GET", "/rankings", Anyone),
    open("GET", "/readyz", Anyone),
    open("GET", "/report", Anyone),
    open("POST", "/report", Anyone),
    open("GET", "/report/state", Anyone),
    open("GET", "/report/{receipt}", Anyone),
    get("/tiles/{id}/{z}/{x}/{y}", Only(OFFICERS)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_has_one_line_and_whoever_acts_needs_a_scope() {
        let mut seen = std::collections::BTreeSet::new();
        for line in LINES {
            assert!(seen.insert((line.method, line.path)), "{} {} twice", line.method, line.path);
            let for_people = matches!(line.who, Only(_) | OrOwn(_));
            let whoever_it_is = line.path == "/api/v1/session";
            assert!(!for_people || whoever_it_is || line.scope.is_some(), "{} {}", line.method, line.path);
            let reads = line.scope == Some(Read);
            assert!(!reads || line.method == "GET", "{} {} only reads", line.method, line.path);
        }
    }

    #[test]
    fn auditors_change_nothing_but_their_own_account() {
        for line in LINES.iter().filter(|line| !matches!(line.who, Anyone | Device)) {
            if line.method != "GET" && line.scope != Some(Account) {
                assert_eq!(line.verdict(Role::Auditor), Verdict::Refused, "{} {}", line.method, line.path);
            }
        }
    }
}
