"""Data read as those of a training were: with its scaling, its labels, its folder."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from data_files import pixels, write_idx, write_text

from scratchae.data import (
    Dataset,
    Scaling,
    again,
    check_fits,
    described,
    load_again,
    load_dataset,
)
from scratchae.errors import DataError


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def table(name, n, names="a,b", shift=0.0):
    rows = np.random.default_rng(n).normal([170, 60], [9, 5], (n, 2)) + shift
    np.savetxt(name, rows, delimiter=",", header=names, comments="")
    return rows


@pytest.mark.parametrize("source, given, expected", [
    (None, {}, ("mnist", {"data_dir": "d"})),
    ("mnist", {}, ("mnist", {"data_dir": "d"})),
    ("mnist", {"data_dir": "e"}, ("mnist", {"data_dir": "e"})),
    ("kmnist", {}, ("kmnist", {})),
    ("kmnist", {"data_dir": "e"}, ("kmnist", {"data_dir": "e"})),
    ("strokes", {}, ("strokes", {})),
])
def test_a_set_with_a_name_is_looked_for_where_the_training_found_it(
    source, given, expected, monkeypatch
):
    asked = []
    monkeypatch.setattr(again, "load_dataset", lambda *a, **o: asked.append((*a, o)))
    load_again({"source": "mnist", "reading": {"data_dir": "d"}}, source, **given)
    assert asked == [expected]


@pytest.mark.parametrize("given", [{"test": "b.csv"}, {"seen": True}], ids=str)
def test_the_file_of_the_training_with_other_test_rows_keeps_its_scaling(given):
    table("a.csv", 30)
    table("b.csv", 7, shift=100.0)
    first = load_dataset("a.csv")
    found = load_again(described(first, {}), **given)
    assert found.scaling.described() == first.scaling.described()
    assert len(found.x[1]) == (7 if "test" in given else 30)


def test_a_table_with_names_is_read_where_the_training_had_none():
    np.save("x.npy", table("t.csv", 8))
    known = described(load_dataset("x.npy"), {})
    table("t.csv", 9)
    found = load_again(known, "t.csv")
    assert found.columns == ("a", "b") and len(found.x[1]) == 9


def test_a_label_that_was_typed_for_an_array_is_that_of_a_table_too():
    rows = np.column_stack([table("t.csv", 9), np.arange(9) % 2])
    np.save("x.npy", rows)
    np.savetxt("t.csv", rows, delimiter=",", fmt="%g")
    reading = {"label": "-1"}
    found = load_again(described(load_dataset("x.npy", **reading), reading), "t.csv")
    assert found.labels[1].tolist() == [0, 1, 0, 1, 0, 1, 0, 1, 0]
    assert found.x[1].shape == (9, 2)


def test_the_labels_of_an_archive_are_read_whatever_the_column_of_the_training():
    write_text(Path("t.csv"), "a,b,kind\n1,2,x\n3,5,y\n4,9,x\n6,6,y\n")
    np.savez("x.npz", x=np.eye(3, 2), y=["x", "y", "y"])
    for reading in {}, {"label": "kind"}:
        known = described(load_dataset("t.csv", **reading), reading)
        assert load_again(known, "x.npz").labels[1].tolist() == ["x", "y", "y"]


def test_the_digest_is_of_sizes_type_and_numbers_as_in_files_of_before():
    x = np.arange(24.0, dtype=np.float32).reshape(8, 3)
    dataset = Dataset((x, x[:2]), None, None, "x.npy", None, ("a", "b", "c"))
    expected = hashlib.sha256(b"(8, 3) 2 float32 " + x.tobytes()).hexdigest()[:32]
    assert described(dataset, {})["digest"] == expected


PIXELS = Scaling("pixels", 0.0, 255.0)


def images(high, scaling):
    """Two images, of which the second is black; NaN in a pixel of the first."""
    x = np.full((2, 9), high, np.float32)
    x[1], x[0, 4] = 0, np.nan
    return Dataset((x[:0], x), None, None, "new.npy", (3, 3), scaling=scaling)


@pytest.mark.parametrize("high, scaled", [
    (0.01, True), (1, True), (1.49, True), (1.51, False), (2, False), (9, False),
    (255, False),
])
def test_grey_values_up_to_one_and_a_half_are_scaled_already(high, scaled):
    """Also beside a number that is missing."""
    known = described(images(1, PIXELS), {})
    data = images(high / 255, PIXELS)
    if not scaled:
        check_fits(data, known, 9)
        return
    with pytest.raises(DataError, match="are scaled already. Multiply them by 255: "):
        check_fits(data, known, 9)


def test_a_missing_number_hides_no_grey_values():
    known = described(images(1, Scaling()), {})
    check_fits(images(1, Scaling()), known, 9)
    with pytest.raises(DataError, match="has numbers up to 200; the model was trained"):
        check_fits(images(200, Scaling()), known, 9)


@pytest.mark.parametrize("other", ["copy", "link"])
def test_the_file_of_the_training_by_another_way_is_the_same(other):
    table("t.csv", 20)
    known = described(load_dataset("t.csv"), {})
    if other == "link":
        Path("link.csv").symlink_to("t.csv")
    else:
        Path("link.csv").write_bytes(Path("t.csv").read_bytes())
    for source in "link.csv", "./t.csv", Path("t.csv").resolve():
        assert [len(x) for x in load_again(known, source).x] == [16, 4]


def test_in_the_unit_interval_are_the_numbers_of_both_parts_at_both_ends():
    fine = np.array([[0.0, 1], [0.5, 0.25]], np.float32)
    for wrong in (fine - 0.1, fine + 0.1, fine * 2):
        for x in (fine, wrong), (wrong, fine), (fine[:0], wrong):
            for scaling in Scaling(), Scaling("pixels", 0.0, 16.0):
                data = Dataset(x, None, None, "x", (1, 2), scaling=scaling)
                assert not data.in_unit_interval
    for x in (fine, fine), (fine[:0], fine), (fine, fine[:0]):
        assert Dataset(x, None, None, "x", (1, 2)).in_unit_interval
    assert Dataset((pixels(2, 2) / 255,) * 2, None, None, "x", scaling=PIXELS
                   ).in_unit_interval


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
    assert len(digest) == 32 and told.pop("test_rows") == 1 and told == {
        "source": "t.csv", "shape": None, "columns": ["b", "a"], "classes": ["x", "y"],
        "named": True, "label": "kind", "reading": reading,
        "scaling": {"kind": "none", "shift": 0, "scale": 1}}
    images = Dataset((pixels(3, 9) / 255,) * 2, None, None, "strokes", (3, 3),
                     scaling=Scaling("pixels", 0.0, 255.0))
    told = described(images, {})
    assert len(told.pop("digest")) == 32 and told == {
        "source": "strokes", "shape": [3, 3], "columns": None, "classes": None,
        "named": False, "label": None, "reading": {}, "test_rows": 3,
        "scaling": {"kind": "pixels", "shift": 0, "scale": 255}}


def test_rows_without_a_shape_fit_images_of_as_many_numbers_and_the_reverse():
    x = np.zeros((2, 12), np.float32)
    rows = Dataset((x, x), None, None, "t.csv", None, (*"abcdefghijkl",))
    images = of_shape(3, 4)
    for data, other in (rows, images), (images, rows), (rows, rows):
        check_fits(data, described(other, {}), 12)
        with pytest.raises(DataError, match="; the model was trained on .* 11 numbers|"
                                            "; the model was trained on images of 3 x"):
            check_fits(data, described(other, {}), 11)


def test_images_that_have_a_shape_need_no_size_as_the_flat_rows_of_the_training():
    rows = pixels(8, 6)
    np.savetxt("t.csv", rows, delimiter=",", fmt="%d")
    known = described(load_dataset("t.csv", size="2x3"), {"size": "2x3"})
    write_idx(Path("d/train-images-idx3-ubyte"), rows.reshape(8, 2, 3))
    found = load_again(known, "d")
    assert found.shape == (2, 3)
    np.testing.assert_allclose(found.x[1], rows / 255, rtol=1e-6)


def test_a_file_that_is_only_called_as_the_training_is_another():
    """What was trained on is still where it was, though its test rows are gone."""
    table("t.csv", 20)
    table("te.csv", 5)
    known = described(load_dataset("t.csv", test="te.csv"), {"test": "te.csv"})
    Path("te.csv").unlink()
    Path("other").mkdir()
    table("other/t.csv", 31)
    assert [len(x) for x in load_again(known, "other/t.csv").x] == [0, 31]
    Path("t.csv").unlink()
    with pytest.raises(DataError, match="te.csv, which had the test rows, is not the"):
        load_again(known, "other/t.csv")
    Path("other/t.csv").rename("new.csv")
    assert [len(x) for x in load_again(known, "new.csv").x] == [0, 31]
    with pytest.raises(DataError, match="^other/t.csv: no such file or folder; expect"):
        load_again(known, "other/t.csv")


def test_test_rows_that_stayed_where_they_were_are_those_of_rows_that_moved():
    table("t.csv", 20)
    table("te.csv", 5)
    known = described(load_dataset("t.csv", test="te.csv"), {"test": "te.csv"})
    Path("there").mkdir()
    Path("t.csv").rename("there/t.csv")
    assert [len(x) for x in load_again(known, "there/t.csv").x] == [20, 5]


@pytest.mark.parametrize("ending", [".npy", ".csv"])
def test_flat_images_may_lack_the_label_that_those_of_the_training_had(ending):
    x = pixels(9, 7)
    x[:, 0] = np.arange(9) % 3
    reading = {"label": "0", "size": "2x3"}
    for name, rows in (("a", x), ("b", x[:, 1:])):
        np.save(f"{name}.npy", rows)
        np.savetxt(f"{name}.csv", rows, delimiter=",", fmt="%d")
    known = described(load_dataset(f"a{ending}", **reading), reading)
    for name, labels in (("a", x[:, 0].tolist()), ("b", None)):
        found = load_again(known, f"{name}{ending}", seen=True)
        np.testing.assert_allclose(found.x[1], x[:, 1:] / 255, rtol=1e-6)
        assert labels is None or found.labels[1].tolist() == labels
        assert found.shape == (2, 3) and (found.labels is None) is (labels is None)


@pytest.mark.parametrize("scaling", [Scaling("standard", np.zeros(12), np.ones(12)),
                                     Scaling("pixels", 0.0, 16.0)], ids=str)
def test_for_a_training_in_the_unit_interval_rows_are_not_scaled_otherwise(scaling):
    x = np.full((2, 12), 0.5, np.float32)
    known = described(of_shape(3, 4), {})
    for fine in Scaling(), Scaling("pixels", 0.0, 255.0):
        check_fits(Dataset((x, x), None, None, "y", (3, 4), None, fine), known, 12)
    with pytest.raises(DataError, match=f"^y has other units, {scaling}; the model "):
        check_fits(Dataset((x, x), None, None, "y", (3, 4), None, scaling), known, 12)


def test_rows_of_an_array_need_no_names_as_the_table_of_the_training_had():
    table("t.csv", 20)
    known = described(load_dataset("t.csv"), {})
    np.save("new.npy", table("new.csv", 7))
    rows = [load_again(known, f"new{ending}").x[1] for ending in (".npy", ".csv")]
    np.testing.assert_allclose(*rows, rtol=1e-5)
    with pytest.raises(DataError, match="^none.csv: no such file or folder; expected"):
        load_again(known, "none.csv")
