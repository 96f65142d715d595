"""What the service does by itself: schedules, and notifications of what changed."""
