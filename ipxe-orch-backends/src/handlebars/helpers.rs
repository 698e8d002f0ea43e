//! The helpers of expressions. Each is within the budget: this module has all of them, also those
//! that the engine has, because the engine's own know no limit.

use super::budget::Budget;
use ::handlebars::{
    Context, Handlebars, Helper, HelperDef, JsonTruthy as _, PathAndJson, RenderContext,
    RenderError, RenderErrorReason as Reason, ScopedJson,
};
use ipxe_orch_core::profile::TemplateValues;
use serde_json::Value;
use std::{cmp::Ordering, sync::Arc};

/// What a helper gets.
struct Given<'a, 'rc> {
    name: &'static str,
    params: &'a [PathAndJson<'rc>],
    values: &'a TemplateValues,
    budget: &'a Budget,
}

type Make = fn(&Given<'_, '_>) -> Result<Value, Reason>;

const HELPERS: [(&str, Make); 15] = [
    ("lookup", lookup),
    ("len", len),
    ("eq", |given| Ok((given.one(0)? == given.one(1)?).into())),
    ("ne", |given| Ok((given.one(0)? != given.one(1)?).into())),
    ("gt", |given| Ok((order(given)? == Some(Ordering::Greater)).into())),
    ("gte", |given| Ok(order(given)?.is_some_and(Ordering::is_ge).into())),
    ("lt", |given| Ok((order(given)? == Some(Ordering::Less)).into())),
    ("lte", |given| Ok(order(given)?.is_some_and(Ordering::is_le).into())),
    ("and", |given| Ok(given.params.iter().all(|one| one.value().is_truthy(false)).into())),
    ("or", |given| Ok(given.params.iter().any(|one| one.value().is_truthy(false)).into())),
    ("not", |given| Ok((!given.one(0)?.is_truthy(false)).into())),
    ("concat", concat),
    ("default", default),
    ("join", join),
    ("replace", replace),
];

/// The names of all helpers.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    HELPERS.iter().map(|(name, _)| *name)
}

/// Registers all helpers of this module.
pub(super) fn register(
    helpers: &mut Handlebars<'static>,
    values: &Arc<TemplateValues>,
    budget: &Arc<Budget>,
) {
    for (name, make) in HELPERS {
        let (values, budget) = (Arc::clone(values), Arc::clone(budget));
        helpers.register_helper(name, Box::new(Call { name, make, values, budget }));
    }
}

/// A helper that makes one value from its parameters.
struct Call {
    name: &'static str,
    make: Make,
    values: Arc<TemplateValues>,
    budget: Arc<Budget>,
}

impl HelperDef for Call {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        self.budget.call(helper.params())?;
        let (values, budget) = (self.values.as_ref(), self.budget.as_ref());
        let given = Given { name: self.name, params: helper.params(), values, budget };
        let made = (self.make)(&given)?;
        self.budget.made(&made)?;
        Ok(ScopedJson::Derived(made))
    }
}

impl Given<'_, '_> {
    /// The value at this position, which must be there.
    fn one(&self, index: usize) -> Result<&Value, Reason> {
        let found = self.params.get(index).filter(|found| !found.is_value_missing());
        found.map(PathAndJson::value).ok_or(Reason::ParamNotFoundForIndex(self.name, index))
    }
}

/// `lookup A B`: the element B of a list or an object.
fn lookup(given: &Given<'_, '_>) -> Result<Value, Reason> {
    let missing = |index| Reason::ParamNotFoundForIndex(given.name, index);
    let (all, index) = (given.params.first(), given.params.get(1));
    let (all, index) = (all.ok_or_else(|| missing(0))?, index.ok_or_else(|| missing(1))?);
    let found = match all.value() {
        Value::Array(items) => {
            let index = index.value().as_u64().and_then(|index| usize::try_from(index).ok());
            index.and_then(|index| items.get(index))
        }
        Value::Object(all) => index.value().as_str().and_then(|name| all.get(name)),
        _ => None,
    };
    found.cloned().ok_or(Reason::MissingVariable(None))
}

/// `len A`: the number of elements, or of bytes of a text.
fn len(given: &Given<'_, '_>) -> Result<Value, Reason> {
    Ok(match given.one(0)? {
        Value::Array(items) => items.len(),
        Value::Object(all) => all.len(),
        Value::String(text) => text.len(),
        _ => 0,
    }
    .into())
}

/// How the first value compares to the second one. A text that is a number compares with a number.
fn order(given: &Given<'_, '_>) -> Result<Option<Ordering>, Reason> {
    let number = |value: &Value| match value {
        Value::String(text) => text.parse::<serde_json::Number>().ok().map(Value::Number),
        Value::Number(_) => Some(value.clone()),
        _ => None,
    };
    Ok(match (given.one(0)?, given.one(1)?) {
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (a, b) => number(a).zip(number(b)).and_then(|(a, b)| numbers(&a, &b)),
    })
}

fn numbers(a: &Value, b: &Value) -> Option<Ordering> {
    let whole = |value: &Value| {
        let signed = value.as_i64().map(i128::from);
        signed.or_else(|| value.as_u64().map(i128::from))
    };
    match whole(a).zip(whole(b)) {
        Some((a, b)) => Some(a.cmp(&b)),
        None => a.as_f64()?.partial_cmp(&b.as_f64()?),
    }
}

/// `concat A B …`: the texts one after another.
fn concat(given: &Given<'_, '_>) -> Result<Value, Reason> {
    let texts = given.params.iter().map(|param| text(there(param)?));
    Ok(Value::String(texts.collect::<Result<String, _>>()?))
}

/// `default A B`: A, or B if A is missing.
fn default(given: &Given<'_, '_>) -> Result<Value, Reason> {
    let [value, other] = given.params else {
        return Err(refuse("`default` needs a value and a default"));
    };
    let found = there(value).ok().filter(|value| !value.is_null());
    found.map_or_else(|| there(other), Ok).cloned()
}

/// `join LIST SEPARATOR`: the items of a list as one text. No item may contain the separator.
fn join(given: &Given<'_, '_>) -> Result<Value, Reason> {
    let wrong = || refuse("`join` needs a list and a separator");
    let [list, separator] = given.params else { return Err(wrong()) };
    let separator = text(there(separator)?)?;
    let Value::Array(list) = there(list)? else { return Err(wrong()) };
    let items = list.iter().map(text).collect::<Result<Vec<_>, _>>()?;
    for item in items.iter().filter(|_| !separator.is_empty()) {
        if given.values.real(item).map_err(refuse)?.contains(&separator) {
            // A long one is hardly an author's, but a value, which may be secret.
            let shown = if separator.len() > 8 { "…" } else { &separator };
            let why = format!("an item of the list contains the separator `{shown}`");
            return Err(Reason::Other(why));
        }
    }
    Ok(Value::String(items.join(&separator)))
}

/// `replace TEXT A B`: the text with every A replaced by B, as in `{{replace nic.mac ":" "-"}}`.
fn replace(given: &Given<'_, '_>) -> Result<Value, Reason> {
    let [whole, from, to] = given.params else {
        return Err(refuse("`replace` needs a text, what to replace in it, and a replacement"));
    };
    let (whole, from, to) = (text(there(whole)?)?, text(there(from)?)?, text(there(to)?)?);
    if from.is_empty() {
        return Err(refuse("`replace` needs something to replace, not an empty text"));
    }
    // The budget sees the result only after it was made.
    given.budget.fits(whole.matches(&from).count().saturating_mul(to.len()))?;
    Ok(Value::String(whole.replace(&from, &to)))
}

fn there<'a>(param: &'a PathAndJson<'_>) -> Result<&'a Value, Reason> {
    if param.is_value_missing() {
        let path = param.relative_path().map_or("it", String::as_str);
        return Err(Reason::Other(format!("there is no value `{path}`")));
    }
    Ok(param.value())
}

fn text(value: &Value) -> Result<String, Reason> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
        _ => Err(refuse("only texts, numbers, true and false can be joined or changed")),
    }
}

fn refuse(why: &str) -> Reason {
    Reason::Other(why.to_owned())
}
