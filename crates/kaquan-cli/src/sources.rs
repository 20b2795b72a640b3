//! Where documents come from: files, directories, standard input.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use walkdir::WalkDir;

/// Something to read, and the name that findings give it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) name: String,
    /// `None` is standard input.
    path: Option<PathBuf>,
    /// Is every line a document?
    pub(crate) lines: bool,
}

impl Source {
    /// Opens it; with its length, where that is known.
    pub(crate) fn open(&self) -> io::Result<(Box<dyn Read + Send>, Option<u64>)> {
        let Some(path) = &self.path else { return Ok((Box::new(io::stdin()), None)) };
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok((Box::new(file), Some(length)))
    }
}

/// The sources that paths name, in the order given, directories by name; and what could not be read of them.
pub(crate) fn find(paths: &[PathBuf], all_lines: bool) -> (Vec<Source>, Vec<String>) {
    let (mut sources, mut unreadable) = (Vec::new(), Vec::new());
    for path in paths {
        if path.as_os_str() == "-" {
            sources.push(Source { name: "-".into(), path: None, lines: all_lines });
        } else if path.is_dir() {
            let before = sources.len() + unreadable.len();
            walk(path, all_lines, &mut sources, &mut unreadable);
            if before == sources.len() + unreadable.len() {
                unreadable.push(format!("{}: no .json, .ndjson or .jsonl file in this directory", path.display()));
            }
        } else {
            sources.push(file(path, all_lines || has_lines(path)));
        }
    }
    (sources, unreadable)
}

fn walk(directory: &Path, all_lines: bool, sources: &mut Vec<Source>, unreadable: &mut Vec<String>) {
    for entry in WalkDir::new(directory).follow_links(true).sort_by_file_name() {
        match entry {
            Ok(entry) if entry.file_type().is_file() => {
                let path = entry.path();
                if has_lines(path) || path.extension().is_some_and(|extension| extension == "json") {
                    sources.push(file(path, all_lines || has_lines(path)));
                }
            }
            Ok(_) => {}
            Err(error) => unreadable.push(error.to_string()),
        }
    }
}

fn file(path: &Path, lines: bool) -> Source {
    Source { name: path.display().to_string(), path: Some(path.into()), lines }
}

fn has_lines(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "ndjson" || extension == "jsonl")
}
