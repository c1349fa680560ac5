"""Pages of the scripts: their cells in order, with what they printed and drew."""

import shutil
from pathlib import Path

from scratchae.exam import read_answers
from scratchae.notebooks import located_cells, typeset, write_notebooks
from scratchae.site.links import IN_HEADING, cut, linked, part, without_slides
from scratchae.site.mathematics import mathematics

MEASURED = "(times, measured anew in each run)"
EXPLORER = "explorer.html"
EMBED = f"""\
```{{raw}} html
<div class="explorer"><p>Walk through such a plane, with both decoders under one
pointer: <a href="{EXPLORER}">on a page of its own</a>, or here.</p>
<iframe src="{EXPLORER}" title="Explorer: the latent planes of an autoencoder and of a
VAE, side by side" loading="lazy"></iframe></div>
```"""
EMBEDDED_BELOW = "10_decoded_grids"


class LecturePage:
    """What a page is made of: the script, its cells as they ran, alternative texts."""

    def __init__(self, script, cells, alts):
        self.script, self.cells, self.alts = Path(script), cells, alts
        self.name, self.number = self.script.stem, self.script.stem[:2]
        self.title = title_of(cells)

    @property
    def blocks(self):
        """Pairs (heading, text below it) in order; "" heads code and what goes on."""
        for cell in self.cells:
            if cell.kind == "markdown":
                yield from cut(cell.text)
            else:
                yield "", cell.text

    @property
    def headings(self):
        """The headings of its parts, in order."""
        return [heading for heading, _ in self.blocks if heading]

    @property
    def answers(self):
        """Markdown of the answers to the lecture's questions, each folded."""
        answers = read_answers(self.script.parent / "answers" / f"{self.number}.md")
        return "\n\n".join(folded(f"Answer to question {number}", answer)
                           for number, (_, answer) in answers.items())

    def markdown(self, formulas, pages):
        """The page's Markdown; its figures stand in figures/.

        formulas : of the sheet, by number   pages : numbers of lectures -> their pages
        """
        parts, count = [], 0
        last = max(i for i, cell in enumerate(self.cells) if cell.kind == "markdown")
        for i, cell in enumerate(self.cells):
            if cell.kind == "markdown":
                text = mathematics(typeset(cell.text, formulas))
                for heading, below in cut(text):
                    if heading:
                        count += 1
                        parts.append(self._heading(count, heading))
                    parts.append(linked(below, pages))
            else:
                parts += [fenced("python", cell.text), *self._output(cell)]
            if i == 0:
                parts.append(self._downloads())
            if i == last:
                parts.append(linked(self.answers, pages))
        return "\n\n".join(parts) + "\n"

    def _heading(self, count, text):
        """A heading with its id; its slides stand below, where they can be links."""
        lines = [f"({part(self.number, count)})=", f"## {without_slides(text)}"]
        slides = IN_HEADING.search(text)
        if slides:
            links = linked(slides[1], {})
            lines += ["", f'<p class="slides">Slides: {links}</p>']
        return "\n".join(lines)

    def _downloads(self):
        """Links to the script and its notebook."""
        return (f'<p class="downloads">Download: <a href="scripts/{self.name}.py" '
                f'download>script</a>, <a href="notebooks/{self.name}.ipynb" download>'
                "notebook</a></p>")

    def _output(self, cell):
        """Markdown of what a cell printed and drew."""
        if "measured" in cell.tags:
            return [fenced("none", MEASURED, "output")]
        parts = []
        for shown in cell.output:
            if isinstance(shown, Path):
                alt = self.alts[shown.stem]
                parts.append(f"```{{image}} figures/{shown.name}\n:alt: {alt}\n"
                             ":class: drawn\n```")
                if shown.stem == EMBEDDED_BELOW:
                    parts.append(EMBED)
            else:
                parts.append(fenced("none", self._without_title(shown), "output"))
        return [text for text in parts if text]

    def _without_title(self, text):
        """Printed text without the title that a script prints first."""
        return text.removeprefix(f"{self.title}\n{'=' * len(self.title)}").strip("\n")

    def copy_files(self, folder, extra):
        """Its figures go to folder/figures; what can be downloaded to extra."""
        for cell in self.cells:
            for shown in cell.output:
                if isinstance(shown, Path) and "measured" not in cell.tags:
                    shutil.copy(shown, _made(folder / "figures"))
        shutil.copy(self.script, _made(extra / "scripts"))
        write_notebooks([self.script], extra / "notebooks")


class LabPage:
    """What a lab's page is made of: its file, with the holes that students fill."""

    def __init__(self, script):
        self.script = Path(script)
        self.name, self.number = f"lab_{self.script.stem}", self.script.stem[:2]
        self.cells = located_cells(self.script.read_text(encoding="utf-8"))
        self.title = title_of(self.cells)

    def markdown(self, formulas, pages):
        """The page's Markdown; `formulas` and `pages` as of a lecture's page."""
        parts = []
        for i, cell in enumerate(self.cells):
            if cell.kind == "markdown":
                text = mathematics(typeset(cell.text, formulas))
                parts.append(linked(text, pages))
            else:
                parts.append(fenced("python", cell.text))
            if i == 0:
                parts.append('<p class="downloads">Download: '
                             f'<a href="labs/{self.script.name}" download>file</a></p>')
        return "\n\n".join(parts) + "\n"

    def copy_files(self, folder, extra):
        """The file, to be downloaded, goes to extra."""
        shutil.copy(self.script, _made(extra / "labs"))


def title_of(cells):
    """The first line of a script's docstring, such as "Lecture 10: the ..."."""
    return cells[0].text.splitlines()[0].removeprefix("# ")


def folded(summary, text):
    """Markdown that is seen when somebody asks for it."""
    return (f'<details class="answer"><summary>{summary}</summary>\n\n{text}\n\n'
            "</details>")


def fenced(language, text, name=None):
    """A block of code, or of what was printed."""
    if not text:
        return ""
    option = f":class: {name}\n" if name else ""
    return f"````{{code-block}} {language}\n{option}\n{text}\n````"


def _made(folder):
    """A folder that is there now."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder
