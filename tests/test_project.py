"""Rules that the whole project keeps, each looked for in all of it."""

import ast
import json
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator

ROOT = Path(__file__).resolve().parents[1]
OUR_APPS = ("orgs", "scans", "compliance", "audit")
MOST_LINES = 300
# One file by purpose: an auditor takes it along, reads it and runs it without the product.
TAKEN_ALONG = {"audit/verify.py": 350}
# Operations that credentials are got from, and one whose body is signed: none can be missing.
WITHOUT_CREDENTIALS = {
    "auth_token",
    "auth_token_refresh",
    "auth_token_revoke",
    "report_leaked_keys",
}


def python_files(*folders):
    """Of the product's own folders, in one order everywhere."""
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def name_of(path):
    return path.relative_to(ROOT).as_posix()


MIGRATIONS = [
    path
    for path in python_files(*OUR_APPS)
    if path.parent.name == "migrations" and path.name != "__init__.py"
]
CODE = [path for path in python_files("codestax", *OUR_APPS) if path.parent.name != "migrations"]
INTERFACES = [path for path in CODE if {"api", "pages"} & set(path.relative_to(ROOT).parts)]
PURE_MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in CODE
    if "domain" in path.parts and path.name != "__init__.py"
]
MODELS = sorted(
    (model for app in OUR_APPS for model in apps.get_app_config(app).get_models()),
    key=lambda model: model._meta.label,
)


def imports_of(tree):
    """The modules that a file names, whole."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("app", OUR_APPS)
def test_migration_numbers_are_unique_and_without_gaps(app):
    numbers = [int(path.name[:4]) for path in MIGRATIONS if path.parts[-3] == app]

    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("path", MIGRATIONS, ids=name_of)
def test_every_migration_is_named_after_what_it_does(path):
    assert re.fullmatch(r"\d{4}_[a-z][a-z0-9_]+", path.stem)
    assert "auto" not in path.stem.split("_")


@pytest.mark.parametrize("path", MIGRATIONS, ids=name_of)
def test_migrations_import_no_code_of_the_product(path):
    imported = imports_of(ast.parse(path.read_text("utf-8")))

    assert [name for name in imported if name.split(".")[0] in ("codestax", "", *OUR_APPS)] == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_model_says_what_a_row_is_and_in_which_order_rows_stand(model):
    assert "__str__" in vars(model)
    assert model._meta.original_attrs.get("ordering")


IMPORT_PURE = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
    impure = {"django", "rest_framework", "psycopg"} & sys.modules.keys()
    assert not impure, f"{name} imports {impure}"
"""


@pytest.mark.parametrize("app", OUR_APPS)
def test_the_domain_core_is_imported_without_django(app):
    modules = [name for name in PURE_MODULES if name.startswith(f"{app}.")]

    done = subprocess.run(
        [sys.executable, "-B", "-c", IMPORT_PURE, "codestax.common.errors", *modules],
        cwd=ROOT,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )

    assert len(modules) > 1
    assert done.returncode == 0, done.stderr


def open_queries(tree):
    """Queries that begin with all rows there are, whoever they belong to."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value).endswith(".objects"):
            is_open = node.attr != "of"
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "get_object_or_404":
            is_open = ".of(" not in ast.unparse(node.args[0]) and not is_name(node.args[0])
        else:
            continue
        if is_open:
            yield f"{node.lineno}: {ast.unparse(node)}"


def is_name(node):
    """Whether code names a query set that was made before, not a model's class."""
    return isinstance(node, ast.Name) and node.id.islower()


# The credential is looked for before any organization is known: that is how it becomes known.
BEFORE_THE_ORGANIZATION = {"orgs/api/authentication.py"}


@pytest.mark.parametrize("path", INTERFACES, ids=name_of)
def test_every_query_of_an_interface_starts_with_its_organization(path):
    found = list(open_queries(ast.parse(path.read_text("utf-8"))))

    assert bool(found) == (name_of(path) in BEFORE_THE_ORGANIZATION), found


@pytest.mark.parametrize(
    "code",
    [
        "Scan.objects.all()",
        "Scan.objects.get(pk=1)",
        "Scan.objects.filter(pk=1)",
        "models.Scan.objects.select_related('org')",
        "get_object_or_404(Scan, pk=1)",
    ],
)
def test_the_rule_sees_an_open_query(code):
    assert list(open_queries(ast.parse(code)))


def test_the_rule_lets_a_query_of_one_organization_be():
    code = "get_object_or_404(Scan.objects.of(self.organization).filter(pk=1), pk=1)"

    assert list(open_queries(ast.parse(code))) == []


@pytest.mark.parametrize("app", ["codestax", *OUR_APPS])
def test_an_apps_package_is_empty(app):
    assert (ROOT / app / "__init__.py").read_bytes() == b""


def test_no_file_of_the_product_is_long():
    lengths = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in CODE}

    assert {
        name: lines for name, lines in lengths.items() if lines > TAKEN_ALONG.get(name, MOST_LINES)
    } == {}


@pytest.mark.parametrize("path", sorted((ROOT / "templates").rglob("*.*")), ids=name_of)
def test_no_templates_comment_goes_over_a_line(path):
    """Django takes such a one for text, and shows it."""
    lines = path.read_text("utf-8").splitlines()

    assert [line for line in lines if line.count("{#") != line.count("#}")] == []


# The API's description.


@cache
def schema():
    return SchemaGenerator().get_schema(request=None, public=True)


def operations():
    """(method and path, operation) of the whole API."""
    methods = {"get", "post", "put", "patch", "delete"}
    for path, item in sorted(schema()["paths"].items()):
        for method in sorted(methods & item.keys()):
            yield f"{method.upper()} {path}", item[method]


OPERATIONS = dict(operations())


def test_the_schema_is_built_without_a_warning_and_is_valid_openapi(tmp_path):
    written = tmp_path / "schema.json"

    call_command(
        "spectacular", validate=True, fail_on_warn=True, file=str(written), format="openapi-json"
    )

    assert json.loads(written.read_bytes())["openapi"] == "3.1.1"


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_has_a_name_and_a_summary(name):
    operation = OPERATIONS[name]

    assert re.fullmatch("[a-z][a-z_]+", operation["operationId"])
    assert 5 <= len(operation["summary"]) <= 80
    assert operation["tags"]


def test_names_of_operations_are_unique():
    names = Counter(operation["operationId"] for operation in OPERATIONS.values())

    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_says_what_it_answers_without_credentials(name):
    operation = OPERATIONS[name]

    assert "401" in operation["responses"]
    assert ({} in operation["security"]) == (operation["operationId"] in WITHOUT_CREDENTIALS)


@pytest.mark.parametrize(
    "name", [name for name in OPERATIONS if not name.startswith("GET") and "/auth/" not in name]
)
def test_every_change_says_what_a_low_role_is_answered(name):
    assert "403" in OPERATIONS[name]["responses"]


@pytest.mark.parametrize("name", [name for name in OPERATIONS if "{" in name])
def test_every_operation_on_one_thing_says_that_it_may_be_missing(name):
    assert "404" in OPERATIONS[name]["responses"]


def examples_of(operation):
    """The values of all examples, requests and answers alike."""
    contents = [operation.get("requestBody", {}), *operation["responses"].values()]
    return [
        example["value"]
        for content in contents
        for media in content.get("content", {}).values()
        for example in media.get("examples", {}).values()
    ]


# What the published reference shows, in few words: the operation, and a part of an example.
PUBLISHED = [
    ("GET /api/compliance/frameworks", {"enabled_keys": ["soc2", "owasp"]}),
    ("PUT /api/compliance/frameworks/enabled", {"keys": ["soc2", "owasp", "pcidss"]}),
    ("PUT /api/compliance/frameworks/enabled", {"keys": []}),
    ("PUT /api/compliance/frameworks/enabled", {"keys": None}),
    (
        "PUT /api/compliance/frameworks/enabled",
        {
            "message": "Enabled frameworks updated",
            "enabled_keys": ["soc2", "owasp", "pcidss"],
            "default_all_enabled": False,
        },
    ),
    (
        "PUT /api/compliance/frameworks/enabled",
        {
            "detail": {
                "error": "plan_upgrade_required",
                "message": "Framework 'hipaa' requires the Enterprise plan",
                "framework_key": "hipaa",
                "current_plan": "team",
                "required_plan": "enterprise",
            }
        },
    ),
    ("PUT /api/compliance/frameworks/enabled", {"detail": "Org admin role required"}),
    (
        "GET /api/compliance/frameworks/{framework_key}/controls",
        {"framework_key": "soc2", "framework_name": "SOC 2 Type II", "disabled_count": 2},
    ),
    (
        "PUT /api/compliance/frameworks/{framework_key}/controls",
        {"disabled": ["CC8.1", "CC2.1"]},
    ),
    (
        "PUT /api/compliance/frameworks/{framework_key}/controls",
        {
            "message": "Control selection updated",
            "framework_key": "soc2",
            "disabled": ["CC8.1", "CC2.1"],
        },
    ),
    (
        "PUT /api/compliance/frameworks/{framework_key}/controls",
        {"detail": "Unknown control: CC99.9"},
    ),
    (
        "POST /api/compliance/custom-frameworks",
        {"name": "Internal Security Policy", "key": "internal_sec"},
    ),
    (
        "POST /api/compliance/custom-frameworks",
        {"message": "Framework saved", "key": "internal_sec", "name": "Internal Security Policy"},
    ),
    (
        "DELETE /api/compliance/custom-frameworks/{framework_key}",
        {"message": "Framework deleted"},
    ),
    (
        "GET /api/compliance/score/{repo_id}",
        {"repo_id": 7, "repo_name": "checkout-service", "total_issues": 18},
    ),
]


@pytest.mark.parametrize(("name", "part"), PUBLISHED)
def test_the_published_references_examples_are_in_the_schema(name, part):
    examples = examples_of(OPERATIONS[name])

    assert [one for one in examples if one.items() >= part.items()] != []


# What must look over all organizations: upkeep and probes, and whose provider the operator means.
# Everything else has one, or none.
ACROSS_ORGANIZATIONS = {
    "audit/services/upkeep.py",
    "codestax/common/tenancy.py",
    "codestax/doctor/rounds.py",
    "codestax/health.py",
    "codestax/middleware.py",
    "orgs/services/session_owners.py",
    "orgs/services/single_sign_on.py",
    "scans/services/idempotency.py",
    "scans/services/uploads.py",
}


def test_only_upkeep_and_support_look_across_organizations():
    found = {
        name_of(path)
        for path in CODE
        if re.search(r"\b(across_organizations|STAFF)\b", path.read_text("utf-8"))
    }

    assert found == ACROSS_ORGANIZATIONS
