//! The test environment that APIv3 does not have: the platform's side of the bundle family, on your machine.
//!
//! Requests are verified for real, documents are checked by the same rules, the same reducer decides, and answers are
//! signed for real. Faults, clock and journal are controlled under `/__sandbox/`; a console page is at `/`. What is
//! guessed about the platform is marked as such in the documents of rules and refusals.
//!
//! # Example: a sandbox for your own tests
//! ```
//! use kaquan_core::{machine::Command, model::BundlePatch, rules, samples};
//! use kaquan_http::client::{Outcome, Settings};
//! use kaquan_sandbox::{Options, Sandbox};
//!
//! # let key = |name: &str| std::fs::read_to_string(format!("{}/../../tests/keys/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
//! # let keyring = kaquan_sandbox::Keyring::from_pem(&key("merchant.pem"), &key("platform.pem")).unwrap();
//! // let keyring = kaquan_sandbox::Keyring::generate()?; // new keys, or yours
//! let sandbox = Sandbox::new(keyring, Options::default())?.start()?; // stopped when it is dropped
//! let client = sandbox.client(&Settings { hosts: vec![sandbox.base_url().into()], ..Settings::default() })?;
//!
//! let patch = rules::check_text::<BundlePatch>(samples::REQUEST).0.unwrap().into_owned();
//! let outcome = client.call(&Command::update_bundle("200000001", "123456789", patch).into());
//! assert!(matches!(outcome, Outcome::Done { .. }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Modules are listed in the order of their dependencies.
#![deny(missing_docs)]

pub mod keyring;
pub mod faults;
pub mod journal;
pub mod store;
mod answers;
pub mod sandbox;
mod control;
pub mod server;

pub use keyring::Keyring;
pub use sandbox::{Mishap, Options, Sandbox};
