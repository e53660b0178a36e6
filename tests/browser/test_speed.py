"""Nobody waits longer for a page than was promised: the best of several tries, for other work only ever adds time."""

from typing import TYPE_CHECKING

import pytest

from tests.browser.speed import waits

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


def test_the_first_content_the_question_box_and_the_highlight_come_in_time(browser: "Browser", site: str) -> None:
    late = [str(wait) for wait in waits(browser, site, tries=4) if min(wait.tries) > wait.promised]
    assert late == []
