"""Which rule a result belongs to, and what rule and result say together."""

import pytest

from tests.scans.domain.reports import finding, result, rule


def bare(**more):
    return {"message": {"text": "x"}, **more}


def high(rule_id="R1", **more):
    return rule(rule_id, score="7.5", **more)


def is_resolved(*results, **more):
    return finding(*results, **more)["severity"] == "high"


@pytest.mark.parametrize(
    "named",
    [
        {"ruleId": "R1"},
        {"ruleId": "R1", "ruleIndex": 0},
        {"ruleIndex": 0},
        {"ruleId": "R1", "ruleIndex": 1},
        {"ruleId": "R1", "ruleIndex": 99},
        {"ruleId": "R1", "ruleIndex": -1},
        {"ruleId": "R1", "ruleIndex": -2},
        {"ruleId": "R1", "ruleIndex": "0"},
        {"ruleId": "R1/part", "ruleIndex": 0},
        {"ruleId": "R1/part"},
        {"ruleId": "R0"},
        {"rule": {"id": "R1"}},
        {"rule": {"index": 0}},
        {"rule": {"guid": "g-1"}},
    ],
)
def test_a_rule_is_found(named):
    rules = [high(guid="g-1", deprecatedIds=["R0"]), rule("R2", score="1")]

    assert is_resolved(bare(**named), rules=rules)


@pytest.mark.parametrize("named", [{"ruleId": "R2"}, {"ruleId": "R2", "ruleIndex": 0}, {}])
def test_a_rule_is_not_guessed(named):
    assert not is_resolved(bare(**named), rules=[high()])


def test_the_id_that_is_refined_comes_before_an_old_id():
    rules = [rule("R2", score="1", deprecatedIds=["R1/part"]), high()]

    assert is_resolved(bare(ruleId="R1/part"), rules=rules)


def test_an_id_in_use_comes_before_an_old_id():
    rules = [rule("R2", score="1", deprecatedIds=["R1"]), high()]

    assert is_resolved(bare(ruleId="R1"), rules=rules)


@pytest.mark.parametrize(
    "component",
    [{"index": 1}, {"guid": "g-pack"}, {"name": "pack"}],
)
def test_rules_of_extensions_are_found_by_their_component(component):
    extensions = [
        {"name": "other", "rules": [rule("R1", score="1")]},
        {"name": "pack", "guid": "g-pack", "rules": [high()]},
    ]

    assert is_resolved(
        bare(rule={"id": "R1", "index": 0, "toolComponent": component}), extensions=extensions
    )


@pytest.mark.parametrize("component", [{"index": 12}, {"index": -1}, {"name": "missing"}])
def test_an_unknown_component_is_the_driver(component):
    reference = {"index": 0, "toolComponent": component}

    assert is_resolved(bare(ruleId="R1", rule=reference), rules=[high()])


def test_rules_of_extensions_are_found_by_id_alone():
    extensions = [{"name": "pack", "rules": [high()]}]

    assert is_resolved(bare(ruleId="R1"), extensions=extensions)


def test_an_extension_that_is_a_known_tool_judges_its_rules():
    extensions = [{"name": "find security bugs", "rules": [rule("R1")]}]

    found = finding(bare(ruleId="R1"), tool="SomeRunner", extensions=extensions)

    assert found["check_type"] == "sast_security"


@pytest.mark.parametrize(
    ("named", "rule_id"),
    [
        ({"ruleId": "R1/part"}, "R1/part"),
        ({"rule": {"id": "R1"}}, "R1"),
        ({"ruleIndex": 0}, "R1"),
        ({}, "unknown"),
        ({"ruleId": 5}, "unknown"),
        ({"ruleId": "OTHER", "ruleIndex": 0}, "OTHER"),
        ({"ruleId": "x" * 500}, "x" * 200),
    ],
)
def test_the_rule_id_is_the_results_own(named, rule_id):
    assert finding(bare(**named), rules=[rule("R1")])["rule_id"] == rule_id


def test_a_level_of_the_result_comes_first():
    found = finding(result(level="note"), tool="Bandit", rules=[rule(level="error")])

    assert found["severity"] == "low"


@pytest.mark.parametrize("level", [None, "fatal", 5])
def test_the_rules_level_comes_second(level):
    found = finding(result(level=level), tool="Bandit", rules=[rule(level="error")])

    assert found["severity"] == "high"


def test_an_unknown_level_of_the_rule_says_nothing():
    assert finding(result(), tool="Bandit", rules=[rule(level="fatal")])["severity"] == "medium"


def overriding(level, **descriptor):
    return {
        "ruleConfigurationOverrides": [
            {"descriptor": descriptor, "configuration": {"level": level}}
        ]
    }


@pytest.mark.parametrize("descriptor", [{"id": "R1"}, {"index": 0}])
def test_the_only_invocation_overrides_the_rules_level(descriptor):
    found = finding(
        result(),
        tool="Bandit",
        rules=[rule(level="error")],
        invocations=[overriding("note", **descriptor)],
    )

    assert found["severity"] == "low"


@pytest.mark.parametrize(
    ("provenance", "severity"),
    [({"invocationIndex": 1}, "low"), ({"invocationIndex": 7}, "high"), (None, "high")],
)
def test_of_several_invocations_the_named_one_overrides(provenance, severity):
    found = finding(
        result(provenance=provenance),
        tool="Bandit",
        rules=[rule(level="error")],
        invocations=[{}, overriding("note", id="R1")],
    )

    assert found["severity"] == severity


@pytest.mark.parametrize(
    "override",
    [
        {},
        {"descriptor": {"id": "R9"}, "configuration": {}},
        {"descriptor": {"id": "R1"}},
        {"descriptor": {"id": "R1"}, "configuration": {"enabled": True}},
    ],
)
def test_an_override_without_a_level_keeps_the_rules(override):
    found = finding(
        result(),
        tool="Bandit",
        rules=[rule(level="error")],
        invocations=[{"ruleConfigurationOverrides": [override]}],
    )

    assert found["severity"] == "high"


@pytest.mark.parametrize(
    ("written", "severity"),
    [
        ("9.80", "critical"),
        (9.8, "critical"),
        (9, "critical"),
        ("HIGH", "high"),
        ("11", "medium"),
        (-1, "medium"),
        ("1e400", "medium"),
        ("nan", "medium"),
        (True, "medium"),
        (None, "medium"),
        ({"a": 1}, "medium"),
        ([], "medium"),
        (["9.8"], "critical"),
    ],
)
def test_scores_are_numbers_or_words(written, severity):
    found = finding(result(level="warning"), tool="Bandit", rules=[rule(score=written)])

    assert found["severity"] == severity


def test_a_score_of_the_result_comes_before_the_rules():
    found = finding(result(properties={"security-severity": "2"}), rules=[rule(score="9")])

    assert found["severity"] == "low"


@pytest.mark.parametrize(
    ("own", "of_rule", "severity"),
    [
        ({}, {}, "info"),
        ({}, {"score": "9"}, "critical"),
        ({"properties": {"security-severity": 9}}, {}, "critical"),
    ],
    ids=["no-score", "score-of-the-rule", "score-of-the-result"],
)
def test_level_none_is_info_where_there_is_no_score(own, of_rule, severity):
    found = finding(result(level="none", **own), rules=[rule(**of_rule)])

    assert found["severity"] == severity


@pytest.mark.parametrize(
    "properties", [None, [], "x", 5, {}, {"severity": {"a": 1}}, {"severity": "x" * 400}]
)
def test_odd_property_bags_say_nothing(properties):
    found = finding(result(level="error", properties=properties), tool="Bandit")

    assert found["severity"] == "high"


def test_words_of_the_result_come_before_the_rules():
    found = finding(
        result(properties={"issue_severity": "LOW"}), rules=[rule(properties={"severity": "high"})]
    )

    assert found["severity"] == "low"


@pytest.mark.parametrize(
    ("written", "severity"),
    [(95, "critical"), ("95.0", "critical"), (None, "medium"), ([], "medium")],
)
def test_a_rank_is_read_whatever_its_type(written, severity):
    assert finding(result(rank=written, level="warning"), tool="Bandit")["severity"] == severity


@pytest.mark.parametrize("mark", [{"verified": True}, {"active": "true"}, {"validity": "valid"}])
def test_a_verified_secret_is_critical(mark):
    found = finding(result("generic-api-key", properties=mark), tool="gitleaks")

    assert found["severity"] == "critical"


def test_an_unverified_secret_is_not():
    found = finding(result("generic-api-key", properties={"verified": False}), tool="gitleaks")

    assert found["severity"] == "high"


CWE = {"name": "CWE"}


@pytest.mark.parametrize(
    ("own", "of_rule", "cwes"),
    [
        ({"taxa": [{"id": "89", "toolComponent": CWE}]}, {"tags": ["CWE-79"]}, (89,)),
        ({"properties": {"cwe": 89}}, {"tags": ["CWE-79"]}, (89,)),
        ({"properties": {"cwes": ["CWE-89", "CWE-22: Path"]}}, {}, (22, 89)),
        ({"properties": {"cwe-id": "CWE-089"}}, {}, (89,)),
        ({"properties": {"cweId": "89"}}, {}, (89,)),
        ({"properties": {"CWE": ["CWE-89"]}}, {}, (89,)),
        ({"properties": {"tags": ["CWE-89"]}}, {"tags": ["external/cwe/cwe-079"]}, (79, 89)),
        ({}, {"properties": {"cwe": ["CWE-79"]}}, (79,)),
        ({}, {"tags": ["CWE-79", 5, None, "CWE-12345", "LOWCWE-5"]}, (79,)),
        ({}, {"relationships": [{"target": {"id": "120", "toolComponent": CWE}}]}, (120,)),
        (
            {},
            {
                "relationships": [{"target": {"id": "CWE-120", "toolComponent": CWE}}],
                "tags": ["CWE-79"],
            },
            (120,),
        ),
        ({}, {"relationships": [{"target": {"id": "120"}}, {}]}, ()),
        ({"taxa": [{"id": "A01", "toolComponent": {"name": "OWASP"}}]}, {}, ()),
        ({"ruleId": "CWE-79"}, {}, (79,)),
        ({"ruleId": "CWE-79"}, {"rule_id": "CWE-79", "tags": ["CWE-80"]}, (80,)),
        ({"ruleId": "79"}, {}, ()),
    ],
)
def test_the_first_source_of_cwes_counts(own, of_rule, cwes):
    assert finding(result(**own), rules=[rule(**of_rule)])["cwes"] == cwes


@pytest.mark.parametrize("component", [{"index": 0}, {"guid": "g"}, {"name": "cwe"}])
def test_a_taxonomy_is_named_or_pointed_at(component):
    found = finding(
        result(taxa=[{"id": "89", "toolComponent": component}]),
        taxonomies=[{"name": "CWE", "guid": "g"}],
    )

    assert found["cwes"] == (89,)


@pytest.mark.parametrize("component", [{"index": 5}, {"guid": "other"}, {}])
def test_a_taxonomy_that_is_not_listed_is_not_cwe(component):
    found = finding(
        result(taxa=[{"id": "89", "toolComponent": component}]), taxonomies=[{"name": "CWE"}]
    )

    assert found["cwes"] == ()
