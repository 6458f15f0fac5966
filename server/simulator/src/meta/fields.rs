//! `fields=id,name,creative{id,title}`: what a call wants of an object.

use serde_json::{Map, Value};

use super::error::GraphError;

/// One field, with the fields inside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What is wanted of the object behind it.
    pub inside: Vec<Field>,
}

/// Reads a list of fields; what makes no sense ends up in a name that no object has.
pub fn parse(text: &str) -> Vec<Field> {
    let (mut depth, mut begin) = (0_i32, 0);
    let mut pieces = Vec::new();
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                pieces.push(&text[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    pieces.push(&text[begin..]);
    pieces.into_iter().map(str::trim).filter(|piece| !piece.is_empty()).map(field).collect()
}

fn field(piece: &str) -> Field {
    let whole = piece.split_once('{').and_then(|(name, rest)| Some((name, rest.strip_suffix('}')?)));
    match whole {
        // `insights.limit(5){…}` carries parameters in its name.
        Some((name, inside)) => Field { name: plain(name), inside: parse(inside) },
        None => Field { name: plain(piece), inside: Vec::new() },
    }
}

fn plain(name: &str) -> String {
    name.split('.').next().unwrap_or_default().trim().to_owned()
}

/// The wanted fields of an object, and its id; `null` means that the object has the field, but nothing in it.
///
/// # Errors
/// For a field that the object does not have.
pub fn select(object: &Value, wanted: &[Field], node: &str) -> Result<Value, GraphError> {
    let mut chosen = Map::new();
    for field in wanted {
        let Some(value) = object.get(&field.name) else {
            let name = &field.name;
            return Err(GraphError::parameter(format!(
                "Tried accessing nonexisting field ({name}) on node type ({node})"
            )));
        };
        let value = match value {
            Value::Null => continue,
            Value::Object(_) if !field.inside.is_empty() => select(value, &field.inside, &field.name)?,
            other => other.clone(),
        };
        chosen.insert(field.name.clone(), value);
    }
    if let Some(id) = object.get("id") {
        chosen.insert("id".to_owned(), id.clone());
    }
    Ok(Value::Object(chosen))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_are_nested_and_checked() {
        let wanted = parse("name, creative{title,link{url}},empty");
        let object = json!({
            "id": "1", "name": "A", "empty": null, "more": 2,
            "creative": {"id": "9", "title": "T", "body": "B", "link": {"url": "u", "x": 1}},
        });
        let chosen = select(&object, &wanted, "Ad").unwrap();
        let creative = json!({"id": "9", "title": "T", "link": {"url": "u"}});
        assert_eq!(chosen, json!({"id": "1", "name": "A", "creative": creative}));
        assert!(select(&object, &parse("price"), "Ad").is_err());
    }
}
