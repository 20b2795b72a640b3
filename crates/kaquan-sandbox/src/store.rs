//! The log of events on disk: appended before an answer is sent, replayed at the start.

use std::path::Path;

use kaquan_core::machine::{Event, State};
use rusqlite::{Connection, ErrorCode, OpenFlags, params};

/// Marks a file as ours: "KAQN".
const APPLICATION: i64 = 0x4b41_514e;
/// Version of the tables and of the events in them.
const VERSION: i64 = 1;

/// A SQLite file with the events.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
}

/// Why a file is not used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It is something else.
    #[error("{0} is no state file of this sandbox; it was left untouched")]
    Foreign(String),
    /// A later version wrote it.
    #[error("{path} has version {found}, this program knows {VERSION}; it was left untouched")]
    Newer {
        /// The file.
        path: String,
        /// Its version.
        found: i64,
    },
    /// Another process has it open.
    #[error("{0} is in use by another sandbox")]
    InUse(String),
    /// An event cannot be read.
    #[error("event {number} cannot be read: {reason}")]
    Event {
        /// Its number.
        number: i64,
        /// Why.
        reason: serde_json::Error,
    },
    /// SQLite says no.
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
}

impl Store {
    /// Opens a file, or makes it.
    ///
    /// # Errors
    /// [`StoreError`]; a file that is not ours, or newer, is left as it is.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let name = path.display().to_string();
        let exists = path.metadata().is_ok_and(|data| data.len() > 0);
        if exists {
            let looking = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            let pragma = |pragma: &str| looking.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, i64>(0));
            let foreign = |error: rusqlite::Error| match error.sqlite_error_code() {
                Some(ErrorCode::NotADatabase) => StoreError::Foreign(name.clone()),
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::InUse(name.clone()),
                _ => error.into(),
            };
            if pragma("application_id").map_err(foreign)? != APPLICATION {
                return Err(StoreError::Foreign(name));
            }
            let found = pragma("user_version").map_err(foreign)?;
            if found > VERSION {
                return Err(StoreError::Newer { path: name, found });
            }
        }
        let connection = Connection::open(path)?;
        // Two sandboxes on one log would each be right and both wrong: the first one keeps it.
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.execute_batch(&format!(
            "BEGIN; PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION};
             CREATE TABLE IF NOT EXISTS event (number INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL) STRICT;
             COMMIT;"
        ))?;
        Ok(Self { connection })
    }

    /// The state that the log leads to; `None` when it is empty.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn replay(&self) -> Result<Option<State>, StoreError> {
        let mut statement = self.connection.prepare("SELECT number, body FROM event ORDER BY number")?;
        let mut rows = statement.query([])?;
        let mut state = None;
        while let Some(row) = rows.next()? {
            let (number, body): (i64, String) = (row.get(0)?, row.get(1)?);
            let event: Event = serde_json::from_str(&body).map_err(|reason| StoreError::Event { number, reason })?;
            state.get_or_insert_with(State::default).evolve(&event);
        }
        Ok(state)
    }

    /// Appends events, all or none; they are on disk when this returns.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn append(&mut self, events: &[Event]) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        for event in events {
            let body = serde_json::to_string(event).map_err(|reason| StoreError::Event { number: 0, reason })?;
            transaction.prepare_cached("INSERT INTO event (body) VALUES (?1)")?.execute(params![body])?;
        }
        Ok(transaction.commit()?)
    }

    /// Forgets everything, and begins with these events.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn restart(&mut self, events: &[Event]) -> Result<(), StoreError> {
        self.connection.execute("DELETE FROM event", [])?;
        self.append(events)
    }
}
