//! Documents that break exactly one rule.

use kaquan_core::{
    document::{Field, Kind, Need, PATCH, Shape},
    rule::Rule,
    rules,
};
use proptest::{
    prelude::*,
    sample::{self, Index},
};
use serde_json::{Value, json};

use crate::documents::{full_patches, request_numbers, words};

/// A text that breaks one rule, any of them, and no other; with the rule.
pub fn broken() -> impl Strategy<Value = (&'static Rule, String)> {
    sample::select(rules::rules().collect::<Vec<_>>())
        .prop_flat_map(|rule| breaking(rule).prop_map(move |text| (rule, text)))
}

/// Texts that break `rule` and no other. A rule about path ids gives texts of a `Target`, the others of a patch.
///
/// A rule that this version knows no way to break gives its own `bad`.
///
/// # Example
/// ```
/// use kaquan_core::{model::BundlePatch, rules};
/// use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
///
/// let rule = rules::find("remark-too-long").unwrap();
/// let tree = kaquan_proptest::breaking(rule).new_tree(&mut TestRunner::deterministic()).unwrap();
/// let text = tree.current();
/// let (checked, findings) = rules::check_text::<BundlePatch>(&text);
/// assert!(checked.is_none());
/// assert_eq!(findings.len(), 1);
/// assert_eq!(findings[0].rule, rule);
/// ```
pub fn breaking(rule: &'static Rule) -> BoxedStrategy<String> {
    if let Some(ids) = broken_ids(rule.code) {
        return ids;
    }
    let code = rule.code;
    (full_patches(), any::<Index>(), any::<Index>(), words(1, 20))
        .prop_flat_map(move |(patch, place, choice, filler)| {
            let patch = serde_json::to_value(patch).unwrap_or_default();
            spoiled(code, patch, place, choice, &filler).unwrap_or_else(|| Just(rule.bad.to_string()).boxed())
        })
        .boxed()
}

fn broken_ids(code: &str) -> Option<BoxedStrategy<String>> {
    let bad: BoxedStrategy<String> = match code {
        "KQ301" => Just(String::new()).boxed(),
        "KQ302" => "[0-9A-Za-z_-]{41,80}".boxed(),
        "KQ303" => ("[0-9]{0,10}", "[./ %?#\"\n中🍗]", "[0-9]{0,10}").prop_map(|(a, b, c)| a + &b + &c).boxed(),
        _ => return None,
    };
    let ids = (bad, "[0-9]{1,40}", any::<bool>()).prop_map(|(bad, good, swap)| {
        let (coupon, bundle) = if swap { (good, bad) } else { (bad, good) };
        json!({ "product_coupon_id": coupon, "stock_bundle_id": bundle }).to_string()
    });
    Some(ids.boxed())
}

const USAGE: &str = "/usage_rule_display_info";
const DISPLAY: &str = "/coupon_display_info";

/// `patch` with one rule broken, at one of the places where it can be.
fn spoiled(code: &str, patch: Value, place: Index, choice: Index, filler: &str) -> Option<BoxedStrategy<String>> {
    match code.get(..3) {
        Some("KQ0") => spoiled_structure(code, patch, place, choice, filler),
        Some("KQ1") => spoiled_text(code, patch, place, choice, filler),
        _ => spoiled_combination(code, patch, place, choice),
    }
}

/// KQ001–KQ008.
fn spoiled_structure(
    code: &str,
    mut patch: Value,
    place: Index,
    choice: Index,
    filler: &str,
) -> Option<BoxedStrategy<String>> {
    match code {
        "KQ001" => {
            let text = patch.to_string();
            return Some(Just(text.strip_suffix('}').unwrap_or_default().to_string()).boxed());
        }
        "KQ002" => patch = choice.get(&[json!([patch]), json!(1), json!("x"), json!(null), json!(true)]).clone(),
        "KQ003" => {
            let text = patch.to_string().replacen('{', "{\"remark\":\"x\",", 1);
            return Some(Just(text).boxed());
        }
        "KQ004" => insert(&mut patch, &[USAGE, DISPLAY, "", "/notify_config"], place, &format!("x_{filler}")),
        "KQ005" => {
            let pointer =
                among(place, &|(_, field)| matches!(field.kind, Kind::Text(..) | Kind::Word(_) | Kind::Object(_)));
            set(&mut patch, &pointer, choice.get(&[json!(1), json!(true), json!([]), json!(-1.5e3)]).clone());
        }
        "KQ006" => {
            let pointer = among(place, &|(_, field)| field.need == Need::Required);
            if choice.index(2) == 0 {
                remove(&mut patch, &pointer);
            } else {
                set(&mut patch, &pointer, Value::Null);
            }
        }
        "KQ007" => set(&mut patch, &among(place, &|(_, field)| field.need == Need::Optional), Value::Null),
        "KQ008" => set(
            &mut patch,
            &among(place, &|(_, field)| matches!(field.kind, Kind::Word(_))),
            format!("no {filler}").into(),
        ),
        _ => return None,
    }
    Some(Just(patch.to_string()).boxed())
}

/// KQ101–KQ110.
fn spoiled_text(
    code: &str,
    mut patch: Value,
    place: Index,
    choice: Index,
    filler: &str,
) -> Option<BoxedStrategy<String>> {
    let usage = |name: &str| format!("{USAGE}/{name}");
    let display = |name: &str| format!("{DISPLAY}/{name}");
    match code {
        "KQ101" => {
            let numbers = prop_oneof!["[0-9A-Za-z_-]{1,5}", "[0-9A-Za-z_-]{41,60}"];
            return Some(numbers.prop_map(move |number| with(&patch, "/out_request_no", number)).boxed());
        }
        "KQ102" => {
            let numbers =
                (request_numbers(), "[!#/.中]").prop_map(|(number, odd)| odd + number.get(1..).unwrap_or_default());
            return Some(numbers.prop_map(move |number| with(&patch, "/out_request_no", number)).boxed());
        }
        "KQ103" => {
            let pointer = among(place, &|(_, field)| match field.kind {
                Kind::Text(class, _) => field.need == Need::Required || class.is_identifier(),
                _ => false,
            });
            set(&mut patch, &pointer, "".into());
        }
        "KQ104" => return Some(longer(patch, "/remark".into(), 20)),
        "KQ105" => return Some(longer(patch, usage("usage_description"), 1000)),
        "KQ106" => return Some(longer(patch, usage("coupon_available_store_info/description"), 1000)),
        "KQ107" => return Some(longer(patch, display("entrance_mini_program/entrance_wording"), 5)),
        "KQ108" => return Some(longer(patch, display("entrance_mini_program/guidance_wording"), 6)),
        "KQ109" => set(&mut patch, &description(place), format!("{filler}{}", choice.get(&['🍗', '𠮷', '😀'])).into()),
        "KQ110" => {
            let odd = choice.get(&['\u{200b}', '\u{feff}', '\u{7f}', '\u{1}', '\u{85}', '\u{2060}']);
            set(&mut patch, &description(place), format!("{filler}{odd}").into());
        }
        _ => return None,
    }
    Some(Just(patch.to_string()).boxed())
}

/// KQ201–KQ216.
fn spoiled_combination(code: &str, mut patch: Value, place: Index, choice: Index) -> Option<BoxedStrategy<String>> {
    let usage = |name: &str| format!("{USAGE}/{name}");
    let display = |name: &str| format!("{DISPLAY}/{name}");
    match code {
        "KQ201" => set(&mut patch, &usage("coupon_usage_method_list"), json!([])),
        "KQ202" => {
            if let Some(Value::Array(methods)) = patch.pointer_mut(&usage("coupon_usage_method_list")) {
                let again = place.get(methods).clone();
                methods.insert(choice.index(methods.len() + 1), again);
            }
        }
        "KQ203" => remove(&mut patch, &usage("mini_program_appid")),
        "KQ204" => remove(&mut patch, &usage("mini_program_path")),
        "KQ205" => {
            set(
                &mut patch,
                &usage("coupon_usage_method_list"),
                choice.get(&[json!(["APP"]), json!(["PAYMENT_CODE"])]).clone(),
            );
            remove(&mut patch, &usage(pick(place, &["mini_program_appid", "mini_program_path"])));
        }
        "KQ206" => {
            remove(&mut patch, &usage("app_path"));
            if choice.index(2) == 0 {
                remove(&mut patch, &usage("app_jump_type"));
            }
        }
        "KQ207" => {
            set(&mut patch, &usage("app_jump_type"), "PASSCODE_LINK".into());
            remove(&mut patch, &usage("passcode_link"));
        }
        "KQ208" => {
            let member = pick(place, &["mini_program_appid", "mini_program_path"]);
            remove(&mut patch, &usage(&format!("coupon_available_store_info/{member}")));
        }
        "KQ209" => {
            set(&mut patch, &usage("coupon_usage_method_list"), json!(["OFFLINE"]));
            set(&mut patch, &display("code_display_mode"), "INVISIBLE".into());
        }
        "KQ210" => {
            for part in ["/remark", USAGE, DISPLAY, "/notify_config", "/store_scope"] {
                remove(&mut patch, part);
            }
        }
        "KQ211" => remove(&mut patch, "/store_scope"),
        "KQ212" => remove(&mut patch, &display("entrance_mini_program/guidance_wording")),
        "KQ213" => remove(&mut patch, &display("entrance_finder/finder_video_id")),
        "KQ214" => remove(&mut patch, &display("entrance_finder/finder_video_cover_image_url")),
        "KQ215" => {
            let cover = pick(choice, &["http://x.example/x", "//x.example", "HTTPS://x.example", "x"]);
            set(&mut patch, &display("entrance_finder/finder_video_cover_image_url"), cover.into());
        }
        "KQ216" => {
            let appid = pick(
                choice,
                &["gh_12345678", "WX1234567890", "wx1234567890.", "x", "wx123456789012345678901234567890123"],
            );
            let pointer = among(place, &|(name, _)| name.ends_with("appid"));
            set(&mut patch, &pointer, appid.into());
        }
        _ => return None,
    }
    Some(Just(patch.to_string()).boxed())
}

/// Pointer of one of the members that are wanted.
fn among(place: Index, wanted: &dyn Fn(&(String, &Field)) -> bool) -> String {
    let found: Vec<_> = members("", &PATCH).into_iter().filter(|member| wanted(member)).collect();
    place.get(&found).0.clone()
}

fn pick<'a>(place: Index, choices: &[&'a str]) -> &'a str {
    place.get::<&str>(choices)
}

/// A member whose text may hold any character and has room for one more.
fn description(place: Index) -> String {
    format!("{USAGE}/{}", pick(place, &["usage_description", "coupon_available_store_info/description"]))
}

fn longer(patch: Value, pointer: String, max: usize) -> BoxedStrategy<String> {
    words(max + 1, max + 40).prop_map(move |text| with(&patch, &pointer, text.to_string())).boxed()
}

fn with(patch: &Value, pointer: &str, text: String) -> String {
    let mut patch = patch.clone();
    set(&mut patch, pointer, text.into());
    patch.to_string()
}

/// Every member of a shape, with its pointer.
fn members(pointer: &str, shape: &'static Shape) -> Vec<(String, &'static Field)> {
    let mut found = Vec::new();
    for field in shape.members {
        let here = format!("{pointer}/{}", field.name);
        if let Kind::Object(shape) = &field.kind {
            found.extend(members(&here, shape));
        }
        found.push((here, field));
    }
    found
}

fn insert(patch: &mut Value, objects: &[&str], place: Index, name: &str) {
    if let Some(Value::Object(object)) = patch.pointer_mut(pick(place, objects)) {
        object.insert(name.into(), json!({ "any": [1, null, "x"] }));
    }
}

fn set(patch: &mut Value, pointer: &str, value: Value) {
    if let Some(member) = patch.pointer_mut(pointer) {
        *member = value;
    }
}

fn remove(patch: &mut Value, pointer: &str) {
    let (object, name) = pointer.rsplit_once('/').unwrap_or_default();
    if let Some(Value::Object(object)) = patch.pointer_mut(object) {
        object.remove(name);
    }
}
