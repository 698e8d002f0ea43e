//! Compiles a text to a template in which every expression goes through the helper that writes
//! values.

use super::scan::scan;
use ::handlebars::{
    Template,
    template::{HelperTemplate, Parameter, Subexpression, TemplateElement},
};
use std::mem;

/// The helper that writes a value. No author can call it, because it is not in [`HELPERS`].
pub(super) const VALUE: &str = "value";
/// The helper that counts the rounds of a loop.
pub(super) const TICK: &str = "tick";

const BLOCKS: [&str; 4] = ["if", "unless", "each", "with"];
const HELPERS: [&str; 15] = [
    "lookup", "len", "eq", "ne", "gt", "gte", "lt", "lte", "and", "or", "not", "concat", "default",
    "join", "replace",
];

/// The compiled template, or a message with the line and the mistake.
pub(super) fn compile(text: &str) -> Result<Template, String> {
    let at = |line: usize, why: &dyn std::fmt::Display| format!("line {line}: {why}");
    scan(text).map_err(|(line, why)| at(line, &why))?;
    let mut template = Template::compile(text).map_err(|error| match error.pos() {
        Some((line, _)) => at(line, error.reason()),
        None => error.reason().to_string(),
    })?;
    rewrite(&mut template).map_err(|(line, why)| at(line, &why))?;
    Ok(template)
}

type Wrong = (usize, String);

fn rewrite(template: &mut Template) -> Result<(), Wrong> {
    let lines: Vec<usize> = template.mapping.iter().map(|mapping| mapping.0).collect();
    for (index, element) in template.elements.iter_mut().enumerate() {
        let line = lines.get(index).copied().unwrap_or(1);
        match element {
            TemplateElement::RawString(_) | TemplateElement::Comment(_) => {}
            TemplateElement::Expression(tag) => {
                through_value(tag);
                known_helpers(&tag.params).map_err(|why| (line, why))?;
            }
            TemplateElement::HelperBlock(tag) => block(tag, line)?,
            _ => return Err((line, "only values and blocks are allowed".to_owned())),
        }
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

fn block(tag: &mut HelperTemplate, line: usize) -> Result<(), Wrong> {
    let name = name(&tag.name).unwrap_or_default().to_owned();
    if !BLOCKS.contains(&name.as_str()) {
        let known = BLOCKS.join(", ");
        return Err((line, format!("`#{name}` is not a block: the blocks are {known}")));
    }
    if !tag.hash.is_empty() {
        return Err((line, format!("`#{name}` accepts no `key=value`")));
    }
    known_helpers(&tag.params).map_err(|why| (line, why))?;
    for inner in [&mut tag.template, &mut tag.inverse].into_iter().flatten() {
        rewrite(inner)?;
    }
    if let Some(body) = tag.template.as_mut().filter(|_| name == "each") {
        body.elements.extend(tick());
    }
    Ok(())
}

/// A call of the helper that counts rounds.
fn tick() -> Option<TemplateElement> {
    Template::compile(&format!("{{{{{TICK}}}}}")).ok()?.elements.pop()
}

fn known_helpers(params: &[Parameter]) -> Result<(), String> {
    for param in params {
        let Parameter::Subexpression(call) = param else { continue };
        let TemplateElement::Expression(call) = call.as_element() else { continue };
        if !call.hash.is_empty() {
            return Err("helpers accept no `key=value`".to_owned());
        }
        // `(path)` is a path in parentheses, but the engine takes it for a helper.
        let name = name(&call.name).unwrap_or_default();
        if !HELPERS.contains(&name) {
            let known = HELPERS.join(", ");
            return Err(format!("`{name}` is not a helper: the helpers are {known}"));
        }
        known_helpers(&call.params)?;
    }
    Ok(())
}

fn name(parameter: &Parameter) -> Option<&str> {
    match parameter {
        Parameter::Name(name) => Some(name),
        _ => parameter.as_name(),
    }
}
