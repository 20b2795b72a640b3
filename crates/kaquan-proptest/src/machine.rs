//! Bundles in every state, commands, times around the boundaries, and whole histories.
//!
//! Everything happens in a small world, so that commands meet: brands 120344 and 120345 (120399 has authorised nobody),
//! coupons 200000001 (three rounds), 200000002 (of the other brand) and 200000003 (used once), bundles 1–4, a handful
//! of request numbers. Some commands speak of what is not there.

use std::sync::Arc;

use kaquan_core::{
    family::{
        AddStockBundle, BudgetChange, BudgetUpdateMode, BundleDraft, Coupon, CouponState, CouponType, Deactivation,
        DraftUsageRule, UsageMode,
    },
    lifecycle::{STOCK_STATES, StockMove},
    machine::{Command, State},
    model::{
        BrandId, Bundle, BundlePatch, CouponAvailablePeriod, CouponCodeCountInfo, CouponCodeMode, DiscountCoupon, Fen,
        OutRequestNo, ProductCouponId, SentCountInfo, Stock, StockBundleId, StockBundleInfo, StockId, StockSendRule,
        StockState, StockUsageRule,
    },
    rules::{self, Checked},
    samples,
    time::{self, Instant, Timestamp},
};
use proptest::{collection, option, prelude::*, sample};

use crate::documents::{full_patches, patches, words};

const BRANDS: [&str; 3] = ["120344", "120345", "120399"];
const COUPONS: [&str; 4] = ["200000001", "200000002", "200000003", "299999999"];
const BUNDLES: [&str; 6] = ["1", "2", "3", "4", "900000001", "9"];
const ENDS: [&str; 3] = ["2098-03-01T00:00:00+08:00", "2098-06-30T23:59:59+08:00", "2098-12-31T23:59:59+08:00"];

/// Times around the ends of the stocks: well before, a second before, at, a second after, well after.
pub fn instants() -> BoxedStrategy<Instant> {
    (sample::select(&ENDS[..]), sample::select(vec![-86_400 * 20, -1, 0, 1, 86_400]))
        .prop_map(|(end, seconds)| {
            let end = time::parse(end).unwrap_or_default();
            end + chrono::TimeDelta::seconds(seconds)
        })
        .boxed()
}

/// States of stocks, those more often in which something can happen.
pub fn stock_states() -> BoxedStrategy<StockState> {
    prop_oneof![
        4 => Just(StockState::Sending),
        2 => sample::select(&STOCK_STATES[..]),
    ]
    .boxed()
}

/// Bundles of 3–15 stocks as the platform returns them, in any states, with budgets that hold.
///
/// # Example
/// ```
/// use kaquan_core::plan::oddities;
/// use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
///
/// let bundle = kaquan_proptest::bundles().new_tree(&mut TestRunner::deterministic()).unwrap().current();
/// assert_eq!(oddities(&bundle), []);
/// ```
pub fn bundles() -> BoxedStrategy<Bundle> {
    bundles_of(COUPONS[0], BRANDS[0], "1").boxed()
}

fn bundles_of(coupon: &'static str, brand: &'static str, id: &'static str) -> BoxedStrategy<Bundle> {
    let stocks = collection::vec((stock_states(), 0_i64..50, 0_i64..50, 1_i64..99), 3..=15);
    let shared = (full_patches(), sample::select(&ENDS[..]), option::of(10_i64..100), 100_i64..1000, any::<bool>());
    (stocks, shared)
        .prop_map(move |(stocks, (patch, end, per_day, max_count, upload))| {
            let stock = |(index, (state, sent, today, percent_off)): (usize, (StockState, i64, i64, i64))| {
                stock_of(coupon, brand, id, index, state, &patch, end).with(|stock| {
                    stock.stock_send_rule.max_count = max_count;
                    stock.stock_send_rule.max_count_per_day = per_day;
                    let today = today.min(sent).min(per_day.unwrap_or(sent));
                    stock.sent_count_info = SentCountInfo { total_count: sent, today_count: today };
                    if upload {
                        stock.coupon_code_mode = CouponCodeMode::Upload;
                        stock.coupon_code_count_info = Some(CouponCodeCountInfo::default());
                    }
                    if let Some(rule) = &mut stock.progressive_bundle_usage_rule {
                        let threshold = Fen(10_000);
                        Arc::make_mut(rule).discount_coupon = Some(DiscountCoupon { threshold, percent_off });
                    }
                })
            };
            let stock_list = stocks.into_iter().enumerate().map(stock).collect();
            Bundle { stock_bundle_id: id.into(), stock_list }
        })
        .boxed()
}

trait With: Sized {
    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

impl With for Stock {}

fn stock_of(
    coupon: &'static str,
    brand: &'static str,
    id: &'static str,
    index: usize,
    state: StockState,
    patch: &BundlePatch<'static>,
    end: &str,
) -> Stock {
    let deactivated = state == StockState::Deactivated;
    Stock {
        product_coupon_id: coupon.into(),
        stock_id: StockId::new(format!("{id}{:03}", index + 1)),
        remark: patch.remark.clone(),
        coupon_code_mode: CouponCodeMode::Wechatpay,
        coupon_code_count_info: None,
        stock_send_rule: StockSendRule { max_count: 1, max_count_per_day: None, max_count_per_user: 1 },
        progressive_bundle_usage_rule: Some(Arc::new(StockUsageRule {
            coupon_available_period: period(end),
            normal_coupon: None,
            discount_coupon: None,
            exchange_coupon: None,
        })),
        stock_bundle_info: StockBundleInfo {
            stock_bundle_id: id.into(),
            stock_bundle_index: i64::try_from(index).unwrap_or_default(),
        },
        usage_rule_display_info: Arc::new(patch.usage_rule_display_info.clone().unwrap_or_default()),
        coupon_display_info: Arc::new(patch.coupon_display_info.clone().unwrap_or_default()),
        notify_config: Arc::new(patch.notify_config.clone().unwrap_or_default()),
        store_scope: patch.store_scope.clone().unwrap_or(kaquan_core::model::StoreScope::None),
        sent_count_info: SentCountInfo::default(),
        state,
        deactivate_request_no: deactivated.then(|| "before-this".into()),
        deactivate_time: deactivated.then(|| Timestamp::from_text("2098-01-01T00:00:00+08:00")),
        deactivate_reason: None,
        brand_id: brand.into(),
    }
}

fn period(end: &str) -> CouponAvailablePeriod {
    CouponAvailablePeriod {
        available_begin_time: Timestamp::from_text("2098-01-01T00:00:00+08:00"),
        available_end_time: Timestamp::from_text(String::from(end)),
        available_days: None,
        wait_days_after_receive: None,
        weekly_available_period: None,
        irregular_available_period_list: None,
        available_seconds: None,
    }
}

/// States of the small world: brands, coupons and bundles 1–4, and no request remembered.
pub fn worlds() -> BoxedStrategy<State> {
    let bundles = (
        bundles_of(COUPONS[0], BRANDS[0], "1"),
        bundles_of(COUPONS[0], BRANDS[0], "2"),
        bundles_of(COUPONS[1], BRANDS[1], "3"),
        bundles_of(COUPONS[2], BRANDS[0], "4"),
    );
    let kinds = sample::select(vec![CouponState::Auditing, CouponState::Effective, CouponState::Effective]);
    (bundles, kinds)
        .prop_map(|((one, two, three, four), kind)| {
            let mut state = State::default();
            for command in world(kind, [one, two, three, four]) {
                // A world is made of things that do not contradict each other.
                let _ = state.apply(Instant::default(), &command);
            }
            state
        })
        .boxed()
}

fn world(state_of_first: CouponState, bundles: [Bundle; 4]) -> Vec<Command> {
    let coupon = |id: &'static str, brand: &'static str, usage_mode, state| Coupon {
        product_coupon_id: id.into(),
        brand_id: brand.into(),
        usage_mode,
        state,
        ..samples::coupon()
    };
    let mut commands =
        vec![Command::AuthoriseBrand { brand: BRANDS[0].into() }, Command::AuthoriseBrand { brand: BRANDS[1].into() }];
    let coupons = [
        coupon(COUPONS[0], BRANDS[0], UsageMode::ProgressiveBundle, state_of_first),
        coupon(COUPONS[1], BRANDS[1], UsageMode::ProgressiveBundle, CouponState::Effective),
        coupon(COUPONS[2], BRANDS[0], UsageMode::Single, CouponState::Effective),
    ];
    commands.extend(coupons.map(|coupon| Command::AdoptCoupon { coupon }));
    commands.extend(bundles.map(|bundle| Command::AdoptBundle { bundle: Arc::new(bundle) }));
    commands
}

/// Patches with the proof that they are fit to be sent, with the request number and brand given.
pub fn checked_patches(
    number: impl Strategy<Value = String> + 'static,
    brand: impl Strategy<Value = &'static str> + 'static,
) -> BoxedStrategy<Checked<BundlePatch<'static>>> {
    (patches(), number, brand)
        .prop_filter_map("good patches pass", |(patch, number, brand)| {
            let patch = BundlePatch { out_request_no: OutRequestNo::new(number), brand_id: brand.into(), ..patch };
            rules::check(patch).0
        })
        .boxed()
}

/// Few numbers, so that some are used again.
fn numbers() -> BoxedStrategy<String> {
    (0..12).prop_map(|number| format!("number-{number}")).boxed()
}

fn brands() -> BoxedStrategy<&'static str> {
    prop_oneof![8 => Just(BRANDS[0]), 2 => Just(BRANDS[1]), 1 => Just(BRANDS[2])].boxed()
}

fn coupons() -> BoxedStrategy<ProductCouponId<'static>> {
    prop_oneof![8 => Just(COUPONS[0]), 3 => sample::select(&COUPONS[..])].prop_map(ProductCouponId::from).boxed()
}

fn bundle_ids() -> BoxedStrategy<StockBundleId<'static>> {
    prop_oneof![8 => sample::select(&BUNDLES[..2]), 3 => sample::select(&BUNDLES[..])]
        .prop_map(StockBundleId::from)
        .boxed()
}

fn stock_ids() -> BoxedStrategy<StockId<'static>> {
    (bundle_ids(), 1..5).prop_map(|(bundle, index)| StockId::new(format!("{bundle}{index:03}"))).boxed()
}

/// Commands that somebody sends: those with an operation of the platform.
pub fn requests() -> BoxedStrategy<Command> {
    let update = (coupons(), bundle_ids(), checked_patches(numbers(), brands()))
        .prop_map(|(coupon, bundle, patch)| Command::UpdateBundle { coupon, bundle, patch: Arc::new(patch) });
    let budget = (coupons(), bundle_ids(), budgets()).prop_map(|(coupon, bundle, change)| Command::ChangeBudget {
        coupon,
        bundle,
        change: Arc::new(change),
    });
    let stock = (coupons(), stock_ids(), deactivations()).prop_map(|(coupon, stock, deactivation)| {
        Command::DeactivateStock { coupon, stock, deactivation: Arc::new(deactivation) }
    });
    let coupon = (coupons(), deactivations())
        .prop_map(|(coupon, deactivation)| Command::DeactivateCoupon { coupon, deactivation: Arc::new(deactivation) });
    let add =
        (coupons(), drafts()).prop_map(|(coupon, request)| Command::AddBundle { coupon, request: Arc::new(request) });
    prop_oneof![8 => update, 3 => budget, 1 => stock, 1 => coupon, 2 => add].boxed()
}

/// Every kind of command, the platform's own moves among them.
pub fn commands() -> BoxedStrategy<Command> {
    let stock = (bundle_ids(), stock_ids(), sample::select(StockMove::ALL.to_vec()))
        .prop_map(|(bundle, stock, by)| Command::MoveStock { bundle, stock, by });
    let send = (bundle_ids(), -1_i64..200).prop_map(|(bundle, count)| Command::SendCoupons { bundle, count });
    let approve = coupons().prop_map(|coupon| Command::ApproveCoupon { coupon });
    let forget = instants().prop_map(|before| Command::ForgetRequests { before });
    let brand = brands().prop_map(|brand| Command::AuthoriseBrand { brand: BrandId::from(brand) });
    prop_oneof![
        12 => requests(),
        6 => stock,
        4 => send,
        1 => approve,
        1 => forget,
        1 => brand,
        1 => Just(Command::StartDay),
    ]
    .boxed()
}

/// Commands at times that never run backwards.
pub fn histories(length: usize) -> BoxedStrategy<Vec<(Instant, Command)>> {
    collection::vec((instants(), commands()), 0..=length)
        .prop_map(|mut history| {
            let mut times: Vec<_> = history.iter().map(|(at, _)| *at).collect();
            times.sort();
            for ((at, _), sorted) in history.iter_mut().zip(times) {
                *at = sorted;
            }
            history
        })
        .boxed()
}

fn budgets() -> BoxedStrategy<BudgetChange> {
    let modes = sample::select(vec![BudgetUpdateMode::MaxCount, BudgetUpdateMode::MaxCountPerDay]);
    let counts = || option::weighted(0.9, prop_oneof![4 => 1_i64..1000, 1 => Just(0), 1 => Just(i64::MAX)]);
    (numbers(), brands(), modes, (counts(), counts(), counts(), counts()))
        .prop_map(|(number, brand, update_mode, (current, target, current_day, target_day))| BudgetChange {
            out_request_no: OutRequestNo::new(number),
            update_mode,
            current_max_count: current,
            target_max_count: target,
            current_max_count_per_day: current_day,
            target_max_count_per_day: target_day,
            brand_id: brand.into(),
        })
        .boxed()
}

fn deactivations() -> BoxedStrategy<Deactivation> {
    (numbers(), brands(), option::of(words(1, 151)))
        .prop_map(|(number, brand, reason)| Deactivation {
            out_request_no: OutRequestNo::new(number),
            deactivate_reason: reason,
            brand_id: brand.into(),
        })
        .boxed()
}

/// Bodies of *add stock bundle*, most of them fit for coupon 200000001.
pub fn drafts() -> BoxedStrategy<AddStockBundle> {
    let rounds = prop_oneof![6 => Just(3_usize), 1 => 0_usize..17];
    let kinds = prop_oneof![6 => Just(CouponType::Discount), 1 => Just(CouponType::Normal)];
    (numbers(), brands(), full_patches(), rounds, kinds, -1_i64..200)
        .prop_map(|(number, brand, patch, rounds, kind, max_count)| {
            let discount = DiscountCoupon { threshold: Fen(0), percent_off: 30 };
            let money = kaquan_core::model::NormalCoupon { threshold: Fen(0), discount_amount: Fen(1) };
            let is_discount = kind == CouponType::Discount;
            AddStockBundle {
                out_request_no: OutRequestNo::new(number),
                stock_bundle: BundleDraft {
                    remark: patch.remark,
                    coupon_code_mode: CouponCodeMode::Wechatpay,
                    stock_send_rule: StockSendRule { max_count, max_count_per_day: None, max_count_per_user: 1 },
                    progressive_bundle_usage_rule: DraftUsageRule {
                        coupon_available_period: period(ENDS[2]),
                        normal_coupon_list: if is_discount { vec![] } else { vec![money; rounds] },
                        discount_coupon_list: if is_discount { vec![discount; rounds] } else { vec![] },
                        exchange_coupon_list: vec![],
                    },
                    usage_rule_display_info: Arc::new(patch.usage_rule_display_info.unwrap_or_default()),
                    coupon_display_info: Arc::new(patch.coupon_display_info.unwrap_or_default()),
                    notify_config: Arc::new(patch.notify_config.unwrap_or_default()),
                    store_scope: patch.store_scope,
                },
                brand_id: brand.into(),
            }
        })
        .boxed()
}

/// Requests about the sample coupon 200000001 and its bundle 123456789, some of them about what is not there.
pub fn requests_of_samples() -> BoxedStrategy<Command> {
    requests()
        .prop_map(|command| match command {
            Command::UpdateBundle { coupon, patch, .. } => {
                Command::UpdateBundle { coupon, bundle: "123456789".into(), patch }
            }
            Command::ChangeBudget { coupon, change, .. } => {
                Command::ChangeBudget { coupon, bundle: "123456789".into(), change }
            }
            Command::DeactivateStock { coupon, stock, deactivation } => {
                let stock = StockId::new(format!("123456789{}", stock.as_str().get(1..).unwrap_or_default()));
                Command::DeactivateStock { coupon, stock, deactivation }
            }
            other => other,
        })
        .boxed()
}
