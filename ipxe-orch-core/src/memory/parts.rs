//! Renderer, media library and event sink for tests.

use crate::{
    auth::{Granted, Record},
    media::{MediaFault, MediaFile, MediaLibrary},
    orchestrator::EventSink,
    profile::{
        MediaSource, PinnedMedia, RenderError, Rendered, ScriptRenderer, Syntax, TemplateValues,
    },
    stores::{BootEvent, StoreError},
    work::{GivenUp, Job, WorkError, Workers},
};
use async_trait::async_trait;
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// A renderer that replaces `{{a.b}}` by a value, and can do nothing else.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlainRenderer;

impl ScriptRenderer for PlainRenderer {
    fn expand(
        &self,
        name: &str,
        template: &str,
        syntax: Syntax,
        values: &TemplateValues,
    ) -> Result<Rendered, RenderError> {
        let wrong =
            |why: &str| RenderError::Template { template: name.to_owned(), why: why.to_owned() };
        let mut parts = template.split("{{");
        let text = parts.next().unwrap_or_default().to_owned();
        let mut rendered = Rendered { text, places: Vec::new() };
        for part in parts {
            let (path, rest) = part.split_once("}}").ok_or_else(|| wrong("no }}"))?;
            let pointer = format!("/{}", path.trim().replace('.', "/"));
            let value = values.seen().pointer(&pointer);
            let value = value.ok_or_else(|| wrong(&format!("no value {path}")))?;
            let value = values.write(syntax, value).map_err(|why| RenderError::Value {
                template: name.to_owned(),
                path: path.trim().to_owned(),
                syntax,
                why,
            })?;
            let start = rendered.text.len();
            rendered.places.push(start..start.saturating_add(value.len()));
            rendered.text.push_str(&value);
            rendered.text.push_str(rest);
        }
        Ok(rendered)
    }
}

/// Does each job at once, on the thread that asks for it, without a time limit.
#[derive(Clone, Copy, Debug, Default)]
pub struct InPlace;

#[async_trait]
impl Workers for InPlace {
    async fn run(&self, _: Duration, job: Job) -> Result<(), WorkError> {
        job(&GivenUp::default());
        Ok(())
    }
}

/// A media library that has every file; its content is its path. Trees have every file, too.
#[derive(Clone, Copy, Debug, Default)]
pub struct AllMedia;

#[async_trait]
impl MediaLibrary for AllMedia {
    async fn contains(&self, _media: &PinnedMedia) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn open(
        &self,
        media: &PinnedMedia,
        inside: Option<&str>,
    ) -> Result<Option<MediaFile>, MediaFault> {
        let path = match (&media.source, inside) {
            (MediaSource::File(_), None) => media.source.to_string(),
            (MediaSource::Tree(set), Some(inside)) => format!("{set}/{inside}"),
            _ => return Ok(None),
        };
        Ok(Some(MediaFile::in_memory(path)))
    }
}

/// An event sink that keeps all events, for a test to look at.
#[derive(Debug, Default)]
pub struct EventLog(Mutex<Vec<BootEvent>>);

impl EventLog {
    /// What was recorded since the last call.
    pub fn take(&self) -> Vec<BootEvent> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl EventSink for EventLog {
    fn record(&self, _: &Granted<Record>, event: BootEvent) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }
}
