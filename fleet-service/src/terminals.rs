//! `fleet-service terminal …`: who may report for which truck, who waits to be admitted, admitting and revoking. The
//! HTTP face does the same through this.

use std::collections::BTreeMap;
use std::path::PathBuf;

use domain::plate::PlateError;
use domain::terminal::TerminalIdError;
use domain::{Plate, Registry, TerminalId, Timestamp};

use crate::gateway::profiles::{Shelf, ShelfError};
use crate::gateway::rights::Rights;
use crate::live::registers::{RegisterBook, RegistersError};
use crate::store::{AuditDraft, PendingTerminal, Store, StoreError, StoredRight};

/// Most waiting terminals shown at once.
pub const PENDING_SHOWN_MAX: u32 = 1_000;

/// Looks after terminals, on a service's data folder; a running service takes a change over within a second.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum TerminalAction {
    /// List the terminals that have a right, or had one.
    List(ListArgs),
    /// List the terminals that asked and were refused.
    Pending(ListArgs),
    /// Admit a terminal for a registered truck.
    Admit(AdmitArgs),
    /// Take a terminal's right: its session ends, and its code is good for nothing.
    Revoke(RevokeArgs),
}

/// What is listed.
#[derive(Debug, Clone, clap::Args)]
pub struct ListArgs {
    /// Data folder of the service.
    #[arg(long)]
    pub data: PathBuf,
}

/// Who is admitted.
#[derive(Debug, Clone, clap::Args)]
pub struct AdmitArgs {
    /// Data folder of the service.
    #[arg(long)]
    pub data: PathBuf,
    /// The terminal's identity (JT/T 808 phone), with or without padding zeros.
    pub terminal: String,
    /// Plate of a registered truck.
    #[arg(long)]
    pub plate: String,
    /// Vendor profile its reports are read by; without it, maker and model decide.
    #[arg(long)]
    pub profile: Option<String>,
    /// Folder of vendor profiles (*.toml), as the service is given it.
    #[arg(long, value_name = "DIR")]
    pub profiles: Option<PathBuf>,
    /// Who admits it, for the audit trail.
    #[arg(long, default_value = "command line")]
    pub by: String,
}

/// Whose right is taken.
#[derive(Debug, Clone, clap::Args)]
pub struct RevokeArgs {
    /// Data folder of the service.
    #[arg(long)]
    pub data: PathBuf,
    /// The terminal's identity (JT/T 808 phone), with or without padding zeros.
    pub terminal: String,
    /// Who revokes it, for the audit trail.
    #[arg(long, default_value = "command line")]
    pub by: String,
}

/// Why a decision on a terminal was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TerminalError {
    /// No identity.
    #[error(transparent)]
    Terminal(#[from] TerminalIdError),
    /// No plate.
    #[error(transparent)]
    Plate(#[from] PlateError),
    /// The registers do not know the truck.
    #[error("no truck {plate} is in the registers in force: import it first, or check the plate")]
    NoTruck {
        /// Its plate.
        plate: Plate,
    },
    /// There is no such profile.
    #[error("there is no vendor profile {name:?}; known: {known}")]
    Profile {
        /// What was given.
        name: String,
        /// What could have been.
        known: String,
    },
    /// The folder of profiles cannot be used.
    #[error(transparent)]
    Shelf(#[from] ShelfError),
    /// The registers cannot be read.
    #[error(transparent)]
    Registers(#[from] RegistersError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A terminal and what it may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TerminalRow {
    /// Its identity.
    pub terminal: TerminalId,
    /// The truck it may report for now.
    pub plate: Option<Plate>,
    /// Where its right comes from.
    pub standing: Standing,
    /// Vendor profile a registrar chose.
    pub profile: Option<String>,
    /// Who made it, as it said.
    pub maker: String,
    /// What its maker calls it, as it said.
    pub model: String,
    /// When it registered last.
    pub registered: Option<Timestamp>,
}

/// Where a terminal's right comes from, or that it has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A registrar admitted it.
    Admitted,
    /// The registers name it.
    Register,
    /// A registrar took its right.
    Revoked,
    /// Neither names it any more.
    Lapsed,
}

impl Standing {
    /// The word used in answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Admitted => "admitted",
            Self::Register => "register",
            Self::Revoked => "revoked",
            Self::Lapsed => "lapsed",
        }
    }
}

/// What registrars decided, over the registers given.
async fn rights(store: &Store, registry: &Registry) -> Result<Rights, StoreError> {
    let mut rights = Rights::default();
    rights.set_registers(registry);
    for right in store.rights_after(0).await? {
        rights.decide(right);
    }
    Ok(rights)
}

/// Every terminal that registered, is named in the registers, or was decided upon; by identity.
pub async fn list(store: &Store, registry: &Registry) -> Result<Vec<TerminalRow>, StoreError> {
    let rights = rights(store, registry).await?;
    let mut devices: BTreeMap<_, _> = store.devices().await?.into_iter().collect();
    let mut terminals: Vec<TerminalId> = devices.keys().cloned().collect();
    terminals.extend(rights.named().map(|(terminal, _)| terminal.clone()));
    terminals.extend(rights.decided().map(|right| right.terminal.clone()));
    terminals.sort();
    terminals.dedup();
    let row = |terminal: TerminalId| {
        let device = devices.remove(&terminal);
        let plate = rights.truck_of(&terminal).cloned();
        let admission = rights.admission(&terminal);
        let standing = match (&plate, admission) {
            (_, Some(_)) => Standing::Admitted,
            (Some(_), None) => Standing::Register,
            (None, None) if rights.is_revoked(&terminal) => Standing::Revoked,
            (None, None) => Standing::Lapsed,
        };
        let (maker, model) = device.as_ref().map(|d| (d.maker.clone(), d.model.clone())).unwrap_or_default();
        TerminalRow {
            plate,
            standing,
            profile: admission.and_then(|right| right.profile.clone()),
            maker,
            model,
            registered: device.map(|d| d.registered),
            terminal,
        }
    };
    Ok(terminals.into_iter().map(row).collect())
}

/// Who is admitted, for what, read how.
#[derive(Debug, Clone)]
pub struct Admittance {
    /// The terminal.
    pub terminal: TerminalId,
    /// The truck.
    pub plate: Plate,
    /// Name of the vendor profile its reports are read by; without it, maker and model decide.
    pub profile: Option<String>,
}

/// Admits a terminal for a truck, from now on instead of any other terminal of the truck.
pub async fn admit(
    store: &Store,
    registry: &Registry,
    shelf: &Shelf,
    admittance: Admittance,
    by: &str,
    now: Timestamp,
) -> Result<(), TerminalError> {
    let Admittance { terminal, plate, profile } = admittance;
    let Some(truck) = registry.trucks.get(&plate) else { return Err(TerminalError::NoTruck { plate }) };
    let profile = profile.map(|name| checked_profile(shelf, name)).transpose()?;
    let detail =
        profile.as_ref().map_or_else(|| plate.to_string(), |name| format!("{plate}, profile {name}"));
    let right = StoredRight {
        seq: 0,
        terminal: terminal.clone(),
        plate: Some(plate),
        profile,
        register_terminal: truck.terminal.clone(),
        decided: now,
        decided_by: by.to_owned(),
    };
    decide(store, &right, "admit terminal", detail).await?;
    Ok(())
}

/// Takes a terminal's right.
pub async fn revoke(store: &Store, terminal: TerminalId, by: &str, now: Timestamp) -> Result<(), StoreError> {
    let right = StoredRight {
        seq: 0,
        terminal,
        plate: None,
        profile: None,
        register_terminal: None,
        decided: now,
        decided_by: by.to_owned(),
    };
    decide(store, &right, "revoke terminal", String::new()).await
}

async fn decide(
    store: &Store,
    right: &StoredRight,
    what: &'static str,
    detail: String,
) -> Result<(), StoreError> {
    let mut change = store.change().await?;
    change.put_right(right).await?;
    change.remove_pending(&right.terminal).await?;
    change
        .add_audit(AuditDraft {
            at: right.decided,
            who: right.decided_by.clone(),
            what,
            subject: right.terminal.to_string(),
            detail,
        })
        .await?;
    change.commit().await
}

fn checked_profile(shelf: &Shelf, name: String) -> Result<String, TerminalError> {
    if shelf.named(&name).is_some() {
        return Ok(name);
    }
    let known = shelf.names().collect::<Vec<_>>().join(", ");
    Err(TerminalError::Profile { name: name.chars().take(80).collect(), known })
}

/// Carries out one command and returns what it has to say.
pub async fn run(action: &TerminalAction, now: Timestamp) -> Result<String, TerminalError> {
    let data = match action {
        TerminalAction::List(args) | TerminalAction::Pending(args) => &args.data,
        TerminalAction::Admit(args) => &args.data,
        TerminalAction::Revoke(args) => &args.data,
    };
    let store = Store::open(data).await?;
    let said = act(&store, action, now).await;
    store.close().await;
    said
}

async fn act(store: &Store, action: &TerminalAction, now: Timestamp) -> Result<String, TerminalError> {
    let registers = RegisterBook::read(store).await?.registers();
    let registry = registers.newest();
    match action {
        TerminalAction::List(_) => Ok(table_of_terminals(&list(store, registry).await?)),
        TerminalAction::Pending(_) => {
            Ok(table_of_pending(&store.pending_terminals(PENDING_SHOWN_MAX).await?))
        }
        TerminalAction::Admit(args) => {
            let (terminal, plate): (TerminalId, Plate) = (args.terminal.parse()?, args.plate.parse()?);
            let said = format!("{terminal} may report for {plate}\n");
            let shelf = args.profiles.as_deref().map(Shelf::with_folder).transpose()?.unwrap_or_default();
            let admittance = Admittance { terminal, plate, profile: args.profile.clone() };
            admit(store, registry, &shelf, admittance, &args.by, now).await?;
            Ok(said)
        }
        TerminalAction::Revoke(args) => {
            let terminal: TerminalId = args.terminal.parse()?;
            let said = format!("{terminal} may report no more\n");
            revoke(store, terminal, &args.by, now).await?;
            Ok(said)
        }
    }
}

fn table_of_terminals(rows: &[TerminalRow]) -> String {
    let mut text = String::from("terminal\tstanding\tplate\tprofile\tmaker\tmodel\tregistered\n");
    for row in rows {
        let plate = row.plate.as_ref().map_or("-", Plate::as_str);
        let registered = row.registered.map_or_else(|| "-".to_owned(), |at| at.to_string());
        text += &line(&[
            row.terminal.as_str(),
            row.standing.word(),
            plate,
            row.profile.as_deref().unwrap_or("-"),
            &row.maker,
            &row.model,
            &registered,
        ]);
    }
    text
}

fn table_of_pending(rows: &[PendingTerminal]) -> String {
    let mut text = String::from(
        "terminal\tplate as sent\tcolour\tmaker\tmodel\tits number\tJT/T 808\tattempts\tfirst\tlast\tfrom\trefused because\n",
    );
    for row in rows {
        let colour = row.colour.map_or_else(|| "-".to_owned(), |code| code.to_string());
        text += &line(&[
            row.terminal.as_str(),
            &row.plate,
            &colour,
            &row.maker,
            &row.model,
            &row.device_id,
            &row.revision,
            &row.attempts.to_string(),
            &row.first.to_string(),
            &row.last.to_string(),
            &row.address,
            &row.refusal,
        ]);
    }
    text
}

/// Fields between tabs. What a terminal says of itself may hold anything: control characters are not printed.
fn line(fields: &[&str]) -> String {
    let clean = |field: &&str| -> String {
        if field.is_empty() {
            return "-".to_owned();
        }
        field.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect()
    };
    fields.iter().map(clean).collect::<Vec<_>>().join("\t") + "\n"
}
