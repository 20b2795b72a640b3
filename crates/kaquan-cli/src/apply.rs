//! `kaquan apply`: check, sign, send, verify.

use std::{
    fs,
    io::{self, Write as _},
    sync::Arc,
};

use kaquan_core::machine::Command;
use kaquan_http::{
    answer::{self, ApiError},
    client::{Client, Outcome, Settings},
    identity::{Identity, Mode},
    keys::{PlatformKeys, PrivateKey, PublicKey},
    route::Call,
};

use crate::{
    DONE, FINDINGS, MISUSE, REFUSED, UNANSWERED, UNTRUSTED,
    args::{self, Apply, Caller, IdentityKind, PlatformKey},
    lang::Lang,
    plan, render,
};

pub(crate) fn run(options: &Apply, lang: Lang) -> io::Result<u8> {
    let text = plan::read(&options.patch)?;
    let Some(patch) = plan::checked(&options.patch, &text, args::Format::Human, lang)? else { return Ok(FINDINGS) };
    let client = client(options)?;
    let call = Call::from(Command::update_bundle(&options.coupon, &options.bundle_id, patch));
    if options.dry_run {
        let request = client.prepare(&call).map_err(io::Error::other)?;
        let mut output = io::stdout().lock();
        writeln!(output, "{} {}", request.method(), request.uri())?;
        for (name, value) in request.headers() {
            writeln!(output, "{name}: {}", value.to_str().unwrap_or_default())?;
        }
        writeln!(output, "\n{}", String::from_utf8_lossy(request.body()))?;
        return Ok(DONE);
    }
    settle(client.call(&call), lang)
}

/// Who calls.
pub(crate) fn identity(caller: &Caller, key: &PlatformKey) -> io::Result<Identity> {
    let mode = match caller.identity {
        IdentityKind::Partner => Mode::Partner,
        IdentityKind::Brand => Mode::Brand,
    };
    let identity = Identity::new(mode, &caller.mchid, &caller.serial_no, &key.wechatpay_public_key_id);
    identity.map_err(io::Error::other)
}

pub(crate) fn platform_keys(key: &PlatformKey) -> io::Result<PlatformKeys> {
    let public = PublicKey::from_file(&key.wechatpay_public_key);
    let public = public.map_err(|error| named(&key.wechatpay_public_key, error))?;
    Ok(PlatformKeys::new([(key.wechatpay_public_key_id.clone(), public)]))
}

pub(crate) fn private_key(caller: &Caller) -> io::Result<PrivateKey> {
    PrivateKey::from_file(&caller.private_key).map_err(|error| named(&caller.private_key, error))
}

/// An error that names its file, once.
fn named(path: &std::path::Path, error: kaquan_http::keys::KeyError) -> io::Error {
    match error {
        kaquan_http::keys::KeyError::Unreadable { .. } => io::Error::other(error),
        error => io::Error::other(format!("{}: {error}", path.display())),
    }
}

fn client(options: &Apply) -> io::Result<Client> {
    let identity = identity(&options.caller, &options.key)?;
    let keys = Arc::new(platform_keys(&options.key)?);
    let key = Box::new(private_key(&options.caller)?);
    let mut settings = Settings::default();
    if let Some(base) = &options.base_url {
        settings.hosts = vec![base.clone()];
    }
    if let Some(path) = &options.ca {
        let pem = fs::read_to_string(path);
        let pem = pem.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
        settings.root_certificates = Some(pem);
    }
    Client::new(identity, key, keys, &settings).map_err(io::Error::other)
}

fn settle(outcome: Outcome, lang: Lang) -> io::Result<u8> {
    let mut errors = anstream::stderr().lock();
    let again = lang.pick(
        "The change may have taken effect. Send the same file again: with its number it is done once at most.",
        "修改可能已生效。请重新发送同一文件：单号相同，最多只会生效一次。",
    );
    match outcome {
        Outcome::Done { body, request_id, .. } => {
            let value: serde_json::Value = serde_json::from_slice(&body)?;
            let mut output = io::stdout().lock();
            serde_json::to_writer_pretty(&mut output, &value)?;
            writeln!(output)?;
            if let Some(id) = request_id {
                writeln!(
                    errors,
                    "{} (Request-ID {id})",
                    lang.pick("done, the answer is verified", "已完成，应答验签通过")
                )?;
            }
            Ok(DONE)
        }
        Outcome::Refused(error) => {
            write!(errors, "{}", render::refusal(&error, lang))?;
            Ok(REFUSED)
        }
        Outcome::Untrusted { reason, request_id } => {
            let id = request_id.map_or_else(String::new, |id| format!(" (Request-ID {id})"));
            writeln!(errors, "{}: {reason}{id}\n{again}", lang.pick("the answer is not trustworthy", "应答不可信"))?;
            Ok(UNTRUSTED)
        }
        Outcome::NotSent(error) => {
            let words = lang.pick("nothing was sent and nothing was changed", "没有发送，也没有任何修改");
            writeln!(errors, "{words}: {error}")?;
            Ok(match error {
                kaquan_http::client::CallError::Transport(_) => UNANSWERED,
                _ => MISUSE,
            })
        }
        Outcome::MayHaveTakenEffect { last, reason, attempts } => {
            let words = lang.pick("no answer that settles it, attempts", "没有得到确定的应答，尝试次数");
            writeln!(errors, "{words}: {attempts}; {reason}")?;
            if let Some(number) = last.as_ref().and_then(explained) {
                writeln!(errors, "{}", lang.words(number))?;
            }
            writeln!(errors, "{again}")?;
            Ok(UNANSWERED)
        }
    }
}

pub(crate) fn explained(error: &ApiError) -> Option<kaquan_core::rule::Words> {
    error.number.and_then(answer::explain_number)
}
