//! The house is in order: who may use whom, and which words may stand where.

mod support;

use std::{fs, path::Path, process::Command};

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The modules of a crate, in the order in which its root lists them.
fn modules(root: &Path) -> Vec<String> {
    let module = |line: &str| {
        let name = line.trim().strip_prefix("pub mod ").or_else(|| line.trim().strip_prefix("mod "))?;
        name.strip_suffix(';').map(String::from)
    };
    read(root).lines().filter_map(module).collect()
}

/// The sources of a module: its file and the files of its folder.
fn sources(folder: &Path, module: &str) -> Vec<String> {
    let mut texts = vec![read(&folder.join(format!("{module}.rs")))];
    if let Ok(entries) = fs::read_dir(folder.join(module)) {
        texts.extend(entries.map(|entry| read(&entry.expect("an entry").path())));
    }
    // Documents may point upwards; code may not.
    let code =
        |text: &String| text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    texts.iter().map(code).collect()
}

/// The names that a text takes from the root of its crate.
fn used(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + 7..];
        let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
        match rest.strip_prefix('{') {
            None => names.push(word(rest)),
            Some(group) => {
                let mut depth = 1;
                let mut item = String::new();
                for character in group.chars() {
                    match character {
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        ',' if depth == 1 => names.push(word(std::mem::take(&mut item).trim())),
                        _ => {}
                    }
                    if depth == 0 {
                        names.push(word(item.trim()));
                        break;
                    }
                    item.push(if character == ',' && depth == 1 { ' ' } else { character });
                }
            }
        }
    }
    names
}

fn modules_form_a_staircase(name: &str) {
    let folder = support::root().join("crates").join(name).join("src");
    let order = modules(&folder.join("lib.rs"));
    assert!(order.len() > 1, "{name} lists its modules");
    for (index, module) in order.iter().enumerate() {
        for text in sources(&folder, module) {
            for used in used(&text) {
                let later = order.iter().skip(index + 1).any(|later| *later == used);
                assert!(!later, "{name}: {module} must not use {used}");
            }
        }
    }
}

#[test]
fn modules_of_the_core_form_a_staircase() {
    modules_form_a_staircase("kaquan-core");
}

#[test]
fn modules_of_the_wire_form_a_staircase() {
    modules_form_a_staircase("kaquan-http");
}

#[test]
fn modules_of_the_sandbox_form_a_staircase() {
    modules_form_a_staircase("kaquan-sandbox");
}

#[test]
fn the_names_that_a_text_uses_are_found() {
    let text = "use crate::{\n    alpha::{A, B},\n    beta,\n};\nuse crate::gamma::C; crate::delta()";
    assert_eq!(used(text), ["alpha", "beta", "", "gamma", "delta"]);
}

#[test]
fn the_core_has_four_dependencies_and_no_standard_library() {
    let root = support::root();
    let tree = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--package",
            "kaquan-core",
            "--edges",
            "normal",
            "--depth",
            "1",
            "--prefix",
            "none",
            "--offline",
        ])
        .current_dir(&root)
        .output()
        .expect("cargo runs");
    let tree = String::from_utf8(tree.stdout).expect("UTF-8");
    let names: Vec<&str> = tree.lines().skip(1).filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(names, ["chrono", "serde", "serde_json", "thiserror"]);
    assert!(read(&root.join("crates/kaquan-core/src/lib.rs")).contains("#![no_std]"));
}

#[test]
fn the_core_knows_no_word_of_transport() {
    let folder = support::root().join("crates/kaquan-core/src");
    for module in modules(&folder.join("lib.rs")) {
        for text in sources(&folder, &module) {
            // Texts for people and the platform's own names may say what they like.
            for line in text.lines().filter(|line| !line.contains('"')) {
                let words = line.split(|c: char| !c.is_alphanumeric() && c != '_').flat_map(|word| word.split('_'));
                for word in words.map(str::to_lowercase) {
                    let transport = ["http", "https", "header", "headers", "status", "sign", "signature", "ureq"];
                    assert!(!transport.contains(&word.as_str()), "{module}: {line}");
                }
            }
        }
    }
}

#[test]
fn nothing_speaks_of_other_places() {
    let listed =
        Command::new("git").args(["ls-files", "-co", "--exclude-standard"]).current_dir(support::root()).output();
    let Ok(listed) = listed else { return };
    for file in String::from_utf8(listed.stdout).expect("UTF-8").lines().filter(|file| *file != "Cargo.lock") {
        let Ok(text) = fs::read_to_string(support::root().join(file)) else { continue };
        for word in [concat!("../", "shared"), concat!("../.", "library"), concat!("/wo", "rk/")] {
            assert!(!text.contains(word), "{file} speaks of {word}");
        }
    }
}
