"""Files are kept whole, by content and court, or not at all."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.storage import FolderStorage, Missing, open_storage

COURT = uuid4()


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    return FolderStorage(tmp_path / "storage")


@given(content=st.binary(max_size=2000))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_put_comes_back(storage: FolderStorage, content: bytes):
    assert storage.get(COURT, storage.put(COURT, content)) == content
    assert storage.put(COURT, content) == storage.put(COURT, content)


@pytest.mark.proves("CO-6")
def test_another_court_does_not_have_it(storage: FolderStorage):
    sha256 = storage.put(COURT, b"an order")
    with pytest.raises(Missing):
        storage.get(uuid4(), sha256)


@pytest.mark.proves("IO-3")
@pytest.mark.parametrize("name", ["../../etc/passwd", "", "a" * 63, "A" * 64, "/" * 64, "." * 64, "0" * 64 + "/../x"])
def test_no_name_leads_out_of_the_folder(storage: FolderStorage, name: str):
    with pytest.raises(Missing):
        storage.get(COURT, name)
    with pytest.raises(Missing):
        storage.delete(COURT, name)


def test_a_damaged_file_is_missing_and_is_mended_by_putting_it_again(storage: FolderStorage):
    sha256 = storage.put(COURT, b"a report")
    file = next(path for path in storage.folder.rglob(sha256))
    file.write_bytes(b"a rep")
    with pytest.raises(Missing):
        storage.get(COURT, sha256)
    assert storage.put(COURT, b"a report") == sha256
    assert storage.get(COURT, sha256) == b"a report"


@pytest.mark.proves("FA-4")
def test_what_can_not_be_kept_is_an_error_and_leaves_nothing(tmp_path: Path):
    blocked = tmp_path / "storage"
    blocked.write_text("a file where the folder should be")
    with pytest.raises(OSError, match="storage"):
        FolderStorage(blocked).put(COURT, b"a report")


def test_nothing_half_written_is_left(storage: FolderStorage):
    storage.put(COURT, b"a report")
    assert list(storage.folder.rglob(".*")) == []


def test_deleting_twice_is_no_error(storage: FolderStorage):
    sha256 = storage.put(COURT, b"a report")
    storage.delete(COURT, sha256)
    storage.delete(COURT, sha256)
    with pytest.raises(Missing):
        storage.get(COURT, sha256)


def test_an_unknown_storage_is_refused():
    with pytest.raises(ValueError, match="unknown scheme"):
        open_storage("s3://bucket")
