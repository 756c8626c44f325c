"""Reading scans and findings: lists, filters, pages, and what they cost."""

from itertools import pairwise

import pytest

from scans.models import Finding
from tests.factories import ScanFactory
from tests.scans.sarif import report, result

pytestmark = pytest.mark.django_db


@pytest.fixture
def scans(repository):
    return f"/api/repos/{repository.pk}/scans"


@pytest.fixture
def findings(repository):
    return f"/api/repos/{repository.pk}/findings"


@pytest.fixture
def upload(client, scans):
    def send(*results, commit="c1", branch="main", **run):
        answer = client.post(
            f"{scans}?commit={commit}&branch={branch}",
            data=report(*results, **run),
            content_type="application/sarif+json",
        )
        assert answer.status_code == 201, answer.json()
        return answer.json()

    return send


def ids_of(page):
    return [row["id"] for row in page["results"]]


def walk(client, url):
    """All pages from `url` on."""
    while url:
        page = client.get(url).json()
        yield page
        url = page["next"]


# Scans.


def test_a_scan_is_read_as_its_upload_answered(client, upload):
    made = upload(result())

    assert client.get(f"/api/scans/{made['id']}").json() == made


def test_a_scan_of_several_tools_adds_their_counts(client, upload):
    upload(result(), result(rule="B101"), tool="Bandit")

    made = upload(result(rule="aws-key"), result(kind="pass"), tool="gitleaks")

    read = client.get(f"/api/scans/{made['id']}").json()
    assert [tool["name"] for tool in read["tools"]] == ["Bandit", "gitleaks"]
    assert read["counts"] == {
        "results": 4,
        "opened": 3,
        "unchanged": 0,
        "closed": 0,
        "duplicates": 0,
        "suppressed": 0,
        "ignored": {"kind_pass": 1},
    }


def test_a_scan_without_reports_can_be_read(client, repository):
    scan = ScanFactory(repository=repository)

    read = client.get(f"/api/scans/{scan.pk}")

    assert read.status_code == 200
    assert (read.json()["tools"], read.json()["counts"]["results"]) == ([], 0)


def test_scans_of_a_repository_are_listed_newest_first(client, scans, upload):
    made = [upload(commit=f"c{number}") for number in range(3)]

    assert client.get(scans).json()["results"] == made[::-1]


@pytest.mark.parametrize(
    ("query", "commits"),
    [
        ("branch=main", ["c2", "c1"]),
        ("branch=dev", ["c1"]),
        ("commit=c1", ["c1", "c1"]),
        ("branch=main&commit=c2", ["c2"]),
        ("branch=MAIN", []),
        ("commit=c", []),
        ("colour=red", ["c1", "c2", "c1"]),
    ],
)
def test_scans_are_filtered_by_branch_and_commit(client, scans, upload, query, commits):
    for commit, branch in [("c1", "main"), ("c2", "main"), ("c1", "dev")]:
        upload(commit=commit, branch=branch)

    found = client.get(f"{scans}?{query}").json()["results"]

    assert [scan["commit"] for scan in found] == commits


@pytest.mark.parametrize("name", ["branch", "commit"])
def test_a_filter_of_scans_that_can_name_nothing_is_refused(client, scans, name):
    answer = client.get(scans, {name: "a\0b"})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == name


def test_pages_of_scans_hold_each_once_while_others_are_added(client, scans, repository):
    made = [ScanFactory(repository=repository).pk for _ in range(5)]
    pages = walk(client, f"{scans}?limit=2")
    first = next(pages)
    ScanFactory(repository=repository)

    rest = [pk for page in pages for pk in ids_of(page)]

    assert ids_of(first) + rest == made[::-1]


@pytest.mark.parametrize("count", [1, 12])
def test_any_number_of_scans_is_the_same_number_of_queries(
    client, scans, upload, django_assert_num_queries, count
):
    for number in range(count):
        upload(result(), commit=f"c{number}")

    with django_assert_num_queries(5):  # key, repository, page, its analyses, its uploads
        assert len(client.get(scans).json()["results"]) == count


# Findings.


def test_a_finding_has_the_documented_fields(client, findings, repository, upload):
    made = upload(result(rule="B602", path="src/app.py", line=7), category="backend")

    (found,) = client.get(findings).json()["results"]

    assert found == {
        "id": Finding.objects.get().pk,
        "repo_id": repository.pk,
        "branch": "main",
        "tool": "Bandit",
        "category": "backend",
        "check_type": "sast_security",
        "severity": "high",
        "rule_id": "B602",
        "path": "src/app.py",
        "line": 7,
        "message": "B602 at src/app.py",
        "cwes": found["cwes"],
        "suppressed": False,
        "fingerprint": bytes(Finding.objects.get().fingerprint).hex(),
        "first_seen": made["created_at"],
        "opened_scan_id": made["id"],
        "closed_scan_id": None,
    }


@pytest.fixture
def mixed(upload):
    """One finding of each kind that a filter tells apart; the rule names it."""
    upload(
        result(
            rule="B602", path="src/app.py", taxa=[{"id": "78", "toolComponent": {"name": "CWE"}}]
        ),
        result(rule="B303", path="lib/a.py"),
        result(rule="B103", path="old.py", suppressions=[{"kind": "inSource"}]),
    )
    upload(result(rule="aws-access-token", path=".env"), tool="gitleaks")


@pytest.mark.parametrize(
    ("query", "rules"),
    [
        ("", ["B303", "B602", "aws-access-token"]),
        ("check_type=secrets", ["aws-access-token"]),
        ("check_type=secrets&check_type=sast_security", ["B303", "B602", "aws-access-token"]),
        ("check_type=iac_issues", []),
        ("severity=critical&severity=high", ["B303", "B602", "aws-access-token"]),
        ("severity=info", []),
        ("tool=bandit", ["B303", "B602"]),
        ("tool=GITLEAKS", ["aws-access-token"]),
        ("tool=git", []),
        ("rule_id=B602", ["B602"]),
        ("rule_id=b602", []),
        ("path=src/", ["B602"]),
        ("path=app", []),
        ("path=%25", []),
        ("cwe=78", ["B602"]),
        ("cwe=0", []),
        ("cwe=32767", []),
        ("suppressed=false", ["B303", "B602", "aws-access-token"]),
        ("suppressed=true", ["B103"]),
        ("suppressed=all", ["B103", "B303", "B602", "aws-access-token"]),
        ("tool=bandit&path=lib/&suppressed=all", ["B303"]),
        ("branch=main", ["B303", "B602", "aws-access-token"]),
        ("branch=dev", []),
        ("colour=red&ordering=org__slug", ["B303", "B602", "aws-access-token"]),
    ],
)
@pytest.mark.usefixtures("mixed")
def test_findings_are_filtered(client, findings, query, rules):
    answer = client.get(f"{findings}?{query}")

    assert answer.status_code == 200, answer.json()
    assert sorted(row["rule_id"] for row in answer.json()["results"]) == rules


@pytest.fixture(params=["repository", "scan"])
def either_list(request, findings, repository):
    """Both lists of findings take the same filters."""
    if request.param == "repository":
        return findings
    return f"/api/scans/{ScanFactory(repository=repository).pk}/findings"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("check_type=scan_recency", "check_type"),
        ("check_type=secrets&check_type=x", "check_type"),
        ("severity=HIGH", "severity"),
        ("severity=high,low", "severity"),
        ("cwe=x", "cwe"),
        ("cwe=-1", "cwe"),
        ("cwe=32768", "cwe"),
        ("cwe=1e400", "cwe"),
        ("cwe=NaN", "cwe"),
        ("cwe=7.5", "cwe"),
        ("suppressed=yes", "suppressed"),
        ("tool=a%00b", "tool"),
        ("rule_id=a%00b", "rule_id"),
        ("path=a%00b", "path"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("cursor=abc", "cursor"),
    ],
)
def test_a_filter_that_can_name_nothing_is_refused(client, either_list, query, field):
    answer = client.get(f"{either_list}?{query}")

    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(f"{field}: ")
    assert answer.json()["errors"][0]["field"] == field


def test_a_branch_that_can_name_nothing_is_refused(client, findings):
    answer = client.get(findings, {"branch": "a\0b"})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "branch"


@pytest.mark.parametrize("name", ["tool", "rule_id", "path", "cwe", "suppressed", "branch"])
@pytest.mark.usefixtures("mixed")
def test_an_empty_filter_filters_nothing(client, findings, name):
    assert len(client.get(findings, {name: ""}).json()["results"]) == 3


def test_each_scan_lists_what_its_branch_held_then(client, upload):
    made = [
        upload(*map(result, rules), commit=f"c{number}")["id"]
        for number, rules in enumerate([["B602"], ["B602", "B303"], ["B303"]])
    ]

    held = [
        sorted(row["rule_id"] for row in client.get(f"/api/scans/{pk}/findings").json()["results"])
        for pk in made
    ]

    assert held == [["B602"], ["B303", "B602"], ["B303"]]


def test_a_closed_finding_says_which_scan_closed_it(client, upload):
    first = upload(result(), commit="c1")
    second = upload(commit="c2")

    (found,) = client.get(f"/api/scans/{first['id']}/findings").json()["results"]

    assert (found["opened_scan_id"], found["closed_scan_id"]) == (first["id"], second["id"])


def test_the_default_branch_is_listed_unless_another_one_is_named(client, findings, upload):
    upload(result(rule="B602"), branch="main")
    upload(result(rule="B303"), branch="dev")

    default, other = client.get(findings).json(), client.get(f"{findings}?branch=dev").json()

    assert [row["rule_id"] for row in default["results"]] == ["B602"]
    assert [row["rule_id"] for row in other["results"]] == ["B303"]


def test_pages_of_findings_hold_each_once_while_others_are_added(client, findings, upload):
    old = [result(line=number) for number in range(1, 8)]
    upload(*old, commit="c1")
    expected = list(Finding.objects.order_by("-pk").values_list("pk", flat=True))
    pages = walk(client, f"{findings}?limit=3")
    first = next(pages)
    upload(*old, result(rule="B303"), commit="c2")

    rest = [ids_of(page) for page in pages]

    assert [*ids_of(first), *(pk for page in rest for pk in page)] == expected
    assert all(newer > older for newer, older in pairwise(expected))


def test_links_keep_the_filters(client, findings, upload):
    upload(*[result(rule=rule, line=n) for rule in ("B602", "B303") for n in range(1, 5)])

    pages = list(walk(client, f"{findings}?limit=2&rule_id=B602"))

    assert [row["rule_id"] for page in pages for row in page["results"]] == ["B602"] * 4


@pytest.mark.parametrize("count", [1, 60])
def test_any_number_of_findings_is_the_same_number_of_queries(
    client, findings, upload, django_assert_num_queries, count
):
    scan = upload(*[result(line=number) for number in range(1, count + 1)])

    with django_assert_num_queries(3):  # the key, the repository, the page
        of_repository = client.get(f"{findings}?limit=200").json()["results"]
    with django_assert_num_queries(3):  # the key, the scan, the page
        of_scan = client.get(f"/api/scans/{scan['id']}/findings?limit=200").json()["results"]

    assert (len(of_repository), len(of_scan)) == (count, count)
