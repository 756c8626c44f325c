"""The product fetches nothing: no code of it opens a connection to an address from a customer."""

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
