"""What is done to the pages that Sphinx made: a policy, the search's index."""

import base64
import hashlib
import html
import json
import re

from scratchae.site.lectures import EXPLORER
from scratchae.site.links import part
from scratchae.site.mathematics import anchor

# The theme asks for the generator's search, which cannot find a number and is not made.
OTHER_SEARCH = re.compile(r"<script[^>]*(?:searchtools|language_data|searchindex)\.js"
                          r"[^>]*></script>\s*")
# Of a page of source: a way back to where its function is described; of their list, a
# module. Not all that is shown is described under the name of its module.
BACK = re.compile(r'<a class="viewcode-back" href="(?:\.\./)*([^"]*)">[^<]*</a>')
LISTED = re.compile(r'<li><a href="([^"]*)">[^<]*</a></li>\n')
ARTICLE = re.compile(r'<article class="bd-article">(.*?)</article>', re.S)
PART = re.compile(r'<section id="([^"]*)">\n<h\d>(.*?)</h\d>', re.S)
DESCRIBED = re.compile(
    r'<dt class="sig[^>]* id="([^"]*)">(.*?)(?=<dt class="sig|</section>|\Z)', re.S)
SLIDE = re.compile(  # its id, number, title, and where it is treated
    r'<tr id="([^"]*)"><th scope="row">(.*?)</th><td>(.*?)</td>(.*?)</tr>', re.S)
LINK_OF_HEADING = re.compile(r'<a class="headerlink".*?</a>', re.S)
SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.S)
LEFT_OVER = (".buildinfo", "objects.json", "_static/searchtools.js",
             "_static/language_data.js", "_static/webpack-macros.html")
POLICY = ("default-src 'none'; script-src 'self' file: {hashes}; style-src 'self' "
          "file: 'unsafe-inline'; img-src 'self' file: data:; font-src 'self' file: "
          "data:; frame-src 'self' file:; form-action 'self' file:; base-uri 'none'")


def finish(folder, lectures):
    """Give each page its policy, and the search what it looks through."""
    objects = json.loads((folder / "objects.json").read_text(encoding="utf-8"))
    described = {address for _, address in objects}
    for path in sorted(folder.rglob("*.html")):
        if path.parent == folder / "_static" or path == folder / EXPLORER:
            continue
        page = with_policy(path.read_text(encoding="utf-8"))
        if folder / "_modules" in path.parents:
            page = without_dead_links(page, described, path.parent)
        path.write_text(page, encoding="utf-8")
    index = search_index(folder, lectures)
    text = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
    (folder / "_static/search_index.js").write_text(f"const SEARCH = {text};\n",
                                                    encoding="utf-8")
    for name in LEFT_OVER:
        (folder / name).unlink(missing_ok=True)
    (folder / "_sources").rmdir()


def without_dead_links(page, described, folder):
    """A page of source code in that folder without links that lead nowhere.

    described : the addresses of what the reference describes
    """
    page = BACK.sub(lambda link: link[0] if link[1] in described else "", page)
    return LISTED.sub(
        lambda link: link[0] if (folder / link[1]).exists() else "", page)


def with_policy(page):
    """A page that may load what lies beside it, and nothing else."""
    page = OTHER_SEARCH.sub("", page)
    hashes = sorted({_digest(script) for script in SCRIPT.findall(page)})
    policy = POLICY.format(hashes=" ".join(f"'sha256-{name}'" for name in hashes))
    tag = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    head = re.search("<head[^>]*>", page).end()
    return f"{page[:head]}\n    {tag}{page[head:]}"


def _digest(script):
    """Base64 of the SHA-256 of a script, as a policy has it."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def search_index(folder, lectures):
    """[title, address, text] of equations, slides, and parts of all pages.

    Of the reference the parts are functions and classes, with their docstrings.
    """
    index = []
    for page in lectures:
        for title, name, text in _parts(page):
            address = f"{page.name}.html" + (f"#{name}" if name else "")
            index.append([title, address, text])
            own = rf"  \(({int(page.number)}\.\d+)\)"  # those of others are not there
            for number in re.findall(own, text):
                index.append([f"({number})", f"{page.name}.html#{anchor(number)}",
                              f"{title} {_around(text, number)}"])
    slides = (folder / "slides.html").read_text(encoding="utf-8")
    for name, number, title, row in SLIDE.findall(slides):
        title = _text_of(f"{number}: {title}" if number == name else title)
        index.append([title, f"slides.html#{name}", _text_of(row)])
    known = {f"{page.name}.html" for page in lectures}
    known |= {"slides.html", "formulas.html", EXPLORER, "py-modindex.html"}
    for path in sorted(folder.glob("*.html")):
        if path.name not in known:
            index += _places(path)
    return index


def _places(path):
    """Of another page: title, address and text of each heading or docstring."""
    article = ARTICLE.search(path.read_text(encoding="utf-8"))
    text = LINK_OF_HEADING.sub("", article[1]) if article else ""
    if path.name.startswith("reference_"):
        for name, below in DESCRIBED.findall(text):
            title = name.removeprefix("scratchae.")
            yield [title, f"{path.name}#{name}", _text_of(below)]
        return
    _, *parts = PART.split(text)
    for name, title, below in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        yield [_text_of(title), f"{path.name}#{name}", _text_of(below)]


def _parts(page):
    """Of a lecture's page: title, id and text of what stands below each heading."""
    title, name, count, texts = page.title, "", 0, []
    for heading, text in page.blocks:
        if heading:
            yield title, name, " ".join(texts)
            count, texts = count + 1, []
            title, name = f"{page.number}: {heading}", part(page.number, count)
        texts.append(text)
    yield title, name, " ".join(texts)


def _around(text, number):
    """The lines of a text that end in the number of an equation."""
    at = text.index(f"  ({number})")
    return " ".join(text[max(0, at - 120) : at].split())


def _text_of(markup):
    """What is read of HTML, in one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())
