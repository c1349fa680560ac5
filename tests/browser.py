"""One page of the explorer in a real browser: what its tests share."""

import base64
import shutil

import numpy as np
import pytest

EVIL = "<script>document.title = 'stolen'</script>"
CLASSES = np.array([EVIL, *"123456789"])
OPTIONS = {"epochs": 2, "random_state": 0, "verbose": False}


@pytest.fixture(scope="session")
def explored():
    """An autoencoder, a VAE, and one of four dimensions with a full covariance."""
    from scratchae import Autoencoder, VariationalAutoencoder
    from scratchae.data import load_strokes

    x, _ = load_strokes(512, 0).x
    made = [
        Autoencoder(2, (32,), **OPTIONS),
        VariationalAutoencoder(2, (32,), activation="silu", **OPTIONS),
        VariationalAutoencoder(4, (16,), posterior="full", decoder="gaussian",
                               **OPTIONS),
    ]
    return {f"{i}.npz": model.fit(x) for i, model in enumerate(made)}


@pytest.fixture(scope="session")
def explored_digits():
    """Drawn digits; the name of their class 0 is a script."""
    from scratchae.data import load_strokes

    digits = load_strokes(0, 120)
    named = tuple(CLASSES[labels] for labels in digits.labels)
    return type(digits)(digits.x, named, digits.factors, "strokes")


@pytest.fixture(scope="session")
def address(explored, explored_digits, tmp_path_factory):
    """Of a page with all three models, as a file."""
    from scratchae.explorer import explorer_page

    path = tmp_path_factory.mktemp("explorer") / "page.html"
    path.write_text(explorer_page(explored, explored_digits))
    return path.as_uri()


@pytest.fixture(scope="session")
def browser():
    """Chromium without a window, or a skip that says what is missing."""
    driver = pytest.importorskip("playwright.sync_api",
                                 reason="the extra docs is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no chromium on the PATH: apt-get install chromium")
    with driver.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium,
                                          args=["--no-sandbox"])
        yield browser
        browser.close()


class Log(list):
    """What a page said, asked for and failed to do."""

    def __init__(self, page):
        self.asked = []
        page.on("console", lambda message: self.append(message.text))
        page.on("pageerror", lambda error: self.append(str(error)))
        page.on("requestfailed", lambda request: self.append(request.url))
        page.on("request", lambda request: self.asked.append(request.url))


@pytest.fixture(scope="session")
def opened(browser, address):
    """One page that all tests use, and its log."""
    page = browser.new_page(viewport={"width": 1280, "height": 900}, has_touch=True)
    page.context.set_offline(True)
    log = Log(page)
    page.goto(address)
    page.wait_for_function("explorer.frames > 0")
    return page, log


@pytest.fixture
def page(opened):
    """That page as it is when it is opened; afterwards nothing must have failed."""
    page, log = opened
    page.evaluate("() => { explorer.change(fromHash('', explorer.told)); "
                  "explorer.settle(); }")
    frame(page)
    yield page
    assert log == []


def frame(page):
    """Waits for the next drawing."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => "
                  "requestAnimationFrame(done)))")


def go_to(page, hash_):
    """Types another address; waits for the drawing."""
    page.evaluate("""(hash) => new Promise((done) => {
        addEventListener("hashchange", done, { once: true });
        location.hash = hash; })""", hash_)
    frame(page)


def each(page, code, rows):
    """What JavaScript makes of each of rows x : (n, c), by an expression in `x`.

    Numbers go there and come back as the bytes of 32-bit floats: JSON takes seconds.
    """
    x = base64.b64encode(np.asarray(rows, "<f4").tobytes()).decode()
    answer = page.evaluate(f"""([text, width]) => {{
        const rows = floatsOf(text), made = [];
        for (let i = 0; i < rows.length; i += width) {{
          const x = rows.subarray(i, i + width);
          made.push(...{code});
        }}
        let bytes = "";
        for (const byte of new Uint8Array(new Float32Array(made).buffer)) {{
          bytes += String.fromCharCode(byte);
        }}
        return btoa(bytes); }}""", [x, rows.shape[1]])
    return np.frombuffer(base64.b64decode(answer), "<f4").reshape(len(rows), -1)


def texts(page, name):
    return page.locator(f".{name}").all_text_contents()
