"""No table can be forgotten when a record ends: every id and every column says what becomes of it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.keeping.erasing import blank_values
from app.keeping.readable import GROUPS
from app.keeping.rows import ABOUT_MANY, NAMES_A_ROW, NAMES_NOBODY, OF_THE_SAME_ROW, STAYS_BLANK, keys_of, tables
from app.models import metadata
from tenants.erase import Erase


def reached() -> set[str]:
    """The tables whose rows may be a case's."""
    found = {"referral", "person", "learner_account", "stored_file", ABOUT_MANY} | {name for name, _id in NAMES_A_ROW}
    while True:
        more = {t.name for t in tables().values() for _c, target in keys_of(t) if target in found - {"stored_file"}}
        if more <= found:
            return found
        found |= more


@pytest.mark.proves("CD-5")
def test_every_id_is_a_key_or_says_whom_it_names():
    unknown = []
    for table in tables().values():
        keys = {column.name for column, _target in keys_of(table)} | {"id", "court_id"}
        for column in table.columns:
            place = (table.name, column.name)
            known = column.name in keys | NAMES_NOBODY or place in NAMES_A_ROW or place in OF_THE_SAME_ROW
            if isinstance(column.type, sa.Uuid) and not known:
                unknown.append(".".join(place))
    assert unknown == [], "add them to app/keeping/rows.py: do they name a row of a case?"


@pytest.mark.proves("CD-5")
def test_every_table_of_a_case_can_be_read_and_blanked():
    listed = {name for _title, names in GROUPS for name in names}
    assert reached() - listed == set(), "add them to GROUPS of app/keeping/readable.py"
    assert listed - reached() == {"audit_event", "audit_detail"}
    for name in STAYS_BLANK:
        table = metadata.tables[name]
        for column in table.columns:
            if column.info.get("erase") in (Erase.CLEAR, Erase.ROW):
                assert column.name in blank_values(table)
