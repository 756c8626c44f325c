"""What every test in a browser is marked with: slow, and all of them for one worker."""

import pytest

BROWSER = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
