"""init, validate, plan, graph, compile, diff: documents and bundles on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from unit.cli.conftest import Wt, shop_spec, write_document
from worldtree.core.errors import ExitCode
from worldtree.plan.plan import PLAN_VERSION


@pytest.mark.parametrize("template", ["quickstart", "etcd", "web", "roles"])
def test_init_writes_a_document_that_plans(wt: Wt, template: str) -> None:
    """Each starter is valid as it stands."""
    made = wt("init", "-t", template)
    assert made.code == ExitCode.OK
    assert "wrote cluster.yaml" in made.out
    assert made.err == "next: wt plan\n"
    assert wt("plan").code == ExitCode.OK


def test_init_replaces_nothing(wt: Wt, shop: Path) -> None:
    """A document that is there stays as it is."""
    before = shop.read_bytes()
    ran = wt("init")
    assert ran.code == ExitCode.REFUSED
    assert "cluster.yaml already exists" in ran.err
    assert shop.read_bytes() == before


def test_validate_says_what_is_valid(wt: Wt, shop: Path) -> None:
    """The data is one line for each document."""
    ran = wt("validate", "-f", str(shop))
    assert (ran.code, ran.out) == (ExitCode.OK, "shop: valid, 2 hosts, 3 nodes\n")


def test_validate_tells_every_problem_of_every_document(wt: Wt, tmp_path: Path) -> None:
    """The good document of a file does not hide the bad one."""
    good = write_document(tmp_path / "good.yaml", shop_spec(), "good").read_text()
    bad = write_document(tmp_path / "bad.yaml", shop_spec() | {"hots": []}, "bad").read_text()
    (tmp_path / "both.yaml").write_text(f"{good}---\n{bad}")
    ran = wt("validate", "-f", "both.yaml")
    assert ran.code == ExitCode.INPUT
    assert "good: valid" in ran.out
    assert "both.yaml:" in ran.err
    assert "did you mean `hosts`?" in ran.err


def test_validate_as_data(wt: Wt, tmp_path: Path) -> None:
    """The shape that editors and pipelines read."""
    write_document(tmp_path / "cluster.yaml", shop_spec() | {"hots": []})
    ran = wt("validate", "-o", "json")
    assert ran.code == ExitCode.INPUT
    assert ran.json["valid"] is False
    (item,) = ran.json["items"]
    assert set(item) == {
        *("slug", "severity", "summary", "detail", "hint", "path", "document"),
        *("file", "line", "column", "end_line", "end_column"),
    }
    assert (item["slug"], item["severity"], item["path"]) == ("unknown-key", "error", "spec.hots")


def test_validate_can_be_strict(wt: Wt, tmp_path: Path) -> None:
    """A warning is an error for those who want it."""
    spec = shop_spec()
    spec["hosts"] = [{"name": f"web{n}", "address": "10.0.0.1", "roles": ["web"]} for n in (1, 2)]
    write_document(tmp_path / "cluster.yaml", spec)
    assert wt("validate").code == ExitCode.OK
    assert wt("validate", "--strict").code == ExitCode.INPUT


def test_plan_shows_layers_nodes_and_sums(wt: Wt, shop: Path) -> None:
    """A person reads it before saying yes."""
    ran = wt("plan", "-f", str(shop))
    assert ran.code == ExitCode.OK
    head, *rows = ran.out.splitlines()
    assert head.split() == ["LAYER", "NODE", "WHAT", "HOSTS", "UNDO", "DIGEST"]
    assert rows[0].split()[:5] == ["0", "app/files/home", "directory", "web1,", "web2"]
    assert "shop: create-cluster, 3 nodes in 2 layers on 2 hosts" in ran.out
    assert "2 of 2 nodes can be undone (2 reversible)" in ran.out


def test_plan_says_what_a_step_of_several_roles_costs(wt: Wt, tmp_path: Path) -> None:
    spec = shop_spec()
    for name in ("base", "app"):
        (tmp_path / "roles" / name / "tasks").mkdir(parents=True)
        (tmp_path / "roles" / name / "tasks" / "main.yml").write_text("[]")
    hello = {"tasks": [{"name": "Hello", "ansible.builtin.debug": {"msg": "hello"}}]}
    steps = [{"name": "all", "roles": ["base", "app"], **hello}, {"name": "one", **hello}]
    spec["rolesPath"] = ["./roles"]
    spec["modules"][1]["tasks"][0]["steps"] = steps
    write_document(tmp_path / "cluster.yaml", spec)
    told = wt("plan").out
    assert "base, app + tasks" in told
    assert "one status each, resumed and undone as a whole: other/check/all\n" in told


def test_plan_marks_finalisers_and_what_would_be_refused(wt: Wt, tmp_path: Path) -> None:
    spec = {**shop_spec(), "policy": {"onFailure": "rollback", "onIrreversible": "refuse"}}
    last = {"name": "run", "command": "true", "always": True}
    spec["modules"][1]["tasks"][0]["steps"].append(last)
    write_document(tmp_path / "cluster.yaml", spec)
    told = wt("plan").out
    assert "other/check/run (always)  command" in told
    assert "always: runs even if earlier nodes failed" in told
    assert (
        "apply is refused (onIrreversible), because these nodes cannot be undone: other/check/run"
        in told
    )
    assert "check/run    web1 (always)" in wt("graph", "-o", "text").out


def test_plan_as_data(wt: Wt, shop: Path) -> None:
    """JSON and YAML hold the same plan."""
    ran = wt("plan", "-f", str(shop), "-o", "json")
    plan = ran.json
    head = (PLAN_VERSION, "shop", "create-cluster")
    assert (plan["version"], plan["cluster"], plan["pipeline"]) == head
    assert plan["layers"][1] == ["create-cluster/app/files/page"]
    node = plan["graph"]["nodes"]["create-cluster/app/files/page"]
    assert (node["hosts"], node["reversibility"]) == (["web1", "web2"], "reversible")
    assert set(plan["node_digests"]) == set(plan["graph"]["nodes"])
    assert yaml.safe_load(wt("plan", "-o", "yaml").out) == plan


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-f", "none.yaml"], "the file none.yaml does not exist"),
        (["--pipeline", "verfy"], "did you mean `verify`?"),
        (["--cluster", "shp"], "does not contain the cluster `shp`"),
        (["--only", "nothing/*"], "no node matches `nothing/*`"),
        (["--hosts", "web9"], "--hosts web9: there is no host `web9`; hosts: web1, web2"),
    ],
)
def test_plan_of_wrong_input(wt: Wt, shop: Path, arguments: list[str], words: str) -> None:
    """Each is reported with exit code 2."""
    assert shop.is_file()
    ran = wt("plan", *arguments)
    assert (ran.code, ran.out) == (ExitCode.INPUT, "")
    assert words in ran.err


def test_plan_of_a_part(wt: Wt, shop: Path) -> None:
    """Selections narrow nodes and hosts."""
    assert shop.is_file()
    nodes = wt("plan", "--only", "app/*", "--hosts", "web2", "-o", "json").json["graph"]["nodes"]
    assert {name.split("/")[1] for name in nodes} == {"app"}
    assert {host for node in nodes.values() for host in node["hosts"]} == {"web2"}


def test_plan_of_a_thousand_hosts_is_readable(wt: Wt, tmp_path: Path) -> None:
    """Hosts are counted, not listed."""
    spec = shop_spec()
    spec["hosts"] = [{"name": "web[1:1000]", "address": "h[1:1000].example", "roles": ["web"]}]
    spec["modules"] = spec["modules"][:1]
    write_document(tmp_path / "cluster.yaml", spec)
    ran = wt("plan")
    assert "1000 hosts" in ran.out
    assert max(map(len, ran.out.splitlines())) < 120


@pytest.mark.parametrize(
    ("form", "begin"),
    [("text", "shop: create"), ("mermaid", "---"), ("dot", "digraph"), ("svg", "<svg")],
)
def test_graph_in_every_form(wt: Wt, shop: Path, form: str, begin: str) -> None:
    """The drawing alone is on stdout."""
    ran = wt("graph", "-f", str(shop), "-o", form)
    assert (ran.code, ran.err) == (ExitCode.OK, "")
    assert ran.out.startswith(begin)


def test_graph_as_data(wt: Wt, shop: Path) -> None:
    """Nodes and edges with their kinds."""
    data = wt("graph", "-f", str(shop), "-o", "json").json
    assert len(data["nodes"]) == 3
    assert [edge["kind"] for edge in data["edges"]] == ["host"]


def test_compile_check_and_diff(wt: Wt, shop: Path) -> None:
    """A bundle is written, found fresh, found stale after a change, and compared."""
    made = wt("compile", "-f", str(shop))
    assert made.code == ExitCode.OK
    assert made.out.startswith("build/shop: 3 plays, ")
    fresh = wt("compile", "--check")
    assert (fresh.code, fresh.out) == (ExitCode.OK, "")

    spec = shop_spec()
    spec["modules"][0]["tasks"][0]["steps"][1]["copy"]["content"] = "bye\n"
    spec["vars"] = {**spec.get("vars", {}), "motto": "new"}
    write_document(shop, spec)
    stale = wt("compile", "--check")
    assert stale.code == ExitCode.REFUSED
    assert "plays/create-cluster.app.files.page.yml" in stale.out
    assert "stale" in stale.err

    assert wt("compile", "--dir", "new").code == ExitCode.OK
    assert wt("diff", "build/shop", "build/shop").out == "The bundles are the same.\n"
    assert "app/files/page" in wt("diff", "build/shop", "new").out
    data = wt("diff", "build/shop", "new", "-o", "json").json
    assert [item["name"] for item in data["changed_nodes"]] == ["create-cluster/app/files/page"]
    [variables] = data["variables"]
    assert (variables["name"], variables["changes"][0]["name"]) == ("all", "motto")
    assert "create-cluster/app/files/page" in [one["node"] for one in data["affected_nodes"]]


def test_compile_loses_nothing(wt: Wt, shop: Path, tmp_path: Path) -> None:
    """A directory that is no bundle is not written over."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    ran = wt("compile", "-f", str(shop), "--dir", "mine")
    assert ran.code == ExitCode.REFUSED
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_diff_of_what_is_no_bundle(wt: Wt, tmp_path: Path) -> None:
    """Told by the directory's name."""
    (tmp_path / "empty").mkdir()
    ran = wt("diff", "empty", "empty")
    assert ran.code == ExitCode.INPUT
    assert "not-a-bundle" in ran.err
    assert "empty is not a bundle" in ran.err
    assert "wt compile --dir" in ran.err


def test_words_in_other_scripts(wt: Wt, tmp_path: Path) -> None:
    """Variables may hold Chinese, and come out as they went in."""
    spec = shop_spec()
    spec["hosts"][0] |= {"vars": {"greeting": "世界树"}}
    write_document(tmp_path / "cluster.yaml", spec)
    ran = wt("plan", "-o", "json")
    assert "世界树" in ran.out
    assert ran.json["hosts"][0]["vars"] == {"greeting": "世界树"}


def test_tags_select_in_every_command_that_makes_a_plan(wt: Wt, tmp_path: Path) -> None:
    """Listed with commas or repeated; an unknown one is reported with the nearest."""
    spec = shop_spec()
    spec["modules"][0]["tags"] = "app, web"
    spec["modules"][0]["tasks"][0]["steps"][1]["tags"] = ["page"]
    spec["modules"][1]["tasks"][0]["tags"] = ["look"]
    file = write_document(tmp_path / "cluster.yaml", spec)

    def nodes(*tags: str) -> set[str]:
        ran = wt("plan", "-f", str(file), "-o", "json", *tags)
        assert ran.code == ExitCode.OK, ran.err
        return {name.partition("/")[2] for name in ran.json["graph"]["nodes"]}

    assert nodes("--tags", "page") == {"app/files/page"}
    assert nodes("--tags", "page, look") == {"app/files/page", "other/check/ready"}
    assert nodes("--tags", "web", "--tags", "look") == {
        "app/files/home",
        "app/files/page",
        "other/check/ready",
    }
    wrong = wt("plan", "-f", str(file), "--tags", "pages")
    assert wrong.code == ExitCode.INPUT
    assert "[unknown-tag]" in wrong.err
    assert "`page`" in wrong.err
    empty = wt("graph", "-f", str(file), "--tags", "page", "--only", "other/*")
    assert (empty.code, "[selection-matches-nothing]" in empty.err) == (ExitCode.INPUT, True)
    assert wt("plan", "-f", str(file), "--tags", ",").code == ExitCode.INPUT
    assert wt("compile", "-f", str(file), "--dir", "b", "--tags", "page").code == ExitCode.OK
    [play] = Path("b/plays").glob("*.yml")
    assert "tags:\n    - app\n    - web\n    - page\n" in play.read_text()


@pytest.mark.parametrize("tag", ["role", "task", "file", "inner"])
def test_a_tag_inside_of_a_step_selects_its_tasks(wt: Wt, tmp_path: Path, tag: str) -> None:
    """On a role of a play, on a task in the document or in a file, or on a task of a role."""
    main = tmp_path / "roles" / "app" / "tasks" / "main.yml"
    main.parent.mkdir(parents=True)
    main.write_text(
        "- {ansible.builtin.debug: {msg: x}, tags: [inner]}\n- {ansible.builtin.debug: {msg: x}}\n"
    )
    (tmp_path / "more.yml").write_text("- {ansible.builtin.debug: {msg: x}, tags: file}\n")
    spec = shop_spec()
    play = {
        "name": "play",
        "roles": [{"role": "app", "tags": ["role"]}],
        "tasks": [{"ansible.builtin.debug": {"msg": "x"}, "tags": ["task"]}],
        "postTasks": "more.yml",
    }
    spec["rolesPath"] = ["./roles"]
    spec["modules"].append({"name": "m", "tasks": [{"name": "t", "steps": [play]}]})
    file = write_document(tmp_path / "cluster.yaml", spec)
    ran = wt("plan", "-f", str(file), "--tags", tag)
    assert ran.code == ExitCode.OK, ran.err
    assert "m/t/play (part)" in ran.out
    assert "app/files" not in ran.out
    assert f"not done as a whole, since `--tags {tag}` selects some tasks only: m/t/play" in ran.out
    assert "(part)" in wt("graph", "-f", str(file), "--tags", tag, "-o", "mermaid").out
    skipped = wt("plan", "-f", str(file), "--skip-tags", tag, "-o", "json").json
    assert skipped["skip_tags"] == [tag]
    assert skipped["cut"] == {"create-cluster/m/t/play": "part"}
    whole = wt("plan", "-f", str(file), "-o", "json").json
    assert skipped["graph"]["nodes"].keys() == whole["graph"]["nodes"].keys()
    assert (whole["skip_tags"], whole["cut"]) == ([], {})
    other = wt("plan", "-f", str(file), "--tags", "other")
    assert (other.code, "[unknown-tag]" in other.err) == (ExitCode.INPUT, True)


@pytest.mark.parametrize("tag", ["always", "tagged"])
def test_tags_that_every_play_needs_cannot_be_skipped(wt: Wt, tmp_path: Path, tag: str) -> None:
    file = write_document(tmp_path / "cluster.yaml", shop_spec())
    ran = wt("plan", "-f", str(file), "--skip-tags", tag)
    assert (ran.code, "[needed-tag]" in ran.err) == (ExitCode.INPUT, True)
    assert wt("plan", "-f", str(file), "--skip-tags", ",").code == ExitCode.INPUT


def test_an_unknown_tag_is_a_warning_where_templates_decide(wt: Wt, tmp_path: Path) -> None:
    """Its node stays in the plan, whether or not it has a task with the tag."""
    spec = shop_spec()
    play = {"name": "play", "tasks": [{"ansible.builtin.debug": {}, "tags": ["{{ x }}"]}]}
    spec["modules"].append({"name": "m", "tasks": [{"name": "t", "steps": [play]}]})
    file = write_document(tmp_path / "cluster.yaml", spec)
    ran = wt("plan", "-f", str(file), "--tags", "deploy")
    assert (ran.code, "[unknown-tag]" in ran.err) == (ExitCode.OK, True)
    assert "m/t/play (unknown)" in ran.out
