"""Machine code kept on disk, which may be damaged, full or out of reach.

Numba keeps an index and numbered files for each kernel: a file of 0 bytes ends every
later process, a full disk ends this one, and two processes that write at once may
leave a number with the other's code. Here each entry is one file, named by all that
it depends on, which begins with the digest of the rest. What cannot be used is said
in one line, and compiled anew.

Nothing is written beside the sources: what pip does not know it does not remove, and
a folder that is left over hides a package of its name that is installed elsewhere.
"""

import contextlib
import hashlib
import os
import pickle
import sys
import tempfile
import time
import uuid
from pathlib import Path

import numba
from numba.core.caching import CompileResultCacheImpl, FunctionCache
from numba.core.serialize import dumps

from scratchae.files import user_cache
from scratchae.interrupts import held_back
from scratchae.locks import holding
from scratchae.pulse import tell

LONGEST, GLANCE = 120.0, 0.02  # seconds: to wait for another process, between looks
# Numba's settings that make other machine code of the same function, such as
# NUMBA_BOUNDSCHECK=1 in the environment.
SETTINGS = ("BOUNDSCHECK", "OPT", "LOOP_VECTORIZE", "SLP_VECTORIZE", "ENABLE_AVX",
            "DISABLE_INTEL_SVML", "DEBUGINFO_DEFAULT")
_said = set()


def say_once(kind, text):
    """One line on stderr, the first time that this kind of thing happens."""
    if kind not in _said:
        _said.add(kind)
        tell(f"scratchae: {text}")


def not_kept(error):
    """Say that kernels live in the memory of this process only."""
    say_once("save", f"compiled kernels are not kept on disk: {error}; "
             "NUMBA_CACHE_DIR=DIR keeps them in DIR")


def keeps():
    """Whether nothing so far has kept a kernel from the disk."""
    return "save" not in _said


class Place:
    """Where kernels of one folder of sources lie, as Numba wants to be told.

    In NUMBA_CACHE_DIR where that is set, else in the user's cache: one folder for each
    folder of sources, so that two versions do not throw out each other's entries.
    """

    def __init__(self, path):
        home = numba.config.CACHE_DIR or user_cache() / "kernels"
        sources = Path(path).absolute().parent
        name = f"{sources.name}_{digest(str(sources).encode())[:16]}"
        self._folder = Path(home, name)

    @classmethod
    def from_function(cls, function, path):
        place = cls(path)
        place.ensure_cache_path()
        return place

    def ensure_cache_path(self):
        """Raises OSError, which names the folder, where no file can be written."""
        self._folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=self._folder).close()

    def get_cache_path(self):
        return str(self._folder)

    def get_source_stamp(self):  # both are in the names of our files
        return ""

    get_disambiguator = get_source_stamp


class Placed(CompileResultCacheImpl):
    """Numba's way of writing a compiled function, told of our place."""

    _locator_classes = [Place]


class KernelCache(FunctionCache):
    """Numba's cache of one function, with our files, that never ends a run.

    A kernel that is not there is compiled by one process at a time: others wait for it
    and find it then.

    stamp : bytes that change with the sources and the machine
    waiting : function of the kernel's name that gives a context to wait in
    """

    _impl_class = Placed

    def __init__(self, function, stamp, waiting=contextlib.nullcontext):
        super().__init__(function)
        tag = sys.implementation.cache_tag
        name = f"{function.__module__}.{function.__qualname__}.{tag}"
        self._cache_file = Entries(self.cache_path, name, stamp)
        self._wait = lambda: waiting(function.__name__)
        self._alone = contextlib.ExitStack()  # from a miss until the kernel is saved

    def load_overload(self, sig, target_context):
        """The kernel of this signature, or None where there is none of use."""
        self._alone.close()
        found = self._load(sig, target_context)
        if found is None and keeps():
            others = self._cache_file.take_turn(self._alone, self._wait)
            found = self._load(sig, target_context) if others else None
        if found is not None:
            self._alone.close()
        return found

    def until_saved(self, stack):
        """Close this stack as well when the kernel is saved, or given up."""
        self._alone.push(stack)

    def give_up(self):
        """No kernel has come of it: others need not wait for one."""
        self._alone.close()

    def kept(self):
        """Whether there is any machine code of the kernel."""
        return self._cache_file.are_there()

    def _load(self, sig, target_context):
        try:
            with held_back():
                return super().load_overload(sig, target_context)
        except Exception as error:  # whatever a foreign file makes Numba think of
            reason = f"{type(error).__name__}: {error}" if str(error) else repr(error)
            say_once(
                "load", f"a kernel kept on disk cannot be used, compiling: {reason}"
            )

    def save_overload(self, sig, data):
        """Keep the kernel, or say why that is not possible."""
        try:
            super().save_overload(sig, data)
        except Exception as error:
            not_kept(error)
        finally:
            self._alone.close()


class Entries:
    """The files NAME.STAMP.KEY.nbc of one kernel; Numba's index file is not needed."""

    def __init__(self, folder, name, stamp):
        self.folder, self.name = Path(folder), name
        self.stamp = digest(stamp + numba.__version__.encode())[:16]

    def load(self, key):
        """What was saved under this key, or None. Raises ValueError where damaged."""
        path = self._path(key)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        if content != sealed(path, content[64:]):
            raise ValueError(f"{path} is damaged")
        return pickle.loads(content[64:])

    def save(self, key, data):
        """Keep data under this key, all or nothing; older entries of a name go."""
        content, path = dumps(data), self._path(key)
        partial = path.with_name(f"{path.name}.{uuid.uuid4().hex[:8]}")
        try:
            partial.write_bytes(sealed(path, content))
            os.replace(partial, path)
        finally:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
        for path in self._files():
            if not path.name.startswith(f"{self.name}.{self.stamp}."):
                path.unlink(missing_ok=True)

    def take_turn(self, stack, waiting):
        """Hold the kernel in this stack; whether others had to be waited for.

        Where there can be no lock, or who has it does not move, nobody is waited for.
        """
        place, end = self.folder / f"{self.name}.{self.stamp}", None
        with contextlib.suppress(OSError), contextlib.ExitStack() as wait:
            while end is None or time.monotonic() < end:
                try:
                    stack.enter_context(holding(place))
                    break
                except BlockingIOError:
                    if end is None:
                        end = time.monotonic() + LONGEST
                        wait.enter_context(waiting())
                time.sleep(GLANCE)
        return end is not None

    def are_there(self):
        """Whether any machine code of the kernel's present sources is kept."""
        return any(path.name.startswith(f"{self.name}.{self.stamp}.")
                   and path.suffix == ".nbc" for path in self._files())

    def flush(self):
        """Forget all entries of the kernel."""
        for path in self._files():
            path.unlink(missing_ok=True)

    def _path(self, key):
        settings = [str(getattr(numba.config, name, None)) for name in SETTINGS]
        key = digest(repr((key, settings)).encode())[:32]
        return self.folder / f"{self.name}.{self.stamp}.{key}.nbc"

    def _files(self):
        return [p for p in self.folder.iterdir() if p.name.startswith(f"{self.name}.")]


def sealed(path, content):
    """Bytes after their digest, which holds for a file of this name only."""
    return digest(path.name.encode() + content).encode() + content


def digest(content):
    """SHA-256 of bytes, in 64 characters."""
    return hashlib.sha256(content).hexdigest()
