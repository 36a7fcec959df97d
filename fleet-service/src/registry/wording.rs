//! What is wrong with a record, in Chinese: which member, and what to do.

use super::RegistryError;

/// A member's name on Chinese forms.
pub fn member_zh(member: &str) -> &str {
    match member {
        "uscc" | "carrier_uscc" => "统一社会信用代码",
        "name" => "名称",
        "status" => "状态",
        "plate" => "车牌号",
        "plate_colour" => "车牌颜色",
        "vin" => "车辆识别代号",
        "terminal_id" => "终端号",
        "epc" => "电子标签",
        "energy" => "能源类型",
        "rated_load_t" => "核定载质量（吨）",
        "kind" => "类型",
        "id" => "编号",
        "number" => "准运证编号",
        "geometry" => "图形",
        "datum" => "坐标系",
        "features" => "要素",
        "wash_required" => "出场冲洗",
        "open_from" => "启用日期",
        "open_to" => "停用日期",
        "district" => "所属乡镇街道",
        "capacity_m3" => "容量（立方米）",
        "filled_m3" => "已填（立方米）",
        "limit_kmh" => "限速（千米/时）",
        "windows" => "时段",
        "half_width_m" => "半宽（米）",
        "trucks" => "车辆",
        "legs" => "运输路段",
        "legs.source" => "工地",
        "legs.sink" => "消纳场",
        "legs.route" => "线路",
        "waste_class" => "渣土类别",
        "volume_m3" => "核准方量（立方米）",
        "used_m3" => "已用方量（立方米）",
        "valid_from" => "有效期起",
        "valid_to" => "有效期止",
        "zone_passes" => "通行证（禁行区）",
        "value" => "数值",
        "status.from" => "状态起始时间",
        "status.value" => "状态值",
        other => other,
    }
}

/// The error in Chinese, with what to do.
pub fn in_chinese(error: &RegistryError) -> String {
    match error {
        RegistryError::Member { member, reason, .. } => {
            format!("“{}”{}", member_zh(member), remedy(reason))
        }
        RegistryError::Form { reason, .. } => format!("文件格式无法识别，请按模板填写：{reason}"),
        RegistryError::Unreadable { file, .. } => format!("文件{file}无法读取，请检查后重试"),
        RegistryError::MissingFile { file } => format!("缺少文件{file}，请补充后重试"),
    }
}

/// Reasons by a part of their wording, most particular first.
const REMEDIES: [(&str, &str); 16] = [
    ("it is missing", "未填写，请补充"),
    ("is not in ", "引用的记录不在登记册中，请先登记或更正"),
    ("stands here twice", "重复出现，请只保留一条"),
    ("already fitted to", "已装在其他车辆上，请先更正那辆车"),
    ("is already on", "已贴在其他车辆上，请先更正那辆车"),
    ("is needed by", "仍被其他记录引用，请先修改那些记录"),
    ("crosses itself", "的边线自相交，请重画相交处"),
    ("different points", "的点数不足，请补点"),
    ("ends before it starts", "早于起始日期，请更正其中之一"),
    ("closes on", "早于启用日期，请更正其中之一"),
    ("longer than", "过长，请缩短"),
    ("is no date", "不是日期，请写成 2026-11-24 的形式"),
    ("neither a date", "不是日期，请写成 2026-11-24 的形式"),
    ("is out of range", "超出允许范围，请更正"),
    ("there is no", "不存在，请核对"),
    ("known:", "不在可用取值之内，请更正"),
];

fn remedy(reason: &str) -> String {
    let known = REMEDIES.iter().find(|(part, _)| reason.contains(part));
    known.map_or("不合要求，请更正", |(_, zh)| zh).to_owned() + &format!("（{reason}）")
}
