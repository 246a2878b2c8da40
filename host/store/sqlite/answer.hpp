// The answers that are kept under idempotency keys.
#pragma once

#include "store/sqlite/connection.hpp"
#include "store/store.hpp"

namespace backplane::store::sqlite {

base::Result<std::optional<StoredAnswer>> find_answer(Connection& connection, const IdempotencyKey& key);

// Keeps an answer about the resources in these rows.
base::Result<void> keep_answer(Connection& connection, const Idempotency& idempotency, std::string_view answer,
                               base::UtcTime time, const std::vector<std::int64_t>& rows);

// Forgets the answers kept before `time`; how many.
base::Result<std::size_t> forget_answers_before(Connection& connection, base::UtcTime time);

}  // namespace backplane::store::sqlite
