//! What a rule is, and what it says of a document.

use alloc::{format, string::String, vec::Vec};
use core::{fmt, ops::Range};

use crate::{
    document::{Place, Target, TextAt},
    model::{BundlePatch, CouponDisplayInfo, NotifyConfig, UsageRuleDisplayInfo},
};

/// A rule: one fact that a document must not break. A plain value; the catalogue is [`CATALOGUE`](crate::rules::CATALOGUE).
#[derive(Debug)]
pub struct Rule {
    /// `KQ` and three digits, permanent.
    pub code: &'static str,
    /// The broken fact, never the cure; permanent.
    pub name: &'static str,
    /// Does it make a document unfit to be sent?
    pub level: Level,
    /// Why it is a fault.
    pub why: Words,
    /// What to do about it.
    pub remedy: Words,
    /// Where the platform says so.
    pub source: &'static str,
    /// How sure that is.
    pub certainty: Certainty,
    /// A document that breaks this rule and no other.
    pub bad: &'static str,
    /// A document that breaks none.
    pub good: &'static str,
    /// How a document is asked. A rule about the JSON text itself has none: [`read`](crate::rules::read) asks it.
    pub checks: &'static [Check],
}

impl Rule {
    /// Is it about the ids of the path (the others are about the body)?
    #[must_use]
    pub fn is_about_path(&self) -> bool {
        self.checks.iter().any(|check| matches!(check, Check::Target(_)))
    }
}

/// Rules are the same when their codes are.
impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

impl Eq for Rule {}

/// A sentence in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// English.
    pub en: &'static str,
    /// Chinese.
    pub zh: &'static str,
}

/// What a finding means for the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// A documented rule without disagreement is broken: the platform will refuse.
    Error,
    /// Inferred, disputed, or a dangerous silence.
    Warning,
}

impl Level {
    /// `error` or `warning`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// How sure a statement about the platform is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// An official text says so.
    Documented,
    /// Official texts disagree.
    Disputed,
    /// Deduced, not written.
    Inferred,
    /// An open question.
    Unknown,
}

impl Certainty {
    /// In lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Disputed => "disputed",
            Self::Inferred => "inferred",
            Self::Unknown => "unknown",
        }
    }

    /// In Chinese.
    #[must_use]
    pub fn chinese(self) -> &'static str {
        match self {
            Self::Documented => "有官方文本",
            Self::Disputed => "官方文本不一致",
            Self::Inferred => "推断",
            Self::Unknown => "未知",
        }
    }
}

/// A question to one part of a document. A part is asked wherever it stands, and pointers are relative to it.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// A whole patch.
    Patch(fn(&BundlePatch<'_>, &mut Findings<'_>)),
    /// `usage_rule_display_info`.
    Usage(fn(&UsageRuleDisplayInfo<'_>, &mut Findings<'_>)),
    /// `coupon_display_info`.
    Display(fn(&CouponDisplayInfo<'_>, &mut Findings<'_>)),
    /// `notify_config`.
    Notify(fn(&NotifyConfig<'_>, &mut Findings<'_>)),
    /// Every text that is empty, is an appid, or holds more than [usual bytes](crate::text::is_usual).
    Text(fn(TextAt<'_>, &mut Findings<'_>)),
    /// The ids of a path.
    Target(fn(&Target, &mut Findings<'_>)),
}

/// What a rule says of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The rule.
    pub rule: &'static Rule,
    /// Where the document stands in its request.
    pub place: Place,
    /// JSON Pointer to the member; one that is missing is named too.
    pub pointer: String,
    /// What was found.
    pub message: Message,
    /// Bytes of the text that was read; `None` when a value was checked, not a text.
    pub span: Option<Range<usize>>,
}

impl Diagnostic {
    /// The platform's own way to name the member, such as `/body/remark`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/{}{}", self.place.as_str(), self.pointer)
    }

    /// Does it keep the document from being sent?
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.rule.level == Level::Error
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, message, .. } = self;
        write!(f, "{}[{}] {}: {} ({})", rule.level.as_str(), rule.code, self.path(), message.en, rule.name)
    }
}

/// What was found, in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

/// Takes what the rules say of one document.
#[derive(Debug)]
pub struct Findings<'d> {
    place: Place,
    rule: &'static Rule,
    /// Pointer of the part that is asked.
    part: &'static str,
    /// Pointers of members that are structurally wrong, so that nothing more is said about them.
    unsound: &'d [String],
    found: Vec<Diagnostic>,
}

impl<'d> Findings<'d> {
    pub(crate) fn new(place: Place, rule: &'static Rule, unsound: &'d [String]) -> Self {
        Self { place, rule, part: "", unsound, found: Vec::new() }
    }

    pub(crate) fn ask(&mut self, rule: &'static Rule, part: &'static str) -> &mut Self {
        self.rule = rule;
        self.part = part;
        self
    }

    pub(crate) fn into_vec(self) -> Vec<Diagnostic> {
        self.found
    }

    /// The rule is broken at `pointer`, relative to the part; said in English and Chinese.
    pub fn report(&mut self, pointer: &str, en: impl Into<String>, zh: impl Into<String>) {
        if self.is_sound(pointer) {
            let pointer = format!("{}{pointer}", self.part);
            let message = Message { en: en.into(), zh: zh.into() };
            self.found.push(Diagnostic { rule: self.rule, place: self.place, pointer, message, span: None });
        }
    }

    /// Is nothing structurally wrong with this member? A rule about two members asks it about both.
    #[must_use]
    pub fn is_sound(&self, pointer: &str) -> bool {
        let names = |unsound: &String| unsound.strip_prefix(self.part) == Some(pointer);
        !self.unsound.iter().any(names)
    }

    /// Is nothing structurally wrong with this member, nor with anything in it?
    #[must_use]
    pub fn is_sound_throughout(&self, pointer: &str) -> bool {
        let below = |unsound: &String| {
            let rest = unsound.strip_prefix(self.part).and_then(|rest| rest.strip_prefix(pointer));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        !self.unsound.iter().any(below)
    }

    /// Is nothing structurally wrong with any member of the document but these?
    #[must_use]
    pub fn is_sound_except(&self, pointers: &[&str]) -> bool {
        self.unsound.iter().all(|unsound| pointers.contains(&unsound.as_str()))
    }

    /// Is the member really not there (not even as `null`, or as a value of another type)?
    #[must_use]
    pub fn is_absent<T>(&self, member: Option<&T>, pointer: &str) -> bool {
        member.is_none() && self.is_sound(pointer)
    }
}
