//! Mocks of the parts of an orchestrator, its store apart.

use crate::{
    auth::{AccessRequest, Authorizer, Decision, Granted, Record},
    digest::Digest,
    error::StoreError,
    ids::KeyId,
    image::{Image, ImageBuilder, ImageError},
    keys::{Key, KeyProvider, Purpose},
    media::{MediaFault, MediaFile, MediaLibrary, Offers},
    orchestrator::EventSink,
    profile::{PinnedMedia, RenderError, Rendered, ScriptRenderer, Syntax, TemplateValues},
    stores::BootEvent,
};
use async_trait::async_trait;
use mockall::mock;

// `mock!` cannot write an asynchronous method whose argument hides a lifetime, as `Option<&str>`
// does. Such a trait is implemented here, by methods of the same names that a test prescribes.

mock! {
    /// Decides as a test says.
    pub Authorizer {
        /// [`Authorizer::decide`].
        pub fn decide<'a>(&self, request: &AccessRequest<'a>) -> Result<Decision, StoreError>;
    }
}

#[async_trait]
impl Authorizer for MockAuthorizer {
    async fn decide(&self, request: &AccessRequest<'_>) -> Result<Decision, StoreError> {
        self.decide(request)
    }
}

mock! {
    /// Expands as a test says; `render` checks the places as always.
    pub ScriptRenderer {}

    impl ScriptRenderer for ScriptRenderer {
        fn expand(
            &self,
            name: &str,
            template: &str,
            syntax: Syntax,
            values: &TemplateValues,
        ) -> Result<Rendered, RenderError>;
    }
}

mock! {
    /// Builds as a test says.
    pub ImageBuilder {}

    impl ImageBuilder for ImageBuilder {
        fn build(&self, script: &str) -> Result<Image, ImageError>;
    }
}

mock! {
    /// Hands out the keys that a test gives it.
    pub KeyProvider {}

    #[async_trait]
    impl KeyProvider for KeyProvider {
        async fn active(&self, purpose: Purpose) -> Result<Key, StoreError>;
        async fn lookup(&self, purpose: Purpose, id: KeyId) -> Result<Option<Key>, StoreError>;
    }
}

mock! {
    /// Has the media that a test gives it.
    pub MediaLibrary {
        /// [`MediaLibrary::contains`].
        pub fn contains(&self, media: &PinnedMedia) -> Result<bool, StoreError>;
        /// [`MediaLibrary::open`].
        pub fn open<'a>(
            &self,
            media: &PinnedMedia,
            inside: Option<&'a str>,
        ) -> Result<Option<MediaFile>, MediaFault>;
        /// [`MediaLibrary::content`].
        pub fn content(&self, digest: &Digest) -> Result<Option<MediaFile>, MediaFault>;
        /// [`MediaLibrary::offers`].
        pub fn offers(&self) -> Result<Offers, MediaFault>;
        /// [`MediaLibrary::check`].
        pub fn check(&self) -> Result<(), MediaFault>;
    }
}

#[async_trait]
impl MediaLibrary for MockMediaLibrary {
    async fn contains(&self, media: &PinnedMedia) -> Result<bool, StoreError> {
        self.contains(media)
    }

    async fn open(
        &self,
        media: &PinnedMedia,
        inside: Option<&str>,
    ) -> Result<Option<MediaFile>, MediaFault> {
        self.open(media, inside)
    }

    async fn content(&self, digest: &Digest) -> Result<Option<MediaFile>, MediaFault> {
        self.content(digest)
    }

    async fn offers(&self) -> Result<Offers, MediaFault> {
        self.offers()
    }

    async fn check(&self) -> Result<(), MediaFault> {
        self.check()
    }
}

mock! {
    /// Takes the events that a test expects.
    pub EventSink {}

    impl EventSink for EventSink {
        fn record(&self, grant: &Granted<Record>, event: BootEvent);
    }
}
