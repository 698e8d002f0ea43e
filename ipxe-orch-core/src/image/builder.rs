use super::{Image, ImageError, Layout};

/// Makes boot images of one medium; the script is all that differs between hosts.
pub trait ImageBuilder: Send + Sync {
    /// The image with this script.
    ///
    /// # Errors
    ///
    /// [`ImageError`] if the script is none, or outgrows its region.
    fn build(&self, script: &str) -> Result<Image, ImageError>;
}

impl ImageBuilder for Layout {
    fn build(&self, script: &str) -> Result<Image, ImageError> {
        Ok(self.plan(script)?.image())
    }
}
