//! Rules about single texts: lengths, characters, emptiness. Lengths count characters, never bytes.

use alloc::format;

use crate::{
    document::{
        Class, DESCRIPTION_MAX, ENTRANCE_WORDING_MAX, GUIDANCE_WORDING_MAX, Need, OUT_REQUEST_NO_MAX,
        OUT_REQUEST_NO_MIN, REMARK_MAX, is_plain,
    },
    rule::{Certainty, Check, Findings, Level, Rule, Words},
    text::Text,
};

use super::{PAGE, shown_char};

/// Ten times the same text, for the examples of length rules.
macro_rules! ten {
    ($text:expr) => {
        concat!($text, $text, $text, $text, $text, $text, $text, $text, $text, $text)
    };
}

/// KQ101–KQ110.
pub const RULES: &[Rule] = &[
    Rule {
        code: "KQ101",
        name: "out-request-no-length",
        level: Level::Error,
        why: Words {
            en: "A request number has 6 to 40 characters.", zh: "修改请求单号的长度为 6 至 40 个字符。"
        },
        remedy: Words {
            en: "Give a number of 6 to 40 characters; a changed body needs a new number.",
            zh: "请使用 6 至 40 个字符的单号；修改内容后须换新的单号。",
        },
        source: PAGE,
        certainty: Certainty::Documented,
        bad: r#"{"out_request_no":"12345","remark":"备注","store_scope":"ALL","brand_id":"120344"}"#,
        good: r#"{"out_request_no":"123456","remark":"备注","store_scope":"ALL","brand_id":"120344"}"#,
        checks: &[Check::Patch(|patch, findings| {
            let count = patch.out_request_no.as_str().chars().count();
            if count != 0 && !(OUT_REQUEST_NO_MIN..=OUT_REQUEST_NO_MAX).contains(&count) {
                findings.report(
                    "/out_request_no",
                    if count < OUT_REQUEST_NO_MIN {
                        format!("{count} of at least {OUT_REQUEST_NO_MIN} characters")
                    } else {
                        format!("{count} of at most {OUT_REQUEST_NO_MAX} characters")
                    },
                    format!("{count} 个字符，应为 {OUT_REQUEST_NO_MIN} 至 {OUT_REQUEST_NO_MAX} 个"),
                );
            }
        })],
    },
    Rule {
        code: "KQ102",
        name: "out-request-no-charset",
        level: Level::Error,
        why: Words {
            en: "A request number consists of digits, ASCII letters, underscores and hyphens.",
            zh: "修改请求单号只能由数字、大小写字母、下划线和短横线组成。",
        },
        remedy: Words { en: "Use only 0-9, A-Z, a-z, _ and -.", zh: "请只使用 0-9、A-Z、a-z、_ 和 -。" },
        source: PAGE,
        certainty: Certainty::Documented,
        bad: r#"{"out_request_no":"34657#20250101","remark":"备注","store_scope":"ALL","brand_id":"120344"}"#,
        good: r#"{"out_request_no":"34657-20250101","remark":"备注","store_scope":"ALL","brand_id":"120344"}"#,
        checks: &[Check::Patch(|patch, findings| {
            if let Some(odd) = patch.out_request_no.as_str().chars().find(|character| !is_plain(*character)) {
                let odd = shown_char(odd);
                findings.report(
                    "/out_request_no",
                    format!("{odd} is not among 0-9 A-Z a-z _ -"),
                    format!("{odd} 不在 0-9 A-Z a-z _ - 之中"),
                );
            }
        })],
    },
    Rule {
        code: "KQ103",
        name: "empty-text",
        level: Level::Error,
        why: Words {
            en: "A required string has at least one character, and an id, appid, path or address that is empty leads nowhere.",
            zh: "必填的字符串至少有一个字符；空的 ID、AppID、路径或链接没有意义。",
        },
        remedy: Words {
            en: "Fill it in, or leave the member out if it is optional.",
            zh: "请填写内容；选填成员可以去掉。",
        },
        source: PAGE,
        certainty: Certainty::Documented,
        bad: r#"{"out_request_no":"34657_20250101_123456","remark":"备注","store_scope":"ALL","brand_id":""}"#,
        good: r#"{"out_request_no":"34657_20250101_123456","remark":"备注","store_scope":"ALL","brand_id":"120344"}"#,
        checks: &[Check::Text(|at, findings| {
            if at.text.is_empty() && (at.need == Need::Required || at.class.is_identifier()) {
                findings.report(at.pointer, "0 characters, at least 1 needed", "0 个字符，至少需要 1 个");
            }
        })],
    },
    Rule {
        code: "KQ104",
        name: "remark-too-long",
        level: Level::Error,
        why: Words { en: "A remark has at most 20 characters.", zh: "备注最多 20 个字符。" },
        remedy: Words { en: "Shorten the remark.", zh: "请缩短备注。" },
        source: PAGE,
        certainty: Certainty::Documented,
        bad: r#"{"out_request_no":"34657_20250101_123456","remark":"一二三四五六七八九十一二三四五六七八九十一","store_scope":"ALL","brand_id":"120344"}"#,
        good: r#"{"out_request_no":"34657_20250101_123456","remark":"一二三四五六七八九十一二三四五六七八九十","store_scope":"ALL","brand_id":"120344"}"#,
        checks: &[Check::Patch(|patch, findings| {
            at_most(REMARK_MAX, patch.remark.as_ref(), "/remark", findings);
        })],
    },
    Rule {
        code: "KQ105",
        name: "usage-description-too-long",
        level: Level::Error,
        why: Words {
            en: "The description of the usage has at most 1,000 characters.",
            zh: "券使用说明最多 1000 个字符。",
        },
        remedy: Words { en: "Shorten the description.", zh: "请缩短使用说明。" },
        source: PAGE,
        certainty: Certainty::Documented,
        bad: concat!(
            r#"{"out_request_no":"34657_20250101_123456","usage_rule_display_info":{"coupon_usage_method_list":["OFFLINE"],"usage_description":"一"#,
            ten!(ten!(ten!("字"))),
            r#""},"store_scope":"ALL","brand_id":"120344"}"#
        ),
        good: concat!(
            r#"{"out_request_no":"34657_20250101_123456","usage_rule_display_info":{"coupon_usage_method_list":["OFFLINE"],"usage_description":""#,
            ten!(ten!(ten!("字"))),
            r#""},"store_scope":"ALL","brand_id":"120344"}"#
        ),
        checks: &[Check::Usage(|usage, findings| {
            at_most(DESCRIPTION_MAX, usage.usage_description.as_ref(), "/usage_description", findings);
        })],
    },
    Rule {
        code: "KQ106",
        name: "store-description-too-long",
        level: Level::Error,
        why: Words {
            en: "The description of the stores has at most 1,000 characters.",
            zh: "可用门店描述最多 1000 个字符。",
        },
        remedy: Words { en: "Shorten the description.", zh: "请缩短门店描述。" },
        source: "wechatpay-apiv3/wechatpay-skills@15f40d0, list of the partner's operations",
        certainty: Certainty::Documented,
        bad: concat!(
            r#"{"out_request_no":"34657_20250101_123456","usage_rule_display_info":{"coupon_usage_method_list":["OFFLINE"],"usage_description":"全场可用","coupon_available_store_info":{"description":"一"#,
            ten!(ten!(ten!("店"))),
            r#""}},"store_scope":"ALL","brand_id":"120344"}"#
        ),
        good: concat!(
            r#"{"out_request_no":"34657_20250101_123456","usage_rule_display_info":{"coupon_usage_method_list":["OFFLINE"],"usage_description":"全场可用","coupon_available_store_info":{"description":""#,
            ten!(ten!(ten!("店"))),
            r#""}},"store_scope":"ALL","brand_id":"120344"}"#
        ),
        checks: &[Check::Usage(|usage, findings| {
            let stores = usage.coupon_available_store_info.as_ref();
            let description = stores.and_then(|stores| stores.description.as_ref());
            at_most(DESCRIPTION_MAX, description, "/coupon_available_store_info/description", findings);
        })],
    },
    Rule {
        code: "KQ107",
        name: "entrance-wording-too-long",
        level: Level::Error,
        why: Words {
            en: "The words of an entrance have at most 5 characters.", zh: "入口文案最多 5 个字符。"
        },
        remedy: Words { en: "Shorten the words.", zh: "请缩短入口文案。" },
        source: "wechatpay-apiv3/wechatpay-skills@15f40d0, list of the partner's operations",
        certainty: Certainty::Documented,
        bad: r#"{"out_request_no":"34657_20250101_123456","coupon_display_info":{"code_display_mode":"QRCODE","entrance_mini_program":{"appid":"wx1234567890","path":"/pages/index/product","entrance_wording":"欢迎大家选购","guidance_wording":"获取更多优惠"}},"store_scope":"ALL","brand_id":"120344","remark":"备注"}"#,
        good: r#"{"out_request_no":"34657_20250101_123456","coupon_display_info":{"code_display_mode":"QRCODE","entrance_mini_program":{"appid":"wx1234567890","path":"/pages/index/product","entrance_wording":"欢迎选购","guidance_wording":"获取更多优惠"}},"store_scope":"ALL","brand_id":"120344","remark":"备注"}"#,
        checks: &[Check::Display(|display, findings| {
            let entrance = display.entrance_mini_program.as_ref();
            let wording = entrance.and_then(|entrance| entrance.entrance_wording.as_ref());
            at_most(ENTRANCE_WORDING_MAX, wording, "/entrance_mini_program/entrance_wording", findings);
        })],
    },
    Rule {
        code: "KQ108",
        name: "guidance-wording-too-long",
        level: Level::Error,
        why: Words {
            en: "The words that lead to an entrance have at most 6 characters.",
            zh: "引导文案最多 6 个字符。",
        },
        remedy: Words { en: "Shorten the words.", zh: "请缩短引导文案。" },
        source: "wechatpay-apiv3/wechatpay-skills@15f40d0, list of the partner's operations (samples for brands break it)",
        certainty: Certainty::Documented,
        bad: r#"{"out_request_no":"34657_20250101_123456","coupon_display_info":{"code_display_mode":"QRCODE","entrance_mini_program":{"appid":"wx1234567890","path":"/pages/index/product","entrance_wording":"欢迎选购","guidance_wording":"多次优惠等你来"}},"store_scope":"ALL","brand_id":"120344"}"#,
        good: r#"{"out_request_no":"34657_20250101_123456","coupon_display_info":{"code_display_mode":"QRCODE","entrance_mini_program":{"appid":"wx1234567890","path":"/pages/index/product","entrance_wording":"欢迎选购","guidance_wording":"多次优惠等你"}},"store_scope":"ALL","brand_id":"120344"}"#,
        checks: &[Check::Display(|display, findings| {
            let entrance = display.entrance_mini_program.as_ref();
            let wording = entrance.and_then(|entrance| entrance.guidance_wording.as_ref());
            at_most(GUIDANCE_WORDING_MAX, wording, "/entrance_mini_program/guidance_wording", findings);
        })],
    },
    Rule {
        code: "KQ109",
        name: "text-outside-bmp",
        level: Level::Warning,
        why: Words {
            en: "The basic rules take characters of up to three UTF-8 bytes only, so no emoji; another official text says that emoji are fine.",
            zh: "接口规则只支持 1 至 3 字节的 UTF-8 字符，即不支持表情符号；另一处官方文本说表情符号可用。",
        },
        remedy: Words { en: "Leave such characters out.", zh: "请去掉这类字符。" },
        source: "https://pay.weixin.qq.com/doc/v3/partner/4012081726 against wechatpay-apiv3/wechatpay-skills@15f40d0",
        certainty: Certainty::Disputed,
        bad: r#"{"out_request_no":"34657_20250101_123456","remark":"疯狂星期四🍗","store_scope":"ALL","brand_id":"120344"}"#,
        good: r#"{"out_request_no":"34657_20250101_123456","remark":"疯狂星期四","store_scope":"ALL","brand_id":"120344"}"#,
        checks: &[Check::Text(|at, findings| {
            if at.usual {
                return;
            }
            let mut outside = at.text.chars().filter(|character| character.len_utf8() == 4);
            if let Some(first) = outside.next() {
                let (first, count) = (shown_char(first), 1 + outside.count());
                findings.report(
                    at.pointer,
                    format!("{count} character(s) of four UTF-8 bytes, the first is {first}"),
                    format!("有 {count} 个四字节 UTF-8 字符，第一个是 {first}"),
                );
            }
        })],
    },
    Rule {
        code: "KQ110",
        name: "invisible-character",
        level: Level::Warning,
        why: Words {
            en: "Characters that nobody sees, pasted by accident, are a known cause of parameter errors.",
            zh: "误粘贴的不可见字符是参数错误的已知原因。",
        },
        remedy: Words {
            en: "Remove the character; ids, appids, paths and addresses hold no white space at all, ordinary spaces included.",
            zh: "请删除该字符；ID、AppID、路径和链接中不能有任何空白，包括普通空格。",
        },
        source: "wechatpay-apiv3/wechatpay-skills@15f40d0, trouble-shooting manual, number 268435461",
        certainty: Certainty::Documented,
        bad: r#"{"out_request_no":"34657_20250101_123456","remark":"备注\u200b","store_scope":"ALL","brand_id":"120344"}"#,
        good: r#"{"out_request_no":"34657_20250101_123456","remark":"备 注","store_scope":"ALL","brand_id":"120344"}"#,
        checks: &[Check::Text(|at, findings| {
            if at.usual {
                return;
            }
            let mut odd = at.text.chars().enumerate().filter(|(_, character)| is_invisible(*character, at.class));
            if let Some((index, first)) = odd.next() {
                let (first, place, count) = (shown_char(first), index + 1, 1 + odd.count());
                findings.report(
                    at.pointer,
                    format!("{count} invisible character(s), the first is {first} at character {place}"),
                    format!("有 {count} 个不可见字符，第一个是第 {place} 个字符 {first}"),
                );
            }
        })],
    },
];

fn is_invisible(character: char, class: Class) -> bool {
    match character {
        '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => true,
        '\t' | '\n' | '\r' if matches!(class, Class::Description | Class::Wording) => false,
        // The charset rule of request numbers says it of white space already.
        _ => character.is_control() || (class.is_identifier() && character.is_whitespace()),
    }
}

fn at_most(max: usize, text: Option<&Text<'_>>, pointer: &str, findings: &mut Findings<'_>) {
    // A text of no more bytes has no more characters: most are decided without counting.
    let Some(text) = text.filter(|text| text.len() > max) else { return };
    let count = text.characters();
    if count > max {
        findings.report(
            pointer,
            format!("{count} of at most {max} characters"),
            format!("{count} 个字符，最多 {max} 个"),
        );
    }
}
