"""Officers at their screens: each a Chromium window of its own, and what went wrong in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
DESK, PHONE = 1440, 390
PATIENCE_MS = 60_000
"""Until a state is given up that never came: the machine may be busy with everything else."""
NO_TROUBLE = (
    *("status of 401", "status of 403", "status of 409", "status of 422"),
    *("htmx:afterRequest", "htmx:sendAbort"),
)
"""Refusals that a page tells its reader, and requests that a newer one replaced: each is called an error as well."""
PICTURES = Path(__file__).parents[2] / ".artefacts" / "screenshots"
AXE = Path(__file__).parents[1] / "api" / "console" / "vendor" / "axe.min.js"


@contextmanager
def chromium_browser(path: str) -> Iterator[Browser]:
    from playwright.sync_api import expect, sync_playwright  # noqa: PLC0415 - only where there is a browser

    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=list(QUIET))
        yield browser
        browser.close()


@dataclass
class Screen:
    """One person's window on the console. `troubles`: script errors, and requests to anywhere else."""

    page: Page
    base: str
    troubles: list[str] = field(default_factory=list)

    @classmethod
    def opened(cls, browser: Browser, base: str, *, width: int = DESK, language: str = "zh") -> Screen:
        context = browser.new_context(
            viewport={"width": width, "height": 900 if width == DESK else 844},
            locale={"zh": "zh-CN", "en": "en-GB"}[language],
            reduced_motion="reduce",
            has_touch=width == PHONE,
        )
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        screen = cls(page, base)
        page.on("pageerror", lambda error: screen.troubles.append(str(error)))
        page.on("console", screen._heard)
        page.on("request", screen._asked)
        return screen

    def _heard(self, said: Any) -> None:
        if said.type == "error" and not any(words in said.text for words in NO_TROUBLE):
            self.troubles.append(said.text)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith(self.base) and not request.url.startswith(("data:", "blob:")):
            self.troubles.append(request.url)

    def sign_in(self, officer_id: str) -> None:
        """As one of the demo's officers."""
        self.page.goto(f"{self.base}/console/sign-in")
        self.page.locator(f"button[value='{officer_id}']").click()
        self.page.wait_for_url("**/console/catalogue")

    def open(self, path: str) -> None:
        self.page.goto(f"{self.base}/console/{path}")

    def press(self, name: str) -> None:
        self.button(name).click()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(f"{self.base}/console/").split("?")[0]

    def notice(self, text: str) -> None:
        """Wait until the page says so above its content."""
        self.page.locator("#notices", has_text=text).wait_for()

    def keep_picture(self, name: str) -> None:
        """The whole page, to be looked at."""
        self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)

    def overflow(self) -> list[str]:
        """What is wider than the window, so that a reader would have to push the page sideways."""
        found: list[str] = self.page.evaluate(
            """() => document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
            [...document.querySelectorAll("body *")].filter((one) => {
              const box = one.getBoundingClientRect();
              return box.width && box.right > document.documentElement.clientWidth + 1 && !one.closest(".table-responsive, .text-editor, .source");
            }).slice(0, 6).map((one) => one.outerHTML.slice(0, 160))"""  # noqa: E501 - script
        )
        return found

    def faults(self) -> list[str]:
        """What axe-core finds to be a serious or critical fault for people who cannot see, hear or point well."""
        if not self.page.evaluate("typeof axe !== 'undefined'"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{one['id']} ({one['impact']}): {one['help']}: {node['html'][:200]} {node['failureSummary'][:300]}"
            for one in found["violations"]
            if one["impact"] in {"serious", "critical"}
            for node in one["nodes"]
        ]
