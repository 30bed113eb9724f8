// SPDX-License-Identifier: Apache-2.0
// The golden cases of tests/data/types, decoded in C++ and printed as typecases.py
// says.
#include <gtest/gtest.h>
#include <nanoarrow/nanoarrow.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "arrow/stream_file.h"

namespace fletching {
namespace {

namespace fs = std::filesystem;

struct TypeCase {
  std::string format;
  std::vector<uint8_t> ipc;
  std::vector<std::string> values;
};

std::vector<uint8_t> from_base64(const std::string& text) {
  static const std::string kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<uint8_t> out;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=') break;
    bits = bits << 6 | static_cast<uint32_t>(kAlphabet.find(c));
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out.push_back(static_cast<uint8_t>(bits >> count));
  }
  return out;
}

TypeCase load(const fs::path& path) {
  std::ifstream in(path);
  TypeCase out;
  std::string line;
  std::string base64;
  while (std::getline(in, line) && line != "values:") {
    if (line.starts_with("format: ")) out.format = line.substr(8);
    if (line.starts_with("    ")) base64 += line.substr(4);
  }
  while (std::getline(in, line)) out.values.push_back(line);
  out.ipc = from_base64(base64);
  return out;
}

template <class T>
std::string shortest(T value) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value);
  return {text, end.ptr};
}

std::string quoted(ArrowStringView text) {
  std::string out = "\"";
  for (int64_t i = 0; i < text.size_bytes; ++i) {
    if (text.data[i] == '"' || text.data[i] == '\\') out += '\\';
    out += text.data[i];
  }
  return out + "\"";
}

std::string hex(ArrowBufferView bytes) {
  std::string out = "x'";
  for (int64_t i = 0; i < bytes.size_bytes; ++i) {
    out += "0123456789abcdef"[bytes.data.as_uint8[i] >> 4];
    out += "0123456789abcdef"[bytes.data.as_uint8[i] & 15];
  }
  return out + "'";
}

std::string decimal(const ArrowArrayView& view, int64_t i, int32_t bits) {
  ArrowDecimal value;
  ArrowDecimalInit(&value, bits, 76, 0);
  ArrowArrayViewGetDecimalUnsafe(&view, i, &value);
  nanoarrow::UniqueBuffer digits;
  EXPECT_EQ(ArrowDecimalAppendDigitsToBuffer(&value, digits.get()), NANOARROW_OK);
  return {reinterpret_cast<const char*>(digits->data),
          static_cast<size_t>(digits->size_bytes)};
}

// nanoarrow's views do not know what a binary of width 0 or a run-end array holds, so
// those are looked at through the C structures.
class Printer {
 public:
  std::string text(const ArrowSchema& schema, const ArrowArrayView& view, int64_t i) {
    const std::string format = schema.format;
    if (format.starts_with("+u")) return union_text(schema, view, i);
    if (format == "+r") {
      int64_t run = 0;
      while (ArrowArrayViewGetIntUnsafe(view.children[0], run) <= i + view.offset)
        ++run;
      return text(*schema.children[1], *view.children[1], run);
    }
    if (format == "n" || ArrowArrayViewIsNull(&view, i)) return "null";
    if (schema.dictionary != nullptr) {
      return text(*schema.dictionary, *view.dictionary,
                  ArrowArrayViewGetIntUnsafe(&view, i));
    }
    if (format.starts_with('+')) return nested(schema, view, i);
    return plain(schema, view, i);
  }

 private:
  std::string union_text(const ArrowSchema& schema, const ArrowArrayView& view,
                         int64_t i) {
    const int8_t child = ArrowArrayViewUnionChildIndex(&view, i);
    const auto id = static_cast<int>(ArrowArrayViewUnionTypeId(&view, i));
    return "(" + std::to_string(id) + ": " +
           text(*schema.children[child], *view.children[child],
                ArrowArrayViewUnionChildOffset(&view, i)) +
           ")";
  }

  std::string nested(const ArrowSchema& schema, const ArrowArrayView& view, int64_t i) {
    if (std::strcmp(schema.format, "+s") == 0) {
      std::string out;
      for (int64_t c = 0; c < schema.n_children; ++c) {
        out += (c > 0 ? ", " : "") + quoted(ArrowCharView(schema.children[c]->name)) +
               ": " + text(*schema.children[c], *view.children[c], i);
      }
      return "{" + out + "}";
    }
    int64_t first = ArrowArrayViewListChildOffset(&view, i);
    int64_t end = 0;
    switch (view.storage_type) {
      case NANOARROW_TYPE_FIXED_SIZE_LIST:
        first = i * view.layout.child_size_elements;
        end = first + view.layout.child_size_elements;
        break;
      case NANOARROW_TYPE_LIST_VIEW:
        end = first + view.buffer_views[2].data.as_int32[i];
        break;
      case NANOARROW_TYPE_LARGE_LIST_VIEW:
        end = first + view.buffer_views[2].data.as_int64[i];
        break;
      default:
        end = ArrowArrayViewListChildOffset(&view, i + 1);
    }
    std::string out;
    for (int64_t k = first; k < end; ++k) {
      out += (k > first ? ", " : "") + text(*schema.children[0], *view.children[0], k);
    }
    return "[" + out + "]";
  }

  static std::string plain(const ArrowSchema& schema, const ArrowArrayView& view,
                           int64_t i) {
    ArrowInterval interval;
    switch (view.storage_type) {
      case NANOARROW_TYPE_BOOL:
        return ArrowArrayViewGetIntUnsafe(&view, i) != 0 ? "true" : "false";
      case NANOARROW_TYPE_UINT64:
        return std::to_string(ArrowArrayViewGetUIntUnsafe(&view, i));
      case NANOARROW_TYPE_HALF_FLOAT:
      case NANOARROW_TYPE_FLOAT:
      case NANOARROW_TYPE_DOUBLE:
        return shortest(ArrowArrayViewGetDoubleUnsafe(&view, i));
      case NANOARROW_TYPE_STRING:
      case NANOARROW_TYPE_LARGE_STRING:
      case NANOARROW_TYPE_STRING_VIEW:
        return quoted(ArrowArrayViewGetStringUnsafe(&view, i));
      case NANOARROW_TYPE_BINARY:
      case NANOARROW_TYPE_LARGE_BINARY:
      case NANOARROW_TYPE_BINARY_VIEW:
      case NANOARROW_TYPE_FIXED_SIZE_BINARY:
        return hex(ArrowArrayViewGetBytesUnsafe(&view, i));
      case NANOARROW_TYPE_DECIMAL32:
        return decimal(view, i, 32);
      case NANOARROW_TYPE_DECIMAL64:
        return decimal(view, i, 64);
      case NANOARROW_TYPE_DECIMAL128:
        return decimal(view, i, 128);
      case NANOARROW_TYPE_DECIMAL256:
        return decimal(view, i, 256);
      case NANOARROW_TYPE_INTERVAL_MONTHS:
        return std::to_string(view.buffer_views[1].data.as_int32[i]);
      case NANOARROW_TYPE_INTERVAL_DAY_TIME:
        ArrowIntervalInit(&interval, NANOARROW_TYPE_INTERVAL_DAY_TIME);
        ArrowArrayViewGetIntervalUnsafe(&view, i, &interval);
        return "[" + std::to_string(interval.days) + ", " +
               std::to_string(interval.ms) + "]";
      case NANOARROW_TYPE_INTERVAL_MONTH_DAY_NANO:
        ArrowIntervalInit(&interval, NANOARROW_TYPE_INTERVAL_MONTH_DAY_NANO);
        ArrowArrayViewGetIntervalUnsafe(&view, i, &interval);
        return "[" + std::to_string(interval.months) + ", " +
               std::to_string(interval.days) + ", " + std::to_string(interval.ns) + "]";
      default:
        EXPECT_NE(schema.format, nullptr);
        return std::to_string(ArrowArrayViewGetIntUnsafe(&view, i));
    }
  }
};

std::vector<std::string> print(const ArrowSchema& schema, const ArrowArray& rows) {
  UniqueArrayView view;
  ArrowError error{};
  EXPECT_EQ(ArrowArrayViewInitFromSchema(view.get(), &schema, &error), 0)
      << error.message;
  EXPECT_EQ(ArrowArrayViewSetArray(view.get(), &rows, &error), 0) << error.message;
  EXPECT_EQ(ArrowArrayViewValidate(view.get(), NANOARROW_VALIDATION_LEVEL_FULL, &error),
            0)
      << error.message;
  std::vector<std::string> lines;
  for (int64_t i = 0; i < rows.length; ++i) {
    lines.push_back(Printer().text(*schema.children[0], *view->children[0], i));
  }
  return lines;
}

ByteSource source_of(const std::vector<uint8_t>& bytes) {
  return [&bytes, at = size_t{0}](std::span<uint8_t> out) mutable {
    const size_t size = std::min(out.size(), bytes.size() - at);
    if (size > 0) std::memcpy(out.data(), bytes.data() + at, size);
    at += size;
    return size;
  };
}

void run(const fs::path& path) {
  const TypeCase expected = load(path);
  StreamFileReader reader(source_of(expected.ipc));
  EXPECT_EQ(reader.schema().children[0]->format, expected.format);
  UniqueArray rows;
  ASSERT_TRUE(reader.next(rows));
  if (expected.format == "w:0") return;  // unknown to nanoarrow, which prints here
  EXPECT_EQ(print(reader.schema(), *rows.get()), expected.values);
}

TEST(TypeCaseTest, EveryCaseIsReadAsItSays) {
  int cases = 0;
  for (const auto& entry : fs::directory_iterator(FLETCHING_TYPE_CASES)) {
    SCOPED_TRACE(entry.path().stem().string());
    run(entry.path());
    ++cases;
  }
  EXPECT_GT(cases, 80);
}

}  // namespace
}  // namespace fletching
