//! Keys, signatures, routes and errors, without a network.

mod support;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{HeaderMap, HeaderValue, Method, Request, Response, header::AUTHORIZATION};
use kaquan_core::{
    family::{BudgetChange, BudgetUpdateMode, Deactivation},
    machine::Command,
    model::BundlePatch,
    rules, samples,
};
use kaquan_http::{
    answer::{self, SignCause, explain_sign_error},
    client::{Client, Settings, UnfitSettings, World},
    identity::Identity,
    keys::{KeyError, PlatformKeys, PrivateKey, PublicKey},
    route::{self, Call, StockList, Unroutable, Unsendable},
    sign::{self, Distrust, Stamp, WECHATPAY_SERIAL, WECHATPAY_SIGNATURE, WECHATPAY_TIMESTAMP},
};
use kaquan_proptest::{patches, requests};
use proptest::{prelude::*, sample::Index};
use serde_json::{Value, json};
use support::{MERCHANT_SERIAL, PLATFORM_KEY_ID, key_text, merchant_key, partner, platform_key, platform_keys};

fn stamp() -> Stamp {
    Stamp { timestamp: 1_764_000_000, nonce: "593BEC0C930BF1AFEB40B4A08C8FB242".into() }
}

#[test]
fn signatures_are_those_of_openssl() {
    let golden = std::fs::read_to_string(support::root().join("tests/golden/signatures.json")).unwrap();
    let golden: Vec<Value> = serde_json::from_str(&golden).unwrap();
    assert_eq!(golden.len(), 3);
    for case in golden {
        let text = |name: &str| case[name].as_str().unwrap();
        let stamp = Stamp { timestamp: case["timestamp"].as_i64().unwrap(), nonce: text("nonce").into() };
        let body = text("body").as_bytes().to_vec();
        let request = Request::builder().method(text("method")).uri(text("path")).body(body.clone()).unwrap();
        let signed = sign::sign_request(merchant_key(), &partner(), &stamp, request).unwrap();
        let authorization = sign::read_authorization(signed.headers()).unwrap();
        assert_eq!(authorization.signature, text("request_signature"), "{}", text("name"));
        assert_eq!(authorization.stamp, stamp);
        assert_eq!(signed.body(), &body, "the body is sent as it was signed");
        let message = sign::request_message(text("method"), text("path"), &stamp, &body);
        let rust = merchant_key().sign_with_rsa(&message).unwrap();
        assert_eq!(BASE64_STANDARD.encode(rust), text("request_signature"), "both backends");

        let answered = sign::sign_response(platform_key(), PLATFORM_KEY_ID, &stamp, Response::new(body)).unwrap();
        assert_eq!(answered.headers()[WECHATPAY_SIGNATURE], text("answer_signature"));
        let verified = sign::verify_response(platform_keys(), stamp.timestamp, answered.clone());
        assert_eq!(verified.unwrap().get().body(), answered.body());
    }
}

fn answered(body: &[u8]) -> Response<Vec<u8>> {
    sign::sign_response(platform_key(), PLATFORM_KEY_ID, &stamp(), Response::new(body.to_vec())).unwrap()
}

fn distrust(now: i64, response: Response<Vec<u8>>) -> Distrust {
    sign::verify_response(platform_keys(), now, response).unwrap_err()
}

#[test]
fn the_window_ends_at_300_seconds_in_both_directions() {
    let now = stamp().timestamp;
    for (clock, good) in [(now, true), (now + 299, true), (now - 299, true), (now + 300, false), (now - 300, false)] {
        assert_eq!(sign::verify_response(platform_keys(), clock, answered(b"{}")).is_ok(), good, "{}", clock - now);
    }
    assert_eq!(distrust(now + 301, answered(b"")), Distrust::Stale { age_seconds: 301 });
    for extreme in [i64::MIN, i64::MAX] {
        assert!(matches!(distrust(extreme, answered(b"")), Distrust::Stale { .. }));
        let mut response = answered(b"");
        response.headers_mut().insert(WECHATPAY_TIMESTAMP, HeaderValue::try_from(extreme.to_string()).unwrap());
        assert!(matches!(distrust(0, response), Distrust::Stale { .. }));
    }
}

#[test]
fn a_missing_header_is_named() {
    for name in ["Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Serial", "Wechatpay-Signature"] {
        let mut response = answered(b"{}");
        response.headers_mut().remove(name);
        assert_eq!(distrust(stamp().timestamp, response), Distrust::MissingHeader(name));
        let mut response = answered(b"{}");
        response.headers_mut().insert(name, HeaderValue::from_static(""));
        assert!(
            matches!(distrust(stamp().timestamp, response), Distrust::BadHeader { name: found, .. } if found == name)
        );
    }
    let mut response = answered(b"{}");
    response.headers_mut().insert(WECHATPAY_TIMESTAMP, HeaderValue::from_static("soon"));
    assert!(matches!(distrust(0, response), Distrust::BadHeader { name: "Wechatpay-Timestamp", .. }));
}

#[test]
fn probes_and_other_keys_are_named() {
    let now = stamp().timestamp;
    let mut probe = answered(b"{}");
    probe.headers_mut().insert(WECHATPAY_SIGNATURE, HeaderValue::from_static("WECHATPAY/SIGNTEST/not base64!"));
    assert_eq!(distrust(now, probe), Distrust::Probe);
    let mut other = answered(b"{}");
    other.headers_mut().insert(WECHATPAY_SERIAL, HeaderValue::from_static("PUB_KEY_ID_9"));
    let known = vec![PLATFORM_KEY_ID.to_string()];
    assert_eq!(distrust(now, other), Distrust::UnknownSerial { serial: "PUB_KEY_ID_9".into(), known });
    let forged = sign::sign_response(merchant_key(), PLATFORM_KEY_ID, &stamp(), Response::new(vec![])).unwrap();
    assert_eq!(distrust(now, forged), Distrust::BadSignature);
}

proptest! {
    #![proptest_config(support::properties(256))]

    /// Any flipped bit of anything that is signed, or of the signature, is noticed.
    #[test]
    fn a_flipped_bit_is_refused(body in proptest::collection::vec(any::<u8>(), 0..64), place in any::<Index>(), bit in 0..8_u32) {
        let response = answered(&body);
        let header = |name: &str| response.headers()[name].to_str().unwrap().as_bytes().to_vec();
        let parts = [header("wechatpay-timestamp"), header("wechatpay-nonce"), header("wechatpay-serial"), header("wechatpay-signature"), body];
        let total: usize = parts.iter().map(Vec::len).sum();
        let mut flipped = parts.clone();
        let mut at = place.index(total);
        for part in &mut flipped {
            if at < part.len() {
                part[at] ^= 1 << bit;
                break;
            }
            at -= part.len();
        }
        let texts: Option<Vec<&str>> = flipped[..4].iter().map(|part| std::str::from_utf8(part).ok()).collect();
        if let Some(texts) = texts {
            let verdict = sign::verify_parts(platform_keys(), stamp().timestamp, [texts[0], texts[1], texts[2], texts[3]], &flipped[4]);
            prop_assert!(verdict.is_err(), "{:?}", flipped);
        }
    }

    /// What is encoded is decoded to the same call, for both kinds of callers.
    #[test]
    fn routes_are_read_in_both_directions(command in requests()) {
        let (brand, _) = command.request().unwrap();
        let callers = [partner(), Identity::brand(brand.as_str(), "A1", PLATFORM_KEY_ID).unwrap()];
        let call = Call::from(command.clone());
        for caller in callers {
            let request = route::encode(&caller, &call).unwrap();
            prop_assert_eq!(route::decode(&caller, &request), Ok(call.clone()));
            let text = String::from_utf8(request.body().clone()).unwrap();
            let body: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(body.get("brand_id").is_some(), caller.mode().row().names_brand);
        }
    }

    /// What we sign, the other side verifies, and nothing else.
    #[test]
    fn signed_requests_verify(patch in patches(), now in 1_700_000_000_i64..1_900_000_000, flip in any::<Index>()) {
        let patch = rules::check(patch).0.unwrap();
        let call = Call::from(Command::update_bundle("200000001", "123456789", patch));
        let request = route::encode(&partner(), &call).unwrap();
        let stamp = Stamp { timestamp: now, ..stamp() };
        let signed = sign::sign_request(merchant_key(), &partner(), &stamp, request).unwrap();
        let key = merchant_key().public_key();
        prop_assert!(sign::verify_request(&partner(), &key, now + 299, signed.clone()).is_ok());
        let stale = sign::verify_request(&partner(), &key, now + 300, signed.clone());
        prop_assert_eq!(stale.unwrap_err(), Distrust::Stale { age_seconds: 300 });
        let mut changed = signed;
        let at = flip.index(changed.body().len());
        changed.body_mut()[at] ^= 1;
        prop_assert_eq!(sign::verify_request(&partner(), &key, now, changed).unwrap_err(), Distrust::BadSignature);
    }

    /// No id reaches a path unescaped; ids that break a rule are refused.
    #[test]
    fn ids_stay_in_their_segment(id in "\\PC{0,12}|[./%?#\"' \r\n]{1,5}") {
        let patch = rules::check_text::<BundlePatch<'_>>(samples::REQUEST).0.unwrap().into_owned();
        let call = Call::from(Command::update_bundle("200000001", &id, patch));
        match route::encode(&partner(), &call) {
            Err(Unsendable::Target(findings)) => prop_assert!(findings.iter().all(|finding| finding.rule.code.starts_with("KQ3"))),
            Err(other) => prop_assert!(false, "{other}"),
            Ok(request) => {
                prop_assert!(id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-'));
                let end = format!("/stock-bundles/{id}");
                prop_assert!(request.uri().path().ends_with(&end));
            }
        }
    }
}

#[test]
fn the_request_has_every_header_and_its_own_method() {
    let deactivation =
        Deactivation { out_request_no: "number-1".into(), deactivate_reason: None, brand_id: "120344".into() };
    let budget = BudgetChange {
        out_request_no: "number-2".into(),
        update_mode: BudgetUpdateMode::MaxCount,
        current_max_count: Some(1),
        target_max_count: Some(2),
        current_max_count_per_day: None,
        target_max_count_per_day: None,
        brand_id: "120344".into(),
    };
    let patch = rules::check_text::<BundlePatch<'_>>(samples::REQUEST).0.unwrap().into_owned();
    let prefix = "/v3/marketing/partner/product-coupon/product-coupons/200000001";
    let list = StockList {
        coupon: "200000001".into(),
        brand: "120344".into(),
        bundle: Some("123456789".into()),
        state: None,
        page_size: Some(50),
        page_token: Some("a b&c".into()),
    };
    let get = Call::GetStock { coupon: "200000001".into(), stock: "7".into(), brand: "120344".into() };
    let cases = [
        (Call::from(Command::update_bundle("200000001", "123456789", patch)), "PATCH", "/stock-bundles/123456789"),
        (
            Call::from(Command::ChangeBudget {
                coupon: "200000001".into(),
                bundle: "123456789".into(),
                change: budget.into(),
            }),
            "POST",
            "/stock-bundles/123456789/update-budget",
        ),
        (
            Call::from(Command::DeactivateStock {
                coupon: "200000001".into(),
                stock: "7".into(),
                deactivation: deactivation.clone().into(),
            }),
            "POST",
            "/stocks/7/deactivate",
        ),
        (
            Call::from(Command::DeactivateCoupon { coupon: "200000001".into(), deactivation: deactivation.into() }),
            "POST",
            "/deactivate",
        ),
        (
            Call::ListStocks(list),
            "GET",
            "/stocks?brand_id=120344&page_size=50&page_token=a%20b%26c&stock_bundle_id=123456789",
        ),
        (get, "GET", "/stocks/7?brand_id=120344"),
    ];
    for (call, method, path) in cases {
        let request = route::encode(&partner(), &call).unwrap();
        assert_eq!((request.method().as_str(), request.uri().to_string()), (method, format!("{prefix}{path}")));
        assert_eq!(route::decode(&partner(), &request), Ok(call));
        let has_body = method != "GET";
        assert_eq!(request.body().is_empty(), !has_body);
        let signed = sign::sign_request(merchant_key(), &partner(), &stamp(), request).unwrap();
        for name in ["accept", "authorization", "user-agent", "wechatpay-serial"] {
            assert!(signed.headers().contains_key(name), "{method} {name}");
        }
        assert_eq!(signed.headers().contains_key("content-type"), has_body, "{method}");
        assert_eq!(signed.headers()["wechatpay-serial"], PLATFORM_KEY_ID);
    }
    let moved = Command::StartDay;
    assert_eq!(route::encode(&partner(), &Call::from(moved)).unwrap_err(), Unsendable::NoOperation);
}

#[test]
fn unknown_paths_and_methods_are_told_apart() {
    let request =
        |method: Method, path: &str| Request::builder().method(method).uri(path).body(b"{}".to_vec()).unwrap();
    let prefix = "/v3/marketing/partner/product-coupon/product-coupons/1/stock-bundles/2";
    for (method, path, expected) in [
        (Method::GET, "/v3/other".to_string(), Unroutable::UnknownPath),
        (Method::POST, prefix.to_string(), Unroutable::WrongMethod),
        (Method::PATCH, format!("{prefix}/"), Unroutable::UnknownPath),
        (Method::PATCH, prefix.replace("/v3/marketing/partner", "/brand/marketing"), Unroutable::UnknownPath),
    ] {
        assert_eq!(route::decode(&partner(), &request(method, &path)), Err(expected), "{path}");
    }
    let refused = route::decode(&partner(), &request(Method::PATCH, &prefix.replace("/2", "/..%2F2")));
    let Err(Unroutable::Findings(findings)) = refused else { panic!("{refused:?}") };
    assert_eq!(findings[0].path(), "/uri_template/stock_bundle_id");
}

#[test]
fn keys_are_read_in_every_shape() {
    let pem = key_text("merchant.pem");
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let wide = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----");
    let shapes = [
        pem.clone(),
        key_text("merchant_pkcs1.pem"),
        pem.replace('\n', "\r\n"),
        format!("\u{feff}{pem}"),
        format!("\n\n  {pem}\n\n"),
        body.clone(),
        wide.clone(),
        wide.replace('\n', " "),
        pem.replace('\n', "\\n"),
        format!("Bag Attributes\n    friendlyName: x\n{pem}"),
        key_text("merchant_pkcs1.pem").lines().filter(|line| !line.starts_with("-----")).collect(),
    ];
    let expected = merchant_key().public_key();
    for shape in shapes {
        let key = PrivateKey::from_pem(&shape).unwrap_or_else(|error| panic!("{error}:\n{shape}"));
        assert_eq!(key.public_key(), expected);
    }
    for name in ["platform_public.pem", "platform_public_pkcs1.pem"] {
        let key = PublicKey::from_pem(&key_text(name)).unwrap();
        assert_eq!(PublicKey::from_pem(&key_text(name).replace('\n', "\r\n")).unwrap(), key);
        assert_eq!(key, platform_key().public_key());
    }
}

#[test]
fn a_wrong_key_is_named_for_what_it_is() {
    let private = |name: &str| PrivateKey::from_pem(&key_text(name)).unwrap_err();
    let public = |name: &str| PublicKey::from_pem(&key_text(name)).unwrap_err();
    let found = |error: KeyError| match error {
        KeyError::Other { found, .. } => found.to_string(),
        other => other.to_string(),
    };
    assert_eq!(found(private("merchant_certificate.pem")), "a certificate");
    assert_eq!(found(private("merchant_public.pem")), "a public key");
    assert_eq!(found(private("merchant_encrypted.pem")), "an encrypted key");
    assert_eq!(private("short.pem"), KeyError::TooShort { bits: 1024 });
    assert!(matches!(private("elliptic.pem"), KeyError::Malformed { .. }));
    assert_eq!(found(public("merchant_certificate.pem")), "a certificate");
    assert_eq!(found(public("merchant.pem")), "a private key");
    assert_eq!(public("short_public.pem"), KeyError::TooShort { bits: 1024 });
    assert_eq!(PrivateKey::from_pem(" \n").unwrap_err(), KeyError::Empty);
    assert_eq!(PublicKey::from_pem("").unwrap_err(), KeyError::Empty);
    let bare: String = key_text("merchant_public.pem").lines().filter(|line| !line.starts_with("-----")).collect();
    assert_eq!(found(PrivateKey::from_pem(&bare).unwrap_err()), "a public key");
    let bare: String = key_text("merchant.pem").lines().filter(|line| !line.starts_with("-----")).collect();
    assert_eq!(found(PublicKey::from_pem(&bare).unwrap_err()), "a private key");
    assert!(PrivateKey::from_pem("not a key at all!").unwrap_err().to_string().contains("base64"));
    let ssh = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----";
    assert!(PrivateKey::from_pem(ssh).is_err());
    let missing = PrivateKey::from_file("/no/such/key.pem".as_ref()).unwrap_err();
    assert!(missing.to_string().starts_with("/no/such/key.pem: "));
}

/// Nothing that is public shows a key, however it is printed.
#[test]
fn no_secret_is_printed() {
    let secret: Vec<String> =
        key_text("merchant.pem").lines().filter(|line| !line.starts_with("-----")).map(String::from).collect();
    let world = World::default();
    let client = Client::with_world(
        partner(),
        Box::new(PrivateKey::from_pem(&key_text("merchant.pem")).unwrap()),
        PlatformKeys::default().into(),
        &["http://127.0.0.1:1".into()],
        world,
    )
    .unwrap();
    let call = Call::from(Command::update_bundle(
        "200000001",
        "123456789",
        rules::check_text::<BundlePatch<'_>>(samples::REQUEST).0.unwrap().into_owned(),
    ));
    let outcome = client.call(&call);
    let broken = key_text("merchant.pem").replace("PRIVATE KEY", "PUBLIC KEY");
    let shortened = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", secret[0]);
    let printed = [
        format!("{:?} {:#?}", merchant_key(), merchant_key()),
        format!("{client:?} {client:#?} {outcome:?}"),
        format!("{:?} {:?}", platform_keys(), partner()),
        format!("{:?}", PrivateKey::from_pem(&broken)),
        format!("{:?}", PublicKey::from_pem(&key_text("merchant.pem"))),
        format!("{:?}", PrivateKey::from_pem(&shortened)),
        format!("{:?}", PrivateKey::from_pem(&key_text("merchant.pem").replace('M', "!"))),
    ];
    for text in printed {
        for line in &secret {
            assert!(!text.contains(&line[..20.min(line.len())]), "{text}");
        }
        assert!(!text.contains("primes") && !text.contains("modulus"), "{text}");
    }
}

#[test]
fn hosts_are_https_or_here() {
    let client = |host: &str| {
        let settings = Settings { hosts: vec![host.into()], ..Settings::default() };
        let key = PrivateKey::from_pem(&key_text("merchant.pem")).unwrap();
        Client::new(partner(), Box::new(key), PlatformKeys::default().into(), &settings).map(drop)
    };
    for good in [
        "https://api.mch.weixin.qq.com",
        "http://127.0.0.1:8080",
        "http://localhost",
        "http://[::1]:1",
        "https://x.example/",
    ] {
        assert_eq!(client(good), Ok(()), "{good}");
    }
    for bad in ["http://api.mch.weixin.qq.com", "ftp://127.0.0.1", "http://127.0.0.1.evil.example"] {
        assert!(matches!(client(bad), Err(UnfitSettings::NotHttps(_))), "{bad}");
    }
    for bad in [
        "",
        "api.mch.weixin.qq.com",
        "https://",
        "https://x.example/v3",
        "https://x.example?q",
        "https://user@x.example",
        "http://127.0.0.1\r\n",
    ] {
        assert!(matches!(client(bad), Err(UnfitSettings::Host(_))), "{bad}");
    }
}

fn error_of(status: u16, body: &str) -> answer::ApiError {
    let response =
        Response::builder().status(status).header("Request-ID", "08E68E97CC0610DF0618AC86BCA80120082880CF05-268578704");
    answer::read_error(&response.body(body.as_bytes().to_vec()).unwrap(), false)
}

/// Real refusals of the platform, in all their shapes, keep everything they say.
#[test]
fn refusals_lose_nothing() {
    for (detail, message) in [
        (
            json!({"location": "body", "value": 0}),
            "输入源“/body/appid”映射到值字段“商户appid”字符串规则校验失败，字符数 0，小于最小值 1",
        ),
        (
            json!({"location": "uri_template", "value": ""}),
            "输入源“/uri_template/stock_id”映射到字段“批次id”必填性规则校验失败，此字段为必填项",
        ),
        (
            json!({"location": "body", "value": 0.01}),
            "无法将 JSON 输入源“/body/amount/total”映射到目标字段“总金额”中，此字段需要一个合法的 64 位有符号整数",
        ),
        (json!([1, "x"]), "参数错误"),
        (json!({"detail": {"issue": "sign not match"}, "field": "signature"}), "错误的签名，验签失败"),
    ] {
        let error = error_of(400, &json!({"code": "PARAM_ERROR", "message": message, "detail": detail}).to_string());
        assert_eq!(
            (error.code.as_deref(), error.message.as_deref(), &error.detail),
            (Some("PARAM_ERROR"), Some(message), &Some(detail))
        );
        assert_eq!(error.number, Some(268_578_704));
        assert!(answer::explain_number(268_578_704).unwrap().en.contains("appid"));
    }
    let bare = error_of(400, r#"{"code":"PARAM_ERROR","message":"参数错误","detail":null}"#);
    assert_eq!((bare.detail, bare.excerpt), (None, None));
    assert_eq!(error_of(502, "<html>Bad Gateway</html>").excerpt.as_deref(), Some("<html>Bad Gateway</html>"));
    assert_eq!(error_of(500, "").excerpt, None);
    assert_eq!(error_of(400, "[1]").excerpt.as_deref(), Some("[1]"));
    assert_eq!(error_of(502, &"字".repeat(5000)).excerpt.unwrap().chars().count(), 200);
    let mut headers = HeaderMap::new();
    assert_eq!(answer::request_id(&headers), (None, None));
    headers.insert("Request-ID", HeaderValue::from_static("no number"));
    assert_eq!(answer::request_id(&headers), (Some("no number".into()), None));
}

#[test]
fn the_cause_of_a_sign_error_is_named() {
    let body = r#"{"remark":"疯狂星期四项目专用"}"#;
    let (method, path) = ("PATCH", "/v3/a?b=1");
    let said = |method: &str, path: &str, length: usize, begin: &str| {
        let head = format!("{method}\n{path}\n1764000000\n593BEC0C930BF1AFEB40B4A08C8FB242\n");
        json!({"code": "SIGN_ERROR", "detail": {"detail": {"issue": "sign not match"}, "sign_information": {
            "method": method, "url": path, "sign_message_length": head.len() + length + 1, "truncated_sign_message": head + begin + "\n"}}})
    };
    let begin: String = body.chars().take(8).collect();
    let cause = |answer: &Value| explain_sign_error(answer, method, path, body.as_bytes());
    assert_eq!(cause(&said(method, path, 0, "")), SignCause::EmptyBody { wanted: body.len() });
    assert_eq!(cause(&said("POST", path, body.len(), &begin)), SignCause::OtherMethod { seen: "POST".into() });
    assert_eq!(cause(&said(method, "/v3/a", body.len(), &begin)), SignCause::OtherQuery { seen: "/v3/a".into() });
    assert_eq!(
        cause(&said(method, "/v3/b?b=1", body.len(), &begin)),
        SignCause::OtherPath { seen: "/v3/b?b=1".into() }
    );
    assert_eq!(
        cause(&said(method, path, body.len() + 3, &begin)),
        SignCause::BodyLength { seen: body.len() + 3, wanted: body.len() }
    );
    assert_eq!(cause(&said(method, path, body.len(), "{\"remrk")), SignCause::OtherBytes { seen: "{\"remrk".into() });
    assert_eq!(cause(&said(method, path, body.len(), &begin)), SignCause::KeyOrSerial);
    assert_eq!(
        cause(&said(method, path, body.chars().count(), &begin)),
        SignCause::KeyOrSerial,
        "counted in characters"
    );
    for nothing in [
        json!({}),
        json!(1),
        json!({"detail": {"sign_information": {"sign_message_length": 71, "truncated_sign_message": "x"}}}),
    ] {
        assert_eq!(cause(&nothing), SignCause::NoInformation);
    }
    for cause in
        [cause(&said(method, path, 0, "")), cause(&said(method, path, body.len() + 3, &begin)), SignCause::KeyOrSerial]
    {
        let (en, zh) = cause.words();
        assert!(!en.is_empty() && !zh.is_empty());
    }
}

#[test]
fn authorization_is_read_in_any_order_and_named_where_it_is_wrong() {
    let read = |text: &str| {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_str(text).unwrap());
        sign::read_authorization(&headers)
    };
    let good = format!(
        "WECHATPAY2-SHA256-RSA2048 timestamp=\"1764000000\", serial_no=\"{MERCHANT_SERIAL}\",signature=\"QQ==\",nonce_str=\"n\",mchid=\"1900000001\""
    );
    assert_eq!(read(&good).unwrap().serial_no, MERCHANT_SERIAL);
    for (change, with, named) in [
        ("WECHATPAY2-SHA256-RSA2048", "Bearer", "Authorization scheme"),
        ("mchid", "mchId", "mchid"),
        ("nonce_str=\"n\"", "nonce_str=\"\"", "nonce_str"),
        ("\"1764000000\"", "\"x\"", "timestamp"),
        ("\"QQ==\"", "QQ==", "signature"),
        ("serial_no", "serial", "serial_no"),
    ] {
        let name = match read(&good.replace(change, with)).unwrap_err() {
            Distrust::MissingHeader(name) | Distrust::BadHeader { name, .. } => name,
            other => panic!("{other}"),
        };
        assert_eq!(name, named);
    }
    assert_eq!(sign::read_authorization(&HeaderMap::new()).unwrap_err(), Distrust::MissingHeader("Authorization"));
}
