"""What was proofread: the course's words, part by part, each with its digest.

`python tests/proofread.py` writes tests/proofread.txt anew. A part is a cell of a
lecture (its text; of code the comments, docstrings and alternative texts), a cell of a
lab as it is handed out (its code too), a section of a page, or the instructions that
go with labs. Most of what prose says
cannot be computed, and one word turns it round: so who changes a part on purpose reads
it once more against the slides and the code.
"""

import ast
import functools
import hashlib
import io
import re
import tokenize
from pathlib import Path

from equations import PROJECT
from scripts import FOLDER, SCRIPTS, alternatives_in, cells

from scratchae.cli import lab_export

KEPT = Path(__file__).with_name("proofread.txt")
LABS = sorted(FOLDER.glob("labs/*.py"))
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "lectures").rglob("*.md")),
         *sorted((PROJECT / "scratchae").rglob("*.md"))]
# Rows of tables that the code makes: of equations and tests, of faults and checks.
MADE = {"lectures": r"^\| \(\d+\.\d+\) .*\n", "museum": r"^\| .*\n"}


def words_of_code(text):
    """Comments, docstrings and alternative texts of a cell, in this order."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    comments = [t.string for t in tokens if t.type == tokenize.COMMENT]
    kinds = (ast.Module, ast.FunctionDef, ast.ClassDef)
    docs = [ast.get_docstring(node) or "" for node in ast.walk(ast.parse(text))
            if isinstance(node, kinds)]
    alts = ["".join(part.value for part in ast.walk(alt)
                    if isinstance(part, ast.Constant) and isinstance(part.value, str))
            for alt in alternatives_in(text)]
    return " ".join([*comments, *docs, *alts])


def parts_of_script(script):
    """(title, words) of the docstring and of each cell that has words."""
    title, parts = "", [("docstring", ast.get_docstring(ast.parse(script.read_text())))]
    for kind, text in cells(script):
        if kind:
            title = (re.findall(r"^# ## (.*)", text, re.M) or [title])[0]
        parts.append((title, text if kind else words_of_code(text)))
    return [(title, words) for title, words in parts if words.strip()]


def parts_of_lab(stub):
    """(title, text) of the docstring and of each cell: what students start from."""
    title, parts = "", [("docstring", ast.get_docstring(ast.parse(stub.read_text())))]
    for _, text in cells(stub):
        title = (re.findall(r"^# ## (.*)", text, re.M) or [title])[0]
        parts.append((title, text))
    return parts


def parts_of_page(page):
    """(title, words) of each section, without the rows that other tests compare."""
    text = re.sub(MADE.get(page.parent.name, "$^"), "", page.read_text(), flags=re.M)
    sections = re.split(r"^(?=##+ )", text, flags=re.M)
    return [(text.splitlines()[0], text) for text in sections if text.strip()]


def digest(words):
    return hashlib.sha256(" ".join(words.split()).encode()).hexdigest()[:10]


@functools.cache
def lines():
    """A line for each part: its digest, where it is, and its title."""
    found = [(path, parts_of_script(path)) for path in SCRIPTS]
    found += [(page, parts_of_page(page)) for page in PAGES]
    found += [(stub, parts_of_lab(stub)) for stub in LABS]
    found += [(Path(lab_export.__file__), [("README", lab_export.README)])]
    return [f"{digest(words)} {path.relative_to(PROJECT).as_posix()}: {title[:60]}"
            for path, parts in found for title, words in parts]


if __name__ == "__main__":
    KEPT.write_text("\n".join(lines()) + "\n")
