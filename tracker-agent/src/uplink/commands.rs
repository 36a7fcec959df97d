//! What the platform asks and sets, answered.

use wire::area::AreaShape;
use wire::attributes::Attributes;
use wire::message::AnswerResult;
use wire::text::Padded;
use wire::{AreaChange, TerminalEvent};

use super::{MAKER, MODEL, SOFTWARE, Uplink};
use crate::kept::KeepError;

/// 0x0107, bit 2: freight.
const KIND_FREIGHT: u16 = 1 << 2;
/// Widths of maker, model and terminal in a 0x0107 of 2019.
const MAKER_BYTES: usize = 5;
const MODEL_BYTES: usize = 30;
const TERMINAL_BYTES: usize = 30;

impl Uplink {
    /// Does what the platform asks, as far as this agent can, and answers. Every event with an `ask` is answered.
    pub(super) fn handle_command(&mut self, event: TerminalEvent) {
        let Some(ask) = event.ask() else { return };
        let now = self.clock.now();
        let result = match event {
            TerminalEvent::SetParameters { parameters, .. } => {
                let set = self.orders.set_parameters(&parameters);
                self.kept(set, "parameters")
            }
            TerminalEvent::Areas { change, .. } => {
                let changed = self.orders.change_areas(&change);
                self.kept(changed, area_word(&change))
            }
            TerminalEvent::Track { interval_s, validity_s, .. } => {
                tracing::info!(interval_s, validity_s, "the platform asks for closer reports for a while");
                self.orders.track(interval_s, validity_s, now);
                AnswerResult::Ok
            }
            TerminalEvent::QueryParameters { ids, .. } => {
                let parameters = self.orders.parameters(ids.as_deref());
                return self.terminal.answer_parameters(ask, parameters, now);
            }
            TerminalEvent::QueryAttributes { .. } => match self.attributes() {
                Some(attributes) => return self.terminal.answer_attributes(ask, attributes, now),
                None => AnswerResult::Fail,
            },
            TerminalEvent::QueryLocation { .. } => {
                let latest = self.live.borrow().latest.clone();
                match latest {
                    Some(record) => {
                        let location = record.location(&mut Vec::new());
                        return self.terminal.answer_location(ask, location, now);
                    }
                    None => AnswerResult::Fail,
                }
            }
            // An alarm here stands as long as what raises it.
            TerminalEvent::ConfirmAlarm { .. } => AnswerResult::Ok,
            TerminalEvent::Text { text, .. } => {
                tracing::info!(text, "the platform sends a text");
                self.count(|counters| counters.texts += 1);
                AnswerResult::Ok
            }
            _ => AnswerResult::Unsupported,
        };
        self.wishes_changed();
        self.terminal.answer(ask, result, now);
    }

    /// Tells the pipeline what it is to do now.
    pub(super) fn wishes_changed(&mut self) {
        self.terminal.set_heartbeat_s(self.orders.heartbeat_s());
        self.wishes.send_replace(self.orders.wishes());
    }

    fn kept(&self, kept: Result<AnswerResult, KeepError>, what: &str) -> AnswerResult {
        match kept {
            Ok(result) => {
                tracing::info!(what, ?result, "the platform sets what the agent does");
                result
            }
            Err(error) => {
                let reason = std::error::Error::source(&error).map(|s| s.to_string()).unwrap_or_default();
                tracing::error!(what, %error, reason, "what the platform set is not kept, and not done");
                AnswerResult::Fail
            }
        }
    }

    fn attributes(&self) -> Option<Attributes> {
        Some(Attributes {
            kind: KIND_FREIGHT,
            maker: Padded::from_text(MAKER, MAKER_BYTES).ok()?,
            model: Padded::from_text(MODEL, MODEL_BYTES).ok()?,
            terminal: Padded::from_text(self.terminal_id.as_str(), TERMINAL_BYTES).ok()?,
            iccid: Default::default(),
            hardware: String::new(),
            firmware: SOFTWARE.into(),
            // The receiver and the radio are others' devices: nothing is known of them.
            gnss: 0,
            network: 0,
        })
    }
}

fn area_word(change: &AreaChange) -> &'static str {
    match change {
        AreaChange::Circles { .. } | AreaChange::Delete { shape: AreaShape::Circle, .. } => "circles",
        AreaChange::Rectangles { .. } | AreaChange::Delete { shape: AreaShape::Rectangle, .. } => {
            "rectangles"
        }
        AreaChange::Polygon(_) | AreaChange::Delete { shape: AreaShape::Polygon, .. } => "polygons",
        AreaChange::Route(_) | AreaChange::Delete { shape: AreaShape::Route, .. } => "routes",
    }
}
