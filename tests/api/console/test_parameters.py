"""Parameters in the console: what they are, and their next values by a form, up to approval."""

import re
from collections.abc import Callable

from starlette.testclient import TestClient

from tests.api.console.conftest import WANG

SignIn = Callable[[str], TestClient]
NAME = "elderly_age_years"


def begin(client: TestClient, name: str = NAME) -> str:
    sent = client.post(f"/console/parameters/{name}/draft", data={"draft": "0d4c2f56-31a5-4a57-8c3e-6f0d0f1c2b3a"})
    assert sent.status_code == 303, sent.text
    return str(sent.headers["Location"])


def values(page: str) -> list[tuple[str, str, str]]:
    rows = re.findall(r'name="(from|to|value)" value="([^"]*)"', page)
    cells = [text for _, text in rows]
    return list(zip(cells[::3], cells[1::3], cells[2::3], strict=True))


def test_parameters_are_listed_with_todays_value_and_found_by_their_words(sign_in: SignIn) -> None:
    client = sign_in(WANG)
    everything = client.get("/console/parameters").text
    assert NAME in everything
    assert NAME not in client.get("/console/parameters?words=nothing-like-it").text
    assert all(client.get(f"/console/parameters?page={page}").status_code == 200 for page in ("0", "1", "99", "x"))
    one = client.get(f"/console/parameters/{NAME}").text
    assert "Change its values" in one
    assert client.get("/console/parameters/no_such_thing").status_code == 404


def test_a_next_value_is_written_below_and_the_old_one_ends(sign_in: SignIn) -> None:
    client = sign_in(WANG)
    place = begin(client)
    rows = values(client.get(place).text)
    assert rows[-1] == ("", "", "")
    (first, _, value), *_ = rows
    data = {"revision": "1", "from": [first, "2027-01-01"], "to": ["2026-12-31", ""], "value": [value, "66"]}

    assert client.post(f"{place}/values", data=data).status_code == 303

    assert values(client.get(place).text)[:2] == [(first, "2026-12-31", value), ("2027-01-01", "", "66")]


def test_what_is_no_value_is_refused_and_changes_nothing(sign_in: SignIn) -> None:
    client = sign_in(WANG)
    place = begin(client)
    before = values(client.get(place).text)
    for row in (("", "", "66"), ("2027-01-01", "", "many"), ("soon", "", "66"), ("", "", "")):
        answer = client.post(
            f"{place}/values", data=dict(zip(("from", "to", "value"), row, strict=True)) | {"revision": "1"}
        )
        assert answer.status_code in (400, 409, 422), row
    assert values(client.get(place).text) == before


def test_a_change_is_weighed_over_the_policies_that_use_it_and_read_in_words(sign_in: SignIn) -> None:
    client = sign_in(WANG)
    place = begin(client)
    (first, _, value), *_ = values(client.get(place).text)
    client.post(f"{place}/values", data={"revision": "1", "from": first, "to": "", "value": str(int(value) - 5)})
    found = client.post(
        f"{place}/values", data={"revision": "2", "from": first, "to": "", "value": value, "then": "check"}
    )
    assert found.status_code in (200, 303)
    weighed = client.post(f"{place}/impact", data={"revision": "3"})
    assert weighed.headers["Location"].endswith("/impact")
    assert "Verdicts over everybody" in client.get(f"{place}/impact").text
    assert client.get(f"{place}/approval").status_code == 200
    assert client.get(f"{place}/history").status_code == 200
    assert place in client.get("/console/drafts").text
