//! The platform's nouns: the body of *update stock bundle* and the bundle that every call of the family answers with.
//!
//! Field names, their order and their words are the platform's, verbatim. Lengths are limits in characters, money is
//! in fen, times of the day in seconds, discounts in percent **off**. What may be wrong with a document is the
//! business of [`rules`](crate::rules); here it only has its shape.
//!
//! Enums keep a word they do not know in `Other`: the platform announces that it adds values to answers.
//!
//! Source of names, types and limits, unless a line says otherwise: the operation's page,
//! <https://pay.weixin.qq.com/doc/v3/partner/4016280633> of 2025-11-20.

use alloc::{sync::Arc, vec::Vec};
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{text::Text, time::Timestamp};

/// One line per kind of id: ids of different things are not interchangeable.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name<'a>(Text<'a>);

        impl<'a> $name<'a> {
            /// Takes the characters as they are; [`rules`](crate::rules) say which are allowed.
            #[must_use]
            pub fn new(text: impl Into<Text<'a>>) -> Self {
                Self(text.into())
            }

            /// The characters of the id.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The same id, no longer tied to what it was read from.
            #[must_use]
            pub fn into_owned(self) -> $name<'static> {
                $name(self.0.into_owned())
            }
        }

        impl<'a> From<&'a str> for $name<'a> {
            fn from(text: &'a str) -> Self {
                Self::new(text)
            }
        }

        impl core::borrow::Borrow<str> for $name<'_> {
            fn borrow(&self) -> &str {
                self.as_str()
            }
        }

        impl fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({:?})"), self.0)
            }
        }

        impl fmt::Display for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    )*};
}

ids! {
    /// Id of a product coupon (商品券ID), made by the platform; at most 40 characters in answers.
    ProductCouponId;
    /// Id of a stock bundle (批次组ID), made by the platform; at most 40 characters in answers.
    StockBundleId;
    /// Id of a stock (批次ID), made by the platform; at most 40 characters in answers.
    StockId;
    /// Id of a brand (品牌ID), given by the platform.
    BrandId;
    /// The caller's number of a request (请求单号): 6–40 of `0-9A-Za-z_-`, unique on the brand's side. The same number
    /// with the same body is the same request, however often it is sent.
    OutRequestNo;
}

/// Enums of the platform: each variant and its word; a word that is not known is kept in `Other`.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
            /// A word that this version does not know, as it was read.
            Other(Arc<str>),
        }

        impl $name {
            /// Every word that is known, in the platform's order.
            pub const WORDS: &'static [&'static str] = &[$($word),*];

            /// The platform's word.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Other(word) => word,
                }
            }

            /// Is this a word that [`WORDS`](Self::WORDS) lists?
            #[must_use]
            pub fn is_known(&self) -> bool {
                !matches!(self, Self::Other(_))
            }

            /// The variant of a word, if the word is known.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                Some(match word {
                    $($word => Self::$variant,)*
                    _ => return None,
                })
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                Self::from_word(word).unwrap_or_else(|| Self::Other(word.into()))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = Text::deserialize(deserializer)?;
                Ok(Self::from(word.as_str()))
            }
        }
    )*};
}

pub(crate) use words;

words! {
    /// Where a coupon can be used (券使用方式).
    UsageMethod {
        /// Scanned in the shop; the card's button shows the coupon's code. Not possible in delivery plans.
        Offline = "OFFLINE",
        /// Online in a mini program; needs `mini_program_appid` and `mini_program_path`.
        MiniProgram = "MINI_PROGRAM",
        /// In the brand's app; needs `app_path` unless `app_jump_type` says otherwise.
        App = "APP",
        /// With the payment code of the wallet.
        PaymentCode = "PAYMENT_CODE",
    }

    /// How the card shows the coupon's code (用户商品券Code展示模式).
    CodeDisplayMode {
        /// Not at all.
        Invisible = "INVISIBLE",
        /// As a bar code.
        Barcode = "BARCODE",
        /// As a QR code.
        Qrcode = "QRCODE",
    }

    /// The card's colour (背景颜色). The page counts ten and shows them as a picture; the names come from the
    /// third-party description TheNorthMemory/wechatpay-openapi, the count agrees.
    BackgroundColor {
        /// Green.
        Color010 = "Color010",
        /// Dark green; what a new coupon gets when no colour is given.
        Color020 = "Color020",
        /// Light blue.
        Color030 = "Color030",
        /// Blue.
        Color040 = "Color040",
        /// Purple.
        Color050 = "Color050",
        /// Ochre.
        Color060 = "Color060",
        /// Yellow.
        Color070 = "Color070",
        /// Orange.
        Color080 = "Color080",
        /// Light red.
        Color090 = "Color090",
        /// Red.
        Color100 = "Color100",
    }

    /// In which stores of the brand a stock can be used (可用门店范围).
    StoreScope {
        /// No linked store, and no store information is shown.
        None = "NONE",
        /// Every store of the brand.
        All = "ALL",
        /// The stores that are linked to it afterwards; none until then.
        Specific = "SPECIFIC",
    }

    /// How the card leads into the app. Newer than the operation's page: `USAGE_GUIDE` since 2026-06 (change log
    /// 4018586607), the others from newer official samples.
    AppJumpType {
        /// By an H5 address, `app_path`.
        H5 = "H5",
        /// By a passcode link, `passcode_link`.
        PasscodeLink = "PASSCODE_LINK",
        /// By a guide that leads the user to the app.
        UsageGuide = "USAGE_GUIDE",
    }

    /// Who makes the codes of a stock (券Code分配模式).
    CouponCodeMode {
        /// The platform makes random codes.
        Wechatpay = "WECHATPAY",
        /// Codes uploaded before are drawn at random.
        Upload = "UPLOAD",
    }

    /// State of a stock (批次状态). What may follow what: `docs/LIFECYCLE.md`.
    StockState {
        /// Under review.
        Auditing = "AUDITING",
        /// Coupons are issued.
        Sending = "SENDING",
        /// Issuing is paused.
        Paused = "PAUSED",
        /// Its end was reached.
        Stopped = "STOPPED",
        /// The deactivate operation was called.
        Deactivated = "DEACTIVATED",
    }

    /// A day of the week.
    Weekday {
        /// Monday.
        Monday = "MONDAY",
        /// Tuesday.
        Tuesday = "TUESDAY",
        /// Wednesday.
        Wednesday = "WEDNESDAY",
        /// Thursday.
        Thursday = "THURSDAY",
        /// Friday.
        Friday = "FRIDAY",
        /// Saturday.
        Saturday = "SATURDAY",
        /// Sunday.
        Sunday = "SUNDAY",
    }
}

impl BackgroundColor {
    /// The colour as `#rrggbb`, from the table of the older card platform whose names are the same (inferred).
    #[must_use]
    pub fn hex(&self) -> Option<&'static str> {
        Some(match self {
            Self::Color010 => "#63b359",
            Self::Color020 => "#2c9f67",
            Self::Color030 => "#509fc9",
            Self::Color040 => "#5885cf",
            Self::Color050 => "#9062c0",
            Self::Color060 => "#d09a45",
            Self::Color070 => "#e4b138",
            Self::Color080 => "#ee903c",
            Self::Color090 => "#dd6549",
            Self::Color100 => "#cc463d",
            Self::Other(_) => return None,
        })
    }
}

/// Money in fen (分), a hundredth of a yuan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fen(pub i64);

/// The body of *update stock bundle*: what shall be written to every stock of the bundle.
///
/// A part that is given replaces the old part whole; a part that is `None` is not sent, and kept (inferred: the page
/// only marks parts as optional). The two ids of the path are not members of the body.
///
/// # Example
/// ```
/// use kaquan_core::model::{BundlePatch, StoreScope};
/// use kaquan_core::rules;
///
/// let patch = BundlePatch {
///     remark: Some("疯狂星期四项目专用".into()),
///     store_scope: Some(StoreScope::All),
///     ..BundlePatch::new("34657_20250101_123456", "120344")
/// };
/// let (checked, findings) = rules::check(patch);
/// assert!(checked.is_some() && findings.is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundlePatch<'a> {
    /// Number of this request (修改请求单号), required: 6–40 of `0-9A-Za-z_-`.
    pub out_request_no: OutRequestNo<'a>,
    /// Remark (备注), at most 20 characters, shown to the brand only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<Text<'a>>,
    /// How the coupon is used (券使用规则展示信息).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage_rule_display_info: Option<UsageRuleDisplayInfo<'a>>,
    /// How the coupon looks in the card holder (用户商品券展示信息).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon_display_info: Option<CouponDisplayInfo<'a>>,
    /// Whose `OpenID` events carry (事件通知配置).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify_config: Option<NotifyConfig<'a>>,
    /// In which stores it can be used (可用门店范围). The page says that an omitted scope is set to `NONE`; whether that
    /// holds for an update is unknown, so give it always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_scope: Option<StoreScope>,
    /// The brand (品牌ID), required; the brand must have authorised the service provider.
    pub brand_id: BrandId<'a>,
}

impl<'a> BundlePatch<'a> {
    /// A patch that changes nothing yet.
    #[must_use]
    pub fn new(out_request_no: impl Into<OutRequestNo<'a>>, brand_id: impl Into<BrandId<'a>>) -> Self {
        Self { out_request_no: out_request_no.into(), brand_id: brand_id.into(), ..Self::default() }
    }

    /// The same patch, no longer tied to the text it was read from.
    #[must_use]
    pub fn into_owned(self) -> BundlePatch<'static> {
        BundlePatch {
            out_request_no: self.out_request_no.into_owned(),
            remark: self.remark.map(Text::into_owned),
            usage_rule_display_info: self.usage_rule_display_info.map(UsageRuleDisplayInfo::into_owned),
            coupon_display_info: self.coupon_display_info.map(CouponDisplayInfo::into_owned),
            notify_config: self.notify_config.map(NotifyConfig::into_owned),
            store_scope: self.store_scope,
            brand_id: self.brand_id.into_owned(),
        }
    }
}

/// How a coupon is used (券使用规则展示信息). The same in requests, where [`rules`](crate::rules) say what is required,
/// and in answers, where nothing is taken for granted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageRuleDisplayInfo<'a> {
    /// Where it can be used (券使用方式列表), required; several are allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon_usage_method_list: Option<Vec<UsageMethod>>,
    /// Mini program to open (小程序AppID), required with `MINI_PROGRAM`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mini_program_appid: Option<Text<'a>>,
    /// Its page (小程序跳转路径), required with `MINI_PROGRAM`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mini_program_path: Option<Text<'a>>,
    /// Address that opens the app (APP跳转路径), required with `APP` and the jump type `H5`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_path: Option<Text<'a>>,
    /// The rules in words (券使用说明), required, at most 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage_description: Option<Text<'a>>,
    /// The stores in words (券可用门店信息).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon_available_store_info: Option<CouponAvailableStoreInfo<'a>>,
    /// How the app is opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_jump_type: Option<AppJumpType>,
    /// Link that opens the app with jump type `PASSCODE_LINK`; its form is not documented.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passcode_link: Option<Text<'a>>,
}

impl UsageRuleDisplayInfo<'_> {
    /// The same part, no longer tied to the text it was read from.
    #[must_use]
    pub fn into_owned(self) -> UsageRuleDisplayInfo<'static> {
        UsageRuleDisplayInfo {
            coupon_usage_method_list: self.coupon_usage_method_list,
            mini_program_appid: self.mini_program_appid.map(Text::into_owned),
            mini_program_path: self.mini_program_path.map(Text::into_owned),
            app_path: self.app_path.map(Text::into_owned),
            usage_description: self.usage_description.map(Text::into_owned),
            coupon_available_store_info: self.coupon_available_store_info.map(CouponAvailableStoreInfo::into_owned),
            app_jump_type: self.app_jump_type,
            passcode_link: self.passcode_link.map(Text::into_owned),
        }
    }
}

/// The stores in words (券可用门店信息), with a mini program that lists them. Text only: [`StoreScope`] restricts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CouponAvailableStoreInfo<'a> {
    /// Required, at most 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Text<'a>>,
    /// Mini program with the list of stores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mini_program_appid: Option<Text<'a>>,
    /// Its page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mini_program_path: Option<Text<'a>>,
}

impl CouponAvailableStoreInfo<'_> {
    /// The same part, no longer tied to the text it was read from.
    #[must_use]
    pub fn into_owned(self) -> CouponAvailableStoreInfo<'static> {
        CouponAvailableStoreInfo {
            description: self.description.map(Text::into_owned),
            mini_program_appid: self.mini_program_appid.map(Text::into_owned),
            mini_program_path: self.mini_program_path.map(Text::into_owned),
        }
    }
}

/// How a coupon looks in the card holder (用户商品券展示信息).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CouponDisplayInfo<'a> {
    /// How the code is shown, required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_display_mode: Option<CodeDisplayMode>,
    /// The card's colour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background_color: Option<BackgroundColor>,
    /// Entrance to a mini program (小程序入口).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entrance_mini_program: Option<EntranceMiniProgram<'a>>,
    /// Entrance to an official account (公众号入口).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entrance_official_account: Option<EntranceOfficialAccount<'a>>,
    /// Entrance to a video channel (视频号入口).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entrance_finder: Option<EntranceFinder<'a>>,
}

impl CouponDisplayInfo<'_> {
    /// The same part, no longer tied to the text it was read from.
    #[must_use]
    pub fn into_owned(self) -> CouponDisplayInfo<'static> {
        CouponDisplayInfo {
            code_display_mode: self.code_display_mode,
            background_color: self.background_color,
            entrance_mini_program: self.entrance_mini_program.map(|entrance| EntranceMiniProgram {
                appid: entrance.appid.map(Text::into_owned),
                path: entrance.path.map(Text::into_owned),
                entrance_wording: entrance.entrance_wording.map(Text::into_owned),
                guidance_wording: entrance.guidance_wording.map(Text::into_owned),
            }),
            entrance_official_account: self
                .entrance_official_account
                .map(|entrance| EntranceOfficialAccount { appid: entrance.appid.map(Text::into_owned) }),
            entrance_finder: self.entrance_finder.map(|entrance| EntranceFinder {
                finder_id: entrance.finder_id.map(Text::into_owned),
                finder_video_id: entrance.finder_video_id.map(Text::into_owned),
                finder_video_cover_image_url: entrance.finder_video_cover_image_url.map(Text::into_owned),
            }),
        }
    }
}

/// Entrance to a mini program (小程序入口).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntranceMiniProgram<'a> {
    /// Required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appid: Option<Text<'a>>,
    /// Page of the mini program, required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<Text<'a>>,
    /// Words of the entrance (入口文案), required, at most 5 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entrance_wording: Option<Text<'a>>,
    /// Words that lead to it (引导文案), at most 6 characters; sources disagree whether it is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guidance_wording: Option<Text<'a>>,
}

/// Entrance to an official account (公众号入口).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntranceOfficialAccount<'a> {
    /// Required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appid: Option<Text<'a>>,
}

/// Entrance to a video channel (视频号入口).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntranceFinder<'a> {
    /// Id of the channel, required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finder_id: Option<Text<'a>>,
    /// Video to show; sources disagree whether it is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finder_video_id: Option<Text<'a>>,
    /// Its cover, an address that the image upload answered with; sources disagree whether it is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finder_video_cover_image_url: Option<Text<'a>>,
}

/// Whose `OpenID` events carry (事件通知配置).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifyConfig<'a> {
    /// Appid of the service provider or of the brand (事件通知AppID), required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify_appid: Option<Text<'a>>,
}

impl NotifyConfig<'_> {
    /// The same part, no longer tied to the text it was read from.
    #[must_use]
    pub fn into_owned(self) -> NotifyConfig<'static> {
        NotifyConfig { notify_appid: self.notify_appid.map(Text::into_owned) }
    }
}

/// The answer of the bundle family: a bundle is the list of its stocks and has no state of its own.
///
/// Decoding ignores members that are not known and keeps every one that is: decoding and encoding an answer gives
/// the same JSON value. There is no operation that reads a bundle; list-stocks with the bundle's id does.
///
/// # Example
/// ```
/// use kaquan_core::model::Bundle;
///
/// let error = serde_json::from_str::<Bundle>(r#"{"stock_bundle_id":"1"}"#).unwrap_err();
/// assert!(error.to_string().contains("stock_list"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundle {
    /// Id of the bundle.
    pub stock_bundle_id: StockBundleId<'static>,
    /// Its stocks (批次列表), one a round, 3–15 of them.
    pub stock_list: Vec<Stock>,
}

/// A stock of a bundle (批次): one round of a multi-use coupon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock {
    /// The coupon.
    pub product_coupon_id: ProductCouponId<'static>,
    /// The stock.
    pub stock_id: StockId<'static>,
    /// Remark (备注), at most 20 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<Text<'static>>,
    /// Who makes the codes.
    pub coupon_code_mode: CouponCodeMode,
    /// Codes uploaded, present with `UPLOAD` (inferred).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon_code_count_info: Option<CouponCodeCountInfo>,
    /// How many may be issued (发放规则).
    pub stock_send_rule: StockSendRule,
    /// Period and discount of this round (多次优惠使用规则).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progressive_bundle_usage_rule: Option<Arc<StockUsageRule>>,
    /// Place of the stock in its bundle (批次组信息).
    pub stock_bundle_info: StockBundleInfo,
    /// How the coupon is used.
    #[serde(deserialize_with = "kept")]
    pub usage_rule_display_info: Arc<UsageRuleDisplayInfo<'static>>,
    /// How the coupon looks.
    #[serde(deserialize_with = "kept")]
    pub coupon_display_info: Arc<CouponDisplayInfo<'static>>,
    /// Whose `OpenID` events carry.
    #[serde(deserialize_with = "kept")]
    pub notify_config: Arc<NotifyConfig<'static>>,
    /// In which stores it can be used.
    pub store_scope: StoreScope,
    /// How many were issued (已发放次数).
    pub sent_count_info: SentCountInfo,
    /// State (批次状态).
    pub state: StockState,
    /// Number given to the deactivate call, at most 128 characters; with `DEACTIVATED` (inferred, a sample breaks it).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deactivate_request_no: Option<Text<'static>>,
    /// When it was deactivated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deactivate_time: Option<Timestamp>,
    /// Why, at most 150 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deactivate_reason: Option<Text<'static>>,
    /// The brand.
    pub brand_id: BrandId<'static>,
}

/// A part of an answer, shared by every stock that has it.
fn kept<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Arc<T>, D::Error> {
    T::deserialize(deserializer).map(Arc::new)
}

impl Stock {
    /// End of the period in which its coupons can be redeemed; the stock stops there.
    #[must_use]
    pub fn available_end(&self) -> Option<crate::time::Instant> {
        let rule = self.progressive_bundle_usage_rule.as_ref()?;
        rule.coupon_available_period.available_end_time.instant()
    }
}

/// Codes uploaded for a stock (券Code数量信息).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CouponCodeCountInfo {
    /// Uploaded in all.
    pub total_count: i64,
    /// Still free.
    pub available_count: i64,
}

/// How many coupons a stock may issue (发放规则).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockSendRule {
    /// In all, 1–100,000,000.
    pub max_count: i64,
    /// A day, at most 100,000,000; absent means no daily limit, which cannot become one later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_count_per_day: Option<i64>,
    /// A user, at most 100, never changed.
    pub max_count_per_user: i64,
}

/// Period and discount of one round (多次优惠使用规则). Exactly one discount, as the coupon's type says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockUsageRule {
    /// When coupons can be redeemed; several limits are intersected.
    pub coupon_available_period: CouponAvailablePeriod,
    /// With coupon type `NORMAL`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normal_coupon: Option<NormalCoupon>,
    /// With coupon type `DISCOUNT`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount_coupon: Option<DiscountCoupon>,
    /// With coupon type `EXCHANGE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange_coupon: Option<ExchangeCoupon>,
}

/// When coupons of a stock can be redeemed (券可用时间).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CouponAvailablePeriod {
    /// Start.
    pub available_begin_time: Timestamp,
    /// End, at most 365 days after the start.
    pub available_end_time: Timestamp,
    /// Days that a coupon lives, at most 365.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_days: Option<i64>,
    /// Days between receipt and first use, 0–30; only together with `available_days`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_days_after_receive: Option<i64>,
    /// Days of the week and times of the day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekly_available_period: Option<FixedWeekPeriod>,
    /// Ranges, at most two; not together with days or weekly periods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub irregular_available_period_list: Option<Vec<TimePeriod>>,
    /// Seconds that a coupon lives after receipt, since 2026-05 (change log 4018586607); limits unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_seconds: Option<i64>,
}

/// Days of the week, and times of each of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixedWeekPeriod {
    /// The days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day_list: Option<Vec<Weekday>>,
    /// The times of the day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day_period_list: Option<Vec<PeriodOfTheDay>>,
}

/// A time of the day, in seconds from midnight, 0–86,399.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodOfTheDay {
    /// First second.
    pub begin_time: i64,
    /// Last second.
    pub end_time: i64,
}

/// A range of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimePeriod {
    /// Start.
    pub begin_time: Timestamp,
    /// End.
    pub end_time: Timestamp,
}

/// Money off (满减).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NormalCoupon {
    /// Least amount of the order; 0 means none.
    pub threshold: Fen,
    /// Amount taken off.
    pub discount_amount: Fen,
}

/// A percentage off (折扣).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscountCoupon {
    /// Least amount of the order; 0 means none.
    pub threshold: Fen,
    /// Percent taken **off**, 1–99: 30 means that 70 % are paid.
    pub percent_off: i64,
}

/// A fixed price (兑换).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeCoupon {
    /// Least amount of the order; 0 means none.
    pub threshold: Fen,
    /// Price that is paid.
    pub exchange_price: Fen,
}

/// Place of a stock in its bundle (批次组信息).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockBundleInfo {
    /// The bundle.
    pub stock_bundle_id: StockBundleId<'static>,
    /// Its round, from 0.
    pub stock_bundle_index: i64,
}

/// Coupons issued (已发放次数).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentCountInfo {
    /// In all.
    pub total_count: i64,
    /// Today.
    pub today_count: i64,
}
