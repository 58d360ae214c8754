"""gigabridge_bot without Telegram: uses its tables at the start, then waits for SIGTERM."""

import os
import signal

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from database.base import connect
from database.models import Location, Notification, Server, Tariff, User, UserStatus


def say(line):
    print("gigabridge_bot:", line, flush=True)


def register_admin(session):
    """The admin's user, made at the first start and refreshed at each one."""
    admin = {
        "tg_id": int(os.environ.get("ADMIN_TG_ID", "1")),
        "username": "gigabridge_admin",
        "email": os.environ.get("ADMIN_EMAIL", "admin@example.org"),
        "status": UserStatus.ACTIVE,
        "is_admin": True,
        "last_seen_at": func.now(),
    }
    made = insert(User).values(admin)
    made = made.on_conflict_do_update(index_elements=[User.tg_id], set_=admin)
    return session.get(User, session.execute(made.returning(User.id)).scalar_one())


def announce_start(session, admin):
    """One unsent notification about starts, however many there were."""
    kind = "bot_started"
    due = select(Notification).filter_by(user_id=admin.id, kind=kind, sent_at=None)
    notification = session.execute(due).scalar_one_or_none()
    if notification is None:
        notification = Notification(user=admin, kind=kind, payload={"starts": 0})
        session.add(notification)
    notification.payload = {"starts": notification.payload["starts"] + 1}
    session.flush()


def report(session):
    def count(model):
        return session.execute(select(func.count()).select_from(model)).scalar_one()

    say(
        f"{count(User)} users, {count(Tariff)} tariffs,"
        f" {count(Location)} locations, {count(Server)} servers"
    )
    by_status = select(User.status, func.count()).group_by(User.status).order_by(User.status)
    say(", ".join(f"{number} {status.value}" for status, number in session.execute(by_status)))


def main():
    stop = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stop)
    with Session(connect(), future=True) as session, session.begin():
        admin = register_admin(session)
        announce_start(session, admin)
        report(session)
    say("ready")
    signal.sigwait(stop)
    say("stopped")


if __name__ == "__main__":
    main()
