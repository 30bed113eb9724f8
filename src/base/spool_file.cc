// SPDX-License-Identifier: Apache-2.0
#include "base/spool_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>

#include "fletching/error.h"

namespace fletching {
namespace {

std::string folder() {
  const char* named = std::getenv("TMPDIR");
  return named != nullptr && *named != '\0' ? named : "/tmp";
}

int open_without_name(const std::string& where) noexcept {
  constexpr mode_t kOwn = 0600;
  const int fd = ::open(where.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, kOwn);
  if (fd >= 0) return fd;
  // A file system that has no such files.
  std::string path = where + "/fletching-XXXXXX";
  const int named = ::mkostemp(path.data(), O_CLOEXEC);
  if (named >= 0) ::unlink(path.c_str());
  return named;
}

[[noreturn]] void fail(const std::string& what) {
  throw Error(Code::kIo, "temporary file: " + what +
                             " (the variable TMPDIR names a folder with more room)");
}

}  // namespace

SpoolFile::SpoolFile(int64_t in_memory) : most_(std::numeric_limits<int64_t>::max()) {
  fd_ = open_without_name(folder());
  if (fd_ >= 0) return;
  most_ = in_memory;
  fd_ = ::memfd_create("fletching", MFD_CLOEXEC);
  if (fd_ < 0) fail(std::strerror(errno));
}

SpoolFile::~SpoolFile() { ::close(fd_); }

void SpoolFile::write(std::span<const uint8_t> bytes) {
  if (static_cast<int64_t>(bytes.size()) > most_ - size_) {
    fail("no file can be made in " + folder() + ", and no more than " +
         std::to_string(most_) + " bytes are held in memory");
  }
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      fail(std::strerror(errno));
    }
    bytes = bytes.subspan(static_cast<size_t>(written));
    size_ += written;
  }
}

}  // namespace fletching
