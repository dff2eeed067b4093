"""docs/settings.md tells every setting as it is declared."""

import pytest

from tests.support.settings_page import PAGE, current_page


def test_the_page_is_current(request: pytest.FixtureRequest) -> None:
    """`python -m tests.support.settings_page` writes the table anew, as does `--rewrite` where pytest has it."""
    if request.config.getoption("--rewrite", default=False):
        PAGE.write_text(current_page())
    assert PAGE.read_text() == current_page(), "run: python -m tests.support.settings_page"
