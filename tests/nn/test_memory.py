"""An array that somebody holds is never overwritten; one that is dropped is used again.
"""

import threading

import numpy as np
import pytest

from scratchae import Autoencoder, memory
from scratchae.memory import ALIGNMENT, aligned, recycled
from scratchae.networks.autoencoder import AutoencoderNetwork

pytestmark = pytest.mark.lecture13


@pytest.fixture(autouse=True)
def pool(monkeypatch):
    """Nothing handed out yet."""
    monkeypatch.setattr(memory, "_pool", memory._Pool())
    return memory._pool


def address(array):
    return array.ctypes.data


def share(*arrays):
    """Whether any two of them have a byte in common."""
    return any(np.shares_memory(a, b)
               for i, a in enumerate(arrays) for b in arrays[:i])


@pytest.mark.parametrize("make", [aligned, recycled])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(1,), (3, 7), (129, 33), (0, 5), ()])
def test_arrays_start_on_a_cache_line_and_are_writeable(make, shape, dtype):
    kept = [make(shape, dtype) for _ in range(5)]
    for array in kept:
        assert array.shape == shape and array.dtype == dtype and array.flags.carray
        assert array.size == 0 or address(array) % ALIGNMENT == 0
    assert not share(*kept)


def test_zeros_are_zero():
    dirty = aligned(5000)
    dirty[...] = 1
    del dirty
    assert not aligned(5000, make=np.zeros).any()


def test_arrays_that_are_held_never_share_memory():
    held = [recycled((3, 4)) for _ in range(20)]
    for i, array in enumerate(held):
        array[...] = i
    assert all((array == i).all() for i, array in enumerate(held))


def test_an_array_that_is_dropped_is_used_again():
    first, second = recycled((3, 4)), recycled((3, 4))
    where = address(second)
    del second
    assert address(recycled((3, 4))) == where
    assert address(recycled((3, 4))) == where != address(first)


WAYS = {  # to hold the memory of an array without the array itself
    "a view": lambda a: a[1:],
    "a view of a view": lambda a: a.T[:1].reshape(-1)[1:],
    "another type": lambda a: a.view(np.uint8),
    "a memoryview": memoryview,
    "a buffer in NumPy": lambda a: np.frombuffer(a, np.float32),
    "an iterator": lambda a: a.flat,
}


@pytest.mark.parametrize("way", WAYS)
def test_an_array_is_held_through(way):
    array = recycled((3, 4))
    where, held = address(array), WAYS[way](array)
    del array
    assert address(recycled((3, 4))) != where
    del held
    assert address(recycled((3, 4))) == where


@pytest.mark.parametrize("other", [((4, 3), np.float32), ((3, 4), np.float64)])
def test_memory_is_used_again_for_the_same_shape_and_dtype_only(other):
    array = recycled((3, 4))
    where = address(array)
    del array
    new = recycled(*other)
    assert address(new) != where and (new.shape, new.dtype) == other


def test_an_array_that_another_thread_holds_is_not_used_again():
    held, drop = threading.Event(), threading.Event()
    boxes = [recycled((3, 4))]
    where = address(boxes[0])

    def hold():
        array = boxes.pop()
        held.set()
        drop.wait()
        del array

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    meanwhile = address(recycled((3, 4)))
    drop.set()
    thread.join()
    assert meanwhile != where == address(recycled((3, 4)))


def test_threads_do_not_hand_out_each_others_memory():
    mine = recycled((3, 4))
    where, seen = address(mine), []
    del mine  # free, but only for this thread

    def look():
        seen.append(address(recycled((3, 4))))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen[0] != where == address(recycled((3, 4)))


def test_beyond_the_limit_the_blocks_before_are_given_up(pool, monkeypatch):
    monkeypatch.setattr(memory, "LIMIT", 10_000)
    held = [recycled((500,)) for _ in range(20)]  # 2064 bytes each
    assert pool.size <= 10_000
    kept = [b for blocks, _ in pool.kept.values() for b in blocks]
    assert pool.size == sum(b.nbytes for b in kept)
    assert not share(*held)


def test_an_array_as_large_as_the_limit_is_not_kept(pool, monkeypatch):
    monkeypatch.setattr(memory, "LIMIT", 10_000)
    small, large = recycled((5,)), recycled((10_000,))
    assert pool.size == 20 + ALIGNMENT and large.size == 10_000
    where = address(small)
    del small
    assert address(recycled((5,))) == where


def test_codes_that_are_kept_outlive_later_predictions(rng):
    network = AutoencoderNetwork((6, 5, 2))
    network.initialise(rng, rng.uniform(size=(9, 6)))
    batches = rng.uniform(size=(4, 9, 6)).astype(np.float32)
    kept = [network.encoder.predict(x) for x in batches]
    again = [network.encoder.predict(x).copy() for x in batches]
    np.testing.assert_array_equal(kept, again)


def test_a_second_training_step_takes_the_memory_of_the_first(rng, pool):
    network = AutoencoderNetwork((6, 5, 2), loss="bernoulli")
    x = rng.uniform(size=(9, 6)).astype(np.float32)
    network.initialise(rng, x)
    sizes = []
    for _ in range(3):
        network.loss(x)
        network.backward()
        sizes.append(pool.size)
    assert sizes[0] == sizes[1] == sizes[2]


def test_arrays_that_somebody_collects_are_not_looked_through_for_ever():
    pool, shape = memory._pool, (1, 31)
    held = [recycled(shape) for _ in range(3 * memory.MOST + 5)]
    blocks, starts = pool.kept[shape, np.float32]
    assert len(blocks) == len(starts) <= memory.MOST
    assert len({array.ctypes.data for array in held}) == len(held)
    kept = [b for blocks, _ in pool.kept.values() for b in blocks]
    assert pool.size == sum(b.nbytes for b in kept)


@pytest.mark.parametrize("limit", ["MACHINE", "CONTAINER"])
def test_a_training_larger_than_what_is_free_is_refused_before_it_begins(
    limit, tmp_path, monkeypatch
):
    place = tmp_path / "m"
    if limit == "CONTAINER":  # of what it has, files are given back
        place.mkdir()
        for name, says in (("max", "100000"), ("current", "50000"),
                           ("stat", "anon 7\ninactive_file 8000\nactive_file 3440\n")):
            (place / f"memory.{name}").write_text(f"{says}\n")
    else:
        place.write_text("Other: 1 kB\nMemAvailable: 60 kB\n")
    monkeypatch.setattr(memory, limit, place)
    monkeypatch.setattr("scratchae.models.neural.LARGE", 1000)
    x = np.zeros((9, 100))
    Autoencoder(2, (10,), epochs=1, verbose=False).fit(x)  # 2 400 parameters: 58 kB
    model = Autoencoder(2, (20,), epochs=1, verbose=False)
    with pytest.raises(MemoryError, match=r"training \d+ parameters would take "
                       r"0.0001\d+ GB of memory, of which 6.14e-05 GB are free"):
        model.fit(x)
    assert not hasattr(model, "history_")


def test_a_network_larger_than_what_is_free_is_not_even_made(monkeypatch):
    monkeypatch.setattr(memory, "MACHINE", memory.CONTAINER)  # does not say
    with pytest.raises(MemoryError, match="would take 2.4e.05 GB of memory"):
        AutoencoderNetwork((10**6, 15 * 10**6))


def place(folder, **says):
    folder.mkdir()
    for name, text in says.items():
        (folder / f"memory.{name}").write_text(f"{text}\n")
    return folder


@pytest.mark.parametrize("container, free", [
    ({}, 900 * 1024), ({"max": "max", "current": 50}, 900 * 1024),
    ({"max": 5000, "current": 1000}, 4000),
    ({"max": 5000, "current": 1000, "stat": "file 7\ninactive_file 300"}, 4300),
    ({"max": 5000, "current": 1000, "stat": "active_file 200\ninactive_file 300"},
     4500),
    ({"max": 10**9, "current": 0}, 900 * 1024),
])
def test_free_is_what_the_machine_and_its_container_leave(
    container, free, tmp_path, monkeypatch
):
    """A container without a limit says max, and none need say how much is of files."""
    (tmp_path / "info").write_text("MemTotal: 9999 kB\nMemFree: 5 kB\n"
                                   "MemAvailable:     900 kB\nCached: 7 kB\n")
    monkeypatch.setattr(memory, "MACHINE", tmp_path / "info")
    monkeypatch.setattr(memory, "CONTAINER", place(tmp_path / "c", **container))
    memory.check_memory(free, "this")
    with pytest.raises(MemoryError, match="^this would take"):
        memory.check_memory(free + 1, "this")


def test_a_machine_that_does_not_say_what_is_available_has_all_its_pages(
    tmp_path, monkeypatch
):
    (tmp_path / "info").write_text("MemTotal: 5 kB\n")
    monkeypatch.setattr(memory, "MACHINE", tmp_path / "info")
    monkeypatch.setattr(memory, "CONTAINER", tmp_path / "none")
    monkeypatch.setattr(memory.os, "sysconf", {"SC_PHYS_PAGES": 1000,
                                               "SC_PAGE_SIZE": 3 * 10**6}.get)
    memory.check_memory(3 * 10**9, "this")
    with pytest.raises(MemoryError, match="take 4.5 GB of memory, of which 3 GB are f"):
        memory.check_memory(4.5e9, "this")
    monkeypatch.delattr(memory.os, "sysconf")
    memory.check_memory(10**30, "this")  # nobody knows
