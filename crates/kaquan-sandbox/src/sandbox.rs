//! One request, one answer: verify, decode, check, apply, encode, sign.

use std::{
    collections::{HashMap, VecDeque},
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, FixedOffset, TimeDelta, Timelike as _};
use http::{HeaderValue, Request, Response};
use kaquan_core::{
    lifecycle::StockMove,
    machine::{Answer, Command, Event, Rejection, State},
    model::{Stock, StockState},
    samples,
    time::Instant,
};
use kaquan_http::{
    identity::Identity,
    keys::PublicKey,
    pace::LIMIT_PER_SECOND,
    route::{self, Call, Reply, StockList, StockPage},
    sign::{self, Distrust, Stamp, WECHATPAY_SERIAL, WECHATPAY_SIGNATURE},
};

use crate::{
    Keyring,
    answers::{self, Draft},
    faults::{self, Fault, Faults},
    journal::{self, Entry, Journal, Verdict},
    store::{Store, StoreError},
};

/// How a sandbox behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// Seed of the faults by probability.
    pub seed: u64,
    /// Requests a second that one caller may send; `None` takes any number.
    pub rate_limit: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 1, rate_limit: Some(LIMIT_PER_SECOND) }
    }
}

/// What happens to an answer on its way, when a fault asks for it. An extension of the response: a server acts on it,
/// and so can a transport in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// The connection is closed without a word.
    Lost,
    /// The answer is late by this time.
    Late(Duration),
    /// Half of the body arrives.
    Truncated,
}

/// The platform's side. All calls take the wall clock as an argument; the clock of stocks can be set beside it.
#[derive(Debug)]
pub struct Sandbox {
    pub(crate) keyring: Keyring,
    pub(crate) identity: Identity,
    merchant: PublicKey,
    options: Options,
    pub(crate) world: Mutex<World>,
}

/// What changes.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) state: State,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    pub(crate) clock: Clock,
    store: Option<Store>,
    nonces: HashMap<String, i64>,
    times: VecDeque<i64>,
    random: fastrand::Rng,
    day: Option<i64>,
}

/// The clock of stocks: the wall clock, moved, or standing still. Signatures are judged by the wall clock alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Clock {
    pub(crate) ahead: TimeDelta,
    pub(crate) frozen: Option<Instant>,
}

impl Clock {
    pub(crate) fn now(&self, wall: Instant) -> Instant {
        self.frozen.unwrap_or_else(|| wall.checked_add_signed(self.ahead).unwrap_or(wall))
    }
}

impl Sandbox {
    /// A sandbox in memory, with the sample coupon and bundle.
    ///
    /// # Errors
    /// None in practice: [`StoreError`] is for those with a file.
    pub fn new(keyring: Keyring, options: Options) -> Result<Self, StoreError> {
        Self::build(keyring, options, None)
    }

    /// A sandbox whose events are kept in a SQLite file, and replayed from it.
    ///
    /// # Errors
    /// [`StoreError`]; a file that is not ours, or newer, is left untouched.
    pub fn with_file(keyring: Keyring, options: Options, path: &Path) -> Result<Self, StoreError> {
        Self::build(keyring, options, Some(Store::open(path)?))
    }

    fn build(keyring: Keyring, options: Options, mut store: Option<Store>) -> Result<Self, StoreError> {
        let replayed = store.as_ref().map(Store::replay).transpose()?.flatten();
        let state = if let Some(state) = replayed {
            state
        } else {
            let (state, events) = seeded();
            if let Some(store) = &mut store {
                store.append(&events)?;
            }
            state
        };
        let world = World {
            state,
            faults: Faults::new(options.seed),
            journal: Journal::default(),
            clock: Clock::default(),
            store,
            nonces: HashMap::new(),
            times: VecDeque::new(),
            random: fastrand::Rng::new(),
            day: None,
        };
        let (identity, merchant) = (keyring.identity(), keyring.merchant().public_key());
        Ok(Self { keyring, identity, merchant, options, world: Mutex::new(world) })
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state as it is now.
    #[must_use]
    pub fn state(&self) -> State {
        self.world().state.clone()
    }

    /// The keys.
    #[must_use]
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// Takes a command of the platform's own hand, as a test may want it.
    ///
    /// # Errors
    /// The [`Rejection`] of the reducer.
    pub fn command(&self, wall: Instant, command: &Command) -> Result<Vec<Event>, Rejection> {
        let mut world = self.world();
        let now = world.clock.now(wall);
        world.commit(now, command).map_err(|failure| match failure {
            Failure::Rejected(rejection) => rejection,
            Failure::Store(error) => Rejection::KnownAlready(error.to_string()),
        })
    }

    /// Adds a fault to come.
    pub fn set_fault(&self, active: faults::Active) {
        self.world().faults.set(active);
    }

    /// Answers a request at a time of the wall clock. A [`Mishap`] among the extensions of the response says what shall
    /// happen to it on its way.
    pub fn handle(&self, wall: Instant, request: &Request<Vec<u8>>) -> Response<Vec<u8>> {
        if let Some(response) = self.control(wall, request) {
            return response;
        }
        let mut world = self.world();
        let asked = request.headers().get(faults::HEADER).and_then(|value| Fault::from_name(value.to_str().ok()?));
        let fault = asked.or_else(|| world.faults.take_next());
        let mut looked = Looked::default();
        let draft = match fault.filter(|fault| fault.comes_first()) {
            Some(fault) => Self::injected(fault, request),
            None => self.answer(&mut world, wall, request, &mut looked),
        };
        let draft = match fault {
            Some(Fault::AppliedThenError) => Self::injected(Fault::SystemError, request),
            _ => draft,
        };
        let request_id = format!("{:016X}{:016X}", world.random.u64(..), world.random.u64(..));
        let entry = Entry {
            id: 0,
            at: wall.to_rfc3339(),
            method: request.method().to_string(),
            path: path_of(request).into(),
            status: draft.status.as_u16(),
            request_id: format!("{request_id}-{}", draft.number),
            fault,
            checks: looked.checks,
            near_miss: looked.near_miss,
            request_body: journal::shown(request.body()),
            answer_body: journal::shown(&draft.body),
        };
        world.journal.push(entry);
        let nonce: String = std::iter::repeat_with(|| world.random.alphanumeric()).take(32).collect();
        drop(world);
        self.signed(draft.into_response(&request_id), wall, nonce, fault)
    }

    fn answer(&self, world: &mut World, wall: Instant, request: &Request<Vec<u8>>, looked: &mut Looked) -> Draft {
        if !self.within_rate(world, wall) {
            looked.check("rate", false, "more than the caller's share a second");
            let message = "请求超过接口频率限制";
            return Draft::error(429, 270_924_289, "RATELIMIT_EXCEEDED", message, None);
        }
        if let Err(draft) = self.verify(world, wall, request, looked) {
            return draft;
        }
        if let Err(draft) = headers(request, looked) {
            return draft;
        }
        let call = match route::decode(&self.identity, request) {
            Ok(call) => call,
            Err(reason) => {
                let draft = answers::unroutable(&reason, request.body(), request.uri().path());
                looked.check("request", false, &String::from_utf8_lossy(&draft.body));
                return draft;
            }
        };
        looked.check("request", true, "the document has no error");
        let now = world.clock.now(wall);
        if let Err(error) = world.tick(now) {
            return broken(&error);
        }
        let answered = match &call {
            Call::Command(command) => world.commit(now, command).and_then(|events| {
                let again = if events.is_empty() { "the same request again: the recorded answer" } else { "done" };
                looked.check("state", true, again);
                let answer = world.state.answer(command).cloned();
                answer.map(Reply::Answer).ok_or_else(|| Rejection::KnownAlready(String::new()).into())
            }),
            Call::ListStocks(list) => world.list(list).map_err(Failure::from),
            Call::GetStock { coupon, stock, brand } => {
                let found = world.stocks(brand.as_str(), coupon.as_str());
                found.map_err(Failure::from).and_then(|stocks| {
                    let found = stocks.into_iter().find(|found| found.stock_id == *stock);
                    let found = found.ok_or_else(|| Rejection::StockUnknown(stock.clone()))?;
                    Ok(Reply::Answer(Answer::Stock(found.into())))
                })
            }
        };
        match answered {
            Ok(reply) => Draft::done(route::encode_reply(&reply)),
            Err(Failure::Rejected(rejection)) => {
                looked.check("state", false, &rejection.to_string());
                answers::rejected(&rejection)
            }
            Err(Failure::Store(error)) => broken(&error),
        }
    }

    fn within_rate(&self, world: &mut World, wall: Instant) -> bool {
        let Some(limit) = self.options.rate_limit else { return true };
        let now = wall.timestamp_millis();
        while world.times.front().is_some_and(|time| now - *time >= 1000) {
            world.times.pop_front();
        }
        let fits = world.times.len() < usize::try_from(limit).unwrap_or(usize::MAX);
        if fits {
            world.times.push_back(now);
        }
        fits
    }

    /// Every check of a signature, each with its verdict; the first that fails is answered.
    fn verify(
        &self,
        world: &mut World,
        wall: Instant,
        request: &Request<Vec<u8>>,
        looked: &mut Looked,
    ) -> Result<(), Draft> {
        let (method, path) = (request.method().as_str(), path_of(request));
        let refuse =
            |message: &str, stamp: Option<&Stamp>| answers::sign_error(message, method, path, stamp, request.body());
        let authorization = match sign::read_authorization(request.headers()) {
            Ok(authorization) => authorization,
            Err(distrust) => {
                looked.check("authorization", false, &distrust.to_string());
                return Err(refuse("Http头Authorization值格式错误，请参考签名规则", None));
            }
        };
        looked.check("authorization", true, "well formed");
        let stamp = &authorization.stamp;
        let now = wall.timestamp();
        let verdict = sign::verify_request(&self.identity, &self.merchant, now, request.clone());
        let (failed, message) = match &verdict {
            Ok(_) => ("", ""),
            Err(Distrust::BadHeader { name: "mchid" | "brand_id" | "Authorization scheme", .. }) => {
                ("mchid", "商户号与认证信息不匹配")
            }
            Err(Distrust::UnknownSerial { .. }) => ("serial_no", "商户证书序列号有误，请使用签名私钥匹配的证书序列号"),
            Err(Distrust::Stale { .. }) => {
                ("timestamp", "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟")
            }
            Err(_) => ("signature", "错误的签名，验签失败"),
        };
        for name in ["mchid", "serial_no", "timestamp", "signature"] {
            let ok = name != failed;
            let detail = verdict.as_ref().err().filter(|_| !ok).map_or_else(|| "fits".into(), ToString::to_string);
            looked.check(name, ok, &detail);
            if !ok {
                if name == "signature" {
                    looked.near_miss = self.near_miss(request, &authorization);
                }
                return Err(refuse(message, Some(stamp)));
            }
        }
        world.nonces.retain(|_, seen| now.abs_diff(*seen) < sign::WINDOW_SECONDS * 2);
        let fresh = world.nonces.insert(stamp.nonce.clone(), now).is_none();
        looked.check("nonce", fresh, if fresh { "new" } else { "used before: a request is signed anew each time" });
        if fresh { Ok(()) } else { Err(refuse("请求重放：nonce_str 已被使用", Some(stamp))) }
    }

    /// What would have made the signature fit: the help that nobody else can give.
    fn near_miss(&self, request: &Request<Vec<u8>>, authorization: &sign::Authorization) -> Option<String> {
        let (method, path, body) = (request.method().as_str(), path_of(request), request.body().as_slice());
        let signature = base64(&authorization.signature)?;
        let fits = |key: &PublicKey, method: &str, path: &str, body: &[u8]| {
            key.verifies(&sign::request_message(method, path, &authorization.stamp, body), &signature)
        };
        let own = &self.merchant;
        let bare = path.split('?').next().unwrap_or(path);
        let mut bodies = vec![(Vec::new(), "empty")];
        bodies.push((body.trim_ascii().to_vec(), "without the white space around it"));
        bodies.push(([body, b"\n"].concat(), "ended by one more line end"));
        if let Ok(value) = serde_json::from_slice::<serde_json::Value>(body) {
            bodies
                .push((value.to_string().into_bytes(), "written again without spaces, members in alphabetical order"));
            bodies.push((serde_json::to_vec_pretty(&value).unwrap_or_default(), "written again with indents"));
        }
        if let Ok(patch) = serde_json::from_slice::<kaquan_core::model::BundlePatch<'static>>(body) {
            bodies.push((kaquan_core::hot::to_json(&patch).into_bytes(), "written again without spaces"));
            bodies.push((serde_json::to_vec_pretty(&patch).unwrap_or_default(), "written again with indents"));
        }
        for (other, what) in &bodies {
            if fits(own, method, path, other) {
                return Some(format!("the signature fits if the body were {what}: sign the bytes that are sent"));
            }
        }
        if bare != path && fits(own, method, bare, body) {
            return Some("the signature fits without the query string: it belongs to what is signed".into());
        }
        let trimmed = path.trim_start_matches('/');
        if fits(own, method, trimmed, body) {
            return Some("the signature fits if the path began without its slash".into());
        }
        for other in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            if other != method && fits(own, other, path, body) {
                return Some(format!("the signature fits if the method were {other}"));
            }
        }
        let platform = self.keyring.platform_public();
        if fits(&platform, method, path, body) {
            return Some("it was signed with the platform's key: sign with the merchant's".into());
        }
        None
    }

    fn injected(fault: Fault, request: &Request<Vec<u8>>) -> Draft {
        let error = |status, number, code, message| Draft::error(status, number, code, message, None);
        match fault {
            Fault::ParamError => error(400, 268_435_461, "PARAM_ERROR", "参数错误"),
            Fault::InvalidRequest => error(400, 268_578_224, "INVALID_REQUEST", "传入参数不符合业务规则"),
            Fault::SignError => {
                let stamp = sign::read_authorization(request.headers()).ok().map(|authorization| authorization.stamp);
                let (method, path) = (request.method().as_str(), path_of(request));
                answers::sign_error("错误的签名，验签失败", method, path, stamp.as_ref(), request.body())
            }
            Fault::NoAuth => error(403, 268_579_803, "NO_AUTH", "服务商无权限调用该接口"),
            Fault::NotFound => error(404, 268_578_608, "NOT_FOUND", "未找到 product_coupon_id 对应的商品券"),
            Fault::RateLimited => error(429, 270_924_289, "RATELIMIT_EXCEEDED", "请求超过接口频率限制"),
            Fault::Unavailable => error(503, 268_435_457, "SERVICE_UNAVAILABLE", "服务不可用"),
            Fault::Accepted => Draft { status: http::StatusCode::ACCEPTED, number: 0, body: Vec::new() },
            Fault::EmptyServerError => {
                Draft { status: http::StatusCode::INTERNAL_SERVER_ERROR, number: 0, body: Vec::new() }
            }
            Fault::HtmlBadGateway => Draft {
                status: http::StatusCode::BAD_GATEWAY,
                number: 0,
                body: b"<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>".to_vec(),
            },
            _ => error(500, 268_435_457, "SYSTEM_ERROR", "系统异常，请稍后重试"),
        }
    }

    /// Signs an answer, or spoils its signature as a fault asks.
    fn signed(
        &self,
        response: Response<Vec<u8>>,
        wall: Instant,
        nonce: String,
        fault: Option<Fault>,
    ) -> Response<Vec<u8>> {
        let skewed = fault == Some(Fault::SkewedClock);
        let timestamp = wall.timestamp() - if skewed { 600 } else { 0 };
        let serial =
            if fault == Some(Fault::WrongSerial) { "PUB_KEY_ID_OTHER" } else { self.identity.wechatpay_serial() };
        let unsigned = matches!(fault, Some(Fault::Unsigned | Fault::HtmlBadGateway | Fault::EmptyServerError));
        let stamp = Stamp { timestamp, nonce };
        let mut response = if unsigned {
            response
        } else {
            let plain = response.clone();
            sign::sign_response(self.keyring.platform(), serial, &stamp, response).unwrap_or(plain)
        };
        match fault {
            Some(Fault::Signtest) => {
                let probe = HeaderValue::from_static("WECHATPAY/SIGNTEST/cHJvYmU=");
                response.headers_mut().insert(WECHATPAY_SIGNATURE, probe);
            }
            Some(Fault::BadSignature) => response.body_mut().push(b' '),
            Some(Fault::ConnectionReset | Fault::ReplyLost) => drop(response.extensions_mut().insert(Mishap::Lost)),
            Some(Fault::Latency) => drop(response.extensions_mut().insert(Mishap::Late(Duration::from_secs(2)))),
            Some(Fault::TruncatedBody) => drop(response.extensions_mut().insert(Mishap::Truncated)),
            _ => {}
        }
        debug_assert!(unsigned || response.headers().contains_key(WECHATPAY_SERIAL));
        response
    }
}

/// What was found of a request.
#[derive(Default)]
struct Looked {
    checks: Vec<Verdict>,
    near_miss: Option<String>,
}

impl Looked {
    fn check(&mut self, name: &'static str, ok: bool, detail: &str) {
        self.checks.push(Verdict { name, ok, detail: detail.into() });
    }
}

/// Why a command was not done.
pub(crate) enum Failure {
    Rejected(Rejection),
    Store(StoreError),
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

fn broken(error: &StoreError) -> Draft {
    Draft::error(500, 268_435_457, "SYSTEM_ERROR", &format!("系统异常，请稍后重试（{error}）"), None)
}

impl World {
    /// Decides, writes the events to disk, and only then into the state.
    pub(crate) fn commit(&mut self, now: Instant, command: &Command) -> Result<Vec<Event>, Failure> {
        let events = self.state.decide(now, command)?;
        if let Some(store) = self.store.as_mut().filter(|_| !events.is_empty()) {
            store.append(&events).map_err(Failure::Store)?;
        }
        for event in &events {
            self.state.evolve(event);
        }
        Ok(events)
    }

    /// What time does by itself: reviews are passed, ends are reached, days begin.
    pub(crate) fn tick(&mut self, now: Instant) -> Result<(), StoreError> {
        let mut commands = Vec::new();
        for bundle in self.state.bundles() {
            for stock in &bundle.stock_list {
                let live = matches!(stock.state, StockState::Auditing | StockState::Sending | StockState::Paused);
                let by = match stock.available_end() {
                    Some(end) if live && end <= now => StockMove::ReachEnd,
                    _ if stock.state == StockState::Auditing => StockMove::Approve,
                    _ => continue,
                };
                let (bundle, stock) = (bundle.stock_bundle_id.clone(), stock.stock_id.clone());
                commands.push(Command::MoveStock { bundle, stock, by });
            }
        }
        let day = beijing(now).timestamp().div_euclid(86_400);
        if self.day.replace(day).is_some_and(|before| before != day) {
            commands.push(Command::StartDay);
        }
        for command in commands {
            match self.commit(now, &command) {
                Ok(_) | Err(Failure::Rejected(_)) => {}
                Err(Failure::Store(error)) => return Err(error),
            }
        }
        Ok(())
    }

    /// Everything as at the start.
    pub(crate) fn reset(&mut self) -> Result<(), StoreError> {
        let (state, events) = seeded();
        if let Some(store) = &mut self.store {
            store.restart(&events)?;
        }
        self.state = state;
        self.faults.clear();
        self.journal.clear();
        self.clock = Clock::default();
        self.day = None;
        Ok(())
    }

    fn stocks(&self, brand: &str, coupon: &str) -> Result<Vec<Stock>, Rejection> {
        if !self.state.is_authorised(brand) {
            return Err(Rejection::BrandNotAuthorised(kaquan_core::model::BrandId::from(brand).into_owned()));
        }
        let held = self.state.coupon(coupon).filter(|held| held.brand_id.as_str() == brand);
        let unknown = || kaquan_core::model::ProductCouponId::from(coupon).into_owned();
        held.ok_or_else(|| Rejection::CouponUnknown(unknown()))?;
        Ok(self.state.bundles_of(coupon).flat_map(|bundle| bundle.stock_list.iter().cloned()).collect())
    }

    fn list(&self, list: &StockList) -> Result<Reply, Rejection> {
        let mut stocks = self.stocks(list.brand.as_str(), list.coupon.as_str())?;
        if let Some(bundle) = &list.bundle {
            stocks.retain(|stock| stock.stock_bundle_info.stock_bundle_id == *bundle);
        }
        if let Some(state) = &list.state {
            stocks.retain(|stock| stock.state.as_str() == state);
        }
        let total_count = i64::try_from(stocks.len()).unwrap_or(i64::MAX);
        let from = list.page_token.as_deref().and_then(|token| token.parse().ok()).unwrap_or(0_usize);
        let size = list.page_size.and_then(|size| usize::try_from(size).ok()).unwrap_or(20);
        let next = from.saturating_add(size);
        let next_page_token = (next < stocks.len()).then(|| next.to_string());
        let stock_list = stocks.into_iter().skip(from).take(size).collect();
        Ok(Reply::Stocks(StockPage { total_count, stock_list, next_page_token }))
    }
}

/// The sample coupon and bundle, and the events that made them.
fn seeded() -> (State, Vec<Event>) {
    let mut state = State::default();
    let mut events = Vec::new();
    for command in samples::commands() {
        // The samples fit together; tests apply them.
        events.extend(state.apply(DateTime::default(), &command).unwrap_or_default());
    }
    (state, events)
}

fn beijing(now: Instant) -> DateTime<FixedOffset> {
    let moved = now.with_timezone(&chrono::Utc).fixed_offset() + TimeDelta::hours(8);
    moved.with_nanosecond(0).unwrap_or(moved)
}

fn path_of(request: &Request<Vec<u8>>) -> &str {
    request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str)
}

fn base64(text: &str) -> Option<Vec<u8>> {
    kaquan_http::sign::decode_base64(text)
}

/// The headers that the platform wants besides the signature.
fn headers(request: &Request<Vec<u8>>, looked: &mut Looked) -> Result<(), Draft> {
    let is_json = |name: &str| {
        let value = request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        value
            .split(',')
            .any(|part| matches!(part.split(';').next().unwrap_or_default().trim(), "application/json" | "*/*"))
    };
    let has_body = !request.body().is_empty();
    for (name, wanted) in [("accept", true), ("content-type", has_body)] {
        if wanted && !is_json(name) {
            looked.check("headers", false, &format!("{name} is not application/json"));
            let message = format!("HTTP 请求不符合微信支付 APIv3 接口规则：{name} 应为 application/json");
            return Err(Draft::error(400, 268_435_461, "INVALID_REQUEST", &message, None));
        }
    }
    looked.check("headers", true, "Accept and Content-Type are application/json");
    Ok(())
}
