"""What is known of a cluster's hosts."""
