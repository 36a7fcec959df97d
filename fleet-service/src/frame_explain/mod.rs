//! `fleet-service frame explain`: a JT/T 808 frame field by field, with what a vendor profile reads in it.
//!
//! The walk over the fields is this tool's own, beside the codec in `wire`, so that it can name offsets and go on where
//! the codec refuses: a frame with a wrong check byte, a time that is none, a body that ends early. A test compares the
//! two over every frame of the corpus.

mod area;
mod bits;
mod body;
mod explained;
mod ids;
mod input;
mod json;
mod location;
mod parameters;
mod reading;
mod reports;
mod text;
mod walk;

use std::io::{self, BufRead, Write};
use std::path::PathBuf;

use wire::{Profile, ProfileError};

pub use body::Reply;
pub use explained::{Explained, explain};
pub use input::{HexError, LINE_BYTES_MAX, Run, parse_hex, runs};
pub use location::Record;
pub use walk::Field;

/// Arguments of `frame explain`.
#[derive(Debug, Clone, clap::Args)]
pub struct ExplainArgs {
    /// The frame in hexadecimal digits; without it, one frame a line is read from standard input.
    pub hex: Option<String>,
    /// Vendor profile: the name of one that comes with the program, or a TOML file.
    #[arg(long)]
    pub profile: Option<String>,
    /// Print one JSON object a line instead.
    #[arg(long)]
    pub json: bool,
}

/// Why nothing could be explained.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExplainError {
    /// No profile of this name comes with the program, and no file of it is there.
    #[error("{name:?} is neither a profile of this program ({known}) nor a file that can be read")]
    NoSuchProfile {
        /// What was asked for.
        name: String,
        /// The names there are.
        known: String,
        /// Why the file cannot be read.
        #[source]
        source: io::Error,
    },
    /// The profile's file is none.
    #[error("the profile cannot be used")]
    Profile(#[from] ProfileError),
    /// Standard input or output failed.
    #[error("reading or writing failed")]
    Io(#[from] io::Error),
}

/// The profile of a name or file; without one, the standard's own bits.
///
/// # Errors
/// [`ExplainError::NoSuchProfile`] and [`ExplainError::Profile`].
pub fn find_profile(name: Option<&str>) -> Result<Profile, ExplainError> {
    let Some(name) = name else { return Ok(Profile::unprofiled().clone()) };
    if let Some(profile) = Profile::named(name) {
        return Ok(profile.clone());
    }
    let text =
        std::fs::read_to_string(PathBuf::from(name)).map_err(|source| ExplainError::NoSuchProfile {
            name: name.to_owned(),
            known: Profile::builtin().iter().map(Profile::name).collect::<Vec<_>>().join(", "),
            source,
        })?;
    Ok(Profile::parse(&text, name)?)
}

/// Explains the argument or standard input; whether every frame was without a fault.
///
/// # Errors
/// [`ExplainError`] when there is no profile, or nothing can be read or written.
pub fn run(args: &ExplainArgs, input: impl BufRead, output: &mut impl Write) -> Result<bool, ExplainError> {
    let profile = find_profile(args.profile.as_deref())?;
    if let Some(hex) = &args.hex {
        return Ok(explain_line(hex, &profile, args.json, output)?);
    }
    let mut all_well = true;
    let mut lines = Lines { input };
    while let Some(line) = lines.next_line()? {
        if !line.trim().is_empty() {
            all_well &= explain_line(&line, &profile, args.json, output)?;
        }
    }
    Ok(all_well)
}

/// Explains every frame of one line; whether all were without a fault.
fn explain_line(line: &str, profile: &Profile, as_json: bool, output: &mut impl Write) -> io::Result<bool> {
    let bytes = match parse_hex(line) {
        Ok(bytes) => bytes,
        Err(error) if as_json => {
            writeln!(output, "{}", json::unreadable(&error.to_string()))?;
            return Ok(false);
        }
        Err(error) => {
            writeln!(output, "错误 error：{error}\n")?;
            return Ok(false);
        }
    };
    let mut all_well = true;
    for run in runs(&bytes) {
        let explained = explain(run, profile);
        all_well &= explained.faults.is_empty();
        if as_json {
            writeln!(output, "{}", json::object(&explained, profile))?;
        } else {
            writeln!(output, "{}", text::page(&explained, profile))?;
        }
    }
    Ok(all_well)
}

/// Lines of bounded length; bytes that are no UTF-8 become U+FFFD, which is no digit.
struct Lines<R> {
    input: R,
}

impl<R: BufRead> Lines<R> {
    /// The next line, or its first [`LINE_BYTES_MAX`] bytes and one more, which is refused as too long.
    fn next_line(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        let limit = LINE_BYTES_MAX as u64 + 1;
        if io::Read::take(&mut self.input, limit).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        if line.len() > LINE_BYTES_MAX {
            self.pass_over_line()?;
        }
        Ok(Some(String::from_utf8_lossy(&line).into_owned()))
    }

    fn pass_over_line(&mut self) -> io::Result<()> {
        loop {
            let held = self.input.fill_buf()?;
            let end = held.iter().position(|byte| *byte == b'\n');
            let passed = end.map_or(held.len(), |end| end + 1);
            let is_over = end.is_some() || held.is_empty();
            self.input.consume(passed);
            if is_over {
                return Ok(());
            }
        }
    }
}
