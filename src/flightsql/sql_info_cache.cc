// SPDX-License-Identifier: Apache-2.0
#include "flightsql/sql_info_cache.h"

#include <cstring>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "arrow/ipc_reader.h"
#include "arrow/ipc_writer.h"

namespace fletching {
namespace {

// Kept as IPC messages: bytes have no owner to outlive, and the stream that reads them
// back validates them like any other.
struct StoredMessage {
  std::vector<uint8_t> header;
  Body body;
};
using Stored = std::vector<StoredMessage>;

constexpr size_t kMostAnswers = 256;

struct Cache {
  std::mutex mutex;  // only held inside a fork gate pass
  std::map<std::string, std::shared_ptr<const Stored>> answers;
};

Cache& cache() {
  static auto& immortal = *new Cache;
  return immortal;
}

StoredMessage store(IpcEncoded encoded) {
  StoredMessage out{std::move(encoded.header),
                    Body::allocate(static_cast<size_t>(encoded.body_size))};
  uint8_t* at = out.body.data();
  for (const auto part : encoded.body) {
    if (!part.empty()) std::memcpy(at, part.data(), part.size());
    at += part.size();
  }
  return out;
}

class StoredStream : public ResultStream {
 public:
  explicit StoredStream(std::shared_ptr<const Stored> stored)
      : stored_(std::move(stored)) {}

  const ArrowSchema& schema(const Wait&) override {
    if (!reader_.has_schema()) read_one();
    return reader_.schema();
  }

  Next next(Batch& out, const Wait&, Deadline) override {
    while (at_ < stored_->size()) {
      if (read_one() == IpcMessage::kBatch) {
        out = Batch{reader_.take_batch(), {}};
        return Next::kBatch;
      }
    }
    return Next::kEnd;
  }

  void cancel() noexcept override { at_ = stored_->size(); }

 private:
  IpcMessage read_one() {
    const StoredMessage& message = (*stored_)[at_++];
    return reader_.read(message.header, message.body);
  }

  std::shared_ptr<const Stored> stored_;
  size_t at_ = 0;
  IpcReader reader_;
};

}  // namespace

std::unique_ptr<ResultStream> cached_sql_info(const std::string& key) {
  const std::lock_guard lock(cache().mutex);
  const auto found = cache().answers.find(key);
  if (found == cache().answers.end()) return nullptr;
  return std::make_unique<StoredStream>(found->second);
}

std::unique_ptr<ResultStream> remember_sql_info(const std::string& key,
                                                ResultStream& answer,
                                                const Wait& wait) {
  auto stored = std::make_shared<Stored>();
  IpcWriter writer(answer.schema(wait));
  stored->push_back(store(writer.schema()));
  for (Batch batch; answer.next(batch, wait) == Next::kBatch; batch = Batch()) {
    for (IpcEncoded& message : writer.batch(*batch.rows.get())) {
      stored->push_back(store(std::move(message)));
    }
  }
  const std::lock_guard lock(cache().mutex);
  if (cache().answers.size() >= kMostAnswers) cache().answers.clear();
  cache().answers[key] = stored;
  return std::make_unique<StoredStream>(std::move(stored));
}

}  // namespace fletching
