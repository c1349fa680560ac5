"""Damaged files raise our own errors only; `tests/fuzz.py` runs 20 000 of them."""

import pytest
from fuzz import READERS, findings


@pytest.mark.parametrize("reader", READERS)
def test_damaged_files_raise_nothing_but_our_errors(reader, tmp_path):
    files = 400 if reader in ("checkpoint", "idx") else 60  # the others take longer
    assert findings(reader, files=files, seed=1, folder=tmp_path) == []


def test_a_reader_that_raises_something_else_is_found(tmp_path, monkeypatch):
    def careless(path):
        return path.read_bytes()[100_000_000]

    monkeypatch.setitem(READERS, "idx", (*READERS["idx"][:1], careless,
                                         *READERS["idx"][2:]))
    assert len(findings("idx", files=5, seed=1, folder=tmp_path)) == 5
