//! Reading and checking documents: what must hold for every text, good or bad.

mod support;

use std::{fmt::Write as _, sync::LazyLock};

use kaquan_core::{
    document::{Document, Target},
    hot, json,
    model::BundlePatch,
    rule::{Diagnostic, Level},
    rules::{self, Checked},
    schema,
};
use kaquan_proptest::{broken, full_patches, patches};
use proptest::{prelude::*, sample::Index, strategy::ValueTree as _};
use serde_json::Value;

type Verdict<'t> = (Option<Checked<BundlePatch<'t>>>, Vec<Diagnostic>);

/// Both ways of checking give the same answer; this is it.
fn verdict(text: &str) -> Verdict<'_> {
    let fast: Verdict<'_> = rules::check_text(text);
    assert_eq!(fast, rules::look_closely(text), "the fast and the careful way agree");
    assert_eq!(fast, rules::check_bytes(text.as_bytes()));
    for finding in &fast.1 {
        let span = finding.span.clone().expect("a finding of a text has a place");
        assert!(span.start <= text.len() && text.is_char_boundary(span.start.min(text.len())), "{finding}");
    }
    let errors = fast.1.iter().filter(|finding| finding.rule.level == Level::Error).count();
    assert_eq!(fast.0.is_some(), errors == 0, "the proof is there exactly when nothing is an error");
    fast
}

fn codes(text: &str) -> Vec<&'static str> {
    verdict(text).1.iter().map(|finding| finding.rule.code).collect()
}

#[test]
fn the_official_request_has_no_finding() {
    assert_eq!(codes(&support::official_request()), [""; 0]);
}

#[test]
fn ten_faults_are_ten_findings_in_the_order_of_the_text() {
    let text = r#"{
  "out_request_no": "123#",
  "remark": "一二三四五六七八九十一二三四五六七八九十一二三",
  "remark": "乙",
  "usage_rule_display_info": {
    "coupon_usage_method_list": ["MINI_PROGRAM", "Offline"],
    "mini_program_appid": 1234567890,
    "usage_description": "全场可用",
    "app_paths": "https://www.example.com"
  },
  "coupon_display_info": {
    "code_display_mode": "QRCODE",
    "entrance_mini_program": {"appid": "wx1234567890", "path": "", "entrance_wording": "欢迎大家选购", "guidance_wording": "获取更多优惠"}
  },
  "store_scope": "ALL"
}"#;
    let found: Vec<(&str, String)> =
        verdict(text).1.iter().map(|finding| (finding.rule.code, finding.pointer.clone())).collect();
    let expected = [
        ("KQ006", "/brand_id"),
        ("KQ101", "/out_request_no"),
        ("KQ102", "/out_request_no"),
        ("KQ104", "/remark"),
        ("KQ003", "/remark"),
        ("KQ204", "/usage_rule_display_info/mini_program_path"),
        ("KQ008", "/usage_rule_display_info/coupon_usage_method_list/1"),
        ("KQ005", "/usage_rule_display_info/mini_program_appid"),
        ("KQ004", "/usage_rule_display_info/app_paths"),
        ("KQ103", "/coupon_display_info/entrance_mini_program/path"),
        ("KQ107", "/coupon_display_info/entrance_mini_program/entrance_wording"),
    ];
    let found: Vec<(&str, &str)> = found.iter().map(|(code, pointer)| (*code, pointer.as_str())).collect();
    assert_eq!(found, expected);
}

/// Members that are structurally wrong are not judged again, and hide nothing elsewhere.
#[test]
fn structure_and_content_do_not_mix_up() {
    let usage = |members: &str| {
        format!(
            r#"{{"out_request_no":"123456","usage_rule_display_info":{{{members},"usage_description":"x"}},"store_scope":"ALL","brand_id":"1"}}"#
        )
    };
    let cases: &[(String, &[&str])] = &[
        (
            usage(r#""coupon_usage_method_list":["MINI_PROGRAM"],"mini_program_appid":null,"mini_program_path":"/x""#),
            &["KQ007"],
        ),
        (
            usage(r#""coupon_usage_method_list":["MINI_PROGRAM"],"mini_program_appid":5,"mini_program_path":"/x""#),
            &["KQ005"],
        ),
        (usage(r#""coupon_usage_method_list":["OFFLINE"],"mini_program_appid":null"#), &["KQ007"]),
        (
            usage(r#""coupon_usage_method_list":["OFFLINE"],"mini_program_appid":null,"mini_program_path":"/x""#),
            &["KQ007"],
        ),
        (usage(r#""coupon_usage_method_list":["MINIPROGRAM"],"mini_program_appid":"wx1""#), &["KQ008"]),
        (usage(r#""coupon_usage_method_list":[5],"mini_program_appid":"wx1""#), &["KQ005"]),
        (usage(r#""coupon_usage_method_list":[null]"#), &["KQ005"]),
        (usage(r#""coupon_usage_method_list":["x","x"]"#), &["KQ008", "KQ008"]),
        (usage(r#""coupon_usage_method_list":["MINI_PROGRAM","x"],"mini_program_path":"/x""#), &["KQ203", "KQ008"]),
        (usage(r#""coupon_usage_method_list":["APP"],"app_jump_type":"h5""#), &["KQ008"]),
        (usage(r#""coupon_usage_method_list":["APP"],"app_jump_type":"H5""#), &["KQ206"]),
        (usage(r#""coupon_usage_method_list":["APP"],"app_jump_type":"USAGE_GUIDE""#), &[]),
        (usage(r#""coupon_usage_method_list":"OFFLINE""#), &["KQ005"]),
        (usage(r#""coupon_usage_method_list":null"#), &["KQ006"]),
        (usage(r#""coupon_usage_method_list":["OFFLINE"],"coupon_available_store_info":{}"#), &["KQ006"]),
        (usage(r#""coupon_usage_method_list":["OFFLINE"],"coupon_available_store_info":[]"#), &["KQ005"]),
        (usage(r#""coupon_usage_method_list":["OFFLINE"],"app_path":"/a b""#), &["KQ110"]),
        (usage(r#""coupon_usage_method_list":["OFFLINE"],"app_path":"""#), &["KQ103"]),
        (r#"{"out_request_no":"123456","brand_id":"1"}"#.into(), &["KQ210"]),
        (r#"{"out_request_no":"123456","brand_id":1}"#.into(), &["KQ210", "KQ005"]),
        (r#"{"out_request_no":"123456","brand_id":"1","store_scope":null}"#.into(), &["KQ007"]),
        (r#"{"out_request_no":"123456","brand_id":"1","remark":null}"#.into(), &["KQ211", "KQ007"]),
        (r#"{"out_request_no":"123456","brand_id":"1","remrak":"x"}"#.into(), &["KQ211", "KQ004"]),
        (r#"{"out_request_no":"","brand_id":"1","store_scope":"ALL"}"#.into(), &["KQ103"]),
        ("{}".into(), &["KQ006", "KQ006", "KQ210"]),
        ("[]".into(), &["KQ002"]),
        ("\u{feff}{}".into(), &["KQ001"]),
        (r#"{"out_request_no":"123456","brand_id":"1","store_scope":"ALL"} {}"#.into(), &["KQ001"]),
        ("{\"out_request_no\":\"123456\",\r\n\"brand_id\":\"1\",\r\n\"store_scope\":\"ALL\"}\r\n".into(), &[]),
        (r#"{"out_request_no":"\u0031\u0032345678","brand_id":"1","store_scope":"ALL"}"#.into(), &[]),
        (r#"{"out_request_no":"12345678","brand_id":"1","store_scope":"ALL","remark":"a\tb"}"#.into(), &["KQ110"]),
        (
            r#"{"out_request_no":"12345678","brand_id":"1","store_scope":"ALL","remark":"\ud83c\udf57"}"#.into(),
            &["KQ109"],
        ),
        (r#"{"out_request_no":"123 4567","brand_id":"1","store_scope":"ALL"}"#.into(), &["KQ102"]),
        (r#"{"out_request_no":"1234567","brand_id":"1 ","store_scope":"ALL"}"#.into(), &["KQ110"]),
    ];
    for (text, expected) in cases {
        assert_eq!(codes(text), *expected, "{text}");
    }
}

/// 20 characters are 20 characters, whatever their bytes and however they are written.
#[test]
fn lengths_count_characters() {
    for (character, limit_only) in [("a", true), ("字", true), ("é", true), ("\\u5b57", true), ("😀", false)] {
        let text = |count: usize| {
            format!(
                r#"{{"out_request_no":"123456","brand_id":"1","store_scope":"ALL","remark":"{}"}}"#,
                character.repeat(count)
            )
        };
        let over: &[&str] = if limit_only { &["KQ104"] } else { &["KQ104", "KQ109"] };
        let at: &[&str] = if limit_only { &[] } else { &["KQ109"] };
        assert_eq!(codes(&text(20)), at, "{character}");
        assert_eq!(codes(&text(21)), over, "{character}");
    }
}

#[test]
fn unknown_members_name_their_neighbour_or_their_place() {
    for (name, hint) in [
        ("remrak", "\"remark\""),
        ("storeScope", "\"store_scope\""),
        ("stock_bundle_id", "it belongs to the path of the request"),
        ("max_count", "update-budget"),
    ] {
        let text = format!(r#"{{"out_request_no":"123456","brand_id":"1","store_scope":"ALL","{name}":1}}"#);
        let (_, findings) = verdict(&text);
        assert!(findings[0].message.en.contains(hint), "{}", findings[0]);
    }
}

static SCHEMA: LazyLock<jsonschema::Validator> =
    LazyLock::new(|| jsonschema::draft202012::new(&schema::update_stock_bundle()).expect("the schema is one"));

#[test]
fn the_schema_takes_what_is_good_and_refuses_what_it_can() {
    let refused: Vec<_> = rules::rules()
        .filter(|rule| !rule.is_about_path())
        .filter(|rule| serde_json::from_str(rule.bad).is_ok_and(|bad: Value| !SCHEMA.is_valid(&bad)))
        .map(|rule| rule.code)
        .collect();
    // Repeated members are gone when a value is there; the others are warnings, or no JSON at all.
    let expected = [
        "KQ002", "KQ004", "KQ005", "KQ006", "KQ008", "KQ101", "KQ102", "KQ103", "KQ104", "KQ105", "KQ106", "KQ107",
        "KQ108", "KQ201", "KQ203", "KQ204", "KQ205", "KQ206",
    ];
    assert_eq!(refused, expected);
    let official: Value = serde_json::from_str(&support::official_request()).expect("JSON");
    assert!(SCHEMA.is_valid(&official));
}

/// A JSON value of any kind, members of the request among its names.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        proptest::sample::select(vec!["OFFLINE", "ALL", "QRCODE", "H5", "Color010", "", "wx1"]).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let names = prop_oneof![proptest::sample::select(NAMES.to_vec()).prop_map(String::from), any::<String>()];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::hash_map(names, inner, 0..6).prop_map(Value::from_iter),
        ]
    })
}

const NAMES: &[&str] = &[
    "out_request_no",
    "remark",
    "usage_rule_display_info",
    "coupon_usage_method_list",
    "mini_program_appid",
    "coupon_display_info",
    "code_display_mode",
    "entrance_finder",
    "notify_config",
    "store_scope",
    "brand_id",
];

/// A full patch with a few of its members replaced, added or taken away.
fn mutated() -> impl Strategy<Value = Value> {
    let change = (any::<Index>(), proptest::option::of(values()), any::<Option<String>>());
    (full_patches(), proptest::collection::vec(change, 1..5)).prop_map(|(patch, changes)| {
        let mut patch = serde_json::to_value(patch).expect("a patch is JSON");
        for (place, value, name) in changes {
            let mut pointers = vec![];
            collect_pointers("", &patch, &mut pointers);
            let pointer = place.get(&pointers).clone();
            match (value, name, patch.pointer_mut(&pointer)) {
                (Some(value), Some(name), Some(Value::Object(object))) => drop(object.insert(name, value)),
                (Some(value), _, Some(member)) => *member = value,
                (None, _, _) => {
                    let (object, name) = pointer.rsplit_once('/').unwrap_or_default();
                    if let Some(Value::Object(object)) = patch.pointer_mut(object) {
                        object.remove(name);
                    }
                }
                _ => {}
            }
        }
        patch
    })
}

fn collect_pointers(pointer: &str, value: &Value, found: &mut Vec<String>) {
    found.push(pointer.into());
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                collect_pointers(&format!("{pointer}/{}", json::pointer_step(name)), value, found);
            }
        }
        Value::Array(elements) => {
            for (index, value) in elements.iter().enumerate() {
                collect_pointers(&format!("{pointer}/{index}"), value, found);
            }
        }
        _ => {}
    }
}

/// Pieces of JSON in any order: far more often nearly right than random text.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        proptest::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "\\",
            "\\u",
            "d83d",
            "\\ud83d",
            "\\udc00",
            "null",
            "true",
            "false",
            "0",
            "-",
            "1e5",
            "1.",
            " ",
            "\n",
            "\t",
            "\r",
            "\u{feff}",
            "\u{0}",
            "\u{7f}",
            "字",
            "🍗",
            "\"out_request_no\"",
            "\"brand_id\"",
            "\"x\"",
        ])
        .prop_map(String::from),
        "\\PC{0,4}",
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(support::properties(512))]

    #[test]
    fn good_patches_have_no_finding(patch in patches()) {
        let text = serde_json::to_string(&patch).unwrap();
        let (checked, findings) = verdict(&text);
        prop_assert_eq!(findings, []);
        prop_assert_eq!(checked.unwrap().into_inner(), patch.clone());
        prop_assert_eq!(rules::check(patch.clone()).1, []);
        prop_assert_eq!(rules::read(&text), (Some(patch.clone()), vec![]));
        prop_assert_eq!(hot::to_json(&patch), text);
        let pretty = serde_json::to_string_pretty(&patch).unwrap();
        prop_assert_eq!(verdict(&pretty).0.unwrap().into_inner(), patch.clone());
        let value: Value = serde_json::to_value(&patch).unwrap();
        prop_assert!(SCHEMA.is_valid(&value));
    }

    /// The hot writer and serde_json write the same bytes, whatever the characters are; and the reader takes them back.
    #[test]
    fn any_characters_are_written_and_read_back(mut patch in patches(), texts in proptest::collection::vec("(?s).{0,24}|[\\x00-\\x7f]{0,24}", 2)) {
        patch.remark = Some(texts[0].clone().into());
        if let Some(usage) = &mut patch.usage_rule_display_info {
            usage.usage_description = Some(texts[1].clone().into());
        }
        let text = serde_json::to_string(&patch).unwrap();
        prop_assert_eq!(&hot::to_json(&patch), &text);
        prop_assert_eq!(hot::read(&text), Some(patch));
        verdict(&text);
    }

    #[test]
    fn what_breaks_one_rule_breaks_no_other((rule, text) in broken()) {
        let found = if rule.is_about_path() {
            let (checked, findings) = rules::check_text::<Target>(&text);
            prop_assert_eq!((checked, findings.clone()), rules::look_closely::<Target>(&text));
            findings.iter().map(|finding| finding.rule.code).collect::<Vec<_>>()
        } else {
            codes(&text)
        };
        prop_assert!(!found.is_empty() && found.iter().all(|code| *code == rule.code), "{} in {}: {:?}", rule.name, text, found);
    }

    #[test]
    fn what_the_schema_refuses_is_refused(value in mutated()) {
        if !SCHEMA.is_valid(&value) {
            let text = value.to_string();
            prop_assert!(verdict(&text).0.is_none(), "{}", text);
        }
    }

    #[test]
    fn built_and_read_patches_are_judged_alike(value in mutated()) {
        let text = value.to_string();
        let (read, structural) = rules::read::<BundlePatch<'_>>(&text);
        let (checked, findings) = verdict(&text);
        match read {
            None => prop_assert!(checked.is_none()),
            Some(patch) => {
                // Without nulls the value says all that the text said.
                if structural.is_empty() {
                    let of_value: Vec<_> = rules::check(patch).1.iter().map(|f| (f.rule.code, f.pointer.clone())).collect();
                    let mut of_text: Vec<_> = findings.iter().map(|f| (f.rule.code, f.pointer.clone())).collect();
                    let mut of_value = of_value;
                    of_text.sort();
                    of_value.sort();
                    prop_assert_eq!(of_value, of_text);
                }
            }
        }
    }

    #[test]
    fn no_value_makes_it_panic(value in values()) {
        verdict(&value.to_string());
        let _ = rules::check_text::<Target>(&value.to_string());
    }

    #[test]
    fn no_text_makes_it_panic(text in soup()) {
        verdict(&text);
        let ours = json::parse(&text).is_ok();
        let theirs = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
        prop_assert_eq!(ours, theirs, "JSON is JSON: {:?}", text);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let (checked, findings) = rules::check_bytes::<BundlePatch<'_>>(&bytes);
        prop_assert!(checked.is_none() && !findings.is_empty());
    }

    #[test]
    fn a_checked_patch_is_checked_again_when_read(value in mutated()) {
        let again = serde_json::from_value::<Checked<BundlePatch<'static>>>(value.clone());
        let text = value.to_string();
        prop_assert_eq!(again.ok().map(Checked::into_inner), verdict(&text).0.map(|checked| checked.into_inner().into_owned()));
    }
}

/// The texts that a document shows are the ones that its table has: none is forgotten.
#[test]
fn every_text_of_the_table_is_shown_to_rules() {
    use kaquan_core::document::{Kind, PATCH, Shape, TextAt};
    fn texts(pointer: &str, shape: &'static Shape, found: &mut Vec<String>) {
        for field in shape.members {
            let here = format!("{pointer}/{}", field.name);
            match field.kind {
                Kind::Text(class, _) => found.push(format!("{here} {class:?} {:?}", field.need)),
                Kind::Object(shape) => texts(&here, shape, found),
                Kind::Word(_) | Kind::Words(_) => {}
            }
        }
    }
    let mut expected = vec![];
    texts("", &PATCH, &mut expected);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let patch = full_patches().new_tree(&mut runner).unwrap().current();
    let mut shown = vec![];
    patch.texts(&mut |TextAt { pointer, class, need, .. }| shown.push(format!("{pointer} {class:?} {need:?}")));
    expected.sort();
    shown.sort();
    assert_eq!(shown, expected);
}

/// Every rule against every document of the corpus: what is found is kept beside them.
#[test]
fn the_corpus_is_judged_as_it_was() {
    let folder = support::root().join("tests/corpus");
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    assert!(files.len() > 10);
    let mut found = String::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        writeln!(found, "{}", file.file_name().unwrap().display()).unwrap();
        for finding in verdict(&text).1 {
            writeln!(found, "  {} {}: {}", finding.rule.code, finding.path(), finding.message.en).unwrap();
        }
    }
    support::assert_current("tests/corpus/findings.txt", &found);
}
