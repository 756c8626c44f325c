"""The OpenAPI document against the answers that it describes."""

import pytest
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

from compliance.api import examples
from tests.compliance.builders import save_framework, scan, secrets

pytestmark = pytest.mark.usefixtures("frozen")

OPERATIONS = {
    ("/api/compliance/frameworks", "get"): {"200", "401"},
    ("/api/compliance/frameworks/enabled", "put"): {"200", "400", "401", "402", "403", "412"},
    ("/api/compliance/frameworks/{framework_key}/controls", "get"): {"200", "400", "401", "404"},
    ("/api/compliance/frameworks/{framework_key}/controls", "put"): {
        "200",
        "400",
        "401",
        "403",
        "404",
        "412",
    },
    ("/api/compliance/custom-frameworks", "get"): {"200", "401"},
    ("/api/compliance/custom-frameworks", "post"): {"200", "400", "401", "403", "412"},
    ("/api/compliance/custom-frameworks/{framework_key}", "delete"): {
        "200",
        "400",
        "401",
        "403",
        "404",
        "412",
    },
    ("/api/compliance/score/{repo_id}", "get"): {"200", "400", "401", "404"},
    ("/api/compliance/trend/{repo_id}", "get"): {"200", "400", "401", "404"},
}
EVERYWHERE = {"400", "401", "403", "429", "503"}
ANSWERS = {
    "/api/compliance/frameworks": "FrameworksOut",
    "/api/compliance/frameworks/soc2/controls": "FrameworkControlsOut",
    "/api/compliance/custom-frameworks": "CustomFrameworksOut",
    "/api/compliance/score/{repo_id}": "ScoreOut",
    "/api/compliance/trend/{repo_id}": "TrendOut",
}
EXAMPLES = [
    (examples.FRAMEWORKS, "FrameworksOut"),
    (examples.ENABLED, "EnabledFrameworksOut"),
    (examples.PLAN_UPGRADE, "PlanUpgradeOut"),
    (examples.CONTROLS, "FrameworkControlsOut"),
    (examples.CONTROLS_SAVED, "DisabledControlsOut"),
    (examples.CUSTOM_FRAMEWORKS, "CustomFrameworksOut"),
    (examples.CUSTOM_SAVED, "SavedFrameworkOut"),
    (examples.SCORE, "ScoreOut"),
    (examples.TREND, "TrendOut"),
]


@pytest.fixture(scope="module")
def document():
    return SchemaGenerator().get_schema(request=None, public=True)


@pytest.fixture
def check(document):
    """Raise where a value has not the shape of a component, with every field named."""

    def validate(value, component):
        schema = {"$ref": f"#/components/schemas/{component}", "components": closed(document)}
        Draft202012Validator(schema).validate(value)

    return validate


def closed(document):
    """The components, with no field allowed beside those that they name."""
    return {
        "schemas": {
            name: shape | ({"additionalProperties": False} if "properties" in shape else {})
            for name, shape in document["components"]["schemas"].items()
        }
    }


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_answer_of_an_operation_is_described(document, path, method):
    operation = document["paths"][path][method]

    with_body = {"413", "415"} if "requestBody" in operation else set()
    assert set(operation["responses"]) == OPERATIONS[path, method] | EVERYWHERE | with_body
    assert operation["tags"] == ["compliance"]


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_what_can_be_refused_for_its_version_says_how_to_name_one(document, path, method):
    operation = document["paths"][path][method]
    headers = {one["name"] for one in operation.get("parameters", []) if one["in"] == "header"}

    assert ("412" in operation["responses"]) == ("If-Match" in headers) == (method != "get")


@pytest.mark.parametrize(
    "path", ["/api/compliance/frameworks", "/api/compliance/custom-frameworks"]
)
def test_a_list_that_has_a_version_says_so(document, path):
    assert "ETag" in document["paths"][path]["get"]["responses"]["200"]["headers"]


def test_every_endpoint_is_described(document):
    found = {
        (path, method)
        for path, operations in document["paths"].items()
        for method in operations
        if path.startswith("/api/compliance/")
    }

    assert found == set(OPERATIONS)


@pytest.mark.parametrize(("url", "component"), ANSWERS.items())
def test_an_answer_has_the_described_shape(viewer, repository, check, url, component):
    save_framework(repository.org)
    scan(repository, secrets(2))

    check(viewer.get(url.format(repo_id=repository.pk)).json(), component)


def test_a_score_without_a_scan_has_the_described_shape(viewer, repository, check):
    check(viewer.get(f"/api/compliance/score/{repository.pk}").json(), "ScoreOut")


@pytest.mark.parametrize(("example", "component"), EXAMPLES)
def test_an_example_has_the_described_shape(check, example, component):
    check(example.value, component)
