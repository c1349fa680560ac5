"""Pages that look things up: contents, slides, formula sheet, references."""

import re

from scratchae.exam import draw
from scratchae.notebooks import SHEET
from scratchae.site.lectures import folded
from scratchae.site.links import linked, part, plain, slide_numbers, without_slides
from scratchae.site.mathematics import anchor, mathematics
from scratchae.site.slides import TITLES, UNNUMBERED, titles_of

OTHERS = {  # page -> its title in the list of contents, and what it is
    "formulas": ("Formula sheet", "every equation, typeset, with slides, function and "
                 "tests: what goes to the written exam"),
    "slides": ("Slides", "what each is called, and where it is treated"),
    "models": ("The models, and the package",
               "what restrains their codes; the way of a step; a map of the files"),
    "museum": ("Museum of mistakes", "real ones, planted, and which check notices "
               "which"),
    "gradcheck": ("Checking gradients", "how, and what is found that others miss"),
    "papers": ("The papers' numbers", "each by one command"),
    "benchmark": ("Speed", "beside PyTorch and JAX"),
    "reference": ("Reference", "every public function and class, with its source"),
    "references": ("References", "the literature"),
}


def contents(lectures, labs):
    """Markdown of the first page : the lectures, then all other pages.

    lectures, labs : their LecturePages and LabPages, in order
    """
    rows = []
    for page in lectures:
        first, *about = sentences(page.cells[0].text)
        about = " ".join(text for text in about if not text.startswith("Run time"))
        rows.append(f"| [{page.title}]({page.name}.md) | {_titled(first)} | {about} |")
    lists = [f"- [{title}]({name}.md): {what}"
             for name, (title, what) in OTHERS.items()]
    practise = [f"- [{page.title}]({page.name}.md)" for page in labs]
    return "\n".join([
        "# Autoencoders from scratch", "",
        "The companion to a lecture, in NumPy: every layer, loss and gradient is "
        "written by hand, derived, and compared with a numerical one. These pages are "
        "the lecture scripts, with what they print and draw.", "",
        "| lecture | slides | what |", "|---|---|---|", *rows, "", "## To look up", "",
        *lists, "", "## To practise", "", "`scratchae lab start` copies the files of "
        "the labs, `scratchae lab 01` checks what you wrote, tensor by tensor. "
        "`scratchae exam` asks questions, with [new numbers](exam.md) each time.", "",
        *practise, "",
        _toctree("Lectures", [page.name for page in lectures]),
        _toctree("To practise", [*(page.name for page in labs), "exam"]),
        _toctree("To look up", [*OTHERS]),
    ])


def _titled(text):
    """The slides that a text names, linked, with their titles; or the text."""
    found = []
    for first, last, title in titles_of(slide_numbers(text)):
        ids = f"S{first:02}" if first == last else f"S{first:02}-S{last:02}"
        found.append(linked(f"{ids} {title}", {}))
    return "; ".join(found) or text.rstrip(".")


def sentences(title_cell):
    """The sentences below a title."""
    prose = " ".join(title_cell.split("\n", 1)[1].split())
    return re.split(r"(?<=[.?!]) (?=[A-Z])", prose)


def _toctree(caption, names):
    return "\n".join(["```{toctree}", ":hidden:", f":caption: {caption}", "", *names,
                      "```", ""])


def exam_page(lectures, pages):
    """Markdown of one drawing of the exam trainer's questions, answers folded."""
    parts = ["# Exam questions", "One drawing of the questions with numbers; "
             "`scratchae exam` draws others. Those in words end each lecture."]
    for page in lectures:
        parts.append(f"## [{page.title}]({page.name}.md)")
        for question in draw([page.number], 0, lambda name: {}):
            answer = f"{question.shown}, by {question.equation}, `{question.where}`"
            parts += [plain(question.text), folded("Answer", linked(answer, pages))]
    return "\n\n".join(parts)


def slides_page(lectures):
    """Markdown of a table: for each slide its title, and where it is treated."""
    treated = {}
    for page in lectures:
        for index, heading in enumerate(page.headings, 1):
            link = (f'<a href="{page.name}.html#{part(page.number, index)}">'
                    f"{page.number}: {without_slides(heading)}</a>")
            for slide in slide_numbers(heading):
                treated.setdefault(f"S{slide:02}", []).append(link)
    first = {f"S{slide:02}": f'<a href="{page.name}.html">{page.title}</a>'
             for page in reversed(lectures)
             for slide in slide_numbers(page.cells[0].text)}
    lines = ["# Slides", "", "What each slide is called, and where it is treated.", "",
             '<div class="wide" tabindex="0" role="group" aria-label="slides">'
             "<table><thead><tr><th>slide</th><th>title</th><th>treated in</th></tr>"
             "</thead><tbody>"]
    for slide in sorted({*treated, *first}):
        lines += [_row_of_slide(title.lower().replace(" ", "-"), "no number", title, [])
                  for title in UNNUMBERED.get(slide, ())]
        links = treated.get(slide) or [first[slide]]
        lines.append(_row_of_slide(slide, slide, TITLES[slide], links))
    return "\n".join([*lines, "</tbody></table></div>", ""])


def _row_of_slide(name, number, title, links):
    return (f'<tr id="{name}"><th scope="row">{number}</th><td>{title}</td>'
            f"<td>{'<br>'.join(links)}</td></tr>")


def sheet_page(folder, pages):
    """Markdown of the formula sheet: its equations link to where they are derived.

    folder : where the lectures are   pages : number of a lecture -> its page
    """
    text = (folder / SHEET).read_text(encoding="utf-8")
    text = mathematics(text, home=pages)
    head, found, rows = text.partition("| equation |")
    return "\n\n".join([
        head.strip(), '<div class="wide" tabindex="0" role="group" '
        'aria-label="functions and tests of the equations">',
        _table_rows(found + rows, pages).strip(), "</div>\n",
    ])


def _table_rows(text, pages):
    """The sheet's table with links to functions and equations."""
    def row(found):
        number, slides, function, tests = found.groups()
        name = function.strip("`")
        target = f"scratchae.{name}"
        if "." in name:
            room = name.split(".")[0]
            function = (f'<a href="reference_{room}.html#{target}">'
                        f"<code>{name}</code></a>")
        page = pages[number.split(".")[0]]
        return (f'| <a href="{page}#{anchor(number)}">({number})</a> | '
                f"{linked(slides, pages)} | {function} | {tests} |")

    return re.sub(r"^\| \((\d+\.\d+)\) \| (.*) \| (.*) \| (.*) \|$", row, text,
                  flags=re.M)


def references_page(folder):
    """Markdown of the references, each with its key as its id."""
    text = (folder / "references.md").read_text(encoding="utf-8")
    return re.sub(r"^\| (?!key)(\w+) \|", r'| <span id="\1">\1</span> |', text,
                  flags=re.M)


