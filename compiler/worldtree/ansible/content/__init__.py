"""What a team brings, read without running it: roles, collections, inventories."""
