"""Rows in the order of their file, and columns that are nearly those meant."""

from pathlib import Path

import numpy as np
import pytest
from data_files import pixels, write_pictures, write_text

from scratchae import rows as rows_of_files
from scratchae.data import (
    load_dataset,
)
from scratchae.errors import DataError
from scratchae.rows import MappedRows


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def greys(dataset):
    return np.round(dataset.x[1][:, 0] * 255).tolist()


def test_all_pictures_come_by_their_names_and_class_by_class():
    shades = np.array([9, 3, 7, 1, 8, 2], np.uint8)
    write_pictures(Path("flat"), np.ones((6, 2, 2), np.uint8) * shades[:, None, None])
    assert greys(load_dataset("flat", test_fraction=1)) == shades.tolist()
    for name, some in ("b", shades[:2]), ("a", shades[2:4]), ("c", shades[4:]):
        images = np.ones((2, 2, 2), np.uint8) * some[:, None, None]
        write_pictures(Path("classes") / name, images)
    dataset = load_dataset("classes", test_fraction=1)
    assert greys(dataset) == [7, 1, 9, 3, 8, 2]
    assert dataset.labels[1].tolist() == [*"aabbcc"]


@pytest.mark.parametrize("source", ["x.npy", "x.npz", "t.csv", "idx"])
def test_all_rows_come_in_the_order_of_the_file(source):
    x = np.random.default_rng(0).permutation(40).reshape(20, 2)
    np.save("x.npy", x)
    np.savez("x.npz", data=x, target=x[:, 0])
    np.savetxt("t.csv", np.column_stack([x, x[:, 0]]), "%d", ",", header="a,b,label",
               comments="")
    Path("idx").mkdir()
    head = b"\0\0\x08\3" + b"".join(n.to_bytes(4, "big") for n in (20, 1, 2))
    Path("idx/train-images-idx3-ubyte").write_bytes(head + x.astype("u1").tobytes())
    dataset = load_dataset(source, test_fraction=1)
    np.testing.assert_allclose(dataset.scaling.restore(dataset.x[1]), x, atol=1e-4)
    if dataset.labels:
        np.testing.assert_array_equal(dataset.labels[1], x[:, 0])


@pytest.mark.parametrize("reads", ["at a place", "from where it stands"])
@pytest.mark.parametrize("dtype", ["u1", "<i2", ">i2", ">f4", "<f8", ">f8"])
def test_rows_of_a_file_are_the_same_on_any_system_and_in_any_order_of_bytes(
    dtype, reads, monkeypatch
):
    if reads == "from where it stands":
        monkeypatch.delattr(rows_of_files.os, "preadv", raising=False)
    x = pixels(30, 2, 3).astype(dtype)
    np.save("x.npy", x)
    order = np.r_[7:12, 3, 29, 0:2, 11]
    for at_once in (4, 2**30):
        monkeypatch.setattr(rows_of_files, "AT_ONCE", at_once)
        found = MappedRows(np.load("x.npy", mmap_mode="r"), rows=order)[:]
        np.testing.assert_array_equal(found, x[order].reshape(10, 6))
        assert found.dtype == np.float32 and found.dtype.isnative


# Columns


def test_two_columns_without_a_name_are_no_name_twice():
    write_text(Path("t.csv"), "a;;b;\n1;;2;\n3;;5;\n4;;9;\n")
    assert load_dataset("t.csv", missing="mask").columns == ("a", "b")


def test_a_whole_label_with_a_decimal_comma_is_a_number():
    write_text(Path("t.csv"), "a;label\n1,5;2,0\n2;10\n3,25;2\n")
    dataset = load_dataset("t.csv", test_fraction=1, scale="none")
    assert dataset.labels[1].tolist() == [2, 10, 2]
    assert dataset.x[1].ravel().tolist() == [1.5, 2, 3.25]
    write_text(Path("t.csv"), "a;label\n1,5;2,5\n2;10\n")
    with pytest.raises(DataError, match="line 2: '2,5' in column 'label' is no label"):
        load_dataset("t.csv")


@pytest.mark.parametrize("label, labels", [("c", [3, 6, 9]), (0, [1, 4, 7]),
                                           ("none", None), (None, [3, 6, 9])])
def test_columns_and_their_label_may_both_be_asked_for(label, labels):
    write_text(Path("t.csv"), "a,b,c,class\n1,2,3,3\n4,5,6,6\n7,8,9,9\n")
    dataset = load_dataset("t.csv", label=label, columns=["b"], test_fraction=1,
                           scale="none")
    assert dataset.columns == ("b",) and dataset.x[1].tolist() == [[2], [5], [8]]
    assert labels is None and dataset.labels is None or (
        dataset.labels[1].tolist() == labels)


def test_text_in_a_first_column_that_nobody_asked_for_may_recur():
    write_text(Path("t.csv"), "sex,a,b\nm,1,2\nf,3,4\nm,5,6\n")
    how = {"columns": ["b", "a"], "test_fraction": 1, "scale": "none"}
    plain, told = (load_dataset("t.csv", label=label, **how) for label in ("none", 0))
    assert plain.labels is None and told.labels[1].tolist() == [*"mfm"]
    for dataset in plain, told:
        assert dataset.x[1].tolist() == [[2, 1], [4, 3], [6, 5]]


@pytest.mark.parametrize("count, dots", [(7, ""), (8, ""), (9, ", [.]{3}")])
def test_eight_columns_are_listed_and_dots_stand_for_more(count, dots):
    names = [f"C{i}" for i in range(count)]
    rows = ",".join(map(str, range(10, 10 + count)))
    write_text(Path("t.csv"), ",".join(names) + f"\n{rows}\n{rows}\n{rows}\n")
    listed = ", ".join(names[:8])
    with pytest.raises(DataError, match=f"^label=zz: .* column, but {listed}{dots}$"):
        load_dataset("t.csv", label="zz")
    assert load_dataset("t.csv", label="C1").label == "C1"
