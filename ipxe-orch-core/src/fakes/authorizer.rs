//! Authorizers that give one answer.

use crate::{
    auth::{AccessRequest, Authorizer, Decision, Scope},
    error::StoreError,
};
use async_trait::async_trait;

/// Nobody may do anything.
#[derive(Clone, Copy, Debug, Default)]
pub struct DenyAll;

#[async_trait]
impl Authorizer for DenyAll {
    async fn decide(&self, _: &AccessRequest<'_>) -> Result<Decision, StoreError> {
        Ok(Decision::Deny)
    }
}

/// Everybody may do everything in one scope.
#[derive(Clone, Debug)]
pub struct AllowWithin(pub Scope);

#[async_trait]
impl Authorizer for AllowWithin {
    async fn decide(&self, _: &AccessRequest<'_>) -> Result<Decision, StoreError> {
        Ok(Decision::Allow(self.0.clone()))
    }
}
