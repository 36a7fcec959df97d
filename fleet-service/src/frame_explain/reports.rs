//! Reports beside the location: attributes, driver card, media, field by field.

use wire::Version;

use super::location::spaced;
use super::walk::{Name, Walk};

/// 0x0107. Makers of 2019 terminals take the maker's field for 5 bytes or for 11: which, the lengths must tell.
pub(super) fn attributes(walk: &mut Walk<'_>, version: Version) -> Option<()> {
    let widths = match version {
        Version::V2013 => [5, 20, 7],
        Version::V2019 if ends_well(walk.rest(), [5, 30, 30]) || !ends_well(walk.rest(), [11, 30, 30]) => {
            [5, 30, 30]
        }
        Version::V2019 => [11, 30, 30],
    };
    bits(walk, 2, ("终端类型", "kind of terminal"))?;
    let names = [("制造商 ID", "maker"), ("终端型号", "model"), ("终端 ID", "terminal id")];
    for (width, name) in widths.into_iter().zip(names) {
        walk.text(width, name)?;
    }
    digits(walk, 10, ("SIM 卡 ICCID", "SIM card"))?;
    counted_text(walk, ("硬件版本号", "hardware"))?;
    counted_text(walk, ("固件版本号", "firmware"))?;
    bits(walk, 1, ("GNSS 模块属性", "positioning systems"))?;
    bits(walk, 1, ("通信模块属性", "networks"))
}

/// Whether attributes of these widths end with the body.
fn ends_well(body: &[u8], widths: [usize; 3]) -> bool {
    let hardware_at = 2 + widths.iter().sum::<usize>() + 10;
    let after = |at: usize| body.get(at).map(|length| at + 1 + usize::from(*length));
    after(hardware_at).and_then(after).is_some_and(|at| at + 2 == body.len())
}

/// 0x0702. A body of 2011 begins with the name's length and is shown as bytes.
pub(super) fn driver_card(walk: &mut Walk<'_>, version: Version) -> Option<()> {
    if !matches!(walk.rest().first(), Some(1 | 2)) {
        return Some(());
    }
    walk.word(1, ("状态", "card"), &[(1, "插入 put in"), (2, "拔出 taken out")])?;
    walk.time(("时间", "time"))?;
    // Some terminals send what was read when the card is taken out, too.
    if walk.rest().is_empty() {
        return Some(());
    }
    let results = [
        (0, "读卡成功 read"),
        (1, "密钥认证未通过 key refused"),
        (2, "已被锁定 locked"),
        (3, "被拔出 taken out"),
        (4, "校验错误 checksum"),
    ];
    if walk.word(1, ("IC 卡读取结果", "reading"), &results)? != 0 && walk.rest().is_empty() {
        return Some(());
    }
    counted_text(walk, ("驾驶员姓名", "driver"))?;
    walk.text(20, ("从业资格证编码", "licence"))?;
    counted_text(walk, ("发证机构", "issued by"))?;
    digits(walk, 4, ("证件有效期", "valid until"))?;
    if version == Version::V2019 && !walk.rest().is_empty() {
        walk.text(20, ("驾驶员身份证号", "identity card"))?;
    }
    Some(())
}

/// The head of 0x0800 and 0x0801.
pub(super) fn media_head(walk: &mut Walk<'_>) -> Option<()> {
    walk.number(4, ("多媒体 ID", "recording"))?;
    walk.word(1, ("多媒体类型", "kind"), &[(0, "图像 picture"), (1, "音频 sound"), (2, "视频 video")])?;
    let formats = [(0, "JPEG"), (1, "TIF"), (2, "MP3"), (3, "WAV"), (4, "WMV")];
    walk.word(1, ("多媒体格式", "format"), &formats)?;
    let events = [
        (0, "平台指令 asked by the platform"),
        (1, "定时 by time"),
        (2, "抢劫报警 robbery"),
        (3, "碰撞侧翻 collision or rollover"),
        (4, "门开 door opened"),
        (5, "门关 door closed"),
        (6, "车门由开变关 door shut"),
        (7, "定距 by distance"),
    ];
    walk.word(1, ("事件项", "event"), &events)?;
    walk.number(1, ("通道 ID", "channel")).map(drop)
}

/// 0x8800.
pub(super) fn media_answer(walk: &mut Walk<'_>) -> Option<()> {
    walk.number(4, ("多媒体 ID", "recording"))?;
    if walk.rest().is_empty() {
        return Some(());
    }
    let count = walk.number(1, ("重传包总数", "parts asked for"))?;
    (0..count).try_for_each(|_| walk.number(2, ("重传包序号", "part")).map(drop))
}

fn bits(walk: &mut Walk<'_>, count: usize, name: Name) -> Option<()> {
    let value = walk.number(count, name)?;
    walk.say(format!("0x{value:02X}"));
    Some(())
}

fn digits(walk: &mut Walk<'_>, count: usize, name: Name) -> Option<()> {
    let digits = walk.take(count, name).map(spaced)?;
    walk.say(digits.replace(' ', ""));
    Some(())
}

fn counted_text(walk: &mut Walk<'_>, name: Name) -> Option<()> {
    let length = walk.number(1, ("长度", "length of what follows"))?;
    walk.text(length as usize, name).map(drop)
}
