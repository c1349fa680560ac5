"""How a command ends: its last line, its status, and what it puts back."""

import os
import signal
import subprocess
import sys
import warnings

import pytest

from scratchae import PCA, cli
from scratchae.cli import data, main
from scratchae.cli.options import (
    layer_sizes,
    non_negative_int,
    non_negative_number,
    positive_int,
    positive_number,
)
from scratchae.cli.signals import stopping
from scratchae.cli.words import typed_words
from scratchae.errors import DataError


def ending(error, monkeypatch, capsys, *more):
    """The status of a command that raises this, and what it says."""
    def show(_):
        raise error

    monkeypatch.setattr(data, "show", show)
    status = main(["data", *more, "show"])
    return status, capsys.readouterr().err


@pytest.mark.parametrize("error, said", [
    (ValueError("of two\n  lines"), "of two lines"), (OSError("  gone "), "gone"),
    (DataError("a file"), "a file"), (MemoryError(), "MemoryError"),
    (ZeroDivisionError("by 0"), "by 0"), (OverflowError(), "OverflowError"),
])
def test_an_error_is_one_line_with_its_name_where_it_has_no_words(
    error, said, monkeypatch, capsys
):
    assert ending(error, monkeypatch, capsys) == (2, f"scratchae: {said}\n")
    with pytest.raises(type(error)):
        ending(error, monkeypatch, capsys, "--debug")


@pytest.mark.parametrize("error", [TypeError("ours"), KeyError("ours")])
def test_a_mistake_of_the_package_keeps_its_traceback(error, monkeypatch, capsys):
    with pytest.raises(type(error)):
        ending(error, monkeypatch, capsys)


@pytest.mark.parametrize("words, said", [((), ""), (("kept a: b",), ": kept a: b")])
def test_ctrl_c_says_what_was_kept_if_anything(words, said, monkeypatch, capsys):
    error = KeyboardInterrupt(*words)
    assert ending(error, monkeypatch, capsys) == (
        130, f"scratchae: interrupted{said}\n")


@pytest.mark.parametrize("status", [None, 0, 1])
def test_the_status_of_a_command_is_that_of_the_process(status, monkeypatch):
    monkeypatch.setattr(data, "show", None)
    monkeypatch.setattr(cli.museum, "run", lambda options: status)
    assert main(["museum"]) == (status or 0)


def test_a_reader_that_leaves_ends_the_command_without_a_word():
    code = ("import sys; from scratchae.cli import data, main; data.show = lambda o: "
            "print('line\\n' * 10**5); sys.exit(main(['data', 'show']))")
    command = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    command.stdout.readline()
    command.stdout.close()
    assert command.stderr.read() == b"" and command.wait() == 141


def test_what_a_reader_never_took_of_a_short_output_is_noticed(monkeypatch, capsys):
    """It is still in the buffer when the command has done its work."""
    class Gone:
        def write(self, text):
            return len(text)

        def flush(self):
            raise BrokenPipeError

        def fileno(self):
            return 99

    closed = []
    monkeypatch.setattr(data, "show", lambda options: print("one line"))
    monkeypatch.setattr(cli.os, "dup2", lambda *numbers: closed.append(numbers[1]))
    monkeypatch.setattr(sys, "stdout", Gone())
    assert main(["data", "show"]) == 141 and closed == [99]  # 1 is a failed check


# What is put back


@pytest.mark.parametrize("error", [None, ValueError("n_components=3"), DataError("x")])
def test_typed_words_are_of_their_block_only(error):
    before = warnings.showwarning
    try:
        with typed_words(PCA):
            assert warnings.showwarning is not before
            if error:
                raise error
    except ValueError as caught:
        assert str(caught) == str(error).replace("n_components=", "--latent ")
    assert warnings.showwarning is before


def test_words_of_a_file_are_no_parameters():
    """A column may be called as a parameter is."""
    with pytest.raises(DataError, match="^n_components= in line 3$"):
        with typed_words(PCA):
            raise DataError("n_components= in line 3")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_was_ignored_stays_so_inside_and_after(number):
    before = signal.signal(number, signal.SIG_IGN)
    try:
        with stopping() as met:
            assert signal.getsignal(number) == signal.SIG_IGN
            os.kill(os.getpid(), number)
        assert signal.getsignal(number) == signal.SIG_IGN and met == []
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_handlers_of_others_are_back_after_a_signal(number):
    before = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(KeyboardInterrupt), stopping() as met:
        signal.raise_signal(number)
    assert met == [number]
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == before


# Numbers that are typed

NUMBERS = {
    positive_int: ({"1": 1, " 5 ": 5, "+7": 7}, "0 -1 1.0 1e3 x inf ++1"),
    non_negative_int: ({"0": 0, " 5 ": 5, "+7": 7}, "-1 1.0 1e3 x inf ++1 +-1"),
    non_negative_number: ({"0": 0, "1e3": 1000, ".5": 0.5}, "-1 inf nan 1e999 x -inf"),
    positive_number: ({"1e-9": 1e-9, "3": 3}, "0 -1 inf nan 1e999 x -inf"),
    layer_sizes: ({"": (), "4": (4,), "400,200": (400, 200)}, "4, ,4 4;2 0 4,0 x"),
}


@pytest.mark.parametrize("kind", NUMBERS)
def test_a_number_that_is_typed_is_in_its_range_and_finite(kind):
    taken, refused = NUMBERS[kind]
    assert {text: kind(text) for text in taken} == taken
    for text in (*refused.split(), " " if kind is not layer_sizes else "4,,2"):
        with pytest.raises(Exception, match="expected a"):
            kind(text)


@pytest.mark.parametrize("handler", ["SIG_IGN", "default_int_handler", "hold"])
def test_only_pythons_own_handler_is_replaced_while_a_command_imports(handler):
    """A command in the background of a script, as by nohup, has Ctrl-C ignored."""
    code = ("import signal, sys\ndef hold(*_): pass\nsys.argv = ['scratchae']\n"
            f"given = vars(signal).get('{handler}', hold)\n"
            "signal.signal(signal.SIGINT, given)\nimport scratchae\n"
            "print(signal.getsignal(signal.SIGINT) == given)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == str(handler != "default_int_handler"), done.stderr
