//! JSON with positions: what a finding points at.
//!
//! Only a document with findings is read here; a clean one takes the strict reader in [`hot`](crate::hot). Both use
//! the same scanner, so that they agree on what a string and a number is.

use alloc::{string::String, vec::Vec};
use core::ops::Range;

use crate::text::Text;

/// Deepest nesting that is read, the limit of `serde_json`.
pub const DEPTH_LIMIT: usize = 128;

/// A value and the bytes it stands on.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree<'a> {
    /// Bytes of the value, from its first to behind its last.
    pub span: Range<usize>,
    /// The value.
    pub node: Node<'a>,
}

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Node<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as written.
    Number(&'a str),
    /// A string, without its escapes.
    Text(Text<'a>),
    /// An array.
    List(Vec<Tree<'a>>),
    /// An object, repeated members included.
    Object(Vec<Member<'a>>),
}

/// A member of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Member<'a> {
    /// Bytes of the key, quotes included.
    pub key_span: Range<usize>,
    /// The key, without its escapes.
    pub key: Text<'a>,
    /// The value.
    pub value: Tree<'a>,
}

impl Node<'_> {
    /// The JSON name of the value's type.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::Text(_) => "string",
            Self::List(_) => "array",
            Self::Object(_) => "object",
        }
    }
}

/// Why a text is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nothing but white space.
    #[error("nothing here")]
    Empty,
    /// The text begins with U+FEFF.
    #[error("byte order mark before the document")]
    ByteOrderMark,
    /// Another character should stand here.
    #[error("expected {expected}, found {found:?}")]
    Unexpected {
        /// What should stand here.
        expected: &'static str,
        /// What stands here.
        found: char,
    },
    /// The text ends too early.
    #[error("the text ends where {0} should follow")]
    Ends(&'static str),
    /// A control character inside a string.
    #[error("control character U+{0:04X} inside a string, write it as an escape")]
    ControlCharacter(u32),
    /// An escape that JSON does not know.
    #[error("unknown escape in a string")]
    BadEscape,
    /// Half of a surrogate pair.
    #[error("half of a surrogate pair in a string")]
    LoneSurrogate,
    /// A number that JSON does not allow.
    #[error("not a number as JSON writes it")]
    BadNumber,
    /// Nested too deep.
    #[error("nested deeper than 128 levels")]
    TooDeep,
    /// Something follows the document.
    #[error("text after the document")]
    TrailingText,
    /// The bytes are not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
}

impl Fault {
    /// The same in Chinese.
    #[must_use]
    pub fn chinese(&self) -> String {
        use alloc::format;
        let wanted = |expected: &'static str| match expected {
            "a value" => "一个值",
            "a member's name in quotes" => "带引号的成员名",
            "a string" => "字符串",
            "an escape" => "转义字符",
            "the closing quote of a string" => "字符串的结束引号",
            other => other,
        };
        match self {
            Self::Empty => "没有内容".into(),
            Self::ByteOrderMark => "文档前有字节顺序标记（BOM）".into(),
            Self::Unexpected { expected, found } => format!("此处应为{}，实为 {found:?}", wanted(expected)),
            Self::Ends(expected) => format!("文本提前结束，此处应为{}", wanted(expected)),
            Self::ControlCharacter(code) => format!("字符串内有控制字符 U+{code:04X}，请用转义书写"),
            Self::BadEscape => "字符串内有未知的转义".into(),
            Self::LoneSurrogate => "字符串内只有半个代理对".into(),
            Self::BadNumber => "不是 JSON 的数字写法".into(),
            Self::TooDeep => "嵌套超过 128 层".into(),
            Self::TrailingText => "文档之后还有内容".into(),
            Self::NotUtf8 => "不是 UTF-8 编码".into(),
        }
    }
}

/// A fault and the byte where it was met.
pub type At<T> = Result<T, (usize, Fault)>;

/// Reads one value and nothing else.
pub fn parse(text: &str) -> At<Tree<'_>> {
    let mut scanner = Scanner::new(text);
    if text.starts_with('\u{feff}') {
        return Err((0, Fault::ByteOrderMark));
    }
    scanner.space();
    if scanner.at == text.len() {
        return Err((0, Fault::Empty));
    }
    let tree = value(&mut scanner, 0)?;
    scanner.space();
    if scanner.at < text.len() {
        return Err((scanner.at, Fault::TrailingText));
    }
    Ok(tree)
}

fn value<'a>(scanner: &mut Scanner<'a>, depth: usize) -> At<Tree<'a>> {
    let start = scanner.at;
    let node = match scanner.peek() {
        Some(b'{') => object(scanner, depth)?,
        Some(b'[') => list(scanner, depth)?,
        Some(b'"') => Node::Text(scanner.string()?),
        Some(b'-' | b'0'..=b'9') => Node::Number(scanner.number()?),
        Some(b'n') if scanner.word("null") => Node::Null,
        Some(b't') if scanner.word("true") => Node::Bool(true),
        Some(b'f') if scanner.word("false") => Node::Bool(false),
        _ => return Err(scanner.unexpected("a value")),
    };
    Ok(Tree { span: start..scanner.at, node })
}

fn object<'a>(scanner: &mut Scanner<'a>, depth: usize) -> At<Node<'a>> {
    if depth == DEPTH_LIMIT {
        return Err((scanner.at, Fault::TooDeep));
    }
    scanner.byte(b'{', "`{`")?;
    scanner.space();
    let mut members = Vec::new();
    if scanner.take(b'}') {
        return Ok(Node::Object(members));
    }
    loop {
        let start = scanner.at;
        if scanner.peek() != Some(b'"') {
            return Err(scanner.unexpected("a member's name in quotes"));
        }
        let key = scanner.string()?;
        let key_span = start..scanner.at;
        scanner.space();
        scanner.byte(b':', "`:`")?;
        scanner.space();
        members.push(Member { key_span, key, value: value(scanner, depth + 1)? });
        scanner.space();
        if scanner.take(b'}') {
            return Ok(Node::Object(members));
        }
        scanner.byte(b',', "`,` or `}`")?;
        scanner.space();
    }
}

fn list<'a>(scanner: &mut Scanner<'a>, depth: usize) -> At<Node<'a>> {
    if depth == DEPTH_LIMIT {
        return Err((scanner.at, Fault::TooDeep));
    }
    scanner.byte(b'[', "`[`")?;
    scanner.space();
    let mut elements = Vec::new();
    if scanner.take(b']') {
        return Ok(Node::List(elements));
    }
    loop {
        elements.push(value(scanner, depth + 1)?);
        scanner.space();
        if scanner.take(b']') {
            return Ok(Node::List(elements));
        }
        scanner.byte(b',', "`,` or `]`")?;
        scanner.space();
    }
}

/// Walks over JSON text, token by token.
#[derive(Clone, Debug)]
pub(crate) struct Scanner<'a> {
    text: &'a str,
    pub(crate) at: usize,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The next byte.
    #[inline]
    pub(crate) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Passes over white space.
    #[inline]
    pub(crate) fn space(&mut self) {
        // Most often there is none.
        if self.peek().is_some_and(|byte| byte <= b' ') {
            while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
                self.at += 1;
            }
        }
    }

    /// Takes `byte` if it is next.
    #[inline]
    pub(crate) fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Takes `byte` or says that `expected` should stand here.
    #[inline]
    pub(crate) fn byte(&mut self, byte: u8, expected: &'static str) -> At<()> {
        if self.take(byte) { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    /// Takes `word` if it is next.
    fn word(&mut self, word: &str) -> bool {
        let found = self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word));
        if found {
            self.at += word.len();
        }
        found
    }

    #[cold]
    fn unexpected(&self, expected: &'static str) -> (usize, Fault) {
        match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            Some(found) => (self.at, Fault::Unexpected { expected, found }),
            None => (self.text.len(), Fault::Ends(expected)),
        }
    }

    /// Takes exactly this string, which has no escapes, if it stands here.
    #[inline]
    pub(crate) fn take_string(&mut self, wanted: &str) -> bool {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let found = rest.first() == Some(&b'"')
            && rest.get(1..=wanted.len()) == Some(wanted.as_bytes())
            && rest.get(wanted.len() + 1) == Some(&b'"');
        if found {
            self.at += wanted.len() + 2;
        }
        found
    }

    /// Takes a string without escapes that stands here; otherwise nothing is taken.
    #[inline]
    pub(crate) fn plain_string(&mut self) -> Option<&'a str> {
        if self.peek() != Some(b'"') {
            return None;
        }
        let start = self.at + 1;
        let end = plain_end(self.text.as_bytes(), start);
        if self.text.as_bytes().get(end) != Some(&b'"') {
            return None;
        }
        self.at = end + 1;
        self.text.get(start..end)
    }

    /// Takes a string that stands here; borrowed unless it has escapes.
    pub(crate) fn string(&mut self) -> At<Text<'a>> {
        self.byte(b'"', "a string")?;
        let start = self.at;
        self.at = plain_end(self.text.as_bytes(), start);
        if self.peek() == Some(b'"') {
            let text = self.text.get(start..self.at).unwrap_or_default();
            self.at += 1;
            return Ok(Text::Borrowed(text));
        }
        self.escaped_string(start)
    }

    /// The rest of a string whose first special character is no quote.
    #[cold]
    fn escaped_string(&mut self, start: usize) -> At<Text<'a>> {
        let mut text = String::new();
        let mut from = start;
        loop {
            text.push_str(self.text.get(from..self.at).unwrap_or_default());
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text.into());
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(control) => return Err((self.at, Fault::ControlCharacter(control.into()))),
                None => return Err((self.at, Fault::Ends("the closing quote of a string"))),
            }
            from = self.at;
            self.at = plain_end(self.text.as_bytes(), from);
        }
    }

    fn escape(&mut self) -> At<char> {
        let start = self.at;
        self.at += 1;
        let Some(kind) = self.peek() else { return Err((self.at, Fault::Ends("an escape"))) };
        self.at += 1;
        Ok(match kind {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(start),
            _ => return Err((start, Fault::BadEscape)),
        })
    }

    fn unicode_escape(&mut self, start: usize) -> At<char> {
        let first = self.four_digits(start)?;
        let code = match first {
            0xD800..=0xDBFF => {
                if !(self.take(b'\\') && self.take(b'u')) {
                    return Err((start, Fault::LoneSurrogate));
                }
                let second = self.four_digits(start)?;
                if !(0xDC00..=0xDFFF).contains(&second) {
                    return Err((start, Fault::LoneSurrogate));
                }
                0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
            }
            code => code,
        };
        char::from_u32(code).ok_or((start, Fault::LoneSurrogate))
    }

    fn four_digits(&mut self, start: usize) -> At<u32> {
        let digits = self.text.get(self.at..self.at + 4).filter(|four| four.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(digits) = digits else { return Err((start, Fault::BadEscape)) };
        self.at += 4;
        u32::from_str_radix(digits, 16).map_err(|_| (start, Fault::BadEscape))
    }

    fn number(&mut self) -> At<&'a str> {
        let start = self.at;
        self.take(b'-');
        let bad = (start, Fault::BadNumber);
        if !self.take(b'0') && self.digits() == 0 {
            return Err(bad);
        }
        if self.take(b'.') && self.digits() == 0 {
            return Err(bad);
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            if self.digits() == 0 {
                return Err(bad);
            }
        }
        if matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(bad); // 01
        }
        Ok(self.text.get(start..self.at).unwrap_or_default())
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }
}

/// Where the run of ordinary characters that begins at `from` ends: at a quote, a backslash, a control character, or
/// the end. Eight bytes at a time; a byte is special exactly when its high bit is set in `special(word)`.
#[inline]
fn plain_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(word) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let found = special(u64::from_le_bytes(*word));
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while let Some(byte) = bytes.get(at) {
        if matches!(byte, b'"' | b'\\' | 0..=0x1f) {
            break;
        }
        at += 1;
    }
    at
}

/// Does a string of these bytes need no escape? Eight bytes at a time, the last eight perhaps twice.
#[inline]
pub(crate) fn is_plain(bytes: &[u8]) -> bool {
    let Some(last) = bytes.last_chunk::<8>() else {
        return !bytes.iter().any(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
    };
    let (words, _) = bytes.as_chunks::<8>();
    let found =
        words.iter().fold(special(u64::from_le_bytes(*last)), |found, word| found | special(u64::from_le_bytes(*word)));
    found == 0
}

/// Marks quotes, backslashes and control characters in eight bytes. Only the lowest mark is exact: a borrow may run
/// into the byte behind a found one, and only the lowest is used.
#[inline]
fn special(word: u64) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
    const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
    const QUOTES: u64 = u64::from_ne_bytes([b'"'; 8]);
    const BACKSLASHES: u64 = u64::from_ne_bytes([b'\\'; 8]);
    let zero = |word: u64| word.wrapping_sub(ONES) & !word;
    let quote = zero(word ^ QUOTES);
    let backslash = zero(word ^ BACKSLASHES);
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (quote | backslash | control) & HIGH
}

/// The value that a JSON Pointer names, if it is there.
#[must_use]
pub fn find<'t, 'a>(tree: &'t Tree<'a>, pointer: &str) -> Option<&'t Tree<'a>> {
    let mut here = tree;
    for step in pointer.split('/').skip(1) {
        here = child(here, step)?;
    }
    Some(here)
}

/// Where a JSON Pointer leads to: the value's bytes, or the first byte of the nearest object that lacks it.
#[must_use]
pub fn locate(tree: &Tree<'_>, pointer: &str) -> Range<usize> {
    let mut here = tree;
    for step in pointer.split('/').skip(1) {
        match child(here, step) {
            Some(next) => here = next,
            None => return here.span.start..here.span.start + 1,
        }
    }
    match here.node {
        // An object or a list is named by its first bracket, not by all that it holds.
        Node::Object(_) | Node::List(_) => here.span.start..here.span.start + 1,
        _ => here.span.clone(),
    }
}

fn child<'t, 'a>(tree: &'t Tree<'a>, step: &str) -> Option<&'t Tree<'a>> {
    match &tree.node {
        Node::Object(members) => {
            let name = step.replace("~1", "/").replace("~0", "~");
            members.iter().find(|member| member.key == *name).map(|member| &member.value)
        }
        Node::List(elements) => elements.get(step.parse::<usize>().ok()?),
        _ => None,
    }
}

/// A member's name as a step of a JSON Pointer.
#[must_use]
pub fn pointer_step(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn every_special_byte_is_found_at_every_place() {
        for length in 0..20 {
            for special in [b'"', b'\\', 0, 0x1f, b'\n'] {
                for place in 0..length {
                    for filler in [b' ', b'!', b'#', b'[', b']', 0x7f, b'a'] {
                        let mut bytes = alloc::vec![filler; length];
                        bytes[place] = special;
                        assert_eq!(plain_end(&bytes, 0), place, "{special} in {length}");
                    }
                }
            }
        }
        for length in 0..40 {
            for place in 0..length {
                let mut bytes = alloc::vec![b'a'; length];
                assert!(is_plain(&bytes));
                bytes[place] = [b'"', b'\\', 0, 0x1f][place % 4];
                assert!(!is_plain(&bytes), "{place} of {length}");
            }
        }
        assert_eq!(plain_end("一二三四五\"".as_bytes(), 0), 15);
    }

    #[test]
    fn faults_are_found_where_they_are() {
        let cases: &[(&str, usize, &str)] = &[
            ("", 0, "nothing here"),
            (" \n", 0, "nothing here"),
            ("\u{feff}{}", 0, "byte order mark before the document"),
            ("{", 1, "the text ends where a member's name in quotes should follow"),
            ("{\"a\"}", 4, "expected `:`, found '}'"),
            ("{\"a\":1,}", 7, "expected a member's name in quotes, found '}'"),
            ("[1 2]", 3, "expected `,` or `]`, found '2'"),
            ("{} x", 3, "text after the document"),
            ("\"a", 2, "the text ends where the closing quote of a string should follow"),
            ("\"\t\"", 1, "control character U+0009 inside a string, write it as an escape"),
            (r#""\x""#, 1, "unknown escape in a string"),
            (r#""\u12g4""#, 1, "unknown escape in a string"),
            (r#""\ud83d""#, 1, "half of a surrogate pair in a string"),
            (r#""\ud83d\u0041""#, 1, "half of a surrogate pair in a string"),
            (r#""\udc00""#, 1, "half of a surrogate pair in a string"),
            ("01", 0, "not a number as JSON writes it"),
            ("-", 0, "not a number as JSON writes it"),
            ("1.", 0, "not a number as JSON writes it"),
            ("1e+", 0, "not a number as JSON writes it"),
            ("nul", 0, "expected a value, found 'n'"),
            ("\"\\", 2, "the text ends where an escape should follow"),
        ];
        for (text, place, words) in cases {
            let (at, fault) = parse(text).unwrap_err();
            assert_eq!((at, fault.to_string().as_str()), (*place, *words), "{text:?}");
            assert!(!fault.chinese().is_empty());
        }
    }

    #[test]
    fn the_depth_limit_is_the_one_of_serde_json() {
        for (depth, good) in [(DEPTH_LIMIT - 1, true), (DEPTH_LIMIT + 1, false)] {
            let text = "[".repeat(depth) + &"]".repeat(depth);
            assert_eq!(parse(&text).is_ok(), good, "{depth}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), good, "{depth}");
        }
    }

    #[test]
    fn escapes_and_pointers_are_resolved() {
        let tree = parse(r#"{"a/b":{"~":["\ud83d\ude00\n"]},"n":-1.5e3}"#).unwrap();
        let found = find(&tree, "/a~1b/~0/0").unwrap();
        assert_eq!(found.node, Node::Text("😀\n".into()));
        assert_eq!(locate(&tree, "/n"), 36..42);
        assert_eq!(locate(&tree, "/a~1b/x/y"), 7..8);
        assert_eq!(pointer_step("a/~b"), "a~1~0b");
    }
}
