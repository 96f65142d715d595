"""The components ``addons`` and ``cni``: objects that a cluster of Kubernetes gets."""
