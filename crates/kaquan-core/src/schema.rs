//! The request as JSON Schema 2020-12, from the tables of [`document`](crate::document).
//!
//! The schema says what single members may be and which belong together; what it refuses, [`check`](crate::rules::check)
//! refuses. It does not say everything: rules at warning level, repeated members and positions are beyond it. A
//! member that may be left out may also be `null`, because that is a warning only (KQ007).

use alloc::{string::String, vec::Vec};

use serde_json::{Map, Value, json};

use crate::document::{Class, Field, Kind, Need, PATCH, Shape};

/// The schema of the body of *update stock bundle*.
///
/// # Example
/// ```
/// let schema = kaquan_core::schema::update_stock_bundle();
/// assert_eq!(schema["properties"]["remark"]["maxLength"], 20);
/// ```
#[must_use]
pub fn update_stock_bundle() -> Value {
    let mut schema = Map::new();
    schema.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
    schema.insert("title".into(), "update stock bundle (修改商品券批次组)".into());
    if let Value::Object(mut object) = object(&PATCH) {
        let usage = object.get_mut("properties").and_then(|properties| properties.get_mut("usage_rule_display_info"));
        if let Some(Value::Object(usage)) = usage {
            usage.extend(usage_conditions());
        }
        schema.append(&mut object);
    }
    Value::Object(schema)
}

/// The members of `usage_rule_display_info` that belong together: KQ203 to KQ206.
fn usage_conditions() -> Map<String, Value> {
    let lists = |method: &str| json!({ "contains": { "const": method } });
    let conditions = json!({
        "dependentRequired": {
            "mini_program_appid": ["mini_program_path"],
            "mini_program_path": ["mini_program_appid"],
        },
        "allOf": [
            {
                "if": {
                    "type": "object",
                    "required": ["coupon_usage_method_list"],
                    "properties": { "coupon_usage_method_list": lists("MINI_PROGRAM") },
                },
                "then": { "required": ["mini_program_appid", "mini_program_path"] },
            },
            {
                "if": {
                    "type": "object",
                    "required": ["coupon_usage_method_list"],
                    "properties": {
                        "coupon_usage_method_list": lists("APP"),
                        "app_jump_type": { "const": "H5" },
                    },
                },
                "then": { "required": ["app_path"] },
            },
        ],
    });
    match conditions {
        Value::Object(conditions) => conditions,
        _ => Map::new(),
    }
}

fn object(shape: &Shape) -> Value {
    let properties: Map<String, Value> =
        shape.members.iter().map(|field| (String::from(field.name), member(field))).collect();
    let required: Vec<&str> =
        shape.members.iter().filter(|field| field.need == Need::Required).map(|field| field.name).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn member(field: &Field) -> Value {
    let mut schema = Map::new();
    let or_null = field.need == Need::Optional;
    let mut set = |name: &str, value: Value| {
        schema.insert(name.into(), value);
    };
    set("title", field.title.into());
    match &field.kind {
        Kind::Text(class, length) => {
            set("type", type_name("string", or_null));
            if length.min > 0 {
                set("minLength", length.min.into());
            }
            if let Some(max) = length.max {
                set("maxLength", max.into());
            }
            if *class == Class::RequestNumber {
                set("pattern", "^[0-9A-Za-z_-]*$".into());
            }
        }
        Kind::Word(words) => {
            let null = or_null.then_some(Value::Null);
            set("enum", words.iter().map(|word| Value::from(*word)).chain(null).collect());
        }
        Kind::Words(words) => {
            set("type", type_name("array", or_null));
            set("items", json!({ "enum": words }));
            set("minItems", 1.into());
        }
        Kind::Object(shape) => {
            if let Value::Object(mut object) = object(shape) {
                schema.append(&mut object);
            }
            schema.insert("type".into(), type_name("object", or_null));
        }
    }
    Value::Object(schema)
}

fn type_name(name: &str, or_null: bool) -> Value {
    if or_null { json!([name, "null"]) } else { name.into() }
}
