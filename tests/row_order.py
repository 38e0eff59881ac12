"""Rows come in any order unless a query says which, so tests run with another one than the tables happen to have.

The last sort key of each select is the reverse of the order in which the database meets the rows. A list that counted
on an order which no query asked for is then wrong at once and every time, not once in a hundred runs.
"""

from __future__ import annotations

from sqlalchemy import Select, event, literal_column
from sqlalchemy.orm import ORMExecuteState, Session

_REVERSED = literal_column("row_number() OVER () DESC")


@event.listens_for(Session, "do_orm_execute")
def _reverse(state: ORMExecuteState) -> None:
    """PostgreSQL takes no such key beside DISTINCT, nor while it locks rows."""
    select = state.statement
    if isinstance(select, Select) and not select._distinct and select._for_update_arg is None:
        state.statement = select.order_by(_REVERSED)
