//! What is signed, and what a signature proves.
//!
//! A request signs method, path with query, timestamp, nonce and body, each followed by a line end; an answer signs
//! timestamp, nonce and body. The bytes that are signed are the bytes that are sent and received: nothing here parses
//! a body.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{
    HeaderMap, HeaderName, HeaderValue, Request, Response,
    header::{AUTHORIZATION, InvalidHeaderValue},
};

use crate::{
    identity::{Identity, Mode},
    keys::{PlatformKeys, PublicKey, Signer, SigningError},
};

/// Id of the key that signed, or shall sign, an answer.
pub const WECHATPAY_SERIAL: HeaderName = HeaderName::from_static("wechatpay-serial");
/// Signature of an answer.
pub const WECHATPAY_SIGNATURE: HeaderName = HeaderName::from_static("wechatpay-signature");
/// When an answer was signed, in seconds since 1970.
pub const WECHATPAY_TIMESTAMP: HeaderName = HeaderName::from_static("wechatpay-timestamp");
/// Nonce of an answer.
pub const WECHATPAY_NONCE: HeaderName = HeaderName::from_static("wechatpay-nonce");

/// How far an answer's clock may be from ours, exclusive: at exactly 300 seconds the official utilities refuse.
pub const WINDOW_SECONDS: u64 = 300;
/// Beginning of a signature that is wrong on purpose: the platform tests whether callers verify.
pub const PROBE: &str = "WECHATPAY/SIGNTEST/";

/// When, and with which nonce, something is signed. Both come from outside, so that a signature can be made again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Seconds since 1970.
    pub timestamp: i64,
    /// 32 of `0-9A-Za-z`, from a secure source.
    pub nonce: String,
}

/// The text that a request signs.
///
/// # Example
/// ```
/// use kaquan_http::sign::{Stamp, request_message};
///
/// let stamp = Stamp { timestamp: 1_709_745_440, nonce: "5hMYYOOJpzdAfboMUB7QiPmfxmhVehVk".into() };
/// let message = request_message("POST", "/v3/transfer/batches", &stamp, b"");
/// assert_eq!(message.len(), 71); // as in a SIGN_ERROR whose body never arrived
/// ```
#[must_use]
pub fn request_message(method: &str, path_and_query: &str, stamp: &Stamp, body: &[u8]) -> Vec<u8> {
    let Stamp { timestamp, nonce } = stamp;
    let head = format!("{method}\n{path_and_query}\n{timestamp}\n{nonce}\n");
    let mut message = Vec::with_capacity(head.len() + body.len() + 1);
    message.extend_from_slice(head.as_bytes());
    message.extend_from_slice(body);
    message.push(b'\n');
    message
}

/// The text that an answer signs.
#[must_use]
pub fn answer_message(timestamp: &str, nonce: &str, body: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(timestamp.len() + nonce.len() + body.len() + 3);
    for part in [timestamp.as_bytes(), nonce.as_bytes(), body] {
        message.extend_from_slice(part);
        message.push(b'\n');
    }
    message
}

/// A request could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The key would not.
    #[error(transparent)]
    Key(#[from] SigningError),
    /// The nonce cannot stand in a header.
    #[error("the nonce cannot stand in a header")]
    Nonce(#[from] InvalidHeaderValue),
}

/// Adds `Authorization` and `Wechatpay-Serial` to a request; everything else stays as it is, byte by byte.
///
/// # Errors
/// [`SignError`], when the key cannot sign or the nonce is not a header's.
pub fn sign_request(
    signer: &dyn Signer,
    identity: &Identity,
    stamp: &Stamp,
    mut request: Request<Vec<u8>>,
) -> Result<Request<Vec<u8>>, SignError> {
    let path = path_and_query(&request);
    let message = request_message(request.method().as_str(), path, stamp, request.body());
    let signature = BASE64_STANDARD.encode(signer.sign(&message)?);
    let row = identity.mode().row();
    let authorization = format!(
        "{} {}=\"{}\",nonce_str=\"{}\",signature=\"{signature}\",timestamp=\"{}\",serial_no=\"{}\"",
        row.scheme,
        row.id_name,
        identity.id(),
        stamp.nonce,
        stamp.timestamp,
        identity.serial_no(),
    );
    let headers = request.headers_mut();
    headers.insert(AUTHORIZATION, HeaderValue::try_from(authorization)?);
    headers.insert(WECHATPAY_SERIAL, HeaderValue::try_from(identity.wechatpay_serial())?);
    Ok(request)
}

/// Path with query as it is sent; it is never re-written.
fn path_and_query<B>(request: &Request<B>) -> &str {
    request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str)
}

/// Something whose signature held. Only [`verify_request`] and [`verify_response`] make one:
/// ```compile_fail
/// use kaquan_http::sign::Verified;
/// let forged = Verified(http::Response::new(vec![]));
/// ```
#[derive(Clone, Debug)]
pub struct Verified<T>(T);

impl<T> Verified<T> {
    /// What was verified.
    #[must_use]
    pub fn get(&self) -> &T {
        &self.0
    }

    /// What was verified, without the proof.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.0
    }
}

/// Why something is not to be trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// A header is missing.
    #[error("header {0} is missing")]
    MissingHeader(&'static str),
    /// A header, or a part of Authorization, is not what it must be.
    #[error("{name} is {found:?}")]
    BadHeader {
        /// Which.
        name: &'static str,
        /// What it is.
        found: String,
    },
    /// The clocks are too far apart.
    #[error("signed {age_seconds} seconds away from this clock, {WINDOW_SECONDS} are too many")]
    Stale {
        /// How far; positive when it was signed in the past.
        age_seconds: i128,
    },
    /// Signed with a key that is not known.
    #[error("signed with key {serial:?}, known are {known:?}")]
    UnknownSerial {
        /// Id of the key.
        serial: String,
        /// Ids that are known.
        known: Vec<String>,
    },
    /// A probe of the platform: a signature that is wrong on purpose.
    #[error("a probe of the platform: the signature is wrong on purpose, to see whether it is verified")]
    Probe,
    /// The signature does not fit.
    #[error("the signature does not fit")]
    BadSignature,
}

/// The bytes of a signature.
#[must_use]
pub fn decode_base64(text: &str) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(text).ok()
}

fn header<'h>(headers: &'h HeaderMap, name: &HeaderName, shown: &'static str) -> Result<&'h str, Distrust> {
    let value = headers.get(name).ok_or(Distrust::MissingHeader(shown))?;
    let text = value.to_str().ok().filter(|text| !text.is_empty());
    text.ok_or_else(|| Distrust::BadHeader { name: shown, found: String::from_utf8_lossy(value.as_bytes()).into() })
}

/// Is a timestamp within the window? `now` and the timestamp are seconds since 1970.
fn recent(timestamp: &str, name: &'static str, now: i64) -> Result<(), Distrust> {
    let signed: i64 =
        timestamp.parse().map_err(|_| Distrust::BadHeader { name, found: timestamp.chars().take(40).collect() })?;
    if now.abs_diff(signed) >= WINDOW_SECONDS {
        return Err(Distrust::Stale { age_seconds: i128::from(now) - i128::from(signed) });
    }
    Ok(())
}

fn fits(key: &PublicKey, message: &[u8], signature: &str) -> Result<(), Distrust> {
    if signature.starts_with(PROBE) {
        return Err(Distrust::Probe);
    }
    let signature = decode_base64(signature).ok_or(Distrust::BadSignature)?;
    if key.verifies(message, &signature) { Ok(()) } else { Err(Distrust::BadSignature) }
}

/// Verifies an answer over its raw bytes: all four headers, the clock, the key's id, the signature, in this order.
///
/// # Errors
/// [`Distrust`], which names the first thing that is wrong.
pub fn verify_response(
    keys: &PlatformKeys,
    now: i64,
    response: Response<Vec<u8>>,
) -> Result<Verified<Response<Vec<u8>>>, Distrust> {
    let headers = response.headers();
    let timestamp = header(headers, &WECHATPAY_TIMESTAMP, "Wechatpay-Timestamp")?;
    let nonce = header(headers, &WECHATPAY_NONCE, "Wechatpay-Nonce")?;
    let serial = header(headers, &WECHATPAY_SERIAL, "Wechatpay-Serial")?;
    let signature = header(headers, &WECHATPAY_SIGNATURE, "Wechatpay-Signature")?;
    verify_parts(keys, now, [timestamp, nonce, serial, signature], response.body())?;
    Ok(Verified(response))
}

/// The same for the four values and the body by themselves: timestamp, nonce, serial, signature.
///
/// # Errors
/// [`Distrust`], likewise.
pub fn verify_parts(
    keys: &PlatformKeys,
    now: i64,
    [timestamp, nonce, serial, signature]: [&str; 4],
    body: &[u8],
) -> Result<(), Distrust> {
    recent(timestamp, "Wechatpay-Timestamp", now)?;
    let known = keys.now();
    let key = known
        .get(serial)
        .ok_or_else(|| Distrust::UnknownSerial { serial: serial.into(), known: known.keys().cloned().collect() })?;
    fits(key, &answer_message(timestamp, nonce, body), signature)
}

/// Signs an answer, as the platform does; for sandboxes and tests.
///
/// # Errors
/// [`SignError`], when the key cannot sign or a text is not a header's.
pub fn sign_response(
    signer: &dyn Signer,
    serial: &str,
    stamp: &Stamp,
    mut response: Response<Vec<u8>>,
) -> Result<Response<Vec<u8>>, SignError> {
    let timestamp = stamp.timestamp.to_string();
    let signature = BASE64_STANDARD.encode(signer.sign(&answer_message(&timestamp, &stamp.nonce, response.body()))?);
    let headers = response.headers_mut();
    headers.insert(WECHATPAY_TIMESTAMP, HeaderValue::try_from(timestamp)?);
    headers.insert(WECHATPAY_NONCE, HeaderValue::try_from(&stamp.nonce)?);
    headers.insert(WECHATPAY_SERIAL, HeaderValue::try_from(serial)?);
    headers.insert(WECHATPAY_SIGNATURE, HeaderValue::try_from(signature)?);
    Ok(response)
}

/// The parts of an Authorization header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization {
    /// Which kind of caller.
    pub mode: Mode,
    /// Merchant number or brand id.
    pub id: String,
    /// Serial of the caller's certificate.
    pub serial_no: String,
    /// Time and nonce.
    pub stamp: Stamp,
    /// The signature, in base64.
    pub signature: String,
}

/// Reads an Authorization header; the order of its parts is free.
///
/// # Errors
/// [`Distrust`], which names the part.
pub fn read_authorization(headers: &HeaderMap) -> Result<Authorization, Distrust> {
    const NAME: &str = "Authorization";
    let text = header(headers, &AUTHORIZATION, NAME)?;
    let bad = |name: &'static str, found: &str| Distrust::BadHeader { name, found: found.chars().take(40).collect() };
    let (scheme, rest) = text.split_once(' ').ok_or_else(|| bad("Authorization scheme", text))?;
    let mode = [Mode::Partner, Mode::Brand].into_iter().find(|mode| mode.row().scheme == scheme);
    let mode = mode.ok_or_else(|| bad("Authorization scheme", scheme))?;
    let part = |wanted: &'static str| {
        let mut parts = rest.split(',').filter_map(|part| part.trim().split_once('='));
        let value = parts.find(|(name, _)| name.trim() == wanted).map(|(_, value)| value.trim());
        let value = value.and_then(|value| value.strip_prefix('"')?.strip_suffix('"'));
        value.filter(|value| !value.is_empty()).ok_or(Distrust::MissingHeader(wanted))
    };
    let timestamp = part("timestamp")?;
    let stamp = Stamp {
        timestamp: timestamp.parse().map_err(|_| bad("timestamp", timestamp))?,
        nonce: part("nonce_str")?.into(),
    };
    Ok(Authorization {
        mode,
        id: part(mode.row().id_name)?.into(),
        serial_no: part("serial_no")?.into(),
        stamp,
        signature: part("signature")?.into(),
    })
}

/// Verifies a request, as the platform does: who calls, with which certificate, when, and the signature.
///
/// # Errors
/// [`Distrust`], which names the first thing that is wrong.
pub fn verify_request(
    caller: &Identity,
    key: &PublicKey,
    now: i64,
    request: Request<Vec<u8>>,
) -> Result<Verified<Request<Vec<u8>>>, Distrust> {
    let authorization = read_authorization(request.headers())?;
    let Authorization { mode, id, serial_no, stamp, signature } = &authorization;
    if *mode != caller.mode() {
        return Err(Distrust::BadHeader { name: "Authorization scheme", found: mode.row().scheme.into() });
    }
    if id != caller.id() {
        return Err(Distrust::BadHeader { name: mode.row().id_name, found: id.clone() });
    }
    if serial_no != caller.serial_no() {
        let known = vec![caller.serial_no().into()];
        return Err(Distrust::UnknownSerial { serial: serial_no.clone(), known });
    }
    recent(&stamp.timestamp.to_string(), "timestamp", now)?;
    let message = request_message(request.method().as_str(), path_and_query(&request), stamp, request.body());
    fits(key, &message, signature)?;
    Ok(Verified(request))
}
