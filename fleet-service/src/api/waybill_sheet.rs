//! Tickets as a table for spreadsheets.

use scoring::sheet::{Cell, Sheet, column};

use crate::view::waybill::TicketView;

/// One row a ticket.
pub(super) fn of(tickets: &[TicketView]) -> Sheet {
    let may = |text: &Option<String>| Cell::of(text.as_ref(), Cell::text);
    let time = |text: &Option<String>| {
        Cell::of(text.as_ref(), |text| text.parse().map_or_else(|_| Cell::text(text), Cell::Moment))
    };
    let number = |value: Option<f64>| Cell::of(value, |value| Cell::text(format!("{value:.3}")));
    let rows = tickets.iter().map(|ticket| {
        vec![
            Cell::text(&ticket.number),
            Cell::text(&ticket.plate),
            Cell::text(ticket.state),
            Cell::text(ticket.exceptions.join(" ")),
            may(&ticket.source),
            may(&ticket.sink),
            may(&ticket.permit),
            time(&ticket.departed),
            time(&ticket.unloaded),
            number(ticket.loaded_t),
            number(ticket.empty_t),
            number(ticket.declared_m3),
            number(ticket.weighed_m3),
        ]
    });
    Sheet {
        name: "联单 waybills",
        columns: vec![
            column("number", "联单号", "Ticket"),
            column("plate", "车牌号", "Plate"),
            column("state", "状态", "State"),
            column("exceptions", "异常", "Exceptions"),
            column("source", "出土工地", "Source"),
            column("sink", "消纳场", "Sink"),
            column("permit", "准运证", "Permit"),
            column("departed", "出场时间", "Departed"),
            column("unloaded", "卸土时间", "Unloaded"),
            column("loaded_t", "重车（吨）", "Loaded, t"),
            column("empty_t", "空车（吨）", "Empty, t"),
            column("declared_m3", "核定方量（立方米）", "Declared, m3"),
            column("weighed_m3", "过磅方量（立方米）", "Weighed, m3"),
        ],
        rows: rows.collect(),
    }
}
