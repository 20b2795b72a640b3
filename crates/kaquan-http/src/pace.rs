//! 20 requests a second and no more: a bucket of tokens that knows no clock.

use std::time::Duration;

/// Requests a second that the platform takes from one caller, all brands of a service provider together.
pub const LIMIT_PER_SECOND: u32 = 20;

/// Gives each request its time. Times are durations since any fixed moment.
///
/// # Example
/// ```
/// use std::time::Duration;
/// use kaquan_http::pace::Pace;
///
/// let mut pace = Pace::new(2);
/// let now = Duration::from_secs(10);
/// assert_eq!(pace.wait(now), Duration::ZERO);
/// assert_eq!(pace.wait(now), Duration::from_millis(500));
/// ```
#[derive(Clone, Debug)]
pub struct Pace {
    gap: Duration,
    next: Duration,
}

impl Pace {
    /// So many a second, evenly.
    #[must_use]
    pub fn new(per_second: u32) -> Self {
        Self { gap: Duration::from_secs(1) / per_second.max(1), next: Duration::ZERO }
    }

    /// Takes the next place, and says how long to wait for it.
    pub fn wait(&mut self, now: Duration) -> Duration {
        let at = self.next.max(now);
        self.next = at + self.gap;
        at.saturating_sub(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_has_more_than_its_share() {
        let mut pace = Pace::new(LIMIT_PER_SECOND);
        let mut times = Vec::new();
        let mut now = Duration::from_secs(5);
        for step in 0..200_u32 {
            times.push(now + pace.wait(now));
            now += Duration::from_millis(u64::from(step % 7) * 9);
        }
        for (index, time) in times.iter().enumerate() {
            let within = times
                .iter()
                .skip(index)
                .take_while(|later| later.saturating_sub(*time) < Duration::from_secs(1))
                .count();
            assert!(within <= 20, "{within} in a second");
        }
    }
}
