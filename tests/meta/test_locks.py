"""The locked packages fit what the project asks for, on every Python; and what is said about their vulnerabilities."""

import json
import re
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import audit, lock

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
SUPPORTED = [
    line.rpartition(" ")[2] for line in PROJECT["classifiers"] if re.fullmatch(r"Programming .* :: 3\.\d+", line)
]
TEXTS = {name: (ROOT / "constraints" / name).read_text("utf-8") for name in lock.LOCKS}
SYSTEMS = {
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    "darwin": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    "win32": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
}


def pinned(text, environment):
    """``{package: version}`` that an installation in this environment takes."""
    lines = [line.removesuffix(" \\") for line in text.splitlines() if re.match(r"[a-z]", line)]
    chosen = [Requirement(line) for line in lines]
    chosen = [item for item in chosen if item.marker is None or item.marker.evaluate(environment)]
    names = [canonicalize_name(item.name) for item in chosen]
    assert len(names) == len(set(names))
    return {name: str(item.specifier).removeprefix("==") for name, item in zip(names, chosen, strict=True)}


def asked():
    """Everything that pyproject.toml names, but for the project itself."""
    texts = [*PROJECT["dependencies"], *(text for extra in PROJECT["optional-dependencies"].values() for text in extra)]
    return [item for item in map(Requirement, texts) if item.name != PROJECT["name"]]


def test_they_were_made_from_what_the_project_asks_for_now():
    assert lock.stale() == [], "run `make lock`"


@pytest.mark.parametrize("python", SUPPORTED)
@pytest.mark.parametrize("system", SYSTEMS)
def test_every_package_is_pinned_to_a_version_that_fits(python, system):
    environment = {
        **SYSTEMS[system],
        "python_version": python,
        "python_full_version": f"{python}.9",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "extra": "",
    }
    pins = pinned(TEXTS["dev.txt"], environment)
    for item in asked():
        if item.marker is None or item.marker.evaluate(environment):
            version = pins[canonicalize_name(item.name)]
            assert item.specifier.contains(version, prereleases=True), f"{item}: {version}"


@pytest.mark.parametrize("name", TEXTS)
def test_every_pin_has_its_hashes_and_nothing_says_where_it_came_from(name):
    blocks = re.split(r"\n(?=[a-z])", TEXTS[name])[1:]
    assert len(blocks) > 50
    for block in blocks:
        assert re.search(r"^    --hash=sha256:[0-9a-f]{64}", block, flags=re.MULTILINE), block.splitlines()[0]
    assert not re.search(r"(?m)://|^-|@ ", TEXTS[name])


@pytest.fixture
def wishes(tmp_path, monkeypatch):
    """A project of one file, to see which changes of it make a lock stale."""
    monkeypatch.setattr(lock, "ROOT", tmp_path)
    path = tmp_path / "pyproject.toml"
    text = (ROOT / "pyproject.toml").read_text("utf-8")

    def fingerprint(old="", new=""):
        assert old in text
        path.write_text(text.replace(old, new, 1) if old else text, "utf-8")
        return lock.digest("pyproject.toml")

    return fingerprint


@pytest.mark.parametrize(
    ("old", "new", "stale"),
    [
        ('"cattrs>=24.1"', '"cattrs>=24.2"', True),
        ('"pytest>=9.0",', "", True),
        ('requires-python = ">=3.10"', 'requires-python = ">=3.11"', True),
        ('"Typing :: Typed"', '"Typing :: Other"', False),
        ("# These five and nothing else.", "# Five.", False),
        ("line-length = 120", "line-length = 100", False),
    ],
)
def test_what_makes_them_stale(wishes, old, new, stale):
    assert (wishes(old, new) != wishes()) is stale


class TestAudit:
    FOUND = audit.Answer(["a 1.0: CVE-1, fixed in 1.1"], [])
    NOTHING = audit.Answer([], [])
    BLIND = audit.Answer([], ["a", "b"])
    AWAY = audit.Answer([], [], failure="no route")

    def test_every_version_of_every_package_is_asked_about_once(self):
        found = audit.pins(["a==1 \\\n    --hash=x\na==2 ; python_version < '3.11' \\\nb==1\n# c==1\n", "b==1\n"])
        assert found == {"a": {"1", "2"}, "b": {"1"}}
        lists = audit.rounds(found)
        assert sorted((name, version) for names in lists for name, version in names.items()) == [
            ("a", "1"),
            ("a", "2"),
            ("b", "1"),
        ]

    def test_the_real_locks_are_read_whole(self):
        lines = {
            line.split(" ")[0] for text in TEXTS.values() for line in text.splitlines() if re.match(r"[a-z].*==", line)
        }
        lists = audit.rounds(audit.pins(TEXTS.values()))
        assert {f"{name}=={version}" for names in lists for name, version in names.items()} == lines

    @pytest.mark.parametrize(
        ("answers", "status", "told"),
        [
            ({"pypi": NOTHING}, 0, "7 pins looked up (pypi): no known vulnerabilities."),
            ({"pypi": BLIND, "osv": NOTHING}, 0, "7 pins looked up (osv): no known vulnerabilities."),
            ({"pypi": FOUND}, 1, "a 1.0: CVE-1, fixed in 1.1"),
            ({"pypi": audit.Answer(FOUND.known, ["b"]), "osv": AWAY}, 1, "1 known vulnerabilities"),
            ({"pypi": BLIND, "osv": AWAY}, 75, "NOT AUDITED"),
            ({"pypi": BLIND, "osv": AWAY}, 75, "osv: no route"),
            ({"pypi": BLIND, "osv": AWAY}, 75, "pypi: it did not know 2 of 7 pins"),
        ],
    )
    def test_a_check_that_could_not_look_found_nothing_out(self, answers, status, told):
        lines, ended = audit.verdict(answers, 7)
        assert ended == status
        assert told in "\n".join(lines)

    @pytest.mark.parametrize(
        ("output", "answer"),
        [
            (
                {
                    "dependencies": [
                        {"name": "a", "version": "1.0", "vulns": [{"id": "CVE-1", "fix_versions": ["1.1", "2"]}]},
                        {"name": "b", "version": "1", "vulns": [{"id": "CVE-2", "fix_versions": []}]},
                        {"name": "c", "version": "1", "vulns": []},
                        {"name": "d", "skip_reason": "not found"},
                    ]
                },
                audit.Answer(["a 1.0: CVE-1, fixed in 1.1, 2", "b 1: CVE-2, no fix yet"], ["d"]),
            ),
            ({"dependencies": []}, NOTHING),
        ],
    )
    def test_what_pip_audit_says_is_understood(self, output, answer):
        assert audit.understand(json.dumps(output)) == answer

    def test_a_database_that_is_away_is_asked_no_further(self, tmp_path, monkeypatch):
        program = tmp_path / "pip-audit"
        program.write_text("#!/bin/sh\necho asked >> calls\necho 'no name service' >&2\nexit 1\n", "utf-8")
        program.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
        monkeypatch.chdir(tmp_path)
        answer = audit.whole("osv", [{"a": "1"}, {"a": "2"}])
        assert answer == audit.Answer([], [], failure="no name service")
        assert (tmp_path / "calls").read_text("utf-8") == "asked\n"
