// The indexes of members that searches use: built and dropped as types are declared. The writer's thread.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "store/sqlite/query.hpp"
#include "store/sqlite/types.hpp"

namespace backplane::store::sqlite {

using MembersByType = std::map<std::string, std::vector<IndexedMember>>;

// Makes the database have exactly these indexes, inside the open transaction. invalid_argument: not a JSON Pointer.
base::Result<MembersByType> declare_members(Connection& connection, const std::vector<TypeIndex>& types,
                                            const std::function<void(const std::string&)>& progress);

}  // namespace backplane::store::sqlite
