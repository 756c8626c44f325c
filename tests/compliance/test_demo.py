"""`load_demo`: what `make demo` shows to a stranger."""

import json
import stat

import pytest
from django.core.management import CommandError, call_command

from compliance.management import demo
from orgs.models import Organization, User
from scans.models import Repository, Scan

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def load(settings, tmp_path, capsys):
    settings.VAR_DIR = tmp_path

    def run():
        call_command("load_demo", "--port", "8123")
        return capsys.readouterr().out

    return run


def test_the_demo_shows_three_repositories_of_differing_health(load):
    printed = load()

    rows = [line.split() for line in printed.splitlines()[2:5]]
    scores = {name: int(overall) for name, overall, *_ in rows}
    assert sorted(scores) == ["checkout-service", "platform-infra", "storefront-web"]
    assert len(set(scores.values())) == 3


def test_the_printed_key_reads_the_printed_score(load, anonymous):
    printed = load()
    credentials = json.loads((demo.settings.VAR_DIR / "demo.json").read_bytes())
    repository = Repository.objects.get(name="checkout-service")

    answer = anonymous.get(
        f"/api/compliance/score/{repository.pk}", headers={"X-API-Key": credentials["api_key"]}
    )

    overall = answer.json()["executive_summary"]["overall_score"]
    assert f"checkout-service{overall:>14}" in printed
    assert f"http://127.0.0.1:8123/api/compliance/score/{repository.pk}" in printed


def test_the_demo_loads_once_and_keeps_its_secrets_to_itself(load):
    first = load()
    scans = Scan.objects.count()

    second = load()

    assert (Organization.objects.count(), Scan.objects.count()) == (1, scans)
    assert first.split("API key")[1] == second.split("API key")[1]
    mode = (demo.settings.VAR_DIR / "demo.json").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_the_demo_with_its_lasting_password_is_not_for_production(load, settings):
    settings.PRODUCTION = True

    with pytest.raises(CommandError, match="loopback alone"):
        load()

    assert not User.objects.exists()


def test_the_trend_of_each_repository_moves(load, anonymous):
    load()
    credentials = json.loads((demo.settings.VAR_DIR / "demo.json").read_bytes())
    client_headers = {"X-API-Key": credentials["api_key"]}

    trends = [
        anonymous.get(f"/api/compliance/trend/{pk}", headers=client_headers).json()["points"]
        for pk in Repository.objects.values_list("pk", flat=True)
    ]

    assert [len({point["score"] for point in points}) > 2 for points in trends] == [True] * 3


def test_a_demo_whose_credentials_are_lost_is_made_anew(load):
    load()
    (demo.settings.VAR_DIR / "demo.json").unlink()

    load()

    assert sorted(Organization.objects.values_list("slug", flat=True)) == ["acme", "acme-2"]
