// Subtracts every completed payment from the balance of the invoice that it pays.
#include <backplane/backplane.hpp>

#include <algorithm>
#include <cmath>

using namespace backplane::sdk;

namespace {

// What this plugin reads and writes of an invoice; other members are left as they are.
struct Invoice {
  BACKPLANE_FIELDS(currency, total_cents, balance_cents, payments);
  std::string currency;
  std::int64_t total_cents = 0;
  std::optional<std::int64_t> balance_cents;         // until the first payment: the total
  std::optional<std::vector<std::string>> payments;  // those that were subtracted
};

// False: it was, by an earlier delivery of the event.
bool subtract(Invoice& invoice, const events::PaymentCompleted& payment) {
  if (payment.currency != invoice.currency) {
    throw Rejection("invoice.other_currency",
                    "wanted a payment in " + invoice.currency + ", found one in " + payment.currency);
  }
  auto& payments = invoice.payments ? *invoice.payments : invoice.payments.emplace();
  if (std::find(payments.begin(), payments.end(), payment.payment_id) != payments.end()) return false;
  payments.push_back(payment.payment_id);
  invoice.balance_cents = invoice.balance_cents.value_or(invoice.total_cents) - std::llround(payment.amount * 100);
  return true;
}

// False: somebody else wrote the invoice between our reading and our writing.
bool try_to_book(const Host& host, const std::string& id, const events::PaymentCompleted& payment) {
  std::optional<Json> changed;
  Options as_found;
  host.get("invoice", id, [&](const Reply& found) {
    auto invoice = read_fields<Invoice>(found.document());
    if (subtract(invoice, payment)) changed = json_of(invoice);
    as_found.expecting(found);
  });
  if (!changed) return true;
  const auto error = host.try_operate(Request::patch("invoice", id, *changed, PatchFormat::merge_patch).with(as_found));
  if (error && error->status() != Status::precondition_failed) throw *error;
  return !error;
}

// An invoice or a payment that is not there yet is a fault: the host tries again later.
void book(const events::PaymentCompleted& payment, Event& event) {
  std::string invoice;
  event.host().get("payment", payment.payment_id,
                   [&](const Reply& found) { invoice = found.document().string("/invoice").value_or(""); });
  if (invoice.empty()) return;
  // Ends at the latest with the handler's time: the host refuses operations from then on.
  while (!try_to_book(event.host(), invoice, payment)) continue;
}

class InvoiceBalance : public Plugin {
 public:
  // In order within an invoice, which is the key of its payments' events: they do not get into each other's way.
  explicit InvoiceBalance(Host host) : Plugin(host) {
    on_event<events::PaymentCompleted>(book).durable("balance").order(EventOrder::by_key);
  }
};

}  // namespace

BACKPLANE_PLUGIN(InvoiceBalance, {
  "id": "invoice-balance",
  "version": "1.0.0",
  "description": "Subtracts every completed payment from the balance of its invoice.",
  "events": { "subscribe": ["payment.completed"] },
  "grants": { "resources": { "payment": ["get"], "invoice": ["get", "patch"] } },
  "config_schema": { "type": "object", "additionalProperties": false }
});
