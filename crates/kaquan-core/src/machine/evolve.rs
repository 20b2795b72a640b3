//! Writing events down. No rules here: whatever happened, happened.

use alloc::{format, sync::Arc};

use crate::{
    family::{AddStockBundle, BudgetChange, BudgetUpdateMode, Coupon, CouponState, Deactivation},
    lifecycle::{self, StockMove},
    model::{
        Bundle, BundlePatch, CouponCodeCountInfo, CouponCodeMode, ProductCouponId, SentCountInfo, Stock, StockBundleId,
        StockBundleInfo, StockId, StockState, StockUsageRule, StoreScope,
    },
    text::Text,
    time::{Instant, Timestamp},
};

use super::{Answer, Command, Event, Record, State};

impl State {
    /// Writes an event down. Total: an event about something that is not here changes nothing.
    pub fn evolve(&mut self, event: &Event) {
        match event {
            Event::BundleUpdated { at, coupon, bundle, patch } => {
                let Some(held) = self.bundles.get_mut(bundle) else { return };
                // The old bundle stays with the record of whoever wrote it, so a new one is made at once.
                *held = Arc::new(overlaid(held, patch.document()));
                let answer = Answer::Bundle(Arc::clone(held));
                let (coupon, bundle, patch) = (coupon.clone(), bundle.clone(), Arc::clone(patch));
                self.remember(*at, Command::UpdateBundle { coupon, bundle, patch }, answer);
            }
            Event::BundleAdded { at, coupon, bundle, serial, request } => {
                let Some(held) = self.coupons.get(coupon) else { return };
                let made = Arc::new(made(held, bundle, request));
                self.bundles.insert(bundle.clone(), Arc::clone(&made));
                self.serial = *serial;
                let (coupon, request) = (coupon.clone(), Arc::clone(request));
                self.remember(*at, Command::AddBundle { coupon, request }, Answer::Bundle(made));
            }
            Event::BudgetChanged { at, coupon, bundle, change } => {
                let Some(held) = self.bundles.get_mut(bundle) else { return };
                for stock in &mut Arc::make_mut(held).stock_list {
                    set_budget(stock, change);
                }
                let answer = Answer::Bundle(Arc::clone(held));
                let (coupon, bundle, change) = (coupon.clone(), bundle.clone(), Arc::clone(change));
                self.remember(*at, Command::ChangeBudget { coupon, bundle, change }, answer);
            }
            Event::StockDeactivated { at, coupon, bundle, stock, deactivation } => {
                let Some(held) = self.stock_mut(bundle, stock) else { return };
                deactivate(held, *at, deactivation);
                let answer = Answer::Stock(Arc::new(held.clone()));
                let (coupon, stock, deactivation) = (coupon.clone(), stock.clone(), Arc::clone(deactivation));
                self.remember(*at, Command::DeactivateStock { coupon, stock, deactivation }, answer);
            }
            Event::CouponDeactivated { at, coupon, deactivation } => self.deactivate_coupon(*at, coupon, deactivation),
            Event::BrandAuthorised { brand } => {
                self.brands.insert(brand.clone());
            }
            Event::CouponAdopted { coupon } => {
                self.coupons.insert(coupon.product_coupon_id.clone(), coupon.clone());
            }
            Event::BundleAdopted { bundle } => {
                self.bundles.insert(bundle.stock_bundle_id.clone(), Arc::clone(bundle));
            }
            Event::CouponApproved { coupon } => {
                if let Some(coupon) = self.coupons.get_mut(coupon) {
                    coupon.state = CouponState::Effective;
                }
            }
            Event::StockMoved { bundle, stock, to } => {
                if let Some(stock) = self.stock_mut(bundle, stock) {
                    stock.state = to.clone();
                }
            }
            Event::CouponsSent { bundle, count } => {
                let stocks = self.bundles.get_mut(bundle).map(|held| &mut Arc::make_mut(held).stock_list);
                for stock in stocks.into_iter().flatten() {
                    let SentCountInfo { total_count, today_count } = &mut stock.sent_count_info;
                    *total_count = total_count.saturating_add(*count);
                    *today_count = today_count.saturating_add(*count);
                }
            }
            Event::DayStarted => {
                for stock in self.bundles.values_mut().flat_map(|held| &mut Arc::make_mut(held).stock_list) {
                    stock.sent_count_info.today_count = 0;
                }
            }
            Event::RequestsForgotten { before } => {
                for records in self.requests.values_mut() {
                    records.retain(|_, record| record.at >= *before);
                }
                self.requests.retain(|_, records| !records.is_empty());
            }
        }
    }

    fn remember(&mut self, at: Instant, command: Command, answer: Answer) {
        let Some((brand, number)) = command.request() else { return };
        let (brand, number) = (brand.clone(), number.clone());
        self.requests.entry(brand).or_default().insert(number, Record { at, command, answer });
    }

    fn stock_mut(&mut self, bundle: &StockBundleId<'static>, stock: &StockId<'static>) -> Option<&mut Stock> {
        let held = Arc::make_mut(self.bundles.get_mut(bundle)?);
        held.stock_list.iter_mut().find(|held| held.stock_id == *stock)
    }

    fn deactivate_coupon(&mut self, at: Instant, id: &ProductCouponId<'static>, deactivation: &Arc<Deactivation>) {
        let Some(coupon) = self.coupons.get_mut(id) else { return };
        coupon.state = CouponState::Deactivated;
        coupon.deactivate_request_no = Some(text(deactivation.out_request_no.as_str()));
        coupon.deactivate_time = Some(Timestamp::from(at));
        coupon.deactivate_reason.clone_from(&deactivation.deactivate_reason);
        let answer = Answer::Coupon(Arc::new(coupon.clone()));
        for held in self.bundles.values_mut().filter(|bundle| bundle.belongs_to(id.as_str())) {
            for stock in &mut Arc::make_mut(held).stock_list {
                if lifecycle::after(&stock.state, StockMove::DeactivateCoupon).is_some() {
                    deactivate(stock, at, deactivation);
                }
            }
        }
        let (coupon, deactivation) = (id.clone(), Arc::clone(deactivation));
        self.remember(at, Command::DeactivateCoupon { coupon, deactivation }, answer);
    }
}

fn text(text: &str) -> Text<'static> {
    Text::from(text).into_owned()
}

/// The bundle with a patch written over every stock: parts that are given replace the old ones whole, the others stay.
fn overlaid(bundle: &Bundle, patch: &BundlePatch<'static>) -> Bundle {
    let BundlePatch {
        out_request_no: _,
        remark,
        usage_rule_display_info,
        coupon_display_info,
        notify_config,
        store_scope,
        brand_id: _,
    } = patch;
    // One copy of each part, shared by all stocks.
    let usage = usage_rule_display_info.clone().map(Arc::new);
    let display = coupon_display_info.clone().map(Arc::new);
    let notify = notify_config.clone().map(Arc::new);
    let written = |stock: &Stock| {
        let Stock {
            product_coupon_id,
            stock_id,
            remark: old_remark,
            coupon_code_mode,
            coupon_code_count_info,
            stock_send_rule,
            progressive_bundle_usage_rule,
            stock_bundle_info,
            usage_rule_display_info,
            coupon_display_info,
            notify_config,
            store_scope: old_scope,
            sent_count_info,
            state,
            deactivate_request_no,
            deactivate_time,
            deactivate_reason,
            brand_id,
        } = stock;
        Stock {
            product_coupon_id: product_coupon_id.clone(),
            stock_id: stock_id.clone(),
            remark: remark.as_ref().or(old_remark.as_ref()).cloned(),
            coupon_code_mode: coupon_code_mode.clone(),
            coupon_code_count_info: *coupon_code_count_info,
            stock_send_rule: *stock_send_rule,
            progressive_bundle_usage_rule: progressive_bundle_usage_rule.clone(),
            stock_bundle_info: stock_bundle_info.clone(),
            usage_rule_display_info: Arc::clone(usage.as_ref().unwrap_or(usage_rule_display_info)),
            coupon_display_info: Arc::clone(display.as_ref().unwrap_or(coupon_display_info)),
            notify_config: Arc::clone(notify.as_ref().unwrap_or(notify_config)),
            store_scope: store_scope.as_ref().unwrap_or(old_scope).clone(),
            sent_count_info: *sent_count_info,
            state: state.clone(),
            deactivate_request_no: deactivate_request_no.clone(),
            deactivate_time: deactivate_time.clone(),
            deactivate_reason: deactivate_reason.clone(),
            brand_id: brand_id.clone(),
        }
    };
    Bundle {
        stock_bundle_id: bundle.stock_bundle_id.clone(),
        stock_list: bundle.stock_list.iter().map(written).collect(),
    }
}

fn set_budget(stock: &mut Stock, change: &BudgetChange) {
    match (&change.update_mode, change.target_max_count, change.target_max_count_per_day) {
        (BudgetUpdateMode::MaxCount, Some(target), _) => stock.stock_send_rule.max_count = target,
        (BudgetUpdateMode::MaxCountPerDay, _, target) => stock.stock_send_rule.max_count_per_day = target,
        _ => {}
    }
}

fn deactivate(stock: &mut Stock, at: Instant, deactivation: &Deactivation) {
    stock.state = StockState::Deactivated;
    stock.deactivate_request_no = Some(text(deactivation.out_request_no.as_str()));
    stock.deactivate_time = Some(Timestamp::from(at));
    stock.deactivate_reason.clone_from(&deactivation.deactivate_reason);
}

/// The bundle of a draft: one stock for each entry of the coupon's list, under review.
fn made(coupon: &Coupon, id: &StockBundleId<'static>, request: &AddStockBundle) -> Bundle {
    let draft = &request.stock_bundle;
    let rule = &draft.progressive_bundle_usage_rule;
    let rounds =
        rule.normal_coupon_list.len().max(rule.discount_coupon_list.len()).max(rule.exchange_coupon_list.len());
    let uploaded = draft.coupon_code_mode == CouponCodeMode::Upload;
    let stock = |round: usize| Stock {
        product_coupon_id: coupon.product_coupon_id.clone(),
        stock_id: StockId::new(format!("{id}{:03}", round + 1)),
        remark: draft.remark.clone(),
        coupon_code_mode: draft.coupon_code_mode.clone(),
        coupon_code_count_info: uploaded.then(CouponCodeCountInfo::default),
        stock_send_rule: draft.stock_send_rule,
        progressive_bundle_usage_rule: Some(Arc::new(StockUsageRule {
            coupon_available_period: rule.coupon_available_period.clone(),
            normal_coupon: rule.normal_coupon_list.get(round).copied(),
            discount_coupon: rule.discount_coupon_list.get(round).copied(),
            exchange_coupon: rule.exchange_coupon_list.get(round).copied(),
        })),
        stock_bundle_info: StockBundleInfo {
            stock_bundle_id: id.clone(),
            stock_bundle_index: i64::try_from(round).unwrap_or(i64::MAX),
        },
        usage_rule_display_info: Arc::clone(&draft.usage_rule_display_info),
        coupon_display_info: Arc::clone(&draft.coupon_display_info),
        notify_config: Arc::clone(&draft.notify_config),
        store_scope: draft.store_scope.clone().unwrap_or(StoreScope::None),
        sent_count_info: SentCountInfo::default(),
        state: StockState::Auditing,
        deactivate_request_no: None,
        deactivate_time: None,
        deactivate_reason: None,
        brand_id: coupon.brand_id.clone(),
    };
    Bundle { stock_bundle_id: id.clone(), stock_list: (0..rounds).map(stock).collect() }
}
