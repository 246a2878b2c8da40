#!/usr/bin/env python3
"""kill -9 while clients complete payments, again and again on one data directory: in the end each payment that is there has one event,
one receipt and one reward, and sums and balances are right to the cent. (Samples of events on config/backplane.yaml.)

usage: kill_payments.py --program backplane --plugins DIR --manifest FILE [--rounds N]
"""
import argparse
import http.client
import json
import os
import random
import sys
import tempfile
import threading

from kill import documents_of
from served_host import ServedHost

WRITERS = 4
TOTAL = 10**9


def pay_until_killed(host, prefix, acknowledged):
    connection = http.client.HTTPConnection(host.address, host.port, timeout=30)
    number = 0
    try:
        while True:
            number += 1
            payment = {"amount_cents": 100 + number, "currency": "EUR", "status": "completed", "payer": f"u{number % 2}",
                       "invoice": f"i{number % 3}"}
            connection.request("POST", f"/v1/resources/payment?id={prefix}-{number}", json.dumps(payment), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 201:
                sys.exit(f"FAIL wanted 201, found {answer.status} {body!r}")
            acknowledged.add(f"{prefix}-{number}")
    except (OSError, http.client.HTTPException):
        pass


def completed_events(host):
    found, after = [], 0
    while after is not None:
        page = host.call("GET", "/v1/events", query={"type": "payment.completed", "limit": 1000, "after": after}).json
        found += page["items"]
        after = page["next"]
    return found


def differences(host):
    """What is not as it should be: what was wanted and found of each."""
    payments, paid = documents_of(host, "payment"), [event["payload"]["payment_id"] for event in completed_events(host)]
    pairs = {"payments with one event": (sorted(payments), sorted(paid))}
    for kind in ("receipt", "reward"):
        pairs[f"payments with a {kind}"] = (sorted(payments), sorted(documents_of(host, kind)))
    for payer, account in documents_of(host, "reward_account").items():
        points = sum(it["amount_cents"] // 100 for it in payments.values() if it["payer"] == payer)
        pairs[f"points of {payer}"] = (points, account["points"])
    for invoice, found in documents_of(host, "invoice").items():
        booked = [one for one in paid if payments.get(one, {}).get("invoice") == invoice]
        pairs[f"payments of {invoice}, in the order of their events"] = (booked, found.get("payments", []))
        balance = TOTAL - sum(payments[one]["amount_cents"] for one in booked)
        pairs[f"balance of {invoice}"] = (balance, found.get("balance_cents", TOTAL))
    return [f"{what}: wanted {str(wanted)[:300]}, found {str(found)[:300]}" for what, (wanted, found) in pairs.items() if wanted != found]


def pay_and_kill(host, prefix, after_s, acknowledged):
    writers = [threading.Thread(target=pay_until_killed, args=(host, f"{prefix}w{i}", acknowledged)) for i in range(WRITERS)]
    for writer in writers:
        writer.start()
    threading.Timer(after_s, host.process.kill).start()
    host.process.wait()
    for writer in writers:
        writer.join()


def play(start, rounds, chance, acknowledged):
    """Returns the payments that are there in the end, and what is wrong."""
    with start() as host:
        for invoice in range(3):
            host.call("POST", "/v1/resources/invoice", {"currency": "EUR", "total_cents": TOTAL}, query={"id": f"i{invoice}"})
        host.terminate()
    for number in range(rounds):
        with start() as host:
            pay_and_kill(host, f"r{number}", chance.uniform(0.05, 0.5), acknowledged)
    # What is right once stays right: nothing is done again, at the next start neither.
    for _ in range(2):
        with start() as host:
            try:
                host.until("every payment's effects", lambda: not differences(host))
            except AssertionError:
                return documents_of(host, "payment"), differences(host)
            host.terminate()
    with start() as host:
        return documents_of(host, "payment"), differences(host)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--plugins", required=True)
    parser.add_argument("--manifest", required=True)
    parser.add_argument("--rounds", type=int, default=4)
    given = parser.parse_args()
    seed, acknowledged = random.randrange(1 << 32), set()
    with tempfile.TemporaryDirectory(prefix="backplane-kill-") as folder:
        def start():
            return ServedHost(given.program, os.path.abspath(given.manifest), folder, ["--data-dir", "data"], given.plugins)

        found, wrong = play(start, given.rounds, random.Random(seed), acknowledged)
    lost = sorted(acknowledged - set(found))
    print(f"{given.rounds} rounds, seed {seed}: {len(acknowledged)} payments acknowledged, {len(found)} found, {len(lost)} lost, "
          f"{len(wrong)} differences")
    if lost or wrong or not acknowledged:
        sys.exit("FAIL " + "\n".join([f"lost {lost[:5]}", *wrong]))


if __name__ == "__main__":
    main()
