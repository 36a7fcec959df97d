//! From what a terminal holds to what it is to hold: deletions, then areas set. Pure.

use std::collections::BTreeSet;

use wire::Message;
use wire::area::{AreaShape, DELETED_IDS_MAX};

use super::areas::{Plan, TerminalArea};

/// One message of a download, and what it does to what the terminal holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AreaStep {
    /// Areas go; none named is all of the shape.
    Delete {
        /// Which kind.
        shape: AreaShape,
        /// Which.
        ids: Vec<u32>,
    },
    /// An area is set.
    Set(Box<TerminalArea>),
}

impl AreaStep {
    /// The message.
    pub fn message(&self) -> Message {
        match self {
            Self::Delete { shape, ids } => Message::DeleteAreas { shape: *shape, ids: ids.clone() },
            Self::Set(area) => area.message.clone(),
        }
    }
}

/// The word a shape is stored and shown by.
pub fn shape_word(shape: AreaShape) -> &'static str {
    match shape {
        AreaShape::Circle => "circle",
        AreaShape::Rectangle => "rectangle",
        AreaShape::Polygon => "polygon",
        AreaShape::Route => "route",
    }
}

/// Every shape there is.
pub const SHAPES: [AreaShape; 4] =
    [AreaShape::Circle, AreaShape::Rectangle, AreaShape::Polygon, AreaShape::Route];

/// The steps that leave a terminal with the plan alone, whatever it held.
pub fn whole(plan: Plan) -> Vec<AreaStep> {
    let clear = SHAPES.into_iter().map(|shape| AreaStep::Delete { shape, ids: Vec::new() });
    clear.chain(plan.areas.into_iter().map(|area| AreaStep::Set(Box::new(area)))).collect()
}

/// The steps from what a terminal holds to the plan: none when it holds just that.
pub fn difference(held: &[(AreaShape, u32)], plan: Plan) -> Vec<AreaStep> {
    let wanted: BTreeSet<u32> = plan.areas.iter().map(|area| area.id).collect();
    let mut steps = Vec::new();
    for shape in SHAPES {
        let gone: Vec<u32> =
            held.iter().filter(|(of, id)| *of == shape && !wanted.contains(id)).map(|(_, id)| *id).collect();
        steps.extend(gone.chunks(DELETED_IDS_MAX).map(|ids| AreaStep::Delete { shape, ids: ids.to_vec() }));
    }
    let missing = plan.areas.into_iter().filter(|area| !held.contains(&(area.shape, area.id)));
    steps.extend(missing.map(|area| AreaStep::Set(Box::new(area))));
    steps
}
