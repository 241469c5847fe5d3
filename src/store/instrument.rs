//! Versions of instruments as stored.

use serde_json::{Value, json};
use sqlx::PgConnection;

use super::error::StoreError;
use super::tenant::{tenant_lock_in_tx, tenant_next_epoch_in_tx};
use crate::engine::satisfaction::instrument::{
    Block, Instrument, InstrumentDraft, Item, Node, NodeContent, Scale,
};
use crate::engine::time::Instant;

const CORRUPT: StoreError = StoreError::Corrupt {
    entity: "instrument",
};

/// A stored version of an instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredInstrument {
    /// The caller's id.
    pub instrument_id: String,
    /// Counts up from 1.
    pub version: i32,
    /// Its content.
    pub instrument: Instrument,
    /// When it was stored.
    pub recorded_at: Instant,
}

/// What became of a definition.
#[derive(Clone, Debug)]
pub enum Defined {
    /// It is a new version.
    Created(StoredInstrument),
    /// The newest version holds the same.
    Same(StoredInstrument),
    /// There are as many instruments, or versions of this one, as there may be.
    Full,
}

/// How many instruments a tenant has, and versions an instrument, at most.
#[derive(Clone, Copy, Debug)]
pub struct InstrumentBounds {
    /// Instruments of a tenant.
    pub instruments_max: usize,
    /// Versions of an instrument.
    pub versions_max: i32,
}

/// A version before its content is read.
pub(super) struct InstrumentRow {
    instrument_id: String,
    version: i32,
    definition: String,
    recorded_at: Instant,
}

/// All versions of a tenant's instruments, by id and version.
pub(super) async fn instruments_of(
    executor: impl sqlx::PgExecutor<'_>,
    tenant_id: &str,
) -> Result<Vec<InstrumentRow>, sqlx::Error> {
    sqlx::query_as!(
        InstrumentRow,
        r#"-- store::instruments_of
        SELECT
            instrument_id, version, definition::text AS "definition!",
            recorded_at AS "recorded_at: Instant"
        FROM instruments
        WHERE tenant_id = $1
        ORDER BY instrument_id, version"#,
        tenant_id,
    )
    .fetch_all(executor)
    .await
}

/// Reads the content of versions.
pub(super) fn instruments_from(
    rows: Vec<InstrumentRow>,
) -> Result<Vec<StoredInstrument>, StoreError> {
    rows.into_iter()
        .map(|row| {
            let draft = from_json(row.instrument_id.clone(), &row.definition).ok_or(CORRUPT)?;
            stored(draft, row.version, row.recorded_at)
        })
        .collect()
}

/// A version of a draft that was checked before it was stored.
fn stored(
    draft: InstrumentDraft,
    version: i32,
    recorded_at: Instant,
) -> Result<StoredInstrument, StoreError> {
    let instrument_id = draft.instrument_id.clone();
    let number = u32::try_from(version).map_err(|_| CORRUPT)?;
    Ok(StoredInstrument {
        instrument_id,
        version,
        instrument: Instrument::new(draft, number).map_err(|_| CORRUPT)?,
        recorded_at,
    })
}

/// Stores the next version of an instrument of a settled tenant, unless its newest is the same.
///
/// # Errors
///
/// When the store does not answer.
pub async fn instrument_define_in_tx(
    connection: &mut PgConnection,
    tenant_id: &str,
    draft: &InstrumentDraft,
    bounds: InstrumentBounds,
) -> Result<Defined, StoreError> {
    tenant_lock_in_tx(&mut *connection, tenant_id).await?;
    let known = instruments_from(instruments_of(&mut *connection, tenant_id).await?)?;
    let newest = known
        .iter()
        .rfind(|known| known.instrument_id == draft.instrument_id);
    if let Some(same) = newest.filter(|newest| newest.instrument.draft() == draft) {
        return Ok(Defined::Same(same.clone()));
    }
    let version = newest.map_or(1, |newest| newest.version + 1);
    let instruments = known.iter().filter(|known| known.version == 1).count();
    if version > bounds.versions_max || (version == 1 && instruments >= bounds.instruments_max) {
        return Ok(Defined::Full);
    }
    let recorded_at = tenant_next_epoch_in_tx(&mut *connection, tenant_id).await?;
    let recorded_at = newest.map_or(recorded_at, |newest| {
        recorded_at.max(newest.recorded_at.plus_micros(1))
    });
    sqlx::query!(
        "-- store::instrument_define_in_tx
        INSERT INTO instruments (tenant_id, instrument_id, version, definition, recorded_at)
        VALUES ($1, $2, $3, $4::text::jsonb, $5)",
        tenant_id,
        draft.instrument_id,
        version,
        to_json(draft),
        recorded_at as _,
    )
    .execute(connection)
    .await?;
    Ok(Defined::Created(stored(
        draft.clone(),
        version,
        recorded_at,
    )?))
}

fn scale_to_json(scale: Scale) -> Value {
    json!({"min": scale.min_thousandths, "max": scale.max_thousandths})
}

fn node_to_json(node: &Node) -> Value {
    let (item_id, children) = match &node.content {
        NodeContent::Item(item_id) => (Some(item_id), &[][..]),
        NodeContent::Children(children) => (None, children.as_slice()),
    };
    json!({
        "name": node.name,
        "weight": node.weight_millionths,
        "item_id": item_id,
        "children": Value::from_iter(children.iter().map(node_to_json)),
    })
}

fn to_json(draft: &InstrumentDraft) -> String {
    let items = draft.items.iter().map(|item| {
        json!({"item_id": item.item_id, "text": item.text, "scale": scale_to_json(item.scale)})
    });
    let blocks = draft
        .blocks
        .iter()
        .map(|block| json!({"name": block.name, "item_ids": block.item_ids}));
    json!({
        "items": Value::from_iter(items),
        "scale": scale_to_json(draft.scale),
        "tree": Value::from_iter(draft.tree.iter().map(node_to_json)),
        "blocks": Value::from_iter(blocks),
        "attributes": draft.attributes,
    })
    .to_string()
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name)?.as_str().map(str::to_owned)
}

fn texts(value: &Value, name: &str) -> Option<Vec<String>> {
    list(value, name, |text| text.as_str().map(str::to_owned))
}

fn list<T>(value: &Value, name: &str, each: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    value.get(name)?.as_array()?.iter().map(each).collect()
}

fn scale_from_json(value: &Value) -> Option<Scale> {
    let scale = value.get("scale")?;
    Some(Scale {
        min_thousandths: scale.get("min")?.as_i64()?,
        max_thousandths: scale.get("max")?.as_i64()?,
    })
}

fn node_from_json(value: &Value) -> Option<Node> {
    let content = match value.get("item_id")?.as_str() {
        Some(item_id) => NodeContent::Item(item_id.to_owned()),
        None => NodeContent::Children(list(value, "children", node_from_json)?),
    };
    Some(Node {
        name: text(value, "name")?,
        weight_millionths: value.get("weight")?.as_i64()?,
        content,
    })
}

fn from_json(instrument_id: String, stored: &str) -> Option<InstrumentDraft> {
    let value: Value = serde_json::from_str(stored).ok()?;
    let item = |value: &Value| {
        Some(Item {
            item_id: text(value, "item_id")?,
            text: text(value, "text")?,
            scale: scale_from_json(value)?,
        })
    };
    let block = |value: &Value| {
        Some(Block {
            name: text(value, "name")?,
            item_ids: texts(value, "item_ids")?,
        })
    };
    Some(InstrumentDraft {
        instrument_id,
        items: list(&value, "items", item)?,
        scale: scale_from_json(&value)?,
        tree: list(&value, "tree", node_from_json)?,
        blocks: list(&value, "blocks", block)?,
        attributes: texts(&value, "attributes")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_come_back_as_they_were() {
        let item = |item_id: &str| Item {
            item_id: item_id.into(),
            text: "why?".into(),
            scale: Scale::whole(1, 5),
        };
        let node = |name: &str, content| Node {
            name: name.into(),
            weight_millionths: 1_000_000,
            content,
        };
        let leaf = node("leaf", NodeContent::Item("a".into()));
        let draft = InstrumentDraft {
            instrument_id: "i".into(),
            items: vec![item("a"), item("b \"quoted\" ä")],
            scale: Scale::whole(20, 100),
            tree: vec![node("n", NodeContent::Children(vec![leaf]))],
            blocks: vec![Block {
                name: "all".into(),
                item_ids: vec!["a".into()],
            }],
            attributes: vec!["region".into()],
        };
        assert_eq!(from_json("i".into(), &to_json(&draft)), Some(draft));
        assert_eq!(from_json("i".into(), "{}"), None);
    }
}
