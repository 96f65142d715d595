"""Pure data between the document and Ansible: specs, fragments, nodes, graph, plan."""
