"""Tables that stand without row-level security, each with its reason; every other table is behind it, partitions too.

`indicia verify` and tests/store/test_row_security.py compare this with the catalog of the database.
"""

from __future__ import annotations

OPEN_TABLES = {
    "alembic_version": "the number of the schema",
    "audit_head": "count and hash of the audit chain; every scope writes the chain",
    "billing_period": "months of the shop",
    "counter": "the last number given under a name; every scope takes numbers",
    "operation_type": "the catalog: kinds of steps, the same for all",
    "outbox": "keys and ids of steps; every scope asks for steps",
    "plant_stamp": "the mark that database and data folder share",
    "product": "the catalog: what can be ordered, the same for all",
    "rate_card": "prices of the shop, the same for all",
    "rate_line": "prices of the shop, the same for all",
    "route": "the catalog: ways through the plant, the same for all",
    "route_step": "the catalog: ways through the plant, the same for all",
    "shop_profile": "the shop itself",
    "shop_rule": "days, times and limits of the shop, the same for all",
    "step_claim": "keys of steps and who works on them",
    "stock": "the catalog: papers, the same for all",
    "usage_unit": "the catalog: what is charged for, the same for all",
    "verify_mark": "how far the audit chain was verified",
    "stored_file": "hash, size and type of content; whose it is stands in the walled row that names it",
    "work_center": "the catalog: machines and benches, the same for all",
}
