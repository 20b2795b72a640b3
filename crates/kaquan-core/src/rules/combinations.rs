//! Rules about members that depend on each other, and about what is left unsaid.

use alloc::format;

use crate::{
    document::Class,
    model::{AppJumpType, BundlePatch, CodeDisplayMode, UsageMethod, UsageRuleDisplayInfo},
    rule::{Certainty, Check, Findings, Level, Rule, Words},
    text::Text,
};

use super::{PAGE, shown};

const SKILL: &str = "wechatpay-apiv3/wechatpay-skills@15f40d0, list of the partner's operations";
const DISPUTE: &str = "TheNorthMemory/wechatpay-openapi@4d6325b0 (required) against wechatpay-apiv3/wechatpay-skills@15f40d0, samples for brands (optional)";

const METHODS: &str = "/coupon_usage_method_list";
const APPID: &str = "/mini_program_appid";
const PATH: &str = "/mini_program_path";

/// KQ201–KQ216.
pub const RULES: &[Rule] = &[
    Rule {
        code: "KQ201",
        name: "usage-method-list-empty",
        level: Level::Error,
        why: Words {
            en: "The list of usage methods is required, and an empty one says nothing.",
            zh: "券使用方式列表为必填，空列表没有意义。",
        },
        remedy: Words { en: "List at least one method.", zh: "请至少填写一种使用方式。" },
        source: PAGE,
        certainty: Certainty::Inferred,
        bad: r#"{"out_request_no":"34657_20250101_123456","usage_rule_display_info":{"coupon_usage_method_list":[],"usage_description":"全场可用"},"store_scope":"ALL","brand_id":"120344"}"#,
        good: r#"{"out_request_no":"34657_20250101_123456","usage_rule_display_info":{"coupon_usage_method_list":["OFFLINE"],"usage_description":"全场可用"},"store_scope":"ALL","brand_id":"120344"}"#,
        checks: &[Check::Usage(|usage, findings| {
            if usage.coupon_usage_method_list.as_ref().is_some_and(alloc::vec::Vec::is_empty) {
                findings.report(METHODS, "the list is empty", "列表为空");
            }
        })],
    },
    Rule {
        code: "KQ202",
        name: "usage-method-repeated",
        level: Level::Warning,
        why: Words {
            en: "A method that is listed twice has no meaning of its own; how the platform takes it is unknown.",
            zh: "同一使用方式列出两次没有意义，平台如何处理未知。",
        },
        remedy: Words { en: "List each method once.", zh: "每种使用方式只列一次。" },
        source: PAGE,
        certainty: Certainty::Unknown,
        bad: r#"{"out_request_no":"34657_20250101_123456","usage_rule_display_info":{"coupon_usage_method_list":["OFFLINE","OFFLINE"],"usage_description":"全场可用"},"store_scope":"ALL","brand_id":"120344"}"#,
        good: r#"{"out_request_no":"34657_20250101_123456","usage_rule_display_info":{"coupon_usage_method_list":["OFFLINE","PAYMENT_CODE"],"usage_description":"全场可用"},"store_scope":"ALL","brand_id":"120344"}"#,
        checks: &[Check::Usage(|usage, findings| {
            let methods = usage.coupon_usage_method_list.as_deref().unwrap_or_default();
            for (index, method) in methods.iter().enumerate().filter(|(_, method)| method.is_known()) {
                // At most four words are known, so an earlier one is found within a few steps.
                if methods.iter().take(index).any(|earlier| earlier == method) {
                    let pointer = format!("{METHODS}/{index}");
                    findings.report(&pointer, format!("{method} is listed before"), format!("{method} 前面已列出"));
                }
            }
        })],
    },
    Rule {
        code: "KQ203",
        name: "mini-program-without-appid",
        level: Level::Error,
        why: Words {
            en: "With MINI_PROGRAM among the methods, the mini program to open is required.",
            zh: "使用方式包含 MINI_PROGRAM 时，小程序AppID 为必填。",
        },
        remedy: Words { en: "Give mini_program_appid.", zh: "请填写 mini_program_appid。" },
        source: SKILL,
        certainty: Certainty::Documented,
        bad: r#"{"out_request_no":"34657_20250101_123456","usage_rule_display_info":{"coupon_usage_method_list":["MINI_PROGRAM"],"mini_program_path":"/pages/index/product","usage_description":"全场可用"},"store_scope":"ALL","brand_id":"120344"}"#,
        good: r#"{"out_request_no":"34657_20250101_123456","usage_rule_display_info":{"coupon_usage_method_list":["MINI_PROGRAM"],"mini_program_appid":"wx1234567890","mini_program_path":"/pages/index/product","usage_description":"全场可用"},"store_scope":"ALL","brand_id":"120344"}"#,
        checks: &[Check::Usage(|usage, findings| {
            if lists(usage, &UsageMethod::MiniProgram) && findings.is_absent(usage.mini_program_appid.as_ref(), APPID) {
                findings.report(APPID, "MINI_PROGRAM is listed, this is missing", "列出了 MINI_PROGRAM，但缺少此成员");
            }
        })],
    },
    Rule {
        code: "KQ204",
        name: "mini-program-without-path",
        level: Level::Error,
        why: Words {
            en: "With MINI_PROGRAM among the methods, the page to open is required.",
            zh: "使用方式包含 MINI_PROGRAM 时，小程序跳转路径为必填。",
        },
        remedy: Words { en: "Give mini_program_path.", zh: "请填写 mini_program_path。" },
        source: SKILL,
        certainty: Certainty::Documented,
        bad: r#"{"out_request_no":"34657_20250101_123456","usage_rule_display_info":{"coupon_usage_method_list":["MINI_PROGRAM"],"mini_program_appid":"wx1234567890","usage_description":"全场可用"},"store_scope":"ALL","brand_id":"120344"}"#,
        good: r#"{"out_request_no":"34657_20250101_123456","usage_rule_display_info":{"coupon_usage_method_list":["MINI_PROGRAM"],"mini_program_appid":"wx1234567890","mini_program_path":"/pages/index/product","usage_description":"全场可用"},"store_scope":"ALL","brand_id":"120344"}"#,
        checks: &[Check::Usage(|usage, findings| {
            if lists(usage, &UsageMethod::MiniProgram) && findings.is_absent(usage.mini_program_path.as_ref(), PATH) {
                findings.report(PATH, "MINI_PROGRAM is listed, this is missing", "列出了 MINI_PROGRAM，但缺少此成员");
            }
        })],
    },
    Rule {
        code: "KQ205",
        name: "mini-program-pair-incomplete",
        level: Level::Error,
        why: Words {
            en: "The appid of a mini program and its page are given together or not at all.",
            zh: "小程序AppID 与跳转路径须同时填写或同时不填。",
        },
        remedy: Words { en: "Give both, or neither.", zh: "请同时填写，或都不填。" },
        source: SKILL,
        certainty: Certainty::Documented,
        bad: r#"{"out_request_no":"34657_20250101_123456","usage_rule_display_info":{"coupon_usage_method_list":["OFFLINE"],"mini_program_appid":"wx1234567890","usage_description":"全场可用"},"store_scope":"ALL","brand_id":"120344"}"#,
        good: r#"{"out_request_no":"34657_20250101_123456","usage_rule_display_info":{"coupon_usage_method_list":["OFFLINE"],"mini_program_appid":"wx1234567890","mini_program_path":"/pages/index/product","usage_description":"全场可用"},"store_scope":"ALL","brand_id":"120344"}"#,
        checks: &[Check::Usage(|usage, findings| {
            let list_is_sound = findings.is_sound_throughout(METHODS);
            if list_is_sound && !lists(usage, &UsageMethod::MiniProgram) {
                pair(usage.mini_program_appid.as_ref(), APPID, usage.mini_program_path.as_ref(), PATH, findings);
            }
        })],
    },
    Rule {
        code: "KQ206",
        name: "app-without-path",
        level: Level::Error,
        why: Words {
            en: "With APP among the methods, the address that opens the app is required, unless a passcode link or a guide leads there.",
            zh: "使用方式包含 APP 时，APP跳转路径为必填，除非以口令链接或使用指引跳转。",
        },
        remedy: Words {
            en: "Give app_path, or an app_jump_type other than H5.",
            zh: "请填写 app_path，或使用 H5 以外的 app_jump_type。",
        },
        source: SKILL,
        certainty: Certainty::Documented,
        bad: r#"{"out_request_no":"34657_20250101_123456","usage_rule_display_info":{"coupon_usage_method_list":["APP"],"usage_description":"全场可用"},"store_scope":"ALL","brand_id":"120344"}"#,
        good: r#"{"out_request_no":"34657_20250101_123456","usage_rule_display_info":{"coupon_usage_method_list":["APP"],"app_path":"https://www.example.com/jump-to-app","usage_description":"全场可用"},"store_scope":"ALL","brand_id":"120344"}"#,
        checks: &[Check::Usage(|usage, findings| {
            let by_h5 = match &usage.app_jump_type {
                None => findings.is_sound("/app_jump_type"),
                Some(jump) => *jump == AppJumpType::H5,
            };
            if by_h5 && lists(usage, &UsageMethod::App) && findings.is_absent(usage.app_path.as_ref(), "/app_path") {
                findings.report("/app_path", "APP is listed, this is missing", "列出了 APP，但缺少此成员");
            }
        })],
    },
    Rule {
        code: "KQ207",
        name: "app-without-passcode-link",
        level: Level::Warning,
        why: Words {
            en: "With APP among the methods and the jump type PASSCODE_LINK, the link seems to be required.",
            zh: "使用方式包含 APP 且跳转类型为 PASSCODE_LINK 时，口令链接应为必填。",
        },
        remedy: Words { en: "Give passcode_link.", zh: "请填写 passcode_link。" },
        source: "inferred from the names; TheNorthMemory/wechatpay-openapi@4d6325b0 has both members",
        certainty: Certainty::Inferred,
        bad: r#"{"out_request_no":"34657_20250101_123456","usage_rule_display_info":{"coupon_usage_method_list":["APP"],"usage_description":"全场可用","app_jump_type":"PASSCODE_LINK"},"store_scope":"ALL","brand_id":"120344"}"#,
        good: r#"{"out_request_no":"34657_20250101_123456","usage_rule_display_info":{"coupon_usage_method_list":["APP"],"usage_description":"全场可用","app_jump_type":"PASSCODE_LINK","passcode_link":"passcode_link.example"},"store_scope":"ALL","brand_id":"120344"}"#,
        checks: &[Check::Usage(|usage, findings| {
            let by_link = usage.app_jump_type == Some(AppJumpType::PasscodeLink);
            let link = usage.passcode_link.as_ref();
            if by_link && lists(usage, &UsageMethod::App) && findings.is_absent(link, "/passcode_link") {
                findings.report(
                    "/passcode_link",
                    "app_jump_type is PASSCODE_LINK, this is missing",
                    "app_jump_type 为 PASSCODE_LINK，但缺少此成员",
                );
            }
        })],
    },
    Rule {
        code: "KQ208",
        name: "store-pair-incomplete",
        level: Level::Warning,
        why: Words {
            en: "The appid of the stores' mini program and its page belong together, as they do elsewhere in the request.",
            zh: "门店小程序的 AppID 与跳转路径应成对填写，与请求中其他位置一致。",
        },
        remedy: Words { en: "Give both, or neither.", zh: "请同时填写，或都不填。" },
        source: "inferred from the pair beside the usage methods",
        certainty: Certainty::Inferred,
        bad: r#"{"out_request_no":"34657_20250101_123456","usage_rule_display_info":{"coupon_usage_method_list":["OFFLINE"],"usage_description":"全场可用","coupon_available_store_info":{"description":"所有门店","mini_program_appid":"wx1234567890"}},"store_scope":"ALL","brand_id":"120344"}"#,
        good: r#"{"out_request_no":"34657_20250101_123456","usage_rule_display_info":{"coupon_usage_method_list":["OFFLINE"],"usage_description":"全场可用","coupon_available_store_info":{"description":"所有门店","mini_program_appid":"wx1234567890","mini_program_path":"/pages/index/store-list"}},"store_scope":"ALL","brand_id":"120344"}"#,
        checks: &[Check::Usage(|usage, findings| {
            if let Some(stores) = &usage.coupon_available_store_info {
                let (appid, path) = (stores.mini_program_appid.as_ref(), stores.mini_program_path.as_ref());
                pair(
                    appid,
                    "/coupon_available_store_info/mini_program_appid",
                    path,
                    "/coupon_available_store_info/mini_program_path",
                    findings,
                );
            }
        })],
    },
    Rule {
        code: "KQ209",
        name: "invisible-code-offline",
        level: Level::Warning,
        why: Words {
            en: "OFFLINE means that the shop scans the code, and INVISIBLE shows none.",
            zh: "OFFLINE 需要门店扫码，而 INVISIBLE 不展示券码。",
        },
        remedy: Words {
            en: "Show a QRCODE or a BARCODE, or leave OFFLINE out.",
            zh: "请展示 QRCODE 或 BARCODE，或去掉 OFFLINE。",
        },
        source: "inferred from https://pay.weixin.qq.com/doc/brand/4016279735 (2025-11-27)",
        certainty: Certainty::Inferred,
        bad: r#"{"out_request_no":"34657_20250101_123456","usage_rule_display_info":{"coupon_usage_method_list":["OFFLINE"],"usage_description":"全场可用"},"coupon_display_info":{"code_display_mode":"INVISIBLE"},"store_scope":"ALL","brand_id":"120344"}"#,
        good: r#"{"out_request_no":"34657_20250101_123456","usage_rule_display_info":{"coupon_usage_method_list":["OFFLINE"],"usage_description":"全场可用"},"coupon_display_info":{"code_display_mode":"BARCODE"},"store_scope":"ALL","brand_id":"120344"}"#,
        checks: &[Check::Patch(|patch, findings| {
            let offline =
                patch.usage_rule_display_info.as_ref().is_some_and(|usage| lists(usage, &UsageMethod::Offline));
            let mode = patch.coupon_display_info.as_ref().and_then(|display| display.code_display_mode.as_ref());
            if offline && mode == Some(&CodeDisplayMode::Invisible) {
                findings.report(
                    "/coupon_display_info/code_display_mode",
                    "INVISIBLE, although OFFLINE is listed",
                    "列出了 OFFLINE，却为 INVISIBLE",
                );
            }
        })],
    },
    Rule {
        code: "KQ210",
        name: "nothing-to-change",
        level: Level::Warning,
        why: Words {
            en: "Only the request number and the brand are given; whether the platform takes that is unknown, and at best nothing happens.",
            zh: "只给出了单号和品牌；平台是否接受未知，最好的情况也是什么都不改。",
        },
        remedy: Words { en: "Give at least one part to change.", zh: "请至少给出一个要修改的部分。" },
        source: PAGE,
        certainty: Certainty::Unknown,
        bad: r#"{"out_request_no":"34657_20250101_123456","brand_id":"120344"}"#,
        good: r#"{"out_request_no":"34657_20250101_123456","store_scope":"NONE","brand_id":"120344"}"#,
        checks: &[Check::Patch(|patch, findings| {
            if !gives_a_part(patch, findings) && findings.is_absent(patch.store_scope.as_ref(), "/store_scope") {
                findings.report(
                    "",
                    "only out_request_no and brand_id are given",
                    "只给出了 out_request_no 和 brand_id",
                );
            }
        })],
    },
    Rule {
        code: "KQ211",
        name: "store-scope-omitted",
        level: Level::Warning,
        why: Words {
            en: "The page says that an omitted store_scope is set to NONE; if that holds for updates, leaving it out takes the coupon out of its stores.",
            zh: "文档写明不填 store_scope 默认设置为 NONE；若修改时也如此，省略它会使券脱离原有门店。",
        },
        remedy: Words {
            en: "Give store_scope always, with the value that the bundle has now if it is to stay.",
            zh: "请始终填写 store_scope；不改时填写当前值。",
        },
        source: PAGE,
        certainty: Certainty::Unknown,
        bad: r#"{"out_request_no":"34657_20250101_123456","remark":"备注","brand_id":"120344"}"#,
        good: r#"{"out_request_no":"34657_20250101_123456","remark":"备注","store_scope":"SPECIFIC","brand_id":"120344"}"#,
        checks: &[Check::Patch(|patch, findings| {
            if gives_a_part(patch, findings) && findings.is_absent(patch.store_scope.as_ref(), "/store_scope") {
                findings.report(
                    "/store_scope",
                    "this is missing and may be reset to NONE",
                    "缺少此成员，可能被重置为 NONE",
                );
            }
        })],
    },
    Rule {
        code: "KQ212",
        name: "guidance-wording-missing",
        level: Level::Warning,
        why: Words {
            en: "Some official texts require the words that lead to the mini program, some do not.",
            zh: "引导文案是否必填，官方文本说法不一。",
        },
        remedy: Words {
            en: "Give guidance_wording, at most 6 characters.",
            zh: "请填写 guidance_wording，最多 6 个字符。",
        },
        source: DISPUTE,
        certainty: Certainty::Disputed,
        bad: r#"{"out_request_no":"34657_20250101_123456","coupon_display_info":{"code_display_mode":"QRCODE","entrance_mini_program":{"appid":"wx1234567890","path":"/pages/index/product","entrance_wording":"欢迎选购"}},"store_scope":"ALL","brand_id":"120344"}"#,
        good: r#"{"out_request_no":"34657_20250101_123456","coupon_display_info":{"code_display_mode":"QRCODE","entrance_mini_program":{"appid":"wx1234567890","path":"/pages/index/product","entrance_wording":"欢迎选购","guidance_wording":"获取更多优惠"}},"store_scope":"ALL","brand_id":"120344"}"#,
        checks: &[Check::Display(|display, findings| {
            if let Some(entrance) = &display.entrance_mini_program {
                disputed(entrance.guidance_wording.as_ref(), "/entrance_mini_program/guidance_wording", findings);
            }
        })],
    },
    Rule {
        code: "KQ213",
        name: "finder-video-missing",
        level: Level::Warning,
        why: Words {
            en: "Some texts require the video of the channel's entrance, some do not.",
            zh: "视频号入口的视频ID 是否必填，各处说法不一。",
        },
        remedy: Words { en: "Give finder_video_id.", zh: "请填写 finder_video_id。" },
        source: DISPUTE,
        certainty: Certainty::Disputed,
        bad: r#"{"out_request_no":"34657_20250101_123456","coupon_display_info":{"code_display_mode":"QRCODE","entrance_finder":{"finder_id":"gh_12345678","finder_video_cover_image_url":"https://wxpaylogo.qpic.cn/wxpaylogo/xxxxx/xxx"}},"store_scope":"ALL","brand_id":"120344"}"#,
        good: r#"{"out_request_no":"34657_20250101_123456","coupon_display_info":{"code_display_mode":"QRCODE","entrance_finder":{"finder_id":"gh_12345678","finder_video_id":"UDFsdf24df34dD456Hdf34","finder_video_cover_image_url":"https://wxpaylogo.qpic.cn/wxpaylogo/xxxxx/xxx"}},"store_scope":"ALL","brand_id":"120344"}"#,
        checks: &[Check::Display(|display, findings| {
            if let Some(entrance) = &display.entrance_finder {
                disputed(entrance.finder_video_id.as_ref(), "/entrance_finder/finder_video_id", findings);
            }
        })],
    },
    Rule {
        code: "KQ214",
        name: "finder-cover-missing",
        level: Level::Warning,
        why: Words {
            en: "Some texts require the cover of the channel's video, some do not.",
            zh: "视频号入口的封面图是否必填，各处说法不一。",
        },
        remedy: Words { en: "Give finder_video_cover_image_url.", zh: "请填写 finder_video_cover_image_url。" },
        source: DISPUTE,
        certainty: Certainty::Disputed,
        bad: r#"{"out_request_no":"34657_20250101_123456","coupon_display_info":{"code_display_mode":"QRCODE","entrance_finder":{"finder_id":"gh_12345678","finder_video_id":"UDFsdf24df34dD456Hdf34"}},"store_scope":"ALL","brand_id":"120344"}"#,
        good: r#"{"out_request_no":"34657_20250101_123456","coupon_display_info":{"code_display_mode":"QRCODE","entrance_finder":{"finder_id":"gh_12345678","finder_video_id":"UDFsdf24df34dD456Hdf34","finder_video_cover_image_url":"https://wxpaylogo.qpic.cn/wxpaylogo/xxxxx/xxx"}},"store_scope":"ALL","brand_id":"120344"}"#,
        checks: &[Check::Display(|display, findings| {
            if let Some(entrance) = &display.entrance_finder {
                let cover = entrance.finder_video_cover_image_url.as_ref();
                disputed(cover, "/entrance_finder/finder_video_cover_image_url", findings);
            }
        })],
    },
    Rule {
        code: "KQ215",
        name: "finder-cover-not-https",
        level: Level::Warning,
        why: Words {
            en: "Addresses of pictures come from the platform's upload and begin with https; others are refused as parameters.",
            zh: "图片地址来自平台的图片上传接口，以 https 开头；其他地址会被当作参数错误。",
        },
        remedy: Words {
            en: "Use the address that the image upload answered with.",
            zh: "请使用图片上传接口返回的地址。",
        },
        source: "inferred from wechatpay-apiv3/wechatpay-skills@15f40d0, trouble-shooting manual, number 268435461",
        certainty: Certainty::Inferred,
        bad: r#"{"out_request_no":"34657_20250101_123456","coupon_display_info":{"code_display_mode":"QRCODE","entrance_finder":{"finder_id":"gh_12345678","finder_video_id":"UDFsdf24df34dD456Hdf34","finder_video_cover_image_url":"http://wxpaylogo.qpic.cn/wxpaylogo/xxxxx/xxx"}},"store_scope":"ALL","brand_id":"120344"}"#,
        good: r#"{"out_request_no":"34657_20250101_123456","coupon_display_info":{"code_display_mode":"QRCODE","entrance_finder":{"finder_id":"gh_12345678","finder_video_id":"UDFsdf24df34dD456Hdf34","finder_video_cover_image_url":"https://wxpaylogo.qpic.cn/wxpaylogo/xxxxx/xxx"}},"store_scope":"ALL","brand_id":"120344"}"#,
        checks: &[Check::Display(|display, findings| {
            let entrance = display.entrance_finder.as_ref();
            let cover = entrance.and_then(|entrance| entrance.finder_video_cover_image_url.as_ref());
            if let Some(cover) = cover.filter(|cover| !cover.is_empty() && !cover.starts_with("https://")) {
                findings.report(
                    "/entrance_finder/finder_video_cover_image_url",
                    format!("{} does not begin with https://", shown(cover)),
                    format!("{} 不以 https:// 开头", shown(cover)),
                );
            }
        })],
    },
    Rule {
        code: "KQ216",
        name: "appid-shape",
        level: Level::Warning,
        why: Words {
            en: "Every appid seen begins with wx and has at most 32 of 0-9 A-Z a-z _ -; the page itself names no form.",
            zh: "已知的 AppID 都以 wx 开头，最多 32 个 0-9 A-Z a-z _ - 字符；文档本身没有规定格式。",
        },
        remedy: Words {
            en: "Copy the appid from its platform once more.", zh: "请重新从对应平台复制 AppID。"
        },
        source: "inferred from samples, and from the older merchant coupon: https://pay.weixin.qq.com/doc/v3/merchant/4015716868",
        certainty: Certainty::Inferred,
        bad: r#"{"out_request_no":"34657_20250101_123456","notify_config":{"notify_appid":"gh_4fd12345678"},"store_scope":"ALL","brand_id":"120344"}"#,
        good: r#"{"out_request_no":"34657_20250101_123456","notify_config":{"notify_appid":"wx4fd12345678"},"store_scope":"ALL","brand_id":"120344"}"#,
        checks: &[Check::Text(|at, findings| {
            if at.class != Class::Appid || at.text.is_empty() {
                return;
            }
            let plain = at.text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
            if !(plain && at.text.len() <= 32 && at.text.starts_with("wx")) {
                let shown = shown(at.text);
                findings.report(
                    at.pointer,
                    format!("{shown} does not look like an appid"),
                    format!("{shown} 不像 AppID"),
                );
            }
        })],
    },
];

fn lists(usage: &UsageRuleDisplayInfo<'_>, method: &UsageMethod) -> bool {
    usage.coupon_usage_method_list.as_ref().is_some_and(|methods| methods.contains(method))
}

/// Exactly one of two members that belong together is given: the other is named.
fn pair(
    one: Option<&Text<'_>>,
    one_pointer: &str,
    two: Option<&Text<'_>>,
    two_pointer: &str,
    findings: &mut Findings<'_>,
) {
    let (missing, given) = match (one, two) {
        (Some(_), None) => (two_pointer, one_pointer),
        (None, Some(_)) => (one_pointer, two_pointer),
        _ => return,
    };
    if findings.is_sound(given) {
        let name = given.rsplit('/').next().unwrap_or_default();
        findings.report(missing, format!("{name} is given, this is missing"), format!("填写了 {name}，但缺少此成员"));
    }
}

fn disputed(text: Option<&Text<'_>>, pointer: &str, findings: &mut Findings<'_>) {
    if text.is_none() {
        findings.report(pointer, "this is missing, and may be required", "缺少此成员，可能为必填");
    }
}

/// Is any part but the store scope given, even wrongly, or under a name that is not known?
fn gives_a_part(patch: &BundlePatch<'_>, findings: &Findings<'_>) -> bool {
    patch.remark.is_some()
        || patch.usage_rule_display_info.is_some()
        || patch.coupon_display_info.is_some()
        || patch.notify_config.is_some()
        || !findings.is_sound_except(&["/out_request_no", "/brand_id", "/store_scope"])
}
