"""What a caller does with resources over HTTP, step by step, on one host. Steps build on those before them."""

import os
import threading

from expect import answered, holds, problem, same

NOTES = "/v1/resources/note"
SECRET = "smoke-secret-5f0e1c7a9b"


def create(host):
    answer = answered(201, host.call("POST", NOTES, {"title": "First", "priority": 1}, query={"id": "first"}, x_actor="ann"))
    same('"1"', answer.etag, "ETag")
    holds(answer.fields.get("location", "").endswith(NOTES + "/first"), f"Location {NOTES}/first", answer.fields.get("location"))
    same({"type": "note", "id": "first", "revision": 1, "status": "stable", "created_by": "ann", "updated_by": "ann",
          "deleted": False, "data": {"title": "First", "priority": 1}},
         {name: value for name, value in answer.json.items() if name not in ("created_at", "updated_at")})
    same(answer.json, answered(200, host.call("GET", NOTES + "/first")).json, "what get answers")


def create_without_id(host):
    answer = answered(201, host.call("POST", NOTES, {"title": "Named by the host", "priority": 0}))
    holds(len(answer.json["id"]) == 36 and answer.json["id"][14] == "7", "a UUID of version 7", answer.json["id"])
    answered(200, host.call("POST", f"{NOTES}/{answer.json['id']}/purge"))


def taken_id(host):
    problem(409, "already_exists", host.call("POST", NOTES, {"title": "Again", "priority": 1}, query={"id": "first"}))
    same("First", answered(200, host.call("GET", NOTES + "/first")).json["data"]["title"])


def rejection(host):
    found = problem(422, "rejected", host.call("POST", NOTES, {"title": "   ", "priority": 1}, query={"id": "blank"}, x_actor="bob"))
    same("title.blank", found.get("reason"), "reason")
    same("title-check", found.get("plugin"), "plugin")
    answered(404, host.call("GET", NOTES + "/blank"))


def trimmed(host):
    answer = answered(201, host.call("POST", NOTES, {"title": "  Second ", "priority": 2}, query={"id": "second"}))
    same("Second", answer.json["data"]["title"])


def update(host):
    answer = answered(200, host.call("PUT", NOTES + "/first", {"title": "First again", "priority": 3}, if_match='"1"', x_actor="bob"))
    same((2, '"2"', "ann", "bob"),
         (answer.json["revision"], answer.etag, answer.json["created_by"], answer.json["updated_by"]))


def update_unchanged(host):
    answer = answered(200, host.call("PUT", NOTES + "/first", {"priority": 3, "title": "First again"}))
    same(2, answer.json["revision"], "revision of an update with equal content")


def json_patch(host):
    steps = [{"op": "test", "path": "/priority", "value": 3}, {"op": "replace", "path": "/priority", "value": 4}]
    answer = answered(200, host.call("PATCH", NOTES + "/first", steps, content_type="application/json-patch+json"))
    same((3, {"title": "First again", "priority": 4}), (answer.json["revision"], answer.json["data"]))


def json_patch_that_does_not_apply(host):
    steps = [{"op": "test", "path": "/priority", "value": 99}]
    problem(409, "conflict", host.call("PATCH", NOTES + "/first", steps, content_type="application/json-patch+json"))


def merge_patch(host):
    answer = answered(200, host.call("PATCH", NOTES + "/first", {"title": " Merged "}, content_type="application/merge-patch+json"))
    same((4, {"title": "Merged", "priority": 4}), (answer.json["revision"], answer.json["data"]))


def modify_draft(host):
    answer = answered(201, host.call("POST", NOTES, {"title": "Sketch", "priority": 5}, query={"id": "sketch", "status": "draft"}))
    same("draft", answer.json["status"])
    answer = answered(200, host.call("POST", NOTES + "/sketch/modify", {"title": "Better sketch", "priority": 5}))
    same((1, 1, '"1.1"', "Better sketch"),
         (answer.json["revision"], answer.json.get("edit"), answer.etag, answer.json["data"]["title"]))


def modify_stable(host):
    problem(409, "conflict", host.call("POST", NOTES + "/first/modify", {"title": "Not in place", "priority": 1}))


def concurrent_if_match(host):
    etag = answered(200, host.call("GET", NOTES + "/second")).etag
    together, answers = threading.Barrier(2), [None, None]

    def write(number):
        together.wait()
        answers[number] = host.call("PUT", NOTES + "/second", {"title": f"Writer {number}", "priority": 2}, if_match=etag)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    same([200, 412], sorted(answer.status for answer in answers), "statuses of two writers")
    winner = next(number for number in range(2) if answers[number].status == 200)
    problem(412, "precondition_failed", answers[1 - winner])
    same(f"Writer {winner}", answered(200, host.call("GET", NOTES + "/second")).json["data"]["title"])


def delete(host):
    answered(200, host.call("DELETE", NOTES + "/second", x_actor="ann"))
    problem(404, "not_found", host.call("GET", NOTES + "/second"))
    same(True, answered(200, host.call("GET", NOTES + "/second", query={"deleted": "include"})).json["deleted"])


def restore(host):
    same(False, answered(200, host.call("POST", NOTES + "/second/restore")).json["deleted"])
    answered(200, host.call("GET", NOTES + "/second"))


def switch(host):
    answer = answered(200, host.call("POST", NOTES + "/first/switch", {"revision": 1}))
    same((1, "First"), (answer.json["revision"], answer.json["data"]["title"]))
    answer = answered(200, host.call("PUT", NOTES + "/first", {"title": "Branched", "priority": 6}))
    same(5, answer.json["revision"], "the next revision")


def revisions(host):
    page = answered(200, host.call("GET", NOTES + "/first/revisions")).json
    same([(1, 0), (2, 1), (3, 2), (4, 3), (5, 1)], [(it["revision"], it["parent"]) for it in page["items"]], "revisions and parents")
    same([5], [it["revision"] for it in page["items"] if it["current"]], "the current one")
    third = answered(200, host.call("GET", NOTES + "/first/revisions/3")).json
    same({"title": "First again", "priority": 4}, third["data"], "revision 3")


def search(host):
    for number in range(7):
        answered(201, host.call("POST", NOTES, {"title": f"Found {number}", "priority": number}, query={"id": f"found-{number}"}))

    def page(*conditions, **query):
        pairs = [("filter", condition) for condition in conditions] + list(query.items())
        return answered(200, host.call("GET", NOTES, query=pairs)).json

    found, total, cursor = [], None, {}
    while cursor is not None and len(found) < 9:
        one = page("/priority>=2", "/title^=Found", sort="-/priority", limit=2, total="true", **cursor)
        found += [item["id"] for item in one["items"]]
        total, cursor = one["total"], {"cursor": one["next"]} if one["next"] else None
    same(([f"found-{number}" for number in (6, 5, 4, 3, 2)], 5), (found, total), "search /priority>=2, two a page")
    for condition, wanted in {"/priority=1": [1], "/priority!=1": [0, 2, 3, 4, 5, 6], "/priority<1": [0], "/priority<=1": [0, 1],
                              "/priority>5": [6], "/title^=Found 3": [3]}.items():
        ids = [item["id"] for item in page(condition, "/title^=Found")["items"]]
        same([f"found-{number}" for number in wanted], ids, condition)
    problem(400, "invalid_argument", host.call("GET", NOTES, query={"filter": "/nowhere=1"}))


def idempotency(host):
    def ask(title):
        return host.call("POST", NOTES, {"title": title, "priority": 1}, idempotency_key="smoke-1")

    first, again = answered(201, ask("Once")), answered(201, ask("Once"))
    same(None, first.fields.get("idempotency-replayed"), "Idempotency-Replayed of the first answer")
    same("true", again.fields.get("idempotency-replayed"), "Idempotency-Replayed of the second")
    same(first.json, again.json, "the stored answer")
    problem(409, "conflict", ask("Something else"))


def dry_run(host):
    found = answered(200, host.call("POST", NOTES, {"title": " Never ", "priority": 1}, query={"id": "never", "dry_run": "true"})).json
    same((True, "Never"), (found.get("dry_run"), found["resource"]["data"]["title"]))
    changes = [it["changes"] for it in found["handlers"] if it["plugin"] == "title-check"]
    same([{"/title": {"old": " Never ", "new": "Never"}}], changes, "what title-check changed")
    answered(404, host.call("GET", NOTES + "/never"))


def purge(host):
    answered(201, host.call("POST", NOTES, {"title": SECRET, "priority": 1}, query={"id": "secret"}, idempotency_key="smoke-2"))
    answered(200, host.call("PUT", NOTES + "/secret", {"title": SECRET + " twice", "priority": 1}))
    answer = answered(200, host.call("POST", NOTES + "/secret/purge"))
    same(True, answer.json.get("purged"), "purged")
    problem(404, "not_found", host.call("GET", NOTES + "/secret", query={"deleted": "include"}))
    data = os.path.join(host.folder, "data")
    for name in sorted(os.listdir(data)):
        path = os.path.join(data, name)
        if os.path.isfile(path):
            with open(path, "rb") as stream:
                holds(SECRET.encode() not in stream.read(), f"no byte of the purged document in {name}", "its title")


def tenants_are_apart(host):
    answered(201, host.call("POST", NOTES, {"title": "Elsewhere", "priority": 1}, query={"id": "first"}, x_tenant="north"))
    same("Branched", answered(200, host.call("GET", NOTES + "/first")).json["data"]["title"], "the note of no tenant")
    same("Elsewhere", answered(200, host.call("GET", NOTES + "/first", x_tenant="north")).json["data"]["title"], "the note of north")


STEPS = [
    ("create a note", create),
    ("create without an id gives a UUIDv7", create_without_id),
    ("an id that is taken is a conflict", taken_id),
    ("title-check rejects a blank title, and says so", rejection),
    ("title-check trims a title", trimmed),
    ("update with If-Match", update),
    ("an update with equal content makes no revision", update_unchanged),
    ("patch by JSON Patch", json_patch),
    ("a JSON Patch that does not apply is a conflict", json_patch_that_does_not_apply),
    ("patch by merge patch", merge_patch),
    ("modify edits a draft in place", modify_draft),
    ("modify of a stable revision is refused", modify_stable),
    ("of two writers with one If-Match one wins, one gets 412", concurrent_if_match),
    ("delete hides", delete),
    ("restore brings back", restore),
    ("switch to an older revision, and the next update branches from it", switch),
    ("list and read revisions", revisions),
    ("search with filter, sort and pages", search),
    ("a repeated Idempotency-Key gets the stored answer", idempotency),
    ("dry_run tells what each handler changed and writes nothing", dry_run),
    ("purge leaves no byte", purge),
    ("tenants are apart", tenants_are_apart),
]
