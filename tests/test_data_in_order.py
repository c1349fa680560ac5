"""Rows in the order of their file, and columns and shapes that are nearly those meant.
"""

import sys
from pathlib import Path

import numpy as np
import pytest
from data_files import pixels, write_pictures, write_text

from scratchae import rows as rows_of_files
from scratchae import startup
from scratchae.constraints import Choice, check_table
from scratchae.data import (
    Dataset,
    Scaling,
    check_fits,
    described,
    load_again,
    load_dataset,
)
from scratchae.errors import DataError
from scratchae.rows import MappedRows
from scratchae.validation import check_data, scale_advice


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


# Shapes and memories


def of_shape(*shape, source="x.npy"):
    x = np.zeros((2, np.prod(shape)), np.float32)
    return Dataset((x, x), None, None, source, shape)


@pytest.mark.parametrize("shape, said", [
    ((4, 3), "images of 4 x 3 pixels"), ((2, 2, 3), "images of 2 x 2 pixels in colour"),
    ((12, 1), "images of 12 x 1 pixels"), ((3, 4), None),
])
def test_as_many_numbers_in_another_shape_are_other_images(shape, said):
    known, data = described(of_shape(3, 4), {}), of_shape(*shape, source="y.npy")
    if said is None:
        check_fits(data, known, 12)
        return
    with pytest.raises(DataError) as caught:
        check_fits(data, known, 12)
    assert str(caught.value) == (f"y.npy has {said}; the model was trained on images "
                                 "of 3 x 4 pixels, x.npy")


def test_a_file_of_before_that_has_no_digest_reads_its_data_once_more():
    for n in 20, 21:
        np.savetxt("t.csv", np.arange(2.0 * n).reshape(n, 2), delimiter=",")
        if n == 20:
            known = described(load_dataset("t.csv"), {})
    with pytest.raises(DataError, match="t.csv has changed since the training"):
        load_again(known)
    for old in known | {"digest": None}, {n: v for n, v in known.items()
                                          if n != "digest"}:
        assert [len(x) for x in load_again(old).x] == [17, 4]
        assert load_again(old).scaling.described() == known["scaling"]


def test_what_is_remembered_of_data_can_be_written_and_is_what_they_are():
    write_text(Path("t.csv"), "b,a,kind\n1,2,x\n3,5,y\n4,9,x\n6,6,y\n")
    reading = {"label": "kind", "scale": "none"}
    told = described(load_dataset("t.csv", **reading), reading)
    digest = told.pop("digest")
    assert len(digest) == 32 and told == {
        "source": "t.csv", "shape": None, "columns": ["b", "a"], "classes": ["x", "y"],
        "label": "kind", "scaling": {"kind": "none", "shift": 0, "scale": 1},
        "reading": reading}
    images = Dataset((pixels(3, 9) / 255,) * 2, None, None, "strokes", (3, 3),
                     scaling=Scaling("pixels", 0.0, 255.0))
    assert described(images, {}) == {
        "source": "strokes", "shape": [3, 3], "columns": None, "classes": None,
        "label": None, "scaling": {"kind": "pixels", "shift": 0, "scale": 255},
        "reading": {}, "digest": None}


# At the door


class Half:
    def one(self):
        """Nothing."""


@pytest.mark.parametrize("methods, hint", [
    (("one", "two"), " Half has no method 'two'."),
    (("one", "two", "three"), " Half has no method 'two' and no 'three'."),
    (("two", "three"), ""),
])
def test_each_method_that_an_object_lacks_is_named_unless_it_has_none(methods, hint):
    given = Half()
    with pytest.raises(ValueError) as caught:
        check_table({"piece": Choice(("b", "a"), methods)}, {"piece": given}, "Model")
    assert str(caught.value) == (
        "The 'piece' parameter of Model must be a str among {'a', 'b'} or an object "
        f"with {' and '.join(methods)}. Got {given!r} instead.{hint}")


@pytest.mark.parametrize("words, command", [
    (["/usr/bin/scratchae"], True), (["there/scratchae.exe", "train"], True),
    (["scratchae.py"], False), (["my_scratchae"], False), ([""], False), ([], False),
    (["-c"], False),
])
def test_a_command_is_known_by_what_was_started(words, command, monkeypatch):
    monkeypatch.setattr(sys, "argv", words)
    monkeypatch.setattr(sys, "orig_argv", ["python", *words])
    assert startup.is_a_command() is command


def test_fields_with_names_are_to_be_made_columns_and_times_are_no_numbers():
    fields = np.zeros(3, [("a", "f8"), ("b", "f8")])
    with pytest.raises(ValueError, match=r"^Input rows has fields with names, \('a', "
                       r"'b'\)[.] .*structured_to_unstructured\(rows\)"):
        check_data(fields, "rows", owner="Model")
    for dtype in "M8[s]", "m8[s]":
        with pytest.raises(ValueError, match="^Input rows holds times"):
            check_data(np.zeros((3, 2), dtype), "rows", owner="Model")


@pytest.mark.parametrize("size, advised", [
    (0, False), (1e-12, True), (9e-10, True), (1e-9, False), (10, False), (10.1, True),
])
def test_columns_that_are_all_tiny_are_to_be_scaled_too(size, advised):
    x = np.array([[0.5, -1.0], [0.25, 0.0]]) * size
    assert (scale_advice(x) is not None) is advised
