//! Who can sign in, and who has: local accounts, sessions and API tokens. A session and a token
//! keep the person with the groups that the login service told last, so that a request asks nobody.
//! Roles are in [`crate::auth`]; stores keep all of it behind
//! [`AccessStore`](crate::stores::AccessStore), and [`crate::access_control`] is what people meet.

mod account;
mod password_hash;
mod secret;
mod session;
mod token;

pub use account::{Account, AccountKey};
pub use password_hash::{InvalidPasswordHash, PasswordHash};
pub use secret::{NoSecret, SessionSecret, TokenSecret};
pub use session::{EndSessions, Rotation, Session, SessionTouch};
pub use token::{RemoveTokens, Token, TokenTouch};
