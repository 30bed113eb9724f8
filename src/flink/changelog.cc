// SPDX-License-Identifier: Apache-2.0
#include "flink/changelog.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string_view>

#include "fletching/error.h"
#include "flink/changelog_table.h"
#include "flink/row_bytes.h"

namespace fletching::flink {
namespace {

// A row's bytes, the key in front.
class StoredRow {
 public:
  StoredRow() = default;
  StoredRow(std::string_view bytes, size_t key)
      : head_(static_cast<Head*>(std::malloc(sizeof(Head) + bytes.size()))) {
    if (head_ == nullptr) throw std::bad_alloc();
    *head_ = {static_cast<uint32_t>(bytes.size()), static_cast<uint32_t>(key)};
    std::memcpy(head_ + 1, bytes.data(), bytes.size());
  }
  StoredRow(StoredRow&& other) noexcept : head_(std::exchange(other.head_, nullptr)) {}
  StoredRow& operator=(StoredRow&& other) noexcept {
    std::swap(head_, other.head_);
    return *this;
  }
  ~StoredRow() { std::free(head_); }

  [[nodiscard]] std::string_view bytes() const noexcept {
    return {reinterpret_cast<const char*>(head_ + 1), head_->size};
  }
  [[nodiscard]] std::string_view key() const noexcept {
    return bytes().substr(0, head_->key);
  }
  [[nodiscard]] int64_t memory() const noexcept {
    constexpr int64_t kSlot = sizeof(ChangelogTable<StoredRow>::Slot) + 16;
    return static_cast<int64_t>(sizeof(Head) + head_->size) + kSlot;
  }

 private:
  struct Head {
    uint32_t size, key;
  };
  Head* head_ = nullptr;
};

// Keyed by a secret of the process, so that no server can make rows collide.
class Hasher {
 public:
  Hasher() {
    std::random_device random;
    seed_ = uint64_t{random()} << 32 | random();
  }
  [[nodiscard]] uint64_t operator()(std::string_view bytes) const noexcept {
    uint64_t h = seed_ ^ bytes.size();
    for (; bytes.size() >= 8; bytes.remove_prefix(8)) h = mix(h, load(bytes, 8));
    if (!bytes.empty()) h = mix(h, load(bytes, bytes.size()));
    return mix(h, seed_);
  }

 private:
  static uint64_t load(std::string_view bytes, size_t size) noexcept {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data(), size);
    return word;
  }
  static uint64_t mix(uint64_t a, uint64_t b) noexcept {
    const auto product = static_cast<unsigned __int128>(a ^ 0x9E3779B97F4A7C15u) *
                         (b ^ 0xD6E8FEB86659FD93u);
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  }
  uint64_t seed_ = 0;
};

const char* kind_text(RowKind kind) {
  constexpr const char* kTexts[] = {"+I", "-U", "+U", "-D"};
  return kTexts[static_cast<size_t>(kind)];
}

void check_key(const ArrowSchema& schema, const std::vector<size_t>& key) {
  for (size_t i = 0; i < key.size(); ++i) {
    if (key[i] >= static_cast<size_t>(schema.n_children)) {
      throw Error(Code::kInvalidArgument,
                  "applying a changelog: the key names column " +
                      std::to_string(key[i] + 1) + ", there are " +
                      std::to_string(schema.n_children));
    }
    if (std::find(key.begin(), key.begin() + static_cast<int64_t>(i), key[i]) !=
        key.begin() + static_cast<int64_t>(i)) {
      throw Error(Code::kInvalidArgument,
                  "applying a changelog: the key names column " +
                      std::to_string(key[i] + 1) + " twice");
    }
  }
}

UniqueSchema copy_of(const ArrowSchema& schema) {
  UniqueSchema copy;
  if (ArrowSchemaDeepCopy(&schema, copy.get()) != NANOARROW_OK) throw std::bad_alloc();
  return copy;
}

// Batches that are there already.
class SnapshotStream final : public ResultStream {
 public:
  SnapshotStream(UniqueSchema schema, std::vector<SharedRows> batches)
      : schema_(std::move(schema)), batches_(std::move(batches)) {}
  const ArrowSchema& schema(const Wait&) override { return *schema_.get(); }
  Next next(Batch& out, const Wait&, Deadline) override {
    if (at_ == batches_.size()) return Next::kEnd;
    const SharedRows& rows = batches_[at_++];
    out.ops.clear();
    out.rows = slice_rows(rows, 0, (*rows)->length);
    return Next::kBatch;
  }
  void cancel() noexcept override {}

 private:
  UniqueSchema schema_;
  std::vector<SharedRows> batches_;
  size_t at_ = 0;
};

}  // namespace

struct Changelog::State {
  using Table = ChangelogTable<StoredRow>;

  State(const ArrowSchema& given, ChangelogOptions options_given)
      : options(std::move(options_given)), schema(copy_of(given)) {
    check_key(given, options.key);
    rows = std::make_unique<RowBytes>(*schema.get(), options.key);
  }

  [[nodiscard]] bool keyed() const noexcept { return !options.key.empty(); }

  void apply(RowKind kind, int64_t row) {
    scratch.clear();
    const size_t first = rows->encode(row, scratch);
    const size_t key = keyed() ? first : scratch.size();
    const std::string_view identity = std::string_view(scratch).substr(0, key);
    const uint64_t hash = hasher(identity);
    const auto same = [&](const StoredRow& other) { return other.key() == identity; };
    if (kind == RowKind::kInsert || kind == RowKind::kUpdateAfter) {
      put(StoredRow(scratch, key), hash, same);
    } else if (!keyed() || kind == RowKind::kDelete) {
      remove(kind, hash, same);
    }
  }

  template <class Same>
  void put(StoredRow row, uint64_t hash, Same&& same) {
    const Table::SlotId old = keyed() ? table.find(hash, same) : Table::kNone;
    const int64_t taken = row.memory();
    const int64_t left = old == Table::kNone ? 0 : table.slots()[old].row.memory();
    const bool kept = old != Table::kNone && table.remembers(old);
    check_room(old == Table::kNone, kept ? taken : taken - left);
    if (old == Table::kNone) {
      table.push(std::move(row), hash, same);
    } else {
      table.replace(old, std::move(row));
    }
    bytes += taken - left;
    if (kept) remembered += left;
    ++version;
  }

  template <class Same>
  void remove(RowKind kind, uint64_t hash, Same&& same) {
    const Table::SlotId found =
        table.live() == 0 ? Table::kNone : table.find(hash, same);
    if (found == Table::kNone) {
      if (options.missing == ChangelogOptions::Missing::kIgnore) return;
      throw Error(Code::kInvalidData,
                  std::string("applying a changelog: ") + kind_text(kind) + " of a " +
                      (keyed() ? "key" : "row") +
                      " that is not there (was the stream read from its beginning?)");
    }
    const int64_t left = table.slots()[found].row.memory();
    bytes -= left;
    if (table.remembers(found)) remembered += left;
    table.pop(found);
    ++version;
  }

  void check_room(bool new_row, int64_t more) const {
    if (new_row && options.max_rows > 0 &&
        static_cast<int64_t>(table.live()) >= options.max_rows) {
      throw Error(Code::kInvalidState,
                  "applying a changelog: it has more than " +
                      std::to_string(options.max_rows) +
                      " live rows (raise max_rows, or aggregate in the statement)");
    }
    if (options.max_bytes > 0 && more > 0 &&
        bytes + remembered + more > options.max_bytes) {
      throw Error(Code::kInvalidState,
                  "applying a changelog: its rows take more than " +
                      std::to_string(options.max_bytes) +
                      " bytes (raise max_bytes, or aggregate in the statement)");
    }
  }

  void refresh();

  ChangelogOptions options;
  UniqueSchema schema;
  std::unique_ptr<RowBytes> rows;
  Hasher hasher;
  Table table;
  std::string scratch;
  int64_t events = 0;
  int64_t bytes = 0, remembered = 0;  // of live rows, of those that delta() will tell
  uint64_t version = 0;
  uint64_t fresh = UINT64_MAX;     // the version that `chunks` are of
  std::vector<SharedRows> chunks;  // null where a chunk has no rows
};

// Makes the batches of those chunks anew whose rows changed.
void Changelog::State::refresh() {
  if (fresh == version) return;
  const auto& slots = table.slots();
  chunks.resize((slots.size() + Table::kChunk - 1) / Table::kChunk);
  for (size_t chunk = 0; chunk < chunks.size(); ++chunk) {
    if (!table.touched()[chunk]) continue;
    const size_t end = std::min(slots.size(), (chunk + 1) * Table::kChunk);
    bool any = false;
    for (size_t id = chunk * Table::kChunk; id < end; ++id) {
      if (!slots[id].live) continue;
      rows->decode(slots[id].row.bytes());
      any = true;
    }
    chunks[chunk] =
        any ? std::make_shared<const UniqueArray>(rows->finish()) : SharedRows();
  }
  table.settle();
  fresh = version;
}

Changelog::Changelog(const ArrowSchema& schema, ChangelogOptions options)
    : state_(std::make_unique<State>(schema, std::move(options))) {}
Changelog::~Changelog() = default;
Changelog::Changelog(Changelog&&) noexcept = default;
Changelog& Changelog::operator=(Changelog&&) noexcept = default;

void Changelog::apply(const Batch& batch, int64_t from) {
  State& state = *state_;
  const ArrowArray& rows = *batch.rows.get();
  if (!batch.ops.empty() && std::ssize(batch.ops) != rows.length) {
    throw Error(Code::kInvalidArgument, "applying a changelog: the batch has " +
                                            std::to_string(rows.length) + " rows and " +
                                            std::to_string(batch.ops.size()) + " ops");
  }
  state.rows->bind(rows);
  for (int64_t i = std::max<int64_t>(from, 0); i < rows.length; ++i) {
    try {
      state.apply(
          batch.ops.empty() ? RowKind::kInsert : batch.ops[static_cast<size_t>(i)], i);
    } catch (const Error& error) {
      Error::Details details = error.details();
      details.emplace_back("event", std::to_string(i));
      throw Error(error.code(), error.message(), error.sqlstate(), 0, details);
    }
    ++state.events;
  }
}

const ArrowSchema& Changelog::schema() const noexcept { return *state_->schema.get(); }
int64_t Changelog::size() const noexcept {
  return static_cast<int64_t>(state_->table.live());
}
int64_t Changelog::events() const noexcept { return state_->events; }
int64_t Changelog::bytes() const noexcept { return state_->bytes + state_->remembered; }
uint64_t Changelog::version() const noexcept { return state_->version; }

std::vector<SharedRows> Changelog::snapshot() {
  state_->refresh();
  std::vector<SharedRows> all;
  for (const SharedRows& rows : state_->chunks) {
    if (rows != nullptr) all.push_back(rows);
  }
  return all;
}

std::unique_ptr<ResultStream> Changelog::snapshot_stream() {
  return std::make_unique<SnapshotStream>(copy_of(*state_->schema.get()), snapshot());
}

Batch Changelog::delta() {
  struct Out {
    RowBytes& rows;
    std::vector<RowKind>& ops;
    void add(const StoredRow& row, RowKind kind) {
      rows.decode(row.bytes());
      ops.push_back(kind);
    }
    void gone(const StoredRow& row) { add(row, RowKind::kDelete); }
    void changed(const StoredRow& before, const StoredRow& after) {
      add(before, RowKind::kUpdateBefore);
      add(after, RowKind::kUpdateAfter);
    }
    void came(const StoredRow& row) { add(row, RowKind::kInsert); }
  };
  Batch batch;
  state_->table.look(
      Out{*state_->rows, batch.ops},
      [](const StoredRow& a, const StoredRow& b) { return a.bytes() == b.bytes(); });
  state_->remembered = 0;
  batch.rows = state_->rows->finish();
  return batch;
}

}  // namespace fletching::flink
