// SPDX-License-Identifier: Apache-2.0
#include "ipc.h"

#include <cstring>

namespace fletching::fault {
namespace {

enum Type : uint8_t {
  kInt = 2,
  kFloat = 3,
  kUtf8 = 5,
  kBool = 6,
  kDecimal = 7,
  kDate = 8,
  kTimestamp = 10,
  kList = 12,
  kUnion = 14,
  kRunEndEncoded = 22,
  kUtf8View = 24,
};

template <class T>
std::string raw(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

template <class T>
int64_t size_of(const Cells<T>& cells) {
  return static_cast<int64_t>(cells.size());
}

template <class T>
Node node_of(const Cells<T>& cells) {
  Node node{size_of(cells), 0};
  for (const auto& cell : cells) node.nulls += cell ? 0 : 1;
  return node;
}

// Empty when no cell is NULL, as the format allows.
template <class T>
std::string validity(const Cells<T>& cells) {
  if (node_of(cells).nulls == 0) return {};
  std::string bits((cells.size() + 7) / 8, '\0');
  for (size_t i = 0; i < cells.size(); ++i) {
    if (cells[i]) bits[i / 8] = static_cast<char>(bits[i / 8] | (1 << (i % 8)));
  }
  return bits;
}

template <class T, class Wire = T>
std::string fixed(const Cells<T>& cells) {
  std::vector<Wire> values;
  for (const auto& cell : cells) values.push_back(cell ? Wire(*cell) : Wire{});
  return raw(values);
}

template <class T>
Column flat_column(Flat field, const Cells<T>& cells) {
  return {std::move(field), {node_of(cells)}, {validity(cells), fixed(cells)}, {}};
}

void append(Column& parent, const Column& child) {
  parent.nodes.insert(parent.nodes.end(), child.nodes.begin(), child.nodes.end());
  parent.buffers.insert(parent.buffers.end(), child.buffers.begin(),
                        child.buffers.end());
  parent.variadic.insert(parent.variadic.end(), child.variadic.begin(),
                         child.variadic.end());
}

std::pair<std::string, std::string> offsets_and_data(const Cells<std::string>& cells) {
  std::vector<int32_t> offsets{0};
  std::string data;
  for (const auto& cell : cells) {
    if (cell) data += *cell;
    offsets.push_back(static_cast<int32_t>(data.size()));
  }
  return {raw(offsets), data};
}

Flat record_batch(const Batch& batch, std::string& body) {
  std::string nodes;
  std::string ranges;
  for (const auto& node : batch.nodes) {
    nodes.append(reinterpret_cast<const char*>(&node), sizeof(node));
  }
  for (size_t i = 0; i < batch.buffers.size(); ++i) {
    const auto& bytes = batch.buffers[i];
    std::pair<int64_t, int64_t> range{body.size(), bytes.size()};
    body += bytes;
    body.append((8 - body.size() % 8) % 8, '\0');
    if (auto forced = batch.ranges.find(i); forced != batch.ranges.end()) {
      range = forced->second;
    }
    ranges.append(reinterpret_cast<const char*>(&range.first), 8);
    ranges.append(reinterpret_cast<const char*>(&range.second), 8);
  }
  Flat out;
  out.scalar<int64_t>(0, batch.length)
      .vector(1, nodes, static_cast<uint32_t>(batch.nodes.size()), 8)
      .vector(2, ranges, static_cast<uint32_t>(batch.buffers.size()), 8);
  if (batch.codec) {
    out.table(3, Flat().scalar<int8_t>(0, *batch.codec).scalar<int8_t>(1, 0));
  }
  if (batch.write_variadic && !batch.variadic.empty()) {
    out.vector(4, raw(batch.variadic), static_cast<uint32_t>(batch.variadic.size()), 8);
  }
  return out;
}

}  // namespace

Flat field(const std::string& name, uint8_t type_id, Flat type,
           std::vector<Flat> children, bool nullable) {
  Flat out;
  out.text(0, name)
      .scalar<uint8_t>(1, nullable ? 1 : 0)
      .scalar<uint8_t>(2, type_id)
      .table(3, std::move(type))
      .tables(5, std::move(children));
  return out;
}

Flat int_type(int32_t bits, bool is_signed) {
  return Flat().scalar<int32_t>(0, bits).scalar<uint8_t>(1, is_signed ? 1 : 0);
}

Column int64_column(const std::string& name, const Cells<int64_t>& cells) {
  return flat_column(field(name, kInt, int_type(64)), cells);
}

Column int32_column(const std::string& name, const Cells<int32_t>& cells) {
  return flat_column(field(name, kInt, int_type(32)), cells);
}

Column uint32_column(const std::string& name, const Cells<uint32_t>& cells) {
  return flat_column(field(name, kInt, int_type(32, false), {}, false), cells);
}

Column double_column(const std::string& name, const Cells<double>& cells) {
  return flat_column(field(name, kFloat, Flat().scalar<int16_t>(0, 2)), cells);
}

Column bool_column(const std::string& name, const Cells<bool>& cells) {
  std::string bits((cells.size() + 7) / 8, '\0');
  for (size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].value_or(false))
      bits[i / 8] = static_cast<char>(bits[i / 8] | (1 << (i % 8)));
  }
  return {field(name, kBool, {}), {node_of(cells)}, {validity(cells), bits}, {}};
}

Column text_column(const std::string& name, const Cells<std::string>& cells) {
  auto [offsets, data] = offsets_and_data(cells);
  return {
      field(name, kUtf8, {}), {node_of(cells)}, {validity(cells), offsets, data}, {}};
}

Column date_column(const std::string& name, const Cells<int32_t>& days) {
  return flat_column(field(name, kDate, Flat().scalar<int16_t>(0, 0)), days);
}

Column timestamp_column(const std::string& name, const Cells<int64_t>& micros,
                        const std::string& zone) {
  Flat type;
  type.scalar<int16_t>(0, 2);
  if (!zone.empty()) type.text(1, zone);
  return flat_column(field(name, kTimestamp, type), micros);
}

Column decimal_column(const std::string& name, const Cells<int64_t>& cents) {
  std::string data;
  for (const auto& cell : cents) {
    int64_t halves[2] = {cell.value_or(0), cell.value_or(0) < 0 ? -1 : 0};
    data.append(reinterpret_cast<const char*>(halves), sizeof(halves));
  }
  auto type =
      Flat().scalar<int32_t>(0, 10).scalar<int32_t>(1, 2).scalar<int32_t>(2, 128);
  return {field(name, kDecimal, type), {node_of(cents)}, {validity(cents), data}, {}};
}

Column view_column(const std::string& name, const Cells<std::string>& cells) {
  std::string views;
  std::string data;
  for (const auto& cell : cells) {
    char view[16] = {};
    const std::string text = cell.value_or("");
    auto size = static_cast<int32_t>(text.size());
    std::memcpy(view, &size, 4);
    if (size <= 12) {
      std::memcpy(view + 4, text.data(), text.size());
    } else {
      auto offset = static_cast<int32_t>(data.size());
      std::memcpy(view + 4, text.data(), 4);
      std::memcpy(view + 12, &offset, 4);
      data += text;
    }
    views.append(view, sizeof(view));
  }
  return {field(name, kUtf8View, {}),
          {node_of(cells)},
          {validity(cells), views, data},
          {1}};
}

Column list_column(const std::string& name, const Cells<int64_t>& values,
                   const std::vector<int32_t>& offsets) {
  auto child = int64_column("item", values);
  Column out{field(name, kList, {}, {child.field}),
             {{static_cast<int64_t>(offsets.size()) - 1, 0}},
             {"", raw(offsets)},
             {}};
  append(out, child);
  return out;
}

Column dictionary_column(const std::string& name, int64_t id,
                         const Cells<int32_t>& indices) {
  auto type = field(name, kUtf8, {});
  type.table(
      4, Flat().scalar<int64_t>(0, id).table(1, int_type(32)).scalar<uint8_t>(2, 0));
  return flat_column(type, indices);
}

Column ree_column(const std::string& name, int64_t length, const Cells<int32_t>& ends,
                  const Cells<int64_t>& values) {
  auto run_ends = flat_column(field("run_ends", kInt, int_type(32), {}, false), ends);
  auto child = int64_column("values", values);
  Column out{field(name, kRunEndEncoded, {}, {run_ends.field, child.field}),
             {{length, 0}},
             {},
             {}};
  append(out, run_ends);
  append(out, child);
  return out;
}

Column union_column(const std::string& name, const std::vector<int32_t>& type_ids,
                    const std::vector<int8_t>& ids, const std::vector<int32_t>& offsets,
                    const std::vector<Column>& children) {
  std::vector<Flat> fields;
  for (const auto& child : children) fields.push_back(child.field);
  auto type = Flat()
                  .scalar<int16_t>(0, offsets.empty() ? 0 : 1)
                  .vector(1, raw(type_ids), static_cast<uint32_t>(type_ids.size()), 4);
  Column out{field(name, kUnion, type, fields, false),
             {{static_cast<int64_t>(ids.size()), 0}},
             {raw(ids)},
             {}};
  if (!offsets.empty()) out.buffers.push_back(raw(offsets));
  for (const auto& child : children) append(out, child);
  return out;
}

Batch batch_of(int64_t length, const std::vector<Column>& columns) {
  Column all;
  for (const auto& column : columns) append(all, column);
  Batch out;
  out.length = length;
  out.nodes = all.nodes;
  out.buffers = all.buffers;
  out.variadic = all.variadic;
  return out;
}

Ipc message(uint8_t header_type, Flat header, std::string body,
            std::optional<int64_t> body_length, int16_t version) {
  Flat root;
  root.scalar<int16_t>(0, version)
      .scalar<uint8_t>(1, header_type)
      .table(2, std::move(header))
      .scalar<int64_t>(3, body_length.value_or(static_cast<int64_t>(body.size())));
  return {root.finish(), std::move(body)};
}

Ipc schema_message(std::vector<Flat> fields, int16_t endianness, int16_t version) {
  auto schema = Flat().scalar<int16_t>(0, endianness).tables(1, std::move(fields));
  return message(1, schema, "", std::nullopt, version);
}

Ipc schema_message(const std::vector<Column>& columns) {
  std::vector<Flat> fields;
  for (const auto& column : columns) fields.push_back(column.field);
  return schema_message(std::move(fields));
}

Ipc batch_message(const Batch& batch) {
  std::string body;
  auto header = record_batch(batch, body);
  return message(3, header, body, batch.body_length);
}

Ipc dictionary_message(int64_t id, const Cells<std::string>& values, bool delta) {
  auto batch = batch_of(size_of(values), {text_column("", values)});
  std::string body;
  auto data = record_batch(batch, body);
  auto header =
      Flat().scalar<int64_t>(0, id).table(1, data).scalar<uint8_t>(2, delta ? 1 : 0);
  return message(2, header, body, std::nullopt);
}

std::string encapsulate(const Ipc& ipc) {
  std::string out(4, '\xFF');
  auto size = static_cast<int32_t>(ipc.header.size());
  out.append(reinterpret_cast<const char*>(&size), 4);
  return out + ipc.header;
}

}  // namespace fletching::fault
