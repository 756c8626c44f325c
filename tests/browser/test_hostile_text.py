"""Text of strangers, wherever it is shown, is text: no tag, no script, no link of its own."""

import pytest
from playwright.sync_api import expect

from tests.browser.marks import BROWSER
from tests.compliance.builders import save_framework, sent_control
from tests.factories import ApiKeyFactory, MembershipFactory, OrganizationFactory, RepositoryFactory
from tests.scans.sarif import report, result

pytestmark = BROWSER

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}${7*7}"
LINK = "javascript:alert(3)"
COMPLIANCE, SETTINGS = "/dashboard/compliance", "/dashboard/settings"


@pytest.fixture
def organization(transactional_db):
    return OrganizationFactory(name=f"Org {HOSTILE}", plan="team")


@pytest.fixture
def repository(organization):
    return RepositoryFactory(org=organization, name=f"repo {HOSTILE}")


@pytest.fixture
def hostile_page(page_as, admin, organization, repository, api_as):
    """A page of an organization all of whose texts are hostile."""
    control = sent_control(
        "H-1",
        name=f"control {HOSTILE}",
        category=f"category {HOSTILE}",
        description=f"description {HOSTILE} {LINK}",
        check_type="sast_security",
        pass_condition="no_security_findings",
    )
    save_framework(organization, "hostile", control, name=f"framework {HOSTILE}")
    ApiKeyFactory(membership=admin, name=f"key {HOSTILE}")
    # A second one, so that the sidebar has its menu.
    MembershipFactory(user=admin.user, org=OrganizationFactory(name=f"other {HOSTILE}"))
    found = result(rule=f"rule {HOSTILE}", path=f"src/{HOSTILE}.py", properties={"tags": [LINK]})
    found["message"] = {"text": f"message {HOSTILE} [{LINK}]({LINK})", "markdown": f"[x]({LINK})"}
    linked = result(rule=LINK, path=LINK)
    sent = api_as(admin).post(
        f"/api/repos/{repository.pk}/scans?commit={'a1' * 20}",
        data=report(found, linked, tool="Bandit"),
        content_type="application/sarif+json",
        headers={"User-Agent": f"agent {HOSTILE}"},
    )
    assert sent.status_code == 201, sent.content
    return page_as(admin)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (COMPLIANCE, ["Org", "repo", "framework"]),
        (f"{COMPLIANCE}/repos/{{repository}}", ["repo", "framework", "control", "category"]),
        (
            f"{COMPLIANCE}/repos/{{repository}}/control?framework=hostile&id=H-1",
            ["rule", "message", "control", "description"],
        ),
        (f"{COMPLIANCE}/frameworks", ["framework"]),
        (f"{COMPLIANCE}/frameworks/hostile", ["framework", "control", "category", "description"]),
        (f"{COMPLIANCE}/frameworks/hostile?repo_id={{repository}}", ["framework", "control"]),
        (f"{COMPLIANCE}/frameworks/custom/hostile/_delete", ["framework", "repo"]),
        ("/dashboard/audit-logs", ["framework", "agent"]),
        (SETTINGS, ["Org"]),
        (f"{SETTINGS}/members", ["Org"]),
        (f"{SETTINGS}/keys", ["key"]),
    ],
)
def test_hostile_text_is_shown_as_it_is(hostile_page, repository, path, shown):
    page = hostile_page
    page.goto(path.format(repository=repository.pk))
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")

    text = page.locator("body").inner_text()
    assert [name for name in shown if f"{name} {HOSTILE}" not in text] == []
    expect(page.locator("img, script:not([src]), [onerror], iframe, object")).to_have_count(0)
    expect(page.locator("a[href^='javascript' i], [src='x']")).to_have_count(0)


def test_hostile_text_fills_the_fields_of_a_form_and_no_more(hostile_page):
    page = hostile_page

    page.goto(f"{COMPLIANCE}/frameworks/custom/hostile")

    expect(page.get_by_label("Name").first).to_have_value(f"framework {HOSTILE}")
    expect(page.get_by_label("Name").nth(1)).to_have_value(f"control {HOSTILE}")
    expect(page.locator("img, script:not([src])")).to_have_count(0)


def test_a_hostile_query_comes_back_as_text(hostile_page):
    page = hostile_page
    page.goto(COMPLIANCE)

    page.get_by_label("Name").fill(HOSTILE)
    page.get_by_role("button", name="Filter").click()

    expect(page.get_by_label("Name")).to_have_value(HOSTILE)
    expect(page.get_by_role("region", name="Repositories")).to_contain_text(f"repo {HOSTILE}")
