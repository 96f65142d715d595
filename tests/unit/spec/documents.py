"""Small documents for tests."""

from __future__ import annotations

from worldtree.core.errors import Diagnostic, DiagnosticBag
from worldtree.spec.analysis import resolve_checked, validate_checked
from worldtree.spec.cluster import Cluster
from worldtree.spec.load import load_text

HEAD = "apiVersion: worldtree.io/v1alpha1\nkind: Cluster\nmetadata: {name: shop}\n"

#: A valid document that uses nearly all keys.
FULL = """\
apiVersion: worldtree.io/v1alpha1
kind: Cluster
metadata: {name: shop, labels: {env: staging}}
spec:
  ssh: {user: deploy, privateKeyFile: ~/.ssh/id, timeout: 10s, bastion: gate}
  hosts:
    - {name: gate, address: 10.0.0.1, user: root}
    - {name: "etcd[1:3]", address: "10.0.0.[11:13]", roles: [etcd], labels: {rack: a}}
    - {name: web1, address: 10.0.0.31, internalAddress: 192.168.0.31, roles: [web], port: 2222}
    - {name: here, connection: local, roles: [control], vars: {plain: !unsafe "{{ data }}"}}
  groups:
    prod: {members: [web, "etcd[1:2]"], vars: {tier: prod}}
    all-of-it: {members: [prod, rack=a]}
  vars: {ntp: 10.0.0.1}
  components: {etcd: {dataDir: /var/lib/etcd}}
  modules:
    - name: shop
      needs: [etcd]
      vars: {shop_version: "1.4"}
      tasks:
        - name: app
          hosts: role=web
          when: shop_enabled
          steps:
            - {role: acme.site.shop, vars: {shop_password: "${env:SHOP}"}, when: [a, b]}
            - {role: acme.site.shop}
            - {role: acme.site.shop, entry: other}
            - wait: {port: 8080}
            - command: uptime
          policy: {serial: 50%, retries: 2, timeout: 5m, onFailure: rollback}
        - name: smoke
          needs: [{task: app, scope: host}, etcd/start]
          hosts: [web1, role=control]
          steps:
            - {command: {argv: [ls]}, hosts: web1}
  hooks:
    before: [{name: note, target: shop/app, hosts: role=control, step: {command: date}}]
  policy: {onFailure: fail-fast, concurrency: 8}
"""


def document(body: str) -> str:
    """Return a whole document whose ``spec`` is ``body`` (indented by two)."""
    return f"{HEAD}spec:\n{body}"


def resolved(text: str, file: str = "cluster.yaml") -> tuple[Cluster | None, list[Diagnostic]]:
    """Return the cluster of ``text`` and its diagnostics."""
    (loaded,) = load_text(text, file)
    bag = DiagnosticBag()
    validated = validate_checked(loaded, bag, components=("etcd",))
    if validated.model is None or validated.diagnostics:
        return None, bag.items
    return resolve_checked(validated.model, loaded, bag, components=("etcd",)), bag.items


def cluster(text: str) -> Cluster:
    """Return the cluster of ``text``, which must have no diagnostics."""
    found, diagnostics = resolved(text)
    assert diagnostics == []
    assert found is not None
    return found
