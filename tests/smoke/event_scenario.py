"""What the samples of events do on one host, seen by a caller over HTTP, step by step. Steps build on those before them."""

import json
import os
import threading

from expect import answered, holds, problem, same

USERS, PAYMENTS, INVOICES = "/v1/resources/user", "/v1/resources/payment", "/v1/resources/invoice"
MERGE = "application/merge-patch+json"
COMPLETED = {"amount_cents": 1250, "currency": "EUR", "status": "completed"}


def events(host, **query):
    """The events of the log, of a type, a tenant, a key."""
    return answered(200, host.call("GET", "/v1/events", query={"limit": 1000, **query})).json["items"]


def data_of(host, path, **fields):
    """The document of a resource, or None."""
    answer = host.call("GET", "/v1/resources/" + path, **fields)
    return answer.json["data"] if answer.status == 200 else None


def total(host, kind):
    return answered(200, host.call("GET", f"/v1/resources/{kind}", query={"limit": 1, "total": "true"})).json["total"]


def one_transaction(host, kind, event):
    """The host's own event of the same operation lies right before it in the log."""
    own = [it for it in events(host, type=kind) if it["causation_id"] == event["causation_id"]]
    same([event["position"] - 1], [it["position"] for it in own], f"position of {kind} of the same operation")


def register(host):
    answered(201, host.call("POST", USERS, {"email": "ann@example.org"}, query={"id": "ann"}, x_actor="desk", x_correlation_id="c-ann"))
    found = events(host, type="user.registered")
    same(1, len(found), "events user.registered")
    same({"payload": {"user_id": "ann", "email": "ann@example.org"}, "key": "ann", "actor_id": "desk", "source": "plugin:users",
          "correlation_id": "c-ann"}, {name: found[0].get(name) for name in ("payload", "key", "actor_id", "source", "correlation_id")})
    one_transaction(host, "resource.created", found[0])


def not_registered(host):
    found = problem(422, "rejected", host.call("POST", USERS, {"name": "Bob"}, query={"id": "bob"}))
    same("user.no_email", found.get("reason"), "reason")
    problem(422, "invalid_document", host.call("POST", USERS, {"email": "nowhere"}, query={"id": "bob"}))
    problem(409, "already_exists", host.call("POST", USERS, {"email": "ann@example.com"}, query={"id": "ann"}))
    answered(200, host.call("POST", USERS, {"email": "bob@example.org"}, query={"id": "bob", "dry_run": "true"}))
    same(1, len(events(host, type="user.registered")), "events user.registered")


def complete(host):
    answered(201, host.call("POST", INVOICES, {"currency": "EUR", "total_cents": 5000}, query={"id": "i1"}))
    pending = {**COMPLETED, "status": "pending", "payer": "ann", "invoice": "i1"}
    answered(201, host.call("POST", PAYMENTS, pending, query={"id": "p1"}))
    same([], events(host, type="payment.completed"), "events while the payment is pending")
    answered(200, host.call("PATCH", PAYMENTS + "/p1", {"status": "completed"}, content_type=MERGE))
    found = events(host, type="payment.completed")
    same([({"payment_id": "p1", "amount": 12.5, "currency": "EUR"}, "i1")], [(it["payload"], it["key"]) for it in found])
    one_transaction(host, "resource.updated", found[0])
    answered(200, host.call("PUT", PAYMENTS + "/p1", {**pending, "status": "completed", "payer": "ann"}))
    answered(200, host.call("PUT", PAYMENTS + "/p1", {**pending, "status": "refunded"}))
    same(1, len(events(host, type="payment.completed")), "events after the payment was written again")


def rolled_back(host):
    answered(201, host.call("POST", PAYMENTS, {**COMPLETED, "status": "pending"}, query={"id": "p2"}))
    unpaid = {name: value for name, value in COMPLETED.items() if name != "currency"}
    same("payment.incomplete", problem(422, "rejected", host.call("PUT", PAYMENTS + "/p2", unpaid)).get("reason"), "reason")
    problem(422, "invalid_document", host.call("PUT", PAYMENTS + "/p2", {**COMPLETED, "currency": "euro"}))
    problem(412, "precondition_failed", host.call("PUT", PAYMENTS + "/p2", COMPLETED, if_match='"7"'))
    answered(200, host.call("PUT", PAYMENTS + "/p2", COMPLETED, query={"dry_run": "true"}))
    same([], events(host, type="payment.completed", key="p2"), "events of a payment that was not completed")


def race(host):
    together, statuses = threading.Barrier(8), []

    def write():
        together.wait()
        statuses.append(host.call("PUT", PAYMENTS + "/p2", COMPLETED).status)

    writers = [threading.Thread(target=write) for _ in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    holds(200 in statuses and set(statuses) <= {200, 409}, "200, and 409 for who came too late", statuses)
    same(1, len(events(host, type="payment.completed", key="p2")), "events of a payment that eight writers completed")


def effects(host):
    completed_at = events(host, type="payment.completed", key="i1")[0]["timestamp"]
    host.until("a receipt for p1", lambda: data_of(host, "receipt/p1"))
    same({"payment": "p1", "amount_cents": 1250, "currency": "EUR", "completed_at": completed_at}, data_of(host, "receipt/p1"))
    host.until("a reward for p1", lambda: data_of(host, "reward/p1"))
    same(({"account": "ann", "payment": "p1", "points": 12}, {"points": 12}),
         (data_of(host, "reward/p1"), data_of(host, "reward_account/ann")), "reward and account, written together")
    host.until("an invoice with p1", lambda: data_of(host, "invoice/i1").get("payments"))
    same({"currency": "EUR", "total_cents": 5000, "balance_cents": 3750, "payments": ["p1"]}, data_of(host, "invoice/i1"))
    host.until("a receipt for p2", lambda: data_of(host, "receipt/p2"))
    same(None, data_of(host, "reward/p2"), "the reward of a payment of nobody")


def many_at_a_time(host):
    payment = {"amount_cents": 101, "currency": "EUR", "status": "completed", "payer": "ann", "invoice": "i1"}
    writers = [threading.Thread(target=host.call, args=("POST", PAYMENTS, payment), kwargs={"query": {"id": f"m{number}"}})
               for number in range(24)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    told = [it["payload"]["payment_id"] for it in events(host, type="payment.completed", key="i1")]
    same(25, len(told), "events of i1")
    host.until("25 payments in the invoice", lambda: len(data_of(host, "invoice/i1")["payments"]) == 25)
    host.until("25 rewards", lambda: total(host, "reward") == 25)
    invoice = data_of(host, "invoice/i1")
    same(told, invoice["payments"], "payments of the invoice, in the order of their events")
    same((5000 - 1250 - 24 * 101, {"points": 12 + 24}), (invoice["balance_cents"], data_of(host, "reward_account/ann")), "balance and points")


def given_up(host):
    answered(201, host.call("POST", PAYMENTS, {**COMPLETED, "currency": "USD", "invoice": "i1"}, query={"id": "dollars"}))
    query = {"subscription": "invoice-balance/balance"}
    letters = host.until("a dead letter", lambda: answered(200, host.call("GET", "/v1/dead-letters", query=query)).json["items"])
    same(["invoice.other_currency: wanted a payment in EUR, found one in USD"], [it["error"] for it in letters])
    same(1, letters[0]["attempts"], "attempts")
    answered(200, host.call("DELETE", f"/v1/dead-letters/{letters[0]['id']}"))


def replay(host):
    answered(200, host.call("POST", "/v1/resources/receipt/p1/purge"))
    answered(200, host.call("POST", "/v1/subscriptions/receipts/receipts/replay"))
    host.until("the receipt of p1 again", lambda: data_of(host, "receipt/p1"))
    answered(501, host.call("POST", "/v1/subscriptions/rewards/rewards/replay"))


def tenants(host):
    answered(201, host.call("POST", PAYMENTS, {**COMPLETED, "amount_cents": 300}, query={"id": "p1"}, x_tenant="north"))
    host.until("a receipt of north", lambda: data_of(host, "receipt/p1", x_tenant="north"))
    same((300, 1250), (data_of(host, "receipt/p1", x_tenant="north")["amount_cents"], data_of(host, "receipt/p1")["amount_cents"]))
    same(["north"], [it["tenant_id"] for it in events(host, type="payment.completed", tenant="north")])


def audited(host):
    def trail():
        with open(os.path.join(host.folder, "events.ndjson"), encoding="utf-8") as stream:
            return [json.loads(line) for line in stream.read().split("\n")[:-1]]

    def missing():
        lines = {line["event_id"] for line in trail()}
        return [event for event in events(host) if event["event_id"] not in lines]

    host.until("a line for each event of the log", lambda: not missing())
    lines = trail()
    same(len(lines), len({line["event_id"] for line in lines}), "lines, each of another event")
    wanted = events(host, type="payment.completed", key="i1")[0]
    found = next(line for line in lines if line["event_id"] == wanted["event_id"])
    same({name: found[name] for name in ("event_type", "position", "key", "source", "correlation_id", "causation_id", "payload")},
         {name: wanted[name] for name in ("event_type", "position", "key", "source", "correlation_id", "causation_id", "payload")})
    same((wanted["timestamp"], wanted["actor_id"]), (found["time"], found["actor"]), "time and actor")


STEPS = [
    ("a user who is created has registered, in the same transaction", register),
    ("a user who is refused has not", not_registered),
    ("a payment that becomes completed is told of, in the same transaction, once", complete),
    ("a write that fails leaves no event", rolled_back),
    ("of eight writers who complete a payment one is told of", race),
    ("a completed payment has a receipt, a reward and its invoice's balance", effects),
    ("many payments of one invoice and one payer add up", many_at_a_time),
    ("a payment that cannot be booked is a dead letter", given_up),
    ("a replay writes the receipt that is missing; rewards takes none", replay),
    ("effects belong to the tenant of their cause", tenants),
    ("the audit trail of events has a line for each of them", audited),
]
