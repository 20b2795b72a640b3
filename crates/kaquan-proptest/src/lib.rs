//! Strategies for suites that test against stock bundles of WeChat Pay.
//!
//! # Example: your own writer of patches never loses a member
//! ```
//! use kaquan_core::{model::BundlePatch, rules};
//! use proptest::prelude::*;
//!
//! proptest! {
//!     #[test]
//!     fn what_we_write_is_what_was_meant(patch in kaquan_proptest::patches()) {
//!         let written = serde_json::to_string(&patch).unwrap(); // your code here
//!         let (checked, findings) = rules::check_text::<BundlePatch>(&written);
//!         prop_assert_eq!(findings, []);
//!         prop_assert_eq!(checked.unwrap().into_inner(), patch);
//!     }
//! }
//! ```

#![expect(clippy::test_attr_in_doctest, reason = "the example is a test to copy")]

pub mod broken;
pub mod documents;
pub mod machine;

pub use broken::{breaking, broken};
pub use documents::{full_patches, patches};
pub use machine::{bundles, checked_patches, commands, histories, instants, requests, worlds};
