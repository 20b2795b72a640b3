//! `kaquan check`.

use std::io::{self, Read as _, Write as _};

use indicatif::{ProgressBar, ProgressStyle};
use kaquan_core::{model::BundlePatch, rule::Diagnostic, rules};

use crate::{
    DONE, FINDINGS, MISUSE, args,
    bulk::{self, Block},
    lang::Lang,
    report::{Document, Report},
    sources::{self, Source},
};

pub(crate) fn run(options: &args::Check, lang: Lang) -> io::Result<u8> {
    let (sources, mut unreadable) = sources::find(&options.paths, options.ndjson);
    let mut report = Report::new(options.format, lang);
    for source in &sources {
        let checked = if source.lines {
            check_lines(source, options, &mut report)
        } else {
            check_one(source, options, &mut report)
        };
        match checked {
            Err(Trouble::Input(error)) => unreadable.push(format!("{}: {error}", source.name)),
            Err(Trouble::Output(error)) => return Err(error),
            Ok(()) => {}
        }
    }
    report.finish(!options.quiet && unreadable.is_empty())?;
    for line in &unreadable {
        writeln!(io::stderr(), "kaquan: {line}")?;
    }
    let failed = report.errors > 0 || (options.deny_warnings && report.warnings > 0);
    Ok(match (unreadable.is_empty(), failed) {
        (false, _) => MISUSE,
        (true, true) => FINDINGS,
        (true, false) => DONE,
    })
}

/// What went wrong besides the documents.
enum Trouble {
    Input(io::Error),
    Output(io::Error),
}

fn check_one(source: &Source, options: &args::Check, report: &mut Report) -> Result<(), Trouble> {
    let mut bytes = Vec::new();
    let (mut input, _) = source.open().map_err(Trouble::Input)?;
    input.read_to_end(&mut bytes).map_err(Trouble::Input)?;
    let (_, diagnostics) = rules::check_bytes::<BundlePatch<'_>>(&bytes);
    report.documents += 1;
    let document = Document { file: &source.name, line: 1, number: 1, text: &bytes };
    report.findings(document, &wanted(diagnostics, options)).map_err(Trouble::Output)
}

fn check_lines(source: &Source, options: &args::Check, report: &mut Report) -> Result<(), Trouble> {
    let (input, length) = source.open().map_err(Trouble::Input)?;
    let bar = progress(length, options.quiet);
    let (mut lines, mut documents) = (0, 0);
    let mut written = Ok(());
    let checked = bulk::check_lines(input, |block: Block| {
        for faulty in block.faulty {
            let document = Document {
                file: &source.name,
                line: lines + faulty.line + 1,
                number: documents + faulty.document + 1,
                text: &faulty.text,
            };
            let diagnostics = wanted(faulty.diagnostics, options);
            if let Err(error) = bar.suspend(|| report.findings(document, &diagnostics)) {
                let kind = error.kind();
                written = Err(Trouble::Output(error));
                return Err(kind.into());
            }
        }
        lines += block.lines;
        documents += block.documents;
        bar.inc(block.bytes as u64);
        Ok(())
    });
    bar.finish_and_clear();
    report.documents += documents;
    written?;
    checked.map_err(Trouble::Input)
}

/// Drawn on standard error, and only when that is a terminal.
fn progress(length: Option<u64>, quiet: bool) -> ProgressBar {
    let bar = match (quiet, length) {
        (true, _) => return ProgressBar::hidden(),
        (false, Some(length)) => ProgressBar::new(length),
        (false, None) => ProgressBar::no_length(),
    };
    let template = "{wide_bar} {bytes}/{total_bytes} {binary_bytes_per_sec} {eta}";
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn wanted(mut diagnostics: Vec<Diagnostic>, options: &args::Check) -> Vec<Diagnostic> {
    let args::Check { select, ignore, .. } = options;
    diagnostics.retain(|diagnostic| {
        let code = diagnostic.rule.code;
        (select.is_empty() || select.contains(&code)) && !ignore.contains(&code)
    });
    diagnostics
}
