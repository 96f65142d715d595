"""Creates the services of the application, by area: one property for each service."""
