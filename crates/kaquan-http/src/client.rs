//! The call itself: the only file that does IO. Everything it decides is decided elsewhere.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use http::{Request, Response, StatusCode, Uri};

use crate::{
    answer::{self, ApiError},
    identity::Identity,
    keys::{PlatformKeys, Signer},
    pace::{LIMIT_PER_SECOND, Pace},
    retry::{self, Advice, Delivery},
    route::{self, Call, Reply, Unsendable},
    sign::{self, Distrust, SignError, Stamp},
};

/// The platform's hosts: the nearest, and the remote one that stands by.
pub const HOSTS: [&str; 2] = ["https://api.mch.weixin.qq.com", "https://api2.mch.weixin.qq.com"];

/// Most bytes of an answer.
const BODY_LIMIT: u64 = 4 << 20;

/// How a request went out.
pub type Transport = Box<dyn Fn(Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> + Send + Sync>;

/// Fills a buffer with secure random bytes.
pub type Randomness = Box<dyn Fn(&mut [u8]) -> Result<(), String> + Send + Sync>;

/// Why no answer came.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The request was certainly not sent.
    #[error("not sent: {0}")]
    NotSent(String),
    /// It may have been sent and may have taken effect.
    #[error("no answer: {0}")]
    NoAnswer(String),
}

/// How a call ended.
#[derive(Debug)]
pub enum Outcome {
    /// Done: the answer's signature held.
    Done {
        /// What it says.
        reply: Reply,
        /// The body as it came.
        body: Vec<u8>,
        /// Its `Request-ID`.
        request_id: Option<String>,
    },
    /// The platform refused; nothing was changed.
    Refused(ApiError),
    /// It was not sent; nothing was changed.
    NotSent(CallError),
    /// A success was claimed that is not to be trusted. The change may have taken effect: send the same request again.
    Untrusted {
        /// What is wrong.
        reason: String,
        /// `Request-ID` of the claim.
        request_id: Option<String>,
    },
    /// No answer that settles it. The change may have taken effect: send the same request again, with its number.
    MayHaveTakenEffect {
        /// What came last, if an answer did.
        last: Option<ApiError>,
        /// Why nothing came, otherwise.
        reason: String,
        /// How often it was tried.
        attempts: u32,
    },
}

/// Why nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// It is no request.
    #[error(transparent)]
    Unsendable(#[from] Unsendable),
    /// It could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// No host was reached.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The system gives no randomness.
    #[error("the system gives no randomness: {0}")]
    Randomness(String),
}

/// The world around a client: what it sends with, its clock, its sleep, its randomness. Tests bring their own.
pub struct World {
    /// Sends one request to the host of its URI.
    pub transport: Transport,
    /// Time since 1970.
    pub now: Box<dyn Fn() -> Duration + Send + Sync>,
    /// Waits.
    pub sleep: Box<dyn Fn(Duration) + Send + Sync>,
    /// Fills a buffer with secure random bytes.
    pub random: Randomness,
}

/// The real one, without a network: nothing is sent.
impl Default for World {
    fn default() -> Self {
        Self {
            transport: Box::new(|_| Err(TransportError::NotSent("this world has no network".into()))),
            now: Box::new(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()),
            sleep: Box::new(thread::sleep),
            random: Box::new(|buffer| getrandom::fill(buffer).map_err(|error| error.to_string())),
        }
    }
}

impl World {
    /// A stamp of this moment, with 32 random letters and digits.
    ///
    /// # Errors
    /// [`CallError::Randomness`], when the system gives none.
    pub fn stamp(&self) -> Result<Stamp, CallError> {
        const LETTERS: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz01";
        let mut bytes = [0; 32];
        (self.random)(&mut bytes).map_err(CallError::Randomness)?;
        let nonce = bytes.iter().filter_map(|byte| LETTERS.get(usize::from(byte % 64))).map(|byte| char::from(*byte));
        let timestamp = i64::try_from((self.now)().as_secs()).unwrap_or(i64::MAX);
        Ok(Stamp { timestamp, nonce: nonce.collect() })
    }
}

/// Where requests go, and how long an answer may take.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Hosts in the order in which they are tried, with scheme and without path.
    pub hosts: Vec<String>,
    /// For the connection.
    pub connect_timeout: Duration,
    /// For the first byte of the answer.
    pub response_timeout: Duration,
    /// For everything.
    pub global_timeout: Duration,
    /// Certificates in PEM that are trusted instead of the usual authorities.
    pub root_certificates: Option<String>,
    /// A proxy; the environment is not asked.
    pub proxy: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hosts: HOSTS.map(String::from).to_vec(),
            connect_timeout: Duration::from_secs(5),
            response_timeout: Duration::from_secs(15),
            global_timeout: Duration::from_secs(30),
            root_certificates: None,
            proxy: None,
        }
    }
}

/// Settings that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnfitSettings {
    /// A host is no address.
    #[error("{0:?} is not scheme and host, such as https://api.mch.weixin.qq.com")]
    Host(String),
    /// Plain HTTP leaves the machine.
    #[error("{0:?} is not https: plain http is only for this machine (127.0.0.1, ::1, localhost)")]
    NotHttps(String),
    /// The certificates are not PEM.
    #[error("the root certificates are not PEM: {0}")]
    Certificates(String),
    /// The proxy is no address.
    #[error("the proxy is no address: {0}")]
    Proxy(String),
}

/// Calls the platform: paced, signed, verified, tried again where that may help. It makes no call of its own accord.
pub struct Client {
    identity: Identity,
    signer: Box<dyn Signer>,
    keys: Arc<PlatformKeys>,
    hosts: Vec<String>,
    world: World,
    pace: Mutex<Pace>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { identity, keys, hosts, .. } = self;
        f.debug_struct("Client")
            .field("identity", identity)
            .field("keys", keys)
            .field("hosts", hosts)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client over ureq.
    ///
    /// # Errors
    /// [`UnfitSettings`].
    pub fn new(
        identity: Identity,
        signer: Box<dyn Signer>,
        keys: Arc<PlatformKeys>,
        settings: &Settings,
    ) -> Result<Self, UnfitSettings> {
        let world = World { transport: over_ureq(settings)?, ..World::default() };
        Self::with_world(identity, signer, keys, &settings.hosts, world)
    }

    /// A client in a world of the caller's making.
    ///
    /// # Errors
    /// [`UnfitSettings`], when a host is no address.
    pub fn with_world(
        identity: Identity,
        signer: Box<dyn Signer>,
        keys: Arc<PlatformKeys>,
        hosts: &[String],
        world: World,
    ) -> Result<Self, UnfitSettings> {
        if hosts.is_empty() {
            return Err(UnfitSettings::Host(String::new()));
        }
        let hosts = hosts.iter().map(|host| base(host)).collect::<Result<_, _>>()?;
        Ok(Self { identity, signer, keys, hosts, world, pace: Mutex::new(Pace::new(LIMIT_PER_SECOND)) })
    }

    /// Who calls.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The request of a call as it would be sent now, signed.
    ///
    /// # Errors
    /// [`CallError`], when it is no request or cannot be signed.
    pub fn prepare(&self, call: &Call) -> Result<Request<Vec<u8>>, CallError> {
        self.sign(&route::encode(&self.identity, call)?, 0)
    }

    /// Does a call, up to four times where that may help: always the same number and the same bytes, newly signed.
    pub fn call(&self, call: &Call) -> Outcome {
        let request = match route::encode(&self.identity, call) {
            Ok(request) => request,
            Err(error) => return Outcome::NotSent(error.into()),
        };
        let (mut host, mut attempt, mut perhaps_sent) = (0, 1, false);
        loop {
            let signed = match self.sign(&request, host) {
                Ok(signed) => signed,
                Err(error) if perhaps_sent => return may_have(None, error.to_string(), attempt),
                Err(error) => return Outcome::NotSent(error),
            };
            let wait = self.pace.lock().unwrap_or_else(PoisonError::into_inner).wait((self.world.now)());
            (self.world.sleep)(wait);
            let sent = (self.world.transport)(signed);
            let delivery = match &sent {
                Ok(response) => Delivery::Answered(response.status().as_u16()),
                Err(TransportError::NotSent(_)) => Delivery::NotSent,
                Err(TransportError::NoAnswer(_)) => Delivery::Unknown,
            };
            perhaps_sent |= !matches!(delivery, Delivery::NotSent | Delivery::Answered(429));
            tracing::debug!(attempt, ?delivery, host = self.hosts.get(host), path = request.uri().path(), "attempt");
            match retry::advise(delivery, attempt, self.jitter()) {
                Advice::Stop => return self.settle(call, sent, attempt, perhaps_sent),
                Advice::Again { after, other_host } => {
                    if other_host {
                        host = (host + 1) % self.hosts.len();
                    }
                    (self.world.sleep)(after);
                    attempt += 1;
                }
            }
        }
    }

    fn settle(
        &self,
        call: &Call,
        sent: Result<Response<Vec<u8>>, TransportError>,
        attempts: u32,
        perhaps_sent: bool,
    ) -> Outcome {
        let response = match sent {
            Ok(response) => response,
            Err(error) if perhaps_sent => return may_have(None, error.to_string(), attempts),
            Err(error) => return Outcome::NotSent(error.into()),
        };
        let now = i64::try_from((self.world.now)().as_secs()).unwrap_or(i64::MAX);
        let (request_id, _) = answer::request_id(response.headers());
        let status = response.status();
        if status.is_success() && status != StatusCode::ACCEPTED {
            return match sign::verify_response(&self.keys, now, response) {
                Err(distrust) => Outcome::Untrusted { reason: distrust.to_string(), request_id },
                Ok(verified) => {
                    let body = verified.into_inner().into_body();
                    match route::decode_reply(call, &body) {
                        Ok(reply) => Outcome::Done { reply, body, request_id },
                        Err(error) => {
                            let reason = format!("the signed body is not the expected answer: {error}");
                            Outcome::Untrusted { reason, request_id }
                        }
                    }
                }
            };
        }
        let verified: Result<_, Distrust> = sign::verify_response(&self.keys, now, response.clone());
        let error = answer::read_error(&response, verified.is_ok());
        match status.as_u16() {
            202 | 500 | 502 | 503 => may_have(Some(error.clone()), error.to_string(), attempts),
            _ => Outcome::Refused(error),
        }
    }

    fn sign(&self, request: &Request<Vec<u8>>, host: usize) -> Result<Request<Vec<u8>>, CallError> {
        let stamp = self.stamp()?;
        let mut signed = sign::sign_request(&*self.signer, &self.identity, &stamp, request.clone())?;
        let base = self.hosts.get(host).map_or("", String::as_str);
        let uri = format!("{base}{}", request.uri());
        *signed.uri_mut() = uri.parse().map_err(|_| Unsendable::Request(uri))?;
        Ok(signed)
    }

    fn stamp(&self) -> Result<Stamp, CallError> {
        self.world.stamp()
    }

    fn jitter(&self) -> f64 {
        let mut byte = [0];
        let _ = (self.world.random)(&mut byte);
        f64::from(byte[0]) / 255.0
    }
}

fn may_have(last: Option<ApiError>, reason: String, attempts: u32) -> Outcome {
    Outcome::MayHaveTakenEffect { last, reason, attempts }
}

/// Scheme and host of an address, nothing else: https, or http on this machine.
fn base(host: &str) -> Result<String, UnfitSettings> {
    let unfit = || UnfitSettings::Host(host.into());
    let uri: Uri = host.parse().map_err(|_| unfit())?;
    let (scheme, authority) = (uri.scheme_str().ok_or_else(unfit)?, uri.authority().ok_or_else(unfit)?);
    if !matches!(uri.path(), "" | "/") || uri.query().is_some() || authority.as_str().contains('@') {
        return Err(unfit());
    }
    let here = matches!(authority.host(), "127.0.0.1" | "[::1]" | "localhost");
    match scheme {
        "https" => {}
        "http" if here => {}
        _ => return Err(UnfitSettings::NotHttps(host.into())),
    }
    Ok(format!("{scheme}://{authority}"))
}

/// ureq with everything set that it would otherwise decide by itself.
///
/// # Errors
/// [`UnfitSettings`], when proxy or certificates are not of use.
pub fn over_ureq(settings: &Settings) -> Result<Transport, UnfitSettings> {
    let proxy = settings.proxy.as_deref().map(ureq::Proxy::new).transpose();
    let proxy = proxy.map_err(|error| UnfitSettings::Proxy(error.to_string()))?;
    let mut config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        // The platform drops connections that were idle for eight seconds.
        .max_idle_age(Duration::from_secs(7))
        .timeout_connect(Some(settings.connect_timeout))
        .timeout_recv_response(Some(settings.response_timeout))
        .timeout_global(Some(settings.global_timeout))
        .proxy(proxy);
    if let Some(pem) = &settings.root_certificates {
        let certificates = ureq::tls::parse_pem(pem.as_bytes()).filter_map(|item| match item {
            Ok(ureq::tls::PemItem::Certificate(certificate)) => Some(Ok(certificate)),
            Ok(_) => None,
            Err(error) => Some(Err(UnfitSettings::Certificates(error.to_string()))),
        });
        let certificates = certificates.collect::<Result<Vec<_>, _>>()?;
        if certificates.is_empty() {
            return Err(UnfitSettings::Certificates("no certificate in it".into()));
        }
        let roots = ureq::tls::RootCerts::new_with_certs(&certificates);
        config = config.tls_config(ureq::tls::TlsConfig::builder().root_certs(roots).build());
    }
    let agent = config.build().new_agent();
    Ok(Box::new(move |request| {
        let started = Instant::now();
        let response = agent.run(request).map_err(|error| classify(&error))?;
        let (parts, mut body) = response.into_parts();
        let read = body.with_config().limit(BODY_LIMIT).read_to_vec();
        tracing::trace!(status = parts.status.as_u16(), elapsed = ?started.elapsed(), "answer");
        // An answer began, so the request was read: whatever is wrong with the body, nobody knows what was done.
        let body =
            read.map_err(|error| TransportError::NoAnswer(format!("the body of the answer broke off: {error}")))?;
        Ok(Response::from_parts(parts, body))
    }))
}

/// Was the request sent? In doubt, it was.
fn classify(error: &ureq::Error) -> TransportError {
    use std::io::ErrorKind;
    let refused = |error: &std::io::Error| {
        matches!(
            error.kind(),
            ErrorKind::ConnectionRefused
                | ErrorKind::HostUnreachable
                | ErrorKind::NetworkUnreachable
                | ErrorKind::NotFound
        )
    };
    let text = error.to_string();
    match error {
        ureq::Error::HostNotFound
        | ureq::Error::ConnectionFailed
        | ureq::Error::Tls(_)
        | ureq::Error::Rustls(_)
        | ureq::Error::Pem(_)
        | ureq::Error::BadUri(_)
        | ureq::Error::InvalidProxyUrl
        | ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => TransportError::NotSent(text),
        ureq::Error::Io(error) if refused(error) => TransportError::NotSent(text),
        // rustls reports a certificate that it does not trust as an IO error of the handshake.
        ureq::Error::Io(error) if error.get_ref().is_some_and(|inner| inner.to_string().contains("certificate")) => {
            TransportError::NotSent(text)
        }
        _ => TransportError::NoAnswer(text),
    }
}
