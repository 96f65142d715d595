"""A service on another machine: its address, logins, requests and streams."""
