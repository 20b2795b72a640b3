//! [`Text`]: a string that is borrowed while a document is checked and shared while it is kept.

use alloc::{string::String, sync::Arc};
use core::{borrow::Borrow, cmp::Ordering, fmt, hash, ops::Deref};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A string of a document: borrowed from the bytes that were read, or shared.
///
/// Checking a document copies none of its strings; keeping one makes each string an [`Arc`], so that fifteen
/// stocks of a bundle hold one remark, not fifteen. A clone never copies characters.
///
/// # Example
/// ```
/// use kaquan_core::text::Text;
///
/// let remark = Text::from("疯狂星期四项目专用");
/// assert_eq!(remark, "疯狂星期四项目专用");
/// assert_eq!(remark.characters(), 9);
/// let kept: Text<'static> = remark.into_owned();
/// assert_eq!(kept.len(), 27); // bytes, as for every `str`
/// ```
#[derive(Clone)]
pub enum Text<'a> {
    /// Part of the text that was read.
    Borrowed(&'a str),
    /// Kept, and shared by everything that holds it.
    Shared(Arc<str>),
}

impl Text<'_> {
    /// The string itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Shared(text) => text,
        }
    }

    /// Length in characters (Unicode scalar values), the unit of every length limit of the platform.
    #[must_use]
    pub fn characters(&self) -> usize {
        self.as_str().chars().count()
    }

    /// The same text, no longer tied to what it was read from.
    #[must_use]
    pub fn into_owned(self) -> Text<'static> {
        match self {
            Self::Borrowed(text) => Text::Shared(text.into()),
            Self::Shared(text) => Text::Shared(text),
        }
    }
}

impl Deref for Text<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text<'_> {
    fn as_ref(&self) -> &str {
        self
    }
}

impl Borrow<str> for Text<'_> {
    fn borrow(&self) -> &str {
        self
    }
}

impl Default for Text<'_> {
    fn default() -> Self {
        Self::Borrowed("")
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self::Borrowed(text)
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self::Shared(text.into())
    }
}

impl From<Arc<str>> for Text<'_> {
    fn from(text: Arc<str>) -> Self {
        Self::Shared(text)
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Shared(one), Self::Shared(two)) if Arc::ptr_eq(one, two) => true,
            _ => self.as_str() == other.as_str(),
        }
    }
}

impl Eq for Text<'_> {}

impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialOrd for Text<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl hash::Hash for Text<'_> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

/// Always kept: borrowing from the input is the business of the strict reader.
impl<'de> Deserialize<'de> for Text<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Arc<str>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Arc<str>, E> {
                Ok(text.into())
            }
        }
        deserializer.deserialize_str(Visitor).map(Self::Shared)
    }
}

/// A byte that no rule about characters looks at: printable ASCII other than the space, and the UTF-8 bytes of common
/// Chinese characters and punctuation (U+3000 is not among them, it is white space).
///
/// The fast path skips texts of such bytes alone, so a rule about characters must have nothing to say about them.
#[must_use]
pub const fn is_usual(byte: u8) -> bool {
    matches!(byte, 0x21..=0x7e | 0x80..=0xbf | 0xe4..=0xe9)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn borrowed_and_shared_are_equal() {
        let borrowed = Text::from("备注");
        let shared = borrowed.clone().into_owned();
        assert_eq!(borrowed, shared);
        assert_eq!(format!("{borrowed:?} {shared}"), "\"备注\" 备注");
        assert_eq!(borrowed.cmp(&shared), Ordering::Equal);
        assert_eq!(Text::from("a").cmp(&"b".into()), Ordering::Less);
    }

    #[test]
    fn a_clone_shares_its_characters() {
        let text: Text<'_> = String::from("x").into();
        let (Text::Shared(one), Text::Shared(two)) = (&text, &text.clone()) else {
            panic!("a String becomes shared text")
        };
        assert!(Arc::ptr_eq(one, two));
    }
}
