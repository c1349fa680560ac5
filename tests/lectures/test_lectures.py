"""The lecture scripts run from any folder, and print what their prose claims."""

import ast
import re

import test_lecture_figures_01_04 as first
import test_lecture_figures_05_09 as middle
import test_lecture_figures_10_14 as last
from scripts import FOLDER, SCRIPTS, alternative_texts, cells, claims, every_lecture

from scratchae.data.worms import binomial, load_worms, uniform
from scratchae.formulas.information import cross_entropy, entropy, kl_divergence

CITED = re.compile(r"\[([A-Z]\w*(?:19|20)\d\d(?:, [A-Z]\w*(?:19|20)\d\d)*)\]")


@every_lecture
def test_lecture_runs_in_any_folder_and_saves_what_it_names(script, quick_run):
    text, figures = quick_run(script.stem[:2])
    named = re.findall(r"^figure: \S*?([^/\s]+\.png)$", text, re.M)
    assert sorted(named) == [path.name for path in figures if path.suffix == ".png"]
    shown = first.FIGURES | middle.FIGURES | last.FIGURES  # what each of them shows
    assert {name.removesuffix(".png") for name in named} == {
        name for name in shown if name[:2] == script.stem[:2]}


@every_lecture
def test_the_figures_kept_are_those_that_the_lecture_writes(script, quick_run):
    """By their names, tables too: `scratchae course --out figures` puts them there."""
    _, written = quick_run(script.stem[:2])
    kept = (FOLDER.parent / "figures").glob(f"{script.stem[:2]}_*")
    assert sorted(path.name for path in kept) == [path.name for path in written]


def test_all_figures_kept_are_of_a_lecture_or_the_museums():
    numbers = {script.stem[:2] for script in SCRIPTS}
    kept = {path.name for path in (FOLDER.parent / "figures").iterdir()}
    assert {name for name in kept if name[:2] not in numbers} == {"museum.png"}


def test_every_cited_key_resolves():
    """In lectures, labs, answers and pages, and in all that the package says."""
    known = {*re.findall(r"^\| (\w+) \|", (FOLDER / "references.md").read_text(), re.M)}
    texts = [path for folder in (FOLDER, FOLDER.parent / "scratchae")
             for path in folder.rglob("*") if path.suffix in (".py", ".md")]
    cited = [(key, path.name) for path in texts
             for group in CITED.findall(path.read_text(encoding="utf-8"))
             for key in group.split(", ")]
    assert len(cited) > 40 and ("MoreWild2011", "rounding.py") in cited
    assert not [place for place in cited if place[0] not in known]


def test_what_the_slides_name_to_read_is_in_the_references():
    """S05 as their sources, S17 "for detailed information"; the latter is cited."""
    first, _ = (FOLDER / "references.md").read_text().split("\n\n| key |")[1:]
    for name in ("deeplearningbook.org", "Kao", "CS231n", "jeremyjordan.me",
                 "arXiv 1601.00670", "wiseodd.github.io", "Kumar", "arXiv 1505.05561"):
        assert name in first, name
    (key,) = re.findall(r"^\| (\w+) \|.*1505\.05561", first, re.M)
    assert f"[{key}]" in (FOLDER / "03_sparse.py").read_text()


def test_numbers_of_the_worms_stand_beside_the_word_reconstruction():
    """Their counts are one of many tables; a reader of one page may know no other.

    A comment behind code does not tell him: of scripts only the prose is looked at.
    """
    p, every = load_worms() / 1000, [uniform(), binomial(0.57)]
    values = [entropy(p), kl_divergence(every[1], p), *(
        f(p, q) for f in (kl_divergence, cross_entropy) for q in every)]
    forms = {form for bits in values
             for form in (f"{bits:.3f}", f"{bits:.4f}", f"{1000 * bits:.0f}")}
    texts = {path.name: path.read_text() for path in FOLDER.rglob("*.md")}
    texts |= {path.name: " ".join([ast.get_docstring(ast.parse(path.read_text())),
                                   *re.findall("^# (.*)", path.read_text(), re.M)])
              for path in FOLDER.rglob("[01]*.py")}
    about = {name for name, text in texts.items()
             if "worm" in text and forms & {*re.findall(r"\d+(?:\.\d+)?", text)}}
    assert about >= {"05_entropy_and_kl.py", "08_worms.py", "05.md"}
    assert not [name for name in about if "econstruct" not in texts[name].lower()]


@every_lecture
def test_the_run_time_that_a_lecture_says_is_that_of_the_table(script):
    """The README has the seconds of each; a lecture has them in words."""
    readme = (FOLDER.parent / "README.md").read_text()
    (seconds,) = re.findall(rf"\(lectures/{script.name}\) \| (\d+) \|", readme)
    about = " ".join(ast.get_docstring(ast.parse(script.read_text())).split())
    words = "seconds." if int(seconds) < 20 else "under a minute (--quick: seconds)."
    assert int(seconds) < 60 and about.split("Run time: ")[1] == words


@every_lecture
def test_a_constant_of_a_lecture_says_what_it_is(script):
    """In a comment behind it or above, or in the text of its cell: it was chosen."""
    text = script.read_text()
    lines = text.splitlines()
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and re.search(r"\b[A-Z][A-Z_]{2,}\b",
                                                      ast.unparse(node.targets[0])):
            own = " ".join(lines[node.lineno - 1 : node.end_lineno])
            assert "  # " in own or lines[node.lineno - 2].startswith("# "), own


@every_lecture
def test_lecture_imports_public_names_only(script):
    imported = re.findall(r"^from (\S+) import ([^(\n]+)", script.read_text(), re.M)
    words = " ".join(f"{module} {names}" for module, names in imported)
    assert not re.search(r"(^|[ .])_", words)


@every_lecture
def test_lecture_ends_with_what_to_see_what_not_and_questions(script):
    text = script.read_text()
    places = [text.index(f"# ## {title}\n") for title in
              ("What to see", "What this does not show", "Questions")]
    assert places == sorted(places)


@every_lecture
def test_text_and_code_stand_in_cells_of_their_own(script):
    """The percent format that Jupytext, VS Code, Spyder and PyCharm share."""
    for kind, text in cells(script):
        lines = text.strip("\n").splitlines()
        if kind == "markdown":
            assert all(re.match("#( |$)", line) for line in lines), lines
            assert not any(re.match("#+ -{3,}", line) for line in lines), lines
        else:
            assert kind == "" and not lines[0].startswith("#"), lines[:2]
    headings = len(re.findall("^# ## ", script.read_text(), re.M))
    assert headings <= sum(kind == "markdown" for kind, _ in cells(script))


@every_lecture
def test_numbers_in_backticks_are_printed_by_the_run(script, quick_run):
    """Prose marks the numbers that its code prints, to the digits that it shows."""
    output, _ = quick_run(script.stem[:2])
    prose = "\n".join(re.findall(r"^# .*", script.read_text(), re.M))
    printed_numbers = set(re.findall(r"-?\d+(?:\.\d+)?(?:e[+-]\d+)?", output))
    for number in re.findall(r"`(-?\d[\d.e+-]*)`", prose):
        digits = len(number.partition(".")[2]) if "e" not in number else None
        assert number in printed_numbers or (
            digits is not None
            and any(f"{float(p):.{digits}f}" == number for p in printed_numbers)
        ), number


@every_lecture
def test_every_claim_holds_in_a_quick_run(script, quick_run):
    """On drawn digits; on MNIST and in full runs: test_claims.py."""
    output, _ = quick_run(script.stem[:2])
    assert "DOES NOT HOLD" not in output
    for claim in claims(script):
        assert f"holds: {claim}\n" in output


@every_lecture
def test_every_figure_says_in_one_or_two_sentences_what_is_to_be_seen(script):
    alts = [ast.unparse(node) for node in alternative_texts(script)]
    assert len(alts) == script.read_text().count("lecture.save(") > 0
    for alt in alts:
        text = alt.strip("f'\"")
        assert 60 <= len(text) <= 300 and text.endswith("."), text
        assert 1 <= len(re.findall(r"\.( |$)", text)) <= 2, text
    assert len({*alts}) == len(alts)
