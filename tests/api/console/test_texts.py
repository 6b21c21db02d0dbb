import re

from api.console.pages import FOLDER
from api.console.texts import TEXTS

TEMPLATES = sorted((FOLDER / "templates").rglob("*.html"))
SCRIPTS = [FOLDER / "static" / "console.js"]


def test_both_languages_have_the_same_texts_with_the_same_gaps() -> None:
    assert TEXTS["zh"].keys() == TEXTS["en"].keys()
    for name, chinese in TEXTS["zh"].items():
        assert chinese.strip(), name
        assert set(re.findall(r"\{\w*\}", chinese)) == set(re.findall(r"\{\w*\}", TEXTS["en"][name])), name


def test_every_text_asked_for_is_there() -> None:
    for path in [*TEMPLATES, *FOLDER.rglob("*.py")]:
        for name in re.findall(r'say\(["\']([a-z_.-]+)["\']\s*[,)]', path.read_text(encoding="utf-8")):
            assert name in TEXTS["zh"], f"{path.name}: {name}"
    for path in SCRIPTS:
        for name in re.findall(r'text\("([a-z_.]+)"', path.read_text(encoding="utf-8")):
            assert f"script.{name}" in TEXTS["zh"], f"{path.name}: {name}"


def test_data_enters_the_pages_as_text_only() -> None:
    for path in TEMPLATES:
        markup = path.read_text(encoding="utf-8")
        assert "|safe" not in markup, path.name
        assert "Markup" not in markup, path.name
        assert not re.search(r"\son\w+=|\sstyle=|javascript:|hx-on|<script>", markup), path.name
    for path in SCRIPTS:
        script = path.read_text(encoding="utf-8")
        for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
            assert way not in script, path.name


def test_nothing_is_loaded_from_elsewhere() -> None:
    own = [path for path in (FOLDER / "static").iterdir() if path.is_file()]
    for path in [*TEMPLATES, *own]:
        assert not re.search(r"https?:|//\w+\.\w+/|@import", path.read_text(encoding="utf-8")), path.name
    for path in (FOLDER / "static" / "vendor").rglob("*.css"):
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"url\([\"']?https?:|@import", text), path.name
