"""Care of the installation: the doctor, and maintenance of the state."""
