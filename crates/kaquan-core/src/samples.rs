//! The official request and a clean bundle, for tests, examples and the sandbox.

use alloc::{sync::Arc, vec, vec::Vec};

use crate::{
    family::{Coupon, CouponScope, CouponState, CouponType, ProgressiveBundleUsageInfo, UsageMode},
    machine::Command,
    model::{BrandId, Bundle},
};

/// The body of the official page's sample request, as the page shows it.
pub const REQUEST: &str = include_str!("../samples/update-stock-bundle.request.json");

/// The answer of the official page, with its oddities.
pub const OFFICIAL_ANSWER: &str = include_str!("../samples/update-stock-bundle.response.json");

/// A clean bundle with three stocks and the ids of the official request; its period lies in 2098.
pub const BUNDLE: &str = include_str!("../samples/bundle.json");

/// The same with fifteen stocks, the most that a bundle has: about 26 KB.
pub const BUNDLE_OF_FIFTEEN: &str = include_str!("../samples/bundle-of-fifteen.json");

/// [`BUNDLE`], decoded.
///
/// # Panics
/// Never: tests decode it.
#[must_use]
pub fn bundle() -> Bundle {
    #[expect(clippy::expect_used, reason = "the text is part of the program")]
    serde_json::from_str(BUNDLE).expect("the sample is a bundle")
}

/// The coupon of [`BUNDLE`]: 200000001 of brand 120344, a discount in three rounds.
#[must_use]
pub fn coupon() -> Coupon {
    Coupon {
        product_coupon_id: "200000001".into(),
        scope: CouponScope::All,
        r#type: CouponType::Discount,
        usage_mode: UsageMode::ProgressiveBundle,
        progressive_bundle_usage_info: Some(ProgressiveBundleUsageInfo { count: 3, interval_days: Some(1) }),
        state: CouponState::Effective,
        deactivate_request_no: None,
        deactivate_time: None,
        deactivate_reason: None,
        brand_id: BrandId::from("120344"),
    }
}

/// The commands that put brand, coupon and bundle into an empty state.
#[must_use]
pub fn commands() -> Vec<Command> {
    vec![
        Command::AuthoriseBrand { brand: BrandId::from("120344") },
        Command::AdoptCoupon { coupon: coupon() },
        Command::AdoptBundle { bundle: Arc::new(bundle()) },
    ]
}
