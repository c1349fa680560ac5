"""Tables as R's `write.table` writes them: text in quotes, rows with names."""

import pytest
from data_files import write_text

from scratchae.data import load_dataset
from scratchae.errors import DataError

SPECIES = ["red deer", "elk", "red deer", "elk"]
R = {  # what is written, without and with names of rows
    "spaces": ' ', "tabs": "\t", "commas": ",", "semicolons": ";", "more spaces": "  ",
}


def as_r_writes(path, separator, rows=()):
    """`write.table`: text in quotes, and no name above the names of rows."""
    lines = [['"a b"', '"c,d"', '"Species"']]
    for i, species in enumerate(SPECIES):
        lines.append([*rows[i : i + 1], f"{i}.5", f"{i * i}", f'"{species}"'])
    return write_text(path, "".join(separator.join(line) + " \n" for line in lines))


@pytest.mark.parametrize("separator", R.values(), ids=R)
@pytest.mark.parametrize("rows", [
    (), ('"1"', '"2"', '"3"', '"4"'), ('"7"', '"30"', '"5"', '"8"'),
    ('"Mazda RX4"', '"Fiat"', '"a ""big"" one"', '"x y"'),
    ("Ann", "Bob", "Eve", "Tom")])
def test_a_table_as_r_writes_it_is_read(rows, separator, tmp_path):
    dataset = load_dataset(as_r_writes(tmp_path / "t.txt", separator, rows),
                           test_fraction=1, scale="none")
    assert dataset.columns == ("a b", "c,d") and dataset.label == "Species"
    assert dataset.labels[1].tolist() == SPECIES
    assert dataset.x[1].tolist() == [[i + 0.5, i * i] for i in range(4)]
    assert ("the first cell of each row, above which is no name, is left out"
            in dataset.notes) is bool(rows)


@pytest.mark.parametrize("rows", [
    ("1", "1", "2", "3"), ("0.5", "1", "2", "3"), ("1", "", "2", "")])
def test_a_cell_more_that_names_no_row_is_one_too_many(rows, tmp_path):
    with pytest.raises(DataError, match="t.txt, line 2: 4 cells; expected 3, as in"):
        load_dataset(as_r_writes(tmp_path / "t.txt", ",", rows))


def test_a_separator_behind_each_row_is_no_name_of_a_row(tmp_path):
    path = write_text(tmp_path / "t.csv", "a,b\n1,2,\n3,4,\n")
    with pytest.raises(DataError, match="t.csv, line 2: 3 cells; expected 2, as in"):
        load_dataset(path)


@pytest.mark.parametrize("cell, label", [
    ('"a"', "a"), ('"a b"', "a b"), ('"a ""b"""', 'a "b"'), (r'"a \"b\""', 'a "b"'),
    ('a"b', 'a"b'), ('"a"b', '"a"b'), ('"a', '"a')])
def test_quotes_between_spaces_are_those_around_a_cell(cell, label, tmp_path):
    path = write_text(tmp_path / "t.txt", f"x k\n1 {cell}\n2   {cell}  \n 3 c\n")
    dataset = load_dataset(path, test_fraction=1, scale="none")
    assert dataset.labels[1].tolist() == [label, label, "c"]
    assert dataset.x[1].ravel().tolist() == [1, 2, 3]
