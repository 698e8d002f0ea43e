//! Lists of hosts, and one host.

use super::{
    super::{
        App,
        body::{Json, Path, Query},
        problem::Problem,
        who::Asked,
    },
    tag,
};
use crate::view::{HostDetailView, HostView, InheritedView};
use axum::{
    extract::State,
    http::header::ETAG,
    response::{IntoResponse, Response},
};
use ipxe_orch_core::{
    auth::Caller,
    host::HostSpec,
    lease::HostState,
    names::{HostName, LabelKey, LabelValue, ProfileName, SiteName},
    orchestrator::ImageState,
    profile::inherited,
    stores::{HostFilter, HostKey, HostRecord},
};
use serde::{Deserialize, Serialize};
use std::{slice, sync::Arc};

/// Which hosts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Wanted {
    site: Option<SiteName>,
    profile: Option<ProfileName>,
    /// `KEY=VALUE`, several joined by commas.
    label: Option<String>,
    state: Option<HostState>,
    /// The beginning of the names.
    name: Option<String>,
    /// The last name of the page before.
    after: Option<HostName>,
    #[serde(default)]
    limit: u32,
}

/// A page of hosts.
#[derive(Serialize)]
pub(in crate::api) struct Page {
    hosts: Vec<HostView>,
    /// What to give as `after` for the next page.
    next: Option<HostName>,
}

impl Wanted {
    fn filter(self) -> Result<HostFilter, Problem> {
        let mut filter = HostFilter::default();
        let labels = self.label.iter().flat_map(|all| all.split(','));
        filter.labels = labels.map(label).collect::<Result<_, _>>()?;
        (filter.site, filter.profile, filter.state) = (self.site, self.profile, self.state);
        (filter.name_prefix, filter.after, filter.limit) = (self.name, self.after, self.limit);
        Ok(filter)
    }
}

fn label(text: &str) -> Result<(LabelKey, LabelValue), Problem> {
    let (key, value) =
        text.split_once('=').ok_or_else(|| Problem::invalid("a label is KEY=VALUE"))?;
    let key = key.parse().map_err(|error| Problem::invalid(format!("{error}")))?;
    let value = value.parse().map_err(|error| Problem::invalid(format!("{error}")))?;
    Ok((key, value))
}

pub(in crate::api) async fn list(
    State(app): State<Arc<App>>,
    asked: Asked,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page>, Problem> {
    let (caller, now) = (asked.caller()?, app.orchestrator.now());
    let page = app.orchestrator.hosts(caller, &wanted.filter()?).await?;
    let images = app.orchestrator.image_states(caller, &page.hosts).await?;
    let pairs = page.hosts.iter().zip(&images);
    let hosts = pairs.map(|(host, image)| HostView::new(host, image, now)).collect();
    Ok(Json(Page { hosts, next: page.next }))
}

pub(in crate::api) async fn show(
    State(app): State<Arc<App>>,
    asked: Asked,
    Path(name): Path<HostName>,
) -> Result<Response, Problem> {
    let caller = asked.caller()?;
    let host = app.orchestrator.host(caller, &HostKey::Name(name)).await?;
    let images = app.orchestrator.image_states(caller, slice::from_ref(&host)).await?.pop();
    let inherited = inherited_values(&app, caller, &host).await?;
    let image = images.unwrap_or(ImageState::None);
    let view = HostDetailView::new(&host, &image, inherited, app.orchestrator.now());
    let mut response = Json(view).into_response();
    response.headers_mut().extend(tag(host.lease.generation).map(|tag| (ETAG, tag)));
    Ok(response)
}

async fn inherited_values(
    app: &App,
    caller: &Caller,
    host: &HostRecord,
) -> Result<Vec<InheritedView>, Problem> {
    let Some(name) = &host.spec.profile else { return Ok(Vec::new()) };
    let Some(version) = app.orchestrator.profile(caller, name).await? else {
        return Ok(Vec::new());
    };
    let defaults = app.orchestrator.defaults(caller, Some(name)).await?;
    let HostSpec { site, values, .. } = &host.spec;
    let inherited = inherited(version.profile(), site.as_ref(), values, &defaults);
    let one = |(name, (of, value))| InheritedView::new(name, value, of);
    Ok(inherited.into_iter().map(one).collect())
}
