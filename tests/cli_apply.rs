//! `kaquan apply` against servers on loopback sockets, and its neighbours.

mod server;
mod support;

use std::{
    io::Write as _,
    net::TcpListener,
    process::{Command, Stdio},
};

use serde_json::Value;
use server::{Reaction, Server, answer, signed};
use support::{MERCHANT_SERIAL, PLATFORM_KEY_ID, Run, root, run, sample};

const PATCH: &str = "crates/kaquan-core/samples/update-stock-bundle.request.json";
const CALLER: &[&str] =
    &["--mchid", "1900000001", "--serial-no", MERCHANT_SERIAL, "--private-key", "tests/keys/merchant.pem"];
const KEY: &[&str] =
    &["--wechatpay-public-key-id", PLATFORM_KEY_ID, "--wechatpay-public-key", "tests/keys/platform_public.pem"];

fn apply(url: &str, more: &[&str], stdin: &str) -> Run {
    let target = ["--coupon", "200000001", "--bundle-id", "123456789", "--base-url", url];
    let patch = if stdin.is_empty() { PATCH } else { "-" };
    run(&[&["apply", patch], &target[..], CALLER, KEY, more].concat(), stdin.as_bytes())
}

/// Does openssl take this signature for the key of a file?
fn openssl_verifies(key: &str, message: &[u8], signature: &str) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("signature");
    let decoded = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, signature).expect("base64");
    std::fs::write(&file, decoded).expect("written");
    let mut child = Command::new("openssl")
        .args(["dgst", "-sha256", "-verify", key, "-signature"])
        .arg(&file)
        .current_dir(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("openssl is installed");
    child.stdin.take().expect("stdin").write_all(message).expect("fed");
    child.wait().expect("openssl ends").success()
}

#[test]
#[ignore = "needs openssl on the machine; .ci/run installs and runs it"]
fn a_good_server_gets_a_request_that_openssl_verifies() {
    let bundle = sample("update-stock-bundle.response.json");
    let answered = bundle.clone();
    let server = Server::start(move |_, _| Reaction::Bytes(signed(200, answered.as_bytes())));
    let run = apply(&server.url, &[], "");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let printed: Value = serde_json::from_str(&run.stdout).expect("the bundle as JSON");
    assert_eq!(printed, serde_json::from_str::<Value>(&bundle).expect("JSON"));
    assert!(run.stderr.contains("Request-ID 08F98E97CC0610DF06-0"));

    let received = server.received();
    assert_eq!(received.len(), 1);
    let request = &received[0];
    let path = "/v3/marketing/partner/product-coupon/product-coupons/200000001/stock-bundles/123456789";
    assert_eq!((request.method.as_str(), request.path.as_str()), ("PATCH", path));
    for (name, value) in
        [("accept", "application/json"), ("content-type", "application/json"), ("wechatpay-serial", PLATFORM_KEY_ID)]
    {
        assert_eq!(request.header(name), value);
    }
    assert!(request.header("user-agent").starts_with("kaquan/"));
    let authorization = request.header("authorization");
    assert!(authorization.starts_with("WECHATPAY2-SHA256-RSA2048 mchid=\"1900000001\","), "{authorization}");
    let part = |name: &str| {
        authorization.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next()).expect(name)
    };
    assert_eq!((part("serial_no"), part("nonce_str").len()), (MERCHANT_SERIAL, 32));
    let mut message = format!("PATCH\n{path}\n{}\n{}\n", part("timestamp"), part("nonce_str")).into_bytes();
    message.extend_from_slice(&request.body);
    message.push(b'\n');
    assert!(openssl_verifies("tests/keys/merchant_public.pem", &message, part("signature")));
    assert!(!openssl_verifies("tests/keys/platform_public.pem", &message, part("signature")));
}

#[test]
fn nothing_is_sent_when_the_patch_has_errors() {
    let server = Server::start(|_, _| Reaction::Close);
    let run = apply(&server.url, &[], r#"{"out_request_no":"1","brand_id":"120344","store_scope":"ALL"}"#);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("KQ101"));
    assert_eq!(server.received().len(), 0);
}

#[test]
fn a_dry_run_sends_nothing_and_shows_no_key() {
    let server = Server::start(|_, _| Reaction::Close);
    let run = apply(&server.url, &["--dry-run"], "");
    assert_eq!((run.code, server.received().len()), (0, 0));
    assert!(run.stdout.starts_with(&format!("PATCH {}/v3/marketing/partner/", server.url)), "{}", run.stdout);
    for words in ["authorization: WECHATPAY2-SHA256-RSA2048 mchid=", "signature=\"", "疯狂星期四项目专用"] {
        assert!(run.stdout.contains(words), "{words}");
    }
    let key = support::key_text("merchant.pem");
    assert!(key.lines().filter(|line| line.len() == 64).all(|line| !run.stdout.contains(line)));
}

/// Servers that misbehave, each in its way: exit code, and what is said.
#[test]
fn bad_servers_are_told_apart() {
    let bundle = || sample("update-stock-bundle.response.json").into_bytes();
    let refusal = r#"{"code":"PARAM_ERROR","message":"输入源“/body/remark”映射到值字段“备注”字符串规则校验失败","detail":{"location":"body","value":0.01}}"#;
    let id = [("Request-ID", "08E68E97CC-268578927")];
    let cut = {
        let mut bytes = signed(200, &bundle());
        bytes.truncate(bytes.len() - 100);
        bytes
    };
    let mut flipped = signed(200, &bundle());
    let last = flipped.len() - 10;
    flipped[last] ^= 1;
    let cases: Vec<(&str, Vec<u8>, i32, &[&str])> = vec![
        (
            "unsigned refusal",
            answer(400, &id, refusal.as_bytes()),
            3,
            &["400 PARAM_ERROR", "0.01", "268578927", "used with other data", "not signed", "new number"],
        ),
        (
            "signed refusal",
            signed(404, br#"{"code":"NOT_FOUND","message":"x"}"#),
            3,
            &["404 NOT_FOUND x", "belong together"],
        ),
        ("redirect", answer(302, &[("Location", "https://evil.example/")], b""), 3, &["302", "never followed"]),
        (
            "unsigned success",
            answer(200, &[], &bundle()),
            4,
            &["Wechatpay-Timestamp is missing", "may have taken effect"],
        ),
        ("flipped byte", flipped, 4, &["the signature does not fit"]),
        ("signed nonsense", signed(200, b"{}"), 4, &["not the expected answer"]),
        ("signed nothing", signed(204, b""), 4, &["not the expected answer"]),
        (
            "probe",
            answer(
                200,
                &[
                    ("Wechatpay-Timestamp", "1"),
                    ("Wechatpay-Nonce", "n"),
                    ("Wechatpay-Serial", PLATFORM_KEY_ID),
                    ("Wechatpay-Signature", "WECHATPAY/SIGNTEST/x"),
                ],
                b"",
            ),
            4,
            &["seconds away"],
        ),
        (
            "HTML 502",
            answer(502, &id, b"<html>Bad Gateway</html>"),
            5,
            &["502", "<html>Bad Gateway</html>", "may have taken effect", "attempts: 4"],
        ),
        ("empty 500", answer(500, &[], b""), 5, &["500", "may have taken effect"]),
        ("accepted, not done", answer(202, &[], b""), 5, &["202", "may have taken effect"]),
        ("truncated body", cut, 5, &["broke off", "may have taken effect"]),
        ("oversized body", answer(200, &[], &vec![b' '; 5 << 20]), 5, &["broke off"]),
        ("not HTTP", b"220 smtp.example ESMTP\r\n".to_vec(), 5, &["may have taken effect"]),
    ];
    std::thread::scope(|scope| {
        for (name, bytes, code, words) in cases {
            scope.spawn(move || {
                let server = Server::start(move |_, _| Reaction::Bytes(bytes.clone()));
                let run = apply(&server.url, &[], "");
                assert_eq!(run.code, code, "{name}: {}", run.stderr);
                for word in words {
                    assert!(run.stderr.contains(word), "{name} should say {word}: {}", run.stderr);
                }
                assert_eq!(run.stdout, "", "{name}");
                let attempts = if code == 5 { 4 } else { 1 };
                let received = server.received();
                assert_eq!(received.len(), attempts, "{name}");
                assert!(received.iter().all(|request| request.body == received[0].body), "{name}: the same bytes");
            });
        }
        scope.spawn(|| {
            let server = Server::start(|_, _| Reaction::Close);
            let run = apply(&server.url, &[], "");
            assert_eq!((run.code, server.received().len()), (5, 4), "closed after it was read: {}", run.stderr);
            assert!(run.stderr.contains("may have taken effect"));
        });
        scope.spawn(|| {
            let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
            let run = apply(&format!("http://{port}"), &[], "");
            assert_eq!(run.code, 5, "a closed port");
            assert!(run.stderr.contains("nothing was sent"), "{}", run.stderr);
        });
    });
}

#[test]
fn too_fast_is_tried_again_with_the_same_bytes_newly_signed() {
    let server = Server::start(|number, _| {
        let slow = r#"{"code":"RATELIMIT_EXCEEDED","message":"请求超过接口频率限制"}"#;
        let bundle = sample("update-stock-bundle.response.json");
        Reaction::Bytes(if number < 2 { answer(429, &[], slow.as_bytes()) } else { signed(200, bundle.as_bytes()) })
    });
    let run = apply(&server.url, &[], "");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let received = server.received();
    assert_eq!(received.len(), 3);
    assert!(received.iter().all(|request| request.body == received[0].body));
    assert_ne!(received[0].header("authorization"), received[1].header("authorization"));
    assert_ne!(received[1].header("authorization"), received[2].header("authorization"));
    // Too fast for ever is a refusal: nothing was changed.
    let server = Server::start(|_, _| Reaction::Bytes(answer(429, &[], b"{\"code\":\"RATELIMIT_EXCEEDED\"}")));
    let run = apply(&server.url, &[], "");
    assert_eq!((run.code, server.received().len()), (3, 4));
}

#[test]
#[ignore = "needs openssl on the machine; .ci/run installs and runs it"]
fn tls_wants_a_certificate_that_it_knows() {
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let mut server = Command::new("openssl")
        .args(["s_server", "-quiet", "-www", "-accept", &port.to_string()])
        .args(["-cert", "tests/keys/tls_certificate.pem", "-key", "tests/keys/tls_key.pem"])
        .current_dir(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl is installed");
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        std::thread::yield_now();
    }
    let url = format!("https://localhost:{port}");
    let unknown = apply(&url, &[], "");
    let known = apply(&url, &["--ca", "tests/keys/tls_certificate.pem"], "");
    server.kill().expect("it is stopped");
    server.wait().expect("it ends");
    assert_eq!(unknown.code, 5, "{}", unknown.stderr);
    assert!(unknown.stderr.contains("nothing was sent"), "{}", unknown.stderr);
    // It answers a page to everything, unsigned: the connection stood, the answer is not trusted.
    assert!(known.code == 4 || known.code == 5, "{}", known.stderr);
    assert!(!known.stderr.contains("nothing was sent"), "{}", known.stderr);
}

#[test]
fn misuse_is_exit_2() {
    let with = |changes: &[(&str, &str)]| {
        let mut args: Vec<&str> =
            [&["apply", PATCH, "--coupon", "200000001", "--bundle-id", "123456789"], CALLER, KEY].concat();
        args.extend(["--base-url", "http://127.0.0.1:1"]);
        for (flag, value) in changes {
            let at = args.iter().position(|arg| arg == flag).expect("a flag");
            args[at + 1] = value;
        }
        run(&args, b"")
    };
    for (changes, words) in [
        (&[("--private-key", "tests/keys/merchant_certificate.pem")][..], "found a certificate"),
        (&[("--private-key", "tests/keys/merchant_encrypted.pem")], "encrypted"),
        (&[("--private-key", "tests/keys/short.pem")], "1024 bits"),
        (&[("--private-key", "tests/keys/none.pem")], "tests/keys/none.pem"),
        (&[("--wechatpay-public-key", "tests/keys/merchant_certificate.pem")], "found a certificate"),
        (&[("--mchid", "19\" x=\"")], "mchid"),
        (&[("--base-url", "http://example.com")], "not https"),
        (&[("--bundle-id", "../1")], "path-id-charset"),
        (&[("--coupon", "")], "path-id-empty"),
    ] {
        let run = with(changes);
        assert_eq!(run.code, 2, "{changes:?}: {}{}", run.stdout, run.stderr);
        assert!(run.stderr.contains(words), "{changes:?}: {}", run.stderr);
    }
    assert_eq!(run(&["apply", PATCH, "--coupon", "1", "--bundle-id", "2"], b"").code, 2, "no keys");
}

#[test]
fn sign_and_verify_fit_openssl() {
    let golden = std::fs::read_to_string(root().join("tests/golden/signatures.json")).expect("golden signatures");
    let golden: Value = serde_json::from_str(&golden).expect("JSON");
    for case in golden.as_array().expect("cases") {
        let text = |name: &str| case[name].as_str().expect("text");
        let timestamp = case["timestamp"].to_string();
        let args =
            ["sign", "--method", text("method"), "--path", text("path"), "--body-file", "-", "--timestamp", &timestamp];
        let signed = run(
            &[&args[..], &["--nonce", text("nonce"), "--format", "json"], CALLER].concat(),
            text("body").as_bytes(),
        );
        assert_eq!(signed.code, 0, "{}", signed.stderr);
        let signed = &signed.json_lines()[0];
        assert_eq!(signed["signature"], case["request_signature"]);
        let message =
            format!("{}\n{}\n{timestamp}\n{}\n{}\n", text("method"), text("path"), text("nonce"), text("body"));
        assert_eq!(signed["message"], message);
        assert!(signed["authorization"].as_str().expect("text").contains(text("request_signature")));

        let verify = |now: i64, signature: &str, body: &str| {
            let args = ["verify", "--body-file", "-", "--timestamp", &timestamp, "--nonce", text("nonce")];
            let now = now.to_string();
            let more = ["--serial", PLATFORM_KEY_ID, "--signature", signature, "--now", &now];
            run(&[&args[..], &more, KEY].concat(), body.as_bytes()).code
        };
        let now = case["timestamp"].as_i64().expect("a number");
        assert_eq!(verify(now + 299, text("answer_signature"), text("body")), 0);
        assert_eq!(verify(now + 300, text("answer_signature"), text("body")), 4);
        assert_eq!(verify(now, text("request_signature"), text("body")), 4);
        assert_eq!(verify(now, text("answer_signature"), &format!("{} ", text("body"))), 4);
        assert_eq!(verify(now, "WECHATPAY/SIGNTEST/x", text("body")), 4);
    }
    let now = run(&[&["sign", "--method", "GET", "--path", "/v3/x"], CALLER].concat(), b"");
    assert!(now.stdout.starts_with("Authorization: WECHATPAY2-SHA256-RSA2048 mchid="), "{}", now.stdout);
    assert_eq!(run(&[&["sign", "--method", "GET", "--path", "v3/x"], CALLER].concat(), b"").code, 2);
    assert_eq!(run(&[&["sign", "--method", "G T", "--path", "/v3/x"], CALLER].concat(), b"").code, 2);
}

#[test]
fn sign_errors_are_explained() {
    let answer = r#"{"code":"SIGN_ERROR","detail":{"detail":{"issue":"sign not match"},"field":"signature","location":"authorization","sign_information":{"method":"POST","sign_message_length":71,"truncated_sign_message":"POST\n/v3/transfer/batches\n1709745440\n5hMYYOOJpzdAfboMUB7QiPmfxmhVehVk\n\n","url":"/v3/transfer/batches"}},"message":"错误的签名，验签失败"}"#;
    let explain = |more: &[&str]| {
        run(&[&["explain-sign-error", "-", "--path", "/v3/transfer/batches"], more].concat(), answer.as_bytes())
    };
    let empty = explain(&["--method", "POST", "--body-file", PATCH]);
    assert_eq!(empty.code, 0);
    assert!(empty.stdout.contains("the body never arrived"), "{}", empty.stdout);
    assert!(explain(&["--method", "POST"]).stdout.contains("private key does not belong"));
    assert!(explain(&["--method", "PATCH", "--lang", "zh"]).stdout.contains("平台收到的方法是 POST"));
    assert_eq!(run(&["explain-sign-error", "-", "--path", "/", "--method", "GET"], b"<html>").code, 2);
}

#[test]
fn the_doctor_sees_what_is_in_the_wrong_place() {
    let well = run(&[&["doctor"], CALLER, KEY].concat(), b"");
    assert_eq!(well.code, 0, "{}", well.stdout);
    assert!(!well.stdout.contains('✗') && well.stdout.lines().count() >= 5);
    let own =
        ["--wechatpay-public-key-id", MERCHANT_SERIAL, "--wechatpay-public-key", "tests/keys/merchant_public.pem"];
    let ill = run(&[&["doctor"], CALLER, &own[..]].concat(), b"");
    assert_eq!(ill.code, 2);
    assert_eq!(ill.stdout.matches('✗').count(), 2, "{}", ill.stdout);
    assert!(ill.stdout.contains("the merchant's own public key") && ill.stdout.contains("are the same"));
}

#[test]
fn a_brand_calls_for_itself() {
    let server = Server::start(|_, _| Reaction::Bytes(signed(200, sample("bundle.json").as_bytes())));
    let run = apply(&server.url, &["--identity", "brand"], "");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let request = &server.received()[0];
    assert!(request.path.starts_with("/brand/marketing/product-coupon/product-coupons/200000001/"));
    assert!(request.header("authorization").starts_with("WECHATPAY-BRAND-SHA256-RSA2048 brand_id=\"1900000001\""));
    let body: Value = serde_json::from_slice(&request.body).expect("JSON");
    assert!(body.get("brand_id").is_none() && body["store_scope"] == "SPECIFIC");
}
