//! Who calls: a service provider for its brands, or a brand for itself.

/// A caller: its kind, its id, the serial of its certificate, and the platform key that it expects answers from.
///
/// Made once, and checked then: none of its texts can break out of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    mode: Mode,
    id: String,
    serial_no: String,
    wechatpay_serial: String,
}

/// The two kinds of callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A service provider (服务商).
    Partner,
    /// A brand (品牌).
    Brand,
}

/// What differs between the two: one row each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// First word of the Authorization header.
    pub scheme: &'static str,
    /// Name of the caller's id in that header.
    pub id_name: &'static str,
    /// Beginning of every path.
    pub prefix: &'static str,
    /// Does the body, or the query, name the brand?
    pub names_brand: bool,
}

impl Mode {
    /// What is particular to this kind.
    #[must_use]
    pub const fn row(self) -> Row {
        match self {
            Self::Partner => Row {
                scheme: "WECHATPAY2-SHA256-RSA2048",
                id_name: "mchid",
                prefix: "/v3/marketing/partner/product-coupon/",
                names_brand: true,
            },
            Self::Brand => Row {
                scheme: "WECHATPAY-BRAND-SHA256-RSA2048",
                id_name: "brand_id",
                prefix: "/brand/marketing/product-coupon/",
                names_brand: false,
            },
        }
    }
}

/// A text that cannot stand in a header.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} {found:?} is not a text of 1 to 128 visible ASCII characters without quotes, commas and spaces")]
pub struct UnfitIdentity {
    /// Which text.
    pub name: &'static str,
    /// What it is.
    pub found: String,
}

impl Identity {
    /// A service provider: its merchant number, the serial of its API certificate (upper-case hexadecimal, leading
    /// zeros kept), and the id of the platform's public key (`PUB_KEY_ID_…`, an opaque text).
    ///
    /// # Errors
    /// [`UnfitIdentity`], when a text is empty, too long, or could break out of a header.
    ///
    /// # Example
    /// ```
    /// use kaquan_http::identity::Identity;
    ///
    /// assert!(Identity::partner("1900000001", "0157F09E", "PUB_KEY_ID_0100").is_ok());
    /// let error = Identity::partner("1900000001\",x=\"", "0157F09E", "PUB_KEY_ID_0100").unwrap_err();
    /// assert_eq!(error.name, "mchid");
    /// ```
    pub fn partner(mchid: &str, serial_no: &str, wechatpay_serial: &str) -> Result<Self, UnfitIdentity> {
        Self::new(Mode::Partner, mchid, serial_no, wechatpay_serial)
    }

    /// A brand: its id instead of a merchant number, else as [`partner`](Self::partner).
    ///
    /// # Errors
    /// [`UnfitIdentity`], likewise.
    pub fn brand(brand_id: &str, serial_no: &str, wechatpay_serial: &str) -> Result<Self, UnfitIdentity> {
        Self::new(Mode::Brand, brand_id, serial_no, wechatpay_serial)
    }

    /// A caller of a kind.
    ///
    /// # Errors
    /// [`UnfitIdentity`], likewise.
    pub fn new(mode: Mode, id: &str, serial_no: &str, wechatpay_serial: &str) -> Result<Self, UnfitIdentity> {
        let texts = [(mode.row().id_name, id), ("serial_no", serial_no), ("wechatpay_serial", wechatpay_serial)];
        for (name, text) in texts {
            let fits = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b'\\');
            if text.is_empty() || text.len() > 128 || !text.bytes().all(fits) {
                return Err(UnfitIdentity { name, found: text.chars().take(40).collect() });
            }
        }
        Ok(Self { mode, id: id.into(), serial_no: serial_no.into(), wechatpay_serial: wechatpay_serial.into() })
    }

    /// Its kind.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Merchant number or brand id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Serial of its API certificate.
    #[must_use]
    pub fn serial_no(&self) -> &str {
        &self.serial_no
    }

    /// Id of the platform key that answers shall be signed with.
    #[must_use]
    pub fn wechatpay_serial(&self) -> &str {
        &self.wechatpay_serial
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_break_headers_are_refused() {
        let long = "x".repeat(129);
        for bad in ["", " ", "a b", "a\nb", "a\r\nX: y", "a\"b", "a,b", "中", "\u{7f}", "a\\b", &long] {
            assert_eq!(Identity::partner(bad, "A", "B").unwrap_err().name, "mchid", "{bad:?}");
            assert_eq!(Identity::brand(bad, "A", "B").unwrap_err().name, "brand_id", "{bad:?}");
            assert_eq!(Identity::partner("A", bad, "B").unwrap_err().name, "serial_no", "{bad:?}");
            assert_eq!(Identity::partner("A", "B", bad).unwrap_err().name, "wechatpay_serial", "{bad:?}");
        }
    }

    #[test]
    fn serials_are_kept_as_they_are() {
        let identity = Identity::partner("1", "00abCDEF", "PUB_KEY_ID_0110000000012024").unwrap();
        assert_eq!((identity.serial_no(), identity.wechatpay_serial()), ("00abCDEF", "PUB_KEY_ID_0110000000012024"));
    }
}
