//! The sandbox's own calls under `/__sandbox/`, and the console page.

use chrono::TimeDelta;
use http::{
    HeaderValue, Method, Request, Response, StatusCode,
    header::{CONTENT_TYPE, HOST, ORIGIN},
};
use kaquan_core::{
    diagram,
    lifecycle::StockMove,
    machine::Command,
    model::{BundlePatch, StockState},
    plan,
    rule::{Message, Words},
    rules, samples, time,
    time::Instant,
};
use kaquan_http::{route, sign, sign::Stamp};
use serde_json::{Value, json};

use crate::{
    faults::{Active, Fault},
    sandbox::{Failure, Mishap, Sandbox, World},
};

/// The console: one page, nothing from elsewhere.
const CONSOLE: &str = include_str!("console.html");

type Answer = Result<Value, (u16, String)>;

impl Sandbox {
    /// The answer of one of the sandbox's own calls; `None` when the request is for the platform.
    pub(crate) fn control(&self, wall: Instant, request: &Request<Vec<u8>>) -> Option<Response<Vec<u8>>> {
        let (method, path) = (request.method(), request.uri().path());
        if (method, path) == (&Method::GET, "/") {
            return Some(text(StatusCode::OK, "text/html; charset=utf-8", CONSOLE.into()));
        }
        let call = path.strip_prefix("/__sandbox/")?;
        if !is_same_origin(request) {
            return Some(as_response(Err((
                403,
                "the sandbox is controlled from its own page and machine only".into(),
            ))));
        }
        Some(match (method.as_str(), call) {
            ("GET", "sample") => text(StatusCode::OK, "text/plain; charset=utf-8", samples::REQUEST.into()),
            ("GET", "lifecycle.svg") => {
                let lit = request.uri().query().and_then(|query| query.strip_prefix("lit=")).unwrap_or_default();
                let lit: Vec<StockState> = lit.split(',').filter_map(StockState::from_word).collect();
                text(StatusCode::OK, "image/svg+xml", diagram::svg(&lit))
            }
            ("POST", "apply") => as_response(self.apply_from_console(wall, request)),
            _ => as_response(self.controlled(wall, request, call)),
        })
    }

    fn controlled(&self, wall: Instant, request: &Request<Vec<u8>>, call: &str) -> Answer {
        let mut world = self.world();
        let now = world.clock.now(wall);
        match (request.method().as_str(), call) {
            ("GET", "state") => {
                world.tick(now).map_err(|error| (500, error.to_string()))?;
                Ok(self.shown(&world, wall, request))
            }
            ("GET", "journal") => {
                let after = request.uri().query().and_then(|query| query.strip_prefix("after="));
                let after = after.and_then(|after| after.parse().ok()).unwrap_or(0);
                Ok(json!({ "entries": world.journal.after(after).collect::<Vec<_>>() }))
            }
            ("GET", "faults") => Ok(faults(&world)),
            ("POST", "faults") => {
                let active: Active =
                    serde_json::from_slice(request.body()).map_err(|error| (400, error.to_string()))?;
                if active.count.is_none() && active.probability.is_none() {
                    return Err((400, "give a count or a probability".into()));
                }
                if active.probability.is_some_and(|odds| !(0.0..=1.0).contains(&odds)) {
                    return Err((400, "a probability is between 0 and 1".into()));
                }
                world.faults.set(active);
                Ok(faults(&world))
            }
            ("DELETE", "faults") => {
                world.faults.clear();
                Ok(faults(&world))
            }
            ("POST", "reset") => {
                world.reset().map_err(|error| (500, error.to_string()))?;
                Ok(self.shown(&world, wall, request))
            }
            ("POST", "clock") => {
                set_clock(&mut world, wall, &body(request)?)?;
                let now = world.clock.now(wall);
                world.tick(now).map_err(|error| (500, error.to_string()))?;
                Ok(self.shown(&world, wall, request))
            }
            ("POST", "stocks") => {
                move_stock(&mut world, now, &body(request)?)?;
                Ok(self.shown(&world, wall, request))
            }
            ("POST", "send") => {
                send(&mut world, now, &body(request)?)?;
                Ok(self.shown(&world, wall, request))
            }
            ("POST", "check") => Ok(checked(request.body())),
            ("POST", "plan") => planned(&world, now, &body(request)?),
            _ => Err((404, format!("there is no {} /__sandbox/{call}", request.method()))),
        }
    }

    fn shown(&self, world: &World, wall: Instant, request: &Request<Vec<u8>>) -> Value {
        let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1");
        json!({
            "now": world.clock.now(wall).to_rfc3339_opts(chrono::SecondsFormat::Secs, false),
            "frozen": world.clock.frozen.is_some(),
            "base_url": format!("http://{host}"),
            "mchid": self.identity.id(),
            "coupons": world.state.coupons().collect::<Vec<_>>(),
            "bundles": world.state.bundles().collect::<Vec<_>>(),
            "remembered_requests": world.state.remembered(),
        })
    }

    /// The console sends as a client would: signed, and through the same door.
    fn apply_from_console(&self, wall: Instant, request: &Request<Vec<u8>>) -> Answer {
        let body = body(request)?;
        let field = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        let prefix = self.identity.mode().row().prefix;
        let uri = format!(
            "{prefix}product-coupons/{}/stock-bundles/{}",
            route::escaped(field("product_coupon_id")),
            route::escaped(field("stock_bundle_id"))
        );
        let bad = |error: &dyn std::fmt::Display| (400, error.to_string());
        let request = Request::patch(uri)
            .header("accept", "application/json")
            .header("content-type", "application/json")
            .body(field("patch").as_bytes().to_vec())
            .map_err(|error| bad(&error))?;
        let nonce = std::iter::repeat_with(fastrand::alphanumeric).take(32).collect();
        let stamp = Stamp { timestamp: wall.timestamp(), nonce };
        let signed = sign::sign_request(self.keyring.merchant(), &self.identity, &stamp, request);
        let response = self.handle(wall, &signed.map_err(|error| bad(&error))?);
        if response.extensions().get::<Mishap>() == Some(&Mishap::Lost) {
            return Ok(json!({ "lost": true }));
        }
        let id = response.headers().get("request-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
        let status = response.status().as_u16();
        Ok(json!({ "status": status, "request_id": id, "body": String::from_utf8_lossy(response.body()) }))
    }
}

/// A page of another origin must not steer the sandbox of whoever looks at it.
fn is_same_origin(request: &Request<Vec<u8>>) -> bool {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    match (header(ORIGIN), header(HOST)) {
        (None, _) => true,
        (Some(origin), Some(host)) => origin.strip_prefix("http://") == Some(host),
        (Some(_), None) => false,
    }
}

fn body(request: &Request<Vec<u8>>) -> Result<Value, (u16, String)> {
    serde_json::from_slice(request.body()).map_err(|error| (400, error.to_string()))
}

fn text(status: StatusCode, kind: &'static str, text: String) -> Response<Vec<u8>> {
    let mut response = Response::new(text.into_bytes());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert("cache-control", HeaderValue::from_static("no-store"));
    response
}

fn as_response(answer: Answer) -> Response<Vec<u8>> {
    let (status, value) = match answer {
        Ok(value) => (StatusCode::OK, value),
        Err((status, message)) => {
            (StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), json!({ "message": message }))
        }
    };
    text(status, "application/json; charset=utf-8", value.to_string())
}

fn faults(world: &World) -> Value {
    let kinds: Vec<Value> =
        Fault::ALL.iter().map(|(kind, Words { en, zh })| json!({ "kind": kind, "en": en, "zh": zh })).collect();
    json!({ "kinds": kinds, "active": world.faults.active() })
}

fn set_clock(world: &mut World, wall: Instant, wanted: &Value) -> Result<(), (u16, String)> {
    let now = world.clock.now(wall);
    let at = match (wanted.get("freeze"), wanted.get("advance_seconds"), wanted.get("set")) {
        (Some(Value::Bool(true)), None, None) => {
            world.clock.frozen = Some(now);
            return Ok(());
        }
        (Some(Value::Bool(false)), None, None) => {
            world.clock.frozen = None;
            world.clock.ahead = now - wall;
            return Ok(());
        }
        (None, Some(seconds), None) => {
            let seconds = seconds.as_i64().and_then(TimeDelta::try_seconds);
            seconds.and_then(|seconds| now.checked_add_signed(seconds))
        }
        (None, None, Some(set)) => set.as_str().and_then(time::parse),
        _ => None,
    };
    let wrong = || {
        (400, "give one of freeze (true or false), advance_seconds (a whole number), set (a time of RFC 3339), within the years 1970 to 9999".into())
    };
    // Beyond these years a time is none of RFC 3339.
    let at = at.filter(|at| (1970..=9999).contains(&chrono::Datelike::year(at))).ok_or_else(wrong)?;
    if world.clock.frozen.is_some() {
        world.clock.frozen = Some(at);
    } else {
        world.clock.ahead = at - wall;
    }
    Ok(())
}

fn commit(world: &mut World, now: Instant, command: &Command) -> Result<(), (u16, String)> {
    world.commit(now, command).map(drop).map_err(|failure| match failure {
        Failure::Rejected(rejection) => (409, rejection.to_string()),
        Failure::Store(error) => (500, error.to_string()),
    })
}

fn move_stock(world: &mut World, now: Instant, wanted: &Value) -> Result<(), (u16, String)> {
    let field = |name: &str| wanted.get(name).and_then(Value::as_str).unwrap_or_default().to_string();
    let by: Option<StockMove> = wanted.get("by").and_then(|by| serde_json::from_value(by.clone()).ok());
    let by = by.ok_or_else(|| (400, "`by` is approve, pause, resume or reach_end".into()))?;
    let (bundle, stock) = (field("stock_bundle_id"), field("stock_id"));
    if bundle.is_empty() || stock.is_empty() {
        return Err((400, "give stock_bundle_id and stock_id".into()));
    }
    let bundle = kaquan_core::model::StockBundleId::new(bundle);
    commit(world, now, &Command::MoveStock { bundle, stock: kaquan_core::model::StockId::new(stock), by })
}

fn send(world: &mut World, now: Instant, wanted: &Value) -> Result<(), (u16, String)> {
    let bundle = wanted.get("stock_bundle_id").and_then(Value::as_str).unwrap_or_default().to_string();
    let count = wanted.get("count").map_or(Some(1), Value::as_i64);
    let count = count.ok_or_else(|| (400, "`count` is a whole number".to_string()))?;
    commit(world, now, &Command::SendCoupons { bundle: kaquan_core::model::StockBundleId::new(bundle), count })
}

fn both(message: &Message) -> Value {
    json!({ "en": message.en, "zh": message.zh })
}

/// Findings with places in characters, as a page counts them.
fn checked(bytes: &[u8]) -> Value {
    let (_, findings) = rules::check_bytes::<BundlePatch<'_>>(bytes);
    let text = String::from_utf8_lossy(bytes);
    let characters = |offset: usize| text.get(..offset.min(text.len())).map_or(0, |before| before.chars().count());
    let shown: Vec<Value> = findings
        .iter()
        .map(|finding| {
            let span = finding.span.clone().unwrap_or(0..0);
            let before = text.get(..span.start.min(text.len())).unwrap_or_default();
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            json!({
                "code": finding.rule.code,
                "rule": finding.rule.name,
                "level": finding.rule.level.as_str(),
                "pointer": finding.pointer,
                "path": finding.path(),
                "message": both(&finding.message),
                "help": { "en": finding.rule.remedy.en, "zh": finding.rule.remedy.zh },
                "line": before.matches('\n').count() + 1,
                "column": before.get(line_start..).map_or(0, |line| line.chars().count()) + 1,
                "start": characters(span.start),
                "end": characters(span.end),
            })
        })
        .collect();
    let errors = findings.iter().filter(|finding| finding.is_error()).count();
    json!({ "errors": errors, "warnings": findings.len() - errors, "findings": shown })
}

fn planned(world: &World, now: Instant, wanted: &Value) -> Answer {
    let field = |name: &str| wanted.get(name).and_then(Value::as_str).unwrap_or_default();
    let (checked, findings) = rules::check_text::<BundlePatch<'_>>(field("patch"));
    let Some(patch) = checked else { return Ok(json!({ "accepted": false, "findings": findings.len() })) };
    let id = field("stock_bundle_id");
    let bundle = world.state.bundle(id).ok_or_else(|| (404, format!("there is no bundle {id}")))?;
    Ok(match plan::plan(bundle, &patch.into_owned(), now) {
        Ok(plan) => json!({
            "accepted": true,
            "changes": plan.changes,
            "cautions": plan.cautions.iter().map(|caution| json!({
                "name": caution.name,
                "stock_id": caution.stock_id,
                "pointer": caution.pointer,
                "message": both(&caution.message),
            })).collect::<Vec<_>>(),
        }),
        Err(rejection) => {
            let refusal = rejection.refusal();
            json!({ "accepted": false, "refusal": {
                "reason": refusal.name,
                "status": route::status(refusal.kind).as_u16(),
                "code": refusal.code,
                "message": { "en": rejection.to_string(), "zh": rejection.chinese() },
            }})
        }
    })
}
