//! What can go wrong on purpose.

use std::collections::BTreeMap;

use kaquan_core::rule::Words;
use serde::{Deserialize, Serialize};

/// A header that asks for a fault in the answer of its own request.
pub const HEADER: &str = "x-kaquan-fault";

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// 400 `PARAM_ERROR`
    ParamError,
    /// 400 `INVALID_REQUEST`
    InvalidRequest,
    /// 401 `SIGN_ERROR`
    SignError,
    /// 403 `NO_AUTH`
    NoAuth,
    /// 404 `NOT_FOUND`
    NotFound,
    /// 429 `RATELIMIT_EXCEEDED`
    RateLimited,
    /// 500 `SYSTEM_ERROR`
    SystemError,
    /// 202 without a result.
    Accepted,
    /// 503 `SERVICE_UNAVAILABLE`
    Unavailable,
    /// 502 with a page of HTML.
    HtmlBadGateway,
    /// 500 with nothing.
    EmptyServerError,
    /// The answer comes two seconds late.
    Latency,
    /// The connection is reset before anything is done.
    ConnectionReset,
    /// It is done, and the answer is lost.
    ReplyLost,
    /// It is done, and answered with 500 all the same.
    AppliedThenError,
    /// The answer is not signed.
    Unsigned,
    /// The signature is a probe.
    Signtest,
    /// The answer names another key.
    WrongSerial,
    /// The answer's clock is ten minutes slow.
    SkewedClock,
    /// The signature is of another body.
    BadSignature,
    /// The body breaks off in the middle.
    TruncatedBody,
}

impl Fault {
    /// Every fault, with what it is.
    pub const ALL: [(Self, Words); 21] = [
        (Self::ParamError, Words { en: "400 PARAM_ERROR", zh: "400 PARAM_ERROR 参数错误" }),
        (Self::InvalidRequest, Words { en: "400 INVALID_REQUEST", zh: "400 INVALID_REQUEST 不符合业务规则" }),
        (Self::SignError, Words { en: "401 SIGN_ERROR", zh: "401 SIGN_ERROR 验签失败" }),
        (Self::NoAuth, Words { en: "403 NO_AUTH", zh: "403 NO_AUTH 未授权" }),
        (Self::NotFound, Words { en: "404 NOT_FOUND", zh: "404 NOT_FOUND 未找到" }),
        (Self::RateLimited, Words { en: "429 RATELIMIT_EXCEEDED", zh: "429 RATELIMIT_EXCEEDED 频率超限" }),
        (Self::SystemError, Words { en: "500 SYSTEM_ERROR", zh: "500 SYSTEM_ERROR 系统异常" }),
        (Self::Accepted, Words { en: "202, not finished", zh: "202 已受理，未完成" }),
        (Self::Unavailable, Words { en: "503 SERVICE_UNAVAILABLE", zh: "503 SERVICE_UNAVAILABLE 服务不可用" }),
        (Self::HtmlBadGateway, Words { en: "502 with an HTML page", zh: "502 HTML 页面" }),
        (Self::EmptyServerError, Words { en: "500 with an empty body", zh: "500 空包体" }),
        (Self::Latency, Words { en: "answer two seconds late", zh: "应答延迟两秒" }),
        (Self::ConnectionReset, Words { en: "connection reset, nothing done", zh: "连接被重置，未执行" }),
        (Self::ReplyLost, Words { en: "applied, but the reply is lost", zh: "已生效，但应答丢失" }),
        (Self::AppliedThenError, Words { en: "applied, but answered with 500", zh: "已生效，但应答 500" }),
        (Self::Unsigned, Words { en: "answer not signed", zh: "应答未签名" }),
        (Self::Signtest, Words { en: "probe signature (SIGNTEST)", zh: "探测签名（SIGNTEST）" }),
        (Self::WrongSerial, Words { en: "answer names another key", zh: "应答使用其他密钥编号" }),
        (Self::SkewedClock, Words { en: "answer ten minutes old", zh: "应答时间戳慢十分钟" }),
        (Self::BadSignature, Words { en: "signature of another body", zh: "应答签名不匹配" }),
        (Self::TruncatedBody, Words { en: "body breaks off", zh: "应答包体中断" }),
    ];

    /// The fault of a name, as in the header and the control calls.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        serde_json::from_value(name.into()).ok()
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> String {
        serde_json::to_value(self).ok().and_then(|name| name.as_str().map(String::from)).unwrap_or_default()
    }

    /// Is it answered before anything is looked at or done?
    #[must_use]
    pub fn comes_first(self) -> bool {
        !matches!(
            self,
            Self::Latency
                | Self::ReplyLost
                | Self::AppliedThenError
                | Self::Unsigned
                | Self::Signtest
                | Self::WrongSerial
                | Self::SkewedClock
                | Self::BadSignature
                | Self::TruncatedBody
        )
    }
}

/// Faults to come: so many times, or with a probability, by a seeded generator.
#[derive(Clone, Debug)]
pub struct Faults {
    counts: BTreeMap<Fault, u32>,
    probabilities: BTreeMap<Fault, f64>,
    random: fastrand::Rng,
}

/// A fault to come.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Active {
    /// What goes wrong.
    pub kind: Fault,
    /// How many times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// Or how often, from 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
}

impl Faults {
    /// None yet.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { counts: BTreeMap::new(), probabilities: BTreeMap::new(), random: fastrand::Rng::with_seed(seed) }
    }

    /// Adds faults to come; a count of 0 or a probability of 0 takes them away.
    pub fn set(&mut self, active: Active) {
        if let Some(count) = active.count {
            self.counts.insert(active.kind, count);
            self.counts.retain(|_, count| *count > 0);
        }
        if let Some(probability) = active.probability {
            self.probabilities.insert(active.kind, probability.clamp(0.0, 1.0));
            self.probabilities.retain(|_, probability| *probability > 0.0);
        }
    }

    /// Takes all away.
    pub fn clear(&mut self) {
        self.counts.clear();
        self.probabilities.clear();
    }

    /// Those to come.
    #[must_use]
    pub fn active(&self) -> Vec<Active> {
        let counts =
            self.counts.iter().map(|(kind, count)| Active { kind: *kind, count: Some(*count), probability: None });
        let odds = self.probabilities.iter();
        let odds = odds.map(|(kind, odds)| Active { kind: *kind, count: None, probability: Some(*odds) });
        counts.chain(odds).collect()
    }

    /// What goes wrong with the next request.
    pub fn take_next(&mut self) -> Option<Fault> {
        if let Some(mut entry) = self.counts.first_entry() {
            let kind = *entry.key();
            *entry.get_mut() -= 1;
            if *entry.get() == 0 {
                entry.remove();
            }
            return Some(kind);
        }
        let random = &mut self.random;
        self.probabilities.iter().find(|(_, odds)| random.f64() < **odds).map(|(kind, _)| *kind)
    }
}
