"""What every test in a browser is marked with."""

import pytest

BROWSER = [pytest.mark.browser, pytest.mark.slow]
