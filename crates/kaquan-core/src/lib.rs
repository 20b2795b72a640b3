//! An executable model of WeChat Pay product-coupon stock bundles (商品券批次组).
//!
//! Modules in the order of their dependencies, each using only those above it.
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
