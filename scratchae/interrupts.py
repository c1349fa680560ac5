"""Ctrl-C while LLVM is at work, a library is imported, or a result is handed over."""

import contextlib
import signal
import threading


@contextlib.contextmanager
def held_back():
    """Signals whose handlers may raise are handled at the end of the block.

    LLVM calls back into Python, and what is raised there is printed and forgotten. A
    library whose import was interrupted is there by halves for the rest of the process.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # no other thread is interrupted
        return
    came = []
    try:
        with _noted(signal.SIGINT, came), _noted(signal.SIGTERM, came):
            yield
    finally:
        for handler, arguments in came[:1]:
            handler(*arguments)


@contextlib.contextmanager
def _noted(number, came):
    """Note this signal and its handler in the block; then the handler is back, though
    the other signal's raises meanwhile."""
    handler = signal.getsignal(number)
    try:
        if callable(handler):
            signal.signal(number, lambda *arguments: came.append((handler, arguments)))
        yield
    finally:
        if callable(handler):
            signal.signal(number, handler)
