"""Which passes run, in which order, and the reason for each position."""

from __future__ import annotations

from worldtree.compile.passes.artifacts import artifacts
from worldtree.compile.passes.carry import carry
from worldtree.compile.passes.check_mode import check_mode
from worldtree.compile.passes.components import components
from worldtree.compile.passes.emit import emit
from worldtree.compile.passes.expand import expand
from worldtree.compile.passes.facts import facts
from worldtree.compile.passes.inventory import inventory
from worldtree.compile.passes.layer import layer
from worldtree.compile.passes.link import link
from worldtree.compile.passes.lower import lower
from worldtree.compile.passes.outputs import outputs
from worldtree.compile.passes.overlays import overlays
from worldtree.compile.passes.pipeline import pipeline
from worldtree.compile.passes.plugins import plugins
from worldtree.compile.passes.reversibility import reversibility
from worldtree.compile.passes.roles import roles
from worldtree.compile.passes.select import select
from worldtree.compile.passes.steps import steps
from worldtree.compile.passes.team_modules import team_modules
from worldtree.compile.passes.unused_variables import unused_variables
from worldtree.compile.state import Pass

#: From a resolved document to its plan.
PLAN_PASSES: tuple[Pass, ...] = (
    Pass(plugins, "A plugin that was left out explains unknown components and step kinds."),
    Pass(
        inventory,
        "An inventory of the team's own replaces `hosts`; every later pass reads hosts.",
        changes=("cluster", "inventory"),
    ),
    Pass(
        components,
        "Their modules need hosts, and the pipeline needs their modules.",
        changes=("context",),
    ),
    Pass(
        team_modules,
        "Roles are looked up in the directories that the final cluster names.",
        changes=("roles", "modules", "hooks"),
    ),
    Pass(steps, "Parameters are checked once per step, before steps become several nodes."),
    Pass(overlays, "An overlay is checked against an active component."),
    Pass(unused_variables, "A module's variables are whole only before its steps take some."),
    Pass(
        pipeline,
        "Everything that a pipeline is made of is known: components, the team's modules, roles.",
        changes=("spec", "context"),
    ),
    Pass(
        expand,
        "The first pass with nodes: steps are bound to hosts, variables and policies.",
        changes=("fragment", "left_out"),
    ),
    Pass(
        outputs,
        "Readers of outputs add edges, so it runs before the graph is ordered.",
        changes=("fragment",),
    ),
    Pass(
        facts,
        "It stands in front of all nodes, so all of them must be there.",
        changes=("fragment",),
    ),
    Pass(link, "All edges are known; cycles show now.", changes=("graph",)),
    Pass(
        roles,
        "Roles are checked as the linked graph calls them; the last of the checks.",
        stops_on_errors=True,
    ),
    Pass(
        reversibility,
        "It relies on checked steps: every kind and role is known.",
        changes=("graph",),
    ),
    Pass(check_mode, "It relies on checked steps, too.", changes=("graph",)),
    Pass(
        select,
        "A part is selected only after all of the document was checked.",
        changes=("graph", "cut"),
        stops_on_errors=True,
    ),
    Pass(
        carry,
        "Only the roles of the selected part are read; what is carried is an input of the plan.",
        changes=("carried",),
        stops_on_errors=True,
    ),
    Pass(
        artifacts,
        "Their sha256 is an input of the plan; all typed configurations and hosts are known.",
        changes=("artifacts",),
        stops_on_errors=True,
    ),
    Pass(
        layer,
        "The graph is final: it is frozen with its layers and the digests of all inputs.",
        changes=("plan",),
    ),
)

#: From a plan to its bundle.
BUNDLE_PASSES: tuple[Pass, ...] = (
    Pass(
        lower,
        "Names of roles in the bundle are chosen for the whole plan, then plays are made.",
        changes=("calls", "lowered"),
        stops_on_errors=True,
    ),
    Pass(emit, "The files follow from the plays.", changes=("bundle",)),
)
