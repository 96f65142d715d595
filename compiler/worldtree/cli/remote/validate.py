"""``wt --server URL validate``: let a service check the documents of a file."""

from __future__ import annotations

from pathlib import Path

import click

from worldtree.app.documents.cluster_choice import repeated_names
from worldtree.app.views.documents import validation_view
from worldtree.cli.output import count, write_data
from worldtree.cli.remote.connect import open_service
from worldtree.cli.remote.documents import read_documents, with_files
from worldtree.core.errors import ExitCode, InputError
from worldtree.remote.problems import read_diagnostic
from worldtree.spec.load import load_file


def validate(*, file: Path, strict: bool, output: str) -> int:
    """Check documents, also by the policy of the service."""
    from worldtree.cli.error_output import show_diagnostics

    documents = read_documents(file)
    service = open_service()
    found = repeated_names(load_file(file))
    valid = []
    for document in documents:
        try:
            beside = with_files(service, document, file).content.get("content", {})
        except InputError as problem:
            found += problem.diagnostics
            continue
        answer = service.validate(document.text, beside.get("archive"))
        found += [read_diagnostic(one, document.file, document.index) for one in answer["items"]]
        if answer["valid"]:
            # A service of an earlier version does not say them.
            size = [(answer.get(f"{word}s"), word) for word in ("host", "node")]
            counts = [count(number, word) for number, word in size if number is not None]
            valid.append(f"{document.cluster}: {', '.join(['valid', *counts])}")
    wrong = any(one.is_error or strict for one in found)
    if output == "table":
        show_diagnostics(found)
        for line in valid:
            click.echo(line)
    else:
        write_data(validation_view(found, valid=not wrong), output)
    return ExitCode.INPUT if wrong else ExitCode.OK
