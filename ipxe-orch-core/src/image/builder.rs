use super::{Image, ImageError, Layout};

/// Makes boot images. Images of one builder differ in their scripts only.
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
