"""Whatever is sent, the answer is the change or a 4xx in the error format."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.queries import current_policy, stored_policy

text = st.text(st.characters(codec=None, exclude_categories=[]), max_size=12)
keys = st.sampled_from(["soc2", "hipaa", "owasp", "own", "internal_sec", "x"]) | text
scalars = st.none() | st.booleans() | st.integers() | st.floats() | text
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3)
)
controls = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(["A", "B"]) | values,
        "name": text | values,
        "category": text | values,
        "description": text | values,
        "check_type": st.sampled_from(["secrets", "scan_recency"]) | values,
        "pass_condition": st.sampled_from(["no_secrets", "scanned_within_7_days"]) | values,
    },
)
requests = st.one_of(
    st.tuples(
        st.just("put"),
        st.just("frameworks/enabled"),
        st.fixed_dictionaries({"keys": st.lists(keys, max_size=4) | values}) | values,
    ),
    st.tuples(
        st.just("put"),
        st.sampled_from(["frameworks/soc2/controls", "frameworks/own/controls"]),
        st.fixed_dictionaries({"disabled": st.lists(text, max_size=4) | values}) | values,
    ),
    st.tuples(
        st.just("post"),
        st.just("custom-frameworks"),
        st.fixed_dictionaries(
            {
                "key": keys | values,
                "name": text | values,
                "controls": st.lists(controls, max_size=3) | values,
            },
            optional={"description": text | values},
        )
        | values,
    ),
)


@pytest.mark.slow
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(request=requests)
def test_s34_any_body_is_answered(admin, organization, request):
    method, path, body = request

    answer = getattr(admin, method)(
        f"/api/compliance/{path}", json.dumps(body), content_type="application/json"
    )

    assert answer.status_code in (200, 400, 402, 404)
    assert "detail" in answer.json() or "message" in answer.json()
    assert current_policy(organization) == stored_policy(organization)


@given(value=text)
@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_s34_any_query_is_answered(viewer, repository, value):
    for report in ("score", "trend"):
        answer = viewer.get(
            f"/api/compliance/{report}/{repository.pk}",
            {name: value.encode(errors="replace") for name in ("framework", "branch", "days")},
        )

        assert answer.status_code in (200, 400)
