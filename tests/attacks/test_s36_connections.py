"""The product asks no address that a customer has entered: no code of it imports a client.

django-allauth asks the identity providers that the operator has configured, by one file.
"""

import ast

import pytest

from tests.test_project import CODE, imports_of, name_of

CLIENTS = {
    "aiohttp",
    "ftplib",
    "http.client",
    "httpx",
    "pycurl",
    "requests",
    "smtplib",
    "telnetlib",
    "urllib.request",
    "urllib3",
    "xmlrpc",
}


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_s36_no_code_of_the_product_imports_a_client(path):
    found = list(imports_of(ast.parse(path.read_text("utf-8"))))

    assert [name for name in found if any(f"{name}.".startswith(f"{c}.") for c in CLIENTS)] == []


def test_s36_what_asks_identity_providers_is_imported_by_their_client_alone():
    importing = {
        name_of(path)
        for path in CODE
        for name in imports_of(ast.parse(path.read_text("utf-8")))
        if name.startswith("allauth.socialaccount")
    }

    assert importing == {"orgs/services/openid.py", "orgs/services/openid_client.py"}
