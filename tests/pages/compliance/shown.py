"""What several tests of these pages make and look at."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from compliance.domain.scoring import evaluate
from compliance.queries import current_policy
from tests.compliance.builders import NOW, evidence, scan
from tests.factories import RepositoryFactory

DASHBOARD = "/dashboard/compliance"


def address(repository):
    return f"{DASHBOARD}/repos/{repository.pk}"


def scanned(organization, name, *groups, days_ago=0):
    """A repository with one scan that found these groups."""
    made = RepositoryFactory(org=organization, name=name)
    scan(made, *groups, at=NOW - timedelta(days=days_ago))
    return made


def score_of(organization, *groups):
    assessment = evaluate(evidence(*groups), current_policy(organization), NOW)
    return assessment.summary.overall_score


def names(page):
    """The repositories of the dashboard's table, in its order."""
    return [line[0] for line in page.section("repositories").table()]


def controls(page, framework="soc2"):
    """The words of each control's cells, by id."""
    lines = page.section(f"framework-{framework}").table()
    return {line[0].split()[0]: line for line in lines}


def queries_of(browser, path):
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(path).status_code == 200
    return len(captured)
