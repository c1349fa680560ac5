"""What is given to `load_dataset` in an odd form: read once, or refused by its name."""

import numpy as np
import pytest

from scratchae.cli import main
from scratchae.data import load_dataset


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    x = np.random.default_rng(0).normal(size=(20, 3))
    for name in "t.csv", "te.csv":
        np.savetxt(name, x, delimiter=",", header="a,b,c", comments="")


@pytest.mark.parametrize("columns", [
    lambda: (name for name in "cab"), lambda: iter(["c", "a", "b"]),
    lambda: np.array(["c", "a", "b"]), lambda: dict.fromkeys("cab"),
    lambda: map(str, "cab")], ids=range(5))
@pytest.mark.parametrize("test", [None, "te.csv"])
def test_names_of_columns_may_be_given_once_only(columns, test):
    dataset = load_dataset("t.csv", columns=columns(), test=test)
    assert dataset.columns == ("c", "a", "b")


@pytest.mark.parametrize("columns", ["a", "ab", {"a", "b"}, [], 5, [0, 1], [None],
                                     ["a", "a"], (), b"a"], ids=range(10))
def test_what_is_no_list_of_names_is_refused(columns):
    with pytest.raises(ValueError, match="^The 'columns' parameter of load_dataset "):
        load_dataset("t.csv", columns=columns)


@pytest.mark.parametrize("path", ["a\0b.csv", "", 5, b"t.csv", ["t.csv"]], ids=repr)
def test_what_is_no_path_is_refused_by_the_name_of_its_parameter(path):
    with pytest.raises(ValueError, match="^The 'source' parameter of load_dataset mus"):
        load_dataset(path)
    with pytest.raises(ValueError, match="^The 'test' parameter of load_dataset must"):
        load_dataset("t.csv", test=path)


@pytest.mark.parametrize("text", ["a,b{}\n1,2\n3,4\n", "a,b\n1,2\n3,4{}\n",
                                  "a{},b\n1,\n3,4\n", "a{},a{}\n1,2\n3,4\n"])
@pytest.mark.parametrize("sign", ["\0", "\x1b[31m", "\x9b"], ids=ascii)
def test_no_sign_of_a_file_works_on_the_terminal(text, sign, capsys):
    with open("n.csv", "w", encoding="utf-8") as file:
        file.write(text.format(sign, sign))
    said = ""
    for typed in "--label zz", "--overwrite", "--label none --scale none --overwrite":
        main(f"data show n.csv {typed}".split())
        said += capsys.readouterr().err
    before_3_11 = "line contains NUL"  # csv refuses it there
    assert ascii(sign)[1:-1] in said or sign == "\0" and before_3_11 in said
    assert not [c for c in said if (ord(c) < 32 or 127 <= ord(c) < 160) and c != "\n"]
