"""The real and the hostile reports that lie beside a checkout, where they are at hand."""

import gzip
import importlib.util
import json
import os
import warnings
from functools import cache
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[3].parent / "shared"


def _names(folder, suffixes):
    files = (SHARED / "corpus" / folder).glob("*")
    return sorted(one.name for one in files if one.name.endswith(suffixes))


REAL = _names("dev", (".sarif", ".sarif.gz"))
OTHER = [name for name in _names("dev", (".json",)) if name != "MANIFEST.json"]
HOSTILE = _names("bad", (".sarif", ".sarif.gz"))


def require():
    """Skip without the reports; where everything must be tested, that is a failure."""
    if not SHARED.is_dir():
        assert "CORPUS_REQUIRED" not in os.environ, f"The reports are missing: {SHARED}"
        pytest.skip("The reports lie beside a checkout, and are not here.")


@cache
def manifest(folder):
    return json.loads((SHARED / "corpus" / folder / "MANIFEST.json").read_bytes())["files"]


def sent(folder, name):
    return (SHARED / "corpus" / folder / name).read_bytes()


@cache
def content(name):
    found = sent("dev", name)
    return gzip.decompress(found) if name.endswith(".gz") else found


@cache
def reference():
    """The rules' reference reader, to compare with; it leaves its files open."""
    path = SHARED / "domain" / "mapping_reference.py"
    described = importlib.util.spec_from_file_location("mapping_reference", path)
    module = importlib.util.module_from_spec(described)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        described.loader.exec_module(module)
    return module
