"""Every foreign key has an index that begins with it, or stands here with the reason why nobody asks by it."""

from __future__ import annotations

from sqlalchemy import text

# (table, column) or the table that is referred to.
NOT_ASKED_BY = {
    **dict.fromkeys(
        ("usage_unit", "operation_type", "route", "stock", "product", "work_center"),
        "rows of the catalog are never removed",
    ),
    "stored_file": "who names a file is asked once a night, table by table",
    ("charge", "rate_line_id"): "a card is kept for ever; its charges are looked at from their own side",
    ("customer_order", "requester_id"): "people are disabled, never removed",
    ("export_document", "agency_id"): "150 rows a month, found by their month",
    ("job", "requester_id"): "people are disabled, never removed",
    ("journal", "agency_id"): "journals are found by month or by charge",
    ("mailer_id", "agency_id"): "a handful of rows",
    ("usage", "agency_id"): "usage is found by its job or while it is open",
}
_FOREIGN_KEYS = """
SELECT key.conrelid::regclass::text, attname, key.confrelid::regclass::text, EXISTS (
        SELECT FROM pg_index WHERE indrelid = key.conrelid AND indkey[0] = key.conkey[1])
  FROM pg_constraint AS key JOIN pg_attribute ON attrelid = key.conrelid AND attnum = key.conkey[1]
 WHERE key.contype = 'f' AND key.conparentid = 0
"""


def test_every_foreign_key_that_is_asked_by_has_an_index(plant):
    with plant.db.engine.connect() as connection:
        keys = connection.execute(text(_FOREIGN_KEYS)).all()
    missing = {
        (table, column)
        for table, column, other, is_there in keys
        if not is_there and other not in NOT_ASKED_BY
    }
    assert missing == {key for key in NOT_ASKED_BY if isinstance(key, tuple)}


def test_names_are_found_in_the_order_of_their_bytes_whatever_the_collation(plant):
    with plant.db.engine.connect() as connection:
        query = (
            "SELECT attcollation::regcollation::text FROM pg_attribute WHERE attrelid = 'recipient'::regclass"
        )
        assert connection.scalar(text(f"{query} AND attname = 'name_key'")) == '"C"'
