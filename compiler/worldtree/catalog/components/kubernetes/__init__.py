"""The component ``kubernetes``: its versions, configuration, kubeadm documents and modules."""
