//! The hot path: a patch is read and written without detours.
//!
//! [`read`] takes a text that is exactly what the tables of [`document`](crate::document) allow, in one pass and
//! without copying a string that has no escapes; it returns `None` for anything else, and the careful reader of
//! [`rules`](crate::rules) says what that was. [`write()`] puts the same JSON into a buffer that can be used again.
//!
//! Both are measured against the careful way on every generated document: the verdicts agree, and so do the bytes.

use alloc::{string::String, vec::Vec};

use crate::{
    json::{Scanner, is_plain},
    model::{
        AppJumpType, BackgroundColor, BrandId, BundlePatch, CodeDisplayMode, CouponAvailableStoreInfo,
        CouponDisplayInfo, EntranceFinder, EntranceMiniProgram, EntranceOfficialAccount, NotifyConfig, OutRequestNo,
        StoreScope, UsageMethod, UsageRuleDisplayInfo,
    },
    text::{self, Text},
};

/// Reads a patch whose members are all known, given once, of the right type and not null.
///
/// # Example
/// ```
/// use kaquan_core::hot;
///
/// let patch = hot::read(r#"{"out_request_no":"123456","brand_id":"120344"}"#);
/// assert_eq!(patch.unwrap().brand_id.as_str(), "120344");
/// assert!(hot::read(r#"{"out_request_no":"123456","brand_id":"120344","x":1}"#).is_none());
/// ```
#[must_use]
pub fn read(text: &str) -> Option<BundlePatch<'_>> {
    let mut reader = Reader(Scanner::new(text));
    reader.0.space();
    let patch = reader.patch()?;
    reader.0.space();
    (reader.0.at == text.len()).then_some(patch)
}

struct Reader<'a>(Scanner<'a>);

/// Takes a member that was not given before.
fn once<T>(member: &mut Option<T>, value: Option<T>) -> Option<()> {
    if member.is_some() {
        return None;
    }
    *member = Some(value?);
    Some(())
}

impl<'a> Reader<'a> {
    fn patch(&mut self) -> Option<BundlePatch<'a>> {
        const NAMES: &[&str] = &[
            "out_request_no",
            "remark",
            "usage_rule_display_info",
            "coupon_display_info",
            "notify_config",
            "store_scope",
            "brand_id",
        ];
        let (mut out_request_no, mut brand_id) = (None, None);
        let mut patch = BundlePatch::default();
        self.object(NAMES, |reader, name| match name {
            "out_request_no" => once(&mut out_request_no, reader.text().map(OutRequestNo::new)),
            "remark" => once(&mut patch.remark, reader.text()),
            "usage_rule_display_info" => once(&mut patch.usage_rule_display_info, reader.usage()),
            "coupon_display_info" => once(&mut patch.coupon_display_info, reader.display()),
            "notify_config" => once(&mut patch.notify_config, reader.notify()),
            "store_scope" => once(&mut patch.store_scope, reader.word(StoreScope::from_word)),
            "brand_id" => once(&mut brand_id, reader.text().map(BrandId::new)),
            _ => None,
        })?;
        patch.out_request_no = out_request_no?;
        patch.brand_id = brand_id?;
        Some(patch)
    }

    fn usage(&mut self) -> Option<UsageRuleDisplayInfo<'a>> {
        const NAMES: &[&str] = &[
            "coupon_usage_method_list",
            "mini_program_appid",
            "mini_program_path",
            "app_path",
            "usage_description",
            "coupon_available_store_info",
            "app_jump_type",
            "passcode_link",
        ];
        let mut usage = UsageRuleDisplayInfo::default();
        self.object(NAMES, |reader, name| match name {
            "coupon_usage_method_list" => once(&mut usage.coupon_usage_method_list, reader.methods()),
            "mini_program_appid" => once(&mut usage.mini_program_appid, reader.text()),
            "mini_program_path" => once(&mut usage.mini_program_path, reader.text()),
            "app_path" => once(&mut usage.app_path, reader.text()),
            "usage_description" => once(&mut usage.usage_description, reader.text()),
            "coupon_available_store_info" => once(&mut usage.coupon_available_store_info, reader.stores()),
            "app_jump_type" => once(&mut usage.app_jump_type, reader.word(AppJumpType::from_word)),
            "passcode_link" => once(&mut usage.passcode_link, reader.text()),
            _ => None,
        })?;
        Some(usage)
    }

    fn stores(&mut self) -> Option<CouponAvailableStoreInfo<'a>> {
        const NAMES: &[&str] = &["description", "mini_program_appid", "mini_program_path"];
        let mut stores = CouponAvailableStoreInfo::default();
        self.object(NAMES, |reader, name| match name {
            "description" => once(&mut stores.description, reader.text()),
            "mini_program_appid" => once(&mut stores.mini_program_appid, reader.text()),
            "mini_program_path" => once(&mut stores.mini_program_path, reader.text()),
            _ => None,
        })?;
        Some(stores)
    }

    fn display(&mut self) -> Option<CouponDisplayInfo<'a>> {
        const NAMES: &[&str] = &[
            "code_display_mode",
            "background_color",
            "entrance_mini_program",
            "entrance_official_account",
            "entrance_finder",
        ];
        let mut display = CouponDisplayInfo::default();
        self.object(NAMES, |reader, name| match name {
            "code_display_mode" => once(&mut display.code_display_mode, reader.word(CodeDisplayMode::from_word)),
            "background_color" => once(&mut display.background_color, reader.word(BackgroundColor::from_word)),
            "entrance_mini_program" => once(&mut display.entrance_mini_program, reader.mini_program()),
            "entrance_official_account" => once(&mut display.entrance_official_account, reader.official_account()),
            "entrance_finder" => once(&mut display.entrance_finder, reader.finder()),
            _ => None,
        })?;
        Some(display)
    }

    fn mini_program(&mut self) -> Option<EntranceMiniProgram<'a>> {
        const NAMES: &[&str] = &["appid", "path", "entrance_wording", "guidance_wording"];
        let mut entrance = EntranceMiniProgram::default();
        self.object(NAMES, |reader, name| match name {
            "appid" => once(&mut entrance.appid, reader.text()),
            "path" => once(&mut entrance.path, reader.text()),
            "entrance_wording" => once(&mut entrance.entrance_wording, reader.text()),
            "guidance_wording" => once(&mut entrance.guidance_wording, reader.text()),
            _ => None,
        })?;
        Some(entrance)
    }

    fn official_account(&mut self) -> Option<EntranceOfficialAccount<'a>> {
        const NAMES: &[&str] = &["appid"];
        let mut entrance = EntranceOfficialAccount::default();
        self.object(NAMES, |reader, name| match name {
            "appid" => once(&mut entrance.appid, reader.text()),
            _ => None,
        })?;
        Some(entrance)
    }

    fn finder(&mut self) -> Option<EntranceFinder<'a>> {
        const NAMES: &[&str] = &["finder_id", "finder_video_id", "finder_video_cover_image_url"];
        let mut entrance = EntranceFinder::default();
        self.object(NAMES, |reader, name| match name {
            "finder_id" => once(&mut entrance.finder_id, reader.text()),
            "finder_video_id" => once(&mut entrance.finder_video_id, reader.text()),
            "finder_video_cover_image_url" => once(&mut entrance.finder_video_cover_image_url, reader.text()),
            _ => None,
        })?;
        Some(entrance)
    }

    fn notify(&mut self) -> Option<NotifyConfig<'a>> {
        const NAMES: &[&str] = &["notify_appid"];
        let mut notify = NotifyConfig::default();
        self.object(NAMES, |reader, name| match name {
            "notify_appid" => once(&mut notify.notify_appid, reader.text()),
            _ => None,
        })?;
        Some(notify)
    }

    fn methods(&mut self) -> Option<Vec<UsageMethod>> {
        let mut methods = Vec::new();
        let scanner = &mut self.0;
        if !scanner.take(b'[') {
            return None;
        }
        scanner.space();
        if scanner.take(b']') {
            return Some(methods);
        }
        loop {
            methods.push(self.word(UsageMethod::from_word)?);
            self.0.space();
            if self.0.take(b']') {
                return Some(methods);
            }
            if !self.0.take(b',') {
                return None;
            }
            self.0.space();
        }
    }

    #[inline]
    fn text(&mut self) -> Option<Text<'a>> {
        match self.0.plain_string() {
            Some(text) => Some(Text::Borrowed(text)),
            None => self.0.string().ok(),
        }
    }

    #[inline]
    fn word<T>(&mut self, from_word: impl Fn(&str) -> Option<T>) -> Option<T> {
        match self.0.plain_string() {
            Some(word) => from_word(word),
            None => from_word(&self.text()?),
        }
    }

    /// Reads an object, member by member. `names` is the platform's order, in which members most often come: a name that
    /// is where it is expected is compared, not scanned.
    #[inline]
    fn object(
        &mut self,
        names: &'static [&'static str],
        mut member: impl FnMut(&mut Self, &str) -> Option<()>,
    ) -> Option<()> {
        if !self.0.take(b'{') {
            return None;
        }
        self.0.space();
        if self.0.take(b'}') {
            return Some(());
        }
        let mut expected = names.iter();
        loop {
            let name = match expected.next() {
                Some(name) if self.0.take_string(name) => name,
                // A name with escapes is left to the careful reader.
                _ => {
                    let name = self.0.plain_string()?;
                    expected = names.iter();
                    expected.find(|known| **known == name)?;
                    name
                }
            };
            self.0.space();
            if !self.0.take(b':') {
                return None;
            }
            self.0.space();
            member(self, name)?;
            self.0.space();
            if self.0.take(b'}') {
                return Some(());
            }
            if !self.0.take(b',') {
                return None;
            }
            self.0.space();
        }
    }
}

/// Does no rule about characters have anything to say about any string of this JSON text?
///
/// One look over the whole text: it holds no escape, and beside [usual](crate::text::is_usual) bytes only the white
/// space between tokens, which a string that has it cannot be told from.
#[must_use]
pub fn is_usual_throughout(json: &str) -> bool {
    let unusual = |byte: u8| u8::from(!text::is_usual(byte) || byte == b'\\');
    json.as_bytes().chunks(256).all(|chunk| chunk.iter().fold(0, |found, byte| found | unusual(*byte)) == 0)
}

/// The patch as it is sent: compact, in the platform's order, without members that are not given.
///
/// The same bytes as `serde_json` writes.
///
/// # Example
/// ```
/// use kaquan_core::{hot, model::BundlePatch};
///
/// let patch = BundlePatch { remark: Some("\"5折\"".into()), ..BundlePatch::new("123456", "120344") };
/// assert_eq!(hot::to_json(&patch), r#"{"out_request_no":"123456","remark":"\"5折\"","brand_id":"120344"}"#);
/// ```
#[must_use]
pub fn to_json(patch: &BundlePatch<'_>) -> String {
    // Most patches fit, and none is far from it.
    let mut json = String::with_capacity(1200);
    write(patch, &mut json);
    json
}

/// Appends the patch to `json`. A buffer that is used again grows once; nothing else is allocated.
pub fn write(patch: &BundlePatch<'_>, json: &mut String) {
    let BundlePatch {
        out_request_no,
        remark,
        usage_rule_display_info,
        coupon_display_info,
        notify_config,
        store_scope,
        brand_id,
    } = patch;
    json.push_str("{\"out_request_no\":");
    text(json, out_request_no.as_str());
    member(json, ",\"remark\":", remark.as_deref());
    if let Some(usage) = usage_rule_display_info {
        json.push_str(",\"usage_rule_display_info\":");
        write_usage(usage, json);
    }
    if let Some(display) = coupon_display_info {
        json.push_str(",\"coupon_display_info\":");
        write_display(display, json);
    }
    if let Some(NotifyConfig { notify_appid }) = notify_config {
        json.push_str(",\"notify_config\":");
        object(json, &[("\"notify_appid\":", notify_appid)]);
    }
    member(json, ",\"store_scope\":", store_scope.as_ref().map(StoreScope::as_str));
    json.push_str(",\"brand_id\":");
    text(json, brand_id.as_str());
    json.push('}');
}

fn write_usage(usage: &UsageRuleDisplayInfo<'_>, json: &mut String) {
    let UsageRuleDisplayInfo {
        coupon_usage_method_list,
        mini_program_appid,
        mini_program_path,
        app_path,
        usage_description,
        coupon_available_store_info,
        app_jump_type,
        passcode_link,
    } = usage;
    let open = json.len();
    json.push('{');
    if let Some(methods) = coupon_usage_method_list {
        json.push_str("\"coupon_usage_method_list\":[");
        for (index, method) in methods.iter().enumerate() {
            if index > 0 {
                json.push(',');
            }
            text(json, method.as_str());
        }
        json.push(']');
    }
    next(json, open, "\"mini_program_appid\":", mini_program_appid.as_deref());
    next(json, open, "\"mini_program_path\":", mini_program_path.as_deref());
    next(json, open, "\"app_path\":", app_path.as_deref());
    next(json, open, "\"usage_description\":", usage_description.as_deref());
    if let Some(stores) = coupon_available_store_info {
        let CouponAvailableStoreInfo { description, mini_program_appid, mini_program_path } = stores;
        comma(json, open);
        json.push_str("\"coupon_available_store_info\":");
        object(
            json,
            &[
                ("\"description\":", description),
                ("\"mini_program_appid\":", mini_program_appid),
                ("\"mini_program_path\":", mini_program_path),
            ],
        );
    }
    next(json, open, "\"app_jump_type\":", app_jump_type.as_ref().map(AppJumpType::as_str));
    next(json, open, "\"passcode_link\":", passcode_link.as_deref());
    json.push('}');
}

fn write_display(display: &CouponDisplayInfo<'_>, json: &mut String) {
    let CouponDisplayInfo {
        code_display_mode,
        background_color,
        entrance_mini_program,
        entrance_official_account,
        entrance_finder,
    } = display;
    let open = json.len();
    json.push('{');
    next(json, open, "\"code_display_mode\":", code_display_mode.as_ref().map(CodeDisplayMode::as_str));
    next(json, open, "\"background_color\":", background_color.as_ref().map(BackgroundColor::as_str));
    if let Some(EntranceMiniProgram { appid, path, entrance_wording, guidance_wording }) = entrance_mini_program {
        comma(json, open);
        json.push_str("\"entrance_mini_program\":");
        object(
            json,
            &[
                ("\"appid\":", appid),
                ("\"path\":", path),
                ("\"entrance_wording\":", entrance_wording),
                ("\"guidance_wording\":", guidance_wording),
            ],
        );
    }
    if let Some(EntranceOfficialAccount { appid }) = entrance_official_account {
        comma(json, open);
        json.push_str("\"entrance_official_account\":");
        object(json, &[("\"appid\":", appid)]);
    }
    if let Some(EntranceFinder { finder_id, finder_video_id, finder_video_cover_image_url }) = entrance_finder {
        comma(json, open);
        json.push_str("\"entrance_finder\":");
        object(
            json,
            &[
                ("\"finder_id\":", finder_id),
                ("\"finder_video_id\":", finder_video_id),
                ("\"finder_video_cover_image_url\":", finder_video_cover_image_url),
            ],
        );
    }
    json.push('}');
}

/// An object of texts.
#[inline]
fn object<const N: usize>(json: &mut String, members: &[(&'static str, &Option<Text<'_>>); N]) {
    let open = json.len();
    json.push('{');
    for (name, value) in members {
        next(json, open, name, value.as_deref());
    }
    json.push('}');
}

/// A member, behind a comma unless its object was only just opened at `open`.
#[inline]
fn next(json: &mut String, open: usize, name: &'static str, value: Option<&str>) {
    if let Some(value) = value {
        comma(json, open);
        json.push_str(name);
        text(json, value);
    }
}

#[inline]
fn comma(json: &mut String, open: usize) {
    if json.len() > open + 1 {
        json.push(',');
    }
}

/// A member behind another one.
#[inline]
fn member(json: &mut String, name: &'static str, value: Option<&str>) {
    if let Some(value) = value {
        json.push_str(name);
        text(json, value);
    }
}

/// A string in quotes.
#[inline]
fn text(json: &mut String, text: &str) {
    json.reserve(text.len() + 2);
    json.push('"');
    if is_plain(text.as_bytes()) {
        json.push_str(text);
    } else {
        escaped(json, text);
    }
    json.push('"');
}

/// A string with its escapes, as `serde_json` writes them.
#[cold]
fn escaped(json: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '\u{8}' => json.push_str("\\b"),
            '\u{c}' => json.push_str("\\f"),
            control @ '\0'..='\x1f' => {
                json.push_str(if control < '\x10' { "\\u000" } else { "\\u001" });
                json.push(char::from_digit(u32::from(control) & 15, 16).unwrap_or('0'));
            }
            other => json.push(other),
        }
    }
}
