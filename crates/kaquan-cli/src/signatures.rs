//! `kaquan sign`, `verify`, `explain-sign-error`, `doctor`: signatures by themselves.

use std::io::{self, Write as _};

use http::{Request, header::AUTHORIZATION};
use kaquan_http::{
    answer,
    client::World,
    keys::Signer as _,
    sign::{self, Stamp},
};
use serde_json::{Value, json};

use crate::{
    DONE, FINDINGS, MISUSE, UNTRUSTED, apply,
    args::{Doctor, ExplainSignError, PlanFormat, PlatformKey, Sign, Signed, Verify},
    lang::Lang,
    plan,
};

fn body(request: &Signed) -> io::Result<Vec<u8>> {
    request.body_file.as_deref().map_or(Ok(Vec::new()), plan::read)
}

pub(crate) fn sign(options: &Sign) -> io::Result<u8> {
    // Signing needs no key of the platform; the header that names it is not part of what is signed.
    let key = PlatformKey { wechatpay_public_key_id: "none".into(), wechatpay_public_key: "none".into() };
    let identity = apply::identity(&options.caller, &key)?;
    let signer = apply::private_key(&options.caller)?;
    let fresh = World::default().stamp().map_err(io::Error::other)?;
    let stamp = Stamp {
        timestamp: options.timestamp.unwrap_or(fresh.timestamp),
        nonce: options.nonce.clone().unwrap_or(fresh.nonce),
    };
    let Signed { method, path, .. } = &options.request;
    if !path.starts_with('/') || !path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
        let wanted =
            "a path begins with a slash and has visible ASCII characters alone, escaped as it is sent, without #";
        return Err(io::Error::other(format!("{path:?}: {wanted}")));
    }
    if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(io::Error::other(format!("{method:?}: a method has upper-case letters alone, such as PATCH")));
    }
    if stamp.nonce.is_empty() || !stamp.nonce.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(io::Error::other(format!("{:?}: a nonce has letters and digits alone", stamp.nonce)));
    }
    let body = body(&options.request)?;
    if options.format == PlanFormat::Json && std::str::from_utf8(&body).is_err() {
        return Err(io::Error::other("the body is not UTF-8, so JSON cannot show what is signed"));
    }
    let message = sign::request_message(method, path, &stamp, &body);
    let request = Request::builder().method(method.as_str()).uri(path).body(body).map_err(io::Error::other)?;
    let request = sign::sign_request(&signer, &identity, &stamp, request).map_err(io::Error::other)?;
    let authorization = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let signature = sign::read_authorization(request.headers()).map_err(io::Error::other)?.signature;
    let mut output = io::stdout().lock();
    match options.format {
        PlanFormat::Json => {
            let message = String::from_utf8_lossy(&message);
            let object = json!({ "message": message, "signature": signature, "authorization": authorization });
            writeln!(output, "{object}")?;
        }
        PlanFormat::Human => writeln!(output, "Authorization: {authorization}")?,
    }
    Ok(DONE)
}

pub(crate) fn verify(options: &Verify, lang: Lang) -> io::Result<u8> {
    let keys = apply::platform_keys(&options.key)?;
    let body = plan::read(&options.body_file)?;
    let now = options.now.unwrap_or_else(|| plan::now().timestamp());
    let Verify { timestamp, nonce, serial, signature, .. } = options;
    match sign::verify_parts(&keys, now, [timestamp, nonce, serial, signature], &body) {
        Ok(()) => {
            writeln!(io::stdout(), "{}", lang.pick("the signature holds", "验签通过"))?;
            Ok(DONE)
        }
        Err(distrust) => {
            writeln!(io::stderr(), "{}: {distrust}", lang.pick("not trustworthy", "不可信"))?;
            Ok(UNTRUSTED)
        }
    }
}

pub(crate) fn explain(options: &ExplainSignError, lang: Lang) -> io::Result<u8> {
    let text = plan::read(&options.answer)?;
    let answer: Value = serde_json::from_slice(&text)
        .map_err(|error| io::Error::other(format!("{}: {error}", options.answer.display())))?;
    let body = body(&options.request)?;
    let cause = answer::explain_sign_error(&answer, &options.request.method, &options.request.path, &body);
    let (en, zh) = cause.words();
    writeln!(io::stdout(), "{}", lang.pick(en, zh))?;
    Ok(if cause == answer::SignCause::NoInformation { FINDINGS } else { DONE })
}

pub(crate) fn doctor(options: &Doctor, lang: Lang) -> io::Result<u8> {
    let mut output = io::stdout().lock();
    let mut healthy = true;
    let mut line = |good: bool, name: (&str, &str), found: String| {
        healthy &= good;
        writeln!(output, "{} {}: {found}", if good { "✓" } else { "✗" }, lang.pick(name.0, name.1))
    };
    let identity = apply::identity(&options.caller, &options.key);
    match &identity {
        Ok(identity) => {
            line(true, ("caller", "调用方"), format!("{} {}", identity.mode().row().id_name, identity.id()))?;
        }
        Err(error) => line(false, ("caller", "调用方"), error.to_string())?,
    }
    let (serial, id) = (&options.caller.serial_no, &options.key.wechatpay_public_key_id);
    let same = serial == id;
    line(
        !same,
        ("ids", "编号"),
        if same {
            lang.pick(
                "the merchant serial and the platform key id are the same: one of them is in the wrong place",
                "商户证书序列号与微信支付公钥ID 相同：其中一个填错了位置",
            )
            .into()
        } else {
            format!("serial_no {serial}, Wechatpay-Serial {id}")
        },
    )?;
    let key = apply::private_key(&options.caller);
    match &key {
        Ok(key) => line(true, ("private key", "商户私钥"), format!("{key:?}"))?,
        Err(error) => line(false, ("private key", "商户私钥"), error.to_string())?,
    }
    let platform = kaquan_http::keys::PublicKey::from_file(&options.key.wechatpay_public_key);
    match (&platform, &key) {
        (Ok(platform), Ok(key)) if *platform == key.public_key() => line(
            false,
            ("platform key", "微信支付公钥"),
            lang.pick(
                "this is the merchant's own public key, not the platform's",
                "这是商户自己的公钥，不是微信支付公钥",
            )
            .into(),
        )?,
        (Ok(platform), _) => line(true, ("platform key", "微信支付公钥"), format!("{platform:?}"))?,
        (Err(error), _) => line(false, ("platform key", "微信支付公钥"), error.to_string())?,
    }
    if let Ok(key) = &key {
        let message = b"kaquan doctor";
        let good = key.sign(message).is_ok_and(|signature| key.public_key().verifies(message, &signature));
        line(good, ("signing", "签名"), lang.pick("a signature of this key verifies", "用该私钥签名并验签").into())?;
    }
    let now = plan::now();
    // Nothing is asked of the network: a clock before this program was made is certainly wrong.
    let plausible = now.timestamp() > 1_760_000_000;
    let words = lang.pick("a request more than 5 minutes off is refused, compare", "偏差超过 5 分钟会被拒绝，请核对");
    line(plausible, ("clock", "时钟"), format!("{} ({words})", now.to_rfc3339()))?;
    Ok(if healthy { DONE } else { MISUSE })
}
