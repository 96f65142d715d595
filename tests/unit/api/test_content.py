"""Roles and files of requests: archives by API, repositories by git, and plans made of them."""

from __future__ import annotations

import base64
import io
import json
import re
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from unit.api.archive_uploads import packed, upload
from unit.api.git_server import GitServer, git, serve_git
from unit.api.service import Service, check_problem, document, serve
from worldtree.app.content.content_source import ContentOpener
from worldtree.app.content.git_fetch import ssh_command
from worldtree.app.content.repository_urls import read_repository_url
from worldtree.app.documents.document_policy import DocumentPolicy
from worldtree.app.documents.service_policy import RepositoryAccess, ServicePolicy

TOKEN = "a-token-of-git"
_PAGE = Path(__file__).parents[3] / "docs" / "document-policy.md"
#: The commands of the page that this test runs.
_COMMANDS = re.compile(
    r"<!-- run by tests/unit/api/test_content.py -->\n```sh\n(.*?)^```$", re.M | re.S
)
ROLE = {
    "roles/greet/tasks/main.yml": "- ansible.builtin.copy: {dest: /tmp/greeting, src: text}\n",
    "roles/greet/files/text": "hello\n",
}
#: A file that says so when something is run while a document is compiled.
EVIL = "import pathlib\npathlib.Path('/tmp/worldtree-evil').write_text('run')\n"
TEXT = (
    document("web")
    .replace(
        """          steps:
            - command: {argv: ["true"]}
""",
        """          steps:
            - role: greet
""",
    )
    .replace("spec:\n", "spec:\n  rolesPath: [roles]\n")
)


@pytest.fixture(scope="module")
def repositories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    """A server with a repository of roles."""
    with serve_git(tmp_path_factory.mktemp("git")) as found:
        yield found


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, repositories: GitServer) -> Iterator[Service]:
    """A service whose projects may use archives, and repositories of two servers."""
    allowed = DocumentPolicy(
        archives=True,
        repositories=frozenset(
            {f"{repositories.url}team/", "https://10.1.2.3/", "ssh://h.invalid/"}
        ),
    )
    access = RepositoryAccess(
        repositories.url, networks=("127.0.0.0/8",), token_variable="GIT_TOKEN"
    )
    policy = ServicePolicy(DocumentPolicy(), allowed, (access,))
    home = tmp_path_factory.mktemp("service") / "home"
    with serve(home, policy=policy, environ={"GIT_TOKEN": TOKEN, "OTHER": "secret"}) as found:
        found.call("PUT", "/projects/default/policy", json=_allowing(repositories))
        found.call("PUT", "/clusters/web", yaml=TEXT)
        yield found


def _allowing(repositories: GitServer) -> dict[str, Any]:
    urls = [f"{repositories.url}team/", "https://10.1.2.3/", "ssh://h.invalid/"]
    return {"archives": True, "repositories": urls}


def plan(service: Service, content: dict[str, Any] | None) -> Any:
    sent = {"cluster": "web", **({} if content is None else {"content": content})}
    return service.call("POST", "/plans", json=sent)


def test_an_archive_is_stored_once_listed_and_deleted(service: Service) -> None:
    """Equal files have one digest, however they are packed."""
    made = upload(service, packed(ROLE), "?name=greet", token="member")
    assert made.status_code == 201
    found = made.json()
    assert made.headers["location"] == f"/api/v1/archives/{found['digest']}"
    assert (found["name"], found["kind"], found["created_by"]) == ("greet", "upload", "member")
    again = upload(service, packed(dict(reversed(ROLE.items())), "w"))
    assert (again.status_code, again.json()["digest"]) == (200, found["digest"])
    place = f"/archives/{found['digest']}"
    assert service.call("GET", place).json() == again.json()
    (listed,) = service.call("GET", "/archives?limit=1").json()["items"]
    assert listed == again.json()
    content = service.call("GET", f"{place}/content").content
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        assert archive.getnames() == sorted(ROLE)
    check_problem(
        service.call("GET", f"{place}?project=other", token="other"), 404, "archive-unknown"
    )
    assert service.call("DELETE", place).status_code == 204
    check_problem(service.call("DELETE", place), 404, "archive-unknown")
    audit = service.call("GET", "/audit").json()["items"]
    assert [one["what"] for one in audit[:2]] == ["archive-deleted", "archive-added"]


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (packed({"../x": ""}), {}, 422, "archive-invalid"),
        (b"no archive", {}, 422, "archive-invalid"),
        (b"", {}, 422, "archive-invalid"),
        (packed({}), {}, 422, "archive-invalid"),
        (packed(ROLE), {"Content_Type": "text/plain"}, 415, "media-type-unsupported"),
        (packed(ROLE), {"token": "viewer"}, 403, "permission-missing"),
        (packed(ROLE), {"token": None}, 401, "token-missing"),
        (b"x" * 100_000, {"Content_Length": str(10**9)}, 413, "archive-too-large"),
    ],
    # Packed bodies have the time in them: no names for tests.
    ids=["leads-out", "text", "empty", "no-files", "type", "right", "token", "size"],
)
def test_bad_archives_are_refused(
    service: Service, body: bytes, headers: dict[str, Any], status: int, code: str
) -> None:
    """The answer says what is wrong; nothing is kept."""
    if "Content_Length" in headers:
        sent = (body for _ in range(400))
        answer = service.call("POST", "/archives", body=sent, Content_Type="application/zip")  # type: ignore[arg-type]  # A body in chunks.
    else:
        answer = upload(service, body, **headers)
    check_problem(answer, status, code)


def test_a_plan_has_the_roles_of_its_archive(service: Service) -> None:
    """Nothing of it is run while it is compiled, and the document is the stored one."""
    evil = {f"{name}/x.py": EVIL for name in ("filter_plugins", "lookup_plugins", "library")}
    body = packed({**ROLE, **evil, "cluster.yaml": "no document\n"})
    digest = upload(service, body).json()["digest"]
    answer = plan(service, {"archive": digest})
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert found["content"] == {"archive": digest, "repository": None, "commit": None}
    bundle = service.call("GET", f"/plans/{found['id']}/bundle").content
    with tarfile.open(fileobj=io.BytesIO(bundle)) as archive:
        assert any(name.endswith("greet/files/text") for name in archive.getnames())
    assert not Path("/tmp/worldtree-evil").exists()
    # Without it there is no such role.
    missing = check_problem(plan(service, None), 422, "input-invalid")
    assert {one["slug"] for one in missing["errors"]} == {"policy-own-content"}


@pytest.mark.parametrize(
    ("files", "slug"),
    [
        ({"ansible.cfg": "[defaults]\n"}, "policy-ansible-settings"),
        ({"roles/greet/tasks/main.yml": "- pipe: ["}, "role"),
        ({"other": "x"}, "role"),
    ],
)
def test_content_is_judged_with_the_document(
    service: Service, files: dict[str, str], slug: str
) -> None:
    """What the policy does not allow, and what is wrong in a role, is reported."""
    complete = files if "other" in files else {**ROLE, **files}
    digest = upload(service, packed(complete)).json()["digest"]
    problem = check_problem(plan(service, {"archive": digest}), 422, "input-invalid")
    assert any(slug in one["slug"] for one in problem["errors"]), problem


def test_a_plan_shows_no_file_of_the_machine(service: Service, tmp_path: Path) -> None:
    """A role that names one brings none into a bundle, which its author can read."""
    secret = tmp_path / "secret"
    secret.write_text("of the machine", encoding="utf-8")
    for task in (f"copy: {{dest: /tmp/x, src: {secret}}}", f"include_vars: {secret}"):
        files = {**ROLE, "roles/greet/tasks/main.yml": f"- ansible.builtin.{task}\n"}
        digest = upload(service, packed(files)).json()["digest"]
        answer = plan(service, {"archive": digest})
        assert "of the machine" not in answer.text
        if answer.status_code == 201:
            bundle = service.call("GET", f"/plans/{answer.json()['id']}/bundle").content
            assert b"of the machine" not in bundle


def test_a_document_is_judged_beside_its_content_wherever_it_is_sent(service: Service) -> None:
    """Validated, compiled, applied, compared and destroyed: an archive is a query or a key."""
    digest = upload(service, packed({**ROLE, "sent": "x"})).json()["digest"]
    found = service.call("POST", f"/validate?archive={digest}", yaml=TEXT).json()
    assert (found["valid"], found["hosts"]) == (True, 1)
    alone = service.call("POST", "/validate", yaml=TEXT).json()
    assert {one["slug"] for one in alone["items"]} == {"policy-own-content"}
    sent = {"document": TEXT, "content": {"archive": digest}, "bundle": True}
    compiled = service.call("POST", "/compile", json=sent)
    assert compiled.status_code == 200, compiled.text
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(compiled.json()["bundle"]))) as bundle:
        assert any(name.endswith("greet/files/text") for name in bundle.getnames())
    fresh = TEXT.replace("name: web", "name: fresh")
    asked = {
        "apply": service.call("POST", f"/clusters?archive={digest}", yaml=fresh),
        "drift": service.call("POST", "/clusters/web/drift", json={"content": {"archive": digest}}),
        "destroy": service.call("DELETE", f"/clusters/web?archive={digest}"),
    }
    for command, answer in asked.items():
        assert answer.status_code == 202, answer.text
        record = service.store.task(answer.json()["task_id"])
        assert (record.command, record.request["content"]["archive"]) == (command, digest)
        service.call("POST", f"/tasks/{record.id}/cancel")


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        (f"archive={'0' * 64}", 404, "archive-unknown"),
        ("archive=none", 422, "request-invalid"),
        (f"archive={'0' * 64}&repository=https://git.example/x", 422, "request-invalid"),
        ("revision=v1", 422, "request-invalid"),
        ("directory=ansible", 422, "request-invalid"),
        ("repository=https://git.example/x&revision=%00", 422, "request-invalid"),
        ("repository=https://git.example/x", 403, "repository-refused"),
        ("repository=file:///etc", 422, "repository-url-invalid"),
    ],
)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/validate"), ("POST", "/clusters"), ("DELETE", "/clusters/web")]
)
def test_content_in_a_query_is_checked(
    service: Service, method: str, path: str, query: str, status: int, code: str
) -> None:
    """What is unknown, not allowed or no content is refused, and nothing is stored."""
    body = None if method == "DELETE" else TEXT.replace("name: web", "name: unsent")
    check_problem(service.call(method, f"{path}?{query}", yaml=body), status, code)
    check_problem(service.call("GET", "/clusters/unsent"), 404, "cluster-unknown")


def test_a_task_names_an_archive_that_is_kept_for_it(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it waits, nobody deletes the archive."""
    digest = upload(service, packed({**ROLE, "kept": "x"})).json()["digest"]
    sent = {"content": {"archive": digest}}
    task = service.call("POST", "/clusters/web/tasks", json=sent)
    assert task.status_code == 202
    check_problem(service.call("DELETE", f"/archives/{digest}"), 409, "archive-in-use")
    service.call("POST", f"/tasks/{task.json()['task_id']}/cancel")
    assert service.call("DELETE", f"/archives/{digest}").status_code == 204
    answer = service.call("POST", "/clusters/web/tasks", json=sent)
    check_problem(answer, 404, "archive-unknown")
    # Somebody deletes it after it was looked for.
    monkeypatch.setattr(ContentOpener, "check", lambda *_given: None)
    answer = service.call("POST", "/clusters/web/tasks", json=sent)
    check_problem(answer, 404, "archive-unknown")
    sent = {"content": {"archive": digest, "repository": {"url": "https://a/b"}}}
    check_problem(service.call("POST", "/clusters/web/tasks", json=sent), 422, "request-invalid")


def test_a_repository_is_fetched_at_a_revision(service: Service, repositories: GitServer) -> None:
    """The plan keeps the commit; git got the token of the repository and nothing else."""
    roles = {f"ansible/{name}": text for name, text in ROLE.items()}
    first = repositories.commit("team/roles", roles, tag="v1")
    second = repositories.commit("team/roles", {"ansible/roles/greet/files/text": "later\n"})
    url = f"{repositories.url}team/roles"
    for revision, commit in (("v1", first), ("main", second), (first, first)):
        repository = {"url": url, "revision": revision, "directory": "ansible"}
        answer = plan(service, {"repository": repository})
        assert answer.status_code == 201, answer.text
        assert answer.json()["content"] == {
            "archive": None,
            "repository": repository,
            "commit": commit,
        }
    token = base64.b64encode(f"git:{TOKEN}".encode()).decode()
    assert repositories.authorizations == {f"Basic {token}"}
    assert TOKEN not in answer.text


@pytest.mark.parametrize(
    ("repository", "status", "code"),
    [
        ({"url": "{git}team/none"}, 422, "repository-unreachable"),
        ({"url": "{git}team/roles", "revision": "none"}, 422, "repository-revision-unknown"),
        ({"url": "{git}team/roles", "directory": "none"}, 422, "repository-revision-unknown"),
        ({"url": "{git}other/roles"}, 403, "repository-refused"),
        ({"url": "{git}team/moved/roles"}, 422, "repository-unreachable"),
        ({"url": "https://10.1.2.3/roles"}, 403, "repository-refused"),
        ({"url": "ssh://h.invalid/roles"}, 403, "repository-refused"),
        ({"url": "file:///etc"}, 422, "repository-url-invalid"),
        ({"url": "/etc"}, 422, "repository-url-invalid"),
        ({"url": "ext::sh -c id"}, 422, "repository-url-invalid"),
        ({"url": "--upload-pack=id"}, 422, "repository-url-invalid"),
        ({"url": "ssh://-oProxyCommand=id/x"}, 422, "repository-url-invalid"),
        ({"url": "{git}team/../other/x"}, 422, "repository-url-invalid"),
        ({"url": "https://user:password@git.example/x"}, 422, "repository-url-invalid"),
        ({"url": "https://git.example/%2e%2e/x"}, 422, "repository-url-invalid"),
        ({"url": "git@git.example:x"}, 422, "repository-url-invalid"),
        ({"url": "{git}team/roles", "revision": "--all"}, 422, "repository-revision-invalid"),
        ({"url": "{git}team/roles", "revision": "a:b"}, 422, "repository-revision-invalid"),
        ({"url": "{git}team/roles", "revision": "a..b"}, 422, "repository-revision-invalid"),
        ({"url": "{git}team/roles", "directory": "../x"}, 422, "repository-revision-invalid"),
        ({"url": "{git}team/roles", "directory": "/etc"}, 422, "repository-revision-invalid"),
    ],
)
def test_other_repositories_are_refused(
    service: Service,
    repositories: GitServer,
    repository: dict[str, str],
    status: int,
    code: str,
) -> None:
    """What the policy does not list, what is elsewhere, and what git would misunderstand."""
    repositories.commit("team/roles", {})
    sent = {**repository, "url": repository["url"].replace("{git}", repositories.url)}
    answer = plan(service, {"repository": sent})
    check_problem(answer, status, code)
    assert TOKEN not in answer.text


def test_links_out_of_a_repository_are_refused(service: Service, repositories: GitServer) -> None:
    """A repository is judged as an archive is."""
    place = repositories.root / "team/links"
    repositories.commit("team/links", {"a": "x"})
    (place / "out").symlink_to("../../etc")
    repositories.commit("team/links", {"b": "x"})
    answer = plan(service, {"repository": {"url": f"{repositories.url}team/links"}})
    assert "`out`" in check_problem(answer, 422, "archive-invalid")["detail"]


def test_a_repository_with_submodules_is_refused_where_they_are_needed(
    service: Service, repositories: GitServer
) -> None:
    """git would leave their directories empty; a part of the repository may have none."""
    commit = repositories.commit("team/sub", {f"ansible/{name}": ROLE[name] for name in ROLE})
    entry = f"160000,{commit},roles/other"
    git("-C", str(repositories.root / "team/sub"), "update-index", "--add", "--cacheinfo", entry)
    git("-C", str(repositories.root / "team/sub"), "commit", "--quiet", "--message=x")
    url = f"{repositories.url}team/sub"
    problem = check_problem(
        plan(service, {"repository": {"url": url}}), 422, "repository-submodules"
    )
    assert "`roles/other`" in problem["detail"]
    part = {"repository": {"url": url, "directory": "ansible"}}
    assert plan(service, part).status_code == 201


def test_the_commands_of_the_page_work(
    service: Service, repositories: GitServer, tmp_path: Path
) -> None:
    """docs/document-policy.md, with other places, by a shell and curl."""
    (commands,) = _COMMANDS.findall(_PAGE.read_text("utf-8"))
    repositories.commit("team/roles", {f"ansible/{name}": ROLE[name] for name in ROLE}, tag="walk")
    places = {
        "http://127.0.0.1:8420": str(service.client.base_url).rstrip("/"),
        "https://git.example.com/platform/": f"{repositories.url}team/",
        '"v1"': '"walk"',
    }
    for old, new in places.items():
        assert old in commands
        commands = commands.replace(old, new)
    for name, text in ROLE.items():
        (tmp_path / "content" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "content" / name).write_text(text, encoding="utf-8")
    (tmp_path / "cluster.yaml").write_text(TEXT.replace("name: web", "name: shop"), "utf-8")
    (tmp_path / "header").write_text("Authorization: Bearer admin\n", encoding="utf-8")
    try:
        done = subprocess.run(
            ["sh", "-euc", commands], cwd=tmp_path, capture_output=True, text=True, check=False
        )
    finally:
        service.call("PUT", "/projects/default/policy", json=_allowing(repositories), If_Match="*")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert '"status":"queued"' in done.stdout
    assert json.loads((tmp_path / "plan.json").read_text("utf-8"))["content"]["commit"]


def test_ssh_knows_one_address_one_key_and_its_hosts() -> None:
    """Nothing of the user's configuration, no agent, no unknown host."""
    url = read_repository_url("ssh://git@git.example:2222/team/roles")
    access = RepositoryAccess("", identity_file="/keys/a key", known_hosts_file="/keys/hosts")
    command = ssh_command(url, "192.0.2.1", access)
    assert command.startswith("ssh -F none -i '/keys/a key' -o BatchMode=yes")
    for option in (
        "StrictHostKeyChecking=yes",
        "UserKnownHostsFile=/keys/hosts",
        "IdentityAgent=none",
        "HostName=192.0.2.1",
        "'HostKeyAlias=[git.example]:2222'",
        "ProxyCommand=none",
    ):
        assert f"-o {option}" in command
