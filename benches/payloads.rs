//! What is measured, and the peers that it is measured against.
#![allow(dead_code, reason = "every bench uses a part of it")]
#![allow(clippy::struct_field_names, reason = "the names are the platform's")]

use std::sync::Arc;

use kaquan_core::{
    hot,
    machine::{Command, State},
    model::{Bundle, BundlePatch},
    rules, samples, time,
    time::Instant,
};
use kaquan_http::{
    identity::Identity,
    keys::{PlatformKeys, PrivateKey},
    sign::{self, Stamp},
};
use serde::{Deserialize, Serialize};

/// The official request, compact: 1,080 bytes.
pub(crate) fn request() -> String {
    let text = hot::to_json(&hot::read(samples::REQUEST).expect("the official request is well formed"));
    assert_eq!(text.len(), 1080);
    text
}

/// The request with so many faults.
pub(crate) fn faulty(faults: usize) -> String {
    let mut text = request();
    let changes = [
        ("\"34657_20250101_123456\"", "\"34657\""),
        ("疯狂星期四项目专用", "疯狂星期四项目专用疯狂星期四项目专用疯狂星期四"),
        ("\"MINI_PROGRAM\"", "\"MINIPROGRAM\""),
        ("\"app_path\"", "\"app_paths\""),
        ("\"全场可用\"", "\"\""),
        ("\"QRCODE\"", "\"QR\""),
        ("欢迎选购", "欢迎大家选购"),
        ("获取更多优惠", "获取更多更多优惠"),
        ("\"SPECIFIC\"", "\"SOME\""),
        ("\"120344\"", "120344"),
    ];
    for (from, to) in changes.iter().take(faults) {
        assert!(text.contains(from));
        text = text.replace(from, to);
    }
    text
}

/// A bundle of so many stocks, fifteen at most.
pub(crate) fn bundle(stocks: usize) -> Bundle {
    let mut bundle: Bundle = serde_json::from_str(samples::BUNDLE_OF_FIFTEEN).expect("the sample is a bundle");
    bundle.stock_list.truncate(stocks);
    bundle
}

pub(crate) fn now() -> Instant {
    time::parse("2098-02-01T12:00:00+08:00").expect("a time")
}

/// A state that holds a bundle of so many stocks.
pub(crate) fn state(stocks: usize) -> State {
    let mut state = State::default();
    let bundle = Arc::new(bundle(stocks));
    for command in [
        Command::AuthoriseBrand { brand: "120344".into() },
        Command::AdoptCoupon { coupon: samples::coupon() },
        Command::AdoptBundle { bundle },
    ] {
        state.apply(now(), &command).expect("the samples fit together");
    }
    state
}

/// Full patches with numbers of their own.
pub(crate) fn updates(count: usize) -> Vec<Command> {
    (0..count)
        .map(|index| {
            let text = request().replace("34657_20250101_123456", &format!("number-{index}"));
            let patch = rules::check_text::<BundlePatch<'_>>(&text).0.expect("a good patch").into_owned();
            Command::update_bundle("200000001", "123456789", patch)
        })
        .collect()
}

/// Keys and ids of the tests.
pub(crate) fn caller() -> (PrivateKey, Identity, Stamp) {
    let key = PrivateKey::from_pem(include_str!("../tests/keys/merchant.pem")).expect("a key");
    let identity =
        Identity::partner("1900000001", "5157F09EFDC096DE15EBE81A47057A7200000000", "PUB_KEY_ID_01").expect("ids");
    (key, identity, Stamp { timestamp: 1_764_000_000, nonce: "593BEC0C930BF1AFEB40B4A08C8FB242".into() })
}

/// An answer of 6 KB, signed, and what verifies it.
pub(crate) fn answer() -> (http::Response<Vec<u8>>, PlatformKeys) {
    let key = PrivateKey::from_pem(include_str!("../tests/keys/platform.pem")).expect("a key");
    let mut body = serde_json::to_vec(&samples::bundle()).expect("JSON");
    body.resize(6144, b' ');
    let (_, _, stamp) = caller();
    let response = sign::sign_response(&key, "PUB_KEY_ID_01", &stamp, http::Response::new(body)).expect("signed");
    (response, PlatformKeys::new([("PUB_KEY_ID_01".to_string(), key.public_key())]))
}

/// The request as serde derives it over borrowed texts: the peer of our reader.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Patch<'a> {
    out_request_no: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    remark: Option<&'a str>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    usage_rule_display_info: Option<Usage<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    coupon_display_info: Option<Display<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    notify_config: Option<Notify<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    store_scope: Option<Scope>,
    brand_id: &'a str,
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct Usage<'a> {
    coupon_usage_method_list: Vec<Method>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mini_program_appid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mini_program_path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_path: Option<&'a str>,
    usage_description: &'a str,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    coupon_available_store_info: Option<Stores<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_jump_type: Option<Jump>,
    #[serde(skip_serializing_if = "Option::is_none")]
    passcode_link: Option<&'a str>,
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct Stores<'a> {
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mini_program_appid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mini_program_path: Option<&'a str>,
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct Display<'a> {
    code_display_mode: Mode,
    #[serde(skip_serializing_if = "Option::is_none")]
    background_color: Option<&'a str>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    entrance_mini_program: Option<MiniProgram<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    entrance_official_account: Option<Account<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    entrance_finder: Option<Finder<'a>>,
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct MiniProgram<'a> {
    appid: &'a str,
    path: &'a str,
    entrance_wording: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    guidance_wording: Option<&'a str>,
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct Account<'a> {
    appid: &'a str,
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct Finder<'a> {
    finder_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    finder_video_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finder_video_cover_image_url: Option<&'a str>,
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct Notify<'a> {
    notify_appid: &'a str,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Scope {
    None,
    All,
    Specific,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Method {
    Offline,
    MiniProgram,
    App,
    PaymentCode,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Mode {
    Invisible,
    Barcode,
    Qrcode,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Jump {
    H5,
    PasscodeLink,
    UsageGuide,
}
