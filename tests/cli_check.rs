//! `kaquan check` and its neighbours, run from outside.

mod support;

use std::{fs, io::Write as _, path::Path};

use serde_json::Value;
use support::{Run, run, run_with};

const GOOD: &str = r#"{"out_request_no":"34657_20250101_123456","store_scope":"ALL","brand_id":"120344"}"#;
const LONG_REMARK: &str = r#"{"out_request_no":"34657_20250101_123456","remark":"一二三四五六七八九十一二三四五六七八九十一二三","store_scope":"ALL","brand_id":"120344"}"#;
const WARNED: &str = r#"{"out_request_no":"34657_20250101_123456","remark":"备注","brand_id":"120344"}"#;

fn check(args: &[&str], stdin: &[u8]) -> Run {
    run(&[&["check"], args].concat(), stdin)
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a path of UTF-8")
}

#[test]
fn the_official_request_is_clean() {
    let run = check(&["crates/kaquan-core/samples/update-stock-bundle.request.json"], b"");
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "1 document checked: no findings\n", ""));
    let run = check(&["--format", "json", "crates/kaquan-core/samples/update-stock-bundle.request.json"], b"");
    assert_eq!((run.code, run.stdout.as_str()), (0, ""));
}

#[test]
fn people_see_the_place_the_count_and_the_remedy() {
    let run = check(&["-"], LONG_REMARK.as_bytes());
    assert_eq!(run.code, 1);
    let expected = "\
error[KQ104]: remark-too-long: A remark has at most 20 characters.
 --> -:1:52 /body/remark
  |
1 | {\"out_request_no\":\"34657_20250101_123456\",\"remark\":\"一二三四五六七八九十一二三四五六七八九十一二三\",\"store_scope\":\"ALL\",\"brand_id\":\"120344\"}
  |                                                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ 23 of at most 20 characters
  |
  = help: Shorten the remark.

1 document checked: 1 error, 0 warnings
";
    assert_eq!(run.stdout, expected);
}

#[test]
fn the_language_is_asked_for_or_taken_from_the_locale() {
    let by_locale = run_with(&["check", "-"], LONG_REMARK.as_bytes(), &[("LANG", "zh_CN.UTF-8")]);
    let by_flag = run(&["check", "-", "--lang", "zh"], LONG_REMARK.as_bytes());
    assert_eq!(by_locale.stdout, by_flag.stdout);
    for words in [
        "错误[KQ104]",
        "备注最多 20 个字符。",
        "23 个字符，最多 20 个",
        "处理: 请缩短备注。",
        "已检查 1 个文档：1 个错误，0 个警告",
    ] {
        assert!(by_flag.stdout.contains(words), "{words} in {}", by_flag.stdout);
    }
    let overruled = run_with(&["check", "-"], b"", &[("LC_ALL", "en_US.UTF-8"), ("LANG", "zh_CN.UTF-8")]);
    assert!(overruled.stdout.contains("nothing here"));
}

#[test]
fn json_has_the_members_that_were_promised() {
    let text = format!("{GOOD}\n\n{LONG_REMARK}\n");
    let run = check(&["--ndjson", "--format", "json", "-"], text.as_bytes());
    assert_eq!(run.code, 1);
    let expected: Value = serde_json::json!({
        "file": "-", "line": 3, "column": 52, "document": 2, "code": "KQ104", "rule": "remark-too-long",
        "level": "error", "pointer": "/remark", "path": "/body/remark",
        "message": "23 of at most 20 characters", "help": "Shorten the remark.",
    });
    assert_eq!(run.json_lines(), [expected]);
}

#[test]
fn sarif_is_sarif() {
    let run = check(&["--format", "sarif", "-"], format!("\n{LONG_REMARK}").as_bytes());
    assert_eq!(run.code, 1);
    let log: serde_sarif::sarif::Sarif = serde_json::from_str(&run.stdout).expect("a log that the schema's types take");
    assert_eq!(log.version, Value::from("2.1.0"));
    let tool = &log.runs[0].tool.driver;
    let rules = tool.rules.as_ref().expect("rules");
    assert_eq!(rules.len(), kaquan_core::rules::rules().count());
    assert!(rules.iter().all(|rule| rule.help_uri.as_ref().is_some_and(|uri| uri.starts_with("https://"))));
    let result = &log.runs[0].results.as_ref().expect("results")[0];
    assert_eq!(result.rule_id.as_deref(), Some("KQ104"));
    let index = usize::try_from(result.rule_index.expect("an index")).expect("not negative");
    assert_eq!(rules[index].id, "KQ104");
    let place = result.locations.as_ref().expect("a place")[0].physical_location.as_ref().expect("a place");
    let region = place.region.as_ref().expect("a region");
    assert_eq!((region.start_line, region.start_column, region.end_column), (Some(2), Some(52), Some(77)));
    // Nothing found is a log too.
    let clean = check(&["--format", "sarif", "-"], GOOD.as_bytes());
    let log: serde_sarif::sarif::Sarif = serde_json::from_str(&clean.stdout).expect("a log");
    assert_eq!((clean.code, log.runs[0].results.as_ref().map(Vec::len)), (0, Some(0)));
}

#[test]
fn github_gets_its_annotations() {
    let run = check(&["--format", "github", "-"], LONG_REMARK.as_bytes());
    assert_eq!(
        run.stdout,
        "::error file=-,line=1,endLine=1,col=52,endColumn=77,title=KQ104 remark-too-long::/body/remark: 23 of at most 20 characters. Shorten the remark.\n"
    );
    let odd = check(
        &["--format", "github", "-"],
        "{\"a%\\n::\":1,\"out_request_no\":\"123456\",\"brand_id\":\"1\",\"store_scope\":\"ALL\"}".as_bytes(),
    );
    assert_eq!(odd.stdout.lines().count(), 1);
    assert!(odd.stdout.contains("a%25"), "{}", odd.stdout);
}

#[test]
fn exit_codes_are_kept() {
    let cases: &[(&[&str], &str, i32)] = &[
        (&["-"], GOOD, 0),
        (&["-"], WARNED, 0),
        (&["-", "--deny-warnings"], WARNED, 1),
        (&["-"], LONG_REMARK, 1),
        (&["-"], "", 1),
        (&["-", "--ndjson"], "", 0),
        (&["-", "--ignore", "KQ104"], LONG_REMARK, 0),
        (&["-", "--ignore", "remark-too-long,KQ211"], LONG_REMARK, 0),
        (&["-", "--select", "KQ211"], LONG_REMARK, 0),
        (&["-", "--select", "KQ104"], LONG_REMARK, 1),
        (&["-", "--deny-warnings", "--ignore", "kq211"], WARNED, 0),
        (&["-", "--select", "KQ999"], GOOD, 2),
        (&["-", "--format", "xml"], GOOD, 2),
        (&["no-such-file.json"], "", 2),
        (&["no-such-file.json", "-"], LONG_REMARK, 2),
        (&[], "", 2),
        (&["docs/schema", "--wrong"], "", 2),
    ];
    for (args, stdin, code) in cases {
        let run = check(args, stdin.as_bytes());
        assert_eq!(run.code, *code, "{args:?}: {}{}", run.stdout, run.stderr);
    }
}

#[test]
fn a_missing_file_is_one_line_and_the_others_are_checked() {
    let run = check(&["no-such-file.json", "-", "--format", "json"], LONG_REMARK.as_bytes());
    assert_eq!(run.code, 2);
    assert_eq!(run.codes(), ["KQ104"]);
    assert_eq!(run.stderr.lines().count(), 1);
    assert!(run.stderr.starts_with("kaquan: no-such-file.json: "), "{}", run.stderr);
}

#[test]
fn directories_are_searched_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let deep = folder.path().join("品牌/二");
    fs::create_dir_all(&deep).expect("folders");
    for (name, text) in [
        ("a.json", LONG_REMARK.to_string()),
        ("b.ndjson", format!("{GOOD}\r\n{{\r\n")),
        ("c.jsonl", format!("\n{WARNED}")),
        ("d.txt", "not a document".into()),
        ("品牌/二/修改 一.json", "[]".into()),
    ] {
        fs::write(folder.path().join(name), text).expect("a file");
    }
    let run = check(&[path(folder.path()), "--format", "json"], b"");
    assert_eq!((run.code, run.codes()), (1, ["KQ104", "KQ001", "KQ211", "KQ002"].map(String::from).to_vec()));
    let files: Vec<Value> = run.json_lines().iter().map(|line| line["file"].clone()).collect();
    assert!(files[3].as_str().expect("a name").ends_with("品牌/二/修改 一.json"), "{files:?}");
    assert_eq!(run.json_lines()[1]["line"], 2);
    let sarif = check(&[path(&deep), "--format", "sarif"], b"");
    assert!(sarif.stdout.contains("%E4%BF%AE%E6%94%B9%20%E4%B8%80.json"), "{}", sarif.stdout);
    // A folder without documents is not passed over in silence.
    let empty = tempfile::tempdir().expect("a folder");
    let run = check(&[path(empty.path())], b"");
    assert_eq!((run.code, run.stderr.lines().count()), (2, 1));
}

#[test]
fn odd_bytes_are_findings() {
    let deep = "[".repeat(200_000);
    let cases: &[(&[u8], &str, &str)] = &[
        (b"", "KQ001", "nothing here"),
        (b"\xef\xbb\xbf{}", "KQ001", "byte order mark before the document"),
        (b"{\"remark\":\"\xff\"}", "KQ001", "not UTF-8"),
        (b"\xff\xfe{\x00}\x00", "KQ001", "not UTF-8"),
        (deep.as_bytes(), "KQ001", "nested deeper than 128 levels"),
        (b"{\"a\":1}\r\n{\"a\":2}\r\n", "KQ001", "text after the document"),
        (b"\0\0\0", "KQ001", "expected a value, found '\\0'"),
        (b"null", "KQ002", "expected an object, found null"),
    ];
    for (bytes, code, message) in cases {
        let run = check(&["-", "--format", "json"], bytes);
        assert_eq!(run.code, 1);
        let line = &run.json_lines()[0];
        assert_eq!((&line["code"], &line["message"]), (&Value::from(*code), &Value::from(*message)));
        // The same bytes for people: an excerpt, and no more than a screen.
        let run = check(&["-"], bytes);
        assert!(run.code == 1 && run.stdout.contains(message) && run.stdout.len() < 2000, "{}", run.stdout);
    }
}

#[test]
fn lines_end_as_they_like() {
    let text = format!("{GOOD}\r\n{LONG_REMARK}\r\n   \r\n{GOOD}");
    let run = check(&["-", "--ndjson", "--format", "json"], text.as_bytes());
    assert_eq!((run.code, run.codes()), (1, vec!["KQ104".into()]));
    let single = GOOD.replace(',', ",\r\n");
    assert_eq!(check(&["-"], single.as_bytes()).code, 0);
}

#[test]
fn a_hundred_thousand_lines_with_three_bad_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("many.ndjson");
    let request: Value = serde_json::from_str(&support::official_request()).expect("JSON");
    let good = request.to_string();
    let mut text = String::with_capacity(110 << 20);
    for line in 1..=100_000 {
        match line {
            3 => text += "{",
            50_000 => text += LONG_REMARK,
            100_000 => text += "\"\\ud800\"",
            _ => text += &good,
        }
        text.push('\n');
    }
    fs::write(&file, text).expect("a file");
    let run = check(&[path(&file), "--format", "json"], b"");
    let found: Vec<_> = run
        .json_lines()
        .iter()
        .map(|line| (line["line"].clone(), line["document"].clone(), line["code"].clone()))
        .collect();
    let expected = [(3, "KQ001"), (50_000, "KQ104"), (100_000, "KQ001")];
    assert_eq!(found, expected.map(|(line, code)| (line.into(), line.into(), code.into())));
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
    let people = check(&[path(&file)], b"");
    assert!(people.stdout.ends_with("100000 documents checked: 3 errors, 0 warnings\n"), "{}", people.stdout);
}

#[test]
fn a_hundred_megabytes_of_garbage_are_one_finding() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut seed = 1_u64;
    let garbage: Vec<u8> = std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        seed.to_be_bytes()
    })
    .take(100 << 17)
    .flatten()
    .collect();
    let file = folder.path().join("garbage.json");
    fs::write(&file, &garbage).expect("a file");
    let run = check(&[path(&file), "--format", "json"], b"");
    assert_eq!((run.code, run.codes()), (1, vec!["KQ001".into()]));
    // As lines: every line that is not blank has its finding, and nothing else is said.
    let some = &garbage[..1 << 20];
    let lines = some.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).count();
    let run = check(&["-", "--ndjson", "--format", "json"], some);
    assert_eq!((run.code, run.codes().len()), (1, lines));
    // One string that never ends.
    let mut endless = fs::File::create(folder.path().join("endless.json")).expect("a file");
    endless.write_all(b"{\"remark\":\"").expect("written");
    endless.write_all(&vec![b'x'; 100 << 20]).expect("written");
    let run = check(&[path(&folder.path().join("endless.json"))], b"");
    assert!(run.code == 1 && run.stdout.len() < 2000, "{}", run.stdout.len());
}

#[test]
fn colours_are_for_terminals() {
    for environment in [&[][..], &[("NO_COLOR", "1")], &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]] {
        let run = run_with(&["check", "-"], LONG_REMARK.as_bytes(), environment);
        assert!(!run.stdout.contains('\u{1b}'), "{environment:?}");
    }
    let forced = run_with(&["check", "-"], LONG_REMARK.as_bytes(), &[("CLICOLOR_FORCE", "1")]);
    assert!(forced.stdout.contains('\u{1b}'));
}

#[test]
fn the_catalogue_is_listed_and_explained() {
    let list = run(&["rules"], b"");
    assert_eq!((list.code, list.stdout.lines().count()), (0, kaquan_core::rules::rules().count()));
    let explained = run(&["explain", "remark-too-long"], b"");
    assert_eq!(explained.stdout, run(&["explain", "kq104"], b"").stdout);
    for words in ["KQ104 remark-too-long (error)", "A remark has at most 20 characters.", "documented", "https://"] {
        assert!(explained.stdout.contains(words), "{words}");
    }
    assert!(run(&["explain", "104", "--lang", "zh"], b"").code == 2);
    assert!(run(&["explain", "KQ104", "--lang", "zh"], b"").stdout.contains("备注最多 20 个字符。"));
    let json = run(&["rules", "--format", "json", "--lang", "zh"], b"");
    assert!(json.json_lines().iter().all(|rule| rule["why"].as_str().is_some_and(|why| why.ends_with('。'))));
    let schema: Value = serde_json::from_str(&run(&["schema"], b"").stdout).expect("a schema");
    assert!(jsonschema::meta::is_valid(&schema));
    for args in [&["completions", "bash"][..], &["man"], &["--version"], &["--help"], &["check", "--help"]] {
        let run = run(args, b"");
        assert!(run.code == 0 && !run.stdout.is_empty(), "{args:?}");
    }
}
