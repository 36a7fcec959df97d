//! Messages about one vehicle: plate 21 bytes, colour, sub-type, length, then what the sub-type holds
//! (JT/T 809-2011 §4.5.3 and §4.5.8).

use super::header::Edition;
use super::position::{PLATFORM_BYTES, Position, PositionError};
use crate::body::{Body, Truncated};
use crate::text::{self, NotGbk, Padded};

/// Bytes of the plate field.
const PLATE_BYTES: usize = 21;
/// Most positions in one 0x1203.
pub const BACKLOG_MAX: usize = 5;
/// Longest text of 0x1601.
pub const STATIC_INFO_BYTES_MAX: usize = 2_000;

/// Sub-types.
mod sub {
    pub(super) const REGISTER: u16 = 0x1201;
    pub(super) const LIVE: u16 = 0x1202;
    pub(super) const BACKLOG: u16 = 0x1203;
    pub(super) const STATIC_INFO: u16 = 0x1601;
    pub(super) const ASK_STATIC_INFO: u16 = 0x9601;
}

/// What 0x1201 says of a vehicle's terminal. Texts too long for their field are cut.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Register {
    /// Number of the platform the vehicle reports to.
    pub platform: String,
    /// Number of the terminal's maker.
    pub maker: String,
    /// Its model.
    pub model: String,
    /// Its IMEI; 2019 only.
    pub imei: String,
    /// Its own number, upper case.
    pub terminal: String,
    /// Telephone number of its SIM card.
    pub sim: String,
}

/// What a message about a vehicle holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// 0x1201: the vehicle with its terminal.
    Register(Register),
    /// 0x1202: where it is.
    Live(Position),
    /// 0x1203: where it was; 1 to [`BACKLOG_MAX`] positions.
    Backlog(Vec<Position>),
    /// 0x1601: what is registered about it, as `KEY:=value;…`.
    StaticInfo {
        /// Sub-type and serial number of the question; 2019 only.
        asked: Option<(u16, u32)>,
        /// The text.
        text: String,
    },
    /// 0x9601: asks for it.
    AskStaticInfo,
    /// Any other, as it came.
    Other {
        /// Its sub-type.
        sub_type: u16,
        /// What it holds.
        data: Vec<u8>,
    },
}

/// A message about one vehicle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VehicleMessage {
    /// Its plate, as written.
    pub plate: String,
    /// Code of the plate's colour.
    pub colour: u8,
    /// What is said or asked.
    pub payload: Payload,
}

/// A message about a vehicle that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VehicleError {
    /// It ends too early.
    #[error("the message about a vehicle is cut short")]
    Truncated(#[from] Truncated),
    /// One of its positions cannot be read.
    #[error("a position in it cannot be read")]
    Position(#[from] PositionError),
}

impl Payload {
    fn sub_type(&self) -> u16 {
        match self {
            Self::Register(_) => sub::REGISTER,
            Self::Live(_) => sub::LIVE,
            Self::Backlog(_) => sub::BACKLOG,
            Self::StaticInfo { .. } => sub::STATIC_INFO,
            Self::AskStaticInfo => sub::ASK_STATIC_INFO,
            Self::Other { sub_type, .. } => *sub_type,
        }
    }
}

impl VehicleMessage {
    /// The message type that carries it: the sub-type's hundred.
    pub fn message_id(&self) -> u16 {
        self.payload.sub_type() & 0xFF00
    }

    /// Reads a body.
    ///
    /// # Errors
    /// [`VehicleError`] when it ends early or a position in it is none.
    pub fn decode(edition: Edition, body: &[u8]) -> Result<Self, VehicleError> {
        let mut body = Body::new(body);
        let plate = text::decode(body.take(PLATE_BYTES)?);
        let colour = body.u8()?;
        let sub_type = body.u16()?;
        let length = usize::try_from(body.u32()?).unwrap_or(usize::MAX);
        let data = body.take(length)?;
        let payload = match sub_type {
            sub::REGISTER => Payload::Register(read_register(edition, data)?),
            sub::LIVE => Payload::Live(Position::decode(edition, &mut Body::new(data))?),
            sub::BACKLOG => {
                let mut data = Body::new(data);
                let count = data.u8()?;
                let positions = (0..count).map(|_| Position::decode(edition, &mut data));
                Payload::Backlog(positions.collect::<Result<_, _>>()?)
            }
            sub::STATIC_INFO => read_static_info(edition, data)?,
            sub::ASK_STATIC_INFO => Payload::AskStaticInfo,
            _ => Payload::Other { sub_type, data: data.to_vec() },
        };
        Ok(Self { plate, colour, payload })
    }

    /// Appends the body.
    ///
    /// # Errors
    /// [`NotGbk`] for a plate or text that the character set does not have; nothing sensible can be sent then.
    pub fn encode(&self, edition: Edition, out: &mut Vec<u8>) -> Result<(), NotGbk> {
        let mut data = Vec::new();
        match &self.payload {
            Payload::Register(register) => write_register(edition, register, &mut data)?,
            Payload::Live(position) => position.encode(&mut data),
            Payload::Backlog(positions) => {
                let taken = &positions[..positions.len().min(BACKLOG_MAX)];
                data.push(taken.len() as u8);
                taken.iter().for_each(|position| position.encode(&mut data));
            }
            Payload::StaticInfo { asked, text } => {
                if edition == Edition::V2019 {
                    let (sub_type, serial) = asked.unwrap_or((sub::ASK_STATIC_INFO, 0));
                    data.extend_from_slice(&sub_type.to_be_bytes());
                    data.extend_from_slice(&serial.to_be_bytes());
                }
                // A character takes at most two bytes.
                let cut: String = text.chars().take(STATIC_INFO_BYTES_MAX / 2).collect();
                data.extend(text::encode(&cut)?);
            }
            Payload::AskStaticInfo => {}
            Payload::Other { data: other, .. } => data.extend_from_slice(other),
        }
        out.extend_from_slice(Padded::from_text(&self.plate, PLATE_BYTES)?.raw());
        out.push(self.colour);
        out.extend_from_slice(&self.payload.sub_type().to_be_bytes());
        out.extend_from_slice(&(data.len() as u32).to_be_bytes());
        out.extend_from_slice(&data);
        Ok(())
    }
}

/// Field widths of 0x1201: platform, maker, model, IMEI, terminal, SIM. 2011 as amended: the model takes 20 bytes, as
/// terminals of JT/T 808-2013 have it; the first print had 8.
fn widths(edition: Edition) -> [usize; 6] {
    match edition {
        Edition::V2011 => [PLATFORM_BYTES, 11, 20, 0, 7, 12],
        Edition::V2019 => [PLATFORM_BYTES, 11, 30, 15, 30, 13],
    }
}

fn read_register(edition: Edition, data: &[u8]) -> Result<Register, Truncated> {
    let mut widths = widths(edition);
    let total: usize = widths.iter().sum();
    if edition == Edition::V2011 && data.len() + 12 == total {
        widths[2] = 8;
    }
    let mut body = Body::new(data);
    let mut fields = widths.map(|width| body.take(width).map(text::decode)).into_iter();
    let mut next = || fields.next().unwrap_or_else(|| Ok(String::new()));
    Ok(Register {
        platform: next()?,
        maker: next()?,
        model: next()?,
        imei: next()?,
        terminal: next()?,
        sim: next()?,
    })
}

fn write_register(edition: Edition, register: &Register, out: &mut Vec<u8>) -> Result<(), NotGbk> {
    let [platform, maker, model, imei, terminal, sim] = widths(edition);
    let terminal_text = register.terminal.to_ascii_uppercase();
    // A number shorter than its field has zeros in front.
    let sim_text = format!("{:0>sim$}", register.sim);
    for (text, width) in [
        (&register.platform, platform),
        (&register.maker, maker),
        (&register.model, model),
        (&register.imei, imei),
        (&terminal_text, terminal),
        (&sim_text, sim),
    ] {
        out.extend_from_slice(Padded::from_text(text, width)?.raw());
    }
    Ok(())
}

fn read_static_info(edition: Edition, data: &[u8]) -> Result<Payload, Truncated> {
    let mut body = Body::new(data);
    let asked = match edition {
        Edition::V2011 => None,
        Edition::V2019 => Some((body.u16()?, body.u32()?)),
    };
    Ok(Payload::StaticInfo { asked, text: text::decode(body.rest()) })
}
