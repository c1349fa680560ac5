"""Links that prose gets on pages: from slides, equations, references to their rows."""

import re

from scratchae.site.mathematics import anchor

SLIDES = re.compile(r"\bS(\d\d)(?:-S(\d\d))?\b")
EQUATION = re.compile(r"\((\d{1,2})\.(\d{1,2})\)")
KEY = r"[A-Z]\w*(?:19|20)\d\d"  # prose cites what has a year
REFERENCES = re.compile(rf"\[({KEY}(?:, {KEY})*)\](?!\()")
# What is left as it is: raw HTML, blocks and spans of code, and formulas.
CODE = re.compile(
    r"(^(`{3,}).*?\n.*?^\2$|(?:^    [^\n]*\n?)+|`[^`\n]+`|<[^>\n]+>|\]\([^)\n]*\))",
    re.M | re.S,
)
IN_HEADING = re.compile(r" \((S\d\d[S\d, -]*)\)")
HEADING = re.compile(r"^## (.*)$\n*", re.M)


def linked(text, pages):
    """Markdown in which each slide, equation and reference is a link to its row.

    pages : number of a lecture as its equations have it, "10" -> its page
    """
    out, last = [], 0
    for found in CODE.finditer(text):
        out += [_linked_prose(text[last : found.start()], pages), found[0]]
        last = found.end()
    return "".join([*out, _linked_prose(text[last:], pages)])


def _linked_prose(text, pages):
    def equation(found):
        page, name = pages.get(found[1]), anchor(f"{found[1]}.{found[2]}")
        return f'<a href="{page}#{name}">{found[0]}</a>' if page else found[0]

    def references(found):
        keys = found[1].split(", ")
        links = [f'<a href="references.html#{key}">{key}</a>' for key in keys]
        return f"[{', '.join(links)}]"

    def slides(found):
        return f'<a href="slides.html#S{found[1]}">{found[0]}</a>'

    return SLIDES.sub(slides, EQUATION.sub(equation, REFERENCES.sub(references, text)))


def plain(text):
    """Text of which Markdown leaves every sign as it is."""
    return re.sub(r"([\\`*_{}\[\]<>#|~$])", r"\\\1", text)


def without_slides(heading):
    """A heading without the slides at its end : "The loss (S10)" is "The loss"."""
    return IN_HEADING.sub("", heading)


def slide_numbers(text):
    """The slides that a text names : set of int. "S28-S30" are three."""
    pairs = [(int(a), int(b or a)) for a, b in SLIDES.findall(text)]
    return {number for a, b in pairs for number in range(a, b + 1)}


def cut(text):
    """A text at its headings : pairs (heading, text below it); "" heads the first."""
    first, *rest = HEADING.split(text)
    pairs = [("", first), *zip(rest[::2], rest[1::2], strict=True)]
    return [pair for pair in pairs if any(pair)]


def part(number, index):
    """The id of a lecture's part, below its index-th heading : "lecture-10-part-3"."""
    return f"lecture-{number}-part-{index}"
