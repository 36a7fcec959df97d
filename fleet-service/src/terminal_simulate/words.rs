//! What a platform says and does, in words for a person.

use wire::terminal::{AreaChange, TerminalEvent, TerminalFault};
use wire::{AnswerResult, Parameter, RegistrationRefusal};

/// A command of the platform; `None` for events that are none.
pub(super) fn command(event: &TerminalEvent) -> Option<String> {
    Some(match event {
        TerminalEvent::SetParameters { parameters, .. } => {
            let each: Vec<String> = parameters.iter().map(parameter).collect();
            format!("平台设置参数 the platform sets parameters：{}", each.join("，"))
        }
        TerminalEvent::QueryParameters { ids: None, .. } => {
            "平台查询全部参数 the platform asks for all parameters".into()
        }
        TerminalEvent::QueryParameters { ids: Some(ids), .. } => {
            let ids: Vec<String> = ids.iter().map(|id| format!("0x{id:04X}")).collect();
            format!("平台查询参数 the platform asks for parameters {}", ids.join(", "))
        }
        TerminalEvent::QueryAttributes { .. } => "平台查询终端属性 the platform asks for attributes".into(),
        TerminalEvent::QueryLocation { .. } => {
            "平台点名（查询位置）the platform asks where the truck is".into()
        }
        TerminalEvent::Track { interval_s: 0, .. } => {
            "平台结束临时跟踪 the platform ends its tracking".into()
        }
        TerminalEvent::Track { interval_s, validity_s, .. } => {
            format!(
                "平台临时跟踪：每 {interval_s} s，持续 {validity_s} s the platform tracks the truck closely"
            )
        }
        TerminalEvent::ConfirmAlarm { serial, alarms, .. } => {
            format!("平台人工确认报警 the platform confirms alarms 0x{alarms:08X} of report {serial}")
        }
        TerminalEvent::Text { text, .. } => format!("平台下发文本 a text from the platform：“{text}”"),
        TerminalEvent::Areas { change, .. } => areas(change),
        TerminalEvent::PassThrough { kind, data, .. } => {
            format!("平台下行透传 pass-through of type 0x{kind:02X}，{} 字节 bytes", data.len())
        }
        _ => return None,
    })
}

fn parameter(parameter: &Parameter) -> String {
    format!("0x{:04X} {parameter:?}", parameter.id())
}

fn areas(change: &AreaChange) -> String {
    match change {
        AreaChange::Circles { circles, .. } => format!("平台下发圆形区域 {} 个 circles", circles.len()),
        AreaChange::Rectangles { rectangles, .. } => {
            format!("平台下发矩形区域 {} 个 rectangles", rectangles.len())
        }
        AreaChange::Polygon(polygon) => {
            format!("平台下发多边形区域 polygon {}，{} 个顶点 corners", polygon.id, polygon.corners.len())
        }
        AreaChange::Route(route) => {
            format!("平台下发路线 route {}，{} 个拐点 points", route.id, route.points.len())
        }
        AreaChange::Delete { ids, .. } if ids.is_empty() => {
            "平台删除全部区域 the platform deletes all areas of a kind".into()
        }
        AreaChange::Delete { ids, .. } => format!("平台删除区域 the platform deletes areas {ids:?}"),
    }
}

/// Why a session is over.
pub(super) fn fault(fault: &TerminalFault) -> String {
    match fault {
        TerminalFault::RegistrationRefused(refusal) => format!("平台拒绝注册：{}", registration(*refusal)),
        TerminalFault::CodeRefused => {
            "平台拒绝鉴权码，将重新注册 the platform refused the authentication code".into()
        }
        TerminalFault::AnswersMissing => "平台不再应答 the platform does not answer any more".into(),
        TerminalFault::PutOff => "平台暂时不能接收位置 the platform cannot take locations at present".into(),
        other => crate::sentence(other),
    }
}

fn registration(refusal: RegistrationRefusal) -> String {
    let zh = match refusal {
        RegistrationRefusal::VehicleRegistered => "车辆已被注册",
        RegistrationRefusal::NoSuchVehicle => "数据库中无该车辆",
        RegistrationRefusal::TerminalRegistered => "终端已被注册",
        RegistrationRefusal::NoSuchTerminal => "数据库中无该终端",
        RegistrationRefusal::Other(_) => "未定义的原因",
    };
    format!("{zh} {refusal}")
}

/// What became of a message.
pub(super) fn result(result: AnswerResult) -> String {
    match result {
        AnswerResult::Ok => "成功 ok".into(),
        AnswerResult::Fail => "失败 failed".into(),
        AnswerResult::Bad => "消息有误 malformed".into(),
        AnswerResult::Unsupported => "不支持 unsupported".into(),
        AnswerResult::AlarmConfirmed => "报警已确认 alarm confirmed".into(),
        AnswerResult::Other(code) => format!("未定义 undefined {code}"),
    }
}
