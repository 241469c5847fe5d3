//! `completions`.

use clap::CommandFactory as _;

use super::output;

/// Prints a completion script for a shell.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  customer-value completions bash > ~/.local/share/bash-completion/completions/customer-value
  customer-value completions fish > ~/.config/fish/completions/customer-value.fish
  customer-value completions zsh  > \"${fpath[1]}/_customer-value\"")]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

impl Completions {
    /// Runs it.
    ///
    /// # Errors
    ///
    /// When standard output cannot be written.
    pub fn run(&self) -> anyhow::Result<()> {
        let mut script = Vec::new();
        let mut command = super::Arguments::command();
        clap_complete::generate(self.shell, &mut command, "customer-value", &mut script);
        output::write(&String::from_utf8_lossy(&script))
    }
}
