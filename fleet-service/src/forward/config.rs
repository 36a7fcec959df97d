//! The file given with `serve --forward`; docs/forwarding.md shows one with every field.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use wire::jt809::{Cipher, Edition, Password};
use wire::text::Padded;

use crate::peer::{PeerAddress, PeerFileError, PeerName, read_file};

/// Most superior platforms.
pub const TARGETS_MAX: usize = 16;
/// Bytes of a platform's number, and of a maker's.
const NUMBER_BYTES: usize = 11;
/// Longest host told to the superior platform.
const HOST_BYTES_MAX: usize = 32;
/// Longest password file read.
const PASSWORD_FILE_BYTES_MAX: u64 = 256;

/// Where a platform configured for the first time begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// With what is reported from now on.
    #[default]
    Now,
    /// With everything stored.
    Beginning,
}

/// One superior platform.
#[derive(Debug, Clone)]
pub struct TargetConfig {
    /// What it is called; names its cursor.
    pub name: PeerName,
    /// Which text of the standard it follows.
    pub edition: Edition,
    /// Version in the header.
    pub version: [u8; 3],
    /// Where it takes the main link.
    pub address: PeerAddress,
    /// This platform's access code there.
    pub access_code: u32,
    /// User number and password.
    pub user: u32,
    /// As above.
    pub password: Password,
    /// This platform's number.
    pub platform: Padded,
    /// Where its call back is taken.
    pub sub_listen: SocketAddr,
    /// Where it is told to call back.
    pub sub_host: String,
    /// As above.
    pub sub_port: u16,
    /// Enciphers bodies when given.
    pub cipher: Option<Cipher>,
    /// Where to begin.
    pub start: Start,
    /// Maker and model told of every terminal.
    pub maker: String,
    /// As above.
    pub model: String,
    /// Division the trucks are registered in (GB/T 2260), told as their nationality.
    pub adcode: String,
    /// How often arrival is proven while something is under way, s.
    pub prove_s: u32,
}

/// Every superior platform.
#[derive(Debug, Clone, Default)]
pub struct ForwardConfig {
    /// In the order of the file.
    pub targets: Vec<TargetConfig>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "target")]
    targets: Vec<Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: PeerName,
    edition: u16,
    version: Option<[u8; 3]>,
    address: PeerAddress,
    access_code: u32,
    user: u32,
    password_file: PathBuf,
    platform: String,
    sub_listen: SocketAddr,
    sub_host: String,
    sub_port: Option<u16>,
    cipher: Option<CipherTable>,
    #[serde(default)]
    from: Start,
    #[serde(default)]
    maker: String,
    #[serde(default)]
    model: String,
    #[serde(default)]
    adcode: String,
    #[serde(default = "prove_default_s")]
    prove_s: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CipherTable {
    m1: u32,
    ia1: u32,
    ic1: u32,
}

fn prove_default_s() -> u32 {
    10
}

impl ForwardConfig {
    /// Reads and checks a file and the password files it names.
    ///
    /// # Errors
    /// [`PeerFileError`] that names the file and what to change.
    pub fn read(path: &Path) -> Result<Self, PeerFileError> {
        let file: File = read_file(path, "--forward")?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let value = |problem| PeerFileError::Value { path: path.to_owned(), problem };
        if file.targets.len() > TARGETS_MAX {
            let problem =
                format!("{} targets are given, at most {TARGETS_MAX} are taken", file.targets.len());
            return Err(value(problem));
        }
        let mut targets: Vec<TargetConfig> = Vec::with_capacity(file.targets.len());
        for table in file.targets {
            if targets.iter().any(|target| target.name == table.name) {
                return Err(value(format!("two targets are called {}: give each its own name", table.name)));
            }
            let name = table.name.clone();
            targets
                .push(target(table, folder).map_err(|problem| value(format!("target {name}: {problem}")))?);
        }
        Ok(Self { targets })
    }
}

fn target(table: Table, folder: &Path) -> Result<TargetConfig, String> {
    let edition = match table.edition {
        2011 => Edition::V2011,
        2019 => Edition::V2019,
        other => return Err(format!("edition {other} is unknown: 2011 and 2019 are spoken")),
    };
    let number = |what: &str, text: &str| {
        if text.len() <= NUMBER_BYTES && text.is_ascii() {
            Padded::from_text(text, NUMBER_BYTES).map_err(|error| error.to_string())
        } else {
            Err(format!("{what} {text:?} has more than {NUMBER_BYTES} ASCII characters"))
        }
    };
    let platform = number("platform", &table.platform)?;
    number("maker", &table.maker)?;
    if table.sub_host.len() > HOST_BYTES_MAX || table.sub_host.is_empty() || !table.sub_host.is_ascii() {
        return Err(format!("sub_host {:?} is no host of 1 to {HOST_BYTES_MAX} characters", table.sub_host));
    }
    if !(1..=60).contains(&table.prove_s) {
        return Err(format!("prove_s {} is out of range: 1 to 60", table.prove_s));
    }
    Ok(TargetConfig {
        edition,
        version: table.version.unwrap_or([1, 0, 0]),
        address: table.address,
        access_code: table.access_code,
        user: table.user,
        password: read_password(&folder.join(table.password_file))?,
        platform,
        sub_port: table.sub_port.unwrap_or(table.sub_listen.port()),
        sub_listen: table.sub_listen,
        sub_host: table.sub_host,
        cipher: table.cipher.map(|c| Cipher { m1: c.m1, ia1: c.ia1, ic1: c.ic1 }),
        start: table.from,
        maker: table.maker,
        model: table.model,
        adcode: table.adcode,
        prove_s: table.prove_s,
        name: table.name,
    })
}

fn read_password(path: &Path) -> Result<Password, String> {
    let told = |reason: String| format!("password_file {}: {reason}", path.display());
    let bytes = std::fs::metadata(path).map_err(|error| told(error.to_string()))?.len();
    if bytes > PASSWORD_FILE_BYTES_MAX {
        return Err(told(format!("{bytes} bytes are too many for a password")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| told(error.to_string()))?;
    text.trim().parse().map_err(|error: wire::jt809::message::PasswordError| told(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "[[target]]\nname = \"省平台\"\nedition = 2019\naddress = \"10.9.0.1:9000\"\naccess_code = 41018300\n\
        user = 20180920\npassword_file = \"pw\"\nplatform = \"41018300001\"\nsub_listen = \"0.0.0.0:8809\"\nsub_host = \"10.1.2.3\"\n";

    fn read(text: &str) -> Result<ForwardConfig, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("pw"), "20180920\n").unwrap();
        let path = folder.path().join("forward.toml");
        std::fs::write(&path, text).unwrap();
        ForwardConfig::read(&path).map_err(|error| crate::sentence(&error))
    }

    #[test]
    fn a_target_needs_little_and_may_say_more() {
        let config = read(WHOLE).unwrap();
        let [target] = config.targets.as_slice() else { panic!() };
        assert_eq!((target.edition, target.sub_port, target.start), (Edition::V2019, 8809, Start::Now));
        assert_eq!(target.password, "20180920".parse().unwrap());
        let more =
            format!("{WHOLE}from = \"beginning\"\nsub_port = 9\ncipher = {{ m1 = 1, ia1 = 2, ic1 = 3 }}\n");
        let config = read(&more).unwrap();
        assert_eq!((config.targets[0].sub_port, config.targets[0].start), (9, Start::Beginning));
        assert!(config.targets[0].cipher.is_some());
    }

    #[test]
    fn what_cannot_be_is_refused_with_what_to_change() {
        for (text, expected) in [
            (WHOLE.replace("2019", "2020"), "edition 2020"),
            (WHOLE.replace("\"pw\"", "\"none\""), "password_file"),
            (WHOLE.replace("41018300001", "410183000011"), "more than 11"),
            (WHOLE.replace("10.1.2.3", ""), "sub_host"),
            (format!("{WHOLE}prove_s = 0"), "out of range"),
            (format!("{WHOLE}colour = 1"), "unknown field"),
            (format!("{WHOLE}{WHOLE}"), "two targets"),
        ] {
            let said = read(&text).unwrap_err();
            assert!(said.contains(expected), "{text}: {said}");
        }
    }
}
