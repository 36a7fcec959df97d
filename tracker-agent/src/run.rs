//! The commands of the program that read the sources for good: `run`, `sample`.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use domain::Timestamp;
use domain::report_line::to_line;
use tokio::sync::{mpsc, watch};
use tokio::time::{Interval, MissedTickBehavior, interval, sleep};

use crate::clock::SteadyClock;
use crate::config::{Config, ConfigError, SourceConfig};
use crate::desk::{Desk, Live, counted};
use crate::disk::Disk;
use crate::pipeline::{Pipeline, PipelineCounters};
use crate::receivers::ReceiverKind;
use crate::record::Record;
use crate::service::Service;
use crate::signals::watch::SignalEvent;
use crate::source::{self, Chunk, SourceError, Sources};
use crate::spool::{SharedSpool, Spool, SpoolError};
use crate::status::{self, Fact};
use crate::uplink::{Uplink, UplinkError};

/// Chunks taken before what they gave is committed together.
const GROUP_CHUNKS_MAX: usize = 256;
const COUNTERS_EVERY: Duration = Duration::from_secs(60);
/// How often what there is to see is shown, and the sign of life given.
const SHOW_EVERY: Duration = Duration::from_secs(1);
/// How often it is looked whether everything was sent, beside the platform's word.
const DRAINED_EVERY: Duration = Duration::from_secs(1);
/// How long the uplink may take to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);

/// Why a command ends with a failure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A source cannot be used.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The spool cannot be used.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// The way to the platform cannot be used as configured.
    #[error(transparent)]
    Uplink(#[from] UplinkError),
    /// The status page cannot be served.
    #[error("cannot serve the status page at {address}: use another port in [status] listen, or none")]
    Status {
        /// Where.
        address: std::net::SocketAddr,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Nobody reads the output.
    #[error("cannot write to the output")]
    Output(#[source] std::io::Error),
    /// The system gives no signals.
    #[error("cannot listen for the signal to stop")]
    Signal(#[source] std::io::Error),
}

/// What the command line may ask of [`run`].
#[derive(Debug, Clone, Copy, Default)]
pub struct RunOptions {
    /// End when the standard input does too: how a program that started this one takes it along, however it ends itself.
    pub until_stdin_closes: bool,
    /// Replay a recording at this speed instead of the configured one; 0 is as fast as it is read.
    pub speed: Option<f64>,
}

/// Why the sources are read no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// A recording is at its end.
    Recording,
    /// A person or the system asked for it.
    Stopped,
}

/// Tracks the truck: sources to spool to platform. With a live source until a signal; with a recording until the
/// platform has everything.
pub async fn run(config_path: &Path, options: RunOptions) -> Result<(), RunError> {
    let mut config = Config::read(config_path)?;
    if let Some(speed) = options.speed {
        config.replay_at(speed);
    }
    let mut stop = stop_signal(options.until_stdin_closes)?;
    let spool = Arc::new(SharedSpool::new(Spool::open(&config.spool_directory, config.spool)?));
    let clock = SteadyClock::start();
    let live = watch::Sender::new(Live::default());
    let uplink = Uplink::new(&config, Arc::clone(&spool), clock, live.subscribe())?;
    let mut desk = Desk::new(uplink.wishes(), live.clone(), Service::from_environment());
    let uplink_counters = uplink.counters();
    let (stop_uplink, uplink_stops) = watch::channel(false);
    let sending = tokio::spawn(uplink.run(uplink_stops));

    let disk = Arc::new(Disk::new(Arc::clone(&spool), clock));
    let keeping = Arc::clone(&disk);
    let keeping = tokio::spawn(async move { keeping.run().await });
    let showing = match config.status {
        None => None,
        Some(address) => {
            let sources = status::Sources {
                facts: facts(&config),
                live: live.subscribe(),
                spool: Arc::clone(&spool),
                disk: Arc::clone(&disk),
                uplink: Arc::clone(&uplink_counters),
                clock,
            };
            let bound = tokio::net::TcpListener::bind(address).await;
            let listener = bound.map_err(|source| RunError::Status { address, source })?;
            Some(tokio::spawn(status::serve(listener, sources)))
        }
    };
    let log = |counters: &PipelineCounters| {
        let uplink = counted(&uplink_counters);
        let spooled = *spool.lock().counters();
        tracing::info!(pipeline = ?counters, spool = ?spooled, ?uplink, "counters");
    };
    let keep = |records: Vec<Record>| {
        disk.store(&records);
        Ok(())
    };
    let (ended, counters) = feed(&config, keep, log, &mut stop, Some(&mut desk)).await?;
    desk.stopping();
    if ended == Ended::Recording {
        tracing::info!("the recording is at its end; waiting for the platform to acknowledge what is left");
        disk.close();
        until_drained(&spool, &mut stop).await;
    }
    disk.close();
    if let Some(showing) = showing {
        showing.abort();
    }
    // Both fail only if the uplink is gone already, and then there is nothing to wait for.
    let _told = stop_uplink.send(true);
    let _stopped = tokio::time::timeout(STOP_TIMEOUT, sending).await;
    keeping.abort();
    let _aborted = keeping.await;
    // What the platform acknowledged last.
    disk.close();
    log(&counters);
    Ok(())
}

/// Prints every report the sampler chooses as a line of the replay contract, until the sources end.
pub async fn sample(config_path: &Path, mut out: impl Write) -> Result<(), RunError> {
    let config = Config::read(config_path)?;
    let mut stop = stop_signal(false)?;
    let print = |records: Vec<Record>| {
        for report in records.iter().flat_map(Record::reports) {
            writeln!(out, "{}", to_line(&report)).map_err(RunError::Output)?;
        }
        out.flush().map_err(RunError::Output)
    };
    let log = |counters: &PipelineCounters| tracing::info!(pipeline = ?counters, "counters");
    let (_ended, counters) = feed(&config, print, log, &mut stop, None).await?;
    log(&counters);
    Ok(())
}

/// What the status page says that never changes.
fn facts(config: &Config) -> Vec<Fact> {
    let fact = |name: &str, text: String| Fact { name: name.to_owned(), text };
    let tls = if config.link.tls.is_some() { "TLS" } else { "无加密 without TLS" };
    let mut facts = vec![
        fact("车牌 plate", config.plate.to_string()),
        fact("终端 terminal", config.terminal.to_string()),
        fact("平台 platform", format!("{} {tls}", config.link.address)),
        fact("RFID", config.rfid.as_ref().map_or_else(|| "无 none".into(), |rfid| format!("{rfid:?}"))),
    ];
    facts.extend(config.receivers.iter().map(|receiver| fact("接收机 receiver", format!("{receiver:?}"))));
    facts
}

/// Reads the sources into `take` until a recording ends or `stop` holds true.
async fn feed(
    config: &Config,
    mut take: impl FnMut(Vec<Record>) -> Result<(), RunError>,
    log: impl Fn(&PipelineCounters),
    stop: &mut watch::Receiver<bool>,
    mut desk: Option<&mut Desk>,
) -> Result<(Ended, PipelineCounters), RunError> {
    let kinds: Vec<ReceiverKind> = config.receivers.iter().map(SourceConfig::receiver_kind).collect();
    let mut pipeline = Pipeline::with_receivers(config.pipeline(), &kinds);
    let mut receivers = Sources::start(&config.receivers).await?;
    let mut rfid = match &config.rfid {
        Some(rfid) => Some(source::start_reader(rfid.clone(), &config.rfid_reader).await?),
        None => None,
    };
    let mut signals = watch_signals(config);
    // One that is never set: what the satellites' time is carried on by between fixes.
    let clock = SteadyClock::start();
    let mut log_counters = interval(COUNTERS_EVERY);
    log_counters.tick().await;
    let mut show = interval(SHOW_EVERY);
    show.set_missed_tick_behavior(MissedTickBehavior::Delay);
    if let Some(desk) = &mut desk {
        desk.instruct(&mut pipeline);
        desk.ready();
    }
    loop {
        let mut recording_ended = false;
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return Ok((Ended::Stopped, pipeline.counters())),
            _ = log_counters.tick() => {
                tracing::info!(receivers = ?receivers.counters(), "counters of the receivers' lines");
                log(&pipeline.counters());
            }
            desk = desk_turn(&mut desk, &mut show) => match desk {
                DeskTurn::Show(desk) => desk.show(&pipeline),
                DeskTurn::Instruct(desk) => desk.instruct(&mut pipeline),
            },
            () = until(&clock, pipeline.poll_timeout()) => pipeline.handle_timeout(clock.now()),
            chunk = next_chunk(&mut rfid) => {
                match chunk {
                    Chunk::Bytes(bytes) => pipeline.handle_rfid(&bytes, clock.now()),
                    Chunk::Tags(tags) => pipeline.handle_tags(tags, clock.now()),
                    Chunk::Interrupted | Chunk::Ended => pipeline.handle_rfid_end(),
                }
            }
            event = next_signal(&mut signals) => pipeline.handle_signal(event.index, event.input, clock.now()),
            (index, chunk) = receivers.next() => {
                recording_ended = handle_receiver(&mut pipeline, index, chunk, clock.now());
                for _ in 1..GROUP_CHUNKS_MAX {
                    let there = if recording_ended { None } else { receivers.try_next() };
                    let Some((index, chunk)) = there else { break };
                    recording_ended = handle_receiver(&mut pipeline, index, chunk, clock.now());
                }
            }
        }
        let records: Vec<Record> = std::iter::from_fn(|| pipeline.poll_record()).collect();
        if !records.is_empty() {
            take(records)?;
        }
        if recording_ended {
            return Ok((Ended::Recording, pipeline.counters()));
        }
    }
}

/// Whether it was the last chunk of a recording.
fn handle_receiver(pipeline: &mut Pipeline, index: usize, chunk: Chunk, now: Timestamp) -> bool {
    match chunk {
        Chunk::Bytes(bytes) => {
            pipeline.handle_receiver(index, &bytes, now);
            false
        }
        // Of RFID readers only.
        Chunk::Tags(_) => false,
        Chunk::Interrupted => {
            pipeline.handle_receiver_end(index, now);
            false
        }
        Chunk::Ended => {
            pipeline.handle_receiver_end(index, now);
            true
        }
    }
}

async fn next_chunk(source: &mut Option<mpsc::Receiver<Chunk>>) -> Chunk {
    if let Some(receiver) = source
        && let Some(chunk) = receiver.recv().await
    {
        return chunk;
    }
    std::future::pending().await
}

/// None without signals: a receiver of nothing would always be at its end.
fn watch_signals(config: &Config) -> Option<mpsc::Receiver<SignalEvent>> {
    let signals = &config.body.signals;
    (!signals.is_empty()).then(|| crate::signals::watch::start(signals))
}

async fn next_signal(source: &mut Option<mpsc::Receiver<SignalEvent>>) -> SignalEvent {
    if let Some(receiver) = source
        && let Some(event) = receiver.recv().await
    {
        return event;
    }
    std::future::pending().await
}

enum DeskTurn<'a> {
    Show(&'a mut Desk),
    Instruct(&'a mut Desk),
}

async fn desk_turn<'a>(desk: &'a mut Option<&mut Desk>, show: &mut Interval) -> DeskTurn<'a> {
    let Some(desk) = desk else { return std::future::pending().await };
    let shown = tokio::select! {
        _ = show.tick() => true,
        () = desk.until_wished() => false,
    };
    if shown { DeskTurn::Show(desk) } else { DeskTurn::Instruct(desk) }
}

async fn until(clock: &SteadyClock, due: Option<Timestamp>) {
    match due {
        Some(due) => sleep(clock.until(due)).await,
        None => std::future::pending().await,
    }
}

async fn until_drained(spool: &SharedSpool, stop: &mut watch::Receiver<bool>) {
    while !spool.lock().is_drained() {
        tokio::select! {
            () = spool.until_acknowledged() => {}
            () = sleep(DRAINED_EVERY) => spool.send_now(),
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Holds true once the program is asked to stop: ctrl-c or SIGTERM.
fn stop_signal(until_stdin_closes: bool) -> Result<watch::Receiver<bool>, RunError> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).map_err(RunError::Signal)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(RunError::Signal)?;
    let (sender, receiver) = watch::channel(false);
    let (input_open, mut input) = watch::channel(());
    if until_stdin_closes {
        // A thread of its own: a blocking read of the standard input would hold up the end of the runtime.
        std::thread::spawn(move || {
            // Whether it ends or breaks is the same: nobody holds the other end.
            let _read = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
            let _told = input_open.send(());
        });
    }
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            // Without the thread above the sender is gone, which is no change.
            Ok(()) = input.changed() => {}
        }
        tracing::info!("asked to stop");
        // Nobody left to tell: the program is at its end anyway.
        let _told = sender.send(true);
    });
    Ok(receiver)
}
