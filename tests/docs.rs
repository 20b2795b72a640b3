//! Generated texts are current. `UPDATE=1 cargo test` renews them.

mod support;

use support::{assert_current, run};

#[test]
fn the_page_of_rules_is_current() {
    assert_current("docs/RULES.md", &run(&["rules", "--format", "markdown"], b"").stdout);
}

#[test]
fn the_schema_is_current() {
    assert_current("docs/schema/update-stock-bundle.schema.json", &run(&["schema"], b"").stdout);
}

/// The session that both READMEs show is what the binary prints.
#[test]
fn the_sessions_of_the_readmes_are_real() {
    for (readme, lang) in [("README.md", "en"), ("README.zh-CN.md", "zh")] {
        let shown = std::fs::read_to_string(support::root().join(readme)).expect(readme);
        let run = run(&["check", "tests/samples/two-faults.json", "--lang", lang], b"");
        let session = run.stdout.replace("tests/samples/two-faults.json", "patch.json");
        assert!(shown.contains(&session), "{readme} should show:\n{session}");
    }
}

#[test]
fn the_page_of_the_lifecycle_is_current() {
    assert_current("docs/LIFECYCLE.md", &run(&["lifecycle", "--format", "markdown"], b"").stdout);
    assert_current("docs/lifecycle.svg", &run(&["lifecycle", "--format", "svg"], b"").stdout);
}
