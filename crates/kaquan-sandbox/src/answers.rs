//! The platform's answers: its wording, its numbers, one fault at a time.
//!
//! The sentences about lengths, required members and types are those of real refusals; the others are made like them
//! (inferred).

use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use kaquan_core::{
    document::{Kind, Length, PATCH, PATH_ID_MAX, Place, TARGET},
    machine::Rejection,
    rule::Diagnostic,
};
use kaquan_http::{
    route::{self, Unroutable},
    sign::{Stamp, request_message},
};
use serde_json::{Value, json};

/// An answer before it is signed.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) status: StatusCode,
    pub(crate) number: u32,
    pub(crate) body: Vec<u8>,
}

impl Draft {
    pub(crate) fn done(body: Vec<u8>) -> Self {
        Self { status: StatusCode::OK, number: 0, body }
    }

    pub(crate) fn error(status: u16, number: u32, code: &str, message: &str, detail: Option<Value>) -> Self {
        let mut body = json!({ "code": code, "message": message });
        if let (Some(detail), Some(object)) = (detail, body.as_object_mut()) {
            object.insert("detail".into(), detail);
        }
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, number, body: body.to_string().into_bytes() }
    }

    /// The answer with its headers, not signed yet.
    pub(crate) fn into_response(self, request_id: &str) -> Response<Vec<u8>> {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        if let Ok(id) = HeaderValue::try_from(format!("{request_id}-{}", self.number)) {
            headers.insert("request-id", id);
        }
        response
    }
}

pub(crate) fn rejected(rejection: &Rejection) -> Draft {
    let refusal = rejection.refusal();
    let detail = match rejection {
        Rejection::Unfit(unfit) => Some(json!({ "location": "body", "field": unfit.pointer, "value": unfit.found })),
        _ => None,
    };
    let status = route::status(refusal.kind).as_u16();
    Draft::error(status, refusal.number.unwrap_or(268_578_224), refusal.code, &rejection.chinese(), detail)
}

pub(crate) fn unroutable(reason: &Unroutable, body: &[u8], path: &str) -> Draft {
    match reason {
        Unroutable::UnknownPath => {
            Draft::error(404, 268_435_461, "NOT_FOUND", "请求的接口不存在，请检查请求路径", None)
        }
        Unroutable::WrongMethod => {
            Draft::error(405, 268_435_461, "INVALID_REQUEST", "HTTP 请求方法不符合微信支付 APIv3 接口规则", None)
        }
        Unroutable::Query { name, value } => {
            let message = if value.is_empty() {
                format!("输入源“/query/{name}”映射到字段“{name}”必填性规则校验失败，此字段为必填项")
            } else {
                format!("输入源“/query/{name}”映射到数值字段“{name}”规则校验失败")
            };
            Draft::error(
                400,
                268_435_461,
                "PARAM_ERROR",
                &message,
                Some(json!({ "location": "query", "value": value })),
            )
        }
        Unroutable::Body(reason) => {
            let message = format!("请求体不符合接口要求：{reason}");
            Draft::error(400, 268_578_101, "PARAM_ERROR", &message, Some(json!({ "location": "body" })))
        }
        Unroutable::Findings(findings) => {
            let errors = findings.iter().filter(|finding| finding.is_error());
            match errors.min_by_key(|finding| finding.rule.code) {
                Some(finding) => found(finding, body, path),
                None => Draft::error(400, 268_578_101, "PARAM_ERROR", "参数错误", None),
            }
        }
    }
}

/// A finding as the platform says it.
fn found(finding: &Diagnostic, body: &[u8], path: &str) -> Draft {
    let shape = match finding.place {
        Place::Body => &PATCH,
        Place::UriTemplate => &TARGET,
    };
    let field = shape.field(&finding.pointer);
    let title = field.map_or("请求体", |field| field.title);
    let (place, value) = (finding.path(), value_at(finding, body, path));
    let source = format!("输入源“{place}”");
    let text = value.as_str().unwrap_or_default();
    let count = text.chars().count();
    let length = match field.map(|field| &field.kind) {
        Some(Kind::Text(_, length)) => *length,
        _ => Length { min: 1, max: None },
    };
    let string = |reason: String| format!("{source}映射到值字段“{title}”字符串规则校验失败，{reason}");
    let (number, code, message) = match finding.rule.code {
        "KQ001" => (268_578_101, "PARAM_ERROR", format!("请求体不是合法的 JSON：{}", finding.message.zh)),
        "KQ002" => (268_578_101, "PARAM_ERROR", "请求体不是 JSON 对象".into()),
        "KQ003" => (268_578_101, "PARAM_ERROR", format!("{source}重复出现")),
        "KQ004" => (268_578_101, "PARAM_ERROR", format!("{source}不是本接口的字段")),
        "KQ005" => {
            let kind = match field.map(|field| field.kind.type_name()) {
                Some("array") => "数组",
                Some("object") => "JSON 对象",
                _ => "字符串",
            };
            let message = format!("无法将 JSON {source}映射到目标字段“{title}”中，此字段需要一个合法的{kind}");
            (268_578_101, "PARAM_ERROR", message)
        }
        "KQ006" => {
            let message = format!("{source}映射到字段“{title}”必填性规则校验失败，此字段为必填项");
            (268_578_101, "PARAM_ERROR", message)
        }
        "KQ008" => {
            let message = format!("{source}映射到值字段“{title}”枚举规则校验失败，{}", finding.message.zh);
            (268_435_461, "PARAM_ERROR", message)
        }
        "KQ103" | "KQ301" => (268_435_463, "PARAM_ERROR", string("字符数 0，小于最小值 1".into())),
        "KQ101" if count < length.min => {
            (268_435_463, "PARAM_ERROR", string(format!("字符数 {count}，小于最小值 {}", length.min)))
        }
        "KQ101" | "KQ104" | "KQ105" | "KQ106" | "KQ107" | "KQ108" | "KQ302" => {
            let max = length.max.unwrap_or(PATH_ID_MAX);
            (268_435_462, "PARAM_ERROR", string(format!("字符数 {count}，大于最大值 {max}")))
        }
        "KQ102" | "KQ303" => (268_435_461, "PARAM_ERROR", string("不匹配正则 ^[0-9A-Za-z_-]+$".into())),
        _ => (268_578_224, "INVALID_REQUEST", format!("{place} {}", finding.message.zh)),
    };
    let detail = json!({ "location": finding.place.as_str(), "value": value });
    Draft::error(400, number, code, &message, Some(detail))
}

/// The value that is spoken of, as it came.
fn value_at(finding: &Diagnostic, body: &[u8], path: &str) -> Value {
    let missing = || Value::String(String::new());
    match finding.place {
        Place::Body => {
            let value: Option<Value> = serde_json::from_slice(body).ok();
            value.and_then(|value| value.pointer(&finding.pointer).cloned()).unwrap_or_else(missing)
        }
        Place::UriTemplate => {
            let mut segments = path.split('/').rev();
            let last = if finding.pointer.ends_with("stock_bundle_id") { segments.next() } else { segments.nth(2) };
            last.map_or_else(missing, Value::from)
        }
    }
}

/// What the platform verified, so that a caller can compare.
pub(crate) fn sign_error(message: &str, method: &str, path: &str, stamp: Option<&Stamp>, body: &[u8]) -> Draft {
    let mut detail = json!({
        "detail": { "issue": "sign not match" },
        "field": "signature",
        "location": "authorization",
    });
    if let (Some(stamp), Some(object)) = (stamp, detail.as_object_mut()) {
        let full = request_message(method, path, stamp, body);
        let shown: String = String::from_utf8_lossy(body).chars().take(8).collect();
        let truncated = request_message(method, path, stamp, shown.as_bytes());
        object.insert(
            "sign_information".into(),
            json!({
                "method": method,
                "url": path,
                "sign_message_length": full.len(),
                "truncated_sign_message": String::from_utf8_lossy(&truncated),
            }),
        );
    }
    Draft::error(401, 268_435_456, "SIGN_ERROR", message, Some(detail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kaquan_core::{
        document::{Document as _, Target},
        model::BundlePatch,
        rule::Level,
        rules,
    };

    /// Every error of the catalogue has an answer that names the member, in a fixed order.
    #[test]
    fn every_error_has_its_answer() {
        for rule in rules::rules().filter(|rule| rule.level == Level::Error) {
            let findings = if rule.is_about_path() {
                rules::check_text::<Target>(rule.bad).1
            } else {
                rules::check_text::<BundlePatch<'_>>(rule.bad).1
            };
            let draft = unroutable(
                &Unroutable::Findings(findings),
                rule.bad.as_bytes(),
                "/x/product-coupons/1/stock-bundles/2",
            );
            let body: Value = serde_json::from_slice(&draft.body).unwrap();
            assert_eq!(draft.status, 400, "{}", rule.name);
            assert!(body["message"].as_str().is_some_and(|message| message.len() > 12), "{}", rule.name);
            assert!(draft.number > 268_000_000, "{}", rule.name);
        }
        let short = r#"{"out_request_no":"12345","remark":"备注","store_scope":"ALL","brand_id":""}"#;
        let findings = rules::check_text::<BundlePatch<'_>>(short).1;
        let draft = unroutable(&Unroutable::Findings(findings), short.as_bytes(), "/");
        let body: Value = serde_json::from_slice(&draft.body).unwrap();
        let message =
            "输入源“/body/out_request_no”映射到值字段“修改请求单号”字符串规则校验失败，字符数 5，小于最小值 6";
        assert_eq!((body["message"].as_str(), body["detail"]["value"].as_str()), (Some(message), Some("12345")));
        assert_eq!(BundlePatch::PLACE.as_str(), body["detail"]["location"]);
    }
}
