"""S33: whatever is done to a log, the command and the script name the first bad entry."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from django.core.management import call_command
from hypothesis import example, given

from audit import verify
from audit.chains import verify_chain
from audit.models import AuditLogSaaS
from audit.verify import BrokenLogError, MerkleTree, canonical, check_export
from tests.audit import logs
from tests.audit.logs import ORG, exported, sign, write
from tests.audit.test_chain import JSON

SCRIPT = Path(verify.__file__)


# The script's own JSON


def doubles(value):
    """Integers beyond what is exact as the doubles that JSON makes of them."""
    if isinstance(value, dict):
        return {key: doubles(item) for key, item in value.items()}
    if isinstance(value, list):
        return [doubles(item) for item in value]
    is_large = isinstance(value, int) and abs(value) > 2**53 - 1
    return float(value) if is_large else value


def is_json(value):
    try:
        rfc8785.dumps(doubles(value))
    except (ValueError, OverflowError):
        return False
    return True


@given(JSON.filter(is_json))
@example([1e21, 1e-7, 0.000001, 123456789012345678, -0.0, 1e16, 5e-324, 1.7976931348623157e308])
@example({"\U0001f600": 1, "\ufb33": 2, "\u20ac": 3, "1": 4, "\r": 5})
@example([[1.5], {"a": 1.5}, {"b": [1, 1.5]}, {"c": -1e16}, [-(10**15)], [10**16]])
@example({"a": 'x:1.5 "\\/\x1f\x7f\u2028'})
def test_the_scripts_canonical_json_is_that_of_the_library(value):
    assert canonical([value]) == rfc8785.dumps(doubles([value]))


def test_numbers_are_written_as_rfc_8785_shows_them():
    numbers = [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001]

    assert canonical(numbers) == b"[333333333.3333333,1e+30,4.5,0.002,1e-27]"


# RFC 6962: the vectors of Certificate Transparency's reference implementation

LEAVES = [bytes.fromhex(leaf) for leaf in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


@pytest.mark.parametrize(("size", "root"), ROOTS.items())
def test_merkle_roots_are_those_of_rfc_6962(size, root):
    tree = MerkleTree()
    for leaf in LEAVES[:size]:
        tree.add(leaf)

    assert tree.root().hex() == root


# Logs that hold


@pytest.fixture
def log(db):
    """Two signed ranges, 1 to 4 and 5 to 8, and two entries that are not signed yet."""
    write(4)
    first = sign()
    write(4)
    sign()
    write(2)
    return first


def test_a_log_that_nobody_touched_holds_in_the_database_and_as_an_export(log):
    said = verify_chain(ORG)

    assert said.startswith("10 entries hold together, up to entry 10. Signed up to entry 8 on ")
    assert check_export(exported()) == said
    assert "Kept checkpoints found again: 1." in check_export(exported(), [log])


def test_a_log_without_checkpoints_says_so(db):
    write(2)

    assert check_export(exported()).endswith("No checkpoint has signed them yet.")


def test_an_empty_log_holds(db):
    assert check_export(exported()).startswith("0 entries hold together")


# Tampering in the database: the command finds it, and so does who gets an export of it


@dataclass
class Case:
    """An attack, the first bad entry, and whether a kept checkpoint is needed to see it."""

    name: str
    attack: Any
    seq: int
    said: str
    needs_kept: bool = False

    def __str__(self):
        return self.name


def full_rewrite():
    logs.rewrite()


def rewrite_without_a_trace():
    logs.rewrite()
    logs.drop_checkpoints()


def rewrite_and_sign_again():
    """With the signing key: nobody but who kept an old checkpoint can tell."""
    rewrite_without_a_trace()
    sign()


CASES = [
    Case("edit", lambda: logs.edit(6), 6, "Entry 6 is not what was recorded"),
    Case("edit of the newest", lambda: logs.edit(10), 10, "Entry 10 is not what was recorded"),
    Case("deletion", lambda: logs.delete(3), 3, "Entry 3 is missing: entry 4 stands"),
    Case("deletion of the first", lambda: logs.delete(1), 1, "Entry 1 is missing"),
    Case("deletion of the newest", lambda: logs.delete(10), 10, "Entry 10 is missing"),
    Case("cut tail", lambda: logs.cut_tail(6), 7, "Entry 7 is missing: the log has reached to"),
    Case("swap", lambda: logs.swap(3, 6), 3, "Entry 3 is not what was recorded"),
    Case("full rewrite", full_rewrite, 1, "The checkpoint of entries 1 to 4 signed others"),
    Case("unmarked rewrite", rewrite_without_a_trace, 1, "entries 1 to 4 signed others", True),
    Case("rewrite signed again", rewrite_and_sign_again, 1, "entries 1 to 4 is not the", True),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_s33_tampering_is_found_at_its_first_entry(log, case):
    case.attack()

    kept = [log] if case.needs_kept else []
    with pytest.raises(BrokenLogError, match=case.said) as found:
        check_export(exported(), kept)

    assert found.value.seq == case.seq


@pytest.mark.parametrize("case", [case for case in CASES if not case.needs_kept], ids=str)
def test_s33_the_command_names_the_first_bad_entry_and_fails(log, case, capsys):
    case.attack()

    with pytest.raises(SystemExit) as ended:
        call_command("audit", "verify")

    assert ended.value.code == 1
    assert case.said in capsys.readouterr().err


def test_s33_a_cut_tail_with_its_checkpoints_is_found_against_a_kept_one(log):
    kept = sign()
    logs.cut_tail(6)
    logs.tamper("DELETE FROM audit_auditcheckpoint WHERE last_seq > 4")

    assert "hold together" in check_export(exported())
    with pytest.raises(
        BrokenLogError, match=r"Entry 7 is missing: .* reached to entry 10"
    ) as found:
        check_export(exported(), [log, kept])
    assert found.value.seq == 7


def test_the_command_looks_at_every_organization(log, capsys):
    write(2, org=78)
    logs.tamper("UPDATE audit_auditlogsaas SET ip = NULL WHERE org_id = 78 AND seq = 2")

    with pytest.raises(SystemExit):
        call_command("audit", "verify")

    said = capsys.readouterr()
    assert "Organization 77, which is gone: OK. 10 entries" in said.out
    assert "Organization 78, which is gone: FAILED. Entry 2 is not" in said.err


def test_a_range_that_does_not_hold_is_never_signed(log, caplog):
    logs.edit(9)

    assert sign()["last_seq"] == 8
    assert "not whole at entry 9" in caplog.text


# Tampering with an export


def records(lines):
    return [json.loads(line) for line in lines]


def lines(found):
    return [json.dumps(record) for record in found]


@pytest.fixture
def parts(log):
    """The records of an export: what it is, its two checkpoints, its ten entries."""
    found = records(exported())
    return found[0], [record["checkpoint"] for record in found[1:3]], found[3:]


def broken(about, checkpoints, entries, kept=(), trusted=()):
    signed = [{"checkpoint": one} for one in checkpoints]
    with pytest.raises(BrokenLogError) as found:
        check_export(lines([about, *signed, *entries]), list(kept), trusted)
    return found.value.seq, str(found.value)


def test_every_field_of_an_entry_is_covered(parts):
    about, checkpoints, entries = parts
    changed = {"v": 2, "org": 1, "seq": 9, "ip": None, "metadata": {}, "created_at": "x"}
    changed |= dict.fromkeys(("action", "actor_email", "user_agent"), "x")

    seqs = [
        broken(about, checkpoints, [*entries[:4], entries[4] | {name: value}, *entries[5:]])[0]
        for name, value in changed.items()
    ]

    assert seqs == [5] * len(verify.ENTRY_FIELDS)
    assert changed.keys() == set(verify.ENTRY_FIELDS)


def test_every_field_of_a_checkpoint_is_covered(parts):
    about, checkpoints, entries = parts
    names = [name for name in verify.STATEMENT_FIELDS if name not in ("first_seq", "previous")]

    said = [
        broken(about, [checkpoints[0] | {name: 3}, checkpoints[1]], entries)[1] for name in names
    ]

    assert all("entries 1 to" in one or "is missing" in one for one in said)
    assert len(said) == 8


def test_swapped_lines_are_named(parts):
    about, checkpoints, entries = parts
    entries[2], entries[6] = entries[6], entries[2]

    seq, said = broken(about, checkpoints, entries)

    assert (seq, said) == (3, "Entry 3 is missing: entry 7 stands in its place.")


def test_a_file_that_was_cut_off_is_named(parts):
    about, checkpoints, entries = parts

    assert broken(about, checkpoints, entries[:6])[0] == 7
    assert broken(about, checkpoints, entries[:9])[0] == 10
    assert broken(about, [], [])[0] == 1


def test_an_entry_that_was_added_is_named(parts):
    about, checkpoints, entries = parts

    assert broken(about, checkpoints, [*entries, entries[-1] | {"seq": 11}])[0] == 11


def test_a_missing_checkpoint_is_named(parts):
    about, checkpoints, entries = parts

    assert broken(about, checkpoints[1:], entries)[0] == 1


HOSTILE = {
    "brackets": "[" * 100_000,
    "no number": '{"seq": 5, "metadata": NaN}',
    "infinite": '{"seq": 5, "metadata": 1e999}',
    "huge": '{"seq": 5, "metadata": 1' + "0" * 400 + "}",
    "half a character": '{"seq": 5, "metadata": "\\ud800"}',
}


@pytest.mark.parametrize(
    "junk", ["{", "[]", "7", '{"seq": 5}', "null", *HOSTILE.values()], ids=lambda text: text[:30]
)
def test_a_line_that_is_no_entry_is_named(parts, junk):
    about, _, entries = parts
    fields = ", ".join(f'"{name}": 1' for name in verify.ENTRY_FIELDS if name not in junk)
    line = junk.replace("{", f"{{{fields}, ", 1) if "metadata" in junk else junk
    found = [*lines([about, *entries[:4]]), line, *lines(entries[5:])]

    with pytest.raises(BrokenLogError, match="Entry 5 cannot be read") as error:
        check_export(found)

    assert error.value.seq == 5


OTHER_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


@pytest.fixture
def signed_by_another(log, settings):
    """The whole log rewritten and signed with a key of the attacker's own."""
    rewrite_without_a_trace()
    settings.AUDIT_SIGNING_KEY = OTHER_KEY
    sign()
    return exported()


def test_s33_a_replaced_key_is_found_against_the_kept_checkpoint(log, signed_by_another):
    assert "hold together" in check_export(signed_by_another)
    with pytest.raises(BrokenLogError, match=r"is not the one that was kept|was kept with"):
        check_export(signed_by_another, [log])


def test_s33_a_replaced_key_is_found_where_the_key_was_noted(log, signed_by_another):
    with pytest.raises(BrokenLogError, match="which you do not trust yet"):
        check_export(signed_by_another, [], [log["key_id"]])


def test_s33_a_replaced_public_key_alone_is_found(parts):
    about, checkpoints, entries = parts
    other = checkpoints[0] | {"public_key": "00" * 32}

    assert broken(about, [other, checkpoints[1]], entries)[0] == 1


def test_s33_the_same_range_signed_with_another_key_names_both_keys(log, settings):
    logs.drop_checkpoints()
    settings.AUDIT_SIGNING_KEY = OTHER_KEY
    logs.cut_tail(4)
    sign()

    with pytest.raises(BrokenLogError, match=f"was kept with key {log['key_id']}, not "):
        check_export(exported(), [log])


def test_a_new_key_is_accepted_once_it_is_named(log, settings):
    settings.AUDIT_SIGNING_KEY = OTHER_KEY
    new = sign()

    with pytest.raises(BrokenLogError, match=f"key {new['key_id']}, which you do not trust") as bad:
        check_export(exported(), [log])
    assert bad.value.seq == 9
    assert "hold together" in check_export(exported(), [log], [new["key_id"]])


def test_the_checkpoint_of_another_organization_is_refused(parts):
    about, checkpoints, entries = parts
    write(4, org=78)
    theirs = sign(78)

    assert "not the one that was kept" in broken(about, checkpoints, entries, [theirs])[1]


# The script by itself


def run(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-I", "-W", "error", str(SCRIPT), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


@pytest.fixture
def files(log, tmp_path):
    """An export and the page of checkpoints that the API answers, as files."""
    export, kept = tmp_path / "log.jsonl", tmp_path / "kept.json"
    export.write_text("".join(exported()), "utf-8")
    kept.write_text(json.dumps({"next": None, "results": [log]}), "utf-8")
    return export, kept


def test_the_script_runs_without_the_product_and_says_what_holds(files, tmp_path):
    export, kept = files

    done = run(export, "--checkpoint", kept, cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("OK. 10 entries hold together, up to entry 10. Kept")


def test_the_script_fails_with_the_first_bad_entry(files):
    export, _ = files
    export.write_text(export.read_text("utf-8").replace("user2@", "eve@"), "utf-8")

    done = run(export)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "FAILED. Entry 3 is not what was recorded: its hash differs.\n"


@pytest.mark.parametrize("text", ["", "no json", "{}", "[]"])
def test_the_script_says_that_a_file_is_no_export(tmp_path, text):
    (tmp_path / "log").write_text(text, "utf-8")

    done = run(tmp_path / "log")

    assert done.returncode == 2
    assert "no export of an audit log" in done.stderr


def test_the_script_imports_nothing_but_the_standard_library_and_cryptography():
    show = (
        "import sys, runpy; runpy.run_path(sys.argv[1]);"
        "print({name.partition('.')[0] for name in sys.modules} - sys.stdlib_module_names)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import site; site.main(); {show}", str(SCRIPT)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "cryptography" in done.stdout
    assert not {"django", "audit", "rfc8785"} & set(done.stdout.replace("'", " ").split())


def test_no_entry_is_outside_of_the_chain(log):
    assert not AuditLogSaaS.objects.filter(seq=None).exists()
