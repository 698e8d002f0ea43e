//! Rows that are taken from a driver's stream until there are enough.

use super::{
    row::{Header, Row},
    statement::Value,
};
use futures_core::Stream;
use std::{future::poll_fn, pin::Pin, sync::Arc};

/// The first rows of a stream, until they have about so many bytes. `header` reads the names of the
/// columns from the first row, and `values` the values of each.
pub(super) async fn collect<R, E>(
    mut rows: Pin<Box<dyn Stream<Item = Result<R, E>> + Send + '_>>,
    bytes: usize,
    header: impl Fn(&R) -> Arc<Header> + Send,
    values: impl Fn(&R) -> Result<Vec<Value>, E> + Send,
) -> Result<Vec<Row>, E> {
    let (mut found, mut names, mut size) = (Vec::new(), None, 0_usize);
    while size < bytes
        && let Some(row) = poll_fn(|context| rows.as_mut().poll_next(context)).await
    {
        let row = row?;
        let names: &Arc<Header> = names.get_or_insert_with(|| header(&row));
        let row = Row::new(Arc::clone(names), values(&row)?);
        size = size.saturating_add(row.size());
        found.push(row);
    }
    Ok(found)
}
