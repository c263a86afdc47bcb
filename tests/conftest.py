"""What holds for every test: with `JPOSOCIAL_TEST_ALL=1` a test that skips has failed."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest
from tests.browser import chromium, page  # noqa: F401  fixtures for every test

ALL_MUST_RUN = os.environ.get("JPOSOCIAL_TEST_ALL") == "1"


# Outermost, so that it sees what an `xfail` has made of a report: that one stays as it is.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Make a skipped test a failed one where every test is asked for."""
    report = yield
    if ALL_MUST_RUN and report.skipped and not hasattr(report, "wasxfail"):
        refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Make a file that skips as a whole an error where every test is asked for."""
    report = yield
    if ALL_MUST_RUN and report.skipped:
        refuse_skip(report)
    return report


def refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn the skip into a failure that gives the skip's place and reason."""
    place = report.longrepr
    if isinstance(place, tuple):
        path, line, reason = place
        place = f"{path}:{line}: {reason}"
    report.outcome = "failed"
    report.longrepr = f"JPOSOCIAL_TEST_ALL=1, and yet this was skipped: {place}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes minutes of waiting begins first, beside all the others."""
    items.sort(key=lambda item: item.get_closest_marker("first") is None)
