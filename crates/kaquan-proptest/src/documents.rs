//! Patches without any finding.

use kaquan_core::model::{
    AppJumpType, BackgroundColor, BundlePatch, CodeDisplayMode, CouponAvailableStoreInfo, CouponDisplayInfo,
    EntranceFinder, EntranceMiniProgram, EntranceOfficialAccount, NotifyConfig, StoreScope, UsageMethod,
    UsageRuleDisplayInfo,
};
use kaquan_core::text::Text;
use proptest::{option, prelude::*, sample};

/// Patches that no rule says anything about, from the smallest to the fullest.
pub fn patches() -> BoxedStrategy<BundlePatch<'static>> {
    let parts = (option::of(usages(false)), option::of(displays(false)), option::of(notify_configs()));
    (request_numbers(), option::of(words(0, 20)), parts, store_scopes(), brand_ids())
        .prop_map(|(number, remark, (usage, display, notify), scope, brand)| {
            settled(BundlePatch {
                remark,
                usage_rule_display_info: usage,
                coupon_display_info: display,
                notify_config: notify,
                store_scope: Some(scope),
                ..BundlePatch::new(number.as_str(), brand.as_str()).into_owned()
            })
        })
        .boxed()
}

/// Patches with every member given and `MINI_PROGRAM` and `APP` among the methods; no rule says anything about them.
pub fn full_patches() -> BoxedStrategy<BundlePatch<'static>> {
    (request_numbers(), words(1, 20), (usages(true), displays(true), notify_configs()), store_scopes(), brand_ids())
        .prop_map(|(number, remark, (usage, display, notify), scope, brand)| {
            settled(BundlePatch {
                remark: Some(remark),
                usage_rule_display_info: Some(usage),
                coupon_display_info: Some(display),
                notify_config: Some(notify),
                store_scope: Some(scope),
                ..BundlePatch::new(number.as_str(), brand.as_str()).into_owned()
            })
        })
        .boxed()
}

/// Where the coupon is scanned its code is shown.
fn settled(mut patch: BundlePatch<'static>) -> BundlePatch<'static> {
    let methods = patch.usage_rule_display_info.as_ref().and_then(|usage| usage.coupon_usage_method_list.as_ref());
    let offline = methods.is_some_and(|methods| methods.contains(&UsageMethod::Offline));
    if let Some(display) = patch.coupon_display_info.as_mut().filter(|_| offline)
        && display.code_display_mode == Some(CodeDisplayMode::Invisible)
    {
        display.code_display_mode = Some(CodeDisplayMode::Barcode);
    }
    patch
}

/// Numbers of requests: 6–40 of `0-9A-Za-z_-`.
pub fn request_numbers() -> BoxedStrategy<String> {
    "[0-9A-Za-z_-]{6,40}".boxed()
}

fn brand_ids() -> BoxedStrategy<String> {
    "[1-9][0-9]{3,8}".boxed()
}

fn store_scopes() -> BoxedStrategy<StoreScope> {
    sample::select(vec![StoreScope::None, StoreScope::All, StoreScope::Specific]).boxed()
}

/// Texts of Chinese and ASCII characters, quotes, backslashes and spaces among them.
pub fn words(min: usize, max: usize) -> BoxedStrategy<Text<'static>> {
    let characters = prop_oneof![
        6 => proptest::char::range('\u{4e00}', '\u{9fa5}'),
        3 => proptest::char::range('!', '~'),
        1 => sample::select(vec![' ', '，', '。', '“', '”', '（', '·', '\u{3000}']),
    ];
    proptest::collection::vec(characters, min..=max)
        .prop_map(|characters| characters.into_iter().collect::<String>().into())
        .boxed()
}

fn descriptions() -> BoxedStrategy<Text<'static>> {
    (words(1, 200), any::<bool>())
        .prop_map(|(text, lines)| if lines { format!("{text}\n\t{text}").into() } else { text })
        .boxed()
}

fn appids() -> BoxedStrategy<Text<'static>> {
    "wx[0-9a-f]{8,16}".prop_map(Text::from).boxed()
}

fn paths() -> BoxedStrategy<Text<'static>> {
    "/pages(/[a-z0-9]{1,8}){1,3}(\\?id=[0-9]{1,4})?".prop_map(Text::from).boxed()
}

fn urls() -> BoxedStrategy<Text<'static>> {
    "https://[a-z]{3,10}\\.example(/[a-zA-Z0-9]{1,8}){0,3}".prop_map(Text::from).boxed()
}

fn usages(full: bool) -> BoxedStrategy<UsageRuleDisplayInfo<'static>> {
    let all = [UsageMethod::Offline, UsageMethod::MiniProgram, UsageMethod::App, UsageMethod::PaymentCode];
    let methods = sample::subsequence(all.to_vec(), 1..=4).prop_shuffle();
    let jumps = sample::select(vec![AppJumpType::H5, AppJumpType::PasscodeLink, AppJumpType::UsageGuide]);
    let optional = (option::of((appids(), paths())), option::of(urls()), option::of(jumps), option::of(urls()));
    let always = (appids(), paths(), urls(), urls(), option::of(stores(full)), stores(true));
    (methods, optional, always, descriptions())
        .prop_map(move |(mut methods, optional, always, description)| {
            let (mini_program, app_path, jump, link) = optional;
            let (appid, path, app_address, passcode_link, store, full_store) = always;
            if full {
                for method in [UsageMethod::MiniProgram, UsageMethod::App] {
                    if !methods.contains(&method) {
                        methods.push(method);
                    }
                }
            }
            let wants_mini_program = full || methods.contains(&UsageMethod::MiniProgram);
            let mini_program = if wants_mini_program { Some((appid, path)) } else { mini_program };
            let jump = if full { Some(AppJumpType::H5) } else { jump };
            let wants_path = full || methods.contains(&UsageMethod::App);
            let wants_link = full || (methods.contains(&UsageMethod::App) && jump == Some(AppJumpType::PasscodeLink));
            let (mini_program_appid, mini_program_path) = mini_program.unzip();
            UsageRuleDisplayInfo {
                coupon_usage_method_list: Some(methods),
                mini_program_appid,
                mini_program_path,
                app_path: if wants_path { Some(app_address) } else { app_path },
                usage_description: Some(description),
                coupon_available_store_info: if full { Some(full_store) } else { store },
                app_jump_type: jump,
                passcode_link: if wants_link { Some(passcode_link) } else { link },
            }
        })
        .boxed()
}

fn stores(full: bool) -> BoxedStrategy<CouponAvailableStoreInfo<'static>> {
    (descriptions(), option::of((appids(), paths())), appids(), paths())
        .prop_map(move |(description, mini_program, appid, path)| {
            let (mini_program_appid, mini_program_path) = if full { Some((appid, path)) } else { mini_program }.unzip();
            CouponAvailableStoreInfo { description: Some(description), mini_program_appid, mini_program_path }
        })
        .boxed()
}

fn displays(full: bool) -> BoxedStrategy<CouponDisplayInfo<'static>> {
    let modes = sample::select(vec![CodeDisplayMode::Invisible, CodeDisplayMode::Barcode, CodeDisplayMode::Qrcode]);
    let colors = sample::select(BackgroundColor::WORDS).prop_map(BackgroundColor::from);
    let mini_program = (appids(), paths(), words(1, 5), words(1, 6)).prop_map(|(appid, path, entrance, guidance)| {
        EntranceMiniProgram {
            appid: Some(appid),
            path: Some(path),
            entrance_wording: Some(entrance),
            guidance_wording: Some(guidance),
        }
    });
    let account = appids().prop_map(|appid| EntranceOfficialAccount { appid: Some(appid) });
    let finder = ("gh_[0-9a-f]{8}", "[0-9A-Za-z]{10,24}", urls()).prop_map(|(channel, video, cover)| EntranceFinder {
        finder_id: Some(channel.into()),
        finder_video_id: Some(video.into()),
        finder_video_cover_image_url: Some(cover),
    });
    (modes, given(full, colors), given(full, mini_program), given(full, account), given(full, finder))
        .prop_map(|(mode, color, mini_program, account, finder)| CouponDisplayInfo {
            code_display_mode: Some(mode),
            background_color: color,
            entrance_mini_program: mini_program,
            entrance_official_account: account,
            entrance_finder: finder,
        })
        .boxed()
}

/// A member that may be left out, unless all are wanted.
fn given<T: std::fmt::Debug>(always: bool, values: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    (any::<bool>(), values).prop_map(move |(given, value)| (always || given).then_some(value))
}

fn notify_configs() -> BoxedStrategy<NotifyConfig<'static>> {
    appids().prop_map(|appid| NotifyConfig { notify_appid: Some(appid) }).boxed()
}
