//! [`Timestamp`]: a time as the platform wrote it, beside the instant that it means.

use core::fmt;

use alloc::string::String;
use chrono::{DateTime, FixedOffset, NaiveDateTime, SecondsFormat};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::text::Text;

/// An instant with the offset it was given in. The platform writes `+08:00` in every sample.
pub type Instant = DateTime<FixedOffset>;

/// A time of an answer: the characters that were read, and what they mean.
///
/// The platform documents RFC 3339, yet its own samples hold `2025-01-01T00:00+08:00`, without seconds, which no
/// RFC 3339 parser takes. So the text is kept as it came and written back unchanged; [`instant`](Self::instant) is
/// `None` only for text that is no time at all.
///
/// # Example
/// ```
/// use kaquan_core::time::Timestamp;
///
/// let odd = Timestamp::from_text("2025-01-01T00:00+08:00");
/// assert_eq!(odd.as_str(), "2025-01-01T00:00+08:00");
/// assert_eq!(odd.instant().map(|at| at.timestamp()), Some(1_735_660_800));
/// assert_eq!(Timestamp::from_text("soon").instant(), None);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Timestamp {
    text: Text<'static>,
    instant: Option<Instant>,
}

impl Timestamp {
    /// Keeps `text` and reads it: RFC 3339, or the same without seconds.
    #[must_use]
    pub fn from_text(text: impl Into<Text<'static>>) -> Self {
        let text = text.into();
        let instant = parse(&text);
        Self { text, instant }
    }

    /// The characters, as they were read.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What the text means, if it is a time.
    #[must_use]
    pub fn instant(&self) -> Option<Instant> {
        self.instant
    }
}

/// RFC 3339, or the platform's form without seconds.
#[must_use]
pub fn parse(text: &str) -> Option<Instant> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some(instant);
    }
    // `2025-01-01T00:00+08:00`: 16 characters of date and time, then the offset.
    let (local, offset) = text.split_at_checked(16)?;
    let local = NaiveDateTime::parse_from_str(local, "%Y-%m-%dT%H:%M").ok()?;
    let offset = if offset == "Z" { "+00:00" } else { offset };
    let offset: FixedOffset = offset.parse().ok()?;
    local.and_local_timezone(offset).single()
}

impl From<Instant> for Timestamp {
    /// Written as the platform does: whole seconds and a numeric offset.
    fn from(instant: Instant) -> Self {
        let text: String = instant.to_rfc3339_opts(SecondsFormat::Secs, false);
        Self::from_text(text)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.text, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.text.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Text::deserialize(deserializer).map(Self::from_text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn every_form_of_the_platform_is_read_and_kept() {
        for (text, seconds) in [
            ("2025-01-01T00:00:00+08:00", Some(1_735_660_800)),
            ("2025-01-01T00:00+08:00", Some(1_735_660_800)),
            ("2024-12-31T16:00:00Z", Some(1_735_660_800)),
            ("2024-12-31T16:00Z", Some(1_735_660_800)),
            ("2025-01-01T00:00:00.250+08:00", Some(1_735_660_800)),
            ("2025-01-01", None),
            ("2025-13-01T00:00+08:00", None),
            ("2025-01-01T00:00", None),
            ("二〇二五年一月一日〇时〇分", None),
            ("", None),
        ] {
            let time = Timestamp::from_text(text);
            assert_eq!(time.as_str(), text);
            assert_eq!(time.instant().map(|at| at.timestamp()), seconds, "{text}");
        }
    }

    #[test]
    fn an_instant_is_written_with_seconds() {
        let instant = parse("2025-01-01T00:00+08:00").unwrap();
        assert_eq!(Timestamp::from(instant).to_string(), "2025-01-01T00:00:00+08:00");
    }
}
