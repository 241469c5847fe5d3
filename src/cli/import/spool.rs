//! Files that can be read twice.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;

/// A file, or a copy of what cannot be read twice; the copy is gone with the process.
#[derive(Debug)]
pub(super) struct Spooled {
    /// The name for messages.
    pub(super) name: String,
    file: File,
}

impl Spooled {
    /// Opens a file; standard input, pipes and the like are copied first.
    pub(super) fn open(path: &Path, temporary: &Path) -> anyhow::Result<Self> {
        if path == Path::new("-") {
            let name = "standard input".to_owned();
            let file = copy(&mut io::stdin(), temporary)?;
            return Ok(Self { name, file });
        }
        let name = path.display().to_string();
        let failed = || format!("{name} cannot be opened");
        let mut file = File::open(path).with_context(failed)?;
        let kind = file.metadata().with_context(failed)?.file_type();
        if kind.is_dir() {
            anyhow::bail!("{name} is a directory; name a CSV file");
        }
        if !kind.is_file() {
            file = copy(&mut file, temporary)?;
        }
        Ok(Self { name, file })
    }

    /// The content from its start.
    pub(super) fn rewound(&mut self) -> anyhow::Result<&File> {
        let failed = || format!("{} cannot be read", self.name);
        self.file.rewind().with_context(failed)?;
        Ok(&self.file)
    }
}

/// Copies into a file without a name, which only this process can read.
fn copy(input: &mut dyn io::Read, temporary: &Path) -> anyhow::Result<File> {
    let path = temporary.join(format!("customer-value-import-{}", std::process::id()));
    let failed = || {
        format!(
            "no copy of the input can be made in {}",
            temporary.display()
        )
    };
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .with_context(failed)?;
    std::fs::remove_file(&path).with_context(failed)?;
    io::copy(input, &mut file).with_context(failed)?;
    Ok(file)
}
