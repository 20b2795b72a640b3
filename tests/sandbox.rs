//! The sandbox in memory: client and sandbox as a pair, faults, wording, verdicts, control.

mod support;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta};
use http::{Method, Request, Response, StatusCode};
use kaquan_core::{
    machine::{Answer, Command, Event, Rejection, State},
    model::BundlePatch,
    rules, samples,
    time::Instant,
};
use kaquan_http::{
    client::{Client, Outcome, Settings, TransportError, World, over_ureq},
    keys::{PlatformKeys, PrivateKey},
    route::{self, Call, Reply, StockList},
    sign::{self, Stamp},
};
use kaquan_proptest::{machine::requests_of_samples, worlds};
use kaquan_sandbox::{
    Keyring, Mishap, Options, Sandbox,
    faults::{Active, Fault, HEADER},
};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::key_text;

fn keyring() -> Keyring {
    Keyring::from_pem(&key_text("merchant.pem"), &key_text("platform.pem")).expect("keys")
}

fn unlimited() -> Options {
    Options { rate_limit: None, ..Options::default() }
}

fn at(seconds: i64) -> Instant {
    (DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)).fixed_offset()
}

const NOW: i64 = 4_042_000_000; // 2098-02-01

/// No two nonces of this test are the same.
static COUNTER: AtomicU64 = AtomicU64::new(1);

/// A client whose transport is the sandbox, with a clock that belongs to the test.
fn client_of(sandbox: &Arc<Sandbox>, seconds: &Arc<Mutex<i64>>) -> Client {
    let (served, clock, time) = (Arc::clone(sandbox), Arc::clone(seconds), Arc::clone(seconds));
    let world = World {
        transport: Box::new(move |request| {
            let response = served.handle(at(*clock.lock().unwrap()), &request);
            match response.extensions().get::<Mishap>() {
                Some(Mishap::Lost | Mishap::Truncated) => Err(TransportError::NoAnswer("lost".into())),
                _ => Ok(response),
            }
        }),
        now: Box::new(move || Duration::from_secs(time.lock().unwrap().unsigned_abs())),
        sleep: Box::new(|_| {}),
        random: Box::new(move |buffer| {
            let mut random = fastrand::Rng::with_seed(COUNTER.fetch_add(1, Ordering::Relaxed));
            buffer.fill_with(|| random.u8(..));
            Ok(())
        }),
    };
    let keyring = keyring();
    let identity = keyring.identity();
    let keys = PlatformKeys::new([(identity.wechatpay_serial().to_string(), keyring.platform_public())]);
    let key = PrivateKey::from_pem(keyring.merchant_pem()).unwrap();
    Client::with_world(identity, Box::new(key), Arc::new(keys), &["http://127.0.0.1".into()], world).unwrap()
}

fn pair(options: Options) -> (Arc<Sandbox>, Client, Arc<Mutex<i64>>) {
    let sandbox = Arc::new(Sandbox::new(keyring(), options).unwrap());
    let seconds = Arc::new(Mutex::new(NOW));
    let client = client_of(&sandbox, &seconds);
    (sandbox, client, seconds)
}

fn patch(text: &str) -> rules::Checked<BundlePatch<'static>> {
    rules::check_text::<BundlePatch<'_>>(text).0.expect(text).into_owned()
}

fn update(number: &str, scope: &str) -> Command {
    let text = format!(r#"{{"out_request_no":"{number}","store_scope":"{scope}","brand_id":"120344"}}"#);
    Command::update_bundle("200000001", "123456789", patch(&text))
}

fn sample_state() -> State {
    let mut state = State::default();
    for command in samples::commands() {
        state.apply(at(0), &command).unwrap();
    }
    state
}

proptest! {
    #![proptest_config(support::properties(64))]

    /// The full stack and the bare reducer agree on every list of requests, answer by answer.
    #[test]
    fn the_stack_is_the_reducer(requests in proptest::collection::vec((requests_of_samples(), 0..40_000_000_i64), 1..12)) {
        let (sandbox, client, seconds) = pair(unlimited());
        let mut bare = sample_state();
        let mut times: Vec<i64> = requests.iter().map(|(_, time)| NOW + time).collect();
        times.sort_unstable();
        for ((command, _), time) in requests.iter().zip(times) {
            *seconds.lock().unwrap() = time;
            // What time does by itself, the sandbox does before each request.
            tick(&mut bare, at(time));
            let expected = bare.apply(at(time), command);
            match (client.call(&command.clone().into()), expected) {
                (Outcome::Done { reply: Reply::Answer(answer), .. }, Ok(_)) => {
                    prop_assert_eq!(Some(normal(&answer)), bare.answer(command).map(normal));
                }
                (Outcome::Refused(error), Err(rejection)) => {
                    let refusal = rejection.refusal();
                    prop_assert_eq!(error.code.as_deref(), Some(refusal.code));
                    prop_assert_eq!(error.status, route::status(refusal.kind));
                    prop_assert!(error.signed);
                }
                (outcome, expected) => prop_assert!(false, "{:?} against {:?}", outcome, expected),
            }
        }
        let (ours, theirs) = (serde_json::to_value(sandbox.state()).unwrap(), serde_json::to_value(&bare).unwrap());
        prop_assert_eq!(ours["bundles"].clone(), theirs["bundles"].clone());
        prop_assert_eq!(ours["requests"].clone(), theirs["requests"].clone());
    }

    /// Worlds are made for tests; this one only has to be a state.
    #[test]
    fn worlds_hold_bundles(world in worlds()) {
        prop_assert_eq!(world.bundles().count(), 4);
    }
}

/// Answers as they look after a journey through JSON.
fn normal(answer: &Answer) -> Value {
    serde_json::to_value(answer).unwrap()
}

fn tick(state: &mut State, now: Instant) {
    use kaquan_core::{lifecycle::StockMove, model::StockState};
    let mut commands = vec![];
    for bundle in state.bundles() {
        for stock in &bundle.stock_list {
            let over = stock.available_end().is_some_and(|end| end <= now);
            let live = [StockState::Auditing, StockState::Sending, StockState::Paused].contains(&stock.state);
            let by = match (over && live, stock.state == StockState::Auditing) {
                (true, _) => StockMove::ReachEnd,
                (false, true) => StockMove::Approve,
                _ => continue,
            };
            commands.push(Command::MoveStock {
                bundle: bundle.stock_bundle_id.clone(),
                stock: stock.stock_id.clone(),
                by,
            });
        }
    }
    for command in commands {
        state.apply(now, &command).unwrap();
    }
}

/// What each fault does to a client that tries again, and what has happened afterwards.
#[test]
fn every_fault_ends_as_it_should() {
    for (kind, _) in Fault::ALL {
        let (sandbox, client, _) = pair(unlimited());
        sandbox.set_fault(Active { kind, count: Some(1), probability: None });
        let outcome = client.call(&update("number-1", "ALL").into());
        let remembered = sandbox.state().remembered();
        let name = kind.name();
        match kind {
            Fault::ParamError | Fault::InvalidRequest | Fault::SignError | Fault::NoAuth | Fault::NotFound => {
                assert!(matches!(&outcome, Outcome::Refused(error) if error.signed), "{name}: {outcome:?}");
                assert_eq!(remembered, 0, "{name}");
            }
            Fault::Unsigned | Fault::Signtest | Fault::WrongSerial | Fault::SkewedClock | Fault::BadSignature => {
                assert!(matches!(outcome, Outcome::Untrusted { .. }), "{name}: {outcome:?}");
                assert_eq!(remembered, 1, "{name}: it was done all the same");
            }
            _ => {
                assert!(matches!(outcome, Outcome::Done { .. }), "{name}: {outcome:?}");
                assert_eq!(remembered, 1, "{name}");
            }
        }
        // Whatever it was, the same request again settles it.
        assert!(matches!(client.call(&update("number-1", "ALL").into()), Outcome::Done { .. }), "{name}");
        assert_eq!(sandbox.state().remembered(), 1, "{name}");
        assert_eq!(Fault::from_name(&name), Some(kind));
    }
}

/// 10,000 requests over 8 connections with every fault by chance: each change is applied exactly once.
#[test]
fn ten_thousand_requests_are_each_applied_once() {
    let running = Sandbox::new(keyring(), unlimited()).unwrap().start().unwrap();
    let kinds: Vec<Fault> =
        Fault::ALL.into_iter().map(|(kind, _)| kind).filter(|kind| *kind != Fault::Latency).collect();
    for kind in &kinds {
        // About 5 % in all.
        let odds = 0.05 / f64::from(u32::try_from(kinds.len()).unwrap());
        running.sandbox().set_fault(Active { kind: *kind, count: None, probability: Some(odds) });
    }
    let repeated = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for worker in 0..8 {
            let (running, repeated) = (&running, &repeated);
            scope.spawn(move || {
                let keyring = keyring();
                let identity = keyring.identity();
                let settings = Settings { hosts: vec![running.base_url().into()], ..Settings::default() };
                // Its own connection, and no waiting: neither for its pace nor between attempts.
                let world =
                    World { transport: over_ureq(&settings).unwrap(), sleep: Box::new(|_| {}), ..World::default() };
                let keys = PlatformKeys::new([(identity.wechatpay_serial().to_string(), keyring.platform_public())]);
                let key = PrivateKey::from_pem(keyring.merchant_pem()).unwrap();
                let client =
                    Client::with_world(identity, Box::new(key), Arc::new(keys), &settings.hosts, world).unwrap();
                for index in 0..1250 {
                    let scope = if index % 2 == 0 { "ALL" } else { "NONE" };
                    let call: Call = update(&format!("number-{worker}-{index}"), scope).into();
                    // A caller that goes on until it knows.
                    let tries = (0..20).find(|_| matches!(client.call(&call), Outcome::Done { .. }));
                    repeated.fetch_add(tries.expect("it is settled at last"), Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(running.sandbox().state().remembered(), 10_000, "each once");
    assert!(repeated.into_inner() > 100, "faults were met");
}

#[test]
fn events_are_applied_once_and_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("状态.sqlite");
    let sandbox = Arc::new(Sandbox::with_file(keyring(), unlimited(), &file).unwrap());
    let client = client_of(&sandbox, &Arc::new(Mutex::new(NOW)));
    for number in 0..20 {
        assert!(matches!(client.call(&update(&format!("number-{number}"), "ALL").into()), Outcome::Done { .. }));
    }
    let before = sandbox.state();
    drop((client, sandbox));
    let again = Sandbox::with_file(keyring(), unlimited(), &file).unwrap();
    assert_eq!(again.state(), before);
    drop(again);
    // A file that is not ours is refused and left untouched; so is a newer one.
    for (name, bytes) in [
        ("text", b"not a database at all, but long enough to look like one".to_vec()),
        ("empty database", foreign_database(folder.path())),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, &bytes).unwrap();
        let error = Sandbox::with_file(keyring(), unlimited(), &path).unwrap_err().to_string();
        assert!(error.contains("left untouched") || error.contains("not a database"), "{name}: {error}");
        assert_eq!(std::fs::read(&path).unwrap(), bytes, "{name}");
    }
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let error = Sandbox::with_file(keyring(), unlimited(), &file).unwrap_err().to_string();
    assert!(error.contains("version 99"), "{error}");
}

fn foreign_database(folder: &std::path::Path) -> Vec<u8> {
    let path = folder.join("foreign.sqlite");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute_batch("CREATE TABLE other (x INTEGER)").unwrap();
    drop(connection);
    std::fs::read(path).unwrap()
}

/// A request signed by the merchant, as somebody else's library would make it.
fn request(method: Method, path: &str, body: &str, change: impl FnOnce(&mut Stamp)) -> Request<Vec<u8>> {
    let ring = keyring();
    let mut stamp = Stamp { timestamp: NOW, nonce: std::iter::repeat_with(fastrand::alphanumeric).take(32).collect() };
    change(&mut stamp);
    let request = Request::builder().method(method).uri(path).header("accept", "application/json");
    let request = request.header("content-type", "application/json; charset=utf-8").body(body.into()).unwrap();
    sign::sign_request(ring.merchant(), &ring.identity(), &stamp, request).unwrap()
}

const PATH: &str = "/v3/marketing/partner/product-coupon/product-coupons/200000001/stock-bundles/123456789";

fn ask(sandbox: &Sandbox, request: &Request<Vec<u8>>) -> (StatusCode, Value, Response<Vec<u8>>) {
    let response = sandbox.handle(at(NOW), request);
    let body = serde_json::from_slice(response.body()).unwrap_or_default();
    (response.status(), body, response)
}

#[test]
fn refusals_have_the_platforms_wording() {
    let sandbox = Sandbox::new(keyring(), unlimited()).unwrap();
    let long = r#"{"out_request_no":"number-1","remark":"一二三四五六七八九十一二三四五六七八九十一","store_scope":"ALL","brand_id":"120344"}"#;
    let cases = [
        (
            PATH,
            long,
            400,
            "输入源“/body/remark”映射到值字段“备注”字符串规则校验失败，字符数 21，大于最大值 20",
            268_435_462,
        ),
        (
            PATH,
            r#"{"out_request_no":"number-1","store_scope":"ALL"}"#,
            400,
            "输入源“/body/brand_id”映射到字段“品牌ID”必填性规则校验失败，此字段为必填项",
            268_578_101,
        ),
        (
            PATH,
            r#"{"out_request_no":"number-1","store_scope":"ALL","brand_id":120344}"#,
            400,
            "无法将 JSON 输入源“/body/brand_id”映射到目标字段“品牌ID”中，此字段需要一个合法的字符串",
            268_578_101,
        ),
        (
            PATH,
            r#"{"out_request_no":"number-1","store_scope":"ALL","brand_id":"120399"}"#,
            403,
            "品牌 120399 未授权该服务商",
            268_579_803,
        ),
    ];
    for (path, body, status, message, number) in cases {
        let (found, answer, response) = ask(&sandbox, &request(Method::PATCH, path, body, |_| {}));
        assert_eq!((found.as_u16(), answer["message"].as_str()), (status, Some(message)), "{body}");
        let id = response.headers()["request-id"].to_str().unwrap();
        assert!(id.ends_with(&format!("-{number}")), "{id}");
        let keys = PlatformKeys::new([(keyring().identity().wechatpay_serial().into(), keyring().platform_public())]);
        assert!(sign::verify_response(&keys, NOW, response).is_ok(), "refusals are signed too");
    }
    let (status, answer, _) = ask(&sandbox, &request(Method::PATCH, PATH, long, |_| {}));
    assert_eq!(
        (status.as_u16(), &answer["detail"]["value"]),
        (400, &json!("一二三四五六七八九十一二三四五六七八九十一"))
    );
    for (method, path, status) in [
        (Method::GET, "/v3/nowhere".to_string(), 404),
        (Method::PUT, PATH.to_string(), 405),
        (Method::PATCH, PATH.replace("123456789", "42"), 404),
        (Method::PATCH, PATH.replace("200000001", "42"), 404),
        (Method::PATCH, PATH.replace("123456789", "a%2Fb"), 400),
    ] {
        let good = r#"{"out_request_no":"number-1","store_scope":"ALL","brand_id":"120344"}"#;
        assert_eq!(ask(&sandbox, &request(method, &path, good, |_| {})).0.as_u16(), status, "{path}");
    }
}

#[test]
fn signatures_are_checked_for_real_and_near_misses_are_named() {
    let sandbox = Sandbox::new(keyring(), unlimited()).unwrap();
    let good = r#"{"out_request_no":"number-1", "store_scope":"ALL","brand_id":"120344"}"#;
    let journal = |sandbox: &Sandbox| {
        let journal = Request::get("/__sandbox/journal?after=0").body(vec![]).unwrap();
        let (_, answer, _) = ask(sandbox, &journal);
        answer["entries"].as_array().unwrap().last().unwrap().clone()
    };
    // Stale by exactly 300 seconds, in both directions; 299 are fine.
    for (shift, status) in [(300, 401), (-300, 401), (299, 200), (-299, 200)] {
        let asked = request(Method::PATCH, PATH, good, |stamp| stamp.timestamp += shift);
        assert_eq!(ask(&sandbox, &asked).0.as_u16(), status, "{shift}");
    }
    // The same nonce again is a replay.
    let twice = request(Method::PATCH, PATH, good, |_| {});
    assert_eq!(ask(&sandbox, &twice).0, 200);
    let (status, answer, _) = ask(&sandbox, &twice);
    assert_eq!((status.as_u16(), answer["code"].as_str()), (401, Some("SIGN_ERROR")));
    assert_eq!(journal(&sandbox)["checks"].as_array().unwrap().last().unwrap()["name"], "nonce");
    // The wrong merchant, the wrong serial, no authorization at all.
    for (from, to, check) in [
        ("mchid=\"1900000001\"", "mchid=\"1900000002\"", "mchid"),
        ("serial_no=\"", "serial_no=\"A", "serial_no"),
        ("WECHATPAY2", "BASIC", "authorization"),
    ] {
        let mut asked = request(Method::PATCH, PATH, good, |_| {});
        let changed = asked.headers()["authorization"].to_str().unwrap().replace(from, to);
        asked.headers_mut().insert("authorization", changed.parse().unwrap());
        assert_eq!(ask(&sandbox, &asked).0, 401, "{check}");
        let entry = journal(&sandbox);
        let last = entry["checks"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((last["name"].as_str(), last["ok"].as_bool()), (Some(check), Some(false)));
    }
    // Bytes that differ between signing and sending.
    for (sent, hint) in
        [("", "indents"), (r#"{"out_request_no":"number-1","store_scope":"ALL","brand_id":"120344"}"#, "")]
    {
        let mut asked = request(Method::PATCH, PATH, good, |_| {});
        *asked.body_mut() = sent.into();
        let (status, answer, _) = ask(&sandbox, &asked);
        assert_eq!(status, 401);
        let information = &answer["detail"]["sign_information"];
        assert_eq!(information["method"], "PATCH");
        let expected = PATH.len() + "PATCH".len() + 10 + 32 + 5 + sent.len();
        assert_eq!(information["sign_message_length"], expected, "{hint}");
        assert_eq!(answer["detail"]["detail"]["issue"], "sign not match");
    }
    let compact = r#"{"out_request_no":"number-1","store_scope":"ALL","brand_id":"120344"}"#;
    let mut asked = request(Method::PATCH, PATH, compact, |_| {});
    *asked.body_mut() = good.into();
    ask(&sandbox, &asked);
    assert!(journal(&sandbox)["near_miss"].as_str().unwrap().contains("written again without spaces"));
    let mut asked = request(Method::PATCH, PATH, "", |_| {});
    *asked.body_mut() = good.into();
    ask(&sandbox, &asked);
    assert!(journal(&sandbox)["near_miss"].as_str().unwrap().contains("if the body were empty"));
    let mut asked = request(Method::POST, PATH, good, |_| {});
    *asked.method_mut() = Method::PATCH;
    ask(&sandbox, &asked);
    assert!(journal(&sandbox)["near_miss"].as_str().unwrap().contains("the method were POST"));
    // Headers that the platform wants.
    let mut asked = request(Method::PATCH, PATH, good, |_| {});
    asked.headers_mut().remove("accept");
    assert_eq!(ask(&sandbox, &asked).0, 400);
}

#[test]
fn what_was_changed_can_be_read_back() {
    let (_, client, _) = pair(unlimited());
    assert!(matches!(client.call(&update("number-1", "ALL").into()), Outcome::Done { .. }));
    let mut list = StockList {
        coupon: "200000001".into(),
        brand: "120344".into(),
        bundle: Some("123456789".into()),
        state: Some("SENDING".into()),
        page_size: Some(2),
        page_token: None,
    };
    let mut seen = vec![];
    loop {
        let Outcome::Done { reply: Reply::Stocks(page), .. } = client.call(&Call::ListStocks(list.clone())) else {
            panic!("a page")
        };
        assert_eq!(page.total_count, 3);
        seen.extend(page.stock_list);
        list.page_token = page.next_page_token;
        if list.page_token.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 3);
    assert!(seen.iter().all(|stock| stock.store_scope.as_str() == "ALL"));
    let get = Call::GetStock { coupon: "200000001".into(), stock: "123456789002".into(), brand: "120344".into() };
    let Outcome::Done { reply: Reply::Answer(Answer::Stock(stock)), .. } = client.call(&get) else { panic!("a stock") };
    assert_eq!(*stock, seen[1]);
    let unknown = Call::GetStock { coupon: "200000001".into(), stock: "7".into(), brand: "120344".into() };
    assert!(matches!(client.call(&unknown), Outcome::Refused(error) if error.status == 404));
}

#[test]
fn more_than_twenty_a_second_are_too_many() {
    let sandbox = Sandbox::new(keyring(), Options::default()).unwrap();
    let good = r#"{"out_request_no":"number-1","store_scope":"ALL","brand_id":"120344"}"#;
    let statuses: Vec<u16> =
        (0..25).map(|_| ask(&sandbox, &request(Method::PATCH, PATH, good, |_| {})).0.as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 20);
    assert_eq!(statuses[20..], [429; 5]);
}

fn control(sandbox: &Sandbox, method: Method, call: &str, body: &Value) -> (StatusCode, Value) {
    let body = if body.is_null() { vec![] } else { body.to_string().into_bytes() };
    let request = Request::builder().method(method).uri(format!("/__sandbox/{call}")).body(body).unwrap();
    let (status, answer, _) = ask(sandbox, &request);
    (status, answer)
}

#[test]
fn clock_stocks_and_faults_are_controlled() {
    let (sandbox, client, _) = pair(unlimited());
    let post = |call: &str, body: Value| control(&sandbox, Method::POST, call, &body);
    let (_, state) = post("clock", json!({ "set": "2098-12-31T23:59:58+08:00" }));
    assert_eq!(state["bundles"][0]["stock_list"][0]["state"], "SENDING");
    let (_, state) = post("clock", json!({ "freeze": true }));
    assert_eq!(state["frozen"], true);
    let (_, state) = post("clock", json!({ "advance_seconds": 1 }));
    assert_eq!(state["bundles"][0]["stock_list"][0]["state"], "STOPPED", "the end was reached");
    assert!(
        matches!(client.call(&update("number-1", "ALL").into()), Outcome::Refused(error) if error.message.as_deref().unwrap().contains("已过期"))
    );
    for wrong in
        [json!({}), json!({ "set": "soon" }), json!({ "advance_seconds": "x" }), json!({ "freeze": 1 }), json!([])]
    {
        assert_eq!(post("clock", wrong).0, 400);
    }
    let (status, state) = post("reset", Value::Null);
    assert_eq!((status.as_u16(), &state["bundles"][0]["stock_list"][0]["state"]), (200, &json!("SENDING")));
    let mut moved = json!({ "stock_bundle_id": "123456789", "stock_id": "123456789001", "by": "pause" });
    assert_eq!(post("stocks", moved.clone()).0, 200);
    assert_eq!(post("stocks", moved.clone()).0, 409, "it is paused already");
    moved["by"] = "deactivate".into();
    assert_eq!(post("stocks", moved.clone()).0, 409, "that has an operation");
    moved["by"] = "fly".into();
    assert_eq!(post("stocks", moved).0, 400);
    let (_, faults) = post("faults", json!({ "kind": "html-bad-gateway", "count": 2 }));
    assert_eq!(faults["active"], json!([{ "kind": "html-bad-gateway", "count": 2 }]));
    assert_eq!(faults["kinds"].as_array().unwrap().len(), Fault::ALL.len());
    assert_eq!(post("faults", json!({ "kind": "nothing" })).0, 400);
    let (_, faults) = control(&sandbox, Method::DELETE, "faults", &Value::Null);
    assert_eq!(faults["active"], json!([]));
    assert_eq!(control(&sandbox, Method::GET, "nothing", &Value::Null).0, 404);
    // One shot, by header.
    let mut asked = request(
        Method::PATCH,
        PATH,
        r#"{"out_request_no":"number-9","store_scope":"ALL","brand_id":"120344"}"#,
        |_| {},
    );
    asked.headers_mut().insert(HEADER, "system-error".parse().unwrap());
    assert_eq!(ask(&sandbox, &asked).0, 500);
    // Another origin does not steer the sandbox of whoever looks at its page.
    let foreign =
        Request::post("/__sandbox/reset").header("host", "127.0.0.1:1").header("origin", "http://evil.example");
    assert_eq!(ask(&sandbox, &foreign.body(vec![]).unwrap()).0, 403);
}

#[test]
fn the_console_has_what_it_asks_for() {
    let sandbox = Sandbox::new(keyring(), unlimited()).unwrap();
    let get = |path: &str| sandbox.handle(at(NOW), &Request::get(path).body(vec![]).unwrap());
    let page = String::from_utf8(get("/").body().clone()).unwrap();
    assert!(
        page.contains("<html") && !page.contains("src=\"http") && !page.contains("href=\"http"),
        "nothing from elsewhere"
    );
    assert_eq!(get("/__sandbox/sample").body(), samples::REQUEST.as_bytes());
    assert!(String::from_utf8_lossy(get("/__sandbox/lifecycle.svg?lit=SENDING").body()).contains("kq-lit"));
    let check = Request::post("/__sandbox/check").body("{\n\"remark\":\"😀字\",\"x\":1}".as_bytes().to_vec()).unwrap();
    let (_, found, _) = ask(&sandbox, &check);
    let emoji = found["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == "KQ109").unwrap();
    assert_eq!(
        (&emoji["line"], &emoji["column"], &emoji["start"], &emoji["end"]),
        (&json!(2), &json!(10), &json!(11), &json!(15))
    );
    assert_eq!(found["errors"], 3);
    let (_, plan) =
        control(&sandbox, Method::POST, "plan", &json!({ "stock_bundle_id": "123456789", "patch": samples::REQUEST }));
    assert_eq!((&plan["accepted"], plan["changes"].as_array().map(Vec::len)), (&json!(true), Some(18)));
    let apply = json!({ "product_coupon_id": "200000001", "stock_bundle_id": "123456789", "patch": samples::REQUEST });
    let (_, applied) = control(&sandbox, Method::POST, "apply", &apply);
    assert_eq!(applied["status"], 200, "{applied}");
    let (_, again) = control(&sandbox, Method::POST, "apply", &apply);
    assert_eq!((&again["status"], &again["body"]), (&json!(200), &applied["body"]));
}

#[test]
fn a_platform_hand_can_be_lent_to_tests() {
    let sandbox = Sandbox::new(keyring(), unlimited()).unwrap();
    let send = Command::SendCoupons { bundle: "123456789".into(), count: 5 };
    let events = sandbox.command(at(NOW), &send).unwrap();
    assert_eq!(events, [Event::CouponsSent { bundle: "123456789".into(), count: 5 }]);
    let unknown = Command::SendCoupons { bundle: "1".into(), count: 5 };
    assert_eq!(sandbox.command(at(NOW), &unknown), Err(Rejection::BundleUnknown("1".into())));
}
