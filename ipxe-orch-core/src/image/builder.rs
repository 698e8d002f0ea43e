use super::{Image, ImageError, Layout};

/// Makes boot images. [`Layout`] is the implementation for ISO images and disk images.
///
/// # Rules
/// - The image depends on the builder and the script alone: the same script gives the same bytes,
///   on every server. There is no clock and no randomness in it.
/// - Images of one builder differ in [`Image::region`] only, in which the script stands.
/// - A script that does not fit is an error. It is never cut off.
/// - It does not wait. What many images share, such as firmware, is prepared when the builder is
///   made; one builder makes the images of a whole fleet.
/// - The script holds the host's boot secret, so it stands in no error and no log.
pub trait ImageBuilder: Send + Sync {
    /// The image with this script.
    ///
    /// # Errors
    ///
    /// [`ImageError::NotAScript`], [`ImageError::ScriptContainsNul`] or
    /// [`ImageError::ScriptTooLarge`] if an image cannot have this script.
    fn build(&self, script: &str) -> Result<Image, ImageError>;
}

impl ImageBuilder for Layout {
    fn build(&self, script: &str) -> Result<Image, ImageError> {
        Ok(self.plan(script)?.image())
    }
}
