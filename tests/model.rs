//! The platform's own samples go through the model without a loss.

mod support;

use kaquan_core::model::{Bundle, BundlePatch};
use serde_json::Value;

fn round_trip<T: serde_json_round::Both>(name: &str) {
    let text = support::sample(name);
    let read: T = serde_json::from_str(&text).expect(name);
    let written: Value = serde_json::to_value(&read).expect(name);
    let original: Value = serde_json::from_str(&text).expect(name);
    assert_eq!(written, original, "{name}");
}

mod serde_json_round {
    pub(crate) trait Both: serde::Serialize + serde::de::DeserializeOwned {}
    impl<T: serde::Serialize + serde::de::DeserializeOwned> Both for T {}
}

#[test]
fn samples_come_back_as_they_were() {
    round_trip::<Bundle>("update-stock-bundle.response.json");
    round_trip::<Bundle>("stock-bundle-entity.clean.json");
    round_trip::<Bundle>("bundle.json");
    round_trip::<Bundle>("bundle-of-fifteen.json");
    round_trip::<BundlePatch<'static>>("update-stock-bundle.request.json");
}

#[test]
fn an_answer_may_hold_what_is_not_known_yet() {
    let mut answer: Value = serde_json::from_str(&support::sample("stock-bundle-entity.clean.json")).expect("JSON");
    answer["new_member"] = "x".into();
    answer["stock_list"][0]["state"] = "FROZEN".into();
    answer["stock_list"][0]["remark"] = Value::Null;
    answer["stock_list"][0]["usage_rule_display_info"]["coupon_usage_method_list"][0] = "TELEPATHY".into();
    answer["stock_list"][0]["usage_rule_display_info"]["newer"] = 1.into();
    answer["stock_list"][1]["coupon_display_info"] = serde_json::json!({});
    let bundle: Bundle = serde_json::from_value(answer.clone()).expect("it is read all the same");
    assert_eq!(bundle.stock_list[0].state.as_str(), "FROZEN");
    let written = serde_json::to_value(&bundle).expect("it is written");
    assert_eq!(written["stock_list"][0]["state"], "FROZEN");
    let methods = &written["stock_list"][0]["usage_rule_display_info"]["coupon_usage_method_list"];
    assert_eq!(methods[0], "TELEPATHY");
    assert_eq!(written["stock_list"][1]["coupon_display_info"], serde_json::json!({}));
    assert_eq!(written["stock_list"][2], answer["stock_list"][2]);
}

/// The names on the wire, in their order: a typing error of ours would show here.
#[test]
fn the_official_request_is_written_byte_by_byte() {
    let patch: BundlePatch<'static> = serde_json::from_str(&support::official_request()).expect("the sample is read");
    let written = kaquan_core::hot::to_json(&patch);
    assert_eq!(
        written,
        r#"{"out_request_no":"34657_20250101_123456","remark":"疯狂星期四项目专用","usage_rule_display_info":{"coupon_usage_method_list":["MINI_PROGRAM"],"mini_program_appid":"wx1234567890","mini_program_path":"/pages/index/product","app_path":"https://www.example.com/jump-to-app","usage_description":"全场可用","coupon_available_store_info":{"description":"可在上海市区的所有门店使用,详细列表参考小程序内信息为准","mini_program_appid":"wx1234567890","mini_program_path":"/pages/index/store-list"}},"coupon_display_info":{"code_display_mode":"QRCODE","background_color":"Color010","entrance_mini_program":{"appid":"wx1234567890","path":"/pages/index/product","entrance_wording":"欢迎选购","guidance_wording":"获取更多优惠"},"entrance_official_account":{"appid":"wx1234567890"},"entrance_finder":{"finder_id":"gh_12345678","finder_video_id":"UDFsdf24df34dD456Hdf34","finder_video_cover_image_url":"https://wxpaylogo.qpic.cn/wxpaylogo/xxxxx/xxx"}},"notify_config":{"notify_appid":"wx4fd12345678"},"store_scope":"SPECIFIC","brand_id":"120344"}"#
    );
    assert_eq!(written.len(), 1080);
}
