"""Who may do what: permissions, roles, principals and their tokens."""
