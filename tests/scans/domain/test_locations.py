"""Paths, from whatever a tool wrote."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scans.domain.locations import Checkout, common_directory, infrastructure_kind
from tests.scans.domain.reports import LIMITS, finding, findings, located, result


def path_of(uri, **more):
    return finding(result(uri=uri), **more)["path"]


def paths_of(*uris, **more):
    rows = findings(*(result(uri=uri, text=uri) for uri in uris), **more)
    return [row["path"] for row in rows]


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("src/app.py", "src/app.py"),
        ("./src//app.py", "src/app.py"),
        ("src\\app.py", "src/app.py"),
        ("src/a%20b.py", "src/a b.py"),
        ("src/100%.py", "src/100%.py"),
        ("src/%00evil.py", "src/\ufffdevil.py"),
        ("src/lib/../app.py", "src/app.py"),
        ("../../etc/passwd", "passwd"),
        ("..%2f..%2fetc%2fshadow", "shadow"),
        ("src/../../..", "src"),
        ("..", ""),
        ("", ""),
        (".", ""),
        (None, ""),
        (5, ""),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("http://169.254.169.254/latest/", "http://169.254.169.254/latest/"),
        ("file:///etc/passwd", "etc/passwd"),
        ("/home/me/app.py", "app.py"),
        ("C:\\work\\app.py", "app.py"),
        ("file:///C:/work/app.py", "app.py"),
        ("file:src/app.py", "src/app.py"),
        ("\\\\host\\share\\app.py", "app.py"),
    ],
)
def test_uris_become_paths_in_the_repository(uri, path):
    assert path_of(uri) == path


def test_paths_are_cut():
    assert len(path_of("a/" * 5_000)) == LIMITS.path_chars


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///home/runner/work/app/app/src/a.py", "src/a.py"),
        ("/builds/group/app/src/a.py", "src/a.py"),
        ("D:\\a\\app\\app\\src\\a.py", "src/a.py"),
        ("D:\\a\\1\\s\\src\\a.py", "src/a.py"),
        ("/github/workspace/src/a.py", "src/a.py"),
        ("/opt/actions-runner/_work/app/app/src/a.py", "src/a.py"),
        ("/mnt/agent/_work/12/s/src/a.py", "src/a.py"),
        ("/home/gitlab-runner/builds/x7/0/group/app/src/a.py", "src/a.py"),
        ("C:\\ProgramData\\Jenkins\\.jenkins\\workspace\\app_main\\src\\a.py", "src/a.py"),
        ("/home/jenkins/agent/workspace/app/src/a.py", "src/a.py"),
        ("/home/circleci/project/src/a.py", "src/a.py"),
        ("/home/travis/build/group/app/src/a.py", "src/a.py"),
        ("/codebuild/output/src123/src/github.com/group/app/src/a.py", "src/a.py"),
        ("/var/lib/buildkite-agent/builds/host/group/app/src/a.py", "src/a.py"),
        ("/opt/buildagent/work/0123456789abcdef/src/a.py", "src/a.py"),
        ("C:\\projects\\app\\src\\a.py", "src/a.py"),
        ("/workspaces/app/src/a.py", "src/a.py"),
        ("/workspace/src/a.py", "src/a.py"),
        ("/src/src/a.py", "src/a.py"),
        ("/usr/src/app/src/a.py", "src/a.py"),
    ],
)
def test_build_services_checkouts_are_known(uri, path):
    assert path_of(uri) == path


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("/home/me/app/views/a.py", "views/a.py"),
        ("/home/me/src/app/views/a.py", "views/a.py"),
        ("/home/me/work/app/views/a.py", "views/a.py"),
        ("/home/me/work/src/a.py", "src/a.py"),
        ("/home/me/go/src/github.com/group/app/views/a.go", "views/a.go"),
        ("/Users/me/Documents/GitHub/app/views/a.py", "views/a.py"),
        ("C:\\Users\\me\\source\\repos\\app\\views\\a.cs", "views/a.cs"),
        ("/mnt/c/Users/me/app/views/a.py", "views/a.py"),
        ("/root/app/views/a.py", "views/a.py"),
        ("/tmp/tmp8_x1/app/views/a.py", "app/views/a.py"),
        ("/private/tmp/app/views/a.py", "views/a.py"),
    ],
)
def test_the_directory_below_a_home_or_among_checkouts_is_the_repository(uri, path):
    assert path_of(uri) == path


def test_a_finding_in_another_directory_of_a_home_changes_no_path():
    views, models = "/home/me/work/app/views/a.py", "/home/me/work/app/models/b.py"

    assert paths_of(views) == ["views/a.py"]
    assert paths_of(views, models) == ["views/a.py", "models/b.py"]


@pytest.mark.slow
@given(st.lists(st.from_regex(r"\A(?:/[a-z]{1,9}){1,6}\Z")))
@settings(max_examples=200)
def test_what_else_was_found_changes_no_path_of_a_known_form(others):
    uri = "/home/me/work/app/views/a.py"

    assert Checkout((), [uri, *others]).relative(uri) == "views/a.py"


def test_the_first_of_several_locations_counts():
    several = [located("src/a.py"), located("src/b.py")]

    assert finding({"ruleId": "R1", "locations": several})["path"] == "src/a.py"


def test_a_path_of_the_system_changes_no_other():
    within = ["/x/app/views/a.py", "/x/app/models/b.py"]
    system = ["/usr/include/stdio.h", "C:/Program Files/SDK/a.h", "/nix/store/x/a.h"]

    assert paths_of(*within, *system)[:2] == ["views/a.py", "models/b.py"]


def test_a_path_of_the_system_keeps_its_directories():
    assert path_of("/usr/include/stdio.h") == "usr/include/stdio.h"


def test_one_path_elsewhere_changes_no_other():
    within = ["/x/app/views/a.py", "/x/app/models/b.py"]

    found = paths_of(*within, "/y/generated/c.py")

    assert found == ["views/a.py", "models/b.py", "y/generated/c.py"]


def test_findings_in_the_sources_alone_leave_the_root_above_them():
    assert path_of("/x/app/src/main/a.java") == "src/main/a.java"


def test_scanned_files_without_findings_help_to_find_the_root():
    scanned = [{"location": {"uri": "/x/app/models/b.py"}}]

    assert path_of("/x/app/views/a.py", artifacts=scanned) == "views/a.py"


def test_the_common_directory_of_absolute_paths_is_the_root():
    assert paths_of("/x/app/src/a.py", "/x/app/tests/b.py") == ["src/a.py", "tests/b.py"]


def test_a_common_directory_ends_between_names():
    assert paths_of("/x/app1/a.py", "/x/app2/b.py") == ["app1/a.py", "app2/b.py"]


def test_absolute_paths_without_anything_in_common_keep_all():
    assert paths_of("C:/x/a.py", "/y/b.py") == ["C:/x/a.py", "y/b.py"]


def test_nothing_has_no_common_directory():
    assert common_directory([]) == ""


@pytest.mark.parametrize(
    "named",
    [
        {"originalUriBaseIds": {"ROOT": {"uri": "file:///x/app/"}}},
        {"invocations": [{"workingDirectory": {"uri": "file:///x/app"}}]},
        {"versionControlProvenance": [{"mappedTo": {"uri": "file:///x/app"}}]},
        {
            "originalUriBaseIds": {"ROOT": {"uri": "file:///x/"}},
            "versionControlProvenance": [{"mappedTo": {"uri": "app", "uriBaseId": "ROOT"}}],
        },
    ],
)
def test_named_directories_are_the_root(named):
    assert path_of("file:///x/app/src/a.py", **named) == "src/a.py"


def test_outside_of_the_named_directory_only_the_name_is_left():
    named = {"invocations": [{"workingDirectory": {"uri": "file:///x/app"}}]}

    assert path_of("/usr/include/stdio.h", **named) == "stdio.h"


def test_outside_of_the_named_directory_a_known_checkout_is_still_known():
    named = {"invocations": [{"workingDirectory": {"uri": "file:///opt/tool"}}]}

    assert path_of("/home/runner/work/app/app/src/a.py", **named) == "src/a.py"


def test_the_longest_named_directory_counts():
    bases = {"A": {"uri": "file:///x/"}, "B": {"uri": "file:///x/app/"}}

    assert path_of("/x/app/a.py", originalUriBaseIds=bases) == "a.py"


def test_absolute_paths_are_resolved_before_they_are_compared():
    assert paths_of("/x/app/lib/../../app/a.py", "/x/app/./b/c.py") == ["a.py", "b/c.py"]


def path_in(bases, uri="io/kb.c", base="SRC"):
    location = located(uri, uriBaseId=base)
    found = finding({"ruleId": "R1", "locations": [location]}, originalUriBaseIds=bases)
    return found["path"]


@pytest.mark.parametrize(
    ("bases", "path"),
    [
        ({}, "io/kb.c"),
        (None, "io/kb.c"),
        ({"SRC": {}}, "io/kb.c"),
        ({"SRC": {"uri": "src/"}}, "src/io/kb.c"),
        ({"SRC": {"uri": "src/", "uriBaseId": "ROOT"}, "ROOT": {}}, "src/io/kb.c"),
        ({"SRC": {"uri": "src", "uriBaseId": "TOP"}, "TOP": {"uri": "top/"}}, "top/src/io/kb.c"),
        ({"SRC": {"uri": "file:///x/src/"}}, "io/kb.c"),
        ({"SRC": {"uri": "src/", "uriBaseId": "TOP"}, "TOP": {"uri": "file:///"}}, "src/io/kb.c"),
        (
            {"SRC": {"uri": "a/", "uriBaseId": "B"}, "B": {"uri": "b/", "uriBaseId": "SRC"}},
            "b/a/io/kb.c",
        ),
    ],
)
def test_base_ids_are_resolved(bases, path):
    assert path_in(bases) == path


def test_a_scheme_needs_no_base():
    assert path_in({"SRC": {"uri": "src/"}}, uri="http://x/y") == "http://x/y"


@pytest.mark.parametrize(
    ("artifact", "path"),
    [({"location": {"uri": "src/a.py"}}, "src/a.py"), ({"location": None}, ""), ({}, "")],
)
def test_a_location_without_uri_names_an_artifact(artifact, path):
    location = {"physicalLocation": {"artifactLocation": {"index": 0}}}

    found = finding({"ruleId": "R1", "locations": [location]}, artifacts=[artifact])

    assert found["path"] == path


@pytest.mark.parametrize("index", [-1, 1, True, "0", 0.5])
def test_an_index_out_of_range_names_nothing(index):
    location = {"physicalLocation": {"artifactLocation": {"index": index}}}
    artifacts = [{"location": {"uri": "a.py"}}]

    assert finding({"ruleId": "R1", "locations": [location]}, artifacts=artifacts)["path"] == ""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("Dockerfile", "dockerfile"),
        ("docker/Dockerfile.prod", "dockerfile"),
        ("infra/main.tf", "terraform"),
        ("stack.template.json", "cloudformation"),
        ("deploy/cfn/stack.yaml", "cloudformation"),
        ("deploy/charts/app/values.yaml", "kubernetes"),
        ("docker-compose.prod.yml", "other"),
        ("src/app.py", ""),
        ("notk8s/app.py", ""),
        ("", ""),
    ],
)
def test_infrastructure_files_are_known_by_their_path(path, kind):
    assert infrastructure_kind(path) == kind
