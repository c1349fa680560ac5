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
    came, handlers = [], {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            handler = signal.getsignal(number)
            if callable(handler):
                handlers[number] = handler
                signal.signal(number, lambda *arguments: came.append(arguments))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for number, frame in came[:1]:
            handlers[number](number, frame)
