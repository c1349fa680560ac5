"""Tables as spreadsheet programs write them: what is read, and what would mislead."""

import numpy as np
import pytest
from data_files import write_text

from scratchae.data import load_dataset
from scratchae.errors import DataError


def rows(path):
    return load_dataset(path, scale="none", test_fraction=1).x[1].tolist()


@pytest.mark.parametrize("separator, sign", [(";", ","), (";", "."), (",", "."),
                                             ("\t", ".")])
def test_a_line_that_tells_the_separator_is_no_row(separator, sign, tmp_path):
    text = "\r\n".join(["sep=|", "a|b", f"1{sign}5|2", "3|4", ""])
    path = write_text(tmp_path / "t.csv", "\ufeff" + text.replace("|", separator))
    dataset = load_dataset(path, test_fraction=1)
    assert dataset.columns == ("a", "b") and rows(path) == [[1.5, 2], [3, 4]]


@pytest.mark.parametrize("cells, point, comma", [
    (["1.100;2", "3;0,5"], ("1.100", "a", 2), ("0,5", 3)),
    (["1,5;2", "3;1.250"], ("1.250", "b", 3), ("1,5", 2)),
    (["0,25;1.250", "1;2"], ("1.250", "b", 2), ("0,25", 2)),
])
def test_two_decimal_signs_in_a_table_are_refused(cells, point, comma, tmp_path):
    """1.100 beside 0,5 is 1100, which nobody may read as 1.1."""
    path = write_text(tmp_path / "t.csv", "\n".join(["a;b", *cells]) + "\n")
    (cell, column, line), (other, place) = point, comma
    said = (f"line {line}: '{cell}' in column '{column}' is written with a point, and "
            f"'{other}' in line {place} with a comma")
    with pytest.raises(DataError, match=said):
        load_dataset(path)


def test_a_point_in_a_date_is_no_decimal_sign(tmp_path):
    text = "day;a;b\n1.1.2020;1,5;2\n2.1.2020;3;4\n"
    assert rows(write_text(tmp_path / "t.csv", text)) == [[1.5, 2], [3, 4]]


@pytest.mark.parametrize("text, line", [
    ('a,b\n1,x\n2,"y\n3,z\n4,x\n', 3),
    ('a,b\n1,x\n\n2,y\n3,"z', 5),
    ('a b\n1 x\n2 "y\n', None),  # beside spaces a quote is a sign like others
])
def test_a_quote_that_is_not_closed_swallows_no_rows(text, line, tmp_path):
    path = write_text(tmp_path / "t.txt", text)
    if line is None:
        assert rows(path) == [[1], [2]]
        return
    with pytest.raises(DataError, match=f"the quote in line {line} is not closed"):
        load_dataset(path)


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\r", "\n\n"])
def test_a_quote_may_be_closed_where_the_file_ends(end, tmp_path):
    dataset = load_dataset(write_text(tmp_path / "t.csv", f'a,b\n1,x\n2,"y"{end}'),
                           test_fraction=1)
    assert dataset.labels[1].tolist() == ["x", "y"]
    np.testing.assert_array_equal(dataset.x[1].shape, (2, 1))
