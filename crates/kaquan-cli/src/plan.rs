//! `kaquan plan`.

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
};

use kaquan_core::{
    machine::Rejection,
    model::{Bundle, BundlePatch},
    plan::{self, Plan},
    rules::{self, Checked},
    time::Instant,
};
use kaquan_http::route;
use serde_json::{Value, json};

use crate::{
    DONE, FINDINGS, REFUSED, args,
    lang::Lang,
    render,
    report::{Document, Report},
};

pub(crate) fn run(options: &args::Plan, lang: Lang) -> io::Result<u8> {
    let (patch, bundle) = (&options.patch, &options.bundle);
    if patch.as_os_str() == "-" && bundle.as_os_str() == "-" {
        return Err(io::Error::other("only one of PATCH and BUNDLE can be standard input"));
    }
    let text = read(patch)?;
    let format = match options.format {
        args::PlanFormat::Human => args::Format::Human,
        args::PlanFormat::Json => args::Format::Json,
    };
    let Some(patch) = checked(patch, &text, format, lang)? else { return Ok(FINDINGS) };
    let bundle_text = read(bundle)?;
    let unfit = |reason: &str| {
        let hint = lang.pick(
            "a bundle is an answer of the platform: {\"stock_bundle_id\", \"stock_list\"}",
            "批次组应为平台的应答：{\"stock_bundle_id\", \"stock_list\"}",
        );
        io::Error::other(format!("{}: {reason}; {hint}", options.bundle.display()))
    };
    // serde reads an array as an object by position; an answer is an object.
    if bundle_text.trim_ascii_start().starts_with(b"[") {
        return Err(unfit("found an array"));
    }
    let bundle: Bundle = serde_json::from_slice(&bundle_text).map_err(|error| unfit(&error.to_string()))?;
    if bundle.stock_list.is_empty() {
        return Err(unfit("stock_list is empty"));
    }
    let now = options.now.unwrap_or_else(now);
    let planned = plan::plan(&bundle, &patch, now);
    let mut output = anstream::stdout().lock();
    match options.format {
        args::PlanFormat::Json => writeln!(output, "{}", as_json(&planned, lang)?)?,
        args::PlanFormat::Human => write!(output, "{}", render::plan(&bundle, &planned, lang))?,
    }
    Ok(if planned.is_ok() { DONE } else { REFUSED })
}

/// The clock, read here and nowhere below.
pub(crate) fn now() -> Instant {
    chrono::Local::now().fixed_offset()
}

/// A file, or standard input for `-`; an error names it.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let bytes = if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut io::stdin(), &mut bytes).map(|_| bytes)
    } else {
        fs::read(path)
    };
    bytes.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

/// The patch, if it has no errors; findings are written as `check` writes them.
pub(crate) fn checked(
    path: &Path,
    text: &[u8],
    format: args::Format,
    lang: Lang,
) -> io::Result<Option<Checked<BundlePatch<'static>>>> {
    let (checked, findings) = rules::check_bytes::<BundlePatch<'_>>(text);
    if checked.is_none() {
        let mut report = Report::new(format, lang);
        let name = path.display().to_string();
        report.documents = 1;
        report.findings(Document { file: &name, line: 1, number: 1, text }, &findings)?;
        report.finish(true)?;
    }
    Ok(checked.map(Checked::into_owned))
}

fn as_json(planned: &Result<Plan, Rejection>, lang: Lang) -> io::Result<Value> {
    Ok(match planned {
        Ok(plan) => json!({
            "accepted": true,
            "changes": serde_json::to_value(&plan.changes)?,
            "cautions": plan.cautions.iter().map(|caution| json!({
                "name": caution.name,
                "stock_id": caution.stock_id,
                "pointer": caution.pointer,
                "message": lang.message(&caution.message),
            })).collect::<Vec<_>>(),
            "bundle": serde_json::to_value(&plan.bundle)?,
        }),
        Err(rejection) => {
            let refusal = rejection.refusal();
            json!({
                "accepted": false,
                "refusal": {
                    "reason": refusal.name,
                    "status": route::status(refusal.kind).as_u16(),
                    "code": refusal.code,
                    "number": refusal.number,
                    "certainty": refusal.certainty.as_str(),
                    "message": lang.pick(rejection.to_string(), rejection.chinese()),
                },
            })
        }
    })
}
