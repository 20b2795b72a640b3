//! `kaquan`: the command line over the crates of Kaquan. Each command is a file; [`args`] is what a person may type.

mod apply;
mod args;
mod bulk;
mod catalogue;
mod check;
mod lang;
mod lifecycle;
mod plan;
mod render;
mod report;
mod sandbox;
mod signatures;
mod sources;

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::{CommandFactory as _, Parser as _};

use args::{Cli, Command};

/// Done, and nothing is wrong.
const DONE: u8 = 0;
/// The document has errors.
const FINDINGS: u8 = 1;
/// Misuse, or something that cannot be read.
const MISUSE: u8 = 2;
/// The platform refuses, or would.
const REFUSED: u8 = 3;
/// An answer came that is not trustworthy.
const UNTRUSTED: u8 = 4;
/// No answer came that settles it.
const UNANSWERED: u8 = 5;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let lang = cli.lang.unwrap_or_else(lang::of_environment);
    let result = match &cli.command {
        Command::Check(options) => check::run(options, lang),
        Command::Rules(options) => catalogue::rules(options, lang),
        Command::Explain(options) => catalogue::explain(options, lang),
        Command::Plan(options) => plan::run(options, lang),
        Command::Apply(options) => apply::run(options, lang),
        Command::Sign(options) => signatures::sign(options),
        Command::Verify(options) => signatures::verify(options, lang),
        Command::ExplainSignError(options) => signatures::explain(options, lang),
        Command::Doctor(options) => signatures::doctor(options, lang),
        Command::Sandbox(options) => sandbox::run(options, lang),
        Command::Demo => sandbox::demo(lang),
        Command::Lifecycle(options) => lifecycle::run(options),
        Command::Schema => catalogue::schema(),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "kaquan", &mut script);
            io::stdout().write_all(&script).map(|()| DONE)
        }
        Command::Man => clap_mangen::Man::new(Cli::command()).render(&mut io::stdout()).map(|()| DONE),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        // Whoever read our output has read enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(DONE),
        Err(error) => {
            let _ = writeln!(io::stderr(), "kaquan: {error}");
            ExitCode::from(MISUSE)
        }
    }
}
