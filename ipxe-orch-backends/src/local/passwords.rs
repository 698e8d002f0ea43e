//! Hashes of the passwords of local accounts: Argon2id (RFC 9106).

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{Error, PasswordHasher as _, PasswordVerifier as _, phc},
};
use async_trait::async_trait;
use ipxe_orch_core::{
    access::PasswordHash, access_control::PasswordHasher, auth::Password, stores::StoreError,
    time::Random,
};
use std::{fmt, num::NonZeroUsize, sync::Arc};
use tokio::{sync::Semaphore, task::spawn_blocking};

/// Memory of one hash, in KiB: 64 MiB, as RFC 9106 section 4 recommends where memory is scarce.
const MEMORY: u32 = 64 * 1024;
/// Passes over it.
const PASSES: u32 = 3;
/// Hashes that are computed at the same time. Further ones wait.
const AT_ONCE: usize = 2;

/// Argon2id with 64 MiB and 3 passes; at most two hashes at once, so 128 MiB.
pub struct Passwords {
    random: Arc<dyn Random>,
    method: Argon2<'static>,
    places: Arc<Semaphore>,
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passwords")
    }
}

impl Passwords {
    /// Takes salts from `random`.
    pub fn new(random: Arc<dyn Random>) -> Self {
        Self::with(random, MEMORY, PASSES)
    }

    /// With other costs than those of [`Self::new`], such as low ones for tests.
    ///
    /// Costs that Argon2 does not allow become its defaults.
    pub fn with(random: Arc<dyn Random>, memory_kib: u32, passes: u32) -> Self {
        let params = Params::new(memory_kib, passes, 1, None).unwrap_or_default();
        let method = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let places = NonZeroUsize::new(AT_ONCE).map_or(1, NonZeroUsize::get);
        Self { random, method, places: Arc::new(Semaphore::new(places)) }
    }

    /// Computes on a thread of its own, when there is a place.
    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        let failed =
            |error: Box<dyn std::error::Error + Send + Sync>| StoreError::Unavailable(error);
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|error| failed(error.into()))?;
        let method = self.method.clone();
        let done = spawn_blocking(move || {
            let done = work(&method);
            drop(place);
            done
        });
        done.await.map_err(|error| failed(error.into()))
    }
}

fn corrupt(error: Error) -> StoreError {
    StoreError::Corrupt(format!("the hash of a password cannot be used: {error}"))
}

#[async_trait]
impl PasswordHasher for Passwords {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, StoreError> {
        let mut salt = [0; 16];
        self.random.fill(&mut salt);
        let password = password.clone();
        let hash = self.compute(move |method| {
            let hash: Result<phc::PasswordHash, _> =
                method.hash_password_with_salt(password.reveal().as_bytes(), &salt);
            hash.map(|hash| hash.to_string())
        });
        let hash = hash.await?.map_err(corrupt)?;
        PasswordHash::new(hash).map_err(|error| StoreError::Invalid(error.to_string()))
    }

    async fn compare(&self, password: &Password, hash: &PasswordHash) -> Result<bool, StoreError> {
        let hash = phc::PasswordHash::new(hash.reveal()).map_err(|error| corrupt(error.into()))?;
        if hash.hash.is_none() {
            return Err(corrupt(Error::EncodingInvalid));
        }
        let password = password.clone();
        // The costs are those of the hash, which may be of an earlier version.
        let compared =
            self.compute(move |method| method.verify_password(password.reveal().as_bytes(), &hash));
        match compared.await? {
            Ok(()) => Ok(true),
            Err(Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(corrupt(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::SystemRandom;

    fn passwords() -> Passwords {
        Passwords::with(Arc::new(SystemRandom), 64, 1)
    }

    fn password(text: &str) -> Password {
        Password::new(text.to_owned()).unwrap()
    }

    #[tokio::test]
    async fn only_the_right_password_is_right() {
        let passwords = passwords();
        let right = password(" ? \" < > @ \\ äöü € ");
        let hash = passwords.hash(&right).await.unwrap();
        assert!(hash.reveal().starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{}", hash.reveal());
        assert!(passwords.compare(&right, &hash).await.unwrap());
        for wrong in ["x", " ? \" < > @ \\ äöü €", "? \" < > @ \\ äöü € "] {
            assert!(!passwords.compare(&password(wrong), &hash).await.unwrap(), "{wrong}");
        }
        let again = passwords.hash(&right).await.unwrap();
        assert_ne!(again.reveal(), hash.reveal(), "each hash has a salt of its own");
        let stronger = Passwords::with(Arc::new(SystemRandom), 128, 2);
        assert!(stronger.compare(&right, &hash).await.unwrap(), "an earlier hash still counts");
    }

    #[tokio::test]
    async fn a_hash_of_another_method_is_no_wrong_password() {
        for hash in ["$5$rounds=5000$salt$hash", "$argon2id$v=19$m=64,t=1,p=1$c2FsdA", "$x"] {
            let hash = PasswordHash::new(hash).unwrap();
            let compared = passwords().compare(&password("x"), &hash).await;
            assert!(matches!(compared, Err(StoreError::Corrupt(_))), "{compared:?}");
        }
    }
}
