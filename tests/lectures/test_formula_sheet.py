"""The formula sheet: what the scripts state, typeset, and where each of it stands."""

import ast
import functools
import importlib
import inspect
import re
from collections import Counter

import pytest
from equations import LECTURES, all_stated, cited, named_tests
from ledger import slide_ids
from scripts import every_lecture

from scratchae.notebooks import SHEET, STATED, located_cells, read_formulas

TEXT = (LECTURES / SHEET).read_text()
FORMULAS = read_formulas(LECTURES / SHEET)
ROWS = re.findall(r"^\| \((\d+\.\d+)\) \| (.*) \| (.*) \| (.*) \|$", TEXT, re.M)

# The commands that the sheet may use, and what stands for each in a script. A command
# is a word: Markdown would take away the backslash before a sign, such as that of \,.
NAMES = "log exp sum max min sqrt sin cos tanh cosh hat " \
        "alpha beta eta theta lambda mu pi rho sigma phi Lambda"
SETTING = "frac mathrm mathcal text left right lvert rvert lVert rVert mid parallel " \
          "dots quad thinspace cr begin end underbrace cdot tag"
COMMANDS = {
    **{name: name for name in NAMES.split()}, **dict.fromkeys(SETTING.split(), ""),
    "varepsilon": "eps", "int": "integral of", "binom": "C", "tilde": "~", "sim": "~",
    "odot": "*", "leftarrow": "<-", "to": "->", "ge": ">=", "le": "<=", "ne": "!=",
    "lt": "<", "gt": ">",
}
GOES_ON = {"7.2", "7.3", "7.4"}  # begin with "=" in the script, below (7.1)


def number(name):
    return tuple(map(int, name.split(".")))


def typeset_numbers(text):
    return re.findall(r"\\tag\{(.*?)\}", text)


def said(text):
    """How often a plain text has each letter, digit and sign of a relation or a sum."""
    return Counter(re.findall(r"[A-Za-z0-9+=<>!*~-]", text))


def plain(name):
    """A formula of the sheet with its commands in the words of the scripts."""
    formula = FORMULAS[name].replace(r"\text{log var}", r"\log\sigma^2")
    formula = re.sub(r"\{aligned\}|\\tag\{.*?\}|\$", "", formula)
    if name in GOES_ON:
        formula = formula[formula.index("="):]
    return re.sub(r"\\([A-Za-z]+)", lambda found: COMMANDS[found[1]], formula)


def stating_blocks():
    """The numbers and the plain text of each block that states an equation."""
    for script in sorted(LECTURES.glob("[0-9][0-9]_*.py")):
        for kind, text, *_ in located_cells(script.read_text()):
            for block in text.split("\n\n") if kind == "markdown" else ():
                if found := " ".join(STATED.findall(block)):
                    yield re.findall(r"\d+\.\d+", found), STATED.sub("", block)


def test_every_equation_is_on_the_sheet_once_and_in_the_order_of_the_lectures():
    for names in (typeset_numbers(TEXT), FORMULAS, [row[0] for row in ROWS]):
        assert [number(name) for name in names] == all_stated()


@every_lecture
def test_an_equation_stands_under_the_heading_of_the_cell_that_states_it(script):
    lines = [line for line in script.read_text().splitlines() if line.startswith("#")]
    headings, expected = [], []
    for line in lines:
        if line.startswith("# ## "):
            headings.append(line[5:])
        elif found := STATED.search(line):
            expected += [(headings[-1], n) for n in re.findall(r"\d+\.\d+", found[1])]
    title = ast.get_docstring(ast.parse(script.read_text())).split("\n")[0]
    part = TEXT.split(f"## {title}\n")[1].split("\n## ")[0]
    _, *parts = re.split(r"^\*\*(.*)\*\*$", part, flags=re.M)
    assert expected == [(heading, name) for heading, below
                        in zip(parts[::2], parts[1::2], strict=True)
                        for name in typeset_numbers(below)]
    slides = {name: slide_ids(ids) for name, ids, *_ in ROWS}
    assert all(slides[name] == slide_ids(heading) for heading, name in expected)


def test_a_typeset_equation_says_what_the_plain_one_does():
    """By counting characters, so that a lost term, index, power or sign is noticed."""
    for names, block in stating_blocks():
        typeset = sum((said(plain(name)) for name in names), Counter())
        script = said(block.replace("log_var", "log sigma^2"))
        assert typeset == script, (names, script - typeset, typeset - script)


def test_formulas_are_balanced_and_markdown_leaves_them_as_they_are():
    rest = TEXT
    for name, formula in FORMULAS.items():
        rest, inside = rest.replace(formula, ""), formula.strip("$")
        assert not re.search(r"\\[^A-Za-z]|[$%#]", inside), name
        assert inside.count(r"\left") - inside.count(r"\leftarrow") \
            == inside.count(r"\right"), name
        while (shorter := re.sub(r"\{[^{}]*\}|\([^()]*\)|\[[^][]*\]", "", inside)) \
                != inside:
            inside = shorter
        assert not re.search(r"[][{}()]", inside), name
    assert "$$" not in rest and rest.count("$") % 2 == 0
    markdown_it = pytest.importorskip("markdown_it", reason="comes with the extra docs")
    for token in markdown_it.MarkdownIt("commonmark").parse(TEXT):
        if "$" in token.content:
            marked = {child.type for child in token.children}
            assert marked <= {"text", "softbreak", "code_inline"}, token.content


def test_functions_that_the_sheet_names_are_there_and_cite_the_equation():
    for name, _, function, _ in ROWS:
        room, *path = function.strip("`").split(".")
        if path:
            module = importlib.import_module(f"scratchae.{room}.{path[0]}")
            source = inspect.getsource(functools.reduce(getattr, path[1:], module))
            assert number(name) in cited(source) | cited(module.__doc__), function
        elif room != "-":
            script, = LECTURES.glob(f"{number(name)[0]:02}_*.py")
            assert re.search(rf"^(def|class) {room}\b", script.read_text(), re.M), room


def test_tests_that_the_sheet_names_are_those_of_the_equation():
    known = named_tests()
    for name, *_, tests in ROWS:
        tests = re.findall(r"`(.+?)`", tests)
        assert tests and {*tests} <= {*known[number(name)]}, tests


WORD = r"\\(?:mathrm|text|mathcal) ?(?:\{[^{}]*\}|[a-zA-Z])"
BELOW = r"_\{[^{}]*\}|_[a-z]|\^T|\^\{-T\}|\\sum|\\int"  # indices; what is transposed
SYMBOL = r"\\(?:alpha|beta|eta|theta|lambda|mu|rho|sigma|phi|Lambda|varepsilon)" \
         r"(?![A-Za-z])|(?<![A-Za-z\\])[A-Za-z](?![A-Za-z])"
LEFT = rf"(?:^|, |&|quad )\s*(?:\\(?:hat|tilde) ?)?({SYMBOL})(?:\([^()]*\))? *&?" \
       r"(?:=|\\leftarrow|\\to|\\sim)"


def symbols(text):
    text = re.sub(r"\\begin\{aligned\}|\\end\{aligned\}|\\tag\{.*?\}", "", text)
    text = re.sub(BELOW, "", re.sub(WORD, " ", text))
    return {*re.findall(SYMBOL, text)}, {*re.findall(LEFT, text, re.M)}


def test_every_symbol_is_explained_before_its_equation_or_is_what_it_states():
    """In the words at the head of the sheet, or in those of its lecture."""
    head, *lectures = TEXT.partition("\n## Where")[0].split("\n## Lecture ")
    known = {letter for text in re.findall(r"\$([^$]+)\$", head)
             for letter in symbols(text)[0]} | {"d"}
    for lecture in lectures:
        said = set(known)
        for part in re.split(r"(\$\$.*?\$\$)", lecture, flags=re.S):
            if part.startswith("$$"):
                used, stated = symbols(part.strip("$"))
                assert used <= said | stated, (part, used - said - stated)
                said |= stated
            else:
                for text in re.findall(r"\$([^$]+)\$", part):
                    said |= symbols(text)[0]
