//! The catalogue of rules, and the two doors that it guards: [`read`] and [`check`].
//!
//! [`read`] turns a text into a document and names everything that is wrong with its structure; [`check`] asks every
//! rule about a document and gives the proof that none is broken, [`Checked`]; [`check_text`] does both at once and is
//! what a person with a file wants. None of them stops at the first fault.
//!
//! # Example: every fault at once
//! ```
//! use kaquan_core::{model::BundlePatch, rules};
//!
//! let text = r#"{"out_request_no": "12345", "remrak": "备注", "store_scope": "ALL", "brand_id": 120344}"#;
//! let (checked, findings) = rules::check_text::<BundlePatch>(text);
//!
//! assert!(checked.is_none());
//! let codes: Vec<_> = findings.iter().map(|finding| finding.rule.code).collect();
//! assert_eq!(codes, ["KQ101", "KQ004", "KQ005"]);
//! assert_eq!(findings[0].message.en, "5 of at least 6 characters");
//! assert_eq!(findings[2].path(), "/body/brand_id");
//! ```

pub mod combinations;
pub mod path;
pub mod structure;
pub mod texts;

use alloc::{format, string::String, vec::Vec};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{
    document::{Class, Document, Parts, TextAt},
    hot,
    json::{self, Fault},
    rule::{Check, Diagnostic, Findings, Rule},
};

/// The operation's own page.
pub const PAGE: &str = "https://pay.weixin.qq.com/doc/v3/partner/4016280633 (2025-11-20)";

/// All rules, by subject and in the order of their codes.
pub const CATALOGUE: [&[Rule]; 4] = [structure::RULES, texts::RULES, combinations::RULES, path::RULES];

/// Codes that were once in use, and why they are not any more. A code is never used again.
pub const RETIRED: &[(&str, &str)] = &[];

/// Every rule, in the order of their codes.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    CATALOGUE.into_iter().flatten()
}

/// The rule of a code or a name, in any case.
///
/// # Example
/// ```
/// assert_eq!(kaquan_core::rules::find("kq104"), kaquan_core::rules::find("remark-too-long"));
/// ```
#[must_use]
pub fn find(code_or_name: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.code.eq_ignore_ascii_case(code_or_name) || rule.name.eq_ignore_ascii_case(code_or_name))
}

/// A document that breaks no rule at error level. Only [`check`] and [`check_text`] make one.
///
/// It can be serialised, and reading one back checks it again:
/// ```
/// use kaquan_core::{model::BundlePatch, rules::Checked};
///
/// let smuggled = r#"{"out_request_no":"34657_20250101_123456","brand_id":"120344","store_scope":"EVERYWHERE"}"#;
/// assert!(serde_json::from_str::<Checked<BundlePatch>>(smuggled).is_err());
/// ```
/// No other way leads to one:
/// ```compile_fail
/// use kaquan_core::{model::BundlePatch, rules::Checked};
/// let patch = BundlePatch::new("34657_20250101_123456", "120344");
/// let forged = Checked(patch);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked<D>(D);

impl<D> Checked<D> {
    /// The document.
    #[must_use]
    pub fn document(&self) -> &D {
        &self.0
    }

    /// The document, without its proof.
    #[must_use]
    pub fn into_inner(self) -> D {
        self.0
    }
}

impl Checked<crate::model::BundlePatch<'_>> {
    /// The same patch and proof, no longer tied to the text it was read from.
    #[must_use]
    pub fn into_owned(self) -> Checked<crate::model::BundlePatch<'static>> {
        Checked(self.0.into_owned())
    }
}

impl<D: Serialize> Serialize for Checked<D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, 'a, D: Document<'a>> Deserialize<'de> for Checked<D> {
    fn deserialize<S: Deserializer<'de>>(deserializer: S) -> Result<Self, S::Error> {
        let text = format!("{}", serde_json::Value::deserialize(deserializer)?);
        let (checked, findings) = look_closely::<D>(&text);
        checked.ok_or_else(|| {
            S::Error::custom(
                findings
                    .iter()
                    .find(|finding| finding.is_error())
                    .map_or_else(String::new, |finding| format!("{finding}")),
            )
        })
    }
}

/// Reads a document and says everything that is wrong with its structure, in the order of the text.
///
/// The document is there when nothing of its structure is wrong at error level; a member that is `null` is then left
/// out. A caller who wants the other rules' findings too takes [`check_text`].
///
/// # Example
/// ```
/// use kaquan_core::{model::BundlePatch, rules};
///
/// let (patch, findings) = rules::read::<BundlePatch>("{\"out_request_no\": 1}");
/// assert!(patch.is_none());
/// assert_eq!(findings.len(), 2); // a wrong type, and brand_id is missing
/// ```
pub fn read<'t, D: Document<'t>>(text: &'t str) -> (Option<D>, Vec<Diagnostic>) {
    if let Some(document) = D::read_strictly(text)
        && !said_by_structure(&document)
    {
        return (Some(document), Vec::new());
    }
    match json::parse(text) {
        Err((at, fault)) => (None, alloc::vec![structure::not_json(D::PLACE, at, fault)]),
        Ok(tree) => {
            let mut reading = structure::read::<D>(&tree);
            sort(&mut reading.findings);
            let sound = !reading.findings.iter().any(Diagnostic::is_error);
            (reading.document.filter(|_| sound), reading.findings)
        }
    }
}

/// Would the structural rules that also judge values say anything?
fn said_by_structure<'t, D: Document<'t>>(document: &D) -> bool {
    let mut findings = Findings::new(D::PLACE, structure::NOT_JSON, &[]);
    ask(&STRUCTURE_CHECKS, document, &mut findings);
    !findings.into_vec().is_empty()
}

/// Asks every rule about a document; the proof is there exactly when no finding is an error.
///
/// For a value that was built, not read: findings have pointers and no place in a text.
///
/// # Errors
/// None as such: a document that is refused comes with its findings instead of the proof.
///
/// # Example
/// ```
/// use kaquan_core::{model::BundlePatch, rules};
///
/// let patch = BundlePatch { remark: Some("备".repeat(23).into()), ..BundlePatch::new("123456", "120344") };
/// let (checked, findings) = rules::check(patch);
/// assert!(checked.is_none());
/// assert_eq!(findings[0].pointer, "/store_scope"); // a warning: it is not given
/// assert_eq!(findings[1].message.en, "23 of at most 20 characters");
/// ```
pub fn check<'t, D: Document<'t>>(document: D) -> (Option<Checked<D>>, Vec<Diagnostic>) {
    let mut findings = judge(&document, &[], false);
    if findings.is_empty() {
        return (Some(Checked(document)), findings);
    }
    // The order of the text that would be sent.
    let text = document.to_json();
    if let Ok(tree) = json::parse(&text) {
        place(&tree, &mut findings);
    }
    for finding in &mut findings {
        finding.span = None;
    }
    let passed = !findings.iter().any(Diagnostic::is_error);
    (passed.then_some(Checked(document)), findings)
}

/// [`read`] and [`check`] in one: every finding of every rule, in the order of the text, and the proof if none is an
/// error. A text without any finding is read once, without a copy; only others pay for positions.
#[must_use]
pub fn check_text<'t, D: Document<'t>>(text: &'t str) -> (Option<Checked<D>>, Vec<Diagnostic>) {
    if let Some(document) = D::read_strictly(text)
        && judge(&document, &[], hot::is_usual_throughout(text)).is_empty()
    {
        return (Some(Checked(document)), Vec::new());
    }
    look_closely(text)
}

/// What [`check_text`] does with a text that has findings, and what it is measured against: tests hold both to the
/// same verdict on every text.
pub fn look_closely<'t, D: Document<'t>>(text: &str) -> (Option<Checked<D>>, Vec<Diagnostic>) {
    let tree = match json::parse(text) {
        Ok(tree) => tree,
        Err((at, fault)) => return (None, alloc::vec![structure::not_json(D::PLACE, at, fault)]),
    };
    let mut reading = structure::read::<D>(&tree);
    if let Some(document) = &reading.document {
        reading.findings.extend(judge(document, &reading.unsound, false));
    }
    place(&tree, &mut reading.findings);
    let passed = !reading.findings.iter().any(Diagnostic::is_error);
    (reading.document.filter(|_| passed).map(Checked), reading.findings)
}

/// [`check_text`] for bytes that may not be UTF-8.
#[must_use]
pub fn check_bytes<'t, D: Document<'t>>(bytes: &'t [u8]) -> (Option<Checked<D>>, Vec<Diagnostic>) {
    match core::str::from_utf8(bytes) {
        Ok(text) => check_text(text),
        Err(error) => (None, alloc::vec![structure::not_json(D::PLACE, error.valid_up_to(), Fault::NotUtf8)]),
    }
}

/// Asks all rules about a document. Texts are passed over where `usual` says that no byte of any is unusual.
fn judge<'t, D: Document<'t>>(document: &D, unsound: &[String], usual: bool) -> Vec<Diagnostic> {
    let mut findings = Findings::new(D::PLACE, structure::NOT_JSON, unsound);
    ask(&ALL_CHECKS, document, &mut findings);
    document.texts(&mut |at| {
        let usual = usual || at.text.bytes().all(crate::text::is_usual);
        if !usual || at.text.is_empty() || at.class == Class::Appid {
            for (rule, check) in &TEXT_CHECKS {
                check(TextAt { usual, ..at }, findings.ask(rule, ""));
            }
        }
    });
    findings.into_vec()
}

/// A rule and one of its checks.
type Asked = (&'static Rule, Check);
/// A rule and its check of texts.
type AskedOfTexts = (&'static Rule, fn(TextAt<'_>, &mut Findings<'_>));

/// Every check of the catalogue about a part, put into one list by the compiler.
static ALL_CHECKS: [Asked; count_checks(&CATALOGUE)] = list_checks(&CATALOGUE);

/// Those of the structural rules, which a reader asks by themselves.
static STRUCTURE_CHECKS: [Asked; count_checks(&[structure::RULES])] = list_checks(&[structure::RULES]);

/// Every check about a text.
static TEXT_CHECKS: [AskedOfTexts; count_text_checks()] = list_text_checks();

/// The same for lists that the compiler makes: indices instead of iterators.
#[expect(clippy::indexing_slicing, reason = "the compiler runs these, and checks every index")]
mod listed {
    use super::{Asked, AskedOfTexts, CATALOGUE, Check, Findings, Rule, TextAt, structure};

    pub(super) const fn count_checks(groups: &[&[Rule]]) -> usize {
        let (mut count, mut group) = (0, 0);
        while group < groups.len() {
            let mut rule = 0;
            while rule < groups[group].len() {
                count += groups[group][rule].checks.len();
                rule += 1;
            }
            group += 1;
        }
        count
    }

    pub(super) const fn list_checks<const N: usize>(groups: &[&'static [Rule]]) -> [Asked; N] {
        let mut list = [(structure::NOT_JSON, Check::Text(nothing)); N];
        let (mut at, mut group) = (0, 0);
        while group < groups.len() {
            let mut rule = 0;
            while rule < groups[group].len() {
                let mut check = 0;
                while check < groups[group][rule].checks.len() {
                    list[at] = (&groups[group][rule], groups[group][rule].checks[check]);
                    at += 1;
                    check += 1;
                }
                rule += 1;
            }
            group += 1;
        }
        list
    }

    const fn nothing(_: TextAt<'_>, _: &mut Findings<'_>) {}

    const ALL: [Asked; count_checks(&CATALOGUE)] = list_checks(&CATALOGUE);

    pub(super) const fn count_text_checks() -> usize {
        let (mut count, mut at) = (0, 0);
        while at < ALL.len() {
            if let Check::Text(_) = ALL[at].1 {
                count += 1;
            }
            at += 1;
        }
        count
    }

    pub(super) const fn list_text_checks<const N: usize>() -> [AskedOfTexts; N] {
        let mut list: [AskedOfTexts; N] = [(structure::NOT_JSON, nothing); N];
        let (mut count, mut at) = (0, 0);
        while at < ALL.len() {
            if let (rule, Check::Text(check)) = ALL[at] {
                list[count] = (rule, check);
                count += 1;
            }
            at += 1;
        }
        list
    }
}

use listed::{count_checks, count_text_checks, list_checks, list_text_checks};

/// Asks some checks about the parts of a document.
fn ask<'t, D: Document<'t>>(checks: &'static [Asked], document: &D, findings: &mut Findings<'_>) {
    let Parts { patch, target, usage, display, notify } = document.parts();
    for (rule, check) in checks {
        match (check, patch, target, usage, display, notify) {
            (Check::Patch(check), Some(part), ..) => check(part, findings.ask(rule, "")),
            (Check::Target(check), _, Some(part), ..) => check(part, findings.ask(rule, "")),
            (Check::Usage(check), _, _, Some(part), ..) => check(part, findings.ask(rule, "/usage_rule_display_info")),
            (Check::Display(check), _, _, _, Some(part), _) => check(part, findings.ask(rule, "/coupon_display_info")),
            (Check::Notify(check), .., Some(part)) => check(part, findings.ask(rule, "/notify_config")),
            _ => {}
        }
    }
}

/// Gives every finding its place, and puts them in the order of the text.
fn place(tree: &json::Tree<'_>, findings: &mut [Diagnostic]) {
    for finding in findings.iter_mut().filter(|finding| finding.span.is_none()) {
        finding.span = Some(json::locate(tree, &finding.pointer));
    }
    sort(findings);
}

fn sort(findings: &mut [Diagnostic]) {
    findings.sort_by(|one, two| {
        let key = |finding: &Diagnostic| (finding.span.as_ref().map(|span| span.start), finding.rule.code);
        key(one).cmp(&key(two)).then_with(|| one.pointer.cmp(&two.pointer))
    });
}

/// A text as messages show it: in quotes, without its invisible characters, and not longer than a line.
fn shown(text: &str) -> String {
    const LIMIT: usize = 40;
    match text.char_indices().nth(LIMIT) {
        None => format!("{text:?}"),
        Some((end, _)) => format!("{:?}…", text.get(..end).unwrap_or_default()),
    }
}

/// A character as messages show it, with its number where it cannot be seen.
fn shown_char(character: char) -> String {
    if character.is_ascii_graphic() {
        format!("{character:?}")
    } else if character.is_alphanumeric() {
        format!("{character:?} (U+{:04X})", u32::from(character))
    } else {
        format!("U+{:04X}", u32::from(character))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{Certainty, Level};
    use crate::{document::Target, model::BundlePatch};
    use alloc::collections::BTreeSet;

    fn codes(rule: &Rule, text: &str) -> Vec<&'static str> {
        fn both<'t, D: Document<'t> + PartialEq + core::fmt::Debug>(text: &'t str) -> Vec<&'static str> {
            let (checked, findings) = check_text::<D>(text);
            assert_eq!((checked, findings.clone()), look_closely::<D>(text), "both ways agree");
            findings.iter().map(|finding| finding.rule.code).collect()
        }
        if rule.is_about_path() { both::<Target>(text) } else { both::<BundlePatch<'_>>(text) }
    }

    #[test]
    fn every_rule_has_a_document_that_breaks_it_alone_and_one_that_breaks_none() {
        for rule in rules() {
            assert_eq!(codes(rule, rule.bad), [rule.code], "bad of {}", rule.name);
            assert_eq!(codes(rule, rule.good), [""; 0], "good of {}", rule.name);
        }
    }

    #[test]
    fn codes_ascend_and_are_never_used_again() {
        let codes: Vec<_> = rules().map(|rule| rule.code).collect();
        assert!(codes.is_sorted_by(|one, two| one < two), "{codes:?}");
        assert!(RETIRED.iter().all(|(retired, _)| !codes.contains(retired)));
        let names: BTreeSet<_> = rules().map(|rule| rule.name).collect();
        assert_eq!(names.len(), codes.len());
    }

    #[test]
    fn rules_are_written_in_full() {
        for rule in rules() {
            let name = rule.name;
            assert!(rule.code.len() == 5 && rule.code.starts_with("KQ"), "{name}");
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{name}");
            for words in [rule.why, rule.remedy] {
                assert!(words.en.ends_with('.') && words.en.is_char_boundary(1), "{name}: {}", words.en);
                assert!(words.zh.ends_with('。'), "{name}: {}", words.zh);
            }
            assert!(!rule.source.is_empty(), "{name}");
            // An error rests on a document, or on a deduction that admits no other reading.
            let certain = matches!(rule.certainty, Certainty::Documented | Certainty::Inferred);
            assert!(rule.level == Level::Warning || certain, "{name}");
        }
    }

    #[test]
    fn shown_texts_are_short_and_visible() {
        assert_eq!(shown("a\u{200b}b"), "\"a\\u{200b}b\"");
        assert_eq!(shown(&"字".repeat(41)), format!("\"{}\"…", "字".repeat(40)));
        assert_eq!(shown_char('字'), "'字' (U+5B57)");
        assert_eq!(shown_char(' '), "U+0020");
        assert_eq!(shown_char('#'), "'#'");
    }
}
