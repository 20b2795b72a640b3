//! The console page in a real browser: Chromium, steered through its driver.

mod support;

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use kaquan_sandbox::{Keyring, Options, Sandbox};
use serde_json::{Value, json};

/// A browser with one window, over the `WebDriver` protocol.
struct Browser {
    driver: Child,
    session: String,
    _profile: tempfile::TempDir,
}

impl Browser {
    fn start(width: u32) -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is installed");
        let lines = BufReader::new(driver.stdout.take().expect("stdout")).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            let (_, rest) = line.split_once("successfully on port ")?;
            Some(rest.trim_end_matches('.').to_string())
        });
        let url = format!("http://127.0.0.1:{}/session", port.expect("chromedriver says its port"));
        let profile = tempfile::tempdir().expect("a folder");
        let mut args: Vec<String> = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ]
        .map(String::from)
        .to_vec();
        args.push(format!("--user-data-dir={}", profile.path().display()));
        args.push(format!("--window-size={width},1800"));
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": { "args": args },
            "goog:loggingPrefs": { "browser": "ALL" },
        }}});
        let answer: Value = post(&url, &wanted);
        let session = format!("{url}/{}", answer["value"]["sessionId"].as_str().unwrap_or_else(|| panic!("{answer}")));
        Self { driver, session, _profile: profile }
    }

    fn open(&self, url: &str) {
        post(&format!("{}/url", self.session), &json!({ "url": url }));
    }

    fn run(&self, script: &str) -> Value {
        post(&format!("{}/execute/sync", self.session), &json!({ "script": script, "args": [] }))["value"].clone()
    }

    /// Waits until a script says true.
    fn wait(&self, what: &str, script: &str) {
        let started = Instant::now();
        while self.run(script) != json!(true) {
            let page = || self.run("return document.body.innerText.slice(0, 3000)");
            assert!(started.elapsed() < Duration::from_secs(20), "{what}: {}", page());
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// What the page wrote to its console.
    fn log(&self) -> Vec<Value> {
        let answer = post(&format!("{}/se/log", self.session), &json!({ "type": "browser" }));
        answer["value"].as_array().cloned().unwrap_or_default()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = ureq::delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn post(url: &str, body: &Value) -> Value {
    let mut response = ureq::post(url)
        .config()
        .http_status_as_error(false)
        .build()
        .header("content-type", "application/json")
        .send(body.to_string())
        .expect("the driver answers");
    serde_json::from_str(&response.body_mut().read_to_string().expect("text")).expect("JSON")
}

#[test]
#[ignore = "needs Chromium and its driver on the machine; .ci/run installs them and runs it"]
fn the_page_shows_edits_checks_applies_and_stays_quiet() {
    for (width, chinese) in [(1280, false), (390, true)] {
        let keyring = Keyring::from_pem(&support::key_text("merchant.pem"), &support::key_text("platform.pem"));
        let sandbox = Sandbox::new(keyring.expect("keys"), Options { rate_limit: None, ..Options::default() });
        let sandbox = sandbox.expect("a sandbox").start().expect("a port");
        let browser = Browser::start(width);
        browser.open(sandbox.base_url());
        browser.wait(
            "the bundle is shown",
            "return document.querySelector('#bundles').innerText.includes('123456789001')",
        );
        browser.wait("the picture is drawn", "return document.querySelectorAll('#lifecycle svg rect').length >= 5");
        browser.wait(
            "the sample is in the editor",
            "return document.querySelector('#patch').value.includes('out_request_no')",
        );
        browser.wait(
            "nothing is wider than the window",
            "return document.documentElement.scrollWidth <= window.innerWidth",
        );
        if chinese {
            browser.run("document.querySelector('#lang').click()");
            browser.wait("the language is Chinese", "return document.documentElement.lang.startsWith('zh')");
        }
        // A fault in the patch is found as it is typed.
        browser.run(
            "const patch = document.querySelector('#patch'); \
             patch.value = patch.value.replace('疯狂星期四项目专用', '字'.repeat(23)); \
             patch.dispatchEvent(new Event('input', { bubbles: true }));",
        );
        browser.wait("the finding is shown", "return document.querySelector('#findings').innerText.includes('KQ104')");
        browser.run(&format!(
            "const patch = document.querySelector('#patch'); \
             patch.value = patch.value.replace('字'.repeat(23), '页面').replace('34657_20250101_123456', 'page-{width}'); \
             patch.dispatchEvent(new Event('input', {{ bubbles: true }}));"
        ));
        browser.wait("the finding is gone", "return !document.querySelector('#findings').innerText.includes('KQ104')");
        browser.run("document.querySelector('#plan-button').click()");
        browser.wait("the plan is shown", "return document.body.innerText.includes('/remark')");
        browser.run("document.querySelector('#apply-button').click()");
        browser.wait("it is applied", "return document.querySelector('#apply-result').innerText.includes('200')");
        browser.wait("the journal has it", "return document.querySelector('#journal').innerText.includes('PATCH')");
        let state = sandbox.sandbox().state();
        let remark = state.bundle("123456789").and_then(|bundle| bundle.stock_list[0].remark.clone());
        assert_eq!(remark.as_deref(), Some("页面"));
        // A fault, by its button's own call, and then the same request again.
        browser.run("return fetch('/__sandbox/faults', {method: 'POST', headers: {'content-type': 'application/json'}, body: '{\"kind\":\"reply-lost\",\"count\":1}'})");
        browser.wait("the fault is shown", "return document.querySelector('#faults').innerText.length > 0");
        browser.run("document.querySelector('#apply-button').click()");
        browser.wait("the fault is in the journal", "return document.querySelector('#journal').innerText.includes('reply-lost') || document.querySelector('#journal').innerText.includes('丢失') || document.querySelector('#journal').innerText.includes('lost')");
        let log = browser.log();
        assert!(log.is_empty(), "the page's console is quiet: {log:?}");
    }
}
