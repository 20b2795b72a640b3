//! `kaquan plan` and `kaquan lifecycle`, run from outside.

mod support;

use serde_json::Value;
use support::{run, sample};

const PATCH: &str = "crates/kaquan-core/samples/update-stock-bundle.request.json";
const BUNDLE: &str = "crates/kaquan-core/samples/bundle.json";
const NOW: &str = "2098-02-01T12:00:00+08:00";

fn plan(args: &[&str], stdin: &[u8]) -> support::Run {
    run(&[&["plan"], args].concat(), stdin)
}

#[test]
fn the_difference_is_shown_for_every_stock() {
    let run = plan(&[PATCH, "--bundle", BUNDLE, "--now", NOW], b"");
    assert_eq!(run.code, 0, "{}", run.stderr);
    for stock in ["stock 123456789001 SENDING", "stock 123456789002 SENDING", "stock 123456789003 SENDING"] {
        assert!(run.stdout.contains(stock), "{stock}");
    }
    assert_eq!(run.stdout.matches("  ~ /store_scope: \"NONE\" → \"SPECIFIC\"\n").count(), 3);
    assert_eq!(run.stdout.matches("  + /usage_rule_display_info/app_path:").count(), 3);
    assert!(run.stdout.contains("caution specific-without-known-stores"));
    assert!(run.stdout.ends_with("accepted: 18 changes in 3 stocks\n"));
}

#[test]
fn json_has_the_members_that_were_promised() {
    let run = plan(&[PATCH, "--bundle", BUNDLE, "--now", NOW, "--format", "json"], b"");
    let plan = &run.json_lines()[0];
    assert_eq!((run.code, &plan["accepted"]), (0, &Value::Bool(true)));
    assert_eq!(plan["changes"].as_array().map(Vec::len), Some(18));
    let change = &plan["changes"][0];
    assert_eq!(change["stock_id"], "123456789001");
    assert_eq!((&change["pointer"], &change["before"]), (&"/remark".into(), &"工作日有效批次".into()));
    assert_eq!(plan["bundle"]["stock_list"][2]["store_scope"], "SPECIFIC");
    assert_eq!(plan["cautions"][0]["name"], "specific-without-known-stores");
    // The patch as the bundle is: nothing changes.
    let bundle = plan["bundle"].to_string();
    let again = self::plan(&[PATCH, "--bundle", "-", "--now", NOW, "--format", "json"], bundle.as_bytes());
    assert_eq!((again.code, again.json_lines()[0]["changes"].as_array().map(Vec::len)), (0, Some(0)));
}

#[test]
fn a_refusal_names_the_stock() {
    let mut bundle: Value = serde_json::from_str(&sample("bundle.json")).expect("JSON");
    bundle["stock_list"][1]["state"] = "DEACTIVATED".into();
    let run = plan(&[PATCH, "--bundle", "-", "--now", NOW], bundle.to_string().as_bytes());
    assert_eq!(run.code, 3);
    assert!(run.stdout.starts_with("refused 400 INVALID_REQUEST: stock 123456789002 is DEACTIVATED"), "{}", run.stdout);
    let late = plan(&[PATCH, "--bundle", BUNDLE, "--now", "2098-12-31T23:59:59+08:00", "--format", "json"], b"");
    assert_eq!(late.code, 3);
    let refusal = &late.json_lines()[0]["refusal"];
    assert_eq!(
        (&refusal["reason"], &refusal["status"], &refusal["code"]),
        (&"stock-stopped".into(), &400.into(), &"INVALID_REQUEST".into())
    );
    assert!(refusal["message"].as_str().is_some_and(|message| message.contains("123456789001")));
    // Of another brand: not there.
    let other = sample("update-stock-bundle.request.json").replace("120344", "1");
    let run = plan(&["-", "--bundle", BUNDLE, "--now", NOW, "--format", "json"], other.as_bytes());
    assert_eq!((run.code, &run.json_lines()[0]["refusal"]["status"]), (3, &404.into()));
}

#[test]
fn the_official_answer_loads_with_its_oddities() {
    let answer = "crates/kaquan-core/samples/update-stock-bundle.response.json";
    let run = plan(&[PATCH, "--bundle", answer, "--now", "2025-02-01T00:00:00+08:00", "--lang", "zh"], b"");
    assert_eq!(run.code, 0, "{}", run.stdout);
    for name in
        ["stock-count", "same-id", "deactivation-mismatch", "time-without-seconds", "several-discounts", "period-mixed"]
    {
        assert!(run.stdout.contains(&format!("注意 {name}")), "{name}");
    }
}

#[test]
fn misuse_is_told_from_faults() {
    let cases: &[(&[&str], &str, i32, &str)] = &[
        (&["-", "--bundle", BUNDLE], "{}", 1, "KQ006"),
        (&["-", "--bundle", BUNDLE], "", 1, "KQ001"),
        (&[PATCH, "--bundle", "-"], "", 2, "EOF"),
        (&[PATCH, "--bundle", "-"], "{}", 2, "stock_bundle_id"),
        (&[PATCH, "--bundle", "-"], "{\"stock_bundle_id\":\"1\",\"stock_list\":[{}]}", 2, "product_coupon_id"),
        (&[PATCH, "--bundle", "-"], "{\"stock_bundle_id\":\"1\",\"stock_list\":[]}", 2, "stock_list is empty"),
        (&[PATCH, "--bundle", "nowhere.json"], "", 2, "nowhere.json"),
        (&["nowhere.json", "--bundle", BUNDLE], "", 2, "nowhere.json"),
        (&["-", "--bundle", "-"], "", 2, "only one"),
        (&[PATCH, "--bundle", BUNDLE, "--now", "yesterday"], "", 2, "RFC 3339"),
        (&[PATCH, "--bundle", BUNDLE, "--now", "2098-02-01T12:00+08:00"], "", 2, "RFC 3339"),
        (&[PATCH], "", 2, "--bundle"),
    ];
    for (args, stdin, code, words) in cases {
        let run = plan(args, stdin.as_bytes());
        assert_eq!(run.code, *code, "{args:?}: {}{}", run.stdout, run.stderr);
        assert!((run.stdout + &run.stderr).contains(words), "{args:?} says {words}");
    }
}

#[test]
fn the_lifecycle_is_printed_in_every_form() {
    for (format, words) in [
        ("table", "| SENDING | – | PAUSED | – | STOPPED | DEACTIVATED | DEACTIVATED |"),
        ("mermaid", "SENDING --> DEACTIVATED: deactivate stock / deactivate coupon"),
        ("dot", "AUDITING -> SENDING [label=\"approve\"];"),
        ("svg", "</svg>"),
        ("markdown", "## Refusals in order"),
    ] {
        let run = run(&["lifecycle", "--format", format], b"");
        assert!(run.code == 0 && run.stdout.contains(words), "{format}: {}", run.stdout);
    }
}
