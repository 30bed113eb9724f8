// SPDX-License-Identifier: Apache-2.0
#include "flight/http_rows.h"

#include <algorithm>
#include <array>

#include "arrow/c_stream.h"

namespace fletching {
namespace {

constexpr std::string_view kArrowStream = "application/vnd.apache.arrow.stream";
constexpr std::string_view kArrowFile = "application/vnd.apache.arrow.file";
constexpr std::string_view kParquet = "application/vnd.apache.parquet";
constexpr std::string_view kMagic = "PAR1";  // a Parquet file's first and last bytes

std::string accepted(const FlightOptions& options) {
  std::string out(kArrowStream);
  if (options.parquet_reader != nullptr) out += ", " + std::string(kParquet) + ";q=0.9";
  return out;
}

bool tells_nothing(std::string_view type) {
  return type.empty() || type == "application/octet-stream" ||
         type == "binary/octet-stream";
}

[[noreturn]] void refuse_parquet() {
  throw Error(Code::kNotImplemented,
              "GET: the server offers these rows as a Parquet file (" +
                  std::string(kParquet) +
                  "), which only the Python package reads, by means of pyarrow; have "
                  "the server offer " +
                  std::string(kArrowStream));
}

void check_type(const std::string& type) {
  if (tells_nothing(type) || type == kArrowStream || type == kParquet) return;
  if (type == kArrowFile) {
    throw Error(Code::kNotImplemented,
                "GET: the server offers these rows as " + type +
                    ", and of Arrow's formats only streams are read here (pyarrow "
                    "reads it; or have the server offer " +
                    std::string(kArrowStream) + ")");
  }
  throw Error(Code::kInvalidData, "GET: the answer is '" + type.substr(0, 60) +
                                      "' instead of " + std::string(kArrowStream));
}

// What goes wrong in a file that came from outside is no argument of the caller's.
Error of_file(const Error& error) {
  if (error.code() != Code::kInvalidArgument) return error;
  return Error(Code::kInvalidData, error.message());
}

bool is_waits_end(const Error& error, const Wait& wait) {
  return error.code() == Code::kCancelled || wait.deadline.expired();
}

}  // namespace

HttpRows::HttpRows(const ReadTarget& target, const FlightOptions& options,
                   const Wait& wait)
    : options_(options), body_(target, options, accepted(options), wait) {}

size_t HttpRows::read(std::span<uint8_t> out, const Wait& wait) {
  if (!begin_.empty()) {
    const size_t size = std::min(out.size(), begin_.size());
    std::copy_n(begin_.begin(), size, out.begin());
    begin_.erase(begin_.begin(), begin_.begin() + static_cast<ptrdiff_t>(size));
    return size;
  }
  const size_t got = body_.read(out, wait);
  bytes_ += static_cast<int64_t>(got);
  return got;
}

// By the first bytes, because servers name files as they like.
void HttpRows::find_format(const Wait& wait) {
  const std::string type = body_.media_type(wait);
  check_type(type);
  if (type == kParquet && options_.parquet_reader == nullptr) refuse_parquet();
  while (begin_.size() < kMagic.size()) {
    std::array<uint8_t, kMagic.size()> bytes;
    const std::span want = std::span(bytes).first(kMagic.size() - begin_.size());
    const size_t got = body_.read(want, wait);
    if (got == 0) break;
    bytes_ += static_cast<int64_t>(got);
    begin_.insert(begin_.end(), want.begin(),
                  want.begin() + static_cast<ptrdiff_t>(got));
  }
  const bool magic =
      std::equal(begin_.begin(), begin_.end(), kMagic.begin(), kMagic.end());
  if (magic && options_.parquet_reader == nullptr) refuse_parquet();
  if (type == kParquet && !magic) {
    throw Error(Code::kInvalidData,
                "GET: the answer is said to be a Parquet file and does not begin as "
                "one");
  }
  format_ = magic ? Format::kParquet : Format::kArrow;
}

HttpRows::Step HttpRows::next(Batch& out, const Wanted& wanted, const Wait& wait) {
  try {
    if (format_ == Format::kUnknown) find_format(wait);
    return format_ == Format::kArrow ? next_message(out, wait)
                                     : next_of_file(out, wanted, wait);
  } catch (const Error& error) {
    throw is_waits_end(error, wait) ? error : body_.placed(error);
  }
}

const ArrowSchema* HttpRows::schema() const noexcept {
  if (file_schema_ != nullptr) return file_schema_;
  return reader_.has_schema() ? &reader_.schema() : nullptr;
}

// ---- an Arrow stream ----

HttpRows::Step HttpRows::next_message(Batch& out, const Wait& wait) {
  const auto source = [&](std::span<uint8_t> into) { return read(into, wait); };
  if (!assembler_.next(source)) {
    if (assembler_.has_said_end() || body_.has_told_end()) return Step::kEnd;
    throw Error(Code::kIo,
                "GET: neither the server nor the stream says where it ends, so that it "
                "may have been cut off",
                "08006");
  }
  switch (reader_.read(assembler_.header(), assembler_.take_body())) {
    case IpcMessage::kBatch:
      out.rows = reader_.take_batch();
      return Step::kBatch;
    case IpcMessage::kOther:
      throw Error(Code::kInvalidData,
                  "GET: the server sent a message that is no schema, dictionary or "
                  "batch");
    default:
      return Step::kOther;
  }
}

// ---- a Parquet file ----

void HttpRows::download_file(const Wait& wait) {
  if (spool_ == nullptr) {
    spool_ = std::make_unique<SpoolFile>(options_.memory_budget);
  }
  std::array<uint8_t, size_t{64} << 10> buffer;
  while (true) {
    const size_t got = read(buffer, wait);
    if (got == 0) return;
    spool_->write(std::span(buffer).first(got));
  }
}

HttpRows::Step HttpRows::next_of_file(Batch& out, const Wanted& wanted,
                                      const Wait& wait) {
  try {
    if (file_ == nullptr) {
      download_file(wait);
      const ArrowSchema* columns = wanted();
      UniqueArrayStream stream;
      (*options_.parquet_reader)(spool_->fd(), columns, stream.get());
      auto file = import_stream(std::move(stream));
      const ArrowSchema& schema = file->schema(wait);
      file_ = std::move(file);
      file_schema_ = &schema;
      return Step::kOther;
    }
    return file_->next(out, wait) == Next::kBatch ? Step::kBatch : Step::kEnd;
  } catch (const Error& error) {
    throw of_file(error);
  }
}

}  // namespace fletching
