//! Why a command is refused.

use alloc::{format, string::String};
use core::fmt;

use crate::{
    family::{CouponState, CouponType, UsageMode},
    lifecycle::StockMove,
    model::{BrandId, OutRequestNo, ProductCouponId, StockBundleId, StockId, StockState},
    rule::{Certainty, Words},
    time::Timestamp,
};

/// Why a command is refused: the fact that stands in its way, as data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The brand has not authorised the service provider.
    #[error("brand {0} has not authorised this service provider")]
    BrandNotAuthorised(BrandId<'static>),
    /// No such coupon, or not this brand's.
    #[error("there is no coupon {0} of this brand")]
    CouponUnknown(ProductCouponId<'static>),
    /// No such bundle, or not this coupon's.
    #[error("there is no bundle {0} of this coupon")]
    BundleUnknown(StockBundleId<'static>),
    /// No such stock, or not this coupon's.
    #[error("there is no stock {0} of this coupon")]
    StockUnknown(StockId<'static>),
    /// Only coupons that are used several times have bundles.
    #[error("the coupon's usage mode is {0}, not PROGRESSIVE_BUNDLE")]
    NotProgressiveBundle(UsageMode),
    /// The number was used for something else.
    #[error("request number {0} was used before, with other content")]
    RequestReusedWithOtherContent(OutRequestNo<'static>),
    /// The coupon is not in force.
    #[error("the coupon is {0}, not EFFECTIVE")]
    CouponNotEffective(CouponState),
    /// A stock was deactivated.
    #[error("stock {0} is DEACTIVATED")]
    StockDeactivated(StockId<'static>),
    /// A stock is over: `STOPPED`, or past its end.
    #[error("stock {stock} is over: its end was {end}")]
    StockStopped {
        /// The stock.
        stock: StockId<'static>,
        /// The end of its period, as it is stored.
        end: Timestamp,
    },
    /// A stock is not in a state from which the move leads on.
    #[error("stock {stock} is {state}: {} is not possible", by.name())]
    StockCannotMove {
        /// The stock.
        stock: StockId<'static>,
        /// Its state.
        state: StockState,
        /// What was wanted.
        by: StockMove,
    },
    /// Coupons are sent from stocks that are `SENDING` alone.
    #[error("stock {stock} is {state}, not SENDING")]
    StockNotSending {
        /// The stock.
        stock: StockId<'static>,
        /// Its state.
        state: StockState,
    },
    /// A coupon is not in a state from which the move leads on.
    #[error("the coupon is {state}: {} is not possible", by.name())]
    CouponCannotMove {
        /// Its state.
        state: CouponState,
        /// What was wanted.
        by: crate::lifecycle::CouponMove,
    },
    /// The budget is not what the request believes.
    #[error("the stored budget is {actual}, the request says {stated}")]
    BudgetMoved {
        /// What the request says.
        stated: i64,
        /// What is stored.
        actual: i64,
    },
    /// More was sent than the new total allows.
    #[error("{sent} coupons were sent already, the new total is {target}")]
    BudgetBelowSent {
        /// Coupons sent.
        sent: i64,
        /// The new total.
        target: i64,
    },
    /// A daily limit cannot come or go.
    #[error("a bundle without a daily limit cannot get one, nor lose one that it has")]
    BudgetLimitFixed,
    /// Nothing more may be sent.
    #[error("stock {0} has no budget left")]
    BudgetSpent(StockId<'static>),
    /// A member of the request is not what it must be.
    #[error("{0}")]
    Unfit(#[from] Unfit),
    /// The object is here already.
    #[error("{0} is known already")]
    KnownAlready(String),
}

/// A member of a request of the bundle family that is not what it must be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{pointer} is {found}, it must be {wanted}")]
pub struct Unfit {
    /// JSON Pointer to the member.
    pub pointer: &'static str,
    /// What it is.
    pub found: String,
    /// What it must be.
    pub wanted: String,
}

impl Unfit {
    pub(super) fn rejection(pointer: &'static str, found: impl fmt::Display, wanted: impl fmt::Display) -> Rejection {
        Rejection::Unfit(Self { pointer, found: format!("{found}"), wanted: format!("{wanted}") })
    }

    pub(super) fn other_discount(kind: &CouponType) -> Rejection {
        Self::rejection(
            "/stock_bundle/progressive_bundle_usage_rule",
            "given other discounts, or several kinds",
            format!("given the list of {kind} alone"),
        )
    }
}

/// How the platform answers a refused command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The broken fact.
    pub name: &'static str,
    /// What kind of answer it is.
    pub kind: Kind,
    /// The platform's word.
    pub code: &'static str,
    /// The platform's number, where one is known.
    pub number: Option<u32>,
    /// How sure code and number are.
    pub certainty: Certainty,
    /// When it is given.
    pub when: Words,
}

/// What kind of answer a refusal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The request asks for something that is not allowed.
    Invalid,
    /// The caller has no right to it.
    Forbidden,
    /// What it speaks of is not there.
    Absent,
}

const NO_AUTH: Refusal = Refusal {
    name: "brand-not-authorised",
    kind: Kind::Forbidden,
    code: "NO_AUTH",
    number: Some(268_579_803),
    certainty: Certainty::Documented,
    when: Words { en: "the brand has not authorised the service provider", zh: "品牌未授权该服务商" },
};

const fn absent(name: &'static str, when: Words) -> Refusal {
    let number = Some(268_578_608);
    Refusal { name, kind: Kind::Absent, code: "NOT_FOUND", number, certainty: Certainty::Documented, when }
}

const fn invalid(name: &'static str, certainty: Certainty, number: Option<u32>, when: Words) -> Refusal {
    Refusal { name, kind: Kind::Invalid, code: "INVALID_REQUEST", number, certainty, when }
}

/// Every refusal, in the order in which a command meets them.
pub const REFUSALS: [Refusal; 18] = [
    NO_AUTH,
    absent("coupon-unknown", Words { en: "no such coupon, or not this brand's", zh: "商品券不存在，或不属于该品牌" }),
    absent(
        "bundle-unknown",
        Words { en: "no such bundle, or not this coupon's", zh: "批次组不存在，或不属于该商品券" },
    ),
    absent("stock-unknown", Words { en: "no such stock, or not this coupon's", zh: "批次不存在，或不属于该商品券" }),
    invalid(
        "not-progressive-bundle",
        Certainty::Documented,
        None,
        Words {
            en: "the coupon's usage mode is not PROGRESSIVE_BUNDLE",
            zh: "商品券的使用模式不是 PROGRESSIVE_BUNDLE",
        },
    ),
    invalid(
        "request-reused-with-other-content",
        Certainty::Inferred,
        Some(268_578_927),
        Words { en: "the request number was used with other content", zh: "请求单号已用于其他内容" },
    ),
    invalid(
        "coupon-not-effective",
        Certainty::Inferred,
        None,
        Words { en: "the coupon is not EFFECTIVE", zh: "商品券不是 EFFECTIVE 状态" },
    ),
    invalid(
        "stock-deactivated",
        Certainty::Inferred,
        None,
        Words { en: "a stock of the bundle is DEACTIVATED", zh: "批次组内有批次已失效" },
    ),
    invalid(
        "stock-stopped",
        Certainty::Inferred,
        None,
        Words { en: "a stock of the bundle is STOPPED or past its end", zh: "批次组内有批次已过期" },
    ),
    invalid(
        "stock-cannot-move",
        Certainty::Inferred,
        None,
        Words { en: "the stock's state does not allow it", zh: "批次状态不允许该操作" },
    ),
    invalid(
        "stock-not-sending",
        Certainty::Documented,
        Some(268_577_984),
        Words { en: "coupons are sent from SENDING stocks alone", zh: "只有 SENDING 状态的批次可以发券" },
    ),
    invalid(
        "coupon-cannot-move",
        Certainty::Inferred,
        None,
        Words { en: "the coupon's state does not allow it", zh: "商品券状态不允许该操作" },
    ),
    invalid(
        "budget-moved",
        Certainty::Inferred,
        None,
        Words { en: "current_* is not the stored budget", zh: "current_* 与当前预算不一致" },
    ),
    invalid(
        "budget-below-sent",
        Certainty::Inferred,
        None,
        Words { en: "the new total is below what was sent", zh: "新的总预算低于已发放数量" },
    ),
    invalid(
        "budget-limit-fixed",
        Certainty::Inferred,
        None,
        Words { en: "a daily limit cannot come or go", zh: "每日限制与不限制不能互相转换" },
    ),
    invalid("budget-spent", Certainty::Inferred, None, Words { en: "nothing more may be sent", zh: "预算已用完" }),
    Refusal {
        name: "unfit",
        kind: Kind::Invalid,
        code: "PARAM_ERROR",
        number: Some(268_435_464),
        certainty: Certainty::Inferred,
        when: Words {
            en: "a member is out of range or does not fit the coupon", zh: "参数超出范围或与商品券不符"
        },
    },
    invalid("known-already", Certainty::Inferred, None, Words { en: "the object is here already", zh: "对象已存在" }),
];

impl Rejection {
    /// How the platform answers: kind, code and number.
    ///
    /// # Example
    /// ```
    /// use kaquan_core::machine::Rejection;
    ///
    /// let rejection = Rejection::StockDeactivated("123456789001".into());
    /// assert_eq!(rejection.refusal().code, "INVALID_REQUEST");
    /// assert_eq!(rejection.to_string(), "stock 123456789001 is DEACTIVATED");
    /// ```
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        let [auth, coupon, bundle, stock, mode, reused, effective, deactivated, stopped, rest @ ..] = REFUSALS;
        let [stock_move, not_sending, coupon_move, moved, below, fixed, spent, unfit, known] = rest;
        match self {
            Self::BrandNotAuthorised(_) => auth,
            Self::CouponUnknown(_) => coupon,
            Self::BundleUnknown(_) => bundle,
            Self::StockUnknown(_) => stock,
            Self::NotProgressiveBundle(_) => mode,
            Self::RequestReusedWithOtherContent(_) => reused,
            Self::CouponNotEffective(_) => effective,
            Self::StockDeactivated(_) => deactivated,
            Self::StockStopped { .. } => stopped,
            Self::StockCannotMove { .. } => stock_move,
            Self::StockNotSending { .. } => not_sending,
            Self::CouponCannotMove { .. } => coupon_move,
            Self::BudgetMoved { .. } => moved,
            Self::BudgetBelowSent { .. } => below,
            Self::BudgetLimitFixed => fixed,
            Self::BudgetSpent(_) => spent,
            Self::Unfit(_) => unfit,
            Self::KnownAlready(_) => known,
        }
    }

    /// The same in Chinese.
    #[must_use]
    pub fn chinese(&self) -> String {
        match self {
            Self::BrandNotAuthorised(brand) => format!("品牌 {brand} 未授权该服务商"),
            Self::CouponUnknown(id) => format!("该品牌没有商品券 {id}"),
            Self::BundleUnknown(id) => format!("该商品券没有批次组 {id}"),
            Self::StockUnknown(id) => format!("该商品券没有批次 {id}"),
            Self::NotProgressiveBundle(mode) => format!("商品券的使用模式是 {mode}，不是 PROGRESSIVE_BUNDLE"),
            Self::RequestReusedWithOtherContent(number) => format!("请求单号 {number} 已用于其他内容"),
            Self::CouponNotEffective(state) => format!("商品券状态是 {state}，不是 EFFECTIVE"),
            Self::StockDeactivated(stock) => format!("批次 {stock} 已失效（DEACTIVATED）"),
            Self::StockStopped { stock, end } => format!("批次 {stock} 已过期：结束时间为 {end}"),
            Self::StockCannotMove { stock, state, by } => format!("批次 {stock} 状态为 {state}，不能{}", move_zh(*by)),
            Self::StockNotSending { stock, state } => format!("批次 {stock} 状态为 {state}，不是 SENDING"),
            Self::CouponCannotMove { state, .. } => format!("商品券状态为 {state}，不允许该操作"),
            Self::BudgetMoved { stated, actual } => format!("当前预算为 {actual}，请求中写的是 {stated}"),
            Self::BudgetBelowSent { sent, target } => format!("已发放 {sent} 张，新的总预算为 {target}"),
            Self::BudgetLimitFixed => "每日预算的限制与不限制不能互相转换".into(),
            Self::BudgetSpent(stock) => format!("批次 {stock} 的预算已用完"),
            Self::Unfit(Unfit { pointer, found, wanted }) => format!("{pointer} 为 {found}，应为 {wanted}"),
            Self::KnownAlready(what) => format!("{what} 已存在"),
        }
    }
}

fn move_zh(by: StockMove) -> &'static str {
    match by {
        StockMove::Approve => "通过审核",
        StockMove::Pause => "暂停",
        StockMove::Resume => "恢复",
        StockMove::ReachEnd => "到期",
        StockMove::Deactivate => "失效批次",
        StockMove::DeactivateCoupon => "失效商品券",
    }
}
