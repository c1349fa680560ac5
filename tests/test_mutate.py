"""The tool that changes code at random, on a tree of a few lines."""

import ast

import mutate
import pytest

CODE = '''"""A room."""

LIMIT = 10


def held(a, b):
    """Their difference."""
    return a - b  # äöü: bytes, not letters


def unheld(a):
    return a < LIMIT
'''
TEST = """from scratchae.room import held


def test_held():
    assert held(5, 3) == 2
"""


@pytest.fixture
def tree(tmp_path):
    for name, text in {"scratchae/__init__.py": "", "scratchae/room.py": CODE,
                       "tests/room/test_room.py": TEST}.items():
        path = tmp_path / "a tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "a tree"


def contents(tree):
    return {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()}


def test_a_planted_change_that_is_held_is_killed_and_one_that_is_not_is_shown(
    tree, capsys
):
    """The tree itself, and its folders, stay as they are."""
    before = contents(tree)
    mutate.main(["room", "--tree", str(tree), "--changes", "9"])
    lines = capsys.readouterr().out.splitlines()
    assert contents(tree) == before
    verdicts = {line.split(" ", 1)[1] for line in lines if "/3 " in line}
    assert verdicts == {"scratchae/room.py:8 operator: killed by room",
                        "scratchae/room.py:12 comparison: SURVIVED",
                        "scratchae/room.py:3 constant: SURVIVED"}
    assert lines[3:5] == ["room: 1 of 3 killed, 1 by its own tests",
                          "killed 1 of 3 drawn (33%)"]
    assert "-    return a < LIMIT" in lines and "+    return a <= LIMIT" in lines
    assert "-LIMIT = 10" in lines and "+LIMIT = 11" in lines


def test_what_passes_the_tests_of_its_room_is_shown_to_others(tree, capsys):
    (tree / "tests/own").mkdir()
    text = TEST.replace("_held", "_limit").replace("import held", "import LIMIT")
    (tree / "tests/own/test_own.py").write_text(text.replace("held(5, 3) == 2",
                                                             "LIMIT == 10"))
    mutate.main(["room", "--tree", str(tree), "--also", "own"])
    out = capsys.readouterr().out
    assert "room.py:8 operator: killed by room\n" in out
    assert "room.py:3 constant: killed by own\n" in out
    assert "room: 2 of 3 killed, 1 by its own tests\nkilled 2 of 3 drawn (67%)\n" in out


def test_a_seed_draws_the_same_and_another_seed_another(tree):
    first, again, other = (mutate.drawn(tree, ["room"], 3, seed) for seed in (0, 0, 5))
    assert first == again != other and {*first} == {*other}
    assert mutate.drawn(tree, ["room"], 2, 0) == first[:2]


def test_tests_that_fail_without_any_change_judge_none(tree):
    (tree / "tests/room/test_room.py").write_text(TEST.replace("== 2", "== 3"))
    with pytest.raises(SystemExit, match="the tests of room fail without any change"):
        mutate.main(["room", "--tree", str(tree)])


def test_a_room_without_tests_is_no_kill(tree):
    (tree / "tests/room/test_room.py").unlink()
    with pytest.raises(SystemExit, match="no tests of room could be run"):
        mutate.main(["room", "--tree", str(tree)])


def test_what_never_ends_is_killed(tree):
    (tree / "tests/room/test_room.py").write_text("while True:\n    pass\n")
    assert not mutate.passes(tree, "room", limit=1)


@pytest.mark.parametrize("kind, code, texts", [
    ("operator", "x = a + b", ["(a - b)"]), ("operator", "x += a * b", ["x -= a * b",
                                                                    "(a / b)"]),
    ("operator", "x = -a ** 2", ["(a ** 2)", "(a * 2)"]),
    ("operator", "x = a and not b", ["(a or not b)", "(b)"]),
    ("comparison", "x = a < b != c", ["a <= b != c", "a < b == c"]),
    ("comparison", "x = a is not b in c", ["a is b in c", "a is not b not in c"]),
    ("constant", "f(2, 0.5, 0.0, True, None, 'a')", ["3", "1.0", "1.0", "False"]),
    ("exchanged", "f(a, b, c, d=e)", ["f(b, a, c, d=e)", "f(a, c, b, d=e)"]),
    ("exchanged", "f(a)", []),
    ("argument", "f(a, b, c=d, e=g)", ["f(a, b, e=g)", "f(a, b, c=d)",
                                       "f(a, c=d, e=g)"]),
    ("argument", "f(a)", []),
    ("statement", "'''Text.'''\nf(a)\nx = a\nx.y = a\nx, y = a", ["pass", "pass"]),
    ("statement", "if a:\n    raise b", ["pass", "pass"]),
])
def test_the_changes_of_each_kind_are_these(kind, code, texts):
    make = mutate.KINDS[kind]
    found = [text for node in mutate.nodes(ast.parse(code)) for text in make(node)]
    assert found == texts


def test_what_means_the_same_is_not_drawn_and_an_elif_is_left_out_whole(tree):
    lines = "f(a, a)", "if a:", "    g()", "elif f:", "    h()"
    (tree / "scratchae/room.py").write_text("\n".join(lines))
    texts = {mutate.changed(change).decode()
             for change in mutate.drawn(tree, ["room"], 99, 0)}
    assert texts == {"\n".join(left) for left in (
        ("f(a)", *lines[1:]), ("pass", *lines[1:]), (lines[0], "pass"),
        (*lines[:2], "    pass", *lines[3:]), (*lines[:3], "pass"),
        (*lines[:4], "    pass"))}


def test_places_are_bytes_and_texts_in_braces_are_left_alone(tree):
    code = "x = 'äöü' + y  # é\nz = f'{x + 1}'\n"
    (tree / "scratchae/room.py").write_text(code, encoding="utf-8")
    (change,) = mutate.drawn(tree, ["room"], 99, 0)
    assert mutate.changed(change).decode() == code.replace("'äöü' + y", "('äöü' - y)")


def test_every_change_of_a_real_file_is_python():
    """Else drawing ends in a SyntaxError."""
    assert len(mutate.drawn(mutate.TREE, ["rows", "pulse", "parser"], 9999, 0)) > 50
