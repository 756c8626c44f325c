import pytest

from codestax.common.acts import act_finished


@pytest.fixture(autouse=True)
def fast_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def acts():
    """The acts that finish during the test, as (code, organization id)."""
    seen = []

    def remember(act, **_):
        seen.append((act.action, act.organization_id))

    act_finished.connect(remember)
    yield seen
    act_finished.disconnect(remember)
