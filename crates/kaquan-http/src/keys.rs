//! Keys: PEM in the shapes in which people have them, and errors that name what was found instead.

use std::{
    collections::BTreeMap,
    fmt,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use rsa::{
    RsaPrivateKey, RsaPublicKey,
    pkcs1::{DecodeRsaPrivateKey as _, DecodeRsaPublicKey as _},
    pkcs1v15,
    pkcs8::{DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _},
    rand_core::OsRng,
    signature::{RandomizedSigner as _, SignatureEncoding as _, Verifier as _},
    traits::PublicKeyParts as _,
};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Makes SHA256-RSA (PKCS#1 v1.5) signatures: a key in memory, or one that a KMS or HSM keeps.
///
/// # Example: a key that never leaves its box
/// ```
/// use kaquan_http::keys::{Signer, SigningError};
///
/// struct Hsm { /* a session */ }
///
/// impl Signer for Hsm {
///     fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningError> {
///         // self.session.sign(Mechanism::Sha256RsaPkcs, self.key, message)
///         Err(SigningError(format!("no session for {} bytes", message.len())))
///     }
/// }
/// # assert!(Hsm {}.sign(b"x").is_err());
/// ```
pub trait Signer: Send + Sync {
    /// The signature of SHA-256 over `message`, as raw bytes.
    ///
    /// # Errors
    /// [`SigningError`], in the words of whoever keeps the key.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningError>;
}

/// A signature could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature could not be made: {0}")]
pub struct SigningError(pub String);

/// Why a text is not the key that was wanted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read.
    #[error("{path}: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// Nothing is there.
    #[error("the key is empty")]
    Empty,
    /// It is something else.
    #[error("found {found}, wanted {wanted}: {hint}")]
    Other {
        /// What was found.
        found: &'static str,
        /// What was wanted.
        wanted: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// It does not decode.
    #[error("the text is no {wanted}: {reason}")]
    Malformed {
        /// What was wanted.
        wanted: &'static str,
        /// Why it does not decode.
        reason: String,
    },
    /// Another size than 2048 bits or more.
    #[error("the key has {bits} bits, the platform wants 2048 at least")]
    TooShort {
        /// Its size.
        bits: usize,
    },
}

const PRIVATE: &str = "RSA private key";
const PUBLIC: &str = "RSA public key";

/// A private key in memory. Its characters are wiped when it goes, and never shown.
pub struct PrivateKey {
    signing: pkcs1v15::SigningKey<Sha256>,
    public: RsaPublicKey,
    #[cfg(feature = "aws-lc-rs")]
    pair: aws_lc_rs::signature::RsaKeyPair,
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({} bits)", self.public.n().bits())
    }
}

impl PrivateKey {
    /// Reads a key from PEM: PKCS#8 or PKCS#1, with or without its BEGIN and END lines, a byte order mark, CRLF, and
    /// lines of any width.
    ///
    /// # Errors
    /// [`KeyError`], which names what was found instead.
    ///
    /// # Example
    /// ```
    /// use kaquan_http::keys::PrivateKey;
    ///
    /// let error = PrivateKey::from_pem("-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----").unwrap_err();
    /// assert!(error.to_string().starts_with("found a certificate, wanted RSA private key"));
    /// ```
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let (label, der) = decode_pem(text, PRIVATE)?;
        match label {
            Label::Certificate => return Err(other("a certificate", PRIVATE, "the key is in apiclient_key.pem")),
            Label::Public => return Err(other("a public key", PRIVATE, "the key is in apiclient_key.pem")),
            Label::Encrypted => {
                return Err(other(
                    "an encrypted key",
                    PRIVATE,
                    "decrypt it with `openssl pkey -in key.pem -out plain.pem`",
                ));
            }
            Label::Private | Label::None => {}
        }
        let key = RsaPrivateKey::from_pkcs8_der(&der).or_else(|error| {
            // What PKCS#1 makes of it is told only when it is none of the other things that people paste.
            RsaPrivateKey::from_pkcs1_der(&der).map_err(|_| match label {
                Label::None if RsaPublicKey::from_public_key_der(&der).is_ok() => {
                    other("a public key", PRIVATE, "the key is in apiclient_key.pem")
                }
                _ => KeyError::Malformed { wanted: PRIVATE, reason: error.to_string() },
            })
        })?;
        Self::new(key)
    }

    /// Reads a key from a PEM file.
    ///
    /// # Errors
    /// [`KeyError`], likewise.
    pub fn from_file(path: &Path) -> Result<Self, KeyError> {
        Self::from_pem(&read(path)?)
    }

    fn new(key: RsaPrivateKey) -> Result<Self, KeyError> {
        let public = key.to_public_key();
        long_enough(&public)?;
        #[cfg(feature = "aws-lc-rs")]
        let pair = {
            let malformed = |reason: String| KeyError::Malformed { wanted: PRIVATE, reason };
            let der = key.to_pkcs8_der().map_err(|error| malformed(error.to_string()))?;
            aws_lc_rs::signature::RsaKeyPair::from_pkcs8(der.as_bytes())
                .map_err(|error| malformed(error.to_string()))?
        };
        Ok(Self {
            signing: pkcs1v15::SigningKey::new(key),
            public,
            #[cfg(feature = "aws-lc-rs")]
            pair,
        })
    }

    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        PublicKey::new(self.public.clone())
    }

    /// A new key of 2048 bits, for tests and the sandbox.
    ///
    /// # Errors
    /// [`KeyError::Malformed`], when the system gives no randomness.
    pub fn generate() -> Result<(Self, Zeroizing<String>), KeyError> {
        let failed = |reason: String| KeyError::Malformed { wanted: PRIVATE, reason };
        let key = RsaPrivateKey::new(&mut OsRng, 2048).map_err(|error| failed(error.to_string()))?;
        let pem = key.to_pkcs8_pem(rsa::pkcs8::LineEnding::LF).map_err(|error| failed(error.to_string()))?;
        Ok((Self::new(key)?, pem))
    }
}

#[cfg(not(feature = "aws-lc-rs"))]
impl Signer for PrivateKey {
    /// Blinded, so that the time that it takes tells nothing about the key.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        self.sign_with_rsa(message)
    }
}

#[cfg(feature = "aws-lc-rs")]
impl Signer for PrivateKey {
    /// In constant time.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let random = aws_lc_rs::rand::SystemRandom::new();
        let signed = self.pair.sign(&aws_lc_rs::signature::RSA_PKCS1_SHA256, &random, message, &mut signature);
        signed.map(|()| signature).map_err(|error| SigningError(error.to_string()))
    }
}

/// Signs with the pure-Rust backend whatever the features are; for comparison.
impl PrivateKey {
    /// A blinded signature by `rsa`.
    ///
    /// # Errors
    /// [`SigningError`], when blinding fails.
    #[doc(hidden)]
    pub fn sign_with_rsa(&self, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        let signature = self.signing.try_sign_with_rng(&mut OsRng, message);
        signature.map(|signature| signature.to_vec()).map_err(|error| SigningError(error.to_string()))
    }
}

/// A public key.
#[derive(Clone)]
pub struct PublicKey {
    key: RsaPublicKey,
    #[cfg(feature = "aws-lc-rs")]
    parsed: Arc<aws_lc_rs::signature::ParsedPublicKey>,
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} bits)", self.key.n().bits())
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for PublicKey {}

impl PublicKey {
    /// Reads a key from PEM: SubjectPublicKeyInfo or PKCS#1, in the same shapes as private keys.
    ///
    /// # Errors
    /// [`KeyError`], which names what was found instead: a certificate here is most often the merchant's own.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        const HINT: &str = "download the platform's public key (wxp_pub.pem) from the merchant platform";
        let (label, der) = decode_pem(text, PUBLIC)?;
        match label {
            Label::Certificate => return Err(other("a certificate", PUBLIC, HINT)),
            Label::Private | Label::Encrypted => return Err(other("a private key", PUBLIC, HINT)),
            Label::Public | Label::None => {}
        }
        let key = RsaPublicKey::from_public_key_der(&der).or_else(|error| {
            RsaPublicKey::from_pkcs1_der(&der).map_err(|_| match label {
                Label::None if RsaPrivateKey::from_pkcs8_der(&der).is_ok() => other("a private key", PUBLIC, HINT),
                _ => KeyError::Malformed { wanted: PUBLIC, reason: error.to_string() },
            })
        })?;
        long_enough(&key)?;
        Ok(Self::new(key))
    }

    /// Reads a key from a PEM file.
    ///
    /// # Errors
    /// [`KeyError`], likewise.
    pub fn from_file(path: &Path) -> Result<Self, KeyError> {
        Self::from_pem(&read(path)?)
    }

    /// The key as PEM.
    ///
    /// # Errors
    /// [`KeyError::Malformed`], when it cannot be written.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        let pem = self.key.to_public_key_pem(rsa::pkcs8::LineEnding::LF);
        pem.map_err(|error| KeyError::Malformed { wanted: PUBLIC, reason: error.to_string() })
    }

    fn new(key: RsaPublicKey) -> Self {
        #[cfg(feature = "aws-lc-rs")]
        {
            use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
            let der = key.to_public_key_der().map(rsa::pkcs8::Document::into_vec).unwrap_or_default();
            #[expect(
                clippy::expect_used,
                reason = "a key that rsa took, of 2048 bits at least, as SubjectPublicKeyInfo"
            )]
            let parsed = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der).expect("an RSA key is an RSA key");
            Self { key, parsed: Arc::new(parsed) }
        }
        #[cfg(not(feature = "aws-lc-rs"))]
        Self { key }
    }

    /// Is this the signature of SHA-256 over `message`?
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        #[cfg(feature = "aws-lc-rs")]
        {
            self.parsed.verify_sig(message, signature).is_ok()
        }
        #[cfg(not(feature = "aws-lc-rs"))]
        self.verifies_with_rsa(message, signature)
    }

    /// The same with the pure-Rust backend whatever the features are; for comparison.
    #[doc(hidden)]
    #[must_use]
    pub fn verifies_with_rsa(&self, message: &[u8], signature: &[u8]) -> bool {
        let Ok(signature) = pkcs1v15::Signature::try_from(signature) else { return false };
        pkcs1v15::VerifyingKey::<Sha256>::new(self.key.clone()).verify(message, &signature).is_ok()
    }
}

/// The keys that answers may be signed with, by id. Ids are opaque: `PUB_KEY_ID_…`, or the serial of a certificate.
///
/// The set can be replaced whole while it is in use: a verification sees the old set or the new one.
///
/// # Example
/// ```
/// use kaquan_http::keys::{PlatformKeys, PublicKey};
///
/// # let pem = include_str!("../../../tests/keys/platform_public.pem");
/// let key = PublicKey::from_pem(pem)?;
/// let keys = PlatformKeys::new([("PUB_KEY_ID_0100".to_string(), key.clone())]);
/// keys.replace([("PUB_KEY_ID_0101".to_string(), key)]);
/// assert_eq!(keys.ids(), ["PUB_KEY_ID_0101"]);
/// # Ok::<(), kaquan_http::keys::KeyError>(())
/// ```
#[derive(Debug, Default)]
pub struct PlatformKeys {
    keys: RwLock<Arc<BTreeMap<String, PublicKey>>>,
}

impl PlatformKeys {
    /// A set of keys.
    #[must_use]
    pub fn new(keys: impl IntoIterator<Item = (String, PublicKey)>) -> Self {
        Self { keys: RwLock::new(Arc::new(keys.into_iter().collect())) }
    }

    /// Puts another set in the place of this one.
    pub fn replace(&self, keys: impl IntoIterator<Item = (String, PublicKey)>) {
        let keys = Arc::new(keys.into_iter().collect());
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    /// The ids.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        self.now().keys().cloned().collect()
    }

    /// The set as it is now.
    pub(crate) fn now(&self) -> Arc<BTreeMap<String, PublicKey>> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }
}

fn other(found: &'static str, wanted: &'static str, hint: &'static str) -> KeyError {
    KeyError::Other { found, wanted, hint }
}

fn long_enough(key: &RsaPublicKey) -> Result<(), KeyError> {
    match key.n().bits() {
        bits @ ..2048 => Err(KeyError::TooShort { bits }),
        _ => Ok(()),
    }
}

fn read(path: &Path) -> Result<Zeroizing<String>, KeyError> {
    let text = std::fs::read_to_string(path).map(Zeroizing::new);
    text.map_err(|error| KeyError::Unreadable { path: path.display().to_string(), reason: error.to_string() })
}

/// What the BEGIN line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Label {
    Private,
    Public,
    Encrypted,
    Certificate,
    None,
}

/// The bytes between BEGIN and END, or of the whole text when there are no such lines.
fn decode_pem(text: &str, wanted: &'static str) -> Result<(Label, Zeroizing<Vec<u8>>), KeyError> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(KeyError::Empty);
    }
    let (label, body) = match text.split_once("-----BEGIN ").and_then(|(_, rest)| rest.split_once("-----")) {
        None => (Label::None, text),
        Some((name, rest)) => {
            let label = match name {
                _ if name.contains("CERTIFICATE") => Label::Certificate,
                _ if name.contains("ENCRYPTED") => Label::Encrypted,
                _ if name.contains("PRIVATE KEY") => Label::Private,
                _ if name.contains("PUBLIC KEY") => Label::Public,
                _ => return Err(other("PEM of another kind", wanted, "look at its BEGIN line")),
            };
            (label, rest.split_once("-----END").map_or(rest, |(body, _)| body))
        }
    };
    if body.contains("Proc-Type: 4,ENCRYPTED") {
        return Ok((Label::Encrypted, Zeroizing::default()));
    }
    let plain: Zeroizing<String> = Zeroizing::new(body.split_whitespace().collect());
    // A literal `\n` comes from a key that was kept in an environment variable or in JSON.
    let plain = Zeroizing::new(plain.replace("\\n", ""));
    let bytes = BASE64_STANDARD.decode(plain.as_bytes());
    match (bytes, label) {
        (Ok(bytes), label) => Ok((label, Zeroizing::new(bytes))),
        (Err(_), Label::Certificate | Label::Encrypted) => Ok((label, Zeroizing::default())),
        (Err(error), _) => Err(KeyError::Malformed { wanted, reason: format!("its base64 is broken: {error}") }),
    }
}
