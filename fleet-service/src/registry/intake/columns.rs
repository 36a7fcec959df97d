//! Which columns the tables of registers have, by which headings they are known, and templates of them.

use std::collections::BTreeMap;

use crate::registry::Register;

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The member it fills.
    pub member: &'static str,
    /// Its heading in templates.
    pub heading_zh: &'static str,
    /// Other headings it is known by; the member itself is one.
    also: &'static [&'static str],
    /// Whether every row needs it.
    pub is_required: bool,
    /// A cell of the template's example.
    example: &'static str,
}

const fn column(
    member: &'static str,
    heading_zh: &'static str,
    also: &'static [&'static str],
    is_required: bool,
    example: &'static str,
) -> Column {
    Column { member, heading_zh, also, is_required, example }
}

const USCC: &[&str] = &["社会信用代码", "信用代码", "企业代码", "uscc", "credit code"];

const CARRIERS: [Column; 3] = [
    column("uscc", "统一社会信用代码", USCC, true, "91350100M000100Y43"),
    column("name", "企业名称", &["名称", "公司名称", "运输企业", "company"], true, "示例清运有限公司"),
    column("status", "状态", &["企业状态", "standing"], false, "正常"),
];

const TRUCKS: [Column; 9] = [
    column("plate", "车牌号", &["车牌", "号牌号码", "车牌号码", "plate number"], true, "豫A12345"),
    column("plate_colour", "车牌颜色", &["号牌颜色", "颜色", "colour", "color"], false, "黄"),
    column("vin", "车辆识别代号", &["车架号", "vin码"], false, ""),
    column("carrier_uscc", "统一社会信用代码", USCC, true, "91350100M000100Y43"),
    column("terminal_id", "终端号", &["终端手机号", "sim卡号", "设备号", "terminal"], false, "13800000001"),
    column("epc", "电子标签", &["标签号", "rfid", "tag"], false, ""),
    column("energy", "能源类型", &["燃料种类", "动力类型", "fuel"], false, "纯电动"),
    column("rated_load_t", "核定载质量（吨）", &["核定载质量", "载重", "载重吨", "load t"], false, "16"),
    column("kind", "车辆类型", &["类型", "truck kind"], false, "渣土车"),
];

const SITES: [Column; 14] = [
    column("id", "编号", &["场所编号", "工地编号", "site id"], true, "S001"),
    column("name", "名称", &["场所名称", "工地名称", "site name"], true, "示例工地"),
    column("kind", "类型", &["场所类型", "site kind"], true, "工地"),
    column("lon", "经度", &["lng", "longitude", "x"], false, "113.39"),
    column("lat", "纬度", &["latitude", "y"], false, "34.54"),
    column("radius_m", "半径（米）", &["半径", "radius"], false, "80"),
    column("outline", "边界坐标", &["边界", "坐标串", "polygon"], false, ""),
    column("wash_required", "出场冲洗", &["是否冲洗", "wash"], false, "是"),
    column("open_from", "启用日期", &["开工日期", "opens"], false, "2026-01-01"),
    column("open_to", "停用日期", &["竣工日期", "closes"], false, ""),
    column("carrier_uscc", "统一社会信用代码", USCC, false, ""),
    column("district", "所属乡镇街道", &["乡镇", "街道", "区域"], false, ""),
    column("capacity_m3", "容量（立方米）", &["容量", "capacity"], false, ""),
    column("filled_m3", "已填（立方米）", &["已填", "filled"], false, ""),
];

const ZONES: [Column; 6] = [
    column("id", "编号", &["围栏编号", "zone id"], true, "Z001"),
    column("name", "名称", &["围栏名称", "zone name"], true, "示例禁行区"),
    column("kind", "类型", &["围栏类型", "zone kind"], true, "禁行"),
    column("limit_kmh", "限速（千米/时）", &["限速", "speed limit"], false, ""),
    column("windows", "时段", &["生效时段", "hours"], false, "06:00-22:00"),
    column(
        "outline",
        "边界坐标",
        &["边界", "坐标串", "polygon"],
        true,
        "113.39 34.54; 113.40 34.54; 113.40 34.55; 113.39 34.55",
    ),
];

const ROUTES: [Column; 4] = [
    column("id", "编号", &["线路编号", "route id"], true, "R001"),
    column("name", "名称", &["线路名称", "route name"], true, "示例线路"),
    column("half_width_m", "半宽（米）", &["半宽", "half width"], false, "50"),
    column("line", "线路坐标", &["坐标串", "坐标", "points"], true, "113.39 34.54; 113.41 34.55"),
];

const PERMITS: [Column; 13] = [
    column("number", "准运证编号", &["编号", "证号", "许可证号", "permit number"], true, "XM-2026-001"),
    column("carrier_uscc", "统一社会信用代码", USCC, true, "91350100M000100Y43"),
    column("trucks", "车辆", &["车牌号", "车牌", "plates"], true, "豫A12345、豫A23456"),
    column("source", "工地编号", &["工地", "出土点", "site"], true, "S001"),
    column("sink", "消纳场编号", &["消纳场", "卸土点", "destination"], true, "S002"),
    column("route", "线路编号", &["线路", "route id"], false, "R001"),
    column("waste_class", "渣土类别", &["类别", "waste class"], true, "工程渣土"),
    column("volume_m3", "核准方量（立方米）", &["核准方量", "方量", "volume"], true, "5000"),
    column("used_m3", "已用方量（立方米）", &["已用方量", "used"], false, "0"),
    column("valid_from", "有效期起", &["起始日期", "开始日期", "from"], true, "2026-11-01"),
    column("valid_to", "有效期止", &["截止日期", "结束日期", "to"], true, "2026-12-31"),
    column("windows", "运输时段", &["时段", "hours"], false, "22:00-05:00"),
    column("zone_passes", "禁行区通行证", &["通行证", "passes"], false, ""),
];

const LIMITS: [Column; 2] = [
    column("name", "参数", &["名称", "threshold"], true, "off_route_s"),
    column("value", "数值", &["值"], true, "60"),
];

/// The columns of a register's table.
pub fn columns(register: Register) -> &'static [Column] {
    match register {
        Register::Carriers => &CARRIERS,
        Register::Trucks => &TRUCKS,
        Register::Sites => &SITES,
        Register::Zones => &ZONES,
        Register::Routes => &ROUTES,
        Register::Permits => &PERMITS,
        Register::Limits => &LIMITS,
    }
}

/// For each member the heading it seems to stand under. A heading serves one member.
pub fn suggest(register: Register, headings: &[String]) -> BTreeMap<String, String> {
    let plain = |text: &str| {
        let kept = text.chars().filter(|c| !c.is_whitespace() && !"_-*（）()：:".contains(*c));
        kept.collect::<String>().to_lowercase()
    };
    let mut free: Vec<&String> = headings.iter().collect();
    let mut found = BTreeMap::new();
    for exactly in [true, false] {
        for column in columns(register) {
            if found.contains_key(column.member) {
                continue;
            }
            let names: Vec<String> = [column.member, column.heading_zh]
                .iter()
                .chain(column.also)
                .map(|name| plain(name))
                .collect();
            let fits = |heading: &&String| {
                let heading = plain(heading);
                let is =
                    |name: &String| if exactly { *name == heading } else { heading.contains(name.as_str()) };
                names.iter().any(is)
            };
            if let Some(at) = free.iter().position(fits) {
                found.insert(column.member.to_owned(), free.remove(at).clone());
            }
        }
    }
    found
}

/// A table to fill in: Chinese headings and an example row, with the mark by which Excel knows UTF-8.
pub fn template(register: Register) -> String {
    let columns = columns(register);
    let line = |cell: fn(&Column) -> &'static str| {
        let cells: Vec<String> = columns.iter().map(|column| quoted(cell(column))).collect();
        cells.join(",")
    };
    format!("\u{FEFF}{}\r\n{}\r\n", line(|column| column.heading_zh), line(|column| column.example))
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

/// A word of the registers for what people write in tables; the text itself where it is none of these.
pub(super) fn word(register: Register, member: &str, text: &str) -> String {
    let table: &[(&str, &[&str])] = match (register, member) {
        (Register::Carriers, "status") => &[
            ("active", &["正常", "在册", "有效"]),
            ("suspended", &["暂停", "停业整顿"]),
            ("exited", &["退出", "清退", "注销"]),
        ],
        (Register::Trucks, "plate_colour") => &[
            ("blue", &["蓝", "蓝色"]),
            ("yellow", &["黄", "黄色"]),
            ("black", &["黑", "黑色"]),
            ("white", &["白", "白色"]),
            ("green", &["绿", "绿色"]),
            ("yellow_green", &["黄绿", "黄绿色", "黄绿双拼"]),
            ("gradient_green", &["渐变绿", "渐变绿色"]),
            ("other", &["其他"]),
        ],
        (Register::Trucks, "energy") => &[
            ("battery", &["纯电动", "电动", "纯电"]),
            ("hydrogen", &["氢能", "氢燃料", "燃料电池"]),
            ("hybrid", &["混合动力", "混动"]),
            ("diesel", &["柴油"]),
            ("gas", &["天然气", "燃气", "lng"]),
        ],
        (Register::Trucks, "kind") => {
            &[("muck", &["渣土车", "渣土", "自卸车"]), ("mixer", &["搅拌车", "混凝土搅拌车", "商砼车"])]
        }
        (Register::Sites, "kind") => &[
            ("source", &["工地", "建筑工地", "出土点"]),
            ("disposal", &["消纳场", "填埋场"]),
            ("recycling", &["资源化利用", "资源化利用厂", "处置厂"]),
            ("backfill", &["回填", "回填点"]),
            ("yard", &["停车场", "车场"]),
            ("service", &["服务点", "维修", "加油站", "地磅"]),
        ],
        (Register::Zones, "kind") => {
            &[("no_go", &["禁行", "禁行区", "禁止通行"]), ("speed_limit", &["限速", "限速区"])]
        }
        _ => &[],
    };
    let known = table.iter().find(|(_, names)| names.iter().any(|name| name.eq_ignore_ascii_case(text)));
    known.map_or(text, |(word, _)| word).to_owned()
}
