//! The reducer's invariants, on generated histories.

mod support;

use std::{collections::BTreeSet, sync::Arc};

use BudgetUpdateMode::{MaxCount, MaxCountPerDay};

use kaquan_core::{
    family::{BudgetChange, BudgetUpdateMode, CouponState, Deactivation, UsageMode},
    lifecycle::{STOCK_STATES, StockMove},
    machine::{Answer, Command, Event, Kind, REFUSALS, Rejection, State},
    model::{Bundle, BundlePatch, Stock, StockState},
    plan,
    rules::{self, Checked},
    samples,
    time::{self, Instant},
};
use kaquan_proptest::{bundles, checked_patches, commands, histories, instants, requests, worlds};
use proptest::prelude::*;

fn at(text: &str) -> Instant {
    time::parse(text).unwrap()
}

fn early() -> Instant {
    at("2098-02-01T12:00:00+08:00")
}

/// What an update must never touch.
fn fixed(stock: &Stock) -> impl PartialEq + std::fmt::Debug {
    let Stock {
        product_coupon_id,
        stock_id,
        remark: _,
        coupon_code_mode,
        coupon_code_count_info,
        stock_send_rule,
        progressive_bundle_usage_rule,
        stock_bundle_info,
        usage_rule_display_info: _,
        coupon_display_info: _,
        notify_config: _,
        store_scope: _,
        sent_count_info,
        state,
        deactivate_request_no,
        deactivate_time,
        deactivate_reason,
        brand_id,
    } = stock.clone();
    (
        (product_coupon_id, stock_id, coupon_code_mode, coupon_code_count_info, stock_send_rule, brand_id),
        (progressive_bundle_usage_rule, stock_bundle_info, sent_count_info, state),
        (deactivate_request_no, deactivate_time, deactivate_reason),
    )
}

fn states(state: &State) -> Vec<(String, StockState)> {
    let stocks = state.bundles().flat_map(|bundle| &bundle.stock_list);
    stocks.map(|stock| (stock.stock_id.to_string(), stock.state.clone())).collect()
}

fn json<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

proptest! {
    #![proptest_config(support::properties(256))]

    /// Folding the events of `decide` is `apply`; a refused command changes nothing; the log rebuilds the state.
    #[test]
    fn the_log_is_the_truth(start in worlds(), history in histories(24)) {
        let mut state = start.clone();
        let mut log: Vec<Event> = vec![];
        for (now, command) in &history {
            let before = state.clone();
            let decided = state.decide(*now, command);
            prop_assert_eq!(&state, &before, "deciding changes nothing");
            let applied = state.apply(*now, command);
            prop_assert_eq!(&applied, &decided);
            match applied {
                Err(_) => prop_assert_eq!(&state, &before),
                Ok(events) => {
                    let mut folded = before;
                    for event in &events {
 folded.evolve(event);
}
                    prop_assert_eq!(&state, &folded);
                    log.extend(events);
                }
            }
        }
        let mut replayed = start;
        for event in &log {
            replayed.evolve(&json(event));
        }
        prop_assert_eq!(&replayed, &state);
        prop_assert_eq!(&json(&state), &state);
    }

    /// The same request again: no event, nothing changes, and the answer of then.
    #[test]
    fn the_same_request_twice_changes_nothing(mut state in worlds(), history in histories(12), command in requests(), now in instants()) {
        for (now, command) in &history {
            let _ = state.apply(*now, command);
        }
        if let Ok(events) = state.apply(now, &command) {
            let answer = state.answer(&command).cloned();
            prop_assert!(answer.is_some());
            prop_assert!(events.len() <= 1);
            for (later, other) in &history {
                // Whatever happens in between, unless the record is forgotten.
                if !matches!(other, Command::ForgetRequests { .. }) {
                    let _ = state.apply(*later, other);
                }
            }
            let before = state.clone();
            if let Ok(again) = state.apply(now, &command) {
                prop_assert_eq!(again, vec![]);
                prop_assert_eq!(state.answer(&command), answer.as_ref());
            }
            prop_assert_eq!(&state, &before);
        }
    }

    /// The same number with anything else is refused.
    #[test]
    fn a_number_serves_one_request(mut state in worlds(), one in requests(), two in requests(), now in instants()) {
        let accepted = state.apply(now, &one).is_ok();
        if accepted && one.request() == two.request() && one != two {
            let before = state.clone();
            prop_assert!(state.apply(now, &two).is_err());
            prop_assert_eq!(state, before);
        }
    }

    /// An update writes every stock or none, replaces what is given, keeps what is not, and touches nothing else.
    #[test]
    fn an_update_writes_its_parts_to_every_stock(bundle in bundles(), patch in checked_patches("[a-z]{6,9}", Just("120344")), now in instants()) {
        match plan::plan(&bundle, &patch, now) {
            Err(rejection) => {
                let over = |stock: &Stock| stock.state == StockState::Stopped || stock.available_end().unwrap() <= now;
                let named = match rejection {
                    Rejection::StockDeactivated(id) => bundle.stock_list.iter().any(|s| s.stock_id == id && s.state == StockState::Deactivated),
                    Rejection::StockStopped { stock, .. } => bundle.stock_list.iter().any(|s| s.stock_id == stock && over(s)),
                    _ => false,
                };
                prop_assert!(named, "the refusal names a stock that deserves it");
            }
            Ok(plan) => {
                let patch = patch.document();
                prop_assert_eq!(plan.bundle.stock_list.len(), bundle.stock_list.len());
                for (before, after) in bundle.stock_list.iter().zip(&plan.bundle.stock_list) {
                    prop_assert_eq!(fixed(before), fixed(after));
                    prop_assert_eq!(&after.remark, patch.remark.as_ref().map_or(&before.remark, |_| &patch.remark));
                    prop_assert_eq!(&*after.usage_rule_display_info, patch.usage_rule_display_info.as_ref().unwrap_or(&before.usage_rule_display_info));
                    prop_assert_eq!(&*after.coupon_display_info, patch.coupon_display_info.as_ref().unwrap_or(&before.coupon_display_info));
                    prop_assert_eq!(&*after.notify_config, patch.notify_config.as_ref().unwrap_or(&before.notify_config));
                    prop_assert_eq!(&after.store_scope, patch.store_scope.as_ref().unwrap_or(&before.store_scope));
                }
                // All stocks agree afterwards, and the changes are exactly the difference.
                let first = &plan.bundle.stock_list[0];
                prop_assert!(plan.bundle.stock_list.iter().all(|stock| stock.store_scope == first.store_scope));
                prop_assert_eq!(plan.changes.is_empty(), plan.bundle == bundle);
                for change in &plan.changes {
                    prop_assert_ne!(&change.before, &change.after);
                }
                // The same patch once more changes nothing.
                prop_assert_eq!(plan::changes(&plan.bundle, &plan::plan(&plan.bundle, &Checked::clone(&rules::check(patch.clone()).0.unwrap()), now).unwrap().bundle), vec![]);
            }
        }
    }

    /// Terminal states stay, counts stay within budgets, whatever happens.
    #[test]
    fn what_is_over_stays_over(mut state in worlds(), history in histories(24)) {
        for (now, command) in &history {
            let before = states(&state);
            let _ = state.apply(*now, command);
            let after = states(&state);
            for (id, old) in before {
                let new = after.iter().find(|(other, _)| *other == id).map(|(_, state)| state.clone());
                if matches!(old, StockState::Stopped | StockState::Deactivated) {
                    prop_assert_eq!(new, Some(old));
                }
            }
            for stock in state.bundles().flat_map(|bundle| &bundle.stock_list) {
                let (sent, rule) = (&stock.sent_count_info, &stock.stock_send_rule);
                prop_assert!(0 <= sent.today_count && sent.today_count <= sent.total_count);
                prop_assert!(sent.total_count <= rule.max_count);
                prop_assert!(rule.max_count_per_day.is_none_or(|max| sent.today_count <= max));
            }
        }
    }

    /// Requests about different bundles can change places.
    #[test]
    fn bundles_do_not_depend_on_each_other(start in worlds(), patches in (checked_patches(Just("number-a".to_string()), Just("120344")), checked_patches(Just("number-b".to_string()), Just("120344")))) {
        let one = Command::update_bundle("200000001", "1", patches.0);
        let two = Command::update_bundle("200000001", "2", patches.1);
        let run = |order: [&Command; 2]| {
            let mut state = start.clone();
            let results = order.map(|command| (format!("{command:?}"), state.apply(early(), command)));
            (state, BTreeSet::from(results.map(|(name, result)| (name, format!("{result:?}")))))
        };
        prop_assert_eq!(run([&one, &two]), run([&two, &one]));
    }

    /// Every command can be written down and read back.
    #[test]
    fn commands_are_data(command in commands()) {
        prop_assert_eq!(json(&command), command);
    }
}

fn sample_state(change: impl FnOnce(&mut Bundle)) -> State {
    let mut bundle = samples::bundle();
    change(&mut bundle);
    let mut state = State::default();
    for command in [
        Command::AuthoriseBrand { brand: "120344".into() },
        Command::AdoptCoupon { coupon: samples::coupon() },
        Command::AdoptBundle { bundle: Arc::new(bundle) },
    ] {
        state.apply(early(), &command).unwrap();
    }
    state
}

fn patch(text: &str) -> Checked<BundlePatch<'static>> {
    rules::check_text::<BundlePatch<'_>>(text).0.expect(text).into_owned()
}

fn update(number: &str) -> Command {
    Command::update_bundle(
        "200000001",
        "123456789",
        patch(&format!(r#"{{"out_request_no":"{number}","store_scope":"ALL","brand_id":"120344"}}"#)),
    )
}

/// Guards are asked in order: a request that breaks several is answered with the first.
#[test]
fn guards_are_asked_in_order() {
    let other_brand = patch(r#"{"out_request_no":"number-1","store_scope":"ALL","brand_id":"5"}"#);
    let with = |coupon: &str, bundle: &str| {
        Command::update_bundle(
            coupon,
            bundle,
            patch(r#"{"out_request_no":"number-1","store_scope":"ALL","brand_id":"120344"}"#),
        )
    };
    let mut state = sample_state(|bundle| bundle.stock_list[1].state = StockState::Deactivated);
    let late = at("2099-01-01T00:00:00+08:00");
    let name = |state: &State, command: &Command| state.decide(late, command).unwrap_err().refusal().name;
    assert_eq!(name(&state, &Command::update_bundle("x", "x", other_brand)), "brand-not-authorised");
    assert_eq!(name(&state, &with("x", "x")), "coupon-unknown");
    assert_eq!(name(&state, &with("200000001", "x")), "bundle-unknown");
    assert_eq!(name(&state, &with("200000001", "123456789")), "stock-deactivated");
    // Of another brand, though authorised: not there.
    state.apply(late, &Command::AuthoriseBrand { brand: "5".into() }).unwrap();
    let foreign = patch(r#"{"out_request_no":"number-1","store_scope":"ALL","brand_id":"5"}"#);
    assert_eq!(name(&state, &Command::update_bundle("200000001", "123456789", foreign)), "coupon-unknown");
    // A coupon that is used once has no bundles to update.
    let single = kaquan_core::family::Coupon {
        product_coupon_id: "7".into(),
        usage_mode: UsageMode::Single,
        ..samples::coupon()
    };
    state.apply(late, &Command::AdoptCoupon { coupon: single }).unwrap();
    assert_eq!(name(&state, &with("7", "x")), "bundle-unknown");
    let mut bundle = samples::bundle();
    bundle.stock_bundle_id = "8".into();
    bundle.stock_list.iter_mut().for_each(|stock| stock.product_coupon_id = "7".into());
    state.apply(late, &Command::AdoptBundle { bundle: Arc::new(bundle) }).unwrap();
    assert_eq!(name(&state, &with("7", "8")), "not-progressive-bundle");
}

#[test]
fn a_used_number_is_noticed_before_the_state_of_stocks() {
    let mut state = sample_state(|_| {});
    state.apply(early(), &update("number-1")).unwrap();
    let late = at("2099-01-01T00:00:00+08:00");
    assert_eq!(state.decide(late, &update("number-1")), Ok(vec![]), "the same request is answered from the record");
    let other = Command::update_bundle(
        "200000001",
        "123456789",
        patch(r#"{"out_request_no":"number-1","store_scope":"NONE","brand_id":"120344"}"#),
    );
    let reused = Rejection::RequestReusedWithOtherContent("number-1".into());
    assert_eq!(state.decide(late, &other), Err(reused.clone()));
    assert_eq!(reused.refusal().number, Some(268_578_927));
    // Forgotten up to a time, and not beyond it.
    state.apply(late, &Command::ForgetRequests { before: early() }).unwrap();
    assert_eq!(state.remembered(), 1);
    state.apply(late, &Command::ForgetRequests { before: late }).unwrap();
    assert_eq!(state.remembered(), 0);
    assert!(matches!(state.decide(late, &other), Err(Rejection::StockStopped { .. })));
    assert!(state.decide(early(), &other).is_ok());
}

#[test]
fn an_end_is_an_end_to_the_second() {
    let state = sample_state(|_| {});
    for (now, good) in [
        ("2098-12-31T23:59:58+08:00", true),
        ("2098-12-31T23:59:59+08:00", false),
        ("2098-12-31T15:59:58Z", true),
        ("2098-12-31T15:59:59Z", false),
    ] {
        assert_eq!(state.decide(at(now), &update("number-1")).is_ok(), good, "{now}");
    }
}

#[test]
fn a_deactivated_stock_is_named_before_one_that_is_over() {
    let state = sample_state(|bundle| {
        bundle.stock_list[0].state = StockState::Stopped;
        bundle.stock_list[2].state = StockState::Deactivated;
    });
    let refused = state.decide(early(), &update("number-1")).unwrap_err();
    assert_eq!(refused, Rejection::StockDeactivated("123456789003".into()));
}

#[test]
fn budgets_have_their_guards() {
    let state = sample_state(|bundle| {
        for stock in &mut bundle.stock_list {
            stock.stock_send_rule.max_count = 100;
            stock.sent_count_info.total_count = 60;
        }
    });
    let change = |mode: BudgetUpdateMode, current: Option<i64>, target: Option<i64>| Command::ChangeBudget {
        coupon: "200000001".into(),
        bundle: "123456789".into(),
        change: Arc::new(BudgetChange {
            out_request_no: "number-1".into(),
            update_mode: mode,
            current_max_count: current,
            target_max_count: target,
            current_max_count_per_day: current,
            target_max_count_per_day: target,
            brand_id: "120344".into(),
        }),
    };
    let name = |command: &Command| state.decide(early(), command).map_or_else(|r| r.refusal().name, |_| "accepted");
    for (mode, current, target, verdict) in [
        (MaxCount, Some(100), Some(60), "accepted"),
        (MaxCount, Some(100), Some(100), "accepted"),
        (MaxCount, Some(100), Some(100_000_000), "accepted"),
        (MaxCount, Some(100), Some(59), "budget-below-sent"),
        (MaxCount, Some(99), Some(200), "budget-moved"),
        (MaxCount, Some(100), Some(100_000_001), "unfit"),
        (MaxCount, Some(100), Some(0), "unfit"),
        (MaxCount, None, Some(200), "unfit"),
        (MaxCount, Some(100), None, "unfit"),
        (MaxCountPerDay, Some(1), Some(2), "budget-limit-fixed"),
        (BudgetUpdateMode::Other("BOTH".into()), Some(1), Some(2), "unfit"),
    ] {
        assert_eq!(name(&change(mode.clone(), current, target)), verdict, "{mode} {current:?} {target:?}");
    }
}

#[test]
fn a_deactivated_coupon_takes_its_live_stocks_along() {
    let mut state = sample_state(|bundle| bundle.stock_list[0].state = StockState::Stopped);
    let deactivation = Deactivation {
        out_request_no: "number-1".into(),
        deactivate_reason: Some("批次信息有误".into()),
        brand_id: "120344".into(),
    };
    let command = Command::DeactivateCoupon { coupon: "200000001".into(), deactivation: Arc::new(deactivation) };
    state.apply(early(), &command).unwrap();
    let Some(Answer::Coupon(coupon)) = state.answer(&command) else { panic!("a coupon is answered") };
    assert_eq!(coupon.state, CouponState::Deactivated);
    let found: Vec<_> = states(&state).into_iter().map(|(_, state)| state).collect();
    assert_eq!(found, [StockState::Stopped, StockState::Deactivated, StockState::Deactivated]);
    let stock = &state.bundle("123456789").unwrap().stock_list[1];
    assert_eq!(stock.deactivate_time.as_ref().unwrap().as_str(), "2098-02-01T12:00:00+08:00");
    assert_eq!(stock.deactivate_reason.as_ref().unwrap(), &"批次信息有误");
}

/// All combinations of states that a bundle of three can come to, by every move of every stock.
#[test]
fn the_walk_over_a_bundle_of_three_is_pinned() {
    let start = [StockState::Auditing, StockState::Auditing, StockState::Auditing];
    let mut seen = BTreeSet::from([start.clone()]);
    let mut steps = 0;
    let mut waiting = vec![start];
    while let Some(combination) = waiting.pop() {
        for index in 0..3 {
            for by in StockMove::ALL.into_iter().filter(|by| *by != StockMove::DeactivateCoupon) {
                let Some(step) = kaquan_core::lifecycle::after(&combination[index], by) else { continue };
                steps += 1;
                let mut next = combination.clone();
                next[index] = step.to;
                if seen.insert(next.clone()) {
                    waiting.push(next);
                }
            }
        }
    }
    // Five states each, all reachable; eight steps of one stock, for each of 25 states of the others, three times.
    assert_eq!((seen.len(), steps), (125, 600));
    let updatable = seen.iter().filter(|combination| {
        let state = sample_state(|bundle| {
            for (stock, state) in bundle.stock_list.iter_mut().zip(combination.iter()) {
                stock.state = state.clone();
            }
        });
        state.decide(early(), &update("number-1")).is_ok()
    });
    assert_eq!(updatable.count(), 27);
}

#[test]
fn refusals_are_a_table_without_gaps() {
    let names: BTreeSet<_> = REFUSALS.iter().map(|refusal| refusal.name).collect();
    assert_eq!(names.len(), REFUSALS.len());
    for refusal in REFUSALS {
        let code = match refusal.kind {
            Kind::Invalid => ["INVALID_REQUEST", "PARAM_ERROR"].contains(&refusal.code),
            Kind::Forbidden => refusal.code == "NO_AUTH",
            Kind::Absent => refusal.code == "NOT_FOUND",
        };
        assert!(code, "{}", refusal.name);
    }
    assert_eq!(STOCK_STATES.len(), 5);
}
