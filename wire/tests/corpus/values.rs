//! What was read, under the names and in the shapes the sources use.

use serde_json::{Value, json};
use wire::area::{AreaRules, AreaTime, Point, Polygon, Route, RoutePoint, SpeedLimit};
use wire::driver_card::DriverCard;
use wire::header::{Header, Version};
use wire::message::Message;
use wire::{Attributes, Authentication, Extra, Location, Parameter, Registration};

pub(crate) fn header_value(key: &str, header: &Header) -> Option<Value> {
    Some(match key {
        "msg_id" => json!(header.message_id),
        "body_attr" => {
            let flags =
                u16::from(header.part.is_some()) << 13 | u16::from(header.version == Version::V2019) << 14;
            json!(header.body_length | u16::from(header.encryption) << 10 | flags)
        }
        "body_len" => json!(header.body_length),
        "encrypt" => json!(header.encryption),
        "subpackage" => json!(header.part.is_some()),
        "packet_no" => json!(header.part.map_or(0, |part| part.index)),
        "packet_total" => json!(header.part.map_or(0, |part| part.total)),
        "protocol_version" => json!(header.protocol_version),
        "version_flag" => json!(header.version == Version::V2019),
        "phone" => json!(header.phone.to_string().trim_start_matches('0')),
        "serial" => json!(header.serial),
        _ => return None,
    })
}

/// What was read for one of the sources' keys; `expected` gives lists and maps their shape.
pub(crate) fn message_value(key: &str, expected: &Value, message: &Message) -> Option<Value> {
    Some(match (message, key) {
        (
            Message::TerminalAnswer { serial, id, result } | Message::PlatformAnswer { serial, id, result },
            _,
        ) => match key {
            "reply_serial" => json!(serial),
            "reply_id" => json!(id),
            "result" => json!(result.code()),
            _ => return None,
        },
        (Message::Register(registration), _) => return registration_value(key, registration),
        (Message::RegisterAnswer { serial, result, auth_code }, _) => match key {
            "reply_serial" => json!(serial),
            "result" => json!(result.map_or_else(|refusal| refusal.code(), |()| 0)),
            "token" | "auth_code" => json!(auth_code),
            _ => return None,
        },
        (Message::Authenticate(authentication), _) => return authentication_value(key, authentication),
        (Message::Parameters { serial, .. }, "reply_serial") => json!(serial),
        (Message::Parameters { parameters, .. } | Message::SetParameters(parameters), "params") => {
            parameters_value(expected, parameters)
        }
        (Message::Attributes(attributes), _) => return attributes_value(key, attributes),
        (Message::DriverCard(card), _) => return card_value(key, card),
        (Message::Location(location), _) => return location_value(key, expected, location),
        (Message::LocationAnswer { serial, .. }, "reply_serial") => json!(serial),
        (Message::LocationAnswer { location, .. }, _) => return location_value(key, expected, location),
        (Message::LocationBatch { locations, malformed, .. }, "total" | "count") => {
            json!(locations.len() + usize::from(*malformed))
        }
        (Message::LocationBatch { backlog, .. }, "type") => json!(u8::from(*backlog)),
        (Message::LocationBatch { locations, .. }, "items") => {
            let items = expected.as_array()?.iter().zip(locations);
            items.map(|(expected, location)| location_values(expected, location)).collect()
        }
        (Message::MediaUpload(upload), _) => match key {
            "id" => json!(upload.head.media_id),
            "type" => json!(upload.head.kind),
            "format" => json!(upload.head.format),
            "event" => json!(upload.head.event),
            "channelId" => json!(upload.head.channel),
            "location" => location_values(expected, upload.location.as_ref()?),
            "packet" => json!(hex::encode(&upload.data)),
            _ => return None,
        },
        (Message::Resend { first_serial, .. }, "reply_serial") => json!(first_serial),
        (Message::Resend { indices, .. }, "id") => json!(indices),
        (Message::QueryParameterList(ids) | Message::DeleteAreas { ids, .. }, "id") => json!(ids),
        (Message::Track { interval_s, .. }, "interval") => json!(interval_s),
        (Message::Track { validity_s, .. }, "validityPeriod") => json!(validity_s),
        (Message::ConfirmAlarm { serial, .. }, "reply_serial") => json!(serial),
        (Message::ConfirmAlarm { alarms, .. }, "type") => json!(alarms),
        (Message::Text { flags, .. }, "sign" | "flag") => json!(flags),
        (Message::Text { kind, .. }, "type" | "text_type") => json!(kind.unwrap_or(0)),
        (Message::Text { text, .. }, "content" | "text") => json!(text),
        // An answer to vehicle control is a serial and a location record.
        (Message::Other { id: 0x0500, body }, "reply_serial") => {
            json!(u16::from_be_bytes([body[0], body[1]]))
        }
        (Message::Other { id: 0x0500, body }, _) => {
            return location_value(key, expected, &Location::decode(&body[2..]).unwrap());
        }
        _ => return area_message_value(key, expected, message),
    })
}

fn registration_value(key: &str, registration: &Registration) -> Option<Value> {
    Some(match key {
        "provinceId" | "province_id" => json!(registration.province),
        "cityId" | "city_id" => json!(registration.city),
        "makerId" | "manufacturer_id" => json!(registration.maker.text()),
        "deviceModel" | "terminal_model" => json!(registration.model.text()),
        "deviceId" | "terminal_id" => json!(registration.terminal.text()),
        "manufacturer_id_trimmed" => json!(registration.maker.key()),
        "terminal_model_trimmed" => json!(registration.model.key()),
        "terminal_id_trimmed" => json!(registration.terminal.key()),
        "plateColor" | "plate_color" => json!(registration.colour_code),
        "plateNo" | "plate" | "plate_trimmed" => json!(registration.plate),
        _ => return None,
    })
}

fn authentication_value(key: &str, authentication: &Authentication) -> Option<Value> {
    Some(match key {
        "token" | "auth_code" => json!(authentication.code),
        "imei" => json!(authentication.imei),
        "softwareVersion" => json!(authentication.software),
        _ => return None,
    })
}

fn attributes_value(key: &str, attributes: &Attributes) -> Option<Value> {
    Some(match key {
        "deviceType" => json!(attributes.kind),
        "makerId" => json!(attributes.maker.text()),
        "deviceModel" => json!(attributes.model.text()),
        "deviceId" => json!(attributes.terminal.text()),
        "iccid" => json!(attributes.iccid_digits()),
        "hardwareVersion" => json!(attributes.hardware),
        "firmwareVersion" => json!(attributes.firmware),
        "gnssAttribute" => json!(attributes.gnss),
        "networkAttribute" => json!(attributes.network),
        _ => return None,
    })
}

fn card_value(key: &str, card: &DriverCard) -> Option<Value> {
    let reading = card.reading.as_ref()?;
    Some(match key {
        "status" => json!(card.status),
        "dateTime" => json!(card.time.timestamp().local().format("%y%m%d%H%M%S").to_string()),
        "cardStatus" => json!(reading.result),
        "name" => json!(reading.name),
        "licenseNo" => json!(reading.licence),
        "institution" => json!(reading.institution),
        "licenseValidPeriod" => json!(hex::encode(reading.valid_until)),
        "idCard" => json!(reading.id_number),
        _ => return None,
    })
}

/// Two shapes: a list of id, length and number, or a map by id. Of a vendor's own parameters, or of those whose value
/// is a structure, the bytes are kept and their presence is checked.
fn parameters_value(expected: &Value, parameters: &[Parameter]) -> Value {
    let number = |bytes: &[u8]| bytes.iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
    if expected.is_array() {
        let row = |parameter: &Parameter| {
            let bytes = parameter.value_bytes();
            json!({"id": parameter.id(), "len": bytes.len(), "value": number(&bytes)})
        };
        return parameters.iter().map(row).collect();
    }
    let map = expected.as_object().unwrap();
    let find = |key: &str| {
        let id = u32::from_str_radix(key.trim_start_matches("0x"), 16).unwrap();
        parameters.iter().find(|parameter| parameter.id() == id)
    };
    assert_eq!(map.len(), parameters.len());
    map.iter()
        .map(|(key, expected)| {
            let parameter = find(key).unwrap_or_else(|| panic!("parameter {key} is missing"));
            let value = match parameter {
                Parameter::Other { .. } => expected.clone(),
                known => json!(number(&known.value_bytes())),
            };
            (key.clone(), value)
        })
        .collect()
}

fn location_values(expected: &Value, location: &Location) -> Value {
    let keys = expected.as_object().unwrap().iter();
    keys.map(|(key, expected)| (key.clone(), location_value(key, expected, location).unwrap_or(Value::Null)))
        .collect()
}

fn location_value(key: &str, expected: &Value, location: &Location) -> Option<Value> {
    Some(match key {
        "alarm" => json!(location.alarm),
        "status" => json!(location.status),
        "lat_raw" => json!(location.lat_e6),
        "lon_raw" => json!(location.lon_e6),
        "altitude_m" => json!(location.altitude_m),
        "speed_raw" => json!(location.speed_dkmh),
        "direction" => json!(location.course_deg),
        "time" => json!(location.time.timestamp().local().format("%Y-%m-%d %H:%M:%S").to_string()),
        "malformed_extra_count" => json!(usize::from(location.extras_malformed)),
        "extras" => {
            let extras = expected.as_object()?.iter();
            extras.map(|(id, expected)| (id.clone(), extra_value(id, expected, location))).collect()
        }
        // Which ids a source knows is its own affair; the sum of known and unknown is compared below.
        "known_extra_count" | "unknown_extra_count" => {
            assert_eq!(location.extras.len(), 6 + 12);
            expected.clone()
        }
        _ => return None,
    })
}

/// The first extra of an id, in the shape its source writes it: a number, or named numbers.
fn extra_value(id: &str, expected: &Value, location: &Location) -> Value {
    let id = u8::from_str_radix(id.trim_start_matches("0x"), 16).unwrap();
    let Some(extra) = location.extras.iter().find(|extra| extra.id() == id) else { return Value::Null };
    match (extra, expected) {
        (Extra::Overspeed { area_kind, area_id }, _) => json!({"areaType": area_kind, "areaId": area_id}),
        (Extra::AreaCrossing { area_kind, area_id, direction }, _) => {
            json!({"areaType": area_kind, "areaId": area_id, "direction": direction})
        }
        (Extra::SegmentTime { segment_id, time_s, result }, _) => {
            json!({"areaId": segment_id, "driveTime": time_s, "result": result})
        }
        (Extra::TyrePressures(bytes), _) => json!({"value": bytes.as_slice()}),
        (_, Value::Number(_)) => {
            assert!(!matches!(extra, Extra::Other { .. }), "extra {id:#04x} is not read");
            let mut bytes = Vec::new();
            extra.encode(&mut bytes).unwrap();
            json!(bytes[2..].iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte)))
        }
        // Alarms of driver-assistance systems: kept as bytes, their fields are not read.
        (Extra::Other { .. }, _) if (0x64..=0x67).contains(&id) => expected.clone(),
        _ => panic!("no check for extra {id:#04x}: {extra:?} against {expected}"),
    }
}

fn area_message_value(key: &str, expected: &Value, message: &Message) -> Option<Value> {
    Some(match (message, key) {
        (Message::SetCircles { action, .. } | Message::SetRectangles { action, .. }, "action") => {
            json!(action.code())
        }
        (Message::SetCircles { circles, .. }, "items") => {
            let row = |(expected, circle): (&Value, &wire::area::Circle)| {
                keyed(expected, |key| match key {
                    "id" => Some(json!(circle.id)),
                    "radius" => Some(json!(circle.radius_m)),
                    "name" => Some(json!(circle.name)),
                    _ => point_value(key, circle.centre).or_else(|| rules_value(key, &circle.rules)),
                })
            };
            assert_eq!(circles.len(), expected.as_array()?.len());
            expected.as_array()?.iter().zip(circles).map(row).collect()
        }
        (Message::SetRectangles { rectangles, .. }, "items") => {
            let row = |(expected, rectangle): (&Value, &wire::area::Rectangle)| {
                keyed(expected, |key| match key {
                    "id" => Some(json!(rectangle.id)),
                    "latitudeUL" => Some(json!(rectangle.upper_left.lat_e6)),
                    "longitudeUL" => Some(json!(rectangle.upper_left.lon_e6)),
                    "latitudeLR" => Some(json!(rectangle.lower_right.lat_e6)),
                    "longitudeLR" => Some(json!(rectangle.lower_right.lon_e6)),
                    "name" => Some(json!(rectangle.name)),
                    _ => rules_value(key, &rectangle.rules),
                })
            };
            assert_eq!(rectangles.len(), expected.as_array()?.len());
            expected.as_array()?.iter().zip(rectangles).map(row).collect()
        }
        (Message::SetPolygon(polygon), _) => return polygon_value(key, expected, polygon),
        (Message::SetRoute(route), _) => return route_value(key, expected, route),
        _ => return None,
    })
}

fn polygon_value(key: &str, expected: &Value, polygon: &Polygon) -> Option<Value> {
    Some(match key {
        "id" => json!(polygon.id),
        "name" => json!(polygon.name),
        "points" => {
            let points = expected.as_array()?.iter().zip(&polygon.corners);
            assert_eq!(polygon.corners.len(), expected.as_array()?.len());
            points.map(|(expected, corner)| keyed(expected, |key| point_value(key, *corner))).collect()
        }
        _ => return rules_value(key, &polygon.rules),
    })
}

fn route_value(key: &str, expected: &Value, route: &Route) -> Option<Value> {
    Some(match key {
        "id" => json!(route.id),
        "name" => json!(route.name),
        "items" => {
            let points = expected.as_array()?.iter().zip(&route.points);
            assert_eq!(route.points.len(), expected.as_array()?.len());
            points.map(|(expected, point)| keyed(expected, |key| route_point_value(key, point))).collect()
        }
        _ => return rules_value(key, &route.rules),
    })
}

fn route_point_value(key: &str, point: &RoutePoint) -> Option<Value> {
    Some(match key {
        "id" => json!(point.id),
        "routeId" => json!(point.segment_id),
        "width" => json!(point.width_m),
        "attribute" => json!(point.bits()),
        "upperLimit" => json!(point.time?.long_s),
        "lowerLimit" => json!(point.time?.short_s),
        _ => return point_value(key, point.point).or_else(|| speed_value(key, point.speed?)),
    })
}

fn keyed(expected: &Value, value: impl Fn(&str) -> Option<Value>) -> Value {
    let keys = expected.as_object().unwrap().keys();
    keys.map(|key| (key.clone(), value(key).unwrap_or(Value::Null))).collect()
}

fn point_value(key: &str, point: Point) -> Option<Value> {
    match key {
        "lat_raw" => Some(json!(point.lat_e6)),
        "lon_raw" => Some(json!(point.lon_e6)),
        _ => None,
    }
}

fn rules_value(key: &str, rules: &AreaRules) -> Option<Value> {
    let time = |time: AreaTime| Some(json!(time.moment()?.local().format("%Y-%m-%dT%H:%M:%S").to_string()));
    match key {
        "attribute" => Some(json!(rules.bits())),
        "startTime" => time(rules.span?.start),
        "endTime" => time(rules.span?.end),
        _ => speed_value(key, rules.speed?),
    }
}

fn speed_value(key: &str, speed: SpeedLimit) -> Option<Value> {
    match key {
        "maxSpeed" => Some(json!(speed.max_kmh)),
        "duration" => Some(json!(speed.hold_s)),
        "nightMaxSpeed" => Some(json!(speed.night_max_kmh?)),
        _ => None,
    }
}
