//! Which state may follow which: one match for stocks, one for coupons, each arm with its evidence.
//!
//! A bundle has no state of its own. `docs/LIFECYCLE.md` is generated from here.

use crate::{family::CouponState, model::StockState, rule::Certainty};

/// The states of a stock that the platform names, in its order.
pub const STOCK_STATES: [StockState; 5] =
    [StockState::Auditing, StockState::Sending, StockState::Paused, StockState::Stopped, StockState::Deactivated];

/// What can happen to a stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StockMove {
    /// The review was passed.
    Approve,
    /// The brand paused it.
    Pause,
    /// The brand resumed it.
    Resume,
    /// Its end was reached.
    ReachEnd,
    /// *Deactivate stock* was called.
    Deactivate,
    /// *Deactivate product coupon* was called: it takes every stock along.
    DeactivateCoupon,
}

impl StockMove {
    /// Every move.
    pub const ALL: [Self; 6] =
        [Self::Approve, Self::Pause, Self::Resume, Self::ReachEnd, Self::Deactivate, Self::DeactivateCoupon];

    /// The move in words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::ReachEnd => "end reached",
            Self::Deactivate => "deactivate stock",
            Self::DeactivateCoupon => "deactivate coupon",
        }
    }
}

/// What follows, and how anybody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step<S> {
    /// The state that follows.
    pub to: S,
    /// How sure that is.
    pub certainty: Certainty,
    /// Where the platform says so.
    pub evidence: &'static str,
}

const fn step<S>(to: S, certainty: Certainty, evidence: &'static str) -> Step<S> {
    Step { to, certainty, evidence }
}

/// The state of a stock after a move; `None` when the move is not possible. `STOPPED`, `DEACTIVATED` and states that
/// are not known admit none.
///
/// # Example
/// ```
/// use kaquan_core::{lifecycle::{StockMove, after}, model::StockState};
///
/// assert_eq!(after(&StockState::Sending, StockMove::Pause).unwrap().to, StockState::Paused);
/// assert_eq!(after(&StockState::Stopped, StockMove::Resume), None);
/// ```
#[must_use]
pub const fn after(state: &StockState, by: StockMove) -> Option<Step<StockState>> {
    use Certainty::{Documented, Inferred};
    use StockMove::{Approve, Deactivate, DeactivateCoupon, Pause, ReachEnd, Resume};
    use StockState::{Auditing, Deactivated, Paused, Sending, Stopped};
    match (state, by) {
        (Auditing, Approve) => Some(step(Sending, Documented, "trouble-shooting manual, 268577984; FAQ 4016950439")),
        (Sending, Pause) => {
            Some(step(Paused, Inferred, "the state's name; no operation pauses, the brand's platform does"))
        }
        (Paused, Resume) => Some(step(Sending, Documented, "trouble-shooting manual speaks of resuming, not how")),
        (Sending, ReachEnd) => Some(step(Stopped, Documented, "list stocks 4016434641: STOPPED means end reached")),
        (Paused | Auditing, ReachEnd) => Some(step(Stopped, Inferred, "the end is a time, whatever the state")),
        (Sending | Paused, Deactivate) => Some(step(Deactivated, Documented, "deactivate stock 4015781532")),
        (Auditing | Sending | Paused, DeactivateCoupon) => {
            Some(step(Deactivated, Documented, "deactivate product coupon 4015781290: every stock"))
        }
        _ => None,
    }
}

/// What can happen to a coupon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CouponMove {
    /// The review was passed.
    Approve,
    /// *Deactivate product coupon* was called.
    Deactivate,
}

impl CouponMove {
    /// Every move.
    pub const ALL: [Self; 2] = [Self::Approve, Self::Deactivate];

    /// The move in words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Deactivate => "deactivate coupon",
        }
    }
}

/// The states of a coupon that the platform names, in its order.
pub const COUPON_STATES: [CouponState; 3] = [CouponState::Auditing, CouponState::Effective, CouponState::Deactivated];

/// The state of a coupon after a move; `None` when the move is not possible.
#[must_use]
pub const fn coupon_after(state: &CouponState, by: CouponMove) -> Option<Step<CouponState>> {
    match (state, by) {
        (CouponState::Auditing, CouponMove::Approve) => {
            Some(step(CouponState::Effective, Certainty::Inferred, "FAQ 4016950439: a quick review by machine"))
        }
        (CouponState::Effective, CouponMove::Deactivate) => {
            Some(step(CouponState::Deactivated, Certainty::Documented, "deactivate product coupon 4015781290"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn the_walk_over_all_pairs_has_eleven_steps_and_two_terminal_states() {
        let mut steps = Vec::new();
        for state in &STOCK_STATES {
            for by in StockMove::ALL {
                steps.extend(after(state, by).map(|step| (state.clone(), by, step.to)));
            }
        }
        assert_eq!(steps.len(), 11);
        for terminal in [StockState::Stopped, StockState::Deactivated, StockState::Other("NEW".into())] {
            assert!(StockMove::ALL.iter().all(|by| after(&terminal, *by).is_none()), "{terminal}");
        }
        // Every state but the first is reached.
        for state in STOCK_STATES.iter().skip(1) {
            assert!(steps.iter().any(|(_, _, to)| to == state), "{state}");
        }
    }

    #[test]
    fn coupons_have_two_steps() {
        let possible = COUPON_STATES.iter().flat_map(|state| CouponMove::ALL.map(|by| coupon_after(state, by)));
        assert_eq!(possible.flatten().count(), 2);
    }
}
