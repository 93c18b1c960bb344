import contextlib
import os
import sqlite3
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from uprez.errors import BudgetError, LedgerError
from uprez.ledger import Attempt, Ledger, LostRace
from uprez.model import Call, Render, Verdict
from uprez.orders import Estimate, Order, Staged, Succeeded, Ticket
from uprez.testing.samples import sample_media, sample_order

COSTS = Estimate(amount=Decimal("0.5"), basis="quoted", token="quote-1")
FREE = Estimate(amount=Decimal(0))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with contextlib.closing(Ledger(tmp_path / "ledger.db")) as ledger:
        yield ledger


def order(tmp_path: Path, first: int = 0, provider: str = "paid") -> Order:
    return sample_order(
        sample_media(tmp_path / "a.mov", frames=900), tmp_path, first=first, provider=provider
    )


def claimed(ledger: Ledger, wanted: Order, estimate: Estimate = COSTS) -> Attempt:
    ledger.add(wanted, estimate)
    attempt = ledger.take(wanted.id)
    assert attempt is not None
    return attempt


def sent(ledger: Ledger, wanted: Order, estimate: Estimate = COSTS) -> Attempt:
    return ledger.move(claimed(ledger, wanted, estimate), "sending", staged=Staged(data={"at": 1}))


def delivered(ledger: Ledger, wanted: Order, charged: Decimal | None = None) -> Attempt:
    attempt = ledger.move(sent(ledger, wanted), "acked", ticket=Ticket(id=f"t{wanted.id}"))
    attempt = ledger.move(attempt, "remote-done", succeeded=Succeeded(charged=charged))
    attempt = ledger.move(attempt, "downloaded", sha256="00")
    info = wanted.plate.pull.media.info
    return ledger.move(
        attempt, "verified", verdict=Verdict(call=Call.MATCH), info=info, name="r.mov", bytes=1
    )


def render_of(wanted: Order, path: Path) -> Render:
    info = wanted.plate.pull.media.info
    return Render(order=wanted.id, path=path, info=info, verdict=Verdict(call=Call.MATCH))


def placed(ledger: Ledger, wanted: Order, charged: Decimal | None = None) -> Attempt:
    render = render_of(wanted, ledger.folder / "renders" / "r.mov")
    return ledger.move(delivered(ledger, wanted, charged), "placed", render=render)


def test_an_order_read_back_is_the_order_written(ledger: Ledger, tmp_path: Path) -> None:
    wanted = order(tmp_path)
    ledger.add(wanted, COSTS)
    assert ledger.standing(wanted.id).order == wanted
    assert ledger.standing(wanted.id).order.id == wanted.id
    assert ledger.estimate(wanted.id) == COSTS


def test_an_order_asked_for_twice_is_one_order(ledger: Ledger, tmp_path: Path) -> None:
    ledger.add(order(tmp_path), COSTS)
    ledger.add(order(tmp_path), COSTS)
    assert [standing.state for standing in ledger.standings()] == ["queued"]
    assert len(ledger.events()) == 1


def test_a_claim_reserves_the_money_with_the_attempt(ledger: Ledger, tmp_path: Path) -> None:
    attempt = claimed(ledger, order(tmp_path))
    standing = ledger.standing(attempt.order)
    assert (attempt.state, standing.state) == ("prepared", "active")
    assert (standing.reserved, standing.charged) == (Decimal("0.5"), Decimal(0))


def test_a_placed_render_turns_the_reservation_into_what_the_service_charged(
    ledger: Ledger, tmp_path: Path
) -> None:
    placed(ledger, order(tmp_path), charged=Decimal("0.4"))
    standing = ledger.standings()[0]
    assert (standing.state, standing.reserved, standing.charged) == ("done", Decimal(0), Decimal("0.4"))


def test_a_service_that_does_not_tell_is_taken_to_charge_what_it_quoted(
    ledger: Ledger, tmp_path: Path
) -> None:
    placed(ledger, order(tmp_path))
    assert ledger.standings()[0].charged == Decimal("0.5")


def test_the_database_forbids_a_second_live_attempt(ledger: Ledger, tmp_path: Path) -> None:
    attempt = claimed(ledger, order(tmp_path))
    with sqlite3.connect(ledger.path) as other, pytest.raises(sqlite3.IntegrityError):
        other.execute(
            "INSERT INTO attempt(id,order_id,n,state,owner,unit,reserved,updated)"
            " VALUES('x',?,2,'prepared',?,'USD',0,0)",
            (attempt.order, attempt.owner),
        )


def test_the_database_forbids_overspending(ledger: Ledger) -> None:
    ledger.set_cap("run", "USD", Decimal(1))
    with sqlite3.connect(ledger.path) as other, pytest.raises(sqlite3.IntegrityError):
        other.execute("UPDATE budget SET reserved=1000001")


@pytest.mark.parametrize("change", ["UPDATE event SET kind='x'", "DELETE FROM event"])
def test_the_audit_trail_only_grows(ledger: Ledger, tmp_path: Path, change: str) -> None:
    ledger.add(order(tmp_path), COSTS)
    with sqlite3.connect(ledger.path) as other, pytest.raises(sqlite3.IntegrityError, match="append only"):
        other.execute(change)


def test_an_intent_is_synced_by_a_rollback_journal(ledger: Ledger) -> None:
    database = ledger._database
    assert database.execute("PRAGMA journal_mode").fetchone()[0] == "delete"
    assert database.execute("PRAGMA synchronous").fetchone()[0] == 2


def test_a_writer_that_slept_through_a_change_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    attempt = sent(ledger, order(tmp_path))
    ledger.move(attempt, "void")
    with pytest.raises(LostRace):
        ledger.move(attempt, "acked", ticket=Ticket(id="late"))
    assert ledger.standing(attempt.order).state == "queued"


def test_what_was_sent_is_never_prepared_again(ledger: Ledger, tmp_path: Path) -> None:
    attempt = sent(ledger, order(tmp_path))
    with pytest.raises(ValueError, match="from sending to placed"):
        ledger.move(attempt, "placed")


def test_a_cap_leaves_queued_what_does_not_fit_and_takes_what_does(ledger: Ledger, tmp_path: Path) -> None:
    ledger.set_cap("run", "USD", Decimal("0.7"))
    first, dear, cheap = (order(tmp_path, first) for first in (0, 100, 200))
    claimed(ledger, first)
    ledger.add(dear, COSTS)
    with pytest.raises(BudgetError, match=r"costs 0\.5 USD, and 0\.5 of the cap of 0\.7 USD"):
        ledger.take(dear.id)
    assert claimed(ledger, cheap, Estimate(amount=Decimal("0.2"))).state == "prepared"
    assert ledger.standing(dear.id).state == "queued"
    assert "cap" in str(ledger.standing(dear.id).error)


def test_what_is_free_passes_any_cap(ledger: Ledger, tmp_path: Path) -> None:
    ledger.set_cap("run", "USD", Decimal(0))
    assert claimed(ledger, order(tmp_path), FREE).state == "prepared"


@pytest.mark.parametrize("estimate", [Estimate(amount=None), Estimate(amount=Decimal(1), unit="credits")])
def test_a_price_that_can_not_be_held_against_the_cap_is_refused(
    ledger: Ledger, tmp_path: Path, estimate: Estimate
) -> None:
    ledger.set_cap("run", "USD", Decimal(100))
    ledger.add(order(tmp_path), estimate)
    with pytest.raises(BudgetError):
        ledger.take(order(tmp_path).id)


def test_an_order_in_doubt_keeps_its_money_reserved(ledger: Ledger, tmp_path: Path) -> None:
    ledger.set_cap("run", "USD", Decimal("0.6"))
    ledger.move(sent(ledger, order(tmp_path)), "unknown", error="it may have been charged")
    standing = ledger.standings()[0]
    assert (standing.state, standing.reserved) == ("needs-you", Decimal("0.5"))
    ledger.add(order(tmp_path, 100), COSTS)
    with pytest.raises(BudgetError):
        ledger.take(order(tmp_path, 100).id)


def test_a_charge_above_the_quote_is_written_down_and_uses_up_the_cap(ledger: Ledger, tmp_path: Path) -> None:
    ledger.set_cap("run", "USD", Decimal("0.6"))
    placed(ledger, order(tmp_path), charged=Decimal(2))
    assert ledger.standings()[0].charged == Decimal(2)
    ledger.add(order(tmp_path, 100), Estimate(amount=Decimal("0.01")))
    with pytest.raises(BudgetError):
        ledger.take(order(tmp_path, 100).id)


def test_a_cap_set_later_counts_what_is_under_way(ledger: Ledger, tmp_path: Path) -> None:
    sent(ledger, order(tmp_path))
    ledger.set_cap("run", "USD", Decimal("0.6"))
    ledger.add(order(tmp_path, 100), COSTS)
    with pytest.raises(BudgetError):
        ledger.take(order(tmp_path, 100).id)


def test_a_cap_set_anew_forgets_what_was_spent_and_a_lifted_one_is_gone(
    ledger: Ledger, tmp_path: Path
) -> None:
    ledger.set_cap("run", "USD", Decimal("0.6"))
    placed(ledger, order(tmp_path))
    ledger.set_cap("run", "USD", Decimal("0.6"))
    ledger.add(order(tmp_path, 100), COSTS)
    with pytest.raises(BudgetError):
        ledger.take(order(tmp_path, 100).id)
    ledger.set_cap("run", "USD", Decimal("0.6"), anew=True)
    assert ledger.take(order(tmp_path, 100).id) is not None
    ledger.lift_cap("run")
    assert claimed(ledger, order(tmp_path, 200)).state == "prepared"


def test_caps_of_a_provider_and_a_day_bind_only_their_own(ledger: Ledger, tmp_path: Path) -> None:
    today = datetime.now(UTC).date().isoformat()
    ledger.set_cap(f"day/{today}/paid", "USD", Decimal("0.1"))
    ledger.set_cap("day/1999-01-01", "USD", Decimal("0.1"))
    assert claimed(ledger, order(tmp_path, provider="other")).state == "prepared"
    ledger.add(order(tmp_path, 100), COSTS)
    with pytest.raises(BudgetError, match=r"of 0\.1 USD a day at paid"):
        ledger.take(order(tmp_path, 100).id)


def test_an_order_that_failed_free_is_queued_again_and_a_paid_one_is_not(
    ledger: Ledger, tmp_path: Path
) -> None:
    free, paid = order(tmp_path), order(tmp_path, 100)
    ledger.move(sent(ledger, free), "failed", error="no")
    ledger.move(sent(ledger, paid), "failed", charged=Decimal("0.5"), error="no")
    ledger.add_all([(free, None), (paid, None)])
    assert [standing.state for standing in ledger.standings()] == ["queued", "failed"]


def test_the_work_of_a_dead_process_is_adopted_and_a_living_one_is_left_alone(tmp_path: Path) -> None:
    first, second = Ledger(tmp_path / "ledger.db"), Ledger(tmp_path / "ledger.db")
    attempt = sent(first, order(tmp_path))
    assert second.take(attempt.order) is None
    first.close()
    adopted = second.take(attempt.order)
    assert adopted is not None
    assert (adopted.id, adopted.state) == (attempt.id, "sending")
    assert adopted.owner != attempt.owner
    second.close()


def test_what_a_dead_process_only_prepared_is_reserved_afresh_under_the_present_cap(tmp_path: Path) -> None:
    first, second = Ledger(tmp_path / "ledger.db"), Ledger(tmp_path / "ledger.db")
    attempt = claimed(first, order(tmp_path))
    first.close()
    second.set_cap("run", "USD", Decimal("0.1"))
    with pytest.raises(BudgetError):
        second.take(attempt.order)
    assert second.standing(attempt.order).reserved == 0
    second.close()


def test_a_person_settles_what_is_in_doubt(ledger: Ledger, tmp_path: Path) -> None:
    there, gone = order(tmp_path), order(tmp_path, 100)
    for wanted in (there, gone):
        ledger.move(sent(ledger, wanted), "unknown", error="it may have been charged")
    ledger.settle(there.id, Ticket(id="found"))
    ledger.settle(gone.id, None)
    found = ledger.take(there.id)
    assert found is not None
    assert (found.state, found.ticket) == ("acked", Ticket(id="found"))
    assert ledger.standing(gone.id).state == "queued"


def test_an_order_in_doubt_that_is_given_up_counts_as_spent(ledger: Ledger, tmp_path: Path) -> None:
    wanted = order(tmp_path)
    ledger.move(sent(ledger, wanted), "unknown", error="it may have been charged")
    ledger.ask_cancel(wanted.id)
    standing = ledger.standing(wanted.id)
    assert (standing.state, standing.charged, standing.reserved) == ("cancelled", Decimal("0.5"), 0)


def test_a_done_order_whose_file_is_gone_is_never_charged_twice(ledger: Ledger, tmp_path: Path) -> None:
    attempt = placed(ledger, order(tmp_path))
    ledger.reopen(attempt.order, fetched=True)
    again = ledger.take(attempt.order)
    assert again is not None
    info = order(tmp_path).plate.pull.media.info
    again = ledger.move(again, "verified", verdict=Verdict(call=Call.MATCH), info=info, name="r.mov", bytes=1)
    ledger.move(again, "placed", render=render_of(order(tmp_path), tmp_path / "renders" / "r.mov"))
    assert ledger.standing(attempt.order).charged == Decimal("0.5")


def test_a_workspace_that_was_moved_still_finds_its_files(ledger: Ledger, tmp_path: Path) -> None:
    placed(ledger, order(tmp_path))
    ledger.close()
    moved = tmp_path / "moved"
    moved.mkdir()
    (tmp_path / "ledger.db").rename(moved / "ledger.db")
    with contextlib.closing(Ledger(moved / "ledger.db")) as again:
        standing = again.standings()[0]
        assert standing.render is not None
        assert standing.render.path == moved / "renders" / "r.mov"
        assert standing.order.plate.path.parent == moved / "plates"


def test_listeners_hear_what_is_on_disk_and_events_can_be_read_from_anywhere(
    ledger: Ledger, tmp_path: Path
) -> None:
    heard = []
    ledger.listeners.append(heard.append)
    placed(ledger, order(tmp_path))
    kinds = ["queued", "prepared", "sending", "acked", "remote-done", "downloaded", "verified", "placed"]
    assert [event.kind for event in heard] == kinds
    assert ledger.events() == tuple(heard)
    assert ledger.events(after=heard[5].seq) == tuple(heard[6:])


def test_a_ledger_of_a_newer_uprez_is_left_alone(tmp_path: Path) -> None:
    Ledger(tmp_path / "ledger.db").close()
    with sqlite3.connect(tmp_path / "ledger.db") as other:
        other.execute("PRAGMA user_version=99")
    with pytest.raises(LedgerError, match="newer uprez") as refused:
        Ledger(tmp_path / "ledger.db")
    assert refused.value.why == "too new"


@pytest.mark.parametrize("content", [b"not a database, but long enough to be taken for one" * 40, None])
def test_a_damaged_ledger_is_named_and_kept(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "ledger.db"
    with contextlib.closing(Ledger(path)) as ledger:
        ledger.add(order(tmp_path), COSTS)
    broken = content or path.read_bytes()[:5000] + os.urandom(9000)
    path.write_bytes(broken)
    with pytest.raises(LedgerError) as refused:
        Ledger(path)
    assert refused.value.why == "damaged"
    assert path.read_bytes() == broken


def test_a_locked_ledger_says_so_in_a_sentence(tmp_path: Path) -> None:
    with contextlib.closing(Ledger(tmp_path / "ledger.db", patience=0.05)) as ledger:
        other = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match="locked") as refused:
            ledger.add(order(tmp_path), COSTS)
        assert refused.value.why == "locked"
        other.close()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(LedgerError, match="--workspace"):
        Ledger(tmp_path / "ledger.db")
