//! The hot path: a patch is read and written without detours.
//!
//! [`read`] takes a text that is exactly what the tables of [`document`](crate::document) allow, in one pass and
//! without copying a string that has no escapes; it returns `None` for anything else, and the careful reader of
//! [`rules`](crate::rules) says what that was. [`write`] puts the same JSON into a buffer that can be used again.
//!
//! Both are measured against the careful way on every generated document: the verdicts agree, and so do the bytes.

use alloc::{string::String, vec::Vec};

use crate::{
    json::Scanner,
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
        let (mut out_request_no, mut brand_id) = (None, None);
        let mut patch = BundlePatch::default();
        self.object(|reader, name| match name {
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
        let mut usage = UsageRuleDisplayInfo::default();
        self.object(|reader, name| match name {
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
        let mut stores = CouponAvailableStoreInfo::default();
        self.object(|reader, name| match name {
            "description" => once(&mut stores.description, reader.text()),
            "mini_program_appid" => once(&mut stores.mini_program_appid, reader.text()),
            "mini_program_path" => once(&mut stores.mini_program_path, reader.text()),
            _ => None,
        })?;
        Some(stores)
    }

    fn display(&mut self) -> Option<CouponDisplayInfo<'a>> {
        let mut display = CouponDisplayInfo::default();
        self.object(|reader, name| match name {
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
        let mut entrance = EntranceMiniProgram::default();
        self.object(|reader, name| match name {
            "appid" => once(&mut entrance.appid, reader.text()),
            "path" => once(&mut entrance.path, reader.text()),
            "entrance_wording" => once(&mut entrance.entrance_wording, reader.text()),
            "guidance_wording" => once(&mut entrance.guidance_wording, reader.text()),
            _ => None,
        })?;
        Some(entrance)
    }

    fn official_account(&mut self) -> Option<EntranceOfficialAccount<'a>> {
        let mut entrance = EntranceOfficialAccount::default();
        self.object(|reader, name| match name {
            "appid" => once(&mut entrance.appid, reader.text()),
            _ => None,
        })?;
        Some(entrance)
    }

    fn finder(&mut self) -> Option<EntranceFinder<'a>> {
        let mut entrance = EntranceFinder::default();
        self.object(|reader, name| match name {
            "finder_id" => once(&mut entrance.finder_id, reader.text()),
            "finder_video_id" => once(&mut entrance.finder_video_id, reader.text()),
            "finder_video_cover_image_url" => once(&mut entrance.finder_video_cover_image_url, reader.text()),
            _ => None,
        })?;
        Some(entrance)
    }

    fn notify(&mut self) -> Option<NotifyConfig<'a>> {
        let mut notify = NotifyConfig::default();
        self.object(|reader, name| match name {
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
        self.0.string().ok()
    }

    #[inline]
    fn word<T>(&mut self, from_word: fn(&str) -> Option<T>) -> Option<T> {
        from_word(&self.text()?)
    }

    /// Reads an object, member by member.
    #[inline]
    fn object(&mut self, mut member: impl FnMut(&mut Self, &str) -> Option<()>) -> Option<()> {
        if !self.0.take(b'{') {
            return None;
        }
        self.0.space();
        if self.0.take(b'}') {
            return Some(());
        }
        loop {
            let name = self.text()?;
            self.0.space();
            if !self.0.take(b':') {
                return None;
            }
            self.0.space();
            member(self, &name)?;
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

/// The patch as it is sent.
#[must_use]
pub fn to_json(patch: &BundlePatch<'_>) -> String {
    serde_json::to_string(patch).unwrap_or_default()
}
