//! Rules of the tree that no compiler checks: who may use what, and that migrations never change.
#![expect(clippy::expect_used, reason = "a failing test panics")]

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// A part of the tree, the modules of the crate it may use, and the crates it must not.
struct Rule {
    part: &'static str,
    uses: &'static [&'static str],
    bans: &'static [&'static str],
}

/// Crates that reach out of the process or tie code to a transport.
const OUTSIDE: [&str; 9] = [
    "tokio",
    "sqlx",
    "tonic",
    "prost",
    "prost_types",
    "tonic_types",
    "tracing",
    "std::env",
    "std::fs",
];

const RULES: [Rule; 9] = [
    Rule {
        part: "engine",
        uses: &["engine"],
        bans: &[
            "tokio",
            "sqlx",
            "tonic",
            "prost",
            "prost_types",
            "tracing",
            "serde",
            "serde_json",
            "std::env",
            "std::fs",
            "std::net",
            "std::io",
            "SystemTime",
            "std::time",
            "HashMap",
            "HashSet",
        ],
    },
    Rule {
        part: "ids",
        uses: &[],
        bans: &OUTSIDE,
    },
    Rule {
        part: "clock",
        uses: &["engine"],
        bans: &OUTSIDE,
    },
    Rule {
        part: "store",
        uses: &["store", "engine", "ids"],
        bans: &["tonic", "prost", "prost_types", "tonic_types"],
    },
    Rule {
        part: "app",
        uses: &["app", "engine", "store", "ids", "clock"],
        bans: &[
            "tonic",
            "prost",
            "prost_types",
            "tonic_types",
            "std::env",
            "std::fs",
        ],
    },
    Rule {
        part: "grpc",
        // From the store only what errors and stored rows are made of.
        uses: &[
            "grpc",
            "app",
            "engine",
            "store",
            "ids",
            "clock",
            "telemetry",
        ],
        bans: &["sqlx", "std::env", "std::fs"],
    },
    Rule {
        part: "telemetry",
        uses: &["telemetry"],
        bans: &["sqlx", "std::env"],
    },
    Rule {
        part: "config",
        uses: &[
            "config",
            "engine",
            "ids",
            "store",
            "serve",
            "telemetry",
            "grpc",
        ],
        bans: &["sqlx", "tonic", "prost"],
    },
    Rule {
        part: "cli",
        uses: &[
            "cli",
            "config",
            "engine",
            "grpc",
            "ids",
            "serve",
            "store",
            "telemetry",
            "app",
            "clock",
        ],
        bans: &["sqlx"],
    },
];

/// Words that stand in few files only, with those files.
const FEW: [(&str, &[&str]); 4] = [
    ("SystemTime::now", &["src/clock.rs"]),
    ("std::env", &["src/config", "src/config.rs"]),
    ("sqlx", &["src/store", "src/store.rs"]),
    ("AssertSqlSafe", &[]),
];

/// Exceptions, each with its reason.
const EXCEPTIONS: [(&str, &str, &str); 2] = [
    (
        "src/app",
        "sqlx::PgConnection",
        "the body of a transaction names the connection it runs on",
    ),
    (
        "src/cli.rs",
        "sqlx::postgres::notice",
        "a log's name, not a use",
    ),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a directory with an ending, as paths from the root.
fn files(directory: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("the directory can be read") {
        let path = entry.expect("the entry can be read").path();
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.extension().is_some_and(|is| is == ending) {
            found.push(path);
        }
    }
    found.sort();
}

fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    files(&root().join("src"), "rs", &mut found);
    let name = |path: &Path| {
        let relative = path.strip_prefix(root()).expect("it lies below the root");
        relative.to_string_lossy().into_owned()
    };
    found
        .iter()
        .map(|path| (name(path), fs::read_to_string(path).expect("it is text")))
        .collect()
}

/// The lines of code with their numbers: without comments, and without tests at the file's end.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let end = text.find("#[cfg(test)]\nmod ").unwrap_or(text.len());
    text[..end]
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.split("//").next().unwrap_or_default()))
        .filter(|(_, line)| !line.trim().is_empty())
}

/// Whether a line names a path, as a whole word.
fn names(line: &str, word: &str) -> bool {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

fn is_excepted(file: &str, line: &str) -> bool {
    EXCEPTIONS
        .iter()
        .any(|(part, word, _)| file.starts_with(part) && line.contains(word))
}

fn belongs(file: &str, part: &str) -> bool {
    file == format!("src/{part}.rs") || file.starts_with(&format!("src/{part}/"))
}

#[test]
fn modules_depend_in_one_direction() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let Some(rule) = RULES.iter().find(|rule| belongs(&file, rule.part)) else {
            continue;
        };
        for (number, line) in code(&text) {
            let used = line.match_indices("crate::").map(|(at, path)| {
                let rest = &line[at + path.len()..];
                rest.split(|character: char| !character.is_alphanumeric() && character != '_')
                    .next()
                    .unwrap_or_default()
            });
            for module in used {
                if !module.is_empty() && !rule.uses.contains(&module) {
                    wrong.push(format!("{file}:{number} uses crate::{module}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn crates_stay_where_they_belong() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        for (number, line) in code(&text).filter(|(_, line)| !is_excepted(&file, line)) {
            if let Some(rule) = RULES.iter().find(|rule| belongs(&file, rule.part)) {
                let banned = rule.bans.iter().find(|word| names(line, word));
                wrong.extend(banned.map(|word| format!("{file}:{number} uses {word}")));
            }
            for (word, places) in FEW {
                let is_place = places.iter().any(|place| file.starts_with(place));
                if !is_place && names(line, word) {
                    wrong.push(format!("{file}:{number} uses {word}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_part_of_the_tree_has_its_rule() {
    let top: Vec<String> = sources()
        .into_iter()
        .filter_map(|(file, _)| {
            let rest = file.strip_prefix("src/")?;
            Some(rest.split('/').next()?.trim_end_matches(".rs").to_owned())
        })
        .collect();
    for part in top {
        let is_known = ["lib", "main", "serve"].contains(&&*part)
            || RULES.iter().any(|rule| rule.part == part);
        assert!(is_known, "src/{part} has no rule here");
    }
}

#[test]
fn migrations_are_those_that_were_released() {
    let directory = root().join("migrations");
    let sums = fs::read_to_string(directory.join("SHA256SUMS")).expect("the sums are there");
    let mut found = Vec::new();
    files(&directory, "sql", &mut found);
    let mut actual = String::new();
    for path in found {
        let digest = Sha256::digest(fs::read(&path).expect("it can be read"));
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let name = path.file_name().expect("it has a name").to_string_lossy();
        actual.push_str(&format!("{hex}  {name}\n"));
    }
    assert_eq!(
        actual, sums,
        "a migration is new (add its line) or changed (never do)"
    );
}

#[test]
fn tree_has_no_mod_files() {
    for (file, _) in sources() {
        assert!(!file.ends_with("/mod.rs"), "{file}");
    }
}
