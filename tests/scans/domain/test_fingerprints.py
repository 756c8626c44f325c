"""What makes two results the same flaw."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scans.domain.reports import finding, fingerprints, one_run, result, rule


def same(one, other, **more):
    return fingerprints(one, **more) == fingerprints(other, **more)


def test_a_fingerprint_has_sixteen_bytes():
    assert [len(one) for one in fingerprints(result())] == [16]


def test_moved_lines_keep_their_fingerprint():
    assert same(result(line=1, snippet="eval(x)"), result(line=90, snippet="\t eval(x)\n"))


def test_without_code_the_message_tells_findings_apart():
    assert same(result(line=1), result(line=90))
    assert not same(result(text="one"), result(text="two"))


@pytest.mark.parametrize(
    "other", [result("R2"), result(uri="b.py"), result(snippet="exec(x)"), result("B105")]
)
def test_rule_path_and_code_tell_findings_apart(other):
    assert not same(result(snippet="eval(x)"), other, tool="Bandit")


def test_a_fingerprint_does_not_depend_on_the_tool():
    one = fingerprints(result(), tool="Bandit")

    assert one == fingerprints(result(), tool="Gosec")


def test_equal_lines_stay_apart_and_in_order():
    first, second = result(line=1, snippet="eval(x)"), result(line=9, snippet="eval(x)")
    moved = result(line=3, snippet="eval(x)"), result(line=11, snippet="eval(x)")

    assert len(fingerprints(first, second)) == 2
    assert fingerprints(first, second) == fingerprints(*moved)
    assert fingerprints(first) < fingerprints(first, second)


def test_identical_results_are_one_finding():
    found = one_run(*[result()] * 5)

    assert (len(found.rows), found.duplicates) == (1, 4)


def hashed(line_hash, **more):
    return result(partialFingerprints={"primaryLocationLineHash": line_hash}, **more)


def test_the_line_hash_comes_first():
    assert same(hashed("a:1", snippet="x"), hashed("a:1", snippet="y", text="other"))
    assert not same(hashed("a:1"), hashed("b:1"))


@pytest.mark.parametrize("odd", ["", None, 5, {"value": "a"}, ["a", "b"]])
def test_an_odd_line_hash_does_not_count(odd):
    assert same(hashed(odd), result())


@pytest.mark.parametrize("odd", [None, 5, "a", [], {"v": {"value": "abc"}}])
def test_odd_fingerprints_do_not_count(odd):
    assert same(result(fingerprints=odd, partialFingerprints=odd), result())


def claimed(value, key="match/v1", **more):
    return result(fingerprints={key: value}, **more)


def test_another_fingerprint_of_the_tool_comes_second():
    assert same(claimed("a", snippet="x"), claimed("a", snippet="y"))
    assert not same(claimed("a"), claimed("b"))


def test_fingerprints_beside_odd_values_count():
    mixed = result(fingerprints={"a": {"value": 1}, "match/v1": "a"})

    assert same(mixed, claimed("a"))


def test_whole_fingerprints_come_before_partial_ones():
    both = result(fingerprints={"z": "whole"}, partialFingerprints={"a": "partial"})

    assert same(both, claimed("whole", key="z"))


@pytest.mark.parametrize("other", [{"rule": "R2", "line": 1}, {"rule": "R1", "line": 2}])
def test_a_value_on_another_rule_or_line_is_not_trusted(other):
    logged_out = (
        claimed("requires login", snippet="x"),
        claimed("requires login", snippet="y", **other),
    )
    plain = result(snippet="x"), result(snippet="y", **other)

    assert fingerprints(*logged_out) == fingerprints(*plain)


def test_the_next_fingerprint_is_tried_where_one_is_not_trusted():
    first = result(fingerprints={"a": "same", "b": "one"}, line=1)
    second = result(fingerprints={"a": "same", "b": "two"}, line=2)

    assert fingerprints(first, second) == {
        *fingerprints(claimed("one")),
        *fingerprints(claimed("two")),
    }


def test_what_names_a_commit_is_no_fingerprint():
    commit = {"commitSha": "c0ffee", "author": "me", "email": "m@x", "date": "1"}

    assert same(result(partialFingerprints=commit), result())


def test_secrets_in_one_line_are_one_finding():
    found = one_run(
        result("aws-key", line=3), result("generic-api-key", line=3, text="x"), tool="gitleaks"
    )

    assert (len(found.rows), found.duplicates) == (1, 1)
    assert found.rows[0][2:4] == ("critical", "aws-key")


def secrets(*lines, rule="key", uri="a.py"):
    return fingerprints(*(result(rule, uri, line) for line in lines), tool="gitleaks")


def test_a_secret_whose_line_has_moved_is_the_same():
    assert secrets(3) == secrets(90)


def test_secrets_in_two_lines_are_two_and_stay_so_below_an_inserted_line():
    assert len(secrets(3, 9)) == 2
    assert secrets(3, 9) == secrets(4, 10)


def test_the_order_of_results_does_not_tell_secrets_apart():
    assert secrets(3, 9) == secrets(9, 3)


def test_secrets_in_other_files_are_others():
    assert secrets(3).isdisjoint(secrets(3, uri="b.py"))


def test_secrets_of_other_rules_in_other_lines_are_others():
    assert secrets(3).isdisjoint(secrets(3, rule="token"))


def test_a_separator_in_a_name_makes_no_two_secrets_equal():
    one, other = result("b\x1fc", "a", 3), result("c", "a\x1fb", 3)

    assert len(fingerprints(one, other, tool="gitleaks")) == 2


@given(st.sets(st.integers(1, 50), min_size=1), st.integers(0, 50))
def test_secrets_below_inserted_lines_keep_their_fingerprints(lines, inserted):
    assert secrets(*lines) == secrets(*(line + inserted for line in lines))


@given(st.sets(st.integers(1, 50), min_size=1), st.data())
def test_to_remove_a_secret_closes_exactly_one(lines, data):
    left = lines - {data.draw(st.sampled_from(sorted(lines)))}

    assert secrets(*left) < secrets(*lines)
    assert len(secrets(*lines)) == len(left) + 1


def test_secrets_without_a_line_are_told_apart_by_rule_and_text():
    assert not same(result("a", line=0), result("b", line=0), tool="gitleaks")
    assert not same(result("a", line=0, text="1"), result("a", line=0, text="2"), tool="gitleaks")


def component(rule_id="CVE-2024-1234", text="Upgrade.", **more):
    return result(rule_id, text=text, **more)


def same_component(one, other, **more):
    return same(one, other, tool="Grype", **more)


def test_a_component_has_no_place_in_its_file():
    assert same_component(component(line=1, snippet="a"), component(line=7, snippet="b"))


@pytest.mark.parametrize(
    ("rule_id", "text"),
    [
        ("CVE-2024-1234-openssl", "Upgrade."),
        ("CVE-2024-1234/openssl", "Other words."),
        ("CVE-2024-1234", "Package: openssl\nInstalled Version: 1.0"),
        ("CVE-2024-1234", "Package 'openssl@1.0' is vulnerable to 'CVE-2024-1234'."),
        ("CVE-2024-1234", "Package 'openssl@1.1' is vulnerable to 'CVE-2024-1234'."),
        ("CVE-2024-1234", "This file introduces a vulnerable openssl package with a high one."),
        ("CVE-2024-1234", "The path /x reports openssl at version 1.0 which is vulnerable"),
        ("cve-2024-1234_openssl", "Upgrade."),
    ],
)
def test_a_component_is_flaw_and_package(rule_id, text):
    assert same_component(component(rule_id, text), component("CVE-2024-1234-openssl"))


@pytest.mark.parametrize(
    "properties",
    [
        {"purl": "pkg:deb/openssl@1.0?arch=amd64"},
        {"packageName": "pkg:deb/openssl"},
        {"package": ["pkg:deb/openssl@2"]},
    ],
)
def test_a_package_may_stand_in_the_properties(properties):
    found = component(properties=properties)

    assert same_component(found, component(properties={"purl": "pkg:deb/openssl@9"}))


def test_a_package_may_be_a_logical_location():
    found = component()
    found["locations"][0]["logicalLocations"] = [
        {"name": "x", "kind": "module"},
        {"name": "openssl", "kind": "package"},
    ]

    assert same_component(found, component("CVE-2024-1234-openssl"))


def test_a_scoped_package_keeps_its_scope():
    one = component(properties={"package": "@angular/core@1"})

    assert not same_component(one, component(properties={"package": "@angular/cli@1"}))


def test_without_a_package_the_message_stands_for_it():
    assert not same_component(component(text="one"), component(text="two"))


@pytest.mark.parametrize(
    "aliases",
    [
        {"deprecatedIds": ["CVE-2024-1234", "GHSA-aaaa-bbbb-cccc"]},
        {"fullDescription": {"text": "(CVE-2024-1234) openssl@1.0"}},
    ],
)
def test_a_cve_among_the_aliases_names_the_flaw(aliases):
    snyk = component("SNYK-1", properties={"package": "openssl"})

    found = fingerprints(snyk, tool="Grype", rules=[rule("SNYK-1", **aliases)])

    assert found == fingerprints(component("CVE-2024-1234-openssl"), tool="Grype")


def test_a_cve_in_the_message_names_the_flaw():
    text = "Package 'openssl@1.0' is vulnerable to 'CVE-2024-1234'."

    assert same_component(component("OSV-1", text), component("CVE-2024-1234-openssl"))


def test_a_ghsa_id_names_the_flaw_where_there_is_no_cve():
    ghsa = component("GHSA-aaaa-bbbb-cccc-openssl")

    assert same_component(ghsa, component("[npm] GHSA-AAAA-bbbb-cccc/openssl"))


def test_components_in_other_files_are_others():
    assert not same_component(component(uri="a.lock"), component(uri="b.lock"))


def test_of_repeated_results_the_worst_speaks():
    found = finding(
        component("CVE-2024-1234-x", level="note", properties={"cwe": 79}),
        component("CVE-2024-1234/x", level="error", properties={"cwe": 89}),
        tool="Grype",
    )

    assert (found["severity"], found["rule_id"], found["cwes"]) == (
        "high",
        "CVE-2024-1234/x",
        (79, 89),
    )


@pytest.mark.parametrize(("other", "is_suppressed"), [(None, False), ([{}], True)])
def test_a_finding_is_suppressed_if_all_its_results_are(other, is_suppressed):
    found = finding(result(suppressions=[{}]), result(suppressions=other))

    assert found["is_suppressed"] is is_suppressed


RESULTS = st.builds(
    result,
    rule=st.sampled_from(("R1", "R2", "B105")),
    uri=st.sampled_from(("a.py", "b.py")),
    line=st.integers(0, 3),
    text=st.sampled_from(("one", "two")),
    snippet=st.sampled_from((None, "x", " x")),
    level=st.sampled_from(("error", "note", None)),
    fingerprints=st.sampled_from((None, {"k": "1"}, {"k": "2"})),
    suppressions=st.sampled_from((None, [{}])),
)


@settings(deadline=None, max_examples=100)
@given(st.lists(RESULTS, max_size=8).flatmap(lambda r: st.tuples(st.just(r), st.permutations(r))))
def test_the_order_of_results_does_not_matter(orders):
    one, other = (one_run(*results, tool="Bandit") for results in orders)

    assert sorted(one.rows, key=repr) == sorted(other.rows, key=repr)
    assert one.duplicates == other.duplicates


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.sampled_from(("eval(x)", "exec(y)", "assert z")), max_size=6),
    st.integers(1, 500),
)
def test_code_that_moves_as_a_whole_keeps_its_fingerprints(lines, moved):
    before = [result(line=n, snippet=code) for n, code in enumerate(lines, 1)]
    after = [result(line=n + moved, snippet=code) for n, code in enumerate(lines, 1)]

    assert fingerprints(*before) == fingerprints(*after)
