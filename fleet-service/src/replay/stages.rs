//! How far a replay is, shown on standard error when that is a terminal.

use indicatif::{ProgressBar, ProgressStyle};

use super::clock::Stopwatch;

/// What a replay is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Reading,
    Judging,
    Writing,
}

impl Stage {
    const COUNT: usize = 3;

    fn words(self) -> &'static str {
        match self {
            Self::Reading => "读取 reading",
            Self::Judging => "判定 judging",
            Self::Writing => "写出 writing",
        }
    }
}

/// The bar, and how long each stage took.
pub(super) struct Stages {
    bar: ProgressBar,
    watch: Stopwatch,
    seconds: [f64; Stage::COUNT],
    now: Option<(Stage, f64)>,
}

impl Stages {
    pub(super) fn new() -> Self {
        // Hidden by itself when standard error is no terminal.
        Self { bar: ProgressBar::new(0), watch: Stopwatch::start(), seconds: [0.0; Stage::COUNT], now: None }
    }

    /// Begins a stage of `total` bytes to read, partitions to judge or files to write.
    pub(super) fn begin(&mut self, stage: Stage, total: u64) {
        self.end();
        self.now = Some((stage, self.watch.seconds()));
        let template = match stage {
            Stage::Reading => "{msg} {bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}",
            Stage::Judging | Stage::Writing => "{msg} {bar:40} {percent} % {eta}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
        self.bar.reset();
        self.bar.set_length(total);
        self.bar.set_message(stage.words());
    }

    /// So much more of the stage is done.
    pub(super) fn advance(&self, by: u64) {
        self.bar.inc(by);
    }

    /// Ends the stage begun last and takes the bar away.
    pub(super) fn end(&mut self) {
        if let Some((stage, since)) = self.now.take() {
            self.seconds[stage as usize] += self.watch.seconds() - since;
        }
        self.bar.finish_and_clear();
    }

    /// Seconds a stage took so far.
    pub(super) fn seconds_of(&self, stage: Stage) -> f64 {
        self.seconds[stage as usize]
    }

    /// Seconds since the replay began.
    pub(super) fn seconds(&self) -> f64 {
        self.watch.seconds()
    }
}
