"""Which column, file, folder or row a name means, and which one a message blames."""

import re

import numpy as np
import pytest
from data_files import pixels, write_pictures, write_text

from scratchae.data import load_dataset
from scratchae.errors import DataError
from scratchae.validation import warn_of_far_rows


@pytest.mark.parametrize("short", ["train", "test"])
def test_of_an_archive_the_array_that_has_too_few_labels_is_named(short, tmp_path):
    arrays = {f"{a}_{part}": np.arange(6.0).reshape(-1, 2) if a == "x" else [0, 1, 0]
              for part in ("train", "test") for a in "xy"}
    arrays[f"y_{short}"] = [0, 1]
    np.savez(tmp_path / "x.npz", **arrays)
    said = f"x.npz: x_{short} has 3 items, but its array of labels has 2 labels"
    with pytest.raises(DataError, match=said):
        load_dataset(tmp_path / "x.npz")


@pytest.mark.parametrize("label, column", [("1", 2), ("0", 1), ("2", 0), ("3", 3),
                                           ("-1", 3)])
def test_a_column_that_is_called_like_a_number_goes_before_the_one_that_has_it(
    label, column, tmp_path
):
    rows = [(1, 12, 23, 5), (1, 13, 24, 6), (0, 12, 24, 5), (0, 13, 23, 6)]
    lines = [",".join(map(str, row)) for row in rows]
    table = write_text(tmp_path / "t.csv", "\n".join(["2,0,1,h", *lines, ""]))
    dataset = load_dataset(table, label=label)
    assert dataset.classes.tolist() == sorted({row[column] for row in rows})
    assert dataset.columns == tuple("201h".replace("201h"[column], ""))


@pytest.mark.parametrize("ending", [".npy", ".csv"])
@pytest.mark.parametrize("bad", ["train", "test"])
def test_the_file_that_holds_an_infinity_is_named(bad, ending, tmp_path):
    for part in ("train", "test"):
        x = np.arange(12.0).reshape(6, 2)
        x[4, 1] = np.inf if part == bad else 0
        if ending == ".npy":
            np.save(tmp_path / f"{part}.npy", x)
        else:
            np.savetxt(tmp_path / f"{part}.csv", x, delimiter=",")
    said = f"{bad}.npy: the number in row 4, column 1 is infinite"
    said = said if ending == ".npy" else f"{bad}.csv, line 5: 'inf' in column 1 is not"
    with pytest.raises(DataError, match=said):
        load_dataset(tmp_path / f"train{ending}", test=tmp_path / f"test{ending}")


@pytest.mark.parametrize("folder", ["__MACOSX", "__pycache__", ".hidden"])
def test_what_a_system_puts_beside_the_classes_is_none(folder, tmp_path):
    for name in ("cat", "dog", folder):
        write_pictures(tmp_path / name, pixels(3, 5, 4))
    dataset = load_dataset(tmp_path)
    assert dataset.classes.tolist() == ["cat", "dog"]
    assert sum(map(len, dataset.x)) == 6


@pytest.mark.parametrize("part", [0, 1])
@pytest.mark.parametrize("odd, inside", [(1.0, True), (1.01, False), (-0.01, False)])
def test_numbers_of_both_parts_lie_in_the_unit_interval(odd, inside, part, tmp_path):
    x = [np.tile([0.0, 0.5, 1.0], (4, 1)) for _ in range(2)]
    x[part][2, 1] = odd
    np.savez(tmp_path / "x.npz", x_train=x[0], x_test=x[1])
    assert load_dataset(tmp_path / "x.npz", scale="none").in_unit_interval == inside


@pytest.mark.parametrize("first", ["2020,height,kind", "height,2020,kind"])
def test_one_text_above_numbers_makes_names_whatever_is_below_another(first, tmp_path):
    rows = "1,10,cat\n2,20,dog\n"
    dataset = load_dataset(write_text(tmp_path / "t.csv", f"{first}\n{rows}"))
    assert dataset.columns == tuple(first.split(",")[:2])
    assert sum(map(len, dataset.x)) == 2
    assert "line 1 was taken as names of columns, not as a row" in dataset.notes


@pytest.mark.parametrize("size, cut", [
    ((15, 20), False), ((28, 37), False), ((28, 38), False), ((28, 40), True),
    ((28, 28), True), ((37, 28), True),
])
def test_pictures_of_nearly_the_shape_that_is_asked_for_are_not_said_to_be_cut(
    size, cut, tmp_path
):
    """Of 3 : 4 the nearest whole numbers are as good as can be, upright or not."""
    for name, shape, asked in ("a", (30, 40), size), ("b", (40, 30), size[::-1]):
        folder = write_pictures(tmp_path / name, pixels(3, *shape))
        notes = load_dataset(folder, size=asked).notes
        assert ("3 of another shape cut to their middle" in notes) == cut


@pytest.mark.parametrize("n, dots", [(7, ""), (8, ""), (9, ", ...")])
def test_eight_columns_are_all_named_where_a_label_is_none_of_them(n, dots, tmp_path):
    names = [f"name{i}" for i in range(n)]
    lines = [names, *([str(i * j) for i in range(n)] for j in (1, 2, 3))]
    table = write_text(tmp_path / "t.csv", "\n".join(map(",".join, lines)) + "\n")
    listed = re.escape(", ".join(names[:8]) + dots)
    with pytest.raises(DataError, match=f"no such column, but {listed}$"):
        load_dataset(table, label="zzz")


@pytest.mark.parametrize("n, dots", [(4, ""), (5, ""), (6, ", ...")])
def test_five_rows_that_are_not_finite_are_all_named(n, dots):
    values = np.zeros(9)
    values[[8, 1, 3, 4, 6, 7][:n]] = np.nan
    listed = ", ".join(map(str, np.flatnonzero(np.isnan(values))[:5])) + dots
    said = f"M: the code is not finite in row {re.escape(listed)} \\({n} of 9\\)"
    with pytest.warns(RuntimeWarning, match=said):
        warn_of_far_rows(values, "the code", "M")
