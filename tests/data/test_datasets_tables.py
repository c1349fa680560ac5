"""Tables in text of any form: names, labels, and what is in the cells."""

import numpy as np
import pytest
from data_files import pixels, write_text

from scratchae.data import load_dataset
from scratchae.errors import DataError

ROWS = [[1.5, 10], [2, 20], [3, 60], [4.25, 30]]
NAMES = ("age", "height of it")


def numbers(dataset):
    """The rows of a table in its own numbers, sorted."""
    rows = np.concatenate([dataset.scaling.restore(x) for x in dataset.x])
    return sorted(np.round(rows, 3).tolist())


def text(separator, *, names=True, decimal=".", end="\n"):
    lines = [[f"{v:g}".replace(".", decimal) for v in row] for row in ROWS]
    lines = ([[*NAMES]] if names else []) + lines
    return end.join(map(separator.join, lines)) + end


FORMATS = {
    "comma": ("t.csv", text(",")),
    "semicolon": ("t.csv", text(";")),
    "decimal comma": ("t.csv", text(";", decimal=",")),
    "tab": ("t.tsv", text("\t")),
    "tab and decimal point": ("t.txt", text("\t")),
    "packed": ("t.csv.gz", text(",")),
    "Windows": ("t.csv", "\ufeff" + text(",", end="\r\n")),
    "blank lines and comments": ("t.csv", "# of 1936\n\n" + text(",", end="\n\n")),
    "quoted": ("t.csv", text(",").replace("height of it", '"height of it"')),
    "blanks": ("t.csv", text(" , ")),
}


@pytest.mark.parametrize("form", FORMATS)
def test_a_table_is_read_in_any_form(form, tmp_path):
    name, content = FORMATS[form]
    dataset = load_dataset(write_text(tmp_path / name, content))
    assert dataset.columns == NAMES and dataset.shape is None
    assert numbers(dataset) == ROWS


@pytest.mark.parametrize("separator", [",", ";", "\t", " ", "   "])
def test_a_first_row_of_numbers_is_a_row(separator, tmp_path):
    dataset = load_dataset(write_text(tmp_path / "t.txt", text(separator, names=False)))
    assert dataset.columns == ("column 0", "column 1") and numbers(dataset) == ROWS


@pytest.mark.parametrize("separator, cell", [
    ("\t", "2,5"), (" ", "2,5"), (",", "2;5"), (";", "1.002,5"), (";", "2,5,1"),
])
def test_a_comma_is_a_decimal_sign_beside_semicolons_only(separator, cell, tmp_path):
    content = f"a b c\n1 2 3\n4 {cell} 6\n".replace(" ", separator)
    with pytest.raises(DataError, match=f"line 3: '{cell}' in column 'b' is not a num"):
        load_dataset(write_text(tmp_path / "t.txt", content))


def test_a_first_row_with_something_missing_is_a_row_too(tmp_path):
    table = write_text(tmp_path / "t.csv", "1,NA\n3,4\n5,6\n")
    dataset = load_dataset(table, missing="mask")
    assert sum(map(len, dataset.x)) == 3
    assert np.isnan(np.concatenate(dataset.x)).sum() == 1


def test_true_and_false_are_numbers(tmp_path):
    dataset = load_dataset(write_text(tmp_path / "t.csv", "a,b\nTrue,2\nfalse,3\n"))
    assert numbers(dataset) == [[0, 3], [1, 2]]


LABELLED = {
    "by its name": "a,species,b\n1,x,2\n3,y,4\n",
    "in capitals": "a,Label,b\n1,x,2\n3,y,4\n",
    "last": "a,b,kind\n1,2,x\n3,4,y\n",
    "first": "kind,a,b\nx,1,2\ny,3,4\n",
    "without names": "1,2,x\n3,4,y\n",
}


@pytest.mark.parametrize("place", LABELLED)
def test_labels_are_found(place, tmp_path):
    # two of each kind, for a column in which all differ names the rows
    lines = LABELLED[place].splitlines(keepends=True)
    content = "".join(lines + lines[-2:])
    dataset = load_dataset(write_text(tmp_path / "t.csv", content))
    assert dataset.classes.tolist() == ["x", "y"]
    assert numbers(dataset) == [[1, 2], [1, 2], [3, 4], [3, 4]]
    both = zip(np.concatenate([dataset.scaling.restore(x) for x in dataset.x]),
               np.concatenate(dataset.labels), strict=True)
    assert all((row[0] > 2) == (label == "y") for row, label in both)


@pytest.mark.parametrize("label", ["kind", "1", "-1"])
def test_a_label_may_be_named_or_counted(label, tmp_path):
    table = write_text(tmp_path / "t.csv", "a,kind\n1,7\n2,8\n3,7\n")
    dataset = load_dataset(table, label=label)
    assert dataset.classes.tolist() == [7, 8] and dataset.columns == ("a",)
    assert load_dataset(table, label="none").columns == ("a", "kind")


@pytest.mark.parametrize("cells, classes", [
    (["none", "big", "?"], ["?", "big", "none"]),
    (["01", "1", "01"], ["01", "1"]),
    (["2.0", "10.0", "2.0"], [2, 10]),
    (["2.000e+00", "-1.000e+01", "2.000e+00"], [-10, 2]),  # as NumPy's savetxt
    (["1e3", "2e3"], ["1e3", "2e3"]),  # may be names; so may what is not whole
    (["9007199254740993.0", "9007199254740992.0"], [2**53, 2**53 + 1]),
])
def test_a_label_is_the_text_of_its_cell_or_a_whole_number(cells, classes, tmp_path):
    rows = [f"{i},{cell}\n" for i, cell in enumerate(cells)]
    table = write_text(tmp_path / "t.csv", "".join(["a,label\n", *rows]))
    assert load_dataset(table).classes.tolist() == classes


def test_a_column_that_counts_or_names_the_rows_is_left_out(tmp_path):
    counted = write_text(tmp_path / "a.csv", ",x,y\n0,5,1\n1,7,0\n2,9,1\n")
    named = write_text(tmp_path / "b.csv", "who,x,y\nAnn,5,1\nBob,7,0\nEve,9,1\n")
    for table in (counted, named):
        dataset = load_dataset(table)
        assert dataset.columns == ("x",) and dataset.classes.tolist() == [0, 1]
        assert "left out" in " ".join(dataset.notes)


@pytest.mark.parametrize("start", ["", "who,x,z,sort\n"])
@pytest.mark.parametrize("rows", [
    ("Ann,5,1,cat", "Bob,7,0,dog", "Eve,9,1,cat"),
    ("cat,5,1,3", "dog,7,0,4", "cat,9,1,6"),
    ("5,1,3,cat", "7,0,4,dog", "9,1,6,cat"),
])
def test_text_at_the_end_is_the_label_and_else_text_at_the_beginning(
    start, rows, tmp_path
):
    table = write_text(tmp_path / "t.csv", start + "\n".join(rows))
    dataset = load_dataset(table)
    texts = sum(map(str.isalpha, rows[0].split(",")))
    assert dataset.classes.tolist() == ["cat", "dog"]
    assert dataset.x[0].shape[1] == 4 - texts


@pytest.mark.parametrize("cell, is_one", [
    ("", False), ("NA", False), ("n/a", False), ("nan", False), ("none", True),
    ("null", True), ("?", True),
])
def test_a_cell_that_lacks_its_label_is_refused_and_none_may_be_a_class(
    cell, is_one, tmp_path
):
    table = write_text(tmp_path / "t.csv", f"a,kind\n1,x\n2,{cell}\n3,y\n")
    if is_one:
        assert cell in load_dataset(table).classes
        return
    with pytest.raises(DataError) as caught:
        load_dataset(table)
    assert str(caught.value) == (
        f"{table}, line 3: {cell!r} in column 'kind' is no label")


@pytest.mark.parametrize("column, stays", [
    ("512", False), ("134", False), ("122", True), ("321", False), ("789", False),
])
def test_a_column_without_a_name_stays_where_a_number_recurs(column, stays, tmp_path):
    rows = "".join(f"{a},{b}\n" for a, b in zip(column, "179", strict=True))
    table = write_text(tmp_path / "t.csv", f",x\n{rows}")
    assert load_dataset(table).columns == (("", "x") if stays else ("x",))


def test_names_that_are_numbers_are_those_of_pandas(tmp_path):
    table = write_text(tmp_path / "t.csv", ",0,1\n0,5,1\n1,7,2\n2,9,4\n")
    dataset = load_dataset(table)
    assert dataset.columns == ("0", "1") and len(numbers(dataset)) == 3


HEADERS = {  # a first row with numbers that is names, and the rows below
    "pandas without an index": (["0", "1", "2"], ["5,1,2", "7,2,2", "9,4,2"]),
    "years beside classes": (["kind", "1990", "1992"], ["x,1,2", "y,3,4", "x,5,6"]),
    "years beside names": (["country", "1990", "1991", "1992"],
                           ["Mali,1,2,5", "Peru,3,4,6", "Oman,7,8,9"]),
    "a number among names": (["age", "5"], ["1,2", "3,4", "5,7"]),
}


@pytest.mark.parametrize("kind", HEADERS)
def test_names_may_be_numbers(kind, tmp_path):
    names, rows = HEADERS[kind]
    table = write_text(tmp_path / "t.csv", "\n".join([",".join(names), *rows]))
    dataset = load_dataset(table)
    assert sum(map(len, dataset.x)) == 3
    assert dataset.columns == tuple(n for n in names if n not in ("kind", "country"))
    assert "line 1 was taken as names of columns, not as a row" in dataset.notes


ROWS_FIRST = {  # a first row that is none
    "its class recurs": "x,1,2\ny,3,4\ny,3,4\nx,5,6\n",
    "it recurs itself": "0,1\n1,1\n0,1\n1,0\n",
    "its second cell is missing": "0,NA\n3,4\n5,6\n7,8\n",
    "all of it is missing": "NA,?\n3,4\n5,6\n7,8\n",
}


@pytest.mark.parametrize("kind", ROWS_FIRST)
def test_a_first_row_that_recurs_or_lacks_a_number_is_a_row(kind, tmp_path):
    table = write_text(tmp_path / "t.csv", ROWS_FIRST[kind])
    dataset = load_dataset(table, missing="mask")
    assert sum(map(len, dataset.x)) == 4 and dataset.columns[-1][:6] == "column"
    assert "line 1" not in " ".join(dataset.notes)


def test_a_first_row_with_the_names_that_are_asked_for_is_names(tmp_path):
    table = write_text(tmp_path / "t.csv", "kind,1992,1990\nx,1,2\ny,3,4\n")
    dataset = load_dataset(table, columns=["1990", "1992"])
    assert numbers(dataset) == [[2, 1], [4, 3]]


@pytest.mark.parametrize("first", ["7,5", "1,2", "1990,1991", "5,5,5", "9,8,7",
                                   "5.5,6.5,7.5", "1,2,4"])
def test_a_first_row_that_could_be_names_is_said_to_be_a_row(first, tmp_path):
    below = ",".join("346"[: first.count(",") + 1])
    table = write_text(tmp_path / "t.csv", f"x,{first}\ny,{below}\nz,{below}\n")
    dataset = load_dataset(table)
    assert sum(map(len, dataset.x)) == 3
    assert "line 1 was taken as a row, not as names of columns" in dataset.notes


def test_no_row_vanishes(tmp_path):
    table = write_text(tmp_path / "t.csv", "id,a,b\n#1,1,2\n#2,3,4\n#3,,\n,,\n")
    dataset = load_dataset(table, missing="mask", label="none")
    assert sum(map(len, dataset.x)) == 4


@pytest.mark.parametrize("rows", ["2020_01,1\n2020_02,2\n2020_03,3\n",
                                  "7,1\n8,1\n2020_01,3\n"])
def test_an_underscore_makes_a_cell_text(rows, tmp_path):
    table = write_text(tmp_path / "t.csv", "month,b\n" + rows)
    if rows[0] == "7":
        with pytest.raises(DataError, match="'2020_01' in column 'month' is not a n"):
            load_dataset(table)
    else:
        assert load_dataset(table).columns == ("b",)


@pytest.mark.parametrize("names", [
    ["label", *(f"pixel{i}" for i in range(64))],  # Kaggle's digits
    [*(f"pixel_{i}_{j}" for i in range(8) for j in range(8)), "target"],  # scikit-learn
    ["label", *(f"{i}x{j}" for i in range(8) for j in range(8))],
])
def test_columns_of_pixels_are_images(names, tmp_path):
    x = pixels(6, 64)
    at = names.index("label" if "label" in names else "target")
    rows = np.insert(x.astype(int), at, [0, 1] * 3, axis=1).tolist()
    content = "\n".join(",".join(map(str, row)) for row in [names, *rows])
    dataset = load_dataset(write_text(tmp_path / "t.csv", content))
    assert dataset.shape == (8, 8) and dataset.columns is None
    assert dataset.classes.tolist() == [0, 1] and dataset.scaling.scale == 255
    assert numbers(dataset) == sorted(x.astype(float).tolist())


def test_columns_are_taken_in_the_order_that_is_asked_for(tmp_path):
    table = write_text(tmp_path / "t.csv", "a,b,c,why\n1,2,3,no\n4,5,6,no\n")
    dataset = load_dataset(table, columns=["c", "a"])
    assert dataset.columns == ("c", "a") and numbers(dataset) == [[3, 1], [6, 4]]


@pytest.mark.parametrize("separator, cell", [("\t", "red; big, old"),
                                             (";", "red, big"), (",", "red big")])
def test_what_stands_in_a_cell_separates_none(separator, cell, tmp_path):
    rows = (("a", "b", "kind"), ("1", "2", cell), ("3", "4", "blue"), ("5", "7", cell))
    rows = rows if separator == "," else rows[1:]  # without names the first row tells
    text = "\n".join(map(separator.join, rows))
    dataset = load_dataset(write_text(tmp_path / "t.csv", text))
    assert dataset.classes.tolist() == ["blue", cell]
    assert dataset.x[0].shape[1] == 2


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("name", ["a\nof all", "a; b", "a, b", "a\tb"])
def test_a_name_in_quotes_separates_none_either(name, separator, tmp_path):
    lines = [f'"{name}"{separator}b', *(f"{i}{separator}{i * i}" for i in range(5))]
    table = write_text(tmp_path / "t.csv", "# a table\n" + "\n".join(lines))
    assert load_dataset(table).columns == (name, "b")
