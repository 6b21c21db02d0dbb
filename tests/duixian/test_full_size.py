"""The demo as it comes: the default city, twice."""

import pytest

from domain.facts import Audience


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_default_city_is_delivered_and_a_second_run_changes_nothing(new_installation):
    installation = new_installation()
    first = installation.run("demo", "--once")
    assert first.returncode == 0, first.stderr
    assert "20,000" in first.stdout
    for audience in Audience:
        assert f"duixian-{audience}-ranker v1: nDCG@5" in first.stdout
    assert "published order holds" not in first.stdout  # both models passed the gate
    second = installation.run("demo", "--once")
    assert second.returncode == 0, second.stderr
    for audience in Audience:
        assert f"{audience}: 0 messages, 0 claims opened" in second.stdout
    summary = [first.stdout.split("Summary")[1], second.stdout.split("Summary")[1]]
    rows = [[line for line in text.splitlines() if "│" in line and "seconds" not in line] for text in summary]
    assert rows[0] == rows[1]
