//! What a person may type.
#![expect(clippy::doc_markdown, reason = "help texts are shown as they stand")]

use std::{net::SocketAddr, path::PathBuf};

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
    /// Check, sign and send a patch, verify the answer and print the bundle
    Apply(Apply),
    /// Sign a request without sending it
    Sign(Sign),
    /// Verify the signature of an answer or a callback
    Verify(Verify),
    /// Name the cause of a SIGN_ERROR from the platform's answer
    ExplainSignError(ExplainSignError),
    /// Look at keys, ids and clock
    Doctor(Doctor),
    /// Run the platform's side on this machine: real signatures, real state, faults, a console page
    Sandbox(Sandbox),
    /// Show it all in a few seconds: a sandbox in process, then check, plan, apply, and what goes wrong
    Demo,
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
    /// The bundle as the platform returned it: {"stock_bundle_id", "stock_list"}
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
    /// Text, for people
    Human,
    /// One JSON object
    Json,
}

/// Who calls, and with which keys.
#[derive(Args, Debug)]
pub(crate) struct Caller {
    /// Service provider or brand
    #[arg(long, value_enum, default_value_t = IdentityKind::Partner)]
    pub(crate) identity: IdentityKind,
    /// Merchant number of the service provider; the brand's id with `--identity brand`
    #[arg(long, env = "KAQUAN_MCHID")]
    pub(crate) mchid: String,
    /// Serial of the merchant API certificate
    #[arg(long, env = "KAQUAN_SERIAL_NO")]
    pub(crate) serial_no: String,
    /// Its private key, a PEM file
    #[arg(long, env = "KAQUAN_PRIVATE_KEY", value_name = "FILE")]
    pub(crate) private_key: PathBuf,
}

/// The key that answers are verified with.
#[derive(Args, Debug)]
pub(crate) struct PlatformKey {
    /// Id of the platform's public key, PUB_KEY_ID_…
    #[arg(long, env = "KAQUAN_WECHATPAY_PUBLIC_KEY_ID", value_name = "ID")]
    pub(crate) wechatpay_public_key_id: String,
    /// The platform's public key, a PEM file
    #[arg(long, env = "KAQUAN_WECHATPAY_PUBLIC_KEY", value_name = "FILE")]
    pub(crate) wechatpay_public_key: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum IdentityKind {
    /// A service provider (服务商)
    Partner,
    /// A brand (品牌) that calls for itself
    Brand,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Exit status: 0 done, 1 the patch has errors and nothing was sent, 2 misuse or bad keys, 3 the platform refused,
4 the answer is not trustworthy, 5 no answer that settles it (the message says whether the change may have taken effect).")]
pub(crate) struct Apply {
    /// The patch, or `-` for standard input
    pub(crate) patch: PathBuf,
    /// The coupon, product_coupon_id
    #[arg(long, value_name = "ID")]
    pub(crate) coupon: String,
    /// The bundle, stock_bundle_id
    #[arg(long, value_name = "ID")]
    pub(crate) bundle_id: String,
    #[command(flatten)]
    pub(crate) caller: Caller,
    #[command(flatten)]
    pub(crate) key: PlatformKey,
    /// Where to send it, instead of the platform's two hosts
    #[arg(long, env = "KAQUAN_BASE_URL", value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// Trust the certificates of this PEM file instead of the usual authorities
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// Print the signed request and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// The request that was signed.
#[derive(Args, Debug)]
pub(crate) struct Signed {
    /// Method of the request, such as PATCH
    #[arg(long)]
    pub(crate) method: String,
    /// Path of the request with its query, escaped as it is sent
    #[arg(long)]
    pub(crate) path: String,
    /// Body of the request, byte by byte, or `-` for standard input; none unless it is given
    #[arg(long, value_name = "FILE")]
    pub(crate) body_file: Option<PathBuf>,
}

#[derive(Args, Debug)]
#[command(after_help = "Exit status: 0 signed, 2 misuse or bad keys.")]
pub(crate) struct Sign {
    #[command(flatten)]
    pub(crate) request: Signed,
    #[command(flatten)]
    pub(crate) caller: Caller,
    /// Seconds since 1970; now unless it is given
    #[arg(long)]
    pub(crate) timestamp: Option<i64>,
    /// The nonce; 32 random characters unless it is given
    #[arg(long)]
    pub(crate) nonce: Option<String>,
    /// How it is written
    #[arg(long, value_enum, default_value_t = PlanFormat::Human)]
    pub(crate) format: PlanFormat,
}

#[derive(Args, Debug)]
#[command(after_help = "Exit status: 0 the signature holds, 2 misuse or bad keys, 4 it does not.")]
pub(crate) struct Verify {
    /// The body, byte by byte as it came, or `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) body_file: PathBuf,
    /// Wechatpay-Timestamp
    #[arg(long)]
    pub(crate) timestamp: String,
    /// Wechatpay-Nonce
    #[arg(long)]
    pub(crate) nonce: String,
    /// Wechatpay-Serial
    #[arg(long)]
    pub(crate) serial: String,
    /// Wechatpay-Signature
    #[arg(long)]
    pub(crate) signature: String,
    /// Seconds since 1970 to judge the timestamp by; the clock's unless it is given
    #[arg(long)]
    pub(crate) now: Option<i64>,
    #[command(flatten)]
    pub(crate) key: PlatformKey,
}

#[derive(Args, Debug)]
#[command(after_help = "Exit status: 0 the cause is named, 1 the answer does not tell, 2 misuse.")]
pub(crate) struct ExplainSignError {
    /// The platform's answer, or `-` for standard input
    pub(crate) answer: PathBuf,
    #[command(flatten)]
    pub(crate) request: Signed,
}

#[derive(Args, Debug)]
#[command(after_help = "Exit status: 0 all is well, 2 something is in the wrong place.")]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) caller: Caller,
    #[command(flatten)]
    pub(crate) key: PlatformKey,
}

#[derive(Args, Debug)]
#[command(after_help = "\
The first line of the output is JSON: where it listens and which keys to use. The console page is at the base URL.
Without --keys the keys are made in a folder of the temporary directory; without --state nothing is kept.")]
pub(crate) struct Sandbox {
    /// Where to listen; only this machine unless told otherwise
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// Folder of the keys, made when they are absent
    #[arg(long, value_name = "DIR")]
    pub(crate) keys: Option<PathBuf>,
    /// SQLite file that keeps the state
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Seed of faults by probability
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
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
