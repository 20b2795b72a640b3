//! What tests share: the repository, the binary, its runs.
#![allow(dead_code, reason = "every test uses a part of it")]

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
    thread,
};

use kaquan_http::{
    identity::Identity,
    keys::{PlatformKeys, PrivateKey},
};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ has a parent").into()
}

/// A file of the samples.
pub(crate) fn sample(name: &str) -> String {
    let path = root().join("crates/kaquan-core/samples").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The body of the official page's sample request.
pub(crate) fn official_request() -> String {
    sample("update-stock-bundle.request.json")
}

/// The binary, built with the profile that the tests have.
pub(crate) fn kaquan() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        // …/target/PROFILE/deps/this-test
        let test = std::env::current_exe().expect("a test knows its own path");
        let directory = test.ancestors().nth(2).expect("two folders up").to_path_buf();
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--package", "kaquan-cli", "--bin", "kaquan"]).current_dir(root());
        build.env("CARGO_TARGET_DIR", directory.parent().expect("the target folder"));
        if directory.ends_with("release") {
            build.arg("--release");
        }
        assert!(build.status().expect("cargo runs").success(), "the binary builds");
        directory.join("kaquan")
    })
}

/// What a run left.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// The lines of the output, as JSON.
    pub(crate) fn json_lines(&self) -> Vec<serde_json::Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }

    /// The codes that `--format json` names, in order.
    pub(crate) fn codes(&self) -> Vec<String> {
        self.json_lines().iter().map(|line| line["code"].as_str().expect("a code").to_owned()).collect()
    }
}

/// Runs the binary with an English locale and nothing of our own environment.
pub(crate) fn run(args: &[&str], stdin: &[u8]) -> Run {
    run_with(args, stdin, &[("LC_ALL", "C")])
}

/// Runs the binary in an environment.
pub(crate) fn run_with(args: &[&str], stdin: &[u8], environment: &[(&str, &str)]) -> Run {
    let mut command = Command::new(kaquan());
    command.args(args).current_dir(root()).env_clear().envs(environment.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("kaquan starts");
    let mut input = child.stdin.take().expect("stdin is piped");
    let stdin = stdin.to_vec();
    let feeding = thread::spawn(move || {
        // A program that does not want its input may close it.
        let _ = input.write_all(&stdin);
    });
    let output = child.wait_with_output().expect("kaquan ends");
    feeding.join().expect("stdin is fed");
    Run {
        code: output.status.code().expect("kaquan ends by itself"),
        stdout: String::from_utf8(output.stdout).expect("UTF-8 on stdout"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8 on stderr"),
    }
}

/// Holds a generated text against the file that it is kept in; with `UPDATE=1` the file is renewed.
#[track_caller]
pub(crate) fn assert_current(file: &str, text: &str) {
    let path = root().join(file);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder is made");
        std::fs::write(&path, text).expect("the file is written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "{file} is not current: run `UPDATE=1 cargo test` and look at the difference");
}

/// How properties are run: so many cases, and failures kept beside the test in a file for git.
pub(crate) fn properties(cases: u32) -> proptest::test_runner::Config {
    let kept = proptest::test_runner::FileFailurePersistence::WithSource("regressions");
    proptest::test_runner::Config { cases, failure_persistence: Some(Box::new(kept)), ..Default::default() }
}

/// Serial of the merchant certificate in tests.
pub(crate) const MERCHANT_SERIAL: &str = "5157F09EFDC096DE15EBE81A47057A7200000000";
/// Id of the platform's key in tests.
pub(crate) const PLATFORM_KEY_ID: &str = "PUB_KEY_ID_0119000000012025010100000000000000";

/// A file of `tests/keys`.
pub(crate) fn key_text(name: &str) -> String {
    std::fs::read_to_string(root().join("tests/keys").join(name)).expect(name)
}

/// The service provider of tests.
pub(crate) fn partner() -> Identity {
    Identity::partner("1900000001", MERCHANT_SERIAL, PLATFORM_KEY_ID).expect("the identity is fit")
}

pub(crate) fn merchant_key() -> &'static PrivateKey {
    static KEY: OnceLock<PrivateKey> = OnceLock::new();
    KEY.get_or_init(|| PrivateKey::from_pem(&key_text("merchant.pem")).expect("a key"))
}

pub(crate) fn platform_key() -> &'static PrivateKey {
    static KEY: OnceLock<PrivateKey> = OnceLock::new();
    KEY.get_or_init(|| PrivateKey::from_pem(&key_text("platform.pem")).expect("a key"))
}

/// What a client of tests trusts.
pub(crate) fn platform_keys() -> &'static PlatformKeys {
    static KEYS: OnceLock<PlatformKeys> = OnceLock::new();
    KEYS.get_or_init(|| PlatformKeys::new([(PLATFORM_KEY_ID.to_string(), platform_key().public_key())]))
}
