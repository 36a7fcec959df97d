//! `fleet-service feed-key`, `feed-target` and `feed-push`: the key, whom events are pushed to, and what they did not take.
//! A running service takes every change over within two seconds.

use std::fmt::Write as _;
use std::path::PathBuf;

use domain::Timestamp;

use super::key::{KeyError, key_id, public_key};
use super::publish::{Press, PublishError};
use super::push::target::{TARGETS_MAX, Target, TargetError, TargetKind, TargetOptions};
use crate::serve::PushArgs;
use crate::store::{AuditDraft, Change, DeadLetter, Store, StoreError, StoredTarget};

/// Most dead letters listed at once.
pub const DEAD_SHOWN_MAX: u32 = 1_000;
/// Longest reason for writing a dead letter off, in characters.
pub const WRITE_OFF_REASON_CHARS_MAX: usize = 1_000;

/// Where.
#[derive(Debug, Clone, clap::Args)]
pub struct DataArgs {
    /// Data folder of the service.
    #[arg(long)]
    pub data: PathBuf,
}

/// Looks after the key.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum KeyAction {
    /// Print every key, the events it signs, and which signs now.
    Show(DataArgs),
    /// Announce a new key in the feed; it signs from the next event on.
    Rotate(DataArgs),
}

/// Looks after whom events are pushed to.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum TargetAction {
    /// Add a target, or change the one of that name.
    Add(Box<AddArgs>),
    /// List the targets and how far each is.
    List(DataArgs),
    /// Send nothing more to a target. Added again, it goes on where it was.
    Remove(NamedArgs),
}

/// Looks after what targets did not take.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum PushAction {
    /// List the dead letters that wait.
    List(DeadArgs),
    /// Send dead letters again: one by its number, or all of a target.
    Resend(ResendArgs),
    /// Write dead letters off, with a reason: they wait no longer.
    WriteOff(WriteOffArgs),
}

/// A target by name.
#[derive(Debug, Clone, clap::Args)]
pub struct NamedArgs {
    /// Data folder of the service.
    #[arg(long)]
    pub data: PathBuf,
    /// Its name.
    #[arg(long)]
    pub name: String,
}

/// Which dead letters are listed.
#[derive(Debug, Clone, clap::Args)]
pub struct DeadArgs {
    /// Data folder of the service.
    #[arg(long)]
    pub data: PathBuf,
    /// Of this target only.
    #[arg(long)]
    pub target: Option<String>,
    /// After this number.
    #[arg(long, default_value_t = 0)]
    pub after: u64,
}

/// Which dead letters are given up.
#[derive(Debug, Clone, clap::Args)]
pub struct WriteOffArgs {
    /// Data folder of the service.
    #[arg(long)]
    pub data: PathBuf,
    /// The dead letter's number.
    #[arg(long, required_unless_present = "target")]
    pub id: Option<u64>,
    /// All of this target.
    #[arg(long)]
    pub target: Option<String>,
    /// Why: kept with them.
    #[arg(long)]
    pub reason: String,
}

/// Which dead letters are sent again.
#[derive(Debug, Clone, clap::Args)]
pub struct ResendArgs {
    /// Data folder of the service.
    #[arg(long)]
    pub data: PathBuf,
    /// The dead letter's number.
    #[arg(long, required_unless_present = "target")]
    pub id: Option<u64>,
    /// All of this target.
    #[arg(long)]
    pub target: Option<String>,
}

/// A target.
#[derive(Debug, Clone, clap::Args)]
pub struct AddArgs {
    /// Data folder of the service.
    #[arg(long)]
    pub data: PathBuf,
    /// What it is called.
    #[arg(long)]
    pub name: String,
    /// What kind of target.
    #[arg(long, value_enum, default_value = "https")]
    pub kind: TargetKind,
    /// URL (https://…), or the whole path of a folder.
    #[arg(long)]
    pub to: String,
    /// Most events in one request or file; 1 sends each alone.
    #[arg(long, default_value_t = 1)]
    pub batch: u32,
    /// PEM file of the authorities its certificate comes from; without it, those the system trusts.
    #[arg(long = "ca", value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// File with a token sent as `Authorization: Bearer …`.
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// File with the secret requests are authenticated by (HMAC-SHA256); a webhook needs one.
    #[arg(long, value_name = "FILE")]
    pub secret_file: Option<PathBuf>,
    /// Let plain http:// leave this machine, for an intranet you trust.
    #[arg(long)]
    pub plain_http: bool,
    /// Of a webhook: rules whose new clues it is told of, separated by commas; `*` is all.
    #[arg(long, value_delimiter = ',')]
    pub rules: Vec<String>,
    /// Of a webhook: tell it of companies that come on or off the list.
    #[arg(long)]
    pub listings: bool,
    /// Begin with what comes from now on; a platform otherwise gets the whole feed, a webhook never what was before.
    #[arg(long)]
    pub from_now: bool,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FeedCommandError {
    /// The target cannot be used.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// No such target.
    #[error("there is no target {0:?}: see `fleet-service feed-target list`")]
    NoTarget(String),
    /// No dead letter to send again.
    #[error("no dead letter waits there: see `fleet-service feed-push list`")]
    NoLetter,
    /// A dead letter is given up without a reason.
    #[error("a reason of 1 to {WRITE_OFF_REASON_CHARS_MAX} characters is needed to write a dead letter off")]
    Reason,
    /// Too many targets.
    #[error("{count} targets are in use, at most {TARGETS_MAX} are pushed to: remove one first")]
    Many {
        /// How many.
        count: usize,
    },
    /// The key cannot be changed.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The key cannot be read.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// `feed-key`: what to print.
pub async fn keys(action: &KeyAction, now: Timestamp) -> Result<String, FeedCommandError> {
    let (KeyAction::Show(args) | KeyAction::Rotate(args)) = action;
    let store = Store::open(&args.data).await?;
    let press = Press::open(&args.data)?;
    if matches!(action, KeyAction::Rotate(_)) {
        // An earlier change of keys that a cut of power left half done ends here.
        press.signing_key(&store).await?;
        let mut change = store.change().await?;
        let key = press.rotate(&mut change, now).await?;
        audit(&mut change, "rotate feed key", key.id(), String::new(), now).await?;
        change.commit().await?;
        press.signing_key(&store).await?;
    }
    let keys = store.feed_keys().await?;
    store.close().await;
    let mut text = "key               from event  public key\n".to_owned();
    if keys.is_empty() {
        let key = press.key();
        let _ = writeln!(text, "{:16}  {:>10}  {}", key.id(), 1, key.public_hex());
    }
    for key in &keys {
        let id = public_key(&key.public_key).map(|public| key_id(&public)).unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{id:16}  {:>10}  {}", key.from_seq, key.public_key);
    }
    Ok(text)
}

/// `feed-target`: what to print.
pub async fn targets(action: &TargetAction, now: Timestamp) -> Result<String, FeedCommandError> {
    match action {
        TargetAction::Add(args) => {
            let store = Store::open(&args.data).await?;
            let target = add(&store, args, now).await?;
            store.close().await;
            Ok(format!("events go to {} ({})\n", target.name, target.address))
        }
        TargetAction::List(args) => {
            let store = Store::open(&args.data).await?;
            let (end, _) = store.push_ends().await?;
            let mut text =
                "name\tkind\taddress\tto come\ttaken\tfailures\tdead letters\tlast error\n".to_owned();
            for stored in store.push_targets().await? {
                let dead = store.dead_letter_count(&stored.target.name).await?;
                text.push_str(&target_line(&stored, end, dead));
            }
            store.close().await;
            Ok(text)
        }
        TargetAction::Remove(args) => {
            let store = Store::open(&args.data).await?;
            let mut change = store.change().await?;
            if !change.remove_push_target(&args.name, now).await? {
                return Err(FeedCommandError::NoTarget(args.name.clone()));
            }
            audit(&mut change, "remove push target", args.name.clone(), String::new(), now).await?;
            change.commit().await?;
            store.close().await;
            Ok(format!("nothing more goes to {}\n", args.name))
        }
    }
}

async fn add(store: &Store, args: &AddArgs, now: Timestamp) -> Result<Target, FeedCommandError> {
    let options = TargetOptions {
        batch: args.batch,
        ca_file: args.ca_file.clone(),
        token_file: args.token_file.clone(),
        secret_file: args.secret_file.clone(),
        plain_http: args.plain_http,
        rules: args.rules.clone(),
        listings: args.listings,
        from_command_line: false,
    };
    let target = Target::checked(&args.name, args.kind, &args.to, options)?;
    let known = store.push_targets().await?;
    if known.len() >= TARGETS_MAX && !known.iter().any(|stored| stored.target.name == target.name) {
        return Err(FeedCommandError::Many { count: known.len() });
    }
    let ends = store.push_ends().await?;
    let is_from_now = args.from_now || args.kind == TargetKind::Webhook;
    let mut change = store.change().await?;
    change.put_push_target(&target, if is_from_now { ends } else { (0, ends.1) }, now).await?;
    audit(&mut change, "add push target", target.name.clone(), target.address.clone(), now).await?;
    change.commit().await?;
    Ok(target)
}

fn target_line(stored: &StoredTarget, feed_end: u64, dead: u64) -> String {
    format!(
        "{}\t{}\t{}\t{}\t{}\t{}\t{dead}\t{}\n",
        stored.target.name,
        stored.target.kind.word(),
        stored.target.address,
        feed_end.saturating_sub(stored.feed_seq),
        stored.taken,
        stored.failures,
        stored.last_error.as_deref().unwrap_or("-").replace(['\t', '\n'], " "),
    )
}

/// `feed-push`: what to print.
pub async fn push(action: &PushAction, now: Timestamp) -> Result<String, FeedCommandError> {
    match action {
        PushAction::List(args) => {
            let store = Store::open(&args.data).await?;
            let letters = store.dead_letters(args.target.as_deref(), args.after, DEAD_SHOWN_MAX).await?;
            store.close().await;
            let heading = "id\ttarget\tsource\tevent\tsince\tsent again\treason\n".to_owned();
            Ok(letters.iter().fold(heading, |text, letter| text + &letter_line(letter)))
        }
        PushAction::Resend(args) => {
            let store = Store::open(&args.data).await?;
            let wanted = resend(&store, args.id, args.target.as_deref(), "command line", now).await?;
            store.close().await;
            Ok(format!("{wanted} dead letters are sent again\n"))
        }
        PushAction::WriteOff(args) => {
            let store = Store::open(&args.data).await?;
            let which = (args.id, args.target.as_deref());
            let given_up = write_off(&store, which, &args.reason, "command line", now).await?;
            store.close().await;
            Ok(format!("{given_up} dead letters are written off\n"))
        }
    }
}

fn letter_line(letter: &DeadLetter) -> String {
    format!(
        "{}\t{}\t{}\t{}\t{}\t{}\t{}\n",
        letter.id,
        letter.target,
        letter.source,
        letter.seq,
        letter.dead_at,
        if letter.is_resent { "yes" } else { "no" },
        letter.reason.replace(['\t', '\n', '\r'], " "),
    )
}

/// Wants dead letters sent again; how many.
pub async fn resend(
    store: &Store,
    id: Option<u64>,
    target: Option<&str>,
    by: &str,
    now: Timestamp,
) -> Result<u64, FeedCommandError> {
    let mut change = store.change().await?;
    let wanted = change.resend_dead_letters(id, target, now).await?;
    if wanted == 0 {
        return Err(FeedCommandError::NoLetter);
    }
    let subject = match (id, target) {
        (Some(id), _) => format!("dead letter {id}"),
        (None, target) => format!("dead letters of {}", target.unwrap_or("every target")),
    };
    change
        .add_audit(AuditDraft {
            at: now,
            who: by.to_owned(),
            what: "resend",
            subject,
            detail: format!("{wanted} of them"),
        })
        .await?;
    change.commit().await?;
    Ok(wanted)
}

/// Writes dead letters off for good, with a reason of 1 to [`WRITE_OFF_REASON_CHARS_MAX`] characters; how many.
pub async fn write_off(
    store: &Store,
    which: (Option<u64>, Option<&str>),
    reason: &str,
    by: &str,
    now: Timestamp,
) -> Result<u64, FeedCommandError> {
    let reason = reason.trim();
    if !(1..=WRITE_OFF_REASON_CHARS_MAX).contains(&reason.chars().count()) {
        return Err(FeedCommandError::Reason);
    }
    let mut change = store.change().await?;
    let given_up = change.write_off_dead_letters(which, by, reason, now).await?;
    if given_up == 0 {
        return Err(FeedCommandError::NoLetter);
    }
    let subject = match which {
        (Some(id), _) => format!("dead letter {id}"),
        (None, target) => format!("dead letters of {}", target.unwrap_or("every target")),
    };
    let detail = format!("{given_up} of them: {reason}");
    change.add_audit(AuditDraft { at: now, who: by.to_owned(), what: "write off", subject, detail }).await?;
    change.commit().await?;
    Ok(given_up)
}

async fn audit(
    change: &mut Change,
    what: &'static str,
    subject: String,
    detail: String,
    now: Timestamp,
) -> Result<(), StoreError> {
    change.add_audit(AuditDraft { at: now, who: "command line".to_owned(), what, subject, detail }).await
}

/// The targets given with `--push`, checked.
pub fn given_targets(args: &PushArgs) -> Result<Vec<Target>, FeedCommandError> {
    if args.urls.len() > TARGETS_MAX {
        return Err(FeedCommandError::Many { count: args.urls.len() });
    }
    let checked =
        args.urls.iter().map(|url| Target::of_command_line(url, args.ca.as_deref(), args.plain_http));
    Ok(checked.collect::<Result<_, _>>()?)
}

/// Makes the targets given with `--push` those in use: what an earlier start was given and this one is not goes.
pub async fn take_over(store: &Store, given: &[Target], now: Timestamp) -> Result<(), FeedCommandError> {
    let known = store.push_targets().await?;
    let mut change = store.change().await?;
    for stored in &known {
        let is_gone = stored.target.options.from_command_line
            && !given.iter().any(|target| target.name == stored.target.name);
        if is_gone {
            change.remove_push_target(&stored.target.name, now).await?;
        }
    }
    for target in given {
        change.put_push_target(target, (0, 0), now).await?;
    }
    Ok(change.commit().await?)
}
