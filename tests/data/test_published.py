"""Finding, downloading and verifying published sets: a server on this machine."""

import gzip
import hashlib
import http.server
import os
import re
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pooch
import pytest

from scratchae import DataError
from scratchae.data import (
    PUBLISHED,
    fetch_mnist,
    fetch_published,
    load_dataset,
    load_mnist,
    load_published,
    published,
)
from scratchae.data.published import find

SHAPES = {
    "train-images-idx3-ubyte": (6, 28, 28),
    "train-labels-idx1-ubyte": (6,),
    "t10k-images-idx3-ubyte": (4, 28, 28),
    "t10k-labels-idx1-ubyte": (4,),
}


def tiny_file(name):
    """A small stand-in for one of the four files."""
    shape = SHAPES[name]
    sizes = b"".join(size.to_bytes(4, "big") for size in shape)
    values = np.random.default_rng(len(name)).integers(0, 10, shape, np.uint8)
    return b"\0\0\x08" + bytes([len(shape)]) + sizes + values.tobytes()


@pytest.fixture
def tiny(monkeypatch):
    """The loader expects the stand-ins instead of the real files."""
    files = {name: tiny_file(name) for name in SHAPES}
    plain, packed = (tuple(hashlib.sha256(pack(content)).hexdigest()
                           for content in files.values()) for pack in (bytes, packing))
    for which in PUBLISHED:
        sums = plain if which == "mnist" else packed
        monkeypatch.setitem(PUBLISHED, which, replace(PUBLISHED[which], sums=sums))
    monkeypatch.delenv("SCRATCHAE_DATA", raising=False)
    return files


def packing(content):
    """The same bytes each time."""
    return gzip.compress(content, 1, mtime=0)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append(self.path)
        kind, name = self.path.strip("/").split("/")
        content = packing(self.server.files[name.removesuffix(".gz")])
        if kind == "broken":
            return self.send_error(500)
        if kind == "other":
            content = gzip.compress(b"\0\0\x08\1\0\0\0\1a")
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if kind == "hangs-up":
            content = content[:20]
        self.wfile.write(content)
        self.close_connection = True

    def log_message(self, *args):
        pass


@pytest.fixture
def server(tiny):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.files, server.requests = tiny, []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        server.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield server
        server.shutdown()


def put(folder, files, pack=gzip.compress, ending=".gz"):
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}{ending}").write_bytes(pack(content))
    return folder


@pytest.mark.parametrize("pack, ending", [(gzip.compress, ".gz"), (bytes, "")])
def test_folder_with_compressed_or_plain_files(tiny, tmp_path, pack, ending):
    digits = load_mnist(put(tmp_path / "d", tiny, pack, ending))
    assert digits.x[0].shape == (6, 784) and digits.x[0].dtype == np.float32
    assert digits.factors is None and digits.source == "mnist"


def test_grey_values_are_divided_by_255(tiny, tmp_path):
    raw = np.frombuffer(tiny["t10k-images-idx3-ubyte"][16:], np.uint8)
    images = load_mnist(put(tmp_path / "d", tiny), np.float64).x[1]
    np.testing.assert_allclose(images.ravel() * 255, raw, rtol=1e-15)


def test_environment_variable_names_the_folder(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("SCRATCHAE_DATA", str(put(tmp_path / "d", tiny)))
    assert len(load_mnist().x[1]) == 4


def test_argument_wins_over_the_environment(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("SCRATCHAE_DATA", str(tmp_path / "elsewhere"))
    assert len(load_mnist(put(tmp_path / "d", tiny)).x[1]) == 4


def test_folder_without_the_files_says_which_to_put_there(tiny, tmp_path):
    with pytest.raises(DataError) as caught:
        load_mnist(tmp_path)
    text = str(caught.value)
    assert all(f"{name}.gz" in text for name in SHAPES)
    assert f"into {tmp_path}" in text and "--data-dir" in text
    assert "SCRATCHAE_DATA=DIR" in text and "(or the same decompressed)" in text
    with pytest.raises(DataError) as caught:
        load_published("kmnist", tmp_path)
    assert not re.search("SCRATCHAE_DATA|decompressed", str(caught.value))


def test_of_a_packed_and_a_plain_file_the_packed_one_is_taken(tmp_path):
    name = "train-images-idx3-ubyte"
    for path in (tmp_path / name, tmp_path / f"{name}.gz"):
        path.touch()
        assert find(tmp_path, name, "mnist") == path


def test_damaged_file_in_a_users_folder_is_refused_and_left_alone(tiny, tmp_path):
    folder = put(tmp_path / "d", tiny)
    path = folder / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(gzip.compress(tiny["t10k-labels-idx1-ubyte"][:-1] + b"\xff"))
    before = path.read_bytes()
    with pytest.raises(DataError, match="decompressed bytes have SHA-256.*expected"):
        load_mnist(folder)
    assert path.read_bytes() == before and len(list(folder.iterdir())) == 4


def test_label_file_given_as_images_is_named(tiny, tmp_path):
    folder = put(tmp_path / "d", tiny)
    labels = (folder / "train-labels-idx1-ubyte.gz").read_bytes()
    (folder / "train-images-idx3-ubyte.gz").write_bytes(labels)
    with pytest.raises(DataError, match="holds 1-dimensional labels; expected 3-dim"):
        load_mnist(folder)


def test_download_fills_the_cache_and_leaves_no_part(server, tmp_path):
    folder = fetch_mnist(tmp_path / "a" / "b" / "c", [f"{server.url}/good/"])
    assert {p.name for p in folder.iterdir()} == {f"{name}.gz" for name in SHAPES}
    assert len(load_mnist(folder).x[0]) == 6


def test_good_cache_is_not_fetched_again(server, tmp_path):
    for _ in range(2):
        fetch_mnist(tmp_path / "c", [f"{server.url}/good"])
    assert len(server.requests) == 4


@pytest.mark.parametrize("first", ["broken", "hangs-up", "other"])
def test_second_mirror_serves_where_the_first_fails(server, tmp_path, first):
    mirrors = [f"{server.url}/{first}", f"{server.url}/good"]
    assert len(load_mnist(fetch_mnist(tmp_path / "c", mirrors)).x[0]) == 6


def test_damaged_cached_file_is_set_aside_and_fetched_once_more(
    server, tmp_path, capsys
):
    folder = fetch_mnist(tmp_path / "c", [f"{server.url}/good"])
    path = folder / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:50])
    fetch_mnist(folder, [f"{server.url}/good"])
    assert len(server.requests) == 5
    assert (folder / f"{path.name}.damaged").exists()
    assert "set aside as" in capsys.readouterr().err
    assert len(load_mnist(folder).x[1]) == 4


def test_all_mirrors_failing_says_why_and_what_to_put_where(server, tmp_path):
    mirrors = [f"{server.url}/broken", f"{server.url}/other"]
    with pytest.raises(DataError) as caught:
        fetch_mnist(tmp_path / "c", mirrors)
    text = str(caught.value)
    assert (
        "500" in text
        and "1-dimensional labels" in text
        and f"into {tmp_path / 'c'}" in text
    )
    assert not list((tmp_path / "c").iterdir())


def test_offline_says_which_files_to_put_where(tiny, tmp_path):
    with pytest.raises(DataError, match="could not be downloaded.*Put the four files"):
        fetch_mnist(tmp_path / "c", ["http://127.0.0.1:1/"])


def test_there_are_at_least_two_mirrors():
    for which in ("mnist", "fashion-mnist"):  # of Kuzushiji-MNIST we know one
        hosts = {Path(url).parts[1] for url in PUBLISHED[which].mirrors}
        assert len(hosts) >= 2, which


def test_cache_that_cannot_be_made_is_a_clear_error(tiny, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot make the folder"):
        fetch_mnist(tmp_path / "file" / "c", [])


def test_progress_is_one_plain_line_per_file_without_a_terminal(
    server, tmp_path, capsys
):
    fetch_mnist(tmp_path / "c", [f"{server.url}/good"])
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4 and all(
        line.startswith("downloading http") for line in lines
    )


@pytest.mark.parametrize("terminal", [True, False])
def test_a_terminal_has_a_progress_bar_in_place_of_the_lines(
    terminal, server, tmp_path, monkeypatch, capsys
):
    downloader, asked = pooch.HTTPDownloader, []

    def quiet(progressbar, timeout):
        asked.append((progressbar, timeout))
        return downloader(timeout=timeout)

    monkeypatch.setattr(pooch, "HTTPDownloader", quiet)
    monkeypatch.setattr(published.sys.stderr, "isatty", lambda: terminal, raising=False)
    fetch_mnist(tmp_path / "c", [f"{server.url}/good"])
    assert asked == [(terminal, 30)] * 4  # 30 s without an answer are too many
    assert ("downloading" in capsys.readouterr().err) != terminal


@pytest.mark.parametrize("which", ["fashion-mnist", "kmnist"])
def test_another_set_is_fetched_and_read_under_its_name(which, server, tmp_path):
    folder = fetch_published(which, tmp_path / "c", [f"{server.url}/good"])
    dataset = load_dataset(which, data_dir=folder)
    assert dataset.source == which and dataset.x[0].shape == (6, 784)
    assert dataset.scaling.scale == 255 and dataset.shape == (28, 28)


def test_a_set_of_which_the_packed_sums_are_known_is_refused_in_another_packing(
    tiny, tmp_path
):
    folder = put(tmp_path / "d", tiny, lambda c: gzip.compress(c, 9, mtime=0))
    with pytest.raises(DataError, match=f"its bytes have.*--data {folder}"):
        load_published("kmnist", folder)


def test_other_sets_look_into_a_folder_of_their_name(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("SCRATCHAE_DATA", str(tmp_path))
    put(tmp_path / "kmnist", tiny, packing)
    assert len(load_published("kmnist").x[1]) == 4
    with pytest.raises(DataError, match="train-images-idx3-ubyte"):
        load_published("mnist")  # whose files lie in the folder itself


def test_without_that_folder_they_are_those_of_the_cache(tiny, tmp_path, monkeypatch):
    cache = put(tmp_path / "cache", tiny, packing)
    monkeypatch.setenv("SCRATCHAE_DATA", str(tmp_path))
    monkeypatch.setattr(published, "fetch_published", lambda which: cache)
    assert len(load_published("kmnist").x[1]) == 4


@pytest.mark.mnist
def test_real_mnist_has_its_known_counts(mnist):
    assert [x.shape for x in mnist.x] == [(60000, 784), (10000, 784)]
    for labels, zeros, ones in zip(
        mnist.labels, (5923, 980), (6742, 1135), strict=True
    ):
        assert (np.sum(labels == 0), np.sum(labels == 1)) == (zeros, ones)
    assert mnist.x[0].mean() == pytest.approx(0.1307, abs=5e-5)


@pytest.mark.mnist
def test_one_flipped_bit_in_the_real_file_is_noticed(mnist_dir, tmp_path):
    for path in Path(mnist_dir).iterdir():
        os.symlink(path, tmp_path / path.name)
    path = tmp_path / "t10k-labels-idx1-ubyte.gz"
    content = bytearray(gzip.decompress(path.read_bytes()))
    content[-1] ^= 1
    path.unlink()
    path.write_bytes(gzip.compress(bytes(content)))
    with pytest.raises(DataError, match="damaged or another file"):
        load_mnist(tmp_path)
