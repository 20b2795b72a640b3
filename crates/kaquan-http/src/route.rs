//! Which call is which request: one table, read in both directions.

use std::sync::Arc;

use http::{
    HeaderValue, Method, Request, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, USER_AGENT},
};
use kaquan_core::{
    document::Target,
    family::Coupon,
    machine::{Answer, Command, Kind},
    model::{BrandId, Bundle, BundlePatch, ProductCouponId, Stock, StockBundleId, StockId},
    rule::Diagnostic,
    rules::{self, Checked},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::identity::{Identity, Mode};

/// Something that can be asked of the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// A command of the bundle family.
    Command(Command),
    /// *List stocks*: how a bundle is read back, as there is no operation that reads one.
    ListStocks(StockList),
    /// *Get stock*.
    GetStock {
        /// The coupon.
        coupon: ProductCouponId<'static>,
        /// The stock.
        stock: StockId<'static>,
        /// The brand.
        brand: BrandId<'static>,
    },
}

/// Which stocks to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockList {
    /// The coupon.
    pub coupon: ProductCouponId<'static>,
    /// The brand.
    pub brand: BrandId<'static>,
    /// Those of one bundle.
    pub bundle: Option<StockBundleId<'static>>,
    /// Those in one state.
    pub state: Option<String>,
    /// How many at once, 20 unless given, 50 at most.
    pub page_size: Option<u32>,
    /// Where to go on, as the last answer said.
    pub page_token: Option<String>,
}

impl From<Command> for Call {
    fn from(command: Command) -> Self {
        Self::Command(command)
    }
}

/// An operation of the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// 修改商品券批次组
    UpdateBundle,
    /// 添加商品券批次组
    AddBundle,
    /// 修改商品券批次组发放预算
    ChangeBudget,
    /// 失效商品券批次
    DeactivateStock,
    /// 失效商品券
    DeactivateCoupon,
    /// 查询商品券批次列表
    ListStocks,
    /// 查询商品券指定批次
    GetStock,
}

/// Operation, method, and the path behind the caller's prefix; `{}` is an id.
pub const ROUTES: [(Operation, Method, &[&str]); 7] = [
    (Operation::UpdateBundle, Method::PATCH, &["product-coupons", "{}", "stock-bundles", "{}"]),
    (Operation::AddBundle, Method::POST, &["product-coupons", "{}", "stock-bundles"]),
    (Operation::ChangeBudget, Method::POST, &["product-coupons", "{}", "stock-bundles", "{}", "update-budget"]),
    (Operation::DeactivateStock, Method::POST, &["product-coupons", "{}", "stocks", "{}", "deactivate"]),
    (Operation::DeactivateCoupon, Method::POST, &["product-coupons", "{}", "deactivate"]),
    (Operation::ListStocks, Method::GET, &["product-coupons", "{}", "stocks"]),
    (Operation::GetStock, Method::GET, &["product-coupons", "{}", "stocks", "{}"]),
];

/// Everything but letters, digits, `_` and `-` is escaped, dots too: no id can climb out of its segment.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'-');

/// A text as one segment of a path, or one value of a query.
#[must_use]
pub fn escaped(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

/// A command of the platform's own hand has no operation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsendable {
    /// No operation leads to it.
    #[error("no operation of the platform does this")]
    NoOperation,
    /// The ids do not fit into the path of a request.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Target(Vec<Diagnostic>),
    /// The request could not be put together.
    #[error("the request could not be put together: {0}")]
    Request(String),
}

/// The request of a call, without host and signature. The body is built here, once: these bytes are signed and sent.
///
/// # Errors
/// [`Unsendable`], when no operation does it, or an id breaks the rules of path ids.
pub fn encode(identity: &Identity, call: &Call) -> Result<Request<Vec<u8>>, Unsendable> {
    let (operation, ids, body, query) = parts(identity.mode(), call)?;
    let row = ROUTES.iter().find(|(known, ..)| *known == operation);
    let (_, method, segments) = row.ok_or(Unsendable::NoOperation)?;
    if let Some(refused) = refused_ids(&ids) {
        return Err(Unsendable::Target(refused));
    }
    let mut ids = ids.iter();
    let path: Vec<String> =
        segments
            .iter()
            .map(|segment| {
                if *segment == "{}" { ids.next().map_or_else(String::new, |id| escaped(id)) } else { (*segment).into() }
            })
            .collect();
    let uri = format!("{}{}{query}", identity.mode().row().prefix, path.join("/"));
    let mut request = Request::builder().method(method).uri(uri);
    request = request.header(ACCEPT, HeaderValue::from_static("application/json"));
    request = request.header(USER_AGENT, HeaderValue::from_static(concat!("kaquan/", env!("CARGO_PKG_VERSION"))));
    if !body.is_empty() {
        request = request.header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    request.body(body).map_err(|error| Unsendable::Request(error.to_string()))
}

/// The rules of path ids, asked of one or two of them.
fn refused_ids(ids: &[&str]) -> Option<Vec<Diagnostic>> {
    let (coupon, other) = (ids.first().unwrap_or(&""), ids.get(1).unwrap_or(&"1"));
    let (_, findings) = rules::check(Target::new(coupon, other));
    let refused = findings.iter().any(Diagnostic::is_error);
    refused.then_some(findings)
}

type Encoded<'c> = (Operation, Vec<&'c str>, Vec<u8>, String);

fn parts(mode: Mode, call: &Call) -> Result<Encoded<'_>, Unsendable> {
    let body = |document: &dyn erased::ToJson| -> Vec<u8> {
        if mode.row().names_brand { document.to_json() } else { without_brand(document.to_value()) }
    };
    Ok(match call {
        Call::Command(Command::UpdateBundle { coupon, bundle, patch }) => {
            let ids = vec![coupon.as_str(), bundle.as_str()];
            (Operation::UpdateBundle, ids, body(&**patch), String::new())
        }
        Call::Command(Command::AddBundle { coupon, request }) => {
            (Operation::AddBundle, vec![coupon.as_str()], body(&**request), String::new())
        }
        Call::Command(Command::ChangeBudget { coupon, bundle, change }) => {
            let ids = vec![coupon.as_str(), bundle.as_str()];
            (Operation::ChangeBudget, ids, body(&**change), String::new())
        }
        Call::Command(Command::DeactivateStock { coupon, stock, deactivation }) => {
            let ids = vec![coupon.as_str(), stock.as_str()];
            (Operation::DeactivateStock, ids, body(&**deactivation), String::new())
        }
        Call::Command(Command::DeactivateCoupon { coupon, deactivation }) => {
            (Operation::DeactivateCoupon, vec![coupon.as_str()], body(&**deactivation), String::new())
        }
        Call::Command(_) => return Err(Unsendable::NoOperation),
        Call::ListStocks(list) => {
            (Operation::ListStocks, vec![list.coupon.as_str()], Vec::new(), list_query(mode, list))
        }
        Call::GetStock { coupon, stock, brand } => {
            let query = query(mode, brand, &[]);
            (Operation::GetStock, vec![coupon.as_str(), stock.as_str()], Vec::new(), query)
        }
    })
}

/// Bodies as JSON, whatever their type.
mod erased {
    use kaquan_core::{hot, model::BundlePatch, rules::Checked};
    use serde_json::Value;

    pub(super) trait ToJson {
        fn to_json(&self) -> Vec<u8>;
        fn to_value(&self) -> Value;
    }

    impl ToJson for Checked<BundlePatch<'static>> {
        fn to_json(&self) -> Vec<u8> {
            hot::to_json(self.document()).into_bytes()
        }
        fn to_value(&self) -> Value {
            serde_json::to_value(self).unwrap_or_default()
        }
    }

    macro_rules! plain {
        ($($name:ty),*) => {$(
            impl ToJson for $name {
                fn to_json(&self) -> Vec<u8> {
                    serde_json::to_vec(self).unwrap_or_default()
                }
                fn to_value(&self) -> Value {
                    serde_json::to_value(self).unwrap_or_default()
                }
            }
        )*};
    }

    plain!(kaquan_core::family::AddStockBundle, kaquan_core::family::BudgetChange, kaquan_core::family::Deactivation);
}

fn without_brand(mut value: Value) -> Vec<u8> {
    if let Value::Object(object) = &mut value {
        object.remove("brand_id");
    }
    value.to_string().into_bytes()
}

fn list_query(mode: Mode, list: &StockList) -> String {
    let size = list.page_size.map(|size| size.to_string());
    query(
        mode,
        &list.brand,
        &[
            ("state", list.state.as_deref()),
            ("page_size", size.as_deref()),
            ("page_token", list.page_token.as_deref()),
            ("stock_bundle_id", list.bundle.as_ref().map(StockBundleId::as_str)),
        ],
    )
}

fn query(mode: Mode, brand: &BrandId<'_>, others: &[(&str, Option<&str>)]) -> String {
    let brand = mode.row().names_brand.then(|| brand.as_str());
    let all = [("brand_id", brand)].into_iter().chain(others.iter().copied());
    let given = all.filter_map(|(name, value)| Some(format!("{name}={}", escaped(value?))));
    let given = given.collect::<Vec<_>>().join("&");
    if given.is_empty() { given } else { format!("?{given}") }
}

/// Why a request is no call.
#[derive(Clone, Debug, PartialEq)]
pub enum Unroutable {
    /// No operation has this path.
    UnknownPath,
    /// The path is an operation's, the method is not.
    WrongMethod,
    /// The ids or the body have findings; the first error is what the platform would speak of.
    Findings(Vec<Diagnostic>),
    /// The body of a sister operation does not decode.
    Body(String),
    /// A member of the query is missing or wrong.
    Query {
        /// Which.
        name: &'static str,
        /// What it is.
        value: String,
    },
}

/// The operation and the ids of a path, whoever calls.
///
/// # Errors
/// [`Unroutable::UnknownPath`] or [`Unroutable::WrongMethod`].
pub fn operation(mode: Mode, method: &Method, path: &str) -> Result<(Operation, Vec<String>), Unroutable> {
    let rest = path.strip_prefix(mode.row().prefix).ok_or(Unroutable::UnknownPath)?;
    let segments: Vec<&str> = rest.split('/').collect();
    let fits = |pattern: &[&str]| {
        pattern.len() == segments.len()
            && pattern.iter().zip(&segments).all(|(wanted, found)| *wanted == "{}" || wanted == found)
    };
    let mut of_path = ROUTES.iter().filter(|(_, _, pattern)| fits(pattern)).peekable();
    if of_path.peek().is_none() {
        return Err(Unroutable::UnknownPath);
    }
    let (operation, _, pattern) = of_path.find(|(_, known, _)| known == method).ok_or(Unroutable::WrongMethod)?;
    let ids = pattern.iter().zip(&segments).filter(|(wanted, _)| **wanted == "{}");
    let ids = ids.map(|(_, id)| percent_decode_str(id).decode_utf8_lossy().into_owned()).collect();
    Ok((*operation, ids))
}

/// The call of a request, as the platform reads it. A brand is named by the body or the query, or, for a brand that
/// calls for itself, by `identity`.
///
/// # Errors
/// [`Unroutable`].
pub fn decode(identity: &Identity, request: &Request<Vec<u8>>) -> Result<Call, Unroutable> {
    let mode = identity.mode();
    let (operation, ids) = operation(mode, request.method(), request.uri().path())?;
    let refs: Vec<&str> = ids.iter().map(String::as_str).collect();
    if let Some(refused) = refused_ids(&refs) {
        return Err(Unroutable::Findings(refused));
    }
    let coupon = ProductCouponId::new(ids.first().cloned().unwrap_or_default());
    let second = ids.get(1).cloned().unwrap_or_default();
    let bundle = || StockBundleId::new(second.clone());
    let stock = || StockId::new(second.clone());
    Ok(match operation {
        Operation::UpdateBundle => {
            let patch = Arc::new(decode_patch(identity, request.body())?);
            Call::Command(Command::UpdateBundle { coupon, bundle: bundle(), patch })
        }
        Operation::AddBundle => {
            let request = Arc::new(decode_body(identity, request.body())?);
            Call::Command(Command::AddBundle { coupon, request })
        }
        Operation::ChangeBudget => {
            let change = Arc::new(decode_body(identity, request.body())?);
            Call::Command(Command::ChangeBudget { coupon, bundle: bundle(), change })
        }
        Operation::DeactivateStock => {
            let deactivation = Arc::new(decode_body(identity, request.body())?);
            Call::Command(Command::DeactivateStock { coupon, stock: stock(), deactivation })
        }
        Operation::DeactivateCoupon => {
            let deactivation = Arc::new(decode_body(identity, request.body())?);
            Call::Command(Command::DeactivateCoupon { coupon, deactivation })
        }
        Operation::ListStocks => Call::ListStocks(decode_list(identity, coupon, request.uri().query())?),
        Operation::GetStock => {
            let brand = decode_brand(identity, request.uri().query())?;
            Call::GetStock { coupon, stock: stock(), brand }
        }
    })
}

fn decode_patch(identity: &Identity, body: &[u8]) -> Result<Checked<BundlePatch<'static>>, Unroutable> {
    let with_brand;
    let body = match (identity.mode(), serde_json::from_slice::<Map<String, Value>>(body)) {
        (Mode::Brand, Ok(mut members)) if !members.contains_key("brand_id") => {
            members.insert("brand_id".into(), identity.id().into());
            with_brand = Value::Object(members).to_string();
            with_brand.as_bytes()
        }
        _ => body,
    };
    let (checked, findings) = rules::check_bytes::<BundlePatch<'_>>(body);
    checked.map(Checked::into_owned).ok_or(Unroutable::Findings(findings))
}

fn decode_body<T: DeserializeOwned>(identity: &Identity, body: &[u8]) -> Result<T, Unroutable> {
    let mut value: Value = serde_json::from_slice(body).map_err(|error| Unroutable::Body(error.to_string()))?;
    if let (Mode::Brand, Value::Object(object)) = (identity.mode(), &mut value) {
        object.insert("brand_id".into(), identity.id().into());
    }
    serde_json::from_value(value).map_err(|error| Unroutable::Body(error.to_string()))
}

fn pairs(query: Option<&str>) -> Vec<(String, String)> {
    let decoded = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let pairs = query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decoded(name), decoded(value))).collect()
}

fn decode_brand(identity: &Identity, query: Option<&str>) -> Result<BrandId<'static>, Unroutable> {
    if !identity.mode().row().names_brand {
        return Ok(BrandId::new(identity.id().to_string()));
    }
    let brand = pairs(query).into_iter().find(|(name, _)| name == "brand_id").map(|(_, value)| value);
    let brand = brand.filter(|brand| !brand.is_empty());
    brand.map(BrandId::new).ok_or(Unroutable::Query { name: "brand_id", value: String::new() })
}

fn decode_list(
    identity: &Identity,
    coupon: ProductCouponId<'static>,
    query: Option<&str>,
) -> Result<StockList, Unroutable> {
    let brand = decode_brand(identity, query)?;
    let mut list = StockList { coupon, brand, bundle: None, state: None, page_size: None, page_token: None };
    for (name, value) in pairs(query) {
        match name.as_str() {
            "state" => list.state = Some(value),
            "stock_bundle_id" => list.bundle = Some(StockBundleId::new(value)),
            "page_token" => list.page_token = Some(value),
            "page_size" => {
                let size = value.parse().ok().filter(|size| (1..=50).contains(size));
                list.page_size = Some(size.ok_or(Unroutable::Query { name: "page_size", value })?);
            }
            _ => {}
        }
    }
    Ok(list)
}

/// The status that the platform answers a refusal of this kind with.
#[must_use]
pub fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Invalid => StatusCode::BAD_REQUEST,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::Absent => StatusCode::NOT_FOUND,
    }
}

/// What a call is answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// A bundle, a stock, or a coupon.
    Answer(Answer),
    /// A page of stocks.
    Stocks(StockPage),
}

/// A page of stocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockPage {
    /// How many there are in all.
    pub total_count: i64,
    /// Those of this page.
    #[serde(default)]
    pub stock_list: Vec<Stock>,
    /// Where the next page begins; absent on the last (inferred).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}

/// The body of an answer.
#[must_use]
pub fn encode_reply(reply: &Reply) -> Vec<u8> {
    let body = match reply {
        Reply::Answer(Answer::Bundle(bundle)) => serde_json::to_vec(&**bundle),
        Reply::Answer(Answer::Stock(stock)) => serde_json::to_vec(&**stock),
        Reply::Answer(Answer::Coupon(coupon)) => serde_json::to_vec(&**coupon),
        Reply::Stocks(page) => serde_json::to_vec(page),
    };
    body.unwrap_or_default()
}

/// Reads the body of an answer whose signature held.
///
/// # Errors
/// What serde says of a body that is no such answer.
pub fn decode_reply(call: &Call, body: &[u8]) -> Result<Reply, String> {
    let reply = match call {
        Call::Command(Command::DeactivateStock { .. }) | Call::GetStock { .. } => {
            serde_json::from_slice::<Stock>(body).map(|stock| Reply::Answer(Answer::Stock(Arc::new(stock))))
        }
        Call::Command(Command::DeactivateCoupon { .. }) => {
            serde_json::from_slice::<Coupon>(body).map(|coupon| Reply::Answer(Answer::Coupon(Arc::new(coupon))))
        }
        Call::ListStocks(_) => serde_json::from_slice::<StockPage>(body).map(Reply::Stocks),
        Call::Command(_) => {
            serde_json::from_slice::<Bundle>(body).map(|bundle| Reply::Answer(Answer::Bundle(Arc::new(bundle))))
        }
    };
    reply.map_err(|error| error.to_string())
}
