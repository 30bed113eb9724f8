# SPDX-License-Identifier: Apache-2.0
"""Which lane a statement runs on: its transaction's, its session's or one of its own.

An exclusive lane runs one statement at a time.  Whoever needs a busy one asks the
statement on it to finish into memory and waits.  A session whose lane has state that
another connection would not see (temporary tables, ``SET``) always uses that lane;
other sessions use it when it is free, else a lane that lives for one statement.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from . import _sqltext
from ._engine import Defaults, EndAction, Engine, Lane
from ._errors import NotFound, Unsupported
from ._jobs import Job
from ._sessions import Session

_WAIT = 0.05


@dataclass
class Slot:
    """A lane with its lock and the job now running on it."""

    lane: Lane
    lock: threading.Lock = field(default_factory=threading.Lock)
    job: Job | None = None
    sticky: bool = False
    in_transaction: bool = False

    @contextmanager
    def held(self, job: Job | None, taken: bool = False) -> Iterator[Lane]:
        """Hold the lane; waits for the job before it, which ends into memory."""
        while not taken and not self.lock.acquire(timeout=_WAIT):
            before = self.job
            if before is not None:
                before.unbound()
            if job is not None:
                job.check()
        self.job = job
        try:
            yield self.lane
        finally:
            self.job = None
            self.lock.release()


@dataclass
class Transaction:
    """An open transaction and whose it is."""

    id: bytes
    user: str
    slot: Slot
    session: Session | None


class Lanes:
    """The lanes of every session and transaction of one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._transactions: dict[bytes, Transaction] = {}
        self._exclusive = engine.open_lane(Defaults())
        if not self._exclusive.exclusive:
            self._shared: Lane | None = self._exclusive
        else:
            self._exclusive.close()
            self._shared = None

    def _open(self, session: Session | None) -> Lane:
        if session is None:
            return self._engine.open_lane(Defaults())
        texts = (session.option_text("catalog"), session.option_text("schema"))
        return self._engine.open_lane(Defaults(*texts))

    @contextmanager
    def hold(
        self,
        job: Job | None,
        session: Session | None,
        transaction: bytes | None = None,
        user: str = "",
        metadata: bool = False,
    ) -> Iterator[Lane]:
        """Hold the lane for one statement of a session or transaction.

        Metadata commands carry no transaction; they see the session's only open one.
        """
        if metadata and session is not None and len(session.transactions) == 1:
            transaction = session.transactions[0]
        if transaction is not None:
            with self.find(transaction, user).slot.held(job) as lane:
                yield lane
        elif self._shared is not None:
            yield self._shared_lane(session)
        elif (
            session is None or not (slot := self._slot(session)) or slot.in_transaction
        ):
            yield from self._once(session)
        elif slot.sticky:
            with slot.held(job) as lane:
                yield lane
        elif slot.lock.acquire(blocking=False):
            with slot.held(job, taken=True) as lane:
                yield lane
        else:
            yield from self._once(session)

    def _once(self, session: Session | None) -> Iterator[Lane]:
        lane = self._open(session)
        try:
            yield lane
        finally:
            lane.close()

    def _shared_lane(self, session: Session | None) -> Lane:
        assert self._shared is not None
        if session is None or not session.options:
            return self._shared
        slot = self._slot(session)
        return slot.lane

    def _slot(self, session: Session) -> Slot:
        with session.lock:
            if session.slot is None:
                session.slot = Slot(self._open(session))
            slot: Slot = session.slot
            return slot

    def note(self, session: Session | None, sql: str) -> None:
        """Remember that a statement leaves state on its session's lane."""
        if session is None or session.slot is None or not keeps_state(sql):
            return
        session.slot.sticky = True

    def check_state(self, session: Session | None, sql: str) -> None:
        """Refuse a statement whose effect would be lost with its lane."""
        if self._shared is None and session is None and keeps_state(sql):
            raise Unsupported(
                "temporary tables, SET and BEGIN need a session "
                "(let the client keep cookies) or a transaction"
            )

    def defaults_changed(self, session: Session) -> None:
        """Take a session's new catalog and schema; raises when they do not exist."""
        if self._shared is not None:
            session.slot = Slot(self._open(session))
            return
        texts = (session.option_text("catalog"), session.option_text("schema"))
        with self._slot(session).held(None) as lane:
            lane.use(Defaults(*texts))

    # Transactions.

    def begin(self, session: Session | None, user: str) -> bytes:
        """Begin a transaction, on the session's own lane when that is free."""
        if not self._engine.transactions:
            raise Unsupported(f"{self._engine.title} has no transactions")
        slot, taken = self._transaction_slot(session)
        with slot.held(None, taken) as lane:
            lane.begin()
        begun = Transaction(secrets.token_bytes(16), user, slot, session)
        slot.in_transaction = True
        with self._lock:
            self._transactions[begun.id] = begun
        if session is not None:
            session.transactions.append(begun.id)
        return begun.id

    def _transaction_slot(self, session: Session | None) -> tuple[Slot, bool]:
        if session is not None:
            slot = self._slot(session)
            if not slot.in_transaction:
                if slot.sticky:
                    return slot, False
                if slot.lock.acquire(blocking=False):
                    return slot, True
        return Slot(self._open(session)), False

    def find(self, transaction: bytes, user: str) -> Transaction:
        """Return an open transaction of this user."""
        with self._lock:
            found = self._transactions.get(transaction)
        if found is None or found.user != user:
            raise NotFound("the transaction does not exist (it may have ended)")
        return found

    def end(self, transaction: bytes, user: str, action: EndAction) -> None:
        """Commit or roll back; one that cannot commit is over all the same."""
        found = self.find(transaction, user)
        with self._lock:
            if self._transactions.pop(transaction, None) is None:
                raise NotFound("the transaction does not exist (it may have ended)")
        self._finish(found, action)

    def _finish(self, found: Transaction, action: EndAction) -> None:
        session = found.session
        if session is not None and found.id in session.transactions:
            session.transactions.remove(found.id)
        own = session is not None and session.slot is found.slot
        with found.slot.held(None) as lane:
            try:
                lane.end(action)
            finally:
                found.slot.in_transaction = False
                if not own:
                    lane.close()

    def close_session(self, session: Session) -> None:
        """Roll back and close what a session leaves behind."""
        with self._lock:
            mine = [t for t in self._transactions.values() if t.session is session]
            for transaction in mine:
                del self._transactions[transaction.id]
        for transaction in mine:
            self._finish(transaction, "rollback")
        slot, session.slot = session.slot, None
        if slot is not None:
            if slot.job is not None:
                slot.job.cancel()
            with slot.held(None) as lane:
                lane.close()


_STATE_WORDS = {"set", "reset", "use", "begin", "start", "commit", "rollback", "abort"}
_TEMPORARY = {"temp", "temporary"}


def keeps_state(sql: str) -> bool:
    """Tell whether a statement changes its connection rather than the database."""
    first = _sqltext.words(sql, 4)
    if not first:
        return False
    if first[0] in _STATE_WORDS | {"prepare", "deallocate", "pragma"}:
        return True
    return first[0] == "create" and bool(_TEMPORARY & set(first))
