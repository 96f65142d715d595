"""Tasks: run, resumed, cancelled, rolled back, and what is known of them."""
