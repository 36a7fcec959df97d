//! Every count as Prometheus text. Each starts with `mucktrail_`; counters end in `_total` and restart with the service.

use std::fmt::Write as _;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Api, feed_metrics, peer_metrics, street_metrics};
use crate::clock;
use crate::store::StoreError;

#[derive(Default)]
pub(super) struct Text(String);

impl Text {
    pub(super) fn put(&mut self, kind: &str, name: &str, help: &str, values: &[(String, u64)]) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "# HELP mucktrail_{name} {help}\n# TYPE mucktrail_{name} {kind}");
        for (label, value) in values {
            let _ = writeln!(self.0, "mucktrail_{name}{label} {value}");
        }
    }

    pub(super) fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.put("counter", name, help, &[(String::new(), value)]);
    }

    #[cfg(test)]
    pub(super) fn finished(self) -> String {
        self.0
    }

    pub(super) fn gauge(&mut self, name: &str, help: &str, value: u64) {
        self.put("gauge", name, help, &[(String::new(), value)]);
    }
}

pub(super) fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

/// Files taken and refused.
fn attachments(text: &mut Text) {
    let (stored, refused) = crate::attachments::counts();
    text.counter("attachments_stored_total", "Attached files taken.", stored);
    text.counter("attachments_refused_total", "Attached files refused.", refused);
}

fn history(text: &mut Text, api: &Api, log_end: u64) {
    let counters = api.history.counters();
    text.gauge("history_position", "Last log position in stored history.", read(&counters.followed));
    text.gauge(
        "history_lag_positions",
        "Log positions not in stored history yet; readers see them all the same.",
        log_end.saturating_sub(read(&counters.followed)),
    );
    text.gauge("history_waiting_reports", "Reports in memory for history.", api.history.waiting() as u64);
    for (name, help, counter) in [
        ("history_reports_total", "Reports followed for history.", &counters.reports),
        ("history_hours_written_total", "Truck-hours written.", &counters.chunks),
        ("history_days_written_total", "Truck-days written.", &counters.days),
        ("history_deleted_total", "Truck-days deleted because they are kept no more.", &counters.deleted),
        ("history_too_old_total", "Reports of days kept no more.", &counters.too_old),
        ("history_cut_total", "Reports left out because their truck-day is full.", &counters.cut),
        ("history_damaged_total", "Chunks that could not be read.", &counters.damaged),
        ("history_failures_total", "Steps that failed and were tried again.", &counters.failures),
    ] {
        text.counter(name, help, read(counter));
    }
}

/// The whole text.
pub(super) async fn text(api: &Api) -> Result<String, StoreError> {
    let mut text = Text::default();
    let log = api.log.counters();
    let (position, stored) = api.store.log_extent().await?;
    text.counter("reports_stored_total", "Reports newly stored since the start.", read(&log.stored));
    text.counter("reports_duplicate_total", "Reports that were stored before.", read(&log.duplicates));
    text.counter("log_commits_total", "Group commits of the report log.", read(&log.commits));
    text.counter(
        "log_commit_failures_total",
        "Commits that failed and were tried again.",
        read(&log.commit_failures),
    );
    text.gauge("log_reports", "Reports in the log.", stored);
    text.gauge("log_position", "Last position of the log.", position);

    history(&mut text, api, position);
    attachments(&mut text);
    let progress = api.live.progress();
    text.gauge(
        "judged_position",
        "Last log position the findings account for.",
        read(&progress.judged_position),
    );
    text.counter(
        "verdict_changes_total",
        "Violations and hauls opened, amended or withdrawn.",
        read(&progress.changes),
    );
    judge(&mut text, api);

    let gateway: Vec<(String, u64)> = api
        .sessions
        .totals()
        .all()
        .into_iter()
        .map(|(name, value)| (format!("{{what=\"{name}\"}}"), value))
        .collect();
    text.put("counter", "gateway_total", "What the gateway counted.", &gateway);
    let lost = api.sessions.totals().records_lost.all();
    let lost: Vec<(String, u64)> =
        lost.map(|(cause, records)| (format!("{{cause=\"{}\"}}", cause.word()), records)).collect();
    text.put("counter", "truck_reports_lost_total", "Records trucks made and lost, as they tell.", &lost);
    text.gauge("gateway_sessions", "Sessions open now, authenticated or not.", api.sessions.open() as u64);
    text.gauge("gateway_terminals", "Terminals authenticated now.", api.sessions.terminals() as u64);

    peer_metrics::readers(&mut text, &api.readers);
    #[cfg(feature = "jt809")]
    peer_metrics::forwarding(&mut text, api, position).await?;
    site_devices(&mut text, api);
    handover(&mut text, api);
    people(&mut text, api);
    street_metrics::write(&mut text, api);
    let states = api.store.command_counts().await?;
    let states: Vec<_> =
        states.into_iter().map(|(state, count)| (format!("{{state=\"{state}\"}}"), count)).collect();
    text.put("gauge", "commands", "Commands to terminals by state.", &states);

    let counts = api.store.clue_counts().await?;
    let clues = [
        ("pending", counts.pending),
        ("confirmed", counts.confirmed),
        ("rejected", counts.rejected),
        ("withdrawn", counts.withdrawn),
    ]
    .map(|(state, count)| (format!("{{state=\"{state}\"}}"), count));
    text.put("gauge", "clues", "Clues by state.", &clues);
    text.gauge("listed", "Companies on the black list.", api.store.listings().await?.len() as u64);
    feed_metrics::push(&mut text, api).await?;
    super::door::metrics(&mut text, api);
    text.gauge("event_streams", "Pages that listen to live events.", api.live.bulletin.pages() as u64);
    Ok(text.0)
}

fn judge(text: &mut Text, api: &Api) {
    let counters = api.live.progress().counters.lock().unwrap_or_else(PoisonError::into_inner).clone();
    text.counter(
        "judge_reports_total",
        "Reports judged since the start, the refold included.",
        counters.reports,
    );
    text.counter("judge_duplicates_total", "Reports judged before.", counters.duplicates);
    text.counter("judge_unknown_plate_total", "Reports of plates no register knows.", counters.unknown_plate);
    text.counter("judge_late_total", "Reports older than the newest of their truck.", counters.late);
    text.counter(
        "judge_rewinds_total",
        "Times a truck was folded again from a checkpoint.",
        counters.rewinds,
    );
    text.counter("judge_rewind_steps_total", "Reports folded again.", counters.rewind_steps);
    let set_aside: Vec<(String, u64)> = counters
        .set_aside
        .iter()
        .map(|(reason, count)| {
            let word = serde_json::to_value(reason).ok().and_then(|v| v.as_str().map(str::to_owned));
            (format!("{{reason=\"{}\"}}", word.unwrap_or_default()), *count)
        })
        .collect();
    text.put("counter", "judge_set_aside_total", "Reports that take no part in the verdicts.", &set_aside);
    let forgotten = ["SE-02", "TM-01", "TM-02", "TR-04"].map(|rule| {
        let count = counters.forgotten.get(rule).copied().unwrap_or(0);
        (format!("{{rule=\"{rule}\"}}"), count)
    });
    text.put(
        "counter",
        "judge_forgotten_total",
        "What rules forgot because a bounded memory of a truck was full.",
        &forgotten,
    );
}

fn site_devices(text: &mut Text, api: &Api) {
    let counters = api.site_desk.counters();
    let what: Vec<(String, u64)> =
        counters.all().into_iter().map(|(name, value)| (format!("{{what=\"{name}\"}}"), value)).collect();
    text.put("counter", "site_devices_total", "What was counted of devices fixed at sites.", &what);
    let refused: Vec<(String, u64)> = counters
        .refused()
        .into_iter()
        .map(|(code, count)| (format!("{{reason=\"{}\"}}", code.word()), count))
        .collect();
    text.put("counter", "site_lines_refused_total", "Lines of site devices that were refused.", &refused);
}

fn people(text: &mut Text, api: &Api) {
    let what: Vec<(String, u64)> = api
        .people
        .counts()
        .into_iter()
        .map(|(name, value)| (format!("{{what=\"{name}\"}}"), value))
        .collect();
    text.put("counter", "sign_ins_total", "What was counted of people signing in.", &what);
    text.gauge(
        "sign_in_names_locked",
        "Names locked after failed sign-ins.",
        api.people.locked(clock::now()),
    );
}

fn handover(text: &mut Text, api: &Api) {
    let counters = api.handover.counters().all();
    let what: Vec<(String, u64)> =
        counters.into_iter().map(|(name, value)| (format!("{{what=\"{name}\"}}"), value)).collect();
    text.put("counter", "handover_total", "What was counted of platforms that hand over reports.", &what);
}
