"""Views to draw: a small one, one as big as a real deployment, random ones, and hostile words."""

from __future__ import annotations

import random

from hypothesis import strategies as st
from tests.unit.graph.strategies import KINDS, acyclic

from worldtree.graph.render import GraphView, Style, ViewEdge, ViewKind, ViewNode

LINES = (
    ViewKind("all", "all of it first", "solid"),
    ViewKind("each", "each by itself", "dashed"),
    ViewKind("order", "order only", "dotted"),
)
_PREFIX = {"!": "all", "~": "order"}

#: id | label | sublabel | group | what it comes after (``!`` all, ``~`` order, else each) | style
_DEPLOYMENT = """
V|check document|control|plan||muted
C|connect|9 hosts|hosts|!V|muted
A1|fetch binaries|control|artifacts|!V|
A2|fetch images|control|artifacts|!V|
A3|fetch charts|control|artifacts|!V|
A4|verify checksums|control|artifacts|!A1 !A2 !A3|muted
K1|etcd CA|control|pki|!V|warn
K2|certificates|control|pki|!K1|
K3|Kubernetes CA|control|pki|!V|warn
K4|service-account key|control|pki|!K3|
P1|check ports|9 hosts|hosts|C|muted
P2|check clock|9 hosts|hosts|C|muted
P3|check disk|9 hosts|hosts|C|muted
P4|check fsync latency|etcd[1:3]|hosts|C|muted
O1|hosts file|9 hosts|os|P1 P2 P3|
O2|swap off|9 hosts|os|P1 P2 P3|
O3|firewall|9 hosts|os|P1 P2 P3|
O4|kernel modules|9 hosts|os|P1 P2 P3|
O5|sysctl|9 hosts|os|O4|
O6|time|9 hosts|os|P1 P2 P3|
O7|packages|9 hosts|os|P1 P2 P3|
R1|install runc|6 members|containerd|O7 !A4|
R2|CNI plugins|6 members|containerd|O7 !A4|
R3|install containerd|6 members|containerd|R1 R2|
R4|configure containerd|6 members|containerd|R3 O5|
R5|start containerd|6 members|containerd|R4|
R6|pre-pull images|6 members|containerd|R5|
B1|install kubeadm|6 members|kubernetes|O1 O2 !A4|
B2|install kubelet|6 members|kubernetes|O2 O3 !A4|
B3|render kubeadm config|6 members|kubernetes|B1|
B4|validate kubeadm config|6 members|kubernetes|B3|muted
E1|etcd binary|etcd[1:3]|etcd|O6 O7 !A4 P4|
E2|etcd user|etcd[1:3]|etcd|O7|
E3|etcd certificates|etcd[1:3]|etcd|!K2 E2|
E4|etcd configuration|etcd[1:3]|etcd|E1 E2|
E5|start etcd together|etcd[1:3]|etcd|!E1 !E3 !E4|danger
E6|etcd health gate|etcd1|etcd|!E5|muted
L1|haproxy|lb[1:2]|loadbalancer|O5 O7|
L2|haproxy backends|lb[1:2]|loadbalancer|L1|
L3|keepalived|lb[1:2]|loadbalancer|L2|
L4|VIP answers once|lb[1:2]|loadbalancer|!L3|muted
I1|etcd client certificate|cp1|kubernetes|!K2 R5|
I2|kubeadm init|cp1|kubernetes|R5 B4 B2 I1 !E6 !L4 !K4 ~R6|danger
I3|join token|control|kubernetes|!I2|
J1|join control planes|cp[2:3]|kubernetes|!I3|danger
W1|join workers, batch 1|worker[1:50]|workers|!I3 !L4|danger
W2|join workers, batch 2|worker[51:99]|workers|!I3 !L4|danger
N1|apply network|cp1|network|!I2|warn
T1|label members|cp1|kubernetes|J1 W1 W2|
T2|members ready|cp1|kubernetes|!N1 J1 W1 W2|muted
D1|CoreDNS ready|cp1|addons|!N1 !T2|muted
X1|ingress-nginx|cp1|addons|!D1|
X2|metrics-server|cp1|addons|!D1|
X3|cert-manager|cp1|addons|!D1|
X4|monitoring|cp1|addons|!D1|
S1|etcd snapshot timer|etcd[1:3]|etcd|!E6|
S2|certificate expiry check|cp[1:3]|pki|!I2|
S3|fetch kubeconfig|control|kubernetes|!I2|
Z1|verify|all hosts|verify|!X1 !X2 !X3 !X4 !S1 !S2 !S3 !T1|muted
"""


def deployment() -> GraphView:
    """A highly available deployment of 59 nodes, without its redundant edges."""
    nodes, edges = [], []
    for line in _DEPLOYMENT.strip().splitlines():
        name, label, sublabel, group, needs, style = line.split("|")
        nodes.append(ViewNode(name, label, sublabel, group, style or "normal"))  # type: ignore[arg-type]
        for need in needs.split():
            kind = _PREFIX.get(need[0], "each")
            edges.append(ViewEdge(need.lstrip("!~"), name, kind))
    styles = {"danger": "cannot be undone", "warn": "undone in part", "muted": "only looks"}
    view = GraphView("A deployment", tuple(nodes), tuple(edges), kinds=LINES, styles=styles)  # type: ignore[arg-type]
    return view.reduced()


def random_view(size: int, seed: int = 3) -> GraphView:
    """A view of ``size`` nodes in eight groups that mostly depend on their own group."""
    choose = random.Random(seed)
    nodes = [
        ViewNode(f"n{i}", f"{choose.choice(['get', 'make', 'start'])} {i}", "", f"g{i * 8 // size}")
        for i in range(size)
    ]
    pairs = {
        (f"n{choose.randint(max(0, i - choose.choice([9, 9, 9, 60])), i - 1)}", f"n{i}")
        for i in range(1, size)
        for _ in range(choose.randint(0, 3))
    }
    edges = [ViewEdge(a, b, KINDS[len(a) % 2]) for a, b in sorted(pairs)]
    return GraphView(f"{size} nodes", tuple(nodes), tuple(edges))


#: Words that mean something to XML, CSS, DOT, Mermaid, YAML, terminals or writers of layouts.
hostile = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "",
            '"quoted" & <b>bold</b>',
            "]]> <!-- --> <script>alert(1)</script>",
            "back\\slash \\n \\",
            "two\nlines\ttab",
            "\x1b[31mred\x1b[0m \x00 \ud800 \uffff \u202e",
            "#quot; %% %%{init}%% `code` _it_ **b**",
            "etcd 世界树 кластер 🚀🚀",
            "e\u0301\u0301\u0301",
            "W" * 90,
            "end",
            "1. first",
            "'; }",
        ]
    ),
)


@st.composite
def views(draw: st.DrawFn) -> GraphView:
    """Any small view with hostile words everywhere."""
    names, edges = draw(acyclic(most=8))
    words = st.one_of(st.just(""), hostile)
    choices: list[Style] = ["normal", "muted", "warn", "danger"]
    styles = st.sampled_from(choices)
    return GraphView(
        draw(hostile),
        tuple(
            ViewNode(name, draw(words), draw(words), draw(words), draw(styles), draw(words))
            for name in names
        ),
        tuple(ViewEdge(*edge) for edge in edges),
        description=draw(words),
        kinds=draw(st.sampled_from([(), (ViewKind("firm", "a <firm> one", "dotted"),)])),
        styles={"danger": draw(words)},
    )
