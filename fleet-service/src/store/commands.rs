//! Commands to terminals, and the areas each terminal was given.

use std::str::FromStr;

use domain::{TerminalId, Timestamp};
use sqlx::Row as _;

use super::sqlite::Row;
use super::{Change, Store, StoreError, corrupt, signed, unsigned};

macro_rules! words {
    ($(#[$doc:meta])* $type:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $type {
            $($(#[$variant_doc])* $variant),+
        }

        impl $type {
            /// The word stored and shown.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }

        impl FromStr for $type {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(format!("{text:?} is not known")),
                }
            }
        }
    };
}

words!(
    /// How far a command has come.
    CommandState {
        /// Waits for the terminal.
        Queued = "queued",
        /// Went out; no answer yet. Goes out again when the terminal connects anew.
        Sent = "sent",
        /// The terminal answered.
        Answered = "answered",
        /// Its time ran out before an answer.
        Expired = "expired",
    }
);

words!(
    /// What the terminal made of a command.
    CommandOutcome {
        /// Done.
        Ok = "ok",
        /// Not done, in whole or in part.
        Failed = "failed",
        /// Not known to the terminal.
        Unsupported = "unsupported",
    }
);

/// A command to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCommand {
    /// For which terminal.
    pub terminal: TerminalId,
    /// Which kind, one word.
    pub kind: String,
    /// The command as JSON.
    pub asked: String,
    /// Who asked.
    pub by: String,
    /// When.
    pub created: Timestamp,
    /// When it runs out.
    pub expires: Timestamp,
}

/// A command as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCommand {
    /// Its number.
    pub id: u64,
    /// What was asked.
    pub new: NewCommand,
    /// How far it has come.
    pub state: CommandState,
    /// When it went out last.
    pub sent: Option<Timestamp>,
    /// When it was answered.
    pub answered: Option<Timestamp>,
    /// What came of it.
    pub outcome: Option<CommandOutcome>,
    /// What the terminal answered, as JSON.
    pub result: Option<String>,
}

/// An area a terminal was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredArea {
    /// `circle`, `rectangle`, `polygon` or `route`.
    pub shape: String,
    /// Its id on the terminal.
    pub id: u32,
    /// What it stands for, as JSON.
    pub means: String,
    /// When the terminal took it.
    pub given: Timestamp,
}

const COLUMNS: &str = "SELECT id, terminal, kind, asked, by_whom, created_ms, expires_ms, state, sent_ms, answered_ms, \
                       outcome, result FROM command";

impl Change {
    /// Stores a command and returns its number.
    pub async fn add_command(&mut self, new: &NewCommand) -> Result<u64, StoreError> {
        let result = sqlx::query(
            "INSERT INTO command (terminal, kind, asked, by_whom, state, created_ms, expires_ms) \
             VALUES ($1, $2, $3, $4, 'queued', $5, $6) RETURNING id",
        )
        .bind(new.terminal.as_str())
        .bind(&new.kind)
        .bind(&new.asked)
        .bind(&new.by)
        .bind(new.created.millis())
        .bind(new.expires.millis())
        .fetch_one(self.connection())
        .await
        .and_then(|row| row.try_get::<i64, _>(0));
        result.map(unsigned).map_err(|e| self.failed("storing a command", e))
    }

    /// How many commands of a terminal are queued or sent; of one kind when it is given.
    pub async fn open_commands(
        &mut self,
        terminal: &TerminalId,
        kind: Option<&str>,
    ) -> Result<u64, StoreError> {
        let result = sqlx::query(
            "SELECT COUNT(*) FROM command WHERE terminal = $1 AND state IN ('queued', 'sent') \
             AND kind = COALESCE($2, kind)",
        )
        .bind(terminal.as_str())
        .bind(kind)
        .fetch_one(self.connection())
        .await
        .and_then(|row| row.try_get::<i64, _>(0));
        result.map(unsigned).map_err(|e| self.failed("counting commands", e))
    }

    /// Notes that a command went out.
    pub async fn note_command_sent(&mut self, id: u64, now: Timestamp) -> Result<(), StoreError> {
        let result = sqlx::query(
            "UPDATE command SET state = 'sent', sent_ms = $1 WHERE id = $2 AND state IN ('queued', 'sent')",
        )
        .bind(now.millis())
        .bind(signed(id))
        .execute(self.connection())
        .await;
        result.map(drop).map_err(|e| self.failed("noting a command as sent", e))
    }

    /// Notes the terminal's answer, also when it comes late.
    pub async fn note_command_answered(
        &mut self,
        id: u64,
        outcome: CommandOutcome,
        result: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let done = sqlx::query(
            "UPDATE command SET state = 'answered', answered_ms = $1, outcome = $2, result = $3 WHERE id = $4",
        )
        .bind(now.millis())
        .bind(outcome.word())
        .bind(result)
        .bind(signed(id))
        .execute(self.connection())
        .await;
        done.map(drop).map_err(|e| self.failed("storing a command's answer", e))
    }

    /// Ends the commands whose time ran out and returns how many there were.
    pub async fn expire_commands(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        let result = sqlx::query(
            "UPDATE command SET state = 'expired' WHERE state IN ('queued', 'sent') AND expires_ms <= $1",
        )
        .bind(now.millis())
        .execute(self.connection())
        .await;
        result.map(|done| done.rows_affected()).map_err(|e| self.failed("expiring commands", e))
    }

    /// Notes an area as held by a terminal.
    pub async fn put_area(&mut self, terminal: &TerminalId, area: &StoredArea) -> Result<(), StoreError> {
        let result = sqlx::query(
            "INSERT INTO terminal_area (terminal, shape, area_id, means, given_ms) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (terminal, shape, area_id) DO UPDATE SET means = excluded.means, given_ms = excluded.given_ms",
        )
        .bind(terminal.as_str())
        .bind(&area.shape)
        .bind(i64::from(area.id))
        .bind(&area.means)
        .bind(area.given.millis())
        .execute(self.connection())
        .await;
        result.map(drop).map_err(|e| self.failed("noting a terminal's area", e))
    }

    /// Begins or ends keeping a terminal's areas as the registers say.
    pub async fn keep_areas(&mut self, terminal: &TerminalId, keeps: bool) -> Result<(), StoreError> {
        let statement = if keeps {
            "INSERT INTO terminal_kept (terminal) VALUES ($1) ON CONFLICT DO NOTHING"
        } else {
            "DELETE FROM terminal_kept WHERE terminal = $1"
        };
        let result = sqlx::query(statement).bind(terminal.as_str()).execute(self.connection()).await;
        result.map(drop).map_err(|e| self.failed("noting whose areas are kept", e))
    }

    /// Notes areas of a shape as gone from a terminal; without an id, all of them.
    pub async fn drop_areas(
        &mut self,
        terminal: &TerminalId,
        shape: &str,
        ids: &[u32],
    ) -> Result<(), StoreError> {
        let all = std::iter::once(None).filter(|_| ids.is_empty());
        for id in ids.iter().map(|id| Some(i64::from(*id))).chain(all) {
            let result = sqlx::query(
                "DELETE FROM terminal_area WHERE terminal = $1 AND shape = $2 AND area_id = COALESCE($3, area_id)",
            )
            .bind(terminal.as_str())
            .bind(shape)
            .bind(id)
            .execute(self.connection())
            .await;
            result.map_err(|e| self.failed("noting a terminal's areas as gone", e))?;
        }
        Ok(())
    }
}

impl Store {
    /// A terminal's oldest command that is queued or sent.
    pub async fn first_open_command(
        &self,
        terminal: &TerminalId,
    ) -> Result<Option<StoredCommand>, StoreError> {
        let statement = "WHERE terminal = $1 AND state IN ('queued', 'sent') ORDER BY id LIMIT $2";
        Ok(self.commands(statement, terminal, 1).await?.pop())
    }

    /// A terminal's commands, newest first.
    pub async fn commands_of(
        &self,
        terminal: &TerminalId,
        limit: u32,
    ) -> Result<Vec<StoredCommand>, StoreError> {
        self.commands("WHERE terminal = $1 ORDER BY id DESC LIMIT $2", terminal, limit).await
    }

    async fn commands(
        &self,
        which: &str,
        terminal: &TerminalId,
        limit: u32,
    ) -> Result<Vec<StoredCommand>, StoreError> {
        let what = "reading commands";
        let mut reader = self.reader().await?;
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} {which}")))
            .bind(terminal.as_str())
            .bind(i64::from(limit))
            .fetch_all(&mut *reader)
            .await
            .map_err(|e| self.failed(what, e))?;
        rows.iter().map(|row| self.read_command(row, what)).collect()
    }

    fn read_command(&self, row: &Row, what: &'static str) -> Result<StoredCommand, StoreError> {
        let failed = |e| self.failed(what, e);
        let text = |column: usize| row.try_get::<String, _>(column).map_err(failed);
        let moment = |column: usize| {
            let millis = row.try_get::<Option<i64>, _>(column).map_err(failed)?;
            Ok::<_, StoreError>(millis.map(Timestamp::from_millis))
        };
        let id = unsigned(row.try_get(0).map_err(failed)?);
        let outcome = row.try_get::<Option<String>, _>(10).map_err(failed)?;
        Ok(StoredCommand {
            id,
            new: NewCommand {
                terminal: text(1)?.parse().map_err(|e| corrupt("command", id, e))?,
                kind: text(2)?,
                asked: text(3)?,
                by: text(4)?,
                created: moment(5)?.unwrap_or_default(),
                expires: moment(6)?.unwrap_or_default(),
            },
            state: text(7)?.parse().map_err(|e| corrupt("command", id, e))?,
            sent: moment(8)?,
            answered: moment(9)?,
            outcome: outcome
                .map(|word| word.parse())
                .transpose()
                .map_err(|e: String| corrupt("command", id, e))?,
            result: row.try_get(11).map_err(failed)?,
        })
    }

    /// The terminals with commands that are queued or sent.
    pub async fn terminals_with_open_commands(&self) -> Result<Vec<TerminalId>, StoreError> {
        self.terminals("SELECT DISTINCT terminal FROM command WHERE state IN ('queued', 'sent')").await
    }

    /// The terminals whose areas are kept as the registers say.
    pub async fn terminals_with_kept_areas(&self) -> Result<Vec<TerminalId>, StoreError> {
        self.terminals("SELECT terminal FROM terminal_kept ORDER BY terminal").await
    }

    async fn terminals(&self, statement: &'static str) -> Result<Vec<TerminalId>, StoreError> {
        let what = "reading the terminals with commands or areas";
        let mut reader = self.reader().await?;
        let rows = sqlx::query(statement).fetch_all(&mut *reader).await.map_err(|e| self.failed(what, e))?;
        let read = |row: &Row| {
            let text: String = row.try_get(0).map_err(|e| self.failed(what, e))?;
            text.parse().map_err(|e| corrupt("terminal", &text, e))
        };
        rows.iter().map(read).collect()
    }

    /// How many commands are in each state, by its word.
    pub async fn command_counts(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query("SELECT state, COUNT(*) FROM command GROUP BY state ORDER BY state")
            .fetch_all(&mut *reader)
            .await;
        rows.and_then(|rows| {
            rows.iter().map(|row| Ok((row.try_get(0)?, unsigned(row.try_get(1)?)))).collect()
        })
        .map_err(|e| self.failed("counting commands", e))
    }

    /// The areas a terminal holds, by shape and id.
    pub async fn areas_of(&self, terminal: &TerminalId) -> Result<Vec<StoredArea>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = sqlx::query(
            "SELECT shape, area_id, means, given_ms FROM terminal_area WHERE terminal = $1 ORDER BY shape, area_id",
        )
        .bind(terminal.as_str())
        .fetch_all(&mut *reader)
        .await;
        let read = |row: &Row| {
            Ok(StoredArea {
                shape: row.try_get(0)?,
                id: u32::try_from(row.try_get::<i64, _>(1)?).unwrap_or(0),
                means: row.try_get(2)?,
                given: Timestamp::from_millis(row.try_get(3)?),
            })
        };
        rows.and_then(|rows| rows.iter().map(read).collect())
            .map_err(|e| self.failed("reading a terminal's areas", e))
    }
}
