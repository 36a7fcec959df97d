//! Areas and routes a platform sends (0x8600 to 0x8607), field by field.

use wire::Version;

use super::bits;
use super::walk::{Name, Walk, number};

const SETTINGS: [(u64, &str); 3] = [(0, "更新 update"), (1, "追加 append"), (2, "修改 modify")];

pub(super) fn circles(walk: &mut Walk<'_>, version: Version) -> Option<()> {
    each(walk, |walk| {
        let attributes = head(walk)?;
        point(walk, ("中心点纬度", "centre latitude"), ("中心点经度", "centre longitude"))?;
        walk.measure(4, ("半径", "radius"), "m")?;
        times_and_limits(walk, attributes, version)
    })
}

pub(super) fn rectangles(walk: &mut Walk<'_>, version: Version) -> Option<()> {
    each(walk, |walk| {
        let attributes = head(walk)?;
        point(walk, ("左上点纬度", "upper left latitude"), ("左上点经度", "upper left longitude"))?;
        point(walk, ("右下点纬度", "lower right latitude"), ("右下点经度", "lower right longitude"))?;
        times_and_limits(walk, attributes, version)
    })
}

pub(super) fn polygon(walk: &mut Walk<'_>, version: Version) -> Option<()> {
    let attributes = head(walk)?;
    times(walk, attributes)?;
    limits(walk, attributes)?;
    let count = walk.number(2, ("顶点数", "corners"))?;
    for _ in 0..count {
        point(walk, ("顶点纬度", "corner latitude"), ("顶点经度", "corner longitude"))?;
    }
    later(walk, attributes, version)
}

pub(super) fn route(walk: &mut Walk<'_>, version: Version) -> Option<()> {
    let attributes = head(walk)?;
    times(walk, attributes)?;
    let count = walk.number(2, ("拐点数", "turning points"))?;
    for _ in 0..count {
        walk.number(4, ("拐点 ID", "point id"))?;
        walk.number(4, ("路段 ID", "segment id"))?;
        point(walk, ("拐点纬度", "point latitude"), ("拐点经度", "point longitude"))?;
        walk.measure(1, ("路段宽度", "width"), "m")?;
        let segment = walk.number(1, ("路段属性", "segment attributes"))?;
        if segment & 1 != 0 {
            walk.measure(2, ("行驶过长阈值", "too long after"), "s")?;
            walk.measure(2, ("行驶不足阈值", "too short below"), "s")?;
        }
        if segment & 2 != 0 {
            limits(walk, segment)?;
            if version == Version::V2019 {
                walk.measure(2, ("夜间最高速度", "top speed by night"), "km/h")?;
            }
        }
    }
    if version == Version::V2019 { named(walk) } else { Some(()) }
}

pub(super) fn delete(walk: &mut Walk<'_>) -> Option<()> {
    let count = walk.number(1, ("数量", "count"))?;
    if count == 0 {
        walk.say("0 删除全部 all");
    }
    for _ in 0..count {
        walk.number(4, ("ID", "id"))?;
    }
    Some(())
}

fn each(walk: &mut Walk<'_>, mut area: impl FnMut(&mut Walk<'_>) -> Option<()>) -> Option<()> {
    walk.word(1, ("设置属性", "setting"), &SETTINGS)?;
    let count = walk.number(1, ("区域总数", "areas"))?;
    (0..count).try_for_each(|_| area(walk))
}

fn head(walk: &mut Walk<'_>) -> Option<u64> {
    walk.number(4, ("区域或路线 ID", "area or route id"))?;
    let attributes = walk.take(2, ("属性", "attributes")).map(number)?;
    walk.say(format!("0x{attributes:04X}"));
    walk.detail(bits::area(attributes));
    Some(attributes)
}

fn point(walk: &mut Walk<'_>, lat: Name, lon: Name) -> Option<()> {
    for name in [lat, lon] {
        let value = walk.take(4, name).map(number)?;
        walk.say(format!("{}.{:06}°", value / 1_000_000, value % 1_000_000));
    }
    Some(())
}

fn times_and_limits(walk: &mut Walk<'_>, attributes: u64, version: Version) -> Option<()> {
    times(walk, attributes)?;
    limits(walk, attributes)?;
    later(walk, attributes, version)
}

fn times(walk: &mut Walk<'_>, attributes: u64) -> Option<()> {
    if attributes & 1 != 0 {
        walk.time(("起始时间", "begins"))?;
        walk.time(("结束时间", "ends"))?;
    }
    Some(())
}

fn limits(walk: &mut Walk<'_>, attributes: u64) -> Option<()> {
    if attributes & 2 != 0 {
        walk.measure(2, ("最高速度", "top speed"), "km/h")?;
        walk.measure(1, ("超速持续时间", "overspeed hold"), "s")?;
    }
    Some(())
}

/// What 2019 added: the night's speed and a name.
fn later(walk: &mut Walk<'_>, attributes: u64, version: Version) -> Option<()> {
    // Some platforms send the form of 2013 under a header of 2019.
    if version != Version::V2019 || walk.rest().is_empty() {
        return Some(());
    }
    if attributes & 2 != 0 {
        walk.measure(2, ("夜间最高速度", "top speed by night"), "km/h")?;
    }
    named(walk)
}

fn named(walk: &mut Walk<'_>) -> Option<()> {
    let length = walk.number(2, ("名称长度", "length of the name"))?;
    walk.text(length as usize, ("名称", "name")).map(drop)
}
