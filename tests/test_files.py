"""Files that appear whole or not at all, and what other processes left beside them."""

import os

import pytest

from scratchae.files import replacing


def written(path, content=b"new"):
    with replacing(path) as file:
        file.write(content)
    return sorted(p.name for p in path.parent.iterdir())


OWNERS = {  # what the system says of a process: whether its part is left alone
    "alive": (lambda pid, signal: None, True),
    "somebody else's": (PermissionError, True),
    "gone": (ProcessLookupError, False),
    "no process number": (OverflowError, False),
}


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("name", ["m.npz", "m[1].npz", "m*.npz"])
def test_parts_of_dead_processes_are_removed_and_those_of_others_left(
    owner, name, tmp_path, monkeypatch
):
    answer, left_alone = OWNERS[owner]
    asked = []

    def kill(pid, signal):
        asked.append((pid, signal))
        if isinstance(answer, type):
            raise answer

    monkeypatch.setattr(os, "kill", kill)
    part = f".{name}.12345.0.tmp"
    (tmp_path / part).write_bytes(b"half")
    assert written(tmp_path / name) == ([part] if left_alone else []) + [name]
    assert asked == [(12345, 0)]


def test_what_only_looks_like_a_part_of_this_file_is_not_touched(tmp_path):
    others = [".m.npz.tmp", ".mm.npz.1.0.tmp", ".m.npz.part", ".m1.npz.999999999.0.tmp"]
    for name in others:
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / ".m[1].npz.word.0.tmp").write_bytes(b"x")  # of no process at all
    assert written(tmp_path / "m[1].npz") == sorted([*others, "m[1].npz"])


def test_two_writers_in_one_process_do_not_share_a_part(tmp_path):
    path = tmp_path / "m"
    with replacing(path) as first:
        first.write(b"first")
        with replacing(path) as second:
            second.write(b"second")
        assert path.read_bytes() == b"second"
    assert path.read_bytes() == b"first" and [*tmp_path.iterdir()] == [path]


def test_an_error_without_a_number_is_passed_on_as_it_is(tmp_path):
    with pytest.raises(OSError, match="^plain$"), replacing(tmp_path / "m"):
        raise OSError("plain")
    with pytest.raises(OSError, match="cannot write the file .No space left") as caught:
        with replacing(tmp_path / "m"):
            raise OSError(28, "No space left")
    assert (caught.value.errno, caught.value.filename) == (28, str(tmp_path / "m"))
    assert not [*tmp_path.iterdir()]
