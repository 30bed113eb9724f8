// SPDX-License-Identifier: Apache-2.0
#include "flight/action_memory.h"

#include <map>

namespace fletching {
namespace {

constexpr int32_t kGrpcUnimplemented = 12;
constexpr size_t kMostIdentities = 1024;
constexpr size_t kMostActions = 64;

struct Registry {
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<ActionMemory>> entries;
};

Registry& registry() {
  static auto& immortal = *new Registry;
  return immortal;
}

}  // namespace

void ActionMemory::learn(std::string_view type, const Error& error) noexcept try {
  if (error.vendor_code() != kGrpcUnimplemented) return;
  const std::lock_guard lock(mutex_);
  if (missing_.size() < kMostActions) missing_.emplace(type);
} catch (...) {
  // Out of memory: it is asked for once more.
}

bool ActionMemory::lacks(std::string_view type) const {
  const std::lock_guard lock(mutex_);
  return missing_.contains(type);
}

std::shared_ptr<ActionMemory> action_memory(const std::string& identity) {
  const std::lock_guard lock(registry().mutex);
  auto& entries = registry().entries;
  if (entries.size() >= kMostIdentities && !entries.contains(identity)) entries.clear();
  auto& entry = entries[identity];
  if (!entry) entry = std::make_shared<ActionMemory>();
  return entry;
}

}  // namespace fletching
