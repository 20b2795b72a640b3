//! What was asked, what was found of it, and what was answered.

use std::collections::VecDeque;

use serde::Serialize;

use crate::faults::Fault;

/// How many entries are kept.
const KEPT: usize = 1000;
/// How many characters of a body are kept.
const BODY: usize = 64 * 1024;

/// A request and its answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// Its number, from 1.
    pub id: u64,
    /// When, by the wall clock.
    pub at: String,
    /// Its method.
    pub method: String,
    /// Its path, with the query.
    pub path: String,
    /// The status of the answer.
    pub status: u16,
    /// The answer's `Request-ID`.
    pub request_id: String,
    /// What went wrong on purpose.
    pub fault: Option<Fault>,
    /// The verdict of each check.
    pub checks: Vec<Verdict>,
    /// What would have fitted, when a signature does not.
    pub near_miss: Option<String>,
    /// The body that came.
    pub request_body: String,
    /// The body that was answered.
    pub answer_body: String,
}

/// The verdict of one check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// What was checked.
    pub name: &'static str,
    /// Did it pass?
    pub ok: bool,
    /// What was found.
    pub detail: String,
}

/// The last thousand entries.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    entries: VecDeque<Entry>,
    last: u64,
}

impl Journal {
    /// Writes an entry down, and gives it its number.
    pub fn push(&mut self, mut entry: Entry) {
        self.last += 1;
        entry.id = self.last;
        if self.entries.len() == KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    /// Those behind a number, oldest first.
    pub fn after(&self, id: u64) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.id > id)
    }

    /// Forgets all; numbers go on.
    pub fn clear(&mut self) {
        self.entries.clear();
    }
}

/// A body as the journal keeps it.
#[must_use]
pub fn shown(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().take(BODY).collect()
}
