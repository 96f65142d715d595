"""What is sent of a delivery: an event for programs, a text for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from worldtree.app.notifications.channel_kind import OutgoingMessage
from worldtree.results.json_view import utc_text

if TYPE_CHECKING:
    from worldtree.store.deliveries import DeliveryRecord, NoticeRecord

_TYPE = "io.worldtree.notice"
#: Characters of what a task said, at most.
_MAX_MESSAGE = 2000


def outgoing(
    delivery: DeliveryRecord, others: Sequence[DeliveryRecord], project: str, now: float
) -> OutgoingMessage:
    """Return the message of a delivery; with ``others`` it is a summary of all of them."""
    notices = [delivery.notice, *(one.notice for one in others)]
    key = f"wt-{delivery.channel[:12]}-{delivery.id}"
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": key,
        "source": f"/worldtree/projects/{quote(project, safe='')}",
        "time": utc_text(delivery.notice.created),
        "datacontenttype": "application/json",
    }
    if others:
        subject = f"{len(notices)} notices of project {project}"
        event |= {"type": f"{_TYPE}.summary", "data": {"notices": [_data(n) for n in notices]}}
    else:
        notice = delivery.notice
        subject = str(notice.body.get("summary", notice.kind))
        event |= {"type": f"{_TYPE}.{notice.kind}", "data": _data(notice)}
        if notice.cluster is not None:
            event["subject"] = f"clusters/{quote(notice.cluster, safe='')}"
    text = "\n\n".join(_text(notice, project) for notice in notices)
    return OutgoingMessage(key, int(now), subject, text, event)


def _data(notice: NoticeRecord) -> dict[str, Any]:
    body = {name: _short(value) for name, value in notice.body.items()}
    return {
        "kind": notice.kind,
        "cluster": notice.cluster,
        "task_id": notice.task,
        "time": utc_text(notice.created),
        **body,
    }


def _text(notice: NoticeRecord, project: str) -> str:
    lines = [str(notice.body.get("summary", notice.kind))]
    fields = {
        "project": project,
        "cluster": notice.cluster,
        "task": notice.task,
        "time": utc_text(notice.created),
        "message": _short(notice.body.get("message")),
    }
    lines += [f"  {name}: {value}" for name, value in fields.items() if value]
    if notice.task is not None:
        lines.append(f"  wt tasks show {notice.task}")
    return "\n".join(lines)


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _MAX_MESSAGE:
        return value[:_MAX_MESSAGE] + " …"
    return value
