//! The language of messages.

use clap::ValueEnum;
use kaquan_core::rule::{Message, Words};

/// A language that messages are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// English
    En,
    /// 中文
    Zh,
}

impl Lang {
    /// One of two texts.
    pub(crate) fn pick<T>(self, en: T, zh: T) -> T {
        match self {
            Self::En => en,
            Self::Zh => zh,
        }
    }

    pub(crate) fn words(self, words: Words) -> &'static str {
        self.pick(words.en, words.zh)
    }

    pub(crate) fn message(self, message: &Message) -> &str {
        self.pick(&message.en, &message.zh)
    }
}

/// The language that the locale names: the first of the variables that is set decides.
pub(crate) fn of_environment() -> Lang {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(std::env::var_os)
        .find(|value| !value.is_empty())
        .unwrap_or_default();
    if locale.to_string_lossy().starts_with("zh") { Lang::Zh } else { Lang::En }
}
