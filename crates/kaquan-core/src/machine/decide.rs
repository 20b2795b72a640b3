//! Guards, in the order in which the platform's answers are expected.

use alloc::{format, sync::Arc, vec, vec::Vec};

use chrono::TimeDelta;

use crate::{
    document::{OUT_REQUEST_NO_MAX, OUT_REQUEST_NO_MIN, is_plain},
    family::{
        AddStockBundle, BudgetChange, BudgetUpdateMode, Coupon, CouponState, CouponType, Deactivation, DraftUsageRule,
        UsageMode,
    },
    lifecycle::{self, CouponMove, StockMove},
    model::{
        BrandId, Bundle, CouponAvailablePeriod, OutRequestNo, ProductCouponId, Stock, StockBundleId, StockSendRule,
        StockState,
    },
    time::Instant,
};

use super::{Command, Event, Rejection, State, Unfit};

/// Most coupons of a stock, in all and a day.
const MAX_COUNT: i64 = 100_000_000;
/// Most characters of a reason.
const REASON_MAX: usize = 150;

impl State {
    /// What follows from a command: events, or the rejection that the platform would answer with. No event at all
    /// means one thing only: the same request again, whose recorded answer is [`answer`](Self::answer).
    ///
    /// # Errors
    /// The first [`Rejection`] in the order of [`REFUSALS`](super::REFUSALS).
    pub fn decide(&self, now: Instant, command: &Command) -> Result<Vec<Event>, Rejection> {
        match command {
            Command::UpdateBundle { coupon, bundle, patch } => {
                let brand = &patch.document().brand_id;
                let (_, held) = self.bundle_of(brand, coupon, bundle)?;
                if self.is_repeated(command)? {
                    return Ok(vec![]);
                }
                is_live(held, now)?;
                let (coupon, bundle, patch) = (coupon.clone(), bundle.clone(), Arc::clone(patch));
                Ok(vec![Event::BundleUpdated { at: now, coupon, bundle, patch }])
            }
            Command::AddBundle { coupon, request } => {
                let held = self.progressive_coupon(&request.brand_id, coupon)?;
                fits_number(&request.out_request_no)?;
                if self.is_repeated(command)? {
                    return Ok(vec![]);
                }
                if held.state != CouponState::Effective {
                    return Err(Rejection::CouponNotEffective(held.state.clone()));
                }
                fits_draft(held, request)?;
                let (bundle, serial) = self.free_id();
                let (coupon, request) = (coupon.clone(), Arc::clone(request));
                Ok(vec![Event::BundleAdded { at: now, coupon, bundle, serial, request }])
            }
            Command::ChangeBudget { coupon, bundle, change } => {
                let (_, held) = self.bundle_of(&change.brand_id, coupon, bundle)?;
                fits_number(&change.out_request_no)?;
                if self.is_repeated(command)? {
                    return Ok(vec![]);
                }
                is_live(held, now)?;
                fits_budget(held, change)?;
                let (coupon, bundle, change) = (coupon.clone(), bundle.clone(), Arc::clone(change));
                Ok(vec![Event::BudgetChanged { at: now, coupon, bundle, change }])
            }
            Command::DeactivateStock { coupon, stock, deactivation } => {
                self.coupon_of(&deactivation.brand_id, coupon)?;
                let mut stocks = self.bundles_of(coupon.as_str()).flat_map(|bundle| &bundle.stock_list);
                let held = stocks.find(|held| held.stock_id == *stock);
                let held = held.ok_or_else(|| Rejection::StockUnknown(stock.clone()))?;
                fits_deactivation(deactivation)?;
                if self.is_repeated(command)? {
                    return Ok(vec![]);
                }
                moved(held, StockMove::Deactivate)?;
                let bundle = held.stock_bundle_info.stock_bundle_id.clone();
                let (coupon, stock, deactivation) = (coupon.clone(), stock.clone(), Arc::clone(deactivation));
                Ok(vec![Event::StockDeactivated { at: now, coupon, bundle, stock, deactivation }])
            }
            Command::DeactivateCoupon { coupon, deactivation } => {
                let held = self.coupon_of(&deactivation.brand_id, coupon)?;
                fits_deactivation(deactivation)?;
                if self.is_repeated(command)? {
                    return Ok(vec![]);
                }
                coupon_moved(held, CouponMove::Deactivate)?;
                let (coupon, deactivation) = (coupon.clone(), Arc::clone(deactivation));
                Ok(vec![Event::CouponDeactivated { at: now, coupon, deactivation }])
            }
            _ => self.decide_for_platform(now, command).map(|event| vec![event]),
        }
    }

    /// The platform's own hand.
    fn decide_for_platform(&self, now: Instant, command: &Command) -> Result<Event, Rejection> {
        match command {
            Command::AuthoriseBrand { brand } => Ok(Event::BrandAuthorised { brand: brand.clone() }),
            Command::AdoptCoupon { coupon } => {
                let id = &coupon.product_coupon_id;
                match self.coupons.get(id) {
                    Some(_) => Err(Rejection::KnownAlready(format!("coupon {id}"))),
                    None => Ok(Event::CouponAdopted { coupon: coupon.clone() }),
                }
            }
            Command::AdoptBundle { bundle } => self.decide_adoption(bundle),
            Command::ApproveCoupon { coupon } => {
                let held = self.coupons.get(coupon).ok_or_else(|| Rejection::CouponUnknown(coupon.clone()))?;
                coupon_moved(held, CouponMove::Approve)?;
                Ok(Event::CouponApproved { coupon: coupon.clone() })
            }
            Command::MoveStock { bundle, stock, by } => {
                let held = self.any_bundle(bundle)?;
                let held = held.stock_list.iter().find(|held| held.stock_id == *stock);
                let held = held.ok_or_else(|| Rejection::StockUnknown(stock.clone()))?;
                let to = match by {
                    // These have operations, which say who asked and why.
                    StockMove::Deactivate | StockMove::DeactivateCoupon => return Err(cannot(held, *by)),
                    by => moved(held, *by)?,
                };
                Ok(Event::StockMoved { bundle: bundle.clone(), stock: stock.clone(), to })
            }
            Command::SendCoupons { bundle, count } => {
                let held = self.any_bundle(bundle)?;
                may_send(held, *count, now)?;
                Ok(Event::CouponsSent { bundle: bundle.clone(), count: *count })
            }
            Command::ForgetRequests { before } => Ok(Event::RequestsForgotten { before: *before }),
            _ => Ok(Event::DayStarted),
        }
    }

    fn decide_adoption(&self, bundle: &Arc<Bundle>) -> Result<Event, Rejection> {
        let Some(first) = bundle.stock_list.first() else {
            return Err(Unfit::rejection("/stock_list", "empty", "a list of stocks"));
        };
        let coupon = &first.product_coupon_id;
        if !self.coupons.contains_key(coupon) {
            return Err(Rejection::CouponUnknown(coupon.clone()));
        }
        match self.bundles.get(&bundle.stock_bundle_id) {
            Some(known) => Err(Rejection::KnownAlready(format!("bundle {}", known.stock_bundle_id))),
            None => Ok(Event::BundleAdopted { bundle: Arc::clone(bundle) }),
        }
    }

    fn coupon_of(&self, brand: &BrandId<'_>, id: &ProductCouponId<'static>) -> Result<&Coupon, Rejection> {
        if !self.brands.contains(brand.as_str()) {
            return Err(Rejection::BrandNotAuthorised(brand.clone().into_owned()));
        }
        let coupon = self.coupons.get(id).filter(|coupon| coupon.brand_id.as_str() == brand.as_str());
        coupon.ok_or_else(|| Rejection::CouponUnknown(id.clone()))
    }

    fn progressive_coupon(&self, brand: &BrandId<'_>, id: &ProductCouponId<'static>) -> Result<&Coupon, Rejection> {
        let coupon = self.coupon_of(brand, id)?;
        match &coupon.usage_mode {
            UsageMode::ProgressiveBundle => Ok(coupon),
            other => Err(Rejection::NotProgressiveBundle(other.clone())),
        }
    }

    fn bundle_of(
        &self,
        brand: &BrandId<'_>,
        coupon: &ProductCouponId<'static>,
        id: &StockBundleId<'static>,
    ) -> Result<(&Coupon, &Bundle), Rejection> {
        let held = self.coupon_of(brand, coupon)?;
        let bundle = self.bundles.get(id).filter(|bundle| bundle.belongs_to(coupon.as_str()));
        match (bundle, &held.usage_mode) {
            (None, _) => Err(Rejection::BundleUnknown(id.clone())),
            (Some(bundle), UsageMode::ProgressiveBundle) => Ok((held, bundle)),
            (Some(_), other) => Err(Rejection::NotProgressiveBundle(other.clone())),
        }
    }

    fn any_bundle(&self, id: &StockBundleId<'static>) -> Result<&Bundle, Rejection> {
        self.bundles.get(id).map(Arc::as_ref).ok_or_else(|| Rejection::BundleUnknown(id.clone()))
    }

    /// Was the same request done before?
    fn is_repeated(&self, command: &Command) -> Result<bool, Rejection> {
        match (self.record(command), command.request()) {
            (Some(record), _) if record.command == *command => Ok(true),
            (Some(_), Some((_, number))) => Err(Rejection::RequestReusedWithOtherContent(number.clone())),
            _ => Ok(false),
        }
    }

    /// An id for a new bundle, and the serial that follows.
    fn free_id(&self) -> (StockBundleId<'static>, u64) {
        let mut serial = self.serial;
        loop {
            serial += 1;
            let id = StockBundleId::new(format!("{}", 900_000_000 + serial));
            if !self.bundles.contains_key(&id) {
                return (id, serial);
            }
        }
    }
}

fn cannot(stock: &Stock, by: StockMove) -> Rejection {
    Rejection::StockCannotMove { stock: stock.stock_id.clone(), state: stock.state.clone(), by }
}

fn moved(stock: &Stock, by: StockMove) -> Result<StockState, Rejection> {
    lifecycle::after(&stock.state, by).map(|step| step.to).ok_or_else(|| cannot(stock, by))
}

fn coupon_moved(coupon: &Coupon, by: CouponMove) -> Result<CouponState, Rejection> {
    let step = lifecycle::coupon_after(&coupon.state, by);
    step.map(|step| step.to).ok_or_else(|| Rejection::CouponCannotMove { state: coupon.state.clone(), by })
}

/// Is no stock deactivated (asked of all first), and none over?
fn is_live(bundle: &Bundle, now: Instant) -> Result<(), Rejection> {
    let mut first_over = None;
    for stock in &bundle.stock_list {
        if stock.state == StockState::Deactivated {
            return Err(Rejection::StockDeactivated(stock.stock_id.clone()));
        }
        if first_over.is_none() && is_over(stock, now) {
            first_over = Some(stock);
        }
    }
    first_over.map_or(Ok(()), |stock| Err(over(stock)))
}

fn is_over(stock: &Stock, now: Instant) -> bool {
    stock.state == StockState::Stopped || stock.available_end().is_some_and(|end| end <= now)
}

fn over(stock: &Stock) -> Rejection {
    let rule = stock.progressive_bundle_usage_rule.as_ref();
    let end = rule.map(|rule| rule.coupon_available_period.available_end_time.clone());
    let end = end.unwrap_or_else(|| crate::time::Timestamp::from_text("unknown"));
    Rejection::StockStopped { stock: stock.stock_id.clone(), end }
}

fn may_send(bundle: &Bundle, count: i64, now: Instant) -> Result<(), Rejection> {
    within("/count", count, 1, MAX_COUNT)?;
    is_live(bundle, now)?;
    for stock in &bundle.stock_list {
        if stock.state != StockState::Sending {
            return Err(Rejection::StockNotSending { stock: stock.stock_id.clone(), state: stock.state.clone() });
        }
        let (rule, sent) = (&stock.stock_send_rule, &stock.sent_count_info);
        let fits = |sent: i64, max: i64| sent.checked_add(count).is_some_and(|sum| sum <= max);
        let today = rule.max_count_per_day.is_none_or(|max| fits(sent.today_count, max));
        if !(today && fits(sent.total_count, rule.max_count)) {
            return Err(Rejection::BudgetSpent(stock.stock_id.clone()));
        }
    }
    Ok(())
}

fn fits_number(number: &OutRequestNo<'_>) -> Result<(), Rejection> {
    let text = number.as_str();
    let count = text.chars().count();
    if (OUT_REQUEST_NO_MIN..=OUT_REQUEST_NO_MAX).contains(&count) && text.chars().all(is_plain) {
        return Ok(());
    }
    Err(Unfit::rejection("/out_request_no", format!("{text:?}"), "6 to 40 of 0-9 A-Z a-z _ -"))
}

fn fits_deactivation(deactivation: &Deactivation) -> Result<(), Rejection> {
    fits_number(&deactivation.out_request_no)?;
    match deactivation.deactivate_reason.as_ref().map(crate::text::Text::characters) {
        Some(count) if count > REASON_MAX => {
            Err(Unfit::rejection("/deactivate_reason", format!("{count} characters"), "at most 150"))
        }
        _ => Ok(()),
    }
}

fn within(pointer: &'static str, number: i64, least: i64, most: i64) -> Result<(), Rejection> {
    if (least..=most).contains(&number) {
        return Ok(());
    }
    Err(Unfit::rejection(pointer, number, format!("{least} to {most}")))
}

/// The budget is kept a stock and set alike for all.
fn fits_budget(bundle: &Bundle, change: &BudgetChange) -> Result<(), Rejection> {
    let needed = |pointer: &'static str, number: Option<i64>| {
        number.ok_or_else(|| Unfit::rejection(pointer, "missing", format!("given with {}", change.update_mode)))
    };
    match &change.update_mode {
        BudgetUpdateMode::MaxCount => {
            let stated = needed("/current_max_count", change.current_max_count)?;
            let target = needed("/target_max_count", change.target_max_count)?;
            within("/target_max_count", target, 1, MAX_COUNT)?;
            for stock in &bundle.stock_list {
                let (actual, sent) = (stock.stock_send_rule.max_count, stock.sent_count_info.total_count);
                if actual != stated {
                    return Err(Rejection::BudgetMoved { stated, actual });
                }
                if target < sent {
                    return Err(Rejection::BudgetBelowSent { sent, target });
                }
            }
            Ok(())
        }
        BudgetUpdateMode::MaxCountPerDay => {
            let stated = needed("/current_max_count_per_day", change.current_max_count_per_day)?;
            let target = needed("/target_max_count_per_day", change.target_max_count_per_day)?;
            within("/target_max_count_per_day", target, 1, MAX_COUNT)?;
            for stock in &bundle.stock_list {
                match stock.stock_send_rule.max_count_per_day {
                    None => return Err(Rejection::BudgetLimitFixed),
                    Some(actual) if actual != stated => return Err(Rejection::BudgetMoved { stated, actual }),
                    Some(_) if target < stock.sent_count_info.today_count => {
                        let sent = stock.sent_count_info.today_count;
                        return Err(Rejection::BudgetBelowSent { sent, target });
                    }
                    Some(_) => {}
                }
            }
            Ok(())
        }
        BudgetUpdateMode::Other(word) => Err(Unfit::rejection("/update_mode", word, "MAX_COUNT or MAX_COUNT_PER_DAY")),
    }
}

fn fits_draft(coupon: &Coupon, request: &AddStockBundle) -> Result<(), Rejection> {
    let draft = &request.stock_bundle;
    let StockSendRule { max_count, max_count_per_day, max_count_per_user } = draft.stock_send_rule;
    within("/stock_bundle/stock_send_rule/max_count", max_count, 1, MAX_COUNT)?;
    if let Some(count) = max_count_per_day {
        within("/stock_bundle/stock_send_rule/max_count_per_day", count, 1, MAX_COUNT)?;
    }
    within("/stock_bundle/stock_send_rule/max_count_per_user", max_count_per_user, 1, 100)?;
    let rounds = fits_discounts(&coupon.r#type, &draft.progressive_bundle_usage_rule)?;
    let rounds = i64::try_from(rounds).unwrap_or(i64::MAX);
    let list = "/stock_bundle/progressive_bundle_usage_rule";
    within(list, rounds, 3, 15)?;
    if let Some(info) = coupon.progressive_bundle_usage_info.filter(|info| info.count != rounds) {
        return Err(Unfit::rejection(
            list,
            format!("{rounds} rounds"),
            format!("as many as the coupon has: {}", info.count),
        ));
    }
    fits_period(&draft.progressive_bundle_usage_rule.coupon_available_period)
}

/// The number of rounds, when only the list of the coupon's type is given and every discount is possible.
fn fits_discounts(kind: &CouponType, rule: &DraftUsageRule) -> Result<usize, Rejection> {
    let DraftUsageRule { coupon_available_period: _, normal_coupon_list, discount_coupon_list, exchange_coupon_list } =
        rule;
    match (kind, normal_coupon_list.as_slice(), discount_coupon_list.as_slice(), exchange_coupon_list.as_slice()) {
        (CouponType::Normal, list, [], []) => {
            let pointer = "/stock_bundle/progressive_bundle_usage_rule/normal_coupon_list";
            for coupon in list {
                within(pointer, coupon.threshold.0, 0, i64::MAX)?;
                // Threshold 0 means none, so nothing can be above it.
                let most = if coupon.threshold.0 == 0 { i64::MAX } else { coupon.threshold.0 };
                within(pointer, coupon.discount_amount.0, 1, most)?;
            }
            Ok(list.len())
        }
        (CouponType::Discount, [], list, []) => {
            let pointer = "/stock_bundle/progressive_bundle_usage_rule/discount_coupon_list";
            for coupon in list {
                within(pointer, coupon.threshold.0, 0, i64::MAX)?;
                within(pointer, coupon.percent_off, 1, 99)?;
            }
            Ok(list.len())
        }
        (CouponType::Exchange, [], [], list) => {
            let pointer = "/stock_bundle/progressive_bundle_usage_rule/exchange_coupon_list";
            for coupon in list {
                within(pointer, coupon.threshold.0, 0, i64::MAX)?;
                within(pointer, coupon.exchange_price.0, 0, i64::MAX)?;
            }
            Ok(list.len())
        }
        (kind, ..) => Err(Unfit::other_discount(kind)),
    }
}

fn fits_period(period: &CouponAvailablePeriod) -> Result<(), Rejection> {
    const PERIOD: &str = "/stock_bundle/progressive_bundle_usage_rule/coupon_available_period";
    let unfit = |found: &str, wanted: &str| Err(Unfit::rejection(PERIOD, found, wanted));
    let times = (period.available_begin_time.instant(), period.available_end_time.instant());
    let (Some(begin), Some(end)) = times else {
        return unfit("without a time", "given with two times of RFC 3339");
    };
    if begin >= end || end - begin > TimeDelta::days(365) {
        return unfit("out of order or too long", "more than 0 and at most 365 days long");
    }
    if let Some(days) = period.available_days {
        within(PERIOD, days, 1, 365)?;
    }
    if let Some(days) = period.wait_days_after_receive {
        within(PERIOD, days, 0, 30)?;
        if period.available_days.is_none() {
            return unfit("wait_days_after_receive alone", "given together with available_days");
        }
    }
    let days = period.weekly_available_period.iter().flat_map(|week| week.day_period_list.iter().flatten());
    for day in days {
        within(PERIOD, day.begin_time, 0, 86_399)?;
        within(PERIOD, day.end_time, day.begin_time.saturating_add(1), 86_399)?;
    }
    let ranges = period.irregular_available_period_list.as_ref().map_or(0, Vec::len);
    let regular = period.available_days.is_some() || period.weekly_available_period.is_some();
    if ranges > 2 || (ranges > 0 && regular) {
        return unfit("given with irregular ranges", "given with at most two, and then without days and weeks");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_six_to_forty_plain_characters() {
        for (number, good) in [("123456", true), ("12345", false), ("12345#", false), ("_-aZ09", true)] {
            assert_eq!(fits_number(&number.into()).is_ok(), good, "{number}");
        }
        assert!(fits_number(&OutRequestNo::new("x".repeat(41))).is_err());
    }
}
