"""The workflows of both forges do what a developer does, with as few rights as they can."""

import re
import sys
from pathlib import Path

import pytest
import yaml

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
FORGES = (".github", ".gitea")
FILES = [path for forge in FORGES for path in sorted((ROOT / forge / "workflows").glob("*.yml"))]
NAMES = {"audit", "build", "docs", "publish", "test"}
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):.*##", MAKEFILE, flags=re.MULTILINE))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
SUPPORTED = {
    line.rpartition(" ")[2] for line in PROJECT["classifiers"] if re.fullmatch(r"Programming .* :: 3\.\d+", line)
}
#: In the workflows, not among the classifiers: nobody has run the tests on it.
UNTESTED = "3.14"

#: Action with its version: the commit that the tag names, looked up in several public repositories.
PINS = {
    "actions/checkout": ("de0fac2e4500dabe0009e67214ff5f5447ce83dd", "v6.0.2"),
    "actions/setup-python": ("a309ff8b426b58ec0e2a45f0f869d46889d02405", "v6.2.0"),
    "actions/upload-artifact": ("b7c566a772e6b6bfb58ed0dc250532a479d7789f", "v6.0.0"),
    "actions/download-artifact": ("37930b1c2abaa49bbe596cd826c3c89aef350131", "v7.0.0"),
    "actions/upload-pages-artifact": ("7b1f4a764d45c48632c6b24a0339c27f5614fb0b", "v4.0.0"),
    "actions/deploy-pages": ("d6db90164ac5ed86f2b6aed7e0febac5b3c0c03e", "v4.0.5"),
    "pypa/gh-action-pypi-publish": ("ed0c53931b1dc9bd32cbe73a98c7f6766f8a527e", "v1.13.0"),
}
#: Rights beyond reading, and the only jobs that have them.
RIGHTS = {
    (".github", "docs", "publish"): {"pages": "write", "id-token": "write"},
    (".github", "publish", "publish"): {"id-token": "write"},
    (".gitea", "docs", "publish"): {"contents": "write"},
}


def load(path):
    # YAML 1.1 takes the key `on` for true.
    content = yaml.safe_load(path.read_text("utf-8"))
    return {"on" if key is True else key: value for key, value in content.items()}


def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def triggers(workflow):
    return workflow["on"] if isinstance(workflow["on"], dict) else {workflow["on"]: None}


@pytest.fixture(params=FILES, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def path(request):
    return request.param


@pytest.fixture
def workflow(path):
    return load(path)


@pytest.fixture
def forge(path):
    return path.parts[-3]


def test_both_forges_have_the_same_workflows():
    for forge in FORGES:
        assert {path.stem for path in FILES if path.parts[-3] == forge} == NAMES


def test_every_command_is_a_make_target_that_exists(workflow):
    commands = [step["run"] for step in steps(workflow) if "run" in step]
    assert commands or "deploy-pages" in str(workflow)
    for command in commands:
        assert re.fullmatch(r"make [^\n;&|]+", command), command
        assert command.split()[1] in TARGETS
        for variable in re.findall(r"\b([A-Z]+)=", command):
            assert re.search(rf"\b{variable}\b", MAKEFILE), variable


def test_it_says_what_it_may_do_and_that_is_reading(workflow, path, forge):
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        assert job.get("permissions", {}) == RIGHTS.get((forge, path.stem, name), {})


def test_every_job_has_an_end_and_runs_of_the_same_kind_do_not_pile_up(workflow, path):
    for job in workflow["jobs"].values():
        assert 5 <= job["timeout-minutes"] <= 60
    assert path.stem in workflow["concurrency"]["group"]
    publishes = path.stem == "publish"
    assert (workflow["concurrency"]["cancel-in-progress"] is False) == publishes


def test_every_action_is_pinned_to_a_commit_that_was_looked_up(path, forge):
    uses = re.findall(r"uses: (\S+)(.*)", path.read_text("utf-8"))
    assert uses
    for action, comment in uses:
        name, _, commit = action.partition("@")
        # Gitea looks for actions on its own host unless told where they are.
        home = "https://github.com/" if forge == ".gitea" else ""
        assert name.startswith(home)
        assert (commit, comment.strip().removeprefix("# ")) == PINS[name.removeprefix(home)]


def test_the_credentials_of_a_checkout_stay_only_where_something_is_pushed(workflow, path, forge):
    for name, job in workflow["jobs"].items():
        for step in job["steps"]:
            if "checkout" in step.get("uses", ""):
                pushes = (forge, path.stem, name) == (".gitea", "docs", "publish")
                assert step["with"]["persist-credentials"] is pushes


def test_nothing_secret_is_within_reach_of_a_pull_request(workflow, path):
    assert "pull_request_target" not in triggers(workflow)
    text = path.read_text("utf-8")
    if "pull_request" in triggers(workflow):
        assert "secrets." not in text
        for job in workflow["jobs"].values():
            if job.get("permissions"):
                assert "github.event_name == 'push'" in job["if"]
    # What a stranger can name (a branch, a title) never becomes part of a command.
    for step in steps(workflow):
        assert set(re.findall(r"\$\{\{\s*(.+?)\s*\}\}", step.get("run", ""))) <= {"matrix.dependencies"}


@pytest.mark.parametrize("forge", FORGES)
class TestMatrix:
    def matrices(self, forge):
        jobs = load(ROOT / forge / "workflows" / "test.yml")["jobs"]
        return {name: job["strategy"]["matrix"] for name, job in jobs.items() if "strategy" in job}

    def test_supported_pythons_are_tested_with_locked_and_newest_packages(self, forge):
        matrix = self.matrices(forge)["test"]
        assert set(matrix["python"]) == SUPPORTED
        assert set(matrix["dependencies"]) == {"locked", "newest"}
        assert "with the oldest run-time packages" in MAKEFILE.partition("\nslow:")[0].partition("\ntest:")[2]

    def test_what_was_never_run_is_marked_and_cannot_fail_the_rest(self, forge):
        matrix = self.matrices(forge)["test"]
        for extra in matrix["include"]:
            assert extra["untested"] is True
            assert extra["python"] in SUPPORTED | {UNTESTED}
        assert UNTESTED in {extra["python"] for extra in matrix["include"]}
        assert UNTESTED not in SUPPORTED
        job = load(ROOT / forge / "workflows" / "test.yml")["jobs"]["test"]
        assert job["continue-on-error"] == "${{ matrix.untested == true }}"
        assert job["strategy"]["fail-fast"] is False

    def test_all_three_systems_are_there(self, forge):
        text = str(load(ROOT / forge / "workflows" / "test.yml"))
        for system in ("ubuntu-", "macos-", "windows-"):
            assert system in text

    def test_a_version_is_published_only_from_its_tag(self, forge):
        workflow = load(ROOT / forge / "workflows" / "publish.yml")
        assert triggers(workflow) == {"push": {"tags": ["v*"]}}
        commands = [step["run"].split()[1] for step in steps(workflow) if "run" in step]
        assert commands[:3] == ["test", "dist", "install-check"]
        assert 'TAG="$GITHUB_REF_NAME"' in str(steps(workflow))


def test_the_registry_is_named_by_variables_only():
    text = (ROOT / ".gitea" / "workflows" / "publish.yml").read_text("utf-8")
    values = dict(re.findall(r"(TWINE_\w+): (.+)", text))
    assert values == {
        "TWINE_REPOSITORY_URL": "${{ vars.PACKAGE_REGISTRY_URL }}",
        "TWINE_USERNAME": "${{ vars.PACKAGE_REGISTRY_USER }}",
        "TWINE_PASSWORD": "${{ secrets.PACKAGE_REGISTRY_TOKEN }}",
    }
    trusted = load(ROOT / ".github" / "workflows" / "publish.yml")["jobs"]["publish"]
    assert trusted["environment"] == "pypi"
    assert "with" not in trusted["steps"][-1]


def test_no_registry_and_no_place_of_a_machine_is_named():
    files = [*FILES, ROOT / "Makefile", *(ROOT / "constraints").iterdir(), ROOT / ".pre-commit-config.yaml"]
    files += [ROOT / "docs" / "release.rst", *(ROOT / "tools").rglob("*.py")]
    for file in files:
        text = file.read_text("utf-8")
        assert not re.search(r"pypi\.org|pythonhosted|--index-url http|file://|/root/|/home/\w|/opt/", text), file


class TestHooks:
    HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))

    def test_they_are_the_project_s_own_commands(self):
        (repository,) = self.HOOKS["repos"]
        assert repository["repo"] == "local"
        for hook in repository["hooks"]:
            command, *arguments = hook["entry"].split()
            assert command.startswith(".venv/bin/")
            if command.endswith("python"):
                script = arguments[1].replace(".", "/") + ".py" if arguments[0] == "-m" else arguments[0]
                assert (ROOT / script).is_file()
            else:
                assert f"$(BIN)/{Path(command).name}" in MAKEFILE

    def test_messages_are_checked_where_git_has_them(self):
        assert self.HOOKS["default_install_hook_types"] == ["pre-commit", "commit-msg"]
        (hook,) = [hook for hook in self.HOOKS["repos"][0]["hooks"] if hook["id"] == "commit-message"]
        assert hook["stages"] == ["commit-msg"]


def test_the_guide_says_what_was_never_run():
    guide = " ".join((ROOT / "docs" / "release.rst").read_text("utf-8").split())
    assert "configured, not tested" in guide
    for name in (UNTESTED, "macOS", "Windows"):
        assert name in guide.partition("configured, not tested")[2]
