//! What is SQLite's own: opening, pragmas, migrations, the begin statement, its error codes.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, Row as _};

use super::StoreError;

pub(super) type Database = sqlx::Sqlite;
pub(super) type Connection = sqlx::SqliteConnection;
pub(super) type Pool = sqlx::SqlitePool;
pub(super) type Pooled = sqlx::pool::PoolConnection<sqlx::Sqlite>;
pub(super) type Row = sqlx::sqlite::SqliteRow;

/// Every migration in order; its place in the list plus one is the version it leads to, kept in `PRAGMA user_version`.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/sqlite/0001_the_house.sql"),
    include_str!("../../migrations/sqlite/0002_terminals.sql"),
    include_str!("../../migrations/sqlite/0003_commands.sql"),
    include_str!("../../migrations/sqlite/0004_site_devices.sql"),
    include_str!("../../migrations/sqlite/0005_forwarding.sql"),
    include_str!("../../migrations/sqlite/0006_truck_notices.sql"),
    include_str!("../../migrations/sqlite/0007_ingest.sql"),
    include_str!("../../migrations/sqlite/0008_haul_volume.sql"),
    include_str!("../../migrations/sqlite/0009_waybills.sql"),
    include_str!("../../migrations/sqlite/0010_cases.sql"),
    include_str!("../../migrations/sqlite/0011_due_process.sql"),
    include_str!("../../migrations/sqlite/0012_push.sql"),
    include_str!("../../migrations/sqlite/0013_feed_keys.sql"),
    include_str!("../../migrations/sqlite/0014_dead_letters_written_off.sql"),
    include_str!("../../migrations/sqlite/0015_people.sql"),
    include_str!("../../migrations/sqlite/0016_api.sql"),
    include_str!("../../migrations/sqlite/0017_work.sql"),
    include_str!("../../migrations/sqlite/0018_office.sql"),
    include_str!("../../migrations/sqlite/0019_registry.sql"),
    include_str!("../../migrations/sqlite/0020_street.sql"),
];

/// Those of the history file, numbered by themselves.
const HISTORY_MIGRATIONS: &[&str] = &[include_str!("../../migrations/history/0001_chunks.sql")];

/// Reading connections open at once.
const READERS_MAX: u32 = 8;
/// How long a statement waits for another process's write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Page cache of each connection, KiB.
const CACHE_KIB: u32 = 32 * 1024;
/// Pages (4 KiB) the write-ahead log grows to before a commit folds it into the file, which stalls that commit by two
/// syncs and all the writing between them. A start after a crash reads this much at most.
const WAL_PAGES: u32 = 8 * 1024;

/// Opens the writer and the readers, migrating first. A database from a newer version is refused before anything is
/// written.
pub(super) async fn open(path: &Path) -> Result<(Pool, Pool), StoreError> {
    open_file(path, SqliteSynchronous::Full, MIGRATIONS).await
}

/// As [`open`], for the history file. What follows from the report log need not be synced at every commit.
pub(super) async fn open_history(path: &Path) -> Result<(Pool, Pool), StoreError> {
    open_file(path, SqliteSynchronous::Normal, HISTORY_MIGRATIONS).await
}

async fn open_file(
    path: &Path,
    synchronous: SqliteSynchronous,
    migrations: &[&'static str],
) -> Result<(Pool, Pool), StoreError> {
    let error = |source| StoreError::Open { path: path.to_owned(), source };
    if path.exists() {
        refuse_newer(path, migrations.len()).await?;
    }
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("cache_size", format!("-{CACHE_KIB}"))
        .pragma("wal_autocheckpoint", WAL_PAGES.to_string());
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        // A connection to a file does not go away by itself: asking it before each use costs a hop to its thread.
        .test_before_acquire(false)
        .after_release(|connection, _| Box::pin(is_clean(connection)))
        .connect_with(options.clone())
        .await
        .map_err(error)?;
    migrate(&writer, migrations).await.map_err(error)?;
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS_MAX)
        .test_before_acquire(false)
        .connect_with(options.create_if_missing(false).read_only(true))
        .await
        .map_err(error)?;
    Ok((writer, readers))
}

/// Whether a connection may be used again. On a full disk SQLite rolls back by itself, the driver's own rollback then finds
/// no transaction, and its count of open ones never comes down: such a connection could begin nothing more.
async fn is_clean(connection: &mut Connection) -> Result<bool, sqlx::Error> {
    // No transaction is known of, so none can be left behind: a begin whose answer nobody takes is rolled back on the
    // connection's thread. This spares each use a hop there.
    if !connection.is_in_transaction() {
        return Ok(true);
    }
    // A rollback may still be on its way to the connection's thread; an answer to this comes after it.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

async fn refuse_newer(path: &Path, known: usize) -> Result<(), StoreError> {
    let error = |source| StoreError::Open { path: path.to_owned(), source };
    let options = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(BUSY_TIMEOUT);
    let mut connection = Connection::connect_with(&options).await.map_err(error)?;
    let found = version(&mut connection).await.map_err(error)?;
    connection.close().await.map_err(error)?;
    let known = known as i64;
    if found > known { Err(StoreError::Newer { path: path.to_owned(), found, known }) } else { Ok(()) }
}

async fn migrate(writer: &Pool, migrations: &[&'static str]) -> Result<(), sqlx::Error> {
    let mut transaction = begin(writer).await?;
    let from = usize::try_from(version(&mut transaction).await?).unwrap_or(0);
    for script in migrations.iter().skip(from) {
        sqlx::raw_sql(*script).execute(&mut *transaction).await?;
    }
    if from < migrations.len() {
        // A pragma takes no bound value; the number is ours.
        let mark = format!("PRAGMA user_version = {}", migrations.len());
        sqlx::raw_sql(sqlx::AssertSqlSafe(mark)).execute(&mut *transaction).await?;
    }
    transaction.commit().await
}

async fn version(connection: &mut Connection) -> Result<i64, sqlx::Error> {
    sqlx::query("PRAGMA user_version").fetch_one(connection).await?.try_get(0)
}

/// A write transaction that holds the write lock from its first moment: one that upgrades later fails instead of
/// waiting.
pub(super) async fn begin(writer: &Pool) -> Result<sqlx::Transaction<'static, Database>, sqlx::Error> {
    writer.begin_with("BEGIN IMMEDIATE").await
}

/// SQLITE_FULL (13), and SQLITE_IOERR (10) in its write forms, which some file systems give instead.
pub(super) fn is_disk_full(error: &sqlx::Error) -> bool {
    const IOERR_WRITE: &str = "778";
    const IOERR_SHMSIZE: &str = "4874";
    error
        .as_database_error()
        .and_then(|e| e.code())
        .is_some_and(|code| matches!(code.as_ref(), "13" | IOERR_WRITE | IOERR_SHMSIZE))
}

/// Whether a statement broke a UNIQUE constraint.
pub(super) fn is_unique_violation(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|e| e.is_unique_violation())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{DATABASE_FILE, Store};

    #[tokio::test]
    async fn a_database_from_a_newer_version_is_refused_and_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(DATABASE_FILE);
        Store::open(folder.path()).await.unwrap().close().await;
        let options = SqliteConnectOptions::new().filename(&path);
        let mut connection = Connection::connect_with(&options).await.unwrap();
        sqlx::raw_sql("PRAGMA user_version = 99").execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        let before = std::fs::read(&path).unwrap();
        let error = Store::open(folder.path()).await.err().unwrap().to_string();
        let known = format!("up to {}", MIGRATIONS.len());
        assert!(error.contains("version 99") && error.contains(&known), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[tokio::test]
    async fn what_must_not_change_cannot_be_changed_even_by_hand() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        for row in [
            "INSERT INTO report_log VALUES (1, 0, 0, 0, 0, x'00')",
            "INSERT INTO ledger VALUES (1, 'a', 'b', '{}')",
            "INSERT INTO feed VALUES (1, '{}')",
            "INSERT INTO audit VALUES (1, 0, 'a', 'b', 'c', 'd', 'e', 'f')",
            "INSERT INTO waybill_act VALUES (1, 'n', 'void', 0, 'a', 'b', NULL, NULL)",
        ] {
            sqlx::query(row).execute(&store.writer).await.unwrap();
        }
        for (change, removal) in [
            ("UPDATE report_log SET reports = 9", "DELETE FROM report_log"),
            ("UPDATE ledger SET uscc = 'x'", "DELETE FROM ledger"),
            ("UPDATE feed SET line = 'x'", "DELETE FROM feed"),
            ("UPDATE audit SET who = 'x'", "DELETE FROM audit"),
            ("UPDATE waybill_act SET kind = 'accept'", "DELETE FROM waybill_act"),
        ] {
            for statement in [change, removal] {
                let error = sqlx::query(statement).execute(&store.writer).await.unwrap_err().to_string();
                assert!(error.contains("append-only"), "{statement}: {error}");
            }
        }
    }

    #[tokio::test]
    async fn a_database_of_before_the_runs_keeps_its_log_and_knows_what_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(DATABASE_FILE);
        let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
        let mut connection = Connection::connect_with(&options).await.unwrap();
        for script in &MIGRATIONS[..6] {
            sqlx::raw_sql(*script).execute(&mut connection).await.unwrap();
        }
        let line = r#"{"type":"rfid","time":"2026-11-23T16:00:00+08:00","reader":"R1","epc":"30751FEB"}"#;
        let report = domain::report_line::parse_line(line).unwrap();
        let mut batch = vec![1];
        batch.extend(postcard::to_stdvec(&vec![&report]).unwrap());
        sqlx::query("INSERT INTO report_log VALUES (1, 5, $1, $1, 1, $2)")
            .bind(report.time.millis())
            .bind(&batch)
            .execute(&mut connection)
            .await
            .unwrap();
        sqlx::query("INSERT INTO report_seen VALUES ($1, x'00112233445566778899aabbccddeeff')")
            .bind(report.time.millis())
            .execute(&mut connection)
            .await
            .unwrap();
        sqlx::raw_sql("PRAGMA user_version = 6").execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        let log = crate::log::ReportLog::start(Store::open(folder.path()).await.unwrap()).await.unwrap();
        let sent = log.append(vec![report.clone()]).await.unwrap();
        assert_eq!((sent.stored, sent.duplicates), (0, 1));
        assert_eq!(log.read_from(0).await.unwrap(), [(1, vec![report])]);
    }
}
