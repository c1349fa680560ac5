"""Where published sets come from, what their bytes must be, and under which name."""

import hashlib
import os

import numpy as np
import pooch
import pytest

from scratchae.data import PUBLISHED, load_mnist, load_published, published

HOSTS = {  # where each set may be fetched, in the order that is tried
    "mnist": ["https://ossci-datasets.s3.amazonaws.com/mnist/",
              "https://storage.googleapis.com/cvdf-datasets/mnist/"],
    "fashion-mnist": [
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/"
        "fashion/", "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"],
    "kmnist": ["http://codh.rois.ac.jp/kmnist/dataset/kmnist/"],
}
SUMS = {  # SHA-256 of the four sums, one below the other: no digit of them may change
    "mnist": "ca679089cd9dd461", "fashion-mnist": "67cbfdbe6697eebd",
    "kmnist": "018a6d14689d5d3f",
}


def test_three_sets_are_known_by_their_names():
    assert {name: one.title for name, one in PUBLISHED.items()} == {
        "mnist": "MNIST", "fashion-mnist": "Fashion-MNIST", "kmnist": "KMNIST"}
    assert [name for name, one in PUBLISHED.items() if not one.compressed] == ["mnist"]


@pytest.mark.parametrize("which", PUBLISHED)
def test_the_sums_of_a_set_are_those_that_are_published(which):
    found = hashlib.sha256("\n".join(PUBLISHED[which].sums).encode()).hexdigest()
    assert found[:16] == SUMS[which]


@pytest.mark.parametrize("which", PUBLISHED)
def test_a_set_is_fetched_from_its_own_addresses_one_after_the_other(
    which, tmp_path, monkeypatch
):
    asked = []

    def fail(url, folder, name, set_):
        asked.append((url, folder, set_))
        raise OSError("no network")

    monkeypatch.setattr(published, "_download_from", fail)
    with pytest.raises(published.DataError, match="train-images.* could not be downl"):
        published.fetch_published(which, tmp_path)
    assert asked == [(f"{host}train-images-idx3-ubyte.gz", tmp_path, which)
                     for host in HOSTS[which]]


@pytest.mark.parametrize("which, hint", [
    ("fashion_mnist", r" Did you mean 'fashion-mnist'\?"), ("cifar", ""), (None, "")])
@pytest.mark.parametrize("ask", [published.load_published, published.fetch_published,
                                 lambda which: load_published(which, "here")])
def test_an_unknown_set_is_refused_with_the_near_one_and_makes_no_folder(
    ask, which, hint, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(published, "user_cache", lambda: tmp_path / "cache")
    with pytest.raises(ValueError, match=f"^The 'which' parameter of .*Got .*{hint}$"):
        ask(which)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_mnist_has_the_type_that_is_asked_for_and_the_parts_in_their_places(
    dtype, tmp_path, monkeypatch
):
    sizes = dict(zip(published.FILES, (3, 3, 2, 2), strict=True))
    monkeypatch.setattr(published, "find", lambda folder, name, which: name)
    monkeypatch.setattr(published, "read_verified", lambda path, name, which: np.full(
        (sizes[name], 28, 28) if "images" in name else sizes[name], sizes[name], "u1"))
    dataset = load_mnist(tmp_path, dtype)
    assert [x.dtype for x in dataset.x] == [dtype] * 2
    np.testing.assert_array_equal(dataset.x[0], np.full((3, 784), 3, dtype) / 255)
    assert [y.tolist() for y in dataset.labels] == [[3, 3, 3], [2, 2]]
    assert [y.dtype for y in dataset.labels] == [np.int64] * 2


@pytest.fixture
def done(monkeypatch):
    """What is done with a file that is fetched, one step after the other."""
    def retrieve(url, known_hash, fname, path, downloader):
        assert downloader.kwargs["timeout"] == 30  # seconds; for ever is a hung lesson
        (path / fname).write_bytes(url.encode())
        steps.append("fetched")

    steps, fsync, rename = [], os.fsync, os.replace
    monkeypatch.setattr(pooch, "retrieve", retrieve)
    monkeypatch.setattr(published, "read_verified", lambda *a: steps.append("verified"))
    monkeypatch.setattr(os, "fsync", lambda n: (steps.append("on disk"), fsync(n)))
    monkeypatch.setattr(os, "replace", lambda a, b: (steps.append("named"),
                                                     rename(a, b)))
    return steps


def test_a_file_is_verified_and_on_the_disk_before_it_has_its_name(done, tmp_path):
    published.fetch_published("kmnist", tmp_path, ["http://here/"])
    assert done == ["fetched", "verified", "on disk", "named"] * 4
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(
        f"{name}.gz" for name in published.FILES)


def test_a_disk_that_is_full_leaves_no_part_and_is_told(done, tmp_path, monkeypatch):
    def full(number):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(published.DataError, match=r"\(http://here/: disk full\)"):
        published.fetch_published("kmnist", tmp_path, ["http://here/"])
    assert done == ["fetched", "verified"] and not [*tmp_path.iterdir()]


def test_a_header_that_claims_more_than_any_of_the_files_has_is_refused(tmp_path):
    sizes = b"".join(n.to_bytes(4, "big") for n in (86_000, 28, 28))
    (path := tmp_path / "train-images-idx3-ubyte").write_bytes(b"\0\0\x08\3" + sizes)
    said = "67424000 bytes; expected at most 67108864"
    with pytest.raises(published.DataError, match=said):
        published.read_verified(path, path.name, "mnist")
