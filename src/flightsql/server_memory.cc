// SPDX-License-Identifier: Apache-2.0
#include "flightsql/server_memory.h"

#include <map>

namespace fletching {
namespace {

constexpr size_t kMostIdentities = 1024;

struct Registry {
  std::mutex mutex;  // only held inside a fork gate pass
  std::map<std::string, std::shared_ptr<ServerMemory>> entries;
};

Registry& registry() {
  static auto& immortal = *new Registry;
  return immortal;
}

}  // namespace

std::optional<ServerInfo> ServerMemory::info() const {
  const std::lock_guard lock(mutex_);
  return info_;
}

void ServerMemory::note_info(const ServerInfo& info) {
  const std::lock_guard lock(mutex_);
  info_ = info;
}

std::shared_ptr<ServerMemory> server_memory(const std::string& identity) {
  const std::lock_guard lock(registry().mutex);
  auto& entries = registry().entries;
  if (entries.size() >= kMostIdentities && !entries.contains(identity)) entries.clear();
  auto& entry = entries[identity];
  if (!entry) entry = std::make_shared<ServerMemory>();
  return entry;
}

}  // namespace fletching
