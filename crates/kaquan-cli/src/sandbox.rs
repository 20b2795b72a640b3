//! `kaquan sandbox` and `kaquan demo`.

use std::{
    io::{self, Write as _},
    time::Instant,
};

use kaquan_core::{machine::Command, model::BundlePatch, plan, rules, samples};
use kaquan_http::{
    client::{Outcome, Settings},
    route::Call,
};
use kaquan_sandbox::{
    Keyring, Options, Sandbox,
    faults::{Active, Fault},
};
use serde_json::json;

use crate::{DONE, MISUSE, args, lang::Lang, render};

/// The coupon, the bundle and the brand that the sandbox begins with.
const COUPON: &str = "200000001";
const BUNDLE: &str = "123456789";
const BRAND: &str = "120344";

pub(crate) fn run(options: &args::Sandbox, lang: Lang) -> io::Result<u8> {
    let folder = match &options.keys {
        Some(folder) => folder.clone(),
        None => std::env::temp_dir().join(format!("kaquan-sandbox-{}", std::process::id())),
    };
    let (keyring, files) = Keyring::in_folder(&folder).map_err(io::Error::other)?;
    let identity = keyring.identity();
    let settings = Options { seed: options.seed, ..Options::default() };
    let sandbox = match &options.state {
        Some(path) => Sandbox::with_file(keyring, settings, path),
        None => Sandbox::new(keyring, settings),
    };
    let named = |error: &dyn std::fmt::Display| match &options.state {
        Some(path) => io::Error::other(format!("{}: {error}", path.display())),
        None => io::Error::other(error.to_string()),
    };
    let sandbox = sandbox.map_err(|error| named(&error))?;
    if !options.listen.ip().is_loopback() {
        let warning = lang.pick(
            "warning: whoever reaches this address can use and steer the sandbox",
            "警告：任何能访问该地址的人都可以使用并控制沙箱",
        );
        writeln!(io::stderr(), "kaquan: {warning}")?;
    }
    let running = sandbox.listen(options.listen);
    let running = running.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", options.listen)))?;
    let base_url = running.base_url();
    let mut output = io::stdout().lock();
    writeln!(
        output,
        "{}",
        json!({
            "base_url": base_url,
            "mchid": identity.id(),
            "serial_no": identity.serial_no(),
            "private_key": files.private_key,
            "wechatpay_public_key_id": identity.wechatpay_serial(),
            "wechatpay_public_key": files.wechatpay_public_key,
            "apiv3_key": files.apiv3_key,
            "product_coupon_id": COUPON,
            "stock_bundle_id": BUNDLE,
            "brand_id": BRAND,
        })
    )?;
    output.flush()?;
    drop(output);
    let mut people = io::stderr().lock();
    writeln!(people, "{}: {base_url}/", lang.pick("console", "控制台"))?;
    writeln!(people, "{}:", lang.pick("try it", "试一试"))?;
    writeln!(
        people,
        "  kaquan apply PATCH.json --coupon {COUPON} --bundle-id {BUNDLE} --base-url {base_url} --mchid {} --serial-no {} \\\n    --private-key {} --wechatpay-public-key-id {} --wechatpay-public-key {}",
        identity.id(),
        identity.serial_no(),
        files.private_key.display(),
        identity.wechatpay_serial(),
        files.wechatpay_public_key.display(),
    )?;
    drop(people);
    running.wait();
    Ok(DONE)
}

/// Steps of the demonstration, numbered as they are shown.
struct Show {
    lang: Lang,
    step: u32,
    output: anstream::AutoStream<io::StdoutLock<'static>>,
}

impl Show {
    fn step(&mut self, en: &str, zh: &str) -> io::Result<()> {
        self.step += 1;
        let (bold, step) = (render::BOLD, self.step);
        writeln!(self.output, "\n{bold}{step}. {}{bold:#}", self.lang.pick(en, zh))
    }

    fn say(&mut self, text: &str) -> io::Result<()> {
        text.lines().try_for_each(|line| writeln!(self.output, "   {line}"))
    }
}

pub(crate) fn demo(lang: Lang) -> io::Result<u8> {
    let started = Instant::now();
    let mut show = Show { lang, step: 0, output: anstream::stdout().lock() };

    show.step("a sandbox starts: the platform's side, in this process", "启动沙箱：平台一侧，就在本进程内")?;
    let keyring = Keyring::generate().map_err(io::Error::other)?;
    let running = Sandbox::new(keyring, Options::default()).map_err(io::Error::other)?.start()?;
    let settings = Settings { hosts: vec![running.base_url().into()], ..Settings::default() };
    let client = running.client(&settings).map_err(io::Error::other)?;
    show.say(&format!("{}  mchid {}", running.base_url(), client.identity().id()))?;

    show.step("check: the official page's own sample request", "检查：官方页面的请求示例")?;
    let (checked, findings) = rules::check_text::<BundlePatch<'_>>(samples::REQUEST);
    show.say(&render::summary(1, findings.iter().filter(|finding| finding.is_error()).count(), 0, lang))?;
    let patch = checked.ok_or_else(|| io::Error::other("the sample request has errors"))?.into_owned();

    show.step("plan: what it changes in every stock", "计划：它会改变每个批次的什么")?;
    let planned = plan::plan(&samples::bundle(), &patch, crate::plan::now());
    show.say(&render::plan(&samples::bundle(), &planned, lang))?;

    show.step("apply: signed, sent, verified", "提交：签名、发送、验签")?;
    let update = Call::from(Command::update_bundle(COUPON, BUNDLE, patch.clone()));
    let first = client.call(&update);
    show.say(&told(&first, lang))?;

    show.step(
        "the same request again: answered from the record, nothing happens twice",
        "再次发送同一请求：返回已记录的应答，不会重复执行",
    )?;
    let again = client.call(&update);
    show.say(&told(&again, lang))?;

    show.step("another body under the same number: refused", "同一单号、不同内容：被拒绝")?;
    let other = BundlePatch { remark: Some("周末也可用".into()), ..patch.document().clone() };
    let other = rules::check(other).0.ok_or_else(|| io::Error::other("the changed patch has errors"))?;
    let refused = client.call(&Command::update_bundle(COUPON, BUNDLE, other.clone()).into());
    show.say(&told(&refused, lang))?;

    show.step(
        "the reply of a new request is lost, and found again by the same number",
        "新请求的应答丢失，用同一单号找回",
    )?;
    running.sandbox().set_fault(Active { kind: Fault::ReplyLost, count: Some(1), probability: None });
    let renamed = BundlePatch { out_request_no: "34657_20250101_123457".into(), ..other.into_inner() };
    let renamed = rules::check(renamed).0.ok_or_else(|| io::Error::other("the renamed patch has errors"))?;
    let found = client.call(&Command::update_bundle(COUPON, BUNDLE, renamed).into());
    show.say(lang.pick(
        "first attempt: connection lost after it took effect; second attempt:",
        "第一次：生效后连接断开；第二次：",
    ))?;
    show.say(&told(&found, lang))?;

    let good = matches!(
        (&first, &again, &refused, &found),
        (Outcome::Done { body: one, .. }, Outcome::Done { body: two, .. }, Outcome::Refused(_), Outcome::Done { .. }) if one == two
    );
    let remembered = running.sandbox().state().remembered();
    let closing = match lang {
        Lang::En => format!("{remembered} requests took effect, each once; {:.1} s", started.elapsed().as_secs_f64()),
        Lang::Zh => format!("{remembered} 个请求生效，各一次；用时 {:.1} 秒", started.elapsed().as_secs_f64()),
    };
    writeln!(show.output, "\n{closing}")?;
    Ok(if good && remembered == 2 { DONE } else { MISUSE })
}

fn told(outcome: &Outcome, lang: Lang) -> String {
    match outcome {
        Outcome::Done { request_id, body, .. } => {
            let id = request_id.as_deref().unwrap_or("–");
            match lang {
                Lang::En => format!("200, the answer is verified: {} bytes, Request-ID {id}", body.len()),
                Lang::Zh => format!("200，应答验签通过：{} 字节，Request-ID {id}", body.len()),
            }
        }
        Outcome::Refused(error) => render::refusal(error, lang),
        other => format!("{other:?}"),
    }
}
