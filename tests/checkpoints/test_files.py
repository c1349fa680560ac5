"""Files that appear whole or not at all, and what other processes left beside them."""

import ast
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread

import pytest

import scratchae
from scratchae.files import check_writable, replacing, user_cache, write_csv
from scratchae.locks import holding, lock

PACKAGE = Path(scratchae.__file__).parent
TEXT = ("open", "read_text", "write_text", "TextIOWrapper")
UTF_8 = ("utf-8", "utf-8-sig")
NO_TEXT = ("os", "archive", "Image", "tokenize")  # whose open() has no encoding


def written(path, content=b"new"):
    with replacing(path) as file:
        file.write(content)
    return sorted(p.name for p in path.parent.iterdir())


@pytest.mark.parametrize("name", ["m.npz", "m[1].npz", "m*.npz"])
def test_a_part_is_removed_once_nobody_writes_it_any_more(name, tmp_path):
    """Whoever that is: another thread, process or container holds the same lock."""
    part = f".{name}.{'0f' * 16}.tmp"
    with open(tmp_path / part, "wb") as file:
        file.write(b"half")
        assert lock(file)
        assert written(tmp_path / name) == [part, name]
    assert written(tmp_path / name) == [name]


def test_a_part_is_left_alone_where_files_have_no_locks(tmp_path, monkeypatch):
    (tmp_path / (part := f".m.{'0f' * 16}.tmp")).write_bytes(b"half")
    monkeypatch.setattr("scratchae.files.lock", lambda file: None)
    assert written(tmp_path / "m") == [part, "m"]


def test_what_only_looks_like_a_part_of_this_file_is_not_touched(tmp_path):
    digits = "0f" * 16
    others = [".m.npz.tmp", f".mm.npz.{digits}.tmp", f".m1.npz.{digits}.tmp",
              ".m.npz.part", ".m[1].npz.word.tmp", f".m[1].npz.{digits}"]
    for name in others:
        (tmp_path / name).write_bytes(b"x")
    assert written(tmp_path / "m[1].npz") == sorted([*others, "m[1].npz"])


def test_a_part_that_a_cleaning_took_before_it_was_locked_is_made_again(
    tmp_path, monkeypatch
):
    """Between a file's making and its lock somebody may find it without one."""
    taken = []

    def late(file):
        if not taken:
            taken.append(os.unlink(file.name))
        return lock(file)

    monkeypatch.setattr("scratchae.files.lock", late)
    assert written(tmp_path / "m") == ["m"] and taken
    assert (tmp_path / "m").read_bytes() == b"new"


def test_many_writers_of_one_file_all_succeed_and_leave_one_whole_file(tmp_path):
    path = tmp_path / "m"
    contents = [bytes([i]) * 1000 for i in range(200)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda content: written(path, content), contents))
    assert path.read_bytes() in contents and [*tmp_path.iterdir()] == [path]


def test_two_writers_in_one_process_do_not_share_a_part(tmp_path):
    path = tmp_path / "m"
    with replacing(path) as first:
        first.write(b"first")
        with replacing(path) as second:
            second.write(b"second")
        assert path.read_bytes() == b"second"
    assert path.read_bytes() == b"first" and [*tmp_path.iterdir()] == [path]


@pytest.mark.skipif(os.name == "nt", reason="has no such modes")
def test_a_file_keeps_its_mode_and_a_new_one_has_the_usual(tmp_path):
    usual, private = tmp_path / "usual", tmp_path / "private"
    usual.touch()
    mode = usual.stat().st_mode
    written(usual)
    assert usual.stat().st_mode == mode
    private.touch()
    for mode in 0o600, 0o640, 0o444, 0o666:
        private.chmod(mode)
        with replacing(private) as file:
            assert os.fstat(file.fileno()).st_mode & 0o777 == mode  # from the start
        assert private.stat().st_mode & 0o777 == mode


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no such files")
def test_a_device_or_a_pipe_is_not_replaced_by_a_file(tmp_path):
    """/dev/null for root, say. Tried with what nobody misses if it is."""
    (link := tmp_path / "link").symlink_to(tmp_path / "pipe")
    os.mkfifo(tmp_path / "pipe")
    for path in tmp_path / "pipe", link:
        for write in written, check_writable:
            with pytest.raises(OSError, match="it is no regular file"):
                write(path)
    assert (tmp_path / "pipe").is_fifo() and link.is_symlink()


def test_an_error_without_a_number_is_passed_on_as_it_is(tmp_path):
    with pytest.raises(OSError, match="^plain$"), replacing(tmp_path / "m"):
        raise OSError("plain")
    with pytest.raises(OSError, match="cannot write the file .No space left") as caught:
        with replacing(tmp_path / "m"):
            raise OSError(28, "No space left")
    assert (caught.value.errno, caught.value.filename) == (28, str(tmp_path / "m"))
    assert not [*tmp_path.iterdir()]


def test_a_table_is_written_with_its_folder_and_whole(tmp_path):
    rows, path = iter([("é", 1), ("b,c", 2)]), tmp_path / "new" / "t.csv"
    write_csv(path, ["name", "n"], rows)
    assert path.read_bytes() == 'name,n\r\né,1\r\n"b,c",2\r\n'.encode()
    with pytest.raises(ZeroDivisionError):
        write_csv(path, ["n"], ([1 / i] for i in (1, 0)))
    assert path.read_bytes()[:6] == b"name,n" and [*path.parent.iterdir()] == [path]


# Locks


def test_a_held_path_is_refused_to_others_and_leaves_nothing(tmp_path):
    path, answers = tmp_path / "new" / "m.npz", []

    def other():
        try:
            with holding(path):
                answers.append("had it")
        except BlockingIOError as error:
            answers.append(str(error))

    with holding(path):
        with holding(path):  # the same thread may ask again
            Thread(target=other).start()
            while not answers:
                pass
    other()
    assert f"process {os.getpid()} is writing it" in answers[0]
    assert answers[1:] == ["had it"] and not [*tmp_path.iterdir()]


def test_a_path_that_is_asked_for_again_stays_held_and_an_error_lets_it_go(tmp_path):
    path, file = tmp_path / "new" / "m", tmp_path / "new" / ".m.lock"
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), holding(path):
            for _ in range(3):
                with holding(path), open(file, "rb") as other:
                    assert lock(other) is False
            with open(file, "rb") as other:
                assert lock(other) is False
            raise ZeroDivisionError
        assert not [*tmp_path.iterdir()]


def test_of_the_folders_that_were_made_for_a_path_none_is_left_if_they_stay_empty(
    tmp_path
):
    (tmp_path / "old").mkdir()
    with holding(tmp_path / "old/a/b/c/m.npz"):
        assert (tmp_path / "old/a/b/c").is_dir()
    assert [*tmp_path.rglob("*")] == [tmp_path / "old"]
    with holding(path := tmp_path / "old/a/b/m.npz"):
        (path.parent.parent / "mine.txt").write_text("mine")
    assert [p.name for p in tmp_path.rglob("*")] == ["old", "a", "mine.txt"]


HOLDS = """
import sys
from scratchae.locks import holding
with holding(sys.argv[1]):
    print("has it", flush=True)
    input()
"""


def test_a_lock_needs_no_room_on_the_disk_and_stays_nowhere(tmp_path, monkeypatch):
    def full():
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("socket.gethostname", full)  # it goes into the file
    with holding(tmp_path / "m"):
        monkeypatch.setattr("scratchae.locks._held", set())
        monkeypatch.undo()
        assert [p.name for p in tmp_path.iterdir()] == [".m.lock"]
    assert not [*tmp_path.iterdir()]


def test_a_killed_process_holds_nothing_any_more(tmp_path):
    path = tmp_path / "m.npz"
    with subprocess.Popen([sys.executable, "-c", HOLDS, path], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"has it\n"
        with pytest.raises(BlockingIOError, match=f"process {process.pid} is writing"):
            holding(path).__enter__()
        process.kill()
    with holding(path):
        (left,) = tmp_path.iterdir()
        assert left.name == ".m.npz.lock"
        assert left.read_text() == f"{os.getpid()} {socket.gethostname()}"
    assert not [*tmp_path.iterdir()]


def test_a_lock_file_that_its_holder_removes_meanwhile_is_made_again(
    tmp_path, monkeypatch
):
    """Between its opening and its locking; a lock on a file without a name is none."""
    removed = []

    def late(file):
        if not removed:
            removed.append(os.unlink(file.name))
        return lock(file)

    monkeypatch.setattr("scratchae.locks.lock", late)
    with holding(tmp_path / "m"):
        assert removed and [p.name for p in tmp_path.iterdir()] == [".m.lock"]


def test_the_holder_on_another_machine_is_named_with_it(tmp_path, monkeypatch):
    with holding(tmp_path / "m"):
        monkeypatch.setattr("socket.gethostname", lambda: "another")
        with open(tmp_path / ".m.lock", "rb") as file:
            assert lock(file) is False
        monkeypatch.setattr("scratchae.locks._held", set())
        with pytest.raises(BlockingIOError, match=r"process \d+ on .+ is writing it"):
            holding(tmp_path / "m").__enter__()


def test_a_lock_file_of_other_bytes_still_refuses(tmp_path, monkeypatch):
    with holding(tmp_path / "m"):
        (tmp_path / ".m.lock").write_bytes(b"\xff\xfe")
        monkeypatch.setattr("scratchae.locks._held", set())
        with pytest.raises(BlockingIOError, match="is writing it; wait for its end"):
            holding(tmp_path / "m").__enter__()


def opened_as_text(path):
    """The calls of a source file that read or write text."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        owner, _, name = ast.unparse(node.func).rpartition(".")
        modes = {a.value for a in node.args if isinstance(a, ast.Constant)}
        if (name in TEXT and owner not in NO_TEXT
                and not modes & {"rb", "r+b", "wb", "xb", "ab", "a+b"}):
            yield node


def test_text_has_the_encoding_that_is_told_not_the_machines():
    """Where that is not UTF-8, a name with an accent would be read as another."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for call in opened_as_text(path):
            told = {option.arg for option in call.keywords} | {
                "encoding" for a in call.args if getattr(a, "value", "") in UTF_8}
            assert "encoding" in told, f"{path}:{call.lineno}"


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="XDG is Linux's")
@pytest.mark.parametrize("variable, expected", [
    (None, "/home/ada/.cache/scratchae"), ("", "/home/ada/.cache/scratchae"),
    ("/big/disk", "/big/disk/scratchae"), ("here", "/home/ada/.cache/scratchae"),
])
def test_the_users_cache_is_where_the_desktops_standard_has_it(
    variable, expected, monkeypatch
):
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    if variable is not None:
        monkeypatch.setenv("XDG_CACHE_HOME", variable)
    assert str(user_cache()) == expected
