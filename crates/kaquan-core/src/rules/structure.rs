//! Rules about the JSON of a document: what is there, and of which type.

use alloc::{
    collections::BTreeSet,
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};
use core::ops::Range;

use serde_json::Value;

use crate::{
    document::{Document, Field, Kind, Need, Place, Shape},
    json::{self, Fault, Member, Node, Tree},
    rule::{Certainty, Check, Diagnostic, Findings, Level, Message, Rule, Words},
};

use super::{PAGE, shown};

const BASIC_RULES: &str = "https://pay.weixin.qq.com/doc/v3/partner/4012081726 (basic rules, 2024-07-25)";

pub(super) use named::NOT_JSON;
use named::{MISSING_MEMBER, NOT_AN_OBJECT, NULL_MEMBER, REPEATED_MEMBER, UNKNOWN_MEMBER, UNKNOWN_VALUE, WRONG_TYPE};

#[expect(clippy::indexing_slicing, reason = "the compiler checks the index of a constant")]
mod named {
    use super::{RULES, Rule};

    pub(in crate::rules) const NOT_JSON: &Rule = &RULES[0];
    pub(super) const NOT_AN_OBJECT: &Rule = &RULES[1];
    pub(super) const REPEATED_MEMBER: &Rule = &RULES[2];
    pub(super) const UNKNOWN_MEMBER: &Rule = &RULES[3];
    pub(super) const WRONG_TYPE: &Rule = &RULES[4];
    pub(super) const MISSING_MEMBER: &Rule = &RULES[5];
    pub(super) const NULL_MEMBER: &Rule = &RULES[6];
    pub(super) const UNKNOWN_VALUE: &Rule = &RULES[7];
}

/// KQ001–KQ008.
pub const RULES: &[Rule] = &[
    Rule {
        code: "KQ001",
        name: "not-json",
        level: Level::Error,
        why: Words {
            en: "The body is one JSON value in UTF-8, without a byte order mark and with nothing behind it.",
            zh: "包体是一个 UTF-8 编码的 JSON 值，前面没有字节顺序标记，后面没有多余内容。",
        },
        remedy: Words {
            en: "Correct the text at this place; a JSON library writes it right by itself.",
            zh: "请改正此处的文本；用 JSON 库生成即可避免。",
        },
        source: BASIC_RULES,
        certainty: Certainty::Documented,
        bad: r#"{"out_request_no":"34657_20250101_123456","remark":"备注","store_scope":"ALL","brand_id":"120344""#,
        good: r#"{"out_request_no":"34657_20250101_123456","remark":"备注","store_scope":"ALL","brand_id":"120344"}"#,
        checks: &[],
    },
    Rule {
        code: "KQ002",
        name: "not-an-object",
        level: Level::Error,
        why: Words { en: "The body is a JSON object.", zh: "包体是一个 JSON 对象。" },
        remedy: Words {
            en: "Send one object a request; several patches are several requests.",
            zh: "每次请求只发送一个对象；多个修改请分多次请求。",
        },
        source: BASIC_RULES,
        certainty: Certainty::Documented,
        bad: r#"[{"out_request_no":"34657_20250101_123456","remark":"备注","store_scope":"ALL","brand_id":"120344"}]"#,
        good: r#"{"out_request_no":"34657_20250101_123456","remark":"备注","store_scope":"ALL","brand_id":"120344"}"#,
        checks: &[],
    },
    Rule {
        code: "KQ003",
        name: "repeated-member",
        level: Level::Error,
        why: Words {
            en: "Readers of JSON take either the first or the last of two members with one name, so nobody can say what is meant.",
            zh: "同名成员出现两次时，有的解析器取第一个，有的取最后一个，含义不确定。",
        },
        remedy: Words { en: "Keep one of them.", zh: "请只保留其中一个。" },
        source: "https://www.rfc-editor.org/rfc/rfc8259#section-4",
        certainty: Certainty::Documented,
        bad: r#"{"out_request_no":"34657_20250101_123456","remark":"甲","remark":"乙","store_scope":"ALL","brand_id":"120344"}"#,
        good: r#"{"out_request_no":"34657_20250101_123456","remark":"甲","store_scope":"ALL","brand_id":"120344"}"#,
        checks: &[],
    },
    Rule {
        code: "KQ004",
        name: "unknown-member",
        level: Level::Error,
        why: Words {
            en: "The request has no such member: a misspelt one changes nothing, and what was meant is not done.",
            zh: "请求中没有这个成员：拼写错误的成员不会生效，想做的修改也就没有做。",
        },
        remedy: Words {
            en: "Use the platform's name, or leave the member out.",
            zh: "请使用平台规定的名称，或去掉该成员。",
        },
        source: PAGE,
        certainty: Certainty::Documented,
        bad: r#"{"out_request_no":"34657_20250101_123456","remarks":"备注","store_scope":"ALL","brand_id":"120344"}"#,
        good: r#"{"out_request_no":"34657_20250101_123456","remark":"备注","store_scope":"ALL","brand_id":"120344"}"#,
        checks: &[],
    },
    Rule {
        code: "KQ005",
        name: "wrong-type",
        level: Level::Error,
        why: Words {
            en: "Each member has one JSON type; ids are strings even when they look like numbers.",
            zh: "每个成员只有一种 JSON 类型；ID 即使看起来像数字也是字符串。",
        },
        remedy: Words { en: "Write the value in the type that is named.", zh: "请按提示的类型书写该值。" },
        source: PAGE,
        certainty: Certainty::Documented,
        bad: r#"{"out_request_no":"34657_20250101_123456","remark":"备注","store_scope":"ALL","brand_id":120344}"#,
        good: r#"{"out_request_no":"34657_20250101_123456","remark":"备注","store_scope":"ALL","brand_id":"120344"}"#,
        checks: &[],
    },
    Rule {
        code: "KQ006",
        name: "missing-member",
        level: Level::Error,
        why: Words {
            en: "The page marks the member as required; inside an object it is required as soon as the object is given.",
            zh: "文档将该成员标为必填；对象内的必填成员在给出该对象时必须填写。",
        },
        remedy: Words {
            en: "Give the member, or leave out its whole object.", zh: "请填写该成员，或去掉整个对象。"
        },
        source: PAGE,
        certainty: Certainty::Documented,
        bad: r#"{"out_request_no":"34657_20250101_123456","notify_config":{},"store_scope":"ALL","brand_id":"120344"}"#,
        good: r#"{"out_request_no":"34657_20250101_123456","notify_config":{"notify_appid":"wx4fd12345678"},"store_scope":"ALL","brand_id":"120344"}"#,
        checks: &[
            Check::Usage(|usage, findings| {
                missing(usage.coupon_usage_method_list.is_some(), "/coupon_usage_method_list", findings);
                missing(usage.usage_description.is_some(), "/usage_description", findings);
                if let Some(stores) = &usage.coupon_available_store_info {
                    missing(stores.description.is_some(), "/coupon_available_store_info/description", findings);
                }
            }),
            Check::Display(|display, findings| {
                missing(display.code_display_mode.is_some(), "/code_display_mode", findings);
                if let Some(entrance) = &display.entrance_mini_program {
                    missing(entrance.appid.is_some(), "/entrance_mini_program/appid", findings);
                    missing(entrance.path.is_some(), "/entrance_mini_program/path", findings);
                    missing(entrance.entrance_wording.is_some(), "/entrance_mini_program/entrance_wording", findings);
                }
                if let Some(entrance) = &display.entrance_official_account {
                    missing(entrance.appid.is_some(), "/entrance_official_account/appid", findings);
                }
                if let Some(entrance) = &display.entrance_finder {
                    missing(entrance.finder_id.is_some(), "/entrance_finder/finder_id", findings);
                }
            }),
            Check::Notify(|notify, findings| missing(notify.notify_appid.is_some(), "/notify_appid", findings)),
        ],
    },
    Rule {
        code: "KQ007",
        name: "null-member",
        level: Level::Warning,
        why: Words {
            en: "One page of the platform lets null be left out, two forbid it; none says that null deletes anything.",
            zh: "平台一处文档允许省略 null，另两处禁止 null；没有文档说 null 表示删除。",
        },
        remedy: Words {
            en: "Leave the member out; kaquan never sends null.",
            zh: "请去掉该成员；kaquan 从不发送 null。",
        },
        source: "https://pay.weixin.qq.com/doc/v3/partner/4012081726 against https://pay.weixin.qq.com/doc/brand/4015407525 (basic rules)",
        certainty: Certainty::Disputed,
        bad: r#"{"out_request_no":"34657_20250101_123456","remark":null,"store_scope":"ALL","brand_id":"120344"}"#,
        good: r#"{"out_request_no":"34657_20250101_123456","store_scope":"ALL","brand_id":"120344"}"#,
        checks: &[],
    },
    Rule {
        code: "KQ008",
        name: "unknown-value",
        level: Level::Error,
        why: Words {
            en: "The member takes one of the platform's words, in exactly their spelling.",
            zh: "该成员只能取平台规定的值，大小写须完全一致。",
        },
        remedy: Words { en: "Use one of the listed words.", zh: "请使用列出的取值之一。" },
        source: "https://pay.weixin.qq.com/doc/v3/partner/4016280633 (2025-11-20); the names of colours and jump types: TheNorthMemory/wechatpay-openapi@4d6325b0",
        certainty: Certainty::Documented,
        bad: r#"{"out_request_no":"34657_20250101_123456","store_scope":"all","brand_id":"120344"}"#,
        good: r#"{"out_request_no":"34657_20250101_123456","store_scope":"ALL","brand_id":"120344"}"#,
        checks: &[
            Check::Patch(|patch, findings| {
                word(patch.store_scope.as_ref().map(|w| (w.is_known(), w.as_str())), "/store_scope", findings);
            }),
            Check::Usage(|usage, findings| {
                for (index, method) in usage.coupon_usage_method_list.iter().flatten().enumerate() {
                    if !method.is_known() {
                        let pointer = format!("/coupon_usage_method_list/{index}");
                        word(Some((false, method.as_str())), &pointer, findings);
                    }
                }
                word(usage.app_jump_type.as_ref().map(|w| (w.is_known(), w.as_str())), "/app_jump_type", findings);
            }),
            Check::Display(|display, findings| {
                let mode = display.code_display_mode.as_ref();
                word(mode.map(|w| (w.is_known(), w.as_str())), "/code_display_mode", findings);
                let color = display.background_color.as_ref();
                word(color.map(|w| (w.is_known(), w.as_str())), "/background_color", findings);
            }),
        ],
    },
];

fn missing(given: bool, pointer: &str, findings: &mut Findings<'_>) {
    if !given {
        let Message { en, zh } = missing_message("is missing", "缺失");
        findings.report(pointer, en, zh);
    }
}

fn missing_message(en: &str, zh: &str) -> Message {
    Message { en: format!("required member {en}"), zh: format!("必填成员{zh}") }
}

/// Said of values that were built, not read; a reader knows the list of words and says more.
fn word(given: Option<(bool, &str)>, pointer: &str, findings: &mut Findings<'_>) {
    if let Some((false, word)) = given {
        findings.report(pointer, format!("unknown value {}", shown(word)), format!("未知的取值 {}", shown(word)));
    }
}

/// What a careful look at a text gives.
pub(super) struct Reading<D> {
    /// The document, with what could be understood; `None` when the text is no JSON object.
    pub(super) document: Option<D>,
    /// Pointers of members that content rules must not judge again.
    pub(super) unsound: Vec<String>,
    /// What is structurally wrong.
    pub(super) findings: Vec<Diagnostic>,
}

/// A finding about the text as a whole.
pub(super) fn not_json(place: Place, at: usize, fault: Fault) -> Diagnostic {
    Diagnostic {
        rule: NOT_JSON,
        place,
        pointer: String::new(),
        message: Message { en: fault.to_string(), zh: fault.chinese() },
        span: Some(at..at + 1),
    }
}

/// Looks at every member of a tree, whatever is wrong with others.
pub(super) fn read<'t, D: Document<'t>>(tree: &Tree<'_>) -> Reading<D> {
    let mut walk = Walk { place: D::PLACE, unsound: Vec::new(), findings: Vec::new() };
    let Node::Object(members) = &tree.node else {
        let found = tree.node.type_name();
        let message = Message {
            en: format!("expected an object, found {found}"),
            zh: format!("应为对象，实为{}", type_zh(found)),
        };
        walk.report(NOT_AN_OBJECT, "", message, tree.span.start..tree.span.start + 1);
        return Reading { document: None, unsound: walk.unsound, findings: walk.findings };
    };
    let mut object = walk.object("", D::SHAPE, members, tree.span.start);
    // A patch without its required strings is still worth judging; the gaps are marked.
    for field in D::SHAPE.members.iter().filter(|field| field.need == Need::Required) {
        object.entry(field.name).or_insert_with(|| Value::String(String::new()));
    }
    let document = serde_json::from_value(Value::Object(object)).ok();
    Reading { document, unsound: walk.unsound, findings: walk.findings }
}

struct Walk {
    place: Place,
    unsound: Vec<String>,
    findings: Vec<Diagnostic>,
}

impl Walk {
    fn report(&mut self, rule: &'static Rule, pointer: &str, message: Message, span: Range<usize>) {
        self.findings.push(Diagnostic { rule, place: self.place, pointer: pointer.into(), message, span: Some(span) });
    }

    /// Reports, and keeps content rules away from the member.
    fn spoil(&mut self, rule: &'static Rule, pointer: &str, message: Message, span: Range<usize>) {
        self.unsound.push(pointer.into());
        self.report(rule, pointer, message, span);
    }

    fn object(
        &mut self,
        pointer: &str,
        shape: &'static Shape,
        members: &[Member<'_>],
        start: usize,
    ) -> serde_json::Map<String, Value> {
        let mut object = serde_json::Map::new();
        let mut seen = BTreeSet::new();
        for member in members {
            let here = format!("{pointer}/{}", json::pointer_step(&member.key));
            if !seen.insert(&*member.key) {
                let name = shown(&member.key);
                let message =
                    Message { en: format!("member {name} is repeated"), zh: format!("成员 {name} 重复出现") };
                self.report(REPEATED_MEMBER, &here, message, member.key_span.clone());
                continue;
            }
            match shape.members.iter().find(|field| member.key == *field.name) {
                None => self.unknown(&here, shape, member),
                Some(field) => {
                    if let Some(value) = self.member(&here, field, &member.value) {
                        object.insert(field.name.into(), value);
                    }
                }
            }
        }
        for field in shape.members.iter().filter(|field| field.need == Need::Required) {
            if !seen.contains(field.name) {
                let here = format!("{pointer}/{}", field.name);
                self.spoil(MISSING_MEMBER, &here, missing_message("is missing", "缺失"), start..start + 1);
            }
        }
        object
    }

    fn unknown(&mut self, pointer: &str, shape: &'static Shape, member: &Member<'_>) {
        let name = &*member.key;
        let known = shape.members.iter().map(|field| field.name);
        let near = known.min_by_key(|known| distance(name, known)).unwrap_or_default();
        let mut message = Message {
            en: format!("unknown member {}; the nearest known one is {near:?}", shown(name)),
            zh: format!("未知成员 {}；最接近的已知成员是 {near:?}", shown(name)),
        };
        if let Some((_, en, zh)) = ELSEWHERE.iter().find(|(names, ..)| names.contains(&name)) {
            message.en.extend([" (", en, ")"]);
            message.zh.extend(["（", zh, "）"]);
        }
        self.spoil(UNKNOWN_MEMBER, pointer, message, member.key_span.clone());
    }

    /// The member's value as far as it has the right type.
    fn member(&mut self, pointer: &str, field: &Field, tree: &Tree<'_>) -> Option<Value> {
        let span = json::locate(tree, "");
        match (&field.kind, &tree.node) {
            (_, Node::Null) if field.need == Need::Required => {
                self.spoil(MISSING_MEMBER, pointer, missing_message("is null", "为 null"), span);
                None
            }
            (_, Node::Null) => {
                let message = Message { en: "optional member is null".into(), zh: "选填成员为 null".into() };
                self.spoil(NULL_MEMBER, pointer, message, span);
                None
            }
            (Kind::Text(..), Node::Text(text)) => Some(Value::String(text.to_string())),
            (Kind::Word(words), Node::Text(_)) => Some(self.word(pointer, words, tree)),
            (Kind::Words(words), Node::List(elements)) => {
                let words = elements
                    .iter()
                    .enumerate()
                    .map(|(index, tree)| self.word(&format!("{pointer}/{index}"), words, tree));
                Some(Value::Array(words.collect()))
            }
            (Kind::Object(shape), Node::Object(members)) => {
                Some(Value::Object(self.object(pointer, shape, members, tree.span.start)))
            }
            (kind, node) => {
                self.wrong_type(pointer, kind.type_name(), node, span);
                None
            }
        }
    }

    fn wrong_type(&mut self, pointer: &str, wanted: &str, node: &Node<'_>, span: Range<usize>) {
        let found = node.type_name();
        let message = Message {
            en: format!("expected {wanted}, found {found}"),
            zh: format!("应为{}，实为{}", type_zh(wanted), type_zh(found)),
        };
        self.spoil(WRONG_TYPE, pointer, message, span);
    }

    /// A word of a list of words; a wrong one leaves a mark in its place, so that the others keep theirs.
    fn word(&mut self, pointer: &str, words: &[&str], tree: &Tree<'_>) -> Value {
        let span = json::locate(tree, "");
        let Node::Text(word) = &tree.node else {
            self.wrong_type(pointer, "string", &tree.node, span);
            return Value::String(String::new());
        };
        if !words.contains(&&**word) {
            let near =
                words.iter().min_by_key(|known| distance(&word.to_ascii_uppercase(), &known.to_ascii_uppercase()));
            let (near, all) = (near.copied().unwrap_or_default(), words.join(", "));
            let word = shown(word);
            let message = Message {
                en: format!("unknown value {word}; the nearest of {all} is {near}"),
                zh: format!("未知的取值 {word}；可选 {all}，最接近的是 {near}"),
            };
            self.spoil(UNKNOWN_VALUE, pointer, message, span);
        }
        Value::String(word.to_string())
    }
}

/// A JSON type in Chinese.
fn type_zh(name: &str) -> &str {
    match name {
        "string" => "字符串",
        "array" => "数组",
        "object" => "对象",
        "number" => "数字",
        "boolean" => "布尔值",
        other => other,
    }
}

/// Members that people look for here and that have their place elsewhere.
const ELSEWHERE: &[(&[&str], &str, &str)] = &[
    (&["product_coupon_id", "stock_bundle_id"], "it belongs to the path of the request", "该成员属于请求路径"),
    (
        &[
            "max_count",
            "max_count_per_day",
            "current_max_count",
            "target_max_count",
            "current_max_count_per_day",
            "target_max_count_per_day",
            "update_mode",
        ],
        "budgets are changed by the operation update-budget",
        "投放预算请用“修改商品券批次组发放预算”接口",
    ),
    (
        &["stock_send_rule", "coupon_code_mode", "progressive_bundle_usage_rule", "max_count_per_user", "state"],
        "no operation changes it for an existing bundle",
        "已有批次组的这一项没有接口可以修改",
    ),
];

/// How many characters must be changed, added, dropped or swapped with their neighbour to make one name the other.
fn distance(one: &str, two: &str) -> usize {
    // A name of a member is short; of a text that is not, a piece says enough.
    let one: Vec<char> = one.chars().take(64).collect();
    let two: Vec<char> = two.chars().take(64).collect();
    let mut rows = vec![(0..=two.len()).collect::<Vec<_>>()];
    let at = |rows: &[Vec<usize>], i: usize, j: usize| -> usize {
        rows.get(i).and_then(|row| row.get(j)).copied().unwrap_or_default()
    };
    for (i, a) in one.iter().enumerate() {
        rows.push(vec![i + 1]);
        for (j, b) in two.iter().enumerate() {
            let mut least = (at(&rows, i, j) + usize::from(a != b)).min(at(&rows, i, j + 1) + 1);
            least = least.min(at(&rows, i + 1, j) + 1);
            let swapped = i > 0 && j > 0 && one.get(i - 1) == Some(b) && two.get(j - 1) == Some(a);
            if swapped {
                least = least.min(at(&rows, i - 1, j - 1) + 1);
            }
            if let Some(row) = rows.last_mut() {
                row.push(least);
            }
        }
    }
    at(&rows, one.len(), two.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swap_is_one_step() {
        for (one, two, steps) in
            [("remark", "remark", 0), ("remrak", "remark", 1), ("", "abc", 3), ("appId", "appid", 1)]
        {
            assert_eq!(distance(one, two), steps, "{one} {two}");
        }
    }

    #[test]
    fn the_names_of_rules_here_point_at_them() {
        let named = [
            NOT_JSON,
            NOT_AN_OBJECT,
            REPEATED_MEMBER,
            UNKNOWN_MEMBER,
            WRONG_TYPE,
            MISSING_MEMBER,
            NULL_MEMBER,
            UNKNOWN_VALUE,
        ];
        let expected = [
            "not-json",
            "not-an-object",
            "repeated-member",
            "unknown-member",
            "wrong-type",
            "missing-member",
            "null-member",
            "unknown-value",
        ];
        assert_eq!(named.map(|rule| rule.name), expected);
    }
}
