//! Compiles a text to a template in which every expression goes through the helper that writes
//! values.

use super::{helpers::names, scan::scan};
use ::handlebars::{
    Template,
    template::{HelperTemplate, Parameter, Subexpression, TemplateElement},
};
use std::mem;

/// The helper that writes a value. No author can call it, because it is not in [`helpers::names`](names).
pub(super) const VALUE: &str = "value";
/// The helper that counts rounds and blocks.
pub(super) const CHARGE: &str = "charge";

/// The most values in one tag, those of calls in it included.
const MAX_VALUES: usize = 64;
/// The most values in one template.
const MAX_ALL_VALUES: usize = 8_000;
/// The most parts of a path.
const MAX_PARTS: usize = 32;

const BLOCKS: [&str; 4] = ["if", "unless", "each", "with"];

/// The compiled template, or a message with the line and the mistake.
pub(super) fn compile(text: &str) -> Result<Template, String> {
    let at = |line: usize, why: &dyn std::fmt::Display| format!("line {line}: {why}");
    scan(text).map_err(|(line, why)| at(line, &why))?;
    let mut template = Template::compile(text).map_err(|error| match error.pos() {
        Some((line, _)) => at(line, error.reason()),
        None => error.reason().to_string(),
    })?;
    rewrite(&mut template, &mut 0).map_err(|(line, why)| at(line, &why))?;
    Ok(template)
}

type Wrong = (usize, String);

/// Sends each value through the helper that writes it, counts each block, and leaves comments out.
/// `all` is the number of values so far.
fn rewrite(template: &mut Template, all: &mut usize) -> Result<(), Wrong> {
    let (elements, mapping) = (mem::take(&mut template.elements), mem::take(&mut template.mapping));
    let mut places = mapping.into_iter();
    for mut element in elements {
        let place = places.next();
        let line = place.as_ref().map_or(1, |place| place.0);
        match &mut element {
            TemplateElement::RawString(_) => {}
            TemplateElement::Comment(_) => continue,
            TemplateElement::Expression(tag) => {
                through_value(tag);
                check_values(&tag.params, all).map_err(|why| (line, why))?;
            }
            TemplateElement::HelperBlock(tag) => {
                block(tag, line, all)?;
                template.elements.extend(charge(&tag.params));
                template.mapping.extend(place.clone());
            }
            _ => return Err((line, "only values and blocks are allowed".to_owned())),
        }
        template.elements.push(element);
        template.mapping.extend(place);
    }
    Ok(())
}

/// Turns `{{PATH}}` into `{{value PATH}}`, and `{{HELPER ...}}` into `{{value (HELPER ...)}}`.
fn through_value(tag: &mut HelperTemplate) {
    let name = mem::replace(&mut tag.name, Parameter::Name(VALUE.to_owned()));
    let (params, hash) = (mem::take(&mut tag.params), mem::take(&mut tag.hash));
    let value = if params.is_empty() && hash.is_empty() {
        name
    } else {
        Parameter::Subexpression(Subexpression::new(name, params, hash))
    };
    tag.params.push(value);
}

fn block(tag: &mut HelperTemplate, line: usize, all: &mut usize) -> Result<(), Wrong> {
    let name = name(&tag.name).unwrap_or_default().to_owned();
    if !BLOCKS.contains(&name.as_str()) {
        let known = BLOCKS.join(", ");
        return Err((line, format!("`#{name}` is not a block: the blocks are {known}")));
    }
    if !tag.hash.is_empty() {
        return Err((line, format!("`#{name}` accepts no `key=value`")));
    }
    check_values(&tag.params, all).map_err(|why| (line, why))?;
    for inner in [&mut tag.template, &mut tag.inverse].into_iter().flatten() {
        rewrite(inner, all)?;
    }
    if let Some(body) = tag.template.as_mut().filter(|_| name == "each") {
        body.elements.extend(charge(&[]));
    }
    Ok(())
}

/// A call of the helper that counts, with these values.
fn charge(params: &[Parameter]) -> Option<TemplateElement> {
    let mut element = Template::compile(&format!("{{{{{CHARGE} 1}}}}")).ok()?.elements.pop()?;
    if let TemplateElement::Expression(tag) = &mut element {
        tag.params = params.to_vec();
    }
    Some(element)
}

/// Checks the values of one tag, and counts them.
fn check_values(params: &[Parameter], all: &mut usize) -> Result<(), String> {
    let count = known_helpers(params)?;
    *all = all.saturating_add(count);
    if count > MAX_VALUES {
        return Err(format!("a tag may have at most {MAX_VALUES} values, and this has {count}"));
    }
    if *all > MAX_ALL_VALUES {
        return Err(format!("there are more than {MAX_ALL_VALUES} values in all tags together"));
    }
    Ok(())
}

/// Checks the names of helpers and the length of paths. Returns the number of the values.
fn known_helpers(params: &[Parameter]) -> Result<usize, String> {
    let mut count = params.len();
    for param in params {
        let steps = |raw: &str| raw.replace("..", "").matches(['.', '/']).count();
        if param.as_name().is_some_and(|raw| steps(raw) >= MAX_PARTS) {
            return Err(format!("a path has more than {MAX_PARTS} parts"));
        }
        let Parameter::Subexpression(call) = param else { continue };
        let TemplateElement::Expression(call) = call.as_element() else { continue };
        if !call.hash.is_empty() {
            return Err("helpers accept no `key=value`".to_owned());
        }
        // `(path)` is a path in parentheses, but the engine takes it for a helper.
        let name = name(&call.name).unwrap_or_default();
        if !names().any(|known| known == name) {
            let known = names().collect::<Vec<_>>().join(", ");
            return Err(format!("`{name}` is not a helper: the helpers are {known}"));
        }
        count = count.saturating_add(known_helpers(&call.params)?);
    }
    Ok(count)
}

fn name(parameter: &Parameter) -> Option<&str> {
    match parameter {
        Parameter::Name(name) => Some(name),
        _ => parameter.as_name(),
    }
}
