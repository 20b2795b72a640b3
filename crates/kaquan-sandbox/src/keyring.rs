//! The keys of both sides, and the ids that belong to them.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use kaquan_http::{
    identity::Identity,
    keys::{KeyError, PrivateKey, PublicKey},
};
use sha2::{Digest as _, Sha256};

/// The merchant number of the sandbox.
pub const MCHID: &str = "1900000001";

/// Merchant key and platform key, with ids made from them: the same keys have the same ids.
#[derive(Debug)]
pub struct Keyring {
    merchant: PrivateKey,
    merchant_pem: Secret,
    platform: PrivateKey,
    platform_pem: Secret,
    serial_no: String,
    platform_key_id: String,
}

/// A text that is not shown.
struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// Why there is no keyring.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// A key is not one.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A file cannot be read or written.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: String,
        /// Why.
        reason: io::Error,
    },
}

/// Where a keyring's files are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFiles {
    /// The merchant's private key.
    pub private_key: PathBuf,
    /// The platform's public key.
    pub wechatpay_public_key: PathBuf,
    /// The `APIv3` key that callbacks are encrypted with; the sandbox sends none.
    pub apiv3_key: PathBuf,
}

impl Keyring {
    /// New keys.
    ///
    /// # Errors
    /// [`KeyError`], when the system gives no randomness.
    pub fn generate() -> Result<Self, KeyError> {
        let (_, merchant) = PrivateKey::generate()?;
        let (_, platform) = PrivateKey::generate()?;
        Self::from_pem(&merchant, &platform)
    }

    /// Keys that exist: the private keys of both sides.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_pem(merchant: &str, platform: &str) -> Result<Self, KeyError> {
        let (merchant_pem, platform_pem) = (Secret(merchant.into()), Secret(platform.into()));
        let (merchant, platform) = (PrivateKey::from_pem(merchant)?, PrivateKey::from_pem(platform)?);
        let serial_no = digest(&merchant)?.chars().take(40).collect();
        let digits = digest(&platform)?.chars().filter(char::is_ascii_digit).take(24).collect::<String>();
        let platform_key_id = format!("PUB_KEY_ID_01{digits}");
        Ok(Self { merchant, merchant_pem, platform, platform_pem, serial_no, platform_key_id })
    }

    /// Keys of a folder, made when they are absent, readable by their owner alone.
    ///
    /// # Errors
    /// [`KeyringError`].
    pub fn in_folder(folder: &Path) -> Result<(Self, KeyFiles), KeyringError> {
        let failed = |path: &Path| {
            let path = path.display().to_string();
            move |reason| KeyringError::File { path, reason }
        };
        fs::create_dir_all(folder).map_err(failed(folder))?;
        let (merchant, platform) = (folder.join("apiclient_key.pem"), folder.join("wxp_key.pem"));
        for path in [&merchant, &platform] {
            if !path.exists() {
                let (_, pem) = PrivateKey::generate()?;
                write_private(path, &pem).map_err(failed(path))?;
            }
        }
        let read = |path: &Path| fs::read_to_string(path).map_err(failed(path));
        for path in [&merchant, &platform] {
            let unfit = |error: KeyError| failed(path)(io::Error::other(error));
            PrivateKey::from_pem(&read(path)?).map_err(unfit)?;
        }
        let keyring = Self::from_pem(&read(&merchant)?, &read(&platform)?)?;
        let files = KeyFiles {
            private_key: merchant,
            wechatpay_public_key: folder.join("wxp_pub.pem"),
            apiv3_key: folder.join("apiv3_key.txt"),
        };
        let public = keyring.platform_public_pem()?;
        write_private(&files.wechatpay_public_key, &public).map_err(failed(&files.wechatpay_public_key))?;
        if !files.apiv3_key.exists() {
            let key: String = std::iter::repeat_with(fastrand::alphanumeric).take(32).collect();
            write_private(&files.apiv3_key, &key).map_err(failed(&files.apiv3_key))?;
        }
        Ok((keyring, files))
    }

    /// The caller that the sandbox knows.
    ///
    /// # Panics
    /// Never: its texts are digits and letters.
    #[must_use]
    pub fn identity(&self) -> Identity {
        #[expect(clippy::expect_used, reason = "a number and two texts of digits and letters")]
        Identity::partner(MCHID, &self.serial_no, &self.platform_key_id).expect("ids of digits are fit")
    }

    /// The merchant's key.
    #[must_use]
    pub fn merchant(&self) -> &PrivateKey {
        &self.merchant
    }

    /// The merchant's key as PEM, for a client.
    #[must_use]
    pub fn merchant_pem(&self) -> &str {
        &self.merchant_pem.0
    }

    /// The platform's key.
    #[must_use]
    pub fn platform(&self) -> &PrivateKey {
        &self.platform
    }

    /// The platform's key as PEM.
    #[must_use]
    pub fn platform_pem(&self) -> &str {
        &self.platform_pem.0
    }

    /// The platform's public key as PEM, for a client.
    ///
    /// # Errors
    /// [`KeyError`], when it cannot be written.
    pub fn platform_public_pem(&self) -> Result<String, KeyError> {
        self.platform.public_key().to_pem()
    }

    /// The platform's public key.
    #[must_use]
    pub fn platform_public(&self) -> PublicKey {
        self.platform.public_key()
    }
}

/// Upper-case hexadecimal digits of the public half.
fn digest(key: &PrivateKey) -> Result<String, KeyError> {
    let pem = key.public_key().to_pem()?;
    let digits = |byte: &u8| [byte >> 4, byte & 15].map(|half| char::from_digit(half.into(), 16).unwrap_or('0'));
    Ok(Sha256::digest(pem.as_bytes()).iter().flat_map(digits).collect::<String>().to_uppercase())
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}
