"""Machine code on disk: a damaged file or a full disk never ends a run."""

import gc
import os
import shutil
import signal
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import HANGS
from kernel_tools import double, empty_cache
from without_numba import numba_or_skip

numba = numba_or_skip()
if numba.config.DISABLE_JIT:
    pytest.skip("nothing is compiled here", allow_module_level=True)

from scratchae import kernels  # noqa: E402
from scratchae.interrupts import held_back  # noqa: E402
from scratchae.kernels import cache, compile  # noqa: E402
from scratchae.kernels.compile import kernel  # noqa: E402

pytestmark = pytest.mark.lecture13


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty place for compiled kernels, and nothing said yet."""
    return empty_cache(tmp_path, monkeypatch)


def use(dtype=np.float32):
    """The kernel of a new process, called once: (its result, loads from disk)."""
    compiled = kernel(double)
    x = np.ones(3, dtype)
    compiled(x)
    return x.tolist(), sum(compiled.stats.cache_hits.values())


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def other_dtype(path, folder):
    use(np.float64)
    (other,) = set(files(folder)) - {path}
    shutil.copy(other, path)


def signed(path, folder):
    content = b"no pickle"
    path.write_bytes(cache.sealed(path, content))


def directory(path, folder):
    path.unlink()
    (path / "inside").mkdir(parents=True)


def bit(path, folder):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


DAMAGES = {
    "nothing": lambda path, folder: path.write_bytes(b""),
    "first half": lambda path, folder: os.truncate(path, path.stat().st_size // 2),
    "last byte": lambda path, folder: os.truncate(path, path.stat().st_size - 1),
    "garbage": lambda path, folder: path.write_bytes(bytes(range(256)) * 40),
    "one bit": bit,
    "no pickle": signed,
    "a directory": directory,
    "the code of another dtype": other_dtype,
}


def test_second_use_loads_from_disk(folder):
    assert use() == ([2, 2, 2], 0)
    assert use() == ([2, 2, 2], 1)


@pytest.mark.parametrize("setting", ["BOUNDSCHECK", "OPT"])
def test_code_made_under_another_setting_of_numba_is_not_taken(
    setting, folder, monkeypatch
):
    use()
    with monkeypatch.context() as patch:
        patch.setattr(numba.config, setting, 1)
        assert use() == ([2, 2, 2], 0)
        assert use() == ([2, 2, 2], 1)
    assert use() == ([2, 2, 2], 1)  # nor does it push the other out


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_entry_is_compiled_anew_with_one_line(damage, folder, capsys):
    use()
    DAMAGES[damage](files(folder)[0], folder)
    capsys.readouterr()
    assert use() == ([2, 2, 2], 0)
    said = capsys.readouterr().err.splitlines()
    assert len([line for line in said if "cannot be used, compiling" in line]) == 1


@pytest.mark.parametrize("damage", sorted({*DAMAGES} - {"a directory"}))
def test_damaged_entry_is_replaced(damage, folder):
    use()
    DAMAGES[damage](files(folder)[0], folder)
    use()
    assert use() == ([2, 2, 2], 1)


def test_vanished_folder_is_made_again(folder):
    compiled = kernel(double)
    shutil.rmtree(folder)
    compiled(np.ones(3, np.float32))
    assert len(files(folder)) == 1


def test_folder_that_cannot_be_made_leaves_kernels_in_memory(folder, capsys):
    compiled = kernel(double)
    (place,) = folder.iterdir()
    shutil.rmtree(place)
    place.write_bytes(b"in the way")
    x = np.ones(3, np.float32)
    compiled(x)
    assert x.tolist() == [2, 2, 2]
    assert capsys.readouterr().err.count("not kept on disk") == 1


@pytest.fixture
def users_cache(monkeypatch, folder):
    """The user's folder, which is not there yet, with NUMBA_CACHE_DIR unset."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    monkeypatch.setattr(cache, "user_cache", lambda: folder / "user")
    return folder / "user"


def test_kernels_are_kept_in_the_users_cache_and_not_beside_the_sources(
    users_cache, tmp_path, monkeypatch
):
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "tiny.py").write_text("def double(x):\n    x[0] = 2\n")
    monkeypatch.syspath_prepend(tmp_path / "sources")
    import tiny

    kernel(tiny.double)(np.ones(3))
    assert [path.suffix for path in files(users_cache / "kernels")] == [".nbc"]
    assert not [*(tmp_path / "sources").rglob("*.nb*")]


def test_sources_in_another_folder_have_a_folder_of_their_own(users_cache):
    """Else two versions would delete each other's entries in turn."""
    places = {cache.Place(f"/{version}/kernels/a.py").get_cache_path()
              for version in ("old", "new")}
    assert len(places) == 2


def test_a_cache_that_cannot_be_written_is_said_once_and_truly(
    users_cache, capsys, monkeypatch
):
    users_cache.write_bytes(b"in the way")
    monkeypatch.setattr(compile._clock, "seconds", 0.0)
    assert use() == ([2, 2, 2], 0) and use() == ([2, 2, 2], 0)
    compile._clock.on_start(event_of(kernels.render))
    compile._clock.on_end(event_of(kernels.render))
    said = capsys.readouterr().err
    assert said.count("not kept on disk") == 1 and str(users_cache) in said
    assert "for this process only" in said and "then kept" not in said


def test_numba_without_a_place_for_files_says_one_line(folder, capsys, monkeypatch):
    def refuse(self, function):
        raise RuntimeError("no locator available")

    monkeypatch.setattr(cache.FunctionCache, "__init__", refuse)
    assert use()[0] == [2, 2, 2] and use()[0] == [2, 2, 2]
    assert capsys.readouterr().err.count("not kept on disk: no locator") == 1


def test_entries_of_older_sources_are_removed(folder):
    use()
    (path,) = files(folder)
    old = path.with_name(path.name.replace(path.name.split(".")[-3], "0" * 16))
    path.rename(old)
    use()
    assert len(files(folder)) == 1 and not old.exists()


FULL = """
import resource, sys
import numpy as np
from scratchae.kernels.compile import kernel
sys.path.insert(0, {folder!r})
from tiny import double
double = kernel(double)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
x = np.ones(3)
double(x)
print(x.tolist())
"""


def test_full_disk_leaves_kernels_in_memory_and_no_partial_file(folder, tmp_path):
    pytest.importorskip("resource")
    (tmp_path / "tiny.py").write_text(
        "import numba\n\n\ndef double(x):\n"
        "    for i in range(len(x)):\n        x[i] = 2 * x[i]\n"
    )
    place = tmp_path / "cache"
    done = subprocess.run(
        [sys.executable, "-c", FULL.format(folder=str(tmp_path))],
        env={**os.environ, "NUMBA_CACHE_DIR": str(place)},
        capture_output=True, text=True, timeout=HANGS,
    )
    assert done.stdout.strip() == "[2.0, 2.0, 2.0]", done.stderr
    assert done.stderr.count("not kept on disk") == 1
    assert "Traceback" not in done.stderr and not files(place)


def test_processes_that_write_at_once_keep_both_kernels(folder):
    first, second = kernel(double), kernel(double)  # of two processes
    save = cache.Entries.save
    late = []

    def slow(self, key, data):
        late.append((self, key, data))

    cache.Entries.save = slow
    try:
        first(np.ones(3, np.float32))
        second(np.ones(3, np.float64))
    finally:
        cache.Entries.save = save
    for entry in reversed(late):
        save(*entry)
    assert use(np.float32) == ([2, 2, 2], 1) and use(np.float64) == ([2, 2, 2], 1)


def test_no_two_compiled_functions_have_one_name():
    """Files of several processes are linked by name: one name must mean one code."""
    names = {}
    for module in [m for n, m in sys.modules.items() if n.startswith(kernels.__name__)]:
        for function in vars(module).values():
            if isinstance(function, numba.core.dispatcher.Dispatcher):
                code = function.py_func
                name = code.__module__, code.__qualname__
                names.setdefault(name, set()).add(id(code))
    assert ("scratchae.kernels.noise", "change") in names
    assert [name for name, codes in names.items() if len(codes) > 1] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_llvm_is_at_work_is_handled_once_at_its_end(number):
    handled = []

    def handler(*given):
        handled.append(given[0])

    before = signal.signal(number, handler)
    try:
        with held_back():
            signal.raise_signal(number)
            signal.raise_signal(number)
            assert handled == []
        assert handled == [number] and signal.getsignal(number) is handler
    finally:
        signal.signal(number, before)


def event_of(function):
    return SimpleNamespace(data={"args": (), "dispatcher": SimpleNamespace(
        py_func=function, _cache=None)})


@pytest.mark.parametrize("kept, words", [(True, "once, then kept on disk"),
                                         (False, "for this process only")])
def test_compilations_inside_one_of_ours_count_once_and_others_not_at_all(
    kept, words, monkeypatch, capsys
):
    clock, times = compile._CompileClock(), iter([0, 3, 10, 14])
    now = SimpleNamespace(perf_counter=lambda: next(times))
    monkeypatch.setattr(compile, "time", now)
    monkeypatch.setattr(compile, "keeps", lambda: kept)
    ours, theirs = event_of(kernels.render), event_of(shutil.copy)
    nobodys = event_of(eval("lambda: 0", {}))  # which has no module
    for outer in (theirs, nobodys, ours, ours):
        clock.on_start(outer)
        assert gc.isenabled() == (outer is not ours)
        clock.on_start(theirs)
        clock.on_end(theirs)
        clock.on_end(outer)
        assert gc.isenabled()
    assert clock.seconds == 3 + 4
    assert capsys.readouterr().err == f"compiling kernels ({words}) ...\n"
