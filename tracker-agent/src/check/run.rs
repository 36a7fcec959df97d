//! The command: watches, knocks, looks at the disk, and tells.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use super::{DiskSeen, Observations, Verdict, findings, platform, watch};
use crate::config::{Config, ConfigError};
use crate::date::DatePolicy;
use crate::source::SourceError;
use crate::spool::SpoolError;

/// Why nothing can be told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A source cannot be used.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The kept authentication code cannot be read or written.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// Nobody reads the output.
    #[error("cannot write to the output")]
    Output(#[source] std::io::Error),
}

/// Says what a configuration will do and, after `seconds`, what is connected; whether nothing is missing. The agent itself
/// must not run meanwhile: a serial port has one reader, and a platform one session of a terminal.
pub async fn check(config_path: &Path, seconds: u32, mut out: impl Write) -> Result<bool, CheckError> {
    let config = Config::read(config_path)?;
    let period = Duration::from_secs(seconds.into());
    let mut print = |text: String| writeln!(out, "{text}").map_err(CheckError::Output);
    for line in describe(&config) {
        print(line)?;
    }
    print(format!("\n正在检查，最多 {seconds} 秒…… / Watching for {seconds} s at most …\n"))?;
    // Before the platform is asked: a code it gives needs the folder.
    let disk = look_at_disk(&config);
    let (watched, platform) = tokio::join!(watch::watch(&config, period), platform::probe(&config, period));
    let watched = watched?;
    let seen = Observations {
        seconds,
        receivers: watched.receivers,
        rfid: watched.rfid,
        signals: watched.signals,
        platform: platform?,
        disk,
    };
    let told = findings(&seen);
    for finding in &told {
        print(finding.to_string())?;
    }
    let missing = told.iter().filter(|finding| finding.verdict == Verdict::Missing).count();
    print(match missing {
        0 => "\n全部正常。 / Nothing is missing.".into(),
        _ => format!("\n有 {missing} 项缺失，见上。 / {missing} things are missing, see above."),
    })?;
    Ok(missing == 0)
}

/// What a configuration will do.
fn describe(config: &Config) -> Vec<String> {
    let sampler = &config.sampler;
    let dates = match config.dates {
        DatePolicy::Live => "old dates are mended by 1,024 weeks where that explains them, else refused",
        DatePolicy::AsRecorded => "the recording's own, however old",
    };
    let rfid = config.rfid.as_ref().map_or_else(
        || "none".into(),
        |reader| format!("{}, family {}", reader, config.rfid_reader.family.name()),
    );
    let truck = format!("{} ({}), terminal {}", config.plate, config.plate_colour.name(), config.terminal);
    let reports = format!(
        "every {} s moving, {} s standing (to {} km/h), {}{} degrees of turn, and every change of state",
        sampler.interval_moving_s,
        sampler.interval_parked_s,
        sampler.parked_speed_kmh,
        sampler.distance_m.map_or(String::new(), |distance_m| format!("{distance_m} m, ")),
        sampler.turn_deg
    );
    let spool = format!(
        "{}, at most {} bytes and {} days",
        config.spool_directory.display(),
        config.spool.bytes_max,
        config.spool.days_max
    );
    let mut lines = vec![("车辆 truck", truck), ("平台 platform", config.link.address.clone())];
    lines.extend(config.receivers.iter().map(|source| ("接收机 receiver", source.to_string())));
    lines.push(("RFID", rfid));
    lines.extend(config.body.signals.iter().map(|signal| ("信号 signal", signal.to_string())));
    lines.extend([("日期 dates", dates.into()), ("上报 reports", reports), ("待发 spool", spool)]);
    lines.into_iter().map(|(name, text)| format!("{name}: {text}")).collect()
}

fn look_at_disk(config: &Config) -> DiskSeen {
    let folder = &config.spool_directory;
    let problem = try_to_write(folder).err().map(|error| error.to_string());
    let free_bytes = rustix::fs::statvfs(folder).ok().map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize));
    let wanted_bytes = config.spool.bytes_max.saturating_sub(bytes_in(folder));
    DiskSeen { directory: folder.display().to_string(), problem, free_bytes, wanted_bytes }
}

fn try_to_write(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let probe = folder.join("check.probe");
    std::fs::write(&probe, b"tracker-agent check")?;
    std::fs::remove_file(probe)
}

/// What lies in a folder; what cannot be read counts nothing.
fn bytes_in(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    entries.flatten().filter_map(|entry| entry.metadata().ok()).map(|meta| meta.len()).sum()
}
