//! `scoring verify`: proves a chain from an export, or says where it breaks.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use scoring::heads::{DailyHead, check_heads};

use super::{CliError, read_ledger};

/// What is verified.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The ledger: JSON Lines as exported, or `.csv` or `.parquet` as `convert` writes them.
    file: PathBuf,
    /// Daily heads published earlier, JSON Lines of `{"day","seq","hash"}`: each must stand in the ledger still.
    #[arg(long)]
    heads: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> Result<(), CliError> {
    let (entries, head) = read_ledger(&arguments.file)?;
    if let Some(path) = &arguments.heads {
        let heads = read_heads(path)?;
        check_heads(&entries, &heads)
            .map_err(|source| CliError::Heads { path: arguments.file.clone(), source })?;
        writeln!(out, "{} published heads are borne out", heads.len())?;
    }
    writeln!(out, "{} entries hold together, head {}", entries.len(), head)?;
    Ok(())
}

fn read_heads(path: &Path) -> Result<Vec<DailyHead>, CliError> {
    let unreadable = |source| CliError::Read { path: path.to_owned(), source };
    let file = BufReader::new(File::open(path).map_err(unreadable)?);
    let mut heads = Vec::new();
    for (index, line) in file.lines().enumerate() {
        let line = line.map_err(unreadable)?;
        let head = serde_json::from_str(&line).map_err(|source| CliError::Head {
            path: path.to_owned(),
            line: index + 1,
            source,
        })?;
        heads.push(head);
    }
    Ok(heads)
}
