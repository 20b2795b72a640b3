//! Findings in the form that was asked for.

use std::io::{self, BufWriter, Write};

use kaquan_core::{
    rule::{Diagnostic, Level},
    rules,
};
use serde_json::{Value, json};

use crate::{
    args::Format,
    lang::Lang,
    render::{self, Position, Positions},
};

/// A document as findings name it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Document<'a> {
    pub(crate) file: &'a str,
    /// Line of the file on which it begins, from 1.
    pub(crate) line: usize,
    /// Its number among the documents of the file, from 1.
    pub(crate) number: usize,
    pub(crate) text: &'a [u8],
}

/// Writes findings, and counts.
pub(crate) struct Report {
    format: Format,
    lang: Lang,
    output: BufWriter<Box<dyn Write + Send>>,
    /// SARIF is one document: what stands around its results, and whether the first was written.
    around: Option<(String, String)>,
    begun: bool,
    pub(crate) documents: usize,
    pub(crate) errors: usize,
    pub(crate) warnings: usize,
}

impl Report {
    pub(crate) fn new(format: Format, lang: Lang) -> Self {
        // Colours for people alone, and only where a terminal shows them and NO_COLOR is not set.
        let output: Box<dyn Write + Send> =
            if format == Format::Human { Box::new(anstream::stdout()) } else { Box::new(io::stdout()) };
        Self {
            format,
            lang,
            output: BufWriter::new(output),
            around: (format == Format::Sarif).then(|| sarif_around(lang)),
            begun: false,
            documents: 0,
            errors: 0,
            warnings: 0,
        }
    }

    /// Writes what was found in one document, in the order of its text.
    pub(crate) fn findings(&mut self, document: Document<'_>, diagnostics: &[Diagnostic]) -> io::Result<()> {
        let mut positions = Positions::new(document.text, document.line);
        for diagnostic in diagnostics {
            match diagnostic.rule.level {
                Level::Error => self.errors += 1,
                Level::Warning => self.warnings += 1,
            }
            let span = diagnostic.span.clone().unwrap_or(0..0);
            let start = positions.of(span.start);
            match self.format {
                Format::Human => {
                    let shown = render::excerpt(document, diagnostic, start, self.lang);
                    writeln!(self.output, "{shown}\n")?;
                }
                Format::Json => {
                    let object = as_json(document, diagnostic, start, self.lang);
                    writeln!(self.output, "{object}")?;
                }
                Format::Sarif => {
                    let end = positions.clone().of(span.end);
                    let result = as_sarif(document, diagnostic, [start, end], self.lang);
                    self.begin_sarif()?;
                    write!(self.output, "{}{result}", if self.begun { ",\n" } else { "\n" })?;
                    self.begun = true;
                }
                Format::Github => {
                    let end = positions.clone().of(span.end);
                    writeln!(self.output, "{}", as_github(document, diagnostic, [start, end], self.lang))?;
                }
            }
        }
        Ok(())
    }

    /// Writes what stands before the results, once.
    fn begin_sarif(&mut self) -> io::Result<()> {
        match &mut self.around {
            Some((before, _)) => self.output.write_all(std::mem::take(before).as_bytes()),
            None => Ok(()),
        }
    }

    /// Writes what can only be written at the end.
    pub(crate) fn finish(&mut self, with_summary: bool) -> io::Result<()> {
        match self.format {
            Format::Human if with_summary => {
                let summary = render::summary(self.documents, self.errors, self.warnings, self.lang);
                writeln!(self.output, "{summary}")?;
            }
            Format::Sarif => {
                self.begin_sarif()?;
                if let Some((_, after)) = &self.around {
                    writeln!(self.output, "{after}")?;
                }
            }
            _ => {}
        }
        self.output.flush()
    }
}

fn as_json(document: Document<'_>, diagnostic: &Diagnostic, start: Position, lang: Lang) -> Value {
    let rule = diagnostic.rule;
    json!({
        "file": document.file,
        "line": start.line,
        "column": start.column,
        "document": document.number,
        "code": rule.code,
        "rule": rule.name,
        "level": rule.level.as_str(),
        "pointer": diagnostic.pointer,
        "path": diagnostic.path(),
        "message": lang.message(&diagnostic.message),
        "help": lang.words(rule.remedy),
    })
}

fn as_sarif(document: Document<'_>, diagnostic: &Diagnostic, [start, end]: [Position; 2], lang: Lang) -> Value {
    let code = diagnostic.rule.code;
    let message = format!("{}: {}", diagnostic.path(), lang.message(&diagnostic.message));
    json!({
        "ruleId": code,
        "ruleIndex": rules::rules().position(|rule| rule.code == code),
        "level": diagnostic.rule.level.as_str(),
        "message": { "text": message },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": uri(document.file) },
                "region": {
                    "startLine": start.line,
                    "startColumn": start.column,
                    "endLine": end.line,
                    "endColumn": end.column,
                },
            },
            "logicalLocations": [{ "fullyQualifiedName": diagnostic.path() }],
        }],
    })
}

/// A log without results, cut where they belong: they are written as they come, so that memory stays flat.
fn sarif_around(lang: Lang) -> (String, String) {
    let rules: Vec<Value> = rules::rules()
        .map(|rule| {
            let level = rule.level.as_str();
            json!({
                "id": rule.code,
                "name": rule.name,
                "shortDescription": { "text": lang.words(rule.why) },
                "help": { "text": lang.words(rule.remedy) },
                "helpUri": help_uri(rule.source),
                "defaultConfiguration": { "level": level },
                "properties": { "certainty": rule.certainty.as_str(), "source": rule.source },
            })
        })
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "kaquan", "semanticVersion": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": [],
        }],
    })
    .to_string();
    let cut = "\"results\":[";
    let (before, after) = log.split_once(cut).unwrap_or_default();
    (format!("{before}{cut}"), after.into())
}

/// The first address of a source; the operation's own page where it names a repository.
fn help_uri(source: &str) -> &str {
    let address = |text: &'static str| text.split(' ').next().unwrap_or_default();
    match source.find("https://").and_then(|start| source.get(start..)) {
        Some(rest) => rest.split([' ', ';', ',']).next().unwrap_or_default(),
        None => address(rules::PAGE),
    }
}

/// A path as the reference of a URI: everything but unreserved characters and slashes is escaped.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => uri.push(byte.into()),
            _ => uri.extend(["%", &format!("{byte:02X}")]),
        }
    }
    uri
}

fn as_github(document: Document<'_>, diagnostic: &Diagnostic, [start, end]: [Position; 2], lang: Lang) -> String {
    let rule = diagnostic.rule;
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    // Columns are only understood within one line.
    let end_column = if start.line == end.line { format!(",endColumn={}", end.column) } else { String::new() };
    format!(
        "::{} file={},line={},endLine={},col={}{end_column},title={}::{}",
        rule.level.as_str(),
        property(document.file),
        start.line,
        end.line,
        start.column,
        property(&format!("{} {}", rule.code, rule.name)),
        data(&format!("{}: {}. {}", diagnostic.path(), lang.message(&diagnostic.message), lang.words(rule.remedy))),
    )
}
