"""Which columns of a later table are those of the training: by name, or by place."""

from pathlib import Path

import numpy as np
import pytest
from data_files import write_text

from scratchae.data import described, load_again, load_dataset
from scratchae.errors import DataError

ROWS = np.array([[1, 50, 900], [2, 70, 800], [5, 60, 700], [3, 40, 600], [4, 20, 500]])


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path, names, rows):
    """A table of whole numbers, with names or ""."""
    head = [names] if names else []
    lines = [",".join(map(str, row)) for row in rows]
    return write_text(Path(path), "\n".join([*head, *lines]) + "\n")


def again(about, path="new.csv"):
    """The numbers of all rows of another file, in the order of the training."""
    dataset = load_again(about, path)
    return dataset.scaling.restore(dataset.x[1]).round(3).tolist()


def trained(names, of_before=False):
    """What a checkpoint remembers of a table, or one of before `named` was kept."""
    write("t.csv", names, ROWS)
    about = described(load_dataset("t.csv"), {})
    return {n: v for n, v in about.items() if not (of_before and n == "named")}


@pytest.mark.parametrize("of_before", [False, True])
@pytest.mark.parametrize("names, others", [
    ("column 1,column 2,column 3", "column 3,column 2,column 1"),
    ("", "column 2,column 1,column 0"),  # made up, as `sample` writes them
    ("a,b,c", "c,b,a")])
def test_names_in_a_header_decide_whatever_they_are(names, others, of_before):
    about, new = trained(names, of_before), ROWS[:3] + 1
    write("new.csv", others, new[:, ::-1])
    assert again(about) == new.tolist()
    beside = np.insert(new[:, ::-1], 0, 7, axis=1)
    write("new.csv", f"z,{others}", beside)
    assert again(about) == new.tolist()


@pytest.mark.parametrize("of_before", [False, True])
@pytest.mark.parametrize("others", ["", "a,b,c", "column 1,column 2,column 3"])
def test_columns_without_names_are_taken_in_their_order(others, of_before):
    about = trained("", of_before)
    write("new.csv", others, ROWS[:3] + 1)
    assert again(about) == (ROWS[:3] + 1).tolist()


@pytest.mark.parametrize("others", ["", "a,b,c", "column 0,column 1,column 2"])
def test_a_column_that_had_a_name_is_not_taken_by_its_place(others):
    about = trained("column 1,column 2,column 3")
    write("new.csv", others, ROWS[:3] + 1)
    with pytest.raises(DataError, match="new.csv lacks . of the 3 columns that are "):
        again(about)


# A first column without a name: an index, unless the training learned from it


INDEX = [7, 2, 9, 4, 0]  # of rows that were shuffled, or of a part of them


def indexed(path, index, rows):
    return write(path, ",a,b,c", np.insert(rows, 0, index, axis=1))


@pytest.mark.parametrize("index", [[0, 1, 2], [30, 10, 20], [5, 5, 5]])
@pytest.mark.parametrize("first", [INDEX, [0, 1, 2, 3, 4]])
def test_an_index_of_the_training_is_none_of_the_columns_of_any_later_file(
        first, index):
    indexed("t.csv", first, ROWS)
    about, new = described(load_dataset("t.csv"), {}), ROWS[:3] + 1
    assert about["columns"] == ["a", "b", "c"]
    for n in 3, 1:  # of one row it could not be told
        indexed("new.csv", index[:n], new[:n])
        assert again(about) == new[:n].tolist()
        assert len(load_dataset("t.csv", test="new.csv").x[1]) == n
    write("new.csv", "a,b,c", new)
    assert again(about) == new.tolist()


@pytest.mark.parametrize("index", [[0, 1, 2], [30, 10, 20]])
def test_a_column_without_a_name_that_was_learned_from_is_looked_at(index):
    indexed("t.csv", [5, 5, 1, 2, 2], ROWS)
    about, new = described(load_dataset("t.csv"), {}), ROWS[:3] + 1
    assert about["columns"] == ["", "a", "b", "c"]
    indexed("new.csv", index, new)
    assert again(about) == np.insert(new, 0, index, axis=1).tolist()
    assert load_dataset("t.csv", test="new.csv").columns == ("", "a", "b", "c")


def test_a_checkpoint_of_before_that_learned_from_an_index_finds_it_again():
    """It was left out only where it ascends by one."""
    indexed("t.csv", INDEX, ROWS)
    dataset = load_dataset("t.csv", columns=["", "a", "b", "c"])
    about = described(dataset, {})
    del about["named"]
    for path in None, "moved.csv":
        np.testing.assert_array_equal(load_again(about, path).x[1], dataset.x[1])
        Path("moved.csv").write_bytes(Path("t.csv").read_bytes())
    assert len(load_again(about, "moved.csv", seen=True).x[1]) == len(ROWS)
    assert load_again(about, test_fraction=0.2).columns == ("", "a", "b", "c")
