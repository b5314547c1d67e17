"""A browser: the examples with ``fetch`` from a page of another origin, and the API reference."""

import json
import shutil
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from storykeep.core.endpoints import ENDPOINTS
from storykeep.sources.demo import KEPT_PK, read_media
from tests.seed import samples
from tests.server import Server, serving

pytestmark = [pytest.mark.clients, pytest.mark.filterwarnings("default")]

CHROMIUM = shutil.which("chromium")
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-quic",
    "--disable-component-update", "--disable-sync", "--no-first-run",
)  # fmt: skip
FILE = read_media("demo_kept.jpg")
RUN = """async (code) => {
    const AsyncFunction = (async () => {}).constructor;
    const left = "typeof data === 'undefined' ? null : data";
    const [response, data] = await new AsyncFunction(`${code}\\nreturn [response, ${left}];`)();
    const bytes = data === null ? [...new Uint8Array(await response.arrayBuffer())] : [];
    const told = response.headers.get("x-hiker-info");
    return {status: response.status, told, data, bytes};
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=[*QUIET])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    env = {"STORYKEEP_CORS_ORIGINS": "*"}
    with serving(tmp_path_factory.mktemp("browser") / "data", env=env) as started:
        yield started


@pytest.fixture
def elsewhere(tmp_path: Path, browser: Any) -> Iterator[Any]:
    """A page of another origin."""
    (tmp_path / "index.html").write_text("<!doctype html><meta charset=utf-8><title>page</title>")
    handler = partial(_Silent, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as other:
        Thread(target=other.serve_forever).start()
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{other.server_port}/index.html")
        yield page
        page.close()
        other.shutdown()


class _Silent(SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        """Load into this page nothing that does not allow it."""
        self.send_header("cross-origin-embedder-policy", "require-corp")
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def test_the_examples_with_fetch_from_a_page_of_another_origin(
    server: Server, elsewhere: Any
) -> None:
    """Of a file up to the ``.json()``; the page may read our headers too."""
    for sample in samples("fetch"):
        answer = elsewhere.evaluate(RUN, sample.runnable(server.url, server.key))
        assert answer["status"] == 200
        assert json.loads(answer["told"])["reqs"] in {1, 2, 3}
        if sample.is_download:
            assert bytes(answer["bytes"]) == FILE
        elif sample.path.startswith("/v1/user"):
            assert len(answer["data"]) == 3
        else:
            assert answer["data"]["pk"] == str(KEPT_PK)


def test_a_page_reads_errors_and_parts(server: Server, elsewhere: Any) -> None:
    """Refusals are as open as answers, else a page would see only that something failed."""
    ask = 'const response = await fetch("{}{}", {{ headers: {{ {} }} }});'
    keyless = ask.format(server.url, "/v1/story/by/id?id=1", "")
    refused = elsewhere.evaluate(RUN, f"{keyless}\nconst data = await response.json();")
    assert (refused["status"], refused["data"]["exc_type"]) == (401, "AccessKeyInvalid")
    headers = f'"x-access-key": "{server.key}", "range": "bytes=0-9"'
    part = ask.format(server.url, f"/v1/story/download?id={KEPT_PK}", headers)
    assert elsewhere.evaluate(RUN, part)["bytes"] == [*FILE[:10]]


def test_without_the_setting_no_page_of_another_origin_reads_anything(
    tmp_path: Path, elsewhere: Any
) -> None:
    with serving(tmp_path / "data") as closed:
        url = f"{closed.url}/v1/story/by/id?id={KEPT_PK}&access_key={closed.key}"
        said = elsewhere.evaluate("(url) => fetch(url).then(() => '', (error) => error.name)", url)
        assert said == "TypeError"


SHOW = """async ([url, isRead]) => {
    const image = new Image();
    if (isRead) image.crossOrigin = "anonymous";
    image.src = url;
    await image.decode().catch(() => null);
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d");
    if (image.naturalWidth) pen.drawImage(image, 0, 0);
    const bytes = isRead && image.naturalWidth ? pen.getImageData(0, 0, 1, 1).data.length : 0;
    return [image.naturalWidth, bytes];
}"""


def test_a_page_of_another_origin_shows_a_picture_by_its_stable_address(
    tmp_path: Path, elsewhere: Any
) -> None:
    """Without a key, without a setting, and also where it wants to read it; unsigned it does not."""
    with serving(tmp_path / "data") as closed, closed.client(closed.key) as client:
        told = client.get(f"/v1/story/by/id?id={KEPT_PK}&media=stable").json()
        url = told["thumbnail_url"]
        assert url.startswith(f"{closed.url}/media/")
        width, _ = elsewhere.evaluate(SHOW, [url, False])
        assert width > 0
        assert [width, 4] == elsewhere.evaluate(SHOW, [url, True])
        assert [0, 0] == elsewhere.evaluate(SHOW, [url.partition("?")[0], False])


def test_the_reference_shows_every_endpoint_and_asks_nobody_else(
    server: Server, browser: Any
) -> None:
    """And nothing is said on its console."""
    page = browser.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server.url}/docs", wait_until="networkidle")
    page.wait_for_selector(".opblock")
    shown = {
        each.inner_text().replace("\u200b", "")
        for each in page.query_selector_all("[class^=opblock-summary-path]")
    }
    assert {row.path for row in ENDPOINTS} <= shown
    assert said == []
    assert [url for url in asked if not url.startswith((server.url, "data:", "blob:"))] == []
    assert page.title()
    page.close()


def test_an_endpoint_can_be_tried_on_the_reference_page(server: Server, browser: Any) -> None:
    """With the key that was typed in once."""
    page = browser.new_page()
    page.goto(f"{server.url}/docs")
    page.click("button.authorize")
    page.fill(".auth-container input", server.key)
    page.click(".auth-btn-wrapper .authorize")
    page.click(".auth-btn-wrapper .btn-done")
    page.click("#operations-System-balance_sys_balance_get .opblock-summary-control")
    page.click("#operations-System-balance_sys_balance_get .execute")
    page.wait_for_selector(".live-responses-table .response-col_description code")
    assert page.inner_text(".live-responses-table tbody .response-col_status").startswith("200")
    page.close()
