//! What people see: excerpts, positions, colours. The only file that knows columns.

use std::{borrow::Cow, fmt::Write as _, ops::Range};

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use anstyle::{AnsiColor, Style};
use kaquan_core::{
    machine::Rejection,
    model::Bundle,
    plan::{Change, Plan},
    rule::{self, Diagnostic},
};
use kaquan_http::answer::ApiError;

use crate::{lang::Lang, report::Document};

/// For headings.
pub(crate) const BOLD: Style = Style::new().bold();

/// Line and column, both from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// Positions in a text, asked in ascending order, so that every byte is looked at once.
#[derive(Clone, Debug)]
pub(crate) struct Positions<'a> {
    text: &'a [u8],
    at: usize,
    here: Position,
}

impl<'a> Positions<'a> {
    /// `line` is the number of the text's first line.
    pub(crate) fn new(text: &'a [u8], line: usize) -> Self {
        Self { text, at: 0, here: Position { line, column: 1 } }
    }

    /// The position of a byte that is not before the last one asked for.
    pub(crate) fn of(&mut self, offset: usize) -> Position {
        let between = self.text.get(self.at..offset.min(self.text.len())).unwrap_or_default();
        for byte in between {
            match byte {
                b'\n' => self.here = Position { line: self.here.line + 1, column: 1 },
                // Further bytes of a character.
                0x80..=0xbf => {}
                _ => self.here.column += 1,
            }
        }
        self.at += between.len();
        self.here
    }
}

/// Bytes of a line that are shown on each side of what is marked.
const AROUND: usize = 100;

/// A finding with the piece of source that it is about.
pub(crate) fn excerpt(document: Document<'_>, diagnostic: &Diagnostic, start: Position, lang: Lang) -> String {
    let rule = diagnostic.rule;
    let (level, help) = match (rule.level, lang) {
        (rule::Level::Error, Lang::En) => (Level::ERROR, Level::HELP),
        (rule::Level::Warning, Lang::En) => (Level::WARNING, Level::HELP),
        (rule::Level::Error, Lang::Zh) => (Level::ERROR.with_name("错误"), Level::HELP.with_name("处理")),
        (rule::Level::Warning, Lang::Zh) => (Level::WARNING.with_name("警告"), Level::HELP.with_name("处理")),
    };
    let (line, marked) = window(document.text, diagnostic.span.clone().unwrap_or(0..0));
    let title = format!("{}: {}", rule.name, lang.words(rule.why));
    let report = &[level
        .primary_title(title)
        .id(rule.code)
        .element(
            Snippet::source(line)
                .line_start(start.line)
                .annotation(AnnotationKind::Primary.span(marked).label(lang.message(&diagnostic.message))),
        )
        .element(help.message(lang.words(rule.remedy)))];
    let rendered = Renderer::styled().term_width(200).render(report);
    // The renderer counts columns in the piece that it is given; ours count in the file.
    let (title, rest) = rendered.split_once('\n').unwrap_or((&rendered, ""));
    let margin = " ".repeat(start.line.to_string().len());
    format!("{title}\n{margin}--> {}:{}:{} {}\n{rest}", document.file, start.line, start.column, diagnostic.path())
}

/// The part of the line around a span, and the span in it; long lines are cut with an ellipsis.
fn window(text: &[u8], span: Range<usize>) -> (String, Range<usize>) {
    let start = span.start.min(text.len());
    let (before, after) = text.split_at(start);
    let line_start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    let line_end = start + memchr::memchr(b'\n', after).unwrap_or(after.len());
    let end = span.end.clamp(start, line_end.max(start)).min(start + AROUND * 2);
    let from = floor(text, line_start.max(start.saturating_sub(AROUND)));
    let to = floor(text, line_end.min(end + AROUND));
    let end = floor(text, end);
    let piece = |range: Range<usize>| -> Cow<'_, str> { String::from_utf8_lossy(text.get(range).unwrap_or_default()) };
    let mut shown = String::new();
    if from > line_start {
        shown.push('…');
    }
    shown += &piece(from..start);
    let marked_from = shown.len();
    shown += &piece(start..end);
    let marked_to = shown.len();
    shown += piece(end..to).trim_end();
    if to < line_end {
        shown.push('…');
    }
    (shown, marked_from..marked_to)
}

/// The start of the character that a byte belongs to.
fn floor(text: &[u8], mut at: usize) -> usize {
    while at > 0 && text.get(at).is_some_and(|byte| (0x80..=0xbf).contains(byte)) {
        at -= 1;
    }
    at
}

/// A plan as a difference, or the refusal to expect.
pub(crate) fn plan(bundle: &Bundle, planned: &Result<Plan, Rejection>, lang: Lang) -> String {
    let (bold, red, green, yellow) =
        (BOLD, colour(AnsiColor::Red), colour(AnsiColor::Green), colour(AnsiColor::Yellow));
    let mut text = String::new();
    match planned {
        Ok(plan) => {
            for stock in &bundle.stock_list {
                let _ =
                    writeln!(text, "{bold}{} {}{bold:#} {}", lang.pick("stock", "批次"), stock.stock_id, stock.state);
                let changes: Vec<_> = plan.changes.iter().filter(|change| change.stock_id == stock.stock_id).collect();
                if changes.is_empty() {
                    let _ = writeln!(text, "    {}", lang.pick("no change", "没有变化"));
                }
                for Change { stock_id: _, pointer, before, after } in changes {
                    let _ = match (before, after) {
                        (Some(before), Some(after)) => {
                            writeln!(text, "  ~ {pointer}: {red}{before}{red:#} → {green}{after}{green:#}")
                        }
                        (None, Some(after)) => writeln!(text, "  {green}+ {pointer}: {after}{green:#}"),
                        (Some(before), None) => writeln!(text, "  {red}- {pointer}: {before}{red:#}"),
                        (None, None) => Ok(()),
                    };
                }
            }
            for caution in &plan.cautions {
                let of = caution.stock_id.as_ref().map_or_else(String::new, |id| format!(" {id}"));
                let _ = writeln!(
                    text,
                    "{yellow}{}{yellow:#} {}{of} {}: {}",
                    lang.pick("caution", "注意"),
                    caution.name,
                    caution.pointer,
                    lang.message(&caution.message)
                );
            }
            let (count, stocks) = (plan.changes.len(), bundle.stock_list.len());
            let _ = match lang {
                Lang::En => writeln!(text, "accepted: {count} changes in {stocks} stocks"),
                Lang::Zh => writeln!(text, "可以接受：{stocks} 个批次，{count} 处变化"),
            };
        }
        Err(rejection) => {
            let refusal = rejection.refusal();
            let number = refusal.number.map_or_else(String::new, |number| format!(", {number}"));
            let _ = writeln!(
                text,
                "{red}{}{red:#} {} {}{number}: {} ({}, {})",
                lang.pick("refused", "会被拒绝"),
                kaquan_http::route::status(refusal.kind).as_u16(),
                refusal.code,
                lang.pick(rejection.to_string(), rejection.chinese()),
                refusal.name,
                refusal.certainty.as_str(),
            );
        }
    }
    text
}

/// Everything that a refusal says, what its number means, and what to do next.
pub(crate) fn refusal(error: &ApiError, lang: Lang) -> String {
    let red = colour(AnsiColor::Red);
    let ApiError { status, code, message, detail, request_id, number, signed, excerpt } = error;
    let mut text = format!("{red}{}{red:#} {}", lang.pick("refused", "被拒绝"), status.as_u16());
    for part in [code, message, excerpt].into_iter().flatten() {
        let _ = write!(text, " {part}");
    }
    text.push('\n');
    if let Some(detail) = detail {
        let _ = writeln!(text, "  {}: {detail}", lang.pick("detail", "详情"));
    }
    if let Some(id) = request_id {
        let _ = writeln!(text, "  Request-ID: {id}");
    }
    if let (Some(number), Some(words)) = (number, crate::apply::explained(error)) {
        let _ = writeln!(text, "  {number}: {}", lang.words(words));
    }
    if !signed {
        let _ = writeln!(text, "  {}", lang.pick("this refusal is not signed", "该应答未签名或验签未通过"));
    }
    let _ = writeln!(text, "{}", lang.words(error.next_step()));
    text
}

fn colour(colour: AnsiColor) -> Style {
    Style::new().fg_color(Some(colour.into()))
}

/// The last line: how many documents, errors and warnings.
pub(crate) fn summary(documents: usize, errors: usize, warnings: usize, lang: Lang) -> String {
    let plural = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    match lang {
        Lang::En => {
            let findings = if errors + warnings == 0 {
                "no findings".into()
            } else {
                format!("{}, {}", plural(errors, "error"), plural(warnings, "warning"))
            };
            format!("{} checked: {findings}", plural(documents, "document"))
        }
        Lang::Zh if errors + warnings == 0 => format!("已检查 {documents} 个文档：没有问题"),
        Lang::Zh => format!("已检查 {documents} 个文档：{errors} 个错误，{warnings} 个警告"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters() {
        let mut positions = Positions::new("a备\nb".as_bytes(), 7);
        let expected = [(0, 7, 1), (1, 7, 2), (4, 7, 3), (5, 8, 1), (6, 8, 2), (99, 8, 2)];
        for (offset, line, column) in expected {
            assert_eq!(positions.of(offset), Position { line, column }, "{offset}");
        }
    }

    #[test]
    fn a_window_stays_within_its_line_and_its_characters() {
        let text = format!("x\n{}\"备注\"{}\ny", "字".repeat(100), "符".repeat(100));
        let start = text.find('"').unwrap();
        let (line, marked) = window(text.as_bytes(), start..start + 8);
        assert_eq!(&line[marked], "\"备注\"");
        assert!(line.starts_with("…字") && line.ends_with("符…") && line.len() < 250, "{line}");
        assert_eq!(window(b"", 0..1), (String::new(), 0..0));
        assert_eq!(window(b"{\r\n}", 0..1), ("{".into(), 0..1));
        assert_eq!(window(b"ab\xff", 2..3).0, "ab\u{fffd}");
    }
}
