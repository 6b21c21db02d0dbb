"""A real browser on the console: pages that complain of nothing, are accessible, and are kept as pictures."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from api.main import create_app
from api.services import Services

PICTURES = Path(__file__).resolve().parents[3] / ".artefacts" / "screenshots"
WIDTHS = {1440: 900, 390: 844}
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
_FAULTS = """axe.run(document, {resultTypes: ["violations"]}).then(found => found.violations
  .filter(one => one.impact === "serious" || one.impact === "critical")
  .map(one => `${one.id}: ${one.nodes.slice(0, 3).map(node => node.html.slice(0, 120)).join(" | ")}`))"""


@contextmanager
def serving(services: Services) -> Iterator[str]:
    """The application on a port of its own, in a thread; yields its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(services), log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    listening.close()


@contextmanager
def browser_page(chromium: str, home: Path) -> Iterator[Any]:
    """A page that fails the test when a script fails, when its policy is broken, or when anything outside is asked for.

    That an answer was 401 or 409 is said on the console by every browser, and is no fault; neither is a count that is
    given up for the next.
    """
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    troubles: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            str(home), executable_path=chromium, headless=True, args=list(QUIET), locale="zh-CN"
        )
        page = browser.pages[0]
        page.set_default_timeout(20_000)
        page.set_viewport_size({"width": 1440, "height": 900})
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda said: troubles.append(said.text) if _is_trouble(said) else None)
        page.on("request", lambda asked: None if _is_own(asked.url) else troubles.append(asked.url))
        yield page
        browser.close()
    assert troubles == []


_NO_TROUBLE = ("the server responded with a status of", "htmx:sendAbort", "htmx:afterRequest")


def _is_trouble(said: Any) -> bool:
    return said.type in ("error", "warning") and not any(one in said.text for one in _NO_TROUBLE)


def _is_own(address: str) -> bool:
    return address.startswith(("http://127.0.0.1:", "data:"))


def picture(page: Any, name: str) -> None:
    """Hold the page against the accessibility rules, and keep it as pictures, wide and narrow."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        assert faults(page) == [], f"{name} at {width}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} is wider than {width}"
        page.screenshot(path=PICTURES / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})


def faults(page: Any) -> list[str]:
    """Serious and critical faults that axe-core finds. It is put in past the page's policy, as a debugger would."""
    debugger = page.context.new_cdp_session(page)
    debugger.send("Runtime.evaluate", {"expression": AXE})
    answer = debugger.send("Runtime.evaluate", {"expression": _FAULTS, "awaitPromise": True, "returnByValue": True})
    debugger.detach()
    found: list[str] = answer["result"]["value"]
    return found
