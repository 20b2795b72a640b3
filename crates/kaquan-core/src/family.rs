//! The rest of the bundle family: coupons, and the bodies of the operations beside *update stock bundle*.
//!
//! Sources: the pages of *add stock bundle* (4016280622), *update stock bundle budget* (4016280642), *deactivate
//! stock* (4015781532) and *deactivate product coupon* (4015781290) under <https://pay.weixin.qq.com/doc/v3/partner/>,
//! and, for limits, wechatpay-apiv3/wechatpay-skills@15f40d0.

use alloc::{sync::Arc, vec::Vec};
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    model::{
        BrandId, CouponAvailablePeriod, CouponCodeMode, CouponDisplayInfo, DiscountCoupon, ExchangeCoupon,
        NormalCoupon, NotifyConfig, OutRequestNo, ProductCouponId, StockSendRule, StoreScope, UsageRuleDisplayInfo,
        words,
    },
    text::Text,
};

words! {
    /// What a coupon can be used for (优惠范围).
    CouponScope {
        /// A whole shop; with types `NORMAL` and `DISCOUNT`.
        All = "ALL",
        /// One product; with every type.
        Single = "SINGLE",
    }

    /// How a coupon reduces the price (商品券类型).
    CouponType {
        /// Money off.
        Normal = "NORMAL",
        /// A percentage off.
        Discount = "DISCOUNT",
        /// A fixed price; only with scope `SINGLE`.
        Exchange = "EXCHANGE",
    }

    /// How often a coupon can be used (使用模式).
    UsageMode {
        /// Once; it has stocks, not bundles.
        Single = "SINGLE",
        /// Several times, one stock a round; it has bundles.
        ProgressiveBundle = "PROGRESSIVE_BUNDLE",
    }

    /// State of a coupon (商品券状态).
    CouponState {
        /// Under review.
        Auditing = "AUDITING",
        /// In force.
        Effective = "EFFECTIVE",
        /// The deactivate operation was called.
        Deactivated = "DEACTIVATED",
    }

    /// Which dimension of a budget changes (预算修改模式).
    BudgetUpdateMode {
        /// The total.
        MaxCount = "MAX_COUNT",
        /// The daily limit.
        MaxCountPerDay = "MAX_COUNT_PER_DAY",
    }
}

/// A product coupon (商品券), as far as its bundles depend on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coupon {
    /// The coupon.
    pub product_coupon_id: ProductCouponId<'static>,
    /// What it can be used for.
    pub scope: CouponScope,
    /// How it reduces the price.
    pub r#type: CouponType,
    /// How often it can be used.
    pub usage_mode: UsageMode,
    /// The rounds of a multi-use coupon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progressive_bundle_usage_info: Option<ProgressiveBundleUsageInfo>,
    /// Its state.
    pub state: CouponState,
    /// Number given to the deactivate call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deactivate_request_no: Option<Text<'static>>,
    /// When it was deactivated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deactivate_time: Option<crate::time::Timestamp>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deactivate_reason: Option<Text<'static>>,
    /// The brand.
    pub brand_id: BrandId<'static>,
}

/// The rounds of a multi-use coupon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressiveBundleUsageInfo {
    /// How many rounds, 3–15: a bundle has as many stocks.
    pub count: i64,
    /// Days between two rounds; 0 means that the next can be used the same day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval_days: Option<i64>,
}

/// The body of *add stock bundle*.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddStockBundle {
    /// Number of this request.
    pub out_request_no: OutRequestNo<'static>,
    /// What every stock of the new bundle gets.
    pub stock_bundle: BundleDraft,
    /// The brand.
    pub brand_id: BrandId<'static>,
}

/// A bundle to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleDraft {
    /// Remark, at most 20 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<Text<'static>>,
    /// Who makes the codes.
    pub coupon_code_mode: CouponCodeMode,
    /// How many each stock may issue.
    pub stock_send_rule: StockSendRule,
    /// Period and discounts.
    pub progressive_bundle_usage_rule: DraftUsageRule,
    /// How the coupon is used.
    pub usage_rule_display_info: Arc<UsageRuleDisplayInfo<'static>>,
    /// How the coupon looks.
    pub coupon_display_info: Arc<CouponDisplayInfo<'static>>,
    /// Whose `OpenID` events carry.
    pub notify_config: Arc<NotifyConfig<'static>>,
    /// In which stores it can be used; the page's default is `NONE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_scope: Option<StoreScope>,
}

/// Period of a new bundle, and the discount of each round. Exactly one list, as the coupon's type says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftUsageRule {
    /// When coupons can be redeemed.
    pub coupon_available_period: CouponAvailablePeriod,
    /// One entry a round, with type `NORMAL`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub normal_coupon_list: Vec<NormalCoupon>,
    /// One entry a round, with type `DISCOUNT`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discount_coupon_list: Vec<DiscountCoupon>,
    /// One entry a round, with type `EXCHANGE`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchange_coupon_list: Vec<ExchangeCoupon>,
}

/// The body of *update stock bundle budget*. One dimension a call: the members of the other one are ignored here, as
/// the official sample sends both although the page forbids it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetChange {
    /// Number of this request.
    pub out_request_no: OutRequestNo<'static>,
    /// Which dimension changes.
    pub update_mode: BudgetUpdateMode,
    /// The total that is stored now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_max_count: Option<i64>,
    /// The total that it shall be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_max_count: Option<i64>,
    /// The daily limit that is stored now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_max_count_per_day: Option<i64>,
    /// The daily limit that it shall be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_max_count_per_day: Option<i64>,
    /// The brand.
    pub brand_id: BrandId<'static>,
}

/// The body of *deactivate stock* and *deactivate product coupon*.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deactivation {
    /// Number of this request.
    pub out_request_no: OutRequestNo<'static>,
    /// Why, at most 150 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deactivate_reason: Option<Text<'static>>,
    /// The brand.
    pub brand_id: BrandId<'static>,
}
