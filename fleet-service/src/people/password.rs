//! Passwords: which are taken, and how they are kept.
//!
//! Long ones are taken, whatever they are made of, but for the commonest and those anyone would guess. They are kept as
//! argon2id strings; hashing runs off the threads that serve, few at a time, because each takes 19 MiB and tens of
//! milliseconds on purpose.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

/// Shortest password, characters.
pub const PASSWORD_CHARS_MIN: usize = 12;
/// Longest password, characters.
pub const PASSWORD_CHARS_MAX: usize = 128;
/// Fewest different characters in one.
const DIFFERENT_CHARS_MIN: usize = 5;
/// argon2id: memory, KiB.
const MEMORY_KIB: u32 = 19 * 1024;
/// argon2id: passes over it.
const PASSES: u32 = 2;
/// argon2id: lanes.
const LANES: u32 = 1;
/// Random bytes of a salt.
const SALT_BYTES: usize = 16;
/// Passwords hashed at once.
const AT_ONCE_MAX: usize = 2;
/// Requests that wait for that, beyond which they are told to come again.
const WAITING_MAX: usize = 32;

/// Passwords of the right length that are on everyone's list, in lower case.
const COMMONEST: &[&str] = &[
    "123456789012",
    "1234567890123",
    "12345678901234",
    "123456789123",
    "123123123123",
    "112233445566",
    "1q2w3e4r5t6y",
    "1qaz2wsx3edc",
    "qazwsxedcrfv",
    "qwertyuiop12",
    "qwertyuiop123",
    "qwertyuiopasdf",
    "qwerty123456",
    "qwer1234qwer",
    "asdfghjkl123",
    "zxcvbnm12345",
    "abcdefghijkl",
    "abcdef123456",
    "abcd12345678",
    "abc123456789",
    "a12345678901",
    "aa1234567890",
    "password1234",
    "password12345",
    "password123456",
    "passwordpassword",
    "passw0rd1234",
    "p@ssw0rd1234",
    "p@ssword1234",
    "admin1234567",
    "admin12345678",
    "administrator",
    "administrator1",
    "admin@123456",
    "adminadmin123",
    "root12345678",
    "welcome12345",
    "letmein12345",
    "iloveyou1234",
    "iloveyouforever",
    "changeme1234",
    "changeme12345",
    "woaini123456",
    "woaini1314520",
    "woaini520520",
    "woaini5201314",
    "wojiushiwo123",
    "5201314520131",
    "zhengzhou123",
    "zhengzhou1234",
    "zhengzhou2026",
    "xinmi1234567",
    "chengguan123",
    "chengguan1234",
    "mucktrail123",
    "mucktrail1234",
    "mucktrail2026",
    "correcthorsebatterystaple",
    "huawei@12345",
    "huawei12#$%^",
];

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordError {
    /// Too short.
    #[error(
        "the password has fewer than {PASSWORD_CHARS_MIN} characters: four or five words, in any language, make a good one"
    )]
    Short,
    /// Too long.
    #[error("the password has more than {PASSWORD_CHARS_MAX} characters: shorten it")]
    Long,
    /// Guessed at once.
    #[error(
        "the password is among the first anyone tries: choose words that have nothing to do with each other"
    )]
    Common,
    /// Has the person's own name in it.
    #[error("the password contains your name: choose words others would not connect with you")]
    Name,
}

impl PasswordError {
    /// The same in Chinese.
    pub fn zh(self) -> String {
        match self {
            Self::Short => format!("密码不足{PASSWORD_CHARS_MIN}个字符，建议用四五个互不相干的词组成"),
            Self::Long => format!("密码超过{PASSWORD_CHARS_MAX}个字符，请缩短"),
            Self::Common => "密码过于常见，请换用互不相干的词".to_owned(),
            Self::Name => "密码中含有您的姓名，请换用他人联想不到的词".to_owned(),
        }
    }
}

/// Whether a password may be set by a person of that name.
pub fn check(password: &str, name: &str) -> Result<(), PasswordError> {
    let lower = password.to_lowercase();
    let chars: Vec<char> = lower.chars().collect();
    if chars.len() < PASSWORD_CHARS_MIN {
        return Err(PasswordError::Short);
    }
    if chars.len() > PASSWORD_CHARS_MAX {
        return Err(PasswordError::Long);
    }
    let mut different = chars.clone();
    different.sort_unstable();
    different.dedup();
    let runs_on = chars.windows(2).all(|pair| (pair[1] as i64 - pair[0] as i64).abs() <= 1);
    if different.len() < DIFFERENT_CHARS_MIN || runs_on || COMMONEST.contains(&lower.as_str()) {
        return Err(PasswordError::Common);
    }
    let name = name.trim().to_lowercase();
    if name.chars().count() >= 3 && lower.contains(&name) {
        return Err(PasswordError::Name);
    }
    Ok(())
}

/// Why a password could not be hashed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HashError {
    /// Others wait already.
    #[error("{WAITING_MAX} others wait for their password to be checked: try again in a few seconds")]
    Busy,
    /// The system gives no random numbers.
    #[error("the system gives no random numbers for a salt")]
    Random(#[source] getrandom::Error),
    /// The library refuses.
    #[error("the password cannot be hashed: {0}")]
    Hash(String),
}

/// Hashes and checks passwords, few at a time. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Hasher {
    places: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
}

impl Default for Hasher {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE_MAX)), waiting: Arc::default() }
    }
}

/// Checked when there is no account or no password, so that this takes as long: no password has this hash.
const DECOY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm8gYWNjb3VudCBoYXM$dGhpcyBoYXNoIGJlbG9uZ3MgdG8gbm8gcGFzc3dvcmQ";

impl Hasher {
    /// The PHC string of a password.
    pub async fn hash(&self, password: &str) -> Result<String, HashError> {
        let password = password.to_owned();
        let mut salt = [0; SALT_BYTES];
        getrandom::fill(&mut salt).map_err(HashError::Random)?;
        self.work(move || {
            argon2()?
                .hash_password_with_salt(password.as_bytes(), &salt)
                .map(|hash| hash.to_string())
                .map_err(|e| HashError::Hash(e.to_string()))
        })
        .await
    }

    /// Whether a password is the one of a PHC string. Without one the answer is no, and takes as long.
    pub async fn matches(&self, password: &str, hash: Option<&str>) -> Result<bool, HashError> {
        let password = password.to_owned();
        let (kept, is_there) = (hash.unwrap_or(DECOY).to_owned(), hash.is_some());
        self.work(move || {
            let kept = PasswordHash::new(&kept).map_err(|e| HashError::Hash(e.to_string()))?;
            let right = argon2()?.verify_password(password.as_bytes(), &kept).is_ok();
            Ok(right && is_there)
        })
        .await
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        let waiting = Waiting::enter(&self.waiting)?;
        // Never closed, so a place comes.
        let place =
            Arc::clone(&self.places).acquire_owned().await.map_err(|e| HashError::Hash(e.to_string()))?;
        drop(waiting);
        let worked = tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        });
        worked.await.map_err(|e| HashError::Hash(e.to_string()))?
    }
}

/// One that waits; leaves when dropped, however the request ends.
struct Waiting(Arc<AtomicUsize>);

impl Waiting {
    fn enter(count: &Arc<AtomicUsize>) -> Result<Self, HashError> {
        let waiting = Self(Arc::clone(count));
        if count.fetch_add(1, Ordering::AcqRel) >= WAITING_MAX { Err(HashError::Busy) } else { Ok(waiting) }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

fn argon2() -> Result<Argon2<'static>, HashError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|e| HashError::Hash(e.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_rule(password: &str, expected: Result<(), PasswordError>) {
        assert_eq!(check(password, "王小明"), expected, "{password}");
    }

    #[test]
    fn long_passwords_are_taken_whatever_they_are_made_of_but_not_what_anyone_would_guess() {
        check_rule("short pass!", Err(PasswordError::Short));
        check_rule("骑马过河看花去吧", Err(PasswordError::Short));
        check_rule("骑马过河看花去吧明天再来", Ok(()));
        check_rule("only lower case letters", Ok(()));
        check_rule("aaaaaaaaaaaaaaaa", Err(PasswordError::Common));
        check_rule("12345678901234", Err(PasswordError::Common));
        check_rule("abcdefghijklmnop", Err(PasswordError::Common));
        check_rule("Password1234", Err(PasswordError::Common));
        check_rule("我是王小明你是谁呢朋友啊哈", Err(PasswordError::Name));
        check_rule(&"a1b2c3d4".repeat(16), Ok(()));
        check_rule(&"a1b2c3d4".repeat(17), Err(PasswordError::Long));
    }

    #[test]
    fn every_common_password_would_be_taken_for_its_length() {
        for password in COMMONEST {
            let chars = password.chars().count();
            assert!(chars >= PASSWORD_CHARS_MIN, "{password} is too short to need a line");
            assert_eq!(password.to_lowercase(), **password);
            assert!(check(password, "x").is_err(), "{password}");
        }
    }

    #[tokio::test]
    async fn a_hash_states_its_parameters_and_matches_its_password_alone() {
        let hasher = Hasher::default();
        let hash = hasher.hash("correct horse battery").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(hasher.matches("correct horse battery", Some(&hash)).await.unwrap());
        assert!(!hasher.matches("correct horse batterz", Some(&hash)).await.unwrap());
        assert!(!hasher.matches("correct horse battery", None).await.unwrap());
        assert_ne!(hash, hasher.hash("correct horse battery").await.unwrap());
    }

    #[test]
    fn the_decoy_costs_what_a_real_hash_costs() {
        let decoy = PasswordHash::new(DECOY).unwrap();
        assert_eq!(decoy.params.to_string(), "m=19456,t=2,p=1");
        assert_eq!(decoy.algorithm.as_str(), "argon2id");
    }

    #[tokio::test]
    async fn more_than_may_wait_are_told_to_come_again() {
        let hasher = Hasher::default();
        let _taken = Arc::clone(&hasher.places).acquire_many_owned(AT_ONCE_MAX as u32).await.unwrap();
        let waiting: Vec<_> = (0..WAITING_MAX).map(|_| Waiting::enter(&hasher.waiting).unwrap()).collect();
        assert!(matches!(hasher.matches("x", None).await, Err(HashError::Busy)));
        drop(waiting);
        assert_eq!(hasher.waiting.load(Ordering::Acquire), 0);
    }
}
