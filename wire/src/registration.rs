//! Registration (0x0100, 0x8100) and authentication (0x0102): who a terminal says it is.

use domain::plate::PlateError;
use domain::{Plate, PlateColour};

use crate::body::{Body, Truncated};
use crate::header::Version;
use crate::text::{NotGbk, Padded, decode, encode};

/// Widths of maker, model and terminal id.
type Widths = [usize; 3];

const WIDTHS_2011: Widths = [5, 8, 7];
const WIDTHS_2013: Widths = [5, 20, 7];
const WIDTHS_2019: Widths = [11, 30, 30];
/// Province, city and plate colour.
const FIXED_BYTES: usize = 2 + 2 + 1;
/// A vehicle identification number stands where the plate would.
const VIN_BYTES: usize = 17;
const IMEI_BYTES: usize = 15;
const SOFTWARE_BYTES: usize = 20;
/// Longest authentication code: what the length byte of a 2019 body can say.
pub const AUTH_CODE_BYTES_MAX: usize = 255;

/// A revision of the standard. The first two share the layout of their headers and differ in the registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Revision {
    /// JT/T 808-2011.
    V2011,
    /// JT/T 808-2013.
    V2013,
    /// JT/T 808-2019.
    #[default]
    V2019,
}

impl Revision {
    /// The layout of its headers.
    pub fn version(self) -> Version {
        match self {
            Self::V2011 | Self::V2013 => Version::V2013,
            Self::V2019 => Version::V2019,
        }
    }

    /// Widths of maker, model and terminal id.
    fn widths(self) -> Widths {
        match self {
            Self::V2011 => WIDTHS_2011,
            Self::V2013 => WIDTHS_2013,
            Self::V2019 => WIDTHS_2019,
        }
    }
}

/// A terminal asks to be known (0x0100).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// Whose form it has.
    pub revision: Revision,
    /// First two digits of the division code of GB/T 2260, 41 for Henan; 0 leaves it to the platform.
    pub province: u16,
    /// Last four digits of it, 183 for Xinmi; 0 leaves it to the platform.
    pub city: u16,
    /// Who made the terminal.
    pub maker: Padded,
    /// What the maker calls it.
    pub model: Padded,
    /// The maker's number of this one.
    pub terminal: Padded,
    /// Plate colour as sent; 0 says that the vehicle has no plate yet.
    pub colour_code: u8,
    /// The plate, or with colour code 0 the vehicle identification number, as sent.
    pub plate: String,
}

impl Registration {
    /// Reads the body of a 0x0100. 2011 and 2013 share a header: 2011's shorter fields are known by the body's length.
    ///
    /// # Errors
    /// [`Truncated`] when it ends before the plate.
    pub fn decode(version: Version, bytes: &[u8]) -> Result<Self, Truncated> {
        let revision = revision(version, bytes.len());
        let [maker, model, terminal] = revision.widths();
        let mut body = Body::new(bytes);
        Ok(Self {
            revision,
            province: body.u16()?,
            city: body.u16()?,
            maker: Padded::from_sent(body.take(maker)?),
            model: Padded::from_sent(body.take(model)?),
            terminal: Padded::from_sent(body.take(terminal)?),
            colour_code: body.u8()?,
            plate: decode(body.rest()),
        })
    }

    /// Appends the body, its three fields filled or cut to the widths of 2019, or of its own revision under an older
    /// header.
    ///
    /// # Errors
    /// [`NotGbk`] for a plate GBK cannot write.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), NotGbk> {
        let widths = match (version, self.revision) {
            (Version::V2019, _) => WIDTHS_2019,
            (Version::V2013, Revision::V2011) => WIDTHS_2011,
            (Version::V2013, _) => WIDTHS_2013,
        };
        let plate = encode(&self.plate)?;
        out.extend_from_slice(&self.province.to_be_bytes());
        out.extend_from_slice(&self.city.to_be_bytes());
        for (field, width) in [&self.maker, &self.model, &self.terminal].into_iter().zip(widths) {
            field.encode_in(width, out);
        }
        out.push(self.colour_code);
        out.extend(plate);
        Ok(())
    }

    /// The plate's colour; `None` while the vehicle has no plate.
    pub fn plate_colour(&self) -> Option<PlateColour> {
        (self.colour_code != 0).then(|| PlateColour::from_code(self.colour_code))
    }

    /// The plate, normalised.
    ///
    /// # Errors
    /// [`PlateError`] for what is none, a vehicle identification number included.
    pub fn parsed_plate(&self) -> Result<Plate, PlateError> {
        self.plate.parse()
    }
}

/// The revision of a body of `length` bytes. A 2011 body with a plate has 33 or 34 bytes and with a VIN 42; one of 2013
/// with a plate has 45 or more.
fn revision(version: Version, length: usize) -> Revision {
    let base = |widths: Widths| FIXED_BYTES + widths.iter().sum::<usize>();
    match version {
        Version::V2019 => Revision::V2019,
        Version::V2013 if length < base(WIDTHS_2013) || length == base(WIDTHS_2011) + VIN_BYTES => {
            Revision::V2011
        }
        Version::V2013 => Revision::V2013,
    }
}

/// Why a platform refuses a registration (result of 0x8100).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RegistrationRefusal {
    /// 1
    #[error("the vehicle is registered already")]
    VehicleRegistered,
    /// 2
    #[error("the platform does not know this vehicle")]
    NoSuchVehicle,
    /// 3
    #[error("the terminal is registered already")]
    TerminalRegistered,
    /// 4
    #[error("the platform does not know this terminal")]
    NoSuchTerminal,
    /// A code outside the standard.
    #[error("the platform refused with code {0}")]
    Other(u8),
}

impl RegistrationRefusal {
    /// The result byte of 0x8100 read as success or refusal.
    pub fn from_code(code: u8) -> Result<(), Self> {
        match code {
            0 => Ok(()),
            1 => Err(Self::VehicleRegistered),
            2 => Err(Self::NoSuchVehicle),
            3 => Err(Self::TerminalRegistered),
            4 => Err(Self::NoSuchTerminal),
            other => Err(Self::Other(other)),
        }
    }

    /// The result byte of 0x8100.
    pub fn code(self) -> u8 {
        match self {
            Self::VehicleRegistered => 1,
            Self::NoSuchVehicle => 2,
            Self::TerminalRegistered => 3,
            Self::NoSuchTerminal => 4,
            Self::Other(code) => code,
        }
    }
}

/// A terminal shows the code it was given (0x0102).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authentication {
    /// The code.
    pub code: String,
    /// The modem's IMEI; since 2019.
    pub imei: Option<String>,
    /// The terminal's software; since 2019.
    pub software: Option<String>,
}

impl Authentication {
    /// Reads the body of a 0x0102. Up to 2013 all of it is the code. IMEI and software may be missing from a 2019 body.
    ///
    /// # Errors
    /// [`Truncated`] when a 2019 body is shorter than the code it announces.
    pub fn decode(version: Version, bytes: &[u8]) -> Result<Self, Truncated> {
        if version == Version::V2013 {
            return Ok(Self { code: decode(bytes), imei: None, software: None });
        }
        let mut body = Body::new(bytes);
        let length = body.u8()?;
        let code = decode(body.take(usize::from(length))?);
        let imei = body.take(IMEI_BYTES).ok().map(decode);
        let software = Some(body.rest()).filter(|rest| imei.is_some() && !rest.is_empty()).map(decode);
        Ok(Self { code, imei, software })
    }

    /// Appends the body. Up to 2013 IMEI and software are left out.
    ///
    /// # Errors
    /// [`AuthenticationEncodeError`] for a code that is too long or no GBK.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), AuthenticationEncodeError> {
        let code = encode(&self.code)?;
        if version == Version::V2013 {
            out.extend(code);
            return Ok(());
        }
        let length = u8::try_from(code.len())
            .map_err(|_over_255| AuthenticationEncodeError::CodeTooLong { bytes: code.len() })?;
        out.push(length);
        out.extend(code);
        for (text, width) in [(&self.imei, IMEI_BYTES), (&self.software, SOFTWARE_BYTES)] {
            out.extend_from_slice(Padded::from_text(text.as_deref().unwrap_or_default(), width)?.raw());
        }
        Ok(())
    }
}

/// Why an authentication cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthenticationEncodeError {
    /// Its code is longer than its length byte can say.
    #[error("the authentication code has {bytes} bytes, at most {AUTH_CODE_BYTES_MAX} can be sent")]
    CodeTooLong {
        /// Its length in GBK.
        bytes: usize,
    },
    /// A text has characters GBK does not have.
    #[error("the authentication cannot be written")]
    NotGbk(#[from] NotGbk),
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn registration(maker: usize, model: usize, terminal: usize, plate: &str) -> Vec<u8> {
        let mut body = hex::decode("002900b7").unwrap();
        for (text, width) in [("MUCK", maker), ("T1", model), ("0042", terminal)] {
            body.extend_from_slice(Padded::from_text(text, width).unwrap().raw());
        }
        body.push(2);
        body.extend(encode(plate).unwrap());
        body
    }

    #[track_caller]
    fn check(revision: Revision, body: &[u8], plate: &str) {
        let found = Registration::decode(revision.version(), body).unwrap();
        assert_eq!(found.revision, revision);
        let mut written = Vec::new();
        found.encode(revision.version(), &mut written).unwrap();
        assert_eq!(written, body);
        assert_eq!((found.province, found.city, found.colour_code), (41, 183, 2));
        assert_eq!((found.maker.text(), found.model.text()), ("MUCK".to_owned(), "T1".to_owned()));
        assert_eq!((found.terminal.text(), found.terminal.key()), ("0042".to_owned(), "42".to_owned()));
        assert_eq!(found.plate, plate);
    }

    #[test]
    fn three_revisions_are_told_apart_by_version_and_length_and_written_as_they_were_read() {
        for plate in ["豫A12345", "豫A12345D", "LZGJLGR24DX012345"] {
            check(Revision::V2011, &registration(5, 8, 7, plate), plate);
            check(Revision::V2013, &registration(5, 20, 7, plate), plate);
            check(Revision::V2019, &registration(11, 30, 30, plate), plate);
        }
    }

    #[test]
    fn an_authentication_of_2019_may_end_after_its_code() {
        let read = |bytes: &[u8]| Authentication::decode(Version::V2019, bytes);
        assert_eq!(read(b"\x03abc"), Ok(Authentication { code: "abc".into(), imei: None, software: None }));
        assert!(read(b"\x04abc").is_err());
        assert_eq!(Authentication::decode(Version::V2013, b"abc\0").unwrap().code, "abc");
    }

    #[test]
    fn a_code_longer_than_its_length_byte_is_refused() {
        let long = Authentication { code: "x".repeat(256), imei: None, software: None };
        assert!(long.encode(Version::V2019, &mut Vec::new()).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..120), is_2019: bool) {
            let version = if is_2019 { Version::V2019 } else { Version::V2013 };
            let _ = (Registration::decode(version, &bytes), Authentication::decode(version, &bytes));
        }

        #[test]
        fn any_authentication_is_read_as_it_was_written(code in "[!-~]{1,60}", imei in "[0-9]{15}", software in "[a-z0-9.]{1,20}") {
            let sent = Authentication { code, imei: Some(imei), software: Some(software) };
            let mut body = Vec::new();
            sent.encode(Version::V2019, &mut body).unwrap();
            prop_assert_eq!(Authentication::decode(Version::V2019, &body), Ok(sent));
        }
    }
}
