//! An executable model of WeChat Pay product-coupon stock bundles (商品券批次组): what a bundle is, what is wrong with a
//! document, and what happens when somebody asks. No IO, no clock, no randomness, no standard library.
//!
//! # The walk of one patch
//! ```
//! use kaquan_core::{machine::{Command, State}, model::BundlePatch, plan, rules, samples, time};
//!
//! // 1. A text goes through the door: every finding at once, and a proof if none is an error.
//! let (checked, findings) = rules::check_text::<BundlePatch>(samples::REQUEST);
//! assert!(findings.is_empty());
//! let patch = checked.expect("no finding is an error").into_owned();
//!
//! // 2. A plan says what it will change in a bundle that the platform returned.
//! let now = time::parse("2098-02-01T12:00:00+08:00").expect("a time");
//! let plan = plan::plan(&samples::bundle(), &patch, now)?;
//! assert_eq!(plan.changes.len(), 18);
//!
//! // 3. The reducer that the plan asked is yours too: state, command, events.
//! let mut state = State::default();
//! for command in samples::commands() {
//!     state.apply(now, &command)?;
//! }
//! let events = state.apply(now, &Command::update_bundle("200000001", "123456789", patch))?;
//! assert_eq!(events.len(), 1);
//! assert_eq!(**state.bundle("123456789").expect("it is held"), plan.bundle);
//! # Ok::<(), kaquan_core::machine::Rejection>(())
//! ```
//!
//! # Where to look
//! - [`model`], [`family`]: the platform's nouns. [`document`]: what a request may hold, as tables.
//! - [`rules`]: the catalogue and the two doors, [`rules::read`] and [`rules::check`].
//! - [`lifecycle`], [`machine`]: which state follows which, and the reducer. [`plan`]: what an update will change.
//!
//! Modules are listed in the order of their dependencies, each using only those above it.
#![no_std]
#![deny(missing_docs)]
extern crate alloc;

pub mod text;
pub mod time;
pub mod model;
pub mod json;
pub mod hot;
pub mod document;
pub mod rule;
pub mod rules;
pub mod schema;
pub mod family;
pub mod lifecycle;
pub mod machine;
pub mod samples;
pub mod plan;
pub mod diagram;
