//! What the tree promises: who names whom, which migrations are there, how long files get.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing test panics, in its helpers too"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// Longest source file, in lines.
const LINES_MAX: usize = 400;

/// Files that are longer, and why.
const LONGER: [(&str, &str); 2] = [
    (
        "engine/fact.rs",
        "the kinds of fact and what a hash of each covers, with their tests",
    ),
    (
        "store/customer_state.rs",
        "one statement names every column of the widest table",
    ),
];

/// Layers by the layers they may name.
const LAYERS: [(&str, &[&str]); 7] = [
    ("engine", &["engine"]),
    ("ids", &["ids"]),
    ("clock", &["clock", "engine"]),
    ("telemetry", &["telemetry"]),
    ("store", &["store", "engine", "ids"]),
    ("app", &["app", "engine", "store", "ids", "clock"]),
    (
        "grpc",
        &["grpc", "app", "engine", "store", "ids", "telemetry"],
    ),
];

/// A source file.
struct Source {
    /// Path below `src`, with slashes.
    path: String,
    text: String,
    /// The text without comments and what stands between quotes.
    code: String,
}

impl Source {
    /// The first part of the path: a directory of `src` or a file there, without its extension.
    fn layer(&self) -> &str {
        let first = self.path.split('/').next().unwrap();
        first.trim_end_matches(".rs")
    }

    /// Paths that the code names, such as `std::env::var`.
    fn paths(&self) -> impl Iterator<Item = &str> {
        self.code
            .split(|char: char| !(char.is_alphanumeric() || char == '_' || char == ':'))
            .map(|path| path.trim_matches(':'))
            .filter(|path| !path.is_empty())
    }

    /// Modules of the crate's root that the code names.
    fn named_layers<'s>(&'s self, roots: &'s BTreeSet<String>) -> impl Iterator<Item = &'s str> {
        let depth = self.path.split('/').count();
        self.paths().filter_map(move |path| {
            let mut parts = path.split("::");
            let ups = path.split("::").take_while(|part| *part == "super").count();
            let target = if path.starts_with("crate::") {
                parts.nth(1)
            } else if ups >= depth {
                parts.nth(ups)
            } else {
                None
            };
            target.filter(|target| roots.contains(*target))
        })
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn gather(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn sources() -> Vec<Source> {
    let src = root().join("src");
    let mut files = Vec::new();
    gather(&src, &mut files);
    files.sort();
    assert!(files.len() > 50, "the sources are found");
    files
        .into_iter()
        .map(|file| {
            let text = fs::read_to_string(&file).unwrap();
            let below = file.strip_prefix(&src).unwrap();
            let parts: Vec<&str> = below.iter().map(|part| part.to_str().unwrap()).collect();
            Source {
                path: parts.join("/"),
                code: code_of(&text),
                text,
            }
        })
        .collect()
}

/// The text without comments, and with nothing between quotes.
fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").expect("comments end") + 2
        } else if let Some(length) = raw_string(rest).filter(|_| !code.ends_with(is_word)) {
            length
        } else if next == '"' {
            quoted(rest)
        } else if rest.starts_with("'\"'") {
            3
        } else if rest.starts_with("'\\") {
            3 + rest[3..].find('\'').expect("characters end") + 1
        } else {
            0
        };
        if skipped == 0 {
            code.push(next);
            rest = &rest[next.len_utf8()..];
        } else {
            code.push(' ');
            rest = &rest[skipped..];
        }
    }
    code
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// Length of a raw string at the start of the text.
fn raw_string(text: &str) -> Option<usize> {
    let after = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let start = text.len() - after.len() + hashes + 1;
    let length = text[start..].find(&end).expect("raw strings end");
    Some(start + length + end.len())
}

/// Length of a string at the start of the text.
fn quoted(text: &str) -> usize {
    let mut is_escaped = false;
    for (place, char) in text.char_indices().skip(1) {
        match char {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return place + 1,
            _ => {}
        }
    }
    panic!("strings end: {text:.40}");
}

/// The paths sought that code names, by file.
fn naming(sources: &[Source], is_sought: impl Fn(&str) -> bool) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for source in sources {
        for path in source.paths().filter(|path| is_sought(path)) {
            found.entry(&source.path).or_default().insert(path);
        }
    }
    found
}

/// Whether a path is of a crate, or of one of its family (`tonic_types`).
fn is_of(path: &str, family: &str) -> bool {
    let first = path.split("::").next().unwrap_or_default();
    first == family || first.starts_with(&format!("{family}_"))
}

fn is_below(file: &str, layer: &str) -> bool {
    file.strip_prefix(layer)
        .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

#[test]
fn code_is_read_without_comments_and_strings() {
    let text = "a /* b */ \"c \\\" d\" r#\"e \" f\"# '\"' g // h\n'\\'' i br\"j\" 'k' str\"l\"";
    let code = code_of(text);
    let words: Vec<&str> = code.split_whitespace().collect();
    assert_eq!(words, ["a", "g", "i", "'k'", "str"]);
}

#[test]
fn layers_name_only_what_lies_below_them() {
    let sources = sources();
    let roots: BTreeSet<String> = sources
        .iter()
        .map(|source| source.layer().to_owned())
        .collect();
    let mut wrong = Vec::new();
    for source in &sources {
        for (layer, allowed) in LAYERS {
            if source.layer() == layer {
                let named = source.named_layers(&roots);
                let beyond = named.filter(|named| !allowed.contains(named));
                wrong.extend(beyond.map(|named| format!("{} names {named}", source.path)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn paths_of_the_crate_and_of_std_are_written_out() {
    // Otherwise these tests could not read them.
    for source in sources() {
        for grouped in ["crate::{", "std::{", "super::{super", "as sqlx", "as tonic"] {
            let is_there = source.code.contains(grouped);
            assert!(!is_there, "{} has {grouped}", source.path);
        }
    }
}

#[test]
fn engine_knows_neither_time_nor_world() {
    let sources = sources();
    let families = [
        "tokio", "sqlx", "tonic", "prost", "tracing", "serde", "clap",
    ];
    let parts = [
        "std::env",
        "std::time",
        "std::fs",
        "std::net",
        "std::process",
        "std::thread",
    ];
    let found = naming(&sources, |path| {
        families.iter().any(|family| is_of(path, family))
            || parts.iter().any(|part| path.starts_with(part))
            || path.contains("SystemTime")
            || path.ends_with("::now")
    });
    let found: Vec<_> = found
        .iter()
        .filter(|(file, _)| is_below(file, "engine"))
        // Threads that end before their work is answered, with the same bits on any number of them.
        .filter(|(file, _)| **file != "engine/numeric/blocks.rs")
        .collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn sqlx_stays_in_the_store() {
    let sources = sources();
    for (file, paths) in naming(&sources, |path| path.split("::").next() == Some("sqlx")) {
        // The bodies of transactions pass the connection on.
        let passes_on =
            is_below(file, "app") && paths.iter().all(|path| *path == "sqlx::PgConnection");
        assert!(is_below(file, "store") || passes_on, "{file}: {paths:?}");
    }
}

#[test]
fn grpc_types_stop_at_the_contracts_side() {
    let sources = sources();
    let server = [
        "tonic::transport::",
        "tonic_health::server::",
        "tonic_reflection::server::Error",
    ];
    for (file, paths) in naming(&sources, |path| {
        is_of(path, "tonic") || is_of(path, "prost")
    }) {
        let builds_it = file == "serve.rs"
            && paths
                .iter()
                .all(|path| server.iter().any(|part| path.starts_with(part)));
        let is_allowed = is_below(file, "grpc") || is_below(file, "cli") || builds_it;
        assert!(is_allowed, "{file}: {paths:?}");
    }
}

#[test]
fn environment_clock_and_flags_are_read_in_one_place() {
    let sources = sources();
    let environment = |path: &str| path.starts_with("std::env") || path.starts_with("env::");
    for (file, paths) in naming(&sources, environment) {
        assert!(is_below(file, "config"), "{file}: {paths:?}");
    }
    let now = ["SystemTime", "Timestamp::now", "Zoned::now"];
    let clock = |path: &str| now.iter().any(|part| path.contains(part));
    for (file, paths) in naming(&sources, clock) {
        assert_eq!(file, "clock.rs", "{paths:?}");
    }
    for (file, paths) in naming(&sources, |path| is_of(path, "clap")) {
        let is_allowed = is_below(file, "cli") || is_below(file, "config") || file == "main.rs";
        assert!(is_allowed, "{file}: {paths:?}");
    }
}

#[test]
fn files_are_short_and_say_what_they_are() {
    let sources = sources();
    let mut wrong = Vec::new();
    for source in &sources {
        let lines = source.text.lines().count();
        let is_listed = LONGER.iter().any(|(path, _)| *path == source.path);
        if (lines > LINES_MAX) != is_listed {
            wrong.push(format!("{} has {lines} lines", source.path));
        }
        if !source.text.starts_with("//! ") {
            wrong.push(format!("{} does not start with //!", source.path));
        }
        if source.path.ends_with("/mod.rs") {
            wrong.push(format!("{} is not named after its module", source.path));
        }
    }
    for (path, _) in LONGER {
        assert!(
            sources.iter().any(|source| source.path == path),
            "{path} is gone"
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn migrations_never_change() {
    let directory = root().join("migrations");
    let sums = fs::read_to_string(directory.join("SHA256SUMS")).unwrap();
    let listed: Vec<(String, String)> = sums
        .lines()
        .map(|line| {
            let (sum, name) = line.split_once("  ").expect("a sum, two spaces, a name");
            (name.to_owned(), sum.to_owned())
        })
        .collect();
    let mut actual: Vec<(String, String)> = fs::read_dir(&directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .map(|path| {
            let digest = Sha256::digest(fs::read(&path).unwrap());
            let sum = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            let name = path.file_name().unwrap().to_str().unwrap();
            (name.to_owned(), sum)
        })
        .collect();
    actual.sort();
    assert_eq!(
        actual, listed,
        "a migration that was released stays; add another"
    );
    for (place, (name, _)) in actual.iter().enumerate() {
        let number = format!("{:04}_", place + 1);
        assert!(
            name.starts_with(&number),
            "{name} does not start with {number}"
        );
    }
}
