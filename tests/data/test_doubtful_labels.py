"""Text at an end of a table: labels, names of rows, or numbers with signs."""

from pathlib import Path

import pytest
from data_files import write_text

from scratchae.cli import main
from scratchae.data import described, load_again, load_dataset
from scratchae.errors import DataError


@pytest.fixture(autouse=True)
def folder(tmp_path, plain_backend, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def table(cells, first=True, name="what", path="t.csv"):
    """A table of two columns of numbers, and one of text."""
    names = ",".join([name, "a", "b"] if first else ["a", "b", name])
    rows = [[cell, str(i), str(i * i % 7)][:: 1 if first else -1]
            for i, cell in enumerate(cells)]
    return write_text(Path(path), "\n".join([names, *map(",".join, rows)]) + "\n")


SIGNS = {
    "blanks": [f"{i} 000" for i in range(1, 31)],
    "shares": [f"{i}%" for i in range(30)],
    "money": [f"${i}.50" for i in range(30)], "some plain": ["1 200", *"123456789"],
    "dates": [f"2020-01-{i:02d}" for i in range(1, 31)],
    "ten rows": [f"{i} kg" for i in range(10)], "just more": [*"abcdef", *"aaaaa"],
}


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("cells", SIGNS.values(), ids=SIGNS)
def test_text_that_differs_in_most_rows_is_no_label_unless_it_is_said(cells, first):
    table(cells, first)
    n, classes = len(cells), len({*cells})
    with pytest.raises(DataError) as caught:
        load_dataset("t.csv")
    assert str(caught.value) == (
        f"t.csv, line 2: {cells[0]!r} in column 'what' is not a number, and as labels "
        f"they would be {classes} classes of {n} rows: write numbers without signs, or "
        "leave the column out; if they are classes, label=what says so")
    assert load_dataset("t.csv", label="what").classes.size == classes


@pytest.mark.parametrize("cells, name", [
    ([*"abcdefghi"], "what"), ([*"abcde", *"aabcd"], "what"), (["x"] * 12, "what"),
    ([f"p{i}" for i in range(12)], "species")])
def test_few_rows_or_classes_and_a_known_name_are_labels_as_ever(cells, name):
    table(cells, name=name)
    dataset = load_dataset("t.csv")
    assert dataset.label == name and dataset.classes.size == len({*cells})


@pytest.mark.parametrize("n", [10, 30])
def test_words_that_stand_first_and_all_differ_are_names_of_the_rows(n):
    """As they are where a column of labels stands beside them."""
    cells = [f"p{i}" for i in range(n)]
    table(cells, name="name")
    dataset = load_dataset("t.csv")
    assert dataset.labels is None and dataset.columns == ("a", "b")
    assert "column 'name' names the rows and is left out" in dataset.notes
    assert load_dataset("t.csv", label="name").classes.size == n
    for other in [*cells[:-1], cells[0]], [*cells[:-1], "7"]:
        table(other, name="name")
        with pytest.raises(DataError, match=f"{len({*other})} classes of {n} rows"):
            load_dataset("t.csv")
    table(cells, first=False)
    with pytest.raises(DataError, match=f"{n} classes of {n} rows"):
        load_dataset("t.csv")


@pytest.mark.parametrize("first", ["", "Unnamed: 0"])
@pytest.mark.parametrize("n", [2, 12])
def test_an_index_of_text_is_left_out(first, n):
    table([f"p{i}" for i in range(n)], name=first)
    dataset = load_dataset("t.csv")
    assert dataset.labels is None and dataset.columns == ("a", "b")
    assert f"column {first!r} names the rows and is left out" in dataset.notes
    for rows in 1, 5, 20:
        table([f"q{i}" for i in range(rows)], name=first, path="new.csv")
        assert load_again(described(dataset, {}), "new.csv").x[1].shape == (rows, 2)
        assert len(load_dataset("t.csv", test="new.csv").x[1]) == rows


def test_the_option_is_named_and_data_of_before_are_read_as_then(capsys):
    """A checkpoint that learned from such a table goes on finding its data."""
    table(SIGNS["dates"])
    assert main("train pca --data t.csv --latent 1".split()) == 2
    assert "if they are classes, --label what says so" in capsys.readouterr().err
    dataset = load_dataset("t.csv", label="what")
    about = described(dataset, {})
    assert load_again(about).label == "what"
    Path("t.csv").rename("moved.csv")
    assert [len(x) for x in load_again(about, "moved.csv").x] == [24, 6]
    assert len(load_again(about, "moved.csv", seen=True).x[1]) == 30


def test_rows_of_a_later_file_may_have_names_that_differ():
    write_text(Path("t.csv"), "a,b\n1,2\n3,5\n4,9\n6,6\n")
    about = described(load_dataset("t.csv"), {})
    table(SIGNS["dates"], path="new.csv")
    assert load_again(about, "new.csv").x[1].shape == (30, 2)
