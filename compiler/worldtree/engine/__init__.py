"""Executes a plan: scheduling, policies, attempts, cancel, resume, rollback.

The application calls it like this (everything is passed in, nothing is looked up)::

    from worldtree.runner.control.executor import RunnerExecutor
    from worldtree.engine.cancellation import Cancellation
    from worldtree.engine.run_options import RunOptions
    from worldtree.engine.run_plan import run_plan
    from worldtree.store.store import Store      # takes most of a second to import

    with Store.open(home) as store:
        task = store.create_task(plan, command="apply")     # task.id, task.directory (0700)
        bundle = task.directory / "bundle"                  # the verified bundle is copied here
        cancellation = Cancellation()                       # request() is safe in signal handlers
        with RunnerExecutor(plan, directory=task.directory, known_hosts=known_hosts) as executor:
            # check_connections(plan, executor.ssh) of the runner goes here
            result = run_plan(
                plan,
                task_id=task.id,
                bundle=bundle,
                directory=task.directory / "attempts",
                executor=executor,
                recorder=store.recorder(task.id),
                options=RunOptions(concurrency=8),
                cancellation=cancellation,
                on_event=show,                              # each event, once it is on disk
            )

``run_plan`` returns a ``worldtree.results.tree.TaskResult``;
``worldtree.results.json_view`` gives the JSON of it and the exit code. ``Store.result(task_id)``
folds the same tree from the stored events.

A run is one call of ansible-playbook. Nodes share a run only where Ansible's behaviour (a failed
host silently drops out of the following plays) is what the edge between them asks for: see
``scheduling.chains``. How failures propagate along edges is in ``scheduling.node_progress``: a
per-host edge drops the host, a barrier skips the dependent node with ``caused_by`` as the root
cause, a soft edge propagates nothing.
The truth tables of statuses are in ``worldtree.results.host_status`` and
``worldtree.results.node_status``.

``SimulatedExecutor`` returns scripted outcomes and changes nothing; ``MemoryRecorder`` keeps
events in memory. Both pass the same contract tests as the real ones.
"""
