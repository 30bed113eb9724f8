// SPDX-License-Identifier: Apache-2.0
#include "cli/ingest_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "arrow/stream_file.h"
#include "cli/args.h"
#include "cli/interrupt.h"
#include "cli/python.h"
#include "flight/schema_match.h"

namespace fletching::cli {
namespace {

// Arrow Columnar Format, "IPC File Format": magic, padding, the stream, the footer, the
// footer's size as int32, magic.
constexpr std::string_view kFileMagic = "ARROW1";
constexpr size_t kFileHead = 8;
constexpr int64_t kFileTail = 4 + 6;
constexpr std::string_view kContinuation = "\xFF\xFF\xFF\xFF";
constexpr size_t kBeginning = 8;

using State = std::shared_ptr<FileState>;

std::string shown(const std::string& name) {
  return name == "-" ? "standard input" : name;
}

[[noreturn]] void fail(const std::string& name, const std::string& why) {
  throw Error(Code::kInvalidArgument, shown(name) + ": " + why);
}

// An open file, from which `limit` bytes more may be read.
class Input {
 public:
  Input(std::string name, State state)
      : name_(std::move(name)), state_(std::move(state)) {
    fd_ = name_ == "-" ? ::dup(STDIN_FILENO)
                       : ::open(name_.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd_ < 0) fail(name_, std::strerror(errno));
  }
  Input(std::string name, int fd, State state)
      : name_(std::move(name)), fd_(fd), state_(std::move(state)) {}
  ~Input() { ::close(fd_); }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  // -1: no regular file.
  [[nodiscard]] int64_t size() const {
    struct stat about{};
    return ::fstat(fd_, &about) == 0 && S_ISREG(about.st_mode) ? about.st_size : -1;
  }

  // Fills in the bytes; fewer only at the end.
  size_t read(std::span<uint8_t> out) {
    size_t done = std::min(out.size(), beginning_.size());
    std::memcpy(out.data(), beginning_.data(), done);
    beginning_.erase(0, done);
    out = out.first(static_cast<size_t>(
        std::min<int64_t>(std::ssize(out), limit_ + static_cast<int64_t>(done))));
    while (done < out.size()) {
      const ssize_t got = ::read(fd_, out.data() + done, out.size() - done);
      if (got == 0) break;
      if (got < 0 && errno == EINTR) {
        interrupt_tick()->tick();
        continue;
      }
      if (got < 0) fail(name_, std::strerror(errno));
      done += static_cast<size_t>(got);
      limit_ -= got;
      state_->bytes += got;
    }
    return done;
  }

  // The first bytes, which the next read() gives again.
  [[nodiscard]] const std::string& beginning() {
    if (!beginning_.empty()) return beginning_;
    std::string bytes(kBeginning, '\0');
    bytes.resize(read({reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()}));
    return beginning_ = bytes;
  }

  // Leaves the stream inside of a file of the IPC file format to be read.
  void enter_file_format() {
    uint8_t head[kFileHead];
    static_cast<void>(read(head));
    const int64_t all = size();
    if (all < 0) return;  // a pipe: the stream's own end marker says where it ends
    uint8_t tail[kFileTail];
    int32_t footer = 0;
    const bool whole = all >= static_cast<int64_t>(kFileHead) + kFileTail &&
                       ::pread(fd_, tail, kFileTail, all - kFileTail) == kFileTail &&
                       std::memcmp(tail + 4, kFileMagic.data(), kFileMagic.size()) == 0;
    if (whole) std::memcpy(&footer, tail, sizeof footer);
    const int64_t stream = all - kFileTail - footer - static_cast<int64_t>(kFileHead);
    if (!whole || footer < 0 || stream < 0) {
      fail(name_, "this Arrow file has no footer (it was cut off)");
    }
    limit_ = stream;
  }

 private:
  std::string name_;
  int fd_ = -1;
  State state_;
  std::string beginning_;
  int64_t limit_ = INT64_MAX;
};

// One IPC stream. What is wrong with it is the file's fault.
class ArrowInput {
 public:
  explicit ArrowInput(std::unique_ptr<Input> input) : input_(std::move(input)) {
    if (input_->beginning().starts_with(kFileMagic)) input_->enter_file_format();
    named([this] {
      reader_ = std::make_unique<StreamFileReader>(
          [this](std::span<uint8_t> out) { return input_->read(out); });
    });
  }

  [[nodiscard]] const ArrowSchema& schema() const { return reader_->schema(); }
  [[nodiscard]] const std::string& name() const { return input_->name(); }
  bool next(UniqueArray& out) {
    bool more = false;
    named([&] { more = reader_->next(out); });
    return more;
  }

 private:
  template <class Read>
  void named(Read&& read) {
    try {
      read();
    } catch (const Error& e) {
      if (e.code() == Code::kInvalidArgument) throw;  // has the name
      fail(input_->name(), e.message());
    }
  }

  std::unique_ptr<Input> input_;
  std::unique_ptr<StreamFileReader> reader_;
};

// Remembers what ended it, which an Arrow C stream would make a text.
class FileRows : public ResultStream {
 public:
  explicit FileRows(State state) : state_(std::move(state)) {}

  Next next(Batch& out, const Wait& wait, Deadline) final {
    wait.check("reading files");
    try {
      out.ops.clear();
      out.rows.reset();
      return read(out.rows) ? Next::kBatch : Next::kEnd;
    } catch (const Error& e) {
      state_->failure = e;
      throw;
    }
  }
  void cancel() noexcept final {}

 protected:
  virtual bool read(UniqueArray& out) = 0;

 private:
  State state_;
};

class ArrowFiles : public FileRows {
 public:
  ArrowFiles(std::vector<std::unique_ptr<Input>> inputs, State state)
      : FileRows(std::move(state)),
        inputs_(std::move(inputs)),
        now_(std::make_unique<ArrowInput>(std::move(inputs_.front()))) {
    if (ArrowSchemaDeepCopy(&now_->schema(), schema_.get()) != NANOARROW_OK) {
      throw std::bad_alloc();
    }
  }

  const ArrowSchema& schema(const Wait&) override { return *schema_.get(); }

 protected:
  bool read(UniqueArray& out) override {
    while (!now_->next(out)) {
      if (++at_ == inputs_.size()) return false;
      now_ = std::make_unique<ArrowInput>(std::move(inputs_[at_]));
      const std::string found = schema_difference(*schema_.get(), now_->schema());
      if (!found.empty()) {
        fail(now_->name(), "its columns are not those of the first file: " + found);
      }
    }
    return true;
  }

 private:
  std::vector<std::unique_ptr<Input>> inputs_;
  size_t at_ = 0;
  std::unique_ptr<ArrowInput> now_;
  UniqueSchema schema_;
};

std::string hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    out += {kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return out;
}

class PythonFiles : public FileRows {
 public:
  PythonFiles(const std::vector<std::string>& words, State state)
      : FileRows(state), python_("fletching._files", words) {
    auto output = std::make_unique<Input>("", ::dup(python_.fd()), state);
    try {
      rows_ = std::make_unique<ArrowInput>(std::move(output));
    } catch (const Error&) {
      python_.finish();  // which knows better why there is no stream
      throw;
    }
  }

  const ArrowSchema& schema(const Wait&) override { return rows_->schema(); }

 protected:
  bool read(UniqueArray& out) override {
    if (ended_) return false;
    try {
      if (rows_->next(out)) return true;
    } catch (const Error&) {
      python_.finish();
      throw;
    }
    ended_ = true;
    python_.finish();
    return false;
  }

 private:
  PythonPipe python_;
  std::unique_ptr<ArrowInput> rows_;
  bool ended_ = false;
};

const char* name_of(FileKind kind) {
  return kind == FileKind::kArrow ? "arrow"
         : kind == FileKind::kCsv ? "csv"
                                  : "parquet";
}

FileKind kind_of_all(std::vector<std::unique_ptr<Input>>& inputs) {
  std::optional<FileKind> kind;
  for (const auto& input : inputs) {
    const FileKind found = kind_of_file(input->name(), input->beginning());
    if (kind && *kind != found) {
      throw UsageError("ingest: " + shown(inputs.front()->name()) + " is " +
                       name_of(*kind) + " and " + shown(input->name()) + " is " +
                       name_of(found) + ", but one kind goes at a time");
    }
    kind = found;
  }
  return *kind;
}

}  // namespace

FileKind kind_of_file(const std::string& name, std::string_view beginning) {
  if (beginning.starts_with(kFileMagic) || beginning.starts_with(kContinuation)) {
    return FileKind::kArrow;
  }
  if (beginning.starts_with("PAR1")) return FileKind::kParquet;
  if (beginning.starts_with("FEA1")) {
    fail(name,
         "this is Feather of version 1, which is no Arrow IPC (read it with "
         "pyarrow.feather and write it again)");
  }
  const auto has = [&](std::string_view suffix) {
    return name.find(suffix) != std::string::npos;
  };
  const bool text = beginning.find('\0') == std::string_view::npos;
  if (has(".csv") || has(".tsv") || has(".txt")) return FileKind::kCsv;
  if (has(".arrow") || has(".feather") || has(".ipc") || has(".parquet")) {
    fail(name, "its content is not what its name says");
  }
  if (text) return FileKind::kCsv;
  fail(name,
       "this is neither Arrow IPC nor Parquet nor text (--format says what it is)");
}

std::unique_ptr<ResultStream> open_files(const std::vector<std::string>& files,
                                         const FileOptions& options, State state) {
  if (std::count(files.begin(), files.end(), "-") > 1) {
    throw UsageError("ingest: standard input can be read only once");
  }
  std::vector<std::unique_ptr<Input>> inputs;
  int64_t total = 0;
  for (const std::string& name : files) {
    inputs.push_back(std::make_unique<Input>(name, state));
    const int64_t size = inputs.back()->size();
    total = total < 0 || size < 0 ? -1 : total + size;
  }
  const FileKind kind = options.kind ? *options.kind : kind_of_all(inputs);
  if (kind == FileKind::kArrow) {
    state->total_bytes = total;
    return std::make_unique<ArrowFiles>(std::move(inputs), std::move(state));
  }
  std::vector<std::string> words = {"--format", name_of(kind)};
  words.insert(words.end(), options.csv_options.begin(), options.csv_options.end());
  for (const auto& input : inputs) {
    if (input->name() == "-" && !options.kind) {
      words.push_back("--beginning=" + hex(input->beginning()));
    }
  }
  words.emplace_back("--");
  words.insert(words.end(), files.begin(), files.end());
  return std::make_unique<PythonFiles>(words, std::move(state));
}

}  // namespace fletching::cli
