"""How kernels are compiled, cached and entered: one place for Numba's traps."""

import contextlib
import gc
import hashlib
import time
from pathlib import Path

from llvmlite import binding
from numba import config, njit
from numba.core import event
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler

from scratchae.interrupts import held_back
from scratchae.kernels.cache import KernelCache, keeps, not_kept
from scratchae.pulse import doing, tell

# Multiply and add may be fused into one instruction. The order of sums is kept, and
# so are NaN and infinity: the guard against divergence depends on them.
FUSED = {"contract"}
# Where a kernel sums along a row, the compiler may also keep one partial sum per
# lane. The order is fixed when the kernel is compiled, so runs agree bit for bit.
SUMS = {"contract", "reassoc", "nsz"}

CPU_NAME = config.CPU_NAME or binding.get_host_cpu_name()  # as LLVM calls it
FEATURES = config.CPU_FEATURES  # "" for NUMBA_CPU_NAME=generic
if FEATURES is None:
    FEATURES = binding.get_host_cpu_features().flatten()
WIDE = "+avx512f" in FEATURES.split(",")
REGISTER_BYTES = 64 if WIDE else 32  # that kernels are written for

# That kernels run on, and shares that work is cut into. Results do not depend on it.
THREADS = config.NUMBA_NUM_THREADS


class _Part(JITCodeLibrary):
    """The code of a function that is only ever called by kernels.

    Numba optimises each function, and makes machine code of it, with all that it
    calls; then again within its callers, level by level. Here it happens in the kernel
    alone, which takes a third of the time away.
    """

    def _optimize_final_module(self):
        pass

    def _finalize_final_module(self):
        self._finalized = True

    @property
    def codegen(self):
        return self

    def set_env(self, name, env):
        """There is no machine code that could want to know its globals."""


class _PartCompiler(Compiler):
    """Numba's compiler, which puts its result into a _Part."""

    def __init__(self, typing, target, library, *rest):
        library = _Part(target.codegen(), "part of a kernel")
        super().__init__(typing, target, library, *rest)


def inline(function=None, *, fastmath=FUSED, always=False):
    """Compile a function that kernels call; it becomes part of them.

    always : even where LLVM would call it, for what is called a thousand times a step
    """
    if function is None:
        return lambda function: inline(function, fastmath=fastmath, always=always)
    return njit(fastmath=fastmath, no_cpython_wrapper=True, no_cfunc_wrapper=True,
                forceinline=always, pipeline_class=_PartCompiler)(function)


def kernel(function):
    """Compile what Python calls when it is first called, and keep it on disk.

    Numba's own cache notices an edit of the file that holds the kernel, but not of
    the files whose functions the kernel calls. Here the entry's name carries a digest
    of every file of this folder and below. Where the disk cannot be written, or a
    version of Numba does not let us set the cache, the kernel lives in memory only.
    """
    # x / 0 is infinite, as in NumPy: a test for zero would stop vectorisation.
    compiled = njit(nogil=True, fastmath=FUSED, error_model="numpy",
                    no_cfunc_wrapper=True)(function)
    if config.DISABLE_JIT:
        return compiled
    try:
        compiled._cache = KernelCache(function, _SOURCES, _clock.waiting)
    except (RuntimeError, OSError, AttributeError) as error:
        not_kept(error)
    return compiled


def _digest_of_sources():
    # Kernels are written for registers of one size; an entry made by another machine,
    # or for another processor on request, must not serve here.
    digest = hashlib.sha256(REGISTER_BYTES.to_bytes(2, "little"))
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.digest()


_SOURCES = _digest_of_sources()


@contextlib.contextmanager
def _no_collection():
    """Python does not look for garbage: the compiler makes millions of objects."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _CompileClock(event.Listener):
    """Says once on the screen that kernels are being compiled, and adds up the time.

    Kernels compile the functions they call, so that events nest: only the outermost
    counts. Functions of other people compile without a word. Ctrl-C waits for its end,
    and until what was waited for is on the disk.
    """

    def __init__(self):
        self.seconds, self._depth, self._inside = 0.0, 0, None

    def on_start(self, event):
        if self._depth == 0:
            if not _is_ours(event):
                return
            self._inside = contextlib.ExitStack()
            self._inside.enter_context(self.waiting(_function(event).__name__))
            self._inside.enter_context(held_back())
            self._inside.enter_context(_no_collection())
        self._depth += 1

    def on_end(self, event):
        if self._depth == 0:
            return
        self._depth -= 1
        if self._depth == 0:
            self._leave(**event.data)

    def _leave(self, dispatcher, args, **_):
        """Numba saves a kernel after this, if it has become one."""
        cache = dispatcher._cache
        if not isinstance(cache, KernelCache):
            self._inside.close()
            return
        cache.until_saved(self._inside)
        if tuple(args) not in dispatcher.overloads:
            cache.give_up()

    @contextlib.contextmanager
    def waiting(self, name):
        """A context: inside it, a kernel is being compiled, here or elsewhere."""
        start = time.perf_counter()
        if self.seconds == 0:
            how = "once, then kept on disk" if keeps() else "for this process only"
            tell(f"compiling kernels ({how}) ...")
        try:
            with doing(f"compiling {name}"):
                yield
        finally:
            self.seconds += time.perf_counter() - start


def _is_ours(event):
    """Whether the function that is compiled belongs to this folder's package."""
    return str(_function(event).__module__).startswith(__package__)  # None after exec


def _function(event):
    return event.data["dispatcher"].py_func


_clock = _CompileClock()
event.register("numba:compile", _clock)


def compile_seconds():
    """Seconds that this process has spent compiling kernels."""
    return _clock.seconds
