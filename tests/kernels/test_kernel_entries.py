"""What a kernel's file on disk is named by: all that its machine code depends on."""

import contextlib
import signal
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from kernel_tools import double, empty_cache
from without_numba import numba_or_skip

numba = numba_or_skip()
if numba.config.DISABLE_JIT:
    pytest.skip("nothing is compiled here", allow_module_level=True)

from numba.core import event  # noqa: E402

from scratchae.kernels import cache, compile  # noqa: E402
from scratchae.kernels.cache import Entries, KernelCache, sealed  # noqa: E402

pytestmark = pytest.mark.lecture13
KEY = "signature", ("x86_64", "zen3", "+avx2")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty place for compiled kernels, and nothing said yet."""
    return empty_cache(tmp_path, monkeypatch)


def path_of(key=KEY, stamp=b"sources"):
    return KernelCache(double, stamp)._cache_file._path(key)


CHANGES = {
    "the version of Numba": (numba, "__version__", "0.0"),
    "the version of Python": (cache.sys, "implementation",
                              SimpleNamespace(cache_tag="cpython-999")),
    **{name: (numba.config, name, "another") for name in (
        "BOUNDSCHECK", "OPT", "LOOP_VECTORIZE", "SLP_VECTORIZE", "ENABLE_AVX",
        "DISABLE_INTEL_SVML", "DEBUGINFO_DEFAULT")},
    "the module": (double, "__module__", "another"),
    "the function": (double, "__qualname__", "another"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_an_entry_has_another_name_where_the_code_may_be_another(change, monkeypatch):
    usual = path_of()
    assert path_of() == usual
    monkeypatch.setattr(*CHANGES[change])
    assert path_of() != usual


def test_signatures_processors_and_sources_have_entries_of_their_own():
    keys = [KEY, ("other", KEY[1]), (KEY[0], (*KEY[1][:1], "zen4", KEY[1][2]))]
    paths = {path_of(key, stamp) for key in keys for stamp in (b"sources", b"others")}
    assert len(paths) == 6 and {path.suffix for path in paths} == {".nbc"}


def test_registers_of_another_size_are_other_sources(monkeypatch):
    usual = compile._digest_of_sources()
    assert usual == compile._digest_of_sources() == compile._SOURCES
    monkeypatch.setattr(compile, "REGISTER_BYTES", 96 - compile.REGISTER_BYTES)
    assert compile._digest_of_sources() != usual


def entries(folder, name="a", stamp=b"1"):
    return Entries(folder, name, stamp)


def test_a_kernel_is_kept_where_its_present_sources_are(folder):
    """Neither an older one's file nor another kernel's, and no half of a file."""
    assert not entries(folder).are_there()
    entries(folder).save(KEY, "code")
    assert entries(folder).are_there()
    assert not entries(folder, stamp=b"2").are_there()
    assert not entries(folder, name="b").are_there()
    (path,) = folder.iterdir()
    path.rename(path.with_name(f"{path.name}.1a2b3c4d"))
    assert not entries(folder).are_there()


def test_saving_removes_older_entries_of_this_kernel_and_of_no_other(folder):
    entries(folder, "b").save(KEY, "another kernel")
    for stamp, key in (b"1", KEY), (b"2", KEY), (b"2", "other signature"):
        entries(folder, stamp=stamp).save(key, stamp)
    assert entries(folder).load(KEY) is None
    assert entries(folder, stamp=b"2").load(KEY) == b"2"
    assert entries(folder, stamp=b"2").load("other signature") == b"2"
    entries(folder, stamp=b"2").flush()
    assert entries(folder, "b").load(KEY) == "another kernel"
    assert len([*folder.iterdir()]) == 1


def test_one_process_may_save_between_the_two_steps_of_another(folder, monkeypatch):
    """Where files cannot be locked, both compile the same kernel and keep it."""
    right, others = cache.os.replace, [b"that of another process"]

    def interrupted(partial, path):
        if others:
            entries(folder).save(KEY, others.pop())
        right(partial, path)

    monkeypatch.setattr(cache.os, "replace", interrupted)
    entries(folder).save(KEY, b"the last to come")
    assert entries(folder).load(KEY) == b"the last to come"
    assert len([*folder.iterdir()]) == 1


def test_a_file_that_cannot_be_put_in_its_place_leaves_nothing(folder, monkeypatch):
    def refused(partial, path):
        raise OSError("no room")

    monkeypatch.setattr(cache.os, "replace", refused)
    with pytest.raises(OSError, match="no room"):
        entries(folder).save(KEY, "code")
    assert [*folder.iterdir()] == []


def test_a_folder_in_which_nothing_can_be_written_is_noticed_before_compiling(
    folder, monkeypatch, capsys
):
    """So that what is said of the wait is true."""
    def refused(dir):
        raise PermissionError(f"nothing may be written in {dir.parent.name}")

    monkeypatch.setattr(cache.tempfile, "TemporaryFile", refused)
    compile.kernel(double)
    assert not cache.keeps()
    said = f"not kept on disk: nothing may be written in {folder.name};"
    assert said in capsys.readouterr().err


def test_damage_is_said_of_the_file_that_has_it(folder):
    entries(folder).save(KEY, "code")
    (path,) = folder.iterdir()
    content = path.read_bytes()
    other = path.with_name("b" + path.name[1:])
    other.write_bytes(content)  # sealed for the other's name
    with pytest.raises(ValueError) as error:
        entries(folder, "b").load(KEY)
    assert str(error.value) == f"{other} is damaged"
    assert sealed(path, content[64:]) == content != sealed(other, content[64:])


def test_a_folder_of_sources_is_named_by_itself_and_its_whole_path(monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", "/kept")
    places = [Path(cache.Place(f"{room}/a.py").get_cache_path())
              for room in ("/old/kernels", "/new/kernels", "/old/kernels/product")]
    assert len({*places}) == 3 and {str(place.parent) for place in places} == {"/kept"}
    assert [place.name.split("_")[0] for place in places] == ["kernels", "kernels",
                                                              "product"]


def test_what_waits_is_called_by_the_kernels_name(monkeypatch):
    waited = []

    def busy(path):
        raise BlockingIOError

    def waiting(name):
        waited.append(name)
        return contextlib.nullcontext()

    monkeypatch.setattr(cache, "holding", busy)
    monkeypatch.setattr(cache, "LONGEST", 0.05)
    own = KernelCache(double, b"sources", waiting)
    with contextlib.ExitStack() as stack:
        assert own._cache_file.take_turn(stack, own._wait) is True
    assert waited == ["double"]


def test_another_process_is_waited_for_two_minutes_and_looked_at_fifty_times_a_second(
    folder, monkeypatch
):
    def busy(path):
        raise BlockingIOError

    now, naps, waits = [7.0], [], []

    def sleep(seconds):
        naps.append(seconds)
        now[0] += seconds

    monkeypatch.setattr(cache, "holding", busy)
    monkeypatch.setattr(cache, "time",
                        SimpleNamespace(monotonic=lambda: now[0], sleep=sleep))
    with contextlib.ExitStack() as stack:
        waited = entries(folder).take_turn(
            stack, lambda: waits.append(1) or contextlib.nullcontext())
    assert waited is True and waits == [1] and {*naps} == {0.02}
    assert 127 <= now[0] < 127.1


def test_a_kernel_that_nobody_holds_is_not_waited_for(folder):
    with contextlib.ExitStack() as stack:
        assert entries(folder).take_turn(stack, None) is False
        assert [path.suffix for path in folder.iterdir()] == [".lock"]
    assert [*folder.iterdir()] == []


def test_each_kind_of_trouble_is_said_once(capsys):
    for _ in range(2):
        cache.say_once("load", "first")
        assert cache.keeps()
    cache.not_kept("no room")
    cache.not_kept("again no room")
    assert not cache.keeps()
    assert capsys.readouterr().err == (
        "scratchae: first\nscratchae: compiled kernels are not kept on disk: no room; "
        "NUMBA_CACHE_DIR=DIR keeps them in DIR\n")


def test_an_entry_holds_any_data_as_it_was(folder):
    data = {"code": b"\x00\x01", "numbers": (1, 2.5), "none": None}
    entries(folder).save(KEY, data)
    assert entries(folder).load(KEY) == data
    assert entries(folder).load("other") is None
    assert len([*folder.iterdir()]) == 1


def refusing(error):
    def refuse(*given):
        raise error("no place for it")

    return refuse


@pytest.mark.parametrize("error", [AttributeError, OSError, RuntimeError])
def test_where_no_cache_can_be_set_kernels_live_in_memory(error, monkeypatch, capsys):
    """As in a version of Numba that has none of that name."""
    monkeypatch.setattr(compile, "KernelCache", refusing(error))
    x = np.ones(3)
    compile.kernel(double)(x)
    assert x.tolist() == [2, 2, 2] and not cache.keeps()
    assert capsys.readouterr().err.count("not kept on disk: no place for it;") == 1


def test_a_kernel_that_cannot_be_saved_is_not_held_from_other_processes(
    folder, monkeypatch
):
    """They would wait for it two minutes."""
    monkeypatch.setattr(Entries, "save", refusing(OSError))
    compiled = compile.kernel(double)  # as long as this process lives
    compiled(np.ones(3))
    assert not cache.keeps() and compiled.signatures
    assert not [path for path in folder.rglob("*") if path.is_file()]


def ours(function):
    """The function as one of the package's, whose compilation is watched."""
    function.__module__ = "scratchae.kernels.some"
    return compile.kernel(function)


def test_a_kernel_that_cannot_be_compiled_is_not_held_from_other_processes(folder):
    compiled = ours(lambda x: x.no_such_thing)
    with pytest.raises(numba.TypingError):
        compiled(np.ones(3))
    assert not [*folder.rglob(".*.lock")]


def test_what_ctrl_c_had_to_wait_for_is_kept_and_not_held(folder):
    class Impatient(event.Listener):
        def on_start(self, _):
            signal.raise_signal(signal.SIGINT)

        def on_end(self, _):
            pass

    compiled = ours(lambda x: x.sum())
    impatient = event.install_listener("numba:compile", Impatient())
    with pytest.raises(KeyboardInterrupt), impatient:
        compiled(np.ones(3))
    assert [path.suffix for path in folder.rglob("*") if path.is_file()] == [".nbc"]
