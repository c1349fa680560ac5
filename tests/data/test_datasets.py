"""`load_dataset` reads files of any kind: what is in them, and what goes together."""

from functools import partial

import numpy as np
import pytest
from data_files import pixels, write_idx, write_pictures, write_text

from scratchae import backend
from scratchae.data import NAMED, Scaling, load_dataset, load_strokes, published
from scratchae.data.split import split
from scratchae.rows import MappedRows

TABLE = "age,height,kind\n1,10,cat\n2,20,dog\n3,60,cat\n4,30,dog\n"


def raw(dataset):
    """All rows in the numbers of the file, training rows first, as a set of rows."""
    rows = np.concatenate([dataset.scaling.restore(x) for x in dataset.x])
    return {tuple(row) for row in np.round(rows, 4).tolist()}


def sets(array):
    return {tuple(row) for row in array.reshape(len(array), -1).astype(float).tolist()}


# IDX folders

NAMES = {  # torchvision, LeCun's page, unpacked on Windows, EMNIST
    "plain": "{}-{}-idx{}-ubyte",
    "packed": "{}-{}-idx{}-ubyte.gz",
    "dotted": "{}-{}.idx{}-ubyte",
    "capital": "{}-{}-idx{}-ubyte.gz",
    "of a set": "emnist-letters-{}-{}-idx{}-ubyte.gz",
}


@pytest.mark.parametrize("naming", NAMES)
@pytest.mark.parametrize("test", ["t10k", "test"])
def test_a_folder_of_idx_files_under_any_usual_name(naming, test, tmp_path):
    x, y = pixels(6, 5, 4), np.arange(6, dtype=np.uint8) % 3
    for part, rows in (("train", slice(None, 4)), (test, slice(4, None))):
        names = [NAMES[naming].format(part, *what)
                 for what in (("images", 3), ("labels", 1))]
        names = [name.upper() for name in names] if naming == "capital" else names
        write_idx(tmp_path / names[0], x[rows])
        write_idx(tmp_path / names[1], y[rows])
    dataset = load_dataset(tmp_path)
    assert dataset.shape == (5, 4) and dataset.scaling.scale == 255
    np.testing.assert_allclose(dataset.x[0] * 255, x[:4].reshape(4, -1), rtol=1e-6)
    np.testing.assert_array_equal(dataset.labels[1], y[4:])


def test_idx_images_without_labels_or_test_part_are_split(tmp_path):
    write_idx(tmp_path / "train-images-idx3-ubyte", pixels(10, 3, 3))
    dataset = load_dataset(tmp_path)
    assert [len(x) for x in dataset.x] == [8, 2] and dataset.labels is None


# Arrays


@pytest.mark.parametrize("shape, found", [
    ((6, 5, 4), (5, 4)), ((6, 5, 4, 3), (5, 4, 3)), ((6, 5, 4, 1), (5, 4)),
    ((6, 3, 5, 4), (5, 4, 3)), ((6, 1, 5, 4), (5, 4)), ((6, 64), (8, 8)),
    ((6, 7), None),
])
def test_an_array_of_bytes_is_images_where_it_can_be(shape, found, tmp_path):
    np.save(tmp_path / "x.npy", pixels(*shape))
    dataset = load_dataset(tmp_path / "x.npy")
    assert dataset.shape == found
    items = pixels(*shape)
    if shape[1] == 3:
        items = items.transpose(0, 2, 3, 1)
    assert raw(dataset) == sets(items)


def test_flat_floats_are_a_table_unless_their_size_is_said(tmp_path):
    np.save(tmp_path / "x.npy", np.random.default_rng(0).uniform(size=(8, 12)))
    assert load_dataset(tmp_path / "x.npy").shape is None
    assert load_dataset(tmp_path / "x.npy", size=(4, 3)).shape == (4, 3)
    assert load_dataset(tmp_path / "x.npy", size="2x2").shape == (2, 2, 3)


@pytest.mark.parametrize("names", [
    ("x_train", "y_train", "x_test", "y_test"),
    ("X_train", "y_train", "X_test", "y_test"),
])
def test_an_archive_has_the_names_of_keras(names, tmp_path):
    x, y = pixels(6, 3, 3), np.arange(6) % 2
    arrays = dict(zip(names, (x[:4], y[:4], x[4:], y[4:]), strict=True))
    np.savez(tmp_path / "x.npz", **arrays)
    dataset = load_dataset(tmp_path / "x.npz")
    assert sets(dataset.x[1] * 255) == sets(x[4:]) and dataset.labels[0].tolist() == [
        0, 1, 0, 1]


@pytest.mark.parametrize("names", [
    ("x", "y"), ("X", "y"), ("images", "labels"), ("data", "target"),
    ("data", "labels"), ("arr_0", None)])
def test_an_archive_may_have_one_part_or_one_array(names, tmp_path):
    arrays = {names[0]: pixels(10, 3, 3)}
    if names[1]:
        arrays[names[1]] = np.array([["a"], ["b"]] * 5)
    np.savez(tmp_path / "x.npz", **arrays)
    dataset = load_dataset(tmp_path / "x.npz")
    assert [len(x) for x in dataset.x] == [8, 2]
    assert (dataset.labels is not None) == (names[1] is not None)


def test_labels_of_an_archive_are_left_out_where_none_are_asked_for(tmp_path):
    np.savez(tmp_path / "x.npz", x=pixels(12, 5, 5), y=np.arange(12) % 3)
    assert load_dataset(tmp_path / "x.npz").classes.tolist() == [0, 1, 2]
    assert load_dataset(tmp_path / "x.npz", label="none").labels is None


@pytest.mark.parametrize("column, label", [(0, "0"), (64, "-1")])
def test_a_label_among_bytes_is_taken_out(column, label, tmp_path):
    x = np.insert(pixels(6, 64), column, np.arange(6) % 2, axis=1)
    np.save(tmp_path / "x.npy", x)
    dataset = load_dataset(tmp_path / "x.npy", label=label)
    assert dataset.shape == (8, 8) and dataset.classes.tolist() == [0, 1]
    assert raw(dataset) == sets(pixels(6, 64))


def test_a_large_file_stays_where_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr("scratchae.data.split.IN_MEMORY", 100)
    x = pixels(50, 4, 4)
    np.save(tmp_path / "x.npy", x)
    mapped = load_dataset(tmp_path / "x.npy")
    monkeypatch.undo()
    kept = load_dataset(tmp_path / "x.npy")
    assert isinstance(mapped.x[0], MappedRows) and isinstance(kept.x[0], np.ndarray)
    for ours, theirs in zip(mapped.x, kept.x, strict=True):
        np.testing.assert_array_equal(ours[:], theirs)


# Splitting


def test_a_share_of_every_class_is_for_testing(tmp_path):
    y = np.repeat([0, 1, 2], (50, 30, 20))
    np.savez(tmp_path / "x.npz", x=pixels(100, 3, 3), y=y)
    dataset = load_dataset(tmp_path / "x.npz", test_fraction=0.3)
    assert [np.bincount(part).tolist() for part in dataset.labels] == [
        [35, 21, 14], [15, 9, 6]]
    assert np.diff(dataset.labels[0]).any()  # shuffled, not sorted


def test_training_rows_do_not_come_class_by_class_or_in_turn(tmp_path):
    np.savez(tmp_path / "x.npz", x=pixels(100, 3, 3), y=np.arange(100) % 2)
    pairs = load_dataset(tmp_path / "x.npz").labels[0].reshape(-1, 2)
    assert 0.2 < np.mean(pairs[:, 0] == pairs[:, 1]) < 0.8


def test_labels_of_both_parts_are_of_one_type(tmp_path):
    x = pixels(2, 3, 3)
    np.savez(tmp_path / "x.npz", x_train=x, x_test=x, y_train=[1, 2], y_test=["1", "b"])
    dataset = load_dataset(tmp_path / "x.npz")
    assert dataset.classes.tolist() == ["1", "2", "b"]
    assert dataset.labels[0].dtype.kind == "U"


def test_every_row_is_in_one_part_and_the_seed_says_in_which(tmp_path):
    x = np.arange(40.0).reshape(20, 2)
    np.save(tmp_path / "x.npy", x)
    one, again, other = (load_dataset(tmp_path / "x.npy", random_state=s)
                         for s in (1, 1, 2))
    assert sum(map(len, one.x)) == 20 and raw(one) == sets(x)
    np.testing.assert_array_equal(one.x[1], again.x[1])
    assert not np.array_equal(one.x[1], other.x[1])


def test_a_file_of_its_own_is_the_test_part(tmp_path):
    train = write_text(tmp_path / "train.csv", TABLE)
    test = write_text(tmp_path / "test.csv", "height,kind,age\n30,dog,4\n5,cat,7\n")
    dataset = load_dataset(train, test=test)
    rows = dataset.scaling.restore(dataset.x[1])
    np.testing.assert_allclose(rows, [[4, 30], [7, 5]], rtol=1e-6)  # by their names
    assert dataset.labels[1].tolist() == ["dog", "cat"]


def test_a_given_scaling_is_used_as_it_is(tmp_path):
    table = write_text(tmp_path / "t.csv", TABLE)
    given = Scaling("standard", np.array([1.0, 10.0]), np.array([2.0, 5.0]))
    dataset = load_dataset(table, scale=given, test_fraction=1)
    assert [len(x) for x in dataset.x] == [0, 4] and dataset.scaling is given
    assert [0.5, 2.0] in dataset.x[1].tolist()


def test_one_file_for_both_parts_is_said(tmp_path):
    path = write_text(tmp_path / "t.csv", "a,b\n1,2\n2,3\n3,5\n")
    dataset = load_dataset(path, test=path)
    assert dataset.notes[-1] == "the test rows are the training rows"


@pytest.mark.parametrize("n", [2, 3, 7, 20])
@pytest.mark.parametrize("fraction", [0.001, 0.1, 0.5, 0.6, 0.99])
def test_a_share_leaves_each_side_a_row_and_is_as_near_as_rows_allow(n, fraction, rng):
    train, test = split(n, fraction, rng)
    assert sorted([*train, *test]) == [*range(n)]
    nearest = min(range(1, n), key=lambda count: abs(count - fraction * n))
    assert abs(len(test) - fraction * n) == abs(nearest - fraction * n)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("in_memory", [0, 2**26])
def test_every_source_gives_numbers_of_the_type_asked_for(
    dtype, in_memory, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("scratchae.data.split.IN_MEMORY", in_memory)
    monkeypatch.setattr("scratchae.data.load.load_strokes",
                        partial(load_strokes, 4, 3))
    np.save("bytes.npy", pixels(9, 8, 8))
    np.save("floats.npy", np.random.default_rng(0).normal(size=(9, 3)))
    write_text(tmp_path / "t.csv", "a,b\n1,2\n3,5\n7,1\n")
    write_pictures(tmp_path / "p", pixels(4, 6, 5))
    monkeypatch.setattr(published, "find", lambda folder, name, which: name)
    monkeypatch.setattr(published, "read_verified", lambda path, name, which:
                        pixels(4, 28, 28) if "images" in name else pixels(4) % 10)
    monkeypatch.setenv("SCRATCHAE_DATA", str(tmp_path))
    for which in published.PUBLISHED:
        (tmp_path / which).mkdir()
    for source in (*NAMED, "bytes.npy", "floats.npy", "t.csv", "p"):
        for x in load_dataset(source, dtype=dtype).x:
            assert x.dtype == x[:1].dtype == dtype, source


@pytest.mark.parametrize("label", [0, "0", np.int64(0)])
def test_a_label_in_the_first_column_is_that_of_the_test_rows_too(label, tmp_path):
    x = np.insert(pixels(6, 64), 0, np.arange(6) % 2, axis=1)
    np.save(tmp_path / "x.npy", x[:4])
    np.save(tmp_path / "y.npy", x[4:])
    dataset = load_dataset(tmp_path / "x.npy", test=tmp_path / "y.npy", label=label)
    assert [y.tolist() for y in dataset.labels] == [[0, 1, 0, 1], [0, 1]]


@pytest.mark.parametrize("header", [True, False])
def test_a_numbered_label_is_found_by_its_name_where_it_has_one(header, tmp_path):
    """Columns of the test rows are taken by their names, in another order too."""
    train, test = "x,kind\n", "kind,x\n" if header else "x,kind\n"
    rows = "7,2\n9,1\n" if header else "2,7\n1,9\n"
    write_text(tmp_path / "a.csv", train * header + "1,7\n2,9\n3,7\n")
    write_text(tmp_path / "b.csv", test * header + rows)
    dataset = load_dataset(tmp_path / "a.csv", test=tmp_path / "b.csv", label=1,
                           scale="none")
    assert dataset.labels[1].tolist() == [7, 9] and dataset.x[1].tolist() == [[2], [1]]


def test_a_set_equals_itself_and_no_other(tmp_path):
    np.save(tmp_path / "rows.npy", np.eye(9))
    one, other = (load_dataset(tmp_path / "rows.npy", random_state=0) for _ in range(2))
    assert one == one and len({one, other}) == 2


def test_one_row_may_be_for_testing(tmp_path):
    np.save(tmp_path / "x.npy", np.array([[1.0, 7]]))
    dataset = load_dataset(tmp_path / "x.npy", test_fraction=1, scale="none")
    assert [x.tolist() for x in dataset.x] == [[], [[1, 7]]]


def test_the_drawn_digits_by_name_are_those_of_seed_0(monkeypatch):
    monkeypatch.setattr("scratchae.data.load.load_strokes", lambda **o: load_strokes(
        3, 2, **o))
    with backend("numpy"):
        drawn, found = load_strokes(3, 2, random_state=0), load_dataset("strokes")
    for one, other in zip(found.x, drawn.x, strict=True):
        np.testing.assert_array_equal(one, other)
