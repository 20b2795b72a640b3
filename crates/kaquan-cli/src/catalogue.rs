//! `kaquan rules`, `kaquan explain`, `kaquan schema`: what the catalogue says.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
};

use kaquan_core::{
    rule::{Level, Rule},
    rules, schema,
};
use serde_json::json;

use crate::{
    DONE,
    args::{Explain, Rules, RulesFormat},
    lang::Lang,
};

pub(crate) fn rules(options: &Rules, lang: Lang) -> io::Result<u8> {
    let mut output = anstream::stdout().lock();
    match options.format {
        RulesFormat::Human => {
            for rule in rules::rules() {
                writeln!(
                    output,
                    "{}  {:7}  {:30}  {}",
                    rule.code,
                    rule.level.as_str(),
                    rule.name,
                    lang.words(rule.why)
                )?;
            }
        }
        RulesFormat::Json => {
            for rule in rules::rules() {
                writeln!(
                    output,
                    "{}",
                    json!({
                        "code": rule.code,
                        "rule": rule.name,
                        "level": rule.level.as_str(),
                        "why": lang.words(rule.why),
                        "help": lang.words(rule.remedy),
                        "source": rule.source,
                        "certainty": rule.certainty.as_str(),
                        "bad": rule.bad,
                        "good": rule.good,
                    })
                )?;
            }
        }
        RulesFormat::Markdown => write!(output, "{}", markdown())?,
    }
    Ok(DONE)
}

pub(crate) fn explain(options: &Explain, lang: Lang) -> io::Result<u8> {
    if let Some(rule) = rules::find(options.rule) {
        write!(anstream::stdout(), "{}", explanation(rule, lang))?;
    }
    Ok(DONE)
}

pub(crate) fn schema() -> io::Result<u8> {
    let mut output = io::stdout().lock();
    serde_json::to_writer_pretty(&mut output, &schema::update_stock_bundle())?;
    writeln!(output)?;
    Ok(DONE)
}

fn explanation(rule: &Rule, lang: Lang) -> String {
    let [remedy, bad, good, source, certainty] = lang.pick(
        ["What to do", "Bad", "Good", "Source", "Certainty"],
        ["如何处理", "错误示例", "正确示例", "来源", "确定性"],
    );
    format!(
        "{} {} ({})\n\n{}\n\n{remedy}: {}\n\n{bad}:\n  {}\n{good}:\n  {}\n\n{source}: {}\n{certainty}: {}\n",
        rule.code,
        rule.name,
        rule.level.as_str(),
        lang.words(rule.why),
        lang.words(rule.remedy),
        shortened(rule.bad),
        shortened(rule.good),
        rule.source,
        lang.pick(rule.certainty.as_str(), rule.certainty.chinese()),
    )
}

/// The catalogue as a page; `docs/RULES.md` is this text.
fn markdown() -> String {
    let mut page = String::from(
        "# Rules\n\n\
         <!-- Written by `kaquan rules --format markdown`; `UPDATE=1 cargo test` renews it. -->\n\n\
         A finding at level **error** breaks a rule that is documented without disagreement, or inferred without another reading: the platform will refuse. \
         A **warning** is inferred, disputed, or about a dangerous silence. Codes and names are permanent. \
         Lengths count characters (Unicode scalar values), never bytes.\n\n\
         | code | name | level | certainty |\n|---|---|---|---|\n",
    );
    for rule in rules::rules() {
        let anchor = format!("{}-{}", rule.code.to_lowercase(), rule.name);
        let (level, certainty) = (rule.level.as_str(), rule.certainty.as_str());
        let _ = writeln!(page, "| [{}](#{anchor}) | {} | {level} | {certainty} |", rule.code, rule.name);
    }
    for rule in rules::rules() {
        let _ = write!(page, "\n{}", section(rule));
    }
    if !rules::RETIRED.is_empty() {
        page += "\n## Retired codes\n\n";
        for (code, reason) in rules::RETIRED {
            let _ = writeln!(page, "- {code}: {reason}");
        }
    }
    page
}

fn section(rule: &Rule) -> String {
    let mark = if rule.level == Level::Error { "error" } else { "warning" };
    format!(
        "## {} {}\n\n**{mark}** · {} · source: {}\n\n{}\n{}\n\n{}\n{}\n\nBad:\n```json\n{}\n```\nGood:\n```json\n{}\n```\n",
        rule.code,
        rule.name,
        rule.certainty.as_str(),
        rule.source,
        rule.why.en,
        rule.why.zh,
        rule.remedy.en,
        rule.remedy.zh,
        shortened(rule.bad),
        shortened(rule.good),
    )
}

/// A document with its longest run of one character cut: examples of long texts are all alike.
fn shortened(document: &str) -> String {
    let characters: Vec<char> = document.chars().collect();
    let mut text = String::new();
    for run in characters.chunk_by(|one, two| one == two) {
        match run {
            [first, ..] if run.len() > 8 => {
                let _ = write!(text, "{first}{first}…({} × {first})…{first}{first}", run.len());
            }
            _ => text.extend(run),
        }
    }
    text
}
