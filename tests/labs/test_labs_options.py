"""Options of `scratchae lab`: which mean nothing to which words, and lists."""

import pytest

from scratchae.cli import main
from scratchae.cli.lab import numbers_of

ALL = "file watch solution confusion labs out seed overwrite".split()
VALUES = {"file": "a.py", "labs": "01", "out": "a.csv", "seed": "0"}
TAKEN = {  # words : options that mean something to them
    "start": "", "start 01": "", "": "confusion", "--confusion": "",
    "01 --confusion": "", "01": "file watch solution confusion",
    "export d": "labs overwrite", "grade d": "labs out seed overwrite",
}
IDLE = [(words, option) for words in TAKEN for option in ALL
        if option not in TAKEN[words].split() and f"--{option}" not in words
        and (words, option) != ("", "file")]


@pytest.mark.parametrize("words, option", IDLE)
def test_an_option_that_means_nothing_to_a_word_is_refused(
    words, option, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    typed = ["lab", *words.split(), f"--{option}", *VALUES.get(option, "").split()]
    assert main(typed) == 2
    assert capsys.readouterr().err.startswith(
        f"scratchae: --{option} means nothing ")
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("typed, said", [
    ("export", "lab export: say one folder, as in scratchae lab export DIR"),
    ("grade", "lab grade: say one folder, as in scratchae lab grade DIR"),
    ("grade a b", "lab grade: say one folder, as in scratchae lab grade DIR"),
    ("grade none", "lab grade: there is no folder none"),
    ("grade . --out a.txt", "--out: a.txt should end in .csv"),
    ("grade . --out a", "--out: a should end in .csv"),
])
def test_a_folder_and_a_table_of_grades_are_asked_for(
    typed, said, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    assert main(["lab", *typed.split()]) == 2
    assert capsys.readouterr().err == f"scratchae: {said}\n"


@pytest.mark.parametrize("typed", ["01x", "x01", "1-", "-1", "1--3", "1,,2", "001",
                                   "01 02", "01;02", "start"])
def test_what_is_no_list_of_labs_is_refused_whole(typed):
    with pytest.raises(ValueError) as caught:
        numbers_of(typed)
    assert str(caught.value) == (
        f"--labs: expected such as 01-06 or 01,03, got {typed!r}")
