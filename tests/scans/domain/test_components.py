import pytest
from hypothesis import given
from hypothesis import strategies as st

from scans.domain.components import canonical, described, vulnerability

SAME = {
    "npm": ["lodash", "Lodash", "lodash@4.17.15", "pkg:npm/lodash@4.17.15", "pkg:npm/lodash"],
    "npm scope": ["@babel/core", "@babel/core@7.1", "pkg:npm/%40babel/core@7.1?arch=x#lib/a@b"],
    "PyPI": ["Flask_SQLAlchemy", "flask.sqlalchemy", "pkg:pypi/flask-sqlalchemy@2.5.1"],
    "Maven": [
        "org.apache.logging.log4j:log4j-core",
        "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1",
    ],
    "Go": ["golang.org/x/net", "pkg:golang/golang.org/x/net@v0.1.0"],
    "Debian": ["openssl", "pkg:deb/debian/openssl@3.0.11-1?arch=amd64&distro=debian-12"],
    "Alpine": ["busybox", "pkg:apk/alpine/busybox@1.36.1-r5?arch=x86_64"],
    "Composer": ["symfony/http-kernel", "pkg:composer/symfony/http-kernel@5.0"],
}


@pytest.mark.parametrize("names", SAME.values(), ids=SAME.keys())
def test_a_package_is_the_same_in_every_spelling(names):
    assert len(set(map(canonical, names))) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("@babel/core", "@angular/core"),
        ("org.a:core", "org.b:core"),
        ("lodash", "lodash-es"),
        ("symfony/http-kernel", "http-kernel"),
    ],
)
def test_other_packages_stay_apart(one, other):
    assert canonical(one) != canonical(other)


@given(
    st.text(st.characters(codec="ascii")),
    st.sampled_from(["", "pkg:", "pkg:npm/", "pkg:maven/a/", "PKG:deb//"]),
)
def test_no_name_depends_on_its_case(name, prefix):
    assert canonical(prefix + name.upper()) == canonical(prefix + name.lower())


def test_a_flaw_goes_by_its_cve_id_then_by_its_ghsa_id():
    assert vulnerability(["GHSA-p6mc-m468-83gw", "cve-2020-8203"]) == "CVE-2020-8203"
    assert vulnerability(["PYSEC-1", "GHSA-p6mc-m468-83gw"]) == "GHSA-P6MC-M468-83GW"
    assert vulnerability(["PYSEC-1"]) == ""


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (("lodash", "4.17", "Pollution\n  of types"), "lodash 4.17: Pollution of types"),
        (("lodash", "", "Pollution"), "lodash: Pollution"),
        (("", "", "Pollution"), "Pollution"),
        (("lodash", "4.17", ""), "lodash 4.17"),
    ],
)
def test_a_component_is_described_in_one_line(parts, text):
    assert described(*parts) == text


def test_no_description_is_long():
    assert len(described("n" * 9_999, "v" * 9_999, "s" * 9_999)) < 1_200
