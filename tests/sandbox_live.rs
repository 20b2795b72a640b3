//! `kaquan sandbox` and `kaquan demo` as processes: what they print, what survives a kill, what a stranger's request gets.

mod support;

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use serde_json::Value;
use support::{kaquan, root, run};

/// A running sandbox; killed when it is dropped.
struct Live {
    child: Child,
    line: Value,
}

impl Live {
    fn start(args: &[&str]) -> Self {
        let mut command = Command::new(kaquan());
        command.arg("sandbox").args(args).current_dir(root()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("kaquan starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("stdout")).read_line(&mut line).expect("a line");
        let line = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        Self { child, line }
    }

    fn text(&self, name: &str) -> &str {
        self.line[name].as_str().unwrap_or_else(|| panic!("{name} in {}", self.line))
    }

    fn address(&self) -> &str {
        self.text("base_url").trim_start_matches("http://")
    }

    /// `kaquan apply` with what the first line says.
    fn apply(&self, patch: &str) -> support::Run {
        let args = [
            ["apply", "-"],
            ["--coupon", self.text("product_coupon_id")],
            ["--bundle-id", self.text("stock_bundle_id")],
            ["--base-url", self.text("base_url")],
            ["--mchid", self.text("mchid")],
            ["--serial-no", self.text("serial_no")],
            ["--private-key", self.text("private_key")],
            ["--wechatpay-public-key-id", self.text("wechatpay_public_key_id")],
            ["--wechatpay-public-key", self.text("wechatpay_public_key")],
        ];
        run(&args.concat(), patch.as_bytes())
    }

    fn get(&self, path: &str) -> Value {
        let answer = self
            .raw(format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address()).as_bytes());
        let body = answer.split("\r\n\r\n").nth(1).unwrap_or_default();
        serde_json::from_str(body).unwrap_or_default()
    }

    /// Bytes as they are, and what comes back.
    fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address()).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(15))).expect("a timeout");
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Keys for tests, where the sandbox looks for its own.
fn keys(folder: &Path) -> String {
    let keys = folder.join("keys");
    std::fs::create_dir_all(&keys).expect("a folder");
    for (from, to) in [("merchant.pem", "apiclient_key.pem"), ("platform.pem", "wxp_key.pem")] {
        std::fs::copy(root().join("tests/keys").join(from), keys.join(to)).expect("a key");
    }
    keys.display().to_string()
}

fn patch(number: &str, scope: &str) -> String {
    format!(r#"{{"out_request_no":"{number}","store_scope":"{scope}","brand_id":"120344"}}"#)
}

#[test]
fn the_first_line_is_all_that_a_caller_needs() {
    let folder = tempfile::tempdir().expect("a folder");
    let live = Live::start(&["--keys", &folder.path().join("new keys").display().to_string()]);
    for name in [
        "base_url",
        "mchid",
        "serial_no",
        "private_key",
        "wechatpay_public_key_id",
        "wechatpay_public_key",
        "apiv3_key",
        "product_coupon_id",
        "stock_bundle_id",
        "brand_id",
    ] {
        assert!(!live.text(name).is_empty(), "{name}");
    }
    #[cfg(unix)]
    for name in ["private_key", "wechatpay_public_key", "apiv3_key"] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(live.text(name)).expect(name).permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let done = live.apply(&support::official_request());
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert_eq!(
        serde_json::from_str::<Value>(&done.stdout).expect("a bundle")["stock_list"][2]["store_scope"],
        "SPECIFIC"
    );
    let refused = live.apply(&support::official_request().replace("疯狂星期四", "星期五"));
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    assert!(refused.stderr.contains("268578927"));
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let (keys, file) = (keys(folder.path()), folder.path().join("state.sqlite").display().to_string());
    let mut live = Live::start(&["--keys", &keys, "--state", &file]);
    let acknowledged = AtomicUsize::new(0);
    let killed = AtomicBool::new(false);
    let started = Instant::now();
    // Load from the console's own door, which signs by itself, until the process is killed under it.
    let url = live.address().to_string();
    std::thread::scope(|scope| {
        for worker in 0..4 {
            let (acknowledged, killed, url) = (&acknowledged, &killed, &url);
            scope.spawn(move || {
                for index in 0.. {
                    let body = serde_json::json!({ "product_coupon_id": "200000001", "stock_bundle_id": "123456789", "patch": patch(&format!("kill-{worker}-{index}"), "ALL") }).to_string();
                    let request = format!("POST /__sandbox/apply HTTP/1.1\r\nHost: {url}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
                    let Ok(mut stream) = TcpStream::connect(url) else { return };
                    let mut answer = String::new();
                    if stream.write_all(request.as_bytes()).is_err() || stream.read_to_string(&mut answer).is_err() {
                        return;
                    }
                    if answer.contains("\"status\":200") {
                        acknowledged.fetch_add(1, Ordering::SeqCst);
                    }
                    if killed.load(Ordering::SeqCst) {
                        return;
                    }
                }
            });
        }
        while acknowledged.load(Ordering::SeqCst) < 15 && started.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(20));
        }
        live.child.kill().expect("it is killed");
        live.child.wait().expect("it is gone");
        killed.store(true, Ordering::SeqCst);
    });
    let acknowledged = acknowledged.into_inner();
    assert!(acknowledged >= 15, "there was a load");
    let again = Live::start(&["--keys", &keys, "--state", &file]);
    let remembered = again.get("/__sandbox/state")["remembered_requests"].as_u64().expect("a number");
    assert!(remembered >= acknowledged as u64, "{remembered} of {acknowledged}");
    // While it runs, no other sandbox takes its file.
    let second = run(&["sandbox", "--keys", &keys, "--state", &file], b"");
    assert!(second.code == 2 && second.stderr.contains("in use by another sandbox"), "{}", second.stderr);
    // A record survives too: the same request is answered, other content is refused.
    assert_eq!(again.apply(&patch("kill-0-0", "ALL")).code, 0);
    assert_eq!(again.apply(&patch("kill-0-0", "NONE")).code, 3);
    drop(again);
    // A file that is not ours is refused, and left as it was.
    let foreign = folder.path().join("foreign");
    std::fs::write(&foreign, "not a database").expect("written");
    let refused = run(&["sandbox", "--keys", &keys, "--state", &foreign.display().to_string()], b"");
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert_eq!(std::fs::read_to_string(&foreign).expect("read"), "not a database");
}

#[test]
fn odd_bytes_on_the_socket_get_a_clear_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    let live = Live::start(&["--keys", &keys(folder.path())]);
    let head = "PATCH /v3/marketing/partner/product-coupon/product-coupons/1/stock-bundles/2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
    assert!(live.raw(b"NONSENSE\r\n\r\n").starts_with("HTTP/1.1 400"));
    assert!(live.raw(format!("{head}Content-Length: 0\r\n\r\n").as_bytes()).starts_with("HTTP/1.1 401"));
    let large = format!("{head}Content-Length: {}\r\n\r\n{}", 2 << 20, " ".repeat(2 << 20));
    assert!(live.raw(large.as_bytes()).contains("413"), "too large");
    let started = Instant::now();
    let slow = live.raw(format!("{head}Content-Length: 100\r\n\r\nonly this").as_bytes());
    assert!(slow.starts_with("HTTP/1.1 408") && slow.contains("10 秒"), "{slow}");
    assert!(started.elapsed() < Duration::from_secs(14));
    assert!(
        live.raw(b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").starts_with("HTTP/1.1 401"),
        "signed first, as everywhere"
    );
    // It is still there.
    assert_eq!(live.apply(&patch("number-1", "ALL")).code, 0);
}

#[test]
fn the_demonstration_works_in_a_few_seconds() {
    for (lang, words) in [("en", "2 requests took effect, each once"), ("zh", "2 个请求生效，各一次")] {
        let run = run(&["demo", "--lang", lang], b"");
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
        assert!(run.stdout.contains(words), "{}", run.stdout);
        assert_eq!(
            run.stdout
                .lines()
                .filter(|line| line.starts_with(|c: char| c.is_ascii_digit()) && line.contains(". "))
                .count(),
            7
        );
    }
}

#[test]
fn misuse_is_exit_2() {
    for args in [
        &["sandbox", "--listen", "nowhere"][..],
        &["sandbox", "--listen", "203.0.113.1:1"],
        &["sandbox", "--keys", "/proc/none"],
        &["sandbox", "--seed", "x"],
    ] {
        let run = run(args, b"");
        assert_eq!(run.code, 2, "{args:?}: {}", run.stderr);
    }
}

/// Somebody who has only curl and openssl.
#[test]
#[ignore = "needs curl and openssl on the machine; .ci/run installs and runs it"]
fn curl_and_openssl_are_enough() {
    let folder = tempfile::tempdir().expect("a folder");
    let live = Live::start(&["--keys", &keys(folder.path())]);
    let body = patch("curl-number-1", "ALL");
    let script = format!(
        r#"set -eu
path=/v3/marketing/partner/product-coupon/product-coupons/200000001/stock-bundles/123456789
now=$(date +%s); nonce=0123456789abcdef0123456789abcdef; body='{body}'
signature=$(printf 'PATCH\n%s\n%s\n%s\n%s\n' "$path" "$now" "$nonce" "$body" | openssl dgst -sha256 -sign "{key}" | base64 -w0)
curl -sS -X PATCH "{base}$path" -H "Authorization: WECHATPAY2-SHA256-RSA2048 mchid=\"{mchid}\",nonce_str=\"$nonce\",signature=\"$signature\",timestamp=\"$now\",serial_no=\"{serial}\"" \
  -H 'Accept: application/json' -H 'Content-Type: application/json' -d "$body""#,
        key = live.text("private_key"),
        base = live.text("base_url"),
        mchid = live.text("mchid"),
        serial = live.text("serial_no"),
    );
    let output = Command::new("bash").args(["-c", &script]).output().expect("bash runs");
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    assert_eq!(answer["stock_list"][0]["store_scope"], "ALL", "{answer}");
}
