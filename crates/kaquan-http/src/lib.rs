//! The signed call of WeChat Pay APIv3 for stock bundles, without IO but in one file.
//!
//! Everything but [`client`] is a function of its arguments: which request a command is ([`route`]), what is signed
//! and how it is verified ([`sign`]), what an error says ([`answer`]), what to do next ([`retry`]). Clock, nonce and
//! keys are arguments. Whoever has an HTTP client of their own, asynchronous or not, puts these functions around it.
//!
//! # Example: sign a request for any HTTP client
//! ```
//! use http::header::AUTHORIZATION;
//! use kaquan_core::{machine::Command, model::BundlePatch, rules, samples};
//! use kaquan_http::{identity::Identity, keys::PrivateKey, route, sign::{self, Stamp}};
//!
//! # let pem = include_str!("../../../tests/keys/merchant.pem");
//! let patch = rules::check_text::<BundlePatch>(samples::REQUEST).0.unwrap().into_owned();
//! let call = route::Call::from(Command::update_bundle("200000001", "123456789", patch));
//! let identity = Identity::partner("1900000001", "5157F09EFDC096DE15EBE81A47057A7200000000", "PUB_KEY_ID_0100")?;
//! let key = PrivateKey::from_pem(pem)?; // your merchant API certificate's key
//!
//! let request = route::encode(&identity, &call)?;
//! let stamp = Stamp { timestamp: 1_764_000_000, nonce: "593BEC0C930BF1AFEB40B4A08C8FB242".into() };
//! let signed = sign::sign_request(&key, &identity, &stamp, request)?;
//! assert!(signed.headers()[AUTHORIZATION].to_str()?.starts_with("WECHATPAY2-SHA256-RSA2048 mchid=\"1900000001\""));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Modules are listed in the order of their dependencies.
#![deny(missing_docs)]

pub mod identity;
pub mod keys;
pub mod route;
pub mod sign;
pub mod answer;
pub mod retry;
pub mod pace;
pub mod client;
