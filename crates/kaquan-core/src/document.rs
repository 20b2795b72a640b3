//! Documents: what a request may hold, as tables, and how its parts and texts are met by rules.
//!
//! The tables here are the one place that says which members exist, which are required, how long they may be and which
//! words they take. Reading, the JSON Schema and the sandbox's wording all come from them.

use alloc::string::String;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::model::{
    AppJumpType, BackgroundColor, BundlePatch, CodeDisplayMode, CouponAvailableStoreInfo, CouponDisplayInfo,
    EntranceFinder, EntranceMiniProgram, EntranceOfficialAccount, NotifyConfig, ProductCouponId, StockBundleId,
    StoreScope, UsageMethod, UsageRuleDisplayInfo,
};

/// Fewest characters of `out_request_no`.
pub const OUT_REQUEST_NO_MIN: usize = 6;
/// Most characters of `out_request_no`.
pub const OUT_REQUEST_NO_MAX: usize = 40;
/// Most characters of `remark`.
pub const REMARK_MAX: usize = 20;
/// Most characters of `usage_description` and of the stores' `description`.
pub const DESCRIPTION_MAX: usize = 1000;
/// Most characters of `entrance_wording`.
pub const ENTRANCE_WORDING_MAX: usize = 5;
/// Most characters of `guidance_wording`.
pub const GUIDANCE_WORDING_MAX: usize = 6;
/// Most characters of an id in the path: answers type these ids `string(40)`.
pub const PATH_ID_MAX: usize = 40;

/// The characters of `out_request_no`, and of ids in the path (inferred there from samples).
#[must_use]
pub fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-')
}

/// What may stand in an object.
#[derive(Debug)]
pub struct Shape {
    /// Its members, in the platform's order.
    pub members: &'static [Field],
}

/// A member of an object.
#[derive(Debug)]
pub struct Field {
    /// The platform's name.
    pub name: &'static str,
    /// The page's title of it (where the page has none, ours).
    pub title: &'static str,
    /// Must it be there when its object is?
    pub need: Need,
    /// What it holds.
    pub kind: Kind,
}

impl Shape {
    /// The member that a JSON Pointer leads to; an element of a list is spoken of as its list.
    ///
    /// # Example
    /// ```
    /// let field = kaquan_core::document::PATCH.field("/coupon_display_info/background_color").unwrap();
    /// assert_eq!(field.title, "背景颜色");
    /// ```
    #[must_use]
    pub fn field(&self, pointer: &str) -> Option<&'static Field> {
        let mut members = self.members;
        let mut found = None;
        for step in pointer.split('/').skip(1) {
            let Some(field) = members.iter().find(|field| field.name == step) else { break };
            found = Some(field);
            members = match field.kind {
                Kind::Object(shape) => shape.members,
                _ => &[],
            };
        }
        found
    }
}

/// Must a member be there?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Yes, when its object is.
    Required,
    /// No.
    Optional,
}

/// What a member holds.
#[derive(Debug)]
pub enum Kind {
    /// A string.
    Text(Class, Length),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list of these words.
    Words(&'static [&'static str]),
    /// An object.
    Object(&'static Shape),
}

impl Kind {
    /// The JSON type it wants.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Text(..) | Self::Word(_) => "string",
            Self::Words(_) => "array",
            Self::Object(_) => "object",
        }
    }
}

/// Length of a text in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length {
    /// At least.
    pub min: usize,
    /// At most; `None` where the platform names no limit.
    pub max: Option<usize>,
}

const ANY: Length = Length { min: 0, max: None };
const SOME: Length = Length { min: 1, max: None };
const fn at_most(max: usize) -> Length {
    Length { min: 0, max: Some(max) }
}
const fn between(min: usize, max: usize) -> Length {
    Length { min, max: Some(max) }
}

/// What a text is, and so which characters it may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The number of a request.
    RequestNumber,
    /// An id.
    Id,
    /// An appid.
    Appid,
    /// A page of a mini program, or an address that opens an app.
    Path,
    /// An address.
    Url,
    /// Sentences for users; may have line ends.
    Description,
    /// A few words on a button; may have line ends.
    Wording,
    /// A note for the brand.
    Remark,
    /// An id in the path of a request.
    PathId,
}

impl Class {
    /// Is an empty text of this class wrong by itself?
    #[must_use]
    pub fn is_identifier(self) -> bool {
        matches!(self, Self::Id | Self::Appid | Self::Path | Self::Url)
    }
}

const fn text(name: &'static str, title: &'static str, need: Need, class: Class, length: Length) -> Field {
    Field { name, title, need, kind: Kind::Text(class, length) }
}

use Need::{Optional, Required};

/// The body of *update stock bundle*.
pub static PATCH: Shape = Shape {
    members: &[
        text(
            "out_request_no",
            "修改请求单号",
            Required,
            Class::RequestNumber,
            between(OUT_REQUEST_NO_MIN, OUT_REQUEST_NO_MAX),
        ),
        text("remark", "备注", Optional, Class::Remark, at_most(REMARK_MAX)),
        Field {
            name: "usage_rule_display_info",
            title: "券使用规则展示信息",
            need: Optional,
            kind: Kind::Object(&USAGE_RULE_DISPLAY_INFO),
        },
        Field {
            name: "coupon_display_info",
            title: "用户商品券展示信息",
            need: Optional,
            kind: Kind::Object(&COUPON_DISPLAY_INFO),
        },
        Field {
            name: "notify_config", title: "事件通知配置", need: Optional, kind: Kind::Object(&NOTIFY_CONFIG)
        },
        Field { name: "store_scope", title: "可用门店范围", need: Optional, kind: Kind::Word(StoreScope::WORDS) },
        text("brand_id", "品牌ID", Required, Class::Id, SOME),
    ],
};

/// `usage_rule_display_info`.
pub static USAGE_RULE_DISPLAY_INFO: Shape = Shape {
    members: &[
        Field {
            name: "coupon_usage_method_list",
            title: "券使用方式列表",
            need: Required,
            kind: Kind::Words(UsageMethod::WORDS),
        },
        text("mini_program_appid", "小程序AppID", Optional, Class::Appid, SOME),
        text("mini_program_path", "小程序跳转路径", Optional, Class::Path, SOME),
        text("app_path", "APP跳转路径", Optional, Class::Path, SOME),
        text("usage_description", "券使用说明", Required, Class::Description, between(1, DESCRIPTION_MAX)),
        Field {
            name: "coupon_available_store_info",
            title: "券可用门店信息",
            need: Optional,
            kind: Kind::Object(&COUPON_AVAILABLE_STORE_INFO),
        },
        Field { name: "app_jump_type", title: "APP跳转类型", need: Optional, kind: Kind::Word(AppJumpType::WORDS) },
        text("passcode_link", "口令链接", Optional, Class::Url, SOME),
    ],
};

/// `usage_rule_display_info.coupon_available_store_info`.
pub static COUPON_AVAILABLE_STORE_INFO: Shape = Shape {
    members: &[
        text("description", "可用门店描述", Required, Class::Description, between(1, DESCRIPTION_MAX)),
        text("mini_program_appid", "小程序AppID", Optional, Class::Appid, SOME),
        text("mini_program_path", "小程序跳转路径", Optional, Class::Path, SOME),
    ],
};

/// `coupon_display_info`.
pub static COUPON_DISPLAY_INFO: Shape = Shape {
    members: &[
        Field {
            name: "code_display_mode",
            title: "用户商品券Code展示模式",
            need: Required,
            kind: Kind::Word(CodeDisplayMode::WORDS),
        },
        Field {
            name: "background_color", title: "背景颜色", need: Optional, kind: Kind::Word(BackgroundColor::WORDS)
        },
        Field {
            name: "entrance_mini_program",
            title: "小程序入口",
            need: Optional,
            kind: Kind::Object(&ENTRANCE_MINI_PROGRAM),
        },
        Field {
            name: "entrance_official_account",
            title: "公众号入口",
            need: Optional,
            kind: Kind::Object(&ENTRANCE_OFFICIAL_ACCOUNT),
        },
        Field {
            name: "entrance_finder", title: "视频号入口", need: Optional, kind: Kind::Object(&ENTRANCE_FINDER)
        },
    ],
};

/// `coupon_display_info.entrance_mini_program`.
pub static ENTRANCE_MINI_PROGRAM: Shape = Shape {
    members: &[
        text("appid", "小程序AppID", Required, Class::Appid, SOME),
        text("path", "小程序路径", Required, Class::Path, SOME),
        text("entrance_wording", "入口文案", Required, Class::Wording, between(1, ENTRANCE_WORDING_MAX)),
        text("guidance_wording", "引导文案", Optional, Class::Wording, at_most(GUIDANCE_WORDING_MAX)),
    ],
};

/// `coupon_display_info.entrance_official_account`.
pub static ENTRANCE_OFFICIAL_ACCOUNT: Shape =
    Shape { members: &[text("appid", "公众号AppID", Required, Class::Appid, SOME)] };

/// `coupon_display_info.entrance_finder`.
pub static ENTRANCE_FINDER: Shape = Shape {
    members: &[
        text("finder_id", "视频号ID", Required, Class::Id, SOME),
        text("finder_video_id", "视频号视频ID", Optional, Class::Id, SOME),
        text("finder_video_cover_image_url", "视频号视频封面图URL", Optional, Class::Url, SOME),
    ],
};

/// `notify_config`.
pub static NOTIFY_CONFIG: Shape =
    Shape { members: &[text("notify_appid", "事件通知AppID", Required, Class::Appid, SOME)] };

/// The ids in the path of *update stock bundle*.
pub static TARGET: Shape = Shape {
    members: &[
        text("product_coupon_id", "商品券ID", Required, Class::PathId, ANY),
        text("stock_bundle_id", "批次组ID", Required, Class::PathId, ANY),
    ],
};

/// The ids in the path of *update stock bundle*: which bundle is meant.
///
/// # Example
/// ```
/// use kaquan_core::{document::Target, rules};
///
/// let (checked, findings) = rules::check(Target::new("200000001", "../1"));
/// assert!(checked.is_none());
/// assert_eq!(findings[0].rule.name, "path-id-charset");
/// assert_eq!(findings[0].path(), "/uri_template/stock_bundle_id");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The coupon (商品券ID).
    pub product_coupon_id: ProductCouponId<'static>,
    /// The bundle of the coupon (批次组ID).
    pub stock_bundle_id: StockBundleId<'static>,
}

impl Target {
    /// Takes both ids as they are.
    #[must_use]
    pub fn new(product_coupon_id: &str, stock_bundle_id: &str) -> Self {
        Self {
            product_coupon_id: ProductCouponId::from(product_coupon_id).into_owned(),
            stock_bundle_id: StockBundleId::from(stock_bundle_id).into_owned(),
        }
    }
}

/// Where a document stands in a request; the first step of the platform's own paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The body.
    Body,
    /// The path.
    UriTemplate,
}

impl Place {
    /// The platform's word in `detail.location`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::UriTemplate => "uri_template",
        }
    }
}

/// The parts of a document that rules are written about.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parts<'d> {
    /// A whole patch.
    pub patch: Option<&'d BundlePatch<'d>>,
    /// The ids of a path.
    pub target: Option<&'d Target>,
    /// How a coupon is used.
    pub usage: Option<&'d UsageRuleDisplayInfo<'d>>,
    /// How a coupon looks.
    pub display: Option<&'d CouponDisplayInfo<'d>>,
    /// Whose `OpenID` events carry.
    pub notify: Option<&'d NotifyConfig<'d>>,
}

/// A text of a document.
#[derive(Clone, Copy, Debug)]
pub struct TextAt<'d> {
    /// JSON Pointer to it.
    pub pointer: &'static str,
    /// What it is.
    pub class: Class,
    /// Must it be there?
    pub need: Need,
    /// The text.
    pub text: &'d str,
    /// Does it consist of [usual bytes](crate::text::is_usual) alone? Then rules about characters have nothing to say.
    pub usual: bool,
}

/// A request's body or the ids of its path: something that can be read and checked.
pub trait Document<'a>: Serialize + DeserializeOwned {
    /// What it may hold.
    const SHAPE: &'static Shape;
    /// Where it stands in a request.
    const PLACE: Place;

    /// Its parts.
    fn parts(&self) -> Parts<'_>;

    /// Shows every text that is given.
    fn texts<'d>(&'d self, see: &mut dyn FnMut(TextAt<'d>));

    /// Its JSON, as it is sent.
    fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads a text without any oddity in its structure, borrowing from it; `None` asks for the careful reader.
    #[must_use]
    fn read_strictly(_text: &'a str) -> Option<Self> {
        None
    }
}

impl Document<'_> for Target {
    const SHAPE: &'static Shape = &TARGET;
    const PLACE: Place = Place::UriTemplate;

    fn parts(&self) -> Parts<'_> {
        Parts { target: Some(self), ..Parts::default() }
    }

    /// None: ids of a path have rules of their own.
    fn texts<'d>(&'d self, _: &mut dyn FnMut(TextAt<'d>)) {}
}

impl<'a> Document<'a> for BundlePatch<'a> {
    const SHAPE: &'static Shape = &PATCH;
    const PLACE: Place = Place::Body;

    fn parts(&self) -> Parts<'_> {
        Parts {
            patch: Some(self),
            target: None,
            usage: self.usage_rule_display_info.as_ref(),
            display: self.coupon_display_info.as_ref(),
            notify: self.notify_config.as_ref(),
        }
    }

    fn texts<'d>(&'d self, see: &mut dyn FnMut(TextAt<'d>)) {
        let Self {
            out_request_no,
            remark,
            usage_rule_display_info,
            coupon_display_info,
            notify_config,
            store_scope: _,
            brand_id,
        } = self;
        let see = &mut Show(see);
        see.text("/out_request_no", Class::RequestNumber, Required, Some(out_request_no.as_str()));
        see.text("/remark", Class::Remark, Optional, remark.as_deref());
        if let Some(usage) = usage_rule_display_info {
            see.usage(usage);
        }
        if let Some(display) = coupon_display_info {
            see.display(display);
        }
        if let Some(NotifyConfig { notify_appid }) = notify_config {
            see.text("/notify_config/notify_appid", Class::Appid, Required, notify_appid.as_deref());
        }
        see.text("/brand_id", Class::Id, Required, Some(brand_id.as_str()));
    }

    fn to_json(&self) -> String {
        crate::hot::to_json(self)
    }

    fn read_strictly(text: &'a str) -> Option<Self> {
        crate::hot::read(text)
    }
}

/// Shows the texts of the parts that several documents have.
struct Show<'s, 'd>(&'s mut dyn FnMut(TextAt<'d>));

impl<'d> Show<'_, 'd> {
    fn text(&mut self, pointer: &'static str, class: Class, need: Need, text: Option<&'d str>) {
        if let Some(text) = text {
            (self.0)(TextAt { pointer, class, need, text, usual: false });
        }
    }

    fn usage(&mut self, usage: &'d UsageRuleDisplayInfo<'_>) {
        let UsageRuleDisplayInfo {
            coupon_usage_method_list: _,
            mini_program_appid,
            mini_program_path,
            app_path,
            usage_description,
            coupon_available_store_info,
            app_jump_type: _,
            passcode_link,
        } = usage;
        self.text("/usage_rule_display_info/mini_program_appid", Class::Appid, Optional, mini_program_appid.as_deref());
        self.text("/usage_rule_display_info/mini_program_path", Class::Path, Optional, mini_program_path.as_deref());
        self.text("/usage_rule_display_info/app_path", Class::Path, Optional, app_path.as_deref());
        self.text(
            "/usage_rule_display_info/usage_description",
            Class::Description,
            Required,
            usage_description.as_deref(),
        );
        if let Some(CouponAvailableStoreInfo { description, mini_program_appid, mini_program_path }) =
            coupon_available_store_info
        {
            self.text(
                "/usage_rule_display_info/coupon_available_store_info/description",
                Class::Description,
                Required,
                description.as_deref(),
            );
            self.text(
                "/usage_rule_display_info/coupon_available_store_info/mini_program_appid",
                Class::Appid,
                Optional,
                mini_program_appid.as_deref(),
            );
            self.text(
                "/usage_rule_display_info/coupon_available_store_info/mini_program_path",
                Class::Path,
                Optional,
                mini_program_path.as_deref(),
            );
        }
        self.text("/usage_rule_display_info/passcode_link", Class::Url, Optional, passcode_link.as_deref());
    }

    fn display(&mut self, display: &'d CouponDisplayInfo<'_>) {
        let CouponDisplayInfo {
            code_display_mode: _,
            background_color: _,
            entrance_mini_program,
            entrance_official_account,
            entrance_finder,
        } = display;
        if let Some(EntranceMiniProgram { appid, path, entrance_wording, guidance_wording }) = entrance_mini_program {
            self.text("/coupon_display_info/entrance_mini_program/appid", Class::Appid, Required, appid.as_deref());
            self.text("/coupon_display_info/entrance_mini_program/path", Class::Path, Required, path.as_deref());
            self.text(
                "/coupon_display_info/entrance_mini_program/entrance_wording",
                Class::Wording,
                Required,
                entrance_wording.as_deref(),
            );
            self.text(
                "/coupon_display_info/entrance_mini_program/guidance_wording",
                Class::Wording,
                Optional,
                guidance_wording.as_deref(),
            );
        }
        if let Some(EntranceOfficialAccount { appid }) = entrance_official_account {
            self.text("/coupon_display_info/entrance_official_account/appid", Class::Appid, Required, appid.as_deref());
        }
        if let Some(EntranceFinder { finder_id, finder_video_id, finder_video_cover_image_url }) = entrance_finder {
            self.text("/coupon_display_info/entrance_finder/finder_id", Class::Id, Required, finder_id.as_deref());
            self.text(
                "/coupon_display_info/entrance_finder/finder_video_id",
                Class::Id,
                Optional,
                finder_video_id.as_deref(),
            );
            self.text(
                "/coupon_display_info/entrance_finder/finder_video_cover_image_url",
                Class::Url,
                Optional,
                finder_video_cover_image_url.as_deref(),
            );
        }
    }
}
