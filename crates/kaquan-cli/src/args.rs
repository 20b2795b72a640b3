//! What a person may type.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use kaquan_core::time::Instant;

use crate::lang::Lang;

/// Check, plan and send updates of WeChat Pay stock bundles (商品券批次组).
#[derive(Debug, Parser)]
#[command(name = "kaquan", version, propagate_version = true, max_term_width = 100)]
pub(crate) struct Cli {
    /// Language of messages; the locale decides unless it is given
    #[arg(long, global = true, value_name = "LANG")]
    pub(crate) lang: Option<Lang>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check patches offline and show every fault at once
    Check(Check),
    /// List the rules
    Rules(Rules),
    /// Explain a rule: why, what to do, a bad and a good document, the source
    Explain(Explain),
    /// Print the JSON Schema (2020-12) of the request
    Schema,
    /// Show what a patch will change in every stock of a bundle, or the refusal to expect
    Plan(Plan),
    /// Print the lifecycle of stocks and coupons
    Lifecycle(Lifecycle),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Exit status: 0 no error, 1 findings at error level, 2 misuse or unreadable input.
A .json file holds one document; .ndjson and .jsonl files, and everything with --ndjson, hold one a line.")]
pub(crate) struct Check {
    /// Files, directories (searched for .json, .ndjson and .jsonl), or `-` for standard input
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// How findings are written
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
    /// Every line of every file is a document
    #[arg(long)]
    pub(crate) ndjson: bool,
    /// Report these rules only (codes or names, separated by commas)
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = rule)]
    pub(crate) select: Vec<&'static str>,
    /// Do not report these rules
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = rule)]
    pub(crate) ignore: Vec<&'static str>,
    /// Warnings fail the check too
    #[arg(long)]
    pub(crate) deny_warnings: bool,
    /// Write findings only: no summary, no progress bar
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// A rule's code, from a code or a name.
fn rule(text: &str) -> Result<&'static str, String> {
    let found = kaquan_core::rules::find(text).map(|rule| rule.code);
    found.ok_or_else(|| "no such rule; `kaquan rules` lists them".into())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Excerpts of the source, for people
    Human,
    /// One JSON object a line
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
}

#[derive(Args, Debug)]
#[command(after_help = "Exit status: 0 accepted, 1 the patch has errors, 2 misuse, 3 it would be refused.")]
pub(crate) struct Plan {
    /// The patch, or `-` for standard input
    pub(crate) patch: PathBuf,
    /// The bundle as the platform returned it: {"`stock_bundle_id`", "`stock_list`"}
    #[arg(long)]
    pub(crate) bundle: PathBuf,
    /// The time to judge ends by, such as 2025-08-01T12:00:00+08:00; the clock's unless it is given
    #[arg(long, value_name = "RFC3339", value_parser = instant)]
    pub(crate) now: Option<Instant>,
    /// How the plan is written
    #[arg(long, value_enum, default_value_t = PlanFormat::Human)]
    pub(crate) format: PlanFormat,
}

fn instant(text: &str) -> Result<Instant, String> {
    Instant::parse_from_rfc3339(text).map_err(|error| format!("not a time of RFC 3339: {error}"))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanFormat {
    /// A difference, for people
    Human,
    /// One JSON object
    Json,
}

#[derive(Args, Debug)]
pub(crate) struct Lifecycle {
    /// How it is written
    #[arg(long, value_enum, default_value_t = LifecycleFormat::Table)]
    pub(crate) format: LifecycleFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LifecycleFormat {
    /// States and moves, operations by state, refusals in order
    Table,
    /// A state diagram for Mermaid
    Mermaid,
    /// A graph for Graphviz
    Dot,
    /// A picture
    Svg,
    /// The whole page, with evidence
    Markdown,
}

#[derive(Args, Debug)]
pub(crate) struct Rules {
    /// How the list is written
    #[arg(long, value_enum, default_value_t = RulesFormat::Human)]
    pub(crate) format: RulesFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RulesFormat {
    /// One line a rule
    Human,
    /// One JSON object a line
    Json,
    /// The whole catalogue as a page, in both languages
    Markdown,
}

#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// Code or name, such as KQ104 or remark-too-long
    #[arg(value_name = "CODE|NAME", value_parser = rule)]
    pub(crate) rule: &'static str,
}
