"""Names that readers know: of labels, of arrays in archives, of pixels, of no number.
"""

from pathlib import Path

import numpy as np
import pytest
from data_files import pixels, write_text

from scratchae.data import load_dataset
from scratchae.errors import DataError


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["label", "labels", "class", "target", "species", "y",
                                  "category", "digit", "Class", "TARGET"])
def test_a_column_of_such_a_name_has_the_labels_wherever_it_stands(name):
    write_text(Path("t.csv"), f"a,{name},b\n1,7,2\n3,8,4\n5,7,6\n6,8,1\n")
    dataset = load_dataset("t.csv")
    assert dataset.label == name and dataset.columns == ("a", "b")
    assert dataset.classes.tolist() == [7, 8]


@pytest.mark.parametrize("name", ["age", "kind", "x", "digits", "classes"])
def test_a_column_of_numbers_with_another_name_has_none(name):
    write_text(Path("t.csv"), f"a,{name},b\n1,7,2\n3,8,4\n5,7,6\n6,8,1\n")
    dataset = load_dataset("t.csv")
    assert dataset.labels is None and dataset.columns == ("a", name, "b")


ARCHIVES = [  # the names of data, labels, test data and test labels
    ("x_train", "y_train", "x_test", "y_test"),
    ("train_images", "train_labels", "test_images", "test_labels"),
    ("x", "y", None, None), ("images", "labels", None, None),
    ("data", "target", None, None), ("data", "labels", None, None),
    ("Data", "TARGET", None, None), ("any", None, None, None),
]


@pytest.mark.parametrize("size", [None, (3, 4)])
@pytest.mark.parametrize("names", ARCHIVES, ids=str)
def test_the_arrays_of_an_archive_have_their_parts_by_their_names(names, size):
    """Others beside them, in any order, change nothing."""
    x, y = np.arange(72.0).reshape(6, 12), np.array([1, 2, 1, 2, 5, 6])
    values = (x[:4], y[:4], x[4:], y[4:]) if names[2] else (x, y, None, None)
    arrays = dict(zip(names, values, strict=True))
    arrays = {n: a for n, a in [*arrays.items()][::-1] if n is not None}
    if len(arrays) > 1:
        arrays |= {"val_images": x[:1], "val_labels": y[:1], "weights": np.eye(3)}
    np.savez("x.npz", **arrays)
    whole = {} if names[2] else {"test_fraction": 1}
    dataset = load_dataset("x.npz", scale="none", size=size, **whole)
    assert dataset.shape == size
    expected = (x[:4], x[4:]) if names[2] else (x[:0], x)
    for found, rows in zip(dataset.x, expected, strict=True):
        np.testing.assert_array_equal(found, rows)
    if names[1]:
        assert np.concatenate(dataset.labels).tolist() == y.tolist()


def test_a_size_of_images_in_colour_is_that_of_their_pixels():
    np.save("x.npy", pixels(4, 3, 5, 3))
    assert load_dataset("x.npy", size=(3, 5)).shape == (3, 5, 3)
    with pytest.raises(DataError, match="size=5x3: the images of x.npy are 3 x 5; "):
        load_dataset("x.npy", size="5x3")


def test_the_last_column_of_an_array_may_be_named_by_its_number():
    x = np.insert(pixels(6, 64), 64, np.arange(6) % 2, axis=1)
    np.save("x.npy", x)
    dataset = load_dataset("x.npy", label="64", test_fraction=1)
    assert dataset.shape == (8, 8) and dataset.labels[1].tolist() == [0, 1] * 3
    for label in ("1", "63", "65", "-2"):
        with pytest.raises(DataError, match=f"label={label}: the label of an array is"):
            load_dataset("x.npy", label=label)


@pytest.mark.parametrize("width", [64, 65])
def test_rows_of_fractions_are_a_table_however_many_they_are(width):
    """Only bytes are taken for images, or for images and a label."""
    np.save("x.npy", np.random.default_rng(0).normal(size=(6, width)))
    dataset = load_dataset("x.npy")
    assert dataset.shape is None and dataset.labels is None
    assert dataset.columns == tuple(f"column {i}" for i in range(width))


@pytest.mark.parametrize("word", ["", " ", "NA", "n/a", "N/A", "nan", "NaN", "null",
                                  "NULL", "none", "None", "?"])
def test_a_word_for_what_is_missing_is_no_number_in_any_case_of_letters(word):
    write_text(Path("t.csv"), f"a,b\n1,2\n3,{word}\n5,6\n")
    with pytest.raises(DataError, match="t.csv lacks 1 number .*: 'b' 1[.]"):
        load_dataset("t.csv")
    x = load_dataset("t.csv", missing="mask", scale="none", test_fraction=1).x[1]
    np.testing.assert_array_equal(x, [[1, 2], [3, np.nan], [5, 6]])


@pytest.mark.parametrize("words", [("true", "false"), ("TRUE", "FALSE"),
                                   ("True", "False")])
def test_true_is_one_and_false_is_zero_in_any_case_of_letters(words):
    write_text(Path("t.csv"), "a,b\n5,{}\n6,{}\n".format(*words))
    x = load_dataset("t.csv", scale="none", test_fraction=1).x[1]
    assert x.tolist() == [[5, 1], [6, 0]]


@pytest.mark.parametrize("form, images", [
    ("pixel{}", True), ("Pixel.{}", True), ("px{}", True), ("px-{}", True),
    ("pixel {}", True), ("pixel_{}_7", True), ("{}x8", True), ("x{}", False),
    ("pixel{}a", False),
])
def test_columns_are_pixels_by_the_names_of_all_of_them(form, images):
    def shape(names):
        np.savetxt("t.csv", pixels(4, 64), "%d", ",", header=",".join(names),
                   comments="")
        return load_dataset("t.csv").shape

    names = [form.format(i) for i in range(64)]
    assert shape(names) == ((8, 8) if images else None)
    assert shape([*names[:-1], "age"]) is None


@pytest.mark.parametrize("low, high", [(0, 1), (0, 2)])
def test_zeros_and_ones_without_names_are_a_table(low, high):
    rows = np.random.default_rng(0).integers(low, high + 1, (6, 64))
    np.savetxt("t.csv", rows, "%d", ",")
    assert (load_dataset("t.csv").shape is None) is (high == 1)


@pytest.mark.parametrize("first", ["", "Unnamed: 0"])
@pytest.mark.parametrize("index, note", [
    ((0, 1, 2), "counts"), ((2, 0, 1), "has no name and numbers"),
    ((90, -7, 8), "has no name and numbers")])
def test_the_index_that_pandas_writes_is_left_out(first, index, note):
    rows = "".join(f"{i},{a}\n" for i, a in zip(index, (5, 7, 4), strict=True))
    write_text(Path("t.csv"), f"{first},a\n{rows}")
    dataset = load_dataset("t.csv")
    assert dataset.columns == ("a",)
    assert dataset.notes[0] == f"the first column {note} the rows and is left out"
    write_text(Path("t.csv"), f"{first},a\n3,5\n")  # of one row nothing is told
    assert load_dataset("t.csv", test_fraction=1).columns == (first, "a")


@pytest.mark.parametrize("text", [
    ",a\n2,5\n0,7\n2,4\n", ",a\n2,5\n0.5,7\n1,4\n", ",a\n2,5\n,7\n1,4\n",
    "b,a\n2,5\n0,7\n1,4\n", "b,\n2,5\n0,7\n1,4\n"])
def test_what_is_no_index_is_kept(text):
    """A number recurs, is no whole one or is missing; or there is a name; or it is not
    the first column."""
    write_text(Path("t.csv"), text)
    assert len(load_dataset("t.csv", missing="mask").columns) == 2


def test_an_index_that_was_written_twice_is_left_out_twice():
    write_text(Path("t.csv"), ",Unnamed: 0,a\n2,4,5\n0,1,7\n1,3,4\n")
    dataset = load_dataset("t.csv")
    assert dataset.columns == ("a",) and dataset.notes[1] == (
        "column 'Unnamed: 0' has no name and numbers the rows and is left out")


def test_what_a_separator_at_the_end_of_each_line_adds_is_no_column():
    write_text(Path("t.csv"), "a;b;\n1;2;\n3;5;\n4;9;\n")
    dataset = load_dataset("t.csv", missing="mask")
    assert dataset.columns == ("a", "b")


def test_a_column_of_numbers_from_0_on_keeps_its_first_row():
    write_text(Path("t.csv"), "0\n1\n2\n5\n")
    dataset = load_dataset("t.csv", test_fraction=1, scale="none")
    assert dataset.x[1].ravel().tolist() == [0, 1, 2, 5]


def test_blanks_around_a_label_and_a_name_are_not_of_it():
    write_text(Path("t.csv"), "a , kind\n1, cat\n2,dog \n3,cat\n")
    dataset = load_dataset("t.csv")
    assert dataset.columns == ("a",) and dataset.classes.tolist() == ["cat", "dog"]


def test_classes_below_zero_are_numbers():
    write_text(Path("t.csv"), "a,target\n1,-1\n2,1\n3,-1\n4,0\n")
    assert load_dataset("t.csv").classes.tolist() == [-1, 0, 1]


@pytest.mark.parametrize("dtype", [bool, np.int8, np.float64, "U3"])
def test_labels_of_an_archive_may_be_of_any_plain_type(dtype):
    y = np.array([0, 1, 1, 0]).astype(dtype)
    np.savez("x.npz", x=np.eye(4), y=y)
    dataset = load_dataset("x.npz", test_fraction=1)
    assert dataset.labels[1].tolist() == [0, 1, 1, 0]
    assert dataset.labels[1].dtype == np.int64


@pytest.mark.parametrize("label, labels", [("1", [7, 8]), ("2", [6, 9]), ("0", [5, 3]),
                                           (2, [7, 8]), (-1, [7, 8])])
def test_a_column_called_like_a_number_is_meant_by_its_name(label, labels):
    write_text(Path("t.csv"), "x,2,1\n5,6,7\n3,9,8\n")
    dataset = load_dataset("t.csv", label=label, test_fraction=1)
    assert dataset.labels[1].tolist() == labels


def test_pixels_and_a_label_of_which_something_was_said_are_no_question(tmp_path):
    """65 grey values and a class in words, or all of them numbers as they are."""
    rows = pixels(4, 65).astype(int).astype(str)
    for name, last in (("said", []), ("words", ["cat", "dog", "cat", "dog"])):
        lines = [",".join([*row, *last[i : i + 1]]) for i, row in enumerate(rows)]
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n")
    words = load_dataset(tmp_path / "words.csv", test_fraction=1, scale="none")
    said = load_dataset(tmp_path / "said.csv", test_fraction=1, scale="none",
                        label="none")
    assert words.labels[1].tolist() == ["cat", "dog"] * 2 and said.labels is None
    for dataset in words, said:
        assert dataset.shape is None
        np.testing.assert_array_equal(dataset.x[1], rows.astype(float))


def test_columns_without_a_name_may_be_several(tmp_path):
    (tmp_path / "t.csv").write_text(",,a\n7,2,3\n5,4,1\n7,9,2\n")
    dataset = load_dataset(tmp_path / "t.csv", test_fraction=1, scale="none")
    assert dataset.columns == ("", "", "a")
    assert dataset.x[1].tolist() == [[7, 2, 3], [5, 4, 1], [7, 9, 2]]


OTHERWISE = [  # names of data, then of labels
    ("x", "labels"), ("x", "targets"), ("X", "Labels"), ("images", "y"),
    ("x", "y_train"), ("data", "label"), ("x_train", "labels"),
    ("x_train", "train_labels"), ("train_images", "classes"),
    ("x_train", "x_test", "labels_train", "test_targets"),
    ("x_train", "x_test", "y_train", "labels_test"),
]


@pytest.mark.parametrize("names", OTHERWISE, ids=str)
def test_labels_of_an_archive_that_cannot_be_others_are_taken(names):
    y, half = np.array([4, 7, 7, 4, 5, 5]), len(names) // 2
    arrays = dict.fromkeys(names[:half], np.arange(72.0).reshape(6, 12))
    arrays |= dict.fromkeys(names[half:], y[:, None])
    np.savez("x.npz", **arrays, weights=y, val_labels=y[:2])
    dataset = load_dataset("x.npz", test_fraction=1)
    assert dataset.labels[1].tolist() == half * y.tolist()
    for name in names[half:]:
        usual = name == "y_train" and "x_train" in names
        assert (f"labels: {name}" in dataset.notes) is not usual
    assert f"{names[-1]} is left out" not in dataset.notes
    assert load_dataset("x.npz", test_fraction=1, label="none").labels is None


@pytest.mark.parametrize("labels", [
    {"labels": np.arange(5)}, {"classes": ["cat", "dog"]}, {"target": np.eye(6)},
    {"target": np.arange(6) / 4}, {"test_labels": np.arange(6)}, {"ids": np.arange(6)},
    {"label": np.full(6, np.nan)}], ids=str)
def test_what_can_be_no_labels_is_left_out_with_a_note(labels):
    np.savez("x.npz", x=np.arange(72.0).reshape(6, 12), **labels)
    dataset = load_dataset("x.npz")
    assert dataset.labels is None
    assert dataset.notes[0] == f"{[*labels][0]} is left out"


def test_no_column_is_a_label_where_an_archive_has_labels_of_its_own(tmp_path):
    x, y = pixels(6, 65), np.arange(6) % 3
    np.savez(tmp_path / "x.npz", x=x, y=y)
    dataset = load_dataset(tmp_path / "x.npz", test_fraction=1)
    assert dataset.labels[1].tolist() == y.tolist() and dataset.x[1].shape == (6, 65)
    with pytest.raises(DataError, match="label=0: .* no columns of which one could be"):
        load_dataset(tmp_path / "x.npz", label=0)


@pytest.mark.parametrize("typed", [0, "0"])
def test_a_label_without_a_name_is_known_by_its_number(typed, tmp_path):
    (tmp_path / "t.csv").write_text("1,7,2\n2,5,4\n1,6,9\n2,8,8\n")
    assert load_dataset(tmp_path / "t.csv", label=typed).label == 0


def test_sixty_five_fractions_are_no_pixels_and_a_label(tmp_path):
    x = np.random.default_rng(0).uniform(2, 9, (4, 65))
    np.savetxt(tmp_path / "t.csv", x, delimiter=",")
    dataset = load_dataset(tmp_path / "t.csv")
    assert dataset.shape is None and dataset.labels is None
