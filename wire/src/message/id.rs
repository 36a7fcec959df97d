//! Message ids.

/// Terminal's general answer.
pub const TERMINAL_ANSWER: u16 = 0x0001;
/// Heartbeat.
pub const HEARTBEAT: u16 = 0x0002;
/// Logout.
pub const LOGOUT: u16 = 0x0003;
/// A terminal asks for the time; since 2019.
pub const TIME_QUERY: u16 = 0x0004;
/// A terminal asks for missing parts; since 2019.
pub const TERMINAL_RESEND: u16 = 0x0005;
/// Registration.
pub const REGISTER: u16 = 0x0100;
/// Logout by the annex table of JT/T 808-2011, which contradicts its own text.
pub const LOGOUT_2011: u16 = 0x0101;
/// Authentication.
pub const AUTHENTICATE: u16 = 0x0102;
/// Answer to a query of parameters.
pub const PARAMETERS: u16 = 0x0104;
/// Answer to a query of attributes.
pub const ATTRIBUTES: u16 = 0x0107;
/// Location.
pub const LOCATION: u16 = 0x0200;
/// Answer to a query of the location.
pub const LOCATION_ANSWER: u16 = 0x0201;
/// Answer to vehicle control: kept as bytes.
pub const CONTROL_ANSWER: u16 = 0x0500;
/// Driver's card.
pub const DRIVER_CARD: u16 = 0x0702;
/// Several locations.
pub const LOCATION_BATCH: u16 = 0x0704;
/// A recording was made.
pub const MEDIA_EVENT: u16 = 0x0800;
/// A recording.
pub const MEDIA_UPLOAD: u16 = 0x0801;
/// Answer to 0x8801: kept as bytes.
pub const CAPTURE_ANSWER: u16 = 0x0805;
/// Bytes for the platform that are not the protocol's affair.
pub const PASS_THROUGH_UP: u16 = 0x0900;
/// Platform's general answer.
pub const PLATFORM_ANSWER: u16 = 0x8001;
/// A platform asks for missing parts.
pub const RESEND: u16 = 0x8003;
/// Answer to a query of the time; since 2019.
pub const TIME_ANSWER: u16 = 0x8004;
/// Answer to a registration.
pub const REGISTER_ANSWER: u16 = 0x8100;
/// Sets parameters.
pub const SET_PARAMETERS: u16 = 0x8103;
/// Asks for all parameters.
pub const QUERY_PARAMETERS: u16 = 0x8104;
/// Asks for some parameters.
pub const QUERY_PARAMETER_LIST: u16 = 0x8106;
/// Asks for attributes.
pub const QUERY_ATTRIBUTES: u16 = 0x8107;
/// Asks for the location.
pub const QUERY_LOCATION: u16 = 0x8201;
/// Asks for closer reports for a while.
pub const TRACK: u16 = 0x8202;
/// Confirms alarms.
pub const CONFIRM_ALARM: u16 = 0x8203;
/// A text.
pub const TEXT: u16 = 0x8300;
/// Sets circles.
pub const SET_CIRCLES: u16 = 0x8600;
/// Deletes circles.
pub const DELETE_CIRCLES: u16 = 0x8601;
/// Sets rectangles.
pub const SET_RECTANGLES: u16 = 0x8602;
/// Deletes rectangles.
pub const DELETE_RECTANGLES: u16 = 0x8603;
/// Sets a polygon.
pub const SET_POLYGON: u16 = 0x8604;
/// Deletes polygons.
pub const DELETE_POLYGONS: u16 = 0x8605;
/// Sets a route.
pub const SET_ROUTE: u16 = 0x8606;
/// Deletes routes.
pub const DELETE_ROUTES: u16 = 0x8607;
/// Answer to a recording.
pub const MEDIA_ANSWER: u16 = 0x8800;
/// Asks for pictures or a film.
pub const CAPTURE: u16 = 0x8801;
/// Bytes for the terminal that are not the protocol's affair.
pub const PASS_THROUGH_DOWN: u16 = 0x8900;

/// Whether a platform answers a terminal's message "done" although it does no more with it than keep it: ids of the
/// standard, of its companion for video (JT/T 1078: 0x1003 to 0x1206) and of driver assistance (0x1210 to 0x1212).
pub fn is_kept(id: u16) -> bool {
    matches!(
        id,
        ATTRIBUTES
            | 0x0108
            | 0x0301..=0x0303
            | CONTROL_ANSWER
            | 0x0608
            | 0x0700..=0x0702
            | 0x0705
            | MEDIA_EVENT..=0x0805
            | PASS_THROUGH_UP
            | 0x0901
            | 0x1003..=0x1206
            | 0x1210..=0x1212
    )
}

/// Whether a terminal's message begins with the serial of the command it answers.
pub(crate) fn is_answer_with_serial(id: u16) -> bool {
    matches!(id, CONTROL_ANSWER | 0x0608 | 0x0700 | 0x0802 | CAPTURE_ANSWER)
}
