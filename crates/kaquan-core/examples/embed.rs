//! A platform that holds a bundle: an update is applied, and a second one is refused after a deactivation.
//!
//! `cargo run --package kaquan-core --example embed`
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::{error::Error, sync::Arc};

use kaquan_core::{
    family::Deactivation,
    machine::{Command, State},
    model::BundlePatch,
    rules, samples, time,
};

fn main() -> Result<(), Box<dyn Error>> {
    let now = time::parse("2098-02-01T12:00:00+08:00").ok_or("a time")?;

    // What exists: a brand that authorised us, a coupon, and its bundle as the platform answered it.
    let mut state = State::default();
    state.apply(now, &Command::AuthoriseBrand { brand: "120344".into() })?;
    state.apply(now, &Command::AdoptCoupon { coupon: samples::coupon() })?;
    state.apply(now, &Command::AdoptBundle { bundle: Arc::new(samples::bundle()) })?;

    // An update that passed every rule.
    let (patch, findings) = rules::check_text::<BundlePatch<'_>>(samples::REQUEST);
    let patch = patch.ok_or(format!("{findings:?}"))?.into_owned();
    for event in state.apply(now, &Command::update_bundle("200000001", "123456789", patch))? {
        println!("{}", serde_json::to_string_pretty(&event)?);
    }

    // One stock of the bundle is deactivated, and the bundle can no longer be updated.
    let deactivation = Deactivation {
        out_request_no: "deactivate-1".into(),
        deactivate_reason: Some("批次信息有误".into()),
        brand_id: "120344".into(),
    };
    let stock = "123456789002".into();
    let command = Command::DeactivateStock { coupon: "200000001".into(), stock, deactivation: Arc::new(deactivation) };
    state.apply(now, &command)?;

    let second = BundlePatch { remark: Some("第二次".into()), ..BundlePatch::new("second-1", "120344") };
    let (second, _) = rules::check(second);
    let second = second.ok_or("only a warning: store_scope is not given")?;
    match state.apply(now, &Command::update_bundle("200000001", "123456789", second)) {
        Ok(_) => println!("accepted"),
        Err(rejection) => println!("refused: {rejection} ({})", rejection.refusal().code),
    }
    Ok(())
}
