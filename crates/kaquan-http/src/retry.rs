//! What to do after an attempt: a pure function of how it ended and how many there were.

use std::time::Duration;

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// An answer came, with this status.
    Answered(u16),
    /// The request was certainly not sent: no name, no connection, no TLS.
    NotSent,
    /// Sent, perhaps; no answer that can be read.
    Unknown,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// Nothing: the answer stands, or there were enough attempts.
    Stop,
    /// The same number and the same bytes again, newly signed.
    Again {
        /// After this time.
        after: Duration,
        /// At the other host, if there is one.
        other_host: bool,
    },
}

/// Attempts after the first.
pub const RETRIES: u32 = 3;

/// What to do after attempt number `attempt`, counted from 1. `jitter` is between 0 and 1 and shortens the wait by up to
/// half, so that callers who failed together do not come back together.
///
/// # Example
/// ```
/// use std::time::Duration;
/// use kaquan_http::retry::{Advice, Delivery, advise};
///
/// assert_eq!(advise(Delivery::Answered(400), 1, 0.0), Advice::Stop);
/// let advice = advise(Delivery::Answered(429), 2, 0.0);
/// assert_eq!(advice, Advice::Again { after: Duration::from_secs(2), other_host: false });
/// ```
#[must_use]
pub fn advise(delivery: Delivery, attempt: u32, jitter: f64) -> Advice {
    let (again, other_host) = match delivery {
        Delivery::Answered(202 | 429 | 500 | 502 | 503) => (true, false),
        Delivery::Answered(_) => (false, false),
        Delivery::NotSent | Delivery::Unknown => (true, true),
    };
    if !again || attempt > RETRIES {
        return Advice::Stop;
    }
    let seconds = Duration::from_secs(1 << (attempt.max(1) - 1));
    Advice::Again { after: seconds.mul_f64(1.0 - jitter.clamp(0.0, 1.0) / 2.0), other_host }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_help_is_tried_again() {
        for status in 100..600 {
            let again = advise(Delivery::Answered(status), 1, 0.0) != Advice::Stop;
            assert_eq!(again, [202, 429, 500, 502, 503].contains(&status), "{status}");
        }
    }

    #[test]
    fn waits_double_and_end() {
        let waits: Vec<_> = (1..=5).map(|attempt| advise(Delivery::Unknown, attempt, 0.0)).collect();
        let again = |seconds| Advice::Again { after: Duration::from_secs(seconds), other_host: true };
        assert_eq!(waits, [again(1), again(2), again(4), Advice::Stop, Advice::Stop]);
        let Advice::Again { after, .. } = advise(Delivery::NotSent, 1, 1.0) else { panic!("again") };
        assert_eq!(after, Duration::from_millis(500));
    }
}
