//! Sees to it that there is a page to embed: where the front end is not built, a page that says so and how.

use std::path::Path;
use std::{fs, io};

const NOT_BUILT: &str = "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>Mucktrail</title></head>\
<body><p>前端尚未构建：请在 web/ 目录运行 npm ci 和 npm run build，然后重新编译 fleet-service。</p>\
<p lang=\"en\">The front end is not built: run <code>npm ci</code> and <code>npm run build</code> in <code>web/</code>, then \
build fleet-service again.</p><p><a href=\"/blacklist\">黑名单 <span lang=\"en\">Black list</span></a></p></body></html>\n";

fn main() -> io::Result<()> {
    let dist = Path::new("../web/dist");
    let page = dist.join("index.html");
    println!("cargo:rerun-if-changed={}", page.display());
    println!("cargo:rerun-if-changed=migrations");
    if !page.exists() {
        fs::create_dir_all(dist)?;
        fs::write(page, NOT_BUILT)?;
    }
    Ok(())
}
