//! Rules about the ids in the path of a request.

use alloc::{format, string::String};

use crate::{
    document::{PATH_ID_MAX, Target, is_plain},
    rule::{Certainty, Check, Findings, Level, Rule, Words},
};

use super::{PAGE, shown_char};

/// KQ301–KQ303.
pub const RULES: &[Rule] = &[
    Rule {
        code: "KQ301",
        name: "path-id-empty",
        level: Level::Error,
        why: Words {
            en: "With an empty id the path leads to another operation.",
            zh: "ID 为空时，路径会指向另一个接口。",
        },
        remedy: Words {
            en: "Give the id that the platform answered with when the coupon or the bundle was made.",
            zh: "请填写创建商品券或批次组时平台返回的 ID。",
        },
        source: PAGE,
        certainty: Certainty::Documented,
        bad: r#"{"product_coupon_id":"200000001","stock_bundle_id":""}"#,
        good: r#"{"product_coupon_id":"200000001","stock_bundle_id":"123456789"}"#,
        checks: &[Check::Target(|target, findings| {
            each(target, findings, |id| {
                id.is_empty().then(|| ("0 characters, at least 1 needed".into(), "0 个字符，至少需要 1 个".into()))
            });
        })],
    },
    Rule {
        code: "KQ302",
        name: "path-id-too-long",
        level: Level::Error,
        why: Words {
            en: "The platform's answers type these ids as strings of at most 40 characters.",
            zh: "平台应答中这些 ID 最多 40 个字符。",
        },
        remedy: Words { en: "Look the id up in an answer of the platform.", zh: "请核对平台应答中的 ID。" },
        source: PAGE,
        certainty: Certainty::Inferred,
        bad: r#"{"product_coupon_id":"200000001","stock_bundle_id":"12345678901234567890123456789012345678901"}"#,
        good: r#"{"product_coupon_id":"200000001","stock_bundle_id":"1234567890123456789012345678901234567890"}"#,
        checks: &[Check::Target(|target, findings| {
            each(target, findings, |id| {
                let count = id.chars().count();
                (count > PATH_ID_MAX).then(|| {
                    (
                        format!("{count} of at most {PATH_ID_MAX} characters"),
                        format!("{count} 个字符，最多 {PATH_ID_MAX} 个"),
                    )
                })
            });
        })],
    },
    Rule {
        code: "KQ303",
        name: "path-id-charset",
        level: Level::Error,
        why: Words {
            en: "Every id seen consists of digits. Letters, _ and - cannot change which operation the path names, so they pass; any other character could.",
            zh: "已知的 ID 都由数字组成。字母、_ 和 - 不会改变路径所指的接口，因此放行；其他字符则可能改变。",
        },
        remedy: Words { en: "Use only 0-9, A-Z, a-z, _ and -.", zh: "请只使用 0-9、A-Z、a-z、_ 和 -。" },
        source: PAGE,
        certainty: Certainty::Inferred,
        bad: r#"{"product_coupon_id":"200000001","stock_bundle_id":"123/456"}"#,
        good: r#"{"product_coupon_id":"200000001","stock_bundle_id":"123-456_X"}"#,
        checks: &[Check::Target(|target, findings| {
            each(target, findings, |id| {
                let odd = shown_char(id.chars().find(|character| !is_plain(*character))?);
                Some((format!("{odd} is not among 0-9 A-Z a-z _ -"), format!("{odd} 不在 0-9 A-Z a-z _ - 之中")))
            });
        })],
    },
];

/// Asks the same of both ids.
fn each(target: &Target, findings: &mut Findings<'_>, ask: fn(&str) -> Option<(String, String)>) {
    let ids = [
        ("/product_coupon_id", target.product_coupon_id.as_str()),
        ("/stock_bundle_id", target.stock_bundle_id.as_str()),
    ];
    for (pointer, id) in ids {
        if let Some((en, zh)) = ask(id) {
            findings.report(pointer, en, zh);
        }
    }
}
