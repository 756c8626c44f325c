"""What a finding says, and that it never says a secret."""

import pytest

from tests.scans.domain.reports import finding, result, rule


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"text": "Plain."}, "Plain."),
        ({"text": None, "markdown": "**Bold.**"}, "**Bold.**"),
        ({"id": "own"}, "From the rule."),
        ({"id": "shared"}, "From the tool."),
        ({"id": "marked"}, "Marked."),
        ({"id": "missing"}, "Short."),
        ({"text": "{0} and {1} of {2}", "arguments": ["a", 2]}, "a and 2 of {2}"),
        ({"text": "keep {0}"}, "keep {0}"),
        ({"text": " "}, "Short."),
        ({}, "Short."),
        (None, "Short."),
    ],
)
def test_a_message_is_found_where_the_tool_put_it(message, text):
    described = rule(
        shortDescription={"text": "Short."},
        messageStrings={"own": {"text": "From the rule."}, "marked": {"markdown": "Marked."}},
    )
    shared = {"globalMessageStrings": {"shared": {"text": "From the tool."}}}

    found = finding({"ruleId": "R1", "message": message}, driver={"rules": [described], **shared})

    assert found["message"] == text


@pytest.mark.parametrize(
    ("described", "text"), [({"name": "eval-used"}, "eval-used"), ({"name": None}, "R1")]
)
def test_without_any_text_the_rules_name_is_the_message(described, text):
    assert finding({"ruleId": "R1"}, rules=[rule(**described)])["message"] == text


def test_messages_are_cut():
    assert len(finding(result(text="x" * 5_000))["message"]) == 2_000


SECRET = "hunter2-hunter2-hunter2"


def leaky(rule_id, **more):
    return result(
        rule_id,
        text=f"Found '{SECRET}'.",
        snippet=f"password = '{SECRET}'",
        partialFingerprints={"match": SECRET},
        fingerprints={"x": SECRET},
        **more,
    )


@pytest.mark.parametrize(
    ("tool", "rule_id", "more"),
    [
        ("gitleaks", "aws-key", {}),
        ("Bandit", "B105", {}),
        ("Semgrep", "generic.secrets.x", {}),
        ("Trivy", "aws-access", {"name": "Secret"}),
        ("SomeScanner", "R1", {"tags": ["CWE-798"]}),
    ],
)
def test_no_row_holds_a_secret(tool, rule_id, more):
    described = rule(rule_id, fullDescription={"text": f"Match: {SECRET}"}, **more)

    found = finding(leaky(rule_id), tool=tool, rules=[described])

    assert found["check_type"] == "secrets"
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    ("described", "text"),
    [
        ({"shortDescription": {"text": "An AWS key."}}, "An AWS key."),
        ({"name": "AwsKey"}, "Possible secret: AwsKey"),
        ({}, "Possible secret: aws-key"),
    ],
)
def test_a_secrets_message_is_its_rules(described, text):
    found = finding(leaky("aws-key"), tool="gitleaks", rules=[rule("aws-key", **described)])

    assert found["message"] == text
