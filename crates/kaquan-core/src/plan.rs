//! What an update will change, before it is sent.
//!
//! A plan asks the same reducer that the sandbox is made of, about the bundle as the platform returned it. What nobody
//! can know from the bundle alone (is the number used, is the brand still authorised?) is taken to be well.
//!
//! # Example
//! ```
//! use kaquan_core::{model::BundlePatch, plan, rules, samples, time};
//!
//! let now = time::parse("2098-02-01T12:00:00+08:00").unwrap();
//! let patch = rules::check_text::<BundlePatch>(samples::REQUEST).0.unwrap().into_owned();
//! let plan = plan::plan(&samples::bundle(), &patch, now)?;
//! assert_eq!(plan.changes[0].pointer, "/remark");
//! assert_eq!(plan.changes[0].after.as_ref().unwrap(), "疯狂星期四项目专用");
//! assert!(plan.cautions.iter().any(|caution| caution.name == "specific-without-known-stores"));
//! # Ok::<(), kaquan_core::machine::Rejection>(())
//! ```

use alloc::{
    format,
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};

use serde::Serialize;
use serde_json::Value;

use crate::{
    family::{Coupon, CouponScope, CouponState, CouponType, UsageMode},
    json::pointer_step,
    machine::{Answer, Command, Rejection, State},
    model::{Bundle, BundlePatch, CouponCodeMode, Stock, StockId, StockState, StoreScope},
    rule::Message,
    rules::Checked,
    time::Instant,
};

/// What an accepted update changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Every change, stock by stock.
    pub changes: Vec<Change>,
    /// What a person should know before saying yes.
    pub cautions: Vec<Caution>,
    /// The bundle as it will be.
    pub bundle: Bundle,
}

/// A member of a stock that changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The stock.
    pub stock_id: StockId<'static>,
    /// JSON Pointer into the stock.
    pub pointer: String,
    /// Its value now; `None` when it is not there.
    pub before: Option<Value>,
    /// Its value afterwards; `None` when it goes.
    pub after: Option<Value>,
}

/// Something a person should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caution {
    /// What it is, in the form of a rule's name.
    pub name: &'static str,
    /// The stock it is about; `None` when it is about all.
    pub stock_id: Option<StockId<'static>>,
    /// JSON Pointer into the stock, or into the patch when it is about all.
    pub pointer: &'static str,
    /// In words.
    pub message: Message,
}

/// Says what `patch` will change in `bundle`.
///
/// # Errors
/// The [`Rejection`] that the platform is expected to answer with.
pub fn plan(bundle: &Bundle, patch: &Checked<BundlePatch<'static>>, now: Instant) -> Result<Plan, Rejection> {
    let first = bundle.stock_list.first();
    let Some(first) = first else { return Err(Rejection::BundleUnknown(bundle.stock_bundle_id.clone())) };
    let mut state = State::default();
    let brand = patch.document().brand_id.clone();
    let coupon = coupon_of(first);
    let command = Command::UpdateBundle {
        coupon: coupon.product_coupon_id.clone(),
        bundle: bundle.stock_bundle_id.clone(),
        patch: Arc::new(patch.clone()),
    };
    state.apply(now, &Command::AuthoriseBrand { brand })?;
    state.apply(now, &Command::AdoptCoupon { coupon })?;
    state.apply(now, &Command::AdoptBundle { bundle: Arc::new(bundle.clone()) })?;
    state.apply(now, &command)?;
    let Some(Answer::Bundle(after)) = state.answer(&command) else {
        return Err(Rejection::BundleUnknown(bundle.stock_bundle_id.clone()));
    };
    let mut cautions = oddities(bundle);
    cautions.extend(cautions_of_update(bundle, patch.document()));
    Ok(Plan { changes: changes(bundle, after), cautions, bundle: Bundle::clone(after) })
}

/// The coupon that a stock tells of.
fn coupon_of(stock: &Stock) -> Coupon {
    Coupon {
        product_coupon_id: stock.product_coupon_id.clone(),
        scope: CouponScope::All,
        r#type: CouponType::Normal,
        usage_mode: UsageMode::ProgressiveBundle,
        progressive_bundle_usage_info: None,
        state: CouponState::Effective,
        deactivate_request_no: None,
        deactivate_time: None,
        deactivate_reason: None,
        brand_id: stock.brand_id.clone(),
    }
}

/// What differs between two states of a bundle, stock by stock.
#[must_use]
pub fn changes(before: &Bundle, after: &Bundle) -> Vec<Change> {
    let mut changes = Vec::new();
    for (old, new) in before.stock_list.iter().zip(&after.stock_list) {
        let value = |stock: &Stock| serde_json::to_value(stock).unwrap_or_default();
        difference(&old.stock_id, String::new(), Some(&value(old)), Some(&value(new)), &mut changes);
    }
    changes
}

fn difference(
    stock_id: &StockId<'static>,
    pointer: String,
    before: Option<&Value>,
    after: Option<&Value>,
    changes: &mut Vec<Change>,
) {
    if before == after {
        return;
    }
    let member = |value: Option<&Value>| value.and_then(Value::as_object).cloned();
    match (member(before), member(after)) {
        // An object is shown member by member, also when it comes or goes.
        (None, None) => {
            changes.push(Change {
                stock_id: stock_id.clone(),
                pointer,
                before: before.cloned(),
                after: after.cloned(),
            });
        }
        (old, new) => {
            let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
            let added = new.keys().filter(|name| !old.contains_key(*name));
            for name in old.keys().chain(added) {
                let pointer = format!("{pointer}/{}", pointer_step(name));
                difference(stock_id, pointer, old.get(name), new.get(name), changes);
            }
        }
    }
}

fn cautions_of_update(bundle: &Bundle, patch: &BundlePatch<'_>) -> Vec<Caution> {
    let mut cautions = Vec::new();
    for stock in bundle.stock_list.iter().filter(|stock| stock.state == StockState::Auditing) {
        cautions.push(Caution {
            name: "stock-under-review",
            stock_id: Some(stock.stock_id.clone()),
            pointer: "/state",
            message: Message {
                en: "AUDITING: the page of this operation lets it through, the page of the single-stock twin does not"
                    .into(),
                zh: "AUDITING：本接口文档允许修改，单批次接口文档不允许".into(),
            },
        });
    }
    let now = bundle.stock_list.first().map_or("unknown", |stock| stock.store_scope.as_str());
    match &patch.store_scope {
        None if now == StoreScope::None.as_str() => {}
        None => cautions.push(Caution {
            name: "store-scope-omitted",
            stock_id: None,
            pointer: "/store_scope",
            message: Message {
                en: format!("store_scope is not given: it is taken to stay {now}, but the page says that the default is NONE"),
                zh: format!("未填写 store_scope：此处按保持 {now} 处理，但文档写明默认设置为 NONE"),
            },
        }),
        Some(StoreScope::Specific) => cautions.push(Caution {
            name: "specific-without-known-stores",
            stock_id: None,
            pointer: "/store_scope",
            message: Message {
                en: "SPECIFIC: usable in linked stores only, and the bundle does not tell which are linked; with none it is usable nowhere".into(),
                zh: "SPECIFIC：仅在已关联门店可用，而批次组信息不含关联门店；没有关联门店时无处可用".into(),
            },
        }),
        Some(_) => {}
    }
    cautions
}

/// What is odd about a bundle that the platform returned: nothing here stops an update.
///
/// # Example
/// ```
/// use kaquan_core::{plan, samples};
///
/// assert_eq!(plan::oddities(&samples::bundle()), []);
/// let official = serde_json::from_str(samples::OFFICIAL_ANSWER).unwrap();
/// let names: Vec<_> = plan::oddities(&official).iter().map(|caution| caution.name).collect();
/// assert!(names.contains(&"time-without-seconds"));
/// ```
#[must_use]
pub fn oddities(bundle: &Bundle) -> Vec<Caution> {
    let mut found = Vec::new();
    let mut odd = |name, stock: Option<&Stock>, pointer, en: String, zh: &'static str| {
        let stock_id = stock.map(|stock| stock.stock_id.clone());
        found.push(Caution { name, stock_id, pointer, message: Message { en, zh: zh.to_string() } });
    };
    let count = bundle.stock_list.len();
    if !(3..=15).contains(&count) {
        odd(
            "stock-count",
            None,
            "/stock_list",
            format!("{count} stocks; a bundle has 3 to 15"),
            "批次组应有 3 至 15 个批次",
        );
    }
    let first = bundle.stock_list.first();
    for (index, stock) in bundle.stock_list.iter().enumerate() {
        let mut odd =
            |name, pointer, en: &'static str, zh: &'static str| odd(name, Some(stock), pointer, en.to_string(), zh);
        let info = &stock.stock_bundle_info;
        if info.stock_bundle_id != bundle.stock_bundle_id || usize::try_from(info.stock_bundle_index) != Ok(index) {
            odd(
                "place-in-bundle",
                "/stock_bundle_info",
                "does not name this bundle and this place in it",
                "与所在批次组或序号不符",
            );
        }
        if stock.stock_id.as_str() == bundle.stock_bundle_id.as_str() {
            odd("same-id", "/stock_id", "the stock has the id of its bundle", "批次ID 与批次组ID 相同");
        }
        if bundle.stock_list.iter().take(index).any(|earlier| earlier.stock_id == stock.stock_id) {
            odd("stock-repeated", "/stock_id", "the stock is listed before", "该批次前面已列出");
        }
        if first.is_some_and(|first| disagrees(first, stock)) {
            odd(
                "stocks-disagree",
                "",
                "differs from the first stock in what all stocks share",
                "与第一个批次的共同信息不一致",
            );
        }
        if !stock.state.is_known() {
            odd("state-unknown", "/state", "a state that this version does not know", "未知的批次状态");
        }
        let deactivation = stock.deactivate_request_no.is_some() || stock.deactivate_time.is_some();
        if deactivation != (stock.state == StockState::Deactivated) {
            odd("deactivation-mismatch", "/state", "state and deactivate_* do not agree", "状态与失效信息不一致");
        }
        if stock
            .deactivate_time
            .as_ref()
            .is_some_and(|time| chrono::DateTime::parse_from_rfc3339(time.as_str()).is_err())
        {
            odd("time-without-seconds", "/deactivate_time", "not a time of RFC 3339", "不是 RFC 3339 时间");
        }
        let upload = stock.coupon_code_mode == CouponCodeMode::Upload;
        if stock.coupon_code_count_info.is_some() != upload {
            odd(
                "code-counts-mismatch",
                "/coupon_code_count_info",
                "given exactly with UPLOAD",
                "仅在 UPLOAD 模式下存在",
            );
        }
        let (sent, max) = (&stock.sent_count_info, stock.stock_send_rule.max_count);
        if !(0 <= sent.today_count && sent.today_count <= sent.total_count && sent.total_count <= max) {
            odd(
                "counts-out-of-order",
                "/sent_count_info",
                "today, in all and at most are not in order",
                "今日、累计与上限的大小关系不符",
            );
        }
        period_oddities(stock, &mut odd);
    }
    found
}

fn period_oddities(stock: &Stock, odd: &mut impl FnMut(&'static str, &'static str, &'static str, &'static str)) {
    let Some(rule) = &stock.progressive_bundle_usage_rule else {
        return odd(
            "rule-missing",
            "/progressive_bundle_usage_rule",
            "a stock of a bundle has one",
            "批次组内的批次应有使用规则",
        );
    };
    let kinds = [rule.normal_coupon.is_some(), rule.discount_coupon.is_some(), rule.exchange_coupon.is_some()];
    if kinds.into_iter().filter(|given| *given).count() != 1 {
        odd("several-discounts", "/progressive_bundle_usage_rule", "one discount is expected", "应恰好有一种优惠规则");
    }
    let period = &rule.coupon_available_period;
    let (begin, end) = (period.available_begin_time.instant(), period.available_end_time.instant());
    if end.is_none() {
        odd(
            "end-unreadable",
            "/progressive_bundle_usage_rule/coupon_available_period/available_end_time",
            "not a time, so whether the stock is over cannot be judged",
            "不是时间，无法判断批次是否过期",
        );
    }
    if begin.is_none_or(|begin| end.is_none_or(|end| begin >= end)) {
        odd(
            "period-out-of-order",
            "/progressive_bundle_usage_rule/coupon_available_period",
            "no start before an end",
            "没有早于结束时间的开始时间",
        );
    }
    let irregular = period.irregular_available_period_list.is_some();
    if irregular && (period.available_days.is_some() || period.weekly_available_period.is_some()) {
        odd(
            "period-mixed",
            "/progressive_bundle_usage_rule/coupon_available_period",
            "irregular ranges exclude days and weeks",
            "不规则时段与天数、每周时段互斥",
        );
    }
}

fn disagrees(one: &Stock, two: &Stock) -> bool {
    one.product_coupon_id != two.product_coupon_id
        || one.brand_id != two.brand_id
        || one.store_scope != two.store_scope
        || one.usage_rule_display_info != two.usage_rule_display_info
        || one.coupon_display_info != two.coupon_display_info
        || one.notify_config != two.notify_config
}
