"""What documents need from elsewhere: listed, locked, fetched into the cache, verified."""
