// SPDX-License-Identifier: Apache-2.0
// The live rows of a changelog, whatever a row is: found by hash, kept in order,
// changed at O(1). Changelog has it with rows of Arrow, the Python face with objects.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <unordered_map>
#include <utility>
#include <vector>

namespace fletching::flink {

// Row: movable, and empty when moved from. Functions that compare rows are given by the
// caller; what they throw leaves the table as it was.
//
// Rows stand in slots in the order they came. A slot that its row left stays empty
// until there are more such than rows; then all move up. Equal rows form a stack, the
// youngest on top, of which the index knows the top alone.
template <class Row>
class ChangelogTable {
 public:
  using SlotId = uint32_t;
  static constexpr SlotId kNone = std::numeric_limits<SlotId>::max();
  static constexpr size_t kChunk = 1024;  // slots that are told apart by touched()

  struct Slot {
    Row row;
    uint64_t hash = 0;
    SlotId below = kNone;    // the next older equal row
    SlotId changed = kNone;  // index of changes_, of a row replaced since the last look
    bool live = false;
  };

  [[nodiscard]] size_t live() const noexcept { return live_; }
  [[nodiscard]] const std::vector<Slot>& slots() const noexcept { return slots_; }

  // The youngest slot whose row `equal` says yes to, or kNone.
  template <class Equal>
  [[nodiscard]] SlotId find(uint64_t hash, Equal&& equal) const {
    return index_.empty() ? kNone : index_[place_of(hash, equal)];
  }

  // Appends a row on top of the stack of those equal to it.
  template <class Equal>
  void push(Row row, uint64_t hash, Equal&& equal) {
    if (slots_.size() >= kNone) throw std::bad_alloc();
    make_room();
    const size_t place = place_of(hash, equal);
    const auto id = static_cast<SlotId>(slots_.size());
    slots_.push_back({std::move(row), hash, index_[place], kNone, true});
    if (index_[place] == kNone) ++stacks_;
    index_[place] = id;
    ++live_;
    touch(id);
  }

  // Whether the row of a slot, when it goes, is kept until the next look.
  [[nodiscard]] bool remembers(SlotId id) const noexcept {
    return tracking_ && id < first_new_ && slots_[id].changed == kNone;
  }

  // Puts another row, equal by its key, into the place of one.
  void replace(SlotId id, Row row) {
    Slot& slot = slots_[id];
    if (remembers(id)) {
      slot.changed = static_cast<SlotId>(changes_.size());
      changes_.push_back({id, std::exchange(slot.row, std::move(row))});
    } else {
      slot.row = std::move(row);
    }
    touch(id);
  }

  // Takes out the row of a slot that find() gave.
  void pop(SlotId id) {
    Slot& slot = slots_[id];
    const size_t place =
        place_of(slot.hash, [&](const Row& other) { return &other == &slot.row; });
    if (slot.below != kNone) {
      index_[place] = slot.below;
    } else {
      erase(place);
      --stacks_;
    }
    if (tracking_ && id < first_new_) {
      if (slot.changed == kNone) {
        gone_.push_back({std::move(slot.row), slot.hash});
      } else {
        Change& change = changes_[slot.changed];
        gone_.push_back({std::move(change.before), slot.hash});
        change.slot = kNone;
      }
    }
    slot.row = Row();
    slot.live = false;
    slot.changed = kNone;
    --live_;
    touch(id);
    if (slots_.size() > 2 * live_ + 1024) move_up();
  }

  // Chunks of slots whose rows changed since settle(); one entry a chunk.
  [[nodiscard]] const std::vector<bool>& touched() const noexcept { return touched_; }
  void settle() { touched_.assign(touched_.size(), false); }

  // What changed since the last look: out.gone(row), out.changed(before, after) and
  // out.came(row) are called, in this order; equal(a, b) compares whole rows. From the
  // first call on it is remembered what goes.
  template <class Out, class Equal>
  void look(Out&& out, Equal&& equal) {
    std::vector<bool> unmentioned(slots_.size() - first_new_, false);
    cancel_returned(unmentioned, equal);
    for (const Gone& gone : gone_) {
      if (gone.mentioned) out.gone(gone.row);
    }
    for (const Change& change : changes_) {
      if (change.slot == kNone) continue;
      Slot& slot = slots_[change.slot];
      slot.changed = kNone;
      if (!equal(change.before, slot.row)) out.changed(change.before, slot.row);
    }
    for (size_t id = first_new_; id < slots_.size(); ++id) {
      if (slots_[id].live && !unmentioned[id - first_new_]) out.came(slots_[id].row);
    }
    gone_.clear();
    changes_.clear();
    first_new_ = slots_.size();
    tracking_ = true;
  }

 private:
  struct Change {
    SlotId slot;
    Row before;
  };
  struct Gone {
    Row row;
    uint64_t hash;
    bool mentioned = true;
  };

  // Where the stack is, or where it would be.
  template <class Equal>
  [[nodiscard]] size_t place_of(uint64_t hash, Equal&& equal) const {
    const size_t mask = index_.size() - 1;
    size_t place = hash & mask;
    for (; index_[place] != kNone; place = (place + 1) & mask) {
      const Slot& top = slots_[index_[place]];
      if (top.hash == hash && equal(top.row)) break;
    }
    return place;
  }

  // Takes a stack out of the index and moves up what had to make way for it.
  void erase(size_t place) {
    const size_t mask = index_.size() - 1;
    size_t next = place;
    for (;;) {
      index_[place] = kNone;
      for (;;) {
        next = (next + 1) & mask;
        if (index_[next] == kNone) return;
        const size_t home = slots_[index_[next]].hash & mask;
        // Not where its home lies behind the gap, up to where it stands.
        if (((next - home) & mask) >= ((next - place) & mask)) break;
      }
      index_[place] = index_[next];
      place = next;
    }
  }

  void make_room() {
    if (2 * (stacks_ + 1) <= index_.size()) return;
    std::vector<SlotId> before(index_.empty() ? 64 : 2 * index_.size(), kNone);
    before.swap(index_);
    const size_t mask = index_.size() - 1;
    for (const SlotId top : before) {
      if (top == kNone) continue;
      size_t place = slots_[top].hash & mask;
      while (index_[place] != kNone) place = (place + 1) & mask;
      index_[place] = top;
    }
  }

  void touch(SlotId id) {
    const size_t chunk = id / kChunk;
    if (chunk >= touched_.size()) touched_.resize(chunk + 1, true);
    touched_[chunk] = true;
  }

  void move_up() {
    std::vector<SlotId> moved(slots_.size(), kNone);
    size_t to = 0;
    for (size_t from = 0; from < slots_.size(); ++from) {
      if (from == first_new_) first_new_ = std::min(first_new_, to);
      if (!slots_[from].live) continue;
      moved[from] = static_cast<SlotId>(to);
      if (from != to) slots_[to] = std::move(slots_[from]);
      ++to;
    }
    first_new_ = std::min(first_new_, to);
    slots_.resize(to);
    for (Slot& slot : slots_) {
      if (slot.below != kNone) slot.below = moved[slot.below];
    }
    for (SlotId& top : index_) {
      if (top != kNone) top = moved[top];
    }
    for (Change& change : changes_) {
      if (change.slot != kNone) change.slot = moved[change.slot];
    }
    touched_.assign((to + kChunk - 1) / kChunk, true);
  }

  // Rows that went and came back as they were: nobody needs to hear of them.
  template <class Equal>
  void cancel_returned(std::vector<bool>& unmentioned, Equal&& equal) {
    if (gone_.empty() || unmentioned.empty()) return;
    std::unordered_multimap<uint64_t, size_t> by_hash;
    for (size_t i = 0; i < gone_.size(); ++i) by_hash.emplace(gone_[i].hash, i);
    for (size_t id = first_new_; id < slots_.size(); ++id) {
      if (!slots_[id].live) continue;
      const auto [begin, end] = by_hash.equal_range(slots_[id].hash);
      for (auto it = begin; it != end; ++it) {
        if (!equal(gone_[it->second].row, slots_[id].row)) continue;
        gone_[it->second].mentioned = false;
        unmentioned[id - first_new_] = true;
        by_hash.erase(it);
        break;
      }
    }
  }

  std::vector<Slot> slots_;
  std::vector<SlotId> index_;  // tops of stacks; a power of two
  size_t live_ = 0, stacks_ = 0;
  std::vector<bool> touched_;

  bool tracking_ = false;
  size_t first_new_ = 0;  // slots from here on came since the last look
  std::vector<Change> changes_;
  std::vector<Gone> gone_;
};

}  // namespace fletching::flink
