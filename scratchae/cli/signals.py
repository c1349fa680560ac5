"""Ctrl-C and SIGTERM end a command the same way: what is done so far is kept."""

import contextlib
import signal
import threading


@contextlib.contextmanager
def stopping():
    """Both signals raise KeyboardInterrupt in the block; gives the list of those met.

    A signal that the parent process has set to be ignored stays ignored.
    """
    met, before = [], {}

    def stop(number, frame):
        met.append(number)
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) != signal.SIG_IGN:
                before[number] = signal.signal(number, stop)
    try:
        yield met
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
