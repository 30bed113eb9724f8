// SPDX-License-Identifier: Apache-2.0
// Writes FlatBuffers from a tree of tables, parents first. Small and slow, and free to
// write what no honest writer would: that is what the fault server is for.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace fletching::fault {

class Flat {
 public:
  // Scalars keep the width of T, which must be the schema's.
  template <class T>
  Flat& scalar(uint32_t slot, T value) {
    auto& entry = slots_[slot];
    entry.kind = Kind::kScalar;
    entry.bytes.assign(reinterpret_cast<const char*>(&value), sizeof(value));
    return *this;
  }
  Flat& table(uint32_t slot, Flat child) {
    auto& entry = slots_[slot];
    entry.kind = Kind::kTable;
    entry.children.push_back(std::make_shared<const Flat>(std::move(child)));
    return *this;
  }
  Flat& tables(uint32_t slot, std::vector<Flat> children) {
    auto& entry = slots_[slot];
    entry.kind = Kind::kTables;
    for (auto& child : children) {
      entry.children.push_back(std::make_shared<const Flat>(std::move(child)));
    }
    return *this;
  }
  Flat& text(uint32_t slot, std::string value) {
    auto& entry = slots_[slot];
    entry.kind = Kind::kText;
    entry.bytes = std::move(value);
    return *this;
  }
  // A vector of scalars or of structs, as its bytes. count: what the vector says it
  // has.
  Flat& vector(uint32_t slot, std::string bytes, uint32_t count, uint32_t align) {
    auto& entry = slots_[slot];
    entry.kind = Kind::kVector;
    entry.bytes = std::move(bytes);
    entry.count = count;
    entry.align = align;
    return *this;
  }
  [[nodiscard]] std::string finish() const;  // as the root, padded to a multiple of 8

 private:
  enum class Kind { kScalar, kTable, kTables, kText, kVector };
  struct Slot {
    Kind kind = Kind::kScalar;
    std::string bytes;
    std::vector<std::shared_ptr<const Flat>> children;  // shared: nesting may be deep
    uint32_t count = 0, align = 4;
  };
  friend class FlatOutput;
  std::map<uint32_t, Slot> slots_;
};

class FlatOutput {
 public:
  size_t write(const Flat& table) {
    auto count = table.slots_.empty() ? 0U : table.slots_.rbegin()->first + 1;
    std::vector<uint16_t> vtable(count + 2);
    uint32_t end = 4;
    for (uint32_t width : {8U, 4U, 2U, 1U}) {
      for (const auto& [slot, entry] : table.slots_) {
        if (width_of(entry) != width) continue;
        end = (end + width - 1) / width * width;
        vtable[slot + 2] = static_cast<uint16_t>(end);
        end += width;
      }
    }
    vtable[0] = static_cast<uint16_t>(vtable.size() * 2);
    vtable[1] = static_cast<uint16_t>(end);
    align(8, 0);
    size_t vtable_at = out.size();
    out.append(reinterpret_cast<const char*>(vtable.data()), vtable.size() * 2);
    align(8, 0);
    size_t at = out.size();
    out.append(end, '\0');
    set(at, static_cast<int32_t>(at - vtable_at));
    for (const auto& [slot, entry] : table.slots_) {
      size_t field = at + vtable[slot + 2];
      if (entry.kind == Flat::Kind::kScalar) {
        std::memcpy(out.data() + field, entry.bytes.data(), entry.bytes.size());
      } else {
        size_t child = write_child(entry);
        set(field, static_cast<int32_t>(child - field));
      }
    }
    return at;
  }
  void align(size_t to, size_t after) {
    while ((out.size() + after) % to != 0) out += '\0';
  }
  void set(size_t at, int32_t value) { std::memcpy(out.data() + at, &value, 4); }

  std::string out;

 private:
  static uint32_t width_of(const Flat::Slot& entry) {
    return entry.kind == Flat::Kind::kScalar ? static_cast<uint32_t>(entry.bytes.size())
                                             : 4;
  }
  size_t count_word(uint32_t count, uint32_t align_to) {
    align(4, 0);
    align(align_to < 4 ? 4 : align_to, 4);
    size_t at = out.size();
    out.append(reinterpret_cast<const char*>(&count), 4);
    return at;
  }
  size_t write_child(const Flat::Slot& entry) {
    if (entry.kind == Flat::Kind::kTable) return write(*entry.children.front());
    if (entry.kind == Flat::Kind::kVector) {
      size_t at = count_word(entry.count, entry.align);
      out += entry.bytes;
      return at;
    }
    if (entry.kind == Flat::Kind::kText) {
      size_t at = count_word(static_cast<uint32_t>(entry.bytes.size()), 4);
      out += entry.bytes + '\0';
      return at;
    }
    size_t at = count_word(static_cast<uint32_t>(entry.children.size()), 4);
    out.append(entry.children.size() * 4, '\0');
    for (size_t i = 0; i < entry.children.size(); ++i) {
      size_t field = at + 4 + i * 4;
      size_t child = write(*entry.children[i]);
      set(field, static_cast<int32_t>(child - field));
    }
    return at;
  }
};

inline std::string Flat::finish() const {
  FlatOutput output;
  output.out.assign(8, '\0');
  size_t root = output.write(*this);
  output.set(0, static_cast<int32_t>(root));
  output.align(8, 0);
  return std::move(output.out);
}

}  // namespace fletching::fault
