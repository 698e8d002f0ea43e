//! Helpers that the engine does not have: they join or change texts, or give a default value.

use ::handlebars::{
    Context, Handlebars, Helper, HelperDef, PathAndJson, RenderContext, RenderError,
    RenderErrorReason, ScopedJson,
};
use serde_json::Value;

/// The largest number of bytes that `replace` inserts into a text.
const MAX_REPLACED: usize = 64 * 1024;

/// Registers all helpers of this module.
pub(super) fn register(helpers: &mut Handlebars<'static>) {
    helpers.register_helper("concat", Box::new(Texts(concat)));
    helpers.register_helper("default", Box::new(Texts(default)));
    helpers.register_helper("join", Box::new(Texts(join)));
    helpers.register_helper("replace", Box::new(Texts(replace)));
}

/// A helper that makes one value from its parameters.
struct Texts(fn(&[PathAndJson<'_>]) -> Result<Value, String>);

impl HelperDef for Texts {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let made = (self.0)(helper.params()).map_err(RenderErrorReason::Other)?;
        Ok(ScopedJson::Derived(made))
    }
}

/// `concat A B …`: the texts one after another.
fn concat(params: &[PathAndJson<'_>]) -> Result<Value, String> {
    params.iter().map(|param| text(given(param)?)).collect::<Result<String, _>>().map(Value::String)
}

/// `default A B`: A, or B if A is missing.
fn default(params: &[PathAndJson<'_>]) -> Result<Value, String> {
    let [value, other] = params else {
        return Err("`default` needs a value and a default".to_owned());
    };
    let there = given(value).ok().filter(|value| !value.is_null());
    there.map_or_else(|| given(other), Ok).cloned()
}

/// `join LIST SEPARATOR`: the items of a list as one text. No item may contain the separator.
fn join(params: &[PathAndJson<'_>]) -> Result<Value, String> {
    let [list, separator] = params else {
        return Err("`join` needs a list and a separator".to_owned());
    };
    let separator = text(given(separator)?)?;
    let Value::Array(list) = given(list)? else {
        return Err("`join` needs a list and a separator".to_owned());
    };
    let items = list.iter().map(text).collect::<Result<Vec<_>, _>>()?;
    if !separator.is_empty() && items.iter().any(|item| item.contains(&separator)) {
        return Err(format!("an item of the list contains the separator `{separator}`"));
    }
    Ok(Value::String(items.join(&separator)))
}

/// `replace TEXT A B`: the text with every A replaced by B, as in `{{replace nic.mac ":" "-"}}`.
fn replace(params: &[PathAndJson<'_>]) -> Result<Value, String> {
    let [whole, from, to] = params else {
        return Err("`replace` needs a text, what to replace in it, and a replacement".to_owned());
    };
    let (whole, from, to) = (text(given(whole)?)?, text(given(from)?)?, text(given(to)?)?);
    if from.is_empty() {
        return Err("`replace` needs something to replace, not an empty text".to_owned());
    }
    // Calls of `replace` inside each other could make a text grow without end.
    if whole.matches(&from).count().saturating_mul(to.len()) > MAX_REPLACED {
        return Err(format!("`replace` would write more than {MAX_REPLACED} bytes"));
    }
    Ok(Value::String(whole.replace(&from, &to)))
}

fn given<'a>(param: &'a PathAndJson<'_>) -> Result<&'a Value, String> {
    if param.is_value_missing() {
        let path = param.relative_path().map_or("it", String::as_str);
        return Err(format!("there is no value `{path}`"));
    }
    Ok(param.value())
}

fn text(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
        _ => Err("only texts, numbers, true and false can be joined or changed".to_owned()),
    }
}
