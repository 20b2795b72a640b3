//! What an error of the platform says, and what it means.

use http::{HeaderMap, Response, StatusCode};
use kaquan_core::rule::Words;
use serde_json::Value;

/// Most characters of a body that is no JSON and is kept.
const EXCERPT: usize = 200;

/// An answer that is no success: everything it says, and nothing lost of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiError {
    /// The status.
    pub status: StatusCode,
    /// The platform's word, such as `PARAM_ERROR`.
    pub code: Option<String>,
    /// The platform's sentence.
    pub message: Option<String>,
    /// `detail` as it came: its value may be a string, a number, absent, nested.
    pub detail: Option<Value>,
    /// `Request-ID`, to be given to the platform's support.
    pub request_id: Option<String>,
    /// The number behind the last `-` of `Request-ID`; 0 means success.
    pub number: Option<u64>,
    /// Did its signature hold? An unsigned refusal is reported all the same, because it says why.
    pub signed: bool,
    /// The beginning of a body that is no JSON object, such as the page of a gateway.
    pub excerpt: Option<String>,
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.status.as_u16())?;
        for part in [&self.code, &self.message, &self.excerpt].into_iter().flatten() {
            write!(f, " {part}")?;
        }
        match &self.request_id {
            Some(id) => write!(f, " (Request-ID {id})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ApiError {}

/// Reads an answer that is no success. Never fails: what is not understood is kept.
///
/// # Example
/// ```
/// use http::Response;
/// use kaquan_http::answer;
///
/// let response = Response::builder().status(502).header("Request-ID", "08F-268578927").body(b"<html>".to_vec())?;
/// let error = answer::read_error(&response, false);
/// assert_eq!((error.number, error.excerpt.as_deref()), (Some(268_578_927), Some("<html>")));
/// # Ok::<(), http::Error>(())
/// ```
#[must_use]
pub fn read_error(response: &Response<Vec<u8>>, signed: bool) -> ApiError {
    let (request_id, number) = request_id(response.headers());
    let mut error = ApiError {
        status: response.status(),
        code: None,
        message: None,
        detail: None,
        request_id,
        number,
        signed,
        excerpt: None,
    };
    match serde_json::from_slice::<Value>(response.body()) {
        Ok(Value::Object(mut object)) => {
            let mut text = |name: &str| match object.remove(name) {
                Some(Value::String(text)) => Some(text),
                Some(Value::Null) | None => None,
                Some(other) => Some(other.to_string()),
            };
            error.code = text("code");
            error.message = text("message");
            error.detail = object.remove("detail").filter(|detail| !detail.is_null());
        }
        _ if response.body().is_empty() => {}
        _ => error.excerpt = Some(String::from_utf8_lossy(response.body()).chars().take(EXCERPT).collect()),
    }
    error
}

/// `Request-ID`, and the number behind its last `-`.
#[must_use]
pub fn request_id(headers: &HeaderMap) -> (Option<String>, Option<u64>) {
    let id = headers.get("request-id").map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let number = id.as_deref().and_then(|id| id.rsplit_once('-')).and_then(|(_, number)| number.parse().ok());
    (id, number)
}

/// The numbers of the platform's trouble-shooting manuals: wechatpay-apiv3/wechatpay-skills@15f40d0.
const NUMBERS: &[(u64, Words)] = &[
    (
        268_435_461,
        Words {
            en: "a parameter is illegal: a time that is not RFC 3339, money not in fen, an unknown word, an address without https, an invisible character, or no brand_id",
            zh: "参数不合法：时间不是 RFC 3339、金额不以分为单位、枚举值错误、链接不是 https、含不可见字符，或缺少 brand_id",
        },
    ),
    (268_435_462, Words { en: "a parameter is too long", zh: "参数过长" }),
    (
        268_435_463,
        Words {
            en: "a parameter is too short (a request number has 6 characters at least)",
            zh: "参数过短（请求单号至少 6 个字符）",
        },
    ),
    (268_435_464, Words { en: "a parameter is out of range", zh: "参数超出范围" }),
    (268_577_984, Words { en: "the stock is not SENDING", zh: "批次不是 SENDING 状态" }),
    (
        268_578_101,
        Words {
            en: "the input is malformed: bad JSON, a required member missing, a wrong name or nesting, or no brand_id",
            zh: "输入格式错误：JSON 错误、缺少必填成员、名称或层级错误，或缺少 brand_id",
        },
    ),
    (
        268_578_224,
        Words {
            en: "a member breaks a business rule, see the detail", zh: "某个成员违反业务规则，见 detail"
        },
    ),
    (268_578_367, Words { en: "the user's coupon is in the wrong state", zh: "用户券状态不正确" }),
    (268_578_404, Words { en: "the coupon's image is missing", zh: "缺少商品券图片" }),
    (268_578_526, Words { en: "the OpenID cannot be parsed", zh: "OpenID 无法解析" }),
    (268_578_532, Words { en: "the OpenID cannot be parsed", zh: "OpenID 无法解析" }),
    (
        268_578_608,
        Words {
            en: "the object is not there, is not this brand's, or was not created by this service provider",
            zh: "对象不存在、不属于该品牌，或不是由该服务商创建",
        },
    ),
    (
        268_578_704,
        Words {
            en: "an appid is illegal or not bound; a new binding works from the next day on",
            zh: "AppID 不合法或未绑定；新绑定次日生效",
        },
    ),
    (268_578_776, Words { en: "the user's coupon has expired", zh: "用户券已过期" }),
    (
        268_578_813,
        Words {
            en: "the stock is usable in all stores, so stores cannot be linked",
            zh: "批次为全部门店可用，不能关联门店",
        },
    ),
    (268_578_851, Words { en: "the user's coupon is not there", zh: "用户券不存在" }),
    (
        268_578_927,
        Words {
            en: "the request number was used with other data: a changed body needs a new number",
            zh: "请求单号已用于其他数据：修改内容后须换新的单号",
        },
    ),
    (
        268_579_803,
        Words {
            en: "the brand has not granted this service provider the interface", zh: "品牌未向该服务商授权此接口"
        },
    ),
    (268_584_404, Words { en: "the redeeming store is illegal", zh: "核销门店不合法" }),
    (268_586_067, Words { en: "a later round is worse than an earlier one", zh: "后一次的优惠低于前一次" }),
    (270_087_680, Words { en: "an image is over the size limit", zh: "图片超过大小限制" }),
    (
        270_924_289,
        Words {
            en: "too fast: 20 requests a second, shared by all brands of a service provider",
            zh: "请求过快：每秒 20 次，服务商的所有品牌共享",
        },
    ),
    (272_755_200, Words { en: "sent again with another request number", zh: "换单号重入发券" }),
    (272_755_715, Words { en: "outside the absolute validity", zh: "不在绝对有效期内" }),
    (272_755_717, Words { en: "outside the weekly or irregular window", zh: "不在每周或不规则可用时段内" }),
    (272_756_740, Words { en: "the user's limit is reached", zh: "达到用户领取上限" }),
    (272_756_745, Words { en: "the coupon was redeemed by another order", zh: "券已被其他订单核销" }),
    (
        272_756_746,
        Words {
            en: "the coupon is locked by another redemption, wait a second or two",
            zh: "券正被其他核销占用，请稍候 1–2 秒",
        },
    ),
    (272_756_769, Words { en: "the user deleted the coupon", zh: "用户已删除该券" }),
    (272_756_790, Words { en: "the coupon has expired, nothing more is possible", zh: "券已过期，无法继续操作" }),
];

/// What a number means, if the manuals say.
#[must_use]
pub fn explain_number(number: u64) -> Option<Words> {
    NUMBERS.iter().find(|(known, _)| *known == number).map(|(_, words)| *words)
}

impl ApiError {
    /// What to do next, from the status and the number.
    #[must_use]
    pub fn next_step(&self) -> Words {
        match (self.status.as_u16(), self.code.as_deref()) {
            (429, _) => Words {
                en: "Send fewer: the same request again, with the same number and body, a little later.",
                zh: "请降低频率，稍后用相同的单号和内容重试。",
            },
            (401, _) => Words {
                en: "Compare key, certificate serial and clock; `kaquan explain-sign-error` names the cause from this answer.",
                zh: "请核对私钥、证书序列号与时钟；用 `kaquan explain-sign-error` 可根据此应答找出原因。",
            },
            (403, _) => Words {
                en: "Let the brand grant the product-coupon function to your service provider number.",
                zh: "请让品牌向你的服务商号授权商品券功能。",
            },
            (404, _) => Words {
                en: "Check that coupon, bundle and brand belong together and were created by you.",
                zh: "请核对商品券、批次组与品牌的归属，并确认由你创建。",
            },
            (300..=399, _) => Words {
                en: "A redirect is never followed: check the base URL.",
                zh: "不会跟随重定向：请检查请求域名。",
            },
            (400..=499, Some("PARAM_ERROR")) => Words {
                en: "Correct the member that the detail names, and send it with a new number.",
                zh: "请按 detail 改正参数，并使用新的单号发送。",
            },
            (400..=499, _) => Words {
                en: "Do not repeat it unchanged; a changed body needs a new number.",
                zh: "请勿原样重试；修改内容后须使用新的单号。",
            },
            _ => Words {
                en: "Send the same request again, with the same number and body; it may have taken effect.",
                zh: "请用相同的单号和内容重试；本次请求可能已生效。",
            },
        }
    }
}

/// Why the platform could not verify a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignCause {
    /// The answer does not tell.
    NoInformation,
    /// The platform saw another method.
    OtherMethod {
        /// What it saw.
        seen: String,
    },
    /// The query was sent and not signed, or the other way round.
    OtherQuery {
        /// What it saw.
        seen: String,
    },
    /// The platform saw another path.
    OtherPath {
        /// What it saw.
        seen: String,
    },
    /// The body never arrived.
    EmptyBody {
        /// Bytes that should have.
        wanted: usize,
    },
    /// A body arrived where none was signed, or one of another length.
    BodyLength {
        /// Bytes that arrived.
        seen: usize,
        /// Bytes that were signed.
        wanted: usize,
    },
    /// The same length, and other bytes.
    OtherBytes {
        /// How the body begins that arrived.
        seen: String,
    },
    /// What arrived is what should have been signed: the key or the serial is wrong.
    KeyOrSerial,
}

/// Compares what the platform says it verified with what should have been signed.
///
/// # Example
/// ```
/// use kaquan_http::answer::{SignCause, explain_sign_error};
///
/// let answer = serde_json::json!({"code": "SIGN_ERROR", "detail": {"sign_information": {
///     "method": "POST", "url": "/v3/transfer/batches", "sign_message_length": 71,
///     "truncated_sign_message": "POST\n/v3/transfer/batches\n1709745440\n5hMYYOOJpzdAfboMUB7QiPmfxmhVehVk\n\n"}}});
/// let cause = explain_sign_error(&answer, "POST", "/v3/transfer/batches", br#"{"a":1}"#);
/// assert_eq!(cause, SignCause::EmptyBody { wanted: 7 });
/// ```
#[must_use]
pub fn explain_sign_error(answer: &Value, method: &str, path_and_query: &str, body: &[u8]) -> SignCause {
    let information = answer.pointer("/detail/sign_information").or_else(|| answer.get("sign_information"));
    let text = |name: &str| information.and_then(|information| information.get(name)).and_then(Value::as_str);
    let length = information.and_then(|information| information.get("sign_message_length")).and_then(Value::as_u64);
    let Some((message, length)) = text("truncated_sign_message").zip(length) else { return SignCause::NoInformation };
    let mut lines = message.splitn(5, '\n');
    let (Some(seen_method), Some(seen_path), Some(timestamp), Some(nonce)) =
        (lines.next(), lines.next(), lines.next(), lines.next())
    else {
        return SignCause::NoInformation;
    };
    let beginning = lines.next().unwrap_or_default();
    if seen_method != method {
        return SignCause::OtherMethod { seen: seen_method.into() };
    }
    if seen_path != path_and_query {
        let without_query = |path: &str| path.split('?').next().unwrap_or_default().to_string();
        let seen = seen_path.to_string();
        let query_only = without_query(seen_path) == without_query(path_and_query);
        return if query_only { SignCause::OtherQuery { seen } } else { SignCause::OtherPath { seen } };
    }
    let head = seen_method.len() + seen_path.len() + timestamp.len() + nonce.len() + 4;
    let seen = usize::try_from(length).unwrap_or(usize::MAX).saturating_sub(head + 1);
    // Whether the platform counts bytes or characters is not known: both are taken.
    let characters = std::str::from_utf8(body).map_or(body.len(), |text| text.chars().count());
    match (seen, body.len()) {
        (0, 1..) => SignCause::EmptyBody { wanted: body.len() },
        (seen, wanted) if seen != wanted && seen != characters => SignCause::BodyLength { seen, wanted },
        _ => {
            // About the first eight characters of the body are shown.
            let beginning = beginning.trim_end_matches('\n').trim_end_matches("...");
            let same = body.starts_with(beginning.trim_end_matches('\u{fffd}').as_bytes());
            if same { SignCause::KeyOrSerial } else { SignCause::OtherBytes { seen: beginning.into() } }
        }
    }
}

impl SignCause {
    /// The cause in English and Chinese.
    #[must_use]
    pub fn words(&self) -> (String, String) {
        match self {
            Self::NoInformation => (
                "the answer has no sign_information, so the cause cannot be told".into(),
                "应答中没有 sign_information，无法判断原因".into(),
            ),
            Self::OtherMethod { seen } => (
                format!("the platform saw the method {seen}: sign the method that is sent"),
                format!("平台收到的方法是 {seen}：请对实际发送的方法签名"),
            ),
            Self::OtherQuery { seen } => (
                format!("the platform saw {seen}: the query string belongs to what is signed, exactly as it is sent"),
                format!("平台收到的是 {seen}：查询串须按实际发送的样子参与签名"),
            ),
            Self::OtherPath { seen } => (
                format!("the platform saw the path {seen}: sign the path that is sent, with its leading slash and escapes"),
                format!("平台收到的路径是 {seen}：请对实际发送的路径签名，包括开头的斜杠与转义"),
            ),
            Self::EmptyBody { wanted } => (
                format!("the body never arrived: {wanted} bytes were signed, none came"),
                format!("请求体没有送达：签名了 {wanted} 字节，平台收到 0 字节"),
            ),
            Self::BodyLength { seen, wanted } => {
                let (difference, more) = (seen.abs_diff(*wanted), seen > wanted);
                (
                    format!(
                        "another body arrived: {seen} bytes, {difference} {} than the {wanted} that should be signed; sign the bytes that are sent",
                        if more { "more" } else { "fewer" }
                    ),
                    format!(
                        "平台收到的请求体不同：{seen} 字节，比应签名的 {wanted} 字节{}了 {difference}；请对实际发送的字节签名",
                        if more { "多" } else { "少" }
                    ),
                )
            }
            Self::OtherBytes { seen } => (
                format!("a body of the same length with other bytes arrived, it begins with {seen:?}: sign the bytes that are sent"),
                format!("平台收到的请求体长度相同而内容不同，开头为 {seen:?}：请对实际发送的字节签名"),
            ),
            Self::KeyOrSerial => (
                "the message fits: the private key does not belong to the certificate serial that was sent, or the signature is not of this message".into(),
                "签名串一致：私钥与所发送的证书序列号不匹配，或签名不是针对此消息的".into(),
            ),
        }
    }
}
